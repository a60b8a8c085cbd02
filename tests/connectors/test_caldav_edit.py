"""What is refused of a change to a to-do, before anything is sent."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from connectors.caldav_edit import edited
from connectors.errors import RefusedError
from normalizer.actions import Action, Complete, Reopen, SetDue
from normalizer.model import Ref
from tests.connectors.caldav_desk import NOON
from tests.servers.radicale import calendar, todo

THERE = Ref("todo", "u-1")


@pytest.mark.parametrize("repeats", ["RRULE:FREQ=DAILY", "RDATE:20261201T100000Z"])
@pytest.mark.parametrize(
    "action", [Complete(ref=THERE), Reopen(ref=THERE), SetDue(ref=THERE, due=None)]
)
def test_what_repeats_is_left_to_the_program_that_made_it(repeats: str, action: Action) -> None:
    text = todo("u-1", "Informe", "DTSTART:20261101T100000Z", repeats)
    with pytest.raises(RefusedError, match="repeats"):
        edited(text, "u-1", action, NOON)


def test_what_differs_in_one_of_its_times_is_left_too() -> None:
    times = ["BEGIN:VTODO", "UID:u-1", "RECURRENCE-ID:20261101T100000Z", "END:VTODO"]
    with pytest.raises(RefusedError, match="repeats"):
        edited(calendar(*times), "u-1", Complete(ref=THERE), NOON)


def test_a_due_date_fits_with_when_the_task_begins() -> None:
    hours = todo("u-1", "x", "DTSTART;TZID=Europe/Madrid:20261124T100000", "DURATION:PT1H")
    text = edited(hours, "u-1", SetDue(ref=THERE, due=date(2026, 11, 30)), NOON)
    assert "DUE;TZID=Europe/Madrid:20261130T235959" in text
    assert "DURATION" not in text
    text = edited(hours, "u-1", SetDue(ref=THERE, due=date(2026, 11, 24)), NOON)
    assert "DUE;TZID=Europe/Madrid:20261124T235959" in text
    with pytest.raises(RefusedError, match="begins on 2026-11-24"):
        edited(hours, "u-1", SetDue(ref=THERE, due=date(2026, 11, 20)), NOON)
    days = todo("u-1", "x", "DTSTART;VALUE=DATE:20261124")
    with pytest.raises(RefusedError, match="days and no hours"):
        edited(days, "u-1", SetDue(ref=THERE, due=datetime(2026, 11, 30, 9, tzinfo=UTC)), NOON)
