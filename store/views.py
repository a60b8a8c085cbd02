"""What the store shows: plain rows for the screen and the command line.

What the queue shows before anything is opened is in `store.row`; nothing in either is of a library.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid4

from normalizer.model import CheckItem, Direction, Invitation, Notification, Person
from normalizer.said import Said
from store.row import ClientView, Health, Lane, Member, Outgoing, Row, SavedView, Turn

if TYPE_CHECKING:
    from normalizer.actions import Enclosure

__all__ = [
    "AttachmentView",
    "Behind",
    "ChangeView",
    "ChannelView",
    "ClientView",
    "Draft",
    "FileView",
    "Health",
    "ItemView",
    "Lane",
    "Member",
    "MessageHead",
    "MessageView",
    "Outgoing",
    "OutgoingView",
    "Row",
    "SavedView",
    "Tally",
    "TryView",
    "Turn",
]


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
