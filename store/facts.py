"""What the rules are told about an item, and what they say of it.

The rules live above the store, which only calls them; these two records are their common words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from normalizer.model import Kind, State
from store.views import Lane, Turn

MOST_HEARD = 8
"""Messages that the rules are shown; where they get as many, there may be more."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that came in."""

    text: str
    """What it says, quotes left out; its beginning, where it is long."""

    automatic: bool = False
    """A machine wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An item in the few facts by which it is judged. Instants are aware and in UTC."""

    kind: Kind
    state: State
    due: date | datetime | None
    created_at: datetime
    """Of a conversation: when its first message was sent. Where nobody says: when it was seen."""

    last_in_at: datetime | None
    last_out_at: datetime | None
    last_automatic: bool
    unanswered: tuple[Heard, ...]
    """What came in since she last wrote, or at that same instant; oldest first."""

    news: tuple[Heard, ...]
    """What has just come in, and is no page of an old story; oldest first."""

    unread: int
    lane: Lane
    elsewhere: bool = False
    """A task that is assigned, and not to her."""

    named: bool = False
    """In what came in since she last wrote, somebody spoke to her by name (of tasks only)."""

    until: datetime | None
    wake_on_reply: bool
    sla_hours: int
    priority: int = 0
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """What the rules say."""

    turn: Turn
    act_by: datetime
    """By when she should have acted: the queue's order."""

    wake: bool
    """Bring it back to the inbox, now."""
