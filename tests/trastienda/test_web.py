"""`trastienda web`: one browser, one screen, and nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from http.cookies import Morsel
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pyte
import pytest

from tests.canary import assert_no_canary
from tests.servers.chromium import Browser, browser
from trastienda import lock
from trastienda.cli import main
from trastienda.web import pages, peers, show

pytestmark = pytest.mark.skipif(os.name == "nt", reason="asks /proc, and sends signals")

CONFIG = """
[va]
language = "en"
timezone = "UTC"
[clients.acme]
name = "ACME"
[clients.acme.channels.chat]
kind = "memory"
file = "{file}"
"""


@dataclass
class Site:
    """A server of ours, as whoever started it sees it."""

    process: subprocess.Popen[str]
    home: Path
    link: str

    @property
    def origin(self) -> str:
        return "http://" + urlsplit(self.link).netloc

    @property
    def room(self) -> str:
        return self.origin + urlsplit(self.link).path

    @property
    def token(self) -> str:
        return self.link.partition("token=")[2]

    def processes(self) -> dict[int, str]:
        """What runs in this home, but for the server: the screen, and the engine."""
        found = {}
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = path.read_text().split("\0")
                if str(self.home) in words and int(path.parent.name) != self.process.pid:
                    found[int(path.parent.name)] = " ".join(words)
        return found


def serve(home: Path, *words: str) -> Site:
    command = [sys.executable, "-m", "trastienda", "--home", str(home), *words]
    process = subprocess.Popen(
        [*command, "web", "--json", "--no-open"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    said = ""
    while not said.endswith("}\n"):
        line = process.stdout.readline()
        assert line, said
        said += line
    return Site(process, home, json.loads(said)["link"])


@contextlib.contextmanager
def served(home: Path, *words: str) -> Iterator[Site]:
    site = serve(home, *words)
    try:
        yield site
    finally:
        if site.process.poll() is None:
            site.process.terminate()
            assert site.process.wait(30) == 0
        until_sync(lambda: not site.processes())


def until_sync(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("web") / "home"
    assert main(["--home", str(home), "--lang", "en", "demo", "--no-input"]) == 0
    return home


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A home with a client, whose channel an engine reads."""
    records = [
        {"stream": "conversation", "id": "c1", "json": {"title": "Presupuesto"}},
        {"stream": "message", "id": "m1", "json": {
            "about": {"stream": "conversation", "id": "c1"}, "author": {"name": "Ana"},
            "sent_at": "2026-10-14T08:00:00+00:00", "text": "¿Cómo va?"}},
    ]  # fmt: skip
    (tmp_path / "acme.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(CONFIG.format(file=tmp_path / "acme.jsonl"))
    (home / "config.toml").chmod(0o600)
    return home


def client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


async def status(session: aiohttp.ClientSession, address: str, **headers: str) -> int:
    async with session.get(address, headers=headers, allow_redirects=False) as answer:
        return answer.status


async def enter(session: aiohttp.ClientSession, site: Site) -> None:
    async with session.get(site.link) as answer:
        assert answer.status == 200
        assert str(answer.url) == site.room


async def window(
    session: aiohttp.ClientSession, site: Site, **headers: str
) -> aiohttp.ClientWebSocketResponse:
    address = site.room.replace("http", "ws", 1) + "ws?width=100&height=30"
    return await session.ws_connect(address, headers={"Origin": site.origin} | headers)


async def reads(socket: aiohttp.ClientWebSocketResponse, text: str, width: int = 100) -> None:
    """Watch the window until a text stands in it."""
    screen = pyte.Screen(width, 30)
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


def test_the_link_lets_one_browser_in_once_and_is_written_nowhere(demo: Path) -> None:
    async def look(site: Site) -> None:
        async with client() as other, client() as hers:
            evil = {"Host": "evil.test"}
            assert await status(other, site.origin + "/") == 403
            assert await status(other, site.room) == 403
            assert await status(other, site.room + "?token=" + "x" * 43) == 403
            assert await status(other, site.link, **evil) == 403
            async with other.head(site.link) as answer:
                assert answer.status == 403
            async with hers.get(site.link, allow_redirects=False) as answer:
                assert answer.status == 303
                assert answer.headers["Location"] == urlsplit(site.room).path
                cookie: Morsel[str] = answer.cookies["trastienda"]
                assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
                assert cookie["path"] == urlsplit(site.room).path
                assert cookie.value != site.token
            async with hers.get(site.room) as answer:
                assert answer.status == 200
                text = await answer.text()
                assert site.token not in text
                assert "<title>Trastienda</title>" in text
            assert await status(other, site.link) == 403
            assert await status(hers, site.link) == 303
            socket = await window(hers, site)
            await reads(socket, "Queue")
            words = " ".join(site.processes().values())
            assert "web --screen" in words
            assert site.token not in words
            assert cookie.value not in words
            environments = [
                Path(f"/proc/{number}/environ").read_text() for number in site.processes()
            ]
            assert site.token not in "".join(environments)
            await socket.close()
        assert_no_canary(site.home, site.token, cookie.value)

    with served(demo, "--lang", "en", "--debug") as site:
        asyncio.run(look(site))


def test_no_other_page_reads_or_drives_the_screen(demo: Path) -> None:
    async def look(site: Site) -> None:
        port = urlsplit(site.link).port
        async with client() as hers:
            await enter(hers, site)
            for host in ("evil.test", f"evil.test:{port}", "127.0.0.1:1", "127.0.0.1", ""):
                assert await status(hers, site.room, Host=host) == 403, host
            assert await status(hers, site.room) == 200
            for origin in ("http://evil.test", "null", f"http://127.0.0.1:{port}1", ""):
                with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                    await window(hers, site, Origin=origin)
                assert refused.value.status == 403, origin
            plain = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
            key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
            assert await status(hers, site.room + "ws", **plain, **key) == 403
            assert await status(hers, site.room, Origin="http://evil.test") == 403
            async with client() as other:
                with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                    await window(other, site)
                assert refused.value.status == 403
                with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                    await window(other, site, Cookie="trastienda=" + "x" * 43)
                assert refused.value.status == 403
            assert not site.processes()
            assert await status(hers, site.room + "..%2f..%2fetc/passwd") == 404
            assert await status(hers, site.room + "static/") == 404
            async with hers.post(site.room) as answer:
                assert answer.status == 405
            socket = await window(hers, site)
            await reads(socket, "Queue")
            await socket.close()

    with served(demo, "--lang", "en") as site:
        asyncio.run(look(site))


def test_a_page_loads_nothing_from_anywhere_else_and_is_kept_nowhere(demo: Path) -> None:
    async def look(site: Site) -> None:
        async with client() as hers:
            await enter(hers, site)
            for name in ("", *pages.files()):
                async with hers.get(site.room + name) as answer:
                    assert answer.status == 200
                    headers = answer.headers
                    body = (await answer.read()).decode("latin-1")
                assert headers["Cache-Control"] == "no-store"
                assert headers["Referrer-Policy"] == "no-referrer"
                assert headers["X-Content-Type-Options"] == "nosniff"
                policy = headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "script-src 'self';" in policy
                assert f"connect-src 'self' ws://{urlsplit(site.link).netloc};" in policy
                assert "frame-ancestors 'none'" in policy
                assert "Server" not in headers
                if not name.endswith(".ttf"):
                    assert re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+\w", body) in (
                        [], [f"//{urlsplit(site.link).hostname}"],
                    ), name  # fmt: skip

    with served(demo) as site:
        asyncio.run(look(site))


