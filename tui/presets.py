"""Ready-made sets of keys, each as what it changes of the table in `actions`.

A habit from another program must not close a task here: what deleted something there archives at
most, or says what the keys are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Table = Mapping[str, Mapping[str, tuple[str, ...]]]
"""By screen, or "all": the keys of an action."""

PRESETS: Final[Mapping[str, Table]] = {
    "normal": {},
    # `dd` deletes a line there: two tasks would be done with by it.
    "vim": {
        "all": {
            "page_down": ("pagedown", "ctrl+f"), "page_up": ("pageup", "ctrl+b"),
            "half_down": ("ctrl+d",), "half_up": ("ctrl+u",),
            "done": ("X",), "no_delete": ("d",),
        },
        # `gg` goes to the top.
        "outbox": {"home": ("g", "home"), "again": ("r",)},
    },
    # For those who come from aerc, alot, NeoMutt or Gmail.
    "correo": {
        "all": {
            "archive": ("e", "a", "d"), "done": ("X",), "no_delete": ("delete", "number_sign", "D"),
            "sync": ("S", "dollar_sign"), "add": ("B",), "changes": ("H",),
        },
        "queue": {"top": ("g", "home", "equals_sign"), "bottom": ("G", "end", "asterisk")},
        "reader": {"top": ("g", "home", "equals_sign"), "bottom": ("G", "end", "asterisk")},
        # What archived must not say that something has arrived.
        "outbox": {"arrived": ("A",)},
    },
}  # fmt: skip
