"""What happened, in order, for whoever holds a sync token.

By https://developers.asana.com/reference/events: at most 100 events an answer, kept for 24 hours;
the first call and an expired token are answered 412 with a fresh token; events bubble up; one that
is lost is lost for good.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.servers.asana_things import Thing, User, within

KEPT = timedelta(hours=24)
MOST = 100


class StaleError(Exception):
    """The token is missing, unknown or expired; `sync` is a fresh one."""

    def __init__(self, sync: str) -> None:
        super().__init__(sync)
        self.sync = sync


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    user: User | None
    resource: Thing
    action: str
    parent: Thing | None
    field: str
    """Of a change: which field."""

    values: Mapping[str, Thing | None]
    """Of a change that is about other things: new_value, added_value or removed_value."""

    heard: frozenset[str]
    """The gids of what it bubbles up to."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a sync token stands for."""

    resource: str
    user: str
    first: int
    """The number of the first event not yet told."""

    since: datetime
    line: int
    """Tokens that follow from one another are of one line."""

    turn: int


class Feed:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.events: list[Event] = []
        self.lose_every = 0
        """Lose one event in so many; 0: none."""

        self.backward = True
        """Whether a token is still good once a later one of its line was used. The vendor promises
        no more than that the current one is."""

        self._clock = clock
        self._marks: dict[str, Mark] = {}
        self._furthest: dict[int, int] = {}
        self._count = 0
        self._lines = itertools.count()

    def record(
        self,
        user: User | None,
        action: str,
        resource: Thing,
        parent: Thing | None = None,
        field: str = "",
        **values: Thing | None,
    ) -> None:
        self._count += 1
        if self.lose_every and self._count % self.lose_every == 0:
            return
        heard = within(resource) | (within(parent) if parent else frozenset())
        at = self._clock()
        self.events.append(Event(at, user, resource, action, parent, field, values, heard))

    def expire(self) -> None:
        """Let every token that was handed out be too old from now on."""
        self._marks.clear()

    def read(self, resource: str, user: str, token: str) -> tuple[list[Event], str, bool]:
        """Give the events since `token`, the next token, and whether there are more.

        Raises StaleError.
        """
        mark = self._marks.get(token)
        if mark is None or not self._good(mark, resource, user):
            fresh = Mark(resource, user, len(self.events), self._clock(), next(self._lines), 0)
            raise StaleError(self._token(fresh))
        self._furthest[mark.line] = max(mark.turn, self._furthest.get(mark.line, 0))
        forgotten = self._clock() - KEPT
        told: list[Event] = []
        first = mark.first
        while first < len(self.events) and len(told) < MOST:
            event = self.events[first]
            if resource in event.heard and event.at > forgotten:
                told.append(event)
            first += 1
        more = any(resource in event.heard for event in self.events[first:])
        onward = Mark(resource, user, first, self._clock(), mark.line, mark.turn + 1)
        return told, self._token(onward), more

    def _good(self, mark: Mark, resource: str, user: str) -> bool:
        ours = (mark.resource, mark.user) == (resource, user)
        fresh = self._clock() - mark.since < KEPT
        onward = self.backward or mark.turn >= self._furthest.get(mark.line, 0)
        return ours and fresh and onward

    def _token(self, mark: Mark) -> str:
        token = secrets.token_hex(16)
        self._marks[token] = mark
        return token
