"""The light reader: what the screen and the command line show, from the bare driver.

Imports neither SQLAlchemy nor anything else that is slow to load, so that the first rows stand
on the screen early. What it costs follows what is shown: the order of the queue is one walk of
one index that holds all it needs, a page is one look-up by ids, and an item is a handful.
"""

from __future__ import annotations

import enum
from array import array
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from store.codes import HIDDEN, LANES, OUTGOING, maybe_ms
from store.condition import OPEN, QUEUE, SHOWN, Where
from store.paging import rows
from store.row import ClientView, Lane, Outgoing, Row, SavedView
from store.sources import open_source

if TYPE_CHECKING:
    from store.day import Day, Load
    from store.finding import Places
    from store.lexicon import Heard, Lexicon
    from store.likely import About, Clues, Near
    from store.query import Query
    from store.seen import Like, Sight
    from store.views import (
        Behind,
        ChannelView,
        FileView,
        ItemView,
        MessageHead,
        MessageView,
        OutgoingView,
    )


class Order(enum.Enum):
    """In which order a list stands."""

    URGENT = "urgent"
    """What must be acted on first."""

    PLANNED = "planned"
    """As she has planned her day; the rest after it, what is left of earlier days first."""

    CLIENT = "client"
    """Client by client, in the order of the config."""


_URGENT: Final = "item.act_by, item.id"
_ORDERS: Final = {
    Order.URGENT: ("", _URGENT),
    Order.PLANNED: (
        " LEFT JOIN triage ON triage.item_id = item.id AND triage.client_id = item.client_id",
        "coalesce(triage.rank, 1000000), coalesce(triage.since, 0) >= {begun}, " + _URGENT,
    ),
    Order.CLIENT: (
        " JOIN client ON client.id = item.client_id",
        "client.position, client.id, " + _URGENT,
    ),
}
"""What each is reckoned with, and how it is spelled."""

_NEWEST: Final = {
    False: ("", "item.updated_at DESC, item.id DESC"),
    True: (
        " JOIN client ON client.id = item.client_id",
        "client.position, client.id, item.updated_at DESC, item.id DESC",
    ),
}
_LABELLED: Final = 10_000
"""Items whose labels are offered while she types."""

_MERGES: Final = 100
"""Conversations merged into merged ones; more is a circle."""


