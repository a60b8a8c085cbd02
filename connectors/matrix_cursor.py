"""Where a Matrix account was left."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.base import Cursor
from connectors.errors import CursorExpiredError

_VERSION: Final = 1
_MARK: Final = 8


@dataclass(slots=True, kw_only=True)
class State:
    """Where an account was left."""

    since: str = ""
    """The position up to which `/sync` was taken in."""

    wanted: str = ""
    """The setting `rooms` in a digest."""

    pins: dict[str, str] = field(default_factory=dict)
    """The room of each name in that setting."""

    read: set[str] = field(default_factory=set)
    """Rooms whose history is here, by their marks."""

    empty: set[str] = field(default_factory=set)
    """Rooms in whose history nothing was said, likewise: no conversation to be shown yet."""

    others: set[str] = field(default_factory=set)
    """Rooms that are known and not read, by their marks."""

    gaps: dict[str, str] = field(default_factory=dict)
    """Rooms in which more happened than one answer held: the position that is read from."""

    standing: list[tuple[str, str]] = field(default_factory=list)
    """What is said at every pull till the rooms are listed again: (what is wrong, room)."""

    named: str = ""
    """What the rooms were called, in a digest."""

    unread: bool = False
    """Some room's history is still to be read."""

    listed: int = 0
    """When the rooms were listed, in seconds since 1970, by our clock."""


def mark(room: str) -> str:
    """Name a room in eight letters: an account may have hundreds."""
    return urlsafe_b64encode(hashlib.blake2b(room.encode(), digest_size=6).digest()).decode()


def digest(parts: Iterable[str]) -> str:
    """Name a list of texts in twelve letters."""
    whole = json.dumps(list(parts)).encode()
    return urlsafe_b64encode(hashlib.blake2b(whole, digest_size=9).digest()).decode()


def load(cursor: Cursor | None) -> State:
    """Read a cursor. Raises CursorExpiredError where it is none of ours."""
    if cursor is None:
        return State()
    try:
        given = json.loads(cursor)
        return State(
            since=_since(given),
            wanted=_text(given["wanted"]),
            pins={_text(key): _text(room) for key, room in given["pins"].items()},
            read=_marks(given["read"]),
            empty=_marks(given["empty"]),
            others=_marks(given["others"]),
            gaps={_text(r): _text(at) for at, rooms in given["gaps"].items() for r in rooms},
            standing=[(_text(what), _text(name)) for what, name in given["standing"]],
            named=_text(given["named"]),
            unread=given["unread"] is True,
            listed=int(given["listed"]),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise CursorExpiredError(
            "Where these rooms were left cannot be read any more; they are fetched again."
        ) from None


def dump(state: State) -> Cursor:
    """Write the cursor."""
    gaps: dict[str, list[str]] = {}
    for room, at in sorted(state.gaps.items()):
        gaps.setdefault(at, []).append(room)
    given = {
        "version": _VERSION,
        "since": state.since,
        "wanted": state.wanted,
        "pins": state.pins,
        "read": "".join(sorted(state.read)),
        "empty": "".join(sorted(state.empty)),
        "others": "".join(sorted(state.others)),
        "gaps": gaps,
        "standing": state.standing,
        "named": state.named,
        "unread": state.unread,
        "listed": state.listed,
    }
    return Cursor(json.dumps(given, separators=(",", ":")))


def _since(given: Mapping[str, Any]) -> str:
    if given["version"] != _VERSION:
        raise LookupError
    return _text(given["since"])


def _marks(text: str) -> set[str]:
    return {text[at : at + _MARK] for at in range(0, len(text), _MARK)}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
