"""How she likes the screen: its colours, and whether it keeps still for a screen reader."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime
from gettext import gettext as _
from typing import Any, Protocol, runtime_checkable

from textual.app import App
from textual.dom import DOMNode
from textual.driver import Driver
from textual.filter import LineFilter, Monochrome, NoColor
from textual.geometry import Offset
from textual.screen import Screen
from textual.widgets import Input

from tui import palette, themes
from tui.guard import GUARD
from tui.keys import Keys
from tui.lines import Tone
from tui.setup import Setup
from tui.strip import news_text

STILL = 1.5
"""Seconds after a key for which a plain screen may still change by itself: its answer comes."""

BEGIN = 5.0
"""The same at the start."""


@runtime_checkable
class Placing(Protocol):
    """What knows where the terminal's own cursor belongs: a screen, or what has the keys in it."""

    def place_cursor(self) -> None:
        """Put it there."""


class Tasted(App[int]):
    """A program in her colours. A plain one changes after a key of hers, and never by itself."""

    keys: Keys
    ALLOW_SELECT = False  # or a double click would select a whole widget; Shift+drag selects text

    def __init__(
        self, setup: Setup, clock: Callable[[], datetime], driver_class: type[Driver] | None
    ) -> None:
        super().__init__(driver_class=driver_class)
        self.setup, self.clock = setup, clock
        self.plain = setup.taste.plain
        self.palette = palette.named(setup.taste.theme)
        self.no_color = palette.colorless()  # Textual takes an empty NO_COLOR for one too
        for one in palette.PALETTES.values():
            self.register_theme(themes.theme(one))
        self.theme = self.palette.name
        self.set_class(self.plain, "-plain")
        self.clicked_at = 0.0
        """When a click last did something, by the clock of events."""

        self._as_of: datetime | None = None
        self._moves_until = time.monotonic() + BEGIN
        self._later: dict[Callable[[], object], DOMNode] = {}
        """What waits for her next key, and whose it is."""

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What the style sheet names, before a theme of ours is chosen."""
        return themes.variables()

    def get_line_filters(self) -> list[LineFilter]:
        """Ours last: nothing is added to a line after it. Textual's greys are colours too."""
        greys = (Monochrome, NoColor)
        kept = [one for one in super().get_line_filters() if not isinstance(one, greys)]
        return [*kept, *([themes.COLORLESS] if self.no_color else []), GUARD]

    def action_theme(self, name: str = "") -> None:
        """Go on to the next theme, or to the one of that name; for this time."""
        if self.no_color:
            self.say(_("NO_COLOR is set, so there are no colours to choose."))
            return
        self.palette = palette.named(name or themes.after(self.palette.name))
        self.theme = self.palette.name
        text = _('Colours: {name}. For good: theme = "{name}" in config.toml')
        self.say(text.format(name=self.palette.name))

    @abstractmethod
    def say(self, text: str, tone: Tone = Tone.GOOD) -> int:
        """Say what happened; return the number of what is said."""

    @property
    def seen_at(self) -> datetime:
        """The time that the screen shows: on a plain one, that of her last key."""
        if not self.plain:
            return self.clock()
        self._as_of = self._as_of or self.clock()
        return self._as_of

    def tell_news(self, count: int, before: int) -> None:
        """Say once on a plain screen how many have come in; nothing else there moves by itself."""
        if self.plain and count > before:
            self.say(news_text(count, self.keys))

    def point(self, at: Offset) -> None:
        """Put the terminal's own cursor there: screen readers and braille follow that one."""
        at = self.screen.outer_size.clamp_offset(at)
        if self._driver is not None and at != self.cursor_position:
            self._driver.write(f"\x1b[{at.y + 1};{at.x + 1}H")
        self.cursor_position = at

    def on_mount(self) -> None:
        """The cursor comes back from what was opened over a screen."""
        self.screen_change_signal.subscribe(self, self._back)

    def _back(self, _screen: Screen[Any]) -> None:
        self.call_after_refresh(self._place)

    def _place(self) -> None:
        for field in self.screen.query(Input):
            field.cursor_blink = False  # a screen that is redrawn twice a second is not calm
        knows = self.screen if isinstance(self.screen, Placing) else self.focused
        if isinstance(knows, Placing):
            knows.place_cursor()
        elif isinstance(knows, Input):
            self.point(knows.cursor_screen_offset)

    def stirred(self) -> None:
        """She has pressed something: what waited for that changes now."""
        self._as_of = None
        self._moves_until = time.monotonic() + STILL
        later, self._later = self._later, {}
        for work, node in later.items():
            if node.is_attached:
                work()

    def rests(self, node: DOMNode, work: Callable[[], object]) -> bool:
        """Whether a plain screen keeps still now; then `work` is done with her next key."""
        if not self.plain or time.monotonic() < self._moves_until:
            return False
        self.next_key(node, work)
        return True

    def unless_still(self, node: DOMNode, work: Callable[[], object]) -> None:
        """Do something that changes the screen by itself: a plain one, with her next key."""
        if not self.rests(node, work):
            work()

    def fade(self, seconds: float, work: Callable[[], object]) -> None:
        """Take away what was said, after some seconds: on a plain screen, with her next key."""
        if self.plain:
            self.next_key(self.screen, work)
        else:
            self.set_timer(seconds, work)

    def next_key(self, node: DOMNode, work: Callable[[], object]) -> None:
        """Do something when she presses the next key, unless the node is gone by then."""
        self._later[work] = node
