"""An event loop of one's own, for who works without one: anything in it can be ended."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from connectors.http_rules import is_public
from connectors.threads import begun

T = TypeVar("T")


class ForbiddenAddressError(OSError):
    """An address that nothing is fetched from."""


class Loop(asyncio.SelectorEventLoop):
    """A loop that looks names up beside it.

    asyncio's own way leaves a pool of threads that must be waited for, and a name server may keep
    them for minutes.
    """

    public_only = False
    """Whether names may lead to addresses of the public network alone."""

    async def getaddrinfo(self, host: Any, port: Any, **hints: Any) -> Any:
        """Look a name up, as `socket.getaddrinfo` does.

        Raises ForbiddenAddressError where only public addresses are wanted and one is not: what is
        checked is what is dialled, so that no second answer of a name server can differ.
        """
        found = self.create_future()

        def settle(result: Any, error: BaseException | None) -> None:
            if found.done():
                return
            if error is not None:
                found.set_exception(error)
            else:
                found.set_result(result)

        def look_up() -> None:
            result, error = None, None
            try:
                result = socket.getaddrinfo(host, port, **hints)
            except Exception as caught:  # noqa: BLE001  # whoever waits must hear of it
                error = caught
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                self.call_soon_threadsafe(settle, result, error)

        begun(look_up, "look up")
        addresses = await found
        if self.public_only and not all(is_public(str(one[4][0])) for one in addresses):
            raise ForbiddenAddressError
        return addresses


class Worker:
    """Runs coroutines to their end, one at a time, on whatever thread asks for it.

    `close` may come from another thread: what runs is cancelled there, and what comes later is.
    """

    def __init__(self, hang_up: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """`hang_up` is run last."""
        self.over = threading.Event()
        """Somebody closed it: it is of no more use."""

        self.loop = Loop()
        self._hang_up = hang_up
        self._runner = asyncio.Runner(loop_factory=lambda: self.loop)
        self._lock = threading.Lock()
        self._running = False
        self._task: asyncio.Task[Any] | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work`. Raises what it raises, and CancelledError where it is closed."""
        with self._lock:
            if self.over.is_set() or self._running:
                work.close()
                raise asyncio.CancelledError
            self._running = True
        try:
            return _outside(lambda: self._runner.run(self._watched(work)))
        finally:
            with self._lock:
                self._running, self._task = False, None
                if self.over.is_set():
                    self._shut()

    def close(self) -> None:
        """End what runs, and the loop. Never raises."""
        with self._lock:
            if self._running:
                self.over.set()
                self.loop.call_soon_threadsafe(self._cancel)
            elif not self.over.is_set():
                self.over.set()
                self._shut()

    async def _watched(self, work: Coroutine[Any, Any, T]) -> T:
        self._task = asyncio.current_task()
        if self.over.is_set():
            work.close()
            raise asyncio.CancelledError
        return await work

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _shut(self) -> None:
        def shut() -> None:
            with contextlib.suppress(Exception):
                self._runner.run(self._hang_up())
            with contextlib.suppress(Exception):
                self._runner.close()

        _outside(shut)


def _outside(do: Callable[[], T]) -> T:
    """Do it here, or aside where this thread runs a loop: none runs within another."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return do()
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(do).result()
