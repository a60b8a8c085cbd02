"""Which messages belong to one conversation.

A relation between two messages, so that a conversation is the same set of messages in whatever
order they arrive and however often: they share a key (a Message-ID that one has and another
names, two that name the same one, the server's thread id), or the subject joins them.
Conversations are the connected parts of that relation. Another tool's notifications of one card
or task are no part of it: they share the key of its link, and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Generic, TypeVar

from normalizer import notices
from normalizer.model import Notification, Thread

N = TypeVar("N", bound=Hashable)

SUBJECT_WINDOW: Final = timedelta(days=30)
"""Further apart, an equal subject is another affair: "Factura" comes every month."""


def keys(thread: Thread, place: str, server: str) -> tuple[int, ...]:
    """Name the ids of a message by 8 bytes each; messages with a key in common are together.

    Ids mean something within `place`, the server's thread id on that `server` alone. Empty ids
    are no ids. Among a million keys two are equal by chance once in 30 million cases.
    """
    ids = dict.fromkeys(f"i{place} {one}" for one in (thread.message_id, *thread.references) if one)
    hint = (f"h{server} {thread.hint}",) if thread.hint else ()
    return tuple(_key(one) for one in (*ids, *hint))


def subject_key(thread: Thread, place: str) -> int | None:
    """Name the base subject within `place`, None where there is none to go by."""
    return _key(f"s{place} {thread.subject}") if thread.subject else None


def link_key(notification: Notification | None) -> int | None:
    """Name the card or task that a notification is about, within a client; None where it names
    none.
    """
    if notification is None or not notification.link:
        return None
    return _key(f"l{notification.tool} {notification.link}")


def link_keys(url: str | None) -> tuple[int, ...]:
    """Name a task by its address as the notifications of it do."""
    told = (Notification(tool=tool, link=notices.link(tool, url or "")) for tool in notices.TOOLS)
    return tuple(key for one in told if (key := link_key(one)) is not None)


def is_bare_reply(thread: Thread) -> bool:
    """Tell whether it says it answers something and does not say what."""
    return thread.reply and not thread.references


def _key(text: str) -> int:
    data = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(data, "big", signed=True)


@dataclass(frozen=True, slots=True)
class Subjected:
    """A message, in what decides whether its subject joins it to another."""

    subject: int
    sent_at: int
    """Milliseconds since 1970."""

    bare_reply: bool
    hinted: bool
    people: frozenset[str]
    """The handles of everybody in it but the VA."""


def joined(one: Subjected, other: Subjected) -> bool:
    """Tell whether the subject makes one conversation of two messages. Symmetric.

    It does where at least one is an answer to nothing named, both speak with somebody in
    common, and they are not too far apart. Where the server has told for both, it knows better.
    """
    return (
        one.subject == other.subject
        and (one.bare_reply or other.bare_reply)
        and not (one.hinted and other.hinted)
        and abs(one.sent_at - other.sent_at) <= SUBJECT_WINDOW // timedelta(milliseconds=1)
        and not one.people.isdisjoint(other.people)
    )


class Parts(Generic[N]):
    """Connected parts of a growing set of nodes (union-find, near-constant time an edge)."""

    __slots__ = ("_above",)

    def __init__(self) -> None:
        self._above: dict[N, N] = {}

    def find(self, node: N) -> N:
        """Give the one node that stands for the part `node` is in."""
        above = self._above
        top = node
        while (higher := above.setdefault(top, top)) != top:
            top = higher
        while node != top:
            above[node], node = top, above[node]
        return top

    def join(self, nodes: Iterable[N]) -> None:
        """Make one part of all `nodes`."""
        first: N | None = None
        for node in nodes:
            if first is None:
                first = self.find(node)
            else:
                self._above[self.find(node)] = self.find(first)

    def parts(self) -> list[list[N]]:
        """List the parts, each in the order its nodes were first seen."""
        grouped: dict[N, list[N]] = {}
        for node in list(self._above):
            grouped.setdefault(self.find(node), []).append(node)
        return list(grouped.values())
