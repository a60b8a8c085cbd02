"""IMAP's answers read into plain values, however they are mangled.

Every function raises ValueError where an answer is no IMAP, and costs no more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import collapse_rfc2231_value, decode_params
from typing import Any, NamedTuple, TypeAlias

from normalizer.mime import is_opened

Value: TypeAlias = "bytes | list[Value] | None"

_DEEPEST = 60
_MOST_PARTS = 500
_TOKEN = re.compile(rb' *+(?:([^\s()"]++)|([()])|"([^"\\]*+(?:\\.[^"\\]*+)*+)")', re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_RANGE = re.compile(r"(\d{1,10})(?::(\d{1,10}))?")
_DATE = re.compile(
    rb" ?(\d\d?)-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-(\d{4})"
    rb" (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)",
    re.IGNORECASE,
)
_MONTHS = b"janfebmaraprmayjunjulaugsepoctnovdec"


def parse(parts: Iterable[bytes]) -> list[Value]:  # noqa: C901  # one loop, one token at a time
    """Read text and literals, by turns, into atoms, strings, None for NIL, and lists of them."""
    root: list[Value] = []
    top, above = root, list[list[Value]]()
    for number, part in enumerate(parts):
        if number % 2:
            top.append(part)
            continue
        end = 0
        while token := _TOKEN.match(part, end):
            end = token.end()
            kind, text = token.lastindex, token[token.lastindex or 0]
            if kind == 1:
                top.append(None if text in {b"NIL", b"nil"} else text)
            elif kind == 3:
                top.append(_ESCAPED.sub(rb"\1", text) if b"\\" in text else text)
            elif text == b"(":
                inner: list[Value] = []
                top.append(inner)
                above.append(top)
                top = inner
                if len(above) > _DEEPEST:
                    raise ValueError
            elif above:
                top = above.pop()
            else:
                raise ValueError
        if part[end:].strip():
            raise ValueError
    if above:
        raise ValueError
    return root


def pairs(values: Value) -> dict[bytes, Value]:
    """Read a list of names and values, names in capitals. What comes twice counts once."""
    if not isinstance(values, list) or len(values) % 2:
        raise ValueError
    found: dict[bytes, Value] = {}
    for name, value in zip(values[::2], values[1::2], strict=True):
        found.setdefault(text_of(name).upper(), value)
    return found


def text_of(value: Value) -> bytes:
    """Insist on a string or an atom."""
    if not isinstance(value, bytes):
        raise ValueError  # noqa: TRY004  # one error for all that is no IMAP
    return value


def number_of(value: Value) -> int:
    """Insist on a number of at most 63 bits (RFC 7162 §4)."""
    text = text_of(value)
    if not (text.isdigit() and len(text) < 20):
        raise ValueError
    return int(text)


def uids_of(text: bytes, most: int = 2_000_000) -> list[int]:
    """Spell out a set like `1:3,7`, ascending. Raises ValueError for more than `most`."""
    found: set[int] = set()
    for first, last in ranges_of(text.decode("ascii")):
        if last - first + len(found) >= most:
            raise ValueError
        found.update(range(first, last + 1))
    return sorted(found)


def ranges_of(text: str) -> Iterator[tuple[int, int]]:
    """Read a set like `1:3,7` as pairs, in the order given."""
    for word in text.split(",") if text else ():
        match = _RANGE.fullmatch(word)
        if match is None:
            raise ValueError
        ends = int(match[1]), int(match[2] or match[1])
        yield min(ends), max(ends)


def flags_of(value: Value) -> list[str]:
    r"""Read flags, sorted; without \Recent, which is about the session and not the message."""
    if not isinstance(value, list):
        raise ValueError  # noqa: TRY004  # one error for all that is no IMAP
    names = {text_of(flag).decode("ascii", "replace")[:100] for flag in value[:200]}
    return sorted(names - {"\\Recent"})


def date_of(value: Value) -> str | None:
    """Read an INTERNALDATE as ISO in UTC, or None where it is no date."""
    match = _DATE.fullmatch(value) if isinstance(value, bytes) else None
    if match is None:
        return None
    day, month, year, hour, minute, second, sign, off_hour, off_minute = match.groups()
    offset = timedelta(hours=int(off_hour), minutes=int(off_minute))
    try:
        return (
            datetime(
                int(year),
                _MONTHS.index(month.lower()) // 3 + 1,
                int(day),
                int(hour),
                int(minute),
                min(59, int(second)),
                tzinfo=timezone(-offset if sign == b"-" else offset),
            )
            .astimezone(UTC)
            .isoformat()
        )
    except (ValueError, OverflowError):
        return None


def structure(body: Value) -> list[dict[str, Any]]:
    """Flatten a BODYSTRUCTURE (RFC 3501 §7.4.2) into the parts that are no multipart.

    The keys are those of `normalizer.mime.described` but `held` and `cut`; `mail` where the
    server can give the header of a mail within the mail. Such a mail is one part, and what it
    holds follows where `mime.is_opened` says so.
    """
    found: list[dict[str, Any]] = []
    multiparts = 0
    waiting = [_Node("", body, whole=True)]
    while waiting:
        node = waiting.pop()
        try:
            part, inner = _unfolded(node, multiparts)
            if len(found) + len(waiting) + len(inner) + (part is not None) > _MOST_PARTS:
                raise ValueError  # noqa: TRY301  # one way out
        except ValueError:
            if node.inside:  # what a mail within the mail is like never costs the mail itself
                continue
            raise
        multiparts += part is None
        found += [part] if part else []
        waiting += reversed(inner)
    return found


class _Node(NamedTuple):
    number: str
    value: Value
    places: tuple[tuple[str, int, int], ...] = ()
    within: str = ""
    inside: int = 0
    whole: bool = False
    """A mail, and not a part of one."""


def _unfolded(node: _Node, number: int) -> tuple[dict[str, Any] | None, list[_Node]]:
    """Return the part that `node` is, or None for a multipart, and what it holds."""
    value = node.value
    if not isinstance(value, list) or not value:
        raise ValueError
    if isinstance(value[0], list):
        end = next((i for i, v in enumerate(value) if not isinstance(v, list)), len(value))
        kind = _word(value[end] if end < len(value) else None).lower()
        dot = f"{node.number}." if node.number else ""
        return None, [
            _Node(
                f"{dot}{i}",
                child,
                (*node.places, (kind, number, i)),
                within=node.within,
                inside=node.inside,
            )
            for i, child in enumerate(value[:end], 1)
        ]
    part = _part(node, value)
    around = (place[0] for place in node.places)
    if part["mail"] and is_opened(part["type"], part["encoding"], around, node.inside):
        name = part["id"]
        return part, [_Node(name, value[8], within=name, inside=node.inside + 1, whole=True)]
    return part, []


def _part(of: _Node, node: list[Value]) -> dict[str, Any]:
    kind = b"/".join(text_of(word).lower() for word in node[:2])
    after = {b"text": 9, b"message": 11}.get(kind[:7].partition(b"/")[0], 8)
    if kind.startswith(b"message/") and kind != b"message/rfc822":
        after = 8
    given = node[after] if len(node) > after else None
    disposition = given if isinstance(given, list) and given else [b"", None]
    about = _params(node[2] if len(node) > 2 else None)
    named = _params(disposition[1] if len(disposition) > 1 else None)
    size = node[6] if len(node) > 6 else None
    return {
        "id": f"{of.number}.1".lstrip(".") if of.whole else of.number,
        "type": _word(kind),
        "charset": about.get("charset", ""),
        "format": about.get("format", ""),
        "delsp": about.get("delsp", ""),
        "encoding": _word(node[5] if len(node) > 5 else None).lower(),
        "disposition": _word(disposition[0]).lower(),
        "name": named.get("filename") or about.get("name", ""),
        "content_id": _word(node[3] if len(node) > 3 else None),
        "size": int(size)
        if isinstance(size, bytes) and size.isdigit() and len(size) < 16
        else None,
        "places": [list(place) for place in of.places],
        "within": of.within,
        "mail": kind == b"message/rfc822" and len(node) > 8 and isinstance(node[8], list),
    }


def _params(value: Value) -> dict[str, str]:
    """Read a part's parameters, RFC 2231's encodings undone."""
    if not isinstance(value, list):
        return {}
    given = [(_word(name).lower(), _word(text)) for name, text in zip(value[::2], value[1::2])]  # noqa: B905
    try:
        read = decode_params([("", ""), *given[:100]])[1:]
    except (ValueError, LookupError, TypeError):
        read = list(given)
    found: dict[str, str] = {}
    for name, text in read:
        try:
            plain = text.strip('"') if isinstance(text, str) else collapse_rfc2231_value(text)
        except (ValueError, LookupError):
            plain = ""
        found.setdefault(name, plain.strip('"'))
    return found


def _word(value: Value) -> str:
    return value.decode("utf-8", "replace")[:1000] if isinstance(value, bytes) else ""
