"""An exported WhatsApp chat taken apart into its messages, as this export shows them.

No library: the export has no ids, no zone, and one of a hundred spellings of date and time; what
reads it must say what it does not know. See `normalizer.whatsapp_stamp` for the stamps, and
`normalizer.whatsapp_body` for what a body means.

Whoever takes part in a chat can write lines into a message that look like other messages. What
has another shape than the file's own stamps is text. What has the same shape cannot be told from
a message, except that quoted ones are old: `Line.back`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from operator import add
from typing import Final, NamedTuple

from normalizer.whatsapp_stamp import (
    MARKS,
    PARTS,
    AmbiguousError,
    DateOrder,
    Figures,
    NoExportError,
    Shape,
    day_of,
    half_of_day,
    settled,
    shape_of,
)
from normalizer.whatsapp_words import is_notice

__all__ = [
    "AmbiguousError", "DateOrder", "Export", "Line", "NoExportError", "TooLongError", "decode",
    "read",
]  # fmt: skip

_MOST_LINES: Final = 200_000
"""Messages: WhatsApp exports forty thousand at most."""

_MOST_ROWS: Final = 1_000_000
_MOST_SHAPES: Final = 500
_LONGEST_BODY: Final = 65_536
"""Characters that a message can have, so that another begins within as many rows."""

_LONGEST_NAME: Final = 160
_LATE: Final = timedelta(minutes=5)
_APP: Final = "\u200e\u200f"
_UNSEEN: Final = re.compile(f"[{MARKS}]")
_QUOTES: Final = (("“", "”"), ("«", "»"), ("„", "“”"), ("「", "」"))


class TooLongError(NoExportError):
    """The text holds more than an export can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message of an export, as this export shows it."""

    at: datetime
    """By the phone's clock, without a zone, to the minute."""

    second: int | None
    """Where the export tells seconds: iPhones do."""

    sender: str
    """As written, without what is invisible, spaces made plain; "" for a line of the system's."""

    body: str
    """All lines of the text behind the head, joined by newlines; the mark in front is `app`."""

    app: bool | None
    """The app wrote the body, which iPhones tell by an invisible mark. None: it cannot be told."""

    back: bool
    """Its stamp does not fit what stands around it: it goes back by more than five minutes, or
    runs ahead of what follows. It came late, or it is part of a message, quoted or forged; the
    file does not say which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export, read."""

    layout: str
    """"ios", "android" or "old"."""

    order: DateOrder
    lines: tuple[Line, ...]


