"""One pull of a Matrix account: what happened since, what of it did not fit into one answer, and
the history of rooms that are new here.

A gap is read forwards from where we left off, page by page and a batch each, so that it may be cut
anywhere; a history backwards from now, and handed on whole, since what was done to a message lies
after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.base import Batch
from connectors.errors import (
    ConnectorError,
    CursorExpiredError,
    RefusedError,
    UnavailableError,
)
from connectors.matrix_api import Api, Event, Listing, News
from connectors.matrix_cursor import State, digest, dump, mark
from connectors.matrix_raws import Recall, raws_of
from connectors.matrix_room import ALL, Room, choose
from normalizer.raw import Raw
from normalizer.said import Said
from normalizer.text import line

_HOUR: Final = 3600
_DEEPEST: Final = 20
"""Pages of a room's history that are read at first: 2,000 messages."""

_LONGEST: Final = 2_000
"""Pages of a gap that are read in one pull."""

_FAILURES: Final = 2
"""Rooms in a row that may fail before the rest is left for later."""

_AWAITED: Final = frozenset({"missing", "invited", "replaced"})
"""What ends when she comes into a room."""

_TOGETHER: Final = 1_000
"""Records to a batch, where many rooms have news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a pull must know of the channel's settings, and of the time."""

    rooms: Sequence[str]
    oldest: int
    """How far back a history is read, in milliseconds since 1970."""

    now: Callable[[], int]
    """Seconds since 1970."""


class Pull:
    """What one pull knows."""

    def __init__(self, api: Api, state: State, wanted: Wanted, recall: Recall) -> None:
        self._api, self._state, self._wanted, self._recall = api, state, wanted, recall
        self._said = dump(state) if state.since else ""
        self._listing: Listing | None = None
        self._rooms: Mapping[str, Room] = {}
        """The rooms of this client, once they were listed."""

        self._records: list[Raw] = []
        """What goes into the next batch."""

        self._notices: list[Said] = []
        self._refused: set[str] = set()
        self._trouble: ConnectorError | None = None
        self._failed = 0
        self.at = ""
        """The position that was reached."""

    def batches(self) -> Iterator[Batch]:
        """Yield what is new. What fails in one room is raised after the others."""
        state, now = self._state, self._wanted.now()
        wanted = digest(self._wanted.rooms)
        begun = state.since
        due = not state.listed <= now < state.listed + _HOUR
        if not begun or due or state.unread or state.wanted != wanted:
            self._list(now)
            state.wanted = wanted
        if self._listing is not None and not begun:
            state.since = self.at = self._listing.at
        else:
            try:
                news = self._api.news(begun, self.filtered())
            except CursorExpiredError:
                self._forget()
                yield from self.batches()
                return
            self.at = news.at
            woken = {mark(room) for room in news.rooms} & state.empty
            state.empty -= woken
            state.unread = state.unread or bool(woken)
            if self._listing is None and (woken or self._unsettled(news)):
                self._list(now)
            yield from self._heard(news, begun)
        for room in list(state.gaps):
            yield from self._guarded(room, self._gap(room))
        yield from self._histories()
        self._notices += [told(*one) for one in state.standing]
        if self._records or self._notices or dump(state) != self._said:
            yield self._batch()
        if self._trouble is not None:
            raise self._trouble

    def _forget(self) -> None:
        """Begin anew where the homeserver no longer knows where we left off: all is read again, and
        a name still stands for the room that it stood for.
        """
        self._state = State(wanted=self._state.wanted, pins=self._state.pins)
        self._listing, self._records, self._notices = None, [], []

    def filtered(self) -> tuple[str, ...] | None:
        """Name the rooms to ask for; None where any other may become this client's."""
        awaited = {what for what, _ in self._state.standing} & _AWAITED
        if awaited or ALL in self._wanted.rooms:
            return None
        return tuple(sorted(self._state.pins.values()))

    # Which rooms

    def _list(self, now: int) -> None:
        """List all rooms, and see which are this client's now."""
        state = self._state
        self._listing = found = self._api.listing()
        choice = choose(self._wanted.rooms, state.pins, found.rooms, found.invited)
        self._rooms = choice.rooms
        marks = {mark(room) for room in choice.rooms}
        if ALL in self._wanted.rooms:
            self._notices += [
                told("left", line(name, 60))
                for room, name in found.lost.items()
                if mark(room) in state.read
            ]
        state.pins, state.standing = dict(choice.pins), list(choice.standing)
        state.others = {mark(room) for room in found.rooms} - marks
        # What was said in the clear, before a room was encrypted, may not be here yet.
        state.read &= marks | {mark(room) for room in choice.encrypted}
        state.gaps = {room: at for room, at in state.gaps.items() if mark(room) in state.read}
        state.empty &= marks
        state.unread, state.listed = bool(marks - state.read - state.empty), now
        raws = [room.raw() for _, room in sorted(self._rooms.items())]
        named = digest(raw.external_id + raw.meta for raw in raws)
        if named != state.named:
            self._records += [raw for raw in raws if mark(raw.external_id) in state.read]
            state.named = named

    def _unsettled(self, news: News) -> bool:
        """Tell whether other rooms may be this client's now, or be called otherwise."""
        known = self._looked() | self._state.others
        strange = any(mark(room) not in known for room in news.rooms)
        turned = any(
            heard.turned for room, heard in news.rooms.items() if mark(room) in self._state.read
        )
        return bool(strange or turned or news.left or news.invited)

    # What happened in them

    def _heard(self, news: News, begun: str) -> Iterator[Batch]:
        """Take in what happened in the rooms that are read. The position moves with the last of
        it, and where nothing happened it stays: that is no news to be written down.
        """
        state = self._state
        moved = self._listing is not None or bool(self._records)
        for room, heard in news.rooms.items():
            if mark(room) not in state.read:
                continue
            if heard.limited:
                state.gaps.setdefault(room, begun)
                moved = True
            elif room not in state.gaps:
                records = raws_of(room, heard.events, heard.names, self._kept)
                moved = moved or bool(records)
                if len(self._records) + len(records) > _TOGETHER:
                    yield self._batch()
                self._records += records
        if moved:
            state.since = news.at
        if self._records:
            yield self._batch()

    def _gap(self, room: str) -> Iterator[Batch]:
        """Read on from where we left off, up to now."""
        state = self._state
        for _ in range(_LONGEST):
            at = state.gaps[room]
            page = self._api.page(room, "f", at)
            self._records += raws_of(room, page.events, page.names, self._kept)
            if page.end in {"", at}:
                del state.gaps[room]
            else:
                state.gaps[room] = page.end
            if self._records or room not in state.gaps:
                yield self._batch()
            if room not in state.gaps:
                return

    def _histories(self) -> Iterator[Batch]:
        """Read the history of the rooms that are new here."""
        state = self._state
        if not state.unread or self._listing is None:
            return
        left = [room for room in self._rooms.values() if mark(room.id) not in self._looked()]
        for room in left:
            yield from self._guarded(room.id, self._history(room))
        # Asked for again once the rooms are listed again; till then she is told so.
        state.standing += [
            ("refused", line(room.name, 60)) for room in left if room.id in self._refused
        ]
        state.unread = any(
            mark(room.id) not in self._looked() for room in left if room.id not in self._refused
        )

    def _looked(self) -> set[str]:
        return self._state.read | self._state.empty

    def _history(self, room: Room) -> Iterator[Batch]:
        events: list[Event] = []
        names: dict[str, str] = {}
        at = ""
        for _ in range(_DEEPEST):
            page = self._api.page(room.id, "b", at)
            recent = [one for one in page.events if self._recent(one)]
            events += recent
            names = {**page.names, **names}
            if page.end in {"", at} or (page.events and not recent):
                break
            at = page.end
        records = raws_of(room.id, events[::-1], names, self._kept)
        if all(raw.payload is None for raw in records):
            self._state.empty.add(mark(room.id))
            return
        self._records += [room.raw(), *records]
        self._state.read.add(mark(room.id))
        yield self._batch()

    def _recent(self, event: Event) -> bool:
        """Tell whether an event is not too old to be read: bridges bring old ones late."""
        at = event["origin_server_ts"]
        return not isinstance(at, int) or at >= self._wanted.oldest

    def _guarded(self, room: str, parts: Iterator[Batch]) -> Iterator[Batch]:
        """Let one room fail alone; where several do in a row, the rest is left for later."""
        try:
            yield from parts
            self._failed = 0
        except RefusedError:
            self._refused.add(room)
            if room in self._state.gaps:
                self._notices.append(told("refused", line(self._name(room), 60)))
        except UnavailableError as error:
            self._failed += 1
            if self._failed == _FAILURES or error.retry_after is not None:
                raise
            self._trouble = self._trouble or error

    def _name(self, room: str) -> str:
        """Call a room by its name, as far as this pull knows it."""
        if room in self._rooms:
            return self._rooms[room].name
        return next((entry for entry, one in self._state.pins.items() if one == room), room)

    def _kept(self, prefix: str) -> Iterator[Raw]:
        """Look up what is kept, and what this pull is about to hand on."""
        yield from (raw for raw in self._records if raw.external_id.startswith(prefix))
        yield from self._recall(prefix)

    def _batch(self) -> Batch:
        """Hand on what was gathered."""
        records, self._records = tuple(self._records), []
        notices, self._notices = tuple(self._notices), []
        self._said = dump(self._state)
        return Batch(records, self._said, notices=notices)


