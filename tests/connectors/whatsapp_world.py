"""Simulated chats: what people really said, and what their phones export of it, and when.

A chat knows the truth that no export tells: which messages are one. Phones call people by other
names, speak other languages, forget what was deleted on them, and cut an export's beginning off.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

LONG = (
    "¿Puedes mandarme el presupuesto de la web antes del lunes?",
    "Perfecto, lo reviso esta tarde y te digo algo",
    "The flyer has to say 20 % and not 15 %, please",
    "Mañana a las nueve en la oficina, trae las muestras",
    "Una cosa más:\nel logo en azul, no en verde",
)
SHORT = ("ok", "ok", "ok", "👍", "sí", "vale", "jaja", "no", "gracias!!")

FOR_ALL = "deleted"


@dataclass(frozen=True, slots=True)
class Tongue:
    """What an app writes in one language, in one layout."""

    name: str
    layout: Literal["android", "ios"]
    stamp: Callable[[datetime], str]
    attached: str
    omitted: str
    edited: str
    deleted: str
    deleted_own: str
    missed: str
    joined: str


def _half(at: datetime, seconds: str = "") -> str:
    return f"{at.hour % 12 or 12}:{at:%M}{seconds}\u202f{'AM' if at.hour < 12 else 'PM'}"


TONGUES = (
    Tongue(
        "android es", "android", lambda at: f"{at.day}/{at.month}/{at:%y}, {at.hour}:{at:%M} - ",
        "{} (archivo adjunto)", "<Multimedia omitido>", " <Se editó este mensaje.>",
        "Se eliminó este mensaje.", "Eliminaste este mensaje.", "Llamada perdida",
        "{} se unió usando el enlace de invitación de este grupo",
    ),
    Tongue(
        "android en-US", "android",
        lambda at: f"{at.month}/{at.day}/{at:%y}, {_half(at)} - ",
        "{} (file attached)", "<Media omitted>", " <This message was edited>",
        "This message was deleted", "You deleted this message", "Missed voice call",
        "{} joined using this group's invite link",
    ),
    Tongue(
        "android de", "android", lambda at: f"{at:%d.%m.%y}, {at:%H:%M} - ",
        "{} (Datei angehängt)", "<Medien ausgeschlossen>", " <Diese Nachricht wurde bearbeitet.>",
        "Diese Nachricht wurde gelöscht.", "Du hast diese Nachricht gelöscht.",
        "Verpasster Sprachanruf", "{} ist der Gruppe über den Einladungslink beigetreten",
    ),
    Tongue(
        "ios es", "ios", lambda at: f"[{at.day}/{at.month}/{at:%y}, {at.hour}:{at:%M:%S}] ",
        "\u200e<adjunto: {}>", "\u200eimagen omitida", " \u200e<Se editó este mensaje.>",
        "\u200eSe eliminó este mensaje.", "\u200eEliminaste este mensaje.",
        "\u200eLlamada perdida", "{} se unió usando el enlace de invitación de este grupo",
    ),
    Tongue(
        "ios en-US", "ios",
        lambda at: f"[{at.month}/{at.day}/{at:%y}, {_half(at, f':{at:%S}')}] ",
        "\u200e<attached: {}>", "\u200eimage omitted", " \u200e<This message was edited>",
        "\u200eThis message was deleted.", "\u200eYou deleted this message.",
        "\u200eMissed voice call", "{} joined using this group's invite link",
    ),
)  # fmt: skip


@dataclass(slots=True)
class Message:
    """What somebody really sent. `at` is in UTC. `author` None: the app tells it."""

    number: int
    at: datetime
    author: int | None
    text: str
    media: bool = False
    edits: list[tuple[datetime, str]] = field(default_factory=list)
    deleted: datetime | None = None

    def as_of(self, now: datetime) -> tuple[int, str]:
        """Say which version stands `now`: 0 as sent, 1 and more edited, and what it says."""
        if self.deleted is not None and self.deleted <= now:
            return 1000, FOR_ALL
        texts = [self.text, *(text for at, text in self.edits if at <= now)]
        return len(texts) - 1, texts[-1]


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone: its language, its zone, what its owner calls people, what it lost."""

    tongue: Tongue
    zone: str
    owner: int
    names: tuple[str, ...]
    lost: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of an export: which message, and in which version."""

    number: int
    version: int
    said: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One export: its text, when it was made, and the truth about its lines."""

    text: str
    made: datetime
    lines: tuple[Shown, ...]
    phone: Phone


