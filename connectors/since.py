"""How far back a channel is read at first: the setting `since` of mailboxes and chats."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from connectors.errors import ConfigError

_SINCE: Final = re.compile(r"(\d{1,5})\s*([dwmy])")
_DAYS: Final = {"d": 1, "w": 7, "m": 30, "y": 365}


def first_day(since: str, today: date) -> str:
    """Read the setting `since` as an ISO date, "" for everything. Raises ConfigError."""
    text = since.strip().lower()
    if text == "all":
        return ""
    found = _SINCE.fullmatch(text)
    try:
        if found:
            return (today - timedelta(days=int(found[1]) * _DAYS[found[2]])).isoformat()
        return date.fromisoformat(text).isoformat()
    except (ValueError, OverflowError):
        raise ConfigError(
            '"since" does not take {value}. Write "90d", "12w", "6m", "1y", a date like'
            ' "2026-01-31", or "all".',
            value=since[:40],
        ) from None
