"""Every try of a write, and what came of it: part of her record."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, update

from normalizer.said import Said
from store import schema
from store.codes import OUTGOING, ms
from store.sql import insert, next_ids
from store.views import Outgoing

_MOST: Final = 50
"""Tries of one write that are kept: of one that fails for days, the first ones and the last."""


def began(conn: Connection, client_id: int, write_id: int, now: datetime) -> None:
    """Note that a write is being tried; where the process dies it stays without an end."""
    a = schema.attempt.c
    of = select(a.id).where(a.outbox_id == write_id, a.client_id == client_id).order_by(a.id)
    kept = list(conn.execute(of).scalars())
    if len(kept) >= _MOST:
        conn.execute(schema.attempt.delete().where(a.id == kept[_MOST // 2]))
    row = {
        "id": next_ids(conn, schema.attempt, 1)[0], "client_id": client_id,
        "outbox_id": write_id, "began_at": ms(now),
    }  # fmt: skip
    insert(conn, schema.attempt, [row])


def ended(
    conn: Connection, write_id: int, state: Outgoing, now: datetime, error: Said | None = None
) -> None:
    """Note what came of the try under way: what the write is after it, and why."""
    a = schema.attempt.c
    last = select(a.id).where(a.outbox_id == write_id).order_by(a.id.desc()).limit(1)
    conn.execute(
        update(schema.attempt)
        .where(a.id == last.scalar_subquery(), a.ended_at.is_(None))
        .values(
            ended_at=ms(now), state=OUTGOING.index(state),
            error=None if error is None else error.to_json(),
        )
    )  # fmt: skip


def told(
    conn: Connection, client_id: int, write_id: int, now: datetime, *, arrived: bool
) -> None:  # fmt: skip
    """Note her word for whether a write arrived: it stands among the tries, as one that ended."""
    began(conn, client_id, write_id, now)
    if arrived:
        ended(conn, write_id, Outgoing.DONE, now, Said("You said that it arrived."))
    else:
        ended(conn, write_id, Outgoing.QUEUED, now, Said("You said that it did not arrive."))
