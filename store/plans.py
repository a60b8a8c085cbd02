"""Her plan of a day: in which order, and how long each thing takes. Her decisions, with undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from store import decisions
from store.codes import LANES, ms
from store.database import Database
from store.decisions import Place
from store.views import Lane

_PLANNED: Final = LANES.index(Lane.PLANNED)


def order(db: Database, item_ids: Sequence[int], *, now: datetime) -> tuple[int, ...]:
    """Put the plan into this order; return those whose place in it is another one now. What is no
    longer planned is left alone.
    """
    ranks = {item_id: number for number, item_id in enumerate(item_ids, 1)}

    def ranked(item_id: int, place: Place) -> Place:
        planned = place.lane == _PLANNED and item_id in ranks
        return replace(place, rank=ranks[item_id]) if planned else place

    return _set(db, item_ids, ranked, "order", now)


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
