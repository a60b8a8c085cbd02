"""Two mailboxes of one client: what lies in both is one thing, and what lies in one is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from normalizer.model import Attachment, Direction, Message, Ref
from store.codes import FLAGGED, GONE, OUT, UNREAD
from store.database import Database
from store.directory import ChannelKey, ChannelSpec, ClientSpec, declare
from store.files import enclosed
from store.reader import Reader
from store.triage import place
from store.views import Lane
from tests.store.conftest import CLIENTS
from tests.store.mailbox import (
    LOLA,
    NOW,
    bring,
    conversations,
    deleted,
    items,
    mail,
    raw,
    rows,
    task,
)


def only_message(db: Database) -> int:
    (message,) = rows(db, "message")
    return int(message.flags)


def with_channels(*slugs: str) -> list[ClientSpec]:
    """The config with other mailboxes at the first client."""
    mailboxes = tuple(ChannelSpec(slug=slug, kind="imap") for slug in slugs)
    return [replace(CLIENTS[0], channels=mailboxes), *CLIENTS[1:]]


def queue(db: Database) -> list[tuple[str, str]]:
    """What her queue shows: the title and the channel of each row."""
    reader = Reader(str(db.target))
    found = reader.rows(reader.ids())
    reader.close()
    return [(row.title, row.channel) for row in found if row is not None]


def test_a_mail_in_both_is_one_message_and_read_once_it_is_read_in_one(
    db: Database, acme: ChannelKey, sales: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1), unread=True))
    bring(db, sales, raw("1", mail(1), unread=True, flagged=True))
    assert only_message(db) == UNREAD | FLAGGED
    bring(db, sales, raw("1", mail(1), unread=False))
    assert only_message(db) == 0
    assert [item.unread for item in items(db).values()] == [0]


def test_it_is_gone_when_it_is_gone_from_both(
    db: Database, acme: ChannelKey, sales: ChannelKey
) -> None:
    for key in (acme, sales):
        bring(db, key, raw("1", mail(1)))
    bring(db, acme, deleted("1"))
    (item,) = items(db).values()
    assert (item.state, item.channel_id) == (0, sales.channel_id)
    bring(db, sales, deleted("1"))
    assert only_message(db) & GONE
    assert [item.state for item in items(db).values()] == [3]


@pytest.mark.parametrize("sent_first", [True, False])
def test_what_she_sends_from_one_to_the_other_is_hers_in_whatever_order_they_are_read(
    db: Database, acme: ChannelKey, sales: ChannelKey, sent_first: bool
) -> None:
    # From an address that nobody declared: the folder of sent mail is all that tells.
    alias = replace(mail(1), author=replace(LOLA, handle="hola@acme.example"))
    filed = replace(alias, direction=Direction.OUT)
    copies: list[tuple[ChannelKey, Message]] = [(acme, filed), (sales, alias)]
    for key, one in copies if sent_first else reversed(copies):
        bring(db, key, raw("1", one))
    assert only_message(db) & OUT
    assert [item.last_in_at for item in items(db).values()] == [None]


def test_an_answer_to_the_other_mailbox_joins_its_conversation_and_is_found_there(
    db: Database, acme: ChannelKey, sales: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1, title="Factura")))
    bring(db, sales, raw("1", mail(2, title="Re: Factura", refs=["id1"])))
    bring(db, sales, raw("2", mail(3, title="Re: Factura", refs=[])))
    assert conversations(db) == {frozenset({"m0001", "m0002", "m0003"})}
    assert queue(db) == [("Factura", "ventas")]
    bring(db, acme, raw("2", mail(4, refs=["id2"], hours=9)))
    assert queue(db) == [("Factura", "correo")]


def test_a_mail_that_comes_to_both_wakes_a_conversation_once(
    db: Database, acme: ChannelKey, sales: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1)))
    (item,) = items(db)
    answer = raw("2", mail(2, refs=["id1"], hours=1))
    place(db, [item], Lane.ARCHIVED, verb="archive", now=NOW)
    bring(db, acme, answer)
    assert items(db)[item].lane == 0
    place(db, [item], Lane.ARCHIVED, verb="archive", now=NOW)
    bring(db, sales, answer)
    assert items(db)[item].lane == 4


def test_a_thread_id_of_one_server_says_nothing_on_another(
    db: Database, acme: ChannelKey, sales: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1, hint="g")))
    bring(db, sales, raw("1", mail(2, hint="g")))
    assert len(items(db)) == 2


def test_other_ids_mean_something_in_their_own_channel_only(
    db: Database, acme: ChannelKey, board: ChannelKey
) -> None:
    bring(db, acme, raw("1", task(1, "Una"), stream="card"))
    bring(db, board, raw("1", task(1, "Otra"), stream="card"))
    assert sorted(item.title for item in items(db).values()) == ["Otra", "Una"]


def test_what_another_mailbox_has_as_well_stays_in_the_queue_when_one_is_given_up(
    db: Database, acme: ChannelKey, sales: ChannelKey
) -> None:
    for key in (acme, sales):
        bring(db, key, raw("1", mail(1, title="En las dos")))
    bring(db, acme, raw("2", mail(2, title="Solo en correo")))
    assert sorted(queue(db)) == [("En las dos", "correo"), ("Solo en correo", "correo")]
    declare(db, with_channels("ventas"), NOW)
    assert queue(db) == [("En las dos", "ventas")]
    # An answer there is read as before, and does not go back to the mailbox that was given up.
    bring(db, sales, raw("3", mail(3, refs=["id1"], hours=9)))
    assert queue(db) == [("En las dos", "ventas")]


def test_a_mailbox_that_moves_to_another_server_brings_nothing_back_that_she_put_away(
    db: Database, acme: ChannelKey
) -> None:
    bring(
        db,
        acme,
        raw("INBOX/7/1", mail(1, title="Hecha")),
        raw("INBOX/7/2", mail(2, title="Por hacer")),
    )
    done = next(item.id for item in items(db).values() if item.title == "Hecha")
    place(db, [done], Lane.ARCHIVED, verb="archive", now=NOW)
    later = NOW + timedelta(days=1)
    new = declare(db, with_channels("nuevo"), later)["acme", "nuevo"]
    assert queue(db) == []
    mails = raw("Inbox/9/5", mail(1, title="Hecha")), raw("Inbox/9/6", mail(2, title="Por hacer"))
    bring(db, new, *mails, now=later)
    assert queue(db) == [("Por hacer", "nuevo")]
    assert len(items(db)) == 2


def test_what_is_folded_is_found_but_for_what_is_quoted_line_by_line(
    db: Database, acme: ChannelKey
) -> None:
    signed = replace(mail(1), folded="-- \nAna, tel. 600123456\n> zanahoria")
    bring(db, acme, raw("1", signed))
    reader = Reader(str(db.target))
    assert len(reader.search("600123456")) == 1
    assert len(reader.search("zanahoria")) == 0
    reader.close()


def test_chats_of_two_channels_whose_ids_happen_to_be_the_same_stay_apart(
    db: Database, acme: ChannelKey, sales: ChannelKey
) -> None:
    """Only what a mail says of itself means the same in every channel of a client."""

    def said(n: int, *, refs: tuple[str, ...] = ()) -> Message:
        one = mail(n, title="Re: Fotos" if refs else "Fotos", refs=refs, text=f"{n}")
        return replace(one, ref=Ref("chat", one.ref.external_id))

    for key in (acme, sales):
        bring(db, key, raw("1", said(1), stream="chat"))
        bring(db, key, raw("2", said(2, refs=("id1",)), stream="chat"))
    assert sorted(channel for _, channel in queue(db)) == ["correo", "ventas"]
    assert len(rows(db, "message")) == 4
    assert len({row.item_id for row in rows(db, "message")}) == 2


def test_each_mailbox_is_asked_for_the_files_that_lie_in_it_and_no_other(
    db: Database, acme: ChannelKey, sales: ChannelKey, luz: ChannelKey
) -> None:
    file = Attachment(external_id="2", name="WhatsApp Chat - Marta.zip", media_type="x/zip")
    for key, number in ((acme, 1), (sales, 2), (luz, 3)):
        bring(db, key, raw(f"raw {number}", mail(number, attachments=(file,))))
    for key, number in ((acme, 1), (sales, 2), (luz, 3)):
        (found,) = enclosed(db, key, "whatsapp")
        assert found.copy == Ref("mail", f"raw {number}")
