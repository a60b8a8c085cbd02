"""Textual's terminal, taking over from what is already painted."""

from __future__ import annotations

import sys

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

ENTER = "\x1b[?1049h"


class Terminal(LinuxDriver):
    """Draws on standard output, so that `2>log` harms nothing, and keeps the first rows."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        assert sys.__stdout__ is not None  # noqa: S101 - `run` asked whether it is a terminal
        self._file = sys.__stdout__
        self._entered = False

    def write(self, data: str) -> None:
        """Pass it on, but for the first switch to the other screen: it would clear the rows."""
        if data == ENTER and not self._entered:
            self._entered = True
            return
        super().write(data)
