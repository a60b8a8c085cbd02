"""Her day: when it begins, and what “tomorrow” is. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from triage import days
from triage.when import is_day, parse_date

_BEGINS: Final = 4
"""O'clock: whoever is still at work after midnight has not begun a new day."""

_MORNING: Final = time(6)
"""When what is planned for a later day comes into the plan of that day."""


def of(now: datetime, tz: tzinfo) -> date:
    """Give the day that it is for her."""
    return (now.astimezone(tz).replace(tzinfo=None) - timedelta(hours=_BEGINS)).date()


def begins(now: datetime, tz: tzinfo) -> datetime:
    """Give the moment at which the day that it is for her began. UTC."""
    return datetime.combine(of(now, tz), time(_BEGINS), tz).astimezone(UTC)


def morning(day: date, tz: tzinfo) -> datetime:
    """Give the moment from which that day's plan counts. UTC."""
    return datetime.combine(day, _MORNING, tz).astimezone(UTC)


def tomorrow(now: datetime, tz: tzinfo) -> date:
    """Give the day after the one that it is for her."""
    return of(now, tz) + timedelta(days=1)


def monday(now: datetime, tz: tzinfo) -> date:
    """Give the next Monday after the day that it is for her."""
    return days.next_weekday(of(now, tz), 0)


def parse_day(text: str, now: datetime, tz: tzinfo) -> date:
    """Read a day as `parse_date` does a moment; today is one. Raises WhenError."""
    return parse_date(text, begins(now, tz), tz).astimezone(tz).date()


def parse_due(text: str, now: datetime, tz: tzinfo) -> date | datetime:
    """Read when something is due: a day, or a moment where she says a time. Raises WhenError."""
    day = parse_day(text, now, tz)
    return day if is_day(text) else parse_date(text, now, tz)
