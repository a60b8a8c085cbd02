"""How an action is spelled in a row of the outbox, and read back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from normalizer import actions
from normalizer.actions import Action, Enclosure
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
    "draft": actions.Draft,
}
"""Their names stay in databases: append, never rename."""

_NAMES: Final = {kind: name for name, kind in _KINDS.items()}
ADDING: Final = frozenset({"comment", "create", "mail", "draft"})
"""Those that change nothing of what is there. The others stand on what she saw."""

ENCLOSING: Final = ("mail", "draft")
"""Those that can carry files."""

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
    """Spell what an action asks for: JSON, a due date as in `store.codes`, of a draft its mail, of
    files what describes them.
    """
    asked = action.mail if isinstance(action, actions.Draft) else action
    told: dict[str, Any] = {}
    for one in fields(asked):
        if one.name not in _OUTSIDE:
            told[one.name] = _SPELL.get(one.name, _as_it_is)(getattr(asked, one.name))
    return canonical(told)


def read(name: str, text: str, **outside: Any) -> Action:
    """Read back an action; `outside` is what stands in columns of its own."""
    told: dict[str, Any] = {
        key: _READ.get(key, _tupled)(value) for key, value in json.loads(text).items()
    }
    if name == "draft":
        mail = actions.Mail(**told, ref=outside["ref"], id=outside["id"])
        return actions.Draft(mail=mail, **outside)
    return _KINDS[name](**told, **outside)


def enclosed(action: Action) -> tuple[Enclosure, ...]:
    """Give the files that an action carries."""
    mail = action.mail if isinstance(action, actions.Draft) else action
    return mail.files if isinstance(mail, actions.Mail) else ()


def filled(action: Action, files: tuple[Enclosure, ...]) -> Action:
    """Put files in place of those that an action names, with what is in them."""
    if isinstance(action, actions.Draft):
        return replace(action, mail=replace(action.mail, files=files))
    return replace(action, files=files) if isinstance(action, actions.Mail) else action


def spell_files(files: Iterable[Enclosure]) -> str:
    """Spell what describes files: JSON, without what is in them."""
    return canonical(_files_told(files))


def read_files(text: str) -> tuple[Enclosure, ...]:
    """Read back what `spell_files` wrote."""
    return _files_read(json.loads(text))


def files_of(text: str) -> tuple[Enclosure, ...]:
    """Read the files of a spelled action."""
    return _files_read(json.loads(text).get("files", ()))


def _as_it_is(value: Any) -> Any:
    return value


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _files_told(files: Iterable[Enclosure]) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "media_type": one.media_type, "sha256": one.sha256, "size": one.size}
        for one in files
    ]


def _files_read(told: Iterable[dict[str, Any]]) -> tuple[Enclosure, ...]:
    return tuple(Enclosure(**one) for one in told)


_SPELL: Final[dict[str, Callable[[Any], Any]]] = {"due": due_text, "files": _files_told}
_READ: Final[dict[str, Callable[[Any], Any]]] = {"due": due_from, "files": _files_read}
"""Fields that JSON cannot hold as they are."""


def denied(text: str) -> str:
    """Spell an action anew of which she said that it did not arrive: of a mail, that its draft is
    gone tells nothing any more.
    """
    told = json.loads(text)
    return canonical(told | {"drafted": False}) if told.get("drafted") else text


@dataclass(frozen=True, slots=True)
class Told:
    """What of a spelled action she reads."""

    text: str
    """Her own words: a comment, a mail, a title."""

    sender: str
    to: tuple[str, ...]
    """Copies included."""

    files: tuple[str, ...]


def told(text: str) -> Told:
    """Read what she reads of a spelled action."""
    spelled = json.loads(text)
    return Told(
        text=str(spelled.get("text") or spelled.get("title") or ""),
        sender=spelled.get("sender", ""),
        to=(*spelled.get("to", ()), *spelled.get("cc", ())),
        files=tuple(one["name"] for one in spelled.get("files", ())),
    )
