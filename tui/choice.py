"""A small panel at the bottom of the screen: one key chooses, Esc leaves all as it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Input

from tui import clicks
from tui.burst import clock
from tui.lines import Line, Span, Tone, safe
from tui.page import Lines

if TYPE_CHECKING:
    from tui.main import Trastienda

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Option(Generic[T]):
    """One line of a panel."""

    key: str
    """The character that chooses it, "" for none."""

    line: Line
    result: T | None
    """None: a line that only informs."""


class Choice(ModalScreen[T | None], Generic[T], inherit_bindings=False):
    """Lets her choose one of a few things; with `typing`, what she types narrows them."""

    app: Trastienda
    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("enter", "choose", show=False),
        Binding("escape", "dismiss", show=False),
    ]

    def __init__(
        self, title: str, options: Callable[[str], Sequence[Option[T]]], *, typing: bool = False,
        color: str = "", careful: bool = False,
    ) -> None:  # fmt: skip
        """`careful`: keys that come before it stands on the screen choose nothing."""
        super().__init__()
        self._careful, self._stood = careful, 0.0
        self._title = Span(f" {safe(title)}", Tone.STRONG, color)
        self._options, self._typing = options, typing
        self._now: Sequence[Option[T]] = options("")
        self._cursor = self._first()
        self._top = self._base = self._beyond = 0
        self._arrows = False
        """Whether she last chose with the arrows, and did not type."""

    def compose(self) -> ComposeResult:
        """The panel, with a field where she can type."""
        with Vertical(id="panel"):
            yield Lines(lambda _width: [(self._title,)], id="panel-title")
            if self._typing:
                yield Input(compact=True, id="panel-input")
            yield Lines(self._draw, id="panel-lines")

    def on_mount(self) -> None:
        """Note when it stands there."""
        self.call_after_refresh(self._shown)

    def _shown(self) -> None:
        self._stood = clock()
        self.place_cursor()

    @property
    def _unseen(self) -> bool:
        return self._careful and not self.app.saw(self._stood)

    def on_key(self, event: events.Key) -> None:
        """A key of an option chooses it at once."""
        if self._typing or event.character is None or not event.is_printable:
            return
        if not self.is_current:  # chosen already: what follows is meant for what comes next
            return
        event.stop()
        if self._unseen:
            return
        for option in self._now:
            if option.key == event.character and option.result is not None:
                self.dismiss(option.result)
                return
        if event.character in "jk":
            self.action_move(1 if event.character == "j" else -1)
        elif event.character == "q":
            self.dismiss(None)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the options."""
        self._now = self._options(event.value)
        self._cursor, self._arrows = self._first(), False
        self._top = self._base = self._beyond = 0
        self.query_one("#panel-lines", Lines).refresh(layout=True)
        self.query_one("#panel-lines", Lines).redraw()
        self.call_after_refresh(self.place_cursor)  # the panel has grown, or shrunk

    def on_input_submitted(self) -> None:
        """Enter in the field chooses too."""
        self.action_choose()

    def on_click(self, event: events.Click) -> None:
        """Choose the line that is clicked, once it has stood there long enough to be read."""
        lines = self.query_one("#panel-lines", Lines)
        at = event.get_content_offset(lines)
        number = self._top + at.y if at is not None else len(self._now)
        if number >= len(self._now) or self._now[number].result is None:
            return
        if clicks.deliberate(self._stood, event) and self.is_current:
            self.dismiss(self._now[number].result)

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves too."""
        self.action_move(1)

    def on_mouse_scroll_up(self) -> None:
        """The wheel moves too."""
        self.action_move(-1)

    def place_cursor(self) -> None:
        """Put the terminal's own cursor on the chosen line; in a field it stands where she types,
        till she chooses with the arrows.
        """
        if not self.query("#panel-lines"):  # it is only being opened: `_shown` does it then
            return
        if self._typing and not self._arrows:
            self.app.point(self.query_one("#panel-input", Input).cursor_screen_offset)
            return
        lines = self.query_one("#panel-lines", Lines).region
        self.app.point(Offset(lines.x, lines.y + self._cursor - self._top))

    def action_move(self, rows: int) -> None:
        """To the next line that can be chosen; or just scroll."""
        able = [n for n, option in enumerate(self._now) if option.result is not None]
        if not able:
            self._cursor = max(0, min(self._cursor + rows, len(self._now) - 1))
        elif rows > 0:
            later = [n for n in able if n > self._cursor]
            self._cursor = later[min(rows, len(later)) - 1] if later else able[-1]
            self._beyond = 0 if later else self._beyond + rows
        else:
            self._beyond = 0
            sooner = [n for n in able if n < self._cursor]
            self._cursor = sooner[max(rows, -len(sooner))] if sooner else able[0]
        self.query_one("#panel-lines", Lines).redraw()
        self._arrows = True
        self.place_cursor()

    def action_choose(self) -> None:
        """Take the line under the cursor."""
        if self._now and self._now[self._cursor].result is not None:
            if not self._unseen:
                self.dismiss(self._now[self._cursor].result)
        elif not any(option.result is not None for option in self._now):
            self.dismiss(None)

    def _first(self) -> int:
        able = [n for n, option in enumerate(self._now) if option.result is not None]
        return able[0] if able else 0

    def _draw(self, width: int) -> list[Line]:
        del width
        height = max(1, self.app.size.height - 4)
        # From the first that can be chosen all that stands above it is seen.
        top = 0 if self._cursor == self._first() else min(self._base, self._cursor)
        # Below the last of them she may scroll on.
        end = max(0, len(self._now) - height)
        self._base = max(self._cursor - height + 1, top)
        self._top = min(end, self._base + self._beyond) if self._beyond else self._base
        lines: list[Line] = []
        for number, option in enumerate(self._now[self._top : self._top + height], self._top):
            here = number == self._cursor and option.result is not None
            lines.append(
                (
                    Span(" › " if here else "   ", Tone.KEY),
                    Span(f"{option.key}  " if option.key else "", Tone.KEY),
                    *option.line,
                )
            )
        return lines or [()]
