"""A board's notification mails go into the card they announce, once, and change nothing there."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from normalizer import memory
from normalizer.raw import Raw
from store.codes import AUTOMATIC, LANES, TURNS, unpack
from store.database import Database, open_database
from store.directory import ChannelKey, ChannelSpec, ClientSpec, declare
from store.intake import renormalise, take
from store.reader import Reader
from store.triage import history, place, undo, wake_due
from store.views import Lane, Turn
from tests.store.conftest import CLIENTS
from tests.store.mailbox import NOW, items, rows
from tests.store.test_intake import count_statements
from triage.rules import derive

CARD = "https://trello.com/c/abcdefgh"
OTHER = "https://trello.com/c/zzzzzzzz"
ASANA = "https://app.asana.com/0/1200000000000001/1200000000000002"
MACHINE = "Trello <do-not-reply@trello.com>"


def letter(
    n: int, text: str, *, sender: str = "Ana <ana@acme.example>", subject: str = "",
    answers: int | None = None, seen: bool = False, at: datetime = NOW, **head: str,
) -> Raw:  # fmt: skip
    """Make mail number `n`, as it comes from a mailbox."""
    lines = {
        "From": sender, "To": "lola@acme.example", "Subject": subject or f"Asunto {n}",
        "Date": format_datetime(at + timedelta(minutes=n)), "Message-ID": f"<{n}@mail.example>",
        "Content-Type": "text/plain; charset=utf-8", **head,
    }  # fmt: skip
    if answers is not None:
        lines["In-Reply-To"] = lines["References"] = f"<{answers}@mail.example>"
    mail = "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + f"\r\n{text}\r\n"
    return Raw(
        stream="mail", external_id=str(n), payload=mail.encode(),
        meta='{"flags":["\\\\Seen"]}' if seen else "{}",
    )  # fmt: skip


def notice(n: int, link: str = CARD, sender: str = MACHINE, **more: Any) -> Raw:
    return letter(n, f"Ana te ha añadido a una tarjeta: {link}/12-logo?x=1", sender=sender, **more)


def card(number: str = "c1", link: str | None = CARD, **more: Any) -> Raw:
    value = {
        "title": f"Logo {number}", "url": f"{link}/12-logo" if link else "", "container": "Web",
        "created_at": (NOW - timedelta(days=1)).isoformat(),
        "updated_at": (NOW - timedelta(days=1)).isoformat(), **more,
    }  # fmt: skip
    return Raw.of_json("task", number, value)


def comment(n: int, text: str = "¿Y el logo?", number: str = "c1") -> Raw:
    value = {
        "about": {"stream": "task", "id": number}, "author": {"name": "Ana", "handle": "ana"},
        "sent_at": (NOW + timedelta(minutes=n)).isoformat(), "text": text, "unread": True,
    }  # fmt: skip
    return Raw.of_json("message", f"k{n}", value)


def hear(db: Database, key: ChannelKey, *records: Raw, now: datetime = NOW) -> None:
    take(
        db, key, records=records, cursor=None, census=(), normalise=memory.normalise,
        rules=derive, identities=frozenset({"lola@acme.example"}), now=now,
    )  # fmt: skip


def again(db: Database, *keys: ChannelKey) -> None:
    for key in keys:
        list(renormalise(
            db, key, normalise=memory.normalise, rules=derive,
            identities=frozenset({"lola@acme.example"}), now=NOW,
        ))  # fmt: skip


def lying(db: Database) -> set[tuple[str, frozenset[str]]]:
    """Read which messages lie in which item, by its title; a task without any too."""
    subjects: dict[int, set[str]] = {item_id: set() for item_id in items(db)}
    for message in rows(db, "message"):
        subjects[message.item_id].add(message.subject or message.external_id)
    return {(one.title, frozenset(subjects[one.id])) for one in items(db).values()}


def the_card(db: Database) -> Any:
    (one,) = [item for item in items(db).values() if item.kind == 0]
    return one


@pytest.mark.parametrize("order", ["mail first", "task first", "together", "with a restart"])
def test_a_notification_lies_in_its_card_whichever_comes_first(target: str, order: str) -> None:
    db = open_database(target)
    keys = declare(db, CLIENTS, NOW)
    mailbox, board = keys["acme", "correo"], keys["acme", "tablero"]
    if order == "together":
        hear(db, board, notice(1), card())
    elif order == "task first":
        hear(db, board, card())
        hear(db, mailbox, notice(1))
    else:
        hear(db, mailbox, notice(1))
        if order == "with a restart":
            db.close()
            db = open_database(target)
        hear(db, board, card())
    for _ in range(2):
        assert lying(db) == {("Logo c1", frozenset({"Asunto 1"}))}
        one = the_card(db)
        assert (one.external_id, one.unread, one.snippet, one.who, one.last_at) == (
            "c1", 0, "", None, None,
        )  # fmt: skip
        again(db, mailbox, board)
    reader = Reader(target)
    view = reader.item(one.id)
    reader.close()
    assert view is not None
    assert [(m.automatic, m.notification is not None) for m in view.messages] == [(True, True)]
    db.close()


def test_a_task_of_asana_takes_its_mail_by_any_spelling_of_its_address(
    db: Database, acme: ChannelKey, board: ChannelKey
) -> None:
    hear(db, acme, notice(1, link=ASANA, sender="Ana <no-reply@asana.com>"))
    same = "https://app.asana.com/1/12000/project/1200000000000001/task/1200000000000002"
    hear(db, board, card(link=same))
    assert lying(db) == {("Logo c1", frozenset({"Asunto 1"}))}


def test_two_clients_with_the_same_link_never_share(
    db: Database, acme: ChannelKey, board: ChannelKey, luz: ChannelKey
) -> None:
    hear(db, board, card())
    hear(db, luz, notice(1))
    hear(db, acme, notice(2))
    hear(db, luz, notice(3))
    assert lying(db) == {
        ("Logo c1", frozenset({"Asunto 2"})), ("Asunto 1", frozenset({"Asunto 1", "Asunto 3"})),
    }  # fmt: skip
    owner = {one.id: one.client_id for one in rows(db, "item")}
    assert all(owner[m.item_id] == m.client_id for m in rows(db, "message"))


def test_only_what_the_tool_sent_about_a_card_we_know_is_folded(
    db: Database, acme: ChannelKey, board: ChannelKey
) -> None:
    hear(db, board, card())
    hear(
        db, acme,
        letter(1, f"¿Has visto {CARD}/12-logo?"),
        notice(2, link=OTHER),
        letter(3, "Novedades de Trello", sender=MACHINE),
        notice(4, sender="Trello <hola@trello.com.evil.example>"),
    )  # fmt: skip
    assert lying(db) == {
        ("Logo c1", frozenset()),
        *((f"Asunto {n}", frozenset({f"Asunto {n}"})) for n in range(1, 5)),
    }


def test_two_tasks_with_one_link_stay_two_and_the_first_has_the_mail(
    db: Database, acme: ChannelKey, board: ChannelKey
) -> None:
    hear(db, acme, notice(1))
    hear(db, board, card("c1"))
    hear(db, board, card("c2"), notice(2))
    assert lying(db) == {
        ("Logo c1", frozenset({"Asunto 1", "Asunto 2"})), ("Logo c2", frozenset()),
    }  # fmt: skip


@pytest.mark.parametrize("known", [True, False])
def test_what_people_answer_to_a_notification_stays_in_sight_as_a_mail(
    db: Database, acme: ChannelKey, board: ChannelKey, known: bool
) -> None:
    if known:
        hear(db, board, card(state="archived"))
    hear(db, acme, notice(1), letter(2, "¿Lo viste?", answers=1))
    hear(db, acme, letter(3, "Y esto", answers=2))
    if not known:
        hear(db, board, card(state="archived"))
    assert lying(db) == {
        ("Logo c1", frozenset({"Asunto 1"})), ("Asunto 2", frozenset({"Asunto 2", "Asunto 3"})),
    }  # fmt: skip


def test_a_forged_notification_draws_no_conversation_into_a_card_and_stays_readable(
    db: Database, acme: ChannelKey, board: ChannelKey
) -> None:
    hear(db, acme, letter(1, "Firma el contrato", subject="Contrato"))
    hear(db, board, card(state="done"))
    hear(db, acme, notice(2, answers=1, subject="Re: Contrato"))
    assert lying(db) == {
        ("Contrato", frozenset({"Contrato"})), ("Logo c1", frozenset({"Re: Contrato"})),
    }  # fmt: skip
    (found,) = [m for m in rows(db, "message") if m.flags & AUTOMATIC]
    assert "Ana te ha añadido" in unpack(found.text)
    hear(db, acme, letter(3, "Hola", subject="Re: Contrato", sender=MACHINE))
    assert len(items(db)) == 3


def test_a_notification_brings_nothing_back_and_counts_for_nothing_beside_its_event(
    db: Database, acme: ChannelKey, board: ChannelKey
) -> None:
    hear(db, board, card(), comment(1))
    before = the_card(db)
    for lane in (Lane.ARCHIVED, Lane.DONE, Lane.WAITING, Lane.SNOOZED):
        place(db, [before.id], lane, wake_on_reply=True, verb="x", now=NOW)
        journal = len(history(db))
        hear(db, acme, notice(10 + LANES.index(lane)))
        assert LANES[the_card(db).lane] is lane
        assert len(history(db)) == journal
    after = the_card(db)
    names = ("unread", "snippet", "who", "last_at", "last_in_at", "automatic", "turn", "act_by")
    assert [getattr(after, name) for name in names] == [getattr(before, name) for name in names]
    assert after.unread == 1
    hear(db, board, comment(50, "Otra cosa"))
    assert LANES[the_card(db).lane] is Lane.INBOX


def test_a_notification_of_an_unknown_card_is_a_mail_by_a_machine_like_any(
    db: Database, acme: ChannelKey
) -> None:
    hear(db, acme, notice(1))
    (one,) = items(db).values()
    assert (one.title, one.unread, one.automatic) == ("Asunto 1", 1, 1)
    assert TURNS[one.turn] is Turn.ME
    place(db, [one.id], Lane.ARCHIVED, verb="archive", now=NOW)
    hear(db, acme, notice(2))
    assert [LANES[i.lane] for i in items(db).values()] == [Lane.INBOX]


@pytest.mark.parametrize(
    "lanes",
    [
        (Lane.SNOOZED, None, Lane.SNOOZED), (Lane.PLANNED, None, Lane.PLANNED),
        (Lane.ARCHIVED, None, Lane.INBOX), (Lane.DONE, None, Lane.INBOX),
        (None, Lane.SNOOZED, Lane.SNOOZED), (None, Lane.ARCHIVED, Lane.ARCHIVED),
        (Lane.SNOOZED, Lane.WAITING, Lane.WAITING), (Lane.PLANNED, Lane.SNOOZED, Lane.PLANNED),
        (Lane.SNOOZED, Lane.INBOX, Lane.INBOX), (Lane.ARCHIVED, Lane.SNOOZED, Lane.SNOOZED),
    ],
)  # fmt: skip
def test_what_she_decided_survives_and_can_be_undone(
    db: Database, acme: ChannelKey, board: ChannelKey, lanes: tuple[Lane | None, Lane | None, Lane]
) -> None:
    """Lanes of the mails and of the task before they meet, and of the task then."""
    mails, own, stands = lanes
    until = NOW + timedelta(days=1)
    hear(db, acme, notice(1))
    hear(db, board, card(link=None))
    (mail,) = [one for one in items(db).values() if one.kind == 1]
    if own is not None:
        place(db, [the_card(db).id], own, until=until, verb="x", now=NOW)
    if mails is not None:
        place(db, [mail.id], mails, until=until, verb="x", now=NOW)
    hear(db, board, card())
    one = the_card(db)
    assert LANES[one.lane] is stands
    assert {t.item_id for t in rows(db, "triage")} <= {one.id}
    if mails is stands:
        assert undo(db, NOW) is not None
        assert LANES[the_card(db).lane] is Lane.INBOX


def test_a_snooze_of_mails_that_were_taken_ends_once(
    db: Database, acme: ChannelKey, board: ChannelKey
) -> None:
    hear(db, acme, notice(1))
    (mail,) = items(db).values()
    place(db, [mail.id], Lane.SNOOZED, until=NOW + timedelta(hours=1), verb="snooze", now=NOW)
    hear(db, board, card())
    later = NOW + timedelta(hours=2)
    assert wake_due(db, later) == 1
    assert wake_due(db, later) == 0
    assert LANES[the_card(db).lane] is Lane.INBOX


def test_mails_about_a_card_that_is_gone_stay_in_sight_till_it_is_back(
    db: Database, acme: ChannelKey, board: ChannelKey
) -> None:
    hear(db, board, card(), card("c2", link=OTHER))
    hear(db, acme, notice(9))
    hear(db, board, Raw(stream="task", external_id="c1", deleted=True))
    hear(db, acme, notice(9, seen=True), notice(1))
    hear(db, acme, notice(2))
    assert ("Asunto 1", frozenset({"Asunto 1", "Asunto 2"})) in lying(db)
    hear(db, board, card(), notice(3))
    assert ("Logo c1", frozenset(f"Asunto {n}" for n in (1, 2, 3, 9))) in lying(db)


def test_mails_about_a_board_that_the_config_no_longer_has_are_mails_again(
    db: Database, acme: ChannelKey, board: ChannelKey
) -> None:
    hear(db, board, card())
    hear(db, acme, notice(1))
    only = ClientSpec(
        slug="acme", name="ACME", color="orange", identities=(),
        channels=(ChannelSpec(slug="correo", kind="imap"),),
    )  # fmt: skip
    declare(db, [only], NOW)
    assert the_card(db).channel_id == board.channel_id
    hear(db, acme, notice(2))
    assert ("Asunto 2", frozenset({"Asunto 2"})) in lying(db)


def test_mails_that_an_older_version_kept_as_conversations_are_taken_too(
    db: Database, acme: ChannelKey, board: ChannelKey
) -> None:
    def older(one: Raw) -> Any:
        for record in memory.normalise(one):
            object.__setattr__(record, "notification", None)
            yield record

    take(
        db, acme, records=[notice(1), letter(2, "¿Y esto?", answers=1), notice(3), notice(4)],
        cursor=None, census=(), normalise=older, rules=derive, identities=frozenset(), now=NOW,
    )  # fmt: skip
    hear(db, board, card())
    assert len(items(db)) == 4
    again(db, acme)
    assert lying(db) == {
        ("Logo c1", frozenset({"Asunto 1", "Asunto 3", "Asunto 4"})),
        ("Asunto 2", frozenset({"Asunto 2"})),
    }
    # What such a version wrote to find answers by leads no conversation into the card.
    hear(db, acme, letter(5, "Hola", answers=3))
    assert ("Asunto 5", frozenset({"Asunto 5"})) in lying(db)


def test_a_mail_kept_before_folding_was_known_counts_for_nothing_as_soon_as_it_is_taken(
    db: Database, acme: ChannelKey, board: ChannelKey
) -> None:
    hear(db, acme, notice(1))
    with db.write() as conn:
        conn.exec_driver_sql("UPDATE message SET flags = 1, subject_key = 7")
    hear(db, board, card())
    one = the_card(db)
    assert (one.unread, one.snippet, one.last_at) == (0, "", None)
    assert [m.subject_key for m in rows(db, "message")] == [None]


def test_what_a_later_version_takes_for_no_notification_stays_in_the_card(
    db: Database, acme: ChannelKey, board: ChannelKey
) -> None:
    def later(one: Raw) -> Any:
        for record in memory.normalise(one):
            if one.stream == "mail":
                object.__setattr__(record, "notification", None)
            yield record

    hear(db, acme, letter(7, "Hola"), notice(1, answers=7))
    hear(db, board, card())
    before = lying(db)
    for _ in range(2):
        list(renormalise(
            db, acme, normalise=later, rules=derive, identities=frozenset(), now=NOW
        ))  # fmt: skip
        assert lying(db) == before


def test_the_words_of_a_folded_mail_lead_to_its_card(
    db: Database, acme: ChannelKey, board: ChannelKey
) -> None:
    hear(db, acme, notice(1))
    hear(db, board, card())
    with db.read() as conn:
        led = {row[0] for row in conn.exec_driver_sql("SELECT item_id FROM search_doc")}
    assert led == {the_card(db).id}


def test_a_batch_without_links_asks_nothing_more_and_one_of_them_little(
    db: Database, acme: ChannelKey
) -> None:
    def statements(*records: Raw) -> int:
        said = count_statements(db)
        hear(db, acme, *records)
        return len(said)

    statements(letter(1, "Hola"))
    few = statements(*(notice(n, link=f"https://trello.com/c/{n:08}") for n in range(100, 105)))
    many = statements(*(notice(n, link=f"https://trello.com/c/{n:08}") for n in range(200, 700)))
    assert many <= few + 8
    cards = [card(f"c{n}", link=f"https://trello.com/c/{n:08}") for n in range(1000, 1500)]
    assert statements(*cards) <= 2 * few


STORY = [
    card("c1"), comment(1), notice(2), notice(3, seen=True), letter(4, "¿Y eso?", answers=2),
    letter(5, f"Mira {CARD}"), notice(6, link=OTHER), notice(7, link=OTHER), card("c9", link=None),
    notice(8, answers=5, subject="Re: Asunto 5"),
]  # fmt: skip


@settings(max_examples=40, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.permutations(STORY), st.integers(1, 6), st.booleans(), st.data())
def test_all_lies_the_same_in_any_order_and_under_repetition(
    order: Sequence[Raw], size: int, one_channel: bool, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        db = open_database(Path(folder) / "t.db")
        keys = declare(db, CLIENTS, NOW)
        mailbox = keys["acme", "correo"]
        board = mailbox if one_channel else keys["acme", "tablero"]
        order = [*order, *data.draw(st.lists(st.sampled_from(STORY), max_size=3))]
        for start in range(0, len(order), size):
            part = order[start : start + size]
            for key, mine in ((mailbox, True), (board, False)):
                hear(db, key, *(one for one in part if (one.stream == "mail") is mine))
            if data.draw(st.booleans()):
                again(db, mailbox, board)
        assert lying(db) == {
            ("Logo c1", frozenset({"k1", "Asunto 2", "Asunto 3", "Re: Asunto 5"})),
            ("Asunto 4", frozenset({"Asunto 4"})), ("Asunto 5", frozenset({"Asunto 5"})),
            ("Asunto 6", frozenset({"Asunto 6", "Asunto 7"})), ("Logo c9", frozenset()),
        }  # fmt: skip
        (one,) = [item for item in items(db).values() if item.title == "Logo c1"]
        assert (one.snippet, one.unread, one.kind, one.lane) == ("¿Y el logo?", 1, 0, 0)
        with db.read() as conn:
            docs = {row[0] for row in conn.exec_driver_sql("SELECT item_id FROM search_doc")}
        assert docs <= set(items(db))
        db.close()
