"""Putting through again what is kept, with a better mapping."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from normalizer.model import Message
from normalizer.raw import Raw
from store.database import Database
from store.directory import ChannelKey
from store.intake import Taken, renormalise, take
from store.triage import history, place, undo
from store.views import Lane
from tests.store.mailbox import NOW, bring, items, mail, normalise, raw, rows, rules, task


def again(db: Database, key: ChannelKey, mapping: Any = normalise) -> Taken:
    """Put everything through a mapping again."""
    pages = list(
        renormalise(db, key, normalise=mapping, rules=rules, identities=frozenset(), now=NOW)
    )
    return Taken(
        changed=sum(one.changed for one in pages), set_aside=sum(one.set_aside for one in pages)
    )


def test_putting_all_through_again_mends_what_could_not_be_read(
    db: Database, acme: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1, title="Asunto 1")), raw("2", task(2), stream="card"))

    def worse(one: Raw) -> Any:
        raise ValueError(one)

    assert again(db, acme, worse).set_aside == 2
    assert all(r.problem for r in rows(db, "raw"))
    assert again(db, acme).changed == 2
    assert not any(r.problem for r in rows(db, "raw"))
    assert rows(db, "change") == []
    assert [m.external_id for m in rows(db, "message")] == ["m0001"]
    assert len(items(db)) == 2
    with db.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM search_doc").scalar() == 2


def test_what_she_decided_about_a_stand_in_stays_with_what_it_turns_out_to_be(
    db: Database, acme: ChannelKey
) -> None:
    def unreadable(one: Raw) -> Any:
        raise ValueError(one)

    both = [raw("1", mail(1, title="Asunto 1")), raw("2", task(2), stream="card")]
    take(
        db, acme, records=both, cursor="1", census=(), normalise=unreadable, rules=rules,
        identities=frozenset(), now=NOW,
    )  # fmt: skip
    for item_id in items(db):
        place(db, [item_id], Lane.ARCHIVED, verb="archive", now=NOW)
    assert again(db, acme).set_aside == 0
    assert sorted((i.title, i.lane) for i in items(db).values()) == [("Asunto 1", 4), ("Tarea", 4)]
    undone = undo(db, NOW)
    assert undone is not None
    assert [items(db)[one].lane for one in undone.items] == [0]


def test_putting_through_again_keeps_all_that_she_decided_and_wakes_nothing(
    db: Database, acme: ChannelKey
) -> None:
    bring(db, acme, *(raw(str(n), mail(n)) for n in range(250)))
    place(db, list(items(db)), Lane.ARCHIVED, verb="archive", now=NOW)
    journal = len(history(db))

    def better(one: Raw) -> Any:
        for record in normalise(one):
            assert isinstance(record, Message)
            yield replace(record, text="mejor")

    assert again(db, acme, better).changed == 250
    assert {i.lane for i in items(db).values()} == {4}
    assert {i.snippet for i in items(db).values()} == {"mejor"}
    assert rows(db, "change") == []
    assert len(history(db)) == journal
