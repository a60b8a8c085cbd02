"""Where the screen's waiting is done: one thread that reads, one that writes.

The screen's own thread never waits for the database. Questions are answered in the order they
were asked. One that nobody awaits any more is not asked at all, or stopped where it was: what she
types next does not wait for what she typed before.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, wait
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from store.errors import UnreachableError
from store.narrowed import Narrowed

if TYPE_CHECKING:
    from store.database import Database

T = TypeVar("T")

PATIENCE = 6.0
"""Seconds that leaving waits for what she decided to be written: longer than for a lock."""

GOODBYE = 1.0
"""Seconds that leaving waits for the database to be closed; it survives not being closed."""


class Desk:
    """A reader and a writer of one database, each in its own thread."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.only: str | None = None
        """The client, a slug, of whom alone anything is read from now on; None: of all."""

        self._reading = _Hand("screen-reads")
        self._writing = _Hand("screen-writes")
        self._reader: Narrowed | None = None
        self._database: Database | None = None
        self._decided: set[Future[Any]] = set()

    @property
    def silence(self) -> float:
        """Seconds for which the database has owed an answer; 0 where it owes none."""
        began = self._reading.began
        return 0.0 if began is None else time.monotonic() - began

    async def read(self, ask: Callable[[Narrowed], T]) -> T:
        """Ask the database something. Raises StoreError.

        A server that cannot be reached is called anew by the next question.
        """

        def answer() -> T:
            try:
                self._reader = self._reader or Narrowed(self._target)
                self._reader.only = self.only
                return ask(self._reader)
            except UnreachableError:
                self._hang_up()
                raise

        asked = self._reading.give(answer)
        try:
            return await asyncio.wrap_future(asked)
        except asyncio.CancelledError:
            self._reading.give_up(asked, self._interrupt)
            raise

    def _interrupt(self) -> None:
        if self._reader is not None:
            self._reader.interrupt()

    def write(self, act: Callable[[Database], T], *, hers: bool = False) -> Awaitable[T]:
        """Do something to the database, after all that was asked before. Raises StoreError.

        It is done whether or not anybody goes on waiting for it. `hers`: it is a decision of
        hers, and `close` tells whether one was lost.
        """
        asked = self._writing.give(lambda: act(self._open()))
        if hers:
            self._decided.add(asked)
            asked.add_done_callback(self._decided.discard)
        return asyncio.shield(asyncio.wrap_future(asked))

    def warm(self) -> None:
        """Load what writing needs, so that the first verb does not wait for it."""
        self._writing.give(self._open)

    def close(self) -> bool:
        """Let what was decided be written, and end. False: some of it was not, in `PATIENCE`."""
        unwritten = list(self._decided)
        closed = [self._writing.give(self._shut), self._reading.give(self._hang_up)]
        self._writing.end()
        self._reading.end()
        done, late = wait(unwritten, PATIENCE)
        wait(closed, 0 if late else GOODBYE)
        return not late and all(one.exception() is None for one in done)

    def _open(self) -> Database:
        from store.database import open_database  # noqa: PLC0415 - heavy: after the first paint

        self._database = self._database or open_database(self._target)
        return self._database

    def _shut(self) -> None:
        if self._database is not None:
            self._database.close()

    def _hang_up(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = None


class _Hand:
    """One thread that does what it is given, in order. It keeps no program from ending: a
    server may never answer it.
    """

    def __init__(self, name: str) -> None:
        self._given: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self.began: float | None = None
        """When it began with what it is at, on the monotonic clock; None while it rests."""
        self._at: Future[Any] | None = None
        self._turn = threading.Lock()
        """Held while what it is at changes, or is interrupted."""
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def give(self, work: Callable[[], T]) -> Future[T]:
        """Have something done; what is cancelled before it is begun is passed over."""
        future: Future[T] = Future()

        def do() -> None:
            with self._turn:
                if not future.set_running_or_notify_cancel():
                    return
                self._at = future
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - whoever awaits it is told
                self._rest()
                future.set_exception(error)
            else:
                self._rest()
                future.set_result(result)

        self._given.put(do)
        return future

    def give_up(self, asked: Future[Any], interrupt: Callable[[], None]) -> None:
        """Call `interrupt` if it is at that just now, and at nothing else by then."""
        with self._turn:
            if self._at is asked:
                interrupt()

    def end(self) -> None:
        """Take no more than was given."""
        self._given.put(None)

    def _rest(self) -> None:
        with self._turn:
            self._at = None

    def _work(self) -> None:
        while (do := self._given.get()) is not None:
            self.began = time.monotonic()
            do()
            self.began = None
