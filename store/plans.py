"""Her plan of a day: in which order, and how long each thing takes. Her decisions, with undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from store import decisions
from store.codes import ms
from store.database import Database
from store.decisions import Place


def order(db: Database, item_ids: Sequence[int], *, now: datetime) -> tuple[int, ...]:
    """Plan items in this order; return those whose place in it is another one now."""
    ranks = {item_id: number for number, item_id in enumerate(item_ids, 1)}
    return _set(db, item_ids, lambda item_id, place: replace(place, rank=ranks[item_id]), "order",
                now)  # fmt: skip


def estimate(
    db: Database, item_ids: Sequence[int], minutes: int | None, *, now: datetime
) -> tuple[int, ...]:
    """Note how long items take, None for nobody knows; return those for which it is news."""
    return _set(db, item_ids, lambda _item, place: replace(place, minutes=minutes), "estimate", now)


def _set(
    db: Database, item_ids: Sequence[int], change: Callable[[int, Place], Place], verb: str,
    now: datetime,
) -> tuple[int, ...]:  # fmt: skip
    with db.write(durable=True) as conn:
        owners = decisions.roots(conn, item_ids)
        before = decisions.places(conn, owners)
        moved = {
            item_id: client
            for item_id, client in owners.items()
            if change(item_id, before[item_id]) != before[item_id]
        }
        decisions.decide(conn, moved, change, verb, ms(now), hers=True)
        if moved:
            decisions.forget_undone(conn)
        return tuple(moved)
