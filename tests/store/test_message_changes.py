"""What a message said before it was edited, or taken back, is told as a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from normalizer.model import Attachment, Change, Conversation, Direction, Message, Ref
from normalizer.raw import Raw
from store.codes import GONE, LANES, OUT
from store.database import Database
from store.directory import ChannelKey
from store.intake import renormalise, take
from store.query import Query, Words
from store.raws import recall
from store.reader import Reader
from store.triage import place
from store.views import Lane
from tests.store.mailbox import (
    ANA,
    BEA,
    LOLA,
    NOW,
    bring,
    deleted,
    items,
    mail,
    normalise,
    raw,
    rows,
    rules,
    task,
)
from triage.rules import derive

CHAT = Conversation(ref=Ref("chat", "ana"), title="Ana")


def line(n: int, text: str, **more: Any) -> Message:
    return Message(
        ref=Ref("line", f"l{n}"), author=ANA, sent_at=NOW + timedelta(minutes=n), text=text,
        about=CHAT.ref, **more,
    )  # fmt: skip


def said(one: Message) -> Raw:
    return raw(one.ref.external_id, one, stream="line")


def report(n: int, before: str = "", after: str = "") -> Raw:
    change = Change(
        ref=Ref("edit", f"e{n}"), about=Ref("line", f"l{n}"), field="message", before=before,
        after=after, author=BEA, at=NOW + timedelta(hours=n),
    )  # fmt: skip
    return raw(f"e{n}", change, stream="edit")


def told(db: Database) -> list[tuple[str, str, str]]:
    return [(c.field, c.before, c.after) for c in rows(db, "change")]


@pytest.fixture
def chat(db: Database, board: ChannelKey) -> ChannelKey:
    bring(db, board, raw("ana", CHAT, stream="chat"), *(said(line(n, f"{n}")) for n in (1, 2, 3)))
    assert not told(db)
    return board


def test_an_edited_message_leaves_what_it_said_before_and_whose_it_is(
    db: Database, chat: ChannelKey
) -> None:
    bring(db, chat, said(line(2, "dos")), cursor="2")
    (change,) = rows(db, "change")
    assert (change.field, change.before, change.after) == ("message", "2", "dos")
    author = next(one for one in rows(db, "person") if one.id == change.author)
    assert author.name == "Ana"
    assert {one.last_in_at for one in items(db).values()} == {
        int((NOW + timedelta(minutes=3)).timestamp() * 1000)
    }


def test_several_edited_in_one_chat_at_once_are_told_each(db: Database, chat: ChannelKey) -> None:
    bring(db, chat, said(line(1, "uno")), said(line(2, "dos")), cursor="2")
    assert sorted(told(db)) == [("message", "1", "uno"), ("message", "2", "dos")]


def test_a_message_that_was_taken_back_stays_and_says_what_it_said(
    db: Database, chat: ChannelKey
) -> None:
    bring(db, chat, said(line(2, "", withdrawn=True)), cursor="2")
    assert told(db) == [("message", "2", "")]
    bring(db, chat, said(line(2, "", withdrawn=True)), cursor="3")
    assert told(db) == [("message", "2", "")]


def test_one_taken_back_is_told_once_and_found_by_what_it_said_wherever_it_stands_then(
    db: Database, chat: ChannelKey
) -> None:
    bring(db, chat, said(line(2, "el presupuesto")), cursor="2")
    told_before = told(db)
    for minutes in (7, 9):
        moved = line(2, "", withdrawn=True)
        moved = replace(moved, sent_at=NOW + timedelta(minutes=minutes))
        bring(db, chat, said(moved), cursor=str(minutes))
    assert told(db) == [*told_before, ("message", "el presupuesto", "")]
    reader = Reader(db.target)
    try:
        assert list(reader.search(Query(Words("presupuesto")))) == list(items(db))
    finally:
        reader.close()


def test_a_file_in_the_place_of_a_line_that_stood_for_it_is_no_edit(
    db: Database, chat: ChannelKey
) -> None:
    logo = (Attachment(external_id="logo.png", name="logo.png", media_type="image/png"),)
    left_out = [line(4, "<Multimedia omitido>"), line(5, "<Multimedia omitido>\nel logo")]
    bring(db, chat, *map(said, left_out), cursor="2")
    shown = [line(4, "", attachments=logo), line(5, "el logo", attachments=logo)]
    bring(db, chat, *map(said, shown), cursor="3")
    assert not told(db)
    bring(db, chat, said(line(5, "el logo\nen azul", attachments=logo)), cursor="4")
    bring(db, chat, said(line(5, "en azul", attachments=logo)), cursor="5")
    assert told(db) == [
        ("message", "el logo", "el logo\nen azul"), ("message", "el logo\nen azul", "en azul"),
    ]  # fmt: skip


def test_a_tombstone_of_a_message_tells_the_same(db: Database, chat: ChannelKey) -> None:
    bring(db, chat, replace(deleted("l3", "line"), certain=True), cursor="2")
    assert told(db) == [("message", "3", "")]


def test_one_that_comes_taken_back_already_tells_nothing(db: Database, chat: ChannelKey) -> None:
    bring(db, chat, said(line(4, "", withdrawn=True)), cursor="2")
    assert not told(db)
    (item,) = items(db).values()
    assert item.state == 0
    assert item.last_at == int((NOW + timedelta(minutes=3)).timestamp() * 1000)


def test_who_and_when_come_from_the_tool_where_it_says_so(db: Database, chat: ChannelKey) -> None:
    bring(db, chat, said(line(1, "uno")), said(line(2, "dos")), report(1), report(2), cursor="2")
    changes = sorted(rows(db, "change"), key=lambda one: str(one.before))
    assert [(one.before, one.after) for one in changes] == [("1", "uno"), ("2", "dos")]
    hours = [int((NOW + timedelta(hours=n)).timestamp() * 1000) for n in (1, 2)]
    assert [one.at for one in changes] == hours
    assert {one.external_id for one in changes} == {"e1", "e2"}


def test_a_report_about_a_message_whose_first_words_were_never_here_is_left_out(
    db: Database, chat: ChannelKey
) -> None:
    bring(db, chat, said(line(4, "cuatro")), report(4), cursor="2")
    assert not told(db)


def test_who_took_it_back_comes_from_the_tool(db: Database, chat: ChannelKey) -> None:
    bring(db, chat, replace(deleted("l3", "line"), certain=True), report(3), cursor="2")
    (change,) = rows(db, "change")
    assert (change.before, change.after, change.external_id) == ("3", "", "e3")


def test_the_comments_of_a_card_that_goes_are_not_told_one_by_one(
    db: Database, board: ChannelKey
) -> None:
    card = task(1)
    comments = [
        replace(line(n, f"{n}"), ref=Ref("comment", f"k{n}"), about=card.ref) for n in (1, 2)
    ]
    raws = [raw(one.ref.external_id, one, stream="comment") for one in comments]
    bring(db, board, raw("c1", card, stream="card"), *raws)
    gone = [deleted("c1", "card"), deleted("k1", "comment"), deleted("k2", "comment")]
    bring(db, board, *(replace(one, certain=True) for one in gone), cursor="2")
    assert told(db) == [("state", "open", "gone")]


def test_a_mail_that_reads_otherwise_has_not_changed(db: Database, acme: ChannelKey) -> None:
    bring(db, acme, raw("INBOX/1", mail(1, author=LOLA)))
    bring(db, acme, raw("INBOX/1", mail(1, author=LOLA, text="Otro")), cursor="2")
    bring(db, acme, deleted("INBOX/1"), cursor="3")
    assert not told(db)


def test_better_words_for_what_is_kept_are_no_change(db: Database, chat: ChannelKey) -> None:
    def louder(one: Raw) -> list[Any]:
        return [
            replace(found, text=found.text + "!") if isinstance(found, Message) else found
            for found in normalise(one)
        ]

    pages = renormalise(db, chat, normalise=louder, rules=rules, identities=frozenset(), now=NOW)
    assert sum(page.changed for page in pages) == 4
    assert not told(db)


def test_what_is_kept_can_be_recalled_by_stream_and_prefix(db: Database, chat: ChannelKey) -> None:
    bring(db, chat, said(line(2, "dos")), replace(deleted("l3", "line"), certain=True), cursor="2")
    assert [one.external_id for one in recall(db, chat, "line", "")] == ["l1", "l2"]
    (second,) = recall(db, chat, "line", "l2")
    assert second == said(line(2, "dos"))
    assert [one.external_id for one in recall(db, chat, "chat", "")] == ["ana"]
    assert not list(recall(db, chat, "line", "x"))


def test_hundreds_are_recalled_page_by_page(db: Database, chat: ChannelKey) -> None:
    bring(db, chat, *(said(line(n, "x")) for n in range(10, 1300)), cursor="2")
    found = [one.external_id for one in recall(db, chat, "line", "")]
    assert len(found) == len(set(found)) == 1293


def test_one_taken_back_stands_where_it_is_known_to_stand_and_stays_hers(
    db: Database, chat: ChannelKey
) -> None:
    mine = replace(line(4, "", withdrawn=True), author=LOLA, direction=Direction.OUT)
    bring(db, chat, said(mine), cursor="2")
    bring(db, chat, said(replace(mine, sent_at=NOW + timedelta(minutes=9))), cursor="3")
    message = next(one for one in rows(db, "message") if one.external_id == "l4")
    assert message.flags & GONE
    assert message.flags & OUT
    assert message.sent_at == int((NOW + timedelta(minutes=9)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("more", "lane"),
    [
        ((line(4, "¿Y el logo?"),), "inbox"),
        ((line(4, "Luis salió del grupo", automatic=True),), "archived"),
        (
            (
                line(4, "¿Y el logo?"),
                line(5, "Ya te lo mandé", direction=Direction.OUT),
            ),
            "archived",
        ),
        (
            (
                line(4, "Ya te lo mandé", direction=Direction.OUT),
                line(5, "¿Y el logo?"),
            ),
            "inbox",
        ),
    ],
    ids=["a question", "the app itself", "what she answered too", "what came after her answer"],
)
def test_what_wakes_a_chat_that_she_put_away(
    db: Database, chat: ChannelKey, more: tuple[Message, ...], lane: str
) -> None:
    (item,) = items(db)
    place(db, [item], Lane.ARCHIVED, verb="archive", now=NOW)
    when = NOW + timedelta(hours=1)
    bring_by_rules(db, chat, [said(one) for one in more], when)
    (row,) = items(db).values()
    assert LANES[row.lane].value == lane


def bring_by_rules(db: Database, key: ChannelKey, records: list[Raw], now: datetime) -> None:
    """Take a batch and judge it by the rules that she lives by."""
    take(
        db, key, records=records, cursor="2", census=(), normalise=normalise, rules=derive,
        identities=frozenset(), now=now,
    )  # fmt: skip
