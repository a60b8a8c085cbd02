"""A reader kept to one client: whatever it is asked for, nobody else is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from store import own_views
from store.database import open_database
from store.narrowed import Narrowed
from store.query import parse
from store.reader import Reader
from tests.tui.outbox_world import sent
from tests.tui.world import MADRID, NOW
from triage import verbs

OF_ALL = {"lexicon", "heard", "many", "said", "seen", "named"}
"""What keeps clients apart looks at all of them; who shows it names nobody."""

OF_ONE = {"behind", "near"}
"""What is asked about something that is shown already, and stays with its client."""

NOBODYS = {"close", "interrupt", "version", "latest"}
"""Without a word of anybody's: at most how much."""


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Narrowed]:
    path = sent(tmp_path)
    db = open_database(path)
    own_views.save(db, "Lo de Luz", "client:luz", now=NOW)
    db.close()
    reader = Narrowed(path)
    yield reader
    reader.close()


def test_nothing_of_another_client_is_found(reader: Narrowed) -> None:
    everything = reader.search("")
    assert {row.client for row in reader.rows(everything) if row} > {"acme"}
    others = [row.id for row in reader.rows(everything) if row and row.client != "acme"]
    assert reader.saved_views()
    reader.only = "acme"
    for query in (None, parse("client:luz or factura or state:open", now=NOW, timezone=MADRID)):
        found = {*reader.ids(query), *reader.search(query), *reader.ids(query, client="luz")}
        assert not found & set(others)
        assert reader.count(query, anywhere=True) == len(reader.search(query))
    assert set(reader.rows(others)) == {None}
    assert [reader.opened(number) for number in others] == [None] * len(others)
    assert not any(reader.files(number) for number in others)
    day = reader.day(others, NOW - timedelta(days=9), NOW + timedelta(days=9))
    assert set(day.waiting) | {row.client for row in (*day.answered, *day.left)} <= {"acme"}
    assert [reader.item(number) for number in others] == [None] * len(others)
    assert [one.slug for one in reader.clients()] == ["acme"]
    assert {one.client for one in reader.channels()} == {"acme"}
    for ended in (False, True):
        assert {one.client for one in reader.outgoing(ended=ended, limit=1)} == {"acme"}
    assert sum(reader.unsent().values()) == 1
    assert not reader.saved_views()
    assert set(reader.arrived((0, 0), NOW - timedelta(days=99))) <= {"acme"}


def test_what_she_did_for_others_is_not_counted(reader: Narrowed, tmp_path: Path) -> None:
    rows = [row for row in reader.rows(reader.ids()) if row]
    mine, other = (next(row.id for row in rows if row.client == one) for one in ("acme", "nube"))
    begun = NOW - timedelta(hours=1)
    db = open_database(tmp_path / "trastienda.db")
    verbs.plan(db, [other], NOW)
    verbs.estimate(db, [other], 30, NOW)
    verbs.archive(db, [other], NOW)
    ends = NOW + timedelta(days=1)
    assert reader.load([], begun).done == reader.day([], begun, ends).load.done == 30
    reader.only = "acme"
    before = reader.load([], begun)
    assert before.done == reader.day([], begun, ends).load.done == 0
    verbs.plan(db, [mine], NOW)
    verbs.estimate(db, [mine], 20, NOW)
    verbs.archive(db, [mine], NOW)
    db.close()
    assert (reader.load([], begun).done, reader.load([], begun).begun) == (20, True)


def test_whatever_else_a_reader_learns_to_do_is_narrowed_too() -> None:
    """A new door must be thought about here: it is narrowed by itself where it goes through
    `_condition` or `_narrowing`, and has to be otherwise.
    """
    doors = {name for name in dir(Narrowed) if not name.startswith("_")} - {"only"}
    own = {name for name in vars(Narrowed) if not name.startswith("_")}
    through_condition = {"ids", "count", "search", "unsent"}
    assert doors - own - through_condition - OF_ALL - OF_ONE - NOBODYS == set()
    assert doors >= through_condition | OF_ALL | OF_ONE
    assert issubclass(Narrowed, Reader)
