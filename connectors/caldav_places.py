"""Which calendars of an account are this client's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from connectors.caldav_told import Listed
from connectors.writing import watched
from normalizer.said import Said
from normalizer.text import line

_ALL: Final = "*"


class Profile(Protocol):
    """What a pull or a push must know of the channel's settings."""

    @property
    def calendars(self) -> tuple[str, ...]:
        """Name the calendars that are watched: by name or path; "*" is all of them."""

    @property
    def timezone(self) -> str:
        """Name the zone of a time that names none."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The calendars that are watched, and what she must know of those that are not."""

    calendars: tuple[Listed, ...]
    pins: Mapping[str, str]
    """The path of each name in the config: who calls another calendar so does not get in by
    that."""

    missing: tuple[str, ...]
    """Names in the config for which there is no calendar."""

    notices: tuple[Said, ...]


def choose(wanted: Sequence[str], pins: Mapping[str, str], listing: Iterable[Listed]) -> Choice:
    """Find the calendars that the config names, by path or as she calls them; what a name stood
    for so far, it stands for still.
    """
    there = {one.path: one for one in listing}
    chosen: dict[str, Listed] = {}
    kept: dict[str, str] = {}
    missing: list[str] = []
    notices: list[Said] = []
    for entry in dict.fromkeys(wanted):
        if entry == _ALL:
            chosen.update(there)
            continue
        found = [one for one in there.values() if one.path.rstrip("/") == entry.rstrip("/")]
        found = found or [one for one in there.values() if is_called(entry, one.name, one.path)]
        pinned = pins.get(entry) or (found[0].path if len(found) == 1 else "")
        if pinned:
            kept[entry] = pinned
        if pinned in there:
            chosen[pinned] = there[pinned]
            if there[pinned] not in found:
                notices.append(_renamed(entry, there[pinned]))
        elif pinned and found:
            notices.append(_taken(entry, found[0]))
        elif found:
            notices.append(ambiguous(entry, found))
        else:
            missing.append(entry)
    return Choice(tuple(chosen.values()), kept, tuple(missing), tuple(notices))


def is_called(entry: str, name: str, path: str) -> bool:
    """Tell whether a calendar goes by an entry of the config: its name, its path or the last part
    of that.
    """
    bare = path.rstrip("/")
    return watched((entry,), name, path, bare, bare.rpartition("/")[2])


def ambiguous(entry: str, found: Sequence[Listed]) -> Said:
    """Say that a name is that of several calendars."""
    return Said(
        "Several calendars are called {calendar}, and none of them is read. Name the right one by"
        " its address: {addresses}.",
        (
            ("calendar", line(entry, 60)),
            ("addresses", ", ".join(line(one.path, 300) for one in found[:5])),
        ),
    )


def _taken(entry: str, other: Listed) -> Said:
    return Said(
        "Another calendar is called {calendar} now. It is not read, since it may be another"
        " client's. If it is this client's, name it by its address: {address}.",
        (("calendar", line(entry, 60)), ("address", line(other.path, 300))),
    )


def _renamed(entry: str, now: Listed) -> Said:
    return Said(
        "The calendar {calendar} is called {name} now, and read as before. Write that name in the"
        " config.",
        (("calendar", line(entry, 60)), ("name", line(now.name, 60))),
    )
