"""The field for a search or a filter, and the lines under it: what it is for, what the word at
the cursor may become, or what is wrong and where.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.actions import SkipAction
from textual.binding import Binding
from textual.widgets import Input

from store.errors import QueryError, StoreError
from tui import strip
from tui.keyboard import key_name
from tui.lines import Line, Span, Tone, cut, safe
from tui.page import Lines, said
from tui.views import Request
from tui.work import start

if TYPE_CHECKING:
    from store.completing import Completion, Names
    from tui.board import Board
    from tui.main import Trastienda

TYPING = 0.08
"""Seconds without a key after which what she types is searched."""

REMEMBERED = 50
"""Searches that the arrows bring back, till she leaves."""


class Bar(Input):
    """Writes into the request of the list."""

    app: Trastienda
    BINDINGS: ClassVar = [
        Binding("tab", "complete(1)", show=False),
        Binding("shift+tab", "complete(-1)", show=False),
        Binding("up", "recall(1)", show=False),
        Binding("down", "recall(-1)", show=False),
    ]

    def __init__(self, board: Board) -> None:
        super().__init__(compact=True, id="bar")
        self._board = board
        self.told = Lines(self._told, id="prompt")
        self.problem = ""
        """What is wrong with what she has typed."""

        self._error: Mapping[str, str | int] = {}
        """Where, and what it was nearest to."""

        self._entered = False
        """She has said that this is what she means."""

        self._names: Names | None = None
        self._offer: tuple[Completion, str, int] | None = None
        """What Tab goes through: of which text, and which one stands there."""

        self._came_from: tuple[Request, int | None] = (Request(), None)
        """The list before the search, and the item she was at."""

        self._lit: tuple[Request, tuple[str, ...]] = (Request(), ())
        self._before: list[str] = []
        self._at = -1
        """Which of the searches before she looks at; -1: none."""

    def show(self, *, visible: bool) -> None:
        """Let it stand there, or not."""
        self.display = self.told.display = visible

    def open(self, value: str) -> None:
        """Let her type."""
        self.show(visible=True)
        self._put(value)
        self.problem, self._at = "", -1
        self.focus()
        self._board.refresh_status()
        start(self, partial(self._learn, self._board.request.client), "names")

    def search(self) -> None:
        """Let her search everything."""
        board = self._board
        if board.request.search is None:
            self._came_from = (board.request, board.queue.here)
            board.request = Request(search="")
            board.reload(restart=True)
        self.open(board.request.search or "")

    async def _learn(self, client: str | None) -> None:
        from store.completing import Names  # noqa: PLC0415 - after the first paint

        app = self.app
        try:
            labels = await app.desk.read(lambda reader: reader.labels(client))
        except StoreError:
            labels = []  # the list itself says what is wrong with the database
        views = [one for one in app.channels if client in (None, one.client)]
        channels = dict.fromkeys(name for one in views for name in (one.channel, one.kind))
        known = [(one.slug, one.name) for one in app.clients if client in (None, one.slug)]
        self._names = Names(tuple(known), tuple(channels), tuple(labels))
        self.told.redraw()

    def _put(self, value: str, cursor: int | None = None) -> None:
        """Write it without a search."""
        with self.prevent(Input.Changed):
            self.value = value
        self.cursor_position = len(value) if cursor is None else cursor
        self._offer, self._entered = None, False

    def refuse(self, error: QueryError) -> None:
        """Show what is wrong with what she has typed, and where."""
        self.problem = safe(error.said.text(_))
        self._error = dict(error.said.details)

    def accept(self) -> None:
        """What she has typed was understood."""
        self.problem = ""

    def on_input_changed(self) -> None:
        """Search or filter as she types."""
        board = self._board
        if self.display:
            self._entered = False
            if self._offer is not None:
                completion, text, number = self._offer
                if self.value != completion.taken(text, number)[0]:
                    self._offer = None
            if board.request.search is not None:
                board.request = board.request._replace(search=self.value)
            else:
                board.request = board.request._replace(words=self.value)
            board.reload(restart=True, wait=TYPING)
            self.told.redraw()

    def on_input_submitted(self) -> None:
        """To the list, with what was found; a filter that means nothing is not kept."""
        self._remember()
        self._entered = True
        self.told.redraw()
        if self.problem and self._board.request.search is None:
            return
        if self._board.request.search is None:
            self.show(visible=False)
        self._board.queue.focus()
        self._board.refresh_status()

    def _remember(self) -> None:
        text = self.value.strip()
        if text and self.display:
            self._before = [text, *(one for one in self._before if one != text)][:REMEMBERED]

    def forget(self) -> None:
        """Know nothing any more of what she searched, nor of any name that could be offered."""
        self.app.workers.cancel_group(self, "names")
        self._before, self._at, self._names, self.problem = [], -1, None, ""
        self._put("")

    def drop(self) -> None:
        """Out of the search, then the marks, then the filter, then the client."""
        board, queue = self._board, self._board.queue
        self._remember()
        self.problem = ""
        self.show(visible=False)
        queue.focus()
        if board.request.search is not None:
            board.ask_for(*self._came_from)
        elif queue.marked:
            queue.marked.clear()
            queue.refresh()
            board.refresh_status()
        elif board.request.words:
            board.ask_for(board.request._replace(words=""))
        elif board.request.client:
            board.ask_for(board.request._replace(client=None))

    @property
    def sought(self) -> tuple[str, ...]:
        """The words that stand out in the rows."""
        if self._lit[0] != self._board.request:
            self._lit = self._board.request, self._board.request.sought()
        return self._lit[1]

    def action_recall(self, step: int) -> None:
        """In the empty field, the searches before; otherwise the key is the list's."""
        looking = self._at >= 0 and self.value == self._before[self._at]
        at = (self._at if looking else -1) + step
        if (self.value and not looking) or not -1 <= at < len(self._before):
            raise SkipAction
        self._at = at
        self.value = self._before[at] if at >= 0 else ""
        self.cursor_position = len(self.value)

    def action_complete(self, step: int) -> None:
        """Take what is offered, then the next; where nothing is, go to the list."""
        offer = self._offer or self._offered()
        if offer is None:
            self._board.queue.focus()
            return
        completion, text, number = offer
        # The first step of all takes the first one, whichever way.
        number = (number + step) % len(completion.offered) if number >= 0 else 0
        value, cursor = completion.taken(text, number)
        if completion.end != self.cursor_position and self._offer is None:
            cursor = self.cursor_position + len(value) - len(text)  # it was mended elsewhere
        self._offer = completion, text, number
        self.value = value
        self.cursor_position = cursor
        if len(completion.offered) == 1:
            self._offer = None  # so that Tab goes on with what may follow it
        self.told.redraw()

    def _offered(self) -> tuple[Completion, str, int] | None:
        """What Tab would go through, none of it taken yet."""
        from store.completing import Names, complete, mended  # noqa: PLC0415 - after the first paint

        if not self.value:
            return None
        language = self.app.setup.language
        known = self._names or Names()
        found = complete(self.value, self.cursor_position, known, language)
        if not found.offered and self.problem and (nearest := self._error.get("nearest")):
            found = mended(self.value, int(self._error["position"]), str(nearest))
        return (found, self.value, -1) if found.offered else None

    def _told(self, width: int) -> list[Line]:
        offer = self._offer or self._offered()
        # A name that is still being typed is no mistake yet.
        typing = (
            offer is not None
            and offer[0].start + 1 == self._error.get("position")
            and (offer[2] >= 0 or offer[0].end == self.cursor_position)
        )
        lines: list[Line] = []
        if self.problem and (self._entered or not typing):
            lines = [*self._place(width), *said(self.problem, Tone.DIM, width)]
        if offer is not None:
            lines.append(cut(self._line(offer[0], offer[2], width), width))
        search = self._board.request.search is not None
        return lines or [strip.prompt(self._board.keys, search=search)]

    def _line(self, completion: Completion, number: int, width: int) -> Line:
        """What is offered, from the one that stands there on where not all fit."""
        spans = [Span(f" {key_name('tab')} ", Tone.KEY)]
        first = 0
        if number > 0 and sum(cell_len(one) + 2 for one in completion.offered) > width - 6:
            first = number - 1
        for at, one in enumerate(completion.offered[first:], first):
            spans += (Span(safe(one), Tone.BADGE if at == number else Tone.PLAIN), Span("  "))
        return tuple(spans)

    def _place(self, width: int) -> list[Line]:
        """A mark under the character where it is wrong."""
        position = int(self._error.get("position", 0))
        column = 1 + cell_len(safe(self.value[: position - 1])) - round(self.scroll_x)
        if position < 1 or not 0 < column < width:
            return []
        return [(Span(" " * column + "^", Tone.ALERT),)]
