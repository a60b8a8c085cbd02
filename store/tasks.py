"""Tasks and conversations that exist as such upstream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from normalizer.model import Conversation, Kind, Person, Task
from store import changes, notifications, schema, search
from store.codes import KINDS, STATES, due_text, listed, maybe_ms, pack
from store.spelling import checklist_text
from store.sql import among
from store.work import Work, name_of

_TASK_COLUMNS = (
    "kind", "described", "title", "body", "url", "container", "labels", "people_ids", "checklist",
    "due", "created_at", "updated_at",
)  # fmt: skip


def people_of(record: Task | Conversation) -> list[Person]:
    """List everybody a record names."""
    if isinstance(record, Conversation):
        return list(record.people)
    named = [one.assignee for one in record.checklist if one.assignee is not None]
    return [*record.assignees, *named]


def save(
    work: Work, records: Sequence[tuple[int, Task | Conversation]], rewritten: set[int]
) -> None:
    """Write what the tool says of its tasks and conversations.

    `records`: each with the id of its raw. `rewritten`: the raws of which the tool says other
    than it said before, so that what differs is news. Where only what surrounds a record reads
    otherwise (its list was renamed), nobody changed the record.
    """
    last = {name_of(record.ref): (raw_id, record) for raw_id, record in records}
    work.load_items(last)
    work.make_items(last)
    i = schema.item.c
    query = select(i.id, i.state, *(i[name] for name in _TASK_COLUMNS))
    ids = [work.items[name] for name in last]
    before = {row.id: row for row in among(work.conn, query, i.id, ids)}
    updates: list[dict[str, Any]] = []
    readings: list[changes.Reading] = []
    for name, (raw_id, record) in last.items():
        item_id = work.items[name]
        old = before[item_id]
        new = _row(work, record, old)
        if any(new[column] != getattr(old, column) for column in _TASK_COLUMNS):
            updates.append({"row": item_id, **new})
            work.touched.add(item_id)
            work.docs.append(_doc(work, item_id, record))
        if not old.described:
            work.introduced.add(item_id)
        elif raw_id in rewritten:
            readings.append(changes.Reading(item_id, old, new, record))
    if updates:
        work.conn.execute(
            update(schema.item)
            .where(i.id == bindparam("row"))
            .values({column: bindparam(column) for column in _TASK_COLUMNS}),
            updates,
        )
    changes.notice(work, readings)
    tasks = [record for _, record in last.values() if isinstance(record, Task)]
    work.told.update(work.items[name_of(one.ref)] for one in tasks)
    notifications.claim(work, {work.items[name_of(one.ref)]: one.url for one in tasks})


def _row(work: Work, record: Task | Conversation, old: Row[Any]) -> dict[str, Any]:
    common = {
        "described": 1, "title": record.title, "url": record.url, "container": record.container,
    }  # fmt: skip
    if isinstance(record, Conversation):
        kept = {"created_at": old.created_at, "updated_at": old.updated_at}
        return {
            **common, **kept, "kind": KINDS.index(Kind.CONVERSATION), "body": None, "labels": None,
            "people_ids": listed(work.people.ids(record.people)), "checklist": None, "due": None,
        }  # fmt: skip
    return {
        **common,
        "kind": KINDS.index(Kind.TASK),
        "body": pack(record.body) if record.body else None,
        "labels": listed(record.labels),
        "people_ids": listed(work.people.ids(record.assignees)),
        "checklist": checklist_text(record.checklist),
        "due": due_text(record.due),
        "created_at": _first(maybe_ms(record.created_at), old.created_at),
        "updated_at": _first(maybe_ms(record.updated_at), old.updated_at),
    }


def _first(said: int | None, otherwise: int) -> int:
    return otherwise if said is None else said


def _doc(work: Work, item_id: int, record: Task | Conversation) -> search.Doc:
    parts = [record.title, record.container]
    if isinstance(record, Task):
        parts += [record.body, *record.labels, *(one.text for one in record.checklist)]
        parts += [one.name for one in record.attachments]
    parts += [f"{one.name} {one.handle}" for one in people_of(record)]
    return search.Doc(
        id=search.item_doc(item_id),
        client_id=work.key.client_id,
        item_id=item_id,
        text="\n".join(parts),
    )


def state_code(record: Task | Conversation) -> int:
    """Give the number of a record's state."""
    return STATES.index(record.state)
