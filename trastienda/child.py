"""The engine as the screen's child: a niced process that ends when the screen does."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Sequence

from connectors.threads import begun

NICE = 10
"""Keys stay fast while mail is being read."""

PATIENCE = 2.5
"""Seconds a child has to end by itself; it needs two at most."""


class Child:
    """The running child. It lives as long as the pipe we hold."""

    def __init__(self, options: Sequence[str] = ()) -> None:
        """Start it; `options` say which home. Raises OSError."""
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "trastienda", *options, "--no-input",
             "sync", "--watch", "--parent-pid", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl+C in the terminal is the screen's to understand.
            start_new_session=True,
        )  # fmt: skip

    def ended(self) -> bool:
        """Tell whether it has ended, which it does by itself only in trouble."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        pipe = self._process.stdin
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
        for end in (self._process.terminate, self._process.kill):
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                end()
        self._process.wait()


def follow(parent: int, stop: threading.Event) -> None:
    """Set `stop` as soon as the process that started us is gone, however it went."""
    if hasattr(os, "nice"):
        os.nice(NICE)

    def until_closed() -> None:
        with contextlib.suppress(OSError, ValueError):
            while sys.stdin.buffer.read(4096):
                pass
        stop.set()

    def until_orphaned() -> None:
        while not stop.wait(1.0):
            if os.name != "nt" and os.getppid() != parent:
                stop.set()

    for watch in (until_closed, until_orphaned):
        begun(watch, "follow")
