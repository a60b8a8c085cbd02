"""A large first pull is mapped in a second process and taken while the next batch is fetched:
what is kept is the same to the byte, whatever becomes of that process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Batch, Cursor
from connectors.imap import ImapConnector
from normalizer.model import Record
from normalizer.raw import Raw, canonical
from store import directory, intake
from store.database import Database, open_database
from store.directory import ChannelKey, ChannelSpec, ClientSpec
from store.intake import Normalise, Taken
from store.schema import metadata
from tests.mails import make_mail
from trastienda import ahead, aside
from trastienda.ahead import Ahead
from triage.rules import derive

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
BATCH = 20


def elsewhere() -> bool:
    return os.environ["PULLING"] != str(os.getpid())


def only_elsewhere(raw: Raw) -> Iterable[Record]:
    if not elsewhere():
        raise AssertionError("mapped in the process that writes")
    return ImapConnector.normalise(raw)


def deadly(raw: Raw) -> Iterable[Record]:
    if elsewhere() and raw.external_id == "INBOX/1/47":
        os.kill(os.getpid(), signal.SIGKILL)
    return ImapConnector.normalise(raw)


def endless(raw: Raw) -> Iterable[Record]:
    while elsewhere() and raw.external_id == "INBOX/1/47":
        time.sleep(1)
    return ImapConnector.normalise(raw)


def talkative(raw: Raw) -> Iterable[Record]:
    os.write(1, b"where does this go?")
    return ImapConnector.normalise(raw)


def picky(raw: Raw) -> Iterable[Record]:
    if raw.external_id == "INBOX/1/47":
        raise ZeroDivisionError(raw.external_id)
    return ImapConnector.normalise(raw)


@pytest.fixture(autouse=True)
def small_batches_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "LARGE", BATCH)
    monkeypatch.setattr(aside, "processors", lambda: 2)
    monkeypatch.setenv("PULLING", str(os.getpid()))


class Shelf:
    """A database with one channel of mail."""

    def __init__(self, path: Path) -> None:
        self.db: Database = open_database(path)
        channel = ChannelSpec(slug="mail", kind="imap")
        one = ClientSpec(slug="ana", name="Ana", color="teal", channels=(channel,))
        self.key: ChannelKey = directory.declare(self.db, [one], NOW)["ana", "mail"]
        self.taken: list[Taken] = []

    def take(self, batch: Batch, normalise: Normalise) -> Taken:
        self.taken.append(
            intake.take(
                self.db, self.key, records=batch.records, cursor=batch.cursor, census=(),
                normalise=normalise, rules=derive, identities=frozenset(), now=NOW,
            )
        )  # fmt: skip
        return self.taken[-1]

    def pull(self, batches: Iterable[Batch], normalise: Normalise) -> None:
        with Ahead(self.take, normalise) as line:
            for batch in batches:
                line.put(batch)

    def dump(self) -> dict[str, list[Any]]:
        with self.db.read() as conn:
            return {
                table.name: sorted(map(repr, conn.execute(table.select())))
                for table in metadata.sorted_tables
            }


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Callable[[], Shelf]]:
    made: list[Shelf] = []

    def make() -> Shelf:
        made.append(Shelf(tmp_path / f"{len(made)}.db"))
        return made[-1]

    yield make
    for one in made:
        one.db.close()


def mail(number: int) -> Raw:
    payload = make_mail(number)
    meta = canonical({"flags": [], "folder": "INBOX", "size": len(payload)})
    return Raw(stream="mail", external_id=f"INBOX/1/{number}", payload=payload, meta=meta)


def batches(count: int) -> list[Batch]:
    """Make batches of mails; the first is small, as a connector's is."""
    starts = [0, *range(5, count, BATCH)]
    ends = [*starts[1:], count]
    return [
        Batch(tuple(map(mail, range(start, end))), Cursor(str(end)))
        for start, end in zip(starts, ends, strict=True)
    ]


MAILS = 5 + 4 * BATCH


