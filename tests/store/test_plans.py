"""Her plan of the day: taken back and taken again whatever came between, and read as it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import decisions, plans, schema, triage
from store.codes import ms
from store.database import Database
from store.decisions import Place
from store.directory import ChannelKey
from store.query import parse
from store.reader import Order, Reader
from store.views import Lane
from tests.store.mailbox import NOW, bring, items, mail, raw

COUNT = 3
DAY = timedelta(days=1)
BEGUN = NOW - timedelta(hours=8)

some = st.lists(st.integers(0, COUNT - 1), min_size=1, max_size=COUNT, unique=True)
deeds = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["plan", "later", "archive", "order", "reply"]), some),
        st.tuples(st.just("estimate"), some, st.sampled_from([None, 30, 90])),
        st.tuples(st.sampled_from(["undo", "redo", "due"])),
    ),
    max_size=12,
)


def places(db: Database, ids: Sequence[int]) -> dict[int, Place]:
    with db.read() as conn:
        return decisions.places(conn, ids)


def begin_anew(db: Database) -> None:
    with db.write() as conn:
        for table in (schema.undo_item, schema.undo, schema.triage):
            conn.execute(table.delete())
        conn.execute(schema.item.update().values(lane=0))


def wake(db: Database, ids: Sequence[int]) -> None:
    asleep = [one for one, place in places(db, ids).items() if place.wake_on_reply]
    with db.write() as conn:
        triage.wake(conn, asleep, "reply", ms(NOW))


def act(db: Database, verb: str, ids: Sequence[int], minutes: int | None = None) -> None:
    to_plan = {"until": NOW + DAY, "wake_on_reply": True, "wakes_to": Lane.PLANNED}
    lanes: dict[str, tuple[Lane, dict[str, Any]]] = {
        "plan": (Lane.PLANNED, {}), "later": (Lane.SNOOZED, to_plan), "archive": (Lane.ARCHIVED, {})
    }  # fmt: skip
    if verb in lanes:
        lane, more = lanes[verb]
        triage.place(db, ids, lane, verb=verb, now=NOW, **more)
    elif verb == "order":
        plans.order(db, ids, now=NOW)
    else:
        plans.estimate(db, ids, minutes, now=NOW)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=deeds)
def test_undone_to_the_end_all_is_as_it_was_and_taken_again_as_it_was_then(
    db: Database, acme: ChannelKey, steps: list[tuple[Any, ...]]
) -> None:
    if not items(db):
        bring(db, acme, *(raw(str(n), mail(n)) for n in range(COUNT)))
    begin_anew(db)
    ids = list(items(db))
    first = places(db, ids)
    woken: set[int] = set()
    others: dict[str, Callable[[], object]] = {
        "undo": lambda: triage.undo(db, NOW), "redo": lambda: triage.redo(db, NOW),
        "due": lambda: triage.wake_due(db, NOW + DAY),
    }  # fmt: skip
    for verb, *rest in steps:
        before = places(db, ids)
        if verb == "reply":
            wake(db, [ids[n] for n in rest[0]])
        elif verb in others:
            others[verb]()
        else:
            act(db, verb, [ids[n] for n in rest[0]], *rest[1:])
        if verb in {"reply", "due"}:
            woken |= {one for one, place in places(db, ids).items() if place != before[one]}

    def hers() -> dict[int, Place]:
        """What no clock and no message has moved: that she has it there is still true."""
        return {one: place for one, place in places(db, ids).items() if one not in woken}

    while triage.redo(db, NOW):
        pass
    last = hers()
    while triage.undo(db, NOW):
        pass
    assert hers() == {one: place for one, place in first.items() if one not in woken}
    while triage.redo(db, NOW):
        pass
    assert hers() == last


def planned(reader: Reader) -> list[int]:
    query = parse("state:planned", now=NOW, timezone=UTC)
    return list(reader.ids(query, order=Order.PLANNED, begun=BEGUN))


def test_what_is_left_of_earlier_days_comes_first_until_she_says_otherwise(
    db: Database, acme: ChannelKey
) -> None:
    bring(db, acme, *(raw(str(n), mail(n)) for n in range(4)))
    one, two, three, four = items(db)
    reader = Reader(db.target)
    triage.place(db, [one, two], Lane.PLANNED, verb="plan", now=NOW)
    triage.place(db, [four], Lane.PLANNED, verb="plan", now=NOW - DAY)
    assert planned(reader) == [four, one, two]
    assert set(plans.order(db, [two, four, one, three], now=NOW)) == {one, two, four}
    assert planned(reader) == [two, four, one], "and what is not planned is in no order"
    triage.place(db, [three], Lane.PLANNED, verb="plan", now=NOW)
    assert planned(reader) == [two, four, one, three]
    triage.place(db, [two], Lane.ARCHIVED, verb="archive", now=NOW)
    triage.place(db, [two], Lane.PLANNED, verb="plan", now=NOW)
    assert planned(reader) == [four, one, two, three], "back in the plan, it has no place in it"
    reader.close()


def test_the_day_counts_what_stands_of_what_she_decided(db: Database, acme: ChannelKey) -> None:
    bring(db, acme, *(raw(str(n), mail(n)) for n in range(8)))
    one, two, three, four, five, six, seven, eight = items(db)
    reader = Reader(db.target)
    triage.place(db, [one, two, three, four], Lane.PLANNED, verb="plan", now=NOW - DAY)
    triage.place(db, [eight], Lane.ARCHIVED, verb="archive", now=NOW - DAY)
    plans.estimate(db, [one, three, six], 90, now=NOW - DAY)
    assert not reader.load(planned(reader), BEGUN).begun
    triage.place(db, [one], Lane.DONE, verb="done", now=NOW)
    triage.place(db, [five, six], Lane.ARCHIVED, verb="archive", now=NOW)
    triage.place(db, [six], Lane.INBOX, verb="inbox", now=NOW)
    triage.place(db, [seven], Lane.WAITING, verb="wait", now=NOW)
    triage.place(db, [two], Lane.SNOOZED, verb="later", until=NOW + DAY, wakes_to=Lane.PLANNED,
                 now=NOW)  # fmt: skip
    triage.place(db, [four], Lane.DONE, verb="done", now=NOW)
    triage.undo(db, NOW)
    day = reader.day(planned(reader), BEGUN, NOW + 2 * DAY)
    assert [row.id for row in day.done] == [one]
    assert [row.id for row in day.archived] == [five], "not what came back, nor of the day before"
    assert [row.id for row in day.left] == [three, four]
    assert [row.id for row in day.tomorrow] == [two]
    assert day.waiting == {"acme": 1}
    assert (day.load.minutes, day.load.unestimated, day.load.done) == (90, 1, 90)
    assert day.load.carried == (NOW - DAY, NOW - DAY)
    assert day.load.begun
    assert reader.day(planned(reader), BEGUN, NOW).tomorrow == ()
    reader.close()
