"""Where the calendars of an account were left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.base import Cursor
from connectors.errors import CursorExpiredError

NEWLY: Final = "l"

_VERSION: Final = 1
_LONGEST: Final = 15_000
_NAME: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of one calendar."""

    name: str
    """What to call it where it is gone."""

    called: str = ""
    """Its name in a digest when it was last read: to rename it moves no mark of it."""

    mark: str = ""
    """What the server said of its state then: a sync-token, a ctag or a digest of etags, each
    behind a letter of its own; "" where it is to be read whole."""

    lost: bool = False
    """It is not there, or not for us; its mark is `NEWLY` until it was looked where its tasks
    are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Where an account was left."""

    base: str = ""
    """The address in the config and the name in a digest, ".", and the zone by which it was read
    in another."""

    homes: tuple[str, ...] = ()
    """Where its calendars lie."""

    alone: bool = False
    """The address in the config is a calendar itself, and its own home."""

    pins: Mapping[str, str] = field(default_factory=dict)
    """The path of each name in the config, as far as it stood for a calendar."""

    calendars: Mapping[str, Seen]
    """By path."""


def load(cursor: Cursor | None, base: str) -> Left:
    """Read a cursor; where it was written by other settings, all is read anew. A name stands for
    the calendar that it stood for as long as it is the same account.

    Raises CursorExpiredError where it is none of ours.
    """
    if cursor is None:
        return Left(base=base, calendars={})
    try:
        given = json.loads(cursor)
        calendars = {key: _seen(row) for key, row in given["calendars"].items()}
        homes, left, version = given["homes"], given["base"], given["version"]
        alone, pins = given["alone"] is True, dict(given["pins"])
        texts = (left, *homes, *calendars, *pins, *pins.values())
        fine = all(isinstance(one, str) for one in texts)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        calendars, homes, left, version, alone, pins, fine = {}, [], "", 0, False, {}, False
    if not fine or version != _VERSION:
        raise CursorExpiredError(
            "Where these calendars were left cannot be read any more; they are fetched again."
        )
    if left != base:
        forgotten = {key: Seen(name=one.name, lost=one.lost) for key, one in calendars.items()}
        same = left.partition(".")[0] == base.partition(".")[0]
        return Left(base=base, pins=pins if same else {}, calendars=forgotten)
    return Left(base=base, homes=tuple(homes), alone=alone, pins=pins, calendars=calendars)


def dump(left: Left) -> Cursor:
    """Write the cursor; names are shortened where there are very many calendars."""
    for most in (_NAME, 12, 0):
        calendars = {
            key: [one.name[:most], one.called, one.mark, one.lost]
            for key, one in left.calendars.items()
        }
        given = {
            "version": _VERSION, "base": left.base, "homes": left.homes, "alone": left.alone,
            "pins": dict(left.pins), "calendars": calendars,
        }  # fmt: skip
        text = json.dumps(given, separators=(",", ":"))
        if len(text) < _LONGEST:
            break
    return Cursor(text)


def _seen(row: Any) -> Seen:
    name, called, mark, lost = row
    if not all(isinstance(one, str) for one in (name, called, mark)) or type(lost) is not bool:
        raise TypeError
    return Seen(name=name, called=called, mark=mark, lost=lost)
