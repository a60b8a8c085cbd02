"""Linking on the screen: what is marked, what is likely, and a matter read as one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from store.database import open_database
from store.directory import declare
from store.matters import link
from store.reader import Reader
from store.views import Lane
from tests.tui.test_keys import lane_of, titles
from tests.tui.world import (
    NOW,
    H,
    app_on,
    build,
    card,
    clients,
    drive,
    fill,
    mail,
    press,
    screen,
    settle,
)  # fmt: skip
from tui import looked
from tui.choice import Choice
from tui.composer import Composer
from tui.main import Trastienda
from tui.reader import ReaderScreen
from tui.setup import Errand

SHORT = "aBcD1234"
LANDING = "Landing de San Valentín"
NAMED = "Los textos de la portada"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A mail that names a card, beside what is there anyway."""
    path = build(tmp_path)
    db = open_database(path)
    keys = declare(db, clients(), NOW)
    landing = replace(
        card("t9", "Portada nueva", "Tres fotos."), url=f"https://trello.com/c/{SHORT}/9-p"
    )
    fill(db, keys["acme", "tablero"], "card", [landing], cursor="2")
    said = mail("z1", "Marta Ruiz", NAMED, f"Van aquí: https://trello.com/c/{SHORT}", 2 * H,
                unread=True)  # fmt: skip
    fill(db, keys["acme", "correo"], "mail", [said], cursor="2")
    db.close()
    return path


def of(path: Path) -> dict[str, int]:
    """All items by their titles."""
    reader = Reader(path)
    found = {row.title: row.id for row in reader.rows(reader.search(None)) if row}
    reader.close()
    return found


def joined(path: Path) -> list[set[str]]:
    reader = Reader(path)
    rows = [row for row in reader.rows(reader.search(None)) if row and row.others]
    reader.close()
    return [{one.title for one in row.members} for row in rows]


async def until(pilot: Pilot[int], app: Trastienda, said: str, *, there: bool = True) -> None:
    """Wait till something stands on the screen, or no longer: it comes by itself, soon."""
    for _turn in range(40):
        if (said in screen(app)) is there:
            return
        await pilot.pause(0.1)
    raise AssertionError(screen(app))


def goto(app: Trastienda, title: str) -> None:
    app.board.queue.cursor = titles(app).index(title)


def test_what_is_marked_becomes_one_row_and_comes_apart_again(path: Path) -> None:
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        before = titles(app)
        for title in (NAMED, "Portada nueva"):
            goto(app, title)
            await press(pilot, "v")
        await press(pilot, "l")
        assert joined(path) == [{NAMED, "Portada nueva"}]
        assert len(titles(app)) == len(before) - 1
        assert "2 linked into one matter · u undoes it" in screen(app)
        goto(app, next(one for one in titles(app) if one in (NAMED, "Portada nueva")))
        await press(pilot, "j", "k")
        assert "2 in one: " in screen(app)
        (line,) = [line for line in screen(app).splitlines() if line.startswith("›")]
        assert line.count("Marta") == 1  # who wrote last, of all of it
        await press(pilot, "u")
        assert joined(path) == []
        assert sorted(titles(app)) == sorted(before)
        await press(pilot, "ctrl+r")
        assert len(titles(app)) == len(before) - 1
        row = app.board.queue.row
        assert row is not None
        assert row.others
        await press(pilot, "l", "0")
        assert joined(path) == []
        assert sorted(titles(app)) == sorted(before)
        assert "u undoes it" in screen(app)

    drive(app, script)


def test_items_of_two_clients_are_not_linked_and_both_are_named(path: Path) -> None:
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        for title in (NAMED, "El informe"):
            goto(app, title)
            await press(pilot, "v")
        await press(pilot, "l")
        shown = " ".join(screen(app).split())
        assert "ACME Floristería" in shown
        assert "Nube Consultores" in shown
        assert "Not linked" in shown
        assert joined(path) == []
        assert len(app.board.queue.marked) == 2

    drive(app, script)


def test_what_is_likely_is_said_beside_and_taken_with_one_key(path: Path) -> None:
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        goto(app, NAMED)
        await press(pilot, "j", "k")
        await until(pilot, app, "same as Portada nueva (Trello)? l")
        await press(pilot, "enter")
        await until(pilot, app, "same as Portada nueva (Trello)? l")
        await press(pilot, "l")
        shown = screen(app)
        assert "one links to the other" in shown
        assert LANDING in shown
        assert "El informe" not in shown
        await press(pilot, "1")
        assert joined(path) == [{NAMED, "Portada nueva"}]
        for text in ("Tres fotos.", "Van aquí"):
            await until(pilot, app, text)
        await until(pilot, app, "same as", there=False)

    drive(app, script)


