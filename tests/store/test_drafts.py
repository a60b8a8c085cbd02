"""What she is writing is kept, ends with its leaving, and is back when she takes that back."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from normalizer.actions import Comment, Enclosure, Mail
from normalizer.model import Ref
from store import drafts, triage
from store.database import Database
from store.directory import ChannelKey
from store.outbox import Letter
from store.reader import Reader
from store.views import Draft
from tests.store.mailbox import NOW, bring, items, mail, raw, rows

FILE = Enclosure(
    name="a.pdf", media_type="application/pdf", size=3, content=b"pdf",
    sha256=hashlib.sha256(b"pdf").hexdigest(),
)  # fmt: skip


@pytest.fixture
def item(db: Database, acme: ChannelKey) -> int:
    bring(db, acme, raw("1", mail(1)))
    (one,) = items(db)
    return one


def letter(key: ChannelKey, item: int, draft: Draft) -> Letter:
    action = Mail(
        ref=Ref("mail", "m"), id=draft.key, sender="l@acme.example", to=("ana@acme.example",),
        subject="Re: x", text=draft.text, message_id=f"{draft.key}@acme.example", files=draft.files,
    )  # fmt: skip
    return Letter(key=key, item_id=item, action=action, send_at=NOW)


def test_a_draft_is_kept_with_its_files_and_the_latest_state_counts(
    db: Database, item: int
) -> None:
    first = Draft(text="Ho", files=(FILE,), paths=(Path("/tmp/a.pdf"),), to_all=True)
    drafts.keep(db, item, first, NOW)
    later = Draft(
        key=first.key, text="Hola", files=(Enclosure(
            name="a.pdf", media_type="application/pdf", size=3, sha256=FILE.sha256),),
    )  # fmt: skip
    drafts.keep(db, item, later, NOW)
    found = drafts.get(db, item)
    assert found is not None
    assert (found.key, found.text, found.files[0].content) == (first.key, "Hola", b"pdf")
    drafts.keep(db, item, Draft(text=" \n"), NOW)
    assert drafts.get(db, item) is None
    assert rows(db, "blob") == []


def test_a_draft_is_one_clients_and_no_others(db: Database, item: int, luz: ChannelKey) -> None:
    bring(db, luz, raw("1", mail(1)))
    (other,) = set(items(db)) - {item}
    drafts.keep(db, item, Draft(text="de acme", files=(FILE,)), NOW)
    assert drafts.get(db, other) is None
    drafts.keep(db, other, Draft(text="de luz", files=(FILE,)), NOW)
    assert {row.client_id for row in rows(db, "draft")} == {1, 2}
    drafts.drop(db, item)
    found = drafts.get(db, other)
    assert found is not None
    assert (found.text, found.files[0].content) == ("de luz", b"pdf")
    reader = Reader(db.target)
    assert {row.client: row.drafted for row in reader.rows([item, other]) if row} == {
        "acme": False, "luz": True,
    }  # fmt: skip
    reader.close()


def test_a_draft_ends_with_its_leaving_or_not_at_all(
    db: Database, item: int, acme: ChannelKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Draft(text="Hola")
    drafts.keep(db, item, mine, NOW)
    with monkeypatch.context() as patch:
        patch.setattr(drafts, "sent", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            triage.send(db, [letter(acme, item, mine)], verb="answer", now=NOW)
    assert rows(db, "outbox") == []
    assert drafts.get(db, item) is not None
    triage.send(db, [letter(acme, item, mine)], verb="answer", now=NOW)
    assert drafts.get(db, item) is None


def test_another_answer_leaves_the_draft_alone(db: Database, item: int, acme: ChannelKey) -> None:
    drafts.keep(db, item, Draft(text="A medias"), NOW)
    triage.send(db, [letter(acme, item, Draft(text="Otra"))], verb="answer", now=NOW)
    assert drafts.get(db, item) is not None


def test_what_is_taken_back_is_a_draft_again_and_what_goes_after_all_is_none(
    db: Database, item: int, acme: ChannelKey
) -> None:
    mine = Draft(text="Hola", files=(FILE,))
    drafts.keep(db, item, mine, NOW)
    triage.send(db, [letter(acme, item, mine)], verb="answer", now=NOW)
    triage.undo(db, NOW)
    found = drafts.get(db, item)
    assert found is not None
    assert (found.text, found.files[0].content) == ("Hola", b"pdf")
    assert found.key != mine.key, "what was taken back has that name for ever"
    triage.redo(db, NOW)
    assert drafts.get(db, item) is None
    triage.undo(db, NOW)
    found = drafts.get(db, item)
    assert found is not None
    drafts.keep(db, item, Draft(key=found.key, text="Hola, más", files=found.files), NOW)
    triage.redo(db, NOW)
    assert drafts.get(db, item) is not None, "she has gone on writing"


def test_what_she_began_meanwhile_stands_before_what_comes_back(
    db: Database, item: int, acme: ChannelKey
) -> None:
    action = Comment(ref=Ref("card", "c"), text="Primero")
    triage.send(db, [Letter(key=acme, item_id=item, action=action, send_at=NOW)], verb="answer",
                now=NOW)  # fmt: skip
    drafts.keep(db, item, Draft(text="Luego"), NOW)
    triage.undo(db, NOW)
    found = drafts.get(db, item)
    assert found is not None
    assert found.text == "Luego\n\nPrimero"


@pytest.mark.parametrize("both", [False, True])
def test_a_draft_follows_its_conversation_into_another(
    db: Database, acme: ChannelKey, *, both: bool
) -> None:
    bring(db, acme, raw("1", mail(1)), raw("3", mail(3, refs=["id2"])))
    one, other = items(db)
    drafts.keep(db, other, Draft(text="De la segunda"), NOW)
    if both:
        drafts.keep(db, one, Draft(text="De la primera"), NOW)
    bring(db, acme, raw("2", mail(2, refs=["id1"])))
    for number in (one, other):
        found = drafts.get(db, number)
        assert found is not None
        assert "De la segunda" in found.text
        assert ("De la primera" in found.text) is both
    assert len(rows(db, "draft")) == 1
