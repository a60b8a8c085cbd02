"""A program on a pseudo-terminal: when does it show something, and what does a key cost?"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

COLUMNS, LINES = 160, 45


@dataclass(frozen=True, slots=True)
class Program:
    """What to run on the terminal."""

    name: str
    command: Sequence[str | Path]
    env: Mapping[str, str]


class Terminal:
    """What the program at the other end writes, and how long it took to."""

    def __init__(self, pid: int, file: int) -> None:
        self.pid = pid
        self.file = file
        self.started = time.perf_counter()
        self.seen = bytearray()

    def read(self, seconds: float) -> bytes:
        """Return what comes within `seconds`; nothing where nothing does, or it ended."""
        if not select.select([self.file], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self.file, 1 << 16)
        except OSError:  # Linux says EIO at the end of a terminal
            return b""
        self.seen += data
        return data

    def until(self, marker: bytes, *, after: int = 0, seconds: float = 60) -> float:
        """Wait for `marker` from byte `after` on; give the seconds since the start.

        Raises RuntimeError where it does not come within `seconds`.
        """
        end = time.perf_counter() + seconds
        while self.seen.find(marker, after) < 0:
            self.read(0.05)
            if time.perf_counter() > end:
                raise RuntimeError(f"{marker!r} never came; the end: {bytes(self.seen[-2000:])!r}")
        return time.perf_counter() - self.started

    def settle(self, quiet: float = 0.5) -> None:
        """Wait until nothing has come for `quiet` seconds."""
        while self.read(quiet):
            pass

    def key(self, key: bytes, quiet: float = 0.02) -> float:
        """Press a key; give the seconds till the first byte of the answer, then let it finish."""
        start = time.perf_counter()
        os.write(self.file, key)
        self.read(2)
        took = time.perf_counter() - start
        self.settle(quiet)
        return took

    def held(self, key: bytes, times: int, gap: float = 1 / 30) -> list[float]:
        """Press a key over and over, as one that is held down; give the seconds till the first
        byte of each answer, in order of length.
        """
        waits = []
        for _ in range(times):
            start = time.perf_counter()
            os.write(self.file, key)
            self.read(2)
            waits.append(time.perf_counter() - start)
            while (left := start + gap - time.perf_counter()) > 0:
                self.read(left)
        return sorted(waits)

    def cpu(self) -> float:
        """Processor seconds that the program itself has used, without its children."""
        stat = Path(f"/proc/{self.pid}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def peak(self) -> float:
        """MiB of resident memory at most so far."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        line = next(one for one in status.splitlines() if one.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024


@contextlib.contextmanager
def terminal(
    command: Sequence[str | Path], env: Mapping[str, str], size: tuple[int, int] = (COLUMNS, LINES)
) -> Iterator[Terminal]:
    """Run `command` on a terminal, of 160 by 45 unless told otherwise; end it at the end."""
    columns, lines = size
    pid, file = pty.fork()
    if pid == 0:
        try:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
            words = [str(word) for word in command]
            os.execvpe(words[0], words, {**os.environ, "TERM": "xterm-256color", **env})
        finally:
            os._exit(127)
    try:
        yield Terminal(pid, file)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        end = time.perf_counter() + 10
        while os.waitpid(pid, os.WNOHANG)[0] == 0:
            if time.perf_counter() > end:
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(OSError):
                if select.select([file], [], [], 0.05)[0]:
                    os.read(file, 1 << 16)
        os.close(file)
