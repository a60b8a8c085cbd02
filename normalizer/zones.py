"""The time zones a calendar brings with it, in the few shapes that programs write (RFC 5545).

A definition comes from a stranger and could take a day to evaluate (FREQ=SECONDLY), so nothing
but arithmetic is done here: fixed offsets, lists of changes, and rules that change once a year.
A zone that says anything else is not known, which is right where a wrong hour would not be.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

_MOST_ZONES: Final = 20
_MOST_CHANGES: Final = 300
_BLOCK: Final = re.compile(
    r"^BEGIN:(VTIMEZONE|STANDARD|DAYLIGHT)\b|^END:(VTIMEZONE|STANDARD|DAYLIGHT)\b"
    r"|^(TZID|DTSTART|TZOFFSETFROM|TZOFFSETTO|RRULE|RDATE)(?:;[^:\n]*)?:([^\n]*)",
    re.MULTILINE | re.IGNORECASE,
)
_OFFSET: Final = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?")
_MOMENT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?")
_BY_DAY: Final = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN: Final = frozenset({"FREQ", "INTERVAL", "BYMONTH", "BYDAY", "BYMONTHDAY", "UNTIL", "WKST"})

_Yearly = Callable[[int], datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """From when on which offset holds. `starts` is wall-clock time by the offset `before`."""

    starts: datetime
    before: timedelta
    after: timedelta
    yearly: _Yearly | None = None
    until: datetime | None = None
    """The last instant, in UTC, at which `yearly` still changes the clock."""

    def last(self, wall: datetime) -> datetime | None:
        """Return when this change last happened, by `wall`, of this year and the last."""
        if self.yearly is None:
            return self.starts if self.starts <= wall else None
        last_year = wall.year if self.until is None else min(wall.year, self.until.year)
        for year in (last_year, last_year - 1):
            found = self.yearly(year) if year >= self.starts.year else None
            if found and self.starts <= found <= wall and not self._is_over(found):
                return found
        return None

    def _is_over(self, found: datetime) -> bool:
        return self.until is not None and found - self.before > self.until


Zone = tuple[_Change, ...]


def defined(unfolded: str) -> Mapping[str, Zone]:
    """Return the zones that `unfolded`, the lines of a calendar, defines, by `name` of their TZID.

    A zone that cannot be told for sure is left out. Never raises.
    """
    zones: dict[str, Zone] = {}
    within = ""
    own: dict[str, str] = {}
    changes: list[_Change] = []
    name, sure = "", True
    for found in _BLOCK.finditer(unfolded):
        begins, ends, key, value = (each or "" for each in found.groups())
        begins, ends, key = begins.upper(), ends.upper(), key.upper()
        if begins == "VTIMEZONE":
            name, sure, changes = "", True, []
            within = begins
        elif begins and within:
            within, own = begins, {}
        elif ends == "VTIMEZONE":
            if name and sure and changes and len(zones) < _MOST_ZONES:
                zones.setdefault(name, tuple(changes))
            within = ""
        elif ends and within == ends:
            read = _changes(own)
            sure = sure and bool(read) and len(changes) + len(read) <= _MOST_CHANGES
            changes += read if sure else ()
            within = "VTIMEZONE"
        elif key == "TZID" and within == "VTIMEZONE":
            name = named(value)
        elif key and within:
            own[key] = f"{own[key]},{value}" if key == "RDATE" and key in own else value
    return zones


def named(tzid: str) -> str:
    """Return how a TZID is compared, whether it is a property (escaped) or a parameter (quoted)."""
    return re.sub(r"\\(.)", r"\1", tzid).strip().strip('"').strip().casefold()


def offset(zone: Zone, wall: datetime) -> timedelta | None:
    """Return how far ahead of UTC `zone` is at `wall`, or None where it does not say.

    An hour that happens twice is the first, one that is skipped counts by the offset before it
    (RFC 5545 §3.3.5).
    """
    latest: tuple[datetime, _Change] | None = None
    for change in zone:
        happened = change.last(wall)
        if happened is not None and (latest is None or happened >= latest[0]):
            latest = happened, change
    if latest is None:
        return None
    happened, change = latest
    skipped = wall - happened < change.after - change.before
    return change.before if skipped else change.after


def _changes(own: Mapping[str, str]) -> tuple[_Change, ...]:
    """Read one STANDARD or DAYLIGHT; nothing where it says what is not understood."""
    try:
        starts = _moment(own["DTSTART"])
        before, after = _offset(own["TZOFFSETFROM"]), _offset(own["TZOFFSETTO"])
        if rule := own.get("RRULE", ""):
            if "RDATE" in own:
                return ()
            yearly, until = _rule(rule.strip().upper(), starts)
            return (_Change(starts=starts, before=before, after=after, yearly=yearly, until=until),)
        dates = [each for each in own.get("RDATE", "").split(",") if each.strip()]
        return tuple(
            _Change(starts=start, before=before, after=after)
            for start in (starts, *map(_moment, dates[: _MOST_CHANGES + 1]))
        )
    except (KeyError, ValueError, OverflowError):
        return ()


def _rule(said: str, starts: datetime) -> tuple[_Yearly, datetime | None]:
    """Read a rule that changes the clocks once a year; raise ValueError for any other."""
    rule = dict(part.split("=", 1) for part in said.split(";") if part)
    if rule.get("FREQ") != "YEARLY" or rule.get("INTERVAL", "1") != "1" or rule.keys() - _KNOWN:
        raise ValueError
    until = _moment(rule["UNTIL"]) if "UNTIL" in rule else None
    month = int(rule.get("BYMONTH", starts.month))
    day = _BY_DAY.fullmatch(rule.get("BYDAY", ""))
    days = sorted(int(each) for each in rule.get("BYMONTHDAY", "").split(",") if each)
    if not 1 <= month <= 12 or (rule.get("BYDAY") and not day) or (days and days[0] < 1):
        raise ValueError
    clock = starts.time()
    if day is None:
        if len(days) > 1:
            raise ValueError
        wanted = days[0] if days else starts.day
        return (lambda year: _on(year, month, wanted, clock)), until
    nth, weekday = int(day[1] or 0), _WEEKDAYS.index(day[2])
    if bool(nth) == bool(days):  # the second Sunday, or the Sunday among days 8 to 14
        raise ValueError

    def yearly(year: int) -> datetime | None:
        first, length = calendar.monthrange(year, month)
        all_days = range(1 + (weekday - first) % 7, length + 1, 7)
        if nth:
            place = nth - 1 if nth > 0 else nth
            fits = list(all_days)[place : place + 1 or None]
        else:
            fits = [each for each in all_days if each in days]
        return _on(year, month, fits[0], clock) if fits else None

    return yearly, until


def _on(year: int, month: int, day: int, clock: time) -> datetime | None:
    try:
        return datetime.combine(date(year, month, day), clock)
    except ValueError:
        return None


def _offset(said: str) -> timedelta:
    found = _OFFSET.fullmatch(said.strip())
    if found is None:
        raise ValueError
    hours, minutes, seconds = (int(each or 0) for each in found.groups()[1:])
    span = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if span >= timedelta(days=1):
        raise ValueError
    return -span if found[1] == "-" else span


def _moment(said: str) -> datetime:
    found = _MOMENT.fullmatch(said.strip().upper())
    if found is None:
        raise ValueError
    year, month, day, hour, minute, second = (int(each or 0) for each in found.groups()[:6])
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  # wall-clock time
