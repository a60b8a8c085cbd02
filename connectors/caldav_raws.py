"""Raw records out of the objects of a calendar.

| stream | external id |
|---|---|
| todo | the path of the object |
| names | "calendars": what each name in the config stands for, so that a push knows it too |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from connectors.caldav_told import Object
from normalizer.caldav import identity, todos
from normalizer.ical import parse
from normalizer.raw import Raw, canonical

_TODO: Final = re.compile(r"^BEGIN:VTODO\s*$", re.MULTILINE | re.IGNORECASE)
_OTHER: Final = re.compile(r"^BEGIN:V(?:EVENT|JOURNAL|FREEBUSY|AVAILABILITY)\s*$",
                           re.MULTILINE | re.IGNORECASE)  # fmt: skip
_NOISE: Final = re.compile(
    r"^(?:DTSTAMP|LAST-MODIFIED|SEQUENCE|PRODID|X-MOZ-GENERATION|X-MOZ-LASTACK)[;:][^\n]*\n"
    r"(?:[ \t][^\n]*\n)*",
    re.MULTILINE | re.IGNORECASE,
)
"""What every program that touches a to-do writes anew."""


def is_other(data: str) -> bool:
    """Tell whether an object holds an event or the like, and no to-do."""
    return _TODO.search(data) is None and _OTHER.search(data) is not None


def raw(one: Object, calendar: str, timezone: str) -> Raw:
    """Make the record of an object; `calendar` is its name."""
    told = _NOISE.sub("", one.data.replace("\r\n", "\n"))
    return Raw(
        stream="todo",
        external_id=one.path,
        payload=one.data.encode(),
        meta=canonical({"calendar": calendar, "timezone": timezone}),
        projection=told.encode(),
    )


def names(pins: Mapping[str, str]) -> Raw:
    """Make the record of the calendars that the names in the config stand for."""
    return Raw.of_json("names", "calendars", {}, paths=dict(pins))


def named(kept: Iterable[Raw]) -> Mapping[str, str]:
    """Read the path of each name in the config off what is kept of the stream `names`."""
    return {name: path for raw in kept for name, path in raw.about()["paths"].items()}


def gone(path: str) -> Raw:
    """Say that an object was deleted, or is no to-do any more."""
    return Raw(stream="todo", external_id=path, deleted=True, certain=True)


def held(raw: Raw) -> frozenset[str]:
    """Name the to-dos in an object; none where it cannot be read."""
    try:
        found = todos(parse((raw.payload or b"").decode()))
    except ValueError:
        return frozenset()
    return frozenset(identity(uid, raw.external_id) for uid in found)
