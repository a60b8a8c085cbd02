"""Mails by which a board announces what its card or task tells itself: the item that takes them.

Those of one card lie together, found by its link alone, within the client; where the card itself
is known, in its item, in which they say nothing new. Nothing follows them there: whoever forges
one can neither move what people wrote nor bring a card back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import aliased

from normalizer import threads
from normalizer.model import Kind, State
from store import schema, search, standins
from store.codes import AUTOMATIC, KINDS, LANES, NOTICE, STATES
from store.spelling import notification_from
from store.sql import among, insert
from store.views import Lane
from store.work import Name, Work

_TASK: Final = KINDS.index(Kind.TASK)
_GONE: Final = STATES.index(State.GONE)
_PUT_OFF: Final = {LANES.index(lane) for lane in (Lane.PLANNED, Lane.WAITING, Lane.SNOOZED)}


@dataclass(frozen=True, slots=True)
class _Holder:
    """The item to which a link leads."""

    item_id: int
    is_task: bool


def place(work: Work, links: Mapping[Name, int]) -> dict[Name, int]:
    """Find or make the item of every notification of the batch; `links`: the key of each.

    Cost: a query for the batch, and a few for each item that gives notifications up.
    """
    if not links:
        return {}
    held = _holders(work, set(links.values()))
    goals = {key: one.item_id for key, one in held.items()}
    placed: dict[Name, int] = {}
    first: dict[int, Name] = {}
    for name, key in links.items():
        kept = work.messages.get(name)
        if key in held:
            continue
        if kept is None:
            first.setdefault(key, name)
        elif kept.flags & NOTICE:  # its card is gone, or no longer read: it stays there
            placed[name] = kept.item_id
        else:  # it was a mail like any other till now
            goals.setdefault(key, kept.item_id)
    first = {key: name for key, name in first.items() if key not in goals}
    work.make_items(first.values())
    goals.update({key: work.items[name] for key, name in first.items()})
    _write_keys(work, {key: item_id for key, item_id in goals.items() if key not in held})
    placed.update({name: goals[key] for name, key in links.items() if name not in placed})
    before = {name: work.messages[name] for name in placed if name in work.messages}
    _move(work, {
        row.id: (row.item_id, placed[name])
        for name, row in before.items() if row.item_id != placed[name]
    })  # fmt: skip
    return placed


def claim(work: Work, urls: Mapping[int, str | None]) -> None:
    """Let the links of tasks lead to them, and take the notifications that came before.

    `urls`: the address of each task, by item. Of two tasks with one link the first keeps it.
    """
    wanted: dict[int, int] = {}
    for item_id, url in urls.items():
        for key in threads.link_keys(url):
            wanted.setdefault(key, item_id)
    held = _holders(work, wanted) if wanted else {}
    mine = {
        key: item_id for key, item_id in wanted.items() if key not in held or not held[key].is_task
    }
    _write_keys(work, mine)
    sources = {held[key].item_id for key in mine if key in held}
    m = schema.message.c
    moves: dict[int, tuple[int, int]] = {}
    for row in among(work.conn, select(m.id, m.item_id, m.extra), m.item_id, sorted(sources)):
        link = threads.link_key(notification_from(row.extra))
        if link is not None and link in mine:
            moves[row.id] = (row.item_id, mine[link])
    _move(work, moves)


def _holders(work: Work, keys: Iterable[int]) -> dict[int, _Holder]:
    """Read where links lead. A task that is gone, or whose channel the config no longer has,
    takes nothing more: what came to it would be out of her sight.
    """
    k, i, root, c = schema.thread_key.c, schema.item.c, aliased(schema.item), schema.channel.c
    query = (
        select(k.key, root.c.id, root.c.described, root.c.kind, root.c.state, c.active)
        .join(schema.item, i.id == k.item_id)
        .join(root, root.c.id == func.coalesce(i.merged_into, i.id))
        .join(schema.channel, c.id == root.c.channel_id)
        .where(k.client_id == work.key.client_id)
    )
    held: dict[int, _Holder] = {}
    for row in among(work.conn, query, k.key, sorted(keys)):
        is_task = bool(row.described) and row.kind == _TASK
        there = row.id in work.told or (row.state != _GONE and row.active)
        if there or not is_task:
            held[row.key] = _Holder(row.id, is_task)
    return held


def _write_keys(work: Work, keys: Mapping[int, int]) -> None:
    """Let keys lead to items, wherever they led before."""
    if not keys:
        return
    k = schema.thread_key.c
    this = k.client_id == work.key.client_id, k.key == bindparam("this")
    work.conn.execute(schema.thread_key.delete().where(*this), [{"this": key} for key in keys])
    client = {"client_id": work.key.client_id}
    rows = [{**client, "key": key, "item_id": item_id} for key, item_id in keys.items()]
    insert(work.conn, schema.thread_key, rows)


def _move(work: Work, moves: Mapping[int, tuple[int, int]]) -> None:
    """Move kept notifications: message id → the items it leaves and goes to. An item that is
    left empty leads to where its last one went.
    """
    if not moves:
        return
    conn, m, a = work.conn, schema.message, schema.attachment
    goals = [{"row": message_id, "goal": goal} for message_id, (_, goal) in moves.items()]
    flags = m.c.flags.op("|")(AUTOMATIC | NOTICE)
    own = update(m).where(m.c.id == bindparam("row"))
    conn.execute(own.values(item_id=bindparam("goal"), subject_key=None, flags=flags), goals)
    files = update(a).where(a.c.message_id == bindparam("row"))
    conn.execute(files.values(item_id=bindparam("goal")), goals)
    for message_id, (_, goal) in moves.items():
        search.move(conn, [search.message_doc(message_id)], goal)
    work.touched.update(item_id for move in moves.values() for item_id in move)
    for source, goal in dict(moves.values()).items():
        if standins.is_empty(conn, source):
            _keep_put_off(work, source, goal)
            standins.lead(work, source, goal)


def _keep_put_off(work: Work, empty: int, goal: int) -> None:
    """Let a task be put off as she has put off the mails about it, unless she has decided for it
    what is nearer to her eyes. That she has done with a mail says nothing of the task.
    """
    conn, t = work.conn, schema.triage.c
    both = select(schema.triage).where(t.item_id.in_([empty, goal]))
    decided = {row["item_id"]: row for row in conn.execute(both).mappings()}
    mails, own = decided.get(empty), decided.get(goal)
    if mails is None or mails["lane"] not in _PUT_OFF:
        return
    if own is None or mails["lane"] < own["lane"]:
        conn.execute(schema.triage.delete().where(t.item_id == goal))
        insert(conn, schema.triage, [{**mails, "item_id": goal}])
        lane = update(schema.item).where(schema.item.c.id == goal).values(lane=mails["lane"])
        conn.execute(lane)
