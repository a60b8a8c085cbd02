"""The engine that keeps everything fresh: what it notices, what it survives, how it ends."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, ClassVar

import pytest
from apscheduler.schedulers import base

from connectors.base import Account, Connector, Write
from connectors.errors import AuthError, ConfigError, UnavailableError
from connectors.memory import MemoryConfig, MemoryConnector, MemoryTool
from normalizer.actions import Comment
from normalizer.model import Ref
from normalizer.raw import Raw
from store import directory, driver
from store.codes import OUTGOING
from store.database import Database, open_database
from store.directory import ChannelKey
from store.errors import ReplacedError
from store.outbox import Letter
from store.reader import Reader
from store.triage import send
from store.views import ChannelView, Health, Lane, Outgoing
from tests.store.mailbox import rows
from trastienda import engine, pull, schedule, watch
from trastienda.config import ChannelConfig, ClientConfig, Config, DatabaseConfig, VaConfig
from trastienda.engine import utc_now
from trastienda.secrets import Source
from trastienda.settings import Document, Table
from triage import verbs

PATIENT = 30.0


def config_of(*slugs: str, write: Write = "no") -> Config:
    nothing = Table(Document(Path("test"), "", private=True), (), {})
    return Config(
        path=Path("test"),
        va=VaConfig(timezone="UTC"),
        database=DatabaseConfig(),
        clients=tuple(
            ClientConfig(
                slug=slug, name=slug, color="teal",
                channels=(
                    ChannelConfig(
                        client=slug, slug="chat", kind="memory", table=nothing, write=write
                    ),
                ),
            )
            for slug in slugs
        ),
    )  # fmt: skip


def chat(number: int) -> list[Raw]:
    return [
        Raw.of_json("conversation", f"c{number}", {"title": f"Asunto {number}"}),
        Raw.of_json("message", f"m{number}", {
            "about": {"stream": "conversation", "id": f"c{number}"},
            "author": {"name": "Ana", "handle": "ana@client.example"},
            "sent_at": datetime.now(UTC).isoformat(), "text": "¿Cómo va?",
        }),
    ]  # fmt: skip


class Deaf:
    """A memory connector that cannot wait for news, and may hang."""

    kind: ClassVar[str] = "memory"
    Config: ClassVar[type[MemoryConfig]] = MemoryConfig

    @staticmethod
    def normalise(raw: Raw) -> Iterator[Any]:
        return MemoryConnector.normalise(raw)

    def __init__(self, inner: MemoryConnector, hang: threading.Event | None = None) -> None:
        self.inner, self.hang = inner, hang

    def check(self) -> Account:
        return self.inner.check()

    def close(self) -> None:
        self.inner.close()

    def pull(self, cursor: Any) -> Iterator[Any]:
        if self.hang is not None:
            self.hang.wait()
        yield from self.inner.pull(cursor)


class House:
    """Two clients, watched in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.db: Database = open_database(folder / "trastienda.db")
        self.tools = {slug: MemoryTool() for slug in ("ana", "bea", "cloe")}
        self.listens = False
        self.write: Write = "no"
        self.hang: dict[str, threading.Event] = {}
        self.pulls = dict.fromkeys(self.tools, 0)
        self.changed: Config | None = None
        self.stop = threading.Event()
        self.thread: threading.Thread | None = None

    def build(self, channel: ChannelConfig) -> Connector:
        made = MemoryConnector(MemoryConfig(name=channel.client), self.tools[channel.client])
        return made if self.listens else Deaf(made, self.hang.get(channel.client))

    def reload(self) -> Config | None:
        found, self.changed = self.changed, None
        return found

    def start(self, *slugs: str) -> None:
        def run() -> None:
            watch.watch(
                config_of(*slugs, write=self.write),
                self.db,
                build=self.build,
                stop=self.stop,
                reload=self.reload,
            )

        self.thread = threading.Thread(target=run)
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        if self.thread is not None:
            self.thread.join(PATIENT)
            assert not self.thread.is_alive()

    def channels(self) -> dict[str, ChannelView]:
        reader = Reader(self.db.target)
        try:
            return {view.client: view for view in reader.channels()}
        finally:
            reader.close()

    def keys(self, slug: str) -> list[ChannelKey]:
        found = engine.jobs(config_of("ana", write="all"), self.db, datetime.now(UTC))
        return [job.key for job in found if job.channel.client == slug]

    def said(self, slug: str) -> list[str]:
        alive = self.tools[slug].alive()
        return [
            one.raw.json()["text"] for (stream, name), one in alive.items()
            if stream == "message" and name != "m1"
        ]  # fmt: skip

    def health(self, slug: str) -> Health | None:
        view = self.channels().get(slug)
        return view.health if view else None

    def ids(self, slug: str) -> list[int]:
        reader = Reader(self.db.target)
        try:
            return list(reader.ids(client=slug))
        finally:
            reader.close()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENT
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(watch, "TICK", 0.05)
    house = House(tmp_path)
    yield house
    house.end()
    house.db.close()


