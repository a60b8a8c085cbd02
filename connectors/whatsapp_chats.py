"""The chats of one channel: what is kept of them, and which of them an export is of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from connectors.base import Kept
from connectors.whatsapp_clock import Clock, Text, agreeing, on_wall
from connectors.whatsapp_lines import STREAM, Entry
from connectors.whatsapp_merge import Chat
from normalizer.raw import Raw
from normalizer.text import fold, line
from normalizer.whatsapp_body import Body, BodyKind, understand
from normalizer.whatsapp_lines import Line

CHAT: Final = "chat"
_MOST_PEOPLE: Final = 50
_ENOUGH: Final = 3
"""Long texts in the same minutes by which a chat is known under another name."""


_TELLING: Final = 2
_LONG: Final = 20
"""Characters from which on a text says something that nobody guesses."""


def _is_telling(body: Body, text: str) -> bool:
    return body.kind is BodyKind.TEXT and len(text) >= _LONG


def key_of(title: str) -> str:
    """Name a chat by its title, as the first part of ids."""
    return fold(line(title, 120)).replace("%", "%25").replace("/", "%2F")


@dataclass(slots=True)
class Known:
    """What is kept of one chat besides its lines."""

    key: str
    title: str
    names: list[str] = field(default_factory=list)
    """Every title it had."""

    people: list[str] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    """Names of one person: an older one, and the one by which they are known."""

    casts: list[list[str]] = field(default_factory=list)
    """Names that are of several."""

    group: bool = False
    until: str = ""
    """The last minute that an export of it told of, by which the newest title is known."""

    order: str = ""
    """What she said of its dates, or of another chat's."""

    number: str = ""

    def raw(self) -> Raw:
        """Make its raw record."""
        told = {
            "title": self.title, "names": self.names, "people": self.people,
            "aliases": self.aliases, "casts": self.casts, "group": self.group, "until": self.until,
        }  # fmt: skip
        return Raw.of_json(CHAT, self.key, told, order=self.order, number=self.number)

    @classmethod
    def of(cls, raw: Raw) -> Known:
        """Read a kept one back. Raises LookupError, TypeError, ValueError where it is none."""
        told, meta = raw.json(), raw.about()
        return cls(
            raw.external_id, told["title"], list(told["names"]), list(told["people"]),
            dict(told["aliases"]), [list(cast) for cast in told["casts"]],
            told["group"] is True, str(told["until"]),
            str(meta.get("order", "")), str(meta.get("number", "")),
        )  # fmt: skip


