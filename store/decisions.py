"""A decision: where she has put items, what of it differs from before, and how it is turned.

Each is a line of the journal with, for every item, all of its place before and after. Undo and
redo touch only the parts in which the two differ, and only where they still stand: what a clock,
a message or a later decision has put elsewhere since is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, bindparam, func, select, update

from store import drafts, outbox, schema
from store.codes import LANES, ms
from store.sql import among, insert, next_ids
from store.views import Lane

INBOX: Final = LANES.index(Lane.INBOX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """A decision taken back, or taken again."""

    verb: str
    items: tuple[int, ...]
    """Those that stood as the decision had left them; another one since then is left alone."""

    writes: int = 0
    """Writes of it that had not gone and do not go, or go again."""

    gone: int = 0
    """Writes of it that it was too late for."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where she has put an item."""

    lane: int = INBOX
    until: int | None = None
    wake_on_reply: int = 0
    wakes_to: int = INBOX
    rank: int | None = None
    minutes: int | None = None
    matter: int | None = None


_PARTS: Final = (
    ("lane", "until", "wake_on_reply", "wakes_to"), ("rank",), ("minutes",), ("matter",),
)  # fmt: skip
"""What stands or falls together when a decision is turned."""

_JOURNAL: Final = {
    "lane": "lane", "until": "until", "wake_on_reply": "wake", "wakes_to": "wakes_to",
    "rank": "rank", "minutes": "minutes", "matter": "matter",
}  # fmt: skip
"""The fields of a place, and what they are called in the journal."""

Owners: TypeAlias = Mapping[int, int]
"""The client of each item."""


def decide(
    conn: Connection, owners: Owners, change: Callable[[int, Place], Place], verb: str, now: int,
    *, hers: bool,
) -> int:  # fmt: skip
    """Put items where `change` says, given each one's id and place; return the journal's id of it,
    or 0 where there is no item.
    """
    if not owners:
        return 0
    before = places(conn, owners)
    after = {item_id: change(item_id, place) for item_id, place in before.items()}
    entry = journal(conn, verb, now, hers=hers)
    lines = [
        {
            "undo_id": entry, "client_id": client_id, "item_id": item_id,
            **_spelt(before[item_id], "before"), **_spelt(after[item_id], "after"),
        }
        for item_id, client_id in owners.items()
    ]  # fmt: skip
    insert(conn, schema.undo_item, lines)
    _put(conn, owners, before, after, now, ago={})
    return entry


def journal(conn: Connection, verb: str, now: int, *, hers: bool) -> int:
    """Begin a decision that has no item yet."""
    entry = next_ids(conn, schema.undo, 1)[0]
    line = {"id": entry, "at": now, "verb": verb, "hers": int(hers), "undone": 0}
    insert(conn, schema.undo, [line])
    return entry


def forget_undone(conn: Connection) -> None:
    """What was undone before is history now: it cannot be taken again."""
    u = schema.undo.c
    conn.execute(update(schema.undo).where(u.undone == 1, u.hers == 1).values(hers=0))


def roots(conn: Connection, item_ids: Iterable[int]) -> dict[int, int]:
    """Give the client of each item, by the id of the one it is in now."""
    i = schema.item.c
    root = func.coalesce(i.merged_into, i.id).label("root")
    found = {
        row.id: row for row in among(conn, select(i.id, root, i.client_id), i.id, set(item_ids))
    }
    return {found[one].root: found[one].client_id for one in item_ids if one in found}


def whole_matters(conn: Connection, owners: Owners) -> dict[int, int]:
    """Add what those items are linked with: a matter is decided about as one."""
    i = schema.item.c
    linked = select(i.matter).where(i.matter.is_not(None)).distinct()
    matters = {row.matter for row in among(conn, linked, i.id, list(owners))}
    members = select(i.id, i.client_id).where(i.merged_into.is_(None))
    return {
        **owners,
        **{row.id: row.client_id for row in among(conn, members, i.matter, sorted(matters))},
    }


def leave_no_lone(conn: Connection, matters: Iterable[int]) -> None:
    """Dissolve those of these matters in which one item is left: it is linked with nothing."""
    i = schema.item.c
    wanted = sorted(set(matters))
    many = select(i.matter, func.count().label("n")).group_by(i.matter)
    alone = [row.matter for row in among(conn, many, i.matter, wanted) if row.n < 2]
    if alone:
        gone = update(schema.item).where(i.matter == bindparam("lone")).values(matter=None)
        conn.execute(gone, [{"lone": matter} for matter in alone])


def places(conn: Connection, ids: Iterable[int]) -> dict[int, Place]:
    """Say where items are."""
    t, i = schema.triage.c, schema.item.c
    found = dict.fromkeys(ids, Place())
    of_item = select(i.id, i.matter).where(i.matter.is_not(None))
    for row in among(conn, of_item, i.id, list(found)):
        found[row.id] = Place(matter=row.matter)
    names = ("lane", "until", "wake_on_reply", "wakes_to", "rank", "minutes")
    query = select(t.item_id, *(t[name] for name in names))
    for row in among(conn, query, t.item_id, list(found)):
        found[row.item_id] = replace(
            found[row.item_id], **{name: getattr(row, name) for name in names}
        )
    return found


