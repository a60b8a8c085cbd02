"""The item screen: shows what is under the queue's cursor, whole."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Input

from store.errors import StoreError
from store.views import ItemView, Lane, Row
from tui import item as drawing
from tui import likely, matter
from tui.actions import READER
from tui.bound import Bound
from tui.itempage import ItemPage
from tui.lines import Line, Span, Tone, fit, spread
from tui.page import Lines, said
from tui.work import start

if TYPE_CHECKING:
    from tui.board import Board


class ReaderScreen(Bound, inherit_bindings=False):
    """One item. What moves, moves the queue's cursor with it."""

    AUTO_FOCUS: ClassVar = "#page"  # or a key that comes early is written into the field
    name_of = READER

    def __init__(self, board: Board, number: int | None = None) -> None:
        super().__init__(board.keys)
        self.board = board
        self.item: ItemView | None = None
        self._number = board.queue.here if number is None else number
        """What this is about: what is shown, or is about to be. The list may move beneath it."""
        self._unfolded = False
        self._another = True
        self._steps: list[int] = []
        """Matches still to go to, and which way."""

    def compose(self) -> ComposeResult:
        """A title, the text, and the line of keys."""
        yield Lines(self._title, id="title")
        yield Input(compact=True, id="find")
        yield ItemPage(id="page")
        yield Lines(self._footer, id="footer")

    def on_mount(self) -> None:
        """Read it."""
        self.query_one("#find").display = False
        self.page.focus()
        if not self._said[0]:
            self.say(*self.app.standing)
        self.renew()

    def on_unmount(self) -> None:
        """What stood here she has looked at."""
        self.app.looking.leaves()

    @property
    def page(self) -> ItemPage:
        """The text."""
        return self.query_one("#page", ItemPage)

    @property
    def _left(self) -> bool:
        """Whether it was closed meanwhile: a burst of keys does not wait for what it opened."""
        return not self.query("#page")

    @property
    def chosen(self) -> list[int]:
        """What a verb is about: this item."""
        return [] if self._number is None else [self._number]

    @property
    def number(self) -> int | None:
        """The item that is answered."""
        return self._number

    @property
    def row(self) -> Row | None:
        """That item, as its row tells it."""
        return self.item.row if self.item is not None else None

    @property
    def client(self) -> str:
        """Whose it is, a slug; "" where it is only being read."""
        item = self.item
        return item.row.client if item is not None and item.row.id == self._number else ""

    def came_back(self) -> None:
        """What was opened over the item is closed."""
        self.renew()

    @property
    def links(self) -> list[str]:
        """The addresses it names."""
        return self.page.links if self.item else []

    def placed(self, items: Sequence[int], lane: Lane) -> None:
        """A verb was done: go on with the next one, as the list does."""
        self.board.placed(items, lane)
        if not self.board.queue.source.ids:
            self.dismiss()
        elif not self.board.request.keeps(lane):
            self.show(self.board.queue.here)

    def say(self, text: str, tone: Tone) -> None:
        """What just happened, instead of the keys; "" brings them back."""
        self._said = text, tone
        for footer in self.query("#footer").results(Lines):  # none: it is only being opened
            footer.redraw()

    def refresh_status(self) -> None:
        """Nothing else in here ages."""

    def show(self, number: int | None) -> None:
        """Go on to another item, from its top."""
        self.app.looking.leaves()
        self._number, self._another, self._unfolded = number, True, False
        self.renew()

    def renew(self) -> None:
        """Read the item again."""
        start(self, self._read, "item")

    async def _read(self) -> None:
        number = self._number
        if number is None or self._left or not self.page.size.width:
            return  # not laid out yet: the resize that follows reads
        top = self._another
        try:
            newest = await self.app.desk.read(partial(matter.newest, number))
            item = await self.page.read(number, top=top, unfolded=self._unfolded)
        except StoreError as error:
            self.app.trouble(error)
            return
        if self._left:
            return
        self.item, self._another = item, False
        if item is None:
            gone = Span(" " + _("This item is no longer here."), Tone.DIM)
            self.page.clear([(), (gone,)])
        else:
            ids = [one.row.id for one in self.page.items]
            self.app.looking.shows({one: newest[one] for one in ids if one in newest})
        self.query_one("#title", Lines).redraw()
        if item is not None:
            start(self, partial(self._hint, item.row.id), "hint")
        if top and (searched := (self.board.request.search or "").split()):
            start(self, partial(self._find, searched[0].strip('"')), "find")

    async def _hint(self, number: int) -> None:
        """Look up what is likely the same thing, and say so above."""
        await self.board.hints.follow(self.app, number, self.query_one("#title", Lines).redraw)

    async def _find(self, word: str, *, hers: bool = False) -> None:
        try:
            found = await self.page.find(word)
        except StoreError as error:
            self.app.trouble(error)
            return
        if hers and not found:
            self.app.say(_("“{words}” is not in this text.").format(words=word))

    async def _match_on(self) -> None:
        """Take the steps that were asked for meanwhile as well."""
        try:
            while self._steps and not self._left:
                await self.page.match(self._steps[0])
                self._steps.pop(0)
        except StoreError as error:
            self.app.trouble(error)
        finally:
            self._steps.clear()

    def on_resize(self) -> None:
        """The text is wrapped anew."""
        if self.is_mounted:
            self.call_after_refresh(self.renew)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search inside."""
        event.input.display = False
        self.page.focus()
        start(self, partial(self._find, event.value.strip(), hers=True), "find")

    def action_move(self, lines: int) -> None:
        """Scroll."""
        self.page.move(lines)

    def action_page(self, direction: float) -> None:
        """Scroll by a screen."""
        self.page.page(direction)

    def action_go(self, edge: int) -> None:
        """To the top or the bottom."""
        self.page.go(edge)

    def action_back(self) -> None:
        """Leave the search field, or the item."""
        field = self.query_one("#find", Input)
        if field.display:
            field.display = False
            self.page.focus()
        else:
            self.dismiss()

    def action_step(self, rows: int) -> None:
        """The next item, or the previous."""
        self.board.queue.cursor += rows
        self.show(self.board.queue.here)

    def action_fold(self) -> None:
        """Show the quotes, or fold them."""
        self._unfolded = not self._unfolded
        self.renew()

    def action_files(self) -> None:
        """The files of the item, and of what it is linked with."""
        if self.item is not None and self._number is not None:
            rows = [one.row for one in self.page.items]
            start(self, partial(self.app.files.choose, rows), "files")

    def action_find(self) -> None:
        """Ask for a word to look for."""
        field = self.query_one("#find", Input)
        field.display = True
        field.focus()

    def action_match(self, direction: int) -> None:
        """The next or previous place."""
        self._steps.append(direction)
        if len(self._steps) == 1:
            start(self, self._match_on, "match")

    def _title(self, width: int) -> list[Line]:
        if self.item is None:
            return [(), ()]
        row = self.item.row
        hint = likely.hint(self.board.hints.of(row.id), self.keys.name("join", READER))
        title = spread((Span(" " + fit(row.title, width - 2).rstrip(), Tone.STRONG),), hint, width)
        return [drawing.title_line(row, self.app.look(), width, READER), title]

    def _footer(self, width: int) -> list[Line]:
        return said(*self._said, width) or [self.keys.hints(READER, width)]