class Chats:
    """The chats of one channel during one pull."""

    def __init__(self, kept: Kept, clock: Clock) -> None:
        self._kept, self._clock = kept, clock
        self._open: dict[str, Chat] = {}
        self._heads = {raw.external_id: raw for raw in kept(CHAT, "")}
        self.known = {key: Known.of(raw) for key, raw in self._heads.items()}

    def lines(self, key: str) -> Chat:
        """Give the lines of a chat, read back from what is kept the first time."""
        if key not in self._open:
            about = self.known.get(key, Known(key, key))
            self._open[key] = Chat(
                key,
                self._clock,
                (Entry.of(raw) for raw in self._kept(STREAM, f"{key}/")),
                group=about.title if about.group else "",
                titles=about.names,
                aliases=about.aliases,
                casts=about.casts,
            )
        return self._open[key]

    def named(self, title: str) -> Known | None:
        """Find a chat by any title it had."""
        key = key_of(title)
        for one in self.known.values():
            if one.key == key or key in map(key_of, one.names):
                return one
        return None

    def resembling(self, lines: Sequence[Line], me: str, *, hers: bool) -> Known | None:
        """Find the chat that an export of another name, or none, is of: people said the same in it
        in the same minutes, and not she (`me`) alone, who may write the same to many at once.

        `hers`: she brings it, and a little less will do.
        """
        least = _TELLING if hers else _ENOUGH
        said = [one for one in lines
                if understand(one.body, one.sender, app=one.app).kind is BodyKind.TEXT]  # fmt: skip
        new = [Text(on_wall(one.at), one.body) for one in said]
        theirs = [Text(on_wall(one.at), one.body) for one in said if fold(one.sender) != fold(me)]
        for one in self.known.values():
            kept = list(self.lines(one.key).texts())
            same, both = agreeing(kept, new)
            if same >= least and same * 2 >= both and agreeing(kept, theirs)[0]:
                return one
        return None

    def shares(self, about: Known, lines: Sequence[Line]) -> bool:
        """Tell whether an export says what is kept of a chat and nobody else knows: several long
        texts that people wrote, each in its minute.
        """
        chat = self.lines(about.key)
        kept = {
            (self._clock.wall(entry.at), entry.body)
            for entry in chat.entries
            if _is_telling(entry.understood(chat.group), entry.body)
        }
        same = {(on_wall(one.at), one.body) for one in lines if (on_wall(one.at), one.body) in kept}
        return len(same) >= _TELLING

    def head(self, about: Known) -> Iterator[Raw]:
        """Yield a chat's own record, where it is news."""
        raw = about.raw()
        if raw != self._heads.get(about.key):
            self._heads[about.key] = raw
            yield raw

    def orders(self) -> list[str]:
        """Give what she said of the dates of any."""
        return sorted({one.order for one in self.known.values() if one.order})


def settle(chat: Chat, about: Known, names: Sequence[str], me: str) -> None:
    """Bring what is known of a chat up to its lines: who takes part, and which lines are hers.

    `names`: the authors of an export. `me`: what she is called, "" where she did not say.
    """
    about.aliases = dict(sorted(chat.aliases.items()))
    about.casts = [sorted(cast) for cast in chat.casts]
    others = [one for one in dict.fromkeys((*about.people, *names)) if one]
    about.people = [one for one in others if about.aliases.get(one, one) == one or one == me][
        :_MOST_PEOPLE
    ]
    hers = _hers(chat, me)
    for entry in chat.entries:
        mine = entry.sender in hers
        if entry.mine != mine:
            entry.mine, entry.news = mine, True


def _hers(chat: Chat, me: str) -> set[str]:
    """Give every name by which she goes in a chat."""
    if not me:
        return set()
    names = chat.names()
    own = {chat.aliases.get(one, one) for one in names if fold(one) == fold(me)}
    return {one for one in names if fold(one) == fold(me) or chat.aliases.get(one, one) in own}


def numbers(told: Sequence[str]) -> Mapping[str, str]:
    """Read "Lola = +34 600 11 22 33": who has which number, by the key of the chat."""
    found = {}
    for one in told:
        name, _, number = one.rpartition("=")
        found[key_of(name)] = digits(number)
    return found


def digits(number: str) -> str:
    """Give the figures of a telephone number with its country, "" where it is none."""
    bare = re.sub(r"[\s().\-\u2010-\u2015\u202a-\u202e\u2066-\u2069]", "", number)
    bare = re.sub(r"^(\+|00)", "", bare)
    return bare if re.fullmatch(r"[1-9][0-9]{6,14}", bare) else ""


def number_of(about: Known, told: Mapping[str, str]) -> str:
    """Give the number to which an answer goes: what she wrote down, or the title where the chat
    has no other name. A group has none.
    """
    if about.group:
        return ""
    found = [told[key] for key in (key_of(one) for one in (about.title, *about.names))
             if key in told]  # fmt: skip
    return found[0] if found else (digits(about.title) if "+" in about.title else "")


def fresh(chat: Chat) -> Iterator[Entry]:
    """Yield what is news of a chat, the newest first."""
    news = [entry for entry in chat.entries if entry.news]
    yield from sorted(news, key=lambda one: (one.at, one.place, one.id), reverse=True)
