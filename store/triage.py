"""What she decided: one row an item, and a journal by which it can be taken back.

Nothing but her keys and her own wake-ups writes here; a sync reaches these tables only through
`wake`. Every decision is one durable transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, or_, select, update

from normalizer.said import Said
from store import decisions, drafts, outbox, schema
from store.codes import LANES, at, maybe_ms, ms
from store.database import Database
from store.decisions import Place, Undone
from store.errors import StoreError
from store.outbox import Letter
from store.sql import among
from store.views import Lane

__all__ = [
    "Entry",
    "OthersError",
    "Undone",
    "ask",
    "history",
    "place",
    "redo",
    "send",
    "set_aside",
    "take_back",
    "undo",
    "wake",
    "wake_due",
]


class OthersError(StoreError):
    """A decision about several clients cannot be turned while one of them is alone there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the journal."""

    id: int
    at: datetime
    verb: str
    hers: bool
    """She took it; else a clock or a new message did."""

    undone: bool
    items: tuple[int, ...]


def place(
    db: Database, item_ids: Sequence[int], lane: Lane, *, until: datetime | None = None,
    wake_on_reply: bool = False, wakes_to: Lane = Lane.INBOX, verb: str, now: datetime,
    letters: Sequence[Letter] = (),
) -> int:  # fmt: skip
    """Put items, and what each is linked with, in a lane; return the journal's id of it, or 0
    where no item is there, or where all are in the inbox as they are to be: nothing to take back.
    Until when, and `wakes_to` which lane the clock brings them back then.

    `letters` go out to the clients' tools with it. An id of a conversation that was merged counts
    as the one it was merged into.
    """
    number = LANES.index(lane)

    def there(_item_id: int, place: Place) -> Place:
        return replace(
            place, lane=number, until=maybe_ms(until), wake_on_reply=int(wake_on_reply),
            wakes_to=LANES.index(wakes_to), rank=place.rank if place.lane == number else None,
        )  # fmt: skip

    with db.write(durable=True) as conn:
        owners = decisions.whole_matters(conn, decisions.roots(conn, item_ids))
        if lane is Lane.INBOX and not letters:
            places = decisions.places(conn, owners)
            if all(there(one, place) == place for one, place in places.items()):
                return 0
        entry = decisions.decide(conn, owners, there, verb, ms(now), hers=True)
        if entry:
            outbox.put(conn, letters, now, entry)
            drafts.sent(conn, letters)
            decisions.forget_undone(conn)
        return entry


def send(db: Database, letters: Sequence[Letter], *, verb: str, now: datetime) -> int:
    """Let something go out to the clients' tools and leave every item where it is; return the
    journal's id of it. The drafts that it was written in end with that.
    """
    with db.write(durable=True) as conn:
        entry = decisions.journal(conn, verb, ms(now), hers=True)
        outbox.put(conn, letters, now, entry)
        drafts.sent(conn, letters)
        decisions.forget_undone(conn)
        return entry


def set_aside(db: Database, write_id: int, error: Said, now: datetime) -> None:
    """Note that something she sent was not carried out and will not be, and bring the item back to
    her: it may lie among what she has done with. What it was to say is a draft again.
    """
    with db.write(durable=True) as conn:
        item = outbox.refused(conn, write_id, error, now)
        drafts.refused(conn, write_id, now)
        if item is not None:
            wake(conn, list(decisions.roots(conn, [item])), "refused", ms(now))


def ask(db: Database, write_id: int, error: Said, now: datetime) -> None:
    """Note that only she can tell whether something she sent arrived, and bring the item back to
    her.
    """
    with db.write(durable=True) as conn:
        item = outbox.ask(conn, write_id, error, now)
        if item is not None:
            wake(conn, list(decisions.roots(conn, [item])), "asked", ms(now))


def wake(conn: Connection, item_ids: Sequence[int], verb: str, now: int) -> None:
    """Bring items back to the inbox, by a message, in the caller's transaction."""
    _bring_back(conn, item_ids, verb, now, lambda _place: decisions.INBOX)


def _bring_back(
    conn: Connection, item_ids: Sequence[int], verb: str, now: int, lane: Callable[[Place], int]
) -> None:
    def back(_item_id: int, place: Place) -> Place:
        return replace(
            place, lane=lane(place), until=None, wake_on_reply=0, wakes_to=decisions.INBOX
        )

    if item_ids:
        decisions.decide(conn, decisions.roots(conn, item_ids), back, verb, now, hers=False)


def wake_due(db: Database, now: datetime) -> int:
    """Bring back what is due; return how many. Nothing due writes nothing."""
    t = schema.triage.c
    due = select(t.item_id).where(t.until <= ms(now)).order_by(t.until)
    with db.read() as conn:
        if conn.execute(due.limit(1)).first() is None:
            return 0
    with db.write(durable=True) as conn:
        ids = list(conn.execute(due).scalars())
        _bring_back(conn, ids, "due", ms(now), lambda place: place.wakes_to)
        return len(ids)


