"""How far she has looked: what came after that is new, what she did herself never is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

from store import looking, schema
from store.codes import LANES
from store.database import Database
from store.directory import ChannelKey
from store.query import parse
from store.reader import Reader
from store.triage import place, undo, wake_due
from store.views import Lane, Row
from tests.store.mailbox import ANA, LOLA, NOW, bring, items, mail, raw, task


def row(db: Database, item_id: int) -> Row:
    reader = Reader(db.target)
    try:
        (found,) = reader.rows([item_id])
    finally:
        reader.close()
    assert found is not None
    return found


def finds(db: Database, text: str) -> list[int]:
    reader = Reader(db.target)
    try:
        return list(reader.search(parse(text, now=NOW, timezone=UTC)))
    finally:
        reader.close()


def look(db: Database, item_id: int) -> bool:
    reader = Reader(db.target)
    try:
        view = reader.item(item_id)
    finally:
        reader.close()
    assert view is not None
    return looking.look(db, {item_id: view.newest}, now=NOW)


def test_a_mail_is_new_until_she_looks_here_or_reads_it_there(
    db: Database, acme: ChannelKey
) -> None:
    bring(db, acme, raw("1", replace(mail(1), unread=True), unread=True))
    (item_id,) = items(db)
    assert row(db, item_id).fresh == 1
    assert finds(db, "es:nuevo") == [item_id]
    assert look(db, item_id)
    assert not look(db, item_id)  # nothing is written for what is known
    seen = row(db, item_id)
    assert (seen.fresh, seen.unread, seen.looked) == (0, 1, True)
    assert finds(db, "is:new") == []
    bring(db, acme, raw("2", replace(mail(2, refs=["id1"]), unread=True), unread=True))
    assert row(db, item_id).fresh == 1
    bring(db, acme, raw("2", mail(2, refs=["id1"])))
    assert row(db, item_id).fresh == 0


def test_what_she_looked_at_never_goes_back(db: Database, acme: ChannelKey) -> None:
    bring(db, acme, raw("1", replace(mail(1), unread=True), unread=True))
    (item_id,) = items(db)
    look(db, item_id)
    assert not looking.look(db, {item_id: (0, 0)}, now=NOW)
    assert not looking.look(db, {}, now=NOW)
    assert row(db, item_id).fresh == 0
    assert not looking.look(db, {item_id + 999: (0, 0)}, now=NOW)  # no such item: nothing kept


def test_a_change_at_the_clients_is_told_until_she_looks(db: Database, board: ChannelKey) -> None:
    bring(db, board, raw("1", task(1, "Web"), stream="card"))
    (item_id,) = items(db)
    assert finds(db, "changed:new") == []
    bring(db, board, raw("1", task(1, "Web nueva"), stream="card"))
    assert row(db, item_id).changes == 1
    assert finds(db, "cambio:nuevo") == finds(db, "changed:title") == [item_id]
    assert finds(db, "changed:due") == []
    look(db, item_id)
    assert row(db, item_id).changes == 0
    assert finds(db, "changed:new") == []
    assert finds(db, "cambio:título") == [item_id]


def test_what_became_of_her_own_done_is_no_news(db: Database, board: ChannelKey) -> None:
    bring(db, board, raw("1", task(1), stream="card"))
    (item_id,) = items(db)
    place(db, [item_id], Lane.DONE, verb="done", now=NOW)
    bring(db, board, raw("1", task(1, container="Web › Hecho"), stream="card"))
    assert row(db, item_id).changes == 0
    place(db, [item_id], Lane.INBOX, verb="inbox", now=NOW)
    assert row(db, item_id).changes == 1


def test_what_she_changed_over_there_herself_is_no_news(db: Database, board: ChannelKey) -> None:
    bring(db, board, raw("1", task(1), stream="card"))
    (item_id,) = items(db)
    with db.write() as conn:
        people = {one.handle: one.id for one in conn.execute(schema.person.select())}
        for number, who in enumerate((LOLA, ANA), 1):
            if who.handle not in people:
                people[who.handle] = 900 + number
                conn.execute(
                    schema.person.insert().values(
                        id=people[who.handle], client_id=board.client_id, handle=who.handle,
                        name=who.name,
                    )
                )  # fmt: skip
            conn.execute(
                schema.change.insert().values(
                    id=number, client_id=board.client_id, channel_id=board.channel_id,
                    item_id=item_id, field="title", before="a", after="b",
                    author=people[who.handle], at=0,
                )
            )  # fmt: skip
    assert row(db, item_id).changes == 1  # Ana's


def test_what_is_planned_for_a_day_is_in_its_plan_then_and_comes_back_sooner_for_an_answer(
    db: Database, acme: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1)), raw("2", mail(2)))
    first, second = items(db)
    morning = NOW + timedelta(days=1)
    for item_id in (first, second):
        place(
            db, [item_id], Lane.SNOOZED, until=morning, wake_on_reply=True, wakes_to=Lane.PLANNED,
            verb="later", now=NOW,
        )  # fmt: skip
    assert row(db, first).to_plan
    bring(db, acme, raw("3", mail(3, refs=["id2"], hours=50)))
    lanes = {one: LANES[each.lane] for one, each in items(db).items()}
    assert lanes[second] is Lane.INBOX
    assert wake_due(db, morning) == 1
    assert LANES[items(db)[first].lane] is Lane.PLANNED
    assert undo(db, morning) is not None  # hers: the second's, which has come back since
    assert LANES[items(db)[second].lane] is Lane.INBOX
