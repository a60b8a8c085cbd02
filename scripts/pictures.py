"""Draw the pictures of the manuals: the demonstration's screens, in both languages, as SVG.

    .venv/bin/python scripts/pictures.py

Each is what the program shows at a fixed moment, so that a picture changes only where the screen
does. They ask for no font from anywhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from store.database import open_database
from store.narrowed import Narrowed
from trastienda import i18n
from trastienda.demo.build import build
from trastienda.demo.script import Script
from triage.profile import Manner
from tui.main import Trastienda
from tui.setup import Setup, Taste
from tui.source import Source
from tui.views import Request

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "docs" / "pictures"
NOW: Final = datetime(2026, 11, 23, 9, 42, tzinfo=UTC)
MADRID: Final = ZoneInfo("Europe/Madrid")

SCREENS: Final[Sequence[tuple[str, tuple[int, int], tuple[str, ...]]]] = (
    ("queue", (150, 32), ("j", "j")),
    ("reader", (100, 30), ("f", *"changed:new", "enter", "enter")),
    ("today", (100, 24), ("p", "p", "p", "tab", "E", *"1h30", "enter", "j", "E", *"45m", "enter")),
    ("search", (100, 24), ("slash", *"client:luz turn:me")),
    ("snooze", (100, 24), ("s",)),
    ("help", (100, 30), ("question_mark",)),
)
"""Each picture: its name, its columns and lines, and the keys that lead there."""


def draw(language: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the SVG of each picture."""

    async def shoot(folder: Path, size: tuple[int, int], keys: Sequence[str]) -> str:
        reader = Narrowed(folder / "demo.db")
        source = Source(reader.rows, Request().ids(reader, NOW, MADRID, 256))
        setup = Setup(
            target=str(folder / "demo.db"), language=language, timezone=MADRID,
            manner=Manner(me="Lola"), taste=Taste(theme="dark"), demo=True,
        )  # fmt: skip
        app = Trastienda(
            setup, reader, source, clients=reader.clients(), channels=reader.channels(),
            clock=lambda: NOW,
        )  # fmt: skip
        async with app.run_test(size=size) as pilot:
            await _rest(pilot)
            for key in keys:
                await pilot.press(key)
                await _rest(pilot)
            picture = app.export_screenshot(title="Trastienda", simplify=True)
        reader.close()
        return picture

    async def _rest(pilot: Pilot[int]) -> None:
        await pilot.pause(0.15)
        while busy := [w for w in pilot.app.workers if w.group != "poll" and not w.is_finished]:
            with contextlib.suppress(WorkerCancelled):  # a newer question took its place
                await pilot.app.workers.wait_for_complete(busy)
            await pilot.pause(0.05)

    i18n.use(language)
    for name, size, keys in SCREENS:
        with tempfile.TemporaryDirectory() as folder:
            db = open_database(Path(folder) / "demo.db")
            build(db, Script.load(language, NOW, MADRID))
            db.close()
            yield name, clean(asyncio.run(shoot(Path(folder), size, keys)))


def clean(svg: str) -> str:
    """Ask nobody for a font, and be the same each time: ids are numbered from the picture alone."""
    svg = re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "monospace")
    return re.sub(r"terminal-\d+", "terminal", svg)


def main() -> int:
    """Write them all."""
    os.environ |= {"TEXTUAL_ANIMATIONS": "none", "COLORTERM": "truecolor"}
    os.environ.pop("NO_COLOR", None)
    for language in ("es", "en"):
        (FOLDER / language).mkdir(parents=True, exist_ok=True)
        for name, svg in draw(language):
            (FOLDER / language / f"{name}.svg").write_text(svg, "utf-8")
            print(f"{language}/{name}.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
