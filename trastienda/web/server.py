"""The server behind `trastienda web`: one page, its files, and one screen at a time."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from aiohttp import web

from trastienda.web import pages, show
from trastienda.web.guard import SOCKET, Guard

ADDRESS = "127.0.0.1"

MOST_WAITING = 4
"""Windows that may wait for the one before them to end."""


class Server:
    """What a browser is answered."""

    def __init__(self, command: Sequence[str], guard: Guard) -> None:
        """`command` runs the screen."""
        self._command, self.guard = command, guard
        self._newest: show.Show | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._over = False

    def app(self) -> web.Application:
        """Everything that can be asked for; whatever else is asked is not there."""
        room = self.guard.room
        app = web.Application(middlewares=[self.guard.check])
        app.on_response_prepare.append(self.guard.dress)
        app.on_shutdown.append(self._end)
        app.router.add_get(room, self._page)
        app.router.add_get(room + SOCKET, self._socket)
        for name, path in pages.files().items():
            app.router.add_get(room + name, _giver(path))
        return app

    async def _page(self, request: web.Request) -> web.Response:
        address = f"ws://{request.headers['Host']}{self.guard.room}{SOCKET}"
        return web.Response(text=pages.page(address), content_type="text/html")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        """Show the screen in a window. The newest has it: the one before is told so, and leaves
        first, so that what was written there is here.
        """
        if self._over or self._waiting >= MOST_WAITING:
            raise web.HTTPServiceUnavailable
        width, height = _size(request, "width", 80), _size(request, "height", 24)
        window = web.WebSocketResponse(heartbeat=15, max_msg_size=2**20, timeout=2, compress=False)
        await window.prepare(request)
        mine = show.Show(self._command, window)
        before, self._newest = self._newest, mine
        self._waiting += 1
        try:
            if before is not None:
                await before.close(show.ELSEWHERE)
            async with self._turn:
                if self._newest is mine and not window.closed:
                    await mine.run(width, height)
        finally:
            self._waiting -= 1
            if self._newest is mine:
                self._newest = None
        return window

    async def _end(self, _app: web.Application) -> None:
        """Close the window, and wait until its screen has left."""
        self._over = True
        if self._newest is not None:
            await self._newest.close(show.ENDED)
        async with self._turn:
            pass


def _giver(path: Path) -> Callable[[web.Request], Awaitable[web.FileResponse]]:
    async def give(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(path)

    return give


def _size(request: web.Request, name: str, usual: int) -> int:
    text = request.query.get(name, "")
    return show.cells(int(text)) if text.isascii() and text.isdigit() and len(text) < 5 else usual


def bound(port: int) -> socket.socket:
    """Take a port of this computer that nobody outside can reach; 0 is any. Raises OSError."""
    return socket.create_server((ADDRESS, port))


def serve(command: Sequence[str], place: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve until told to end. `ready` is told the link; everything has ended afterwards."""
    with contextlib.suppress(KeyboardInterrupt):  # where no signal can be waited for
        asyncio.run(_serve(command, place, ready))


async def _serve(
    command: Sequence[str], place: socket.socket, ready: Callable[[str], None]
) -> None:
    guard = Guard(place.getsockname()[1])
    runner = web.AppRunner(Server(command, guard).app(), access_log=None, shutdown_timeout=5)
    await runner.setup()
    with _told_to_end() as told:  # told again while the screen leaves, it still has its time
        try:
            await web.SockSite(runner, place).start()
            await asyncio.to_thread(ready, guard.link)
            await told.wait()
        finally:
            await runner.cleanup()


@contextlib.contextmanager
def _told_to_end() -> Iterator[asyncio.Event]:
    """Give what is set by Ctrl+C, by being told to end, and by a terminal that was closed."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    taken = []
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as with nohup
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, told.set)
                taken.append(number)
    try:
        yield told
    finally:
        for number in taken:
            loop.remove_signal_handler(number)
