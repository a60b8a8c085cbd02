"""Taking what a connector brought."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import IntegrityError

from normalizer.model import (
    Attachment,
    Change,
    Conversation,
    Direction,
    Message,
    Person,
    Ref,
    State,
)
from normalizer.raw import Census, Raw
from store import directory, schema
from store.codes import GONE, LANES, STATES, UNREAD, numbers, unpack
from store.database import Database
from store.directory import ChannelKey
from store.triage import history, place
from store.views import Lane
from tests.store.mailbox import (
    ANA,
    LOLA,
    NOW,
    bring,
    deleted,
    items,
    mail,
    patch,
    raw,
    rows,
    task,
)


def count_statements(db: Database) -> list[str]:
    said: list[str] = []

    def note(_c: Connection, _k: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    return said


def test_a_mail_becomes_a_message_of_an_item_with_its_cursor(
    db: Database, acme: ChannelKey
) -> None:
    taken = bring(db, acme, raw("1", mail(1, title="Re: Factura")), cursor="c1")
    assert (taken.new, taken.changed, taken.unchanged) == (1, 0, 0)
    (item,) = items(db).values()
    assert taken.items == (item.id,)
    assert (item.title, item.snippet, item.state) == ("Factura", "Texto del correo 1", 0)
    assert directory.cursor(db, acme) == "c1"


def test_taking_the_same_again_writes_nothing(db: Database, acme: ChannelKey) -> None:
    batch = [raw(str(n), mail(n)) for n in range(20)]
    bring(db, acme, *batch)
    said = count_statements(db)
    taken = bring(
        db,
        acme,
        *batch,
        census=[
            Census(stream="mail", prefix="", external_ids=frozenset(str(n) for n in range(20)))
        ],
    )
    assert (taken.new, taken.changed, taken.unchanged) == (0, 0, 20)
    assert not [s for s in said if not s.startswith(("SELECT", "BEGIN"))]
    assert "BEGIN IMMEDIATE" not in said


def test_a_cursor_that_moved_alone_is_one_write(db: Database, acme: ChannelKey) -> None:
    bring(db, acme, raw("1", mail(1)), cursor="c1")
    said = count_statements(db)
    bring(db, acme, raw("1", mail(1)), cursor="c2")
    writes = [s for s in said if s.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert writes == ["UPDATE channel SET cursor=?, held=? WHERE channel.id = ?"]
    assert directory.cursor(db, acme) == "c2"


def test_noise_around_an_equal_projection_changes_nothing(db: Database, acme: ChannelKey) -> None:
    one = replace(raw("1", mail(1)), projection=b"same")
    bring(db, acme, one)
    noisy = replace(raw("1", mail(1, text="ruido")), projection=b"same")
    assert bring(db, acme, noisy).unchanged == 1


def test_a_patch_changes_the_flags_and_keeps_the_rest(db: Database, acme: ChannelKey) -> None:
    bring(db, acme, raw("1", mail(1), unread=True, container="INBOX"))
    assert [i.unread for i in items(db).values()] == [1]
    taken = bring(db, acme, patch("1", unread=False))
    assert taken.changed == 1
    assert [(i.unread, i.container) for i in items(db).values()] == [(0, "INBOX")]
    assert bring(db, acme, patch("1", unread=False)).unchanged == 1


def test_a_patch_of_what_was_never_kept_is_ignored(db: Database, acme: ChannelKey) -> None:
    assert bring(db, acme, patch("9", unread=False)).new == 0
    assert rows(db, "raw") == []


def test_a_record_and_its_patch_in_one_batch_come_as_one(db: Database, acme: ChannelKey) -> None:
    taken = bring(db, acme, raw("1", mail(1), unread=True), patch("1", unread=False))
    assert taken.new == 1
    assert [i.unread for i in items(db).values()] == [0]


def test_a_payload_is_kept_once_and_every_version_of_it(db: Database, acme: ChannelKey) -> None:
    bring(db, acme, raw("1", mail(1)), raw("2", mail(1)))
    assert len(rows(db, "payload")) == 1
    bring(db, acme, raw("1", mail(1, text="otra cosa")))
    assert len(rows(db, "payload")) == 2
    (version,) = rows(db, "raw_version")
    assert version.payload_id == 1


def test_two_copies_are_one_message_unread_only_if_both_are(db: Database, acme: ChannelKey) -> None:
    bring(db, acme, raw("a", mail(1), unread=True), raw("b", mail(1), unread=False))
    assert len(rows(db, "message")) == 1
    assert not rows(db, "message")[0].flags & UNREAD
    bring(db, acme, patch("b", unread=True))
    assert rows(db, "message")[0].flags & UNREAD
    bring(db, acme, patch("a", unread=False))
    assert not rows(db, "message")[0].flags & UNREAD
    bring(db, acme, deleted("a"))
    assert rows(db, "message")[0].flags & UNREAD


def test_a_message_is_gone_with_its_last_copy_and_back_with_the_first(
    db: Database, acme: ChannelKey
) -> None:
    bring(db, acme, raw("a", mail(1)), raw("b", mail(1)))
    bring(db, acme, deleted("a"))
    assert not rows(db, "message")[0].flags & GONE
    bring(db, acme, deleted("b"))
    assert rows(db, "message")[0].flags & GONE
    assert [i.state for i in items(db).values()] == [3]
    assert bring(db, acme, raw("b", mail(1))).changed == 1
    assert not rows(db, "message")[0].flags & GONE
    assert [i.state for i in items(db).values()] == [0]


def test_a_conversation_is_gone_only_when_all_its_messages_are(
    db: Database, acme: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1)), raw("2", mail(2, refs=["id1"])))
    bring(db, acme, deleted("1"))
    assert [i.state for i in items(db).values()] == [0]
    bring(db, acme, deleted("2"))
    assert [i.state for i in items(db).values()] == [3]


def test_what_a_census_does_not_name_is_gone_and_back_when_it_does(
    db: Database, acme: ChannelKey
) -> None:
    bring(db, acme, *(raw(f"INBOX/{n}", mail(n)) for n in range(10)), raw("Otra/1", mail(99)))
    there = frozenset(f"INBOX/{n}" for n in range(8))
    taken = bring(db, acme, census=[Census(stream="mail", prefix="INBOX/", external_ids=there)])
    assert (taken.changed, taken.unchanged, taken.held) == (2, 0, 0)
    assert sum(i.state == 3 for i in items(db).values()) == 2
    there = frozenset(f"INBOX/{n}" for n in range(9))
    taken = bring(db, acme, census=[Census(stream="mail", prefix="INBOX/", external_ids=there)])
    assert taken.changed == 1
    assert sum(i.state == 3 for i in items(db).values()) == 1


@pytest.mark.parametrize("how", ["census", "deleted"])
def test_a_mailbox_that_looks_empty_closes_nothing(
    db: Database, acme: ChannelKey, how: str
) -> None:
    bring(db, acme, *(raw(f"INBOX/{n}", mail(n)) for n in range(20)), raw("Otra/1", mail(99)))
    if how == "census":
        empty = Census(stream="mail", prefix="INBOX/", external_ids=frozenset())
        taken = bring(db, acme, census=[empty])
    else:
        taken = bring(db, acme, *(deleted(f"INBOX/{n}") for n in range(20)))
    assert (taken.held, taken.changed) == (20, 0)
    assert all(i.state == 0 for i in items(db).values())
    assert all(r.deleted_at is None for r in rows(db, "raw"))


@pytest.mark.parametrize("how", ["census", "deleted"])
def test_a_mailbox_whose_mails_all_lie_elsewhere_now_is_believed_and_closes_nothing(
    db: Database, acme: ChannelKey, how: str
) -> None:
    bring(db, acme, *(raw(f"INBOX/{n}", mail(n)) for n in range(20)))
    moved = [raw(f"Archivo/{n}", mail(n)) for n in range(20)]
    if how == "census":
        empty = Census(stream="mail", prefix="INBOX/", external_ids=frozenset())
        taken = bring(db, acme, *moved, census=[empty])
    else:
        taken = bring(db, acme, *moved, *(deleted(f"INBOX/{n}") for n in range(20)))
    assert taken.held == 0
    assert directory.held(db, acme) == 0
    assert [i.state for i in items(db).values()] == [0] * 20
    assert sum(r.deleted_at is None for r in rows(db, "raw")) == 20


@pytest.mark.parametrize("held", [2, 4])
def test_a_small_mailbox_that_looks_empty_closes_nothing_either(
    db: Database, acme: ChannelKey, held: int
) -> None:
    bring(db, acme, *(raw(f"INBOX/1/{n}", mail(n)) for n in range(held)))
    taken = bring(
        db, acme, census=[Census(stream="mail", prefix="INBOX/1/", external_ids=frozenset())]
    )
    assert taken.held == held
    assert [i.state for i in items(db).values()] == [0] * held
    # A listing that names something is believed.
    there = frozenset({"INBOX/1/9"})
    census = [Census(stream="mail", prefix="INBOX/1/", external_ids=there)]
    taken = bring(db, acme, raw("INBOX/1/9", mail(9)), census=census)
    assert (taken.changed, taken.held) == (held, 0)


def test_what_is_held_back_is_known_till_a_listing_settles_it(
    db: Database, acme: ChannelKey
) -> None:
    def listed(*numbers: int) -> Census:
        there = frozenset(f"INBOX/1/{n}" for n in numbers)
        return Census(stream="mail", prefix="INBOX/1/", external_ids=there)

    bring(db, acme, *(raw(f"INBOX/1/{n}", mail(n)) for n in range(12)))
    bring(db, acme, *(raw(f"Sent/1/{n}", mail(n)) for n in range(50, 53)))
    gone = [replace(raw(f"INBOX/1/{n}", mail(n)), deleted=True) for n in range(10)]
    assert bring(db, acme, *gone).held == 10
    assert directory.held(db, acme) == 10
    bring(db, acme, raw("INBOX/1/20", mail(20)))
    bring(db, acme, census=[replace(listed(), prefix="Sent/1/")])
    assert directory.held(db, acme) == 10 + 3
    said = count_statements(db)
    bring(db, acme, census=[listed(10, 11, 20)])
    assert not [s for s in said if s.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert directory.held(db, acme) == 10 + 3
    bring(db, acme, census=[listed(*range(12), 20)])
    assert directory.held(db, acme) == 3


def test_what_moved_to_another_folder_is_no_loss(db: Database, acme: ChannelKey) -> None:
    bring(db, acme, *(raw(f"INBOX/1/{n}", mail(n)) for n in range(20)))
    moved = [raw(f"INBOX/2/{n}", mail(n)) for n in range(20)]
    there = frozenset(f"INBOX/2/{n}" for n in range(20))
    census = [Census(stream="mail", prefix="INBOX/", external_ids=there)]
    taken = bring(db, acme, *moved, census=census)
    assert (taken.new, taken.changed, taken.held) == (20, 20, 0)
    assert len(rows(db, "message")) == 20
    assert all(i.state == 0 for i in items(db).values())


def test_a_conversation_lies_in_the_folder_it_was_moved_to(db: Database, acme: ChannelKey) -> None:
    bring(db, acme, raw("INBOX/1/1", mail(1), container="INBOX"))
    bring(db, acme, raw("Web/1/1", mail(1), container="Web"), deleted("INBOX/1/1"))
    assert [item.container for item in items(db).values()] == ["Web"]


def test_what_cannot_be_read_is_kept_and_the_rest_goes_on(db: Database, acme: ChannelKey) -> None:
    broken = Raw(stream="mail", external_id="2", payload=b"\x80nonsense")
    taken = bring(db, acme, raw("1", mail(1)), broken, raw("3", mail(3)))
    assert (taken.new, taken.set_aside) == (3, 1)
    assert len(items(db)) == 3
    problem = next(m for m in rows(db, "message") if m.external_id == "2")
    assert "could not be read" in problem.extra


@pytest.mark.parametrize("bad", ["nul\0", "\ud800", 7])
def test_text_that_no_database_holds_puts_one_record_aside(
    db: Database, acme: ChannelKey, bad: Any
) -> None:
    one = mail(1) if bad == 7 else mail(1, text=bad)
    broken = raw("1", bad if bad == 7 else one)
    taken = bring(db, acme, broken, raw("2", mail(2)))
    assert (taken.new, taken.set_aside) == (2, 1)


def test_a_task_that_changed_silently_leaves_what_stood_before(
    db: Database, board: ChannelKey
) -> None:
    one = task(1, "Web", body="Azul", labels=("a",), assignees=(ANA,))
    bring(db, board, raw("1", one, stream="card"))
    other = replace(
        one, title="Tienda", body="Rojo", labels=("a", "b"), assignees=(), state=State.DONE
    )
    bring(db, board, raw("1", other, stream="card"))
    found = {c.field: (c.before, c.after) for c in rows(db, "change")}
    assert found == {
        "title": ("Web", "Tienda"), "body": ("Azul", "Rojo"), "labels": ("", "b"),
        "people": ("Ana", ""), "state": ("open", "done"),
    }  # fmt: skip
    (item,) = items(db).values()
    assert (item.title, unpack(item.body), item.state) == ("Tienda", "Rojo", 1)
    bring(db, board, raw("1", other, stream="card"))
    assert len(rows(db, "change")) == 5


def test_files_that_come_and_go_are_a_change_of_the_task(db: Database, board: ChannelKey) -> None:
    one = task(1, attachments=(Attachment(external_id="x", name="logo.png"),))
    bring(db, board, raw("1", one, stream="card"))
    assert [i.attachments for i in items(db).values()] == [1]
    bring(db, board, raw("1", replace(one, attachments=()), stream="card"))
    assert [(c.field, c.before, c.after) for c in rows(db, "change")] == [
        ("attachments", "logo.png", "")
    ]
    assert [i.attachments for i in items(db).values()] == [0]


def test_a_change_that_the_tool_reports_is_kept_once(db: Database, board: ChannelKey) -> None:
    change = Change(
        ref=Ref("action", "a1"), about=Ref("card", "c1"), field="due", before="", after="mañana",
        author=ANA, at=NOW,
    )  # fmt: skip
    bring(db, board, raw("a", change, stream="action"))
    assert items(db) == {}
    bring(db, board, raw("1", task(1, "Web"), stream="card"), raw("b", change, stream="action"))
    assert len(rows(db, "change")) == 1
    assert [i.title for i in items(db).values()] == ["Web"]


def test_a_comment_and_its_task_meet_in_any_order(db: Database, board: ChannelKey) -> None:
    comment = Message(
        ref=Ref("comment", "k"),
        author=ANA,
        sent_at=NOW,
        text="¿Para cuándo?",
        about=Ref("card", "c1"),
    )
    bring(db, board, raw("k", comment, stream="comment"))
    (before,) = items(db).values()
    assert (before.described, before.snippet) == (0, "¿Para cuándo?")
    bring(db, board, raw("1", task(1, "Web"), stream="card"))
    (after,) = items(db).values()
    assert (after.id, after.title, after.kind, after.snippet) == (
        before.id,
        "Web",
        0,
        "¿Para cuándo?",
    )


@pytest.mark.parametrize("file_first", [True, False])
@pytest.mark.parametrize("hanging", [True, False])
def test_a_file_finds_its_message_in_any_order(
    db: Database, board: ChannelKey, file_first: bool, hanging: bool
) -> None:
    about = Ref("card", "c1") if hanging else None
    message = replace(mail(1), about=about, thread=None)
    file = Attachment(external_id="f", name="a.pdf", about=message.ref)
    batches = [raw("f", file, stream="file"), raw("m", message)]
    for one in batches if file_first else reversed(batches):
        bring(db, board, one)
    bring(db, board, raw("1", task(1), stream="card"))
    (kept,) = rows(db, "attachment")
    (said,) = rows(db, "message")
    assert (kept.message_id, kept.item_id) == (said.id, said.item_id)
    assert items(db)[said.item_id].attachments == 1


def test_direction_follows_from_who_she_is(db: Database, acme: ChannelKey) -> None:
    bring(db, acme, raw("1", mail(1)), raw("2", mail(2, refs=["id1"], author=LOLA, to=(ANA,))))
    (item,) = items(db).values()
    assert item.last_in_at < item.last_out_at
    told = replace(mail(3), direction=Direction.OUT)
    bring(db, acme, raw("3", told))
    assert len([i for i in items(db).values() if i.last_in_at is None]) == 1


def test_a_new_answer_brings_an_archived_conversation_back(db: Database, acme: ChannelKey) -> None:
    bring(db, acme, raw("1", mail(1)))
    (item,) = items(db).values()
    place(db, [item.id], Lane.ARCHIVED, verb="archive", now=NOW)
    bring(db, acme, raw("1", mail(1), unread=False))
    assert items(db)[item.id].lane == 4
    bring(db, acme, raw("2", mail(2, refs=["id1"], hours=1)))
    assert items(db)[item.id].lane == 0
    assert [(e.verb, e.hers) for e in history(db)] == [("woke", False), ("archive", True)]


def test_an_old_page_of_a_story_brings_nothing_back(db: Database, acme: ChannelKey) -> None:
    bring(db, acme, raw("2", mail(2, refs=["id1"], hours=1)), now=NOW + timedelta(days=9))
    (item,) = items(db).values()
    place(db, [item.id], Lane.ARCHIVED, verb="archive", now=NOW)
    bring(db, acme, raw("1", mail(1)), now=NOW + timedelta(days=9))
    assert items(db)[item.id].lane == 4


def test_a_mail_that_was_long_under_way_is_news_when_it_comes(
    db: Database, acme: ChannelKey
) -> None:
    later = NOW + timedelta(days=9)
    bring(db, acme, raw("2", mail(2, refs=["id1"], hours=1)), now=later)
    (item,) = items(db).values()
    place(db, [item.id], Lane.ARCHIVED, verb="archive", now=NOW)
    bring(db, acme, raw("1", mail(1, arrived_at=later)), now=later)
    assert items(db)[item.id].lane == 0


def test_a_sync_never_touches_what_she_decided(db: Database, board: ChannelKey) -> None:
    bring(db, board, raw("1", task(1, "Web"), stream="card"))
    (item,) = items(db).values()
    place(db, [item.id], Lane.SNOOZED, until=NOW + timedelta(days=1), verb="snooze", now=NOW)
    bring(db, board, raw("1", task(1, "Otra"), stream="card"))
    assert items(db)[item.id].lane == 3
    assert items(db)[item.id].title == "Otra"


@pytest.mark.parametrize("lane", Lane)
def test_whatever_becomes_of_a_task_it_stays_where_she_put_it(
    db: Database, board: ChannelKey, lane: Lane
) -> None:
    def seen() -> tuple[int, int, list[Any]]:
        (item,) = items(db).values()
        return item.state, item.lane, rows(db, "triage")

    bring(db, board, raw("1", task(1), stream="card"))
    (item,) = items(db).values()
    until = NOW + timedelta(days=1) if lane is Lane.SNOOZED else None
    place(db, [item.id], lane, until=until, verb="place", now=NOW)
    _, at, decided = seen()
    assert LANES[at] is lane
    for state in (State.DONE, State.OPEN, State.ARCHIVED, State.OPEN):
        bring(db, board, raw("1", task(1, state=state), stream="card"))
        assert seen() == (STATES.index(state), at, decided)
    bring(db, board, deleted("1", stream="card"))
    assert seen() == (STATES.index(State.GONE), at, decided)
    bring(db, board, raw("1", task(1), stream="card"))
    assert seen() == (STATES.index(State.OPEN), at, decided)


def test_two_clients_with_the_same_mail_share_nothing(
    db: Database, acme: ChannelKey, luz: ChannelKey
) -> None:
    for key in (acme, luz):
        bring(db, key, raw("1", mail(1)))
    bring(db, luz, raw("2", mail(2, refs=["id1"])))
    assert len(items(db, acme.channel_id)) == len(items(db, luz.channel_id)) == 1
    for table in ("person", "payload", "message", "item"):
        assert {r.client_id for r in rows(db, table)} == {acme.client_id, luz.client_id}


def test_the_database_itself_refuses_a_row_that_points_at_another_client(
    db: Database, acme: ChannelKey, luz: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1)))
    bring(db, luz, raw("1", mail(1)))
    theirs = rows(db, "message")[0].item_id
    change = {
        "id": 99, "client_id": luz.client_id, "channel_id": luz.channel_id, "item_id": theirs,
        "field": "x", "before": "", "after": "", "at": 0,
    }  # fmt: skip
    with pytest.raises(Exception) as caught, db.write() as conn:  # noqa: PT011
        conn.execute(schema.change.insert(), [change])
    assert isinstance(caught.value.__cause__, IntegrityError)


def test_a_conversation_of_the_tool_keeps_its_people_and_takes_its_dates_from_its_messages(
    db: Database, board: ChannelKey
) -> None:
    room = Conversation(ref=Ref("room", "r"), title="Equipo", people=(ANA, Person("Bea", "b")))
    said = replace(mail(1), about=room.ref, thread=None)
    bring(db, board, raw("r", room, said, stream="room"))
    (item,) = items(db).values()
    assert (item.title, item.kind) == ("Equipo", 1)
    handles = {p.id: p.handle for p in rows(db, "person")}
    assert [handles[one] for one in numbers(item.people_ids)] == [ANA.handle, "b"]
    assert item.updated_at == item.last_at
