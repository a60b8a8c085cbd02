"""The wire to an HTTP server: bounded in bytes and in time, whatever the server does.

httpx brings the pool of connections, TLS, proxies and the framing (h11, which bounds headers to
100 kB). Its client is left out, and with it cookies, redirects, the environment's proxies, netrc,
and the log of full URLs; so is its inflating, which has no bound. A private event loop gives what
blocking sockets cannot: one deadline over everything, and an end from another thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import time
import zlib
from collections.abc import AsyncGenerator, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

import httpx

from connectors import http_said as say
from connectors.errors import ConnectorError
from connectors.http_loop import ForbiddenAddressError, Worker
from connectors.http_rules import is_public
from connectors.net import trusted

T = TypeVar("T")

_PIECE: Final = 1 << 20
"""Bytes that are inflated at once."""

_IDLE: Final = 15.0
"""Seconds for which a connection is kept for the next request: vendors keep it longer."""

for _chatty in (httpx.__name__, httpx.__name__.replace("httpx", "httpcore")):
    # At DEBUG they tell headers and addresses, cookies and signed ones too.
    logging.getLogger(_chatty).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request."""

    method: str
    url: str
    host: str
    """For messages."""

    headers: Mapping[str, str]
    content: bytes = b""
    elsewhere: bool = False
    """It goes to another host than the API's, over connections of their own."""

    public: bool = False
    """It goes to public addresses only, by whatever name."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Trip:
    """How far one request came."""

    public: bool = False
    away: bool = False
    """Some of it may have left."""

    past_proxy: bool = False
    """A proxy, where there is one, has let us through."""

    stream: Any = None
    """The connection that was dialled for it, if one was."""

    async def traced(self, name: str, info: Mapping[str, Any]) -> None:
        """Hear httpcore's events (its `trace` extension)."""
        if name == "connection.connect_tcp.complete":
            self.stream = info["return_value"]
            if self.public and not is_public(str(self.stream.get_extra_info("server_addr")[0])):
                raise ForbiddenAddressError
        elif name.endswith(".send_request_headers.started"):
            if info["request"].method != b"CONNECT":
                self.away = self.past_proxy = True
        elif name == "proxy.start_tls.started":
            self.past_proxy = True


