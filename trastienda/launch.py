"""The program's first step: the rows, where they alone are asked for; then the command line.

Nothing heavy is imported before the rows stand on the screen: no argparse, no config, no logging.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tui.first import First


class Asked(NamedTuple):
    """The words of a command line that opens the screen."""

    home: str | None = None
    lang: str | None = None
    plain: bool = False


def main() -> int:
    """Run the program; gives its exit code."""
    gc.disable()  # what is loaded now stays, and is looked through for nothing
    first = _first(sys.argv[1:])
    gc.enable()
    try:
        from trastienda.cli import main as run  # noqa: PLC0415 - after the rows

        return run(first=first)
    except KeyboardInterrupt:
        if first is None:
            raise
        return 130
    finally:
        if first is not None:
            first.leave()


def asked(words: Sequence[str]) -> Asked | None:
    """Read words that ask for the screen and nothing else; None where argparse must read them."""
    found, left = Asked(), list(words)
    while left:
        name, equals, value = left.pop(0).partition("=")
        if name == "--plain" and not equals:
            found = found._replace(plain=True)
            continue
        if name not in ("--home", "--lang"):
            return None
        if not equals:
            value = left.pop(0) if left else ""
        if not value or value.startswith("-"):
            return None
        found = found._replace(home=value) if name == "--home" else found._replace(lang=value)
    return found


def _first(words: Sequence[str]) -> First | None:
    """Show the first rows at once, where all that takes is known; else None.

    Whatever is in the way is said by the usual way, which comes after it and meets it too.
    """
    wanted = asked(words)
    if wanted is None or sys.platform == "win32":
        return None
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    try:
        from tui.first import First, is_terminal  # noqa: PLC0415 - only for the screen

        if not is_terminal():
            return None
        from trastienda import home, i18n, kept  # noqa: PLC0415 - likewise

        if wanted.lang not in (None, *i18n.LANGUAGES):
            return None
        recalled = kept.recall(home.find(wanted.home))
        if recalled is None:
            return None
        configured, told = recalled
        i18n.use(i18n.choose(wanted.lang or configured))
        told = told._replace(language=os.environ["LANGUAGE"], plain=told.plain or wanted.plain)
        return First(told, painted=True)
    except Exception:  # noqa: BLE001 - the usual way says it, or does not meet it at all
        return None
