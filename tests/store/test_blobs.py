"""What is in the files that go out: there till nothing needs it, and never another client's."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from normalizer.actions import Draft, Enclosure, Mail
from normalizer.model import Ref
from normalizer.said import Said
from store import blobs, deeds, outbox, schema
from store.codes import ms
from store.database import Database
from store.directory import ChannelKey
from store.outbox import Claimed, Letter
from store.triage import ask, redo, send, set_aside, undo
from tests.store.mailbox import NOW, bring, items, mail, raw, rows

PDF = b"%PDF-1.7\r\n\x00\xff"
SECOND = timedelta(seconds=1)


def file(content: bytes = PDF, name: str = "plan.pdf") -> Enclosure:
    return Enclosure(
        name=name, media_type="application/pdf", sha256=hashlib.sha256(content).hexdigest(),
        size=len(content), content=content,
    )  # fmt: skip


def letter(key: ChannelKey, *files: Enclosure, item: int | None = None) -> Letter:
    action = Mail(
        ref=Ref("mail", "x"), sender="lola@acme.example", to=("ana@acme.example",), subject="Web",
        text="Va", message_id="x@acme.example", files=files,
    )  # fmt: skip
    return Letter(key=key, item_id=item, action=action, send_at=NOW)


def held(db: Database) -> list[tuple[int, bytes]]:
    return [(row.client_id, row.content) for row in rows(db, "blob")]


def claimed(db: Database, key: ChannelKey, at: timedelta = SECOND) -> Claimed:
    found = outbox.claim(db, key, NOW + at)
    assert found is not None
    return found


def contents(one: Claimed) -> list[bytes | None]:
    return [file.content for file in deeds.enclosed(one.action)]


def test_what_is_sent_has_its_files_and_they_are_forgotten_once_it_has_gone(
    db: Database, acme: ChannelKey
) -> None:
    send(db, [letter(acme, file(), file(b"two", "b.txt"))], verb="answer", now=NOW)
    assert b"%PDF" not in b"".join(row.told.encode() for row in rows(db, "outbox"))
    for _ in range(2):
        one = claimed(db, acme)
        assert contents(one) == [PDF, b"two"]
        outbox.later(db, one.id, Said("No answer."), NOW, doubted=False, now=NOW)
    outbox.done(db, one.id, ("mail", "x"), NOW)
    assert held(db) == []


def test_a_draft_carries_the_files_of_its_mail(db: Database, acme: ChannelKey) -> None:
    wanted = letter(acme, file()).action
    assert isinstance(wanted, Mail)
    kept = Letter(key=acme, item_id=None, action=Draft(ref=wanted.ref, mail=wanted), send_at=NOW)
    send(db, [kept], verb="draft", now=NOW)
    one = claimed(db, acme)
    assert isinstance(one.action, Draft)
    assert contents(one) == [PDF]


def test_what_another_write_or_a_draft_needs_stays(
    db: Database, acme: ChannelKey, sales: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1)))
    (item,) = items(db)
    send(db, [letter(acme, file())], verb="answer", now=NOW)
    send(db, [letter(sales, file(name="otro nombre.pdf"))], verb="answer", now=NOW)
    outbox.done(db, claimed(db, acme).id, ("mail", "x"), NOW)
    assert held(db) == [(acme.client_id, PDF)]
    with db.write() as conn:
        blobs.keep(conn, acme.client_id, [file(b"drafted")])
        drafted = {
            "item_id": item, "client_id": acme.client_id, "key": "k", "text": "", "to_all": 0,
            "files": deeds.spell_files([file(b"drafted")]), "at": ms(NOW), "kept_there": 0,
        }  # fmt: skip
        conn.execute(schema.draft.insert(), drafted)
    outbox.done(db, claimed(db, sales).id, ("mail", "x"), NOW)
    assert held(db) == [(acme.client_id, b"drafted")]
    with db.write() as conn:
        conn.execute(schema.draft.delete())
        blobs.sweep(conn, acme.client_id)
    assert held(db) == []


def test_nothing_of_one_client_is_read_or_forgotten_for_another(
    db: Database, acme: ChannelKey, luz: ChannelKey
) -> None:
    send(db, [letter(acme, file())], verb="answer", now=NOW)
    with db.write() as conn:
        assert [one.content for one in blobs.load(conn, luz.client_id, [file()])] == [None]
        blobs.sweep(conn, luz.client_id)
    send(db, [letter(luz, file())], verb="answer", now=NOW)
    assert len(held(db)) == 2
    outbox.done(db, claimed(db, luz).id, ("mail", "x"), NOW)
    assert held(db) == [(acme.client_id, PDF)]
    assert contents(claimed(db, acme)) == [PDF]


def test_what_she_has_taken_back_goes_whole_after_all_till_she_decides_anew(
    db: Database, acme: ChannelKey
) -> None:
    send(db, [letter(acme, file())], verb="answer", now=NOW)
    undo(db, NOW)
    with db.write() as conn:
        blobs.sweep(conn, acme.client_id)
    redo(db, NOW)
    assert contents(claimed(db, acme)) == [PDF]
    outbox.later(db, 1, Said("No answer."), NOW, doubted=False, now=NOW)
    undo(db, NOW)
    send(db, [letter(acme)], verb="answer", now=NOW)
    outbox.done(db, claimed(db, acme).id, ("mail", "x"), NOW)
    assert held(db) == []


@pytest.mark.parametrize("how", ["refused", "asked"])
def test_what_waits_for_her_keeps_its_files_and_lets_them_go_when_she_is_done_with_it(
    db: Database, acme: ChannelKey, how: str
) -> None:
    send(db, [letter(acme, file())], verb="answer", now=NOW)
    one = claimed(db, acme)
    (set_aside if how == "refused" else ask)(db, one.id, Said("No."), NOW)
    with db.write() as conn:
        blobs.sweep(conn, acme.client_id)
    assert len(held(db)) == 1
    if how == "refused":
        assert outbox.drop(db, one.id, NOW)
    else:
        assert outbox.settle(db, one.id, NOW, arrived=False)
        assert contents(claimed(db, acme)) == [PDF]
        ask(db, one.id, Said("No."), NOW)
        assert outbox.settle(db, one.id, NOW, arrived=True)
    assert held(db) == []


def test_content_that_is_not_what_its_file_says_is_neither_kept_nor_given(
    db: Database, acme: ChannelKey
) -> None:
    lie = Enclosure(
        name="a", media_type="text/plain", sha256=file().sha256, size=5, content=b"wrong"
    )
    with pytest.raises(ValueError, match="sha256"):
        send(db, [letter(acme, lie)], verb="answer", now=NOW)
    assert rows(db, "outbox") == held(db) == []
    send(db, [letter(acme, file())], verb="answer", now=NOW)
    with db.write() as conn:
        conn.execute(schema.blob.update().values(content=b"rotten"))
    assert contents(claimed(db, acme)) == [None]
