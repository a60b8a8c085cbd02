"""What she writes to a mailbox: what may go, to whom, and what waits over there as a draft."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from normalizer import email
from normalizer.actions import MOST_BYTES, Draft, Enclosure, Mail
from normalizer.raw import Raw
from normalizer.said import Said
from store import outbox
from store.database import Database, open_database
from store.directory import ChannelKey, ChannelSpec, ClientSpec, declare, remember_writes
from store.intake import take
from store.outbox import Claimed
from store.triage import ask, set_aside, take_back
from store.views import Outgoing
from tests.office import letter
from tests.store.mailbox import NOW, items, rows
from triage import answers, verbs
from triage.answers import NotWrittenError, Wish
from triage.rules import derive

LOLA = "Lola <lola@acme.example>"
LATER = timedelta(minutes=1)


def clients(write: str) -> tuple[ClientSpec, ...]:
    return (
        ClientSpec(
            slug="acme", name="ACME", color="teal", identities=("lola@acme.example",),
            channels=(ChannelSpec(slug="correo", kind="imap", write=write),),
        ),
    )  # fmt: skip


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path / "trastienda.db")
    key = declare(database, clients("comment"), NOW)["acme", "correo"]
    mail = letter(1, "Web", to="lola@acme.example, Bea <bea@acme.example>")
    take(
        database, key, records=[Raw(stream="mail", external_id="INBOX;1;1", payload=mail)],
        cursor="1", normalise=email.normalise, rules=derive, census=(),
        identities=frozenset(), now=NOW,
    )  # fmt: skip
    remember_writes(database, key, ["mail", "draft"], [LOLA])
    yield database
    database.close()


@pytest.fixture
def key(db: Database) -> ChannelKey:
    return declare(db, clients("comment"), NOW)["acme", "correo"]


@pytest.fixture
def item(db: Database) -> int:
    return int(next(iter(items(db))))


def file(size: int, content: bytes | None = None) -> Enclosure:
    name = hashlib.sha256(content or b"").hexdigest()
    return Enclosure(
        name="a", media_type="a/b", sha256=name, size=size, content=content
    )  # fmt: skip


def claimed(db: Database, key: ChannelKey) -> Claimed:
    found = outbox.claim(db, key, NOW + LATER)
    assert found is not None
    return found


def mail_of(one: Claimed) -> Mail:
    assert isinstance(one.action, Mail)
    return one.action


def test_it_goes_to_all_only_where_she_wants_that(db: Database, item: int) -> None:
    for to_all in (False, True):
        made = answers.draft(db, item, Wish(text="Va", to_all=to_all), NOW)
        people = ("ana@acme.example", "bea@acme.example")
        assert answers.addressed(made) == people[: 1 + to_all]


def test_more_than_servers_take_is_said_before_anything_is_queued(db: Database, item: int) -> None:
    half = MOST_BYTES // 2
    answers.draft(db, item, Wish(text="Va", files=(file(half), file(half))), NOW)
    with pytest.raises(NotWrittenError, match=r"26 MB.*25 MB"):
        answers.draft(db, item, Wish(text="Va", files=(file(half), file(half + 1))), NOW)


def test_a_draft_waits_over_there_and_can_be_taken_back(
    db: Database, key: ChannelKey, item: int
) -> None:
    wish = Wish(text="Va", files=(file(3, b"abc"),), who="Lola")
    made = answers.draft(db, item, wish, NOW)
    said = answers.keep_there(db, made, NOW)
    assert said.items == (item,)
    assert "20 seconds" in said.text.text()
    assert "nothing was sent" in verbs.undo(db, NOW).text.text()
    assert outbox.claim(db, key, NOW + LATER) is None
    assert "after all" in verbs.redo(db, NOW).text.text()
    one = claimed(db, key)
    assert isinstance(one.action, Draft)
    assert isinstance(made.action, Mail)
    assert replace(one.action.mail, id=made.action.id) == made.action
    assert one.action.id != made.action.id
    assert [one.content for one in one.action.mail.files] == [b"abc"]
    assert [row.who for row in rows(db, "outbox")] == ["Lola"]


def test_without_leave_or_where_no_mail_goes_out_no_draft_is_kept_there(
    db: Database, key: ChannelKey, item: int
) -> None:
    made = answers.draft(db, item, Wish(text="Va"), NOW)
    for write, can, said in (("no", ["mail", "draft"], "write"), ("comment", ["mail"], "no such")):
        declare(db, clients(write), NOW)
        remember_writes(db, key, can, [LOLA])
        with pytest.raises(NotWrittenError, match=said):
            answers.keep_there(db, made, NOW)
    assert rows(db, "outbox") == []


def test_a_mail_knows_whether_it_lies_over_there_as_a_draft(
    db: Database, key: ChannelKey, item: int
) -> None:
    kept, other = (answers.draft(db, item, Wish(text="Va"), NOW) for _ in range(2))
    answers.keep_there(db, kept, NOW)
    draft = claimed(db, key)
    outbox.done(db, draft.id, ("draft", "x"), NOW)
    for made, drafted in ((kept, True), (other, False)):
        answers.post(db, made, NOW)
        one = claimed(db, key)
        assert mail_of(one).drafted is drafted
        outbox.done(db, one.id, ("mail", "x"), NOW)


@pytest.mark.parametrize("how", ["taken back", "refused"])
def test_a_draft_that_never_got_there_is_not_looked_for(
    db: Database, key: ChannelKey, item: int, how: str
) -> None:
    made = answers.draft(db, item, Wish(text="Va"), NOW)
    answers.keep_there(db, made, NOW)
    if how == "taken back":
        verbs.undo(db, NOW)
    else:
        set_aside(db, claimed(db, key).id, Said("No folder."), NOW)
    answers.post(db, made, NOW)
    assert not mail_of(claimed(db, key)).drafted


def test_asked_whether_it_went_from_its_draft_she_is_not_asked_that_again(
    db: Database, key: ChannelKey, item: int
) -> None:
    made = answers.draft(db, item, Wish(text="Va"), NOW)
    answers.keep_there(db, made, NOW)
    outbox.done(db, claimed(db, key).id, ("draft", "x"), NOW)
    answers.post(db, made, NOW)
    one = claimed(db, key)
    ask(db, one.id, Said("Did it?"), NOW)
    assert outbox.settle(db, one.id, NOW, arrived=False)
    again = mail_of(claimed(db, key))
    assert (again.drafted, again.doubted, again.decided_at) == (False, False, NOW)
    assert not outbox.settle(db, one.id, NOW, arrived=False)


@pytest.mark.parametrize("how", ["refused", "taken back"])
def test_a_draft_that_does_not_get_there_holds_up_no_mail_and_raises_no_question(
    db: Database, key: ChannelKey, item: int, how: str
) -> None:
    made = answers.draft(db, item, Wish(text="Va"), NOW)
    answers.keep_there(db, made, NOW)
    answers.post(db, made, NOW)
    if how == "refused":
        set_aside(db, claimed(db, key).id, Said("No folder."), NOW)
    else:
        assert take_back(db, rows(db, "outbox")[0].id, NOW) is not None
    mail = mail_of(claimed(db, key))
    assert mail.message_id == made.action.message_id  # type: ignore[attr-defined]
    assert not mail.drafted


def test_a_draft_that_was_refused_but_may_have_got_there_before_is_looked_for(
    db: Database, key: ChannelKey, item: int
) -> None:
    made = answers.draft(db, item, Wish(text="Va"), NOW)
    answers.keep_there(db, made, NOW)
    answers.post(db, made, NOW)
    draft = claimed(db, key)
    outbox.later(db, draft.id, Said("No answer."), NOW, now=NOW, doubted=True)
    set_aside(db, claimed(db, key).id, Said("No folder."), NOW)
    assert mail_of(claimed(db, key)).drafted


def test_a_draft_knows_whether_an_earlier_state_of_it_lies_over_there(
    db: Database, key: ChannelKey, item: int
) -> None:
    made = answers.draft(db, item, Wish(text="Va"), NOW)
    for _ in range(3):
        answers.keep_there(db, made, NOW)
    found = []
    for ended in (Outgoing.REFUSED, Outgoing.DONE, Outgoing.ASK):
        one = claimed(db, key)
        assert isinstance(one.action, Draft)
        found.append(one.action.mail.drafted)
        if ended is Outgoing.DONE:
            outbox.done(db, one.id, ("draft", "x"), NOW)
        else:
            (set_aside if ended is Outgoing.REFUSED else ask)(db, one.id, Said("No."), NOW)
    assert found == [False, False, True]
    assert outbox.settle(db, one.id, NOW, arrived=False)
    again = claimed(db, key).action
    assert isinstance(again, Draft)
    assert not again.mail.drafted, "of that she is not asked twice"


def test_the_same_words_are_not_queued_twice_while_they_are_on_their_way(
    db: Database, key: ChannelKey, item: int
) -> None:
    def say(text: str, *, to_all: bool = False) -> None:
        answers.post(db, answers.draft(db, item, Wish(text=text, to_all=to_all), NOW), NOW)

    say("Va hoy")
    say("Va mañana")
    one = claimed(db, key)
    ask(db, one.id, Said("Did it?"), NOW)
    with pytest.raises(NotWrittenError, match="on its way"):
        say("Va hoy")
    assert len(rows(db, "outbox")) == 2
    say("Va hoy", to_all=True)
    outbox.settle(db, one.id, NOW, arrived=True)
    say("Va hoy")
    verbs.undo(db, NOW)
    say("Va hoy")
    assert len(rows(db, "outbox")) == 5


def test_the_time_to_take_it_back_begins_when_she_lets_it_go(
    db: Database, key: ChannelKey, item: int
) -> None:
    made = answers.draft(db, item, Wish(text="Va"), NOW)
    answers.post(db, made, NOW + LATER)
    assert (
        outbox.claim(db, key, NOW + LATER + answers.window("imap") - timedelta(seconds=1)) is None
    )
    assert outbox.claim(db, key, NOW + LATER + answers.window("imap")) is not None


def test_a_person_is_answered_though_a_machine_spoke_last(
    db: Database, key: ChannelKey, item: int
) -> None:
    said = letter(2, "Re: Web", author="Correo <bot@acme.example>", to="lola@acme.example",
                  answers=[1], more="Auto-Submitted: auto-replied\r\n")  # fmt: skip
    take(
        db, key, records=[Raw(stream="mail", external_id="INBOX;1;2", payload=said)], cursor="2",
        normalise=email.normalise, rules=derive, census=(), identities=frozenset(), now=NOW,
    )  # fmt: skip
    mail = answers.draft(db, item, Wish(text="Va"), NOW).action
    assert isinstance(mail, Mail)
    assert (mail.to, mail.in_reply_to) == (("Ana Muñoz <ana@acme.example>",), "1@mail.example")
