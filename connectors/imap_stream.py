"""An IMAP connection's bytes, bounded in number and in time whatever the server does."""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.errors import ConfigError, UnavailableError
from connectors.imap_said import said

SMALL = 1 << 20
"""Bytes that the answer to anything but a FETCH, a SEARCH or a LIST may have."""

_PIECE = 64 << 10
"""Bytes of a literal that are sent at once."""

_LINE_COST = 200
"""Bytes that reading a line costs beside its own: what is endless in short lines ends, too."""

_STATUS = re.compile(
    rb"(?:(?!(?:OK|NO|BAD|BYE|PREAUTH) )\S+ )?(OK|NO|BAD|BYE|PREAUTH)(?![^ \r\n])"
    rb"(?: +\[([A-Z0-9-]+)(?: ([^\]]*))?\])?(?: *(.*))?",
    re.IGNORECASE | re.DOTALL,
)
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


class NonsenseError(UnavailableError):
    """The server broke the protocol; the connection is of no further use."""

    near: bytes = b""
    """The answer it happened in, as far as it had come."""

    suspect: int = 0
    """The UID it was about, where one was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long we wait and how much we take."""

    connect: float = 10
    """Seconds till the connection stands."""

    read: float = 30
    """Seconds without a single byte."""

    command: float = 60
    """Seconds of waiting for the whole answer to one command, and one more for every `rate`
    bytes of it: what drips is dropped, what is merely slow is not."""

    rate: int = 16_384
    line: int = 8 << 20
    literal: int = 1 << 20
    """The longest we take: nothing is ever asked for that is longer than half of it."""

    answer: int = 256 << 20
    """Bytes of the whole answer to one command."""


@dataclass(frozen=True, slots=True)
class Status:
    """OK, NO, BAD or BYE, and what it says."""

    name: str
    code: str
    argument: bytes
    text: str

    @classmethod
    def read(cls, line: bytes) -> Status | None:
        """Read a tagged line, or an untagged one without its asterisk."""
        found = _STATUS.match(line)
        if found is None:
            return None
        name, code, argument, text = (part or b"" for part in found.groups())
        return cls(name.decode().upper(), code.decode().upper(), argument, said(text))


class Stream(imaplib.IMAP4):
    """imaplib's own seams (`open`, `read`, `readline`, `send`, `shutdown`), with bounds."""

    def __init__(
        self,
        host: str,
        port: int,
        context: ssl.SSLContext | None,
        limits: Limits,
        adopt: Callable[[Stream], None],
    ) -> None:
        self.limits = limits
        self.last = b""
        self.alert = ""
        self._context = context
        self._buffer = bytearray()
        self.begin(SMALL)
        adopt(self)  # before the greeting, so that what it says is known even where it fails
        super().__init__(host, port)

    def begin(self, most: int) -> None:
        """Start the clock and the count for the next answer, of `most` bytes."""
        self._waited, self._got, self._most, self._sent = 0.0, 0, most, 0

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        """Connect, to TLS where it begins with that."""
        del timeout
        self.host, self.port = host, port
        plain = socket.create_connection((host, port), self.limits.connect)
        try:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sock = self._wrapped(plain, self._context) if self._context else plain
        except BaseException:
            plain.close()
            raise

    def _wrapped(self, plain: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
        plain.settimeout(self.limits.connect)
        return context.wrap_socket(plain, server_hostname=self.host)

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> Any:
        """Turn to TLS, taking nothing over that was said before (CVE-2020-14954)."""
        if ssl_context is None:
            raise ssl.SSLError("no context")
        name, data = self.xatom("STARTTLS")
        if name != "OK":
            raise self.error("STARTTLS was refused")
        if self._buffer:
            raise NonsenseError(
                "{host} spoke on before the connection was private. Somebody may be in between;"
                " nothing was sent.",
                host=self.host,
            )
        self.untagged_responses.clear()
        self.sock = self._wrapped(self.sock, ssl_context)
        return name, data

    def shutdown(self) -> None:
        """Hang up."""
        if "sock" in self.__dict__:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
            self.sock.close()

    def send(self, data: Any) -> None:
        """Send a line. No control character ever gets into one, whoever wrote it."""
        line = bytes(data)
        if _CONTROL.search(line.removesuffix(b"\r\n")):
            raise ConfigError("A folder, user name or password holds a control character.")
        self._sent += 1
        if self._sent > 64:
            raise NonsenseError("{host} asks the same again and again.", host=self.host)
        self.sock.settimeout(self.limits.read)
        self.sock.sendall(line)

    def give(self, literal: bytes) -> None:
        """Send what was announced as a literal, whatever it holds, and end the line.

        Piece by piece: a socket's timeout is for all that one call sends. Raises TimeoutError.
        """
        whole = memoryview(literal + b"\r\n")
        until = time.monotonic() + self.limits.command + len(whole) / self.limits.rate
        for at in range(0, len(whole), _PIECE):
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.sock.settimeout(min(self.limits.read, left))
            self.sock.sendall(whole[at : at + _PIECE])

    def fill(self, most: float | None = None) -> None:
        """Wait for bytes, `most` seconds at most. Raises TimeoutError, ConnectionError."""
        left = self.limits.command + self._got / self.limits.rate - self._waited
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(min(self.limits.read, left) if most is None else most)
        began = time.monotonic()
        try:
            data = self.sock.recv(1 << 16)
        finally:
            if most is None:
                self._waited += time.monotonic() - began
        if not data:
            raise ConnectionResetError
        self._got += len(data)
        if self._got > self._most:
            raise NonsenseError("{host} never stops answering.", host=self.host)
        self._buffer += data

    def peek(self) -> bytes:
        """Look at the first byte there is, waiting for it."""
        while not self._buffer:
            self.fill()
        return bytes(self._buffer[:1])

    @property
    def pending(self) -> bool:
        """A whole line is here already."""
        return b"\n" in self._buffer

    def read(self, size: int) -> bytes:
        """Take `size` bytes, if it may be so many."""
        if size > self.limits.literal:
            raise NonsenseError(
                "{host} announces {size} bytes where few were asked for.", host=self.host, size=size
            )
        while len(self._buffer) < size:
            self.fill()
        taken = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return taken

    def readline(self) -> bytes:
        """Take a line, with its end."""
        start = 0
        while (end := self._buffer.find(b"\n", start)) < 0:
            start = len(self._buffer)
            if start > self.limits.line:
                raise NonsenseError("{host} sends a line without an end.", host=self.host)
            self.fill()
        self._got += _LINE_COST
        self.last = line = bytes(memoryview(self._buffer)[: end + 1])
        del self._buffer[: end + 1]
        if b"[ALERT]" in line[:40].upper() and (status := Status.read(line[:1000].strip())):
            self.alert = status.text
        return line
