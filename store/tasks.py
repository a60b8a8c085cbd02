"""Tasks and conversations that exist as such upstream, and the differences between two readings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from normalizer.model import Change, Conversation, Kind, Person, Task
from store import schema, search
from store.codes import KINDS, STATES, due_text, listed, maybe_ms, ms, numbers, pack, unpack
from store.spelling import checklist_from, checklist_text
from store.sql import among, by_ref, insert, next_ids
from store.work import Name, Work, name_of

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


def save(work: Work, records: Sequence[tuple[int, Task | Conversation]], known: set[int]) -> None:
    """Write what the tool says of its tasks and conversations.

    `records`: each with the id of its raw. `known`: the raws that were seen before, whose
    differences are news.
    """
    last = {name_of(record.ref): (raw_id, record) for raw_id, record in records}
    work.load_items(last)
    work.make_items(last)
    i = schema.item.c
    query = select(i.id, i.state, *(i[name] for name in _TASK_COLUMNS))
    ids = [work.items[name] for name in last]
    before = {row.id: row for row in among(work.conn, query, i.id, ids)}
    updates: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    for name, (raw_id, record) in last.items():
        item_id = work.items[name]
        old = before[item_id]
        new = _row(work, record, old)
        if any(new[column] != getattr(old, column) for column in _TASK_COLUMNS):
            updates.append({"row": item_id, **new})
            work.touched.add(item_id)
            work.docs.append(_doc(work, item_id, record))
            if old.described and raw_id in known and not work.quiet:
                changes += _differences(work, item_id, old, new)
        if not work.quiet and raw_id in known and old.described:
            changes += _files_changed(work, item_id, record)
    if updates:
        work.conn.execute(
            update(schema.item)
            .where(i.id == bindparam("row"))
            .values({column: bindparam(column) for column in _TASK_COLUMNS}),
            updates,
        )
    _insert_changes(work, changes)


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


def note_states(work: Work, states: Iterable[tuple[int, int, int]]) -> None:
    """Note changes of state: (item id, before, after) as the numbers of `store.codes`."""
    _insert_changes(
        work,
        [
            _change(work, item_id, "state", STATES[before].value, STATES[after].value)
            for item_id, before, after in states
        ],
    )


def _differences(
    work: Work, item_id: int, old: Row[Any], new: dict[str, Any]
) -> list[dict[str, Any]]:
    """Spell what differs between two readings, one row a field."""
    people = _names(work, [*numbers(old.people_ids), *numbers(new["people_ids"])])
    spelled = {
        "title": (old.title, new["title"]),
        "body": (unpack(old.body), unpack(new["body"])),
        "due": (old.due or "", new["due"] or ""),
        "container": (old.container, new["container"]),
        "labels": (
            _lines(json.loads(old.labels or "[]")),
            _lines(json.loads(new["labels"] or "[]")),
        ),
        "people": (
            _lines(people[one] for one in numbers(old.people_ids)),
            _lines(people[one] for one in numbers(new["people_ids"])),
        ),
        "checklist": (_checklist(old.checklist), _checklist(new["checklist"])),
    }
    return [
        _change(work, item_id, field, before, after)
        for field, (before, after) in spelled.items()
        if before != after
    ]


def _names(work: Work, ids: Iterable[int]) -> dict[int, str]:
    p = schema.person.c
    found = among(work.conn, select(p.id, p.name, p.handle), p.id, sorted(set(ids)))
    return {row.id: row.name or row.handle for row in found}


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(sorted(parts))


def _checklist(text: str | None) -> str:
    return "\n".join(f"[{'x' if one.done else ' '}] {one.text}" for one in checklist_from(text))


def _files_changed(work: Work, item_id: int, record: Task | Conversation) -> list[dict[str, Any]]:
    if isinstance(record, Conversation):
        return []
    a = schema.attachment.c
    own = select(a.name).where(a.item_id == item_id, a.message_id.is_(None), a.raw_id.is_(None))
    before = _lines(work.conn.execute(own).scalars())
    after = _lines(one.name for one in record.attachments)
    return [] if before == after else [_change(work, item_id, "attachments", before, after)]


def _change(work: Work, item_id: int, field: str, before: str, after: str) -> dict[str, Any]:
    return {
        **work.owner, "item_id": item_id, "field": field, "before": before, "after": after,
        "author": None, "at": work.now, "stream": None, "external_id": None,
    }  # fmt: skip


def _insert_changes(work: Work, rows: list[dict[str, Any]]) -> None:
    for row_id, row in zip(next_ids(work.conn, schema.change, len(rows)), rows, strict=True):
        row["id"] = row_id
    insert(work.conn, schema.change, rows)


def save_reported(
    work: Work, records: Sequence[Change], owners: dict[Name, tuple[int, int | None]]
) -> None:
    """Write the changes that the tool itself reports, each once.

    `owners`: the item, and the message if it is one, of every ref they are about.
    """
    new = {name_of(record.ref): record for record in records}
    c = schema.change.c
    query = select(c.stream, c.external_id)
    here = c.channel_id == work.key.channel_id
    for row in by_ref(work.conn, query, schema.change, lambda _: here, list(new)):
        del new[row.stream, row.external_id]
    rows = []
    for (stream, external_id), record in new.items():
        item_id = owners[name_of(record.about)][0]
        work.touched.add(item_id)
        rows.append(
            {
                **_change(work, item_id, record.field, record.before, record.after),
                "author": work.people.id(record.author), "at": ms(record.at),
                "stream": stream, "external_id": external_id,
            }
        )  # fmt: skip
    _insert_changes(work, rows)
