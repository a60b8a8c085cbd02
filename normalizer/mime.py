"""A mail taken apart: header fields and leaves, as slices of its bytes.

Nothing is decoded before it is asked for, so a mail with an attachment costs hardly more than
one without. Whatever the bytes, there is a result: what a strict reader would refuse (no blank
line, no closing boundary) is read as Python's `email.feedparser` reads it, against which this
is tested. Too many bytes, parts or levels are refused before they cost anything.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from normalizer import headers
from normalizer.said import SaidError

MAX_BYTES: Final = 40 << 20
MAX_PARTS: Final = 500
MAX_DEPTH: Final = 40
MAX_FIELDS: Final = 2_000

_FIELD: Final = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_ENDING: Final = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]")


class RefusedMailError(SaidError):
    """The mail is built to hurt, or might as well be."""


@dataclass(slots=True)
class Fields:
    """The header fields of a mail or a part: raw values by lower-case name, in order."""

    end: int
    """Where the body begins."""

    _values: dict[bytes, list[bytes]] = field(default_factory=dict)

    def first(self, name: bytes) -> bytes:
        """Return the first value of field `name`, still folded and encoded; b"" where none."""
        values = self._values.get(name)
        return values[0] if values else b""

    def every(self, name: bytes) -> list[bytes]:
        """Return all values of field `name`."""
        return self._values.get(name, [])

    def __contains__(self, name: bytes) -> bool:
        return name in self._values


@dataclass(frozen=True, slots=True)
class Place:
    """A multipart that a leaf stands in."""

    kind: str
    """Its subtype: "alternative"."""

    number: int
    """Which of the mail's multiparts it is."""

    position: int
    """Under which of its children the leaf stands."""


@dataclass(slots=True, kw_only=True)
class Part:
    """One leaf of the tree."""

    id: str
    """Its number as IMAP counts (RFC 3501 §6.4.5): "1", "2.1"."""

    type: str
    """Media type, lower case: "text/plain"."""

    parameters: Mapping[str, str]
    disposition: str
    name: str
    """The file's name as the sender wrote it, not cleaned; "" where there is none."""

    encoding: str
    places: tuple[Place, ...]
    """The multiparts it stands in, outermost first."""

    fields: Fields
    mail: bytes
    start: int
    end: int

    def body(self) -> bytes:
        """Undo the transfer encoding."""
        return decode_transfer(self.mail[self.start : self.end], self.encoding)

    def size(self) -> int:
        """Count the bytes of `body`, without undoing base64 for it."""
        if self.encoding != "base64":
            return len(self.body())
        start, end, mail = self.start, self.end, self.mail
        signs = end - start
        for blank in (b"\n", b"\r", b" ", b"\t"):
            signs -= mail.count(blank, start, end)
        signs -= mail.count(b"=", max(start, end - 8), end)
        return signs * 3 // 4


def decode_transfer(body: bytes, encoding: str) -> bytes:
    """Undo a Content-Transfer-Encoding (RFC 2045 §6).

    An unknown one is taken for none, and so is base64 that does not hold one whole byte.
    """
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    if encoding != "base64":
        return body
    try:
        decoded = binascii.a2b_base64(body)
    except binascii.Error:
        signs = _NOT_BASE64.sub(b"", body)
        whole = len(signs) // 4 * 4
        rest = signs[whole:]
        decoded = binascii.a2b_base64(signs[:whole] + (rest + b"==")[:4] * (len(rest) > 1))
    return decoded or body


class _Node(NamedTuple):
    id: str
    fields: Fields
    end: int
    places: tuple[Place, ...] = ()
    default: str = "text/plain"


