"""In SQL, what is new to her of an item: what came after she last looked at it here. Pure.

Each names `item` as `item` and stands alone, on both engines.
"""

from __future__ import annotations

from typing import Final

from normalizer.kinds import Kind
from store.codes import GONE, KINDS, LANES, NOTICE, OUT, UNREAD
from store.row import Lane

_TASK: Final = KINDS.index(Kind.TASK)
_OF_ITEM: Final = "looked.item_id = item.id AND looked.client_id = item.client_id"

FRESH: Final = (
    f"(CASE WHEN item.unread = 0 AND item.kind <> {_TASK} THEN 0 ELSE"
    " (SELECT count(*) FROM message LEFT JOIN looked"
    " ON looked.item_id = message.item_id AND looked.client_id = message.client_id"
    " WHERE message.item_id = item.id AND message.client_id = item.client_id"
    f" AND message.flags & {OUT | GONE} = 0 AND message.id > coalesce(looked.message, 0)"
    f" AND (message.flags & {UNREAD} <> 0 OR (item.kind = {_TASK}"
    f" AND message.flags & {NOTICE} = 0 AND looked.message IS NOT NULL))) END)"
)
"""How many messages came in that she has looked at neither here nor in the client's tool."""

# Not what she did over there herself, nor what became of a "done" of hers.
_BY_OTHERS: Final = (
    " AND NOT EXISTS (SELECT 1 FROM person AS who JOIN identity"
    ' ON identity.channel_id = "change".channel_id AND identity.handle = who.handle'
    ' WHERE who.id = "change".author)'
)
CHANGES: Final = (
    '(SELECT count(*) FROM "change" WHERE "change".item_id = item.id'
    ' AND "change".client_id = item.client_id AND "change".id >'
    f' coalesce((SELECT looked."change" FROM looked WHERE {_OF_ITEM}), 0)'
    f" AND NOT (item.lane = {LANES.index(Lane.DONE)}"
    " AND \"change\".field IN ('state', 'container'))"
    f"{_BY_OTHERS})"
)
"""How many changes others made at the client's that she has not looked at."""

# First the few items with any change that she has not seen, then what is worth telling of each.
CHANGED: Final = (
    '(item.id IN (SELECT "change".item_id FROM "change" LEFT JOIN looked'
    ' ON looked.item_id = "change".item_id WHERE "change".id > coalesce(looked."change", 0))'
    f" AND {CHANGES} > 0)"
)
"""Whether there are any."""
