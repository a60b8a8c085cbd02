"""How long something takes, and which day it is, in her words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage import today
from triage.spans import MOST, SpanError, parse
from triage.when import WhenError

MADRID = ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("30", 30), ("30m", 30), ("45 min", 45), ("90 minutos", 90), ("1h", 60), ("2 h", 120),
        ("1h30", 90), ("1 h 05", 65), ("1h30m", 90), ("1:30", 90), ("1 hora y 15 minutos", 75),
        ("1,5 h", 90), ("0.25h", 15), ("1,5", 90), ("media hora", 30), ("Half an Hour", 30),
        ("una hora y media", 90), ("dos horas", 120), ("24h", MOST),
        ("nada", None), ("None", None), ("0", None), ("-", None),
    ],
)  # fmt: skip
def test_a_length_of_time_is_understood(text: str, minutes: int | None) -> None:
    assert parse(f" {text} ") == minutes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2", "minutes or hours"), ("xx", "no length of time"), ("", "no length of time"),
        ("2 días", "no length of time"), ("1h75", "no length of time"), ("25h", "into a day"),
        ("9" * 50, "into a day"),
    ],
)  # fmt: skip
def test_what_means_none_or_two_is_asked_back(text: str, said: str) -> None:
    with pytest.raises(SpanError) as raised:
        parse(text)
    assert said in raised.value.said.text()


@given(st.text(max_size=20))
def test_whatever_she_types_it_is_minutes_of_a_day_or_an_error(text: str) -> None:
    try:
        minutes = parse(text)
    except SpanError:
        return
    assert minutes is None or 0 < minutes <= MOST


def test_after_midnight_it_is_still_the_day_she_works_on() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # 0:30 of the 24th in Madrid
    assert today.of(late, MADRID) == date(2026, 11, 23)
    assert today.begins(late, MADRID) == datetime(2026, 11, 23, 3, tzinfo=UTC)
    assert today.tomorrow(late, MADRID) == date(2026, 11, 24)
    assert today.monday(late, MADRID) == date(2026, 11, 30)
    assert today.of(late + timedelta(hours=4), MADRID) == date(2026, 11, 24)


def test_a_day_she_names_can_be_today_whatever_the_hour() -> None:
    evening = datetime(2026, 11, 23, 20, tzinfo=UTC)
    assert today.parse_day("hoy", evening, MADRID) == date(2026, 11, 23)
    assert today.parse_day("viernes", evening, MADRID) == date(2026, 11, 27)
    assert today.parse_day("tomorrow", evening, MADRID) == date(2026, 11, 24)
    with pytest.raises(WhenError):
        today.parse_day("2001-01-01", evening, MADRID)


@given(st.integers(1577836800, 2051222400))
def test_the_plan_of_tomorrow_comes_in_after_today_has_ended(seconds: int) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    zone = ZoneInfo("America/Santiago")
    morning = today.morning(today.tomorrow(now, zone), zone)
    assert today.begins(now, zone) <= now < morning
    assert today.of(morning, zone) == today.tomorrow(now, zone)
