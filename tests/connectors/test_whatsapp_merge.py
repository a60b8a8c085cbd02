"""Overlapping exports of one chat: each message once, in order, whatever comes when."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.whatsapp_clock import Clock
from connectors.whatsapp_lines import Entry
from connectors.whatsapp_merge import Chat
from normalizer.raw import Raw
from normalizer.whatsapp_body import BodyKind
from normalizer.whatsapp_lines import DateOrder, Line, read
from tests.connectors.whatsapp_world import (
    FOR_ALL,
    TONGUES,
    Message,
    Phone,
    Seen,
    Snapshot,
    World,
    export,
    truth,
    world,
)

MADRID = Clock("Europe/Madrid")
WORLDS = 200
ANDROID_ES, ANDROID_US, ANDROID_DE, IOS_ES, IOS_US = TONGUES


class Shelf:
    """What is kept of one chat, as the store keeps it: nothing but raw records."""

    def __init__(self, title: str = "") -> None:
        self.raws: dict[str, Raw] = {}
        self.title = title
        self._aliases: dict[str, str] = {}
        self._casts: list[set[str]] = []
        self.moved = 0

    def chat(self) -> Chat:
        entries = [Entry.of(raw) for raw in self.raws.values()]
        return Chat(
            "c", MADRID, entries, group=self.title, aliases=self._aliases, casts=self._casts
        )

    def take(self, one: Snapshot) -> int:
        """Merge an export, and say how many records that wrote."""
        chat = self.chat()
        self.moved = chat.merge(lines(one), int(one.made.timestamp()) // 60).moved
        self._aliases, self._casts = chat.aliases, chat.casts
        news = [entry.raw("c", self.title) for entry in chat.entries if entry.news]
        self.raws.update({raw.external_id: raw for raw in news})
        return len(news)

    def shown(self, world: World) -> list[Seen]:
        """Say what is shown, sorted as the store sorts."""
        chat = self.chat()
        return [
            (MADRID.wall(entry.at), *_said(world, entry, self.title))
            for entry in sorted(chat.entries, key=lambda one: (one.at, one.place, one.id))
        ]

    def texts(self) -> list[str]:
        """Say what is shown, without who and when."""
        entries = sorted(self.chat().entries, key=lambda one: (one.at, one.place, one.id))
        return [
            FOR_ALL if body.kind is BodyKind.DELETED else entry.caption or body.text or "picture"
            for entry in entries
            for body in [entry.understood(self.title)]
        ]


def _said(world: World, entry: Entry, title: str) -> tuple[int | None, str]:
    body = entry.understood(title)
    match body.kind:
        case BodyKind.SYSTEM:
            return None, ""
        case BodyKind.DELETED:
            return world.who(entry.sender), FOR_ALL
        case BodyKind.FILE | BodyKind.OMITTED:
            return world.who(entry.sender), f"picture {entry.caption or body.text}".strip()
        case _:
            return world.who(entry.sender), body.text


def lines(one: Snapshot) -> Sequence[Line]:
    us = "en-US" in one.phone.tongue.name
    return read(one.text, order=DateOrder.MDY if us else DateOrder.DMY).lines


def shelf(made: World, order: Iterable[int]) -> Shelf:
    kept = Shelf(made.title if made.people > 2 else "")
    for number in order:
        kept.take(made.exports[number])
    return kept


def orders(made: World, seed: int) -> list[list[int]]:
    """Give the order in which the exports were made, that one backwards, and any."""
    there = list(range(len(made.exports)))
    anyhow = list(there)
    random.Random(seed).shuffle(anyhow)
    return [there, there[::-1], anyhow]


@pytest.mark.parametrize("part", range(4))
def test_hundreds_of_chats_come_whole_once_and_in_order_and_nothing_the_second_time(
    part: int,
) -> None:
    lost: Counter[Seen] = Counter()
    doubled: Counter[Seen] = Counter()
    disordered, again, messages = [], 0, 0
    for seed in range(part, WORLDS, 4):
        made = world(random.Random(seed))
        wanted = truth(made)
        messages += len(wanted)
        for order in orders(made, seed):
            kept = shelf(made, order)
            shown = kept.shown(made)
            lost += Counter(wanted) - Counter(shown)
            doubled += Counter(shown) - Counter(wanted)
            disordered += [seed] if shown != wanted else []
            again += sum(kept.take(made.exports[number]) for number in order)
    assert messages > 2_000
    assert (lost, doubled, disordered, again) == (Counter(), Counter(), [], 0)


def test_a_hash_of_minute_author_and_text_would_not_pass_that() -> None:
    """The control: what seems to do, loses what is said twice and doubles what is edited."""
    lost: Counter[Seen] = Counter()
    doubled: Counter[Seen] = Counter()
    for seed in range(0, WORLDS, 8):
        made = world(random.Random(seed))
        kept = Shelf(made.title if made.people > 2 else "")
        for one in made.exports:
            for line in lines(one):
                told = f"{line.at}|{line.sender}|{line.body}"
                name = hashlib.sha256(told.encode()).hexdigest()
                at = int(line.at.replace(tzinfo=UTC).timestamp()) // 60
                entry = Entry(
                    id=name, at=MADRID.utc(at), sender=line.sender, body=line.body, app=line.app
                )
                kept.raws[name] = entry.raw("c", kept.title)
        shown, wanted = kept.shown(made), truth(made)
        lost += Counter(wanted) - Counter(shown)
        doubled += Counter(shown) - Counter(wanted)
    assert lost.total() >= 10
    assert doubled.total() >= 100


def test_exports_made_in_other_zones_meet_those_made_at_home() -> None:
    wrong, moved = [], 0
    for seed in range(60):
        made = world(random.Random(seed), moved=True)
        if len(made.exports) < 2:
            continue
        for order in orders(made, seed)[:2]:
            kept = shelf(made, order)
            moved += kept.moved != 0
            shown = [one[1:] for one in kept.shown(made)]
            again = sum(kept.take(made.exports[number]) for number in order)
            wrong += [seed] if shown != [one[1:] for one in truth(made)] or again else []
    assert moved > 5
    assert wrong == []


@given(st.integers(0, 1_000_000), st.booleans())
def test_no_chat_whatever_grows_when_the_same_exports_come_again(seed: int, moved: bool) -> None:
    made = world(random.Random(seed), moved=moved)
    order = orders(made, seed)[2]
    kept = shelf(made, order)
    held = dict(kept.raws)
    assert sum(kept.take(made.exports[number]) for number in (*order, *order[::-1])) == 0
    assert kept.raws == held


@given(st.integers(0, 1_000_000))
def test_every_export_shows_no_more_than_is_kept_and_in_that_order(seed: int) -> None:
    made = world(random.Random(seed))
    shown = shelf(made, orders(made, seed)[2]).shown(made)
    times = [minute for minute, _, _ in shown]
    assert times == sorted(times)
    for one in made.exports:
        assert len(one.lines) <= len(shown)


def test_the_same_export_gives_the_same_names_in_another_store() -> None:
    made = world(random.Random(3))
    one, two = Shelf(), Shelf()
    one.take(made.exports[-1])
    two.take(made.exports[-1])
    assert one.raws == two.raws


# What becomes of one message

START = datetime(2026, 11, 13, 18, 2, 9, tzinfo=UTC)
NAMES = ("Lola", "Marta")


def phone(tongue: int = 0, zone: str = "Europe/Madrid", names: tuple[str, ...] = NAMES) -> Phone:
    return Phone(TONGUES[tongue], zone, 0, names)


def said(*texts: str, gap: int = 4) -> list[Message]:
    """Marta says something every few seconds."""
    return [Message(n, START + timedelta(seconds=n * gap), 1, text) for n, text in enumerate(texts)]


def taken(
    kept: Shelf, chat: list[Message], phone: Phone, *, days: float = 1, most: int = 99
) -> int:
    now = START + timedelta(days=days)
    return kept.take(export(chat, phone, now, most=most, media=False, title="Marta"))


def test_of_two_edited_lines_each_goes_to_what_it_was() -> None:
    kept = Shelf()
    chat = said("el presupuesto de la web", "mañana a las diez", "vale", gap=1)
    taken(kept, chat, phone(), days=0.1)
    chat[1].edits = [(START + timedelta(hours=12), "mañana a las once y media")]
    taken(kept, chat[1:], phone())
    assert kept.texts() == ["el presupuesto de la web", "mañana a las once y media", "vale"]
    chat[0].edits = [(START + timedelta(hours=30), "el presupuesto de la web, con IVA")]
    chat[1].edits += [(START + timedelta(hours=31), "mañana a las doce y media")]
    taken(kept, chat, phone(), days=2)
    assert kept.texts() == [
        "el presupuesto de la web, con IVA", "mañana a las doce y media", "vale",
    ]  # fmt: skip


def test_hundreds_of_lines_edited_in_one_minute_keep_their_order() -> None:
    kept = Shelf()
    chat = said(*(f"{n} {'presupuesto ' * 150}" for n in range(190)), gap=0)
    for version in range(2):
        for one in chat:
            one.edits.append((START + timedelta(hours=30 * version), f"{version} {one.text}"))
        taken(kept, chat, phone(), days=version + 1, most=999)
    assert kept.texts() == [one.edits[1][1].strip() for one in chat]
    assert len(kept.raws) == 190


def test_what_is_said_three_times_in_a_minute_is_three_messages() -> None:
    kept = Shelf()
    taken(kept, said("ok", "ok", "ok", gap=1), phone())
    assert taken(kept, said("ok", "ok", "ok", gap=1), phone(3)) == 0
    assert kept.texts() == ["ok", "ok", "ok"]


def test_what_the_fullest_export_shows_stays_where_another_shows_less() -> None:
    kept = Shelf()
    chat = said("ok", "uno", "ok", "dos", "ok", gap=1)
    taken(kept, chat, phone())
    taken(kept, chat, replace(phone(), lost=frozenset({0, 1, 4})))
    assert kept.texts() == ["ok", "uno", "ok", "dos", "ok"]


def test_the_lines_that_an_export_cut_off_come_before_its_first() -> None:
    kept = Shelf()
    chat = said("uno", "dos", "tres", "cuatro", gap=1)
    taken(kept, chat, phone(), most=2)
    taken(kept, chat, phone(2))
    assert kept.texts() == ["uno", "dos", "tres", "cuatro"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
@pytest.mark.parametrize("tongue", [0, 1, 3, 4])
def test_an_edit_is_never_undone_by_an_older_export_and_the_last_one_stays(
    order: Sequence[int], tongue: int
) -> None:
    chat = said("a las diez", "de acuerdo")
    chat[0].edits = [
        (START + timedelta(hours=1), "a las once"),
        (START + timedelta(hours=30), "a las doce en punto"),
    ]
    kept = Shelf()
    for days in [(0.01, 1, 2)[n] for n in order]:
        taken(kept, chat, phone(tongue), days=days)
    assert kept.texts() == ["a las doce en punto", "de acuerdo"]
    (edited, _) = sorted(kept.chat().entries, key=lambda one: one.place)
    assert sorted(edited.seen) == ["a las diez", "a las once"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("media", [False, True])
def test_what_was_taken_back_stays_so_and_what_it_said_is_known(
    order: Sequence[int], media: bool
) -> None:
    chat = said("antes", "lo que no debí decir", "después")
    chat[1].deleted = START + timedelta(hours=12)
    chat[1].media = media
    kept = Shelf()
    for days in [(0.1, 1)[n] for n in order]:
        taken(kept, chat, phone(), days=days)
    assert kept.texts() == ["antes", FOR_ALL, "después"]
    (gone,) = [one for one in kept.chat().entries if one.seen]
    assert "lo que no debí decir" in gone.seen
    assert gone.late == (["lo que no debí decir"] if order == (1, 0) else [])


def test_what_an_export_does_not_show_is_gone_for_nobody() -> None:
    kept = Shelf()
    taken(kept, said("uno", "dos", "tres"), phone())
    assert taken(kept, said("uno", "dos", "tres"), replace(phone(), lost=frozenset({1}))) == 0
    assert kept.texts() == ["uno", "dos", "tres"]


@pytest.mark.parametrize("order", [(0, 3), (3, 0)])
def test_a_picture_is_one_with_and_without_its_file_and_its_words_on_both_kinds_of_phone(
    order: Sequence[int],
) -> None:
    chat = said("el boceto nuevo")
    chat[0].media = True
    kept = Shelf()
    for tongue in order:
        for media in (False, True):
            kept.take(export(chat, phone(tongue), START, most=9, media=media, title="Marta"))
    (entry,) = kept.chat().entries
    body = entry.understood("")
    assert body.kind is BodyKind.FILE
    assert (entry.caption or body.text) == "el boceto nuevo"


def test_a_missed_call_beside_a_picture_is_no_picture() -> None:
    kept = Shelf()
    picture = "[17/11/26, 19:00:08] Marta: \u200e{}\n"
    call = "[17/11/26, 19:00:17] Marta: \u200eLlamada perdida\n"
    file = "<adjunto: 00000002-PHOTO-2026-11-17-19-00-08.jpg>"
    for text in (picture.format(file), picture.format("imagen omitida") + call):
        kept.take(Snapshot(text, START, (), phone(3)))
    shown = sorted(kept.chat().entries, key=lambda one: one.place)
    assert [one.understood("").kind for one in shown] == [BodyKind.FILE, BodyKind.CALL]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_the_app_says_is_one_whatever_the_group_was_called(order: Sequence[int]) -> None:
    texts = (
        "[17/11/26, 19:00:08] Equipo Luz: \u200eLuis salió del grupo\n",
        "[17/11/26, 19:00:08] Luz 2026: \u200eLuis left\n",
    )
    chat = Chat("c", MADRID, (), group="Luz 2026", titles=("Equipo Luz", "Luz 2026"))
    for number in order:
        chat.merge(read(texts[number], order=DateOrder.DMY).lines)
    (entry,) = chat.entries
    assert entry.understood(chat.group_of(entry)).kind is BodyKind.SYSTEM


def test_the_same_person_goes_by_two_names_and_the_newer_one_is_for_what_is_new() -> None:
    kept = Shelf()
    chat = said("mándame el presupuesto, por favor", "ok", "el lunes entonces, sin falta")
    taken(kept, chat[:2], phone())
    taken(kept, chat, phone(names=("Lola", "Marta Ruiz (Luz)")))
    assert [one.sender for one in kept.chat().entries] == ["Marta", "Marta", "Marta Ruiz (Luz)"]
    assert taken(kept, chat, phone()) == 0


@pytest.mark.parametrize("zone", ["America/Mexico_City", "Asia/Kolkata", "Pacific/Auckland"])
def test_a_phone_that_travelled_doubles_nothing_and_it_is_said(zone: str) -> None:
    kept = Shelf()
    chat = said(*(f"un mensaje largo y único, número {n}" for n in range(40)), gap=86_400 * 6)
    taken(kept, chat, phone(), days=150)
    before = len(kept.raws)
    assert taken(kept, chat, phone(zone=zone), days=300) == 40 - before
    assert kept.moved != 0
    assert [text[-2:].strip() for text in kept.texts()] == [str(n) for n in range(40)]


@pytest.mark.parametrize(
    "again",
    [
        "Gracias por escribir a Estudio Luz, te respondemos enseguida",
        "<Multimedia omitido>",
        "Se eliminó este mensaje.",
    ],
)
def test_one_text_that_comes_again_the_next_morning_moves_no_export(again: str) -> None:
    """The chat was emptied on the phone in between: nothing else is in both exports."""
    kept = Shelf()
    evening, morning = datetime(2026, 11, 17, 18, 0, tzinfo=UTC), timedelta(hours=14)
    texts = [("¿Está la factura?", again, "va mañana"), ("¿Y el logo?", again, "en rojo")]
    for day, said_then in enumerate(texts):
        at = evening + morning * day
        chat = [Message(n, at + timedelta(minutes=n), 1, one) for n, one in enumerate(said_then)]
        taken(kept, chat, phone(), days=9)
    assert kept.moved == 0
    assert len(kept.raws) == 6


@pytest.mark.parametrize("seed", range(5))
def test_short_words_of_two_busy_days_move_no_export(seed: int) -> None:
    kept, some = Shelf(), random.Random(seed)
    for day in range(2):
        chat = [
            Message(n, START + timedelta(days=day * 0.5, minutes=n * 0.7), 1, some.choice("aáeéo"))
            for n in range(300)
        ]
        taken(kept, chat, phone(), days=day + 1, most=999)
    assert kept.moved == 0
    assert len(kept.raws) == 600


def test_a_phone_that_travelled_is_known_by_short_words_that_all_meet() -> None:
    kept = Shelf()
    chat = said(*("aáeéo"[n * n % 5] for n in range(30)), gap=700)
    taken(kept, chat, phone())
    assert taken(kept, chat, phone(zone="America/Mexico_City")) == 0
    assert kept.moved == 420


def test_the_hour_that_comes_twice_keeps_its_order() -> None:
    kept = Shelf()
    start = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
    chat = [Message(n, start + timedelta(minutes=20 * n), n % 2, f"mensaje {n}") for n in range(6)]
    one = export(chat, phone(), start + timedelta(days=1), most=99, media=False, title="Marta")
    kept.take(one)
    assert kept.texts() == [f"mensaje {n}" for n in range(6)]
    assert kept.take(one) == 0


def test_lines_find_room_between_others_however_often_more_come() -> None:
    """Two hundred in one minute, half of which come between the others."""
    kept = Shelf()
    chat = said(*(f"mensaje {n}" for n in range(240)), gap=0)
    for step in (16, 8, 4, 2, 1):
        gone = frozenset(n for n in range(240) if n % step)
        taken(kept, chat, replace(phone(), lost=gone), most=999)
    assert kept.texts() == [f"mensaje {n}" for n in range(240)]
    places = [one.place for one in kept.chat().entries]
    assert len(set(places)) == 240
    assert max(places) < 60_000


def test_a_minute_with_thousands_of_lines_is_counted_and_not_compared() -> None:
    kept = Shelf()
    chat = said(*(("a", "b", "ok")[n * n % 3] for n in range(3_000)), gap=0)
    taken(kept, chat, phone(), most=9_999)
    assert taken(kept, chat, phone(2), most=9_999) == 0
    assert len(kept.raws) == 3_000