def told(what: str, room: str) -> Said:
    """Say why a room is not read, and what to do about it."""
    about = (("room", room),)
    return {
        "encrypted": Said(
            "What is said in encrypted rooms is not shown here: {room}. Turn encryption off in the"
            " bridge that made them; else read them in your Matrix app.",
            about,
        ),
        "missing": Said("There is no room {room} in this Matrix account.", about),
        "ambiguous": Said(
            "Several rooms are called {room}, and none of them is read. Name the right one by its"
            " id, which your app shows in the room's settings.",
            about,
        ),
        "left": Said(
            "You are no longer in the room {room}. What was fetched from it stays here as it was;"
            " nothing was closed.",
            about,
        ),
        "lost": Said(
            "You are no longer in the room {room}. What was fetched from it stays here as it was;"
            " nothing was closed. If this client has another room now, name that by its id.",
            about,
        ),
        "invited": Said(
            "You are invited to the room {room}. Accept in your Matrix app, and it is read here.",
            about,
        ),
        "replaced": Said(
            "The room {room} was closed for a new one. Join that in your Matrix app, and it is"
            " read here. If you are in a still newer one, name that by its id.",
            about,
        ),
        "disputed": Said(
            "The room {room} says that it was closed for another one, which knows nothing of it"
            " and is not read. If that is this client's too, name it by its id.",
            about,
        ),
    }.get(
        what,
        Said(
            "The homeserver does not let us read the room {room} now. What was fetched from it"
            " stays here as it was; nothing was closed.",
            about,
        ),
    )
