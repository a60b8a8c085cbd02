"""The last look: all that goes, to whom and as whom, and what speaks against it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from normalizer.actions import Comment, Mail
from normalizer.said import SaidError
from store.views import Row
from triage.guard import Finding
from tui import answer, careful, envelope, snooze, words
from tui import item as drawing
from tui.burst import clock
from tui.keyboard import key_name
from tui.lines import Line, Span, Tone, wrap
from tui.page import Lines, Page, said
from tui.work import start

if TYPE_CHECKING:
    from store.outbox import Letter
    from tui.main import Trastienda

ALL = 1000
"""Lines that the recipients may take here: all of them stand before her."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What would go, and what was found when it was looked at."""

    letter: Letter | None
    """None where she sends it by hand."""

    text: str
    found: Sequence[Finding]
    names: Mapping[str, str]
    """How the clients are called, by slug."""

    missing: str = ""
    """The words that speak of a file, where there is none."""

    @property
    def warns(self) -> bool:
        """Whether Enter alone is not enough."""
        return bool(self.found or self.missing)


class Sending(ModalScreen[Ready | None], inherit_bindings=False):
    """Shows it before anything goes; the result is what she has let go, exactly as it stood here.

    Keys that come before it stands here do nothing.
    """

    app: Trastienda
    BINDINGS: ClassVar = [
        Binding("enter", "enter", show=False),
        Binding("y,s", "go", show=False),
        Binding("l", "later", show=False),
        Binding("escape,q,n", "back", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("ctrl+q", "app.quit", show=False),
    ]
    AUTO_FOCUS: ClassVar = ""

    def __init__(self, row: Row, look: Callable[[], Awaitable[Ready]]) -> None:
        """`look` makes what would go, and compares it; raises SaidError."""
        super().__init__()
        self._row, self._look = row, look
        self._ready: Ready | None = None
        self._stood = 0.0
        """Since when it stands on the screen, by the clock of keys."""

        self._at: datetime | None = None
        self._problem = ""

    def compose(self) -> ComposeResult:
        """Whom it goes to, what goes, and the keys."""
        yield Lines(self._head, id="sending-head")
        yield Page(id="sending-page")
        yield Lines(self._keys, id="sending-keys")

    def on_mount(self) -> None:
        """Look at it."""
        start(self, self._load, "look")

    def on_resize(self) -> None:
        """The text is wrapped anew."""
        self.call_after_refresh(self._show)

    async def _load(self) -> None:
        try:
            self._ready = await self._look()
        except SaidError as error:
            self._problem = error.said.text(_)
        self._show()
        self.call_after_refresh(self._shown)

    def _shown(self) -> None:
        self._stood = clock()

    def _show(self) -> None:
        page = self.query_one("#sending-page", Page)
        width = page.size.width
        if width:
            page.show(self._lines(min(width - 2, drawing.WIDEST)))
            self.app.point(page.region.offset)
        for name in ("#sending-head", "#sending-keys"):
            self.query_one(name, Lines).redraw()

    def _lines(self, width: int) -> list[Line]:
        if self._ready is None:
            return [(Span(f" {one}", Tone.ALERT),) for one in wrap(self._problem, width - 1)]
        lines = self._warnings(self._ready, width)
        return [*lines, *preview(self._ready, width)]

    def _warnings(self, ready: Ready, width: int) -> list[Line]:
        client = ready.names.get(self._row.client, self._row.client)
        texts = [careful.finding(one, ready.names.get(one.owner, ""), client)
                 for one in ready.found]  # fmt: skip
        if ready.missing:
            text = _("It speaks of a file (“{words}”), and none goes with it.")
            texts.append(text.format(words=ready.missing))
        lines: list[Line] = [
            (Span(f" ! {line}" if not number else f"   {line}", Tone.ALERT),)
            for one in texts
            for number, line in enumerate(wrap(one, width - 3))
        ]
        return [*lines, ()] if lines else []

    def _head(self, width: int) -> list[Line]:
        letter = self._ready.letter if self._ready else None
        me = self.app.setup.manner.me
        if self._ready is None:
            name, color = self.app.look().client(self._row.client)
            return [(Span(f" {name}", Tone.STRONG, color),), (Span("─" * width, Tone.DIM),)]
        lines = envelope.head(self._row, letter, me, self.app.look(), width, most=ALL)
        if self._at is not None:
            when = words.moment(self._at, self.app.clock(), self.app.setup.timezone)
            lines.append((Span(" " + _("goes {when}").format(when=when), Tone.KEY),))
        return [*lines, (Span("─" * width, Tone.DIM),)]

    def _keys(self, width: int) -> list[Line]:
        if self._ready is None:
            text = _("Esc goes back") if self._problem else _("Looking at it…")
            return [(Span(f" {text}", Tone.DIM),)]
        by_hand, esc = self._ready.letter is None, key_name("escape")
        parts: list[tuple[str, str, str]] = []
        if self._ready.warns:
            text = _("copy it all the same") if by_hand else _("send it all the same")
            parts += [("y", text, "go"), (f"⏎ {esc}", _("back"), "back")]
        else:
            text = _("copy it") if by_hand else _("send")
            parts += [("⏎ y", text, "go"), (esc, _("back"), "back")]
        if not by_hand:
            parts.append(("l", _("later…"), "later"))
        parts.append(("↑ ↓", _("read all of it"), "page(1)"))
        spans = [
            span
            for key, text, act in parts
            for span in (Span(f" {key}", Tone.KEY, act=act), Span(f" {text} ", Tone.DIM, act=act))
        ]
        title = _("May be meant for somebody else, or lacks something. Read the lines above.")
        warning = said("! " + title, Tone.ALERT, width) if self._ready.warns else []
        return [*warning, tuple(spans)]

    def action_enter(self) -> None:
        """Let it go where nothing speaks against it; else go back."""
        if self._ready is not None and self._ready.warns:
            self.action_back()
        else:
            self.action_go()

    def action_go(self) -> None:
        """Let it go; where something stops it, for the client's name only."""
        ready = self._ready
        if ready is None or not self.app.saw(self._stood) or not self.is_current:
            return
        if any(one.stops for one in ready.found):
            panel = answer.warning(self._row, ready.found, ready.names, self.app.look())
            self.app.push_screen(panel, lambda hers: self._go(ready) if hers else None)
        else:
            self._go(ready)

    def _go(self, ready: Ready) -> None:
        letter = ready.letter
        if letter is not None and self._at is not None:
            ready = replace(ready, letter=replace(letter, send_at=self._at))
        self.dismiss(ready)

    def action_later(self) -> None:
        """Ask when it is to go."""
        if self._ready is not None and self._ready.letter is not None:
            title = _("Send it when? (“friday 17:00”, “in 3 days”, “24/12”)")
            self.app.push_screen(snooze.question(self.app.look(), title), self._timed)

    def _timed(self, at: datetime | None) -> None:
        if at is not None:
            self._at = at
            self._show()

    def action_back(self) -> None:
        """Nothing goes."""
        self.dismiss(None)

    def action_move(self, lines: int) -> None:
        """Scroll."""
        self.query_one("#sending-page", Page).move(lines)

    def action_page(self, direction: int) -> None:
        """Scroll by a screen."""
        self.query_one("#sending-page", Page).page(direction)


def preview(ready: Ready, width: int) -> list[Line]:
    """All of it, as it leaves."""
    action = ready.letter.action if ready.letter else None
    lines: list[Line] = []
    text = ready.text
    if isinstance(action, Mail):
        subject = _("Subject: {subject}").format(subject=action.subject)
        lines += [(Span(f" {line}", Tone.STRONG),) for line in wrap(subject, width - 1)]
        lines += [(Span(" + ", Tone.KEY), Span(line)) for line in envelope.files(action.files)]
        lines.append(())
        text = action.text
    elif isinstance(action, Comment):
        text = action.text
    lines += [(Span(f" {line}"),) for line in wrap(text, width - 1)]
    if isinstance(action, Mail) and action.quoted:
        lines.append(())
        lines += [(Span(f" {line}", Tone.QUOTE),) for line in wrap(action.quoted, width - 1)]
    return [*lines, ()]
