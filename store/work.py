"""What one transaction of an intake knows and has touched so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, and_, select
from sqlalchemy.sql import ColumnElement

from normalizer.model import SHARED, Kind, Ref
from store import schema
from store.codes import HIDDEN, KINDS
from store.directory import ChannelKey
from store.people import People
from store.search import Doc
from store.sql import by_ref, insert, next_ids

Name = tuple[str, str]
"""Stream and external id."""


def name_of(ref: Ref) -> Name:
    """Give the name of a ref: compared faster than the ref itself."""
    return (ref.stream, ref.external_id)


@dataclass(slots=True)
class Work:
    """A batch on its way into the tables."""

    conn: Connection
    key: ChannelKey
    identities: frozenset[str]
    now: int
    quiet: bool
    """Put through again, not news: no change rows, nothing wakes up."""

    people: People
    items: dict[Name, int] = field(default_factory=dict)
    """The items the batch speaks of, by ref; merged ones lead to the one they are in now."""

    messages: dict[Name, Any] = field(default_factory=dict)
    """The rows of messages of the batch that are kept already, by ref."""

    touched: set[int] = field(default_factory=set)
    """Items whose derived columns must be reckoned again."""

    came_in: dict[int, int] = field(default_factory=dict)
    """Messages from outside that are new here, and when each came, in milliseconds."""

    went_out: set[int] = field(default_factory=set)
    """Messages of hers that are new here."""

    written: dict[int, tuple[int, str, str]] = field(default_factory=dict)
    """What the messages written by this batch say: author, subject, text."""

    merged: dict[int, int] = field(default_factory=dict)
    """Items that this batch has merged, and into which."""

    told: set[int] = field(default_factory=set)
    """Items of which the tool itself tells in this batch."""

    introduced: set[int] = field(default_factory=set)
    """Items that the tool itself describes for the first time."""

    noticed: list[dict[str, Any]] = field(default_factory=list)
    """Rows for the changes that we see between two readings."""

    reported: list[dict[str, Any]] = field(default_factory=list)
    """Rows for the changes that the tool reports, and that are new here."""

    docs: list[Doc] = field(default_factory=list)

    @property
    def owner(self) -> dict[str, int]:
        """The columns that say whose a row is."""
        return {"client_id": self.key.client_id, "channel_id": self.key.channel_id}

    def root(self, item_id: int) -> int:
        """Give the item that an item is in now, after what this batch has merged."""
        while (into := self.merged.get(item_id)) is not None:
            item_id = into
        return item_id

    def scope(self, stream: str) -> int:
        """Give the number of the place in which ids of a stream mean something: 0 is the client."""
        return 0 if stream in SHARED else self.key.channel_id

    def among(self, table: Table) -> Callable[[str], ColumnElement[bool]]:
        """Give the condition for the rows of `table` that a stream's ids may name."""
        mine = table.c.client_id == self.key.client_id
        return lambda stream: and_(mine, table.c.scope == self.scope(stream))

    def load_items(self, names: Iterable[Name]) -> None:
        """Look items up by ref."""
        i = schema.item.c
        query = select(i.id, i.stream, i.external_id, i.merged_into)
        wanted = [name for name in dict.fromkeys(names) if name not in self.items]
        for row in by_ref(self.conn, query, schema.item, self.among(schema.item), wanted):
            self.items[row.stream, row.external_id] = row.merged_into or row.id

    def make_items(self, names: Iterable[Name]) -> None:
        """Make the items of which nothing but the name is known, hidden till there is more."""
        fresh = [name for name in dict.fromkeys(names) if name not in self.items]
        ids = next_ids(self.conn, schema.item, len(fresh))
        self.items.update(zip(fresh, ids, strict=True))
        self.touched.update(ids)
        insert(
            self.conn,
            schema.item,
            [
                {
                    "id": item_id, **self.owner, "scope": self.scope(stream), "stream": stream,
                    "external_id": external_id,
                    "kind": KINDS.index(Kind.CONVERSATION), "described": 0, "title": "",
                    "container": "", "created_at": self.now, "updated_at": self.now,
                    "state": HIDDEN, "snippet": "", "unread": 0, "attachments": 0,
                    "automatic": 0, "turn": 0, "act_by": self.now,
                }
                for item_id, (stream, external_id) in zip(ids, fresh, strict=True)
            ],
        )  # fmt: skip
