"""Where the screen's waiting is done: one thread that reads, one that writes.

The screen's own thread never waits for the database. Questions are answered in the order they
were asked, and one that nobody awaits any more is not asked at all.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from store.reader import Reader

if TYPE_CHECKING:
    from store.database import Database

T = TypeVar("T")


class Desk:
    """A reader and a writer of one database, each in its own thread."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="screen-reads")
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="screen-writes")
        self._kept = threading.local()

    async def read(self, ask: Callable[[Reader], T]) -> T:
        """Ask the database something. Raises StoreError."""
        return await asyncio.wrap_future(self._reading.submit(lambda: ask(self._reader())))

    def write(self, act: Callable[[Database], T]) -> Awaitable[T]:
        """Do something to the database, after all that was asked before. Raises StoreError.

        It is done whether or not anybody goes on waiting for it.
        """
        asked = self._writing.submit(lambda: act(self._database()))
        return asyncio.shield(asyncio.wrap_future(asked))

    def warm(self) -> None:
        """Load what writing needs, so that the first verb does not wait for it."""
        self._writing.submit(self._database)

    def close(self) -> None:
        """Let what was decided be written, and end."""
        self._writing.submit(self._close)
        self._reading.submit(self._close)
        self._reading.shutdown(wait=True, cancel_futures=False)
        self._writing.shutdown(wait=True, cancel_futures=False)

    def _reader(self) -> Reader:
        reader: Reader | None = getattr(self._kept, "reader", None)
        if reader is None:
            reader = self._kept.reader = Reader(self._target)
        return reader

    def _database(self) -> Database:
        from store.database import open_database  # noqa: PLC0415 - heavy: after the first paint

        database: Database | None = getattr(self._kept, "database", None)
        if database is None:
            database = self._kept.database = open_database(self._target)
        return database

    def _close(self) -> None:
        for name in ("reader", "database"):
            kept: Reader | Database | None = getattr(self._kept, name, None)
            if kept is not None:
                kept.close()
