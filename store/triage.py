"""What she decided: one row an item, and a journal by which it can be taken back.

Nothing but her keys and her own wake-ups writes here; a sync reaches these tables only through
`wake`. Every decision is one durable transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from normalizer.said import Said
from store import drafts, outbox, schema
from store.codes import LANES, at, maybe_ms, ms
from store.database import Database
from store.outbox import Letter
from store.sql import among, insert, next_ids
from store.views import Lane

_INBOX = LANES.index(Lane.INBOX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """A decision taken back, or taken again."""

    verb: str
    items: tuple[int, ...]
    """Those that stood as the decision had left them; another one since then is left alone."""

    writes: int = 0
    """Writes of it that had not gone and do not go, or go again."""

    gone: int = 0
    """Writes of it that it was too late for."""


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


@dataclass(frozen=True, slots=True)
class _Place:
    lane: int
    until: int | None
    wake_on_reply: int


def place(
    db: Database, item_ids: Sequence[int], lane: Lane, *, until: datetime | None = None,
    wake_on_reply: bool = False, verb: str, now: datetime, letters: Sequence[Letter] = (),
) -> int:  # fmt: skip
    """Put items in a lane, and return the journal's id of it, or 0 where no item is there.

    `letters` go out to the clients' tools with it. An id of a conversation that was merged counts
    as the one it was merged into.
    """
    where = _Place(LANES.index(lane), maybe_ms(until), int(wake_on_reply))
    with db.write(durable=True) as conn:
        entry = _decide(conn, item_ids, where, verb, ms(now), hers=True)
        if entry:
            outbox.put(conn, letters, now, entry)
            drafts.sent(conn, letters)
            _forget_undone(conn)
        return entry


def send(db: Database, letters: Sequence[Letter], *, verb: str, now: datetime) -> int:
    """Let something go out to the clients' tools and leave every item where it is; return the
    journal's id of it. The drafts that it was written in end with that.
    """
    with db.write(durable=True) as conn:
        entry = _journal(conn, verb, ms(now), hers=True)
        outbox.put(conn, letters, now, entry)
        drafts.sent(conn, letters)
        _forget_undone(conn)
        return entry


def set_aside(db: Database, write_id: int, error: Said, now: datetime) -> None:
    """Note that something she sent was not carried out and will not be, and bring the item back to
    her: it may lie among what she has done with. What it was to say is a draft again.
    """
    with db.write(durable=True) as conn:
        item = outbox.refused(conn, write_id, error, now)
        drafts.refused(conn, write_id, now)
        if item is not None:
            wake(conn, list(_roots(conn, [item])), "refused", ms(now))


def ask(db: Database, write_id: int, error: Said, now: datetime) -> None:
    """Note that only she can tell whether something she sent arrived, and bring the item back to
    her.
    """
    with db.write(durable=True) as conn:
        item = outbox.ask(conn, write_id, error, now)
        if item is not None:
            wake(conn, list(_roots(conn, [item])), "asked", ms(now))


def _forget_undone(conn: Connection) -> None:
    """What was undone before is history now: it cannot be taken again."""
    u = schema.undo.c
    conn.execute(update(schema.undo).where(u.undone == 1, u.hers == 1).values(hers=0))


def _journal(conn: Connection, verb: str, now: int, *, hers: bool) -> int:
    entry = next_ids(conn, schema.undo, 1)[0]
    journal = {"id": entry, "at": now, "verb": verb, "hers": int(hers), "undone": 0}
    insert(conn, schema.undo, [journal])
    return entry


def wake(conn: Connection, item_ids: Sequence[int], verb: str, now: int) -> None:
    """Bring items back to the inbox, by a clock or a message, in the caller's transaction."""
    if item_ids:
        _decide(conn, item_ids, _Place(_INBOX, None, 0), verb, now, hers=False)


def wake_due(db: Database, now: datetime) -> int:
    """Bring back what is due; return how many. Nothing due writes nothing."""
    t = schema.triage.c
    due = select(t.item_id).where(t.until <= ms(now)).order_by(t.until)
    with db.read() as conn:
        if conn.execute(due.limit(1)).first() is None:
            return 0
    with db.write(durable=True) as conn:
        ids = list(conn.execute(due).scalars())
        wake(conn, ids, "due", ms(now))
        return len(ids)


def undo(db: Database, now: datetime) -> Undone | None:
    """Take back the last decision of hers that still stands; None where there is none."""
    u = schema.undo.c
    with db.write(durable=True) as conn:
        last = select(u.id, u.verb).where(u.hers == 1, u.undone == 0).order_by(u.id.desc())
        entry = conn.execute(last.limit(1)).first()
        return None if entry is None else _turn(conn, entry.id, entry.verb, now, back=True)


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
        _forget_undone(conn)
        verb = conn.execute(select(schema.undo.c.verb).where(schema.undo.c.id == row.undo_id))
        name = str(verb.scalar())
        entry = _journal(conn, name, ms(now), hers=True)
        conn.execute(update(schema.outbox).where(o.id == write_id).values(undo_id=entry))
        more = select(o.id).where(o.undo_id == row.undo_id, o.item_id == row.item_id)
        if conn.execute(more).first() is None:
            its = update(schema.undo_item).where(x.undo_id == row.undo_id, x.item_id == row.item_id)
            conn.execute(its.values(undo_id=entry))
        _drop_empty(conn, row.undo_id)
        return _turn(conn, entry, name, now, back=True)


