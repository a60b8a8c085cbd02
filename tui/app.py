"""Opens the screen: rows first, toolkit second, database writer and network last."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from gettext import gettext as _
from typing import TYPE_CHECKING

from store.narrowed import Narrowed
from tui.keys import hers
from tui.palette import named
from tui.rows import Look
from tui.setup import Setup
from tui.source import FIRST, Source
from tui.views import Request

if TYPE_CHECKING:
    from textual.driver import Driver

SETTINGS = {
    # Some terminals lose dead keys (á, é, ñ) while they report every key as an escape code.
    "TEXTUAL_DISABLE_KITTY_KEY": "1",
    # Milliseconds until Esc alone is believed.
    "ESCDELAY": "25",
    "TEXTUAL_ANIMATIONS": "none",
}


def run(setup: Setup) -> int:
    """Show the queue until she leaves; gives the exit code. Raises StoreError."""
    if not (setup.browser or _is_terminal()):
        text = _("The screen needs a terminal. “trastienda queue” prints the list anywhere.")
        print(text, file=sys.stderr)  # noqa: T201 - there is no screen to say it on
        return 2
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    size = os.terminal_size((0, 0)) if setup.browser else _size()
    reader = Narrowed(setup.target)
    reader.only = setup.focus or None
    try:
        now = datetime.now(UTC)
        ids = Request().ids(reader, now, setup.timezone, FIRST)
        source = Source(reader.rows, ids)
        clients, channels = reader.clients(), reader.channels()
        painted: AbstractContextManager[None] = nullcontext()
        if not (setup.browser or sys.platform == "win32"):
            from tui import prepaint  # noqa: PLC0415 - POSIX only

            keys = hers(setup.taste.keys, setup.keymap)
            look = Look(
                clients={one.slug: one for one in clients}, zone=setup.timezone, now=now,
                plain=setup.taste.plain, keys=keys, focus=setup.focus,
            )  # fmt: skip
            colors = named(setup.taste.theme)
            first = prepaint.first_screen(source, look, size, colors, demo=setup.demo)
            painted = prepaint.shown(first)
        with painted:
            gc.disable()
            from tui.main import Trastienda  # noqa: PLC0415 - after the rows are on the screen

            driver_class = _driver(setup)
            gc.enable()
            gc.freeze()
            app = Trastienda(
                setup, reader, source,
                clients=clients, channels=channels, driver_class=driver_class,
            )  # fmt: skip
            result = app.run(mouse=setup.taste.mouse)
        return result if result is not None else app.return_code or 0
    finally:
        reader.close()


def _driver(setup: Setup) -> type[Driver] | None:
    if setup.browser:
        from tui.browser import Browser  # noqa: PLC0415 - brings Textual

        return Browser
    if sys.platform == "win32":
        return None
    from tui.terminal import Terminal  # noqa: PLC0415 - brings Textual

    return Terminal


def _is_terminal() -> bool:
    both = sys.stdin.isatty() and sys.stdout.isatty()
    return both and os.environ.get("TERM") not in {None, "dumb"}


def _size() -> os.terminal_size:
    size = os.get_terminal_size()
    if not (size.columns and size.lines):
        # Nobody told this terminal how large it is (a serial line, a container), and Textual's
        # parts would each assume another size and repaint for ever.
        size = os.terminal_size((80, 24))
        os.environ.update(COLUMNS=str(size.columns), LINES=str(size.lines))
    return size
