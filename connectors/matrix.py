"""Matrix: the rooms of one account that are this client's, and through bridges what is said in
WhatsApp, Signal, Telegram and others.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ClassVar, Final
from uuid import UUID

from connectors import matrix_write
from connectors.base import Account, Batch, Cursor, Kept, Receipt, Secret
from connectors.errors import ConfigError, RefusedError
from connectors.http import Http, Timing, by_token
from connectors.http_limits import Limits, Rate
from connectors.http_rules import HttpConfig
from connectors.matrix_api import Api, level
from connectors.matrix_cursor import load
from connectors.matrix_pull import Pull, Wanted, told
from connectors.matrix_room import ALL, choose, entry_of
from connectors.since import first_day
from connectors.writing import may
from normalizer import versions
from normalizer.actions import Action
from normalizer.model import Record, Ref
from normalizer.raw import Raw
from normalizer.said import Said
from normalizer.text import NAME, line

_PATIENT: Final = Timing()
_RATE: Final = Rate("token", 600, 60.0, 100)
"""Requests to a homeserver: none says how many it takes."""

_SLICE: Final = 15.0
"""Seconds that one question for news may stay open: half of what a request may take."""

_MEDIA: Final = re.compile(r"([A-Za-z0-9.\-:\[\]]{1,255})/([A-Za-z0-9_\-]{1,255})")


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixConfig(HttpConfig):
    """The rooms of one Matrix account that belong to one client."""

    token: Secret
    """The access token of a session of hers."""

    rooms: tuple[str, ...]
    """The rooms to read: by name, by address ("#…") or by id ("!…"); "*" is all of them."""

    since: str = "90d"
    """How far back to begin: days, weeks, months or years ("90d", "12w", "6m", "1y"), a date
    ("2026-01-31"), or "all"; 2,000 messages a room at most."""

    def __post_init__(self) -> None:
        HttpConfig.__post_init__(self)
        if not any(one.strip() for one in self.rooms):
            raise ConfigError(
                "{key} must name the rooms of this client, as your Matrix app shows them.",
                key="rooms",
            )


class MatrixConnector:
    """One account. Holds its connection, and what it pushed, between calls."""

    kind: ClassVar[str] = "matrix"
    version: ClassVar[int] = versions.MATRIX
    Config: ClassVar[type[MatrixConfig]] = MatrixConfig
    writes: ClassVar[frozenset[type[Action]]] = matrix_write.WRITES

    def __init__(
        self,
        config: MatrixConfig,
        *,
        limits: Limits | None = None,
        timing: Timing = _PATIENT,
        today: Callable[[], date] = date.today,
    ) -> None:
        """`today`: what the setting `since` counts from."""
        self._config, self._limits, self._timing, self._today = config, limits, timing, today
        self._http: Http | None = None
        self._kept: Kept | None = None
        self._heard: tuple[str, tuple[str, ...] | None] | None = None
        """The position that was reached last, and the rooms that count."""

        self._quiet: tuple[Cursor | None, str] = (None, "")
        """A cursor, and the position up to which nothing was new after it."""

        self._done: dict[UUID, Receipt] = {}

    @property
    def requests(self) -> int:
        """HTTP requests sent so far."""
        return self._http.requests if self._http else 0

    def check(self) -> Account:
        """Sign in and name the rooms that will be read. Accepts no invitation."""
        first_day(self._config.since, self._today())
        api = self._api()
        me = api.me()
        name, found = api.display_name(me), api.listing()
        choice = choose(self._config.rooms, {}, found.rooms, found.invited)
        for what, room in choice.standing:
            if what == "missing":
                raise ConfigError(
                    "There is no room {room} in this Matrix account. There are: {rooms}.",
                    room=room,
                    rooms=", ".join(
                        line(entry_of(one), 60) for one in list(found.rooms.values())[:20]
                    )
                    or "—",
                )
        rights = [may(self._config.write)]
        if ALL in self._config.rooms:
            rights.append(
                Said(
                    "All rooms of this account count as this client's. If others' are among them,"
                    " name this client's rooms."
                )
            )
        rights += [told(*one) for one in choice.standing]
        return Account(
            name=line(f"{name} ({me})" if name else me, NAME),
            handles=frozenset({line(me, NAME).lower()}),
            places=tuple(sorted(line(one.name, 60) for one in choice.rooms.values())),
            rights=tuple(rights),
        )

    def recall(self, kept: Kept) -> None:
        """Be told how to look up what is kept: what a redacted event was only that tells."""
        self._kept = kept

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield what happened in the rooms; of a room that is new here, its history."""
        state = load(cursor)
        oldest = first_day(self._config.since, self._today())
        at = datetime.fromisoformat(oldest).replace(tzinfo=UTC).timestamp() if oldest else 0.0
        wanted = Wanted(
            rooms=self._config.rooms,
            oldest=int(at * 1000),
            now=lambda: int(self._timing.now().timestamp()),
        )
        if cursor == self._quiet[0]:
            # Asked the same again, a homeserver may answer the same again for two minutes.
            state.since = self._quiet[1] or state.since
        pull = Pull(self._api(), state, wanted, self._recalled)
        for batch in pull.batches():
            cursor = batch.cursor
            yield batch
        self._heard, self._quiet = (pull.at, pull.filtered()), (cursor, pull.at)

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Wait for something to happen in the rooms, by a question that stays open.

        What happened since the last pull, or the last wait, through this connection is told at
        once, and once: whoever waits may pull through another one.
        """
        until = time.monotonic() + seconds
        api = self._api()
        longest = min(_SLICE, self._timing.deadline / 2)
        if self._heard is None and not stop.is_set():
            found = api.listing()
            choice = choose(self._config.rooms, {}, found.rooms, found.invited)
            rooms = None if ALL in self._config.rooms else tuple(choice.pins.values())
            self._heard = (found.at, rooms)
        while self._heard is not None and not stop.is_set():
            at, rooms = self._heard
            left = max(until - time.monotonic(), 0.0)
            news = api.news(at, rooms, int(min(left, longest) * 1000))
            self._heard = (news.at, rooms)
            if news.any:
                return True
            if left <= longest:
                break
        return False

    def open(self, copy: Ref, attachment: str) -> Iterator[bytes]:
        """Yield the bytes of a file; they go through the homeserver, whoever sent it."""
        found = _MEDIA.fullmatch(attachment)
        if copy.stream != "message" or found is None:
            raise RefusedError("The file is no longer there.")
        yield from self._api().download(found[1], found[2])

    def push(self, action: Action) -> Receipt:
        """Carry out `action`; see `matrix_write.push`."""
        api = self._api()
        return matrix_write.push(self._ready(), api, self._config.write, action, self._done)

    def close(self) -> None:
        """Let go of the connection."""
        if self._http is not None:
            self._http.close()

    @staticmethod
    def normalise(raw: Raw) -> Iterable[Record]:
        """Put one record of Matrix's in our words."""
        from normalizer import matrix  # noqa: PLC0415  # not needed to fetch

        return matrix.normalise(raw)

    def _recalled(self, prefix: str) -> Iterable[Raw]:
        return self._kept("message", prefix) if self._kept else ()

    def _api(self) -> Api:
        return Api(self._ready())

    def _ready(self) -> Http:
        if self._http is None:
            self._http = by_token(
                self._config,
                self._config.token,
                rate=_RATE,
                level=level,
                limits=self._limits,
                timing=self._timing,
            )
        return self._http
