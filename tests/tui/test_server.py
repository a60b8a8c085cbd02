"""The screen over a database server."""

from __future__ import annotations

import asyncio
import contextlib
from array import array
from collections.abc import Callable, Iterator, Sequence

import pytest
from textual.pilot import Pilot

from store import driver
from store.database import open_database
from store.directory import declare
from store.errors import UnreachableError
from store.narrowed import Narrowed
from store.reader import Reader
from store.sources import PostgresSource
from store.views import Lane
from tests.servers.postgres import silent
from tests.tui.world import CARDS, MADRID, MAIL, NOW, clients, drive, fill, press, screen, settle
from triage.profile import Manner
from tui.main import Trastienda
from tui.setup import Setup
from tui.source import Source
from tui.views import Request


@pytest.fixture
def office(postgres_url: str) -> Iterator[Trastienda]:
    """The screen over a server with five clients."""
    db = open_database(postgres_url)
    keys = declare(db, clients(), NOW)
    for slug, mails in MAIL.items():
        fill(db, keys[slug, "correo"], "mail", mails)
        fill(db, keys[slug, "tablero"], "card", CARDS.get(slug, ()))
    db.close()
    reader = Narrowed(postgres_url)
    ids = Request().ids(reader, NOW, MADRID, 256)
    yield Trastienda(
        Setup(target=postgres_url, language="en", timezone=MADRID, manner=Manner(me="Lola")),
        reader,
        Source(reader.rows, ids), clients=reader.clients(), channels=reader.channels(),
        clock=lambda: NOW,
    )  # fmt: skip
    reader.close()


def lane(app: Trastienda, item: int) -> Lane:
    reader = Reader(app.setup.target)
    row = reader.rows([item])[0]
    reader.close()
    assert row is not None
    return row.lane


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await pilot.pause(0.05)


def test_the_screen_opens_moves_archives_and_takes_back_on_a_server(office: Trastienda) -> None:
    app = office

    async def script(pilot: Pilot[int]) -> None:
        queue = app.board.queue
        assert "Propuesta" in screen(app)
        assert queue.source.ask is not None
        queue.renew()
        await settle(pilot)
        assert "Propuesta" in screen(app)
        await press(pilot, "j")
        assert queue.cursor == 1
        item = queue.here
        assert item is not None
        await press(pilot, "e")
        assert item not in queue.source.ids
        assert lane(app, item) is Lane.ARCHIVED
        await press(pilot, "u")
        assert lane(app, item) is Lane.INBOX
        await press(pilot, "enter", "escape", "slash", "l", "o", "g", "o", "enter")
        assert "Logo en vectorial" in screen(app)

    drive(app, script)


SILENCE = "! The database does not answer. What you see is as it was last read."


def test_a_server_that_falls_silent_is_said_and_goes_unsaid_when_it_answers(
    office: Trastienda, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.main.SILENT", 0.3)
    app = office

    async def script(pilot: Pilot[int]) -> None:
        queue = app.board.queue
        await app.desk.write(lambda db: None)
        with silent(app.setup.target):
            await until(pilot, lambda: SILENCE in screen(app))
            assert "Propuesta" in screen(app), "the rows stay"
            await pilot.press("j")
            assert queue.cursor == 1, "keys work"
            item = queue.here
            assert item is not None
            await pilot.press("e")
            assert item not in queue.source.ids
            await pilot.press("enter")
            await until(pilot, lambda: app.screen is not app.board)
            assert SILENCE in screen(app), "the reader says it too"
            await pilot.press("escape")
        await until(pilot, lambda: lane(app, item) is Lane.ARCHIVED)
        await until(pilot, lambda: SILENCE not in screen(app))

    drive(app, script)


def test_leaving_does_not_wait_for_a_silent_server_and_says_what_is_not_saved(
    office: Trastienda, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tui.desk.PATIENCE", 0.3)
    app = office

    async def script(pilot: Pilot[int]) -> None:
        await app.desk.write(lambda db: None)
        frozen.enter_context(silent(app.setup.target))
        await pilot.press("e")

    with contextlib.ExitStack() as frozen:
        drive(app, script)
    assert "what you decided last may not be saved" in capsys.readouterr().err


def test_a_server_that_was_started_again_is_called_again(
    office: Trastienda, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.main.AGAIN", 0.5)
    app = office

    async def script(pilot: Pilot[int]) -> None:
        import psycopg

        with psycopg.connect(app.setup.target, autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        await until(pilot, lambda: "cannot be reached" in screen(app))
        await until(pilot, lambda: "cannot be reached" not in screen(app))
        item = app.board.queue.here
        assert item is not None
        await press(pilot, "e")
        assert lane(app, item) is Lane.ARCHIVED

    drive(app, script)


def test_a_server_that_is_gone_without_a_word_is_given_up_after_a_while(postgres_url: str) -> None:
    assert driver.patience(postgres_url)["tcp_user_timeout"] == 25_000
    source = PostgresSource(f"{postgres_url}?keepalives_idle=3")
    assert source._conn.info.get_parameters()["keepalives_idle"] == "3", "hers comes first"
    assert source._conn.info.get_parameters()["tcp_user_timeout"] == "25000"
    source.close()


def test_a_page_that_is_on_its_way_is_waited_for_and_one_of_an_old_order_is_dropped(
    postgres_url: str,
) -> None:
    db = open_database(postgres_url)
    fill(db, declare(db, clients(), NOW)["acme", "correo"], "mail", MAIL["acme"])
    db.close()
    reader = Reader(postgres_url)
    ids = reader.ids()
    source = Source(reader.rows, ids)
    asked: list[tuple[int, Sequence[int]]] = []
    source.ask = lambda number, wanted: asked.append((number, wanted))
    assert source.row(0) is None
    assert source.row(0) is None
    assert len(asked) == 1, "asked for once"
    assert source.expects(0)
    rows = reader.rows(ids)
    assert source.arrived(*asked[0], rows)
    assert source.row(0) == rows[0]
    source.forget()
    assert source.row(0) == rows[0], "as last seen, till it is there"
    source.replace(array("q", [*ids, 999]))
    assert not source.arrived(*asked[0], rows)
    source.row(0)
    assert source.arrived(*asked[-1], UnreachableError("gone"))
    assert source.problem is not None
    source.row(0)
    assert len(asked) == 4, "asked for again"
    reader.close()
