"""The screen over a database server."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from textual.pilot import Pilot

from store.database import open_database
from store.directory import declare
from store.errors import UnreachableError
from store.reader import Reader
from store.views import Lane
from tests.tui.world import CARDS, MADRID, MAIL, NOW, clients, drive, fill, press, screen, settle
from tui.main import Trastienda
from tui.setup import Setup
from tui.source import Request, Source


def test_the_screen_opens_moves_archives_and_takes_back_on_a_server(postgres_url: str) -> None:
    db = open_database(postgres_url)
    keys = declare(db, clients(), NOW)
    for slug, mails in MAIL.items():
        fill(db, keys[slug, "correo"], "mail", mails)
        fill(db, keys[slug, "tablero"], "card", CARDS.get(slug, ()))
    db.close()
    reader = Reader(postgres_url)
    ids = Request().ids(reader, NOW, MADRID, 256)
    app = Trastienda(
        Setup(target=postgres_url, language="en", timezone=MADRID, name="Lola"), reader,
        Source(reader.rows, ids), clients=reader.clients(), channels=reader.channels(),
        clock=lambda: NOW,
    )  # fmt: skip

    def lane(item: int) -> Lane:
        row = reader.rows([item])[0]
        assert row is not None
        return row.lane

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
        assert lane(item) is Lane.ARCHIVED
        await press(pilot, "u")
        assert lane(item) is Lane.INBOX
        await press(pilot, "enter", "escape", "slash", "l", "o", "g", "o", "enter")
        assert "Logo en vectorial" in screen(app)

    drive(app, script)


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