@dataclass(slots=True)
class _Inflater:
    """Takes a body as it comes, and gives it as it was meant, up to `left` bytes."""

    host: str
    coding: str
    left: int
    _gzip: Any = field(init=False)

    def __post_init__(self) -> None:
        if self.coding not in {"", "identity", "gzip", "x-gzip"}:
            raise say.unreadable(self.host, wrote=False)
        self._gzip = zlib.decompressobj(31) if "gzip" in self.coding else None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` holds, never more than a piece at once."""
        if self._gzip is None:
            yield self._counted(data)
            return
        while data and not self._gzip.eof:
            try:
                piece = self._gzip.decompress(data, _PIECE)
            except zlib.error:
                raise say.unreadable(self.host, wrote=False) from None
            data = self._gzip.unconsumed_tail
            yield self._counted(piece)
        if data or self._gzip.unused_data:
            raise say.unreadable(self.host, wrote=False)

    def end(self) -> None:
        """Take it that no more comes. Raises where there should be more."""
        if self._gzip is not None and not self._gzip.eof:
            raise say.unreadable(self.host, wrote=False)

    def _counted(self, piece: bytes) -> bytes:
        self.left -= len(piece)
        if self.left < 0:
            raise say.too_large(self.host)
        return piece


class Wire:
    """One account's connections. Used from one thread at a time; `close` also from another.

    Raises ConnectorErrors only; after one, `trip` tells how far the request came.
    """

    def __init__(self, *, tls: bool, ca_file: str, proxy: str) -> None:
        """Make ready to dial, with TLS that trusts `ca_file` alone where one is named."""
        self.trip = Trip()
        self._proxy = proxy
        # Where no TLS is wanted, one that trusts nobody is made in no time.
        context = trusted(ca_file) if tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._api = self._transport(context)
        self._elsewhere: httpx.AsyncHTTPTransport | None = None
        self._worker = Worker(self._hang_up)
        self.over = self._worker.over

    def send(self, ask: Ask, *, deadline: float, cap: int) -> Reply:
        """Send `ask` and read the whole answer, of `cap` bytes at most, within `deadline` s."""

        async def whole() -> Reply:
            async with asyncio.timeout(deadline):
                response = await self._begun(ask)
                try:
                    headers, pieces = _headers(response), list[bytes]()
                    inflater = _Inflater(ask.host, _coding(headers), cap)
                    async for data in response.aiter_raw():
                        pieces += inflater.feed(data)
                    inflater.end()
                finally:
                    await response.aclose()
            return Reply(response.status_code, headers, b"".join(pieces))

        self.trip = Trip()
        return self.run(whole(), ask)

    @contextlib.contextmanager
    def stream(self, ask: Ask, *, deadline: float) -> Iterator[tuple[Reply, Body]]:
        """Send `ask` and give the head of its answer, and its body to be read as it comes.

        The connection is hung up at the end, unless the body was read to its own.
        """

        async def head() -> httpx.Response:
            async with asyncio.timeout(deadline):
                return await self._begun(ask)

        async def leave() -> None:
            await parts.aclose()
            await response.aclose()

        self.trip = Trip()
        response = self.run(head(), ask)
        parts = cast("AsyncGenerator[bytes, None]", response.aiter_raw())  # as it is written there
        try:
            headers = _headers(response)
            yield Reply(response.status_code, headers, b""), Body(self, ask, parts, headers)
        finally:
            with contextlib.suppress(ConnectorError):  # closed meanwhile, and so is the connection
                self.run(leave(), ask)

    def close(self) -> None:
        """Hang up; what is under way ends. Never raises."""
        self._worker.close()

    def _transport(self, context: ssl.SSLContext) -> httpx.AsyncHTTPTransport:
        proxy = None
        if self._proxy:
            over_tls = trusted() if self._proxy.startswith("https:") else None
            proxy = httpx.Proxy(self._proxy, ssl_context=over_tls)
        limits = httpx.Limits(max_connections=4, keepalive_expiry=_IDLE)
        return httpx.AsyncHTTPTransport(
            verify=context, trust_env=False, limits=limits, proxy=proxy, retries=0
        )

    async def _begun(self, ask: Ask) -> httpx.Response:
        """Send `ask`, and read the head of its answer."""
        transport = self._api
        if ask.elsewhere:
            transport = self._elsewhere = self._elsewhere or self._transport(trusted())
        self._worker.loop.public_only = ask.public and not self._proxy
        self.trip.public = self._worker.loop.public_only
        request = httpx.Request(
            ask.method,
            ask.url,
            headers=dict(ask.headers),
            content=ask.content or None,
            extensions={"trace": self.trip.traced},
        )
        try:
            return await transport.handle_async_request(request)
        except BaseException:
            if self.trip.stream is not None and not self.trip.away:
                # httpcore forgets a connection whose handshake is cancelled.
                await self.trip.stream.aclose()
            raise

    def run(self, work: Coroutine[Any, Any, T], ask: Ask) -> T:
        """Run a part of what `ask` takes. Raises ConnectorErrors only."""
        try:
            return self._worker.run(work)
        except ConnectorError:
            raise
        except TimeoutError:
            raise say.late(ask.host) from None
        except asyncio.CancelledError:
            raise say.ended(ask.host) from None
        except Exception as error:  # noqa: BLE001  # of whatever library: only our own go out
            proxy = "" if self.trip.past_proxy else self._proxy
            raise say.trouble(ask.host, error, proxy=proxy) from None

    async def _hang_up(self) -> None:
        for transport in filter(None, (self._api, self._elsewhere)):
            await transport.aclose()


@dataclass(slots=True)
class Body:
    """The body of an answer, as it comes."""

    wire: Wire
    ask: Ask
    parts: AsyncGenerator[bytes, None]
    headers: Mapping[str, str]

    def pieces(self, *, deadline: float, cap: int, rate: int) -> Iterator[bytes]:
        """Yield the body, inflated, `cap` bytes of it at most.

        None of them may take longer than `deadline` seconds, nor all together longer than that
        and one second for every `rate` bytes: what drips is dropped, what is merely slow is not.
        """

        async def part(seconds: float) -> bytes | None:
            async with asyncio.timeout(seconds):
                return await anext(self.parts, None)

        waited, got = 0.0, 0
        inflater = _Inflater(self.ask.host, _coding(self.headers), cap)
        while True:
            began = time.monotonic()
            left = min(deadline, deadline + got / rate - waited)
            data = self.wire.run(part(max(left, 0.0)), self.ask)
            waited += time.monotonic() - began
            if data is None:
                inflater.end()
                return
            got += len(data)
            yield from inflater.feed(data)


def _headers(response: httpx.Response) -> dict[str, str]:
    """Spell the headers with names in lower case; of what comes twice, the first counts."""
    headers: dict[str, str] = {}
    for name, value in response.headers.raw:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return headers


def _coding(headers: Mapping[str, str]) -> str:
    return headers.get("content-encoding", "").strip().lower()