def export(
    chat: Sequence[Message], phone: Phone, now: datetime, *, most: int, media: bool, title: str
) -> Snapshot:
    """Export a chat as this phone does: the newest `most` lines that it still has."""
    there = [one for one in chat if one.at <= now and one.number not in phone.lost]
    there = there[-most:]
    texts, lines = [], []
    for n, one in enumerate(there):
        version, said = one.as_of(now)
        texts.append(_line(one, version, said, phone, n, media=media, title=title))
        lines.append(Shown(one.number, version, said))
    ends = "\r\n" if phone.tongue.layout == "ios" else "\n"
    return Snapshot("".join(text + ends for text in texts), now, tuple(lines), phone)


def _line(
    one: Message, version: int, said: str, phone: Phone, n: int, *, media: bool, title: str
) -> str:
    tongue, at = phone.tongue, one.at.astimezone(ZoneInfo(phone.zone))
    ios = tongue.layout == "ios"
    if one.author is None:
        told = tongue.joined.format(said)
        mark = "\u200e" if ios else ""
        return f"{mark}{tongue.stamp(at)}" + (f"{title}: \u200e{told}" if ios else told)
    head = f"{tongue.stamp(at)}{phone.names[one.author]}: "
    if said == FOR_ALL:
        return head + (tongue.deleted_own if one.author == phone.owner else tongue.deleted)
    mark = tongue.edited if version else ""
    if not one.media:
        return head + said + mark
    if ios:
        name = f"{n:08}-PHOTO-{at:%Y-%m-%d-%H-%M-%S}.jpg"
        return head + (tongue.attached.format(name) if media else tongue.omitted)
    name = f"IMG-{at:%Y%m%d}-WA{one.number:04}.jpg"
    told = tongue.attached.format(name) if media else tongue.omitted
    return head + told + (f"\n{said}{mark}" if said else "")


def conversation(rng: random.Random, *, people: int, length: int, group: bool) -> list[Message]:
    """Make up a chat: bursts within a minute, repeated words, edits, deletions, pictures."""
    at = datetime(2026, rng.randint(1, 12), rng.randint(1, 28), 8, 0, tzinfo=UTC)
    chat: list[Message] = []
    author = 0
    for number in range(length):
        gap = rng.choice((0, 1, 2, 3, 9, 20, 50, 90, 600, 7_000, 40_000))
        at += timedelta(seconds=gap + rng.randint(0, 2))
        if rng.random() < 0.6:
            author = rng.randrange(people)
        kind = rng.random()
        text = rng.choice(SHORT) if rng.random() < 0.5 else f"{rng.choice(LONG)} ({number})"
        one = Message(number, at, author, text)
        if group and kind < 0.03:
            one = Message(number, at, None, f"Persona {rng.randrange(40)}")
        elif kind < 0.12:
            one = replace(one, media=True, text=rng.choice(("", "", f"La foto {number}")))
        elif kind < 0.18:
            after = at
            for times in range(rng.choice((1, 1, 2))):
                after += timedelta(minutes=rng.randint(1, 15))
                one.edits.append((after, f"{text} – corregido {number}.{times}"))
        if one.author is not None and rng.random() < 0.05:
            one.deleted = at + timedelta(minutes=rng.randint(1, 3_000))
        chat.append(one)
    return chat


