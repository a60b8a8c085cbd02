"""What the fields of a mail's header say.

Written for speed on what is common and for calm on what is hostile: every function takes any
bytes, looks at a bounded number of them, and raises nothing. Results are not cleaned yet.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote_to_bytes

from normalizer.charset import decode

MAX_VALUE: Final = 64 << 10
MAX_PEOPLE: Final = 200
MAX_IDS: Final = 100

_FOLD: Final = re.compile(r"[ \t]*[\r\n]+[ \t]*")
# RFC 2047 §2, but tolerant: blanks and "?" inside, as several mailers write them.
_WORD: Final = re.compile(
    r"=\?([!->@-~]{1,60}?)\?([bBqQ])\?(.{0,1500}?)\?=(?:[ \t]+(?==\?))?", re.DOTALL
)
_NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/]")
_TYPE: Final = re.compile(r"\s*([^\s;()/\"]+(?:/[^\s;()\"]+)?)")
_PARAMETER: Final = re.compile(r';\s*([^\s=;"]{1,80})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_EXTENDED: Final = re.compile(r"(.+?)(?:\*(\d{1,3}))?(\*)?")
_MONTHS: Final = (b"jan feb mar apr may jun jul aug sep oct nov dec").split()
_DATE: Final = re.compile(
    rb"\s*(?:[A-Za-z]{3},?\s+)?(\d{1,2})\s+([A-Za-z]{3})\s+(\d{4})\s+(\d{1,2}):(\d\d)(?::(\d\d))?"
    rb"\s+([+-])(\d\d)(\d\d)(?:\s|$)"
)
_ID: Final = re.compile(rb"<([^<>\s]{1,500})>")
# An encoded word is one token, whatever stands in it (RFC 2047 §5 forbids the signs that many
# write all the same); "<", ">" and quotes in it are not believed to be part of it.
_TOKEN: Final = re.compile(
    r'\s*(?:(=\?[!-;=A-~]{1,60}?\?[bBqQ]\?[^?<>"\\]{0,1500}\?=(?=[\s<,;]|$))|("(?:[^"\\]|\\.)*")|<([^<>]*)>|([,;:()<>"])|((?:\\.|[^\s,;:()<>"\\])+|\\))',
    re.DOTALL,
)
_ADDRESS: Final = re.compile(r"[^\s<>()@,;:\"\[\]\\]+@(?:[^\s<>()@,;:\"\[\]\\]+|\[[^\s\[\]]+\])")
_SIMPLE: Final = re.compile(
    r'(?:"([^"\\]*)"\s*|([^"<>,;:()@\\]*))'
    r"<([!#-'*+\--9=?A-Z^-~]+@[A-Za-z0-9.-]+)>"
)


def unfolded(raw: bytes, limit: int = MAX_VALUE) -> str:
    """Return a value on one line, its raw bytes read as UTF-8 or Windows-1252."""
    value = decode(raw[:limit], cut=len(raw) > limit)
    if "\n" in value or "\r" in value:
        value = _FOLD.sub(" ", value)
    return value.strip()


def unstructured(raw: bytes) -> str:
    """Return free text (Subject), its encoded words read."""
    return words(unfolded(raw, 8 << 10))


def words(value: str) -> str:
    """Read the encoded words of RFC 2047 in `value`.

    Adjacent words are joined before they are decoded, since many mailers split characters.
    """
    if "=?" not in value:
        return value
    out: list[str] = []
    at = 0
    charset, data = "", b""
    joined = False
    for word in _WORD.finditer(value):
        label, form, coded = word.groups()
        label = label.lower().partition("*")[0]
        if not (joined and word.start() == at and label == charset):
            out.append(decode(data, charset))
            data = b""
            out.append(value[at : word.start()])
        charset = label
        data += _word_bytes(coded, form)
        at = word.end()
        joined = value.startswith("=?", at)
    out += (decode(data, charset), value[at:])
    return "".join(out)


def _word_bytes(coded: str, form: str) -> bytes:
    raw = coded.encode("utf-8", "surrogatepass")
    if form in "qQ":
        return binascii.a2b_qp(raw, header=True)
    signs = _NOT_BASE64.sub("", coded)
    signs = signs[: len(signs) - (len(signs) % 4 == 1)]
    return binascii.a2b_base64(signs + "=" * (-len(signs) % 4))


@lru_cache(maxsize=2048)
def parameters(raw: bytes) -> tuple[str, Mapping[str, str]]:
    """Return the value of a Content-Type or Content-Disposition, lower case, and its parameters.

    Continued and encoded parameters (RFC 2231) are put together; encoded words, which do not
    belong there and are everywhere, are read too. Of two alike the first counts.
    """
    value = unfolded(raw, 8 << 10)
    found = _TYPE.match(value)
    kind = found.group(1).lower() if found else ""
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for count, match in enumerate(_PARAMETER.finditer(value)):
        if count == 100:
            break
        name, content = match.group(1).lower(), match.group(2).strip()
        if content[:1] == '"' == content[-1:] and len(content) > 1:
            content = _unescaped(content)
        if "*" in name and (extended := _EXTENDED.fullmatch(name)):
            name, number, coded = extended.groups()
            pieces.setdefault(name, {}).setdefault(int(number or 0), (content, bool(coded)))
        else:
            plain.setdefault(name, words(content))
    for name, numbered in pieces.items():
        plain[name] = _joined(numbered)
    return kind, MappingProxyType(plain)


def _joined(numbered: Mapping[int, tuple[str, bool]]) -> str:
    charset, data = "utf-8", b""
    for position, number in enumerate(sorted(numbered)):
        content, coded = numbered[number]
        if coded and position == 0 and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        data += unquote_to_bytes(content) if coded else content.encode("utf-8", "surrogatepass")
    return decode(data, charset or "utf-8")


def people(values: Iterable[bytes]) -> list[tuple[str, str]]:
    """Return (display name, address) of each mailbox in address fields.

    The address is the one a reply would go to, or "" where none can be made out for sure: then
    the name holds all that was written. A display name never becomes an address.
    """
    found: list[tuple[str, str]] = []
    for raw in values:
        value = unfolded(raw)
        if simple := _SIMPLE.fullmatch(value):
            quoted, bare, address = simple.groups()
            found.append((words(quoted or bare or "").strip(), address))
        elif value:
            found.extend(_mailboxes(value))
        if len(found) >= MAX_PEOPLE:
            break
    return found[:MAX_PEOPLE]


def _mailboxes(value: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    box = _Mailbox()
    depth = start = 0
    for token in _TOKEN.finditer(value):
        word, quoted, angle, sign, atom = token.groups()
        if sign == "(":
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
        elif depth:
            box.comment.append(token.group().strip())
        elif sign in {",", ";"}:
            found += box.read(value[start : token.start()])
            box, start = _Mailbox(), token.end()
            if len(found) >= MAX_PEOPLE:
                return found
        elif sign == ":" and not box.angles:
            box, start = _Mailbox(), token.end()
        elif angle is not None:
            box.angles.append(angle)
        elif quoted or word:
            box.quoted = True
            box.phrase.append(word or _unescaped(quoted))
        else:
            box.phrase.append(atom or sign)
    return found + box.read(value[start:])


@dataclass(slots=True)
class _Mailbox:
    """What was seen of one mailbox so far."""

    phrase: list[str] = field(default_factory=list)
    comment: list[str] = field(default_factory=list)
    angles: list[str] = field(default_factory=list)
    quoted: bool = False

    def read(self, whole: str) -> list[tuple[str, str]]:
        address, name = "", " ".join(self.phrase)
        if len(self.angles) == 1:
            address = self.angles[0].rpartition(":")[2].strip()
        elif not self.angles and len(self.phrase) == 1 and not self.quoted:
            address, name = name, " ".join(self.comment)
        if _ADDRESS.fullmatch(address):
            return [(words(name).strip(), address)]
        whole = whole.strip()
        return [(words(whole), "")] if whole else []


def _unescaped(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted[1:-1], flags=re.DOTALL)


def ids(values: Iterable[bytes]) -> list[str]:
    """Return the message ids in Message-ID, In-Reply-To or References, without brackets."""
    return [
        match.group(1).decode("utf-8", "surrogateescape")
        for raw in values
        for match in _ID.finditer(raw[:MAX_VALUE])
    ][-MAX_IDS:]


def date(raw: bytes) -> datetime | None:
    """Return the instant of a Date field, or None where it says none."""
    raw = raw[:200]
    if found := _DATE.match(raw):
        day, name, year, hour, minute, second, sign, ahead, minutes = found.groups()
        offset = timedelta(hours=int(ahead), minutes=int(minutes))
        try:
            month = _MONTHS.index(name.lower()) + 1
            local = datetime(
                int(year),
                month,
                int(day),
                int(hour),
                int(minute),
                min(int(second or 0), 59),
                tzinfo=UTC,
            )
            return local + offset if sign == b"-" else local - offset
        except (ValueError, OverflowError):
            return None
    try:
        read = parsedate_to_datetime(unfolded(raw))
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None
