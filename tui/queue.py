"""The list: any length, each repaint costs the rows on the screen and nothing more."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual import events
from textual.geometry import Offset, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from store.views import Row
from tui.lines import Line, Span, Tone, length
from tui.page import TONES, Styles, strip, styles_of
from tui.rows import Look, draw
from tui.source import Source

if TYPE_CHECKING:
    from tui.main import Trastienda

MARK = 2
"""Cells at the left of a row in which a click marks it."""

REMEMBERED = 1024
"""Lines of which it is kept how they were drawn last."""


class Queue(ScrollView, can_focus=True, inherit_bindings=False):
    """A cursor over a `Source`, on Textual's Line API."""

    app: Trastienda

    COMPONENT_CLASSES: ClassVar[set[str]] = TONES | {"queue--cursor"}

    cursor: reactive[int] = reactive(0, repaint=False)

    class Moved(Message):
        """Another row is under the cursor, or the same one has changed."""

    class Chosen(Message):
        """A row was clicked twice."""

    def __init__(
        self, source: Source, look: Callable[[], Look], empty: Callable[[], Sequence[Line]]
    ) -> None:
        super().__init__(id="queue")
        self.source = source
        self.marked: set[int] = set()
        self.grouped = False
        """The list goes client by client."""
        self.planned = False
        """It is the plan of the day."""
        self._look, self._empty = look, empty
        self._styles = Styles()
        self._cursor_style = Style()
        self._now: Look | None = None
        self._drawn: dict[int, Line] = {}
        """What stands on the screen, by the row's number in the list."""

    @property
    def here(self) -> int | None:
        """The id under the cursor."""
        return self.source.ids[self.cursor] if self.source.ids else None

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.source.row(self.cursor) if self.source.ids else None

    @property
    def chosen(self) -> list[int]:
        """What a verb is about: the marked items in their order, or the one under the cursor."""
        if self.marked:
            return [item for item in self.source.ids if item in self.marked]
        return [] if self.here is None else [self.here]

    def replace(self, ids: array[int], *, at: int | None = None) -> None:
        """Take a new order; the cursor stays on its item, or goes to the item `at`."""
        keep = self.here if at is None else at
        place = self.cursor
        self.source.replace(ids)
        self.marked.intersection_update(ids)
        self._fit(ids.index(keep) if keep is not None and keep in ids else place)

    def restart(self, ids: array[int]) -> None:
        """Take another list, from its top."""
        self.source.replace(ids)
        self.marked.clear()
        self.scroll_to(y=0, animate=False, force=True)
        self._fit(0)

    def drop(self, items: Iterable[int]) -> None:
        """Take items out; the cursor stays where it is, on what comes next."""
        gone = set(items)
        above = sum(1 for item in self.source.ids[: self.cursor] if item in gone)
        self.source.drop(gone)
        self.marked -= gone
        self._fit(self.cursor - above)

    def renew(self) -> None:
        """Read the rows again, in the same order; what reads as before is not drawn again."""
        if self.app.rests(self, self.renew):
            return
        self.source.forget()
        self._now = None
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        width = self.scrollable_content_region.width
        for y in range(top, min(top + height, len(self.source))):
            if self._drawn.get(y) != self._line(y, width):
                self.refresh_line(y)
        if not self.source.ids:
            self.refresh()
        self.post_message(self.Moved())

    def toggle(self) -> None:
        """Mark the row under the cursor, or not, and go on to the next."""
        if self.here is None:
            return
        self.marked ^= {self.here}
        self.refresh_line(self.cursor)
        self.cursor += 1

    def toggle_all(self) -> None:
        """Mark all, or none where any is marked."""
        self.marked = set() if self.marked else set(self.source.ids)
        self.refresh()

    def move(self, rows: int) -> None:
        """Move the cursor."""
        self.cursor += rows

    def page(self, direction: float) -> None:
        """Move the cursor by a screen, or a part of one."""
        self.cursor += round(direction * max(1, self.scrollable_content_region.height - 1))

    def go(self, edge: int) -> None:
        """To the first row (0) or the last (-1)."""
        self.cursor = 0 if edge == 0 else len(self.source) - 1

    def _fit(self, cursor: int) -> None:
        self._now = None
        self.virtual_size = Size(self.size.width, len(self.source))
        if self.cursor == self.validate_cursor(cursor):
            self.post_message(self.Moved())
            self._follow()
        self.cursor = cursor
        self.refresh()

    def validate_cursor(self, cursor: int) -> int:
        """Keep it on a row."""
        return max(0, min(cursor, len(self.source) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint the two rows concerned; scroll half a screen at the edge."""
        self.refresh_line(old)
        self.refresh_line(new)
        self._follow()
        self.post_message(self.Moved())

    def _follow(self) -> None:
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if height and not top <= self.cursor < top + height:
            # Textual repaints the whole list on any scroll, so it is done rarely.
            self.scroll_to(y=max(0, self.cursor - height // 2), animate=False, force=True)
        self.place_cursor()

    def place_cursor(self) -> None:
        """Put the terminal's own cursor on the row: screen readers and braille follow that one."""
        if self.has_focus:
            region, y = self.region, self.cursor - self.scroll_offset.y
            y = max(0, min(y, region.height - 1))  # the wheel may have left it behind
            self.app.point(Offset(region.x, region.y + y))

    def on_focus(self) -> None:
        """The terminal's cursor comes back from a text field."""
        self.place_cursor()

    def on_resize(self) -> None:
        """The rows are as wide as the list."""
        self.virtual_size = Size(self.size.width, len(self.source))
        self._follow()

    def on_click(self, event: events.Click) -> None:
        """Choose a row; twice opens it. On its mark, mark it."""
        y = event.y + self.scroll_offset.y
        if y < len(self.source):
            self.cursor = y
            if event.x < MARK and not self.app.plain:
                self.marked ^= {self.source.ids[y]}
                self.refresh_line(y)
                self.app.board.refresh_status()
            elif event.chain == 2:
                self.post_message(self.Chosen())

    def notify_style_update(self) -> None:
        """Forget the looks."""
        super().notify_style_update()
        self._styles = Styles()

    def render_line(self, y: int) -> Strip:
        """One row, or a line of what an empty list says."""
        if not self._styles:
            self._styles = styles_of(self)
            self._cursor_style = self.get_component_rich_style("queue--cursor", partial=True)
        width = self.scrollable_content_region.width
        if not self.source.ids:
            return strip(self._blank(y, width), width, self._styles)
        y += self.scroll_offset.y
        if len(self._drawn) > REMEMBERED:
            self._drawn.clear()
        line = self._drawn[y] = self._line(y, width)
        here = y == self.cursor and self.source.row(y) is not None
        return strip(line, width, self._styles, self._cursor_style if here else None)

    def _line(self, y: int, width: int) -> Line:
        row = self.source.row(y) if y < len(self.source) else None
        if row is None:
            awaited = y < len(self.source) and self.source.expects(y)
            return (Span("  …", Tone.DIM),) if awaited else ()
        self._now = self._now or self._look()
        return draw(
            row, self._now, width, cursor=y == self.cursor, marked=row.id in self.marked,
            named=not self.grouped or self._begins(y, row), planned=self.planned,
        )  # fmt: skip

    def _begins(self, y: int, row: Row) -> bool:
        """Whether a client begins here, or the screen does."""
        before = self.source.row(y - 1) if y > self.scroll_offset.y else None
        return before is None or before.client != row.client

    def _blank(self, y: int, width: int) -> Line:
        lines = self._empty()
        at = y - max(0, (self.size.height - len(lines)) // 3)
        if not 0 <= at < len(lines):
            return ()
        return (Span(" " * max(0, (width - length(lines[at])) // 2)), *lines[at])
