"""Which raw copies stand for which records, and the files that hang from records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, select, update

from normalizer.model import Attachment, Conversation, Message, Task
from store import raws, schema
from store.messages import copy_flags
from store.sql import among, insert, next_ids, rewrite
from store.tasks import state_code
from store.work import Name, Work, name_of

_FILE_COLUMNS = ("external_id", "name", "media_type", "size", "url", "inline")


def save_messages(
    work: Work, records: Sequence[tuple[int, Message]], ids: dict[Name, int], old_raws: set[int]
) -> set[int]:
    """Write the copies of messages. Returns the messages whose copies must be added up again.

    `old_raws`: the raws of this batch that were kept before, whose copies may differ now.
    """
    rows = {
        (raw_id, ids[name_of(m.ref)]): {"flags": copy_flags(work, m), "container": m.container}
        for raw_id, m in records
    }
    changed = _save(work, schema.message_copy, "message_id", rows, old_raws)
    # A message of which this batch brings the first and only copy was written as it adds up.
    fresh = {
        ids[name] for name in (name_of(m.ref) for _, m in records) if name not in work.messages
    }
    return changed - fresh


def save_items(
    work: Work, records: Sequence[tuple[int, Task | Conversation]], old_raws: set[int]
) -> None:
    """Write the copies of tasks and conversations, with the state that each tells."""
    rows = {
        (raw_id, work.items[name_of(one.ref)]): {"state": state_code(one)}
        for raw_id, one in records
    }
    work.touched |= _save(work, schema.item_copy, "item_id", rows, old_raws)


def _save(
    work: Work, table: Table, record: str, rows: dict[tuple[int, int], dict[str, Any]],
    old_raws: set[int],
) -> set[int]:  # fmt: skip
    conn = work.conn
    c = table.c
    kept = {
        (row.raw_id, getattr(row, record)): row
        for row in among(conn, select(table), c.raw_id, sorted(old_raws))
    }
    client = {"client_id": work.key.client_id}
    fresh = [
        {**client, "raw_id": raw_id, record: record_id, **values}
        for (raw_id, record_id), values in rows.items()
        if (raw_id, record_id) not in kept
    ]
    insert(conn, table, fresh)
    which = and_(c.raw_id == bindparam("raw"), c[record] == bindparam("record"))
    updates = [
        {"raw": raw_id, "record": record_id, **values}
        for (raw_id, record_id), values in rows.items()
        if (row := kept.get((raw_id, record_id))) is not None
        and any(getattr(row, name) != value for name, value in values.items())
    ]
    if updates:
        names = [name for name in updates[0] if name not in {"raw", "record"}]
        bound: dict[str, Any] = {name: bindparam(name) for name in names}
        conn.execute(update(table).where(which).values(bound), updates)
    lost = [
        {"raw": raw_id, "record": record_id}
        for raw_id, record_id in kept
        if (raw_id, record_id) not in rows
    ]
    if lost:
        conn.execute(table.delete().where(which), lost)
    # Every copy of the batch counts, and not only one whose row differs: its raw may be back.
    return {record_id for _, record_id in kept} | {record_id for _, record_id in rows}


def of_raws(work: Work, raw_ids: Sequence[int]) -> set[int]:
    """Touch the items of raws that went away; return their messages. Files that came on their
    own go with their raw.
    """
    conn = work.conn
    work.touched |= {
        row.item_id
        for row in among(
            conn, select(schema.item_copy.c.item_id), schema.item_copy.c.raw_id, raw_ids
        )
    }
    a = schema.attachment.c
    alone = list(among(conn, select(a.id, a.item_id), a.raw_id, raw_ids))
    work.touched |= {row.item_id for row in alone}
    _delete_files(work, [row.id for row in alone])
    c = schema.message_copy.c
    return {row.message_id for row in among(conn, select(c.message_id), c.raw_id, raw_ids)}


def stood_for(conn: Connection, raw_ids: Iterable[int]) -> tuple[dict[int, Name], set[int]]:
    """Say what raws stand for: raw id → the name of the task or conversation; and the raws that
    stand for messages.
    """
    wanted = sorted(raw_ids)
    i, m, c = schema.item.c, schema.message_copy.c, schema.item_copy.c
    query = select(c.raw_id, i.stream, i.external_id).join(schema.item, i.id == c.item_id)
    items = {row.raw_id: (row.stream, row.external_id)
             for row in among(conn, query, c.raw_id, wanted)}  # fmt: skip
    return items, {row.raw_id for row in among(conn, select(m.raw_id), m.raw_id, wanted)}


def left(conn: Connection, raw_ids: Sequence[int]) -> list[Any]:
    """Give the rows of the raws that are left of the tasks of which others went away."""
    c, r = schema.item_copy.c, schema.raw.c
    items = {
        row.item_id for row in among(conn, select(c.raw_id, c.item_id), c.raw_id, sorted(raw_ids))
    }
    query = raws.rows().join(schema.item_copy, r.id == c.raw_id).where(r.deleted_at.is_(None))
    return sorted(among(conn, query, c.item_id, sorted(items)), key=lambda row: int(row.id))


Owner = tuple[str, int]
"""What a file hangs from: "message", "item" or, where it came on its own, "raw", and its id."""


def save_files(
    work: Work, messages: dict[int, tuple[int, Message]], tasks: dict[int, Task],
    alone: Sequence[tuple[int, int, int | None, Attachment]], old_raws: set[int],
) -> None:  # fmt: skip
    """Make the files of records those that the records name now.

    `messages`: message id → item id and record; `tasks`: item id → record; `alone`: raw id,
    item id, message id and record of what came on its own. Writes only where they differ.
    """
    wanted: dict[Owner, list[dict[str, Any]]] = {}
    for message_id, (item_id, message) in messages.items():
        _want(wanted, "message", (item_id, message_id, None), message.attachments)
    for item_id, task in tasks.items():
        _want(wanted, "item", (item_id, None, None), task.attachments)
    for raw_id, item_id, message_of, one in alone:
        _want(wanted, "raw", (item_id, message_of, raw_id), (one,))
    kept = _kept_files(work, messages, tasks, old_raws)
    fresh: list[dict[str, Any]] = []
    stale: list[int] = []
    for key in {**kept, **wanted}:
        before = sorted(kept.get(key, []), key=lambda row: int(row.id))
        after = wanted.get(key, [])
        if [_plain(row) for row in before] != after:
            stale += [row.id for row in before]
            fresh += after
            work.touched |= {row.item_id for row in before} | {row["item_id"] for row in after}
    _delete_files(work, stale)
    ids = next_ids(work.conn, schema.attachment, len(fresh))
    client_id = work.key.client_id
    rows = [{"id": i, "client_id": client_id, **row} for i, row in zip(ids, fresh, strict=True)]
    insert(work.conn, schema.attachment, rows)


def _want(
    wanted: dict[Owner, list[dict[str, Any]]], kind: str,
    ids: tuple[int, int | None, int | None], files: Sequence[Attachment],
) -> None:  # fmt: skip
    item_id, message_id, raw_id = ids
    owner = {"item_id": item_id, "message_id": message_id, "raw_id": raw_id}
    of = {"item": item_id, "message": message_id, "raw": raw_id}[kind]
    if files and of is not None:
        wanted.setdefault((kind, of), []).extend({**owner, **_file(one)} for one in files)


def _kept_files(
    work: Work, messages: Iterable[int], tasks: Iterable[int], old_raws: set[int]
) -> dict[Owner, list[Any]]:
    """Read the files there are of records that were kept before."""
    a = schema.attachment.c
    query = select(schema.attachment)
    inside = query.where(a.raw_id.is_(None))
    of_items = inside.where(a.message_id.is_(None))
    before = {row.id for row in work.messages.values()}
    kept: dict[Owner, list[Any]] = {}
    for row in among(work.conn, inside, a.message_id, [one for one in messages if one in before]):
        kept.setdefault(("message", row.message_id), []).append(row)
    for row in among(work.conn, of_items, a.item_id, tasks):
        kept.setdefault(("item", row.item_id), []).append(row)
    for row in among(work.conn, query, a.raw_id, sorted(old_raws)):
        kept.setdefault(("raw", row.raw_id), []).append(row)
    return kept


def _file(one: Attachment) -> dict[str, Any]:
    return {
        "external_id": one.external_id, "name": one.name, "media_type": one.media_type,
        "size": one.size, "url": one.url, "inline": int(one.inline),
    }  # fmt: skip


def _plain(row: Any) -> dict[str, Any]:
    columns = ("item_id", "message_id", "raw_id", *_FILE_COLUMNS)
    return {name: getattr(row, name) for name in columns}


def _delete_files(work: Work, ids: Iterable[int]) -> None:
    gone = [{"row": one} for one in ids]
    if gone:
        table = schema.attachment
        work.conn.execute(table.delete().where(table.c.id == bindparam("row")), gone)


def waiting(work: Work, names: Iterable[Name]) -> dict[Name, list[int]]:
    """List the files that came before the messages they hang from: they hang from the items
    that stand in for those, till `adopt`.
    """
    stand_ins = {
        work.items[name]: name for name in names if name in work.items and name not in work.messages
    }
    a = schema.attachment.c
    query = select(a.id, a.item_id).where(a.raw_id.is_not(None), a.message_id.is_(None))
    found: dict[Name, list[int]] = {}
    for row in among(work.conn, query, a.item_id, sorted(stand_ins)):
        found.setdefault(stand_ins[row.item_id], []).append(row.id)
    return found


def adopt(work: Work, files: dict[Name, list[int]], ids: dict[Name, int]) -> None:
    """Hang files from their messages, now that those are there."""
    rows = [{"row": one, "message_id": ids[name]} for name, those in files.items() for one in those]
    rewrite(work.conn, schema.attachment, rows)
