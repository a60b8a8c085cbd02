"""What she can decide about an item. Each is one durable transaction and can be undone.

Nothing in here reaches a client's tool: these are her own decisions, kept on her own machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from normalizer.said import Said
from store import matters, plans
from store import triage as kept
from store.database import Database
from store.views import Lane


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verb did."""

    text: Said
    items: tuple[int, ...]
    """The items it touched; none where there was nothing to do."""


def archive(db: Database, ids: Sequence[int], now: datetime) -> Outcome:
    """Put items away; a new message brings them back."""
    return _place(db, ids, Lane.ARCHIVED, "archive", now)


def snooze(
    db: Database, ids: Sequence[int], until: datetime | None, now: datetime, *, hard: bool = False
) -> Outcome:
    """Hide items until they write or a moment comes, whichever is first; None: until they write.

    `hard`: until the moment, even if they write. Raises ValueError where that would be for ever.
    """
    if until is None and hard:
        raise ValueError(until)
    return _place(db, ids, Lane.SNOOZED, "snooze", now, until=until, wake_on_reply=not hard)


def plan_for(db: Database, ids: Sequence[int], day: datetime, now: datetime) -> Outcome:
    """Move items to the plan of a later day, which begins at `day`; till then they are hidden,
    unless they write.
    """
    return _place(
        db, ids, Lane.SNOOZED, "later", now, until=day, wake_on_reply=True, wakes_to=Lane.PLANNED
    )


def wait(db: Database, ids: Sequence[int], now: datetime, until: datetime | None = None) -> Outcome:
    """Leave items with the client: they come back with an answer, or at `until`."""
    return _place(db, ids, Lane.WAITING, "wait", now, until=until, wake_on_reply=True)


def plan(db: Database, ids: Sequence[int], now: datetime) -> Outcome:
    """Mark items for today; they stay in the queue."""
    return _place(db, ids, Lane.PLANNED, "plan", now)


def inbox(db: Database, ids: Sequence[int], now: datetime) -> Outcome:
    """Bring items back to the inbox."""
    return _place(db, ids, Lane.INBOX, "inbox", now)


def order(db: Database, ids: Sequence[int], now: datetime) -> Outcome:
    """Put the plan of the day into this order."""
    return Outcome(_ORDERED, plans.order(db, ids, now=now))


def estimate(db: Database, ids: Sequence[int], minutes: int | None, now: datetime) -> Outcome:
    """Note how long items take; None: nobody knows."""
    moved = plans.estimate(db, ids, minutes, now=now)
    return Outcome(_said(_DONE["estimate"], len(moved)) if moved else _AS_IT_WAS, moved)


def link(db: Database, ids: Sequence[int], now: datetime) -> Outcome:
    """Make one matter of items of one client. Raises StoreError where they are of several."""
    linked = matters.link(db, ids, now=now)
    return Outcome(Said(_LINKED.message, (("n", len(linked)),)) if linked else _AS_IT_WAS, linked)


def unlink(db: Database, ids: Sequence[int], now: datetime) -> Outcome:
    """Take items out of their matter."""
    gone = matters.unlink(db, ids, now=now)
    return Outcome(_said(_DONE["unlink"], len(gone)) if gone else _AS_IT_WAS, gone)


def finished(ids: Sequence[int]) -> Outcome:
    """Say that items are done with, here alone."""
    return Outcome(_said(_DONE["done"], len(ids)), tuple(ids))


def undo(db: Database, now: datetime, client: str | None = None) -> Outcome:
    """Take back the last decision not yet taken back; with a `client`, a slug, the last about it.
    Raises StoreError.
    """
    undone = kept.undo(db, now, client)
    if undone is None:
        return Outcome(Said("There is nothing to undo."), ())
    if undone.gone:
        return Outcome(_GONE, tuple(undone.items))
    if undone.writes and not undone.items and undone.verb == "answer":
        return Outcome(_BACK, ())
    if undone.writes and not undone.items:
        return Outcome(_NOT_SENT, ())
    if not undone.items:
        return Outcome(_OVERTAKEN, ())
    return Outcome(_said(_UNDONE[undone.verb], len(undone.items)), tuple(undone.items))


