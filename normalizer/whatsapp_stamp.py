"""The head of an exported WhatsApp message: where its stamp stands, and what its figures mean.

The phone writes the stamp by its own language and region, and says neither. One file has one
spelling throughout, its shape: brackets, separators, words between date and time, seconds, a year
of two figures or of four, hours to twelve or to twenty-four. A line of any other shape is text.

Which figure is the day is read off the file or told, and never guessed (`settled`).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

from normalizer.whatsapp_words import words

Figures = tuple[int, int, int]
"""The three numbers of a date as they stand."""

_FIRST_YEAR: Final = 2009
"""WhatsApp is no older. A year of the Buddhist calendar, which Thai phones write, is 543 more."""

_LAST_YEAR: Final = 2099
_BUDDHIST: Final = 543
_HEAD: Final = 120
"""Characters at the beginning of a line in which its stamp ends."""

MARKS: Final = "\u061c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
"""What has no width and says which way text runs, as the inside of a character class."""

_MARKED: Final = f"[{MARKS}]*+"
"""Any marks, and none given back: a line of nothing else must not take for ever."""

_DATE: Final = (
    r"(?P<a>\d{1,4})(?P<s1> ?[./\-‐–年년] ?)(?P<b>\d{1,2})(?P<s2> ?[./\-‐–月월] ?| )"
    r"(?P<c>\d{4}|\d{1,2})(?!\d)(?P<tail>\.|日|일| ?г\.| ?թ\.)?"
)
_TIME: Final = (
    r"(?:(?P<m1>{markers})(?P<g1> ?))?"
    r"(?P<h>\d{{1,2}})(?P<t1>[:.٫：]| ?h ?| ?時 ?)(?P<m>\d{{1,2}})"
    r"(?:(?P<t2>[:.٫：]| ?min ?| ?分 ?)(?P<s>\d{{1,2}})(?P<t3> ?s| ?秒)?)?(?!\d)"
    r"(?:(?P<g2> ?)(?P<m2>{markers}))?(?P<after> ?(?:ч\.|uhr)|\))?"
)
_BETWEEN: Final = r"(?P<between>[ ,،、]{{0,3}}(?:{joins})?[ ,،(]{{0,3}}(?:- )?)"
_CLOSE: Final = r"(?P<close>\] ?| [-–—](?: |$)|:(?: |$))"


class DateOrder(enum.StrEnum):
    """Which of the three figures of a date is which."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


class AmbiguousError(ValueError):
    """The dates of an export read both ways, and nothing in it says which is meant."""

    def __init__(self, example: str) -> None:
        super().__init__(f"day and month can be either in {example!r}")
        self.example = example
        """The stamp of one of its lines."""


class NoExportError(ValueError):
    """The text is no export of a chat, or not one whose dates are in the order that was told."""


PARTS: Final = ("a", "b", "c", "h", "m", "s", "p")
"""What is read off a stamp: three figures, hour, minute, second and half of the day. What an
export does not tell is ""."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How one export spells its stamps."""

    layout: str
    """"ios", "android" or "old"."""

    pattern: re.Pattern[str]
    """Matches the head of a message, from the line's beginning to where the author's name begins:
    three figures of the date, hour, minute, second and half of the day, as `PARTS`.
    """

    first_is_year: bool
    separator: str
    """Between day and month: one of `/`, `.`, `-` as a rule."""

    two_figures: bool
    """The year has two figures."""

    suffixed: bool
    """A full stop stands behind the date as well."""

    half_first: bool
    """The half of the day stands before the hour."""

    joined: str
    """The word between date and time, "" for none."""


def shape_of(line: str) -> Shape | None:
    """Tell the shape of the stamp with which `line` begins, None where it begins with none."""
    head = line[:_HEAD]
    bare = _spaced(head)
    for pattern in _openings():
        found = pattern.match(bare)
        if found is None or (found["open"] == "[") != found["close"].startswith("]"):
            continue
        if len(found["c"]) == 3 or len(found["a"]) == 3:
            continue
        return _shape(found)
    return None


