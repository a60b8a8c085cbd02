"""Which lists there are: the views as tabs, her own among them, narrowed by a client and words."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from gettext import gettext as _
from typing import TYPE_CHECKING, Final, NamedTuple

from store.row import Lane, SavedView

if TYPE_CHECKING:
    from store.query import Query
    from store.reader import Reader

FOUND: Final = 2000
"""More than she would look through; she narrows the search instead."""

OPEN_LANES: Final = frozenset({Lane.INBOX, Lane.PLANNED, Lane.WAITING, Lane.SNOOZED})


class View(NamedTuple):
    """A list by a name."""

    query: str
    lanes: frozenset[Lane]
    """Whose items stay in it."""

    past: bool = False
    """Newest first, and of every state; the others are in the order in which to act."""

    tab: bool = True
    """It is among the first, and counted."""


VIEWS: Final[Mapping[str, View]] = {
    "inbox": View("", frozenset({Lane.INBOX})),
    "planned": View("state:planned", frozenset({Lane.PLANNED})),
    "waiting": View("state:waiting state:open", frozenset({Lane.WAITING})),
    "owed": View("turn:client state:open -state:archived -state:done", OPEN_LANES),
    "changed": View("changed:new", frozenset(Lane), past=True),
    "all": View("", frozenset(Lane), past=True, tab=False),
    "snoozed": View("state:snoozed state:open", frozenset({Lane.SNOOZED}), tab=False),
    "archived": View(
        "state:archived or state:done", frozenset({Lane.ARCHIVED, Lane.DONE}), past=True,
        tab=False,
    ),
}  # fmt: skip
"""In the order of the tabs; her own come after "all"."""

OWN: Final = "own:"
"""Before the name of a view of hers."""


def names(own: Sequence[SavedView]) -> list[str]:
    """All views, in the order of the tabs."""
    listed = list(VIEWS)
    at = listed.index("all") + 1
    return [*listed[:at], *(OWN + one.name for one in own), *listed[at:]]


def title(view: str) -> str:
    """A view, as its tab says it."""
    if view.startswith(OWN):
        return view.removeprefix(OWN)
    titles = {
        "inbox": _("Now"), "planned": _("Today"), "waiting": _("Waiting"), "owed": _("Owed"),
        "changed": _("Changes"), "all": _("All"), "snoozed": _("Snoozed"),
        "archived": _("Archived"),
    }  # fmt: skip
    return titles[view]


class Request(NamedTuple):
    """Which list she wants."""

    view: str = "inbox"
    client: str | None = None
    words: str = ""
    """A query that narrows the view."""

    search: str | None = None
    """A query over everything, newest first, instead of a view."""

    own: str = ""
    """The query of the view, where it is hers: `state:any` in it asks for everything."""

    grouped: bool = False
    """Client by client."""

    def ids(
        self, reader: Reader, now: datetime, zone: tzinfo, limit: int | None = None
    ) -> array[int]:
        """The list's ids, in its order. Raises StoreError."""
        from store.reader import Order  # noqa: PLC0415 - the reader is there by now

        if self.search is not None:
            if not self.search.strip():
                return array("q")
            from store.query import parse  # noqa: PLC0415 - after the first paint

            query = parse(self.search, now=now, timezone=zone)
            return reader.search(query, limit or FOUND, grouped=self.grouped)
        asked, lane = self._asked(now, zone)
        if self._newest:
            return reader.search(asked, limit, client=self.client, grouped=self.grouped)
        if self.view == "planned" and not self.grouped:
            from triage.today import begins  # noqa: PLC0415 - after the first paint

            return reader.ids(
                asked, client=self.client, limit=limit, order=Order.PLANNED, begun=begins(now, zone)
            )
        return reader.ids(
            asked, client=self.client, limit=limit, lane=lane,
            order=Order.CLIENT if self.grouped else Order.URGENT,
        )  # fmt: skip

    def total(self, reader: Reader, now: datetime, zone: tzinfo) -> int:
        """How many there are. Raises StoreError."""
        query, lane = self._asked(now, zone)
        return reader.count(query, client=self.client, lane=lane, anywhere=self._newest)

    def keeps(self, lane: Lane) -> bool:
        """Whether an item put there stays in this list."""
        if self.search is not None:
            return True
        if self.view in VIEWS:
            return lane in VIEWS[self.view].lanes
        lanes = [Lane(value) for value in self._states if value in set(Lane)]
        if lanes:
            return lane in lanes
        query = self._parsed(self.own)
        return lane in (Lane.INBOX, Lane.PLANNED) or (query is not None and query.names_state)

    def sought(self) -> tuple[str, ...]:
        """The words that it looks for: they stand out in the rows."""
        text = self.words if self.search is None else self.search
        query = self._parsed(text) if text.strip() else None
        return tuple(dict.fromkeys(query.words)) if query else ()

    def written(self) -> str:
        """It as one question, to be kept by a name. Raises QueryError."""
        text = self.words if self.search is None else self.search
        base = VIEWS[self.view].query if self.view in VIEWS else self.own
        # In her own language: it is shown to her, and either is understood.
        parts = [_("state:any"), text]
        if self.search is None:
            newest = self.view in VIEWS and self._newest
            where = {"inbox": _("state:inbox")}.get(self.view, _("state:any") if newest else "")
            client = _("client:{client}").format(client=self.client) if self.client else ""
            parts = [where, base, client, text]
        parts = [part.strip() for part in parts if part.strip()]
        return " ".join(_alone(part, last=part is parts[-1]) for part in parts)

    @property
    def _newest(self) -> bool:
        """Whether the newest comes first, of every state."""
        return VIEWS[self.view].past if self.view in VIEWS else "any" in self._states

    @property
    def _states(self) -> list[str]:
        """The states which all that is in a view of hers has."""
        from store.query import Match  # noqa: PLC0415 - after the first paint

        query = self._parsed(self.own)
        return [
            part.value
            for part in (query.parts if query is not None else ())
            if isinstance(part, Match) and part.field == "state"
        ]

    def _asked(self, now: datetime, zone: tzinfo) -> tuple[Query | None, Lane | None]:
        """The question, and the lane in which alone it is asked."""
        base = VIEWS[self.view].query if self.view in VIEWS else self.own
        lane = Lane.INBOX if self.view == "inbox" else None
        if not base and not self.words.strip():
            return None, lane

        from store.query import both, parse  # noqa: PLC0415 - after the first paint

        # Each alone, so that an error counts the characters that she typed.
        words = parse(self.words, now=now, timezone=zone)
        return both(parse(base, now=now, timezone=zone), words), lane

    @staticmethod
    def _parsed(text: str) -> Query | None:
        from datetime import UTC  # noqa: PLC0415 - any day does: only its fields matter

        from store.errors import QueryError  # noqa: PLC0415 - after the first paint
        from store.query import parse  # noqa: PLC0415 - after the first paint

        try:
            return parse(text, now=datetime.now(UTC), timezone=UTC)
        except QueryError:
            return None


