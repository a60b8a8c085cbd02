"""One pass over real channels of a tool in memory, some of which misbehave."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Batch, Connector, Cursor
from connectors.errors import (
    AuthError,
    ConfigError,
    CursorExpiredError,
    RefusedError,
    UnavailableError,
)
from connectors.memory import MemoryConfig, MemoryConnector, MemoryTool
from normalizer.model import Conversation, Record
from normalizer.raw import Raw
from store import directory, driver
from store.database import Database, open_database
from store.errors import LockedError
from store.reader import Reader
from store.views import ChannelView, Health, Turn
from trastienda import logs, pull, redact
from trastienda.config import ChannelConfig, ClientConfig, Config, DatabaseConfig, VaConfig
from trastienda.engine import ChannelReport, jobs, sync
from trastienda.settings import Document, Table
from triage import verbs

NOW = datetime(2026, 10, 14, 8, tzinfo=UTC)
ME = "lola@va.example"
SLUGS = ("ana", "bea", "cloe", "dora", "eva")


def config_of(*slugs: str) -> Config:
    nothing = Table(Document(Path("test"), "", private=True), (), {})
    return Config(
        path=Path("test"),
        va=VaConfig(timezone="Europe/Madrid", identities=(ME,)),
        database=DatabaseConfig(),
        clients=tuple(
            ClientConfig(
                slug=slug, name=slug.title(), color="teal",
                channels=(ChannelConfig(client=slug, slug="chat", kind="memory", table=nothing),),
            )
            for slug in slugs
        ),
    )  # fmt: skip


def chat(number: int, author: str = "ana@client.example") -> list[Raw]:
    return [
        Raw.of_json("conversation", f"c{number}", {"title": f"Asunto {number}"}),
        Raw.of_json("message", f"m{number}", {
            "about": {"stream": "conversation", "id": f"c{number}"},
            "author": {"name": "Ana", "handle": author},
            "sent_at": NOW.isoformat(), "text": "¿Cómo va?",
        }),
    ]  # fmt: skip


class World:
    """Five clients' tools, and a home that syncs them."""

    def __init__(self, folder: Path) -> None:
        self.db: Database = open_database(folder / "trastienda.db")
        self.tools = {slug: MemoryTool(lambda: NOW) for slug in SLUGS}
        self.wrap: dict[str, Callable[[MemoryConnector], Any]] = {}
        for slug, tool in self.tools.items():
            for number in range(6):
                tool.put(*chat(number, author=f"{slug}@client.example"))

    def build(self, channel: ChannelConfig) -> Connector:
        connector = MemoryConnector(
            MemoryConfig(name=channel.client, handle="lola-there", page=4),
            self.tools[channel.client],
        )
        wrap = self.wrap.get(channel.client)
        made: Connector = connector if wrap is None else wrap(connector)
        return made

    def sync(self, *slugs: str, **more: Any) -> list[ChannelReport]:
        config = config_of(*(slugs or SLUGS))
        return sync(config, self.db, build=self.build, clock=lambda: NOW, **more)

    def channels(self) -> dict[str, ChannelView]:
        reader = Reader(self.db.target)
        try:
            return {view.client: view for view in reader.channels()}
        finally:
            reader.close()

    def titles(self, slug: str) -> set[tuple[str, Turn]]:
        reader = Reader(self.db.target)
        try:
            rows = reader.rows(reader.ids(client=slug))
        finally:
            reader.close()
        return {(row.title, row.turn) for row in rows if row is not None}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.db.close()


class Wrapped:
    """A connector whose pull goes wrong in its own way after one batch."""

    kind = "memory"
    Config = MemoryConfig
    normalise = staticmethod(MemoryConnector.normalise)

    def __init__(self, inner: MemoryConnector, trouble: Callable[[], object]) -> None:
        self.inner, self.trouble, self.closed = inner, trouble, threading.Event()

    def check(self) -> Any:
        return self.inner.check()

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        for batch in self.inner.pull(cursor):
            yield batch
            self.trouble()

    def close(self) -> None:
        self.closed.set()
        self.inner.close()


def raises(error: BaseException) -> Callable[[], None]:
    def trouble() -> None:
        raise error

    return trouble


def test_one_pass_brings_every_channel_and_a_second_brings_nothing(world: World) -> None:
    first = world.sync()
    assert [(one.client, one.state, one.new) for one in first] == [
        (slug, Health.OK, 12) for slug in SLUGS
    ]
    assert all(len(world.titles(slug)) == 6 for slug in SLUGS)
    assert all(view.health is Health.OK for view in world.channels().values())
    second = world.sync()
    assert [(one.new, one.changed) for one in second] == [(0, 0)] * 5
    assert all(one.requests >= 1 for one in second)


