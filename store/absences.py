"""Raw records that are said to be gone: which to believe, and burying those."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, func, select, update

from normalizer.raw import Census
from store import schema
from store.directory import ChannelKey
from store.raws import Comparison, Name, under
from store.sql import among

_FEW: Final = 5
"""So many may vanish at once without anybody wondering."""


def believable(
    conn: Connection, key: ChannelKey, found: Comparison, census: Sequence[Census]
) -> tuple[list[int], dict[Name, int]]:
    """Sort disappearances into those to apply and, by prefix, the number of those held back.

    A copy whose record has another copy left loses nothing and always goes, as does one that
    somebody's act took away. Of the others, where more than half (and more than 5) of what a
    prefix holds would go at once, or all of it (and more than one), none does: that is what a
    mailbox swapped for an empty one looks like. A prefix is the census's, or what stands before
    the last "/", ":" or ";" of the external id.
    """
    vanishing = found.vanishing
    if len(vanishing.keys() - found.certain) <= 1:
        return list(vanishing), {}
    losing = [one for one in _last_copies(conn, vanishing) if one not in found.certain]
    groups: dict[Name, list[int]] = {}
    for raw_id in losing:
        stream, external_id = vanishing[raw_id]
        prefixes = [
            c.prefix for c in census if c.stream == stream and external_id.startswith(c.prefix)
        ]
        cut = max(map(external_id.rfind, "/:;")) + 1
        groups.setdefault((stream, max(prefixes, key=len, default=external_id[:cut])), []).append(
            raw_id
        )
    held: set[int] = set()
    counts: dict[Name, int] = {}
    for (stream, prefix), ids in groups.items():
        holds = _holds(conn, key, stream, prefix)
        if 2 * len(ids) > holds and (len(ids) > _FEW or 1 < len(ids) == holds):
            held.update(ids)
            counts[stream, prefix] = len(ids)
    return [raw_id for raw_id in vanishing if raw_id not in held], counts


def standing(before: str | None, census: Sequence[Census], held: Mapping[Name, int]) -> str | None:
    """Reckon what stands held back after a batch, as the channel keeps it.

    Only a census of its prefix settles what was held before: until then nothing says again that
    it is gone, nor that it is not.
    """
    kept = {(stream, prefix): n for stream, prefix, n in json.loads(before or "[]")}
    for one in census:
        for stream, prefix in list(kept):
            if stream == one.stream and prefix.startswith(one.prefix):
                del kept[stream, prefix]
    for name, n in held.items():
        kept[name] = max(n, kept.get(name, 0))
    return json.dumps([[*name, n] for name, n in sorted(kept.items())]) if kept else None


def _holds(conn: Connection, key: ChannelKey, stream: str, prefix: str) -> int:
    live = [*under(key, stream, prefix), schema.raw.c.deleted_at.is_(None)]
    return conn.execute(select(func.count()).select_from(schema.raw).where(*live)).scalar_one()


def _last_copies(conn: Connection, vanishing: dict[int, Name]) -> list[int]:
    """Of these raw rows, list those with a record that has no other live copy."""
    last: set[int] = set()
    r = schema.raw.c
    for copy, record in (
        (schema.message_copy, schema.message_copy.c.message_id),
        (schema.item_copy, schema.item_copy.c.item_id),
    ):
        mine = list(among(conn, select(copy.c.raw_id, record), copy.c.raw_id, vanishing))
        others = select(copy.c.raw_id, record).join(schema.raw, r.id == copy.c.raw_id)
        safe = {
            row[1]
            for row in among(
                conn, others.where(r.deleted_at.is_(None)), record, {m[1] for m in mine}
            )
            if row[0] not in vanishing
        }
        last |= {raw_id for raw_id, record_id in mine if record_id not in safe}
    return [raw_id for raw_id in vanishing if raw_id in last]


def bury(conn: Connection, raw_ids: Sequence[int], now: int) -> None:
    """Mark raw rows as gone."""
    if raw_ids:
        conn.execute(
            update(schema.raw).where(schema.raw.c.id == bindparam("row")).values(deleted_at=now),
            [{"row": raw_id} for raw_id in raw_ids],
        )
