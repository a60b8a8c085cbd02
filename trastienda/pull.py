"""One pull of one channel, in a thread of its own that can be given up.

Nothing that happens in here reaches another channel: whatever a connector raises becomes an
`Outcome`, and a connector that hangs is left behind without its say.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from connectors.base import Batch, Connector, Cursor, Opener, Recaller
from connectors.errors import (
    AuthError,
    ConfigError,
    ConnectorError,
    CursorExpiredError,
    UnavailableError,
)
from connectors.threads import begun
from normalizer.raw import Census, Raw
from normalizer.said import Said
from store import directory, intake, outbox, raws
from store.database import Database
from store.directory import ChannelKey
from store.errors import StoreError
from store.facts import Derived, Facts
from store.views import Health
from trastienda import exports, push
from trastienda.ahead import Ahead
from trastienda.config import ChannelConfig
from trastienda.redact import redacted

log = logging.getLogger(__name__)

STALL = 150.0
"""Seconds without a batch after which a pull counts as hung; connectors time out well before."""

RATE = 16_384
"""Bytes a second that files may leave at: what is slower counts as hung."""

LONGEST = 3600.0
"""Seconds that any pull may take. The next one goes on from its last batch."""

WRITTEN = 5.0
"""Seconds for what is being written when a pull is given up to be so."""

DYING = timedelta(seconds=60)
"""How long what was given up may still reach a server; no request takes longer."""

SEATS = 4
"""Pulls at once."""

Build = Callable[[ChannelConfig], Connector]
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A channel to pull, as the config and the store know it."""

    channel: ChannelConfig
    key: ChannelKey
    rules: Callable[[Facts], Derived]
    exports: tuple[Path, ...] = ()
    """Where exported chats go that come with this channel's mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a pull went. What it took before it failed stays taken."""

    job: Job
    health: Health
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    requests: int = 0
    seconds: float = 0.0
    error: Said | None = None
    notices: tuple[Said, ...] = ()
    retry_after: timedelta | None = None
    store_error: StoreError | None = None
    """Not the channel's fault: what is remembered cannot be written."""


class _GivenUpError(Exception):
    """Nobody waits for this pull any more."""