def test_only_what_was_named_is_pulled(world: World) -> None:
    assert [one.client for one in world.sync(only=("bea", None))] == ["bea"]
    assert len(world.sync(only=(None, "chat"))) == 5
    assert world.sync(only=("bea", "other")) == []


def test_what_she_wrote_there_goes_out_by_the_name_the_tool_gives_her(world: World) -> None:
    world.tools["ana"].put(*chat(0, author="lola-there"))
    world.sync("ana")
    assert ("Asunto 0", Turn.CLIENT) in world.titles("ana")
    assert ("Asunto 1", Turn.ME) in world.titles("ana")


def test_a_better_mapping_reaches_what_was_fetched_before_and_once(world: World) -> None:
    world.sync("ana")
    seen: list[str] = []

    class Better(Wrapped):
        version = 2

        @staticmethod
        def normalise(raw: Raw) -> Iterator[Record]:
            seen.append(raw.external_id)
            for record in MemoryConnector.normalise(raw):
                yield replace(record, title="Mejor") if isinstance(record, Conversation) else record

    world.wrap["ana"] = lambda inner: Better(inner, lambda: None)
    (report,) = world.sync("ana")
    assert (report.state, report.new, report.changed) == (Health.OK, 0, 0)
    assert {title for title, _ in world.titles("ana")} == {"Mejor"}
    assert len(seen) == 12
    world.sync("ana")
    assert len(seen) == 12


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (AuthError("{host} refused the password.", host="ana"), Health.SIGN_IN),
        (ConfigError("no such folder"), Health.CONFIG),
        (UnavailableError("down", retry_after=timedelta(minutes=5)), Health.LATER),
        (RefusedError("no"), Health.LATER),
        (ZeroDivisionError("a bug with a secret"), Health.BROKEN),
        (SystemExit(3), Health.BROKEN),
        (RecursionError(), Health.BROKEN),
    ],
    ids=lambda value: value.value if isinstance(value, Health) else type(value).__name__,
)
def test_one_channel_that_fails_touches_no_other_and_closes_nothing(
    world: World, error: BaseException, state: Health
) -> None:
    world.sync()
    before = world.titles("cloe")
    for tool in world.tools.values():
        tool.put(*chat(7), *chat(8), *chat(9))
    world.wrap["cloe"] = lambda one: Wrapped(one, raises(error))
    reports = {one.client: one for one in world.sync()}
    for slug in set(SLUGS) - {"cloe"}:
        assert (reports[slug].state, reports[slug].new) == (Health.OK, 6)
        assert len(world.titles(slug)) == 9
    broken = world.channels()["cloe"]
    assert (reports["cloe"].state, broken.health) == (state, state)
    assert broken.error is not None
    assert "secret" not in broken.error.text()
    assert broken.last_success == NOW
    assert (broken.next_run is None) == (state is Health.SIGN_IN)
    assert before <= world.titles("cloe")
    del world.wrap["cloe"]
    world.sync()
    assert len(world.titles("cloe")) == 9
    assert world.channels()["cloe"].health is Health.OK


def test_a_connector_that_cannot_even_be_built_touches_no_other(world: World) -> None:
    def refuse(_: MemoryConnector) -> Any:
        raise ConfigError("The password store did not open.")

    world.wrap["ana"] = refuse
    reports = {one.client: one.state for one in world.sync()}
    assert reports == dict.fromkeys(SLUGS, Health.OK) | {"ana": Health.CONFIG}


def test_what_was_put_off_comes_back_with_the_next_pass(world: World) -> None:
    world.sync("ana")
    before = world.titles("ana")
    reader = Reader(world.db.target)
    verbs.snooze(world.db, list(reader.ids(client="ana")), NOW, NOW - timedelta(hours=1))
    reader.close()
    assert world.titles("ana") == set()
    world.sync(only=("bea", None))
    assert world.titles("ana") == before


