"""A screen that listens to her keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingsMap
from textual.screen import Screen

from tui.keys import Keys
from tui.lines import Tone

if TYPE_CHECKING:
    from tui.main import Trastienda


class Bound(Screen[None], inherit_bindings=False):
    """Hands each of its keys to the program, which knows whether that can be done now."""

    app: Trastienda
    name_of: ClassVar[str]
    """As the table of actions calls it."""

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self.keys = keys
        self._said = "", Tone.PLAIN
        """What has just happened, on the line of the keys."""

        self._bindings = BindingsMap(
            Binding(key, call, show=False) for key, call in keys.calls(self.name_of)
        )
