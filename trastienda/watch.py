"""`sync --watch`: the one process of a home that keeps everything fresh, for as long as it runs.

APScheduler only ticks. What is due is counted on the monotonic clock, so that a clock set
back or forward moves nothing; what the VA reads in the store is wall-clock time.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from normalizer.said import SaidError
from store import directory, outbox
from store import triage as kept
from store.database import Database
from store.directory import ChannelKey
from store.errors import ReplacedError, StoreError
from store.reader import Reader
from store.views import Health
from trastienda.config import Config
from trastienda.engine import cut_short, jobs, rests, settle, unwritten, utc_now
from trastienda.listen import Listener
from trastienda.pull import Build, Clock, Crew, Job, Outcome
from trastienda.schedule import FIRST_RETRY, Pace

log = logging.getLogger(__name__)

TICK = 0.5
"""Seconds between looks at what is due and what was asked for."""

WAKE = 60
"""Seconds between looks at what was put off until now."""

CALM = 5.0
"""Seconds between two pulls of a channel, however often its server calls."""

JUMP = 5.0
"""Seconds by which the clock must leave the monotonic one to count as set, or as a suspend."""

STOP = 1.5
"""Seconds that stopping may take."""


@dataclass(slots=True)
class _Channel:
    job: Job
    due: float
    """On the monotonic clock; infinity while it rests or runs."""

    pace: Pace = field(default_factory=Pace)
    health: Health = Health.NEVER
    began: float = float("-inf")
    listener: Listener | None = None


class _Engine:
    """What one engine knows. All of it runs in the scheduler's one thread, but the listeners."""

    def __init__(
        self, config: Config, db: Database, *, build: Build, stop: threading.Event,
        reload: Callable[[], Config | None], clock: Clock,
    ) -> None:  # fmt: skip
        self._db, self._build, self._stop = db, build, stop
        self._reload, self._clock = reload, clock
        self._crew = Crew(db, build, clock)
        self._channels: dict[ChannelKey, _Channel] = {}
        self._called: queue.SimpleQueue[ChannelKey] = queue.SimpleQueue()
        self._resumed = threading.Event()
        self._turn = threading.Lock()
        self._reader: Reader | None = None
        self._version = -1
        self._asked: frozenset[ChannelKey] = frozenset()
        self._to_send: dict[ChannelKey, datetime] = {}
        self._trouble = ""
        self._untaken: Config | None = None
        """A changed config that is still to be taken up."""
        self.end: ReplacedError | None = None
        """Why there is nothing left to keep fresh."""
        outbox.recover(db, clock())
        self._declare(config)

    def resume(self) -> None:
        """Pull everything that does not rest: nobody knows how long we slept."""
        self._resumed.set()

    def tick(self) -> None:
        """Do what is due. Never raises: a database in trouble is tried again."""
        with self._turn, self._guarded():
            if self._stop.is_set():
                return
            self._settle_done()
            self._notice()
            for channel in sorted(self._channels.values(), key=lambda channel: channel.due):
                if channel.due > time.monotonic() or not self._crew.free:
                    break
                if not self._crew.busy(channel.job.key):
                    channel.due, channel.began = float("inf"), time.monotonic()
                    self._crew.start(channel.job)

    def wake(self) -> None:
        """Bring back what was put off until now."""
        with self._turn, self._guarded():
            kept.wake_due(self._db, self._clock())

    def stop(self) -> None:
        """Give up what is under way, and say so where the VA reads it."""
        self._stop.set()
        for channel in self._channels.values():
            if channel.listener is not None:
                channel.listener.end()
        held = self._turn.acquire(timeout=STOP)
        cut_short(self._db, self._crew.stop(STOP), self._clock())
        if held:
            self._turn.release()

    def _declare(self, config: Config) -> None:
        """Take up the config: channels that are new, gone, or mended."""
        now = self._clock()
        declared = {job.key: job for job in jobs(config, self._db, now)}
        for key, channel in list(self._channels.items()):
            self._crew.forget(key)
            if channel.listener is not None:
                channel.listener.end()
                channel.listener = None
            if key not in declared:
                del self._channels[key]
        for key, job in declared.items():
            known = self._channels.setdefault(key, _Channel(job, due=0.0))
            known.job, known.due = job, time.monotonic()

    def _settle_done(self) -> None:
        trouble: StoreError | None = None
        for outcome in self._crew.collect():
            channel = self._channels.get(outcome.job.key)
            if channel is None:
                continue
            try:
                self._settle(channel, outcome)
            except StoreError as error:
                trouble = trouble or error
        if trouble is not None:
            raise trouble

    def _settle(self, channel: _Channel, outcome: Outcome) -> None:
        # Should writing fail, it is tried again all the same.
        asked_meanwhile, channel.due = channel.due, time.monotonic() + FIRST_RETRY
        if outcome.store_error is not None:
            unwritten(self._db, outcome, self._clock())
            raise outcome.store_error
        channel.pace, delay = settle(self._db, outcome, channel.pace, self._clock())
        channel.due = min(asked_meanwhile, time.monotonic() + delay)
        self._log_health(channel, outcome)
        channel.health = outcome.health
        if outcome.health is Health.OK:
            if channel.listener is None:
                channel.listener = Listener(channel.job, self._build, self._called)
        elif channel.listener is not None:
            channel.listener.end()
            channel.listener = None

    def _notice(self) -> None:
        """See what was asked for: by the VA, a changed config, a server, or a clock."""
        now = time.monotonic()
        config = self._reload()
        if config is not None:
            log.info("the config has changed")
            self._untaken = config
        if self._untaken is not None:
            self._declare(self._untaken)
            self._untaken = None
        for key in (*self._newly_asked(), *self._ready_to_send()):
            if key in self._channels:
                self._channels[key].due = now
        with contextlib.suppress(queue.Empty):
            while True:
                channel = self._channels.get(self._called.get_nowait())
                if channel is not None and channel.health is Health.OK:
                    channel.due = min(channel.due, max(now, channel.began + CALM))
        if self._resumed.is_set():
            self._resumed.clear()
            for channel in self._channels.values():
                if not rests(channel.health):
                    channel.due = min(channel.due, now)

    def _newly_asked(self) -> frozenset[ChannelKey]:
        """Give what was asked for since the last look."""
        if self._reader is None:
            self._reader = Reader(self._db.target)
        version = self._reader.version()
        if version == self._version:
            return frozenset()
        asked = frozenset(directory.asked(self._db))
        new, self._asked, self._version = asked - self._asked, asked, version
        self._to_send = outbox.due(self._db, self._clock())
        return new

    def _ready_to_send(self) -> list[ChannelKey]:
        """Give the channels whose next write may go now: each once, till something changes. One
        that fails keeps to its own pace.
        """
        now = self._clock()
        ready = [
            key for key, when in self._to_send.items() if when <= now and not self._crew.busy(key)
        ]
        for key in ready:
            del self._to_send[key]
        there = self._channels
        return [key for key in ready if key in there and there[key].health is Health.OK]

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except ReplacedError as error:
            self.end = error
            self._stop.set()
        except SaidError as error:
            self._log_trouble(str(error))
        except Exception:  # a fault of ours must not end what keeps the rest fresh
            if self._trouble != _FAULT:
                log.exception(_FAULT)
            self._trouble = _FAULT
        else:
            self._log_trouble("")

    def _log_trouble(self, trouble: str) -> None:
        """Log a trouble of the engine's own once when it begins and once when it ends."""
        if trouble != self._trouble:
            log.log(*(logging.ERROR, trouble) if trouble else (logging.INFO, "well again"))
        self._trouble = trouble

    @staticmethod
    def _log_health(channel: _Channel, outcome: Outcome) -> None:
        """Log a channel's trouble once when it begins and once when it ends."""
        name = f"{channel.job.channel.client}/{channel.job.channel.slug}"
        before, now = channel.health, outcome.health
        if now is Health.OK and before not in {Health.OK, Health.NEVER}:
            log.info("%s: well again", name)
        elif now is not Health.OK and now is not before:
            log.warning("%s: %s: %s", name, now.value, outcome.error and outcome.error.text())


