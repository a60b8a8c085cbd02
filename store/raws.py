"""The raw records: which are new, which changed, which went away, and how they are kept.

One row a copy, its payload once a client however many copies share it, and every version it
ever had. Nothing is overwritten and nothing is deleted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, select

from normalizer.model import Record
from normalizer.raw import Census, Raw, canonical, digest_of
from normalizer.said import Said
from store import schema
from store.database import Database
from store.directory import ChannelKey
from store.sql import among, by_ref, insert, next_ids, rewrite
from store.squeeze import squeezed, whole

Name = tuple[str, str]
"""Stream and external id."""

_PAGE = 500
"""Raw records read back at once."""


@dataclass(slots=True)
class Pending:
    """A raw record to be written: new, changed, or back after it was gone."""

    raw: Raw
    """Whole: with its payload, and all its meta."""

    kept: Any | None
    """Its row as it stands."""

    records: tuple[Record, ...] = ()
    problem: Said | None = None
    patched: bool = False
    """The payload is the one already kept."""

    id: int = 0

    @property
    def rewritten(self) -> bool:
        """Whether the tool says other than it said: not only what surrounds it differs."""
        kept = self.kept
        return kept is not None and not self.patched and self.raw.digest != bytes(kept.digest)


@dataclass(slots=True)
class Comparison:
    """A batch beside what is kept."""

    pending: list[Pending]
    vanishing: dict[int, Name]
    """Raw rows of which the batch says that they exist no more."""

    certain: frozenset[int]
    """Those of them that somebody's act took away."""

    seen: list[list[Any]]
    """The rows it rests on, as `look` gave them."""


def keepable(raw: Raw) -> Raw:
    """Spell what surrounds a payload one way only, and so that every database holds it."""
    stream, external_id = _spelled(raw.stream), _spelled(raw.external_id)
    try:
        meta = canonical(raw.about())
    except (ValueError, RecursionError):
        meta = canonical({"unreadable": _spelled(raw.meta)})
    if (stream, external_id, meta) == (raw.stream, raw.external_id, raw.meta):
        return raw
    return replace(raw, stream=stream, external_id=external_id, meta=meta)


def counted(census: Census) -> Census:
    """Spell a census as `keepable` spells what it counts."""
    return Census(
        stream=_spelled(census.stream),
        prefix=_spelled(census.prefix),
        external_ids=frozenset(map(_spelled, census.external_ids)),
    )


def _spelled(text: str) -> str:
    """Escape what a database refuses: a NUL, half a surrogate pair."""
    if "\0" not in text and text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def fold(records: Iterable[Raw]) -> dict[Name, Raw]:
    """Let a record that comes several times in one batch come once, as it stands at the end."""
    folded: dict[Name, Raw] = {}
    for raw in map(keepable, records):
        name = (raw.stream, raw.external_id)
        before = folded.get(name)
        if before is None or (raw.payload is not None and not raw.deleted):
            folded[name] = raw
        elif raw.deleted:
            folded[name] = replace(before, deleted=True, certain=raw.certain)
        else:
            meta = canonical({**before.about(), **raw.about()})
            folded[name] = replace(before, meta=meta, deleted=False)
    return folded


def compare(
    conn: Connection, key: ChannelKey, batch: dict[Name, Raw], census: Sequence[Census]
) -> Comparison:
    """Say what of a batch is news, beside what is kept."""
    seen = look(conn, key, batch, census)
    kept = {(row.stream, row.external_id): row for row in seen[0]}
    pending: list[Pending] = []
    vanishing: dict[int, Name] = {}
    certain: set[int] = set()
    for name, raw in batch.items():
        row = kept.get(name)
        if raw.deleted and row is not None and row.deleted_at is None:
            vanishing[row.id] = name
            certain.update([row.id] if raw.certain else [])
        elif (whole := _changed(raw, row)) is not None:
            pending.append(Pending(whole, row))
    for one, rows in zip(census, seen[1:], strict=True):
        for row in rows:
            name = (row.stream, row.external_id)
            if name in batch:
                continue
            named = row.external_id in one.external_ids
            if not named and row.deleted_at is None:
                vanishing[row.id] = name
            elif named and row.deleted_at is not None:
                back = Raw(stream=row.stream, external_id=row.external_id, meta=row.meta)
                pending.append(Pending(back, row))
    _fetch_payloads(conn, pending)
    return Comparison(pending, vanishing, frozenset(certain), seen)


def rows() -> Select[Any]:
    """Select what is kept of raw records."""
    r = schema.raw.c
    return select(
        r.id, r.stream, r.external_id, r.digest, r.meta, r.deleted_at, r.payload_id, r.problem
    )


def kept(conn: Connection, found: Sequence[Any]) -> list[Pending]:
    """Make raw records of rows that `rows` selected, to be put in our words again."""
    payloads = load_payloads(conn, {row.payload_id for row in found})
    return [
        Pending(
            Raw(
                stream=row.stream, external_id=row.external_id,
                payload=payloads[row.payload_id], meta=row.meta,
            ),
            row, patched=True, id=row.id,
        )
        for row in found
    ]  # fmt: skip


def recall(db: Database, key: ChannelKey, stream: str, prefix: str) -> Iterator[Raw]:
    """Yield what is kept of a channel under a prefix of its external ids, and is not gone.

    Page by page, in the order in which it came: nothing is locked meanwhile.
    """
    r = schema.raw.c
    here = [*under(key, stream, prefix), r.deleted_at.is_(None)]
    after = 0
    while True:
        with db.read() as conn:
            page = rows().where(*here, r.id > after).order_by(r.id).limit(_PAGE)
            found = conn.execute(page).all()
            raws = [one.raw for one in kept(conn, found)]
        yield from raws
        if len(found) < _PAGE:
            return
        after = found[-1].id


