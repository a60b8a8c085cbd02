"""Matters: items of ONE client that are the same thing, as she has linked them.

A matter is called by the id of its first item. It is a decision of hers like any other: it stands
in the journal, and can be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select, update

from store import decisions, schema
from store.codes import ms
from store.database import Database
from store.decisions import Place
from store.errors import StoreError


class LinkError(StoreError):
    """Those items cannot be one matter."""


def link(db: Database, item_ids: Sequence[int], *, now: datetime) -> tuple[int, ...]:
    """Make one matter of items and of all that each is linked with already; return its items, none
    where there was nothing to link. Raises LinkError where they are not of one client.
    """
    with db.write(durable=True) as conn:
        named = decisions.roots(conn, item_ids)
        if len(set(named.values())) > 1:
            raise LinkError(
                "Those are of different clients. Only what belongs to one client can be linked."
            )
        owners = decisions.whole_matters(conn, named)
        matters = {place.matter for place in decisions.places(conn, owners).values()}
        if len(owners) < 2 or (len(matters) == 1 and None not in matters):
            return ()
        matter = min(owners)
        decisions.decide(
            conn, owners, lambda _item, place: replace(place, matter=matter), "link", ms(now),
            hers=True,
        )  # fmt: skip
        decisions.forget_undone(conn)
        return tuple(owners)


def unlink(db: Database, item_ids: Sequence[int], *, now: datetime) -> tuple[int, ...]:
    """Take items out of their matter, and the last one left alone with them; return what is in no
    matter any more.
    """
    with db.write(durable=True) as conn:
        named = decisions.roots(conn, item_ids)
        owners = decisions.whole_matters(conn, named)
        matters: dict[int, list[int]] = {}
        for item_id, place in decisions.places(conn, owners).items():
            if place.matter is not None:
                matters.setdefault(place.matter, []).append(item_id)
        out: dict[int, int] = {}
        goal: dict[int, int | None] = {}
        for members in matters.values():
            left = [one for one in members if one not in named]
            gone = members if len(left) < 2 else [one for one in members if one in named]
            out |= {one: owners[one] for one in gone}
            # It is called by its first item, which may be one of those that leave.
            goal |= {one: min(left) for one in members if one not in gone}
        touched = {**out, **{one: owners[one] for one in goal}}

        def apart(item_id: int, place: Place) -> Place:
            return replace(place, matter=goal.get(item_id))

        decisions.decide(conn, touched, apart, "unlink", ms(now), hers=True)
        if touched:
            decisions.forget_undone(conn)
        return tuple(out)


def move(conn: Connection, loser: int, winner: int) -> None:
    """Let a conversation that was merged into another leave its matter to it: where both are in
    one, it is one matter from now on.
    """
    i = schema.item.c
    both = conn.execute(select(i.id, i.matter).where(i.id.in_([loser, winner])))
    matters = {row.id: row.matter for row in both}
    left, kept = matters.get(loser), matters.get(winner)
    if left is None:
        return
    here = update(schema.item).where(i.id == loser).values(matter=None)
    conn.execute(here)
    if kept is None:
        conn.execute(update(schema.item).where(i.id == winner).values(matter=left))
    elif kept != left:
        conn.execute(update(schema.item).where(i.matter == left).values(matter=kept))
    decisions.leave_no_lone(conn, [left if kept is None else kept])
