"""What a calendar server tells of its calendars and their objects, in our words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from connectors.caldav_xml import C, D, Found, Node, S
from normalizer.raw import digest_of
from normalizer.text import NAME, line

GONE: Final = frozenset({404, 410})
"""The statuses of what is not there."""

_MAY_WRITE: Final = frozenset({f"{D}all", f"{D}write", f"{D}write-content", f"{D}bind"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who we are there, and where our calendars lie."""

    name: str = ""
    addresses: tuple[str, ...] = ()
    homes: tuple[str, ...]
    alone: bool = False
    """The address in the config is a calendar itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A calendar that takes to-dos."""

    path: str
    name: str
    mark: str
    """Its state: behind "s" a sync-token, behind "c" a ctag; "" where it tells neither."""

    writable: bool
    """As far as it is told."""

    @property
    def called(self) -> str:
        """Name its name, in eight letters."""
        return digest_of(self.name.encode())[:4].hex()


@dataclass(frozen=True, slots=True)
class Object:
    """One object of a calendar."""

    path: str
    etag: str
    data: str
    """"" where the server does not say it along."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of what changed in a calendar since a sync-token."""

    objects: tuple[Object, ...]
    gone: tuple[str, ...]
    token: str
    more: bool


def folder(path: str) -> str:
    """Spell the path of a calendar, or of what holds some, one way only."""
    return path if path.endswith("/") else f"{path}/"


def is_calendar(one: Found) -> bool:
    """Tell whether an address is that of a calendar."""
    return one.props.get(f"{D}resourcetype", Node("")).one(f"{C}calendar") is not None


def takes_todos(one: Found) -> bool:
    """Tell whether to-dos are kept there: all kinds are where none is named (RFC 4791, 5.2.3)."""
    kinds = one.props.get(f"{C}supported-calendar-component-set")
    return (
        kinds is None or not kinds.parts or "VTODO" in {part.called.upper() for part in kinds.parts}
    )


def listed(one: Found) -> Listed:
    """Make a calendar of what is said of its address."""
    token, tag = one.text(f"{D}sync-token"), one.text(f"{S}getctag")
    rights = one.props.get(f"{D}current-user-privilege-set")
    allowed = {
        right.name
        for privilege in (rights.all(f"{D}privilege") if rights else ())
        for right in privilege.parts
    }
    path = folder(one.path)
    return Listed(
        path=path,
        name=line(one.text(f"{D}displayname"), NAME) or line(path.rstrip("/").rpartition("/")[2]),
        mark=f"s{token}" if token else f"c{tag}" if tag else "",
        writable=rights is None or not allowed.isdisjoint(_MAY_WRITE),
    )


def objects(inside: Iterable[Found]) -> Iterator[Object]:
    """Make the objects that are not gone of what is said of their addresses; one that the server
    could not say now has no data, and is asked for by name.
    """
    for one in inside:
        if one.status not in GONE:
            data = one.props.get(f"{C}calendar-data", Node("")) if one.status == 200 else Node("")
            yield Object(one.path, one.text(f"{D}getetag"), data.text)


def asked_for(one: Found) -> Object | None:
    """Make what was asked for by name: with data, or without where it is no longer there; None
    where it is neither.
    """
    if one.status in GONE:
        return Object(one.path, "", "")
    return next((made for made in objects([one]) if made.data), None)
