from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.when import WhenError, monday, parse_date, this_afternoon, tomorrow

MADRID = ZoneInfo("Europe/Madrid")
ZONES = ("Europe/Madrid", "Atlantic/Canary", "America/Mexico_City", "America/Santiago", "UTC",
         "Australia/Lord_Howe", "Pacific/Kiritimati", "America/Havana")  # fmt: skip
moments = st.integers(915148800, 4102444800).map(lambda at: datetime.fromtimestamp(at, UTC))
zones = st.sampled_from(ZONES).map(ZoneInfo)

# Wednesday 14 October 2026, 10:00 in Madrid (UTC+2 till the 25th).
NOW = datetime(2026, 10, 14, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mañana", "2026-10-15 09:00"),
        ("MAÑANA", "2026-10-15 09:00"),
        ("tomorrow", "2026-10-15 09:00"),
        ("mañana por la tarde", "2026-10-15 16:00"),
        ("mañana por la mañana", "2026-10-15 09:00"),
        ("pasado mañana", "2026-10-16 09:00"),
        ("hoy a las 18", "2026-10-14 18:00"),
        ("hoy 17:30", "2026-10-14 17:30"),
        ("today 5pm", "2026-10-14 17:00"),
        ("today at 5 pm", "2026-10-14 17:00"),
        ("17h", "2026-10-14 17:00"),
        ("9:30", "2026-10-15 09:30"),
        ("a las 5 de la tarde", "2026-10-14 17:00"),
        ("mañana a las 5 por la tarde", "2026-10-15 17:00"),
        ("esta tarde", "2026-10-14 16:00"),
        ("this afternoon", "2026-10-14 16:00"),
        ("esta noche", "2026-10-14 20:00"),
        ("lunes", "2026-10-19 09:00"),
        ("el viernes", "2026-10-16 09:00"),
        ("vie 17h", "2026-10-16 17:00"),
        ("next monday", "2026-10-19 09:00"),
        ("miércoles", "2026-10-21 09:00"),
        ("el lunes que viene", "2026-10-19 09:00"),
        ("próxima semana", "2026-10-19 09:00"),
        ("next week", "2026-10-19 09:00"),
        ("en 3 días", "2026-10-17 09:00"),
        ("dentro de dos semanas", "2026-10-28 09:00"),
        ("in 3 days", "2026-10-17 09:00"),
        ("3d", "2026-10-17 09:00"),
        ("in 17h", "2026-10-15 03:00"),
        ("2h", "2026-10-14 12:00"),
        ("in an hour", "2026-10-14 11:00"),
        ("30 min", "2026-10-14 10:30"),
        ("24/12", "2026-12-24 09:00"),
        ("24/12/2027", "2027-12-24 09:00"),
        ("24-12-27", "2027-12-24 09:00"),
        ("2026-12-24", "2026-12-24 09:00"),
        ("2026-12-24 18:15", "2026-12-24 18:15"),
        ("24 de diciembre", "2026-12-24 09:00"),
        ("24 de diciembre de 2027", "2027-12-24 09:00"),
        ("24 dic a las 8", "2026-12-24 08:00"),
        ("Dec 24", "2026-12-24 09:00"),
        ("December 24th, 2027", "2027-12-24 09:00"),
        ("the 24th of December", "2026-12-24 09:00"),
        ("1/2", "2027-02-01 09:00"),
        ("29/2", "2028-02-29 09:00"),
    ],
)
def test_a_moment_is_read_in_both_languages(text: str, expected: str) -> None:
    assert f"{parse_date(text, NOW, MADRID).astimezone(MADRID):%Y-%m-%d %H:%M}" == expected


@pytest.mark.parametrize(
    "text",
    ["", " ", "banana", "31/2", "32 de enero", "25:00", "13pm", "0am", "99999 days", "9999 weeks",
     "ayer", "2", "a", "\x00", "24/12/2206", "1/13/2026", "0/0", "mañana a las 25"],
)  # fmt: skip
def test_what_is_no_moment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(WhenError, match="“tomorrow”"):
        parse_date(text, NOW, MADRID)


@pytest.mark.parametrize("text", ["hoy 9:00", "2020-01-01", "1/1/2026", "hoy"])
def test_a_moment_that_has_passed_is_refused(text: str) -> None:
    with pytest.raises(WhenError, match="already passed"):
        parse_date(text, NOW, MADRID)


@given(now=moments, tz=zones)
def test_the_one_key_moments_lie_ahead_and_at_their_wall_clock(now: datetime, tz: ZoneInfo) -> None:
    local = now.astimezone(tz)
    assert now < this_afternoon(now, tz) <= now + timedelta(hours=17)
    for moment, days in ((tomorrow(now, tz), (1, 1)), (monday(now, tz), (1, 7))):
        there = moment.astimezone(tz)
        assert moment > now
        assert (there.hour, there.minute) == (9, 0)
        assert days[0] <= (there.date() - local.date()).days <= days[1]
    assert monday(now, tz).astimezone(tz).weekday() == 0


@given(now=moments, tz=zones, hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_a_time_of_day_is_the_next_one_whatever_the_clocks_do(
    now: datetime, tz: ZoneInfo, hour: int, minute: int
) -> None:
    found = parse_date(f"{hour}:{minute:02}", now, tz)
    assert now < found <= now + timedelta(hours=49)
    there = found.astimezone(tz)
    shift = (there.hour * 60 + there.minute) - (hour * 60 + minute)
    assert shift % 1440 in (0, 30, 60)  # a time inside a gap stands just after it


@given(now=moments, tz=zones, text=st.text(max_size=40))
def test_any_text_gives_a_later_moment_or_a_clear_refusal(
    now: datetime, tz: ZoneInfo, text: str
) -> None:
    try:
        found = parse_date(text, now, tz)
    except WhenError:
        return
    assert found > now


def test_the_hour_that_happens_twice_is_taken_the_first_time_it_is_still_to_come() -> None:
    before = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # 02:00 summer time in Madrid
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45 summer time
    assert parse_date("hoy 2:30", before, MADRID) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert parse_date("hoy 2:30", between, MADRID) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_hour_that_is_skipped_is_taken_just_after() -> None:
    now = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert parse_date("mañana 2:30", now, MADRID) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_tomorrow_keeps_its_nine_o_clock_over_a_change_of_clocks() -> None:
    assert tomorrow(datetime(2026, 10, 24, 12, tzinfo=UTC), MADRID) == datetime(
        2026, 10, 25, 8, tzinfo=UTC
    )