@lru_cache(maxsize=256)
def half_of_day(marker: str) -> bool | None:
    """Tell whether the words beside a time mean its second half; None where there are none."""
    return _halves()[_plain_marker(marker)] if marker else None


def settled(
    shape: Shape,
    days: Sequence[Figures],
    *,
    order: DateOrder | None,
    not_after: datetime | None,
) -> DateOrder | None:
    """Decide which figure is the day, None where nothing decides.

    `days` are the distinct dates in the order in which they first stand in the file.

    1. A year in front of the others, of four figures, is followed by the month: no phone writes
       anything else.
    2. Where full stops stand between, the day comes first, and also with the "à" of the French;
       with hyphens the month never does: no phone writes anything else.
    3. Dates that are none in one order, a thirteenth month, or that lie after `not_after`,
       decide for the other, if five times as many days speak for it as against it (a quoted
       line can look like a date that never was). Where all lie after it, it says nothing.
    4. An export goes forward in time. Read wrongly it jumps back and forth, and that decides
       where one order goes back to an earlier day hardly ever, and the other at least twice and
       five times as often. One day, or a few that rise either way, decide nothing.

    Raises NoExportError where `order` is told and more days are none by it than are.
    """
    possible = _possible(shape, days)
    latest = None if not_after is None else (not_after + timedelta(days=1)).date()
    told = [day for one in possible for figures in days if (day := day_of(figures, one))]
    if latest is not None and all(day > latest for day in told):
        latest = None  # it is not the time of this file: not every program keeps that
    if order is not None:
        fine = sum(day_of(one, order) is not None for one in days)
        if fine * 2 < len(days):
            raise NoExportError(f"the dates are not in the order {order.value}")
        return order
    if len(possible) == 1:
        return possible[0]
    dates = {
        one: [
            None if day is None or (latest is not None and day > latest) else day
            for day in (day_of(figures, one) for figures in days)
        ]
        for one in possible
    }
    by_dates = _clearly({one: read.count(None) for one, read in dates.items()}, least=1)
    if by_dates is not None:
        return by_dates
    return _clearly({one: _jumps(filter(None, read)) for one, read in dates.items()}, least=2)


def day_of(figures: Figures, order: DateOrder) -> date | None:
    """Read three figures as a day, None where they are none that an export can have."""
    match order:
        case DateOrder.DMY:
            day, month, year = figures
        case DateOrder.MDY:
            month, day, year = figures
        case DateOrder.YMD:
            year, month, day = figures
    if year < 100:
        year += 2000 if year < _FIRST_YEAR + _BUDDHIST - 2500 else 2500 - _BUDDHIST
    elif year > _LAST_YEAR:
        year -= _BUDDHIST
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _possible(shape: Shape, days: Sequence[Figures]) -> tuple[DateOrder, ...]:
    """Name the orders that this spelling of dates leaves open."""
    if shape.first_is_year:
        return (DateOrder.YMD,)
    # Koreans write "26. 11. 13. 오후 7:02", and a few Slavs "13. 11. 26. 19:02".
    if shape.two_figures and shape.suffixed and " " in shape.separator:
        return (DateOrder.YMD,) if shape.half_first else (DateOrder.DMY, DateOrder.YMD)
    if "." in shape.separator or shape.joined == "à":
        return (DateOrder.DMY,)
    may = (DateOrder.DMY, DateOrder.MDY) if "/" in shape.separator else (DateOrder.DMY,)
    # Basques write 26/11/13, and then the figure in front changes less than the last.
    turned = shape.two_figures and len({one[0] for one in days}) < len({one[2] for one in days})
    return (*may, DateOrder.YMD) if turned else may


def _clearly(against: dict[DateOrder, int], *, least: int) -> DateOrder | None:
    """Take the order that has least against it, if every other has much more."""
    best, *others = sorted(against, key=against.__getitem__)
    second = min(against[one] for one in others)
    return best if second >= max(least, 5 * against[best]) else None


