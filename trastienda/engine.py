"""Sync: what the config declares is pulled, taken and judged, each channel by itself."""

from __future__ import annotations

import contextlib
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from normalizer.said import Said
from store import directory, outbox
from store import triage as kept
from store.database import Database
from store.directory import ChannelSpec, ClientSpec
from store.errors import StoreError
from store.facts import Derived, Facts
from store.views import Health, Tally
from trastienda import exports
from trastienda.config import ChannelConfig, ClientConfig, Config
from trastienda.health import CUT_SHORT
from trastienda.pull import Build, Clock, Crew, Job, Outcome
from trastienda.schedule import MENDED, Pace
from triage.rules import derive


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelReport:
    """What one pass did for one channel. Counts are raw records."""

    client: str
    channel: str
    kind: str
    state: Health
    new: int
    changed: int
    unchanged: int
    requests: int
    seconds: float
    error: Said | None
    notices: tuple[Said, ...] = ()


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def sync(
    config: Config, db: Database, *, build: Build, clock: Clock = utc_now,
    only: tuple[str | None, str | None] = (None, None),
) -> list[ChannelReport]:  # fmt: skip
    """Pull every channel of `only` (client, channel; None is any) once, four at a time.

    What was put off until now comes back first: who works without the screen and without a
    process that stays has nobody else to do it.
    A channel that fails is a report that says so, whatever it was; the others go on.
    Raises StoreError where what is remembered cannot be written: then nothing is believed.
    """
    kept.wake_due(db, clock())
    outbox.recover(db, clock())
    pending = deque(jobs(config, db, clock(), only))
    order = {job.key: place for place, job in enumerate(pending)}
    crew = Crew(db, build, clock)
    outcomes: list[Outcome] = []
    try:
        while pending or crew.busy():
            while pending and crew.free:
                crew.start(pending.popleft())
            for outcome in crew.collect(0.5):
                if outcome.store_error is not None:
                    unwritten(db, outcome, clock())
                    raise outcome.store_error
                settle(db, outcome, Pace(), clock())
                outcomes.append(outcome)
    finally:
        cut_short(db, crew.stop(1.5), clock())
    outcomes.sort(key=lambda outcome: order[outcome.job.key])
    return [report(outcome) for outcome in outcomes]


def jobs(
    config: Config, db: Database, now: datetime,
    only: tuple[str | None, str | None] = (None, None),
) -> Iterator[Job]:  # fmt: skip
    """Write down what the config declares, and yield the channels of `only` to be pulled."""
    keys = directory.declare(db, [_spec(config, one) for one in config.clients], now)
    rules = rules_of(config)
    for client in config.clients:
        for channel in client.channels:
            if only[0] in {None, client.slug} and only[1] in {None, channel.slug}:
                key = keys[client.slug, channel.slug]
                yield Job(channel=channel, key=key, rules=rules, exports=_exports(client, channel))


def _exports(client: ClientConfig, channel: ChannelConfig) -> tuple[Path, ...]:
    """Say where exported chats go that come with a channel's mail: to the same client's."""
    readers = [one for one in client.channels if one.kind == exports.READS and one != channel]
    return tuple(Path(one.told["intake"]) for one in readers if "intake" in one.told)


def _spec(config: Config, client: ClientConfig) -> ClientSpec:
    return ClientSpec(
        slug=client.slug,
        name=client.name,
        color=client.color,
        sla_hours=client.sla_hours,
        identities=(*config.va.identities, *client.identities),
        channels=tuple(
            ChannelSpec(slug=channel.slug, kind=channel.kind, write=channel.write)
            for channel in client.channels
        ),
    )


def rules_of(config: Config) -> Callable[[Facts], Derived]:
    """Give the rules that judge an item, by the wall clock the VA lives by."""
    timezone = config.va.timezone

    def judge(facts: Facts) -> Derived:
        return derive(replace(facts, timezone=timezone))

    return judge


def settle(db: Database, outcome: Outcome, before: Pace, now: datetime) -> tuple[Pace, float]:
    """Write a channel's health; give its pace from now on, and the seconds to its next pull.

    A channel that needs the VA to sign in rests: it has no next pull. One whose config is to be
    mended is looked at now and then, for what is wrong is often not in the file: a variable that
    is not set yet, a program that is not there yet.
    """
    key = outcome.job.key
    tally = Tally(
        new=outcome.new, changed=outcome.changed, unchanged=outcome.unchanged,
        requests=outcome.requests, seconds=outcome.seconds,
    )  # fmt: skip
    if outcome.health is Health.OK:
        pace = before.succeeded(news=bool(outcome.new or outcome.changed))
        delay = pace.delay(random.uniform)
        next_run = now + timedelta(seconds=delay)
        directory.succeeded(db, key, now, next_run, outcome.notices, tally=tally)
        return pace, delay
    pace = before.failed()
    if rests(outcome.health):
        delay = float("inf")
    else:
        config = outcome.health is Health.CONFIG
        delay = MENDED if config else pace.delay(random.uniform, outcome.retry_after)
    again = None if delay == float("inf") else now + timedelta(seconds=delay)
    error = outcome.error or Said("It failed without saying why; it will be tried again.")
    directory.failed(db, key, now, outcome.health, error, again, tally=tally)
    return pace, delay


def rests(health: Health) -> bool:
    """Tell whether it is not tried again by itself: a wrong password would lock the account."""
    return health is Health.SIGN_IN


def cut_short(db: Database, stopped: list[Job], now: datetime) -> None:
    """Say of pulls that were stopped half-way that they were, so that none seems under way."""
    for job in stopped:
        with contextlib.suppress(StoreError):
            directory.failed(db, job.key, now, Health.LATER, CUT_SHORT, now)


def unwritten(db: Database, outcome: Outcome, now: datetime) -> None:
    """Say of a pull that what it brought could not be written, where that little still can be.

    On a full disk it mostly can: what was begun has been undone, and left its room.
    """
    if outcome.error is not None:
        with contextlib.suppress(StoreError):
            directory.failed(db, outcome.job.key, now, Health.LATER, outcome.error, now)


def report(outcome: Outcome) -> ChannelReport:
    """Tell it to whoever asked for the pass."""
    channel = outcome.job.channel
    return ChannelReport(
        client=channel.client,
        channel=channel.slug,
        kind=channel.kind,
        state=outcome.health,
        new=outcome.new,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        requests=outcome.requests,
        seconds=outcome.seconds,
        error=outcome.error,
        notices=outcome.notices,
    )
