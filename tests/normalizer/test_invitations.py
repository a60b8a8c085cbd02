"""A calendar part says what is asked, when, where and by whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer import invitations, zones
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


MADRID = """BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""
FIXED = """BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:-0500
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE"""


def starts(value: str, zone: str) -> object:
    read = invitations.read(calendar(f"DTSTART;TZID={value}", zone=zone.replace("\n", "\r\n")))
    return read and read.starts


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Hora estándar romance", "Hora estándar romance"),
        ("Hora estándar romance", '"Hora estándar romance"'),
        ("Customized Time Zone", "Customized Time Zone"),
        ("(UTC+01:00) Bruselas\\, Madrid", '"(UTC+01:00) Bruselas, Madrid"'),
        ("(UTC+01:00) Bruselas\\, Madrid", "(UTC+01:00) Bruselas, Madrid"),
        ("(UTC+01:00) Bruselas, Madrid", "(UTC+01:00) Brus\r\n elas, Madrid"),
        ('"Madrid: sede"', '"Madrid: sede"'),
    ],
)
@pytest.mark.parametrize(
    ("wall", "hour"), [("20261126T100000", 9), ("20260702T100000", 8), ("20260329T100000", 8)]
)
def test_a_zone_told_by_the_mail_gives_the_hour(
    name: str, value: str, wall: str, hour: int
) -> None:
    moment = datetime(int(wall[:4]), int(wall[4:6]), int(wall[6:8]), hour, tzinfo=UTC)
    assert starts(f"{value}:{wall}", MADRID.format(name=name)) == moment


@pytest.mark.parametrize("value", ["tzone://Microsoft/Utc", '"tzone://Microsoft/Utc"'])
def test_the_utc_of_microsoft_is_utc(value: str) -> None:
    assert starts(f"{value}:20261126T100000", "") == datetime(2026, 11, 26, 10, tzinfo=UTC)


def test_a_zone_told_by_the_mail_agrees_with_the_tables_at_every_hour() -> None:
    told = zones.defined(MADRID.format(name="x"))["x"]
    wall = datetime(2026, 1, 1)  # noqa: DTZ001  # wall-clock time
    while wall.year < 2028:
        assert (
            zones.offset(told, wall) == wall.replace(tzinfo=ZoneInfo("Europe/Madrid")).utcoffset()
        )
        wall += timedelta(minutes=30)


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=1SU", 1),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14", 8),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=-2MO;WKST=SU", 23),
        ("FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=5", 5),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20261231T000000Z", 26),
    ],
)
def test_a_yearly_rule_changes_the_clock_on_its_day(rule: str, day: int) -> None:
    zone = FIXED.format(name="x").replace("-0500\nEND", f"-0500\nRRULE:{rule}\nEND")
    zone = zone.replace("TZOFFSETTO:-0500", "TZOFFSETTO:-0600").replace("T000000", "T020000")
    earlier = zone.replace("16010101", "15000101").replace(f"RRULE:{rule}\n", "")
    earlier = earlier.replace("TZOFFSETTO:-0600", "TZOFFSETTO:-0400")
    block = "BEGIN:STANDARD" + zone.split("BEGIN:STANDARD")[1].split("END:VTIMEZONE")[0]
    both = earlier.replace("END:VTIMEZONE", block + "END:VTIMEZONE")
    told = zones.defined(both)["x"]
    change = datetime(2026, 11, day, 2)  # noqa: DTZ001  # wall-clock time
    year_before = zones.offset(told, change.replace(year=2025, month=1))
    assert zones.offset(told, change) == timedelta(hours=-6)
    assert year_before == timedelta(hours=-6)
    for change_ in told[1:]:
        assert change_.last(change) == change
        assert change_.last(change - timedelta(minutes=1)) != change


def test_a_rule_that_has_ended_changes_nothing_any_more() -> None:
    mexico = (
        MADRID.format(name="x")
        .replace("10\nEND", "10;UNTIL=20221030T010000Z\nEND")
        .replace("3\nEND", "3;UNTIL=20220327T010000Z\nEND")
    )
    told = zones.defined(mexico)["x"]
    for month, year, hours in ((7, 2022, 2), (12, 2022, 1), (7, 2026, 1)):
        wall = datetime(year, month, 5, 10)  # noqa: DTZ001  # wall-clock time
        assert zones.offset(told, wall) == timedelta(hours=hours)


def test_a_list_of_changes_is_read() -> None:
    zone = (
        FIXED.format(name="x")
        .replace("-0500\nEND", "-0500\nRDATE:20260101T000000,20260301T000000\nEND")
        .replace("TO:-0500", "TO:-0600")
    )
    told = zones.defined(zone)["x"]
    assert [change.starts.month for change in told] == [1, 1, 3]


@pytest.mark.parametrize(
    "spoilt",
    [
        MADRID.replace("YEARLY", "SECONDLY"),
        MADRID.replace("INTERVAL=1", "INTERVAL=2"),
        MADRID.replace("BYMONTH=3", "BYMONTH=3;BYHOUR=2"),
        MADRID.replace("BYMONTH=3", "BYMONTH=13"),
        MADRID.replace("-1SU", "9XX"),
        MADRID.replace("-1SU", "SU"),
        MADRID.replace("+0100", "+9900"),
        MADRID.replace("+0100", "una hora"),
        MADRID.replace("16010101T020000", "16019901T020000"),
        MADRID.replace("{name}", "otra"),
        MADRID.replace("TZOFFSETTO", "X-NOTHING"),
        FIXED.replace("1601", "2030"),
    ],
)
def test_a_zone_that_is_not_told_for_sure_gives_the_day(spoilt: str) -> None:
    zone = spoilt.format(name="Casa")
    assert starts("Casa:20261126T100000", zone) == date(2026, 11, 26)


@given(
    st.lists(
        st.sampled_from([*MADRID.split("\n"), "RDATE:20260101T000000", "TZID:x", "RRULE:x", "a:b"])
        | st.text(max_size=20),
        max_size=30,
    ),
    st.datetimes(),
)
def test_no_zone_raises(lines: list[str], wall: datetime) -> None:
    for zone in zones.defined("\n".join(lines)).values():
        zones.offset(zone, wall)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "unit",
    ["BEGIN:VTIMEZONE\n", "TZID:x\n", "BEGIN:STANDARD\nEND:STANDARD\n", "RDATE:20260101T000000\n",
     "DTSTART;TZID=", "DTSTART;TZID=:", "DTSTART;TZID=a,:", "\n ", "RRULE:" + "BYMONTHDAY=1," * 9],
)  # fmt: skip
def test_no_zone_is_slow(unit: str) -> None:
    zone = MADRID.format(name="x").replace("TZOFFSETTO", unit * (80_000 // len(unit)))
    starts("x:20261126T100000", zone)
    starts("x:20261126T100000", "BEGIN:VTIMEZONE\nBEGIN:STANDARD\n" + unit * (80_000 // len(unit)))


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