def decode(data: bytes) -> str:
    """Decode a file: UTF-8, or UTF-16 where a mail program made it so. What cannot be is marked."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def read(
    text: str,
    *,
    order: DateOrder | None = None,
    not_after: datetime | None = None,
    chat: str = "",
) -> Export:
    """Take an export apart.

    `order` is what was told of its dates, None for nothing. `not_after` is a moment by the same
    clock after which no message in it can be: when the file was made. `chat` is the chat's name,
    where it is known: it can be an author's, and have a colon in it.

    Raises AmbiguousError where day and month could be either, and NoExportError where it is no
    export or `order` is impossible: TooLongError where it holds more than an export can.
    """
    if text.count("\n") >= _MOST_ROWS:
        raise TooLongError("it has more rows than an export can have")
    written = [one[:-1] if one[-1:] == "\r" else one for one in text.lstrip("\ufeff").split("\n")]
    shape = _shape_of_all(written)
    match = shape.pattern.match
    begun = (
        (row, found.end(), found.group(*PARTS))
        for row, line in enumerate(written)
        if (found := match(line))
    )
    heads = list(islice(begun, _MOST_LINES + 1))
    if len(heads) > _MOST_LINES:
        raise TooLongError("it has more messages than an export can have")
    days: dict[tuple[str, ...], Figures] = {}
    for _, _, told in heads:
        if told[:3] not in days:
            days[told[:3]] = (int(told[0]), int(told[1]), int(told[2]))
    decided = settled(shape, list(days.values()), order=order, not_after=not_after)
    if decided is None:
        found = match(written[heads[0][0]])
        raise AmbiguousError(_plain(found["stamp"]) if found else "")
    calendar = {spelled: day_of(figures, decided) for spelled, figures in days.items()}
    starts = [
        _Start(row, column, *moment)
        for row, column, told in heads
        if (moment := _moment(told[3:], calendar[told[:3]])) is not None
    ]
    if not starts:
        raise NoExportError("no line begins with a date that an exported chat can have")
    lines = tuple(_lines(written, starts, chat, ios=shape.layout == "ios"))
    return Export(layout=shape.layout, order=decided, lines=lines)


class _Start(NamedTuple):
    """Where a message begins."""

    row: int
    column: int
    """Behind the stamp."""

    at: datetime
    second: int | None


def _shape_of_all(written: list[str]) -> Shape:
    """Tell the shape of a file: its first line's, for no message comes before that. Where the file
    was cut, and begins within a message, the one that most of the next lines have.
    """
    first = next(filter(str.strip, written), "")
    if (shape := shape_of(first)) is not None:
        return shape
    shapes = filter(None, map(shape_of, written[:_LONGEST_BODY]))
    found = list(islice(shapes, _MOST_SHAPES))
    if not found:
        raise NoExportError("no line begins as a message of an exported chat does")
    times = Counter(one.pattern.pattern for one in found)
    return max(found, key=lambda one: times[one.pattern.pattern])


def _moment(clock: tuple[str, ...], day: date | None) -> tuple[datetime, int | None] | None:
    """Put a stamp together: to the minute, and the second where it has one.

    `clock`: hour, minute, and where there are such second and half of the day. None where no
    calendar or no clock shows that.
    """
    hour, minute, second = int(clock[0]), int(clock[1]), int(clock[2] or 0)
    late = half_of_day(clock[3])
    if late is not None and hour <= 12:
        hour = hour % 12 + 12 * late
    if day is None or hour > 23 or minute > 59 or second > 59:
        return None
    at = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001  the phone's own
    return at, second if clock[2] else None


def _lines(written: list[str], starts: list[_Start], chat: str, *, ios: bool) -> Iterator[Line]:
    named = f"{chat}: " if ": " in chat else ""
    heads = [_head(written[one.row][one.column :], named) for one in starts]
    marked = ios and any(body[:1] in _APP for _, body in heads if body)
    ends = [*(one.row for one in starts[1:]), len(written)]
    late = _late([one.at for one in starts])
    for n, (start, (sender, first), end) in enumerate(zip(starts, heads, ends, strict=True)):
        body = "\n".join([first, *written[start.row + 1 : end]]) if end > start.row + 1 else first
        bare = body.lstrip(_APP)
        yield Line(
            at=start.at,
            second=start.second,
            sender=sender,
            body=bare.rstrip(),
            app=len(bare) < len(body) if marked else None,
            back=n in late,
        )


def _head(rest: str, named: str) -> tuple[str, str]:
    """Part the author from what stands behind; "" where the system speaks, in whose lines a colon
    stands within quotes: the new name of a group. `named` is how an author begins whose own name
    has a colon.
    """
    if named and rest.startswith(named):
        return _plain(named[:-2]), rest[len(named) :]
    colon = rest.find(": ", 0, _LONGEST_NAME)
    if colon < 0 and len(rest) <= _LONGEST_NAME and rest.endswith(":"):
        colon = len(rest) - 1
    if colon <= 0:
        return "", rest
    sender = _name(rest[:colon])
    return (sender, rest[colon + 2 :]) if sender else ("", rest)


@lru_cache(maxsize=4096)
def _name(written: str) -> str:
    """Clean an author's name; "" where it is none, but the beginning of a notice."""
    opened = written.count('"') % 2 or any(
        written.rfind(one) > max(map(written.rfind, closing)) for one, closing in _QUOTES
    )
    return "" if opened or is_notice(written) else _plain(written)


def _plain(written: str) -> str:
    return " ".join(_UNSEEN.sub("", written).split())


def _late(moments: list[datetime]) -> set[int]:
    """Find what does not lie on the longest way through the file that never goes back.

    It begins with the first message, and where two are as long, it keeps to what comes first. Up
    to five minutes are not back: phones do not agree.
    """
    level: list[datetime] = []
    high = moments[0]
    for one in moments:
        high = high if high - _LATE <= one < high else one
        level.append(high)
    if all(one <= two for one, two in pairwise(level)):
        return set()
    stands = [n for n, one in enumerate(level) if one >= level[0]]
    until = _lengths([level[n] - level[0] for n in stands])
    since = _lengths([level[0] - level[n] for n in reversed(stands)])[::-1]
    whole = max(map(add, until, since))
    on_way: set[int] = set()
    for n, before, after in zip(stands, until, since, strict=True):
        if before == len(on_way) + 1 and before + after == whole:
            on_way.add(n)
    return set(range(len(level))) - on_way


def _lengths(values: list[timedelta]) -> list[int]:
    """Say of each how long the longest way is that ends with it and never goes down."""
    tops: list[timedelta] = []
    lengths: list[int] = []
    for one in values:
        at = bisect_right(tops, one)
        tops[at : at + 1] = [one]
        lengths.append(at + 1)
    return lengths
