"""Messages that stood where a raw record could not be read, once it can be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, exists, or_, select, update

from store import matters, schema, search
from store.codes import HIDDEN
from store.sql import by_ref
from store.work import Name, Work


def retire(work: Work, mended: Iterable[tuple[Name, int | None]]) -> None:
    """Take away the messages in the place of raws, whose own records are written.

    `mended`: the name of each raw, and the item that its records went to. What she decided about
    the stand-in, the item takes over where she has decided nothing about it yet; an item without
    another message leads there from now on.
    """
    goals = dict(mended)
    m = schema.message
    query = select(m.c.id, m.c.item_id, m.c.stream, m.c.external_id)
    rows = list(by_ref(work.conn, query, m, work.among(m), goals))
    for row in rows:
        if not _stands_alone(work.conn, row.id):
            continue
        search.drop(work.conn, [search.message_doc(row.id)])
        work.conn.execute(m.delete().where(m.c.id == row.id))
        work.touched.add(row.item_id)
        goal = goals[row.stream, row.external_id]
        if goal is not None and goal != row.item_id and is_empty(work.conn, row.item_id):
            _hand_on(work.conn, row.item_id, goal)
            lead(work, row.item_id, goal)


def _stands_alone(conn: Connection, message_id: int) -> bool:
    """Tell whether no raw record says this message any more, and no file hangs from it."""
    return not any(
        conn.execute(select(exists().where(table.c.message_id == message_id))).scalar()
        for table in (schema.message_copy, schema.attachment)
    )


def is_empty(conn: Connection, item_id: int) -> bool:
    """Tell whether nothing is left of an item: no message, and the tool never described it."""
    i = schema.item.c
    described: Any = select(i.described).where(i.id == item_id)
    full = exists().where(schema.message.c.item_id == item_id)
    return not conn.execute(select(or_(full, described.scalar_subquery() == 1))).scalar()


def _hand_on(conn: Connection, empty: int, goal: int) -> None:
    """Let an item take over what she decided about an empty one."""
    i, t = schema.item.c, schema.triage.c
    both = select(t.item_id, t.lane).where(t.item_id.in_([empty, goal]))
    decided = {row.item_id: row.lane for row in conn.execute(both)}
    if empty in decided and goal not in decided:
        conn.execute(update(schema.triage).where(t.item_id == empty).values(item_id=goal))
        conn.execute(update(schema.item).where(i.id == goal).values(lane=decided[empty]))


def lead(work: Work, empty: int, goal: int) -> None:
    """Let an empty item lead to another from now on; what was decided about it alone is over."""
    conn, i = work.conn, schema.item.c
    matters.move(conn, empty, goal)
    conn.execute(schema.triage.delete().where(schema.triage.c.item_id == empty))
    for table in (schema.attachment, schema.change):
        conn.execute(update(table).where(table.c.item_id == empty).values(item_id=goal))
    led = or_(i.id == empty, i.merged_into == empty)
    conn.execute(update(schema.item).where(led).values(merged_into=goal, state=HIDDEN))
    work.merged[empty] = goal
    for name, item_id in work.items.items():
        if item_id == empty:
            work.items[name] = goal
    work.touched.discard(empty)
    work.touched.add(goal)
