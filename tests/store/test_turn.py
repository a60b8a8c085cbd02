"""Whose turn it is, through the store and the real rules, in whatever order messages arrive."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from normalizer.model import Direction, Message, Person, Ref, Thread
from store.codes import TURNS
from store.database import Database, open_database
from store.directory import ChannelKey, declare
from store.intake import take
from store.triage import place
from store.views import Lane, Turn
from tests.store.conftest import CLIENTS
from tests.store.mailbox import NOW, items, normalise, raw, task
from triage.rules import derive, is_courtesy

SAID = st.sampled_from(["gracias", "👍", "ok", "¿Y el logo?", "Cambia el color", "¿Lo tienes?"])


@st.composite
def chats(draw: st.DrawFn) -> list[Message]:
    """A conversation without unread counts; several messages may share an instant."""
    minute = 0
    lines = []
    for n in range(draw(st.integers(1, 7))):
        minute += draw(st.integers(0, 2))
        lines.append(
            Message(
                ref=Ref("mail", f"m{n}"),
                author=Person(draw(st.sampled_from(["Ana", "Bea"]))),
                sent_at=NOW - timedelta(minutes=100 - minute),
                text=draw(SAID),
                direction=draw(st.sampled_from([Direction.IN, Direction.OUT])),
                automatic=draw(st.booleans()) and draw(st.booleans()),
                thread=Thread(message_id=f"id{n}", hint="chat"),
            )
        )
    return lines


def hear(db: Database, key: ChannelKey, *said: Message) -> None:
    take(
        db, key, records=[raw(one.ref.external_id, one) for one in said], cursor=None, census=(),
        normalise=normalise, rules=derive, identities=frozenset(), now=NOW,
    )  # fmt: skip


def expected(chat: list[Message]) -> Turn:
    """Hers, unless she wrote, and nothing but thanks and machines came since."""
    mine = [one.sent_at for one in chat if one.direction is Direction.OUT]
    since = [
        one for one in chat
        if one.direction is Direction.IN and not one.automatic
        and (not mine or one.sent_at >= max(mine))
    ]  # fmt: skip
    hers = not mine or any(not is_courtesy(one.text) for one in since)
    return Turn.ME if hers else Turn.CLIENT


@settings(max_examples=40, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(chats(), st.data())
def test_a_question_since_she_last_wrote_is_hers_in_any_order_of_arrival(
    chat: list[Message], data: st.DataObject
) -> None:
    arrival = data.draw(st.permutations(chat))
    size = data.draw(st.integers(1, 4))
    with tempfile.TemporaryDirectory() as folder:
        db = open_database(Path(folder) / "t.db")
        key = declare(db, CLIENTS, NOW)["acme", "correo"]
        try:
            for start in range(0, len(arrival), size):
                hear(db, key, *arrival[start : start + size])
            (item,) = items(db).values()
            assert TURNS[item.turn] is expected(chat)
        finally:
            db.close()


def line(n: int, text: str, direction: Direction = Direction.IN) -> Message:
    return Message(
        ref=Ref("mail", f"m{n}"), author=Person("Ana"), sent_at=NOW + timedelta(minutes=n),
        text=text, direction=direction, thread=Thread(message_id=f"id{n}", hint="chat"),
    )  # fmt: skip


def test_what_she_put_away_comes_back_for_a_question_though_thanks_came_after_it(
    db: Database, acme: ChannelKey
) -> None:
    hear(db, acme, line(1, "Hola"), line(2, "Va adjunto", Direction.OUT))
    (item,) = items(db).values()
    place(db, [item.id], Lane.ARCHIVED, verb="archive", now=NOW)
    hear(db, acme, line(3, "gracias"))
    assert items(db)[item.id].lane == 4
    assert TURNS[items(db)[item.id].turn] is Turn.CLIENT
    hear(db, acme, line(4, "¿Y el logo?"), line(5, "gracias"))
    assert items(db)[item.id].lane == 0
    assert TURNS[items(db)[item.id].turn] is Turn.ME


def test_what_waits_comes_back_for_an_answer_though_a_machine_wrote_after_it(
    db: Database, acme: ChannelKey
) -> None:
    hear(db, acme, line(1, "Hola"), line(2, "¿Cuál?", Direction.OUT))
    (item,) = items(db).values()
    place(db, [item.id], Lane.WAITING, verb="wait", now=NOW)
    hear(db, acme, line(3, "El azul"), replace(line(4, "Estoy fuera"), automatic=True))
    assert items(db)[item.id].lane == 0


def turns_of_a_card(db: Database, key: ChannelKey, *assignees: Person) -> Iterator[Turn]:
    """The turn of a card as people write on it, one after the other."""
    card = raw("b/c1", task(1, assignees=assignees), stream="card")
    lola = Person("Lola", "lola-id")
    said = [
        ("¿Quién lo tiene?", "ana", ()),
        ("@lola ¿puedes tú?", "ana", (lola,)),
        ("voy", "lola-id", ()),
        ("¿Y tú, Bea?", "ana", (Person("Bea", "bea"),)),
    ]
    for number in range(len(said) + 1):
        comments = [
            raw(
                f"b/c1/{n}",
                Message(
                    ref=Ref("comment", f"{n}"), author=Person("", who), text=text, to=to,
                    sent_at=NOW + timedelta(minutes=n), about=Ref("card", "c1"),
                ),
                stream="comment",
            )
            for n, (text, who, to) in enumerate(said[:number])
        ]  # fmt: skip
        take(
            db, key, records=[card, *comments], cursor=None, census=(), normalise=normalise,
            rules=derive, identities=frozenset({"lola-id"}), now=NOW,
        )  # fmt: skip
        (item,) = items(db, key.channel_id).values()
        yield TURNS[item.turn]


def test_a_card_of_others_is_hers_only_where_somebody_asks_her_by_name(
    db: Database, board: ChannelKey
) -> None:
    bea = Person("Bea", "bea")
    assert list(turns_of_a_card(db, board, bea)) == [
        Turn.CLIENT, Turn.CLIENT, Turn.ME, Turn.CLIENT, Turn.CLIENT,
    ]  # fmt: skip


@pytest.mark.parametrize("assignees", [(), (Person("Bea", "bea"), Person("Lola", "lola-id"))])
def test_a_card_of_nobody_or_of_hers_too_is_hers(
    db: Database, board: ChannelKey, assignees: tuple[Person, ...]
) -> None:
    assert set(turns_of_a_card(db, board, *assignees)) == {Turn.ME}