class Reader:
    """An open database, to be looked at. Used from one thread; open another for another.

    All methods raise StoreErrors.
    """

    def __init__(self, target: str | Path) -> None:
        """Open the file or the server; see `store.sources.open_source` for what it raises."""
        self._source = open_source(target)

    def close(self) -> None:
        """Let go of the database."""
        self._source.close()

    def interrupt(self) -> None:
        """Have what is being read in another thread fail, for nobody waits for it any more.

        A server is let finish.
        """
        self._source.interrupt()

    def version(self) -> int:
        """Give a number that is another one when somebody else has committed; 7 µs on SQLite.

        Raises ReplacedError where the file was removed or replaced since it was opened.
        """
        return self._source.version()

    def ids(
        self, query: Query | None = None, *, client: str | None = None,
        limit: int | None = None, offset: int = 0, lane: Lane | None = None,
        order: Order = Order.URGENT, begun: datetime | None = None,
    ) -> array[int]:  # fmt: skip
        """List the items in the order in which they should be acted on: 8 bytes each.

        The queue (open upstream, in the inbox or planned, of a channel that is still in the
        config), unless `query` names other states; `lane`: of it only what lies in that one.
        `client` is a slug. Of a matter only the first of its items is listed: it stands for all.
        It is a snapshot: what happens later moves nothing in it. `begun`: when her day did, where
        the order is that of her plan.
        """
        scope = _scope(query)
        condition = self._condition(query, client, scope)
        if lane is not None:
            condition &= Where(f"item.lane = {LANES.index(lane)}")
        joined, by = _ORDERS[order]
        by = by.format(begun=maybe_ms(begun) or 0)
        index = self._by(scope) if not joined else ""
        return self._ids(f"item{index}{joined}", condition, by, limit, offset)

    def count(
        self, query: Query | None = None, *, client: str | None = None, lane: Lane | None = None,
        anywhere: bool = False,
    ) -> int:  # fmt: skip
        """Count what `ids` would list, or with `anywhere` what `search` would."""
        scope = SHOWN if anywhere else _scope(query)
        condition = self._condition(query, client, scope)
        if lane is not None:
            condition &= Where(f"item.lane = {LANES.index(lane)}")
        sql = f"SELECT count(*) FROM item{self._by(scope)} WHERE {condition.sql}"
        count = int(self._source.all(sql, condition.params)[0][0])
        return count - self._repeats(condition) if count else 0

    def search(
        self, query: Query | str | None, limit: int | None = None, *, client: str | None = None,
        grouped: bool = False,
    ) -> array[int]:  # fmt: skip
        """List the items that `query` finds anywhere, in every state, newest first; `grouped`:
        client by client.

        A text is words to be found; `store.query.parse` makes a question of it. Of a matter only
        the newest of its items is listed.
        """
        if isinstance(query, str):
            from store.query import plain  # noqa: PLC0415  not before the first rows

            query = plain(query)
        condition = self._condition(query, client, SHOWN)
        joined, by = _NEWEST[grouped]
        return self._ids(f"item{joined}", condition, by, limit, 0)

    def saved_views(self) -> tuple[SavedView, ...]:
        """List her own views, the oldest first."""
        found = self._source.all("SELECT name, query FROM saved_view ORDER BY id")
        return tuple(SavedView(name=name, query=query) for name, query in found)

    def labels(self, client: str | None = None) -> list[str]:
        """List the labels of one client, or of all, in what was read last: that bounds the cost."""
        own = "" if client is None else " AND client.slug = ?"
        import json  # noqa: PLC0415  not before the first rows

        found = self._source.all(
            f"SELECT item.labels FROM (SELECT id, client_id, labels FROM item WHERE {SHOWN}"
            f" ORDER BY id DESC LIMIT {_LABELLED}) AS item"
            f" JOIN client ON client.id = item.client_id WHERE item.labels IS NOT NULL{own}",
            () if client is None else (client,),
        )
        return sorted({label for (labels,) in found for label in json.loads(labels)})

    def rows(self, ids: Sequence[int]) -> list[Row | None]:
        """Read one page, in the order of `ids`, in one query; None for what is shown nowhere."""
        found = rows(self._source, ids, SHOWN)
        return [found.get(one) for one in ids]

    def item(self, item_id: int) -> ItemView | None:
        """Read an item whole; of a merged conversation, the one that it is in now."""
        from store import showing  # noqa: PLC0415  not before the first rows

        with self._source.moment():
            now = self._now(item_id)
            return None if now is None else showing.item_view(self._source, now)

    def opened(self, item_id: int) -> tuple[ItemView, tuple[MessageHead, ...]] | None:
        """Read an item as `item` does, but of its messages only that they are there."""
        from store import showing  # noqa: PLC0415  the same

        with self._source.moment():
            now = self._now(item_id)
            if now is None:
                return None
            view = showing.item_view(self._source, now, messages=False)
            return view, showing.heads(self._source, now)

    def messages(self, item_id: int, ids: Sequence[int]) -> list[MessageView]:
        """Read some messages of an item; those that it has no longer are left out."""
        from store import showing  # noqa: PLC0415  the same

        return showing.messages(self._source, item_id, ids)

    def files(self, item_id: int) -> list[FileView]:
        """List the files of an item and of its messages, the newest first."""
        from store import showing  # noqa: PLC0415  the same

        return showing.files(self._source, item_id)

    def about(self, item_id: int) -> About | None:
        """Read of an open item what tells what else may be the same thing."""
        from store import likely  # noqa: PLC0415 - after the first paint

        return likely.about(self._source, item_id)

    def near(self, item: About, clues: Clues) -> list[Near]:
        """Give the open items of the same client to which `clues` lead."""
        from store import likely  # noqa: PLC0415 - after the first paint

        return likely.near(self._source, item, clues)

    def clients(self, *, counted: bool = True) -> list[ClientView]:
        """List the clients of the config, in its order, with how much of each needs her; not
        `counted`: of none anything, for who only wants their names.
        """
        # Left alone, SQLite sorts the order of the queue by client.
        by = " INDEXED BY item_queue_client" if self._source.sqlite else ""
        sql = (
            f"SELECT item.client_id, count(*) FROM item{by} WHERE {self._queue().sql}"
            " GROUP BY item.client_id"
        )
        inbox = dict(self._source.all(sql)) if counted else {}
        return [
            ClientView(slug=slug, name=name, color=color, inbox=inbox.get(client_id, 0))
            for client_id, slug, name, color in self._source.all(
                "SELECT id, slug, name, color FROM client WHERE active = 1 ORDER BY position, id"
            )
        ]

    def channels(self) -> list[ChannelView]:
        """List the channels of the config, in its order, and how fresh each is."""
        from store import showing  # noqa: PLC0415  the same

        return showing.channels(self._source)

    def outgoing(self, *, ended: bool, limit: int) -> tuple[OutgoingView, ...]:
        """List what goes out to the clients' tools, newest first: with `ended` all of it, else what
        has not come to its end, what waits for her word before the rest.
        """
        from store.outgoing import outgoing  # noqa: PLC0415  the same

        which = f"outbox.id > 0{self._narrowing()} ORDER BY outbox.id DESC LIMIT ?"
        if not ended:
            hers = "CASE WHEN outbox.state IN (2, 6) THEN 0 ELSE 1 END"
            which = f"{OPEN}{self._narrowing()} ORDER BY {hers}, outbox.id DESC LIMIT ?"
        return outgoing(self._source, which, (limit,))

    def behind(self, write_id: int) -> Behind:
        """Say what changed of a write's item since she decided, and how it was tried."""
        from store.outgoing import behind  # noqa: PLC0415  the same

        return behind(self._source, write_id)

    def unsent(self) -> dict[Outgoing, int]:
        """Count what goes out to the clients' tools and has not come to its end."""
        which = f"{OPEN}{self._narrowing()}"
        sql = f"SELECT state, count(*) FROM outbox WHERE {which} GROUP BY state"
        return {OUTGOING[state]: count for state, count in self._source.all(sql)}

    def load(self, ids: Sequence[int], begun: datetime) -> Load:
        """Say how much her plan of these items is, and what of it she did since her day began."""
        from store import day  # noqa: PLC0415  not before the first rows

        return day.load(self._source, ids, begun)

    def day(self, ids: Sequence[int], begun: datetime, tomorrow: datetime) -> Day:
        """Say what she did since her day began, what waits, and what the plan of tomorrow, which
        ends then, holds beside what is left of that of today.
        """
        from store import day  # noqa: PLC0415  not before the first rows

        with self._source.moment():
            return day.day(self._source, ids, begun, tomorrow)

    def lexicon(self) -> Lexicon:
        """Give what is known of all clients by name, to compare a draft with."""
        from store import lexicon as names  # noqa: PLC0415  not before the first rows

        with self._source.moment():
            return names.lexicon(self._source)

    def heard(self, words: str) -> Heard:
        """Say with which clients words in a row were said."""
        from store import lexicon as names  # noqa: PLC0415  the same

        return names.heard(self._source, words)

    def many(self, word: str) -> bool:
        """Tell whether a word stands nearly everywhere."""
        from store import lexicon as names  # noqa: PLC0415  the same

        return names.many(self._source, word)

    def said(self, client_id: int, words: str) -> tuple[list[str], bool]:
        """Give what holds them of all that was said with one client; True: there is more."""
        from store import lexicon as names  # noqa: PLC0415  the same

        return names.said(self._source, client_id, words)

    def seen(self, sha256s: Sequence[str]) -> list[Sight]:
        """Say with which clients files of these contents were seen, the first one first."""
        from store import seen  # noqa: PLC0415  the same

        return seen.files_of(self._source, sha256s)

    def named(self, files: Sequence[str]) -> list[Like]:
        """Give the files of all clients that are called so."""
        from store import seen  # noqa: PLC0415  the same

        return seen.named(self._source, files)

    def _now(self, item_id: int) -> int | None:
        """Follow a merged conversation to the one that it is in now; None: it is not shown."""
        for _ in range(_MERGES):
            found = self._source.all("SELECT merged_into, state FROM item WHERE id = ?", (item_id,))
            if not found or (found[0][0] is None and found[0][1] == HIDDEN):
                return None
            if found[0][0] is None:
                return item_id
            item_id = int(found[0][0])
        return None

    def _narrowing(self) -> str:
        """Spell what else must hold of a write that is looked at, after the rest."""
        return ""

    def _by(self, scope: str) -> str:
        # Left alone, SQLite takes another index for some filters and sorts all that it finds.
        return " INDEXED BY item_queue" if self._source.sqlite and scope == QUEUE else ""

    def _condition(self, query: Query | None, client: str | None, scope: str) -> Where:
        """Spell a question, with where it looks, and whose items at most it may find."""
        condition = self._queue() if scope == QUEUE else Where(scope)
        node = None if query is None else query.node
        if node is None and client is None:
            return condition
        from store.finding import where  # noqa: PLC0415  the same

        places = self._places()
        if client is not None:
            own = [str(i) for i, slug, _ in places.clients if slug == client]
            condition &= Where(f"item.client_id IN ({', '.join(own) or 'NULL'})")
        if node is not None:
            condition &= where(node, places, sqlite=self._source.sqlite)
        return condition

    def _queue(self) -> Where:
        """Spell the queue. What came by a channel that the config no longer has is not in it:
        nobody keeps it fresh, and by another name it may be there a second time.
        """
        condition = Where(QUEUE)
        left = [str(i) for (i,) in self._source.all("SELECT id FROM channel WHERE active = 0")]
        if left:
            condition &= Where(f"item.channel_id NOT IN ({', '.join(left)})")
        return condition

    def _places(self) -> Places:
        from store import finding  # noqa: PLC0415  not before the first rows

        clients = self._source.all("SELECT id, slug, name FROM client")
        channels = self._source.all("SELECT id, slug, kind FROM channel")
        return finding.Places(tuple(clients), tuple(channels))

    def _ids(
        self, table: str, condition: Where, order: str, limit: int | None, offset: int
    ) -> array[int]:
        linked = dict(self._source.all(f"SELECT item.id, item.matter {self._linked()}"))
        sql = f"SELECT item.id FROM {table} WHERE {condition.sql} ORDER BY {order}"
        filled: list[Any] = list(condition.params)
        if limit is not None:
            sql, filled = f"{sql} LIMIT ?", [*filled, limit + offset + len(linked)]
        ids = self._source.numbers(sql, filled)
        if linked:
            ids = _without_repeats(ids, linked)
        return ids[offset:] if limit is None else ids[offset : offset + limit]

    def _repeats(self, condition: Where) -> int:
        """Count the items for which another of their matter stands already."""
        if not self._source.all(f"SELECT 1 {self._linked()} LIMIT 1"):
            return 0
        sql = f"SELECT item.matter {self._linked()} AND {condition.sql}"
        found = self._source.all(sql, condition.params)
        return len(found) - len(set(found))

    def _linked(self) -> str:
        by = " INDEXED BY item_matter" if self._source.sqlite else ""
        return f"FROM item{by} WHERE item.matter IS NOT NULL"


def _without_repeats(ids: array[int], linked: Mapping[int, int]) -> array[int]:
    """Leave of each matter the first of its items."""
    stands: set[int] = set()
    left = array("q")
    for one in ids:
        matter = linked.get(one)
        if matter is None or matter not in stands:
            left.append(one)
        if matter is not None:
            stands.add(matter)
    return left


def _scope(query: Query | None) -> str:
    """Say where a question looks. The queue as a whole is asked for before the first rows."""
    if query is None:
        return QUEUE
    from store.finding import within  # noqa: PLC0415  the same

    return within(query)
