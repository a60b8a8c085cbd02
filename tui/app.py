"""Opens the screen: rows first, toolkit second, database writer and network last."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from gettext import gettext as _

from store.reader import Reader
from tui.keys import hers
from tui.rows import Look
from tui.setup import Setup
from tui.source import FIRST, Source
from tui.views import Request

SETTINGS = {
    # Some terminals lose dead keys (á, é, ñ) while they report every key as an escape code.
    "TEXTUAL_DISABLE_KITTY_KEY": "1",
    # Milliseconds until Esc alone is believed.
    "ESCDELAY": "25",
    "TEXTUAL_ANIMATIONS": "none",
}


def run(setup: Setup) -> int:
    """Show the queue until she leaves; gives the exit code. Raises StoreError."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") in (None, "dumb"):
        text = _("The screen needs a terminal. “trastienda queue” prints the list anywhere.")
        print(text, file=sys.stderr)  # noqa: T201 - there is no screen to say it on
        return 2
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    size = os.get_terminal_size()
    if not (size.columns and size.lines):
        # Nobody told this terminal how large it is (a serial line, a container), and Textual's
        # parts would each assume another size and repaint for ever.
        size = os.terminal_size((80, 24))
        os.environ.update(COLUMNS=str(size.columns), LINES=str(size.lines))
    reader = Reader(setup.target)
    try:
        now = datetime.now(UTC)
        ids = Request().ids(reader, now, setup.timezone, FIRST)
        source = Source(reader.rows, ids)
        clients, channels = reader.clients(), reader.channels()
        if sys.platform == "win32":
            painted, driver_class = nullcontext(), None
        else:
            from tui import prepaint  # noqa: PLC0415 - POSIX only

            keys = hers(setup.taste.keys, setup.keymap)
            named = {one.slug: one for one in clients}
            look = Look(clients=named, zone=setup.timezone, now=now, keys=keys)
            first = prepaint.first_screen(source, look, size, demo=setup.demo)
            painted = prepaint.shown(first)
        with painted:
            gc.disable()
            from tui.main import Trastienda  # noqa: PLC0415 - after the rows are on the screen

            if sys.platform != "win32":
                from tui.terminal import Terminal as driver_class  # noqa: N813, PLC0415
            gc.enable()
            gc.freeze()
            app = Trastienda(
                setup, reader, source,
                clients=clients, channels=channels, driver_class=driver_class,
            )  # fmt: skip
            result = app.run()
        return result if result is not None else app.return_code or 0
    finally:
        reader.close()
