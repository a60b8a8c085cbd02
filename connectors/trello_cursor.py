"""Where an account at Trello was left, board by board, in a hundred bytes each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from connectors.base import Cursor
from connectors.errors import CursorExpiredError

_VERSION: Final = 1
_LONGEST: Final = 15_000
_NAME: Final = 40

Absence: TypeAlias = Literal["", "lost", "closed"]
"""Why a board is not read any more: "lost" is no longer shared with her, or deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of one board."""

    name: str
    """What to call it where it is gone."""

    activity: str = ""
    """Its `dateLastActivity` when it was last read, as Trello spelt it; "" where it told none."""

    names: str = ""
    """Its name and its lists' in a digest: what is done to a list moves no date of its board."""

    night: int = 0
    """When it was last read whole, in seconds since 1970, by our clock."""

    absence: Absence = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Where an account was left."""

    boards: Mapping[str, Seen]
    done: str = ""
    """The setting `done` by which it was read: a card's state depends on it."""


def load(cursor: Cursor | None) -> Left:
    """Read a cursor. Raises CursorExpiredError where it is none of ours."""
    if cursor is None:
        return Left(boards={})
    try:
        given = json.loads(cursor)
        boards = {key: _seen(row) for key, row in given["boards"].items() if key}
        done, version = given["done"], given["version"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        boards, done, version = {}, None, 0
    if version != _VERSION or not isinstance(done, str):
        raise CursorExpiredError(
            "Where these boards were left cannot be read any more; they are fetched again."
        )
    return Left(boards=boards, done=done)


def dump(left: Left) -> Cursor:
    """Write the cursor; names are shortened where there are very many boards."""
    for most in (_NAME, 12, 0):
        boards = {key: _row(seen, most) for key, seen in left.boards.items()}
        given = {"version": _VERSION, "done": left.done, "boards": boards}
        text = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
        if len(text) < _LONGEST:
            break
    return Cursor(text)


def _row(seen: Seen, most: int) -> list[Any]:
    return [seen.name[:most], seen.activity, seen.names, seen.night, seen.absence]


def _seen(row: Any) -> Seen:
    name, activity, names, night, absence = row
    texts = (name, activity, names, absence)
    if not all(isinstance(one, str) for one in texts) or type(night) is not int:
        raise TypeError
    if absence not in {"", "lost", "closed"}:
        raise ValueError(absence)
    return Seen(name=name, activity=activity, names=names, night=night, absence=absence)