def forgettable(chat: Sequence[Message]) -> list[int]:
    """Name the messages that a phone may lose without a riddle that nobody could solve: which of
    two alike is it, and is the one that was taken back the one that is not there?
    """
    said: dict[tuple[int, int | None], list[Message]] = {}
    for one in chat:
        said.setdefault((int(one.at.timestamp()) // 60, one.author), []).append(one)
    return [
        one.number
        for group in said.values()
        if not any(one.deleted or one.edits for one in group)
        for one in group
        if one.author is not None and not one.media and len(one.text) > 20
    ]


@dataclass(frozen=True, slots=True)
class World:
    """One chat and the exports of it, in the order in which they were made."""

    chat: list[Message]
    exports: list[Snapshot]
    title: str
    people: int

    def who(self, name: str) -> int | None:
        """Say whose name this is, on any phone."""
        for one in self.exports:
            if name in one.phone.names:
                return one.phone.names.index(name)
        return None


def world(rng: random.Random, *, mixed: bool = True, moved: bool = False) -> World:
    """Make up a chat and two to five exports of it, of one or of several phones.

    `moved`: some phones are in another zone when they export.
    """
    people = rng.choice((2, 2, 3, 5))
    group = people > 2
    title = "Equipo Luz" if group else "Marta"
    chat = conversation(rng, people=people, length=rng.randint(20, 120), group=group)
    first, last = chat[0].at, chat[-1].at
    names = ("Lola", "Marta", "Luis", "Ana", "+34 600 11 22 33")[:people]
    phones = []
    for n in range(rng.choice((1, 2, 3)) if mixed else 1):
        tongue = rng.choice(TONGUES if mixed else TONGUES[:1])
        called = tuple(name if rng.random() < 0.7 or n == 0 else f"{name} {n}" for name in names)
        zone = (
            rng.choice(("America/Mexico_City", "Asia/Kolkata")) if moved and n else "Europe/Madrid"
        )
        phones.append(Phone(tongue, zone, n % people, called))
    exports = []
    moments = sorted(
        first + (last - first) * rng.uniform(0.3, 1.05) for _ in range(rng.randint(2, 5))
    )
    for now in moments:
        which = rng.randrange(len(phones))
        forgotten = {n for n in forgettable(chat) if rng.random() < 0.015}
        phones[which] = replace(phones[which], lost=phones[which].lost | forgotten)
        if mixed and rng.random() < 0.1:
            renamed = rng.randrange(people)
            called = tuple(
                f"{name} (nueva)" if n == renamed else name
                for n, name in enumerate(phones[which].names)
            )
            phones[which] = replace(phones[which], names=called)
        exports.append(
            export(
                chat, phones[which], now,
                most=10_000 if moved else rng.choice((10, 30, 60, 10_000)),
                media=rng.random() < 0.5, title=title,
            )
        )  # fmt: skip
    least = 20 if moved else 1
    return World(chat, [one for one in exports if len(one.lines) >= least], title, people)


Seen = tuple[int, int | None, str]
"""A message as it is shown in the end: the minute on the wall in Madrid, who, and what."""


def truth(world: World) -> list[Seen]:
    """Say what all exports of a world together show: each message once, as it was last."""
    best: dict[int, tuple[int, str]] = {}
    for one in world.exports:
        for shown in one.lines:
            message = world.chat[shown.number]
            version, said = shown.version, shown.said
            if message.media and one.phone.tongue.layout == "ios" and said != FOR_ALL:
                version, said = -1, ""  # an iPhone leaves out what stands below a picture
            if shown.number not in best or version > best[shown.number][0]:
                best[shown.number] = version, said
    return [_seen(world.chat[number], said) for number, (_, said) in sorted(best.items())]


def _seen(message: Message, said: str) -> Seen:
    wall = message.at.astimezone(ZoneInfo("Europe/Madrid")).replace(tzinfo=UTC)
    minute = int(wall.timestamp()) // 60
    if message.author is None:
        return minute, None, ""
    if said != FOR_ALL and message.media:
        said = f"picture {said}".strip()
    return minute, message.author, said
