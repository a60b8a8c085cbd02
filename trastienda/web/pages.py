"""What the browser is given: our page, and the terminal that textual-serve ships for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from gettext import gettext as _
from html import escape
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import Final

from normalizer.said import SaidError

OURS: Final = Path(__file__).parent

PARTS: Final = ("aiohttp", "textual_serve")

_THEIRS: Final = {
    "terminal.css": "css/xterm.css",
    "terminal.js": "js/textual.js",
    "regular.ttf": "fonts/RobotoMono-VariableFont_wght.ttf",
    "italic.ttf": "fonts/RobotoMono-Italic-VariableFont_wght.ttf",
}


class MissingError(SaidError):
    """The optional parts are not installed."""


def need() -> None:
    """See to it that the optional parts are there. Raises MissingError."""
    if not all(find_spec(part) for part in PARTS):
        raise MissingError(
            "The screen in a browser needs two more packages. This installs them: {command}",
            command='pip install "trastienda[web]"',
        )


def files() -> Mapping[str, Path]:
    """Every file that is served, by its name in the page; there are no others."""
    found = find_spec("textual_serve")
    assert found is not None  # noqa: S101 - `need` was asked
    assert found.origin is not None  # noqa: S101 - a package of Python files
    static = Path(found.origin).parent / "static"
    ours = {name: OURS / name for name in ("page.css", "page.js")}
    return ours | {name: static / theirs for name, theirs in _THEIRS.items()}


def page(socket: str) -> str:
    """The page that shows the screen; `socket` is where it speaks to us."""
    texts = {
        "left": _("You have left. Everything is kept."),
        "elsewhere": _("The queue is open in another window now."),
        "lost": _(
            "The connection to Trastienda is lost. If it was ended, start “trastienda web” again "
            "in the terminal."
        ),
        "failed": _("The screen could not start. In the terminal, “trastienda check” says why."),
        "drawing": _("This browser cannot draw the screen (it has no WebGL 2). Try another one."),
        "script": _("The screen needs JavaScript. All of it comes from this computer."),
        "again": _("Open it here"),
        "label": _("The queue"),
    }
    values = {name: escape(text) for name, text in texts.items()}
    source = (OURS / "page.html").read_text("utf-8")
    return Template(source).substitute(values, language=_language(), socket=escape(socket))


def notice(text: str) -> str:
    """A page that says one thing."""
    head = '<meta charset="utf-8"><title>Trastienda</title>'
    style = "body{font:18px/1.5 sans-serif;max-width:34em;margin:15vh auto;padding:0 1em}"
    return (
        f'<!doctype html><html lang="{_language()}"><head>{head}<style>{style}</style></head>'
        f"<body><p>{escape(text)}</p></body></html>"
    )


def _language() -> str:
    return escape(os.environ.get("LANGUAGE", "en"))
