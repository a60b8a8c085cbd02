"""What is in the files that go out: kept once for each client, from when she adds a file to a
draft or lets a mail go till nothing needs it any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection, and_, delete, or_, select

from normalizer.actions import Enclosure
from store import deeds, schema
from store.sql import among, insert


def keep(conn: Connection, client_id: int, files: Iterable[Enclosure]) -> None:
    """Keep what is in files of a client, in the caller's transaction; a file without its content
    was kept before. Raises ValueError where a content is not what its file says.
    """
    given = {one.sha256: one for one in files if one.content is not None}
    if not all(map(_is_whole, given.values())):
        raise ValueError("sha256")
    there = _kept(conn, client_id, given)
    rows = [
        {"client_id": client_id, "sha256": name, "content": one.content}
        for name, one in given.items()
        if name not in there
    ]
    insert(conn, schema.blob, rows)


def load(conn: Connection, client_id: int, files: Sequence[Enclosure]) -> tuple[Enclosure, ...]:
    """Give files of a client with what is in them: None where it is not there, or is not what it
    was any more.
    """
    b = schema.blob.c
    query = select(b.sha256, b.content).where(b.client_id == client_id)
    held = {
        row.sha256: bytes(row.content)
        for row in among(conn, query, b.sha256, {one.sha256 for one in files})
    }
    filled = (replace(one, content=held.get(one.sha256)) for one in files)
    return tuple(one if _is_whole(one) else replace(one, content=None) for one in filled)


def sweep(conn: Connection, client_id: int) -> None:
    """Forget what no draft of a client needs, and no write that may still go: one that is not
    sent, or that she has just taken back and can let go after all.
    """
    b = schema.blob.c
    kept = set(conn.execute(select(b.sha256).where(b.client_id == client_id)).scalars())
    if not kept:
        return
    for name in kept.difference(*_needed(conn, client_id)):
        conn.execute(delete(schema.blob).where(b.client_id == client_id, b.sha256 == name))


def _needed(conn: Connection, client_id: int) -> Iterator[set[str]]:
    o, u, d = schema.outbox.c, schema.undo.c, schema.draft.c
    again = and_(schema.TAKEN_BACK, u.undone == 1, u.hers == 1)
    writes = (
        select(o.told)
        .outerjoin_from(schema.outbox, schema.undo, u.id == o.undo_id)
        .where(o.client_id == client_id, o.action.in_(deeds.ENCLOSING), or_(schema.UNSENT, again))
    )
    for told in conn.execute(writes).scalars():
        yield {one.sha256 for one in deeds.files_of(told)}
    drafts = select(d.files).where(d.client_id == client_id)
    for files in conn.execute(drafts).scalars():
        yield {one.sha256 for one in deeds.read_files(files)}


def _kept(conn: Connection, client_id: int, names: Iterable[str]) -> set[str]:
    b = schema.blob.c
    query = select(b.sha256).where(b.client_id == client_id)
    return {row.sha256 for row in among(conn, query, b.sha256, names)}


def _is_whole(one: Enclosure) -> bool:
    content = one.content
    return content is not None and hashlib.sha256(content).hexdigest() == one.sha256