@pytest.fixture
def alone(shelf: Callable[[], Shelf], monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """What is kept where there is one processor."""
    with monkeypatch.context() as patched:
        patched.setattr(aside, "processors", lambda: 1)
        patched.setattr(aside.Aside, "start", lambda _: pytest.fail("a second process"))
        one = shelf()
        one.pull(batches(MAILS), ImapConnector.normalise)
    return one.dump()


@pytest.mark.parametrize("normalise", [ImapConnector.normalise, deadly, talkative])
def test_what_is_kept_is_the_same_whatever_becomes_of_the_second_process(
    normalise: Normalise, shelf: Callable[[], Shelf], alone: dict[str, list[Any]]
) -> None:
    one = shelf()
    one.pull(batches(MAILS), normalise)
    assert one.dump() == alone
    assert len(alone["raw"]) == MAILS


def test_a_second_process_that_hangs_is_done_without(
    shelf: Callable[[], Shelf], alone: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "PATIENCE", 1.5)
    one = shelf()
    one.pull(batches(MAILS), endless)
    assert one.dump() == alone


@pytest.mark.parametrize(
    ("first", "sizes", "here"),
    [
        (False, (5, BATCH, BATCH, 3, BATCH), (5, BATCH, 0, 0, 0)),
        (True, (BATCH, BATCH, 3), (BATCH, 0, 0)),
        (True, (5, BATCH, BATCH), (5, BATCH, 0)),
    ],
)
def test_from_the_first_large_batch_on_all_are_mapped_in_the_second_process(
    first: bool, sizes: tuple[int, ...], here: tuple[int, ...], shelf: Callable[[], Shelf]
) -> None:
    one = shelf()
    mails = iter(map(mail, range(sum(sizes))))
    with Ahead(one.take, only_elsewhere, first=first) as line:
        for number, size in enumerate(sizes):
            line.put(Batch(tuple(islice(mails, size)), Cursor(str(number))))
    assert tuple(taken.set_aside for taken in one.taken) == here


def test_what_raises_there_is_set_aside_as_if_it_had_raised_here(
    shelf: Callable[[], Shelf], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = shelf(), shelf()
    one.pull(batches(MAILS), picky)
    assert sum(taken.set_aside for taken in one.taken) == 1
    monkeypatch.setattr(aside, "processors", lambda: 1)
    other.pull(batches(MAILS), picky)
    assert one.dump() == other.dump()
    assert any("ZeroDivisionError" in row for row in one.dump()["raw"])


@pytest.mark.parametrize("why", ["few", "one processor", "known already", "cannot be found"])
def test_no_process_is_started_where_it_gains_nothing(
    why: str, shelf: Callable[[], Shelf], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = shelf()
    here: Normalise = ImapConnector.normalise
    if why == "few":
        monkeypatch.setattr(ahead, "LARGE", BATCH + 1)
    elif why == "one processor":
        monkeypatch.setattr(aside, "processors", lambda: 1)
    elif why == "known already":
        one.pull(batches(MAILS), here)
    else:
        here = lambda raw: ImapConnector.normalise(raw)  # noqa: E731, PLW0108
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a process"))
    one.pull(batches(MAILS), here)
    assert len(one.dump()["raw"]) == MAILS


def test_what_came_before_an_error_of_the_connector_is_taken(shelf: Callable[[], Shelf]) -> None:
    def broken() -> Iterator[Batch]:
        yield from batches(MAILS)[:4]
        raise ConnectionError("half-way")

    one = shelf()
    with pytest.raises(ConnectionError, match="half-way"):
        one.pull(broken(), ImapConnector.normalise)
    assert directory.cursor(one.db, one.key) == batches(MAILS)[3].cursor
    assert len(one.dump()["raw"]) == 5 + 3 * BATCH


def test_nothing_is_taken_after_a_batch_that_could_not_be() -> None:
    taken: list[str] = []

    def take(batch: Batch, normalise: Normalise) -> Taken:
        del normalise
        if batch.cursor == "45":
            raise OSError("no room")
        taken.append(batch.cursor)
        return Taken(new=len(batch.records))

    def pull() -> None:
        with Ahead(take, ImapConnector.normalise) as line:
            for batch in batches(MAILS):
                line.put(batch)

    with pytest.raises(OSError, match="no room"):
        pull()
    assert taken == ["5", "25"]


def test_at_most_five_batches_are_in_memory() -> None:
    """One being taken, three in line, and the one that waits to get into it."""
    mails = MAILS + 2 * BATCH
    gate = threading.Semaphore(0)
    begun: list[str] = []

    def take(batch: Batch, normalise: Normalise) -> Taken:
        del normalise
        begun.append(batch.cursor)
        if len(begun) > 1:
            gate.acquire()
        return Taken(new=len(batch.records))

    fetched: list[str] = []

    def pull() -> None:
        with Ahead(take, ImapConnector.normalise) as line:
            for batch in batches(mails):
                fetched.append(batch.cursor)
                line.put(batch)

    thread = threading.Thread(target=pull)
    thread.start()
    while (len(begun), len(fetched)) < (2, 6):
        time.sleep(0.01)
    time.sleep(0.3)
    held = list(begun), list(fetched)
    gate.release(mails)
    thread.join()
    assert held == (["5", "25"], ["5", "25", "45", "65", "85", "105"])
    assert begun == ["5", "25", "45", "65", "85", "105", "125"]


def test_there_is_one_second_process_at_a_time() -> None:
    first = aside.Aside.start(ImapConnector.normalise)
    assert first is not None
    assert aside.Aside.start(ImapConnector.normalise) is None
    first.close()
    first.close()
    again = aside.Aside.start(ImapConnector.normalise)
    assert again is not None
    again.close()


def test_the_second_process_ends_with_the_one_that_is_killed() -> None:
    code = """
import time
from connectors.imap import ImapConnector
from trastienda.aside import Aside
print(Aside(ImapConnector.normalise).pid, flush=True)
time.sleep(60)
"""
    pulling = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert pulling.stdout is not None
    with pulling.stdout as said:
        pid = int(said.readline())
    assert alive(pid)
    pulling.kill()
    pulling.wait()
    for _ in range(1000):
        if not alive(pid):
            break
        time.sleep(0.01)
    assert not alive(pid)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
