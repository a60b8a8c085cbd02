"""What is asked of a Matrix homeserver, and what of its answers is believed.

Client-Server API v1.11, on the stable paths of v1.1 and later. Reading asks by GET alone: what is
wanted of `/sync` is spelled in its query, since a filter that is uploaded would be a write.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from connectors import http_said as say
from connectors.errors import ConfigError, RefusedError
from connectors.http import Answer, Http
from connectors.http_limits import LONGEST
from connectors.http_rules import READING, Level
from connectors.matrix_room import NAMING, Room, room_of
from connectors.writing import listed, sense

Event: TypeAlias = dict[str, Any]
"""What is taken of an event: `type`, `event_id`, `sender`, `origin_server_ts`, `content`, and of
`unsigned` what it was edited to and who redacted it."""

PAGE: Final = 100
"""Events to an answer."""

_V3: Final = "/_matrix/client/v3"
_SAID: Final = (
    "m.room.message",
    "m.sticker",
    "m.poll.start",
    "org.matrix.msc3381.poll.start",
    "m.reaction",
    "m.room.redaction",
)
_NOTHING: Final[Mapping[str, Any]] = {"types": []}
_MOST_NAMED: Final = 40
"""Rooms that are named in a query: addresses of 8 kB are too long for many a proxy."""

_SEND: Final = f"{_V3}/rooms/"


@dataclass(frozen=True, slots=True)
class Listing:
    """All rooms of an account as they are now."""

    at: str
    """The position of `/sync` at which they are so."""

    rooms: Mapping[str, Room]
    lost: Mapping[str, str]
    """Rooms that somebody else took her out of, with their names."""

    invited: Mapping[str, str]
    """Rooms she is asked into, with their names."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What happened in one room since a position."""

    events: Sequence[Event]
    names: Mapping[str, str]
    """What their senders are called."""

    limited: bool = False
    """There was more than these: the last of it."""

    turned: bool = False
    """Its name, its encryption or what becomes of it may be another now."""


@dataclass(frozen=True, slots=True)
class News:
    """What happened in all rooms since a position."""

    at: str
    rooms: Mapping[str, Heard] = field(default_factory=dict)
    left: Collection[str] = ()
    invited: Collection[str] = ()

    @property
    def any(self) -> bool:
        """Tell whether anything happened."""
        return bool(self.left or self.invited or self.rooms)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a room's history."""

    events: Sequence[Event]
    names: Mapping[str, str]
    end: str
    """Where to go on from; "" where there is no more."""


def level(method: str, path: str, body: object) -> Level:
    """Say what a request does: a message adds, and changes nothing that is there."""
    del body
    if method in READING:
        return Level.READ
    says = path.startswith(_SEND) and path.split("/")[6:8] == ["send", "m.room.message"]
    return Level.COMMENT if method == "PUT" and says else Level.CHANGE


