"""`trastienda web` in a real browser."""

from __future__ import annotations

import asyncio
import base64
import zlib
from pathlib import Path

import pyte
import pytest

from tests.servers.chromium import Browser, browser
from tests.trastienda.sites import demo, served, until

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="asks Linux what runs")

__all__ = ["demo"]


class Drawn:
    """What stands in the window, by what was sent to it: pixels have no words."""

    def __init__(self, page: Browser) -> None:
        self._page = page
        self._screen = pyte.Screen(200, 60)
        self._stream = pyte.ByteStream(self._screen)

    async def until(self, text: str) -> None:
        def there() -> bool:
            for frame in self._page.take("Network.webSocketFrameReceived"):
                if frame["response"]["opcode"] == 2:
                    self._stream.feed(base64.b64decode(frame["response"]["payloadData"]))
            return any(text in line for line in self._screen.display)

        await until(there)


def uneven(png: bytes) -> float:
    """The share of bytes that differ from their neighbours' (PNG 1.2, 6: filters)."""
    data, at = b"", 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + size]
        at += size + 12
    rows = zlib.decompress(data)
    return 1 - rows.count(0) / len(rows)


def test_it_shows_the_queue_takes_her_keys_copies_and_opens_links(demo: Path) -> None:
    async def look() -> None:
        async with browser() as page:
            blank = uneven(await page.picture())
            # Reading is the test's; writing is what a browser allows the page that she looks at.
            both = ["clipboardReadWrite", "clipboardSanitizedWrite"]
            await page.ask("Browser.grantPermissions", permissions=both)
            drawn = Drawn(page)
            await page.go(site.link)
            await drawn.until("Improve the site")
            for key in ("j", "k", "Enter"):
                await page.press(key)
            await drawn.until("Esc back")
            assert uneven(await page.picture()) > 10 * blank
            await page.press("y")
            await drawn.until("Copied: http")
            copied = await page.until("navigator.clipboard.readText()")
            assert copied.startswith("https://")
            await page.press("o")
            await drawn.until("Open in the browser")
            await page.press("Enter")
            await until(lambda: any(
                event["targetInfo"]["url"].startswith(copied)
                for name in ("Target.targetCreated", "Target.targetInfoChanged")
                for event in page.of(name)
            ))  # fmt: skip
            await page.ask("Page.bringToFront")
            await page.js(
                "window.addEventListener('keydown', e => (window.keys ??= []).push(e), true)"
            )
            for key in ("Tab", "F1"):
                await page.press(key)
            for key in ("p", "s", "v"):
                await page.press(key, ctrl=True)
            taken = await page.js("keys.map(e => e.key + ':' + e.defaultPrevented).join(' ')")
            assert taken == "Tab:true F1:true p:true s:true v:false"
            assert await page.js("document.title") == "Trastienda"
            assert await page.js("location.href") == site.room
            asked = [one["request"]["url"] for one in page.of("Network.requestWillBeSent")]
            assert len(asked) >= 7
            assert all(url.startswith(site.origin) for url in asked)
            assert not page.of("Runtime.exceptionThrown")
            assert not page.of("Log.entryAdded")
            process.terminate()
            await page.until("document.getElementById('over').dataset.why === 'lost'")

    with served(demo, "--lang", "en") as (site, process):
        asyncio.run(look())
