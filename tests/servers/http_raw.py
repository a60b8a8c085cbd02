"""A server made of one socket, for whatever `connectors.testing_faults` sends; and a proxy."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.testing_faults import Fault, edited

GOOD = b'{"id": "5f1", "name": "Llamar a Ana"}'

well = edited(lambda good: good)
"""What a server says that is well."""


@dataclass(slots=True)
class RawServer:
    """Listens on a port of its own; a thread for every connection, one request on each."""

    fault: Fault = well
    tls: ssl.SSLContext | None = None
    good: bytes = GOOD
    port: int = 0
    connections: int = 0
    heard: list[bytes] = field(default_factory=list)
    """Every request, head and body."""

    threads: list[threading.Thread] = field(default_factory=list)
    """One for each connection, ended when it is hung up."""

    _peers: list[socket.socket] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def running(self) -> Iterator[RawServer]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            accepting = threading.Thread(target=self._accept, args=(listener,))
            accepting.start()
            try:
                yield self
            finally:
                listener.shutdown(socket.SHUT_RDWR)
                accepting.join()
                for peer in self._peers:
                    with contextlib.suppress(OSError):
                        peer.shutdown(socket.SHUT_RDWR)
                for thread in self.threads:
                    thread.join()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = listener.accept()
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self._peers.append(peer)
                serving = threading.Thread(target=self._serve, args=(peer,))
                serving.start()
                self.threads.append(serving)

    def _serve(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.closing(self._secured(peer)) as talk:
            self._peers.append(talk)
            self.heard.append(request(talk))
            self.speak(talk, self.heard[-1])

    def speak(self, talk: socket.socket, heard: bytes) -> None:
        if heard:
            self.fault(talk, self.good)

    def _secured(self, peer: socket.socket) -> socket.socket:
        try:
            return self.tls.wrap_socket(peer, server_side=True) if self.tls else peer
        except OSError:
            peer.close()
            raise


@dataclass(slots=True)
class Proxy(RawServer):
    """A proxy on loopback: CONNECT for TLS, whole addresses for what is plain.

    Whatever name is asked for, it goes to `target`, the port of a server of the tests.
    """

    target: int = 0
    refuse: bool = False

    def speak(self, talk: socket.socket, heard: bytes) -> None:
        if self.refuse:
            talk.sendall(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", self.target)) as onward:
            if heard.startswith(b"CONNECT "):
                talk.sendall(b"HTTP/1.1 200 Go on\r\n\r\n")
            else:
                onward.sendall(re.sub(rb" http://[^/]*", b" ", heard, count=1))
            _relay(talk, onward)


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Hand bytes to and fro till one of them hangs up."""
    towards = {one: other, other: one}
    while True:
        for ready in select.select([one, other], [], [])[0]:
            data = ready.recv(65_536)
            if not data:
                return
            towards[ready].sendall(data)


def request(talk: socket.socket) -> bytes:
    """Read one whole request; what came of it where the client leaves first."""
    talk.settimeout(30)
    data = b""
    while b"\r\n\r\n" not in data:
        more = talk.recv(65_536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    while length and len(body) < int(length[1]):
        more = talk.recv(65_536)
        if not more:
            break
        body += more
    return head + b"\r\n\r\n" + body


def headers(heard: bytes) -> dict[str, str]:
    """Read a request's headers, names in lower case."""
    lines = heard.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
