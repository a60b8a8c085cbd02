"""Which words are probably misspelled, asked of a process of its own.

Reading the words of a language takes most of a second and 100 MB; in this process the keys would
wait for it, and the memory would stay.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import threading
from subprocess import DEVNULL, PIPE, Popen


class Speller:
    """Asks while somebody writes; `close` lets it go. Where no process answers nothing is found."""

    def __init__(self) -> None:
        self._process: Popen[bytes] | None = None
        self._closed = False
        self._turn = threading.Lock()

    async def unknown(self, text: str, language: str) -> list[tuple[int, int]]:
        """Find words as `triage.spelling.unknown` does."""
        return await asyncio.to_thread(self._ask, text, language)

    def close(self) -> None:
        """End the process; a question under way finds nothing."""
        self._closed = True
        if (process := self._process) is None:
            return
        process.kill()
        with self._turn:
            _ended(process)

    def _ask(self, text: str, language: str) -> list[tuple[int, int]]:
        question = json.dumps([text, language]).encode() + b"\n"
        with self._turn:
            if self._closed:
                return []
            try:
                process = self._process = self._process or _started()
                assert process.stdin is not None  # noqa: S101 - it is a pipe
                assert process.stdout is not None  # noqa: S101 - it is a pipe
                process.stdin.write(question)
                process.stdin.flush()
                found = json.loads(process.stdout.readline())
            except (OSError, ValueError):
                return []
            finally:
                if self._closed and self._process is not None:  # closed while it was being started
                    _ended(self._process)
        return [(start, end) for start, end in found]


def _ended(process: Popen[bytes]) -> None:
    process.kill()
    with contextlib.suppress(OSError), process:  # what was not read yet is let go
        process.wait()


def _started() -> Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "triage.spelling"], stdin=PIPE, stdout=PIPE, stderr=DEVNULL,
        start_new_session=True,
    )  # fmt: skip
