"""The field she writes in: many lines, nothing in it but text that can be shown."""

from __future__ import annotations

from collections.abc import Sequence
from gettext import gettext as _
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text
from textual import events
from textual.document._document import EditResult
from textual.document._edit import Edit
from textual.widgets import TextArea

from normalizer.text import BLOCK, typed
from tui.lines import Tone

if TYPE_CHECKING:
    from tui.main import Trastienda


class Paper(TextArea, inherit_bindings=True):
    """A text field without markup and colours of code; whatever comes in is cleaned first."""

    app: Trastienda

    def __init__(self) -> None:
        super().__init__(compact=True, highlight_cursor_line=False, id="paper")
        self.cursor_blink = False  # a terminal redrawn twice a second is a slow one over a line
        self.match_cursor_bracket = False
        self._marks: dict[int, list[tuple[int, int]]] = {}
        """By line: what is marked, from and to."""

    def edit(self, edit: Edit) -> EditResult:
        """Clean whatever is put in, typed, pasted or filled in: all of it comes through here."""
        edit.text = typed(edit.text)
        return super().edit(edit)

    async def on_paste(self, event: events.Paste) -> None:
        """Refuse what is no message any more, and would be cut."""
        if len(event.text) > BLOCK:
            event.prevent_default()
            event.stop()
            text = _("That is more than fits into one message: {n} characters. Nothing was pasted.")
            self.app.say(text.format(n=len(event.text)), Tone.ALERT)

    def put(self, text: str) -> None:
        """Insert at the cursor, in place of what is selected, and go behind it."""
        self.move_cursor(self.replace(text, *self.selection).end_location)

    def go(self, offset: int) -> None:
        """Put the cursor at a character of the text."""
        before = self.text[:offset]
        self.move_cursor((before.count("\n"), offset - (before.rfind("\n") + 1)))
        self.focus()

    def on_resize(self) -> None:
        """The lines above it have grown, or those beneath."""
        self.call_after_refresh(self.place_cursor)

    def place_cursor(self) -> None:
        """Put the terminal's own cursor into the text."""
        if self.has_focus:
            self.app.point(self.cursor_screen_offset)

    def mark(self, places: Sequence[tuple[int, int]]) -> None:
        """Mark places of the text, in place of those marked before."""
        marks: dict[int, list[tuple[int, int]]] = {}
        starts = [0]
        for line in self.text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        number = 0
        for start, end in sorted(places):
            while number + 1 < len(starts) and starts[number + 1] <= start:
                number += 1
            marks.setdefault(number, []).append((start - starts[number], end - starts[number]))
        if marks != self._marks:
            self._marks = marks
            self.notify_style_update()  # forgets the lines as they were drawn
            self.refresh()

    def get_line(self, line_index: int) -> Text:
        """Draw what is marked: words to look at again."""
        marked = Style(underline=True, color=self.app.palette.alert)
        line = super().get_line(line_index)
        for start, end in self._marks.get(line_index, ()):
            line.stylize(marked, start, end)
        return line


def places(text: str, piece: str) -> list[int]:
    """List where a piece of a text begins."""
    found, at = [], text.find(piece)
    while at >= 0:
        found.append(at)
        at = text.find(piece, at + len(piece))
    return found
