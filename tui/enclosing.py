"""Which file goes with a mail: its path, completed as she types."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from functools import partial
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from normalizer.text import fold
from tui import words
from tui.lines import Line, Span, Tone, safe
from tui.page import Lines
from tui.work import start

if TYPE_CHECKING:
    from tui.main import Trastienda

MOST = 200
"""Entries of a folder that are listed; she types a letter more."""


class PathQuestion(ModalScreen[Path | None], inherit_bindings=False):
    """Asks for a file. Tab goes into a folder or completes a name, Enter takes the file."""

    app: Trastienda
    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("tab", "complete", show=False, priority=True),
        Binding("escape", "dismiss", show=False),
    ]

    def __init__(self, folder: str, color: str = "") -> None:
        super().__init__()
        title = _("Which file? Tab completes, ↑ ↓ choose, Enter takes it, Esc leaves")
        self._title = Span(f" {title}", Tone.STRONG, color)
        self._begin = folder
        self._found: Sequence[tuple[str, int | None]] = ()
        self._listed = ""
        """The path that these go on: she may have typed on since."""

        self._cursor = 0
        self._note = ""

    def compose(self) -> ComposeResult:
        """A title, the field, and what can follow."""
        with Vertical(id="panel"):
            yield Lines(lambda _width: [(self._title,)], id="panel-title")
            yield Input(self._begin, compact=True, select_on_focus=False, id="panel-input")
            yield Lines(self._draw, id="panel-lines")

    def on_mount(self) -> None:
        """Go on where the path ends."""
        self._field.focus()
        self._field.cursor_position = len(self._begin)

    @property
    def _field(self) -> Input:
        return self.query_one("#panel-input", Input)

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what can follow: a slow disk keeps nobody from typing."""
        start(self, partial(self._list, event.value), "files")

    async def _list(self, typed: str) -> None:
        found = await asyncio.to_thread(matching, typed)
        self._found, self._listed, self._cursor, self._note = found, typed, 0, ""
        if not found:
            self._note = _("Nothing here is called like that.")
        self._redraw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the file; a folder is gone into."""
        path = _file(event.value)
        if event.value and path.is_file():
            self.dismiss(path)
        else:
            start(self, partial(self._complete, event.value, take=True), "files")

    def action_move(self, rows: int) -> None:
        """To another line."""
        self._cursor = max(0, min(self._cursor + rows, len(self._found) - 1))
        self._redraw()

    def on_click(self, event: events.Click) -> None:
        """Go on with the name that is clicked, as Tab does."""
        at = event.get_content_offset(self.query_one("#panel-lines", Lines))
        if at is not None and at.y < len(self._found) and not self._note:
            self._cursor = self._top + at.y
            self.action_complete()

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves too."""
        self.action_move(1)

    def on_mouse_scroll_up(self) -> None:
        """The wheel moves too."""
        self.action_move(-1)

    def action_complete(self) -> None:
        """Write the chosen name into the field."""
        start(self, partial(self._complete, self._field.value), "files")

    async def _complete(self, typed: str, *, take: bool = False) -> None:
        """Go on with the chosen name; `take`: a file is the answer. What is listed may still be
        what an earlier path goes on with.
        """
        if self._listed != typed:
            await self._list(typed)
        if typed != self._field.value:
            return
        if not self._found:
            self._note = _("There is no such file.")
            self._redraw()
            return
        name, size = self._found[self._cursor]
        whole = typed[: typed.rfind("/") + 1] + name
        if take and size is not None:
            self.dismiss(_file(whole))
            return
        self._field.value = whole if size is not None else whole + "/"
        self._field.cursor_position = len(self._field.value)

    def _redraw(self) -> None:
        lines = self.query_one("#panel-lines", Lines)
        lines.refresh(layout=True)
        lines.redraw()

    @property
    def _height(self) -> int:
        return max(1, min(12, self.app.size.height - 6))

    @property
    def _top(self) -> int:
        return max(0, self._cursor - self._height + 1)

    def _draw(self, _width: int) -> list[Line]:
        if self._note:
            return [(Span(f" {self._note}", Tone.ALERT),)]
        height = self._height
        top = self._top
        lines: list[Line] = []
        for number, (name, size) in enumerate(self._found[top : top + height], top):
            here = number == self._cursor
            about = words.size(size) if size is not None else ""
            lines.append((
                Span(" › " if here else "   ", Tone.KEY),
                Span(safe(name) + ("/" if size is None else ""),
                     Tone.STRONG if here else Tone.PLAIN),
                Span(f"  {about}", Tone.DIM),
            ))  # fmt: skip
        return lines or [()]


def _file(typed: str) -> Path:
    return Path(typed).expanduser()


def matching(typed: str) -> Sequence[tuple[str, int | None]]:
    """List what a path that she has begun can go on with: names, and sizes, of folders None.

    Case and accents never matter; hidden ones only where she types their dot.
    """
    folder, _, begun = typed.rpartition("/")
    wanted = fold(begun)
    found: list[tuple[str, int | None]] = []
    try:
        with os.scandir(Path(folder + "/").expanduser() if "/" in typed else Path()) as entries:
            for entry in entries:
                plain = fold(entry.name)
                if not plain.startswith(wanted) or (entry.name[0] == "." and begun[:1] != "."):
                    continue
                try:
                    if entry.is_dir():
                        found.append((entry.name, None))
                    elif entry.is_file():
                        found.append((entry.name, entry.stat().st_size))
                except OSError:
                    continue
    except (OSError, RuntimeError, ValueError):
        return ()
    return sorted(found, key=lambda one: (one[1] is not None, fold(one[0])))[:MOST]
