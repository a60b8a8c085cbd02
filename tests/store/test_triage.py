"""What she decided, and taking it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Connection, event

from store.codes import LANES, ms
from store.database import Database, open_database
from store.directory import ChannelKey, declare
from store.triage import Undone, history, place, redo, undo, wake_due
from store.views import Lane
from tests.store.conftest import CLIENTS
from tests.store.mailbox import NOW, bring, items, mail, raw, rows

LATER = NOW + timedelta(days=1)


@pytest.fixture
def three(db: Database, acme: ChannelKey) -> list[int]:
    bring(db, acme, *(raw(str(n), mail(n)) for n in range(3)))
    return list(items(db))


def lanes(db: Database) -> dict[int, Lane]:
    return {one: LANES[row.lane] for one, row in items(db).items()}


def test_a_decision_is_one_durable_transaction(db: Database, three: list[int]) -> None:
    seen: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(conn: Connection, _k: object, statement: str, *_: object) -> None:
        if statement == "BEGIN IMMEDIATE":
            cursor = conn.connection.cursor()
            seen.append(f"synchronous {cursor.execute('PRAGMA synchronous').fetchone()[0]}")
        elif statement.startswith("BEGIN"):
            seen.append("reads")

    place(db, three, Lane.ARCHIVED, verb="archive", now=NOW)
    assert seen == ["synchronous 2"]


def test_undo_and_redo_walk_the_decisions_back_and_forth(db: Database, three: list[int]) -> None:
    one, two, _ = three
    place(db, [one, two], Lane.SNOOZED, until=LATER, verb="snooze", now=NOW)
    place(db, [one], Lane.ARCHIVED, verb="archive", now=NOW)
    assert undo(db, NOW) == Undone(verb="archive", items=(one,))
    assert lanes(db)[one] is Lane.SNOOZED
    (snoozed,) = [t for t in rows(db, "triage") if t.item_id == one]
    assert (snoozed.until, snoozed.wake_on_reply) == (ms(LATER), 0)
    assert undo(db, NOW) == Undone(verb="snooze", items=(one, two))
    assert set(lanes(db).values()) == {Lane.INBOX}
    assert undo(db, NOW) is None
    assert redo(db, NOW) == Undone(verb="snooze", items=(one, two))
    assert redo(db, NOW) == Undone(verb="archive", items=(one,))
    assert redo(db, NOW) is None
    assert lanes(db)[one] is Lane.ARCHIVED


def test_a_new_decision_after_an_undo_leaves_nothing_to_take_again(
    db: Database, three: list[int]
) -> None:
    place(db, three[:1], Lane.ARCHIVED, verb="archive", now=NOW)
    undo(db, NOW)
    place(db, three[1:2], Lane.PLANNED, verb="plan", now=NOW)
    assert redo(db, NOW) is None
    undo(db, NOW)
    assert set(lanes(db).values()) == {Lane.INBOX}
    assert undo(db, NOW) is None


def test_what_is_due_comes_back_and_nothing_due_writes_nothing(
    db: Database, three: list[int]
) -> None:
    place(db, three[:2], Lane.SNOOZED, until=LATER, verb="snooze", now=NOW)
    said: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    assert wake_due(db, NOW) == 0
    assert all(s.startswith(("SELECT", "BEGIN")) and s != "BEGIN IMMEDIATE" for s in said)
    assert wake_due(db, LATER) == 2
    assert set(lanes(db).values()) == {Lane.INBOX}
    assert wake_due(db, LATER) == 0


def test_undo_leaves_alone_what_has_come_back_since(
    db: Database, acme: ChannelKey, three: list[int]
) -> None:
    place(db, three, Lane.SNOOZED, until=LATER, wake_on_reply=True, verb="snooze", now=NOW)
    bring(db, acme, raw("9", mail(9, refs=["id0"], hours=40)))
    place(db, three[:1], Lane.PLANNED, verb="plan", now=NOW)
    undo(db, NOW)
    assert undo(db, NOW) == Undone(verb="snooze", items=tuple(three[1:]))
    assert set(lanes(db).values()) == {Lane.INBOX}


def test_an_item_that_is_not_there_is_no_decision(db: Database) -> None:
    assert place(db, [77], Lane.ARCHIVED, verb="archive", now=NOW) == 0
    assert history(db) == []


def test_the_journal_tells_who_did_what(db: Database, three: list[int]) -> None:
    place(db, three, Lane.SNOOZED, until=LATER, verb="snooze", now=NOW)
    wake_due(db, LATER)
    found = [(e.verb, e.hers, e.items, e.at) for e in history(db)]
    everyone = tuple(three)
    assert found == [("due", False, everyone, LATER), ("snooze", True, everyone, NOW)]
    assert len(history(db, limit=1)) == 1


class Decisions(RuleBasedStateMachine):
    """Any decisions, undone and taken again in any order, against a list of pictures."""

    @initialize(folder=st.builds(lambda: __import__("tempfile").mkdtemp()))
    def begin(self, folder: str) -> None:
        self.db = open_database(f"{folder}/t.db")
        key = declare(self.db, CLIENTS, NOW)["acme", "correo"]
        bring(self.db, key, *(raw(str(n), mail(n)) for n in range(3)))
        self.ids = list(items(self.db))
        self.pictures = [lanes(self.db)]
        self.at = 0

    @rule(
        which=st.sets(st.integers(0, 2), min_size=1),
        lane=st.sampled_from([one for one in Lane if one is not Lane.INBOX]),
    )
    def decide(self, which: set[int], lane: Lane) -> None:
        place(self.db, [self.ids[n] for n in sorted(which)], lane, verb="v", now=NOW)
        del self.pictures[self.at + 1 :]
        self.pictures.append(lanes(self.db))
        self.at += 1

    @rule()
    def back(self) -> None:
        assert (undo(self.db, NOW) is None) == (self.at == 0)
        self.at = max(0, self.at - 1)

    @rule()
    def forth(self) -> None:
        assert (redo(self.db, NOW) is None) == (self.at == len(self.pictures) - 1)
        self.at = min(self.at + 1, len(self.pictures) - 1)

    @invariant()
    def it_looks_as_it_did(self) -> None:
        if hasattr(self, "db"):
            assert lanes(self.db) == self.pictures[self.at]
            for row in rows(self.db, "triage"):
                assert LANES[row.lane] is lanes(self.db)[row.item_id]

    def teardown(self) -> None:
        if hasattr(self, "db"):
            import shutil
            from pathlib import Path

            self.db.close()
            shutil.rmtree(Path(self.db.target).parent)


TestDecisions = Decisions.TestCase
TestDecisions.settings = settings(
    max_examples=15, stateful_step_count=12, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
