"""What changed at the client's, in one key: what she has not seen is marked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from store import looking
from store.database import open_database
from store.directory import declare
from store.reader import Reader
from tests.tui.world import CARDS, NOW, app_on, build, clients, drive, fill, press, screen


def test_what_changed_is_listed_with_before_and_after_and_what_is_new_is_marked(
    tmp_path: Path,
) -> None:
    path = build(tmp_path)
    db = open_database(path)
    key = declare(db, clients(), NOW)["acme", "tablero"]
    (card,) = CARDS["acme"]
    fill(db, key, "card", [replace(card, title="Landing de Reyes")], "2")
    (number,) = (one for one in Reader(path).search("landing"))
    seen = Reader(path).item(number)
    assert seen is not None
    looking.look(db, {number: seen.newest}, now=NOW)
    fill(db, key, "card", [replace(card, title="Landing de Carnaval")], "3")
    db.close()
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "slash", *"landing", "enter", "D")
        lines = [line.strip() for line in screen(app).splitlines()]
        assert "What changed at ACME Floristería’s" in lines
        marked = [line for line in lines if line.startswith("~ ")]
        assert len(marked) == 1
        assert lines.index(marked[0]) < lines.index("+ Landing de Carnaval")
        assert lines.index("+ Landing de Carnaval") < lines.index("+ Landing de Reyes")
        await press(pilot, "escape", "escape", "slash", *"boletín", "enter", "D")
        assert "Nothing has changed there so far." in screen(app)

    drive(app, script)
