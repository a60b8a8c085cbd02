"""What a SELECT of items is narrowed by. Light: the queue as a whole needs no language of queries.

Every query names `item` as `item`, and values are parameters; what stands in the text itself are
our own numbers.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

from store.codes import HIDDEN

Param: TypeAlias = str | int

QUEUE: Final = "item.state = 0 AND item.lane < 2"
"""What needs her: open upstream, in the inbox or planned. The words of the index `item_queue`."""

SHOWN: Final = f"item.state < {HIDDEN}"
"""All that there is."""


OPEN: Final = "(outbox.state < 4 OR outbox.state = 6)"
"""Of what goes out, what has not come to its end, as the index `outbox_open` has it."""


class Where(NamedTuple):
    """A condition on `item`, and what fills its places, in order."""

    sql: str
    params: tuple[Param, ...] = ()

    def __and__(self, other: Where) -> Where:
        return Where(f"{self.sql} AND {other.sql}", self.params + other.params)
