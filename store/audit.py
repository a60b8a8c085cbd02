"""Everything that went, or should have gone, to one client's tools: her record, and nobody else's.

Each table is asked for the rows of that client alone, so that none of another's can come along.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, select

from normalizer.said import Said
from store import schema
from store.codes import OUTGOING, at, maybe_at, ms
from store.database import Database
from store.sql import among
from store.views import Outgoing

_MAILS: Final = frozenset({"mail", "draft"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One time that it was tried."""

    began_at: datetime
    ended_at: datetime | None
    """None where the process ended before it did."""

    state: Outgoing | None
    """What the write was after it."""

    error: Said | None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that went with it. Its content is not kept."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One thing that she decided to write to the client's tool, and all that is known of it."""

    id: int
    key: str
    """By which the tool knows it again; of a mail the first part of its Message-ID."""

    who: str
    """Who decided it; "" where that was not noted."""

    action: str
    """As `store.deeds` calls it."""

    channel: str
    channel_kind: str
    item_id: int | None
    title: str
    """Of the item it is about."""

    url: str | None
    ref: tuple[str, str]
    """What it is about, as the tool calls it: (stream, external id)."""

    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    text: str
    """Her own words, whole."""

    quoted: str
    files: tuple[File, ...]
    details: Mapping[str, Any]
    """What else it asks for: where a card goes, until when…"""

    state: Outgoing
    decided_at: datetime
    send_at: datetime
    ended_at: datetime | None
    attempts: int
    tries: tuple[Try, ...]
    error: Said | None
    receipt: tuple[str, str] | None
    """What it left there, as the tool calls it."""


def clients(db: Database) -> dict[str, str]:
    """Name all clients there ever were, by their slugs: the config may no longer have one."""
    c = schema.client.c
    with db.read() as conn:
        return {row.slug: row.name for row in conn.execute(select(c.slug, c.name).order_by(c.id))}


def written(db: Database, client: str, since: datetime | None = None) -> list[Write]:
    """List what was decided to be written to the tools of `client`, a slug, oldest first."""
    c, o, k, i = schema.client.c, schema.outbox.c, schema.channel.c, schema.item.c
    query = (
        select(
            schema.outbox, k.slug.label("channel"), k.kind.label("channel_kind"),
            i.title.label("item_title"), i.url.label("item_url"),
        )
        .join_from(schema.outbox, schema.channel,
                   and_(k.id == o.channel_id, k.client_id == o.client_id))
        .outerjoin(schema.item, and_(i.id == o.item_id, i.client_id == o.client_id))
        .order_by(o.decided_at, o.id)
    )  # fmt: skip
    if since is not None:
        query = query.where(o.decided_at >= ms(since))
    with db.read() as conn:
        client_id = conn.execute(select(c.id).where(c.slug == client)).scalar()
        rows = list(conn.execute(query.where(o.client_id == client_id)))
        tries = _tries(conn, client_id, [row.id for row in rows])
    return [_write(row, tuple(tries[row.id])) for row in rows]


def _tries(conn: Connection, client_id: int | None, ids: list[int]) -> dict[int, list[Try]]:
    a = schema.attempt.c
    found: defaultdict[int, list[Try]] = defaultdict(list)
    query = select(schema.attempt).where(a.client_id == client_id).order_by(a.id)
    for row in among(conn, query, a.outbox_id, ids):
        found[row.outbox_id].append(
            Try(
                began_at=at(row.began_at),
                ended_at=maybe_at(row.ended_at),
                state=None if row.state is None else OUTGOING[row.state],
                error=None if row.error is None else Said.from_json(row.error),
            )
        )
    return found


def _write(row: Any, tries: tuple[Try, ...]) -> Write:
    told: dict[str, Any] = json.loads(row.told)
    mail = row.action in _MAILS
    taken = {"text", "files"} | ({"sender", "to", "cc", "subject", "quoted"} if mail else set())
    return Write(
        id=row.id,
        key=row.key,
        who=row.who or "",
        action=row.action,
        channel=row.channel,
        channel_kind=row.channel_kind,
        item_id=row.item_id,
        title=row.item_title or "",
        url=row.item_url,
        ref=(row.stream, row.external_id),
        sender=told.get("sender", "") if mail else "",
        to=tuple(told.get("to", ())) if mail else (),
        cc=tuple(told.get("cc", ())) if mail else (),
        subject=told.get("subject", "") if mail else "",
        text=told.get("text", ""),
        quoted=told.get("quoted", "") if mail else "",
        files=tuple(
            File(name=one["name"], sha256=one["sha256"], size=one["size"])
            for one in told.get("files", ())
        ),
        details={name: value for name, value in told.items() if name not in taken},
        state=OUTGOING[row.state],
        decided_at=at(row.decided_at),
        send_at=at(row.send_at),
        ended_at=maybe_at(row.ended_at),
        attempts=row.attempts,
        tries=tries,
        error=None if row.error is None else Said.from_json(row.error),
        receipt=None if row.receipt is None else _receipt(row.receipt),
    )


def _receipt(text: str) -> tuple[str, str]:
    stream, external_id = json.loads(text)
    return stream, external_id