def turn(conn: Connection, entry: int, verb: str, now: datetime, *, back: bool) -> Undone:
    """Take a decision back, or take it again."""
    x = schema.undo_item.c
    lines: list[Any] = list(conn.execute(select(schema.undo_item).where(x.undo_id == entry)))
    i = schema.item.c
    root = func.coalesce(i.merged_into, i.id).label("root")
    moved = {
        row.id: row.root
        for row in among(conn, select(i.id, root), i.id, [line.item_id for line in lines])
    }
    owners = roots(conn, [line.item_id for line in lines])
    current = places(conn, owners)
    goal: dict[int, Place] = {}
    for line in lines:
        item_id = moved[line.item_id]
        left, right = _read(line, "before"), _read(line, "after")
        if back:
            left, right = right, left
        changed = _follow(current[item_id], left, right)
        if changed is not None:
            goal.setdefault(item_id, changed)
    _put(conn, owners, current, goal, ms(now),
         ago=_came_there(conn, entry, goal) if back else {})  # fmt: skip
    leave_no_lone(conn, _matters(current, goal))
    if back:
        writes, gone = outbox.take_back(conn, entry, now)
        drafts.bring_back(conn, entry, now)
    else:
        writes, gone = outbox.put_again(conn, entry, now), 0
        drafts.take_away(conn, entry)
    done = update(schema.undo).where(schema.undo.c.id == entry).values(undone=int(back))
    conn.execute(done)
    return Undone(verb=verb, items=tuple(goal), writes=writes, gone=gone)


def _follow(current: Place, left: Place, right: Place) -> Place | None:
    """Go from `left` to `right` in those parts where they differ and `left` still stands; None
    where there is no such part.
    """
    values: dict[str, Any] = {}
    for part in _PARTS:
        was, now, goal = (
            [getattr(one, name) for name in part] for one in (left, current, right)
        )  # fmt: skip
        if was != goal and now == was:
            values |= dict(zip(part, goal, strict=True))
    return replace(current, **values) if values else None


def _came_there(conn: Connection, entry: int, goal: Mapping[int, Place]) -> dict[int, int]:
    """Say when items came to the lanes that they go back to, as what was decided before tells."""
    x, u = schema.undo_item.c, schema.undo.c
    moves = (
        select(x.item_id, x.lane_after, u.at)
        .join_from(schema.undo_item, schema.undo, u.id == x.undo_id)
        .where(x.undo_id < entry, u.undone == 0, x.lane_before != x.lane_after)
        .order_by(x.undo_id)
    )
    last = {row.item_id: row for row in among(conn, moves, x.item_id, list(goal))}
    return {one: row.at for one, row in last.items() if row.lane_after == goal[one].lane}


def _matters(before: Mapping[int, Place], after: Mapping[int, Place]) -> set[int]:
    """Name the matters that somebody came into or left."""
    moved = [one for one, place in after.items() if place.matter != before[one].matter]
    named = {side[one].matter for one in moved for side in (before, after)}
    return {matter for matter in named if matter is not None}


def _put(
    conn: Connection, owners: Owners, before: Mapping[int, Place], after: Mapping[int, Place],
    now: int, *, ago: Mapping[int, int],
) -> None:  # fmt: skip
    """`ago`: since when they are in lanes that they come to now; else since `now`."""
    t, i = schema.triage, schema.item
    moved = [one for one, place in after.items() if replace(place, matter=None) != replace(
        before[one], matter=None)]  # fmt: skip
    linked = [one for one, place in after.items() if place.matter != before[one].matter]
    if linked:
        conn.execute(
            update(i).where(i.c.id == bindparam("row")).values(matter=bindparam("matter")),
            [{"row": one, "matter": after[one].matter} for one in linked],
        )
    if not moved:
        return
    since = {
        row.item_id: row.since
        for row in among(conn, select(t.c.item_id, t.c.since), t.c.item_id, moved)
    }
    conn.execute(t.delete().where(t.c.item_id == bindparam("row")), [{"row": one} for one in moved])
    insert(
        conn,
        t,
        [
            {
                "item_id": one, "client_id": owners[one], "lane": after[one].lane,
                "until": after[one].until, "wake_on_reply": after[one].wake_on_reply,
                "since": (since if after[one].lane == before[one].lane else ago).get(one, now),
                "wakes_to": after[one].wakes_to, "rank": after[one].rank,
                "minutes": after[one].minutes,
            }
            for one in moved
        ],
    )  # fmt: skip
    conn.execute(
        update(i).where(i.c.id == bindparam("row")).values(lane=bindparam("lane")),
        [{"row": one, "lane": after[one].lane} for one in moved],
    )


def _spelt(place: Place, side: str) -> dict[str, int | None]:
    return {f"{column}_{side}": getattr(place, name) for name, column in _JOURNAL.items()}


def _read(line: Any, side: str) -> Place:
    return Place(**{name: getattr(line, f"{column}_{side}") for name, column in _JOURNAL.items()})
