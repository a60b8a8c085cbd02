"""Times, in her language and within their column; and what is said."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import discovery
from normalizer.said import Said
from tui import words

NOW = datetime(2026, 11, 23, 9, 42, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=-5), "0s"), (timedelta(seconds=40), "40s"),
        (timedelta(minutes=12), "12m"), (timedelta(hours=23), "23h"), (timedelta(days=99), "99d"),
        (timedelta(days=120), "4mo"), (timedelta(days=800), "2y"),
    ],
)  # fmt: skip
def test_an_age_is_said_in_its_largest_unit(ago: timedelta, said: str) -> None:
    assert words.age(NOW - ago, NOW) == said


def test_what_never_was_has_no_age() -> None:
    assert words.age(None, NOW) == "–"


@given(st.timedeltas(timedelta(0), timedelta(days=30000)))
def test_an_age_fits_its_column(ago: timedelta) -> None:
    assert len(words.age(NOW - ago, NOW)) <= 4


@given(st.dates())
def test_a_day_fits_its_column(day: date) -> None:
    assert len(words.day_name(day, NOW.date())) <= 8


@given(st.integers(1, 24 * 60), st.dates(), st.integers(1, 3000))
def test_what_the_plan_says_fits_its_columns(minutes: int, day: date, away: int) -> None:
    assert len(words.span_cell(minutes)) <= 4
    with contextlib.suppress(OverflowError):
        assert len(words.since(day, day + timedelta(days=away))) <= 14


def test_a_due_time_of_today_is_its_time_in_her_zone() -> None:
    assert words.due(datetime(2026, 11, 23, 17, 0, tzinfo=UTC), NOW, MADRID) == "18:00"
    assert words.due(date(2026, 11, 24), NOW, MADRID) == "tomorrow"
    assert words.due(datetime(2026, 11, 23, 23, 30, tzinfo=UTC), NOW, MADRID) == "tomorrow"


def test_what_is_due_today_or_before_is_due() -> None:
    assert words.is_due(date(2026, 11, 23), NOW, MADRID)
    assert words.is_due(date(2020, 1, 1), NOW, MADRID)
    assert not words.is_due(date(2026, 11, 24), NOW, MADRID)
    assert not words.is_due(None, NOW, MADRID)


def test_each_kind_of_channel_of_ours_has_an_everyday_name_that_fits_its_column() -> None:
    for kind in set(discovery.kinds()) - {"memory"}:
        named = words.kind(kind)
        assert named != kind
        assert len(named) <= 9


def test_a_command_stands_whole_in_a_line_of_its_own() -> None:
    command = "trastienda import '/home/lola/una carpeta larga/Chat de WhatsApp con Ana.txt'"
    said = Said("Whose is {chat}? Then: {command}", (("chat", "Ana"), ("command", command)))
    assert words.told(said, 20) == ["Whose is Ana? Then:", command]


def test_what_ends_with_no_command_is_wrapped() -> None:
    said = Said("{command} is what it says here, and more", (("command", "ls -l"),))
    assert words.told(said, 20) == ["ls -l is what it", "says here, and more"]
    strange = Said("Nothing to paste\x1b here")
    assert words.told(strange, 10) == ["Nothing to", "paste\ufffd", "here"]