def test_a_second_window_takes_over_and_a_closed_one_leaves_nothing(real: Path) -> None:
    async def look(site: Site) -> None:
        async with client() as hers:
            await enter(hers, site)
            first = await window(hers, site)
            await reads(first, "Presupuesto")
            await until(lambda: lock.held(real / "engine.lock"))
            before = set(site.processes())
            second = await window(hers, site)
            assert await code(first) == show.ELSEWHERE
            await reads(second, "Presupuesto")
            screens = [words for words in site.processes().values() if "web --screen" in words]
            assert len(screens) == 1
            assert not before & set(site.processes())
            await second.send_json(["stdin", "q"])
            assert await code(second) == show.LEFT
            await until(lambda: not site.processes())
            assert not lock.held(real / "engine.lock")
            third = await window(hers, site)
            for nonsense in (
                "",
                "[",
                "[" * 100_000,
                '["resize", {"width": 1e999}]',
                '["stdin", 3]',
            ):
                await third.send_str(nonsense)
            await third.send_json(["stdin", "e"])
            await reads(third, "Archived")
            await third.close()
            await until(lambda: not site.processes())

    with served(real) as site:
        asyncio.run(look(site))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_however_the_server_ends_nothing_of_it_is_left(real: Path, number: signal.Signals) -> None:
    async def look(site: Site) -> None:
        async with client() as hers:
            await enter(hers, site)
            socket = await window(hers, site)
            await reads(socket, "Presupuesto")
            await until(lambda: lock.held(real / "engine.lock"))
            assert len(site.processes()) == 2
            site.process.send_signal(number)
            closed = await code(socket)
            assert number is signal.SIGKILL or closed == show.ENDED
            await until(lambda: site.process.poll() is not None)
            assert site.process.returncode == (-9 if number is signal.SIGKILL else 0)
            await until(lambda: not site.processes())
            assert not lock.held(real / "engine.lock")

    with served(real) as site:
        asyncio.run(look(site))


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="needs another account")
def test_another_account_of_this_computer_is_refused_even_with_the_link(demo: Path) -> None:
    if not peers.TABLE.exists():
        pytest.skip("asks Linux whose a connection is")
    ask = (
        "import sys, urllib.request, urllib.error\n"
        "try: print(urllib.request.urlopen(sys.argv[1]).status)\n"
        "except urllib.error.HTTPError as error: print(error.code)"
    )
    with served(demo) as site:
        theirs = subprocess.run(
            ["/usr/bin/env", "python3", "-c", ask, site.link],
            user=65534, cwd="/", check=True, capture_output=True, text=True,
        )  # fmt: skip
        assert theirs.stdout.strip() == "403"

        async def look() -> None:
            async with client() as hers:
                await enter(hers, site)

        asyncio.run(look())


