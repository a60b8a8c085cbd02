"""The screens as she sees them, in both languages and three sizes: text files, to be read.

`pytest tests/tui/test_screens.py --write-screens` writes them anew.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.world import app_on, build, drive, press, screen
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
    "archived": ("e", "tab", "tab", "tab", "tab"),
    "link": (*"jjjjjj", "enter", "o"),
    "log": ("e", "w", "u", "L"),
}
SIZES = ((80, 24), (40, 10), (160, 45))
LARGE_AND_SMALL = {"queue", "reader", "snooze"}
"""Screens worth keeping in every size."""


@pytest.fixture(params=["es", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANGUAGE", request.param)
        domain = gettext.textdomain()
        i18n.use(request.param)
        yield request.param
        gettext.textdomain(domain)


def compare(name: str, shown: str, *, write: bool) -> None:
    path = SCREENS / f"{name}.txt"
    if write:
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, "utf-8")
    assert shown == path.read_text("utf-8")


@pytest.mark.parametrize("name", KEYS)
def test_a_screen_looks_as_it_should(
    name: str, language: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    write = request.config.getoption("--write-screens")
    for size in SIZES if name in LARGE_AND_SMALL else SIZES[:1]:
        (tmp_path / str(size)).mkdir()
        app = app_on(build(tmp_path / str(size)), demo=True)

        shown: list[str] = []

        async def shoot(pilot: Pilot[int], app: Trastienda = app) -> None:
            await press(pilot, *KEYS[name])
            shown.append(screen(app))

        drive(app, shoot, size)
        compare(f"{name}-{language}-{size[0]}x{size[1]}", shown[0], write=write)
        for line in shown[0].splitlines():
            assert len(line) <= size[0]
            assert line.isprintable()


@pytest.mark.parametrize("kind", ["nothing", "never", "noclient"])
def test_an_empty_list_says_why_and_what_to_press(
    kind: str, language: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    app = app_on(build(tmp_path, empty=kind != "nothing", configured=kind != "noclient"))
    shown: list[str] = []

    async def script(pilot: Pilot[int]) -> None:
        if kind == "nothing":
            await press(pilot, "V", "e")
        shown.append(screen(app))

    drive(app, script)
    write = request.config.getoption("--write-screens")
    compare(f"empty-{kind}-{language}", shown[0], write=write)
