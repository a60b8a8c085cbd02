"""The light reader of the screen, which can be kept to one client: then nobody else is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from normalizer.model import Kind
from store.codes import AUTOMATIC, GONE, KINDS, NOTICE, OUT, TURNS, ms
from store.condition import QUEUE, Where
from store.reader import Reader
from store.views import (
    ChannelView,
    ClientView,
    FileView,
    ItemView,
    MessageHead,
    MessageView,
    OutgoingView,
    Row,
    SavedView,
    Turn,
)  # fmt: skip

if TYPE_CHECKING:
    from store.day import Day, Load
    from store.finding import Places
    from store.likely import About
    from store.query import Query

Newest = tuple[int, int]
"""A message and a change, or a message and an item."""

_BY_PEOPLE: Final = (
    f"item.id IN (SELECT message.item_id FROM message WHERE message.id > ?"
    f" AND message.flags & {AUTOMATIC | GONE | NOTICE | OUT} = 0 AND message.sent_at >= ?)"
)
_NEW_TASK: Final = (
    f"(item.id > ? AND item.kind = {KINDS.index(Kind.TASK)} AND item.created_at >= ?)"
)


class Narrowed(Reader):
    """A reader that finds nothing of any client but `only`, whatever it is asked for.

    What compares a draft with everybody else's (`lexicon`, `heard`, `said`, `seen`, `named`,
    `many`) still does: it keeps clients apart, and whoever shows what it found names nobody.
    """

    only: str | None = None
    """A client's slug; None: all of them."""

    def rows(self, ids: Sequence[int]) -> list[Row | None]:
        """Read one page; None for what is shown nowhere."""
        return [row if row and self._shows(row.client) else None for row in super().rows(ids)]

    def item(self, item_id: int) -> ItemView | None:
        """Read an item whole."""
        item = super().item(item_id)
        return item if item and self._shows(item.row.client) else None

    def opened(self, item_id: int) -> tuple[ItemView, tuple[MessageHead, ...]] | None:
        """Read an item, but of its messages only that they are there."""
        found = super().opened(item_id)
        return found if found and self._shows(found[0].row.client) else None

    def messages(self, item_id: int, ids: Sequence[int]) -> list[MessageView]:
        """Read some messages of an item."""
        return super().messages(item_id, ids) if self._is_there(item_id) else []

    def files(self, item_id: int) -> list[FileView]:
        """List the files of an item."""
        return super().files(item_id) if self._is_there(item_id) else []

    def about(self, item_id: int) -> About | None:
        """Read of an item what tells what else may be the same thing."""
        return super().about(item_id) if self._is_there(item_id) else None

    def labels(self, client: str | None = None) -> list[str]:
        """List the labels of one client."""
        return super().labels(self.only or client)

    def load(self, ids: Sequence[int], begun: datetime) -> Load:
        """Say how much her plan of these items is."""
        from store import day  # noqa: PLC0415 - not before the first rows

        return day.load(self._source, ids, begun, self.only)

    def day(self, ids: Sequence[int], begun: datetime, tomorrow: datetime) -> Day:
        """Say what she did in her day, and what waits."""
        found = super().day(ids, begun, tomorrow)

        def hers(rows: tuple[Row, ...]) -> tuple[Row, ...]:
            return tuple(row for row in rows if self._shows(row.client))

        return replace(
            found, load=self.load(ids, begun), done=hers(found.done), answered=hers(found.answered),
            archived=hers(found.archived), drafts=hers(found.drafts), left=hers(found.left),
            tomorrow=hers(found.tomorrow),
            waiting={one: n for one, n in found.waiting.items() if self._shows(one)},
        )  # fmt: skip

    def saved_views(self) -> tuple[SavedView, ...]:
        """List her own views; none with one client, for their names may be of others."""
        return super().saved_views() if self.only is None else ()

    def clients(self, *, counted: bool = True) -> list[ClientView]:
        """List the clients."""
        return [one for one in super().clients(counted=counted) if self._shows(one.slug)]

    def channels(self) -> list[ChannelView]:
        """List the channels."""
        return [one for one in super().channels() if self._shows(one.client)]

    def outgoing(self, *, ended: bool, limit: int) -> tuple[OutgoingView, ...]:
        """List what goes out."""
        found = super().outgoing(ended=ended, limit=limit)
        return tuple(one for one in found if self._shows(one.client))

    def newest(self, item_id: int) -> Newest:
        """Give the newest message and the newest change of an item; 0 where there is none."""
        sql = (
            "SELECT coalesce((SELECT max(id) FROM message WHERE item_id = ?), 0),"
            ' coalesce((SELECT max(id) FROM "change" WHERE item_id = ?), 0)'
        )
        message, change = self._source.all(sql, (item_id, item_id))[0]
        return message, change

    def latest(self) -> Newest:
        """Give the last message and the last item that came in, of anybody."""
        sql = (
            "SELECT coalesce((SELECT max(id) FROM message), 0),"
            " coalesce((SELECT max(id) FROM item), 0)"
        )
        message, item = self._source.all(sql)[0]
        return message, item

    def arrived(self, after: Newest, since: datetime) -> Mapping[str, int]:
        """Count by client what lies in the queue for her to act on, in which people wrote, or
        which they made, `since` then, and which came in `after` that.
        """
        message, item = after
        sql = (
            "SELECT client.slug, count(*) FROM item JOIN client ON client.id = item.client_id"
            f" WHERE {QUEUE} AND item.turn = {TURNS.index(Turn.ME)}"
            f" AND ({_BY_PEOPLE} OR {_NEW_TASK}) GROUP BY client.slug"
        )
        found = self._source.all(sql, (message, ms(since), item, ms(since)))
        return {slug: count for slug, count in found if self._shows(slug)}

    def _is_there(self, item_id: int) -> bool:
        return self.only is None or self.rows([item_id]) != [None]

    def _shows(self, client: str) -> bool:
        return self.only in (None, client)

    def _condition(self, query: Query | None, client: str | None, scope: str) -> Where:
        return super()._condition(query, self.only or client, scope)

    def _narrowing(self) -> str:
        if self.only is None:
            return ""
        own = [str(i) for i, slug, _ in self._places().clients if slug == self.only]
        return f" AND outbox.client_id IN ({', '.join(own) or 'NULL'})"

    def _places(self) -> Places:
        places = super()._places()
        if self.only is None:
            return places
        return replace(places, clients=tuple(one for one in places.clients if self._shows(one[1])))