def test_without_the_optional_parts_it_says_what_to_install(
    demo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pages, "PARTS", ("a_package_that_is_not_there",))
    assert main(["--home", str(demo), "--lang", "en", "web", "--no-open"]) == 2
    assert 'pip install "trastienda[web]"' in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(demo: Path) -> None:
    with served(demo) as site:
        port = str(urlsplit(site.link).port)
        command = [sys.executable, "-m", "trastienda", "--home", str(demo), "--lang", "en"]
        found = subprocess.run(
            [*command, "web", "--no-open", "--port", port],
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
    assert found.returncode == 2
    assert f"Port {port} cannot be used" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_screen_that_cannot_start_is_said_in_the_window(demo: Path) -> None:
    async def look(site: Site) -> None:
        async with client() as hers:
            await enter(hers, site)
            database = site.home / "trastienda.db"
            database.rename(site.home / "away.db")
            try:
                socket = await window(hers, site)
                told = json.loads(await socket.receive_str(timeout=30))
                assert told[0] == "said"
                assert "Traceback" not in told[1]
                assert await code(socket) == show.FAILED
            finally:
                database.unlink(missing_ok=True)
                (site.home / "away.db").rename(database)

    with served(demo) as site:
        asyncio.run(look(site))


def drawn(page: Browser) -> list[str]:
    """What stands in the window, by what was sent to it."""
    import base64

    screen = pyte.Screen(200, 60)
    stream = pyte.ByteStream(screen)
    for frame in page.of("Network.webSocketFrameReceived"):
        if frame["response"]["opcode"] == 2:
            stream.feed(base64.b64decode(frame["response"]["payloadData"]))
    return list(screen.display)


def varied(png: bytes) -> float:
    """The share of bytes of a picture that differ from their neighbours (PNG, filtered rows)."""
    data, at = b"", 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + size]
        at += size + 12
    raw = zlib.decompress(data)
    return 1 - raw.count(0) / len(raw)


def test_a_browser_shows_the_queue_takes_keys_and_opens_and_copies_links(
    demo: Path, tmp_path: Path
) -> None:
    async def until_drawn(page: Browser, text: str) -> None:
        await until(lambda: any(text in line for line in drawn(page)), 20)

    async def look(site: Site) -> None:
        async with browser() as page:
            blank = varied(await page.picture(tmp_path / "blank.png"))
            await page.ask("Browser.grantPermissions", permissions=["clipboardReadWrite"])
            await page.go(site.link)
            await until_drawn(page, "Queue")
            await page.js(
                "window.addEventListener('keydown', e => (window.keys ??= []).push(e), true)"
            )
            for key in ("Tab", "F1"):
                await page.press(key)
            for key in ("p", "s", "v"):
                await page.press(key, ctrl=True)
            taken = await page.js("keys.map(e => e.key + ':' + e.defaultPrevented).join(' ')")
            assert taken == "Tab:true F1:true p:true s:true v:false"
            await page.press("j")
            await page.press("Enter")
            await until_drawn(page, "Esc back")
            picture = await page.picture(tmp_path / "web.png")
            assert varied(picture) > blank + 0.01
            await page.press("y")
            await until_drawn(page, "Copied: http")
            copied = await page.js("navigator.clipboard.readText()", wait=True)
            assert copied.startswith("https://")
            await page.press("o")
            await until_drawn(page, "Open in the browser")
            await page.press("Enter")
            await until(lambda: any(
                event["targetInfo"]["url"].startswith(copied[:20])
                for name in ("Target.targetCreated", "Target.targetInfoChanged")
                for event in page.of(name)
            ))  # fmt: skip
            assert await page.js("document.title") == "Trastienda"
            assert await page.js("location.href") == site.room
            asked = [one["request"]["url"] for one in page.of("Network.requestWillBeSent")]
            assert all(url.startswith(site.origin) for url in asked)
            assert not page.of("Runtime.exceptionThrown")
            assert not page.of("Log.entryAdded")
            site.process.terminate()
            await until_js(page, "document.getElementById('over').dataset.why === 'lost'")

    async def until_js(page: Browser, what: str) -> None:
        deadline = time.monotonic() + 20
        while not await page.js(what):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)

    with served(demo, "--lang", "en") as site:
        asyncio.run(look(site))
