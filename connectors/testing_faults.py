"""Every way in which an HTTP server can forget its manners, as bytes on a socket.

A fault is called when the whole request has been read, with the connection (TLS or not) and the
body, without its head, of an ordinary good JSON answer that it may garble. Whoever calls it closes
the connection afterwards; an OSError means that the client left first.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import itertools
import json
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TypeAlias

Fault: TypeAlias = Callable[[socket.socket, bytes], None]

PATIENCE = 60.0
"""Seconds after which a fault that waits for the client to leave gives up."""


def answer(status: int, body: bytes = b"", *headers: str, kind: str = "application/json") -> bytes:
    """Spell an answer that is well formed."""
    head = [
        f"HTTP/1.1 {status} Status",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    ]
    if status in {204, 304}:
        del head[1:3]
    return "\r\n".join([*head, "", ""]).encode() + body


def status(code: int, *headers: str, body: bytes | None = None, kind: str = "text/plain") -> Fault:
    """Answer with `code`, as servers do that have something to say about it."""
    said = b"no, said the server" if body is None else body
    return lambda peer, _: peer.sendall(answer(code, said, *headers, kind=kind))


def edited(
    change: Callable[[bytes], bytes], *headers: str, kind: str = "application/json"
) -> Fault:
    """Answer 200 with the good body changed."""
    return lambda peer, good: peer.sendall(answer(200, change(good), *headers, kind=kind))


def raw(data: bytes) -> Fault:
    """Send these very bytes, whatever was asked."""
    return lambda peer, _: peer.sendall(data)


def instead(data: bytes) -> Fault:
    """Answer 200 with `data` for a body."""
    return edited(lambda _: data)


def hang(peer: socket.socket, _: bytes) -> None:
    """Say nothing till the client leaves."""
    peer.settimeout(PATIENCE)
    with contextlib.suppress(OSError):
        while peer.recv(4096):
            pass


def reset(peer: socket.socket, _: bytes) -> None:
    """Break the connection off (RST)."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def close(_peer: socket.socket, _: bytes) -> None:
    """End the connection (FIN) without a word."""


def drip(peer: socket.socket, data: bytes) -> None:
    """Send a byte now and then: each read succeeds, and the whole never comes."""
    until = time.monotonic() + PATIENCE
    for byte in itertools.cycle(data):
        if time.monotonic() > until:
            return
        peer.sendall(bytes([byte]))
        time.sleep(0.05)


