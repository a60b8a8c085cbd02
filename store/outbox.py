"""What goes out to clients' tools: one row a write, from her decision to its end.

queued → sending → done | refused | queued again (it surely did not arrive) | doubt | ask. What is
in doubt is tried again by looking first; where the tool cannot tell, she is asked. `sending` is
committed before the first byte leaves, so that a process that dies in between leaves a doubt
behind and no lie. Of one channel one write is under way at a time, and they go in the order in
which they are due.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, and_, func, select, update

from normalizer.actions import Action, Enclosure
from normalizer.model import Ref
from normalizer.said import Said
from store import against, answered, attempts, blobs, deeds, schema, seen
from store.codes import OUTGOING, at, ms
from store.database import Database
from store.directory import ChannelKey
from store.sql import among, insert, next_ids
from store.views import Outgoing

_OTHERS: Final = timedelta(minutes=2)

PATIENCE: Final = 8
"""Tries after which a write that fails for nobody's fault no longer holds up the others."""

QUEUED, _DOUBT, _REFUSED, _SENDING, _DONE, _CANCELLED, _ASK = map(
    OUTGOING.index,
    (
        Outgoing.QUEUED, Outgoing.DOUBT, Outgoing.REFUSED, Outgoing.SENDING, Outgoing.DONE,
        Outgoing.CANCELLED, Outgoing.ASK,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A write that she has decided on."""

    key: ChannelKey
    item_id: int | None
    action: Action
    send_at: datetime
    base: int | None = None
    """The last change of the item that she knew of; None: whatever stands here when it is
    queued."""

    who: str = ""
    """Who decided it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A write that is ours to try now."""

    id: int
    action: Action
    """With `decided_at` where it was tried before: then it is looked for first."""

    attempts: int
    """Tries, this one included."""

    against: tuple[str, str] | None
    """What somebody has changed there since she decided, or since an earlier try that may have
    been carried out: (before, after)."""

    spoken: str = ""
    """What they have said since she wrote what was to go later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a write about an item goes, and what may be written there."""

    key: ChannelKey
    item_id: int
    ref: Ref
    kind: str
    """Of the channel."""

    write: str
    """The channel's setting: "no", "comment" or "all"."""

    can: frozenset[str] | None
    """What its connector can write, by the names in `store.deeds`; None before its first pull."""

    senders: tuple[str, ...]
    """By which addresses of hers it goes out, the usual one first, where that can be several."""

    base: int
    """The last change of the item that stands here now."""

    completes: Said | None
    """What it is there that a task is done, where that is known."""


def addresses(db: Database, item_ids: Sequence[int]) -> list[Address]:
    """Say where writes about items go; an item that is not there has no address, nor one of a
    channel that the config no longer names: nobody would ever send it.
    """
    i, k = schema.item.c, schema.channel.c
    with db.read() as conn:
        roots = {
            row.id: row.merged_into or row.id
            for row in among(conn, select(i.id, i.merged_into), i.id, set(item_ids))
        }
        query = select(
            i.id,
            i.client_id,
            i.channel_id,
            i.stream,
            i.external_id,
            k.kind,
            k.write,
            k.writes,
            k.senders,
            k.completes,
        ).join_from(schema.item, schema.channel, and_(k.id == i.channel_id, k.active == 1))
        found = {row.id: row for row in among(conn, query, i.id, set(roots.values()))}
        bases = _last_changes(conn, list(found))
    rows = [found[roots[one]] for one in item_ids if roots.get(one) in found]
    return [
        Address(
            key=ChannelKey(row.client_id, row.channel_id),
            item_id=row.id,
            ref=Ref(row.stream, row.external_id),
            kind=row.kind,
            write=row.write,
            can=None if row.writes is None else frozenset(json.loads(row.writes)),
            senders=tuple(json.loads(row.senders or "[]")),
            base=bases.get(row.id, 0),
            completes=None if row.completes is None else Said.from_json(row.completes),
        )
        for row in {row.id: row for row in rows}.values()
    ]


def put(conn: Connection, letters: Sequence[Letter], now: datetime, undo_id: int | None) -> None:
    """Queue writes, in the transaction of the decision that they belong to. What was refused about
    the same items is done with: she has decided anew.
    """
    _drop_refused(conn, [one.item_id for one in letters if one.item_id], now)
    ids = next_ids(conn, schema.outbox, len(letters))
    bases = _last_changes(conn, [one.item_id for one in letters if one.item_id])
    rows = [
        {
            "id": row, "client_id": one.key.client_id, "channel_id": one.key.channel_id,
            "item_id": one.item_id, "undo_id": undo_id, "key": str(one.action.id),
            "action": deeds.name_of(one.action), "told": deeds.spell(one.action),
            "stream": one.action.ref.stream, "external_id": one.action.ref.external_id,
            "state": QUEUED, "decided_at": ms(now), "send_at": ms(one.send_at), "again_at": 0,
            "attempts": 0, "who": one.who,
            "base": bases.get(one.item_id or 0, 0) if one.base is None else one.base,
        }
        for row, one in zip(ids, letters, strict=True)
    ]  # fmt: skip
    insert(conn, schema.outbox, rows)
    for one in letters:
        blobs.keep(conn, one.key.client_id, deeds.enclosed(one.action))
        seen.note(conn, one.key.client_id, deeds.enclosed(one.action), now)
    for client_id in {one.key.client_id for one in letters}:
        blobs.sweep(conn, client_id)


def claim(db: Database, key: ChannelKey, now: datetime, *, adding: bool = False) -> Claimed | None:
    """Take the next write of a channel, and note that it is being sent; None where there is none
    now, or with `adding` where what was pulled last may speak against it. Nothing may leave before
    this has returned.
    """

    def ready(conn: Connection) -> Row[Any] | None:
        row, _ = _next(_open(conn, key), ms(now))
        early = row is not None and row.action in deeds.ADDING and not against.is_timed(row)
        return row if early or not adding else None

    with db.read() as conn:
        if ready(conn) is None:
            return None
    with db.write(durable=True) as conn:
        row = ready(conn)
        if row is None:
            return None
        overtaken = None if row.action in deeds.ADDING else against.found(conn, row)
        spoken = against.spoken(conn, row)
        files = blobs.load(conn, row.client_id, deeds.files_of(row.told))
        _set(conn, row.id, state=_SENDING, tried_at=ms(now), attempts=row.attempts + 1)
        attempts.began(conn, row.client_id, row.id, now)
        told = answered.as_it_lies(conn, row)
    outside = {
        "ref": Ref(row.stream, row.external_id),
        "id": UUID(row.key),
        "decided_at": at(row.decided_at) if row.attempts else None,
        "doubted": row.state == _DOUBT,
    }
    return Claimed(
        id=row.id, action=deeds.filled(deeds.read(row.action, told, **outside), files),
        attempts=row.attempts + 1, against=overtaken, spoken=spoken,
    )  # fmt: skip


def done(db: Database, write_id: int, receipt: tuple[str, str], now: datetime) -> None:
    """Note that a write arrived, and what it left there: (stream, external id)."""
    with db.write(durable=True) as conn:
        _set(conn, write_id, state=_DONE, ended_at=ms(now), receipt=json.dumps(receipt), error=None)
        attempts.ended(conn, write_id, Outgoing.DONE, now)
        _arrived(conn, write_id)


def refused(conn: Connection, write_id: int, error: Said, now: datetime) -> int | None:
    """Note that a write was not carried out and will not be; return the item it is about."""
    _set(conn, write_id, state=_REFUSED, ended_at=ms(now), error=error.to_json())
    attempts.ended(conn, write_id, Outgoing.REFUSED, now, error)
    o = schema.outbox.c
    return conn.execute(select(o.item_id).where(o.id == write_id)).scalar()


def ask(conn: Connection, write_id: int, error: Said, now: datetime) -> int | None:
    """Note that only she can tell whether a write arrived; return the item it is about."""
    _set(conn, write_id, state=_ASK, error=error.to_json())
    attempts.ended(conn, write_id, Outgoing.ASK, now, error)
    o = schema.outbox.c
    return conn.execute(select(o.item_id).where(o.id == write_id)).scalar()


def settle(db: Database, write_id: int, now: datetime, *, arrived: bool) -> bool:
    """Take her word for whether a write arrived: it is done, or goes again. False where she was
    not asked about it.
    """
    o = schema.outbox.c
    with db.write(durable=True) as conn:
        asked = select(o.told, o.client_id).where(o.id == write_id, o.state == _ASK)
        row = conn.execute(asked).first()
        if row is None:
            return False
        attempts.told(conn, row.client_id, write_id, now, arrived=arrived)
        if arrived:
            _set(conn, write_id, state=_DONE, ended_at=ms(now), error=None)
            _arrived(conn, write_id)
        else:
            again = deeds.denied(row.told)
            _set(conn, write_id, state=QUEUED, again_at=ms(now), error=None, told=again)
        return True


def drop(db: Database, write_id: int, now: datetime) -> bool:
    """Leave a write that was refused for good, so that nothing waits for it; False where it was
    not refused.
    """
    o = schema.outbox.c
    with db.write(durable=True) as conn:
        those = update(schema.outbox).where(o.id == write_id, o.state == _REFUSED)
        dropped = conn.execute(those.values(state=_CANCELLED, ended_at=ms(now))).rowcount == 1
        _sweep(conn, write_id)
        return dropped


def later(
    db: Database, write_id: int, error: Said, again_at: datetime, *, now: datetime, doubted: bool
) -> None:  # fmt: skip
    """Note that a try failed, and when the next one is; `doubted`: it may have arrived."""
    after = Outgoing.DOUBT if doubted else Outgoing.QUEUED
    with db.write(durable=True) as conn:
        _set(
            conn, write_id, state=OUTGOING.index(after), again_at=ms(again_at),
            error=error.to_json(),
        )  # fmt: skip
        attempts.ended(conn, write_id, after, now, error)


def doubt(db: Database, again_at: datetime, key: ChannelKey | None = None) -> int:
    """Call in doubt what is said to be under way and no process is at, of a channel or of all;
    return how much that is.
    """
    o = schema.outbox.c
    here = [o.channel_id == key.channel_id] if key else []
    which = and_(schema.UNSENT, o.state == _SENDING, *here)
    with db.read() as conn:
        if conn.execute(select(o.id).where(which).limit(1)).first() is None:
            return 0
    with db.write(durable=True) as conn:
        values = {"state": _DOUBT, "again_at": ms(again_at)}
        return conn.execute(update(schema.outbox).where(which).values(values)).rowcount


def recover(db: Database, now: datetime) -> int:
    """Call in doubt what a process that is gone was sending; return how much that is.

    Of a file one process sends at a time, and it is we; on a server another may be at it, whom a
    while is left to end.
    """
    return doubt(db, now if db.sqlite else now + _OTHERS)


def due(db: Database, now: datetime) -> dict[ChannelKey, datetime]:
    """Say for each channel when its next write can be tried; those with none are not named."""
    o = schema.outbox.c
    with db.read() as conn:
        waiting = conn.execute(
            select(o.client_id, o.channel_id)
            .where(schema.UNSENT, o.state.in_([QUEUED, _DOUBT]))
            .distinct()
        )
        keys = [ChannelKey(client_id, channel_id) for client_id, channel_id in waiting]
        found = {key: _next(_open(conn, key), ms(now)) for key in keys}
    return {
        key: now if row is not None else at(when)
        for key, (row, when) in found.items()
        if row is not None or when
    }


def take_back(conn: Connection, undo_id: int, now: datetime) -> tuple[int, int]:
    """Cancel what a decision has surely not sent; return how many that is, and how many it is too
    late for.
    """
    o = schema.outbox.c
    of = select(o.id, o.state, o.client_id, o.told, o.decided_at)
    rows = list(conn.execute(of.where(o.undo_id == undo_id, o.state != _CANCELLED)))
    free = [row for row in rows if row.state in {QUEUED, _REFUSED}]
    for row in free:
        # Without an error it can go after all: what was left for good keeps why it was refused.
        _set(conn, row.id, state=_CANCELLED, ended_at=ms(now), error=None)
        files = [one for one in deeds.files_of(row.told) if not _carried(conn, row.client_id, one)]
        seen.forget(conn, row.client_id, files, at(row.decided_at))
    return len(free), len(rows) - len(free)


def _carried(conn: Connection, client_id: int, file: Enclosure) -> bool:
    """Tell whether another write to the same client carries a file, and is not taken back."""
    o = schema.outbox.c
    of = select(o.told).where(
        o.client_id == client_id,
        o.action.in_(deeds.ENCLOSING),
        o.state != _CANCELLED,
        o.told.contains(file.sha256, autoescape=True),
    )
    return any(file in deeds.files_of(told) for told in conn.execute(of).scalars())


def put_again(conn: Connection, undo_id: int, now: datetime) -> int:
    """Queue again what `take_back` cancelled, with as long to take it back; return how many."""
    o = schema.outbox.c
    of = select(o.id, o.client_id, o.told, o.decided_at, o.send_at)
    rows = list(conn.execute(of.where(o.undo_id == undo_id, schema.TAKEN_BACK)))
    for row in rows:
        seen.note(conn, row.client_id, deeds.files_of(row.told), now)
        window = row.send_at - row.decided_at
        _set(
            conn, row.id, state=QUEUED, decided_at=ms(now), send_at=ms(now) + window,
            ended_at=None, error=None,
        )  # fmt: skip
    return len(rows)


def about(conn: Connection, undo_ids: Sequence[int]) -> dict[int, list[int]]:
    """Name the items that the writes of decisions are about."""
    o = schema.outbox.c
    found: dict[int, list[int]] = {}
    of = select(o.undo_id, o.item_id).where(o.item_id.is_not(None)).order_by(o.id)
    for row in among(conn, of, o.undo_id, undo_ids):
        found.setdefault(row.undo_id, []).append(row.item_id)
    return found


def _drop_refused(conn: Connection, item_ids: Sequence[int], now: datetime) -> None:
    o = schema.outbox.c
    of = select(o.id).where(o.state == _REFUSED)
    for row in list(among(conn, of, o.item_id, item_ids)):
        _set(conn, row.id, state=_CANCELLED, ended_at=ms(now))


def _last_changes(conn: Connection, item_ids: Sequence[int]) -> dict[int, int]:
    """Give the last change of each item."""
    c = schema.change.c
    of = select(c.item_id, func.max(c.id).label("last")).group_by(c.item_id)
    return {row.item_id: row.last for row in among(conn, of, c.item_id, item_ids)}


def _open(conn: Connection, key: ChannelKey) -> list[Row[Any]]:
    """List what a channel has not ended, in the order in which it is due."""
    o = schema.outbox.c
    return list(
        conn.execute(
            select(schema.outbox)
            .where(o.client_id == key.client_id, o.channel_id == key.channel_id, schema.UNSENT)
            .order_by(o.send_at, o.id)
        )
    )


def _next(rows: Iterable[Row[Any]], now: int) -> tuple[Row[Any] | None, int]:
    """Pick the write to try now; else tell when there will be one, 0 being never by itself.

    One that waits for its next try holds up those after it, and one that was refused, or that she
    is asked about, those about the same item: what she said later may stand on what came before.
    On a draft that was refused nothing stands.
    """
    held: set[int] = set()
    soonest: list[int] = []
    for row in rows:
        if row.state == _SENDING:
            return None, 0
        about = row.item_id or -row.id
        if row.state == _REFUSED and row.action == "draft":
            continue
        if row.state in {_REFUSED, _ASK} or about in held:
            held.add(about)
            continue
        when = max(row.send_at, row.again_at)
        if when <= now:
            return row, now
        soonest.append(when)
        if row.send_at <= now:
            if row.attempts < PATIENCE:
                break
            held.add(about)
    return None, min(soonest, default=0)


def _arrived(conn: Connection, write_id: int) -> None:
    """Remember the files of a write that has arrived, and forget what is in them. Another one with
    the same files may have been taken back since this one was queued.
    """
    o = schema.outbox.c
    of = select(o.client_id, o.told, o.decided_at).where(o.id == write_id)
    for row in list(conn.execute(of)):
        seen.note(conn, row.client_id, deeds.files_of(row.told), at(row.decided_at))
    _sweep(conn, write_id)


def _sweep(conn: Connection, write_id: int) -> None:
    """Forget what is in the files of a write that has ended."""
    o = schema.outbox.c
    client_id = conn.execute(select(o.client_id).where(o.id == write_id)).scalar()
    if client_id is not None:
        blobs.sweep(conn, client_id)


def _set(conn: Connection, write_id: int, **values: Any) -> None:
    conn.execute(update(schema.outbox).where(schema.outbox.c.id == write_id).values(**values))