def undo(db: Database, now: datetime, client: str | None = None) -> Undone | None:
    """Take back the last decision of hers that still stands, of all or about one `client`, a slug;
    None where there is none. Raises OthersError.
    """
    u = schema.undo.c
    with db.write(durable=True) as conn:
        last = select(u.id, u.verb).where(u.hers == 1, u.undone == 0).order_by(u.id.desc())
        entry = _first(conn, last, client)
        return None if entry is None else decisions.turn(conn, entry.id, entry.verb, now, back=True)


def take_back(db: Database, write_id: int, now: datetime) -> Undone | None:
    """Take back one write that has not gone; None where it is too late for that, or it never was.

    The decision that it belongs to is divided: this write and its item become one of their own,
    and that is undone. So the item lies where it lay before, what else was decided at once stands,
    and `redo` lets this one go after all.
    """
    o, x = schema.outbox.c, schema.undo_item.c
    with db.write(durable=True) as conn:
        of = select(o.undo_id, o.item_id).where(o.id == write_id, o.state == outbox.QUEUED)
        row = conn.execute(of).first()
        if row is None or row.undo_id is None:
            return None
        # `redo` is about what was undone last: after this, about nothing else.
        decisions.forget_undone(conn)
        verb = conn.execute(select(schema.undo.c.verb).where(schema.undo.c.id == row.undo_id))
        name = str(verb.scalar())
        entry = decisions.journal(conn, name, ms(now), hers=True)
        conn.execute(update(schema.outbox).where(o.id == write_id).values(undo_id=entry))
        more = select(o.id).where(o.undo_id == row.undo_id, o.item_id == row.item_id)
        if conn.execute(more).first() is None:
            its = update(schema.undo_item).where(x.undo_id == row.undo_id, x.item_id == row.item_id)
            conn.execute(its.values(undo_id=entry))
        _drop_empty(conn, row.undo_id)
        return decisions.turn(conn, entry, name, now, back=True)


def _drop_empty(conn: Connection, entry: int) -> None:
    """Take a decision out of the journal of which nothing is left."""
    left = (
        select(schema.outbox.c.id).where(schema.outbox.c.undo_id == entry),
        select(schema.undo_item.c.item_id).where(schema.undo_item.c.undo_id == entry),
    )
    if all(conn.execute(one).first() is None for one in left):
        conn.execute(schema.undo.delete().where(schema.undo.c.id == entry))


def redo(db: Database, now: datetime, client: str | None = None) -> Undone | None:
    """Take again the decision undone last, of all or about one `client`, a slug; None where there
    is none. Raises OthersError.
    """
    u = schema.undo.c
    with db.write(durable=True) as conn:
        first = select(u.id, u.verb).where(u.hers == 1, u.undone == 1).order_by(u.id)
        entry = _first(conn, first, client)
        return (
            None if entry is None else decisions.turn(conn, entry.id, entry.verb, now, back=False)
        )


def _first(conn: Connection, decided: Select[tuple[int, str]], client: str | None) -> Any:
    """Give the first of some decisions, or the first that is about a client. Raises OthersError
    where that is about another one too: it is taken back whole or not at all.
    """
    if client is None:
        return conn.execute(decided.limit(1)).first()
    u, x, o = schema.undo.c, schema.undo_item.c, schema.outbox.c
    parts = ((x.undo_id, x.client_id), (o.undo_id, o.client_id))
    own = select(schema.client.c.id).where(schema.client.c.slug == client).scalar_subquery()
    its = or_(*(exists().where(entry == u.id, whose == own) for entry, whose in parts))
    found = conn.execute(decided.where(its).limit(1)).first()
    if found is not None:
        more = or_(*(exists().where(entry == found.id, whose != own) for entry, whose in parts))
        if conn.execute(select(more)).scalar():
            raise OthersError("That was about more than this client: leave the focus for it.")
    return found


def history(db: Database, limit: int = 100) -> list[Entry]:
    """List the journal, newest first."""
    u, x = schema.undo.c, schema.undo_item.c
    with db.read() as conn:
        rows = list(conn.execute(select(schema.undo).order_by(u.id.desc()).limit(limit)))
        items: dict[int, list[int]] = {}
        of = select(x.undo_id, x.item_id).order_by(x.undo_id, x.item_id)
        for row in among(conn, of, x.undo_id, [row.id for row in rows]):
            items.setdefault(row.undo_id, []).append(row.item_id)
        for entry, about in outbox.about(conn, [row.id for row in rows]).items():
            items.setdefault(entry, about)
    return [
        Entry(
            id=row.id,
            at=at(row.at),
            verb=row.verb,
            hers=bool(row.hers),
            undone=bool(row.undone),
            items=tuple(items.get(row.id, ())),
        )
        for row in rows
    ]
