"""Files that hang from messages, found by their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select, union_all

from normalizer.model import Person, Ref
from store import schema
from store.codes import GONE, OUT, at
from store.database import Database
from store.directory import ChannelKey
from store.sql import among


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """A file of a message, and where a connector finds it."""

    copy: Ref
    """The raw record it is in."""

    external_id: str
    name: str
    author: Person
    """Of the message."""

    sent_at: datetime
    hers: bool
    """The VA sent the message herself."""


def enclosed(db: Database, key: ChannelKey, part: str) -> Iterator[Enclosed]:
    """Yield the files of a channel's messages that have `part` in their name, oldest first.

    Letters beyond ASCII in `part` find their own case only.
    """
    a, m, c, r, p = (
        schema.attachment.c, schema.message.c, schema.message_copy.c, schema.raw.c,
        schema.person.c,
    )  # fmt: skip
    query = (
        select(
            r.stream, r.external_id, a.external_id.label("file"), a.name, m.flags, m.sent_at,
            p.name.label("who"), p.handle,
        )
        .select_from(schema.attachment)
        .join(schema.message, m.id == a.message_id)
        .join(schema.message_copy, c.message_id == m.id)
        .join(schema.raw, r.id == c.raw_id)
        .join(schema.person, p.id == m.author)
        .where(
            r.channel_id == key.channel_id,
            r.client_id == key.client_id,
            r.deleted_at.is_(None),
            func.lower(a.name).contains(part.lower(), autoescape=True),
        )
        .order_by(m.sent_at, a.id)
    )  # fmt: skip
    with db.read() as conn:
        found = conn.execute(query).all()
    for row in found:
        if not row.flags & GONE:
            yield Enclosed(
                copy=Ref(row.stream, row.external_id),
                external_id=row.file,
                name=row.name,
                author=Person(row.who, row.handle),
                sent_at=at(row.sent_at),
                hers=bool(row.flags & OUT),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a file can be fetched from."""

    key: ChannelKey
    client: str
    """The slug of the client, and of the channel that it came by."""

    channel: str
    copy: Ref
    """The raw record it is in."""

    external_id: str


def sources(db: Database, attachment_ids: Sequence[int]) -> dict[int, list[Source]]:
    """Say where files can be fetched from, the surest place first: each copy of the message, or of
    the item, that is still there. A file that lies nowhere any more has none.
    """
    a, m, i, r = (
        table.c for table in (schema.attachment, schema.message_copy, schema.item_copy, schema.raw)
    )
    alone = select(a.id, a.raw_id).where(a.raw_id.is_not(None))
    said = select(a.id, m.raw_id).join_from(
        schema.attachment, schema.message_copy, m.message_id == a.message_id
    ).where(a.raw_id.is_(None))  # fmt: skip
    hung = select(a.id, i.raw_id).join_from(
        schema.attachment, schema.item_copy, i.item_id == a.item_id
    ).where(a.raw_id.is_(None), a.message_id.is_(None))  # fmt: skip
    where = union_all(alone, said, hung).subquery()
    query = (
        select(
            a.id, a.external_id.label("file"), r.stream, r.external_id, r.client_id, r.channel_id,
            schema.client.c.slug.label("client"), schema.channel.c.slug.label("channel"),
        )
        .join_from(schema.attachment, where, where.c.id == a.id)
        .join(schema.raw, and_(r.id == where.c.raw_id, r.client_id == a.client_id))
        .join(schema.client, schema.client.c.id == r.client_id)
        .join(schema.channel, schema.channel.c.id == r.channel_id)
        .where(r.deleted_at.is_(None), schema.channel.c.active == 1)
        .order_by(a.id, r.id)
    )  # fmt: skip
    found: dict[int, list[Source]] = {}
    with db.read() as conn:
        for row in among(conn, query, a.id, attachment_ids):
            found.setdefault(row.id, []).append(
                Source(
                    key=ChannelKey(row.client_id, row.channel_id),
                    client=row.client,
                    channel=row.channel,
                    copy=Ref(row.stream, row.external_id),
                    external_id=row.file,
                )
            )
    return found
