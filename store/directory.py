"""Clients and their channels: who they are, where each pull left off, and how it went."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, func, select, update

from normalizer.said import Said
from store import schema
from store.codes import ms
from store.database import Database
from store.sql import insert, next_ids
from store.views import Health, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSpec:
    """A channel as the config declares it."""

    slug: str
    kind: str
    write: str = "no"
    identities: tuple[str, ...] = ()
    """Handles of the VA in this channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSpec:
    """A client as the config declares it."""

    slug: str
    name: str
    color: str
    sla_hours: int = 24
    """Within how many hours the client is promised an answer."""

    identities: tuple[str, ...] = ()
    """Handles of the VA in every channel of this client."""

    channels: tuple[ChannelSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelKey:
    """A channel, and the client nothing of it may leave."""

    client_id: int
    channel_id: int


def declare(
    db: Database,
    clients: Sequence[ClientSpec],
    now: datetime,  # noqa: ARG001  every door has it
) -> dict[tuple[str, str], ChannelKey]:
    """Make the database know exactly these clients and channels; give the key of each channel.

    Writes only what differs. What is declared no longer is kept, marked inactive. A new kind
    under an old name is another tool: its cursor is forgotten.
    """
    with db.read() as conn:
        wrong = _differences(conn, clients)
    if wrong:
        with db.write(durable=True) as conn:
            _apply(conn, clients)
    with db.read() as conn:
        found = conn.execute(
            select(
                schema.client.c.slug, schema.channel.c.slug, schema.client.c.id, schema.channel.c.id
            )
            .join_from(
                schema.client, schema.channel, schema.channel.c.client_id == schema.client.c.id
            )
            .where(schema.client.c.active == 1, schema.channel.c.active == 1)
        )
        return {(a, b): ChannelKey(c, d) for a, b, c, d in found}


def cursor(db: Database, key: ChannelKey) -> str | None:
    """Read where the last pull left off."""
    with db.read() as conn:
        return conn.execute(select(schema.channel.c.cursor).where(_is(key))).scalar()


def forget_cursor(db: Database, key: ChannelKey) -> None:
    """Let the next pull begin at the beginning. Nothing that is kept is lost by it."""
    _set(db, key, cursor=None)


def held(db: Database, key: ChannelKey) -> int:
    """Count what is said to be gone over there, is not believed, and stays as it is."""
    with db.read() as conn:
        kept = conn.execute(select(schema.channel.c.held).where(_is(key))).scalar()
    return sum(n for _, _, n in json.loads(kept or "[]"))


def mapping(db: Database, key: ChannelKey) -> int | None:
    """Read which version of the mapping made what is kept; None where none has been noted."""
    with db.read() as conn:
        return conn.execute(select(schema.channel.c.mapping).where(_is(key))).scalar()


def mapped(db: Database, key: ChannelKey, version: int) -> None:
    """Note that all that is kept has gone through this version of the mapping."""
    _set(db, key, mapping=version)


def started(db: Database, key: ChannelKey, now: datetime) -> None:
    """Note that a pull has begun: what was asked for is being done."""
    _set(db, key, health=Health.SYNCING, last_attempt=ms(now), asked_at=None)


def succeeded(
    db: Database, key: ChannelKey, now: datetime, next_run: datetime | None,
    notices: Sequence[Said] = (), *, tally: Tally | None = None,
) -> None:  # fmt: skip
    """Note that a pull went through to its end, what was odd about it, and what it did."""
    _set(
        db,
        key,
        health=Health.OK,
        failures=0,
        last_success=ms(now),
        next_run=None if next_run is None else ms(next_run),
        error=None,
        notices=json.dumps([n.to_json() for n in notices], ensure_ascii=False) if notices else None,
        tally=_kept(tally),
    )


def failed(  # noqa: PLR0917  each of them is told at every call
    db: Database, key: ChannelKey, now: datetime, health: Health, error: Said,
    next_run: datetime | None, *, tally: Tally | None = None,
) -> None:  # fmt: skip
    """Note that a pull failed, and what it did before. `error` holds no secret: it is kept."""
    _set(
        db,
        key,
        health=health,
        failures=schema.channel.c.failures + 1,
        last_attempt=ms(now),
        next_run=None if next_run is None else ms(next_run),
        error=error.to_json(),
        tally=_kept(tally),
    )


def _kept(tally: Tally | None) -> str | None:
    return None if tally is None else json.dumps(asdict(tally))


def ask(db: Database, now: datetime, client: str | None = None, channel: str | None = None) -> None:
    """Ask for a pull now, of one channel, of a client's, or of all."""
    with db.write() as conn:
        which = [schema.channel.c.active == 1]
        if client is not None:
            ids = select(schema.client.c.id).where(schema.client.c.slug == client)
            which.append(schema.channel.c.client_id.in_(ids))
        if channel is not None:
            which.append(schema.channel.c.slug == channel)
        conn.execute(update(schema.channel).where(*which).values(asked_at=ms(now)))


def asked(db: Database) -> list[ChannelKey]:
    """List the channels for which somebody asked since a pull last began."""
    with db.read() as conn:
        found = conn.execute(
            select(schema.channel.c.client_id, schema.channel.c.id).where(
                schema.channel.c.active == 1,
                schema.channel.c.asked_at.is_not(None),
            )
        )
        return [ChannelKey(a, b) for a, b in found]


def remember_writes(
    db: Database, key: ChannelKey, names: Iterable[str], senders: Iterable[str] = (),
    completes: Said | None = None,
) -> None:  # fmt: skip
    """Keep what a channel's connector can write back, by the names in `store.deeds`, by which
    addresses of hers it goes out, the usual one first, and what "done" does there.
    """
    told = {
        "writes": json.dumps(sorted(names)), "senders": json.dumps(list(senders)),
        "completes": completes.to_json() if completes is not None else None,
    }  # fmt: skip
    k = schema.channel.c
    with db.read() as conn:
        kept = conn.execute(select(k.writes, k.senders, k.completes).where(_is(key))).first()
    if kept is None or tuple(kept) != tuple(told.values()):
        _set(db, key, **told)


def remember_identities(db: Database, key: ChannelKey, handles: Iterable[str]) -> None:
    """Keep by what names the tool itself knows the VA; a name once hers stays hers."""
    wanted = {handle.lower() for handle in handles if handle}
    if wanted <= identities(db, key):
        return
    with db.write() as conn:
        missing = wanted - identities_on(conn, key)
        insert(
            conn,
            schema.identity,
            _identity_rows(key.client_id, key.channel_id, missing, declared=0),
        )


def identities(db: Database, key: ChannelKey) -> frozenset[str]:
    """Give the handles by which the VA is known to a client, declared and learned: what she
    writes from one of its mailboxes to the other is hers in both.
    """
    with db.read() as conn:
        return identities_on(conn, key)


def identities_on(conn: Connection, key: ChannelKey) -> frozenset[str]:
    """Give them in the caller's transaction."""
    query = select(schema.identity.c.handle).where(schema.identity.c.client_id == key.client_id)
    return frozenset(conn.execute(query).scalars())


def _identity_rows(
    client_id: int, channel_id: int, handles: Iterable[str], *, declared: int
) -> list[dict[str, Any]]:
    return [
        {"client_id": client_id, "channel_id": channel_id, "handle": handle, "declared": declared}
        for handle in sorted(handles)
    ]


def _is(key: ChannelKey) -> Any:
    return and_(schema.channel.c.id == key.channel_id, schema.channel.c.client_id == key.client_id)


def _set(db: Database, key: ChannelKey, **values: Any) -> None:
    with db.write() as conn:
        conn.execute(update(schema.channel).where(_is(key)).values(**values))


def _wanted_client(spec: ClientSpec, position: int) -> dict[str, Any]:
    return {
        "name": spec.name,
        "color": spec.color,
        "sla_hours": spec.sla_hours,
        "position": position,
        "active": 1,
    }


def _wanted_channel(spec: ChannelSpec, position: int) -> dict[str, Any]:
    return {"kind": spec.kind, "write": spec.write, "position": position, "active": 1}


def _declared(spec: ClientSpec, one: ChannelSpec) -> set[str]:
    return {handle.lower() for handle in (*spec.identities, *one.identities) if handle}


def _differences(conn: Connection, clients: Sequence[ClientSpec]) -> bool:
    """Compare all that is declared with all that is kept; a few rows each."""
    wanted: set[Any] = set()
    for place, spec in enumerate(clients):
        wanted.add((spec.slug, *_wanted_client(spec, place).values()))
        for row, one in enumerate(spec.channels):
            wanted.add((spec.slug, one.slug, *_wanted_channel(one, row).values()))
            wanted |= {(spec.slug, one.slug, handle) for handle in _declared(spec, one)}
    kept: set[Any] = set()
    c, k = schema.client.c, schema.channel.c
    joined = select(c.slug, k.slug).join_from(schema.client, schema.channel, k.client_id == c.id)
    all_clients: Any = select(c.slug, c.name, c.color, c.sla_hours, c.position, c.active).where(
        c.active == 1
    )
    all_channels: Any = joined.add_columns(k.kind, k.write, k.position, k.active).where(
        k.active == 1
    )
    all_handles: Any = (
        joined.add_columns(schema.identity.c.handle)
        .join(schema.identity, schema.identity.c.channel_id == k.id)
        .where(schema.identity.c.declared == 1, k.active == 1)
    )
    for query in (all_clients, all_channels, all_handles):
        kept |= {tuple(row) for row in conn.execute(query)}
    return wanted != kept


def _apply(conn: Connection, clients: Sequence[ClientSpec]) -> None:
    conn.execute(update(schema.client).values(active=0))
    conn.execute(update(schema.channel).values(active=0))
    conn.execute(schema.identity.delete().where(schema.identity.c.declared == 1))
    for place, spec in enumerate(clients):
        client_id, _ = _upsert(
            conn, schema.client, {"slug": spec.slug}, _wanted_client(spec, place)
        )
        for row, one in enumerate(spec.channels):
            named = {"client_id": client_id, "slug": one.slug}
            fresh = {"health": Health.NEVER, "failures": 0}
            values = _wanted_channel(one, row)
            channel_id, before = _upsert(conn, schema.channel, named, values, fresh)
            if before is not None and before != one.kind:
                forgotten = update(schema.channel).where(schema.channel.c.id == channel_id)
                conn.execute(forgotten.values(cursor=None, mapping=None, held=None, **fresh))
            here = schema.identity.delete().where(
                schema.identity.c.channel_id == channel_id,
                schema.identity.c.handle.in_(sorted(_declared(spec, one))),
            )
            conn.execute(here)
            rows = _identity_rows(client_id, channel_id, _declared(spec, one), declared=1)
            insert(conn, schema.identity, rows)
    _rehome(conn)


def _rehome(conn: Connection) -> None:
    """Let what lies in a channel of the config as well be found there, and no longer where only
    a channel that is left has it.
    """
    i, m, c, r, k = (
        table.c
        for table in (
            schema.item, schema.message, schema.message_copy, schema.raw, schema.channel
        )
    )  # fmt: skip
    left = select(k.id).where(k.active == 0)
    elsewhere = (
        select(func.min(r.channel_id))
        .join_from(schema.message, schema.message_copy, c.message_id == m.id)
        .join(schema.raw, r.id == c.raw_id)
        .where(m.item_id == i.id, r.deleted_at.is_(None), r.channel_id.not_in(left))
        .scalar_subquery()
    )
    # What a tool described lies in its channel alone, whatever mails about it lie elsewhere.
    loose = i.merged_into.is_(None), i.described == 0
    which = update(schema.item).where(i.channel_id.in_(left), *loose)
    conn.execute(which.values(channel_id=func.coalesce(elsewhere, i.channel_id)))


def _upsert(
    conn: Connection, table: Table, named: dict[str, Any], values: dict[str, Any],
    fresh: dict[str, Any] | None = None,
) -> tuple[int, str | None]:  # fmt: skip
    """Write the row called `named`; give its id, and the kind it had before."""
    which = [table.c[name] == value for name, value in named.items()]
    kind = table.c.kind if "kind" in table.c else table.c.slug
    found = conn.execute(select(table.c.id, kind).where(*which)).first()
    if found is not None:
        conn.execute(update(table).where(table.c.id == found[0]).values(**values))
        return found[0], found[1] if "kind" in table.c else None
    new = next_ids(conn, table, 1)[0]
    insert(conn, table, [{"id": new, **named, **values, **(fresh or {})}])
    return new, None
