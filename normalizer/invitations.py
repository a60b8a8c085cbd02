"""What a calendar part of a mail asks (RFC 5545, RFC 5546)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any, Final

from normalizer import text
from normalizer.model import Invitation

_LONGEST: Final = 100_000
# Zones are known by name only. A definition that comes with the mail could take a day to
# evaluate (FREQ=SECONDLY), and icalendar would keep it for the next mail that names the zone.
_ZONE: Final = re.compile(
    r"^BEGIN:VTIMEZONE\b.*?^END:VTIMEZONE\b[^\n]*\n?", re.DOTALL | re.MULTILINE | re.IGNORECASE
)


def read(calendar: str) -> Invitation | None:
    """Return what the first event of an iCalendar object asks, or None where there is none.

    An instant whose zone is not known, or that has none, is given as its day alone: a day is
    right where an hour would be a guess. Never raises.
    """
    if not calendar or len(calendar) > _LONGEST:
        return None
    from icalendar import Calendar  # noqa: PLC0415  # heavy, and few mails hold a calendar

    try:
        whole = Calendar.from_ical(_ZONE.sub("", calendar.strip()))
        event: Any = next(iter(whole.walk("VEVENT")), None)
        if event is None:
            return None
        return Invitation(
            method=text.line(str(whole.get("method", "")), 40).upper() or "PUBLISH",
            summary=text.line(str(event.get("summary", ""))),
            starts=_when(event.get("dtstart")),
            ends=_when(event.get("dtend")),
            place=text.line(str(event.get("location", "")), text.NAME),
            organiser=_address(event.get("organizer")),
        )
    except Exception:  # noqa: BLE001  # a parser of a large format, fed by strangers
        return None


def _when(value: Any) -> date | datetime | None:
    try:
        moment = getattr(value, "dt", None)
    except ValueError:  # a broken property says so when it is looked at
        return None
    if not isinstance(moment, datetime):
        return moment if isinstance(moment, date) else None
    return moment.astimezone(UTC) if moment.tzinfo else moment.date()


def _address(value: Any) -> str:
    if value is None:
        return ""
    address = re.sub("^mailto:", "", str(value), flags=re.IGNORECASE)
    return text.line(address.lower(), 254)
