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

WORDS = [
    *(
        "a",
        "al",
        "las",
        "la",
        "el",
        "en",
        "de",
        "del",
        "día",
        "y",
        "un",
        "una",
        "media",
        "in",
        "at",
    ),
    *("5", "12", "24", "30", "17:00", "5pm", "10.12", "lunes", "mar", "viernes", "mañana", "the"),
    *("next", "este", "próximo", "que", "viene", "semana", "mes", "fin", "noche", "tarde", "of"),
    *("mediodía", "medianoche", "tonight", "half", "hour", "night", "month", "dic", "hoy"),
]
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
        ("24.12", "2026-12-24 09:00"),
        # Twelve, and the parts of the day.
        ("a las 12 de la noche", "2026-10-15 00:00"),
        ("hoy a las 12 de la noche", "2026-10-15 00:00"),
        ("viernes a las 12 de la noche", "2026-10-17 00:00"),
        ("medianoche", "2026-10-15 00:00"),
        ("tonight at midnight", "2026-10-15 00:00"),
        ("viernes 24:00", "2026-10-17 00:00"),
        ("viernes a las 24", "2026-10-17 00:00"),
        ("12 del mediodía", "2026-10-14 12:00"),
        ("mañana a las 12 del mediodía", "2026-10-15 12:00"),
        ("a mediodía", "2026-10-14 12:00"),
        ("mañana al mediodía", "2026-10-15 12:00"),
        ("tomorrow at noon", "2026-10-15 12:00"),
        ("a las 2 del mediodía", "2026-10-14 14:00"),
        ("a las 12 de la mañana", "2026-10-14 12:00"),
        ("mañana a las 2 de la madrugada", "2026-10-15 02:00"),
        ("5 de la tarde", "2026-10-14 17:00"),
        ("el 20 a las 5 de la tarde", "2026-10-20 17:00"),
        ("mañana a las 9 de la noche", "2026-10-15 21:00"),
        ("esta noche a las 9", "2026-10-14 21:00"),
        ("mañana por la tarde a las 5", "2026-10-15 17:00"),
        ("hoy a las 5", "2026-10-14 17:00"),
        ("5 p. m.", "2026-10-14 17:00"),
        ("5 in the evening", "2026-10-14 17:00"),
        # A weekday that is today.
        ("miércoles 17:00", "2026-10-14 17:00"),
        ("este miércoles a las 17", "2026-10-14 17:00"),
        ("miércoles 9:30", "2026-10-21 09:30"),
        ("el miércoles que viene a las 17", "2026-10-21 17:00"),
        ("lunes 19", "2026-10-19 09:00"),
        ("martes 20 de octubre a las 10", "2026-10-20 10:00"),
        # Weeks, months, and days by their number.
        ("la semana que viene", "2026-10-19 09:00"),
        ("la próxima semana a las 10", "2026-10-19 10:00"),
        ("martes de la semana que viene", "2026-10-20 09:00"),
        ("friday next week", "2026-10-23 09:00"),
        ("el 30", "2026-10-30 09:00"),
        ("el día 30 por la tarde", "2026-10-30 16:00"),
        ("on the 30th at 5pm", "2026-10-30 17:00"),
        ("el 3", "2026-11-03 09:00"),
        ("el 14 a las 12", "2026-10-14 12:00"),
        ("fin de mes", "2026-10-31 09:00"),
        ("a fin de mes a las 12", "2026-10-31 12:00"),
        ("end of month", "2026-10-31 09:00"),
        ("at the end of the month", "2026-10-31 09:00"),
        ("un mes", "2026-11-14 09:00"),
        ("en 2 meses", "2026-12-14 09:00"),
        ("a month", "2026-11-14 09:00"),
        ("in 3 months at 17:00", "2027-01-14 17:00"),
        ("dentro de un año", "2027-10-14 09:00"),
        ("en quince días", "2026-10-29 09:00"),
        ("en 3 días a las 10", "2026-10-17 10:00"),
        ("24h", "2026-10-15 10:00"),
        ("media hora", "2026-10-14 10:30"),
        ("en media hora", "2026-10-14 10:30"),
        ("half an hour", "2026-10-14 10:30"),
        ("una hora y media", "2026-10-14 11:30"),
        ("un cuarto de hora", "2026-10-14 10:15"),
        ("2026-12-24T18:15", "2026-12-24 18:15"),
        ("1/2", "2027-02-01 09:00"),
        ("29/2", "2028-02-29 09:00"),
    ],
)
def test_a_moment_is_read_in_both_languages(text: str, expected: str) -> None:
    assert f"{parse_date(text, NOW, MADRID).astimezone(MADRID):%Y-%m-%d %H:%M}" == expected


