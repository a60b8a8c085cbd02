"""The program on a real pseudo-terminal, its bytes kept and drawn by a terminal emulator."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

MAIN = """
import json, sys
from zoneinfo import ZoneInfo
from tui.app import run
from tui.setup import Setup, Taste
taste = Taste(**json.loads(sys.argv[2]))
zone = ZoneInfo("Europe/Madrid")
sys.exit(run(Setup(target=sys.argv[1], language="en", timezone=zone, taste=taste)))
"""


class Terminal:
    """A child on a pty of a given size."""

    def __init__(
        self, database: Path, size: tuple[int, int] = (80, 24), env: dict[str, str] | None = None,
        *, led: bool = False, **taste: str | bool,
    ) -> None:  # fmt: skip
        """`led`: another program is the first of the session, waits, and minds no SIGHUP.
        `taste` is [screen] of the config.
        """
        columns, lines = size
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.data = b""
        self.code: int | None = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if led and (child := os.fork()):
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
                os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            os.environ.update({"TERM": "xterm-256color"} | (env or {}))
            os.execv(sys.executable, self.words(database, taste))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def words(self, database: Path, taste: Mapping[str, str | bool]) -> list[str]:
        """What runs there."""
        return [sys.executable, "-c", MAIN, str(database), json.dumps(dict(taste))]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if self.fd >= 0:
            os.close(self.fd)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def send(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def until(self, wanted: str, seconds: float = 30) -> None:
        """Read until a text stands on the screen."""
        deadline = time.monotonic() + seconds
        while wanted not in self.text:
            assert time.monotonic() < deadline, f"{wanted!r} never came:\n{self.text}"
            assert self._read(0.2) is not None, f"it ended without {wanted!r}:\n{self.text}"

    def rest(self, quiet: float = 0.4) -> None:
        """Read until nothing comes any more."""
        while self._read(quiet):
            pass

    def leave(self) -> int:
        """Read to the end; gives the exit code."""
        deadline = time.monotonic() + 30
        while self._read(0.2) is not None:
            assert time.monotonic() < deadline, self.text
        _pid, status = os.waitpid(self.pid, 0)
        self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def vanish(self) -> int:
        """Close the terminal as its window would; gives the exit code."""
        os.close(self.fd)
        self.fd = -1
        deadline = time.monotonic() + 30
        while not (ended := os.waitpid(self.pid, os.WNOHANG))[0]:
            assert time.monotonic() < deadline, "it goes on without a terminal"
            time.sleep(0.02)
        self.code = os.waitstatus_to_exitcode(ended[1])
        return self.code

    def _read(self, wait: float) -> bytes | None:
        if not select.select([self.fd], [], [], wait)[0]:
            return b""
        try:
            chunk = os.read(self.fd, 65536)
        except OSError:  # Linux says EIO when the other side is closed
            return None
        if not chunk:
            return None
        self.data += chunk
        self._stream.feed(chunk)
        return chunk
