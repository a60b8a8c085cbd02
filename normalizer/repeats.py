"""When what repeats comes next (RFC 5545, 3.3.10).

A rule comes from a stranger and could take minutes to work out ("every 30th of February"), so
only rules that people make are followed, day by day, and no further than forty years.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from typing import Final

_LONGEST: Final = 400
"""Characters of a rule."""

_FURTHEST: Final = 40
"""Years."""

_KNOWN: Final = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}
)
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DAY: Final = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?", re.ASCII)


class EndlessError(ValueError):
    """Whether and when it comes again cannot be said for sure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    often: str
    every: int
    count: int
    """How often it comes at all; 0 where that is not said."""

    until: datetime
    months: frozenset[int]
    days: frozenset[int]
    """Days of the month; from its end where negative."""

    weekdays: frozenset[tuple[int, int]]
    """(0, weekday), or (which one in the month, weekday)."""

    places: frozenset[int] = field(default_factory=frozenset)
    """Which of those in one period; from its end where negative."""

    week: int = 0
    """The weekday on which a week begins."""


def occurrences(start: datetime, said: str, zone: tzinfo | None) -> Iterator[datetime]:
    """Yield when it comes, from `start` on, all by the clock on the wall of `zone`.

    It ends where the rule ends. Raises EndlessError where the rule is none that is followed, and
    where it goes on too far.
    """
    rule = _read(said, start, zone)
    number = 0
    for days in _periods(start.date(), rule):
        fitting = [day for day in days if _fits(day, rule)]
        if rule.places:
            chosen = {place - 1 if place > 0 else place for place in rule.places}
            fitting = sorted({fitting[p] for p in chosen if -len(fitting) <= p < len(fitting)})
        for day in fitting:
            at = datetime.combine(day, start.time())
            if at > rule.until:
                return
            if at >= start:
                yield at
                number += 1
                if number == rule.count:
                    return
        if days[0] > rule.until.date():
            return
    raise EndlessError(said[:40])


def _periods(first: date, rule: _Rule) -> Iterator[list[date]]:
    """Yield the days of each period that counts, for forty years."""
    last = min(first.year + _FURTHEST, date.max.year - 1)
    if rule.often in {"DAILY", "WEEKLY"}:
        days = 7 if rule.often == "WEEKLY" else 1
        begins = first.toordinal() - ((first.weekday() - rule.week) % 7 if days == 7 else 0)
        if begins < 1:
            raise EndlessError(str(first))
        for at in range(begins, date(last, 12, 31).toordinal() + 1, days * rule.every):
            yield [date.fromordinal(at + day) for day in range(days)]
    elif rule.often == "MONTHLY":
        for month in range(first.year * 12 + first.month - 1, last * 12 + 12, rule.every):
            yield _month(month // 12, month % 12 + 1)
    else:
        for year in range(first.year, last + 1, rule.every):
            yield [day for month in range(1, 13) for day in _month(year, month)]


def _month(year: int, month: int) -> list[date]:
    return [date(year, month, day + 1) for day in range(calendar.monthrange(year, month)[1])]


def _fits(day: date, rule: _Rule) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    length = calendar.monthrange(day.year, day.month)[1]
    if rule.days and rule.days.isdisjoint({day.day, day.day - length - 1}):
        return False
    nth = {0, (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1)}
    return not rule.weekdays or any((n, day.weekday()) in rule.weekdays for n in nth)


def _read(said: str, start: datetime, zone: tzinfo | None) -> _Rule:
    """Read a rule; what it leaves open is as at its start. Raises EndlessError."""
    pairs = (part.partition("=") for part in said.strip().upper().split(";") if part)
    rule = {name: value for name, _, value in pairs}
    often = rule.get("FREQ", "")
    weekdays = [_BY_DAY.fullmatch(one) for one in _listed(rule, "BYDAY")]
    named = {(int(one[1] or 0), _WEEKDAYS.index(one[2])) for one in weekdays if one}
    days, months = _numbers(rule, "BYMONTHDAY", 31), _numbers(rule, "BYMONTH", 12)
    nth = any(n for n, _ in named)
    if (
        len(said) > _LONGEST
        or rule.keys() - _KNOWN
        or often not in {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
        or not all(weekdays)
        or (nth and often != "MONTHLY" and not (often == "YEARLY" and months))
    ):
        raise EndlessError(said[:40])
    if not named and not days:
        if often == "WEEKLY":
            named = {(0, start.weekday())}
        elif often != "DAILY":
            days = {start.day}
            months = months or ({start.month} if often == "YEARLY" else set())
    (every,), (count,) = (_numbers(rule, name, 99_999) or {n} for name, n in _ONCE)
    if every < 1 or count < 0:
        raise EndlessError(said[:40])
    return _Rule(
        often=often,
        every=every,
        count=count,
        until=_until(rule.get("UNTIL", ""), zone),
        months=frozenset(months),
        days=frozenset(days),
        weekdays=frozenset(named),
        places=frozenset(_numbers(rule, "BYSETPOS", 366)),
        week=_WEEKDAYS.index(rule["WKST"]) if rule.get("WKST") in _WEEKDAYS else 0,
    )


_ONCE: Final = (("INTERVAL", 1), ("COUNT", 0))


def _listed(rule: dict[str, str], name: str) -> list[str]:
    return rule[name].split(",") if name in rule else []


def _numbers(rule: dict[str, str], name: str, most: int) -> set[int]:
    found = [re.fullmatch("[+-]?[1-9][0-9]{0,4}", one, re.ASCII) for one in _listed(rule, name)]
    numbers = {int(one[0]) for one in found if one and abs(int(one[0])) <= most}
    if not all(found) or (name in rule and not numbers) or (name in _SINGLE and len(numbers) > 1):
        raise EndlessError(name)
    return numbers


_SINGLE: Final = frozenset({"INTERVAL", "COUNT"})


def _until(said: str, zone: tzinfo | None) -> datetime:
    if not said:
        return datetime.combine(date.max, time.max)
    found = _UNTIL.fullmatch(said)
    if found is None:
        raise EndlessError(said[:40])
    try:
        year, month, day = map(int, found.groups()[:3])
        if found[4] is None:
            return datetime.combine(date(year, month, day), time.max)
        hour, minute, second = map(int, found.groups()[3:6])
        until = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        return (until.astimezone(zone) if found[7] and zone else until).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise EndlessError(said[:40]) from None
