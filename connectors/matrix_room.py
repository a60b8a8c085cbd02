"""The rooms of a Matrix account: what they are called, and which of them are this client's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from normalizer.raw import Raw
from normalizer.text import fold, line

NAMING: Final = (
    "m.room.create",
    "m.room.name",
    "m.room.canonical_alias",
    "m.room.encryption",
    "m.room.tombstone",
    "m.bridge",
    "uk.half-shot.bridge",
    "io.element.functional_members",
)
"""The state that tells what a room is, beside who is in it."""

ALL: Final = "*"
_ADDRESS: Final = re.compile(r"[!#][^:\s]+:\S+|![A-Za-z0-9_-]{43}")
"""How addresses and ids are spelled. Anybody can call a room so too; "#general" is a name."""

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room as it is now."""

    id: str
    name: str
    """What her app calls it."""

    aliases: tuple[str, ...] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    """The others, where they are what it is called by."""

    network: str = ""
    """Where a bridge takes what is said in it: "WhatsApp"."""

    encrypted: bool = False
    replaced: str = ""
    """The room that it says it was closed for."""

    replaces: str = ""
    """The room that it says it was made for, in place of that."""

    holds_rooms: bool = False
    """A space: a folder of rooms, in which nothing is said."""

    def raw(self) -> Raw:
        """Make its raw record. That it is called otherwise is no change of what is said in it."""
        return Raw.of_json(
            "room",
            self.id,
            {"room_id": self.id},
            name=self.name,
            people=dict(self.people),
            network=self.network,
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rooms are this client's, and what she must know of those that are not read."""

    rooms: Mapping[str, Room]
    pins: Mapping[str, str]
    """The room of each name in the config: who calls another room so does not get in by that."""

    encrypted: frozenset[str]
    """This client's rooms that are encrypted, and none of `rooms`."""

    standing: tuple[tuple[str, str], ...]
    """(what is wrong, name of the room, or of several)"""


def room_of(key: str, state: Iterable[Mapping[str, Any]], summary: Mapping[str, Any]) -> Room:
    """Make a room of its state, the oldest first. Raises LookupError and the like where that is
    none.
    """
    told: dict[str, Mapping[str, Any]] = {}
    members: dict[str, str] = {}
    for event in state:
        kind, content = event["type"], event["content"]
        if kind == "m.room.member" and isinstance(content, dict):
            members[str(event["state_key"])] = _text(content.get("displayname"))
        elif kind in NAMING and isinstance(content, dict) and "state_key" in event:
            told[kind] = content
    bots = told.get("io.element.functional_members", {}).get("service_members")
    heroes = [one for one in _texts(summary.get("m.heroes")) if one not in _texts(bots)]
    people = {one: members.get(one) or _local(one) for one in heroes}
    alias = told.get("m.room.canonical_alias", {})
    before = told.get("m.room.create", {}).get("predecessor")
    aliases = tuple(filter(None, [_text(alias.get("alias")), *_texts(alias.get("alt_aliases"))]))
    named = line(_text(told.get("m.room.name", {}).get("name")))
    bridge = told.get("m.bridge") or told.get("uk.half-shot.bridge") or {}
    protocol = bridge.get("protocol")
    network = _text(protocol.get("displayname")) if isinstance(protocol, dict) else ""
    return Room(
        id=key,
        name=named or (aliases[0] if aliases else _together(list(people.values()))) or key,
        aliases=aliases,
        people={} if named or aliases else people,
        network=network,
        encrypted="m.room.encryption" in told,
        replaced=_text(told.get("m.room.tombstone", {}).get("replacement_room")),
        replaces=_text(before.get("room_id")) if isinstance(before, dict) else "",
        holds_rooms=told.get("m.room.create", {}).get("type") == "m.space",
    )


def entry_of(room: Room) -> str:
    """Give by what the config can name a room."""
    return room.id if _ADDRESS.fullmatch(room.name) and room.name not in room.aliases else room.name


def choose(
    wanted: Sequence[str],
    pins: Mapping[str, str],
    rooms: Mapping[str, Room],
    invited: Mapping[str, str],
) -> Choice:
    """Find the rooms that the config names: by id, by address, or as she calls them.

    A name stands for the room in `pins` for as long as the config has it, and for no other one of
    that name, even where she is no longer in that room.
    """
    standing: dict[tuple[str, str], None] = {}
    chosen: dict[str, Room] = {}
    kept: dict[str, str] = {}
    for entry in dict.fromkeys(wanted):
        if entry == ALL:
            chosen.update({key: one for key, one in rooms.items() if not one.holds_rooms})
            standing.update({("invited", line(name, 60)): None for name in invited.values()})
            continue
        found = _found(entry, pins.get(entry), rooms)
        if len(found) == 1:
            chosen[found[0].id] = found[0]
            kept[entry] = found[0].id
            continue
        standing[_why(entry, found, pins, invited), line(entry, 60)] = None
        if entry in pins and not found:
            kept[entry] = pins[entry]
    closed = {key: line(one.name, 60) for key, one in chosen.items() if one.encrypted}
    if closed:
        standing["encrypted", _together(sorted(closed.values()))] = None
    chosen = {key: one for key, one in chosen.items() if key not in closed}
    for one in chosen.values():
        if one.replaced and one.replaced not in rooms:
            standing["replaced", line(one.name, 60)] = None
        elif one.replaced and one.replaced not in chosen and _next(one, rooms) is None:
            standing["disputed", line(one.name, 60)] = None
    return Choice(chosen, kept, frozenset(closed), tuple(standing))


def _found(entry: str, pinned: str | None, rooms: Mapping[str, Room]) -> list[Room]:
    """Find the room that a name stood for so far, or the one it was closed for; else the rooms of
    that id, that address or, of those that are in use, that name.
    """
    if pinned is not None:
        held = rooms.get(pinned)
        return [_next(held, rooms) or held] if held else []
    if entry in rooms:
        return [rooms[entry]]
    every = [one for one in rooms.values() if not one.holds_rooms]
    named = [one for one in every if entry in one.aliases]
    if not named and not _ADDRESS.fullmatch(entry):
        named = [one for one in every if _same(entry, one.name)]
    return [one for one in named if _next(one, rooms) is None] or named


def _next(room: Room, rooms: Mapping[str, Room]) -> Room | None:
    """Give the room that one was closed for, where both say so: what one says alone, somebody
    says who may have no business in the other.
    """
    after = rooms.get(room.replaced)
    return after if after is not None and after.replaces == room.id else None


def _why(
    entry: str, found: Sequence[Room], pins: Mapping[str, str], invited: Mapping[str, str]
) -> str:
    """Say why a name in the config stands for no room."""
    if found:
        return "ambiguous"
    if entry in pins:
        return "lost"
    asked = entry in invited or any(_same(entry, one) for one in invited.values())
    return "invited" if asked else "missing"


def _same(one: str, other: str) -> bool:
    return fold(line(one)) == fold(line(other))


def _together(names: Sequence[str]) -> str:
    """Name some people, or some rooms."""
    more = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} +{more}" if more > 0 else shown


def _local(user: str) -> str:
    return user.removeprefix("@").partition(":")[0]


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
