"""Every try of a write stays on record, with what came of it."""

from __future__ import annotations

import itertools
from datetime import timedelta

from store import attempts, audit, outbox
from store.codes import OUTGOING
from store.database import Database
from store.directory import ChannelKey
from store.triage import ask, send
from store.views import Outgoing
from tests.store.mailbox import NOW, rows
from tests.store.test_outbox import BROKEN, WINDOW, claimed, letter

LATER = NOW + WINDOW


def told(db: Database) -> list[tuple[Outgoing | None, bool]]:
    """What came of each try, and whether it says why."""
    return [
        (None if row.state is None else OUTGOING[row.state], row.error is not None)
        for row in rows(db, "attempt")
    ]


def test_each_try_says_what_came_of_it(db: Database, acme: ChannelKey) -> None:
    send(db, [letter(acme)], verb="answer", now=NOW)
    for doubted in (False, True):
        one = claimed(db, acme)
        outbox.later(db, one.id, BROKEN, LATER, now=LATER, doubted=doubted)
    outbox.done(db, claimed(db, acme).id, ("comment", "1"), LATER)
    assert told(db) == [
        (Outgoing.QUEUED, True), (Outgoing.DOUBT, True), (Outgoing.DONE, False),
    ]  # fmt: skip


def test_a_try_whose_process_died_has_no_end_and_the_next_one_does_not_give_it_one(
    db: Database, acme: ChannelKey
) -> None:
    send(db, [letter(acme)], verb="answer", now=NOW)
    claimed(db, acme)
    outbox.recover(db, LATER)
    outbox.done(db, claimed(db, acme).id, ("comment", "1"), LATER)
    assert told(db) == [(None, False), (Outgoing.DONE, False)]


def test_of_a_write_that_fails_for_days_the_first_tries_and_the_last_stay(
    db: Database, acme: ChannelKey
) -> None:
    send(db, [letter(acme)], verb="answer", now=NOW)
    for number in range(attempts._MOST + 20):
        at = LATER + timedelta(hours=number)
        one = outbox.claim(db, acme, at)
        assert one is not None
        outbox.later(db, one.id, BROKEN, at, now=at, doubted=False)
    kept = [row.began_at for row in rows(db, "attempt")]
    assert len(kept) == attempts._MOST
    assert kept[0] == min(kept)
    first, last = kept[: attempts._MOST // 2], kept[attempts._MOST // 2 :]
    hour = 3_600_000
    assert [b - a for a, b in itertools.pairwise(first)] == [hour] * (len(first) - 1)
    assert [b - a for a, b in itertools.pairwise(last)] == [hour] * (len(last) - 1)


def test_her_word_for_whether_it_arrived_stands_among_the_tries(
    db: Database, acme: ChannelKey
) -> None:
    send(db, [letter(acme)], verb="answer", now=NOW)
    for arrived in (False, True):
        one = claimed(db, acme)
        ask(db, one.id, BROKEN, LATER)
        assert outbox.settle(db, one.id, LATER, arrived=arrived)
        assert not outbox.settle(db, one.id, LATER, arrived=arrived), "she is asked once"
    (write,) = audit.written(db, "acme")
    assert [(one.state, one.error and one.error.text()) for one in write.tries] == [
        (Outgoing.ASK, "No answer."), (Outgoing.QUEUED, "You said that it did not arrive."),
        (Outgoing.ASK, "No answer."), (Outgoing.DONE, "You said that it arrived."),
    ]  # fmt: skip
    assert all(one.ended_at == LATER for one in write.tries)
    assert write.attempts == 2, "what was sent, without her words"
