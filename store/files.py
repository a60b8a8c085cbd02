"""Files that hang from messages, found by their names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from normalizer.model import Person, Ref
from store import schema
from store.codes import GONE, OUT, at
from store.database import Database
from store.directory import ChannelKey


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