class Attempt:
    """A pull under way."""

    def __init__(
        self, job: Job, db: Database, build: Build, clock: Clock, connector: Connector | None
    ) -> None:
        self.job = job
        self.connector = connector
        self.thread: threading.Thread | None = None
        self._db, self._build, self._clock = db, build, clock
        self._ahead: Ahead | None = None
        self._gate = threading.Lock()
        self._given_up = False
        self._began = self._moved = time.monotonic()
        self._new = self._changed = self._unchanged = 0
        self._notices: list[Said] = []

    def overdue(self) -> bool:
        """Tell whether it has shown no sign of life for too long."""
        now = time.monotonic()
        return now - self._moved > STALL or now - self._began > LONGEST

    def give_up(self, seconds: float) -> None:
        """Let it write nothing more, and pull its connection from under it.

        What is being written at this moment may end first, for at most `seconds`.
        """
        held = self._gate.acquire(timeout=seconds)
        self._given_up = True
        if held:
            self._gate.release()
        if self._ahead is not None:
            self._ahead.close()
        if self.connector is not None:
            let_go(self.connector)
        # What it was sending may still arrive: a request outlives its connection for a moment.
        with contextlib.suppress(StoreError):
            outbox.doubt(self._db, self._clock() + DYING, self.job.key)

    def run(self) -> Outcome:
        """Pull until the end, and say how it went. Never raises."""
        asked_before = self._requests()
        try:
            return self._run(asked_before)
        except BaseException:  # an error of a stranger's that cannot even say what it is
            log.exception("%s/%s: bug", self.job.channel.client, self.job.channel.slug)
            return self.outcome(Health.BROKEN, _BUG)

    def _run(self, asked_before: int) -> Outcome:
        health, error, retry_after, store_error = Health.OK, None, None, None
        try:
            self._pull()
        except StoreError as caught:
            health, error, store_error = Health.LATER, caught.said, caught
        except AuthError as caught:
            health, error = Health.SIGN_IN, caught.said
        except ConfigError as caught:
            health, error = Health.CONFIG, caught.said
        except UnavailableError as caught:
            health, error, wished = Health.LATER, caught.said, caught.retry_after
            retry_after = wished if isinstance(wished, timedelta) else None
        except ConnectorError as caught:
            health, error = Health.LATER, caught.said
        except BaseException:  # a bug of one connector, even sys.exit, stops no other channel
            if not self._given_up:
                log.exception("%s/%s: bug", self.job.channel.client, self.job.channel.slug)
            health, error = Health.BROKEN, _BUG
        return self.outcome(
            health, error, retry_after=retry_after, store_error=store_error,
            requests=self._requests() - asked_before,
        )  # fmt: skip

    def outcome(
        self, health: Health, error: Said | None, *, retry_after: timedelta | None = None,
        store_error: StoreError | None = None, requests: int = 0,
    ) -> Outcome:  # fmt: skip
        """Sum up what has happened so far."""
        return Outcome(
            job=self.job,
            health=health,
            new=self._new,
            changed=self._changed,
            unchanged=self._unchanged,
            requests=max(0, requests),
            seconds=round(time.monotonic() - self._began, 3),
            error=None if error is None else redacted(error),
            notices=tuple(map(redacted, self._notices)),
            retry_after=retry_after,
            store_error=store_error,
        )

    def _pull(self) -> None:
        db, key = self._db, self.job.key
        with self._writing():
            directory.started(db, key, self._clock())
        if self.connector is None:
            self.connector = self._build(self.job.channel)
        if isinstance(self.connector, Recaller):
            self.connector.recall(partial(raws.recall, db, key))
        with self._writing():
            directory.remember_writes(
                db, key, push.writes(self.connector), push.senders(self.connector),
                push.completes(self.connector),
            )  # fmt: skip
        self._push(self.connector, adding=True)
        cursor = directory.cursor(db, key)
        if cursor is None:
            # Who she is there decides what is hers in all that follows.
            handles = self.connector.check().handles
            with self._writing():
                directory.remember_identities(db, key, handles)
        identities = directory.identities(db, key)
        self._put_through_again(self.connector, identities)
        try:
            self._take_all(self.connector, cursor, identities)
        except CursorExpiredError:
            log.info("%s/%s: whole pull", self.job.channel.client, self.job.channel.slug)
            with self._writing():
                directory.forget_cursor(db, key)
            self._take_all(self.connector, None, identities)
        if self._push(self.connector):
            self._take_all(self.connector, directory.cursor(db, key), identities)
        if self.job.exports and isinstance(self.connector, Opener):
            self._gather(self.connector)
        if held := directory.held(db, key):
            self._notices.append(
                Said(
                    "{n} entries seem to have vanished at once over there. That is not believed:"
                    " they stay here as they are. Look whether the right account is connected.",
                    (("n", held),),
                )
            )

    def _push(self, connector: Connector, *, adding: bool = False) -> int:
        return push.drain(
            self._db, self.job.key, self.job.channel, connector, writing=self._writing,
            clock=self._clock, adding=adding, carrying=self._carrying,
        )  # fmt: skip

    def _carrying(self, size: int) -> None:
        """Take it for alive as long as files may take, which leave twice, a third larger: with the
        mail, and with its copy.
        """
        self._moved = time.monotonic() + 2 * 4 / 3 * size / RATE

    def _put_through_again(self, connector: Connector, identities: frozenset[str]) -> None:
        """Put all that is kept in better words, where the connector has them since."""
        version = getattr(connector, "version", 1)
        if (directory.mapping(self._db, self.job.key) or 0) >= version:
            return
        pages = intake.renormalise(
            self._db, self.job.key, normalise=connector.normalise, rules=self.job.rules,
            identities=identities, now=self._clock(),
        )  # fmt: skip
        going = True
        while going:
            with self._writing():
                going = next(pages, None) is not None
        with self._writing():
            directory.mapped(self._db, self.job.key, version)

    def _gather(self, connector: Opener) -> None:
        """Fetch the exported chats that came by mail. The mail itself is here already."""
        steps = exports.gather(self._db, self.job.key, connector, self.job.exports)
        try:
            for _ in steps:
                with self._writing():
                    pass
        except OSError as error:
            reason = error.strerror or type(error).__name__
            said = Said("An exported chat could not be written ({reason}).", (("reason", reason),))
            self._notices.append(said)

    def _take_all(
        self, connector: Connector, cursor: str | None, identities: frozenset[str]
    ) -> None:
        take = partial(self._take, identities)
        with Ahead(take, connector.normalise, first=cursor is None) as self._ahead:
            for batch in connector.pull(None if cursor is None else Cursor(cursor)):
                self._ahead.put(_sound(batch))

    def _take(
        self, identities: frozenset[str], batch: Batch, normalise: intake.Normalise
    ) -> intake.Taken:
        with self._writing():
            taken = intake.take(
                self._db,
                self.job.key,
                records=batch.records,
                cursor=batch.cursor,
                census=batch.census,
                normalise=normalise,
                rules=self.job.rules,
                identities=identities,
                now=self._clock(),
            )
        self._new += taken.new
        self._changed += taken.changed
        self._unchanged += taken.unchanged
        self._notices += batch.notices
        return taken

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Write while still wanted: once given up, nothing more is."""
        with self._gate:
            if self._given_up:
                raise _GivenUpError
            yield
        self._moved = time.monotonic()

    def _requests(self) -> int:
        try:
            count = getattr(self.connector, "requests", 0)
        except BaseException:  # noqa: BLE001 - a connector that cannot count may still fetch
            return 0
        return count if isinstance(count, int) else 0


def _sound(batch: object) -> Batch:
    """Take what a connector yields for a batch. Raises TypeError where it is none: it may be
    anybody's, and what it says goes into the database and onto the screen.
    """
    if isinstance(batch, Batch):
        parts: list[tuple[Iterable[object], type]] = [
            ((batch.cursor,), str),
            (batch.records, Raw),
            (batch.census, Census),
            (batch.notices, Said),
        ]
        if all(isinstance(one, kind) for ones, kind in parts for one in ones):
            return batch
    raise TypeError("a connector yielded what is no batch")


def let_go(connector: Connector) -> None:
    """Close it without waiting: closing may hang like all else of a connector that hangs."""

    def close() -> None:
        with contextlib.suppress(BaseException):
            connector.close()

    begun(close, "close")


_BUG = Said(
    "This channel met a fault in Trastienda itself; the others go on, and nothing was lost. "
    "The details are in the log: “trastienda check” says where."
)
_HUNG = Said(
    "The other side stopped answering half-way and was cut off. Nothing was lost; it will be "
    "tried again."
)


class Crew:
    """Up to four pulls at once, each watched. Used from one thread."""

    def __init__(self, db: Database, build: Build, clock: Clock) -> None:
        self._db, self._build, self._clock = db, build, clock
        self._active: dict[ChannelKey, Attempt] = {}
        self._lost: dict[ChannelKey, list[threading.Thread]] = {}
        self._connectors: dict[ChannelKey, Connector] = {}
        self._done: queue.SimpleQueue[tuple[Attempt, Outcome]] = queue.SimpleQueue()

    @property
    def free(self) -> bool:
        """Tell whether one more pull may start."""
        return len(self._active) < SEATS

    def busy(self, key: ChannelKey | None = None) -> bool:
        """Tell whether a pull of `key`, or any, is under way."""
        return bool(self._active) if key is None else key in self._active

    def start(self, job: Job) -> None:
        """Begin a pull; its outcome comes out of `collect`."""
        attempt = Attempt(
            job, self._db, self._build, self._clock, self._connectors.pop(job.key, None)
        )
        self._active[job.key] = attempt
        lost = [thread for thread in self._lost.get(job.key, []) if thread.is_alive()]
        self._lost[job.key] = lost
        if len(lost) >= _MOST_LOST:
            self._done.put((attempt, attempt.outcome(Health.LATER, _HUNG)))
            return
        attempt.thread = begun(partial(self._run, attempt), f"pull {job.key.channel_id}")

    def _run(self, attempt: Attempt) -> None:
        self._done.put((attempt, attempt.run()))

    def collect(self, seconds: float = 0.0) -> list[Outcome]:
        """Give the outcomes there are, waiting up to `seconds` for a first one.

        A pull that hangs is given up here, and its seat goes to the next.
        """
        outcomes = []
        with contextlib.suppress(queue.Empty):
            while True:
                attempt, outcome = self._done.get(timeout=seconds) if seconds else (
                    self._done.get_nowait()
                )  # fmt: skip
                seconds = 0.0
                key = attempt.job.key
                if self._active.get(key) is attempt:
                    del self._active[key]
                    outcomes.append(outcome)
                    self._keep(attempt, outcome)
        for key, attempt in list(self._active.items()):
            if attempt.overdue():
                attempt.give_up(WRITTEN)
                del self._active[key]
                if attempt.thread is not None:
                    self._lost.setdefault(key, []).append(attempt.thread)
                outcomes.append(attempt.outcome(Health.LATER, _HUNG))
        return outcomes

    def _keep(self, attempt: Attempt, outcome: Outcome) -> None:
        """Hold on to a connection that works; let go of one that may not."""
        if attempt.connector is None:
            return
        if outcome.health is Health.OK:
            self._connectors[attempt.job.key] = attempt.connector
        else:
            attempt.give_up(WRITTEN)

    def forget(self, key: ChannelKey) -> None:
        """Let go of a channel's connection, so that the next pull is built from the config."""
        connector = self._connectors.pop(key, None)
        if connector is not None:
            let_go(connector)

    def stop(self, seconds: float) -> list[Job]:
        """Give up everything within `seconds`; say which pulls were cut short."""
        deadline = time.monotonic() + seconds
        cut = list(self._active.values())
        for attempt in cut:
            attempt.give_up(max(0.0, deadline - time.monotonic()))
        for key in list(self._connectors):
            self.forget(key)
        for attempt in cut:
            if attempt.thread is not None:
                attempt.thread.join(max(0.0, deadline - time.monotonic()))
        self._active.clear()
        return [attempt.job for attempt in cut]


_MOST_LOST = 3
"""Threads of one channel that may hang for ever before it is no longer tried."""
