"""Textual's way into a browser, for a terminal that is drawn there in our colours."""

from __future__ import annotations

import contextlib

from textual.drivers.web_driver import WebDriver

GROUND, TEXT = "#15181d", "#e8ebef"
"""As in the page around it (trastienda/web/page.css)."""

SIXTEEN = (
    "#2a2f37", "#ff8077", "#83d68a", "#e0b050", "#7fb4f5", "#cfa0ee", "#62cfd2", "#c9cfd6",
    "#8a929c", "#ffa299", "#a5e6aa", "#f3d06b", "#a6cdfb", "#e6c1fb", "#93e6e6", "#ffffff",
)  # fmt: skip
"""The terminal's own colours, which a browser has none of: each but the first reads well on it."""


def palette() -> str:
    """Say so to the terminal (OSC 4, 10, 11, 12 of xterm)."""
    sixteen = ";".join(f"{number};{color}" for number, color in enumerate(SIXTEEN))
    return f"\x1b]4;{sixteen}\x07\x1b]10;{TEXT}\x07\x1b]11;{GROUND}\x07\x1b]12;{TEXT}\x07"


class Browser(WebDriver):
    """Ends with the server that shows it, and offers no file for download."""

    def start_application_mode(self) -> None:
        """Begin, in our colours."""
        super().start_application_mode()
        self.write(palette())

    def run_input_thread(self) -> None:
        """Read what she does. Where nothing more can come, nobody looks any more: leave."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.call_from_thread(self._app.exit)

    def write(self, data: str) -> None:
        """Draw; where nobody looks any more, on nothing."""
        with contextlib.suppress(BrokenPipeError):
            super().write(data)

    def write_meta(self, data: dict[str, object]) -> None:
        """Tell the server; likewise."""
        with contextlib.suppress(BrokenPipeError):
            super().write_meta(data)
