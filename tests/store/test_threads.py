"""Conversations are the same in whatever order mail arrives, and however often."""

from __future__ import annotations

import random as random_module
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from normalizer import threads
from normalizer.model import Message, Person, Ref, Thread
from store.database import Database, open_database
from store.directory import ChannelKey, declare
from store.triage import place, redo, undo, wake_due
from store.views import Lane
from tests.store.conftest import CLIENTS
from tests.store.mailbox import (
    ANA,
    BEA,
    LOLA,
    NOW,
    bring,
    conversations,
    items,
    mail,
    raw,
    rows,
    task,
)

# An example is a database: making the smallest one that fails would outlast the timeout, and these
# are small anyway.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)

IDS = st.sampled_from(["", "a", "b", "c", "d", "e"])


@st.composite
def mailboxes(draw: st.DrawFn) -> list[Message]:
    """A few messages that share ids (their own too), subjects and people."""
    return [
        Message(
            ref=Ref("mail", f"m{n}"),
            author=draw(st.sampled_from([ANA, BEA, LOLA, Person()])),
            to=tuple(draw(st.lists(st.sampled_from([ANA, BEA, LOLA]), max_size=2))),
            sent_at=NOW - timedelta(days=draw(st.sampled_from([0, 1, 20, 29, 30, 31, 60]))),
            text=f"{n}",
            thread=Thread(
                message_id=draw(IDS),
                references=tuple(draw(st.lists(IDS, max_size=2))),
                hint=draw(st.sampled_from(["", "", "g", "h"])),
                subject=draw(st.sampled_from(["", "x", "y"])),
                reply=draw(st.booleans()),
            ),
        )
        for n in range(draw(st.integers(1, 7)))
    ]


def expected(messages: list[Message], lies: dict[str, set[int]]) -> set[frozenset[str]]:
    """Say it as the rule says it: connected parts of a relation between two messages.

    `lies`: the mailboxes in which each message lies.
    """

    def linked(one: Message, other: Message) -> bool:
        a, b = one.thread or Thread(), other.thread or Thread()
        ids = {i for i in (a.message_id, *a.references) if i}
        if ids & {i for i in (b.message_id, *b.references) if i}:
            return True
        if a.hint and b.hint:
            return a.hint == b.hint and bool(lies[one.text] & lies[other.text])
        bare = (a.reply and not a.references) or (b.reply and not b.references)
        people = [{p.handle for p in (m.author, *m.to)} - {LOLA.handle, ""} for m in (one, other)]
        near = abs(one.sent_at - other.sent_at) <= timedelta(days=30)
        return bool(a.subject == b.subject != "" and bare and people[0] & people[1] and near)

    parts: list[list[Message]] = []
    for message in messages:
        mine = [part for part in parts if any(linked(message, other) for other in part)]
        parts = [part for part in parts if part not in mine]
        parts.append([message, *(m for part in mine for m in part)])
    return {frozenset(m.ref.external_id for m in part) for part in parts}


def fresh(folder: str) -> tuple[Database, ChannelKey, ChannelKey]:
    """Make a database; give two mailboxes of one client."""
    db = open_database(Path(folder) / "t.db")
    keys = declare(db, CLIENTS, NOW)
    return db, keys["acme", "correo"], keys["acme", "ventas"]


def m(n: int, **thread: Any) -> Message:
    return Message(
        ref=Ref("mail", f"m{n}"), author=ANA, to=(LOLA,), sent_at=NOW, text=str(n),
        thread=Thread(**thread),
    )  # fmt: skip


CYCLE = [
    m(0, message_id="a", references=("b",)), m(1, message_id="b", references=("c",)),
    m(2, message_id="c", references=("a",)),
]  # fmt: skip
BRIDGE = [
    m(0, message_id="a"), m(1, message_id="b"), m(2, message_id="c"),
    m(3, message_id="d", references=("a", "c", "b")),
]  # fmt: skip


