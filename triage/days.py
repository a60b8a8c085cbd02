"""The days an item can be put off to, said in her words. Pure: words and today give a date.

The words come folded: lower case, no accents, single spaces, and "dia" before a bare number.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta


class TwofoldError(Exception):
    """The words can mean two moments; `args` are words that mean one of them each."""


_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "lunes lun monday mon",
            "martes mar tuesday tue tues",
            "miercoles mie wednesday wed",
            "jueves jue thursday thu thur thurs",
            "viernes vie friday fri",
            "sabado sab saturday sat",
            "domingo dom sunday sun",
        )
    )
    for name in names.split()
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "enero ene january jan",
            "febrero feb february",
            "marzo mar march",
            "abril abr april apr",
            "mayo may",
            "junio jun june",
            "julio jul july",
            "agosto ago august aug",
            "septiembre setiembre sep sept september",
            "octubre oct october",
            "noviembre nov november",
            "diciembre dic december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_NUMBERS = {
    name: number
    for number, names in enumerate(
        (
            "un una uno a an one", "dos two", "tres three", "cuatro four", "cinco five",
            "seis six", "siete seven", "ocho eight", "nueve nine", "diez ten", "once eleven",
            "doce twelve", "trece", "catorce", "quince fifteen",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_UNITS = {
    name: unit
    for unit, names in {
        "minutes": "m min mins minuto minutos minute minutes",
        "hours": "h hora horas hour hours",
        "days": "d dia dias day days",
        "weeks": "s sem semana semanas w week weeks",
        "months": "mes meses month months",
        "years": "ano anos year years",
    }.items()
    for name in names.split()
}
AHEAD = re.compile(r"^(?:en|dentro de|in) ")
_SPAN = re.compile(r"(\d{1,4}|[a-z]+) ?([a-z]+)")
_NEXT_WEEK = (
    r"(?:la )?(?:semana que viene|proxima semana|semana proxima|semana siguiente)|next week"
)
_MONTHS_END = re.compile(
    r"(?:a |al |at )?(?:(?:fin|final|finales) del? mes|end of month|month ?end)"
)


def day(words: str, today: date, *, still: bool) -> date | None:
    """Read a day; `still`: the time said with it is still to come today."""
    named = {"hoy": 0, "today": 0, "manana": 1, "tomorrow": 1, "pasado manana": 2, "pasado": 2}
    if words in named:
        return today + timedelta(days=named[words])
    if re.fullmatch(_NEXT_WEEK, words):
        return next_weekday(today, 0)
    if _MONTHS_END.fullmatch(words):
        return today.replace(day=calendar.monthrange(today.year, today.month)[1])
    count, unit = counted(AHEAD.sub("", words))
    if unit in ("months", "years"):
        return _months_on(today, count * (12 if unit == "years" else 1))
    if unit in ("days", "weeks"):
        return today + timedelta(**{unit: count})
    return _weekday(words, today, still=still) or _numbered(words, today)


def _weekday(words: str, today: date, *, still: bool) -> date | None:
    if found := re.fullmatch(rf"(\w+) (?:de |of )?(?:{_NEXT_WEEK})|next week (\w+)", words):
        number = _WEEKDAYS.get(found[1] or found[2])
        return None if number is None else next_weekday(today, 0) + timedelta(days=number)
    name = re.sub(r"^(?:este|this|proximo|next|siguiente) | (?:que viene|proximo)$", "", words)
    first, _, rest = name.partition(" ")
    number = _WEEKDAYS.get(first)
    if number is None:
        return None
    if rest:  # "lunes 30", "monday 30 november"
        day = _numbered(f"dia {rest}" if rest.isdecimal() else rest, today)
        if day is None or day.weekday() != number:
            return None
        if first in _MONTHS:  # "mar 3": Tuesday or March
            raise TwofoldError(f"{day.day}/{day.month}", f"{day.day}/{_MONTHS[first]}")
        return day
    this = words.startswith(("este ", "this ")) or (still and name == words)
    if this and number == today.weekday():
        return today
    day = next_weekday(today, number)
    if words.startswith("next ") and number > today.weekday():
        after = day + timedelta(weeks=1)
        raise TwofoldError(f"{day.day}/{day.month}", f"{after.day}/{after.month}")
    return day


def _numbered(words: str, today: date) -> date | None:
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", words):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?", words):
        return _dated(int(found[1]), int(found[2]), found[3], today)
    if found := re.fullmatch(r"dia (\d{1,2})(?:st|nd|rd|th)?|(\d{1,2})(?:st|nd|rd|th)", words):
        return _next_numbered(int(found[1] or found[2]), today)
    if found := re.fullmatch(r"(?:dia )?(\d{1,2})(?:st|nd|rd|th)?(?: de | of | )([a-z]+)\.?"
                             r"(?: (?:de(?:l)? )?(\d{4}))?", words):  # fmt: skip
        return _dated(int(found[1]), _MONTHS.get(found[2], 0), found[3], today)
    if found := re.fullmatch(r"([a-z]+)\.? (?:dia )?(\d{1,2})(?:st|nd|rd|th)?(?: (\d{4}))?", words):
        return _dated(int(found[2]), _MONTHS.get(found[1], 0), found[3], today)
    return None


def _next_numbered(day: int, today: date) -> date:
    """Give the next date with that number, in this month or the first after that has it."""
    for later in range(3):
        month = _months_on(today.replace(day=1), later)
        if day <= calendar.monthrange(month.year, month.month)[1]:
            found = month.replace(day=day)
            if found >= today:
                return found
    raise ValueError


def _months_on(day: date, count: int) -> date:
    """Give the same day so many months on, or the last of that month where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _dated(day: int, month: int, year: str | None, today: date) -> date:
    """Give that day, of the next year that has it still to come where none is named."""
    if year is not None:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    for later in range(9):
        try:
            found = date(today.year + later, month, day)
        except ValueError:
            if (day, month) != (29, 2):
                raise
            continue
        if found >= today:
            return found
    raise ValueError


def counted(words: str) -> tuple[int, str]:
    """Read "3 days" as a number and a unit; the unit is "" where it is none."""
    found = _SPAN.fullmatch(words)
    if found is None:
        return 0, ""
    count = int(found[1]) if found[1].isdecimal() else _NUMBERS.get(found[1])
    return (0, "") if count is None else (count, _UNITS.get(found[2], ""))


def next_weekday(today: date, weekday: int) -> date:
    """Give the next such day (Monday is 0), never `today`."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
