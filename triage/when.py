"""The moments an item can be put off to, said in her words and her time zone.

Wall-clock times are read in the zone they are meant in: one that a change to summer time skips
is taken just after the gap, one that happens twice the first time it is still to come.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from normalizer.said import SaidError

MORNING = time(9)
AFTERNOON = time(16)
NIGHT = time(20)
FURTHEST = timedelta(days=3653)
"""Further off than ten years is a slip of the pen, and the item would be lost."""


class WhenError(SaidError):
    """The words name no moment, or one that has passed."""


def this_afternoon(now: datetime, tz: tzinfo) -> datetime:
    """Give today at 16:00, or three hours from now where that is near or past. UTC."""
    afternoon = _at(now.astimezone(tz).date(), AFTERNOON, now, tz)
    if afternoon - now >= timedelta(hours=1):
        return afternoon
    return (now.astimezone(UTC) + timedelta(hours=3)).replace(second=0, microsecond=0)


def tomorrow(now: datetime, tz: tzinfo) -> datetime:
    """Give tomorrow at 9:00. UTC."""
    return _at(now.astimezone(tz).date() + timedelta(days=1), MORNING, now, tz)


def monday(now: datetime, tz: tzinfo) -> datetime:
    """Give the next Monday at 9:00, a week ahead where today is one. UTC."""
    today = now.astimezone(tz).date()
    return _at(_next_weekday(today, 0), MORNING, now, tz)


def parse_date(text: str, now: datetime, tz: tzinfo) -> datetime:
    """Read a moment in Spanish or English: "mañana", "vie 17h", "24/12", "in 3 days", "2h".

    A date without a time is its 9:00, and 24/12 is always the day before the month.
    The result is in UTC and after `now`. Raises WhenError.
    """
    words = _plain(text)
    try:
        found = _read(words, now, tz)
    except (ValueError, OverflowError):
        found = None
    if found is None or found - now > FURTHEST:
        raise WhenError(
            "“{text}” is no date that can be understood. Try “tomorrow”, “friday 17:00”, "
            "“in 3 days” or “24/12”.",
            text=text[:60],
        )
    if found <= now:
        raise WhenError("“{text}” has already passed. Give a later moment.", text=text[:60])
    return found


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
    "un": 1, "una": 1, "a": 1, "an": 1, "one": 1, "dos": 2, "two": 2, "tres": 3, "three": 3,
    "cuatro": 4, "four": 4, "cinco": 5, "five": 5, "seis": 6, "six": 6, "siete": 7, "seven": 7,
}  # fmt: skip
_UNITS = {
    "m": "minutes", "min": "minutes", "mins": "minutes", "minuto": "minutes",
    "minutos": "minutes", "minute": "minutes", "minutes": "minutes",
    "h": "hours", "hora": "hours", "horas": "hours", "hour": "hours", "hours": "hours",
    "d": "days", "dia": "days", "dias": "days", "day": "days", "days": "days",
    "s": "weeks", "sem": "weeks", "semana": "weeks", "semanas": "weeks",
    "w": "weeks", "week": "weeks", "weeks": "weeks",
}  # fmt: skip
_PARTS = {
    "this morning": MORNING, "in the morning": MORNING, "morning": MORNING,
    "esta manana": MORNING, "por la manana": MORNING, "de la manana": MORNING,
    "this afternoon": AFTERNOON, "in the afternoon": AFTERNOON, "afternoon": AFTERNOON,
    "esta tarde": AFTERNOON, "por la tarde": AFTERNOON, "tarde": AFTERNOON,
    "de la tarde": AFTERNOON, "de la noche": NIGHT,
    "tonight": NIGHT, "at night": NIGHT, "in the evening": NIGHT, "evening": NIGHT,
    "esta noche": NIGHT, "por la noche": NIGHT, "noche": NIGHT,
}  # fmt: skip
_PART = re.compile(r"\b(" + "|".join(sorted(_PARTS, key=len, reverse=True)) + r")$")
_CLOCK = re.compile(
    r"(?:^|\b(?:a las?|at|@) ?|(?<= ))(\d{1,2})(?:[:.](\d{2}) ?h?|( ?(?:am|pm|h))|(?<=\d)$)"
    r"(?: ?(am|pm))?$"
)
_HOUR = re.compile(r"(?:9|1\d|2[0-3])h")  # "17h" is a time of day, "2h" and "in 17h" are spans
_SPAN = re.compile(r"(?:en |dentro de |in )?(\d{1,4}|[a-z]+) ?([a-z]+)$")


def _plain(text: str) -> str:
    """Fold case, accents and spaces, and drop the words that carry nothing."""
    folded = unicodedata.normalize("NFKD", text[:200].casefold())
    bare = "".join(sign for sign in folded if not unicodedata.combining(sign))
    bare = bare.replace(",", " ")
    return " ".join(word for word in bare.split() if word not in ("el", "on", "the"))


def _read(words: str, now: datetime, tz: tzinfo) -> datetime | None:
    if not words:
        return None
    local = now.astimezone(tz)
    if words in ("esta tarde", "this afternoon"):
        return this_afternoon(now, tz)
    if (span := _SPAN.fullmatch(words)) and not _HOUR.fullmatch(words):
        moment = _span(span[1], span[2], local)
        if moment is not None:
            return moment
    day_words, clock = _clock(words)
    if clock is None:
        day = _day(words, local.date())
        return None if day is None else _at(day, MORNING, now, tz)
    if day_words:
        day = _day(day_words, local.date())
        return None if day is None else _at(day, clock, now, tz)
    today = _at(local.date(), clock, now, tz)
    return today if today > now else _at(local.date() + timedelta(days=1), clock, now, tz)


def _span(number: str, unit: str, local: datetime) -> datetime | None:
    count = int(number) if number.isdecimal() else _NUMBERS.get(number)
    name = _UNITS.get(unit)
    if count is None or name is None:
        return None
    span = timedelta(**{name: count})
    if name in ("minutes", "hours"):
        return local.astimezone(UTC) + span
    tz = local.tzinfo
    return None if tz is None else _at(local.date() + span, MORNING, local, tz)


def _clock(words: str) -> tuple[str, time | None]:
    """Split a time of day off the end; what is left may be nothing."""
    if part := _PART.search(words):
        head = words[: part.start()].strip()
        rest, clock = _clock(head) if head else ("", None)
        if clock is not None:
            later = part[1].endswith(("tarde", "afternoon", "noche", "night", "evening"))
            return rest, clock.replace(hour=clock.hour + 12) if later and clock.hour < 12 else clock
        if head in ("a", "de", "in"):
            return words, None
        return head, _PARTS[part[1]]
    found = _CLOCK.search(words)
    if found is None:
        return words, None
    marked = found[2] or found[3] or re.match(r"(a las?|at|@)", found[0])
    if not marked:
        return words, None
    hour = int(found[1])
    half = found[4] or (found[3] or "").strip()
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half == "pm" else 0)
    return words[: found.start()].strip(), time(hour, int(found[2] or 0))


def _day(words: str, today: date) -> date | None:
    named = {"hoy": 0, "today": 0, "manana": 1, "tomorrow": 1, "pasado manana": 2, "pasado": 2}
    if words in named:
        return today + timedelta(days=named[words])
    weekday = re.sub(r"^(?:este|this|proxim[oa]|next) | (?:que viene|proximo)$", "", words)
    if weekday in _WEEKDAYS:
        return _next_weekday(today, _WEEKDAYS[weekday])
    if weekday in ("semana", "week"):
        return _next_weekday(today, 0)
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", words):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?", words):
        return _dated(int(found[1]), int(found[2]), found[3], today)
    if found := re.fullmatch(r"(?:dia )?(\d{1,2})(?:st|nd|rd|th)?(?: de | of | )([a-z]+)\.?"
                             r"(?: (?:de(?:l)? )?(\d{4}))?", words):  # fmt: skip
        return _dated(int(found[1]), _MONTHS.get(found[2], 0), found[3], today)
    if found := re.fullmatch(r"([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?(?: (\d{4}))?", words):
        return _dated(int(found[2]), _MONTHS.get(found[1], 0), found[3], today)
    return None


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


def _next_weekday(today: date, weekday: int) -> date:
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _at(day: date, clock: time, now: datetime, tz: tzinfo) -> datetime:
    """Put a wall-clock time on the time line: the first such instant after `now`, if any."""
    first = datetime.combine(day, clock, tz)
    instant = first.astimezone(UTC)
    return instant if instant > now else first.replace(fold=1).astimezone(UTC)