def flood(head: bytes, again: bytes, total: int = 400 << 20) -> Fault:
    """Pour out `again` till the client leaves, 400 MB at most."""

    def fault(peer: socket.socket, _: bytes) -> None:
        peer.settimeout(PATIENCE)
        peer.sendall(head)
        many = again * (1 + 65_536 // len(again))
        for _again in range(total // len(many)):
            peer.sendall(many)

    return fault


def _half(end: Fault, *, length: bool) -> Fault:
    def fault(peer: socket.socket, good: bytes) -> None:
        head = answer(200, good)
        if not length:
            head = head.replace(f"Content-Length: {len(good)}\r\n".encode(), b"")
        peer.sendall(head[: len(head) - (len(good) + 1) // 2])
        time.sleep(0.02)  # so that the half is read before the connection breaks
        end(peer, good)

    return fault


def _half_a_chunk(peer: socket.socket, good: bytes) -> None:
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    peer.sendall(head + b"%x\r\n" % (len(good) + 10) + good)


def _dripping_body(peer: socket.socket, good: bytes) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    drip(peer, good or b" ")


def _dripping_headers(peer: socket.socket, _: bytes) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    drip(peer, b"X-Slow: yes\r\n")


def _two_lengths(peer: socket.socket, good: bytes) -> None:
    more = f"Content-Length: {len(good) + 7}"
    peer.sendall(answer(200, good, more) + b"1234567")


@functools.cache
def gzip_bomb(megabytes: int = 200) -> bytes:
    """Pack many megabytes of blanks, the beginning of valid JSON, into a thousandth of them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(b" " * (1 << 20)) for _ in range(megabytes)) + packer.flush()


def _bomb(peer: socket.socket, _: bytes) -> None:
    peer.sendall(answer(200, gzip_bomb(), "Content-Encoding: gzip"))


def _retype(value: object) -> object:
    """Put a number where a text was, and so on, all the way down."""
    if isinstance(value, dict):
        return {key: _retype(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_retype(each) for each in value]
    return 7 if isinstance(value, str) else [value]


def retyped(good: bytes) -> bytes:
    """Change the type of everything in `good` but the outermost."""
    return json.dumps(_retype(json.loads(good or b"{}"))).encode()


def _tomorrow(peer: socket.socket, _: bytes) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
    peer.sendall(answer(429, b"slow down", f"Retry-After: {when}", kind="text/plain"))


def _with(text: str) -> Callable[[bytes], bytes]:
    """Put `text`, spelt as JSON spells it, into the good body's every text."""
    return lambda good: good.replace(b'": "', b'": "' + text.encode())


def _limited(*headers: str) -> Fault:
    return status(429, *headers, body=b'{"error":"API_TOKEN_LIMIT_EXCEEDED"}')


PORTAL = b"<!DOCTYPE html><html><head><title>Hotel Sol</title></head><body>Sign in</body></html>"
BAD_GZIP = gzip.compress(b'{"id": "1"}' * 99)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

NETWORK: dict[str, Fault] = {
    "hangs (N3)": hang,
    "resets after the request (N4)": reset,
    "closes without an answer (N5)": close,
    "resets inside the body (N6)": _half(reset, length=True),
    "closes inside the body (N7)": _half(close, length=True),
    "cuts a chunked body (N8)": _half_a_chunk,
    "cuts a body without a length (N9)": _half(close, length=False),
    "drips the body (N10)": _dripping_body,
    "drips the headers (N11)": _dripping_headers,
    "a header of 300 kB (N12)": raw(
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 300_000 + b"\r\nContent-Length: 2\r\n\r\n{}"
    ),
    "the banner of another protocol (N12)": raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "two lengths (N12)": _two_lengths,
    "a captive portal (N14)": edited(lambda _: PORTAL, kind="text/html"),
    "headers without end": flood(b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n"),
    "interim answers without end": flood(b"", b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n"),
    "a body without end": flood(b"HTTP/1.1 200 OK\r\n\r\n", b"[" + b" " * 999),
    "a line of chunk size without end": flood(CHUNKED, b"0"),
    "a chunk size that is none": raw(CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n"),
    "a negative length": raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
    "another protocol from here on": raw(b"HTTP/1.1 101 Go\r\nUpgrade: x\r\n\r\n\x00\x01"),
    "nothing but line ends": raw(b"\r\n" * 50_000),
}
"""Below HTTP, and in its framing."""

STATUSES: dict[str, Fault] = {
    "301 in a loop (H21)": status(301, "Location: ?again"),
    "302 to another host (H21)": status(302, "Location: http://evil.example/?token=1"),
    "304": status(304, body=b""),
    "400": status(400, body=b"invalid value for idList"),
    "401 (H1)": status(401, body=b"invalid token"),
    "402": status(402, body=b'{"errors":[{"message":"Payment Required"}]}'),
    "403 (H2)": status(403),
    "404 (H3)": status(404),
    "409 (H4)": status(409),
    "410 (H3)": status(410),
    "412 (H5)": status(412, body=b'{"sync":"de4774f6915eae04714ca93bb2f5ee81"}'),
    "418": status(418),
    "422": status(422),
    "429 with seconds (H6)": _limited("Retry-After: 30"),
    "429 with a date (H7)": _tomorrow,
    "429 with nothing (H7)": _limited(),
    "429 with a negative number (H7)": _limited("Retry-After: -5"),
    "429 with junk (H7)": _limited("Retry-After: soon\xa0"),
    "429 with a day (H7)": _limited("Retry-After: 86400"),
    "500 (H8)": status(500),
    "502 (H8)": status(502, body=PORTAL, kind="text/html"),
    "503 with Retry-After (H8)": status(503, "Retry-After: 45"),
    "504 (H8)": status(504),
}
"""What the status line says."""

BODIES: dict[str, Fault] = {
    "204 (H9)": status(204, body=b""),
    "an empty 200 (H9)": instead(b""),
    "null (H10)": instead(b"null"),
    "a list for an object, an object for a list (H10)": edited(
        lambda good: b"{}" if good.lstrip()[:1] == b"[" else b"[]"
    ),
    "wrong types (H11)": edited(retyped),
    "bad UTF-8 (H12)": edited(lambda good: good.replace(b'": "', b'": "\xff\xfe')),
    "a BOM (H13)": edited(lambda good: b"\xef\xbb\xbf" + good),
    "100,000 lists in each other (H14)": instead(b"[" * 100_000 + b"]" * 100_000),
    "a number of 5,000 digits (H15)": instead(b'{"pos": ' + b"9" * 5_000 + b"}"),
    "NaN (H16)": instead(b'{"pos": NaN}'),
    "Infinity (H16)": instead(b'[{"pos": -Infinity}]'),
    "infinity in digits (H16)": instead(b'{"pos": 1e999}'),
    "a lone surrogate (H17)": edited(_with("\\ud800")),
    "NUL in a text (H18)": edited(_with("\\u0000")),
    "a gzip bomb (H19)": _bomb,
    "bad gzip (H20)": edited(
        lambda _: BAD_GZIP[:20] + b"\x00\xff" + BAD_GZIP[22:], "Content-Encoding: gzip"
    ),
    "cut gzip": edited(lambda good: gzip.compress(good)[:-9], "Content-Encoding: gzip"),
    "gzip and something behind it": edited(
        lambda good: gzip.compress(good) + b"PK\x03\x04", "Content-Encoding: gzip"
    ),
    "a compression nobody asked for": edited(zlib.compress, "Content-Encoding: br"),
    "JSON cut short": edited(lambda good: good[:-1]),
    "UTF-16": edited(lambda good: good.decode().encode("utf-16")),
}
"""A good status, and a body that is none."""

FAULTS: dict[str, Fault] = {**NETWORK, **STATUSES, **BODIES}


def named(*words: str) -> Iterable[str]:
    """Go through the names that hold any of `words`."""
    return (name for name in FAULTS if any(word in name for word in words))
