"""A real browser without a window, driven over its own protocol (CDP): `make servers`."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

KEYS = {
    "Enter": {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
    "Tab": {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
    "F1": {"key": "F1", "code": "F1", "windowsVirtualKeyCode": 112},
}
CTRL = 2


class Browser:
    """One page of it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._number = socket, 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.events: list[dict[str, Any]] = []
        self._session: str | None = None

    async def listen(self) -> None:
        async for message in self._socket:
            told = message.json()
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told)
            else:
                self.events.append(told)

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        told = {"id": self._number, "method": method, "params": params}
        if self._session:
            told["sessionId"] = self._session
        await self._socket.send_json(told)
        found = await asyncio.wait_for(answer, 20)
        assert "error" not in found, (method, found)
        return dict(found["result"])

    async def begin(self, width: int, height: int) -> None:
        await self.ask("Target.setDiscoverTargets", discover=True)
        page = await self.ask("Target.createTarget", url="about:blank")
        session = await self.ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = session["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.ask(f"{domain}.enable")
        await self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip

    async def go(self, address: str) -> None:
        await self.ask("Page.navigate", url=address)

    async def js(self, expression: str) -> Any:
        """What it comes to, in the end where it takes time."""
        found = await self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        return found["result"].get("value")

    async def press(self, key: str, *, ctrl: bool = False) -> None:
        letter = {
            "key": key,
            "code": f"Key{key.upper()}",
            "windowsVirtualKeyCode": ord(key[0].upper()),
        }
        how = KEYS.get(key, letter | ({} if ctrl else {"text": key}))
        modifiers = CTRL if ctrl else 0
        for kind in ("keyDown", "keyUp"):
            await self.ask("Input.dispatchKeyEvent", type=kind, modifiers=modifiers, **how)

    async def picture(self) -> bytes:
        found = await self.ask("Page.captureScreenshot", format="png")
        return base64.b64decode(found["data"])

    async def until(self, expression: str) -> Any:
        """Wait until it comes to something, and give that."""
        deadline = time.monotonic() + 30
        while not (found := await self.js(expression)):
            assert time.monotonic() < deadline, expression
            await asyncio.sleep(0.05)
        return found

    def take(self, method: str) -> list[dict[str, Any]]:
        """What happened since last asked."""
        found = self.of(method)
        self.events = [event for event in self.events if event["method"] != method]
        return found

    def of(self, method: str) -> list[dict[str, Any]]:
        return [event["params"] for event in self.events if event["method"] == method]


@contextlib.asynccontextmanager
async def browser(width: int = 1280, height: int = 800) -> AsyncIterator[Browser]:
    """Start it, and give a blank page; skip where it is not installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("Chromium is not installed (make servers)")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            program, "--headless=new", "--no-sandbox", "--no-first-run", "--mute-audio",
            "--enable-unsafe-swiftshader", "--disable-background-networking",
            "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank",
            env={**os.environ, "HOME": folder},
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            port = Path(folder) / "DevToolsActivePort"
            deadline = time.monotonic() + 30
            while not (text := _read(port)):
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)
            number, path = text.split()
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(f"ws://127.0.0.1:{number}{path}", max_msg_size=0) as socket,
            ):
                page = Browser(socket)
                listening = asyncio.create_task(page.listen())
                await page.begin(width, height)
                yield page
                with contextlib.suppress(TimeoutError):
                    page._session = None
                    await page.ask("Browser.close")
                listening.cancel()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


def _read(path: Path) -> str:
    """What it writes when it listens; "" before it is whole."""
    text = path.read_text() if path.exists() else ""
    return text if text.count("\n") > 0 else ""
