"""What the queue shows of an item, before anything of it is opened.

Plain tuples, apart from the other views: making the many dataclasses of those takes longer than
reading the first rows.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import NamedTuple

from normalizer.kinds import Kind, State


class Lane(enum.StrEnum):
    """The triage state: what the VA decided. Only her keys write it, and her wake-ups."""

    INBOX = "inbox"
    PLANNED = "planned"
    WAITING = "waiting"
    SNOOZED = "snoozed"
    ARCHIVED = "archived"
    DONE = "done"


class Turn(enum.StrEnum):
    """Whose turn it is."""

    ME = "me"
    CLIENT = "client"
    THIRD = "third"


class Outgoing(enum.StrEnum):
    """What has become of something that goes out to a client's tool."""

    QUEUED = "queued"
    """Not gone yet: it may be taken back, or an earlier try surely did not arrive."""

    SENDING = "sending"
    DOUBT = "doubt"
    """It may have arrived: the tool is asked before anything is sent again."""

    ASK = "ask"
    """It may have arrived, and the tool cannot tell: she says whether it did."""

    REFUSED = "refused"
    """It was not carried out and will not be; what she does about it is hers."""

    DONE = "done"
    CANCELLED = "cancelled"


class Health(enum.StrEnum):
    """How a channel is. `NEVER` before its first pull."""

    NEVER = "never"
    OK = "ok"
    SYNCING = "syncing"
    LATER = "later"
    """Unavailable; tried again at `next_run`."""

    SIGN_IN = "sign_in"
    CONFIG = "config"
    BROKEN = "broken"
    """A bug of the connector."""


class Member(NamedTuple):
    """An item of a matter, as its row shows it beside the one that stands for all."""

    id: int
    channel: str
    channel_kind: str
    kind: Kind
    title: str
    container: str
    who: str
    snippet: str
    state: State
    lane: Lane
    url: str | None
    updated_at: datetime
    unread: int
    fresh: int
    changes: int
    attachments: int


class SavedView(NamedTuple):
    """A view of hers."""

    name: str
    query: str


class Row(NamedTuple):
    """One line of the queue."""

    id: int
    client: str
    """The client's slug; its name and colour are in `ClientView`."""

    channel: str
    channel_kind: str
    external_id: str
    kind: Kind
    title: str
    who: str
    """Who spoke last, or who wrote the task; a name, else a handle."""

    snippet: str
    state: State
    lane: Lane
    until: datetime | None
    """When a snoozed or waiting item comes back."""

    turn: Turn
    due: date | datetime | None
    act_by: datetime
    """The queue's order: the deadline, or arrival plus what the client is promised."""

    updated_at: datetime
    unread: int
    labels: tuple[str, ...]
    container: str
    url: str | None
    attachments: int
    automatic: bool
    drafted: bool = False
    """She has begun to write an answer."""

    created_at: datetime | None = None
    looked: bool = False
    """She has opened it here."""

    fresh: int = 0
    """Messages that came in and that she has not looked at."""

    changes: int = 0
    """Changes at the client's that she has not looked at."""

    since: datetime | None = None
    """When she put it into its lane."""

    minutes: int | None = None
    """How long she thinks it takes."""

    hard: bool = False
    """It sleeps till its time comes, even if they write."""

    to_plan: bool = False
    """When its time comes it is in the plan of that day."""

    matter: int | None = None
    """What it is linked with goes by the same number."""

    others: tuple[Member, ...] = ()
    """What else is of the same matter."""

    @property
    def members(self) -> tuple[Row | Member, ...]:
        """All of the matter, this one first; this one alone where it is linked with nothing."""
        return (self, *self.others)

    @property
    def latest(self) -> Row | Member:
        """That of the matter in which something was said last."""
        return max(self.members, key=lambda one: one.updated_at)


class ClientView(NamedTuple):
    """A customer of the VA."""

    slug: str
    name: str
    color: str
    inbox: int
    """Items that need her now."""