def _drop_empty(conn: Connection, entry: int) -> None:
    """Take a decision out of the journal of which nothing is left."""
    left = (
        select(schema.outbox.c.id).where(schema.outbox.c.undo_id == entry),
        select(schema.undo_item.c.item_id).where(schema.undo_item.c.undo_id == entry),
    )
    if all(conn.execute(one).first() is None for one in left):
        conn.execute(schema.undo.delete().where(schema.undo.c.id == entry))


def redo(db: Database, now: datetime) -> Undone | None:
    """Take again the decision undone last; None where there is none."""
    u = schema.undo.c
    with db.write(durable=True) as conn:
        first = select(u.id, u.verb).where(u.hers == 1, u.undone == 1).order_by(u.id)
        entry = conn.execute(first.limit(1)).first()
        return None if entry is None else _turn(conn, entry.id, entry.verb, now, back=False)


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


def _decide(
    conn: Connection, item_ids: Iterable[int], where: _Place, verb: str, now: int, *, hers: bool
) -> int:
    owners = _roots(conn, item_ids)
    if not owners:
        return 0
    before = _places(conn, owners)
    entry = _journal(conn, verb, now, hers=hers)
    insert(
        conn,
        schema.undo_item,
        [
            {
                "undo_id": entry, "client_id": client_id, "item_id": item_id,
                "lane_before": before[item_id].lane, "until_before": before[item_id].until,
                "wake_before": before[item_id].wake_on_reply, "lane_after": where.lane,
                "until_after": where.until, "wake_after": where.wake_on_reply,
            }
            for item_id, client_id in owners.items()
        ],
    )  # fmt: skip
    _put(conn, owners, dict.fromkeys(owners, where), now)
    return entry


def _roots(conn: Connection, item_ids: Iterable[int]) -> dict[int, int]:
    """Give the client of each item, by the id of the one it is in now."""
    i = schema.item.c
    root = func.coalesce(i.merged_into, i.id).label("root")
    found = {
        row.id: row for row in among(conn, select(i.id, root, i.client_id), i.id, set(item_ids))
    }
    return {found[one].root: found[one].client_id for one in item_ids if one in found}


def _places(conn: Connection, ids: Iterable[int]) -> dict[int, _Place]:
    t = schema.triage.c
    query = select(t.item_id, t.lane, t.until, t.wake_on_reply)
    places = dict.fromkeys(ids, _Place(_INBOX, None, 0))
    for row in among(conn, query, t.item_id, list(places)):
        places[row.item_id] = _Place(row.lane, row.until, row.wake_on_reply)
    return places


def _put(conn: Connection, owners: dict[int, int], places: dict[int, _Place], now: int) -> None:
    t, i = schema.triage, schema.item
    rows = [{"row": item_id, "lane": one.lane} for item_id, one in places.items()]
    if not rows:
        return
    conn.execute(
        t.delete().where(t.c.item_id == bindparam("row")), [{"row": r["row"]} for r in rows]
    )
    insert(
        conn,
        t,
        [
            {
                "item_id": item_id, "client_id": owners[item_id], "lane": one.lane,
                "until": one.until, "wake_on_reply": one.wake_on_reply, "since": now,
            }
            for item_id, one in places.items()
        ],
    )  # fmt: skip
    moved = update(i).where(i.c.id == bindparam("row")).values(lane=bindparam("lane"))
    conn.execute(moved, rows)


def _turn(conn: Connection, entry: int, verb: str, now: datetime, *, back: bool) -> Undone:
    x = schema.undo_item.c
    lines: list[Any] = list(conn.execute(select(schema.undo_item).where(x.undo_id == entry)))
    owners = _roots(conn, [line.item_id for line in lines])
    current = _places(conn, owners)
    merged = schema.item.c
    root = func.coalesce(merged.merged_into, merged.id)
    roots = {
        row.id: row.root
        for row in among(
            conn, select(merged.id, root.label("root")), merged.id, [line.item_id for line in lines]
        )
    }
    places: dict[int, _Place] = {}
    for line in lines:
        before = _Place(line.lane_before, line.until_before, line.wake_before)
        after = _Place(line.lane_after, line.until_after, line.wake_after)
        left, right = (after, before) if back else (before, after)
        item_id = roots[line.item_id]
        if current[item_id] == left and left != right:
            places.setdefault(item_id, right)
    _put(conn, owners, places, ms(now))
    if back:
        writes, gone = outbox.take_back(conn, entry, now)
        drafts.bring_back(conn, entry, now)
    else:
        writes, gone = outbox.put_again(conn, entry, now), 0
        drafts.take_away(conn, entry)
    done = update(schema.undo).where(schema.undo.c.id == entry).values(undone=int(back))
    conn.execute(done)
    return Undone(verb=verb, items=tuple(places), writes=writes, gone=gone)