@pytest.mark.parametrize(
    "text",
    ["", " ", "banana", "31/2", "32 de enero", "25:00", "13pm", "0am", "99999 days", "9999 weeks",
     "ayer", "2", "a", "\x00", "24/12/2206", "1/13/2026", "0/0", "mañana a las 25",
     "30", "el 32", "lunes 20", "17 de la mañana", "a las 0 de la noche", "24:30", "madrugada",
     "a las 6 del mediodía", "el 5 de la tarde", "el mes que viene", "fin de semana"],
)  # fmt: skip
def test_what_is_no_moment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(WhenError, match="“tomorrow”"):
        parse_date(text, NOW, MADRID)


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        ("a las 5", ("5:00", "17:00")),
        ("mañana a las 7", ("7:00", "19:00")),
        ("friday at 3", ("3:00", "15:00")),
        ("a las 2:30 de la noche", ("2:30", "14:30")),
        ("viernes a medianoche", ("00:00", "24:00")),
        ("12 in the morning", ("0:00", "12:00")),
        ("next friday", ("16/10", "23/10")),
        ("10.12", ("10:12", "10/12")),
        ("mar 20", ("20/10", "20/3")),
    ],
)
def test_what_can_mean_two_moments_is_asked_back(text: str, hints: tuple[str, str]) -> None:
    with pytest.raises(WhenError, match="two moments") as caught:
        parse_date(text, NOW, MADRID)
    assert all(f"“{hint}”" in str(caught.value) for hint in hints)


@pytest.mark.parametrize(
    ("today", "text", "expected"),
    [
        ("2027-01-31", "un mes", "2027-02-28 09:00"),
        ("2028-02-29", "un año", "2029-02-28 09:00"),
        ("2026-11-24", "el 31", "2026-12-31 09:00"),
        ("2027-01-31", "el 30", "2027-03-30 09:00"),
        ("2028-02-10", "fin de mes", "2028-02-29 09:00"),
        ("2026-12-20", "el 3", "2027-01-03 09:00"),
        # Over both changes of the clocks in Madrid.
        ("2026-10-24", "a las 12 de la noche", "2026-10-25 00:00"),
        ("2026-03-28", "en 24 horas", "2026-03-29 11:00"),
        ("2026-03-28", "mañana a las 12 de la noche", "2026-03-30 00:00"),
        ("2026-09-25", "un mes", "2026-10-25 09:00"),
    ],
)
def test_the_ends_of_months_and_summers_are_met(today: str, text: str, expected: str) -> None:
    now = datetime.fromisoformat(f"{today}T10:00").replace(tzinfo=MADRID)
    assert f"{parse_date(text, now, MADRID).astimezone(MADRID):%Y-%m-%d %H:%M}" == expected


@given(
    now=moments,
    tz=zones,
    words=st.lists(
        st.sampled_from(WORDS),
        max_size=6,
    ),
)
def test_any_words_give_a_later_moment_or_a_clear_refusal(
    now: datetime, tz: ZoneInfo, words: list[str]
) -> None:
    try:
        assert parse_date(" ".join(words), now, tz) > now
    except WhenError:
        return


@pytest.mark.parametrize(
    "text", ["hoy 9:00", "2020-01-01", "1/1/2026", "hoy", "este miércoles", "esta mañana", "el 14"]
)
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
