"""What she has read is no longer new; what she has only passed over is."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from store.database import open_database
from store.directory import declare
from store.narrowed import Narrowed
from tests.tui.world import MAIL, NOW, H, app_on, build, clients, drive, fill, mail, press, settle
from tui import looked
from tui.main import Trastienda


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trastienda:
    monkeypatch.setattr(looked, "ENOUGH", 60)
    return app_on(build(tmp_path))


def fresh(app: Trastienda, title: str) -> int:
    reader = Narrowed(app.setup.target)
    try:
        [found] = [row for row in reader.rows(reader.search("")) if row and row.title == title]
    finally:
        reader.close()
    return found.fresh


async def to(pilot: Pilot[int], app: Trastienda, title: str) -> None:
    await press(pilot, "g")
    queue = app.board.queue
    while queue.row and queue.row.title != title:
        await press(pilot, "j")


def test_reading_an_item_and_going_on_is_looking_at_it_and_passing_over_it_is_not(
    app: Trastienda,
) -> None:
    first, second = "Boletín de mayo", "Reunión del jueves"

    async def script(pilot: Pilot[int]) -> None:
        await to(pilot, app, first)
        await to(pilot, app, second)
        assert fresh(app, first) == fresh(app, second) == 1, "moved over"
        await press(pilot, "enter")
        assert fresh(app, second) == 1, "not long enough"
        await press(pilot, "escape")
        assert (fresh(app, first), fresh(app, second)) == (1, 0)
        await to(pilot, app, first)
        await press(pilot, "enter", "J")
        assert fresh(app, first) == 0, "stepped on"

    drive(app, script)


def test_what_comes_in_while_she_reads_is_still_new_afterwards(app: Trastienda) -> None:
    title = "Factura de abril"

    async def script(pilot: Pilot[int]) -> None:
        await to(pilot, app, title)
        await press(pilot, "enter")
        app.look_for_changes = settled  # type: ignore[method-assign]  # nothing is read anew
        db = open_database(app.setup.target)
        keys = declare(db, clients(), NOW)
        late = mail("l2", "Administración", f"Re: {title}", "¿La tienes?", H / 60, after="l1",
                    unread=True)  # fmt: skip
        fill(db, keys["luz", "correo"], "mail", [*MAIL["luz"], late], cursor="2")
        db.close()
        await press(pilot, "escape")
        assert fresh(app, title) == 1, "the one that she has not read"

    async def settled(**_more: bool) -> None:
        return

    drive(app, script)


def test_an_item_that_stands_there_long_enough_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looked, "ENOUGH", 0.05)
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await to(pilot, app, "Factura de abril")
        await press(pilot, "enter")
        await pilot.pause(0.2)
        await settle(pilot)
        assert fresh(app, "Factura de abril") == 0

    drive(app, script)


def test_an_answer_looks_at_what_was_there_when_it_was_begun(app: Trastienda) -> None:
    title = "Factura de abril"

    async def script(pilot: Pilot[int]) -> None:
        await to(pilot, app, title)
        await press(pilot, "r", "escape")
        assert fresh(app, title) == 1, "begun, and left"
        item = app.board.queue.here
        assert item is not None
        app.looking.answers(item)
        await settle(pilot)
        app.looking.answered(item)
        await settle(pilot)
        assert fresh(app, title) == 0

    drive(app, script)
