"""What the store shows: plain rows for the screen and the command line.

Nothing in here imports a library, so that the first rows can stand on the screen early.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid4

from normalizer.model import CheckItem, Direction, Invitation, Kind, Notification, Person, State
from normalizer.said import Said

if TYPE_CHECKING:
    from normalizer.actions import Enclosure


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A view of hers."""

    name: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentView:
    """A file of an item."""

    id: int
    name: str
    media_type: str
    size: int | None
    inline: bool
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """One message of an item, whole."""

    id: int
    external_id: str
    author: Person
    to: tuple[Person, ...]
    cc: tuple[Person, ...]
    direction: Direction
    sent_at: datetime
    subject: str
    text: str
    folded: str
    unread: bool
    automatic: bool
    gone: bool
    """No copy of it is left upstream; it stays here."""

    problem: Said | None
    invitation: Invitation | None
    notification: Notification | None
    """What of another tool it announces; in the task it is about, it says nothing new."""

    attachments: tuple[AttachmentView, ...]


class MessageHead(NamedTuple):
    """What is known of a message before it is read: there may be thousands."""

    id: int
    unread: bool
    notification: bool
    quoted: bool
    """Something of it is folded away."""

    size: int
    """Of its text, as it is stored: how long it is can only be guessed from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """A file of an item, and the message it came with."""

    file: AttachmentView
    author: str
    """Of the message; "" where it hangs from the item itself."""

    hers: bool
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """A difference seen upstream."""

    id: int
    field: str
    before: str
    after: str
    """Of a set (labels, people, a checklist, files) the lines taken away and those added; both ""
    where the tool does not say what."""

    author: Person | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingView:
    """Something that goes out, or went: a line of the outbox."""

    id: int
    client: str
    channel: str
    channel_kind: str
    item_id: int | None
    title: str
    """Of the item it is about."""

    action: str
    """As `store.deeds` calls it."""

    text: str
    """What it says, where it says something."""

    sender: str
    to: tuple[str, ...]
    """As whom and to whom a mail goes, copies included."""

    files: tuple[str, ...]
    """What the files that go with it are called."""

    who: str
    """Who decided it; "" where that was not kept."""

    state: Outgoing
    decided_at: datetime
    send_at: datetime
    again_at: datetime | None
    """When it is tried again, after a try that failed."""

    attempts: int
    ended_at: datetime | None
    error: Said | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TryView:
    """One try of a write."""

    began_at: datetime
    ended_at: datetime | None
    """None: the process ended before it did."""

    state: Outgoing | None
    """Of the write, after it."""

    error: Said | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What stands behind a line of the outbox."""

    changes: tuple[ChangeView, ...]
    """What changed of its item since she decided, oldest first."""

    tries: tuple[TryView, ...]
    """Oldest first."""

    seen: int = 0
    """The last of those changes; where there is none, the last one before she decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """An item, whole: what `show` and the reader need."""

    row: Row
    body: str
    people: tuple[Person, ...]
    checklist: tuple[CheckItem, ...]
    messages: tuple[MessageView, ...]
    """Oldest first."""

    changes: tuple[ChangeView, ...]
    attachments: tuple[AttachmentView, ...]
    """Those of the item itself; a message carries its own."""

    outgoing: tuple[OutgoingView, ...] = ()
    """What she sent that has not come to its end, oldest first."""

    gone: tuple[OutgoingView, ...] = ()
    """The last few that arrived and are no message of the item, oldest first."""

    seen: tuple[int, int] | None = None
    """The newest message and the newest change that she has looked at; None: never at any."""

    @property
    def newest(self) -> tuple[int, int]:
        """The newest message and the newest change of it."""
        return (
            max((one.id for one in self.messages), default=0),
            max((one.id for one in self.changes), default=0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientView:
    """A customer of the VA."""

    slug: str
    name: str
    color: str
    inbox: int
    """Items that need her now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one pull did; `new`, `changed` and `unchanged` are raw records."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    requests: int = 0
    """Round trips."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """A channel and how fresh it is."""

    client: str
    channel: str
    kind: str
    health: Health
    last_success: datetime | None
    last_attempt: datetime | None
    asked: bool
    """Somebody asked for a pull, and none has begun since."""

    next_run: datetime | None
    error: Said | None
    """Why the last attempt failed, and what to do next."""

    notices: tuple[Said, ...]
    failures: int
    """In a row."""

    tally: Tally
    """Of the last pull that ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What she has written so far, about one item."""

    key: UUID = field(default_factory=uuid4)
    """Becomes the id of the action, and a mail's Message-ID."""

    text: str = ""
    to_all: bool = False
    files: tuple[Enclosure, ...] = ()
    """With their content where the store gave them; None in place of one that is no longer
    there."""

    paths: tuple[Path | None, ...] = ()
    """Where on her computer each of them lies, as far as that is known."""

    kept_there: bool = False
    """A state of it lies in the client's own folder for drafts."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to keep."""
        return not self.text.strip() and not self.files
