"""Her day: how much is planned, what she did, what waits. For the light reader.

What she did is read from the journal of her decisions, so it is what still stands of them: one
that she took back was never done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from normalizer.model import State
from store.codes import LANES, OUTGOING, STATES, at, ms
from store.condition import SHOWN
from store.paging import rows
from store.sources import Source
from store.views import Lane, Outgoing, Row

_OPEN: Final = f"item.state = {STATES.index(State.OPEN)}"
_HERS: Final = "undo.at >= ? AND undo.hers = 1 AND undo.undone = 0"
_FINISHED: Final = (Lane.DONE, Lane.ARCHIVED, Lane.WAITING)
"""Where a thing lies whose part of the day's work is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much a plan is."""

    minutes: int = 0
    """Of what she has estimated in it."""

    unestimated: int = 0
    """Items whose length nobody knows."""

    done: int = 0
    """Minutes of what was in it and she has finished since her day began."""

    carried: tuple[datetime, ...] = ()
    """Of what was planned on earlier days: when."""

    begun: bool = False
    """She has decided something since her day began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day at its end."""

    load: Load
    done: tuple[Row, ...]
    answered: tuple[Row, ...]
    """But for what is done as well."""

    archived: tuple[Row, ...]
    waiting: Mapping[str, int]
    """By client, how much lies with them."""

    drafts: tuple[Row, ...]
    """What she has begun to answer, the oldest first."""

    left: tuple[Row, ...]
    """What is still in the plan of the day, in its order."""

    tomorrow: tuple[Row, ...]
    """What is in the plan of the next one already."""


def load(source: Source, ids: Sequence[int], begun: datetime, client: str | None = None) -> Load:
    """Say how much the plan of these items is; of a `client`, a slug, alone what she did."""
    condition, among = source.among("item_id", ids)
    planned = source.all(f"SELECT minutes, since FROM triage WHERE {condition}", (among,))
    moved, finished = _decided(source, begun, client)
    condition, among = source.among("item_id", sorted(finished))
    done = source.all(f"SELECT minutes FROM triage WHERE {condition}", (among,))
    known = [minutes for minutes, _since in planned if minutes is not None]
    answers = [] if moved else _answered(source, begun, client)
    return Load(
        minutes=sum(known),
        unestimated=len(ids) - len(known),
        done=sum(minutes or 0 for (minutes,) in done),
        carried=tuple(at(since) for _minutes, since in planned if since < ms(begun)),
        begun=bool(moved or answers),
    )


def day(source: Source, ids: Sequence[int], begun: datetime, tomorrow: datetime) -> Day:
    """Say how her day went; `ids` are what is still planned, `tomorrow` when the next one ends."""
    moved, _finished = _decided(source, begun)
    done = [one for one, lane in moved.items() if lane is Lane.DONE]
    drafts = source.all("SELECT item_id FROM draft ORDER BY at, item_id")
    waiting = source.all(
        "SELECT client.slug, count(*) FROM item JOIN client ON client.id = item.client_id"
        f" WHERE item.lane = {LANES.index(Lane.WAITING)} AND {_OPEN} AND client.active = 1"
        " GROUP BY client.slug"
    )
    later = source.all(
        "SELECT item.id FROM triage JOIN item ON item.id = triage.item_id"
        " AND item.client_id = triage.client_id WHERE triage.until < ?"
        f" AND triage.lane = {LANES.index(Lane.SNOOZED)}"
        f" AND triage.wakes_to = {LANES.index(Lane.PLANNED)} AND {_OPEN}"
        " ORDER BY item.act_by, item.id",
        (ms(tomorrow),),
    )
    return Day(
        load=load(source, ids, begun),
        done=_rows(source, done),
        answered=_rows(source, [one for one in _answered(source, begun) if one not in done]),
        archived=_rows(source, [one for one, lane in moved.items() if lane is Lane.ARCHIVED]),
        waiting=dict(waiting),
        drafts=_rows(source, [one for (one,) in drafts]),
        left=_rows(source, ids),
        tomorrow=_rows(source, [one for (one,) in later]),
    )


def _decided(
    source: Source, begun: datetime, client: str | None = None
) -> tuple[dict[int, Lane], set[int]]:  # fmt: skip
    """Give where she has put things since her day began, the last time of each; and which of them
    were in her plan and are finished.
    """
    moved: dict[int, Lane] = {}
    planned: set[int] = set()
    whose, known = _whose(client)
    found: list[tuple[Any, ...]] = source.all(
        "SELECT coalesce(item.merged_into, item.id), undo_item.lane_before, undo_item.lane_after"
        " FROM undo JOIN undo_item ON undo_item.undo_id = undo.id"
        " JOIN item ON item.id = undo_item.item_id AND item.client_id = undo_item.client_id"
        f" WHERE {_HERS} AND undo_item.lane_before <> undo_item.lane_after{whose}"
        " ORDER BY undo.id",
        (ms(begun), *known),
    )
    for item_id, before, after in found:
        moved[item_id] = LANES[after]
        if LANES[before] is Lane.PLANNED:
            planned.add(item_id)
    return moved, {one for one in planned if moved[one] in _FINISHED}


def _answered(source: Source, begun: datetime, client: str | None = None) -> list[int]:
    """Give what she has answered from here since then."""
    never = (OUTGOING.index(Outgoing.CANCELLED), OUTGOING.index(Outgoing.REFUSED))
    whose, known = _whose(client)
    found = source.all(
        "SELECT coalesce(item.merged_into, item.id) FROM undo"
        " JOIN outbox ON outbox.undo_id = undo.id"
        " JOIN item ON item.id = outbox.item_id AND item.client_id = outbox.client_id"
        f" WHERE {_HERS} AND outbox.action IN ('comment', 'mail')"
        f" AND outbox.state NOT IN {never}{whose} ORDER BY undo.id",
        (ms(begun), *known),
    )
    return list(dict.fromkeys(one for (one,) in found))


def _whose(client: str | None) -> tuple[str, tuple[str, ...]]:
    """Spell whose an item must be, where it is asked about one client."""
    if client is None:
        return "", ()
    return " AND item.client_id IN (SELECT id FROM client WHERE slug = ?)", (client,)


def _rows(source: Source, ids: Sequence[int]) -> tuple[Row, ...]:
    """Read lines in that order, one for each matter."""
    found = rows(source, ids, SHOWN)
    each = {
        (row.matter is None, row.matter or row.id): row
        for row in (found[one] for one in reversed(ids) if one in found)
    }
    return tuple(reversed(each.values()))
