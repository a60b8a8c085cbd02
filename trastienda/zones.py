"""Names of time zones, and this computer's own."""

from __future__ import annotations

import zoneinfo
from difflib import get_close_matches

from normalizer.said import Said
from normalizer.text import NAME, line


def is_zone(name: str) -> bool:
    """Tell whether there is a time zone of that name."""
    try:
        zoneinfo.ZoneInfo(name)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True


def no_zone(name: str) -> Said:
    """Say that there is none, and which is nearest."""
    near = get_close_matches(name, sorted(zoneinfo.available_timezones()), n=1)
    if near:
        return Said(
            "There is no timezone {name}. Did you mean {near}?",
            (("name", line(name, NAME)), ("near", near[0])),
        )
    return Said(
        "There is no timezone {name}. Write it as Europe/Madrid or America/Bogota.",
        (("name", name),),
    )


def system_zone() -> str:
    """Name this computer's time zone; UTC where it does not say."""
    import tzlocal  # noqa: PLC0415 - only where she gave no timezone

    try:
        return str(tzlocal.get_localzone_name())
    except (LookupError, OSError, ValueError):
        return "UTC"
