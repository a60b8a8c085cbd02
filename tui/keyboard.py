"""Keys by name: as Textual calls them, as they are printed, and which of them write."""

from __future__ import annotations

import contextlib
import unicodedata
from gettext import gettext as _
from typing import Final

MARKS: Final = {
    "down": "↓", "up": "↑", "left": "←", "right": "→", "enter": "⏎",
    "slash": "/", "backslash": "\\", "at": "@", "minus": "-", "plus": "+", "underscore": "_",
}  # fmt: skip

PREFIXES: Final = {"ctrl+": "^", "shift+": "⇧"}

MOVES: Final = ("up", "down", "left", "right", "home", "end", "pageup", "pagedown")

NAMED: Final = (
    "enter", "escape", "tab", "shift+tab", "space", "backspace", "delete", "insert", *MOVES,
    *(f"f{number}" for number in range(1, 13)),
    *(f"{prefix}{move}" for prefix in PREFIXES for move in MOVES),
)  # fmt: skip
"""The keys without a character of their own that terminals agree on."""

WRITING: Final = frozenset({
    "enter", "space", "backspace", "delete", *MOVES, "f6", "f7",
    *(f"{prefix}{move}" for prefix in PREFIXES for move in MOVES),
    *(f"ctrl+{letter}" for letter in "adekuvwxyz"),
})  # fmt: skip
"""What the field for a long text takes for itself, beside everything that writes a character."""


def key_name(key: str) -> str:
    """A key as it is printed on the keyboard."""
    if key in MARKS:
        return MARKS[key]
    for prefix, mark in PREFIXES.items():
        if key.startswith(prefix):
            return mark + key_name(key.removeprefix(prefix))
    names = {
        "escape": _("Esc"), "space": _("Space"), "tab": _("Tab"), "home": _("Home"),
        "end": _("End"), "pagedown": _("PgDn"), "pageup": _("PgUp"), "delete": _("Del"),
        "backspace": _("Backspace"), "insert": _("Ins"),
    }  # fmt: skip
    if key in names:
        return names[key]
    words = key.split("_")
    spaced = [" ".join(words)]
    # Textual writes the hyphen of “less-than sign” as it writes a space.
    spaced += [" ".join(words[:n]) + "-" + " ".join(words[n:]) for n in range(1, len(words))]
    for name in spaced:
        with contextlib.suppress(KeyError):
            return unicodedata.lookup(name)
    return key


def writes(key: str) -> bool:
    """Tell whether a key writes a character into a field."""
    return key == "space" or (key not in NAMED and not key.startswith(tuple(PREFIXES)))