_FAULT = "the engine met a fault of its own"


def watch(
    config: Config, db: Database, *, build: Build, stop: threading.Event,
    reload: Callable[[], Config | None], clock: Clock = utc_now,
) -> None:  # fmt: skip
    """Keep everything fresh until `stop` is set; then be gone within two seconds.

    `reload` gives the config anew where it has changed, else None.
    Raises StoreError where the database cannot be used to begin with, and ReplacedError once its
    file is not there any more: all that is fetched from then on would be lost.
    """
    engine = _Engine(config, db, build=build, stop=stop, reload=reload, clock=clock)
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # a late tick is no news
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=UTC,
    )
    ticks = [
        scheduler.add_job(engine.tick, "interval", seconds=TICK, next_run_time=datetime.now(UTC)),
        scheduler.add_job(engine.wake, "interval", seconds=WAKE, next_run_time=datetime.now(UTC)),
    ]
    scheduler.start()
    try:
        lead = time.time() - time.monotonic()
        while not stop.wait(1.0):
            drift, lead = time.time() - time.monotonic() - lead, time.time() - time.monotonic()
            if abs(drift) > JUMP:
                # The scheduler sleeps by the wall clock: set back an hour, it would sleep one.
                for tick in ticks:
                    tick.modify(next_run_time=datetime.now(UTC))
                engine.resume()
    finally:
        scheduler.shutdown(wait=False)
        engine.stop()
    if engine.end is not None:
        log.error("%s", engine.end)
        raise engine.end
