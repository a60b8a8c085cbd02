"""A question in SQL: the same for both engines but for the words and the labels. Pure.

Every query names `item` as `item`, and values are parameters; what stands in the text itself are
our own numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from normalizer.model import Kind, State
from normalizer.text import fold
from store.codes import KINDS, LANES, STATES, TURNS, due_text, maybe_ms
from store.condition import QUEUE, SHOWN, Param, Where
from store.news import CHANGED, FRESH
from store.query import Age, And, Day, Due, Match, Node, Not, Or, Query, Words
from store.search import fts5, tsquery
from store.views import Lane, Turn
from store.vocabulary import CHANNEL_KINDS

_NOTHING: Final = "1 = 0"
_IS: Final = {
    "unread": "(item.unread > 0)",
    "automatic": "(item.automatic = 1)",
    "new": f"({FRESH} > 0)",
    "linked": "(item.matter IS NOT NULL)",
}


@dataclass(frozen=True, slots=True)
class Places:
    """Who the clients are and which channels they have: what names in a question stand for."""

    clients: tuple[tuple[int, str, str], ...]
    """(id, slug, name)."""

    channels: tuple[tuple[int, str, str], ...]
    """(id, slug, kind)."""


def within(query: Query | None) -> str:
    """Say where a question looks: in the queue, unless it names other states."""
    if query is None or not query.names_state:
        return QUEUE
    queued = any(
        isinstance(part, Match) and part.field == "state" and part.value in ("inbox", "planned")
        for part in query.parts
    )
    return QUEUE if queued else SHOWN


def where(node: Node, places: Places, *, sqlite: bool) -> Where:
    """Spell `node`. It is never NULL, so that its opposite finds all the others."""
    match node:
        case Words():
            return _words([node], sqlite=sqlite)
        case Match():
            return _match(node, places, sqlite=sqlite)
        case Age():
            return _between(
                ("item.updated_at >= ?", maybe_ms(node.since)),
                ("item.updated_at < ?", maybe_ms(node.until)),
            )
        case Due():
            return _due(node, sqlite=sqlite)
        case Not():
            # NOT before IN makes SQLite look for a NULL among all that was found, for every row.
            inner = where(node.node, places, sqlite=sqlite)
            return Where(f"(CASE WHEN {inner.sql} THEN 0 ELSE 1 END) = 1", inner.params)
        case And():
            # Words side by side stand in one document: one look into the index.
            words = [part for part in node.nodes if isinstance(part, Words)]
            others = [
                where(part, places, sqlite=sqlite)
                for part in node.nodes
                if not isinstance(part, Words)
            ]
            return _joined(" AND ", [*others, *([_words(words, sqlite=sqlite)] if words else [])])
        case Or():
            return _joined(" OR ", [where(part, places, sqlite=sqlite) for part in node.nodes])


def _joined(operator: str, parts: Sequence[Where]) -> Where:
    if not parts:
        return Where(f"({_NOTHING})")
    return Where(
        f"({operator.join(part.sql for part in parts)})",
        tuple(param for part in parts for param in part.params),
    )


def _words(words: Sequence[Words], *, sqlite: bool) -> Where:
    terms = [(one.text, one.exact) for one in words]
    if sqlite:
        # CROSS JOIN: first the words, then the documents they stand in, never the other way.
        return Where(
            "((item.client_id, item.id) IN (SELECT search_doc.client_id, search_doc.item_id"
            " FROM search_word CROSS JOIN search_doc ON search_doc.id = search_word.rowid"
            " WHERE search_word MATCH ?))",
            (fts5(terms),),
        )
    return Where(
        "((item.client_id, item.id) IN (SELECT search_doc.client_id, search_doc.item_id"
        " FROM search_doc WHERE search_doc.words @@ ?::tsquery))",
        (tsquery(terms),),
    )


def _match(node: Match, places: Places, *, sqlite: bool) -> Where:
    value = node.value
    match node.field:
        case "client":
            ids = [i for i, *names in places.clients if value in map(fold, names)]
            return Where(_among("item.client_id", ids))
        case "channel":
            kind = CHANNEL_KINDS.get(value, value)
            ids = [i for i, slug, its in places.channels if value == fold(slug) or kind == its]
            return Where(_among("item.channel_id", ids))
        case "state":
            return Where(_state(value))
        case "kind":
            return Where(f"(item.kind = {KINDS.index(Kind(value))})")
        case "turn":
            return Where(f"(item.turn = {TURNS.index(Turn(value))})")
        case "has":
            return Where("(item.attachments > 0)")
        case "is":
            return Where(_IS[value])
        case "changed":
            return _changed(value)
        case "label":
            return _label(value, sqlite=sqlite)


def _among(column: str, ids: Iterable[int]) -> str:
    listed = ", ".join(str(i) for i in ids)
    return f"({column} IN ({listed}))" if listed else f"({_NOTHING})"


def _state(value: str) -> str:
    """A word may name what the tool says, what she decided, (done, archived) both, or all."""
    if value == "any":
        return f"({SHOWN})"
    said = [STATES.index(State(value))] if value in set(State) else []
    lane = [LANES.index(Lane(value))] if value in set(Lane) else []
    if not said:
        # Of what she still means to act on, nothing that the client has closed meanwhile.
        queued = f"{QUEUE} AND " if lane[0] < 2 else f"item.state = {STATES.index(State.OPEN)} AND "
        return f"({queued}item.lane = {lane[0]})"
    either = [f"item.state = {said[0]}", *(f"item.lane = {n} AND {SHOWN}" for n in lane)]
    return f"({' OR '.join(either)})"


def _changed(value: str) -> Where:
    """What changed at the client's: at all, in one field, or (new) since she looked at it."""
    if value == "new":
        return Where(CHANGED)
    return Where(
        '(item.id IN (SELECT "change".item_id FROM "change" WHERE "change".field = ?))', (value,)
    )


def _label(value: str, *, sqlite: bool) -> Where:
    if sqlite:
        return Where(
            "(EXISTS (SELECT 1 FROM json_each(item.labels) AS label WHERE fold(label.value) = ?))",
            (value,),
        )
    return Where(
        "(EXISTS (SELECT 1 FROM json_array_elements_text(item.labels::json) AS label(value)"
        " WHERE lower(regexp_replace(normalize(label.value, NFKD), '[\u0300-\u036f]', '', 'g'))"
        " = ?))",
        (value,),
    )


def _between(*edges: tuple[str, Param | None]) -> Where:
    given = [(sql, param) for sql, param in edges if param is not None]
    return Where(f"({' AND '.join(sql for sql, _ in given)})", tuple(param for _, param in given))


def _due(node: Due, *, sqlite: bool) -> Where:
    """A date is compared as a date, an instant as an instant."""
    column = "item.due" if sqlite else 'item.due COLLATE "C"'
    edges: list[tuple[str, Day]] = []
    if node.since is not None:
        edges.append((">=", node.since))
    if node.until is not None:
        edges.append(("<", node.until))
    dates = " AND ".join(f"{column} {sign} ?" for sign, _ in edges)
    params = (
        *(str(due_text(day.date)) for _, day in edges),
        *(str(due_text(day.starts)) for _, day in edges),
    )
    return Where(
        f"(item.due IS NOT NULL AND CASE length(item.due) WHEN 10 THEN {dates} ELSE {dates} END)",
        params,
    )
