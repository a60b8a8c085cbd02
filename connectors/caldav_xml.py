"""What a WebDAV server answers (RFC 4918, 14.16), read without believing it.

The standard library's expat reads it. A document type is refused where it begins, before any
entity can be declared in it, so there is nothing that could be expanded or fetched; what remains
are sizes, and those are capped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit
from xml.parsers import expat
from xml.sax.saxutils import escape

from connectors import http_said as say
from connectors.http import Answer

D: Final = "DAV: "
C: Final = "urn:ietf:params:xml:ns:caldav "
S: Final = "http://calendarserver.org/ns/ "
"""Namespaces, as they stand before a name in `Node.name`."""

_DEEPEST: Final = 40
_MOST: Final = 1_000_000
"""Elements of one answer: ten to a to-do."""

_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_SPELLED: Final = re.compile(
    "&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2[0-9]|3[01]));", re.IGNORECASE
)
_NO_ESCAPE: Final = re.compile("%(?![0-9A-Fa-f]{2})")
_SAFE: Final = "!$&'()*+,;=:@~"


@dataclass(slots=True)
class Node:
    """An element."""

    name: str
    """Its namespace, a space, and its name in there."""

    called: str = ""
    """Its attribute `name`."""

    text: str = ""
    parts: list[Node] = field(default_factory=list)

    def one(self, name: str) -> Node | None:
        """Find the first element of that name in it."""
        return next((part for part in self.parts if part.name == name), None)

    def all(self, name: str) -> Iterator[Node]:
        """Yield the elements of that name in it."""
        return (part for part in self.parts if part.name == name)

    def said(self, name: str) -> str:
        """Read the text of the first element of that name; "" where there is none."""
        found = self.one(name)
        return "" if found is None else found.text.strip()


@dataclass(frozen=True, slots=True)
class Found:
    """What is said of one address."""

    path: str
    """As `path_of` spells it."""

    status: int
    """Of the address itself: 200 where it has properties."""

    props: Mapping[str, Node]
    """Those that it has."""

    failed: frozenset[str] = frozenset()
    """Those that it may have, and which the server could not say now."""

    def text(self, name: str) -> str:
        """Read a property; "" where it has none."""
        found = self.props.get(name)
        return "" if found is None else found.text.strip()


@dataclass(frozen=True, slots=True)
class Multistatus:
    """What is said of several addresses, the last of each."""

    found: Mapping[str, Found]
    token: str = ""
    """Where a sync-collection stands after it (RFC 6578, 6.4)."""


def multistatus(answer: Answer, at: str) -> Multistatus:
    """Read the answer to a PROPFIND or a REPORT at the address `at`.

    Raises `Answer.problem()` where there is one; UnavailableError where it is a web page or none
    that the standards know. What is at another host goes by the path "".
    """
    if problem := answer.problem():
        raise problem
    if answer.status != 207:
        page = re.match(rb"\s*<(!doctype html|html)", answer.body[:512], re.IGNORECASE)
        raise say.web_page(answer.host) if page else say.unreadable(answer.host, wrote=False)
    try:
        top = parse(answer.body)
        if top.name != f"{D}multistatus":
            raise ValueError(top.name)  # noqa: TRY301  # one kind of error for bad data
        read = [_found(one, at) for one in top.all(f"{D}response")]
    except (ValueError, LookupError):
        raise say.unreadable(answer.host, wrote=False) from None
    found = {one.path: one for one in read}
    return Multistatus(found, top.said(f"{D}sync-token"))


def parse(body: bytes) -> Node:
    """Read a document. Raises ValueError where it is none, has a document type, or is too much.

    Control characters, which XML cannot carry and some servers send all the same, are shown as
    U+FFFD: one of them in one to-do must not hide all others.
    """
    text = _SPELLED.sub("\ufffd", body.decode("utf-8-sig"))
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    top = Node("")
    within, texts, count = [top], [[""]], 0

    def begins(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal count
        count += 1
        if count > _MOST or len(within) > _DEEPEST:
            raise ValueError("too much")
        within[-1].parts.append(Node(name, attributes.get("name", "")))
        within.append(within[-1].parts[-1])
        texts.append([])

    def ends(_: str) -> None:
        within.pop().text = "".join(texts.pop())

    def says(text: str) -> None:
        texts[-1].append(text)

    def typed(*_: object) -> None:
        raise ValueError("a document type")

    parser.StartElementHandler, parser.EndElementHandler = begins, ends
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = says, typed
    try:
        parser.Parse(_CONTROL.sub("\ufffd", text), True)
    except expat.ExpatError:
        raise ValueError("no XML") from None
    return top.parts[0]


def path_of(href: str, at: str) -> str:
    """Spell the path of an address one way only; "" where it is at another host, or is none that
    says where it begins (RFC 4918, 8.3).

    `at`: the address of who says it.
    """
    if not re.match("/|https?://", href := href.strip()):
        return ""
    try:
        there = urlsplit(urljoin(at, href))
        same = _host(there) == _host(urlsplit(at))
    except ValueError:
        return ""
    if not same or not there.path.startswith("/"):
        return ""
    return "/".join(map(_segment, there.path.split("/")))


def _host(parts: SplitResult) -> tuple[str | None, int | None]:
    """Name host and port. A server behind another often takes its own address for plain http."""
    return parts.hostname, None if parts.port in {80, 443} else parts.port


def element(name: str, *inside: str) -> str:
    """Spell an element in the DAV: namespace; `C:` and `S:` before a name are those of `body`."""
    return f"<{name}>{''.join(inside)}</{name.split(maxsplit=1)[0]}>"


def body(name: str, *inside: str) -> bytes:
    """Spell the body of a request."""
    spaces = f'xmlns="DAV:" xmlns:C="{C.strip()}" xmlns:S="{S.strip()}"'
    return f'<?xml version="1.0" encoding="utf-8"?>{element(f"{name} {spaces}", *inside)}'.encode()


def spelled(text: str) -> str:
    """Spell a text within an element. Raises ValueError where none can hold it."""
    if _CONTROL.search(text):
        raise ValueError("a control character")
    return escape(text)


def _segment(segment: str) -> str:
    try:
        return quote(unquote(segment, errors="strict"), safe=_SAFE)
    except UnicodeError:
        return _NO_ESCAPE.sub("%25", segment)


def _found(response: Node, at: str) -> Found:
    """Read what is said of one address. Raises LookupError where that is not what it should be."""
    path = path_of(response.said(f"{D}href"), at)
    own = response.said(f"{D}status")
    held = list(response.all(f"{D}propstat"))
    if not response.said(f"{D}href") or not (own or held):
        raise LookupError
    told = [
        (_status(one.said(f"{D}status")), prop)
        for one in held
        for inner in one.all(f"{D}prop")
        for prop in inner.parts
    ]
    props = {prop.name: prop for status, prop in told if status == 200}
    failed = frozenset(prop.name for status, prop in told if status >= 500)
    return Found(path, _status(own) if own else 200, props, failed)


def _status(said: str) -> int:
    """Read a status line, "HTTP/1.1 200 OK". Raises LookupError."""
    found = re.fullmatch(r"HTTP/\S+ ([1-5][0-9][0-9])(?: .*)?", said)
    if found is None:
        raise LookupError
    return int(found[1])
