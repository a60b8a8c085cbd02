"""The pieces of a question as it is written: words, phrases, fields, signs. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from normalizer.text import fold
from store.vocabulary import FIELDS


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a question as it is written."""

    kind: Literal["(", ")", "-", "word", "phrase", "field"]
    text: str
    position: int
    """Of its first character, from 1."""

    end: int
    """After its last character, from 0."""

    name: str = ""
    exact: bool = False
    lacks: str = ""
    """The sign that would end its quotation, where that is still open."""


_CLOSING: Final = {'"': '"', "“": "”", "«": "»"}
_NAME: Final = re.compile(r"([^\W\d_]{1,30}):(?!//)")
_BARE: Final = re.compile(r"[^\s()\"“«]+")
UNFIT: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
"""What neither engine takes as text: controls, and halves of a character."""


def tokens(text: str) -> Iterator[Token]:
    """Cut a question into its pieces."""
    text = UNFIT.sub(" ", text)
    at = 0
    while at < len(text):
        start, char = at, text[at]
        following = text[at + 1 : at + 2]
        if char.isspace():
            at += 1
        elif char in "()":
            at += 1
            yield Token("(" if char == "(" else ")", char, start + 1, at)
        elif char == "-" and following and following != ")" and not following.isspace():
            at += 1
            yield Token("-", char, start + 1, at)
        elif char in _CLOSING:
            value, exact, at = _quoted(text, at)
            lacks = "" if exact else _CLOSING[char]
            yield Token("phrase", value, start + 1, at, exact=exact, lacks=lacks)
        else:
            name = ""
            if (named := _NAME.match(text, at)) and (
                fold(named[1]) in FIELDS or text[named.end() : named.end() + 1].strip()
            ):
                name, at = named[1], named.end()
            lacks = ""
            if quote := _CLOSING.get(text[at : at + 1]):
                value, exact, at = _quoted(text, at)
                lacks = "" if exact else quote
            else:
                bare = _BARE.match(text, at)
                value, exact, at = (bare[0], False, bare.end()) if bare else ("", False, at)
            kind: Literal["field", "word"] = "field" if name else "word"
            yield Token(kind, value, start + 1, at, name, exact, lacks)


def _quoted(text: str, at: int) -> tuple[str, bool, int]:
    """Read the quotation that opens at `at`: what it says, whether it is closed, where it ends."""
    end = text.find(_CLOSING[text[at]], at + 1)
    return (text[at + 1 :], False, len(text)) if end < 0 else (text[at + 1 : end], True, end + 1)
