"""The last line between a stranger's text and the terminal."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.lines import UNSAFE


class ControlGuard(LineFilter):
    """Takes whatever could steer the terminal out of every segment of every widget.

    Textual hands ESC, OSC, C1 and bidi controls on as they are (measured on a real pty with
    8.2.8); this runs after all drawing, so no widget can forget it.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Only a segment that holds such a character is rebuilt."""
        del background
        return [
            segment
            if segment.control or (segment.text.isascii() and segment.text.isprintable())
            else Segment(UNSAFE.sub("", segment.text), segment.style)
            for segment in segments
        ]


GUARD = ControlGuard()
"""The one there is: Textual keeps what a filter made of a line for that very filter only."""