def test_everything_is_pulled_at_once_and_then_by_the_clock(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "FASTEST", 0.2)
    house.tools["ana"].put(*chat(1))
    house.start("ana", "bea")
    until(lambda: house.ids("ana") and house.health("bea") is Health.OK)


def test_what_she_asks_for_is_done_though_it_is_not_due(house: House) -> None:
    house.start("ana", "bea")
    until(lambda: house.health("ana") is house.health("bea") is Health.OK)
    house.tools["ana"].put(*chat(1))
    house.tools["bea"].put(*chat(1))
    time.sleep(0.3)
    assert not house.ids("ana")
    directory.ask(house.db, datetime.now(UTC), "ana")
    until(lambda: house.ids("ana"))
    assert not house.ids("bea")
    until(lambda: house.health("ana") is Health.OK)
    assert house.channels()["ana"].tally.new == 2


def test_what_she_sends_goes_when_its_window_is_over_though_nothing_else_is_due(
    house: House,
) -> None:
    house.listens, house.write = True, "all"
    house.tools["ana"].put(*chat(1))
    house.start("ana")
    until(lambda: house.ids("ana") and house.health("ana") is Health.OK)
    (key,) = house.keys("ana")
    now = datetime.now(UTC)
    action = Comment(ref=Ref("conversation", "c1"), text="vale")
    letter = Letter(
        key=key, item_id=house.ids("ana")[0], action=action, send_at=now + timedelta(seconds=1)
    )
    send(house.db, [letter], verb="answer", now=now)
    assert not house.said("ana")
    until(lambda: house.said("ana") == ["vale"])
    assert datetime.now(UTC) >= letter.send_at
    until(lambda: OUTGOING[rows(house.db, "outbox")[0].state] is Outgoing.DONE)


def test_a_server_that_calls_is_heard(house: House) -> None:
    house.listens = True
    monkey = pytest.MonkeyPatch()
    monkey.setattr(watch, "CALM", 0.0)
    try:
        house.start("ana")
        until(lambda: house.health("ana") is Health.OK)
        house.tools["ana"].put(*chat(1))
        until(lambda: house.ids("ana"))
    finally:
        monkey.undo()


def test_a_channel_that_needs_her_rests_until_she_asks(house: House) -> None:
    house.tools["ana"].fail(AuthError("refused"))
    house.start("ana")
    until(lambda: house.health("ana") is Health.SIGN_IN)
    house.tools["ana"].mend()
    time.sleep(0.5)
    assert house.health("ana") is Health.SIGN_IN
    directory.ask(house.db, datetime.now(UTC))
    until(lambda: house.health("ana") is Health.OK)


