"""Where new tasks of a client can go: its channels, and the places in them that hold tasks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from sqlalchemy import and_, func, select

from normalizer.actions import Create
from normalizer.model import Kind, State
from store import deeds, schema
from store.codes import KINDS, OUTGOING, STATES
from store.database import Database
from store.directory import ChannelKey
from store.views import Outgoing

_TASK: Final = KINDS.index(Kind.TASK)
_OPEN, _DONE = map(STATES.index, (State.OPEN, State.DONE))
_REFUSED: Final = OUTGOING.index(Outgoing.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """A channel, and what may be written to it."""

    key: ChannelKey
    client: str
    channel: str
    kind: str
    write: str
    """The channel's setting: "no", "comment" or "all"."""

    can: frozenset[str] | None
    """What its connector can write, by the names in `store.deeds`; None before its first pull."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A place that holds tasks."""

    name: str
    """As a task's container spells it."""

    records: frozenset[str]
    """The first raw record of each task in it, by its name up to the task's own."""

    open: int
    """Tasks in it that are open."""


def channels(db: Database, client: str) -> list[Taker]:
    """List the channels of a client, a slug, in the order of the config."""
    c, k = schema.client.c, schema.channel.c
    query = (
        select(k.id, k.client_id, k.slug, k.kind, k.write, k.writes)
        .join_from(schema.channel, schema.client, c.id == k.client_id)
        .where(c.slug == client, c.active == 1, k.active == 1)
        .order_by(k.position, k.id)
    )
    with db.read() as conn:
        return [
            Taker(
                key=ChannelKey(row.client_id, row.id),
                client=client,
                channel=row.slug,
                kind=row.kind,
                write=row.write,
                can=None if row.writes is None else frozenset(json.loads(row.writes)),
            )
            for row in conn.execute(query)
        ]


def places(db: Database, key: ChannelKey) -> list[Held]:
    """List the places of a channel that tasks lie in, those with the most open ones first."""
    return sorted(_places(db, key), key=lambda one: (-one.open, one.name))


def _places(db: Database, key: ChannelKey) -> Iterator[Held]:
    i, y, r = schema.item.c, schema.item_copy.c, schema.raw.c
    query = (
        select(i.container, i.state, func.min(r.external_id).label("record"))
        .select_from(
            schema.item.join(
                schema.item_copy, and_(y.item_id == i.id, y.client_id == i.client_id)
            ).join(schema.raw, and_(r.id == y.raw_id, r.client_id == i.client_id))
        )
        .where(
            i.client_id == key.client_id,
            i.channel_id == key.channel_id,
            r.channel_id == key.channel_id,
            i.kind == _TASK,
            i.container != "",
            i.state.in_([_OPEN, _DONE]),
        )
        .group_by(i.id, i.container, i.state)
        .order_by(i.container)
    )
    with db.read() as conn:
        rows = list(conn.execute(query))
    for name, group in groupby(rows, key=lambda row: str(row.container)):
        tasks = list(group)
        yield Held(
            name=name,
            records=frozenset(row.record.rpartition("/")[0] for row in tasks),
            open=sum(row.state == _OPEN for row in tasks),
        )


def under_way(db: Database, key: ChannelKey, action: Create) -> bool:
    """Tell whether the same new task is on its way to the same place already."""
    o = schema.outbox.c
    same = select(o.id).where(
        o.client_id == key.client_id,
        o.channel_id == key.channel_id,
        schema.UNSENT,
        o.state != _REFUSED,
        o.action == deeds.name_of(action),
        o.stream == action.ref.stream,
        o.external_id == action.ref.external_id,
        o.told == deeds.spell(action),
    )
    with db.read() as conn:
        return conn.execute(same.limit(1)).first() is not None
