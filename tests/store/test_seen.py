"""With which client a file was seen is remembered by content, and taken back with what was sent."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from normalizer.actions import Comment, Enclosure, Mail
from normalizer.model import Ref
from store import outbox, seen
from store import triage as kept
from store.directory import ChannelKey
from store.outbox import Letter
from store.reader import Reader
from store.seen import Like
from tests.store.shelf import NOW, Shelf

LATER = NOW + timedelta(hours=1)


def file(name: str, sha256: str = "aa" * 32) -> Enclosure:
    return Enclosure(name=name, media_type="application/pdf", sha256=sha256, size=3)


def two(shelf: Shelf) -> tuple[int, int]:
    return shelf.client("acme"), shelf.client("luz")


def test_the_first_time_stays_and_whose_it_is_is_told_by_content(
    shelf: Shelf, reader: Reader
) -> None:
    acme, luz = two(shelf)
    with shelf.db.write() as conn:
        seen.note(conn, luz, [file("b.pdf")], LATER)
        seen.note(conn, acme, [file("a.pdf"), file("again.pdf"), file("c", "cc" * 32)], NOW)
        seen.note(conn, acme, [file("other.pdf")], LATER)
        seen.note(conn, acme, [], LATER)
    told = reader.seen(["aa" * 32, "bb" * 32])
    assert [(one.client, one.name, one.first_at) for one in told] == [
        ("acme", "again.pdf", NOW), ("luz", "b.pdf", LATER)
    ]  # fmt: skip
    assert reader.seen([]) == []


def test_what_goes_out_is_seen_till_it_is_taken_back_and_again_after(
    shelf: Shelf, reader: Reader
) -> None:
    acme, luz = two(shelf)
    key = ChannelKey(acme, shelf.channel(acme, "correo", "imap"))
    mail = Mail(
        ref=Ref("thread", "t"), sender="l@x.example", to=("a@x.example",), subject="s", text="t",
        message_id="m@x", files=(file("a.pdf"), file("old.pdf", "bb" * 32)),
    )  # fmt: skip
    with shelf.db.write() as conn:
        seen.note(conn, luz, mail.files, NOW + timedelta(seconds=1))
        seen.note(conn, acme, mail.files[1:], NOW)
    undo = kept.send(
        shelf.db,
        [Letter(key=key, item_id=None, action=mail, send_at=LATER)],
        verb="answer", now=NOW + timedelta(seconds=1),
    )  # fmt: skip

    def hers() -> list[str]:
        told = reader.seen(["aa" * 32, "bb" * 32])
        return [one.sha256[:2] for one in told if one.client == "acme"]

    assert hers() == ["bb", "aa"]
    with shelf.db.write() as conn:
        assert outbox.take_back(conn, undo, LATER) == (1, 0)
    assert hers() == ["bb"]
    assert len(reader.seen(["aa" * 32, "bb" * 32])) == 3
    with shelf.db.write() as conn:
        assert outbox.put_again(conn, undo, LATER) == 1
    assert hers() == ["bb", "aa"]
    assert len(reader.seen(["aa" * 32])) == 2


def test_what_carries_no_file_is_taken_back_all_the_same(shelf: Shelf) -> None:
    acme, _ = two(shelf)
    key = ChannelKey(acme, shelf.channel(acme, "tablero", "trello"))
    said = Comment(ref=Ref("card", "c"), id=uuid4(), text="Hola")
    letter = Letter(key=key, item_id=None, action=said, send_at=LATER)
    undo = kept.send(shelf.db, [letter], verb="answer", now=NOW)
    with shelf.db.write() as conn:
        assert outbox.take_back(conn, undo, NOW) == (1, 0)
        assert outbox.put_again(conn, undo, NOW) == 1


def test_files_that_hang_from_messages_are_found_by_name_in_any_case(
    shelf: Shelf, reader: Reader
) -> None:
    for client, names in zip(two(shelf), (("Poder.PDF", "Poder.PDF"), ("ñandú.pdf",)), strict=True):
        item = shelf.item(client, shelf.channel(client, "correo", "imap"), "Hilo")
        for name in names:
            shelf.put(
                "attachment", client_id=client, item_id=item, external_id="1", name=name,
                media_type="application/pdf", size=7, inline=0,
            )  # fmt: skip
    assert reader.named(["poder.pdf", "x'"]) == [Like(client="acme", name="Poder.PDF", size=7)]
    assert reader.named(["ÑANDÚ.pdf"]) == [Like(client="luz", name="ñandú.pdf", size=7)]
    assert reader.named(["poder"]) == reader.named([]) == []


def test_what_has_gone_is_seen_though_another_with_the_same_file_was_taken_back(
    shelf: Shelf, reader: Reader
) -> None:
    acme, _ = two(shelf)
    key = ChannelKey(acme, shelf.channel(acme, "correo", "imap"))

    def send(text: str, after: int) -> int:
        mail = Mail(
            ref=Ref("thread", "t"), sender="l@x.example", to=("a@x.example",), subject="s",
            text=text, message_id=f"{text}@x", files=(file("a.pdf"),),
        )  # fmt: skip
        now = NOW + timedelta(seconds=after)
        letter = Letter(key=key, item_id=None, action=mail, send_at=LATER)
        return kept.send(shelf.db, [letter], verb="answer", now=now)

    first = send("uno", 0)
    send("dos", 1)
    with shelf.db.write() as conn:
        assert outbox.take_back(conn, first, LATER) == (1, 0)
    claimed = outbox.claim(shelf.db, key, LATER)
    assert claimed is not None
    outbox.done(shelf.db, claimed.id, ("mail", "x"), LATER)
    assert [one.client for one in reader.seen(["aa" * 32])] == ["acme"]