def _alone(text: str, *, last: bool) -> str:
    """A question as one part of a longer one, or as its `last`. Raises QueryError."""
    from datetime import UTC  # noqa: PLC0415 - any day does: only its signs matter

    from normalizer.text import fold  # noqa: PLC0415 - after the first paint
    from store.query import OPERATORS, Or, parse  # noqa: PLC0415 - after the first paint
    from store.tokens import tokens  # noqa: PLC0415 - after the first paint

    node = parse(text, now=datetime.now(UTC), timezone=UTC).node
    first = next(iter(tokens(text)), None)
    joins = first is not None and first.kind == "word" and fold(first.text) in OPERATORS
    grouped = joins or (isinstance(node, Or) and bool(node.nodes))
    if grouped or not last:
        text += "".join(token.lacks for token in tokens(text))
    return f"({text})" if grouped else text


def counts(
    reader: Reader, request: Request, own: Sequence[SavedView], now: datetime, zone: tzinfo
) -> dict[str, int]:
    """How many there are in each view that is counted, of the client that is looked at.

    Raises StoreError.
    """
    from store.errors import QueryError  # noqa: PLC0415 - after the first paint

    found = {
        name: Request(view=name, client=request.client).total(reader, now, zone)
        for name, view in VIEWS.items()
        if view.tab
    }
    for one in own:
        asked = Request(view=OWN + one.name, own=one.query, client=request.client)
        try:
            found[asked.view] = asked.total(reader, now, zone)
        except QueryError:
            found[asked.view] = 0  # of another version; opening it says what is wrong
    return found
