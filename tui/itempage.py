"""The page an item is read on: it draws what comes into view, and a little ahead of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.geometry import Size

from normalizer.text import fold
from store.errors import StoreError
from store.reader import Reader
from store.views import ItemView, MessageHead, MessageView
from tui import matter
from tui.lines import Line
from tui.page import Page
from tui.plan import LINKED, Piece
from tui.roll import Drawn, Place, Roll, draw, fill, holds, read, search
from tui.work import start

if TYPE_CHECKING:
    from tui.main import Trastienda

AHEAD = 2
"""Screens above and below what is in view that are drawn before she gets there."""

SOUGHT = 50
"""Messages that are searched before the database is let go of: others wait for it too."""


class ItemPage(Page):
    """One item, whole, however long: what it costs to open follows what is in view."""

    app: Trastienda

    def __init__(self, *, id: str, dim: bool = False) -> None:  # noqa: A002
        """`dim`: it stands behind what she writes."""
        super().__init__(id=id)
        self._dim = dim
        self._roll: Roll | None = None
        self._links: Sequence[str] = ()
        self._seen: matter.Seen = {}
        """How far she had looked when the item was opened: what was new then stays so."""

        self.items: Sequence[ItemView] = ()
        """What is read: an item, and after it what it is linked with."""

        self._filling = False
        self._to_end = False
        self._spot: tuple[Hashable, int] | None = None
        """The piece and line in it of the place that was found last."""

    @property
    def links(self) -> list[str]:
        """The addresses of the item, in the order in which it lists them, and those in view."""
        roll, y = self._roll, self.scroll_offset.y
        if roll is None:
            return []
        shown = [roll.drawn(piece) for piece in roll.between(y, y + self.size.height)]
        here = [link for drawn in shown if drawn is not None for link in drawn.links]
        return list(dict.fromkeys([*self._links, *here]))

    async def read(
        self, number: int, *, top: bool, unfolded: bool = False, newest: bool = False
    ) -> ItemView | None:  # fmt: skip
        """Show an item; `top`: from where she begins to read, else where she is. None: it is no
        longer there. Raises StoreError.
        """
        look, size, before = self.app.look(), self.size, self._roll
        known = {} if before is None else before.known
        looked = {} if top else self._seen
        spot = None
        if before is not None and not top:
            here = before.place(self.scroll_offset.y)
            spot = (before.plan[here.piece].key, here.line)

        def ask(reader: Reader) -> tuple[list[ItemView], Roll, Place, list[str]] | None:
            opened = reader.opened(number)
            if opened is None:
                return None
            item, _heads = opened
            every = [opened, *matter.opened(reader, item)]
            items = [it for it, _its in every]
            last = {it.row.id: last_of(reader, it, its) for it, its in every}
            links = matter.links(items, last)
            parted = matter.plan(
                every, look, size.width, unfolded=unfolded, newest=newest, links=links, seen=looked
            )
            roll = Roll(item.row.id, parted, known)
            at = roll.start if spot is None else roll.found(*spot) or roll.start
            read_now = {one.id: one for those in last.values() for one in those}
            fill(reader, roll, at, size.height, read_now, dim=self._dim)
            return items, roll, at, links

        found = await self.app.desk.read(ask)
        if found is None:
            return None
        self.items, roll, at, self._links = found
        self._roll = roll
        self._seen = {one.row.id: one.seen for one in self.items} | dict(looked)
        if top:
            self._aimed = True
            self._spot, self._to_end = None, False
        self.show(roll, top=roll.line(at) if len(roll) > size.height else 0)
        self._draw_ahead()
        return self.items[0]

    async def show_newest(self, number: int) -> None:
        """Show an item from its last message on, where there is room, and say what goes wrong."""
        if self.size.width:
            try:
                await self.read(number, top=True, newest=True)
            except StoreError as error:
                self.app.trouble(error)

    @property
    def quoted(self) -> bool:
        """Whether anything of the item can be folded away."""
        return self._roll is not None and self._roll.plan.quoted

    @property
    def sought(self) -> bool:
        """Whether there is a word to look for."""
        return bool(self._word)

    def clear(self, lines: Sequence[Line] = ()) -> None:
        """Show no item, but these lines."""
        self._roll, self._links = None, ()
        self.show(lines)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Draw what comes into view."""
        super().watch_scroll_y(old_value, new_value)
        self._draw_ahead()

    def aim(self) -> int:
        """The line of the word found last, else of the message that she begins with."""
        roll = self._roll
        if roll is None:
            return -1
        found = None if self._spot is None else roll.found(*self._spot)
        return roll.line(found or roll.start)

    def move(self, lines: int) -> None:
        """Scroll by lines."""
        self._to_end = False
        super().move(lines)

    def go(self, edge: int) -> None:
        """To the first line (0) or the last (-1), however long what lies between turns out."""
        self._to_end = edge != 0
        super().go(edge)

    def _draw_ahead(self) -> None:
        if not self._filling and self._wanted():
            self._filling = True
            start(self, self._fill, "fill")

    def _wanted(self) -> list[int]:
        """Name what to draw next: all that is in view, else a piece near it or at an edge."""
        roll, y, height = self._roll, self.scroll_offset.y, self.size.height
        if roll is None or not height:
            return []
        if missing := roll.missing(y, y + height):
            return missing
        for top in (y + height, y - height, *(y + away * height for away in _beyond())):
            if top + height >= 0 and (missing := roll.missing(top, top + height)):
                return missing[:1]
        edges = roll.missing(0, height) or roll.missing(len(roll) - height, len(roll))
        return edges[:1]

    async def _fill(self) -> None:
        try:
            while (wanted := self._wanted()) and (roll := self._roll) is not None:
                pieces = [roll.plan[number] for number in wanted]
                found = await self.app.desk.read(partial(self._ask, roll, pieces))
                if roll is self._roll:
                    self._take(roll, dict(zip(wanted, found, strict=True)))
        except StoreError as error:
            self.app.trouble(error)
        finally:
            self._filling = False

    def _ask(self, roll: Roll, pieces: Sequence[Piece], reader: Reader) -> list[Drawn]:
        return draw(pieces, read(reader, roll.number, pieces), dim=self._dim)

    def _take(self, roll: Roll, drawn: dict[int, Drawn]) -> None:
        """Take what was drawn; nothing that she reads moves."""
        y, height = self.scroll_offset.y, self.size.height
        ended = self._to_end and y >= self.max_scroll_y
        seen = (one for one in roll.between(y, y + height) if roll.drawn(one) is not None)
        anchor = next(seen, roll.place(y).piece)
        line = y - roll.top(anchor)
        roll.take(drawn)
        if anchor in drawn:
            line = min(line, max(0, len(drawn[anchor].lines) - 1))
        self.virtual_size = Size(self.size.width, len(roll))
        top = len(roll) if ended else roll.top(anchor) + line
        if top != y:
            self.scroll_to(y=top, animate=False, force=True)
        self.place_cursor()
        self.refresh()

    async def find(self, word: str) -> bool:
        """Light up a word and go to it from here. False: it is not there. Raises StoreError."""
        self._word = fold(word)
        self._spot = None
        self.refresh()
        if not word or await self.match(1):
            return True
        self._word = ""
        return False

    async def match(self, direction: int) -> bool:
        """Go to the next or previous line that holds the word, round the end. Raises StoreError."""
        roll = self._roll
        if not self._word or roll is None:
            return False
        y = self.scroll_offset.y
        here = None if self._spot is None else roll.found(*self._spot)
        if here is None:
            here = roll.place(y)._replace(line=roll.place(y).line - 1)
        found = await self._seek(roll, here, direction)
        if found is None:
            return False
        self._spot = (roll.plan[found.piece].key, found.line)
        self._to_end = False
        roll = self._roll or roll
        found = roll.found(*self._spot)  # it may have been read again meanwhile
        if found is None:
            return True
        y, top, height = roll.line(found), self.scroll_offset.y, self.size.height
        self._aimed = True
        if not top <= y < top + height:
            self.scroll_to(y=max(0, y - height // 3), animate=False)
        self.place_cursor()
        return True

    async def _seek(self, roll: Roll, here: Place, direction: int) -> Place | None:
        """Look through all pieces from a place on, those not drawn yet many at a time."""
        count, unread = len(roll.plan), list[int]()
        for away in range(count + 1):
            number = (here.piece + direction * away) % count
            if roll.drawn(number) is None:
                unread.append(number)
                if len(unread) < SOUGHT and away < count:
                    continue
            if unread:
                if (found := await self._sought(roll, unread, direction)) is not None:
                    return found
                unread = []
            if (drawn := roll.drawn(number)) is not None:
                hits = [n for n, line in enumerate(drawn.lines) if holds(line, self._word)]
                if away == 0:
                    hits = [n for n in hits if (n - here.line) * direction > 0]
                if hits:
                    return Place(number, hits[0 if direction > 0 else -1])
        return None

    async def _sought(self, roll: Roll, numbers: Sequence[int], direction: int) -> Place | None:
        pieces, word = [roll.plan[number] for number in numbers], self._word
        found = await self.app.desk.read(
            lambda reader: search(reader, roll.number, pieces, word, dim=self._dim)
        )
        if found is None:
            return None
        number, drawn = numbers[found[0]], found[1]
        if roll is self._roll:
            self._take(roll, {number: drawn})
        hits = [n for n, line in enumerate(drawn.lines) if holds(line, word)]
        return Place(number, hits[0 if direction > 0 else -1])


class Answered(ItemPage):
    """One behind what she writes: its own keys scroll it while it has the focus, at once."""

    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "go(0)", show=False),
        Binding("end", "go(-1)", show=False),
    ]

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, dim=True)

    def action_move(self, lines: int) -> None:
        """Scroll by lines."""
        self.move(lines)

    def action_page(self, direction: int) -> None:
        """Scroll by a screen."""
        self.page(direction)

    def action_go(self, edge: int) -> None:
        """To the top or the bottom."""
        self.go(edge)


def _beyond() -> Iterator[int]:
    for away in range(2, AHEAD + 1):
        yield from (away, -away)


def last_of(
    reader: Reader, item: ItemView, heads: Sequence[MessageHead]
) -> list[MessageView]:  # fmt: skip
    """Read the newest messages of an item, oldest first."""
    ids = [one.id for one in heads[-LINKED:]]
    read_now = {one.id: one for one in reader.messages(item.row.id, ids)} if ids else {}
    return [read_now[one] for one in ids if one in read_now]