def take_back(db: Database, write_id: int, now: datetime) -> Outcome:
    """Take back one thing that goes out, while it has not gone; its item lies where it lay."""
    undone = kept.take_back(db, write_id, now)
    if undone is None:
        return Outcome(_GONE, ())
    return Outcome(_BACK if undone.verb == "answer" else _NOT_SENT, tuple(undone.items))


def redo(db: Database, now: datetime, client: str | None = None) -> Outcome:
    """Take again the decision last undone; with a `client`, a slug, the last about it. Raises
    StoreError.
    """
    redone = kept.redo(db, now, client)
    if redone is None:
        return Outcome(Said("There is nothing to redo."), ())
    if redone.writes and not redone.items:
        return Outcome(Said("It goes out after all."), ())
    if not redone.items:
        return Outcome(_OVERTAKEN, ())
    return Outcome(_said(_DONE[redone.verb], len(redone.items)), tuple(redone.items))


_AS_IT_WAS = Said("Nothing was changed: it was so already.")
_ORDERED = Said("The plan is in this order now.")
_LINKED = Said("{n} linked into one matter.")

_BACK = Said("Taken back: nothing was sent. What you wrote is a draft again.")
_NOT_SENT = Said("Taken back: nothing was sent.")

_OVERTAKEN = Said("Nothing was changed: what that was about has come back or moved since.")

_GONE = Said(
    "It was too late to take it back: it has gone to the client’s tool, or may have. “trastienda"
    " outbox” says what became of it."
)

_DONE = {
    "done": (Said("Done."), Said("{n} done.")),
    "archive": (Said("Archived."), Said("{n} archived.")),
    "snooze": (Said("Snoozed."), Said("{n} snoozed.")),
    "wait": (Said("Waiting for the client."), Said("{n} waiting for the client.")),
    "plan": (Said("Planned for today."), Said("{n} planned for today.")),
    "inbox": (Said("Back in the inbox."), Said("{n} back in the inbox.")),
    "later": (Said("Planned for that day."), Said("{n} planned for that day.")),
    "order": (_ORDERED, _ORDERED),
    "estimate": (Said("Estimated."), Said("{n} estimated.")),
    "link": (Said("Linked."), _LINKED),
    "unlink": (Said("No longer linked."), Said("{n} no longer linked.")),
}
_UNDONE = {
    "done": (Said("Undone: done."), Said("Undone: done ({n}).")),
    "archive": (Said("Undone: archive."), Said("Undone: archive ({n}).")),
    "snooze": (Said("Undone: snooze."), Said("Undone: snooze ({n}).")),
    "wait": (Said("Undone: wait."), Said("Undone: wait ({n}).")),
    "plan": (Said("Undone: plan."), Said("Undone: plan ({n}).")),
    "inbox": (Said("Undone: back to the inbox."), Said("Undone: back to the inbox ({n}).")),
    "later": (Said("Undone: plan for a day."), Said("Undone: plan for a day ({n}).")),
    "order": (Said("Undone: order."), Said("Undone: order ({n}).")),
    "estimate": (Said("Undone: estimate."), Said("Undone: estimate ({n}).")),
    "link": (Said("Undone: link."), Said("Undone: link ({n}).")),
    "unlink": (Said("Undone: unlink."), Said("Undone: unlink ({n}).")),
}


def _said(texts: tuple[Said, Said], n: int) -> Said:
    one, many = texts
    return one if n == 1 else Said(many.message, (("n", n),))


def _place(
    db: Database, ids: Sequence[int], lane: Lane, verb: str, now: datetime, *,
    until: datetime | None = None, wake_on_reply: bool = False, wakes_to: Lane = Lane.INBOX,
) -> Outcome:  # fmt: skip
    items = tuple(dict.fromkeys(ids))
    if not items:
        return Outcome(Said("There is nothing to do that to."), ())
    entry = kept.place(
        db, items, lane, until=until, wake_on_reply=wake_on_reply, wakes_to=wakes_to, verb=verb,
        now=now,
    )  # fmt: skip
    if not entry:
        return Outcome(_AS_IT_WAS, ())
    return Outcome(_said(_DONE[verb], len(items)), items)
