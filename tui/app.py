"""Opens the screen: rows first, toolkit second, database writer and network last."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import closing
from gettext import gettext as _
from typing import TYPE_CHECKING

from tui.first import First, Told, is_terminal, size
from tui.setup import Setup
from tui.source import Source

if TYPE_CHECKING:
    from textual.driver import Driver

SETTINGS = {
    # Some terminals lose dead keys (á, é, ñ) while they report every key as an escape code.
    "TEXTUAL_DISABLE_KITTY_KEY": "1",
    # Milliseconds until Esc alone is believed.
    "ESCDELAY": "25",
    "TEXTUAL_ANIMATIONS": "none",
}


def run(setup: Setup, first: First | None = None) -> int:
    """Show the queue until she leaves; gives the exit code. Raises StoreError.

    `first`: rows that stand there already. They stay where they were drawn after what `setup`
    says; and are let go of at the end in any case.
    """
    wanted = told(setup)
    if first is not None and first.told != wanted:
        first.leave()
        first = None
    if not (setup.browser or is_terminal()):
        text = _("The screen needs a terminal. “trastienda queue” prints the list anywhere.")
        print(text, file=sys.stderr)  # noqa: T201 - there is no screen to say it on
        return 2
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    if not setup.browser:
        size()
    with first or First(wanted, painted=not (setup.browser or sys.platform == "win32")) as shown:
        gc.disable()
        from store.narrowed import Narrowed  # noqa: PLC0415 - after the rows are on the screen
        from tui.main import Trastienda  # noqa: PLC0415 - the same

        driver_class = _driver(setup)
        gc.enable()
        gc.freeze()
        with closing(Narrowed(setup.target)) as reader:
            reader.only = setup.focus or None
            app = Trastienda(
                setup, reader, Source(reader.rows, shown.source.ids), clients=reader.clients(),
                channels=reader.channels(), driver_class=driver_class,
            )  # fmt: skip
            result = app.run(mouse=setup.taste.mouse)
    return result if result is not None else app.return_code or 0


def told(setup: Setup) -> Told:
    """What of it the first rows are drawn with."""
    return Told(
        target=setup.target, language=setup.language, timezone=setup.timezone.key,
        theme=setup.taste.theme, plain=setup.taste.plain, preset=setup.taste.keys,
        keymap=dict(setup.keymap), demo=setup.demo, focus=setup.focus,
    )  # fmt: skip


def _driver(setup: Setup) -> type[Driver] | None:
    if setup.browser:
        from tui.browser import Browser  # noqa: PLC0415 - brings Textual

        return Browser
    if sys.platform == "win32":
        return None
    from tui.terminal import Terminal  # noqa: PLC0415 - brings Textual

    return Terminal
