"""Made-up records for the tests of the store, and a mapping that reads them back.

A payload is the pickled records it stands for; `meta` may say otherwise about unread, flagged and
container, as flags and folders do.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from normalizer import subject
from normalizer.model import Message, Person, Record, Ref, Task, Thread
from normalizer.raw import Census, Raw, canonical
from store import schema
from store.database import Database
from store.directory import ChannelKey
from store.facts import Derived, Facts
from store.intake import Taken, take
from store.views import Lane, Turn

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LOLA = Person("Lola", "lola@acme.example")
ANA = Person("Ana", "ana@acme.example")
BEA = Person("Bea", "bea@acme.example")


def mail(
    n: int, *, title: str = "", refs: Iterable[str] = (), author: Person = ANA,
    to: tuple[Person, ...] = (LOLA,), hours: float = 0, hint: str = "",
    message_id: str | None = None, text: str | None = None, **more: Any,
) -> Message:  # fmt: skip
    """Make mail number `n`, sent `hours` after the first."""
    return Message(
        ref=Ref("mail", f"m{n:04}"),
        author=author,
        to=to,
        sent_at=NOW - timedelta(days=2) + timedelta(hours=hours or n / 60),
        subject=title,
        text=f"Texto del correo {n}" if text is None else text,
        thread=Thread(
            message_id=f"id{n}" if message_id is None else message_id,
            references=tuple(refs),
            hint=hint,
            subject=subject.base(title),
            reply=subject.is_reply(title),
        ),
        **more,
    )


def task(n: int, title: str = "Tarea", **more: Any) -> Task:
    """Make task number `n`."""
    return Task(ref=Ref("card", f"c{n}"), title=title, **more)


def raw(external_id: str, *records: Record, stream: str = "mail", **meta: Any) -> Raw:
    """Make the raw record of some records."""
    return Raw(
        stream=stream, external_id=external_id, payload=pickle.dumps(records), meta=canonical(meta)
    )


def patch(external_id: str, stream: str = "mail", **meta: Any) -> Raw:
    """Make a change of what surrounds a raw record."""
    return Raw(stream=stream, external_id=external_id, meta=canonical(meta))


def deleted(external_id: str, stream: str = "mail") -> Raw:
    """Make the news that a raw record is gone."""
    return Raw(stream=stream, external_id=external_id, deleted=True)


def normalise(one: Raw) -> Iterable[Record]:
    """Read the records back; raises whatever a hostile payload raises."""
    about = {k: v for k, v in one.about().items() if k in {"unread", "flagged", "container"}}
    return [
        replace(record, **about) if isinstance(record, Message) else record
        for record in pickle.loads(one.payload or b"")
    ]


def rules(facts: Facts) -> Derived:
    """Judge in the simplest way that shows every fact's path."""
    last = facts.last_in_at or facts.created_at
    turn = Turn.CLIENT if facts.last_out_at and facts.last_out_at >= last else Turn.ME
    wakes = bool(facts.news) and facts.lane not in {Lane.INBOX, Lane.PLANNED}
    if facts.lane is Lane.SNOOZED:
        wakes = wakes and facts.wake_on_reply
    return Derived(turn=turn, act_by=last + timedelta(hours=facts.sla_hours), wake=wakes)


def bring(
    db: Database, key: ChannelKey, *records: Raw, cursor: str | None = "1",
    census: Sequence[Census] = (), now: datetime = NOW,
) -> Taken:  # fmt: skip
    """Take a batch."""
    return take(
        db, key, records=records, cursor=cursor, census=census, normalise=normalise, rules=rules,
        identities=frozenset(), now=now,
    )  # fmt: skip


def items(db: Database, channel: int | None = None) -> dict[int, Any]:
    """Read the items that are in sight, by id."""
    i = schema.item
    query = i.select().where(i.c.merged_into.is_(None), i.c.state < 4).order_by(i.c.id)
    if channel is not None:
        query = query.where(i.c.channel_id == channel)
    with db.read() as conn:
        return {row.id: row for row in conn.execute(query)}


def conversations(db: Database) -> set[frozenset[str]]:
    """Read which messages lie together."""
    together: dict[int, set[str]] = {}
    with db.read() as conn:
        for row in conn.execute(schema.message.select()):
            together.setdefault(row.item_id, set()).add(row.external_id)
    return {frozenset(those) for those in together.values()}


def rows(db: Database, table: str) -> list[Any]:
    """Read a table."""
    with db.read() as conn:
        return list(conn.execute(schema.metadata.tables[table].select()))


def everything(db: Database) -> dict[str, list[Any]]:
    """Read all that is kept, without the ids of rows that nobody sees."""
    found: dict[str, list[Any]] = {}
    with db.read() as conn:
        for name, table in schema.metadata.tables.items():
            found[name] = sorted(repr(tuple(row)) for row in conn.execute(table.select()))
        docs = conn.exec_driver_sql("SELECT * FROM search_doc ORDER BY id")
        found["search_doc"] = [repr(tuple(row)) for row in docs]
    return found
