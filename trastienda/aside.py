"""Putting raw records in our words in a second process, beside the one that writes them.

What a mapping makes of a raw record depends on nothing else, so it does not matter where it is
done. Nothing rests on the second process either: whatever it does not answer, because it crashed,
hung, raised or never began, is done over by whoever asked.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeAlias

from normalizer.model import Record
from normalizer.raw import Raw

log = logging.getLogger(__name__)

PATIENCE: Final = 30.0
"""Seconds for a batch; a few hundred mails take a fifth of one."""

NICE: Final = 5
"""Whoever writes, and serves the mail, goes first."""

_seat = threading.Lock()

Normalise: TypeAlias = Callable[[Raw], Iterable[Record]]
Answer: TypeAlias = list[tuple[Record, ...] | None]
"""What each raw record is in our words, in order; None where the mapping raised."""


def can_help(normalise: Normalise) -> bool:
    """Tell whether a second process gains anything, and can find `normalise` by its name."""
    named = getattr(normalise, "__qualname__", "<")
    return processors() > 1 and "<" not in named and not hasattr(normalise, "__self__")


def seldom_collect() -> None:
    """Look for circles of objects after 20,000 new ones, not after 700. Records come by the
    thousand and hardly any refer to each other in circles: the looking was a twentieth of the work.
    """
    gc.set_threshold(20_000, 20, 20)


def processors() -> int:
    """Count the processors that we may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Aside:
    """The second process. It ends when we do, however we do: it reads from a pipe that we hold."""

    def __init__(self, normalise: Normalise) -> None:
        """Start it; `start` is how. Raises OSError where that cannot be done."""
        self._normalise = normalise
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            # -P: nothing of ours is looked for in the current folder.
            [sys.executable, "-P", "-c", f"from {__name__} import serve; serve()"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Ctrl+C in the terminal is ours to understand.
            start_new_session=True,
        )
        self._line = ThreadPoolExecutor(1, "aside")
        self._closing = threading.Lock()
        self._closed = False
        self.pid = self._process.pid

    @classmethod
    def start(cls, normalise: Normalise) -> Aside | None:
        """Start it, unless there is one already: one is what the other processor can do."""
        if not _seat.acquire(blocking=False):
            return None
        try:
            return cls(normalise)
        except OSError as error:
            _seat.release()
            log.warning("No second process: %s", error.strerror)
            return None

    def ask(self, raws: Sequence[Raw]) -> Future[Answer]:
        """Have `raws` put in our words, after those asked for before.

        The future raises where there is no answer to be had.
        """
        try:
            return self._line.submit(self._exchange, raws)
        except RuntimeError as closed:
            future: Future[Answer] = Future()
            future.set_exception(closed)
            return future

    def _exchange(self, raws: Sequence[Raw]) -> Answer:
        guard = threading.Timer(PATIENCE, self._process.kill)
        guard.daemon = True
        guard.start()
        try:
            stdin, stdout = self._process.stdin, self._process.stdout
            assert stdin and stdout  # noqa: S101, PT018  both are pipes
            pickle.dump((self._normalise, list(raws)), stdin, pickle.HIGHEST_PROTOCOL)
            stdin.flush()
            answer: Answer = pickle.load(stdout)  # noqa: S301  of our own process
            return answer
        finally:
            guard.cancel()

    def close(self) -> None:
        """End it, in the middle of whatever it does. Anybody may, and twice."""
        self._process.kill()
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._line.shutdown(cancel_futures=True)
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):  # what was still to be sent
                    if pipe:
                        pipe.close()
            self._process.wait()
            _seat.release()


def serve() -> None:
    """Be the second process: answer batch after batch, till nobody is there to ask."""
    seldom_collect()
    if hasattr(os, "nice"):
        os.nice(NICE)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else a mapping prints is no answer
    while True:
        try:
            normalise, raws = pickle.load(source)  # noqa: S301  of our own parent
        except EOFError:
            return
        answer = [_mapped(normalise, raw) for raw in raws]
        pickle.dump(answer, sink, pickle.HIGHEST_PROTOCOL)
        sink.flush()


def _mapped(normalise: Normalise, raw: Raw) -> tuple[Record, ...] | None:
    try:
        return tuple(normalise(raw))
    except Exception:  # noqa: BLE001  raised again where it is asked for
        return None