def test_a_channel_that_hangs_is_cut_off_and_its_late_answer_is_not_heard(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    hanging: list[Wrapped] = []

    def hang(connector: MemoryConnector) -> Wrapped:
        hanging.append(Wrapped(connector, release.wait))
        return hanging[-1]

    world.wrap["bea"] = hang
    monkeypatch.setattr(pull, "STALL", 2.0)
    before = set(threading.enumerate())
    reports = {one.client: one for one in world.sync()}
    assert (reports["bea"].state, reports["bea"].new) == (Health.LATER, 4)
    assert all(reports[slug].new == 12 for slug in set(SLUGS) - {"bea"})
    assert hanging[0].closed.wait(20)
    assert len(world.titles("bea")) == 2
    release.set()
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith("pull"):
            thread.join(20)
    assert len(world.titles("bea")) == 2
    del world.wrap["bea"]
    assert {one.client: one.new for one in world.sync()}["bea"] == 8


def test_a_slow_channel_does_not_keep_the_others_from_their_seats(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "SEATS", 2)
    ended, waiting = threading.Semaphore(0), [4]

    def the_last_to_go() -> None:
        for _ in range(waiting.pop() if waiting else 0):
            assert ended.acquire(timeout=30)

    class Counted(Wrapped):
        def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
            yield from self.inner.pull(cursor)
            ended.release()

    world.wrap = dict.fromkeys(SLUGS, lambda one: Counted(one, lambda: None))
    world.wrap["ana"] = lambda one: Wrapped(one, the_last_to_go)
    assert [one.new for one in world.sync()] == [12] * 5


def test_a_tool_that_forgot_where_we_were_is_pulled_whole_at_once_without_doubles(
    world: World,
) -> None:
    world.sync("ana")
    world.tools["ana"].forget()
    world.tools["ana"].put(*chat(7))
    (report,) = world.sync("ana")
    assert (report.state, report.new, report.unchanged) == (Health.OK, 2, 12)
    assert len(world.titles("ana")) == 7


def test_a_tool_that_forgets_every_time_is_not_asked_for_ever(world: World) -> None:
    world.sync("ana")
    world.tools["ana"].fail(CursorExpiredError("forgot"))
    (report,) = world.sync("ana")
    assert report.state is Health.LATER
    assert len(world.titles("ana")) == 6
    keys = [job.key for job in jobs(config_of("ana"), world.db, NOW)]
    assert [directory.cursor(world.db, key) for key in keys] == [None]


def test_an_account_that_is_suddenly_empty_closes_nothing_and_says_so(world: World) -> None:
    world.sync("ana")
    before = world.titles("ana")
    for number in range(6):
        world.tools["ana"].vanish("conversation", f"c{number}")
        world.tools["ana"].vanish("message", f"m{number}")
    (report,) = world.sync("ana")
    assert report.state is Health.OK
    assert world.titles("ana") == before
    for _ in range(2):
        (notice,) = world.channels()["ana"].notices
        assert "12 entries" in notice.text()
        assert "not believed" in notice.text()
        world.sync("ana")


def test_a_database_that_cannot_be_written_stops_the_pass_and_moves_no_cursor(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.sync("ana")
    world.tools["ana"].put(*chat(7))
    other = driver.connect(Path(world.db.target))
    monkeypatch.setattr(driver, "_PRAGMAS", ("PRAGMA busy_timeout = 50", *driver._PRAGMAS[1:]))
    world.db.engine.dispose()
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(LockedError):
            world.sync("ana")
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert [one.new for one in world.sync("ana")] == [2]


def test_a_pass_cut_short_leaves_no_channel_that_seems_to_be_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, reached = threading.Event(), threading.Event()

    def hang() -> None:
        reached.set()
        release.wait(60)

    def interrupted(_: object, seconds: float = 0.0) -> list[Any]:
        del seconds
        assert reached.wait(20)
        raise KeyboardInterrupt

    world.wrap["bea"] = lambda one: Wrapped(one, hang)
    with monkeypatch.context() as patch:
        patch.setattr(pull.Crew, "collect", interrupted)
        with pytest.raises(KeyboardInterrupt):
            world.sync("bea")
    view = world.channels()["bea"]
    assert view.health is Health.LATER
    assert view.error is not None
    assert "what had come is kept" in view.error.text().lower()
    release.set()
    del world.wrap["bea"]
    world.sync("bea")
    assert len(world.titles("bea")) == 6


def test_a_bug_is_in_the_log_with_its_traceback_and_without_the_secret(
    world: World, tmp_path: Path
) -> None:
    redact.register("hunter2-canary")
    logs.log_to(tmp_path, "engine")
    world.wrap["eva"] = lambda one: Wrapped(one, raises(ValueError("token=abc hunter2-canary")))
    world.sync()
    text = (tmp_path / "engine.log").read_text()
    assert "Traceback" in text
    assert "eva/chat" in text
    assert "hunter2-canary" not in text
    assert "abc" not in text


def test_a_pass_loads_nothing_that_only_watching_needs() -> None:
    code = "import sys, trastienda.engine; print('apscheduler' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