@settings(max_examples=60, phases=UNSHRUNK)
@given(mailboxes(), st.randoms(use_true_random=False), st.integers(1, 4))
@example(CYCLE, random_module.Random(1), 1)
@example(BRIDGE, random_module.Random(2), 1)
def test_the_conversations_are_the_same_in_any_order_and_under_repetition(
    messages: list[Message], random: Any, size: int
) -> None:
    order = messages + random.choices(messages, k=len(messages) // 2)
    random.shuffle(order)
    starts = range(0, len(order), size)
    goes = {start: random.choice([0, 0, 1]) for start in starts}
    lies: dict[str, set[int]] = {}
    for n, one in enumerate(order):
        lies.setdefault(one.text, set()).add(goes[n - n % size])
    wanted = expected(messages, lies)
    with tempfile.TemporaryDirectory() as folder:
        db, *mailboxes_of_acme = fresh(folder)
        for start in starts:
            batch = [raw(f"{start + i}", one) for i, one in enumerate(order[start : start + size])]
            bring(db, mailboxes_of_acme[goes[start]], *batch)
        assert conversations(db) == wanted
        assert len(items(db)) == len(wanted)
        placed = {r.item_id for r in rows(db, "message")}
        assert placed == set(items(db))
        with db.read() as conn:
            found = {r[0] for r in conn.exec_driver_sql("SELECT item_id FROM search_doc")}
        assert found == placed
        db.close()


@settings(max_examples=40, phases=UNSHRUNK)
@given(st.permutations(range(5)), st.integers(1, 5))
def test_tasks_and_what_hangs_from_them_are_the_same_in_any_order(
    order: list[int], size: int
) -> None:
    about = Ref("card", "c1")
    records = [
        raw("t", task(1, "Web"), stream="card"),
        *(
            raw(f"k{n}", Message(ref=Ref("comment", f"k{n}"), author=ANA, text=f"{n}", about=about,
                sent_at=NOW + timedelta(hours=n)), stream="comment")
            for n in range(3)
        ),
        raw("u", task(2, "Otra"), stream="card"),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        db, key, _ = fresh(folder)
        shuffled = [records[n] for n in order]
        for start in range(0, 5, size):
            bring(db, key, *shuffled[start : start + size])
        seen = {i.title: i for i in items(db).values()}
        assert set(seen) == {"Web", "Otra"}
        assert (seen["Web"].snippet, seen["Web"].kind) == ("2", 0)
        assert {r.item_id for r in rows(db, "message")} == {seen["Web"].id}
        db.close()


def test_keys_never_come_from_empty_ids() -> None:
    assert threads.keys(Thread(message_id="", references=("", "")), "0", "1") == ()


def test_the_conversation_that_was_first_stays_and_the_other_leaves_the_queue(
    db: Database, acme: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1, title="Uno")))
    bring(db, acme, raw("2", mail(2, title="Dos")))
    first, second = items(db)
    bring(db, acme, raw("3", mail(3, title="Re: Uno", refs=["id1", "id2"])))
    (item,) = items(db).values()
    assert (item.id, item.title, item.external_id) == (first, "Uno", "m0001")
    merged = next(r for r in rows(db, "item") if r.id == second)
    assert (merged.merged_into, merged.state) == (first, 4)
    bring(db, acme, raw("4", mail(4, refs=["id2"])))
    assert list(items(db)) == [first]


def test_of_two_decisions_the_one_nearer_to_her_eyes_stands_and_undo_still_works(
    db: Database, acme: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1)))
    bring(db, acme, raw("2", mail(2)))
    first, second = items(db)
    place(db, [first], Lane.ARCHIVED, verb="archive", now=NOW)
    place(db, [second], Lane.WAITING, wake_on_reply=True, verb="wait", now=NOW)
    out = mail(3, refs=["id1", "id2"], author=LOLA, to=(ANA,))
    bring(db, acme, raw("3", out))
    assert {i: r.lane for i, r in items(db).items()} == {first: 2}
    undone = undo(db, NOW)
    assert undone is not None
    assert undone.items == (first,)
    assert items(db)[first].lane == 0
    again = redo(db, NOW)
    assert again is not None
    assert items(db)[first].lane == 2


def test_a_snooze_of_a_conversation_that_became_part_of_another_ends_at_most_once(
    db: Database, acme: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1)))
    bring(db, acme, raw("2", mail(2)))
    _, second = items(db)
    until = NOW + timedelta(hours=1)
    place(db, [second], Lane.SNOOZED, until=until, verb="snooze", now=NOW)
    bring(db, acme, raw("3", mail(3, refs=["id1", "id2"])))
    wake_due(db, until)
    assert wake_due(db, until) == 0


def test_a_bare_answer_joins_by_subject_only_near_and_with_the_same_people(
    db: Database, acme: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1, title="Logo")))
    bring(db, acme, raw("2", mail(2, title="RE: Logo")))
    bring(db, acme, raw("3", mail(3, title="Re: Logo", hours=31 * 24)))
    bring(db, acme, raw("4", mail(4, title="Re: Logo", author=BEA)))
    bring(db, acme, raw("5", mail(5, title="Logo")))
    together = {"m0001", "m0002", "m0005"}
    assert conversations(db) == {frozenset(together), frozenset({"m0003"}), frozenset({"m0004"})}
