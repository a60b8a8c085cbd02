"""How long something takes, said in her words. Pure."""

from __future__ import annotations

import re
from typing import Final

from normalizer.said import SaidError
from normalizer.text import fold
from triage import days

MOST: Final = 24 * 60
"""Minutes: an estimate is of something that is done within a day."""

SPOKEN: Final = {
    "media hora": 30, "half an hour": 30, "half hour": 30, "a half hour": 30,
    "un cuarto de hora": 15, "cuarto de hora": 15, "a quarter of an hour": 15,
    "una hora y media": 90, "hora y media": 90, "an hour and a half": 90,
}  # fmt: skip
"""Minutes of what is said in no numbers."""

_NOTHING: Final = frozenset({"nada", "ninguna", "ninguno", "none", "nothing", "0", "-"})
_CLOCK: Final = re.compile(
    r"(\d{1,2}) ?(?:h|horas?|hours?) ?(?:(?:y|and) )?([0-5]?\d) ?(?:m|min|minutos?|minutes?)?"
    r"|(\d{1,2}):([0-5]\d)"
)
_PARTS: Final = re.compile(r"(\d{1,2})[.,](\d{1,2}) ?(?:h|horas?|hours?)?")


class SpanError(SaidError):
    """The words say no length of time, or more than one."""


def parse(text: str) -> int | None:
    """Read minutes in Spanish or English: "30", "1h30", "1,5 h", "media hora"; None for "nada",
    which is that nobody knows. A number alone is minutes, from ten on; one with a fraction hours.
    Raises SpanError.
    """
    words = " ".join(fold(text[:60]).split())
    if words in _NOTHING:
        return None
    if re.fullmatch("[1-9]", words):
        raise SpanError(
            "“{text}” can be minutes or hours. Say “{text} min” or “{text} h”.", text=text.strip()
        )
    minutes = _minutes(words)
    if not minutes:
        raise SpanError(
            "“{text}” is no length of time that can be understood. Try “30”, “1h30”, “1.5 h” or"
            " “none”.",
            text=text[:60],
        )
    if minutes > MOST:
        raise SpanError("“{text}” is more than fits into a day.", text=text[:60])
    return minutes


def _minutes(words: str) -> int | None:
    if words.isdecimal():
        return int(words)
    if words in SPOKEN:
        return SPOKEN[words]
    if found := _CLOCK.fullmatch(words):
        hours, minutes = (part for part in found.groups() if part is not None)
        return 60 * int(hours) + int(minutes)
    if found := _PARTS.fullmatch(words):
        return round(60 * float(f"{found[1]}.{found[2]}"))
    count, unit = days.counted(words)
    return {"minutes": count, "hours": 60 * count}.get(unit)