def test_a_secret_that_is_not_to_be_had_now_is_asked_for_again(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(schedule, "FIRST_RETRY", 0.1)
    monkeypatch.setattr(schedule, "CEILING", 0.2)
    store = tmp_path / "unlocked"
    words = ("sh", "-c", f"cat {store}")
    source = Source(kind="command", name="ana/chat/password", command=words)
    make = house.build

    def build(channel: ChannelConfig) -> Connector:
        source.secret().reveal()
        return make(channel)

    monkeypatch.setattr(house, "build", build)
    house.start("ana")
    until(lambda: house.health("ana") is Health.LATER)
    until(lambda: house.channels()["ana"].failures >= 2)
    failed = house.channels()["ana"]
    assert failed.health in {Health.LATER, Health.SYNCING}
    assert failed.error is not None
    assert "failed with exit code 1" in failed.error.text()
    store.write_text("s3cret")
    until(lambda: house.health("ana") is Health.OK)


def test_a_config_that_does_not_fit_is_looked_at_again_now_and_then(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MENDED", 0.3)
    house.tools["ana"].fail(ConfigError("The variable is not set."))
    house.start("ana")
    until(lambda: house.health("ana") is Health.CONFIG)
    assert house.channels()["ana"].next_run is not None
    house.tools["ana"].mend()
    until(lambda: house.health("ana") is Health.OK)


def test_she_may_ask_again_and_again_though_the_clock_was_set_back(house: House) -> None:
    house.tools["ana"].fail(AuthError("refused"))
    house.start("ana")
    until(lambda: house.health("ana") is Health.SIGN_IN)
    for failures in (2, 3):
        directory.ask(house.db, datetime.now(UTC) - timedelta(hours=2))
        until(lambda: house.channels()["ana"].failures == failures)  # noqa: B023 - called here


def test_a_mended_config_wakes_what_rests_and_brings_what_is_new(house: House) -> None:
    house.tools["ana"].fail(AuthError("refused"))
    house.start("ana")
    until(lambda: house.health("ana") is Health.SIGN_IN)
    house.tools["ana"].mend()
    house.changed = config_of("ana", "cloe")
    until(lambda: house.health("ana") is house.health("cloe") is Health.OK)


def test_an_outage_is_logged_once_when_it_begins_and_once_when_it_ends(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(schedule, "FIRST_RETRY", 0.1)
    monkeypatch.setattr(watch, "FIRST_RETRY", 0.1)
    monkeypatch.setattr(schedule, "CEILING", 0.2)
    caplog.set_level(logging.INFO)
    house.start("ana")
    until(lambda: house.health("ana") is Health.OK)
    house.tools["ana"].fail(UnavailableError("{host} is down.", host="ana.example"))
    directory.ask(house.db, datetime.now(UTC))
    until(lambda: house.channels()["ana"].failures >= 4)
    house.tools["ana"].mend()
    until(lambda: house.health("ana") is Health.OK)
    said = [one.getMessage() for one in caplog.records if one.name == "trastienda.watch"]
    assert said == ["ana/chat: later: ana.example is down.", "ana/chat: well again"]


def test_a_channel_that_hangs_costs_the_others_nothing_and_comes_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "STALL", 0.5)
    monkeypatch.setattr(schedule, "FIRST_RETRY", 0.1)
    monkeypatch.setattr(schedule, "CEILING", 0.2)
    monkeypatch.setattr(watch, "FIRST_RETRY", 0.1)
    before = set(threading.enumerate())  # what other tests left hanging
    hang = house.hang["bea"] = threading.Event()
    house.tools["bea"].put(*chat(1))
    house.start("ana", "bea")
    until(lambda: house.health("bea") is Health.LATER)
    house.tools["ana"].put(*chat(1))
    directory.ask(house.db, datetime.now(UTC), "ana")
    until(lambda: house.ids("ana"))
    until(lambda: house.channels()["bea"].failures >= 5)
    new = set(threading.enumerate()) - before
    assert len([one for one in new if one.name.startswith("pull")]) <= 4
    hang.set()
    until(lambda: house.health("bea") is Health.OK)
    assert len(house.ids("bea")) == 1


def test_what_was_put_off_comes_back_by_itself(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "WAKE", 0.1)
    house.tools["ana"].put(*chat(1))
    house.start("ana")
    until(lambda: house.ids("ana"))
    items = house.ids("ana")
    now = datetime.now(UTC)
    verbs.snooze(house.db, items, datetime.fromtimestamp(now.timestamp() + 1, UTC), now)
    assert house.ids("ana") == []
    until(lambda: house.ids("ana") == items)
    reader = Reader(house.db.target)
    assert [row.lane for row in reader.rows(items) if row] == [Lane.INBOX]
    reader.close()


def test_it_ends_at_once_though_a_connector_hangs(house: House) -> None:
    house.hang["ana"] = threading.Event()
    house.start("ana", "bea")
    until(lambda: house.health("ana") is Health.SYNCING and house.health("bea") is Health.OK)
    house.end()
    assert house.health("ana") is Health.LATER
    house.hang["ana"].set()


def test_a_clock_set_back_or_forward_stops_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shift = [0.0]
    real = time.time

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Shifted:
            return cls.fromtimestamp(real() + shift[0], tz)

    monkeypatch.setattr(time, "time", lambda: real() + shift[0])
    monkeypatch.setattr(base, "datetime", Shifted)
    monkeypatch.setattr(watch, "datetime", Shifted)
    house.start("ana")
    until(lambda: house.health("ana") is Health.OK)
    house.tools["ana"].put(*chat(1))
    shift[0] = 3600  # as after a suspend: everything is pulled
    until(lambda: house.ids("ana"))
    house.tools["ana"].put(*chat(2))
    shift[0] = -3600  # a scheduler that sleeps by the wall clock would sleep two hours
    until(lambda: len(house.ids("ana")) == 2)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for another writer gives up soon."""
    monkeypatch.setattr(driver, "_PRAGMAS", ("PRAGMA busy_timeout = 50", *driver._PRAGMAS[1:]))


@pytest.mark.usefixtures("impatient")
def test_a_config_that_could_not_be_taken_up_is_taken_up_later(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.start("ana")
    until(lambda: house.health("ana") is Health.OK)
    other = driver.connect(Path(house.db.target))
    other.execute("BEGIN IMMEDIATE")
    house.changed = config_of("ana", "bea")
    until(lambda: "Another program is using" in caplog.text)
    assert house.changed is None
    other.execute("ROLLBACK")
    other.close()
    until(lambda: house.health("bea") is Health.OK)


@pytest.mark.usefixtures("impatient")
def test_of_two_pulls_that_end_together_unwritten_both_are_tried_again(house: House) -> None:
    engine = watch._Engine(
        config_of("ana", "bea"), house.db, build=house.build, stop=house.stop,
        reload=house.reload, clock=utc_now,
    )  # fmt: skip
    other = driver.connect(Path(house.db.target))
    other.execute("BEGIN IMMEDIATE")
    engine.tick()
    until(lambda: engine._crew._done.qsize() == 2)
    engine.tick()
    other.execute("ROLLBACK")
    other.close()
    assert [one.due for one in engine._channels.values() if one.due == float("inf")] == []
    engine.stop()


def test_it_ends_where_its_database_is_gone(house: House) -> None:
    ended: list[BaseException] = []

    def run() -> None:
        try:
            watch.watch(
                config_of("ana"), house.db, build=house.build, stop=house.stop, reload=house.reload
            )
        except ReplacedError as error:
            ended.append(error)

    house.thread = threading.Thread(target=run)
    house.thread.start()
    until(lambda: house.health("ana") is Health.OK)
    Path(house.db.target).unlink()
    house.thread.join(PATIENT)
    assert len(ended) == 1
    assert not Path(house.db.target).exists(), "the next start makes it, and nobody else"


def test_a_full_disk_is_said_of_the_channel_it_stopped_and_forgotten_once_there_is_room(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "FIRST_RETRY", 0.1)
    with monkeypatch.context() as patch:
        pages = driver.connect(Path(house.db.target)).execute("PRAGMA page_count").fetchone()[0]
        limit = f"PRAGMA max_page_count = {pages + 8}"
        patch.setattr(driver, "_PRAGMAS", (*driver._PRAGMAS, limit))
        house.db.engine.dispose()
        for number in range(500):
            house.tools["ana"].put(*chat(number))
        house.start("ana", "bea")
        until(lambda: "ana" in house.channels() and house.channels()["ana"].error)
        error = house.channels()["ana"].error
        assert error is not None
        assert "no room left" in error.text()
        assert house.health("ana") is Health.LATER
        until(lambda: house.health("bea") is Health.OK)
    house.db.engine.dispose()
    until(lambda: house.health("ana") is Health.OK)
    assert len(house.ids("ana")) == 500
