"""Hours of a day in which nothing is told: "20:00-8:00"."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Final

_HOURS: Final = re.compile(r"\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*")


def hours(text: str) -> tuple[time, time] | None:
    """Read from when until when; None where nothing is said. Raises ValueError."""
    if not text.strip():
        return None
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError(text)
    first, minute, last, second = map(int, found.groups())
    begins, ends = time(first, minute), time(last, second)
    if begins == ends:
        raise ValueError(text)
    return begins, ends


def is_quiet(text: str, now: datetime) -> bool:
    """Whether `now`, as her clock says it, lies within; past midnight as well."""
    found = hours(text)
    if found is None:
        return False
    begins, ends = found
    if begins < ends:
        return begins <= now.time() < ends
    return now.time() >= begins or now.time() < ends
