"""A matter on the screen: what is linked, shown as one and read in one column."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

from store.views import ItemView, MessageHead, MessageView, Row
from tui import item as drawing
from tui import likely, today, words
from tui import plan as parting
from tui.actions import QUEUE
from tui.lines import Line, Span, Tone, fit, spread, wrap
from tui.plan import Piece, Pieces
from tui.rows import Look

if TYPE_CHECKING:
    from store.narrowed import Narrowed, Newest
    from store.reader import Reader
    from tui.board import Board

Seen: TypeAlias = Mapping[int, tuple[int, int] | None]
"""How far she had looked at items, by their ids."""


def beneath(board: Board, width: int) -> list[Line]:
    """What stands under the list; the load of the day takes the place of the rule."""
    hint = likely.hint(board.hints.of(board.queue.here), board.keys.name("join", QUEUE))
    lines = peek(board.queue.row, board.app.look(), width, hint)
    return lines[1:] if today.line(board, width) else lines


def peek(row: Row | None, look: Look, width: int, hint: Line) -> list[Line]:
    """The few lines under the list: of a matter each of its items, else what was said last, and
    what is likely the same thing.
    """
    lines = drawing.peek(row, look, width)
    if row is not None and row.others:
        said = wrap(row.latest.snippet, min(width - 2, drawing.WIDEST))[:1]
        lines[3] = (Span(f" {said[0]}" if said else ""),)
        names = [f"{words.letter(one.channel_kind)} {one.title}" for one in row.others]
        lines[4] = (Span(" + " + fit(" · ".join(names), width - 4).rstrip(), Tone.DIM),)
    elif row is not None and hint:
        lines[4] = (Span(" "), *hint)
    return lines


def opened(
    reader: Reader, item: ItemView
) -> list[tuple[ItemView, Sequence[MessageHead]]]:  # fmt: skip
    """Read what an item is linked with, without the messages. Raises StoreError."""
    found = [reader.opened(one.id) for one in item.row.others]
    return [one for one in found if one is not None]


def newest(number: int, reader: Narrowed) -> dict[int, Newest]:
    """Say what is the newest of an item, and of each that it is linked with. Raises StoreError."""
    (row,) = reader.rows([number])
    members = [number] if row is None else [one.id for one in row.members]
    return {one: reader.newest(one) for one in members}


def plan(
    every: Sequence[tuple[ItemView, Sequence[MessageHead]]], look: Look, width: int, *,
    unfolded: bool, newest: bool, links: Sequence[str], seen: Seen,
) -> Pieces:  # fmt: skip
    """Part an item, and after it what it is linked with. She begins with the first item in which
    something is unread, else with what was said last; with `newest` in the item itself.

    `links` stand at the end. `seen`: how far she had looked at each, where not as it says itself.
    """
    plans = []
    for number, (item, heads) in enumerate(every, 1):
        known = seen.get(item.row.id, item.seen)
        plans.append(
            parting.plan(
                item, heads, look, width, unfolded=unfolded, newest=newest,
                links=links if number == len(every) else (), seen=known[1] if known else None,
            )
        )  # fmt: skip
    if len(plans) == 1:
        return plans[0]
    unread = [n for n, (_, heads) in enumerate(every) if any(one.unread for one in heads)]
    latest = max(range(len(every)), key=lambda n: every[n][0].row.updated_at)
    begins = 0 if newest else unread[0] if unread else latest
    return Matter([item.row for item, _ in every], plans, begins, look, width)


class Matter(Pieces):
    """The pieces of several items, with a heading above each but the first."""

    def __init__(
        self, rows: Sequence[Row], plans: Sequence[Pieces], begins: int, look: Look, width: int
    ) -> None:
        parts: list[Sequence[Piece]] = []
        for row, its in zip(rows, plans, strict=True):
            lines = heading(row, look, width) if parts else []
            above = [_fixed(row.id, lines)] if parts else []
            parts += [above, its]
        self._parts = parts
        self._ids = [row.id for row in rows for _ in range(2)]
        self._ends = list(accumulate(map(len, parts)))
        self.quoted = any(one.quoted for one in plans)
        its = plans[begins]
        head = 2 * begins
        at_top = its.start == 0
        self.start = self._ends[head] + its.start - (1 if at_top and begins else 0)

    def _piece(self, part: int, at: int) -> Piece:
        found = self._parts[part][at]
        return replace(found, key=(self._ids[part], found.key))

    def measured(self) -> Iterator[tuple[Hashable, int]]:
        """Give of each piece its key and its guess: those of two items have not the same."""
        for item, part in zip(self._ids, self._parts, strict=True):
            pairs = part.measured() if isinstance(part, Pieces) else (
                (one.key, one.guess) for one in part
            )  # fmt: skip
            for key, guess in pairs:
                yield (item, key), guess


def _fixed(item: int, lines: Sequence[Line]) -> Piece:
    return Piece(("item", item), len(lines), lambda _read: lines)


def heading(row: Row, look: Look, width: int) -> list[Line]:
    """What begins here, in a matter: where it comes from, what it is called, and its state."""
    bar = Span("━" * min(width - 2, drawing.WIDEST), Tone.DIM)
    parts = [words.kind(row.channel_kind), words.container(row.container)]
    told = " · ".join(fit(part, 40).rstrip() for part in parts if part)
    about = (Span(f" {told}", Tone.DIM),)
    title = (Span(" " + fit(row.title, width - 2).rstrip(), Tone.STRONG),)
    return [(Span(" "), bar), spread(about, drawing.state_words(row, look), width - 1), title, ()]


def links(
    items: Sequence[ItemView], messages: Mapping[int, Sequence[MessageView]]
) -> list[str]:  # fmt: skip
    """The addresses that a matter names: those of its items first."""
    own = [url for item in items for url in drawing.links(item, ())[:1] if url == item.row.url]
    named = [url for item in items for url in drawing.links(item, messages[item.row.id])]
    return list(dict.fromkeys([*own, *named]))[: drawing.MOST_LINKS]
