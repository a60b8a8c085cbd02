"""What the VA may ask of a client's tool."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from normalizer.model import Ref

MOST_BYTES: Final = 25_000_000
"""Of all files of a mail, before they are encoded, which adds a third: what most servers take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One change to write back. `id` makes a retry harmless: pushed twice, done once."""

    ref: Ref
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    decided_at: datetime | None = None
    """When she decided it. Where a tool takes no id of ours, a push looks for its own earlier
    traces from then on; None: it has never been pushed before."""

    doubted: bool = False
    """An earlier push may have arrived; False: none did, or there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment(Action):
    """Say `text` on the task or in the conversation."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that goes out with a mail."""

    name: str
    """As the other side sees it; no path."""

    media_type: str
    sha256: str
    """Hex, of the content: by it the store keeps that, once for each client."""

    size: int
    """Bytes."""

    content: bytes | None = field(default=None, repr=False, compare=False)
    """None where only its description is needed, and once it has gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail(Action):
    """Send a mail. All of it is fixed when she decides it, so that a second try is the same one.

    Addresses are spelled `Name <address>` or bare, ids without their angle brackets; both as
    `normalizer.answering` makes them.
    """

    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    subject: str
    text: str
    """Her own words."""

    quoted: str = ""
    """What stands below them: whose words are answered, and those."""

    message_id: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    """Oldest first."""

    files: tuple[Enclosure, ...] = ()
    drafted: bool = False
    """It was put into the folder for drafts, or of a draft an earlier state of it was. From there
    it is taken once it has gone; where it is no longer there, somebody may have sent it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(Action):
    """Keep a mail in the folder for drafts, in place of an earlier state of it. Nothing is sent."""

    mail: Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete(Action):
    """Mark the task done, in whatever way the client's profile says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Action):
    """Take back a completion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(Action):
    """Put the task elsewhere: in another list of its board, another section of its project."""

    to: str
    """The tool's own id of the list or section, or its name as she sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDue(Action):
    """Give the task another due date, or none."""

    due: date | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Action):
    """Tick one line of the task's checklist, or take the tick away."""

    item: str
    """The line's external id."""

    done: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive(Action):
    """Put the task away over there, or bring it back."""

    archived: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(Action):
    """Make a new task. `ref` is the list or section it goes into."""

    title: str
    body: str = ""
    due: date | datetime | None = None
