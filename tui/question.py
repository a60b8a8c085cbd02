"""A panel that asks for a few words, and says at once when they make no sense."""

from __future__ import annotations

from collections.abc import Callable
from gettext import gettext as _
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from normalizer.said import SaidError
from tui.lines import Line, Span, Tone, safe
from tui.page import Lines

T = TypeVar("T")


class Question(ModalScreen[T | None], Generic[T], inherit_bindings=False):
    """Asks until `read` understands the answer; what it raises is shown below the field."""

    BINDINGS: ClassVar = [Binding("escape", "dismiss", show=False)]

    def __init__(
        self, title: str, read: Callable[[str], T], hint: Callable[[T], str], *, color: str = "",
        blank: T | None = None,
    ) -> None:  # fmt: skip
        """`blank`: what Enter alone means; None: it does nothing."""
        super().__init__()
        self._blank = blank
        self._title, self._read, self._hint = (
            Span(f" {safe(title)}", Tone.STRONG, color),
            read,
            hint,
        )
        self._note: Line = ()

    def compose(self) -> ComposeResult:
        """A title, the field, and a line that answers while she types."""
        with Vertical(id="panel"):
            yield Lines(lambda _width: [(self._title,)], id="panel-title")
            yield Input(compact=True, id="panel-input")
            yield Lines(lambda _width: [self._note], id="panel-lines")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what would be understood."""
        self._answer(event.value)
        self.query_one("#panel-lines", Lines).redraw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Done, where it is understood."""
        answer = self._answer(event.value)
        if answer is not None:
            self.dismiss(answer)

    def _answer(self, text: str) -> T | None:
        if not text.strip():
            self._note = ()
            return self._blank
        try:
            answer = self._read(text)
        except SaidError as error:
            self._note = (Span(" " + safe(error.said.text(_)), Tone.ALERT),)
            return None
        self._note = (Span(" " + safe(self._hint(answer)), Tone.GOOD),)
        return answer
