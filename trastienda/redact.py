"""What keeps secrets out of all that is written: the values we know, and what looks like one."""

from __future__ import annotations

import json
import re
import threading
from typing import Final
from urllib.parse import quote, quote_plus

from normalizer.said import Said

MASK: Final = "•••"
SHORTEST: Final = 4
"""A value shorter than this is also an everyday word; hiding it would hide everything."""

_lock = threading.Lock()
_known: tuple[str, ...] = ()

# Every repetition is bounded: a line of 50,000 characters must not take the square of that.
_NAMED: Final = (
    r"[\w-]{0,40}(?:token|secret|passwo?r?d|pwd|api_?key)|key|sig|signature|oauth_\w{1,30}"
)
_IS: Final = r"""["']?\s{0,9}[:=]\s{0,9}["']?"""

_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # A field of a query string, of JSON, of a command's arguments.
        rf"""(\b(?:{_NAMED}){_IS})[^\s"'&;,}}\])]+""",
        # The whole value of a header, which may hold several words.
        rf"""((?:proxy-)?authorization{_IS})[^"'\r\n,}}\]]+""",
        r"(\b(?:bearer|basic|oauth2?)\s{1,9})[\w.~+/=:-]{6,}",
        # What a database server or a proxy is addressed by.
        r"(\b[a-z][a-z0-9+.-]{0,20}://[^\s/:@]{0,200}:)[^\s/@]{1,500}(?=@)",
    )
)


def register(value: str) -> None:
    """Hide `value` from now on, as it is and as libraries spell it in URLs and dumps."""
    global _known  # noqa: PLW0603 - one list for the process: a secret is secret everywhere
    if len(value) < SHORTEST:
        return
    spellings = {
        value,
        quote(value),
        quote(value, safe=""),
        quote_plus(value),
        repr(value)[1:-1],
        json.dumps(value)[1:-1],
    }
    with _lock:
        # Longest first: a secret may begin with another one.
        _known = tuple(sorted({*_known, *spellings}, key=len, reverse=True))


def redact(text: str, cap: int | None = None) -> str:
    """Return `text` without any secret revealed so far, nor anything that looks like one.

    Of one that is longer than `cap` its begin is kept, and the last of its lines.
    """
    text = _hidden(text)
    if cap is not None and len(text) > cap:
        # The end from a line's begin on: half a secret would not look like one.
        text = f"{text[: cap // 2]}…\n{text[-cap // 2 :].partition(chr(10))[2]}"
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{MASK}", text)
    return text


def _hidden(text: str) -> str:
    for value in _known:
        text = text.replace(value, MASK)
    return text


def redacted(said: Said) -> Said:
    """Return `said` without secrets: a server may have quoted one back in a detail, and somebody
    else's connector may have put one into the sentence.
    """
    if _hidden(said.message) != said.message:
        return said._replace(message=redact(said.text()), details=())
    details = ((name, redact(one) if isinstance(one, str) else one) for name, one in said.details)
    return said._replace(details=tuple(details))
