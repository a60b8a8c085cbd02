"""Servers of `trastienda web`, and what a browser does with them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pyte
import pytest
from aiohttp import web

from trastienda.cli import main
from trastienda.web import server
from trastienda.web.guard import Guard

SERVER = "--no-open"
"""By which a server's process is told from a screen's."""


@dataclass(frozen=True)
class Site:
    """A server, as whoever started it sees it."""

    home: Path
    link: str

    @property
    def host(self) -> str:
        return urlsplit(self.link).netloc

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    @property
    def path(self) -> str:
        return urlsplit(self.link).path

    @property
    def room(self) -> str:
        return self.origin + self.path

    @property
    def token(self) -> str:
        return self.link.partition("token=")[2]

    def processes(self) -> dict[int, str]:
        """What runs in this home, but for the server: the screens, and the engine."""
        found = {}
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = path.read_text().split("\0")
                if str(self.home) in words and SERVER not in words:
                    found[int(path.parent.name)] = " ".join(words)
        return found

    def environments(self) -> str:
        """What those were told in theirs."""
        return "".join(Path(f"/proc/{one}/environ").read_text() for one in self.processes())


@contextlib.contextmanager
def served(home: Path, *words: str) -> Iterator[tuple[Site, subprocess.Popen[str]]]:
    """The command itself, ended at the end if it has not been."""
    command = [sys.executable, "-m", "trastienda", "--home", str(home), *words]
    with subprocess.Popen(
        [*command, "web", "--json", SERVER], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        said = ""
        while not said.endswith("}\n"):
            line = process.stdout.readline()
            assert line, said
            said += line
        site = Site(home, json.loads(said)["link"])
        try:
            yield site, process
        finally:
            process.terminate()
    deadline = time.monotonic() + 30
    while site.processes():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextlib.asynccontextmanager
async def served_here(home: Path) -> AsyncIterator[Site]:
    """The same server within the test: what it starts are screens only."""
    command = [sys.executable, "-m", "trastienda", "--home", str(home), "--lang", "en"]
    with server.bound(0) as place:
        guard = Guard(place.getsockname()[1])
        runner = web.AppRunner(server.Server([*command, "web", "--screen"], guard).app())
        await runner.setup()
        await web.SockSite(runner, place).start()
        site = Site(home, guard.link)
        try:
            yield site
        finally:
            await runner.cleanup()
    assert not site.processes()


async def until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


def client() -> aiohttp.ClientSession:
    """Something that keeps its cookies, as a browser does."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


async def status(session: aiohttp.ClientSession, address: str, **headers: str) -> int:
    async with session.get(address, headers=headers, allow_redirects=False) as answer:
        return answer.status


async def enter(session: aiohttp.ClientSession, site: Site) -> None:
    """Open the link."""
    async with session.get(site.link) as answer:
        assert (answer.status, str(answer.url)) == (200, site.room)


async def window(
    session: aiohttp.ClientSession, site: Site, **headers: str
) -> aiohttp.ClientWebSocketResponse:
    """Do what the page does when it is loaded."""
    address = f"ws://{site.host}{site.path}ws?width=100&height=30"
    return await session.ws_connect(address, headers={"Origin": site.origin} | headers)


async def refused(session: aiohttp.ClientSession, site: Site, **headers: str) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        await window(session, site, **headers)
    return error.value.status


async def reads(socket: aiohttp.ClientWebSocketResponse, text: str) -> None:
    """Watch the window until a text stands in it."""
    screen = pyte.Screen(100, 30)
    stream = pyte.ByteStream(screen)
    async with asyncio.timeout(30):
        while not any(text in line for line in screen.display):
            message = await socket.receive()
            assert message.type is aiohttp.WSMsgType.BINARY, message
            stream.feed(message.data)


async def code(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    """Read to the end, and say how it was closed."""
    async with asyncio.timeout(30):
        async for _message in socket:
            pass
    return socket.close_code


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of made-up data."""
    home = tmp_path_factory.mktemp("web") / "home"
    assert main(["--home", str(home), "--lang", "en", "demo", "--no-input"]) == 0
    return home
