"""The two widgets everything but the list is drawn with: a few fixed lines, and a long text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Offset, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from normalizer.text import fold
from tui import clicks
from tui.lines import Line, Span, Tone, cut, wrap
from tui.palette import TERMINAL
from tui.plain import spoken
from tui.taste import Tasted

if TYPE_CHECKING:
    from tui.main import Trastienda

TONES = {f"tone--{tone}" for tone in Tone}


class Styles(dict[Tone, Style]):
    """How each tone looks in a widget, by its style sheet, and each client's colour."""

    plain = False
    palette = TERMINAL


def styles_of(widget: Widget) -> Styles:
    """How lines look in a widget, now."""
    styles = Styles({tone: widget.get_component_rich_style(f"tone--{tone}") for tone in Tone})
    app = widget.app
    if isinstance(app, Tasted):
        styles.plain, styles.palette = app.plain, app.palette
    return styles


def strip(line: Line, width: int, styles: Styles, over: Style | None = None) -> Strip:
    """A line as Textual draws it, exactly `width` cells."""
    segments = []
    if styles.plain:
        line = spoken(line)
    for span in cut(line, width):
        if over:  # one calm bar: weight stays, colours do not
            style = styles[Tone.PLAIN] + over + Style(bold=styles[span.tone].bold)
        else:
            color = styles.palette.client(span.color) if span.color else None
            style = styles[span.tone] + Style(color=color or None)
        segments.append(Segment(span.text, style))
    rest = styles[Tone.PLAIN] + over if over else styles[Tone.PLAIN]
    return Strip(segments).adjust_cell_length(width, rest)


@runtime_checkable
class Speaker(Protocol):
    """A screen with a line for what has just happened."""

    def say(self, text: str, tone: Tone) -> None:
        """Say it there; "" takes it away."""


def said(text: str, tone: Tone, width: int) -> list[Line]:
    """A notice in as many lines as it takes, for what to do next stands at its end."""
    return [(Span(f" {part}", tone),) for part in wrap(text, width - 2)[:5]]


class Lines(Widget):
    """A few lines that do not scroll. `draw` gives them for a width."""

    app: Trastienda

    COMPONENT_CLASSES: ClassVar[set[str]] = TONES

    def __init__(self, draw: Callable[[int], Sequence[Line]], *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._draw = draw
        self._shown: tuple[int, Sequence[Line]] = (0, ())
        self._styles = Styles()

    def redraw(self) -> None:
        """Draw again, where anything differs. A plain screen says only on its last line what
        happens by itself.
        """
        if self.id != "footer" and self.app.rests(self, self.redraw):
            return
        fresh = (self.size.width, self._draw(self.size.width))
        if fresh != self._shown:
            grown = len(fresh[1]) != len(self._shown[1])
            self._shown = fresh
            self.refresh(layout=grown)

    def notify_style_update(self) -> None:
        """Forget the looks."""
        super().notify_style_update()
        self._styles = Styles()

    def on_resize(self) -> None:
        """The lines depend on the width."""
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        """Do what stands there."""
        lines = self._shown[1]
        if event.y < len(lines):
            clicks.done(self.app, lines[event.y], event.x, event)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as there are lines."""
        del container, viewport
        return len(self._draw(width))

    def render_line(self, y: int) -> Strip:
        """One line."""
        self._styles = self._styles or styles_of(self)
        width, lines = self._shown
        if width != self.size.width:
            lines = self._draw(self.size.width)
            self._shown = (self.size.width, lines)
        return strip(lines[y] if y < len(lines) else (), self.size.width, self._styles)


class Page(ScrollView, inherit_bindings=False):
    """A long text that scrolls, with a word in it lit up. What its keys are, its screen knows."""

    app: Trastienda

    COMPONENT_CLASSES: ClassVar[set[str]] = TONES

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._lines: Sequence[Line] = ()
        self._styles = Styles()
        self._word = ""
        """What is lit up, folded."""

        self._aimed = False
        """She has not scrolled away by herself from where the text was opened, or a word found."""

    def show(self, lines: Sequence[Line], *, top: int | None = 0) -> None:
        """Take new lines; `top` is the first one to see, None stays where it is."""
        size, y, before = Size(self.size.width, len(lines)), self.scroll_offset.y, self._lines
        self._lines = lines
        same = self.virtual_size == size and top in (None, y)
        if same and all(
            lines[n] == before[n] for n in range(y, min(y + self.size.height, len(lines)))
        ):
            return
        self.virtual_size = size
        if top is not None:
            self.scroll_to(y=top, animate=False, force=True)
        self.place_cursor()
        self.refresh()

    def notify_style_update(self) -> None:
        """Forget the looks."""
        super().notify_style_update()
        self._styles = Styles()

    def move(self, lines: int) -> None:
        """Scroll by lines."""
        self._aimed = False
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False)

    def page(self, direction: float) -> None:
        """Scroll by a screen, keeping two lines, or by a part of one."""
        self.move(round(direction * max(1, self.size.height - 2)))

    def go(self, edge: int) -> None:
        """To the first line (0) or the last (-1)."""
        self.scroll_to(y=0 if edge == 0 else len(self._lines), animate=False)

    def aim(self) -> int:
        """The line to read on from; -1: the first that is in view."""
        return -1

    def on_click(self, event: events.Click) -> None:
        """Do what stands there."""
        at = event.get_content_offset(self)
        if at is not None and (y := at.y + self.scroll_offset.y) < len(self._lines):
            clicks.done(self.app, self._lines[y], at.x, event)

    def place_cursor(self) -> None:
        """Put the terminal's own cursor where to read on."""
        if self.has_focus:
            top, height, aim = self.scroll_offset.y, self.size.height, self.aim()
            y = aim if self._aimed and top <= aim < top + height else top
            region = self.content_region
            self.app.point(Offset(region.x, region.y + y - top))

    def on_focus(self) -> None:
        """The terminal's cursor comes back from a text field."""
        self.place_cursor()

    def on_resize(self) -> None:
        """What stood above it has gone, or come."""
        self.place_cursor()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The cursor stays on its line while that can be seen."""
        super().watch_scroll_y(old_value, new_value)
        self.place_cursor()

    def render_line(self, y: int) -> Strip:
        """One line of the text."""
        self._styles = self._styles or styles_of(self)
        y += self.scroll_offset.y
        line = self._lines[y] if y < len(self._lines) else ()
        if self._word:
            line = lit(line, self._word)
        return strip(line, self.scrollable_content_region.width, self._styles)


def lit(line: Line, word: str) -> Line:
    """The line with every place of a folded word lit up, where folding keeps the length."""
    spans: list[Span] = []
    for span in line:
        plain = fold(span.text)
        if word not in plain or len(plain) != len(span.text):
            spans.append(span)
            continue
        at = 0
        while (found := plain.find(word, at)) >= 0:
            spans.append(span._replace(text=span.text[at:found]))
            spans.append(Span(span.text[found : found + len(word)], Tone.HIT))
            at = found + len(word)
        spans.append(span._replace(text=span.text[at:]))
    return tuple(span for span in spans if span.text)
