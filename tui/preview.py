"""What is about to happen, whole, in a panel at the bottom: y or Enter does it, Esc does not."""

from __future__ import annotations

from collections.abc import Callable
from gettext import gettext as _
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.burst import clock
from tui.lines import Line, Span, Tone, safe
from tui.page import Lines, Page

if TYPE_CHECKING:
    from tui.main import Trastienda


class Preview(ModalScreen[bool], inherit_bindings=False):
    """Scrolls where it is longer than the screen. `draw` gives its lines for a width.

    Keys that come before it stands on the screen do not say yes.
    """

    app: Trastienda
    BINDINGS: ClassVar = [
        *(Binding(key, "yes", show=False) for key in ("y", "s", "enter")),
        *(Binding(key, "dismiss(False)", show=False) for key in ("n", "q", "escape")),
        *(Binding(key, "move(1)", show=False) for key in ("j", "down")),
        *(Binding(key, "move(-1)", show=False) for key in ("k", "up")),
        *(Binding(key, "page(1)", show=False) for key in ("pagedown", "space", "ctrl+f")),
        *(Binding(key, "page(-1)", show=False) for key in ("pageup", "ctrl+b")),
    ]
    AUTO_FOCUS: ClassVar = ""  # the text would take the arrows for itself

    def __init__(self, title: str, draw: Callable[[int], list[Line]]) -> None:
        super().__init__()
        self._title, self._draw = Span(f" {safe(title)}", Tone.STRONG), draw
        self._lines: list[Line] = []
        self._stood = 0.0
        """Since when it stands on the screen, by the clock of keys."""

    def compose(self) -> ComposeResult:
        """A title, the text, and what the keys do."""
        with Vertical(id="panel"):
            yield Lines(lambda _width: [(self._title,)], id="panel-title")
            yield Page(id="preview")
            yield Lines(self._footer, id="panel-lines")

    def on_mount(self) -> None:
        """Draw it."""
        self._show()
        self.call_after_refresh(self._shown)

    def _shown(self) -> None:
        self._stood = clock()

    def on_resize(self) -> None:
        """The text is wrapped anew."""
        self.call_after_refresh(self._show)

    def action_yes(self) -> None:
        """What stands here is to happen."""
        if self.app.saw(self._stood) and self.is_current:
            self.dismiss(True)

    def action_move(self, lines: int) -> None:
        """Scroll."""
        self.query_one("#preview", Page).move(lines)
        self.query_one("#panel-lines", Lines).redraw()

    def action_page(self, direction: int) -> None:
        """Scroll by a screen."""
        self.query_one("#preview", Page).page(direction)
        self.query_one("#panel-lines", Lines).redraw()

    def _show(self) -> None:
        self._lines = self._draw(self.app.size.width - 1)
        page = self.query_one("#preview", Page)
        page.styles.height = max(1, min(len(self._lines), self.app.size.height - 4))
        page.show(self._lines)
        self.query_one("#panel-lines", Lines).redraw()

    def _footer(self, width: int) -> list[Line]:
        del width
        room = max(1, self.app.size.height - 4)
        below = len(self._lines) - room - int(self.query_one("#preview", Page).scroll_offset.y)
        line: Line = (
            Span(" y", Tone.KEY), Span(" " + _("does it"), Tone.DIM),
            Span("   " + _("Esc"), Tone.KEY), Span(" " + _("leaves all as it is"), Tone.DIM),
        )  # fmt: skip
        if below > 0:
            more = _("{n} more lines below: ↓").format(n=below)
            line = (*line, Span(f"   {more}", Tone.BADGE))
        return [line]