def take_apart(mail: bytes) -> tuple[Fields, list[Part]]:
    """Return a mail's own header fields and its leaves, in order.

    Raises RefusedMailError where it exceeds a limit of this module.
    """
    if len(mail) > MAX_BYTES:
        raise RefusedMailError(
            "This message is larger than {megabytes} MB: only its header was read. "
            "Open it in the client's own mail program.",
            megabytes=MAX_BYTES >> 20,
        )
    fields = read_fields(mail)
    parts: list[Part] = []
    multiparts = 0
    pending = [_Node("", fields, len(mail))]
    while pending:
        node = pending.pop()
        kind, parameters = headers.parameters(node.fields.first(b"content-type"))
        spans: list[tuple[int, int]] = []
        if kind.startswith("multipart/"):
            spans = _spans(mail, node.fields.end, node.end, parameters.get("boundary", ""))
        if not spans:
            parts.append(_leaf(mail, node, kind, parameters))
            continue
        if len(node.places) >= MAX_DEPTH or len(parts) + len(pending) + len(spans) > MAX_PARTS:
            raise RefusedMailError(
                "This message has too many parts, or parts within parts: only its header was "
                "read. Open it in the client's own mail program."
            )
        subtype = kind.removeprefix("multipart/")
        default = "message/rfc822" if subtype == "digest" else "text/plain"
        for position in range(len(spans), 0, -1):
            part_start, part_end = spans[position - 1]
            own = read_fields(mail, part_start, part_end)
            number = f"{node.id}.{position}" if node.id else str(position)
            places = (*node.places, Place(subtype, multiparts, position))
            pending.append(_Node(number, own, part_end, places, default))
        multiparts += 1
    return fields, parts


def read_fields(mail: bytes, start: int = 0, end: int | None = None) -> Fields:
    """Return the header fields that begin at `start`, as far as they go."""
    end = len(mail) if end is None else end
    values: dict[bytes, list[bytes]] = {}
    at = start
    if mail.startswith((b"From ", b">From "), start):
        at = mail.find(b"\n", start, end) + 1 or end
    for _ in range(MAX_FIELDS):
        if not (found := _FIELD.match(mail, at, end)):
            break
        at = found.end()
        values.setdefault(found.group(1).lower(), []).append(found.group(2))
    if mail.startswith(b"\r\n", at):
        at += 2
    elif mail.startswith(b"\n", at):
        at += 1
    return Fields(min(at, end), values)


def _spans(mail: bytes, start: int, end: int, boundary: str) -> list[tuple[int, int]]:
    """Find where the children of a multipart begin and end (RFC 2046 §5.1.1).

    A boundary is a whole line; the line end before it belongs to it. Without the last one, the
    last child goes to the end.
    """
    spans: list[tuple[int, int]] = []
    if not boundary:
        return spans
    line = b"--" + boundary.encode("latin-1", "replace")
    opened = -1
    found = mail.find(line, start, end)
    while found >= 0:
        after = found + len(line)
        ending = _ENDING.match(mail, after, end)
        if ending and (found == start or mail[found - 1] == 10):
            if found == opened:  # an empty part is none, as in feedparser; nor does it end here
                opened = after = ending.end()
                found = mail.find(line, after, end)
                continue
            if opened >= 0:
                eol = 2 if mail[found - 2 : found - 1] == b"\r" else 1
                spans.append((opened, max(opened, found - eol)))
            if ending.group(1):
                return spans
            if len(spans) > MAX_PARTS:
                break
            opened = after = ending.end()
        found = mail.find(line, after, end)
    if opened >= 0:
        spans.append((opened, end))
    return spans


def _leaf(mail: bytes, node: _Node, kind: str, parameters: Mapping[str, str]) -> Part:
    disposition, about = headers.parameters(node.fields.first(b"content-disposition"))
    encoding, _ = headers.parameters(node.fields.first(b"content-transfer-encoding"))
    if "/" not in kind:
        kind = node.default
    elif kind.startswith("multipart/"):
        kind = "text/plain"
    return Part(
        id=node.id or "1",
        type=kind,
        parameters=parameters,
        disposition=disposition,
        name=about.get("filename") or parameters.get("name", ""),
        encoding=encoding,
        places=node.places,
        fields=node.fields,
        mail=mail,
        start=node.fields.end,
        end=node.end,
    )
