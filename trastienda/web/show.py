"""One screen in one window: a process of ours, and the socket it is seen through."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from typing import Final

from aiohttp import WSMsgType, web

from normalizer.text import block

LEFT, ELSEWHERE, FAILED, ENDED = 4001, 4002, 4003, 1001
"""Why a socket is closed (RFC 6455, 7.4); page.js says it in words."""

PATIENCE: Final = 10.0
"""Seconds for a screen to leave: what she decided is written, the fetching is ended."""

MOST_SAID: Final = 4096
"""Bytes of what a screen has to say at its end."""

_READY: Final = b"__GANGLION__\n"
"""From here on, standard output is packets (textual.drivers.web_driver)."""


class Show:
    """A screen from the moment that its window asks for it."""

    def __init__(self, command: Sequence[str], socket: web.WebSocketResponse) -> None:
        self._command, self._socket = command, socket
        self._ready = False

    async def run(self, width: int, height: int) -> None:
        """Run the screen until it ends, or its window is gone: then end it."""
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=PIPE, stdout=PIPE, stderr=PIPE,
            env=_environment(width, height),
            start_new_session=True,  # Ctrl+C in the terminal is ours: we ask it to leave
        )  # fmt: skip
        told = asyncio.create_task(self._tell(process))
        heard = asyncio.create_task(_heard(process))
        try:
            await self._pass_on(process)
            await process.wait()
            text = block((await heard).decode("utf-8", "replace")).strip()
            if text:
                await self._send(json.dumps(["said", text]))
            await self.close(LEFT if self._ready else FAILED)
        finally:
            for task in (told, heard):
                task.cancel()
            await _ended(process)

    async def close(self, code: int) -> None:
        """Close the window's socket; the screen, if there is one, then leaves."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self._socket.close(code=code)

    async def _tell(self, process: Process) -> None:
        """Hand on what she does in the window, and at last that the window is gone."""
        async for message in self._socket:
            if message.type is WSMsgType.TEXT:
                await _write(process, _packet(message.data))
        await _write(process, _meta({"type": "quit"}))
        await asyncio.sleep(PATIENCE)
        await _ended(process)

    async def _pass_on(self, process: Process) -> None:
        """Hand on what the screen draws, till its end; without a window, to nobody."""
        output = process.stdout
        assert output is not None  # noqa: S101 - a pipe
        with contextlib.suppress(asyncio.IncompleteReadError, ValueError):
            while (line := await output.readline()) != _READY:
                if not line:
                    return
            self._ready = True
            while True:
                head = await output.readexactly(5)
                payload = await output.readexactly(int.from_bytes(head[1:], "big"))
                if head[:1] == b"D":
                    await self._send(payload)
                elif head[:1] == b"M" and (text := _asked(payload)):
                    await self._send(text)

    async def _send(self, data: bytes | str) -> None:
        if self._socket.closed:
            return
        with contextlib.suppress(ConnectionError, RuntimeError):
            if isinstance(data, bytes):
                await self._socket.send_bytes(data)
            else:
                await self._socket.send_str(data)


def _environment(width: int, height: int) -> dict[str, str]:
    size = {"COLUMNS": str(width), "LINES": str(height), "ROWS": str(height)}
    colors = {"COLORTERM": "truecolor", "TEXTUAL_COLOR_SYSTEM": "truecolor"}
    return {**os.environ, "TERM": "xterm-256color", **size, **colors}


def _packet(text: str) -> bytes:
    """What the window says, as the screen reads it; b"" for what it cannot mean."""
    try:
        match json.loads(text):
            case ["stdin", str(typed)]:
                data = typed.encode("utf-8", "replace")
                return b"D" + len(data).to_bytes(4, "big") + data
            case ["resize", {"width": int(width), "height": int(height)}]:
                return _meta({"type": "resize", "width": cells(width), "height": cells(height)})
            case ["focus" | "blur" as change, *_]:
                return _meta({"type": change})
            case _:
                return b""
    except (ValueError, RecursionError):
        return b""


def cells(size: int) -> int:
    """A width or height that a window can have."""
    return max(1, min(size, 1000))


def _meta(told: dict[str, object]) -> bytes:
    data = json.dumps(told).encode()
    return b"M" + len(data).to_bytes(4, "big") + data


def _asked(payload: bytes) -> str:
    """What the screen asks of the browser, as the page reads it: to open an address, no more."""
    match json.loads(payload):
        case {"type": "open_url", "url": str(url)} if url.startswith(("http://", "https://")):
            return json.dumps(["open_url", {"url": url, "new_tab": True}])
        case _:
            return ""


async def _write(process: Process, data: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - a pipe
    with contextlib.suppress(ConnectionError, RuntimeError):
        process.stdin.write(data)
        await process.stdin.drain()


async def _heard(process: Process) -> bytes:
    """Read what the screen says at its end, so that nothing it says stops it."""
    assert process.stderr is not None  # noqa: S101 - a pipe
    kept = b""
    while data := await process.stderr.read(MOST_SAID):
        kept = (kept + data)[:MOST_SAID]
    return kept


async def _ended(process: Process) -> None:
    """End a process that does not end by itself."""
    for end in (process.terminate, process.kill):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            end()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), PATIENCE)
