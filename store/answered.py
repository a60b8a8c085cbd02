"""The mails of a conversation that can be answered, as they came; and what she has of answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, or_, select

from normalizer.raw import canonical
from store import raws, schema
from store.codes import GONE, NOTICE, OUT, OUTGOING, at, unpack
from store.database import Database
from store.directory import ChannelKey
from store.sql import among
from store.views import Outgoing

MOST: Final = 8

_LEFT: Final = tuple(map(OUTGOING.index, (Outgoing.REFUSED, Outgoing.CANCELLED)))
_QUEUED: Final = OUTGOING.index(Outgoing.QUEUED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A mail that came to her."""

    payload: bytes
    """Raw; of a large one its header, and what is written in it."""

    said: str
    """What the author wrote now, cleaned."""

    sent_at: datetime


def received(db: Database, key: ChannelKey, item_id: int) -> list[Received]:
    """Give the last mails of a conversation that were not hers, newest first, a few at most.

    Of a copy in each of a client's mailboxes any one serves; another client's is never read.
    Costs one look-up by the conversation and one by the raw records of a few mails.
    """
    m, c, r = schema.message.c, schema.message_copy.c, schema.raw.c
    wanted = (
        select(m.id, m.text, m.sent_at)
        .where(
            m.client_id == key.client_id,
            m.item_id == item_id,
            m.stream == "mail",
            m.flags.op("&")(OUT | GONE | NOTICE) == 0,
        )
        .order_by(m.sent_at.desc(), m.id.desc())
        .limit(MOST)
    )
    copies = (
        select(c.message_id, r.payload_id)
        .join_from(schema.message_copy, schema.raw, r.id == c.raw_id)
        .where(c.client_id == key.client_id, r.client_id == key.client_id)
        .order_by(r.id)
    )
    with db.read() as conn:
        mails = list(conn.execute(wanted))
        held = {
            row.message_id: row.payload_id
            for row in among(conn, copies, c.message_id, [row.id for row in mails])
        }
        payloads = raws.load_payloads(conn, held.values())
    return [
        Received(payload=payloads[held[row.id]], said=unpack(row.text), sent_at=at(row.sent_at))
        for row in mails
        if row.id in held
    ]


def was_drafted(db: Database, key: ChannelKey, message_id: str) -> bool:
    """Tell whether a mail was put into the folder for drafts there, or will be before it goes."""
    with db.read() as conn:
        return _drafted(conn, key, message_id, _LEFT)


def as_it_lies(conn: Connection, row: Row[Any]) -> str:
    """Spell anew a write of the outbox that goes now: a mail whose draft was refused, or taken
    back, since it was queued lies nowhere over there, and neither does an earlier draft.
    """
    told = json.loads(row.told)
    key = ChannelKey(row.client_id, row.channel_id)
    if told.get("drafted") and not _drafted(
        conn, key, told["message_id"], (*_LEFT, _QUEUED), but=row.id
    ):
        return canonical(told | {"drafted": False})
    return str(row.told)


def _drafted(
    conn: Connection, key: ChannelKey, message_id: str, never: tuple[int, ...], *, but: int = 0
) -> bool:
    """Tell whether a mail may lie there as a draft, by another write than `but`: not by those that
    are `never` there, unless they were tried before, when they may have got there.
    """
    o = schema.outbox.c
    named = o.told.contains(canonical({"message_id": message_id})[1:-1], autoescape=True)
    query = select(o.id).where(
        o.client_id == key.client_id,
        o.channel_id == key.channel_id,
        o.action == "draft",
        o.id != but,
        or_(o.state.not_in(never), o.attempts > 1),
        named,
    )
    return conn.execute(query.limit(1)).first() is not None