def test_nothing_is_linked_by_a_key_too_many_and_typing_finds_the_rest(path: Path) -> None:
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        goto(app, LANDING)
        await press(pilot, "l", "enter")
        assert joined(path) == []
        assert "Nothing is likely" in screen(app)
        await press(pilot, *"boletin", "enter")
        assert joined(path) == [{LANDING, "Boletín de mayo"}]

    drive(app, script)


def test_a_matter_is_decided_about_as_one_and_asks_which_of_it_is_answered(path: Path) -> None:
    app = app_on(path)
    ids = of(path)
    both = [ids[NAMED], ids["Portada nueva"]]
    db = open_database(path)
    link(db, both, now=NOW)
    db.close()

    async def script(pilot: Pilot[int]) -> None:
        app.board.reload(restart=True)
        await press(pilot, "g")
        goto(app, next(one for one in titles(app) if one in (NAMED, "Portada nueva")))
        await press(pilot, "d")
        shown = screen(app)
        assert NAMED in shown
        assert "Portada nueva" in shown
        await press(pilot, "escape", "enter", "r")
        assert "Which of them do you answer?" in screen(app)
        await press(pilot, "1")
        assert isinstance(app.screen, Composer)
        await press(pilot, "escape")
        assert isinstance(app.screen, ReaderScreen)
        await press(pilot, "e")
        assert {lane_of(app, one) for one in both} == {Lane.ARCHIVED}
        await press(pilot, "u")
        assert {lane_of(app, one) for one in both} == {Lane.INBOX}

    drive(app, script)


def test_in_a_matter_the_files_of_all_of_it_are_saved_and_all_of_it_is_looked_at(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looked, "ENOUGH", 60)
    asked: list[tuple[str, int]] = []

    def save(client: str, item: int, _file: int) -> Errand:
        asked.append((client, item))
        raise OSError

    app = app_on(path, save_file=save)
    ids = of(path)
    both = [ids["Boletín de mayo"], ids[NAMED]]
    db = open_database(path)
    link(db, both, now=NOW)
    db.close()

    def fresh() -> dict[int, int]:
        reader = Reader(path)
        found = {one.id: one.fresh for row in reader.rows(both) if row for one in row.members}
        reader.close()
        return found

    async def script(pilot: Pilot[int]) -> None:
        app.board.reload(restart=True)
        await press(pilot, "g")
        goto(app, next(one for one in titles(app) if one in (NAMED, "Boletín de mayo")))
        assert fresh() == dict.fromkeys(both, 1)
        for first in (0, 1):  # whichever of them it is opened by
            app.push_screen(ReaderScreen(app.board, both[first]))
            await settle(pilot)
            await press(pilot, "f")
            assert "texto boletín mayo.docx" in screen(app)
            await press(pilot, "1", "s")
            await press(pilot, "escape")
        assert asked == [("acme", both[0])] * 2
        assert fresh() == dict.fromkeys(both, 0)

    drive(app, script)


def test_of_a_matter_the_one_that_she_chose_is_answered_though_the_list_moves_beneath(
    path: Path,
) -> None:
    app = app_on(path)
    ids = of(path)
    both = [ids[NAMED], ids["Portada nueva"]]
    db = open_database(path)
    link(db, both, now=NOW)
    db.close()

    async def script(pilot: Pilot[int]) -> None:
        app.board.reload(restart=True)
        await press(pilot, "g")
        goto(app, next(one for one in titles(app) if one in (NAMED, "Portada nueva")))
        await press(pilot, "r")
        panel = app.screen
        assert isinstance(panel, Choice)
        wanted: list[int] = [option.result for option in panel._now if option.result]
        assert sorted(wanted) == sorted(both)
        app.board.queue.drop(both)
        goto(app, "El informe")
        await press(pilot, "2")
        composer = app.screen
        assert isinstance(composer, Composer)
        assert composer.item is not None
        assert composer.item.row.id == wanted[1]
        assert composer._client == "acme", "not of the row that is under the cursor by now"
        assert "ACME Floristería" in screen(app)

    drive(app, script)
