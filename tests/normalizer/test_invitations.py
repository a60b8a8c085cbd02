"""A calendar part says what is asked, when, where and by whom."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer import invitations
from normalizer.model import Invitation


def calendar(*lines: str, method: str = "REQUEST", zone: str = "") -> str:
    event = ["BEGIN:VEVENT", "UID:1@acme.example", *lines, "END:VEVENT"]
    whole = ["BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", zone, *event, "END:VCALENDAR"]
    return "\r\n".join(line for line in whole if line) + "\r\n"


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "REPLY", "COUNTER"])
def test_an_invitation_is_read(method: str) -> None:
    read = invitations.read(
        calendar(
            "SUMMARY:Reunión\\, sala 2",
            "DTSTART;TZID=Europe/Madrid:20261102T100000",
            "DTEND;TZID=Europe/Madrid:20261102T110000",
            "LOCATION:Sala 2",
            'ORGANIZER;CN="Ana Muñoz":mailto:Ana@acme.example',
            method=method,
        )
    )
    assert read == Invitation(
        method=method,
        summary="Reunión, sala 2",
        starts=datetime(2026, 11, 2, 9, tzinfo=UTC),
        ends=datetime(2026, 11, 2, 10, tzinfo=UTC),
        place="Sala 2",
        organiser="ana@acme.example",
    )


@pytest.mark.parametrize(
    ("start", "starts"),
    [
        ("DTSTART:20261102T100000Z", datetime(2026, 11, 2, 10, tzinfo=UTC)),
        ("DTSTART;TZID=Romance Standard Time:20260702T100000", datetime(2026, 7, 2, 8, tzinfo=UTC)),
        ("DTSTART;VALUE=DATE:20261102", date(2026, 11, 2)),
        ("DTSTART:20261102T100000", date(2026, 11, 2)),
        ("DTSTART;TZID=Nowhere/Else:20261102T100000", date(2026, 11, 2)),
        ("DTSTART:nonsense", None),
    ],
)
def test_a_time_of_unknown_zone_is_a_day(start: str, starts: object) -> None:
    read = invitations.read(calendar("SUMMARY:x", start))
    assert read is not None
    assert read.starts == starts


def test_a_zone_defined_by_the_mail_is_not_evaluated() -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Europe/Madrid\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
        "TZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\nRRULE:FREQ=SECONDLY\r\nEND:STANDARD\r\n"
        "END:VTIMEZONE"
    )
    read = invitations.read(
        calendar("DTSTART;TZID=Europe/Madrid:20261102T100000", zone=zone, method="REQUEST")
    )
    assert read is not None
    assert read.starts == datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_what_it_says_is_cleaned() -> None:
    read = invitations.read(calendar("SUMMARY:\x1b]0;PWN\x07", "LOCATION:a\u202eb"))
    assert read is not None
    assert read.summary.isprintable()
    assert read.place == "a⧼202E⧽b"


@given(st.text(max_size=200))
def test_no_calendar_raises(said: str) -> None:
    invitations.read(said)
    invitations.read(calendar("SUMMARY:x", said))


@pytest.mark.parametrize(
    "said", ["", "BEGIN:VCALENDAR\r\nEND:VCALENDAR", "BEGIN:VEVENT\r\n" * 5_000, "X" * 90_000]
)
def test_what_holds_no_event_is_no_invitation(said: str) -> None:
    assert invitations.read(said) is None
