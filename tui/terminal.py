"""Textual's terminal, taking over from what is already painted."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import select
import signal
import sys
from functools import partial
from typing import TextIO

from textual.app import App
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver

from tui.prepaint import ENDINGS, exit_code

ENTER = "\x1b[?1049h"
LOOK = 1.0
"""Seconds between two looks at whether the terminal is still there."""


# Textual decodes what is typed strictly, so that one byte of another encoding (ñ in a Latin-1
# terminal) ends the program; here it is the sign for what cannot be read.
vars(linux_driver)["getincrementaldecoder"] = lambda name: partial(
    codecs.getincrementaldecoder(name), errors="replace"
)


class Terminal(LinuxDriver):
    """Draws on standard output, so that `2>log` harms nothing, and keeps the first rows."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        assert sys.__stdout__ is not None  # noqa: S101 - `run` asked whether it is a terminal
        self._file = _Output(sys.__stdout__)  # type: ignore[assignment]  # all its thread needs
        self._entered = False
        self._next_look: asyncio.TimerHandle | None = None

    def start_application_mode(self) -> None:
        """Take the terminal. Told to end, or left without it, leave as by the key: what she
        decided is written, the engine is stopped, and the terminal is as it was.
        """
        self._loop = asyncio.get_running_loop()
        for number in ENDINGS:
            self._loop.add_signal_handler(number, self._app.exit, exit_code(number))
        self._look()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's

    def _look(self) -> None:
        """Leave when the terminal is gone. Nobody may say so: the signal goes to the first program
        in the window alone, and `make run` keeps it to itself and waits for us.
        """
        if hung_up(self.fileno):
            self._app.exit(exit_code(signal.SIGHUP))
            return
        if self._next_look is not None:
            self._next_look.cancel()  # an editor had the terminal, and it is begun again
        self._next_look = self._loop.call_later(LOOK, self._look)

    def write(self, data: str) -> None:
        """Pass it on, but for the first switch to the other screen: it would clear the rows."""
        if data == ENTER and not self._entered:
            self._entered = True
            return
        super().write(data)


def hung_up(descriptor: int) -> bool:
    """Tell whether a terminal is gone. Waits for nothing."""
    poll = select.poll()
    poll.register(descriptor, 0)  # asked for or not, POLLHUP is told (POSIX, poll)
    return any(events & (select.POLLHUP | select.POLLNVAL) for _, events in poll.poll(0))


class _Output:
    """Standard output for Textual's writing thread, which would end with the first error: then
    its queue is full soon, and whoever draws waits for ever.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):  # the terminal is gone
            self._file.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()
