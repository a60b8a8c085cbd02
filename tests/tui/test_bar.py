"""The field for a search or a filter: what it points at, what it offers, what it remembers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from textual.pilot import Pilot

from tests.tui.test_screens import compare, language  # noqa: F401 - a fixture
from tests.tui.world import app_on, build, drive, press, screen, settle
from tui.lines import Tone
from tui.main import Trastienda
from tui.rows import draw


@pytest.fixture
def app(tmp_path: Path) -> Trastienda:
    return app_on(build(tmp_path))


async def write(pilot: Pilot[int], text: str) -> None:
    """Put a text into the field, as typing it does, at once."""
    bar = cast("Trastienda", pilot.app).board.bar
    bar.value = text
    bar.cursor_position = len(text)
    await settle(pilot)


def under(app: Trastienda) -> list[str]:
    """The lines under the field."""
    return screen(app).splitlines()[2:]


def titles(app: Trastienda) -> list[str]:
    rows = [app.board.queue.source.row(y) for y in range(len(app.board.queue.source))]
    return [row.title if row else "" for row in rows]


def test_what_is_wrong_is_marked_where_it_stands_and_tab_takes_the_nearest(
    app: Trastienda,
) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "slash")
        await write(pilot, "boletin cliente:acme estdo:abierto foo")
        mark = screen(app).splitlines()[1].index("estdo")
        assert under(app)[0] == " " * mark + "^"
        assert "There is no field estdo: (character 22)." in under(app)[1]
        assert under(app)[5] == " Tab estado"
        await press(pilot, "tab")
        assert app.board.bar.value == "boletin cliente:acme estado:abierto foo"
        assert app.board.bar.has_focus
        assert "There is no field" not in screen(app)
        await press(pilot, *["backspace"] * 4)
        assert titles(app) == ["Boletín de mayo"]
        # A long question is scrolled: the mark is where the character is now.
        await write(pilot, '"' + "x" * 90 + '" stat:x')
        assert screen(app).splitlines()[1].index("stat:x") == len(under(app)[0]) - 1

    drive(app, script)


def test_a_name_that_is_still_being_typed_is_no_mistake_till_enter(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "f")
        await write(pilot, "state:inb")
        assert under(app)[0] == " Tab state:inbox"
        assert "does not know" not in screen(app)
        await press(pilot, "enter")
        assert "state: does not know inb" in screen(app)
        assert app.board.bar.display
        await press(pilot, "tab", "enter")
        assert app.board.request.words == "state:inbox"
        assert not app.board.bar.display

    drive(app, script)


def test_tab_takes_what_is_offered_then_the_next_and_goes_to_the_list_where_nothing_is(
    app: Trastienda,
) -> None:
    async def script(pilot: Pilot[int]) -> None:
        bar = app.board.bar
        await press(pilot, "slash")
        await write(pilot, "is:")
        assert under(app)[0] == " Tab is:unread  is:new  is:linked  is:automatic"
        await press(pilot, "tab", "tab")
        assert bar.value == "is:new"
        await press(pilot, "shift+tab", "shift+tab")
        assert bar.value == "is:automatic"
        assert under(app)[0].startswith(" Tab is:unread")
        await press(pilot, *["backspace"] * 20, "c", "l")
        await press(pilot, "tab", "tab")
        await write(pilot, bar.value + " label:dis")
        assert bar.value == "client:acme label:dis", "one that is alone leads on to its values"
        await press(pilot, "tab")
        assert bar.value == "client:acme label:diseño"
        assert titles(app) == ["Landing de San Valentín"]
        await press(pilot, "tab")
        assert app.board.queue.has_focus
        assert bar.value == "client:acme label:diseño"

    drive(app, script)


def test_only_what_the_client_has_whom_she_looks_at_is_offered(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "5", "f")
        await write(pilot, "label:")
        assert "label:diseño" not in screen(app), "luz has no card with a label"
        await write(pilot, "client:")
        assert under(app)[0] == " Tab client:luz"
        await press(pilot, "escape", "1", "f")
        await write(pilot, "label:")
        assert under(app)[0] == " Tab label:diseño  label:urgente"

    drive(app, script)


def test_the_arrows_bring_back_what_she_searched_for_in_the_empty_field_only(
    app: Trastienda,
) -> None:
    async def script(pilot: Pilot[int]) -> None:
        bar = app.board.bar
        await press(pilot, "slash", *"factura", "enter", "escape")
        await press(pilot, "slash", *"logo", "escape")
        await press(pilot, "slash", "up")
        assert bar.value == "logo"
        assert titles(app) == ["Logo en vectorial"]
        await press(pilot, "up")
        assert bar.value == "factura"
        assert titles(app) == ["Factura de abril"]
        await press(pilot, "up")
        assert bar.value == "factura", "there is none before"
        await press(pilot, "down", "down")
        assert bar.value == ""
        await press(pilot, "a", "down")
        assert bar.value == "a"
        assert app.board.queue.cursor == 1, "beside words the arrows are the list’s"

    drive(app, script)


def test_the_words_that_she_looks_for_stand_out_in_the_titles(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "slash")
        await write(pilot, "BOLETIN -cosa kind:conversation")
        board = app.board
        row = board.queue.source.row(0)
        assert row is not None
        line = draw(row, board._look(), 80)
        assert [span.text for span in line if span.tone is Tone.HIT] == ["Boletín"]
        await press(pilot, "escape")
        assert board._look().sought == ()

    drive(app, script)


def test_an_answer_that_comes_late_is_not_shown_and_no_key_waits(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        # No pause between the keys: each search but the last is given up.
        await pilot.press("slash", *"factura")
        await pilot.press(*["backspace"] * 7, *"logo")
        assert app.board.bar.value == "logo"
        await settle(pilot)
        assert titles(app) == ["Logo en vectorial"]

    drive(app, script)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("pointing", ("slash", "abril clinte:acme foo")),
        ("completing", ("slash", "abril c", "tab", "tab")),
        ("keeping", ("f", "label:diseño", "ctrl+s", *"Diseño")),
    ],
)
def test_the_field_looks_as_it_should(
    name: str, keys: tuple[str, ...], language: str, tmp_path: Path  # noqa: F811 - the fixture
) -> None:  # fmt: skip
    app = app_on(build(tmp_path))
    app.setup = replace(app.setup, language=language)

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, keys[0])
        await write(pilot, keys[1])
        await press(pilot, *keys[2:])
        compare(f"{name}-{language}-80x24", screen(app))

    drive(app, script)


def test_the_field_works_on_the_smallest_screen(app: Trastienda) -> None:
    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "slash")
        await write(pilot, "clinte:acme is:")
        await press(pilot, "tab", "tab", "enter")
        await press(pilot, "ctrl+s", "a", "enter", "escape")
        assert app.board.bar.problem == ""

    drive(app, script, (20, 5))
