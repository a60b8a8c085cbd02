"""Matters: whatever is linked, decided, merged, taken back and taken again, nothing of hers is
lost, and nothing of one client is ever with another's.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import update

from store import decisions, matters, schema
from store.database import Database, open_database
from store.directory import ChannelKey, declare
from store.errors import StoreError
from store.matters import LinkError, link, unlink
from store.reader import Reader
from store.triage import place, redo, undo, wake_due
from store.views import Lane
from tests.store.conftest import CLIENTS
from tests.store.mailbox import NOW, bring, items, mail, raw, rows

LATER = NOW + timedelta(days=1)
MAILS = 4
"""Conversations of each client; the numbers of one's mails are far from the other's."""


def begun(path: Path) -> None:
    """Make a database with two clients who both write."""
    db = open_database(path)
    keys = declare(db, CLIENTS, NOW)
    for first, slug in ((0, "acme"), (100, "luz")):
        bring(
            db, keys[slug, "correo"], *(raw(str(n), mail(n)) for n in range(first, first + MAILS))
        )
    db.close()


def linked(db: Database) -> dict[int, set[int]]:
    """Give the items of every matter that there is."""
    found: dict[int, set[int]] = {}
    for item_id, row in items(db).items():
        if row.matter is not None:
            found.setdefault(row.matter, set()).add(item_id)
    return found


def together(db: Database) -> set[frozenset[int]]:
    return {frozenset(members) for members in linked(db).values()}


@pytest.fixture
def mine(db: Database, acme: ChannelKey) -> list[int]:
    bring(db, acme, *(raw(str(n), mail(n)) for n in range(4)))
    return list(items(db))


@pytest.fixture
def theirs(db: Database, luz: ChannelKey, mine: list[int]) -> list[int]:
    bring(db, luz, *(raw(str(n), mail(n)) for n in range(100, 102)))
    return sorted(set(items(db)) - set(mine))


def test_what_is_linked_by_way_of_another_is_one_matter_and_each_step_can_be_taken_back(
    db: Database, mine: list[int]
) -> None:
    a, b, c, d = mine
    assert set(link(db, [b, a], now=NOW)) == {a, b}
    link(db, [c, d], now=NOW)
    assert set(link(db, [d, a], now=NOW)) == {a, b, c, d}
    assert together(db) == {frozenset(mine)}
    assert link(db, [a, c], now=NOW) == ()
    undo(db, NOW)
    assert together(db) == {frozenset({a, b}), frozenset({c, d})}
    undo(db, NOW)
    undo(db, NOW)
    assert together(db) == set()
    redo(db, NOW)
    redo(db, NOW)
    redo(db, NOW)
    assert together(db) == {frozenset(mine)}


def test_one_that_leaves_a_matter_of_two_leaves_no_matter_behind(
    db: Database, mine: list[int]
) -> None:
    a, b, c, _d = mine
    link(db, [a, b, c], now=NOW)
    assert unlink(db, [a], now=NOW) == (a,)
    assert together(db) == {frozenset({b, c})}
    assert set(unlink(db, [b], now=NOW)) == {b, c}
    assert together(db) == set()
    assert unlink(db, [b], now=NOW) == ()
    undo(db, NOW)
    undo(db, NOW)
    assert together(db) == {frozenset({a, b, c})}


def test_items_of_two_clients_are_never_one_matter(
    db: Database, mine: list[int], theirs: list[int]
) -> None:
    with pytest.raises(LinkError):
        link(db, [mine[0], theirs[0]], now=NOW)
    assert together(db) == set()
    assert undo(db, NOW) is None


def test_the_database_itself_refuses_a_matter_across_clients(
    db: Database, mine: list[int], theirs: list[int]
) -> None:
    with pytest.raises(StoreError, match="IntegrityError"), db.write() as conn:
        conn.execute(
            update(schema.item).where(schema.item.c.id == theirs[0]).values(matter=mine[0])
        )
    assert together(db) == set()


def test_conversations_that_become_one_bring_both_their_matters(
    db: Database, acme: ChannelKey, mine: list[int]
) -> None:
    a, b, c, d = mine
    link(db, [a, b], now=NOW)
    link(db, [c, d], now=NOW)
    bring(db, acme, raw("9", mail(9, refs=["id0", "id2"])))
    assert together(db) == {frozenset({a, b, d})}
    assert items(db).keys() == {a, b, d}


def test_a_matter_whose_two_conversations_became_one_is_none_any_more(
    db: Database, acme: ChannelKey, mine: list[int]
) -> None:
    a, b, *_rest = mine
    link(db, [a, b], now=NOW)
    bring(db, acme, raw("9", mail(9, refs=["id0", "id1"])))
    assert together(db) == set()
    undo(db, NOW)
    redo(db, NOW)
    assert together(db) == set()


def test_a_matter_is_decided_about_as_one_and_is_listed_by_what_is_left_of_it(
    db: Database, acme: ChannelKey, mine: list[int]
) -> None:
    a, b, *_rest = mine
    link(db, [a, b], now=NOW)
    place(db, [b], Lane.WAITING, wake_on_reply=True, verb="wait", now=NOW)
    assert {items(db)[one].lane for one in (a, b)} == {2}
    bring(db, acme, raw("9", mail(9, refs=["id1"], hours=40)))
    reader = Reader(db.target)
    assert b in reader.ids()
    assert a not in reader.ids()
    row = reader.rows([b])[0]
    assert row is not None
    assert [one.id for one in row.others] == [a]
    assert reader.count() == len(reader.ids()) == 3
    reader.close()


WHICH = st.sets(st.integers(0, MAILS - 1), min_size=1, max_size=3)
WHOSE = st.sampled_from(("acme", "luz"))


class Matters(RuleBasedStateMachine):
    """Any decisions about items of two clients, and with `outside` whatever else happens."""

    template: ClassVar[Path | None] = None

    @initialize(outside=st.booleans())
    def begin(self, outside: bool) -> None:
        self.folder = Path(tempfile.mkdtemp())
        if Matters.template is None:
            Matters.template = Path(tempfile.mkdtemp()) / "t.db"
            begun(Matters.template)
        path = self.folder / "t.db"
        shutil.copyfile(Matters.template, path)
        self.db = open_database(path)
        self.keys = declare(self.db, CLIENTS, NOW)
        self.reader = Reader(str(path))
        client = {key.client_id: slug for (slug, _), key in self.keys.items()}
        self.all: dict[str, list[int]] = {"acme": [], "luz": []}
        for item_id, row in items(self.db).items():
            self.all[client[row.client_id]].append(item_id)
        self.outside, self.numbers = outside, count(1000)
        self.pictures, self.at = [self.picture()], 0

    def picture(self) -> object:
        """All that she has decided, as it stands."""
        found = rows(self.db, "triage")
        ids = [item.id for item in rows(self.db, "item")]
        with self.db.read() as conn:
            places = decisions.places(conn, ids)
        lanes = {item.id: item.lane for item in rows(self.db, "item")}
        assert all(lanes[one.item_id] == one.lane for one in found)
        return places

    def chosen(self, whose: str, which: Iterable[int]) -> list[int]:
        return [self.all[whose][n] for n in sorted(which)]

    def decided(self, changed: bool) -> None:
        if changed:
            del self.pictures[self.at + 1 :]
            self.pictures.append(self.picture())
            self.at += 1

    @rule(whose=WHOSE, which=WHICH)
    def link(self, whose: str, which: set[int]) -> None:
        self.decided(bool(link(self.db, self.chosen(whose, which), now=NOW)))

    @rule(whose=WHOSE, which=WHICH)
    def unlink(self, whose: str, which: set[int]) -> None:
        self.decided(bool(unlink(self.db, self.chosen(whose, which), now=NOW)))

    @rule(mine=WHICH, theirs=WHICH)
    def link_across(self, mine: set[int], theirs: set[int]) -> None:
        before = self.picture()
        with pytest.raises(LinkError):
            link(self.db, self.chosen("acme", mine) + self.chosen("luz", theirs), now=NOW)
        assert self.picture() == before

    @rule(
        whose=WHOSE, which=WHICH, back=st.booleans(),
        lane=st.sampled_from((Lane.ARCHIVED, Lane.WAITING, Lane.SNOOZED, Lane.PLANNED)),
    )  # fmt: skip
    def decide(self, whose: str, which: set[int], lane: Lane, back: bool) -> None:
        until = LATER if lane is Lane.SNOOZED else None
        place(self.db, self.chosen(whose, which), lane, until=until, wake_on_reply=back,
              verb="v", now=NOW)  # fmt: skip
        self.decided(changed=True)

    @precondition(lambda self: self.outside)
    @rule(whose=WHOSE, n=st.integers(0, MAILS - 1))
    def they_write(self, whose: str, n: int) -> None:
        first = 0 if whose == "acme" else 100
        self.bring(whose, [f"id{first + n}"])

    @precondition(lambda self: self.outside)
    @rule(whose=WHOSE, one=st.integers(0, MAILS - 1), other=st.integers(0, MAILS - 1))
    def become_one(self, whose: str, one: int, other: int) -> None:
        first = 0 if whose == "acme" else 100
        self.bring(whose, [f"id{first + one}", f"id{first + other}"])

    def bring(self, whose: str, refs: list[str]) -> None:
        n = next(self.numbers)
        bring(self.db, self.keys[whose, "correo"], raw(str(n), mail(n, refs=refs, hours=n)))

    @precondition(lambda self: self.outside)
    @rule()
    def its_time_comes(self) -> None:
        wake_due(self.db, LATER)

    @rule()
    def back(self) -> None:
        undone = undo(self.db, NOW)
        if not self.outside:
            assert (undone is None) == (self.at == 0)
            self.at = max(0, self.at - 1)

    @rule()
    def forth(self) -> None:
        redone = redo(self.db, NOW)
        if not self.outside:
            assert (redone is None) == (self.at == len(self.pictures) - 1)
            self.at = min(self.at + 1, len(self.pictures) - 1)

    @invariant()
    def it_is_as_it_was_when_it_was_so(self) -> None:
        if hasattr(self, "db") and not self.outside:
            assert self.picture() == self.pictures[self.at]

    @invariant()
    def a_matter_is_of_one_client_and_of_several_items(self) -> None:
        if hasattr(self, "db"):
            every = {row.id: row for row in rows(self.db, "item")}
            for matter, members in linked(self.db).items():
                assert {every[one].client_id for one in members} == {every[matter].client_id}
                assert len(members) > 1
            assert not [row for row in every.values() if row.merged_into and row.matter]

    @invariant()
    def nothing_is_hidden_and_the_count_is_right(self) -> None:
        if not hasattr(self, "db"):
            return
        shown = items(self.db)
        for lanes, ids in (
            ({0, 1}, self.reader.ids()), ({0}, self.reader.ids(lane=Lane.INBOX)),
            (set(range(6)), self.reader.search(None)),
        ):  # fmt: skip
            listed = set(ids)
            assert len(ids) == len(listed)
            stands = {shown[one].matter for one in listed}
            for item_id, row in shown.items():
                if row.state == 0 and row.lane in lanes:
                    assert item_id in listed or (row.matter is not None and row.matter in stands)
        assert self.reader.count() == len(self.reader.ids())
        assert self.reader.count(lane=Lane.INBOX) == len(self.reader.ids(lane=Lane.INBOX))
        assert self.reader.count(anywhere=True) == len(self.reader.search(None))

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.reader.close()
            self.db.close()
            shutil.rmtree(self.folder)


TestMatters = Matters.TestCase
TestMatters.settings = settings(
    max_examples=12, stateful_step_count=15, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip


def test_matters_there_are_as_here(postgres_url: str) -> None:
    db = open_database(postgres_url)
    keys = declare(db, CLIENTS, NOW)
    correo = keys["acme", "correo"]
    bring(db, correo, *(raw(str(n), mail(n)) for n in range(4)))
    bring(db, keys["luz", "correo"], raw("100", mail(100)))
    *mine, theirs = items(db)
    a, b, c, d = mine
    link(db, [a, b], now=NOW)
    with pytest.raises(LinkError):
        link(db, [a, theirs], now=NOW)
    with pytest.raises(StoreError), db.write() as conn:
        conn.execute(update(schema.item).where(schema.item.c.id == theirs).values(matter=a))
    link(db, [c, d], now=NOW)
    reader = Reader(db.target)
    assert reader.count() == len(reader.ids()) == 3
    reader.close()
    bring(db, correo, raw("9", mail(9, refs=["id0", "id2"])))
    assert together(db) == {frozenset({a, b, d})}
    assert set(matters.unlink(db, [a], now=NOW)) == {a}
    undo(db, NOW)
    assert together(db) == {frozenset({a, b, d})}
    db.close()
