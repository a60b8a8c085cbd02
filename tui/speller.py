"""Which words are probably misspelled, asked of a process of its own.

Reading the words of a language takes most of a second and 100 MB; in this process the keys would
wait for it, and the memory would stay.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from typing import Final

_LONGEST: Final = 1 << 20
"""Bytes of an answer: of the longest text, all of it misspelled, it has fewer."""


class Speller:
    """Asks while somebody writes; `close` lets it go. Where no process starts nothing is found."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    async def unknown(self, text: str, language: str) -> list[tuple[int, int]]:
        """Find words as `triage.spelling.unknown` does."""
        question = json.dumps([text, language]).encode() + b"\n"
        async with self._turn:
            try:
                process = self._process = self._process or await _started()
                assert process.stdin is not None  # noqa: S101 - it is a pipe
                assert process.stdout is not None  # noqa: S101 - it is a pipe
                process.stdin.write(question)
                await process.stdin.drain()
                answer = json.loads(await process.stdout.readline())
            except (OSError, ValueError):
                return []
        return [(start, end) for start, end in answer]

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()


async def _started() -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "triage.spelling", stdin=PIPE, stdout=PIPE, stderr=DEVNULL,
        limit=_LONGEST, start_new_session=True,
    )  # fmt: skip
