"""What a calendar part of a mail asks (RFC 5545, RFC 5546)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from normalizer import text, zones
from normalizer.model import Invitation

_LONGEST: Final = 100_000
# A zone of a known name is that zone, whatever the mail says of it, so icalendar sees none of
# what is defined: it would evaluate it, whatever the cost, and keep it for the next mail.
_ZONE: Final = re.compile(
    r"^BEGIN:VTIMEZONE\b.*?^END:VTIMEZONE\b[^\n]*\n?", re.DOTALL | re.MULTILINE | re.IGNORECASE
)
_UTC: Final = frozenset({"tzone://microsoft/utc", "utc", "gmt", "z"})
_FOLD: Final = re.compile(r"\r?\n[ \t]")
# «DTSTART;TZID=tzone://Microsoft/Utc:2026…»: a colon or a comma in it asks for quotes.
_UNQUOTED: Final = re.compile(
    r"^((?:DTSTART|DTEND)[^\n\"]{0,40};TZID=)([^\"\n]{0,120}[:,][^\"\n]{0,120})(?=:\d{8}(?:T|\s|$))",
    re.MULTILINE | re.IGNORECASE,
)


def read(calendar: str) -> Invitation | None:
    """Return what the first event of an iCalendar object asks, or None where there is none.

    An instant whose zone is neither known by its name nor told in the mail, or that has none, is
    given as its day alone: a day is right where an hour would be a guess. Never raises.
    """
    if not calendar or len(calendar) > _LONGEST:
        return None
    from icalendar import Calendar  # noqa: PLC0415  # heavy, and few mails hold a calendar

    try:
        lines = _FOLD.sub("", calendar.strip())
        told = zones.defined(lines)
        whole = Calendar.from_ical(_UNQUOTED.sub(r'\1"\2"', _ZONE.sub("", lines)))
        event: Any = next(iter(whole.walk("VEVENT")), None)
        if event is None:
            return None
        return Invitation(
            method=text.line(str(whole.get("method", "")), 40).upper() or "PUBLISH",
            summary=text.line(str(event.get("summary", ""))),
            starts=_when(event.get("dtstart"), told),
            ends=_when(event.get("dtend"), told),
            place=text.line(str(event.get("location", "")), text.NAME),
            organiser=_address(event.get("organizer")),
        )
    except Exception:  # noqa: BLE001  # a parser of a large format, fed by strangers
        return None


def _when(value: Any, told: Mapping[str, zones.Zone]) -> date | datetime | None:
    try:
        moment = getattr(value, "dt", None)
    except ValueError:  # a broken property says so when it is looked at
        return None
    if not isinstance(moment, datetime):
        return moment if isinstance(moment, date) else None
    if moment.tzinfo:
        return moment.astimezone(UTC)
    name = zones.named(str(value.params.get("TZID", "")))
    ahead = timedelta(0) if name in _UTC else zones.offset(told.get(name, ()), moment)
    return moment.date() if ahead is None else (moment - ahead).replace(tzinfo=UTC)


def _address(value: Any) -> str:
    if value is None:
        return ""
    address = re.sub("^mailto:", "", str(value), flags=re.IGNORECASE)
    return text.line(address.lower(), 254)
