"""The lines of an item, of which only those are drawn that came into view."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple, overload

from normalizer.text import fold
from store.reader import Reader
from store.views import MessageView
from tui import item as drawing
from tui.lines import Line, faint
from tui.plan import Messages, Piece, Pieces

BATCH = 8
"""Messages that are read at once while a screen is being filled."""


class Drawn(NamedTuple):
    """A piece as it was drawn, and the web addresses in it."""

    lines: Sequence[Line]
    links: Sequence[str]


class Place(NamedTuple):
    """A line of an item, however much of it is drawn."""

    piece: int
    line: int


class Roll(Sequence[Line]):
    """All lines of an item. What is not drawn yet is empty, and as long as was guessed."""

    def __init__(self, number: int, plan: Pieces, known: Mapping[Hashable, int]) -> None:
        """`number` is the item's, `known` how long pieces were when they were drawn before."""
        self.number, self.plan = number, plan
        self._drawn: dict[int, Drawn] = {}
        self._heights = [known.get(key, guess) for key, guess in plan.measured()]
        self._tops: list[int] = []

    def __len__(self) -> int:
        """All of them, as far as is known."""
        return self._ends()[-1]

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | Sequence[Line]:
        """One line; nothing, where it is not drawn yet."""
        if isinstance(index, slice):
            return [self[y] for y in range(*index.indices(len(self)))]
        piece, line = self.place(index)
        drawn = self._drawn.get(piece)
        return drawn.lines[line] if drawn is not None and line < len(drawn.lines) else ()

    @property
    def known(self) -> dict[Hashable, int]:
        """How long each piece is, or is taken to be."""
        return dict(zip((key for key, _guess in self.plan.measured()), self._heights, strict=True))

    @property
    def start(self) -> Place:
        """Where she begins to read."""
        return Place(self.plan.start, int(self.plan[self.plan.start].lead))

    def found(self, key: Hashable, line: int) -> Place | None:
        """Say where a piece is now that was called so, and a line of it."""
        for number, (known, _guess) in enumerate(self.plan.measured()):
            if known == key:
                return Place(number, line)
        return None

    def place(self, y: int) -> Place:
        """Say what stands in a line."""
        ends = self._ends()
        piece = min(bisect_right(ends, max(0, y)), len(ends) - 1)
        return Place(piece, y - self.top(piece))

    def top(self, piece: int) -> int:
        """Say at which line a piece begins."""
        return self._ends()[piece] - self._heights[piece]

    def line(self, place: Place) -> int:
        """Say at which line a place is now."""
        return self.top(place.piece) + max(0, min(place.line, self._heights[place.piece] - 1))

    def drawn(self, piece: int) -> Drawn | None:
        """Give a piece, if it is drawn."""
        return self._drawn.get(piece)

    def between(self, top: int, bottom: int) -> range:
        """Name the pieces that touch the lines from `top` on, before `bottom`."""
        return range(self.place(max(0, top)).piece, self.place(bottom - 1).piece + 1)

    def missing(self, top: int, bottom: int) -> list[int]:
        """Name those of them that are not drawn yet."""
        return [piece for piece in self.between(top, bottom) if piece not in self._drawn]

    def take(self, drawn: Mapping[int, Drawn]) -> None:
        """Take pieces that were drawn."""
        self._drawn.update(drawn)
        for piece, one in drawn.items():
            self._heights[piece] = len(one.lines)
        self._tops = []

    def _ends(self) -> list[int]:
        self._tops = self._tops or list(accumulate(self._heights))
        return self._tops


def draw(
    pieces: Iterable[Piece], messages: Messages, *, dim: bool = False
) -> list[Drawn]:  # fmt: skip
    """Draw pieces whose messages were read. `dim`: they stand behind others."""
    found = []
    for piece in pieces:
        lines = piece.lines(messages)
        one = None if piece.message is None else messages.get(piece.message)
        links = [] if one is None else drawing.addresses(one.text)
        found.append(Drawn(faint(lines) if dim else lines, links))
    return found


def read(reader: Reader, number: int, pieces: Iterable[Piece]) -> Messages:
    """Read the messages of pieces, of the item `number` where they say of no other."""
    wanted: dict[int, list[int]] = {}
    for piece in pieces:
        if piece.message is not None:
            wanted.setdefault(piece.item or number, []).append(piece.message)
    found = (reader.messages(item, ids) for item, ids in wanted.items())
    return {one.id: one for those in found for one in those}


def fill(
    reader: Reader, roll: Roll, at: Place, height: int, messages: dict[int, MessageView], *,
    dim: bool = False,
) -> None:  # fmt: skip
    """Draw what is in view where `at` is the first line: no more than fits there, and all of it.

    `messages` are those that were read already.
    """
    pieces = roll.plan
    lines = -at.line
    for step, numbers in (
        (1, range(at.piece, len(pieces))), (-1, range(at.piece - 1, -1, -1)),
    ):  # fmt: skip
        for number in numbers:
            if lines >= height:
                return
            piece = pieces[number]
            if piece.message is not None and piece.message not in messages:
                ahead = pieces[number : number + BATCH] if step > 0 else (
                    pieces[max(0, number - BATCH + 1) : number + 1]
                )  # fmt: skip
                messages.update(read(reader, roll.number, ahead))
            (drawn,) = draw([piece], messages, dim=dim)
            roll.take({number: drawn})
            lines += len(drawn.lines)


def search(
    reader: Reader, item_id: int, pieces: Sequence[Piece], word: str, *, dim: bool = False
) -> tuple[int, Drawn] | None:
    """Find the first of some pieces that has a folded word in a line, and draw it."""
    messages = read(reader, item_id, pieces)
    for number, piece in enumerate(pieces):
        if piece.holds(messages, word):
            (drawn,) = draw([piece], messages, dim=dim)
            if any(holds(line, word) for line in drawn.lines):
                return number, drawn
    return None


def holds(line: Line, word: str) -> bool:
    """Tell whether a folded word stands in a line."""
    return word in fold("".join(span.text for span in line))
