"""A small HTTP/1.1 server on loopback, to put a stand-in for a vendor's server on.

It keeps connections alive, logs what it was asked, and misbehaves on demand. Head and body leave
in one write: in two, Nagle's algorithm and the delayed ACK cost 40 ms a request. One request is
carried out at a time, whatever the number of connections: a stand-in needs no locks of its own.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

Clock = Callable[[], datetime]

Fault = Callable[[socket.socket, bytes], None]
"""Does its worst to the connection; see `connectors.testing_faults`. Is handed the right body."""


def now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Request:
    """One request as it came, and how it was answered."""

    method: str
    path: str
    """Decoded, without the query."""

    pairs: tuple[tuple[str, str], ...]
    """The query, decoded, in order."""

    headers: Mapping[str, str]
    """Names in lower case."""

    body: bytes = b""
    status: int = 0
    """What was answered; 0 where a fault spoke instead, or nobody yet."""

    size: int = 0
    """Bytes of the answer's body."""

    connection: int = 0
    """Which connection it came by, counted from 1."""

    @property
    def query(self) -> dict[str, str]:
        """The query by name; of a name said twice, the last."""
        return dict(self.pairs)

    def json(self) -> Any:
        """The body, read as JSON; None where there is none. Raises ValueError."""
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: object, status: int = 200, **headers: str) -> Reply:
        """Answer with a value."""
        kind = {"content-type": "application/json; charset=utf-8"}
        return cls(status, json.dumps(value, ensure_ascii=False).encode(), kind | headers)

    @classmethod
    def text(cls, words: str, status: int, **headers: str) -> Reply:
        """Answer with plain text."""
        return cls(status, words.encode(), {"content-type": "text/plain; charset=utf-8"} | headers)


@dataclass(slots=True)
class Mishap:
    """What is to go wrong, with which requests, and how often it still will."""

    where: Callable[[Request], bool]
    how: Fault | Reply
    times: int | None
    after: bool
    happened: int = 0


class HttpServer:
    """Answers by one function, on a port of its own; use it as a context or call `stop`."""

    def __init__(self, answer: Callable[[Request], Reply], *, clock: Clock = now) -> None:
        self.log: list[Request] = []
        self.mishaps: list[Mishap] = []
        self.crashes: list[str] = []
        """Exceptions of the stand-in itself: a defect of the tests, never of who asked."""

        self._answer, self._clock = answer, clock
        self._turn = threading.Lock()
        self._peers: set[socket.socket] = set()
        self._numbers = itertools.count(1)
        self._httpd = _Listener(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._httpd.server_address[1])

    @property
    def origin(self) -> str:
        """Where it listens, as an address to put a path behind."""
        return f"http://127.0.0.1:{self.port}"

    def fail(
        self,
        where: Callable[[Request], bool],
        how: Fault | Reply,
        *,
        times: int | None = 1,
        after: bool = False,
    ) -> Mishap:
        """Let matching requests fail, so many times (None: until `mend`).

        A request that would change something is carried out only with `after`: then it is done and
        its answer is lost. A `Reply` is sent in place of the right answer.
        """
        mishap = Mishap(where, how, times, after)
        with self._turn:
            self.mishaps.append(mishap)
        return mishap

    def mend(self) -> None:
        """Let nothing go wrong any more."""
        with self._turn:
            self.mishaps.clear()

    def stop(self) -> None:
        """Hang up on everyone and leave no thread and no socket behind."""
        self._httpd.shutdown()
        with self._turn:
            peers = list(self._peers)
        for peer in peers:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
        self._httpd.server_close()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @contextlib.contextmanager
    def connected(self, peer: socket.socket) -> Iterator[int]:
        """Know of a connection while it lasts; gives its number."""
        with self._turn:
            self._peers.add(peer)
            number = next(self._numbers)
        try:
            yield number
        finally:
            with self._turn:
                self._peers.discard(peer)

    def carry_out(self, request: Request) -> tuple[Reply, Fault | None]:
        """What to answer, and the fault that shall have its body instead."""
        with self._turn:
            self.log.append(request)
            mishap = next((m for m in self.mishaps if m.times != 0 and m.where(request)), None)
            if mishap is not None:
                mishap.happened += 1
                if mishap.times is not None:
                    mishap.times -= 1
            spared = mishap is not None and not mishap.after and request.method != "GET"
            reply = Reply.json({}) if spared else self._answered(request)
            if mishap is not None and isinstance(mishap.how, Reply):
                reply = mishap.how
            fault = None if mishap is None or isinstance(mishap.how, Reply) else mishap.how
            request.size = len(reply.body)
            request.status = 0 if fault else reply.status
            return reply, fault

    def _answered(self, request: Request) -> Reply:
        try:
            return self._answer(request)
        except Exception as error:  # noqa: BLE001  # whatever it is, the fixture tells it
            self.crashes.append(f"{request.method} {request.path}: {error!r}")
            return Reply.text("the stand-in is at fault", 500)

    def written(self, reply: Reply, method: str) -> bytes:
        """Spell an answer: head and body."""
        headers = {"date": format_datetime(self._clock().astimezone(UTC), usegmt=True)}
        headers |= reply.headers
        headers.setdefault("content-length", str(len(reply.body)))
        head = f"HTTP/1.1 {reply.status} {_phrase(reply.status)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return head.encode("latin-1") + b"\r\n" + (b"" if method == "HEAD" else reply.body)


class _Listener(ThreadingHTTPServer):
    daemon_threads = False  # `server_close` waits for the threads it knows; it knows no daemons


def _handler(server: HttpServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle(self) -> None:
            with contextlib.suppress(OSError), server.connected(self.connection) as self.number:
                super().handle()

        def log_message(self, *_: object) -> None:
            pass

        def respond(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            asked = urlsplit(self.path)
            request = Request(
                method=self.command,
                path=unquote(asked.path),
                pairs=tuple(parse_qsl(asked.query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(length),
                connection=self.number,
            )
            reply, fault = server.carry_out(request)
            if fault is None:
                self.connection.sendall(server.written(reply, request.method))
                return
            self.close_connection = True
            fault(self.connection, reply.body)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = do_OPTIONS = respond  # noqa: N815
        do_PROPFIND = do_PROPPATCH = do_REPORT = do_MKCOL = do_MKCALENDAR = respond  # noqa: N815

    return Handler


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unheard Of"
