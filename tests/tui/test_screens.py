"""The screens as she sees them, in both languages and four sizes: text files, to be read.

`WRITE_SCREENS=1 pytest tests/tui/test_screens.py` writes them anew.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.test_plan import planned
from tests.tui.world import app_on, build, drive, press, screen, settle
from trastienda import i18n
from tui.main import Trastienda

SCREENS = Path(__file__).parent / "screens"

KEYS: dict[str, tuple[str, ...]] = {
    "queue": (),
    "reader": (*"jjjjjj", "enter"),
    "invitation": (*"jjjjjjj", "enter"),
    "card": (*"jjjjj", "enter"),
    "snooze": ("s",),
    "clients": ("c",),
    "help": ("question_mark",),
    "search": ("slash", *"abril"),
    "filter": ("f", *"canal:trello", "enter"),
    "archived": ("e", "shift+tab"),
    "link": (*"jjjjjj", "enter", "o"),
    "log": ("e", "w", "u", "L"),
}
SIZES = ((80, 24), (120, 40), (40, 10), (160, 45))
LARGE_AND_SMALL = {"queue", "reader", "snooze"}
"""Screens worth keeping in every size; the others in the first two."""


@pytest.fixture(params=["es", "en"])
def language(request: pytest.FixtureRequest) -> str:
    i18n.use(request.param)
    return str(request.param)


def compare(name: str, shown: str) -> None:
    path = SCREENS / f"{name}.txt"
    if "WRITE_SCREENS" in os.environ:
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, "utf-8")
    assert shown == path.read_text("utf-8")


def look(
    app: Trastienda, keys: tuple[str, ...], sizes: Sequence[tuple[int, int]] = SIZES[:2]
) -> dict[str, str]:
    """What stands there after some keys, in each size, by its name."""
    shown: dict[str, str] = {}

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, *keys)
        for width, height in sizes:
            await pilot.resize_terminal(width, height)
            await settle(pilot)
            shown[f"{width}x{height}"] = screen(app)

    drive(app, script, sizes[0])
    return shown


@pytest.mark.parametrize("name", KEYS)
def test_a_screen_looks_as_it_should(name: str, language: str, tmp_path: Path) -> None:
    sizes = SIZES if name in LARGE_AND_SMALL else SIZES[:2]
    for size, shown in look(app_on(build(tmp_path), demo=True), KEYS[name], sizes).items():
        compare(f"{name}-{language}-{size}", shown)
        for line in shown.splitlines():
            assert len(line) <= int(size.partition("x")[0])
            assert line.isprintable()


@pytest.mark.parametrize(("name", "keys"), [("today", ("tab",)), ("closing", ("j", "e", "C"))])
def test_the_plan_of_the_day_looks_as_it_should(
    name: str, keys: tuple[str, ...], language: str, tmp_path: Path
) -> None:
    for size, shown in look(app_on(planned(tmp_path)[0]), keys).items():
        compare(f"{name}-{language}-{size}", shown)


@pytest.mark.parametrize("kind", ["nothing", "never", "noclient"])
def test_an_empty_list_says_why_and_what_to_press(kind: str, language: str, tmp_path: Path) -> None:
    app = app_on(build(tmp_path, empty=kind != "nothing", configured=kind != "noclient"))
    shown = look(app, ("V", "e") if kind == "nothing" else (), SIZES[:1])
    compare(f"empty-{kind}-{language}", shown["80x24"])
