"""Task, conversation and message: the rest of Trastienda speaks of nothing else.

Every string in here has been through `normalizer.text`: it can be shown, stored and searched
as it stands. Instants are aware and in UTC; a date without a time stays a date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeAlias

from normalizer.kinds import Direction, Kind, State
from normalizer.said import Said

__all__ = [
    "SHARED",
    "Attachment",
    "Change",
    "CheckItem",
    "Conversation",
    "Direction",
    "Invitation",
    "Kind",
    "Message",
    "Notification",
    "Person",
    "Record",
    "Ref",
    "State",
    "Task",
    "Thread",
]

SHARED: Final = frozenset({"mail"})
"""Streams whose ids are made of what a record says, and not of the place it lies in: the same one
in two channels of a client, its two mailboxes, is one record. Ids of other streams mean something
in their own channel only.
"""


@dataclass(frozen=True, slots=True)
class Ref:
    """Where a record lives in the client's own tool."""

    stream: str
    external_id: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a channel."""

    name: str = ""
    handle: str = ""
    """What the tool knows them by, lower case: an address, a member id, a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that hangs from a record; its bytes stay upstream until asked for."""

    external_id: str
    """What the connector needs to fetch it: a MIME part number, a vendor's id."""

    name: str
    media_type: str = "application/octet-stream"
    size: int | None = None
    """Bytes, where the tool says."""

    url: str | None = None
    inline: bool = False
    """Part of the text rather than a file somebody attached."""

    about: Ref | None = None
    """The record it hangs from, where it comes on its own rather than inside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a calendar part asks (RFC 5546)."""

    method: str
    summary: str
    starts: date | datetime | None = None
    ends: date | datetime | None = None
    place: str = ""
    organiser: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A mail by which another tool announces an event of its own."""

    tool: str
    """The channel kind it speaks for: "trello" or "asana"."""

    link: str = ""
    """The card or task it is about, canonical: no query, no title in the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """By what a message finds its conversation. Ids are opaque, equal or not."""

    message_id: str = ""
    references: tuple[str, ...] = ()
    """Oldest first; In-Reply-To is its last."""

    hint: str = ""
    """The server's own thread id (X-GM-THRID), which wins over the subject."""

    subject: str = ""
    """The base subject, folded for comparing; "" never matches."""

    reply: bool = False
    """The subject says it answers or forwards something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An entry in an item: a mail, a comment, a chat line."""

    ref: Ref
    """The record's identity, which outlives the copy's: two copies of one mail share it."""

    author: Person
    sent_at: datetime
    text: str
    """What the author wrote now."""

    arrived_at: datetime | None = None
    """When it came, where the tool tells that besides when it was sent."""

    folded: str = ""
    """Quotes of earlier messages and the signature, shown on demand."""

    subject: str = ""
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    direction: Direction | None = None
    """None: decided by who the VA is in this channel."""

    unread: bool = False
    flagged: bool = False
    automatic: bool = False
    """Sent by a machine: a list, an auto-reply, a bounce."""

    withdrawn: bool = False
    """Its author took it back. The text is empty then; what it said stays with us."""

    container: str = ""
    """The folder it lies in."""

    about: Ref | None = None
    """The task or conversation it hangs from, where the tool says so."""

    thread: Thread | None = None
    """How to find its conversation, where the tool does not say."""

    attachments: tuple[Attachment, ...] = ()
    invitation: Invitation | None = None
    notification: Notification | None = None
    problem: Said | None = None
    """Why it could not be read whole, where it could not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckItem:
    """One line of a checklist."""

    external_id: str
    text: str
    done: bool = False
    due: date | datetime | None = None
    assignee: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A card, an Asana task, a to-do."""

    ref: Ref
    title: str
    body: str = ""
    state: State = State.OPEN
    due: date | datetime | None = None
    url: str | None = None
    container: str = ""
    """Board and list, project and section: "Web › En curso"."""

    labels: tuple[str, ...] = ()
    assignees: tuple[Person, ...] = ()
    checklist: tuple[CheckItem, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A chat or thread that exists as such upstream."""

    ref: Ref
    title: str
    people: tuple[Person, ...] = ()
    url: str | None = None
    container: str = ""
    state: State = State.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A difference that the tool itself reports."""

    ref: Ref
    about: Ref
    field: str
    before: str
    after: str
    author: Person
    at: datetime


Record: TypeAlias = Task | Conversation | Message | Attachment | Change
