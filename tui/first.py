"""The first rows: read and shown with next to nothing loaded.

Making the toolkit's classes takes ten times as long as reading and drawing the rows, and reading
her config three times; so whatever is imported here counts, and the tests count it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from store.reader import Reader
from tui.keys import hers
from tui.palette import named
from tui.rows import Look
from tui.source import FIRST, Source
from tui.views import Request


class Told(NamedTuple):
    """What must be known of her before the first rows can be drawn."""

    target: str
    """The SQLite file, or a postgresql:// address."""

    language: str
    timezone: str
    theme: str
    plain: bool
    preset: str
    """Which ready-made set of keys."""

    keymap: Mapping[str, tuple[str, ...]]
    """What is other than in that."""

    demo: bool = False
    focus: str = ""
    """The client, a slug, who alone is to be there."""


class First:
    """The first rows as they were read, and the terminal that they stand on until `leave`."""

    def __init__(self, told: Told, *, painted: bool) -> None:
        """Read them, and paint them unless somebody else does. Raises StoreError.

        Her language is spoken already.
        """
        self.told = told
        self._held = ExitStack()
        with ExitStack() as held:
            reader = _reader(told)
            held.callback(reader.close)
            now, zone = datetime.now(UTC), ZoneInfo(told.timezone)
            self.source = Source(reader.rows, Request().ids(reader, now, zone, FIRST))
            if painted:
                from tui import prepaint  # noqa: PLC0415 - POSIX only

                look = Look(
                    clients={one.slug: one for one in reader.clients(counted=False)},
                    zone=zone, now=now, plain=told.plain, keys=hers(told.preset, told.keymap),
                    focus=told.focus,
                )  # fmt: skip
                text = prepaint.first_screen(
                    self.source, look, size(), named(told.theme), demo=told.demo
                )
                held.enter_context(prepaint.shown(text))
            self._held = held.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Give the terminal back as it was, and let go of the database. A second time is fine."""
        self._held.close()


def _reader(told: Told) -> Reader:
    """Open what the rows are read from: of one client alone, where nobody else is to be seen."""
    if not told.focus:
        return Reader(told.target)
    from store.narrowed import Narrowed  # noqa: PLC0415 - takes longer to load

    reader = Narrowed(told.target)
    reader.only = told.focus
    return reader


def is_terminal() -> bool:
    """Whether there is a terminal at both ends that can be drawn on."""
    both = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    return both and os.environ.get("TERM") not in {None, "dumb"}


def size() -> os.terminal_size:
    """How large the terminal is; where nobody says, that is settled for all who ask later."""
    found = os.get_terminal_size()
    if not (found.columns and found.lines):
        # Nobody told this terminal how large it is (a serial line, a container), and Textual's
        # parts would each assume another size and repaint for ever.
        found = os.terminal_size((80, 24))
        os.environ.update(COLUMNS=str(found.columns), LINES=str(found.lines))
    return found
