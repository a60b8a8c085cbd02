"""Where a mailbox was left, folder by folder, in a few hundred bytes."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.base import Cursor
from connectors.errors import CursorExpiredError
from connectors.imap_answers import ranges_of

_LONGEST = 3_900
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known of one folder. UIDs are meant within its UIDVALIDITY (RFC 3501 §2.3.1.1)."""

    name: str
    """The folder's name when it was first seen: its messages' ids are spelt with it for ever."""

    validity: int

    at: str = ""
    """Its name now, where it was renamed since."""

    low: int = 1
    """The lowest UID ever wanted."""

    next: int = 1
    """One past the highest UID ever seen to exist. The server's own UIDNEXT may lie."""

    mark: str = ""
    """UIDNEXT, count and HIGHESTMODSEQ at the last look: "202/200/6". Equal means that nothing
    happened, but for flags where the server keeps no HIGHESTMODSEQ."""

    held: int = 0
    """How many messages lay between `low` and `next` at the last look."""

    spare: int = 0
    """How many of those, at most, were never wanted."""

    gone: int = 0
    """How many went at once, as long as that may not be believed: they are told again at every
    look, or nobody would know any more that they are kept though they are not there."""

    digest: str = ""
    """Flags at the last look, in heaps, where the server keeps no HIGHESTMODSEQ."""

    todo: str = ""
    """UIDs not yet fetched, as a set; it may name some that do not exist."""

    suspect: str = ""
    """Those of `todo` at which the connection broke: fetched alone, and their headers only."""

    since: str = ""
    """The day (ISO) from which on mail was wanted; "" is all."""

    witness: str = ""
    """One message by which the folder is known again under another name: "uid/digest"."""

    old: str = ""
    """UIDVALIDITYs that are no more, and what was held of them: "validity/held,…"."""

    @property
    def modseq(self) -> str:
        """HIGHESTMODSEQ at the last look; "" where the server keeps none. It stays text: some
        servers' numbers are beyond 63 bits.
        """
        return self.mark.rpartition("/")[2]

    @property
    def now_at(self) -> str:
        """The folder's name on the server."""
        return self.at or self.name


_SHORT = {
    "name": "n",
    "validity": "v",
    "at": "a",
    "low": "l",
    "next": "x",
    "mark": "m",
    "held": "h",
    "spare": "u",
    "gone": "g",
    "digest": "d",
    "todo": "t",
    "suspect": "s",
    "since": "f",
    "witness": "w",
    "old": "o",
}


def load(cursor: Cursor | None) -> list[State]:
    """Read a cursor. Raises CursorExpiredError where it is none of ours."""
    if cursor is None:
        return []
    try:
        given = json.loads(cursor)
        states = [_state(entry) for entry in given["folders"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        given, states = {}, []
    if not isinstance(given, dict) or given.get("version") != _VERSION:
        raise CursorExpiredError(
            "Where this mailbox was left cannot be read any more; it is fetched again."
        )
    return states


def _state(entry: dict[str, Any]) -> State:
    found = State(**{long: entry[short] for long, short in _SHORT.items() if short in entry})
    for kept, default in zip(_values(found), _DEFAULTS, strict=True):
        if type(kept) is not type(default):
            raise TypeError
    list(ranges_of(found.todo)), list(ranges_of(found.suspect))
    return found


def dump(states: Iterable[State]) -> Cursor:
    """Write the cursor, as exactly as it fits: what is not fetched yet is rounded up."""
    kept = list(states)
    for most in (24, 8, 3, 1):
        text = json.dumps(
            {"version": _VERSION, "folders": [_entry(state, most) for state in kept]},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        if len(text) < _LONGEST:
            break
    return Cursor(text)


def _entry(state: State, most: int) -> dict[str, str | int]:
    state = replace(state, todo=_rounded(state.todo, most))
    pairs = zip(_SHORT, _values(state), _DEFAULTS, strict=True)
    return {_SHORT[name]: value for name, value, default in pairs if value != default}


def _values(state: State) -> list[str | int]:
    return [getattr(state, name) for name in _SHORT]


_DEFAULTS = _values(State(name="", validity=0))


def _rounded(text: str, most: int) -> str:
    """Close the smallest gaps till at most `most` ranges are left."""
    ranges = sorted(ranges_of(text))
    if len(ranges) <= most:
        return text
    gaps = sorted(range(1, len(ranges)), key=lambda i: ranges[i - 1][1] - ranges[i][0])
    kept = sorted(gaps[: most - 1])
    starts, ends = [0, *kept], [*kept, len(ranges)]
    return ",".join(
        _spelt(ranges[a][0], ranges[b - 1][1]) for a, b in zip(starts, ends, strict=True)
    )


def spell(uids: Sequence[int], among: Sequence[int] = ()) -> str:
    """Write ascending UIDs as a set, closing the gaps in which none of `among` lies.

    `among` is what exists, ascending; without it only neighbours are joined. Cost: the logarithm
    of their number for each range.
    """
    ranges: list[str] = []
    start = 0
    while start < len(uids):
        length = _run(uids, start, among)
        ranges.append(_spelt(uids[start], uids[start + length - 1]))
        start += length
    return ",".join(ranges)


def _run(uids: Sequence[int], start: int, among: Sequence[int]) -> int:
    """Count the UIDs from `start` on that nothing of `among` parts."""
    first = uids[start]
    place = bisect_left(among, first)
    if among and (place == len(among) or among[place] != first):
        return 1

    def parted(ahead: int) -> bool:
        # Both ascend, so where the two agree, all in between agrees too.
        if not among:
            return uids[start + ahead] != first + ahead
        return place + ahead >= len(among) or among[place + ahead] != uids[start + ahead]

    return bisect_left(range(len(uids) - start), True, key=parted)


def _spelt(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}:{last}"