def _jumps(days: Iterable[date]) -> int:
    """Count how often the days go back."""
    return sum(later < earlier for earlier, later in pairwise(days))


def _shape(found: re.Match[str]) -> Shape:
    parts = found.groupdict(default="")
    layout = {"]": "ios", ":": "old"}.get(parts["close"][0], "android")
    year_first = len(parts["a"]) == 4
    two = not year_first and len(parts["c"]) <= 2
    years = ("{4}", "{1,2}") if year_first else ("{1,2}", "{1,2}" if two else "{4}")
    date_ = (
        rf"(?P<a>\d{years[0]}){_same(parts['s1'])}(?P<b>\d{{1,2}}){_same(parts['s2'])}"
        rf"(?P<c>\d{years[1]}){_same(parts['tail'])}"
    )
    marker = "|".join(_markers())
    time = (
        (rf"(?P<p>{marker}){_same(parts['g1'])}" if parts["m1"] else "")
        + rf"(?P<h>\d{{1,2}}){_same(parts['t1'])}(?P<m>\d{{1,2}})"
        + (
            rf"{_same(parts['t2'])}(?P<s>\d{{1,2}}){_same(parts['t3'])}"
            if parts["s"]
            else "(?P<s>)"
        )
        + (rf"{_same(parts['g2'])}(?P<p>{marker})" if parts["m2"] and not parts["m1"] else "")
        + ("" if parts["m1"] or parts["m2"] else "(?P<p>)")
        + _same(parts["after"])
    )
    turned = found.start("h") < found.start("a")
    first, second = (time, date_) if turned else (date_, time)
    close = {"ios": r"\]\s?", "android": r"\s[-–—](?:\s|$)", "old": r":(?:\s|$)"}[layout]
    opened = r"\[" if layout == "ios" else ""
    stamp = f"(?P<stamp>{first}{_same(parts['between'])}{second})"
    spelled = f"{_MARKED}{opened}{_MARKED}{stamp}{_MARKED}{close}"
    return Shape(
        layout=layout,
        pattern=re.compile(spelled, re.IGNORECASE),
        first_is_year=year_first,
        separator=parts["s1"],
        two_figures=two,
        suffixed=parts["tail"] == ".",
        half_first=bool(parts["m1"]),
        joined=parts["between"].strip(" ,،、(-").casefold(),
    )


def _same(literal: str) -> str:
    """Match what the first stamp has here, whichever space it is, and marks anywhere in it."""
    return _MARKED + "".join((r"\s" if one == " " else re.escape(one)) + _MARKED for one in literal)


def _spaced(head: str) -> str:
    """Spell the head of a line with plain spaces, and without what has no width."""
    return re.sub(r"\s", " ", re.sub(f"[{MARKS}]", "", head))


@lru_cache(maxsize=1)
def _openings() -> tuple[re.Pattern[str], ...]:
    marker = "|".join(_markers())
    time = _TIME.format(markers=marker)
    joins = sorted(map(re.escape, words().joins), key=len, reverse=True)
    between = _BETWEEN.format(joins="|".join(joins))
    return tuple(
        re.compile(rf"(?P<open>\[?) ?{first}{between}{second}{_CLOSE}", re.IGNORECASE)
        for first, second in ((_DATE, time), (time, _DATE))
    )


@lru_cache(maxsize=1)
def _markers() -> tuple[str, ...]:
    """Spell every name of the halves of a day as a pattern, the longest first."""
    told = sorted({*words().am, *words().pm}, key=len, reverse=True)
    return tuple(re.escape(one).replace(r"\ ", r"\s?") for one in told)


@lru_cache(maxsize=1)
def _halves() -> dict[str, bool]:
    return {
        **{_plain_marker(one): False for one in words().am},
        **{_plain_marker(one): True for one in words().pm},
    }


def _plain_marker(marker: str) -> str:
    return re.sub(rf"[\s{MARKS}]", "", marker).casefold()