def look(
    conn: Connection, key: ChannelKey, batch: Iterable[Name], census: Sequence[Census]
) -> list[list[Any]]:
    """Read the rows of a batch, in a query for 500 of them, then those under each census."""
    r, query = schema.raw.c, rows()
    here = r.channel_id == key.channel_id
    named = list(by_ref(conn, query, schema.raw, lambda _: here, batch))
    under_each = [
        list(conn.execute(query.where(*under(key, one.stream, one.prefix)))) for one in census
    ]
    return [named, *under_each]


def _changed(raw: Raw, row: Any | None) -> Raw | None:
    """Give the whole record as it is now; None where nothing is new about it.

    The payload of one that is kept already is left out, to be fetched.
    """
    if raw.payload is None:
        if row is None or raw.deleted:
            return None
        meta = canonical({**json.loads(row.meta), **raw.about()})
        if meta == row.meta and row.deleted_at is None:
            return None
        return replace(raw, meta=meta)
    if row is None:
        return None if raw.deleted else raw
    same = raw.digest == row.digest and raw.meta == row.meta and row.deleted_at is None
    return None if same else raw


def under(key: ChannelKey, stream: str, prefix: str) -> list[Any]:
    """Give the conditions for the rows under a prefix; "" is the whole stream."""
    r = schema.raw.c
    where = [r.channel_id == key.channel_id, r.stream == stream]
    if prefix:
        where += [r.external_id >= prefix, r.external_id < prefix + "\U0010ffff"]
    return where


def _fetch_payloads(conn: Connection, pending: list[Pending]) -> None:
    wanted = [one for one in pending if one.raw.payload is None]
    payloads = load_payloads(conn, {one.kept.payload_id for one in wanted if one.kept is not None})
    for one in wanted:
        assert one.kept is not None  # noqa: S101  a patch of a record never kept is ignored above
        one.raw = replace(one.raw, payload=payloads[one.kept.payload_id])
        one.patched = True


def load_payloads(conn: Connection, ids: Iterable[int]) -> dict[int, bytes]:
    """Read payloads back, by id."""
    p = schema.payload.c
    found = among(conn, select(p.id, p.data), p.id, sorted(ids))
    return {row.id: whole(bytes(row.data)) for row in found}


def save(conn: Connection, key: ChannelKey, pending: Sequence[Pending], now: int) -> None:
    """Write the rows of raw records, and give each its id."""
    ids = iter(next_ids(conn, schema.raw, sum(one.kept is None for one in pending)))
    payloads = _save_payloads(conn, key, pending)
    inserts: list[dict[str, Any]] = []
    updates: list[dict[str, Any]] = []
    versions: list[dict[str, Any]] = []
    for one, (name, payload_id) in zip(pending, payloads, strict=True):
        raw_digest = name if one.raw.projection is None else one.raw.digest
        row = {
            "payload_id": payload_id,
            "meta": one.raw.meta,
            "deleted_at": None,
            "problem": None if one.problem is None else one.problem.to_json(),
        }
        if one.kept is None:
            one.id = next(ids)
            named = {"stream": one.raw.stream, "external_id": one.raw.external_id}
            owner = {"client_id": key.client_id, "channel_id": key.channel_id}
            inserts.append({"id": one.id, **owner, **named, "digest": raw_digest, **row})
            continue
        one.id = one.kept.id
        digest = bytes(one.kept.digest) if one.patched else raw_digest
        updates.append({"row": one.id, "digest": digest, **row})
        if digest != bytes(one.kept.digest):
            versions.append(
                {
                    "client_id": key.client_id, "raw_id": one.id, "until": now,
                    "digest": one.kept.digest, "payload_id": one.kept.payload_id,
                    "meta": one.kept.meta,
                }
            )  # fmt: skip
    insert(conn, schema.raw, inserts)
    rewrite(conn, schema.raw, updates)
    for row_id, version in zip(
        next_ids(conn, schema.raw_version, len(versions)), versions, strict=True
    ):
        version["id"] = row_id
    insert(conn, schema.raw_version, versions)


def _save_payloads(
    conn: Connection, key: ChannelKey, pending: Sequence[Pending]
) -> list[tuple[bytes, int]]:
    """Keep the payloads that are not kept yet; give each record's digest and id of its own."""
    data: dict[bytes, bytes] = {}
    names: list[bytes] = []
    for one in pending:
        assert one.raw.payload is not None  # noqa: S101  `compare` completed it
        names.append(digest_of(one.raw.payload))
        data[names[-1]] = one.raw.payload
    p = schema.payload.c
    query = select(p.id, p.digest).where(p.client_id == key.client_id)
    ids = {bytes(row.digest): row.id for row in among(conn, query, p.digest, data)}
    fresh = [digest for digest in data if digest not in ids]
    ids.update(zip(fresh, next_ids(conn, schema.payload, len(fresh)), strict=True))
    rows = [
        {
            "id": ids[digest], "client_id": key.client_id, "digest": digest,
            "data": squeezed(data[digest]),
        }
        for digest in fresh
    ]  # fmt: skip
    insert(conn, schema.payload, rows)
    return [(name, ids[name]) for name in names]


def note_problems(conn: Connection, pending: Sequence[Pending]) -> None:
    """Write which raws could not be read, where that is news."""
    rows = []
    for one in pending:
        problem = None if one.problem is None else one.problem.to_json()
        if one.kept is not None and one.kept.problem != problem:
            rows.append({"row": one.id, "problem": problem})
    rewrite(conn, schema.raw, rows)
