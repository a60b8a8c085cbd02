"""A mail taken apart: header fields and leaves, as slices of its bytes.

The mail may have come whole, or its header and words alone with a description of the rest.
Nothing is decoded before it is asked for, so a mail with an attachment costs hardly more than
one without. Whatever the bytes, there is a result: what a strict reader would refuse (no blank
line, no closing boundary) is read as Python's `email.feedparser` reads it, against which this
is tested. Too many bytes, parts or levels are refused before they cost anything.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from normalizer import headers
from normalizer.said import SaidError

MAX_BYTES: Final = 40 << 20
MAX_PARTS: Final = 500
MAX_DEPTH: Final = 40
MAX_FIELDS: Final = 2_000
MAX_INSIDE: Final = 3
"""Mails within mails that are looked into."""

_FIELD: Final = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_ENDING: Final = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]")
_SAID: Final = frozenset({"text/plain", "text/html"})
_AS_IT_IS: Final = frozenset({"", "7bit", "8bit", "binary"})


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

    content_id: bytes
    """What HTML calls it by: b"<logo@acme.example>"; b"" where by nothing."""

    within: str
    """The id of the part that holds the mail it belongs to; "" for the mail itself."""

    mail: bytes
    start: int
    end: int
    announced: int | None = None
    """Bytes it has, still encoded, where it is only described; -1 where that is not said."""

    cut: bool = False
    """Something of it should be here, and is not."""

    def body(self) -> bytes:
        """Undo the transfer encoding."""
        return decode_transfer(self.mail[self.start : self.end], self.encoding)

    def size(self) -> int | None:
        """Count the bytes of the whole body, decoded, without undoing base64 for it.

        Of base64 that is only described this is two bytes at most too many, if its lines are of
        76 signs as everybody's are (RFC 2045 §6.8).
        """
        if self.announced is not None:
            if self.announced < 0 or self.encoding != "base64":
                return None if self.announced < 0 else self.announced
            signs = self.announced - 2 * -(-self.announced // 78)
            return max(0, -(-signs // 4) * 3)
        if self.encoding != "base64":
            return len(self.body())
        start, end, mail = self.start, self.end, self.mail
        signs = end - start
        for blank in (b"\n", b"\r", b" ", b"\t"):
            signs -= mail.count(blank, start, end)
        signs -= mail.count(b"=", max(start, end - 8), end)
        return signs * 3 // 4


def is_said(kind: str, disposition: str, name: str) -> bool:
    """Tell whether a part of media type `kind` is the author's words, and not a file of theirs."""
    return kind in _SAID and disposition != "attachment" and not name


def is_opened(kind: str, encoding: str, around: Iterable[str], inside: int) -> bool:
    """Tell whether a part is a mail to be looked into: one that somebody forwards.

    `around` are the kinds of multiparts it stands in, `inside` is how many mails it is within.
    The mail that a report of delivery returns (RFC 3462) is the reader's own.
    """
    return (
        kind == "message/rfc822"
        and inside < MAX_INSIDE
        and encoding in _AS_IT_IS
        and "report" not in around
    )


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
    """That of the mail's part where it is a mail."""

    fields: Fields
    end: int
    places: tuple[Place, ...] = ()
    default: str = "text/plain"
    within: str = ""
    inside: int = 0
    whole: bool = False
    """A mail, and not a part of one."""


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
    pending = [_Node("", fields, len(mail), whole=True)]
    while pending:
        node = pending.pop()
        kind, parameters = headers.parameters(node.fields.first(b"content-type"))
        spans: list[tuple[int, int]] = []
        if kind.startswith("multipart/"):
            spans = _spans(mail, node.fields.end, node.end, parameters.get("boundary", ""))
        if not spans:
            part = _leaf(mail, node, kind, parameters)
            parts.append(part)
            if part.type == "message/rfc822" and len(parts) + len(pending) < MAX_PARTS:
                around = (place.kind for place in part.places)
                if is_opened(part.type, part.encoding, around, node.inside):
                    pending.append(_inner(part, node.inside + 1))
            continue
        if len(node.places) >= MAX_DEPTH or len(parts) + len(pending) + len(spans) > MAX_PARTS:
            if node.inside:
                continue
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
            pending.append(_Node(number, own, part_end, places, default, node.within, node.inside))
        multiparts += 1
    return fields, parts


def _inner(part: Part, inside: int) -> _Node:
    fields = read_fields(part.mail, part.start, part.end)
    return _Node(part.id, fields, part.end, within=part.id, inside=inside, whole=True)


def described(payload: bytes, start: int, told: object) -> list[Part]:
    """Return the leaves of a mail that did not come whole, in order.

    `told` says what there is, a dictionary a leaf: its `id`, `type`, `charset`, `format`,
    `delsp`, `encoding`, `disposition`, `name`, `content_id`, `within`, `size` (encoded), `places`
    (kind, number, position), `cut`, and as `held` how many bytes of `payload` are its: the first
    leaf's begin at `start`, the next one's where they end. Of a mail within the mail those are
    its header. What is missing or of another type counts as nothing.
    """
    parts: list[Part] = []
    for about in told[:MAX_PARTS] if isinstance(told, list) else []:
        if not isinstance(about, dict):
            continue
        words = {key: value for key, value in about.items() if isinstance(value, str)}
        size, held, places = about.get("size"), about.get("held"), about.get("places")
        end = start + (max(0, held) if isinstance(held, int) else 0)
        parts.append(
            Part(
                id=words.get("id", ""),
                type=words.get("type", "").lower(),
                parameters=words,
                disposition=words.get("disposition", "").lower(),
                name=headers.words(words.get("name", "")),
                encoding=words.get("encoding", "").lower(),
                places=_places(places) if isinstance(places, list) else (),
                content_id=words.get("content_id", "").encode("utf-8", "surrogatepass"),
                within=words.get("within", ""),
                mail=payload,
                start=start,
                end=end,
                announced=size if isinstance(size, int) else -1,
                cut=about.get("cut") is True,
            )
        )
        start = end
    return parts


def _places(told: list[object]) -> tuple[Place, ...]:
    return tuple(
        Place(str(place[0]), place[1], place[2])
        for place in told
        if isinstance(place, list)
        and len(place) == 3
        and isinstance(place[1], int)
        and isinstance(place[2], int)
    )


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
        id=f"{node.id}.1".lstrip(".") if node.whole else node.id,
        type=kind,
        parameters=parameters,
        disposition=disposition,
        name=about.get("filename") or parameters.get("name", ""),
        encoding=encoding,
        places=node.places,
        content_id=node.fields.first(b"content-id"),
        within=node.within,
        mail=mail,
        start=node.fields.end,
        end=node.end,
    )
