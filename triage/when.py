"""The moments an item can be put off to, said in her words and her time zone.

Wall-clock times are read in the zone they are meant in: one that a change to summer time skips
is taken just after the gap, one that happens twice the first time it is still to come. What can
mean two moments ("a las 5", "next friday") is asked back, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from normalizer.said import SaidError
from triage import days
from triage.spans import SPOKEN

MORNING = time(9)
AFTERNOON = time(16)
NIGHT = time(20)
FURTHEST = timedelta(days=3653)
"""Further off than ten years is a slip of the pen, and the item would be lost."""


class WhenError(SaidError):
    """The words name no moment, more than one, or one that has passed."""


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
    return _at(days.next_weekday(today, 0), MORNING, now, tz)


def parse_date(text: str, now: datetime, tz: tzinfo) -> datetime:
    """Read a moment in Spanish or English: "mañana", "vie 17h", "24/12", "in 3 days", "2h".

    A date without a time is its 9:00, and 24/12 is always the day before the month. Twelve at
    night and 24:00 end the day they are said of. A weekday is the next one, today's where a time
    still to come is said with it.
    The result is in UTC and after `now`. Raises WhenError.
    """
    words = _plain(text)
    try:
        found = _read(words, now, tz)
    except days.TwofoldError as caught:
        first, second = caught.args
        raise WhenError(
            "“{text}” can mean two moments. Say it with “{first}” or “{second}”.",
            text=text[:60],
            first=first,
            second=second,
        ) from None
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


def is_day(text: str) -> bool:
    """Tell whether words that `parse_date` understands name a day, and no time of it."""
    words = _plain(text)
    if not _HOUR.fullmatch(words) and _minutes(words) is not None:
        return False
    return _clock(words)[1] is None


_MORNING = ("this morning", "in the morning", "in morning", "morning")
_MANANA = ("esta manana", "por la manana", "de la manana")
_EARLY = ("de la madrugada", "de madrugada")
_NOON = ("del mediodia", "de mediodia", "al mediodia", "a mediodia", "mediodia",
         "at noon", "noon", "at midday", "midday")  # fmt: skip
_TARDE = ("this afternoon", "in the afternoon", "in afternoon", "afternoon",
          "esta tarde", "por la tarde", "de la tarde", "tarde")  # fmt: skip
_EVENING = ("in the evening", "in evening", "this evening", "evening")
_NOCHE = ("tonight", "at night", "esta noche", "por la noche", "de la noche", "de esta noche",
          "noche")  # fmt: skip
_MIDNIGHT = ("a medianoche", "medianoche", "at midnight", "midnight")
_WHOLE = {
    **dict.fromkeys((*_MORNING, *_MANANA), MORNING),
    **dict.fromkeys(_NOON, time(12)),
    **dict.fromkeys(_TARDE, AFTERNOON),
}
_PARTS = (*_MORNING, *_MANANA, *_EARLY, *_NOON, *_TARDE, *_EVENING, *_NOCHE, *_MIDNIGHT)
_PART = re.compile(r"\b(" + "|".join(sorted(_PARTS, key=len, reverse=True)) + r")$")
_CLOCK = re.compile(
    r"(?:^|\b(a las?|at|@) ?|(?<= ))(\d{1,2})(?:([:.])(\d{2}) ?h?|( ?(?:am|pm|h))|(?<=\d)$)"
    r"(?: ?(am|pm))?$"
)
_HOUR = re.compile(r"(?:9|1\d|2[0-3])h")  # "17h" is a time of day, "2h" and "in 17h" are spans


@dataclass(frozen=True, slots=True)
class _Clock:
    """A time of day: of the day that is named, or of the night that ends it."""

    at: time
    next_day: bool = False
    bare: bool = False
    """Said as "a las 5", which can be morning or afternoon."""


def _plain(text: str) -> str:
    """Fold case, accents and spaces, and drop the words that carry nothing."""
    folded = unicodedata.normalize("NFKD", text[:200].casefold())
    bare = "".join(sign for sign in folded if not unicodedata.combining(sign))
    bare = re.sub(r"\b([ap])\. ?m\b\.?", r"\1m", bare.replace(",", " "))
    bare = re.sub(r"(?<=\d)t(?=\d)", " ", " ".join(bare.split()))
    bare = re.sub(r"\b(?:el|the) (?=\d{1,2}(?:st|nd|rd|th)?(?: |$))", "dia ", bare)
    return " ".join(word for word in bare.split() if word not in ("el", "on", "the"))


def _read(words: str, now: datetime, tz: tzinfo) -> datetime | None:
    if not words:
        return None
    local = now.astimezone(tz)
    today = local.date()
    if words in ("esta tarde", "this afternoon"):
        return this_afternoon(now, tz)
    if not _HOUR.fullmatch(words) and (minutes := _minutes(words)) is not None:
        return now.astimezone(UTC) + timedelta(minutes=minutes)
    day_words, clock = _clock(words)
    if clock is None:
        day = days.day(words, today, still=False)
        return None if day is None else _at(day, MORNING, now, tz)
    if clock.bare:
        clock = _not_twofold(clock, day_words, now, tz)
    later = timedelta(days=clock.next_day)
    this = _at(today + later, clock.at, now, tz)
    if day_words:
        day = days.day(day_words, today, still=this > now)
        return None if day is None else _at(day + later, clock.at, now, tz)
    return this if this > now else _at(today + later + timedelta(days=1), clock.at, now, tz)


def _minutes(words: str) -> int | None:
    """Read a span of minutes or hours: how long from now."""
    words = days.AHEAD.sub("", words)
    if words in SPOKEN:
        return SPOKEN[words]
    count, unit = days.counted(words)
    return count * {"minutes": 1, "hours": 60}[unit] if unit in ("minutes", "hours") else None


def _clock(words: str) -> tuple[str, _Clock | None]:
    """Split a time of day off the end; what is left, the day, may be nothing."""
    found = _PART.search(words)
    if found is None:
        return _hands(words)
    part, head = found[1], words[: found.start()].strip()
    today = _today(part)
    rest, clock = _hands(head)
    of = part.startswith(("de ", "del "))
    if clock is None and (of or head.isdecimal()):  # "5 de la tarde", but no "dia 5"
        rest, clock = _hands(re.sub(r"(?:^|(?<!dia) )(?=\d{1,2}$)", " a las ", head).strip())
    if clock is not None:
        return rest or today, _within(part, clock)
    if of or head in ("a", "de", "in"):
        return words, None
    if part in _MIDNIGHT:
        if head not in ("", "hoy", "today", "tonight", "esta noche"):
            raise days.TwofoldError("00:00", "24:00")
        return "hoy", _Clock(time(0), next_day=True)
    return head or today, _Clock(_WHOLE.get(part, NIGHT))


def _hands(words: str) -> tuple[str, _Clock | None]:
    """Split what a clock shows off the end: "17:00", "5pm", "a las 5"."""
    found = _CLOCK.search(words)
    if found is None or not (found[1] or found[3] or found[5]):
        return words, None
    marked, hours, sign, minutes, half, late = found.groups()
    rest = words[: found.start()].strip()
    hour, minute = int(hours), int(minutes or 0)
    half = late or (half or "").strip()
    if sign == "." and not (marked or rest or half):  # 24.12 is a day, 10.12 may be one
        if hour > 23 and minute:
            return words, None
        if 1 <= minute <= 12 and hour:
            raise days.TwofoldError(f"{hour}:{minute:02}", f"{hour}/{minute}")
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half == "pm" else 0)
    clock = _Clock(
        time(0 if (hour, minute) == (24, 0) else hour, minute),
        next_day=hour == 24,
        bare=not (sign or half) and len(hours) == 1 and 1 <= hour <= 7,
    )
    if within := _PART.search(rest):  # "mañana por la tarde a las 5"
        return rest[: within.start()].strip() or _today(within[1]), _within(within[1], clock)
    return rest, clock


def _today(part: str) -> str:
    return "hoy" if re.match("(?:de )?(?:esta|this|tonight)", part) else ""


def _within(part: str, clock: _Clock) -> _Clock:
    """Read the hour of `clock` as one of that part of the day; raise where it is none of it."""
    hour, next_day, fits = clock.at.hour, clock.next_day, True
    if part in _NOCHE or part in _EVENING:
        if hour == 12 and part in _NOCHE:
            hour, next_day = 0, True
        elif 1 <= hour <= 5 and part in _NOCHE:
            raise days.TwofoldError(f"{hour}:{clock.at:%M}", f"{hour + 12}:{clock.at:%M}")
        else:
            hour += 12 if 4 <= hour < 12 else 0
            fits = hour >= 16
    elif part in _TARDE:
        hour += 12 if 1 <= hour < 12 else 0
        fits = 12 <= hour <= 21
    elif part in _NOON:
        hour += 12 if 1 <= hour <= 3 else 0
        fits = 12 <= hour <= 15
    elif part in _MIDNIGHT:
        hour, next_day, fits = 0, True, hour == 12
    elif part in _MORNING and hour == 12:
        raise days.TwofoldError(f"0:{clock.at:%M}", f"12:{clock.at:%M}")
    else:
        fits = hour <= (6 if part in _EARLY else 12)
    if not fits:
        raise ValueError
    return _Clock(clock.at.replace(hour=hour), next_day=next_day)


def _not_twofold(clock: _Clock, day_words: str, now: datetime, tz: tzinfo) -> _Clock:
    """Take "hoy a las 5" for the only five o'clock that is left of today."""
    late = clock.at.replace(hour=clock.at.hour + 12)
    today = now.astimezone(tz).date()
    if day_words in ("hoy", "today") and _at(today, clock.at, now, tz) <= now:
        return _Clock(late)
    raise days.TwofoldError(f"{clock.at.hour}:00", f"{late.hour}:00")


def _at(day: date, clock: time, now: datetime, tz: tzinfo) -> datetime:
    """Put a wall-clock time on the time line: the first such instant after `now`, if any."""
    first = datetime.combine(day, clock, tz)
    instant = first.astimezone(UTC)
    return instant if instant > now else first.replace(fold=1).astimezone(UTC)
