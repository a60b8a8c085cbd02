"""Putting through again what is kept, with a better mapping."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from normalizer.model import Message, Ref, State
from normalizer.raw import Raw
from store.codes import GONE, unpack
from store.database import Database
from store.directory import ChannelKey
from store.intake import Taken, renormalise, take
from store.triage import history, place, undo
from store.views import Lane
from tests.store.mailbox import ANA, NOW, bring, items, mail, normalise, raw, rows, rules, task


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


def test_a_task_whose_news_cannot_be_read_stays_as_it_was_and_says_so(
    db: Database, board: ChannelKey
) -> None:
    bring(db, board, raw("c1", task(1, "Web"), stream="card"))
    broken = Raw(stream="card", external_id="c1", payload=b"no pickle")
    bring(db, board, broken, cursor="2")
    (item,) = items(db).values()
    assert (item.title, item.state) == ("Web", 0)
    assert not rows(db, "change")
    (message,) = rows(db, "message")
    assert message.item_id == item.id
    assert "could not be read" in message.extra
    bring(db, board, replace(broken, payload=b"nor this"), cursor="3")
    assert len(rows(db, "message")) == 1
    bring(db, board, raw("c1", task(1, "Otra", state=State.DONE), stream="card"), cursor="4")
    (item,) = items(db).values()
    assert (item.title, item.state) == ("Otra", 1)
    assert not rows(db, "message")
    assert sorted(one.field for one in rows(db, "change")) == ["state", "title"]


def test_a_task_named_otherwise_than_its_copy_stays_too(db: Database, board: ChannelKey) -> None:
    bring(db, board, raw("copy", task(1, "Web"), stream="card"))
    bring(db, board, Raw(stream="card", external_id="copy", payload=b"no pickle"), cursor="2")
    (item,) = items(db).values()
    assert (item.external_id, item.title, item.state) == ("c1", "Web", 0)


def test_a_comment_whose_edit_cannot_be_read_keeps_its_words(
    db: Database, board: ChannelKey
) -> None:
    said = Message(
        ref=Ref("comment", "k"), author=ANA, sent_at=NOW, text="Azul", about=Ref("card", "c1")
    )
    bring(db, board, raw("c1", task(1), stream="card"), raw("k", said, stream="comment"))
    bring(db, board, Raw(stream="comment", external_id="k", payload=b"no pickle"), cursor="2")
    (message,) = rows(db, "message")
    assert unpack(message.text) == "Azul"
    assert not message.flags & GONE
    assert not rows(db, "change")
    other = replace(said, text="Rojo")
    bring(db, board, raw("k", other, stream="comment"), cursor="3")
    assert [(one.before, one.after) for one in rows(db, "change")] == [("Azul", "Rojo")]
