"""Colours: readable in every theme, the same before and after the toolkit comes, or none at all."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from textual.pilot import Pilot

from store import own_views
from store.database import open_database
from tests.tui.pty_screen import Terminal
from tests.tui.world import NOW, app_on, build, drive, press, screen
from trastienda.config import COLORS
from tui import palette, themes
from tui.lines import Tone
from tui.palette import PALETTES, TERMINAL, contrast
from tui.setup import Taste

EXACT = [one for one in PALETTES.values() if one.exact]
ODD = ("#000000", "#ffffff", "#808080", "#ff0000", "#00ff00", "#0000ff", "#ffff00", "#123456")
"""Colours that somebody may have written for a client."""


@pytest.mark.parametrize("theme", EXACT, ids=lambda theme: theme.name)
def test_every_text_can_be_read_on_its_ground(theme: palette.Palette) -> None:
    least = 7 if theme.name == "contrast" else 4.5
    colors: dict[str, str] = {tone: theme.tone(tone) for tone in Tone}
    colors |= {name: theme.client(name) for name in (*COLORS, *palette.HUES, *ODD)}
    for what, color in colors.items():
        assert contrast(color, theme.ground) >= least, what


def test_the_check_above_can_fail() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") < 4.5  # the example of the standard's own explanation


def test_no_meaning_hangs_on_telling_red_from_green() -> None:
    theme = PALETTES["colorblind"]
    for one, other in ((theme.alert, theme.good), (theme.alert, theme.key)):
        for matrix in (PROTAN, DEUTAN):
            assert apart(one, other, matrix) > 0.5, (one, other)
    dark = PALETTES["dark"]
    assert apart(dark.alert, dark.good, DEUTAN) < 0.5, "the check can fail"


# G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, 2009: severity 1.0, in linear light.
PROTAN = ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052))
DEUTAN = ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969))


def apart(one: str, other: str, matrix: tuple[tuple[float, ...], ...]) -> float:
    pairs = zip(seen(one, matrix), seen(other, matrix), strict=True)
    return sum(abs(a - b) for a, b in pairs)


def seen(color: str, matrix: tuple[tuple[float, ...], ...]) -> list[float]:
    parts = [(int(color[at : at + 2], 16) / 255) ** 2.2 for at in (1, 3, 5)]
    return [sum(a * b for a, b in zip(row, parts, strict=True)) for row in matrix]


def test_in_the_terminals_own_colours_a_clients_colour_is_the_nearest_of_them() -> None:
    nearest = {
        "#ff2200": "red", "#e8a020": "yellow", "#10c040": "green", "#2030ff": "blue",
        "#c020d0": "magenta", "#20c0d0": "cyan", "#777777": "bright_black",
    }  # fmt: skip
    assert {color: TERMINAL.client(color) for color in nearest} == nearest
    assert all(TERMINAL.client(name) in palette.CODES for name in COLORS)
    assert TERMINAL.client("no such") == TERMINAL.client("") == ""
    assert PALETTES["dark"].client("no such") == ""


def colors_of(data: bytes) -> set[bytes]:
    """The colour codes in what was sent to a terminal (ECMA-48, 8.3.117), default ones too."""
    codes = {code for told in re.findall(rb"\x1b\[([0-9;:]*)m", data) for code in told.split(b";")}
    return {code for code in codes if re.fullmatch(rb"3\d|4\d|9[0-7]|10[0-7]", code)}


CELL = tuple[str, str, str, bool, bool]


def cells(terminal: Terminal) -> list[CELL]:
    size, buffer = terminal.screen, terminal.screen.buffer
    return [
        (cell.data, cell.fg, cell.bg, cell.bold, cell.reverse)
        for cell in (buffer[y][x] for y in range(size.lines) for x in range(size.columns))
    ]


@pytest.mark.parametrize(
    ("theme", "color"), [("terminal", ""), ("dark", "truecolor"), ("light", ""), ("contrast", "")]
)
def test_the_first_rows_look_as_they_do_when_the_toolkit_has_come(
    tmp_path: Path, theme: str, color: str
) -> None:
    env = {"COLORTERM": color, "TRASTIENDA": ""}
    with Terminal(build(tmp_path), env=env, theme=theme) as terminal:
        terminal.until("Logo en vectorial")
        assert b"\x1b[?1000h" not in terminal.data, "the toolkit was already there"
        first = cells(terminal)
        terminal.until("help")
        terminal.rest()
        then = cells(terminal)
        clock = range(70, 80)
        drawn = [at for at, cell in enumerate(first) if cell[0] != " " and at not in clock]
        assert len(drawn) > 100
        assert [first[at] for at in drawn] == [then[at] for at in drawn]
        if theme == "dark":
            assert {cell[2] for cell in then} == {PALETTES["dark"].ground[1:]}
        terminal.send("q")
        assert terminal.leave() == 0


def test_without_colour_not_one_colour_is_sent_and_children_are_told(tmp_path: Path) -> None:
    with Terminal(build(tmp_path), env={"NO_COLOR": "1"}, theme="dark") as terminal:
        terminal.until("help")
        for keys in ("jjj", "s", "\x1b", "?", "\x1b", "\r", "/hola\r", "\x1b", "O", "\x1b"):
            terminal.send(keys)
            terminal.rest(0.2)
        assert Path(f"/proc/{terminal.pid}/environ").read_bytes().count(b"NO_COLOR=1") == 1
        terminal.send("\x11")
        assert terminal.leave() == 0
    assert not colors_of(terminal.data)
    assert colors_of(b"\x1b[1;39m"), "the check can fail"


def test_she_changes_the_theme_and_hears_how_to_keep_it(tmp_path: Path) -> None:
    app = app_on(build(tmp_path), taste=Taste(theme="dark"))

    async def script(pilot: Pilot[int]) -> None:
        for name in ("light", "contrast", "colorblind", "terminal", "dark"):
            await app.run_action("theme")
            await press(pilot)
            assert app.theme == name
            assert f'theme = "{name}" in config.toml' in screen(app)
        strips = app.screen._compositor.render_strips(app.size)
        styles = [segment.style for strip in strips for segment in strip if segment.style]
        ground = PALETTES["dark"].ground
        grounds = {style.bgcolor.name for style in styles if style.bgcolor}
        assert grounds == {ground}
        await app.run_action("theme('contrast')")
        await press(pilot, "j")
        assert app.theme == "contrast"
        assert themes.names() == ("terminal", "dark", "light", "contrast", "colorblind")

    drive(app, script)


@pytest.mark.parametrize("value", ["", "1"])
def test_an_empty_no_color_wants_colour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("NO_COLOR", value)
    app = app_on(build(tmp_path), taste=Taste(theme="dark"))

    async def script(pilot: Pilot[int]) -> None:
        await app.run_action("theme")
        await press(pilot)
        assert os.environ["NO_COLOR"] == value
        assert app.theme == ("terminal" if value else "light")
        assert ("NO_COLOR is set" in screen(app)) == bool(value)

    drive(app, script)


TINY = ((20, 5), (10, 3), (1, 1), (80, 24))
SIZES = ((60, 20), (40, 10), (160, 45), *TINY)


@pytest.mark.parametrize("plain", [False, True])
def test_no_size_breaks_any_screen(tmp_path: Path, plain: bool) -> None:
    path = build(tmp_path)
    db = open_database(path)
    own_views.save(db, "Facturas", "factura", now=NOW)
    db.close()
    app = app_on(path, taste=Taste(plain=plain))
    ways = ((), ("enter",), ("r",), ("O",), ("s",), ("s", "f"), ("c",), ("question_mark",),
            ("slash", "a"), ("f", "a"), ("L",))  # fmt: skip
    more = (("p", "C"), ("l",), ("E", "9"), ("plus",), ("colon", *"own views", "enter"),
            (*"jjjjj", "enter", "f"), ("F",), ("F",))  # fmt: skip

    async def script(pilot: Pilot[int]) -> None:
        for keys in (*ways, *more):
            await press(pilot, *keys)
            for size in SIZES if keys in ways else TINY:
                await pilot.resize_terminal(*size)
                await pilot.pause()
                lines = screen(app).splitlines()
                assert len(lines) <= size[1]
                assert all(len(line) <= size[0] for line in lines)
            await press(pilot, "down", "escape", "escape")
            while app.screen is not app.board:
                await press(pilot, "escape")

    drive(app, script)