class Api:
    """The homeserver of one account."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self.host = http.host

    def me(self) -> str:
        """Tell whose token this is. Raises ConfigError where no homeserver answers."""
        answer = self._http.get(f"{_V3}/account/whoami")
        if answer.status in {404, 405}:
            raise ConfigError(
                'At {host} is no Matrix homeserver. Check the setting "base_url": your app shows'
                " the address in its settings, under your account.",
                host=self.host,
            )
        with sense(self.host):
            return _id(_heard(answer)["user_id"], "@")

    def display_name(self, user: str) -> str:
        """Tell what somebody is called, "" where they are called nothing."""
        answer = self._http.get(f"{_V3}/profile/{_quoted(user)}/displayname")
        if answer.status in {403, 404}:
            return ""
        return _text(_heard(answer).get("displayname"))

    def listing(self) -> Listing:
        """List all rooms, with as little of each as tells what it is called."""
        told = self._sync({"filter": _filter((*NAMING, *_SAID), 1), "timeout": "0"})
        with sense(self.host):
            rooms = _rooms(told)
            return Listing(
                at=_token(told["next_batch"]),
                rooms={key: _room(key, one) for key, one in _each(rooms, "join")},
                lost={key: _room(key, one).name for key, one in _each(rooms, "leave")},
                invited={key: _asked(key, one) for key, one in _each(rooms, "invite")},
            )

    def news(self, since: str, rooms: Collection[str] | None, milliseconds: int = 0) -> News:
        """Tell what happened since a position, in some rooms or, where that is None, in all; wait
        for it as long as that.

        Raises CursorExpiredError where the homeserver does not know the position.
        """
        wanted = _filter((*NAMING, *_SAID, "m.room.member"), 50, rooms)
        told = self._sync({"filter": wanted, "timeout": str(milliseconds), "since": since})
        with sense(self.host):
            there = _rooms(told)
            return News(
                at=_token(told["next_batch"]),
                rooms={key: _heard_in(one) for key, one in _each(there, "join")},
                left=[key for key, _ in _each(there, "leave")],
                invited=[key for key, _ in _each(there, "invite")],
            )

    def page(self, room: str, way: str, at: str, sender: str = "") -> Page:
        """Read a page of a room's history, or of what one sender said: "b"ackwards or "f"orwards
        from a position, "" being now. Raises RefusedError where it is not for us.
        """
        asked = {"dir": way, "limit": str(PAGE), "filter": _paged(sender)}
        if at:
            asked["from"] = at
        told = _heard(self._http.get(f"{_V3}/rooms/{_quoted(room)}/messages", asked))
        with sense(self.host):
            return Page(
                events=_events(listed(told["chunk"])),
                names=_names(listed(told.get("state", []))),
                end=_token(told["end"]) if told.get("end") else "",
            )

    def event(self, room: str, event: str) -> Event:
        """Read one event. Raises RefusedError where it is not there, or not for us."""
        told = _heard(self._http.get(f"{_V3}/rooms/{_quoted(room)}/event/{_quoted(event)}"))
        with sense(self.host):
            return _event(told)

    def is_in(self, room: str) -> bool:
        """Tell whether she is in a room now."""
        told = _heard(self._http.get(f"{_V3}/joined_rooms"))
        with sense(self.host):
            return room in listed(told["joined_rooms"])

    def is_encrypted(self, room: str) -> bool:
        """Tell whether a room is encrypted. Raises RefusedError where it is not for us."""
        answer = self._http.get(f"{_V3}/rooms/{_quoted(room)}/state/m.room.encryption/")
        if answer.status == 404:
            return False
        _heard(answer)
        return True

    def send(self, room: str, transaction: str, content: Mapping[str, Any]) -> str:
        """Say something; give the event's id. The same transaction again, by the same token, is
        the same event.
        """
        path = f"{_SEND}{_quoted(room)}/send/m.room.message/{_quoted(transaction)}"
        answer = self._http.send("PUT", path, body=content)
        with sense(self.host, wrote=True):
            return _id(_heard(answer)["event_id"], "$")

    def download(self, server: str, media: str) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        path = f"/_matrix/client/v1/media/download/{_quoted(server)}/{_quoted(media)}"
        return self._http.download(path)

    def _sync(self, params: Mapping[str, str]) -> Mapping[str, Any]:
        answer = self._http.get(f"{_V3}/sync", params)
        unknown = answer.status == 412 or (
            answer.status == 400 and _errcode(answer) not in {"", "M_BAD_JSON", "M_NOT_JSON"}
        )
        if "since" in params and unknown:
            raise say.refused(self.host, 412, "")
        return _heard(answer)


def _heard(answer: Answer) -> Mapping[str, Any]:
    """Read an answer. Of a 429, older homeservers tell in the body alone for how long."""
    if answer.status == 429 and "retry-after" not in answer.headers:
        wait = _told(answer).get("retry_after_ms")
        if isinstance(wait, int):
            raise say.crowded(answer.host, min(max(wait / 1000, 0.0), LONGEST))
    if answer.status == 412:
        # Of no position: nobody here is asked under a condition.
        raise say.broken(answer.host, answer.status, None)
    return answer.json(dict)


def _errcode(answer: Answer) -> str:
    return _text(_told(answer).get("errcode"))


def _told(answer: Answer) -> Mapping[str, Any]:
    try:
        told = json.loads(answer.body[:65_536])
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _filter(types: Sequence[str], limit: int, rooms: Collection[str] | None = None) -> str:
    """Spell what is wanted of `/sync`: what is said, by whom, and nothing of who is typing."""
    timeline = {"types": types, "limit": limit, "lazy_load_members": True}
    state = {
        "types": [*NAMING, "m.room.member"],
        "lazy_load_members": True,
        "include_redundant_members": True,
    }
    inside: dict[str, Any] = {
        "timeline": timeline,
        "state": state,
        "ephemeral": _NOTHING,
        "account_data": _NOTHING,
    }
    if rooms is not None and len(rooms) <= _MOST_NAMED:
        inside["rooms"] = sorted(rooms)
    whole = {"presence": _NOTHING, "account_data": _NOTHING, "room": inside}
    return json.dumps(whole, separators=(",", ":"))


def _paged(sender: str) -> str:
    wanted: dict[str, Any] = {
        "types": _SAID,
        "lazy_load_members": True,
        "include_redundant_members": True,
    }
    if sender:
        wanted["senders"] = [sender]
    return json.dumps(wanted, separators=(",", ":"))


# Answers, taken apart within `sense`


def _rooms(told: Mapping[str, Any]) -> Mapping[str, Any]:
    return _table(told.get("rooms") or {})


def _each(rooms: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, one in _table(rooms.get(kind) or {}).items():
        yield _id(key, "!"), _table(one)


def _room(key: str, told: Mapping[str, Any]) -> Room:
    state = [*listed(told["state"]["events"]), *listed(told["timeline"]["events"])]
    return room_of(key, state, _table(told.get("summary") or {}))


def _asked(key: str, told: Mapping[str, Any]) -> str:
    """Name a room that she is asked into: one without a name by who asks."""
    state = listed(told["invite_state"]["events"])
    members = [one for one in state if one["type"] == "m.room.member"]
    there = [one["state_key"] for one in members if one["content"].get("membership") == "join"]
    return room_of(key, state, {"m.heroes": there}).name


def _heard_in(told: Mapping[str, Any]) -> Heard:
    state, timeline = listed(told["state"]["events"]), _table(told["timeline"])
    events = listed(timeline["events"])
    return Heard(
        events=_events([one for one in events if one["type"] in _SAID]),
        names=_names([*state, *events]),
        limited=timeline.get("limited") is True,
        turned=any(one["type"] in NAMING for one in (*state, *events)),
    )


def _names(events: Sequence[Any]) -> dict[str, str]:
    """Read what people are called off their membership."""
    members = [one for one in events if one["type"] == "m.room.member"]
    named = {_text(one["state_key"]): _text(one["content"].get("displayname")) for one in members}
    return {user: name for user, name in named.items() if name}


def _events(told: Sequence[Any]) -> list[Event]:
    return list(map(_event, told))


def _event(told: Mapping[str, Any]) -> Event:
    unsigned = _table(told.get("unsigned") or {})
    kept: Event = {
        "type": told["type"],
        "event_id": _id(told["event_id"], "$"),
        "sender": _id(told["sender"], "@"),
        "origin_server_ts": told.get("origin_server_ts"),
        "content": _table(told["content"]),
    }
    relations = _table(unsigned.get("m.relations") or {})
    if isinstance(edit := relations.get("m.replace"), dict) and "content" in edit:
        kept["edit"] = _event({**edit, "unsigned": {}})
    if isinstance(by := unsigned.get("redacted_because"), dict):
        kept["redacted"] = _event({**by, "unsigned": {}})
    if is_event(target := told.get("redacts", kept["content"].get("redacts"))):
        kept["redacts"] = target
    return kept


def is_event(value: object) -> bool:
    """Tell whether `value` can be an event's id: it becomes part of the ids of records."""
    try:
        return bool(_id(value, "$"))
    except LookupError:
        return False


def _table(value: Any) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise LookupError


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _id(value: Any, sigil: str) -> str:
    """Read an id of a room, a person or an event. Raises LookupError."""
    fits = isinstance(value, str) and value[:1] == sigil and 1 < len(value) <= 255
    if fits and value.isprintable():
        return str(value)
    raise LookupError


def _token(value: object) -> str:
    """Read a position. Raises LookupError."""
    text = _text(value)
    if 0 < len(text) <= 1000 and text.isascii() and text.isprintable():
        return text
    raise LookupError


def _quoted(value: str) -> str:
    """Spell an id for a path. Raises RefusedError where it can be nobody's."""
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        raise RefusedError("What you want to change is no longer there.") from None
