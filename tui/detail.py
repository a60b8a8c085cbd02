"""What is under the cursor, beside the list where there is room for both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical

from store.errors import StoreError
from store.views import Row
from tui import item as drawing
from tui.itempage import ItemPage
from tui.lines import Line, Span, Tone, fit
from tui.page import Lines

if TYPE_CHECKING:
    from tui.main import Trastienda


class Detail(Vertical):
    """A title and the item, from where she begins to read; it can be scrolled from the list."""

    app: Trastienda

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._row: Row | None = None

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Lines(self._title, id="detail-title")
        yield ItemPage(id="detail-page")

    @property
    def page(self) -> ItemPage:
        """The text."""
        return self.query_one("#detail-page", ItemPage)

    async def show(self, number: int | None) -> None:
        """Show an item; what was shown already stays where it was scrolled to."""
        row = None
        if self.display and number is not None and self.page.size.width:
            top = self._row is None or self._row.id != number
            try:
                item = await self.page.read(number, top=top)
            except StoreError as error:
                self.app.trouble(error)
                return
            row = item.row if item else None
        if row is None:
            self.page.clear()
        self._row = row
        self.query_one("#detail-title", Lines).redraw()

    def _title(self, width: int) -> list[Line]:
        if self._row is None:
            return [(), (), ()]
        title = (Span(" " + fit(self._row.title, width - 2), Tone.STRONG),)
        return [drawing.title_line(self._row, self.app.look(), width), title, ()]
