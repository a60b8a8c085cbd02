"""How an action is spelled in a row of the outbox, and read back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any, Final

from normalizer import actions
from normalizer.actions import Action
from normalizer.raw import canonical
from store.codes import due_from, due_text

_KINDS: Final[dict[str, type[Action]]] = {
    "comment": actions.Comment,
    "complete": actions.Complete,
    "reopen": actions.Reopen,
    "move": actions.Move,
    "due": actions.SetDue,
    "check": actions.Check,
    "archive": actions.Archive,
    "create": actions.Create,
    "mail": actions.Mail,
}
"""Their names stay in databases: append, never rename."""

_NAMES: Final = {kind: name for name, kind in _KINDS.items()}
ADDING: Final = frozenset({"comment", "create", "mail"})
"""Those that change nothing of what is there. The others stand on what she saw."""

TOUCHES: Final = {
    "complete": "state", "reopen": "state", "archive": "state", "move": "container", "due": "due",
    "check": "checklist",
}  # fmt: skip
"""The field of a task that each of the others writes, as in a change."""

_OUTSIDE: Final = frozenset({"ref", "id", "decided_at", "doubted"})
"""What stands in columns of its own."""


def name_of(action: Action) -> str:
    """Call an action by the name that is kept."""
    return _NAMES[type(action)]


def names_of(kinds: Iterable[type[Action]]) -> list[str]:
    """Call kinds of action so; one that is none of ours is left out."""
    return [_NAMES[kind] for kind in kinds if kind in _NAMES]


def spell(action: Action) -> str:
    """Spell what an action asks for: JSON, a due date as in `store.codes`."""
    told: dict[str, Any] = {}
    for one in fields(action):
        if one.name not in _OUTSIDE:
            value = getattr(action, one.name)
            told[one.name] = due_text(value) if one.name == "due" else value
    return canonical(told)


def read(name: str, text: str, **outside: Any) -> Action:
    """Read back an action; `outside` is what stands in columns of its own."""
    told: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in json.loads(text).items()
    }
    if "due" in told:
        told["due"] = due_from(told["due"])
    return _KINDS[name](**told, **outside)


def spoken(text: str) -> str:
    """Give what a spelled action says in her own words: a comment, a mail, a title."""
    told = json.loads(text)
    return str(told.get("text") or told.get("title") or "")
