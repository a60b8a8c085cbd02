"""What a subject says when its "Re:" and "Fwd:" are taken away."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from normalizer import text

# es: RV, Reenv, Resp; en: Re, Fw, Fwd; fr: TR, Réf; de: AW, WG; it: R, I, Rif; pt: Res, Enc;
# nl: Antw, Doorst; da, no, sv: Sv, VS, Vb. Counted ("Re[2]:", "RE(3):", "Re^2:") or not.
_PREFIX: Final = re.compile(
    r"(?:re|rv|fwd?|reenv|resp|tr|ref|aw|wg|r|i|rif|res|enc|antw|doorst|sv|vs|vb)"
    r"(?:\[\d{1,4}\]|\(\d{1,4}\)|\^\d{1,4})? ?[:：]"
)
_FORWARDS: Final = frozenset({"fw", "fwd", "rv", "reenv", "tr", "wg", "i", "enc", "doorst", "vb"})
_TAG: Final = re.compile(r"\[[^\[\]]{1,60}\]")
_TRAILER: Final = "(fwd)"


def base(subject: str) -> str:
    """Return `subject` folded, without prefixes of answers and forwards; "" never matches.

    A list's tag stays, wherever the prefix stood: "[web] Re: x" and "Re: [web] x" are one.
    """
    return _split(subject)[0]


def is_reply(subject: str) -> bool:
    """Tell whether `subject` says that it answers or forwards something."""
    return _split(subject)[1]


def is_forward(subject: str) -> bool:
    """Tell whether the last thing done to the mail, by its `subject`, was to forward it."""
    rest = text.fold(subject).lstrip()
    while tag := _TAG.match(rest):
        rest = rest[tag.end() :].lstrip()
    prefix = _PREFIX.match(rest)
    return prefix is not None and prefix.group().rstrip(" :：") in _FORWARDS


@lru_cache(maxsize=2048)
def _split(subject: str) -> tuple[str, bool]:
    rest = text.fold(subject)
    tags: list[str] = []
    reply = False
    while True:
        rest = rest.lstrip()
        if prefix := _PREFIX.match(rest):
            reply = True
            rest = rest[prefix.end() :]
        elif tag := _TAG.match(rest):
            if tag.group() not in tags:
                tags.append(tag.group())
            rest = rest[tag.end() :]
        elif rest.endswith(_TRAILER):
            reply = True
            rest = rest.removesuffix(_TRAILER)
        else:
            break
    return " ".join([*tags, *rest.split()]), reply


# Prefixes stand at the front, or behind a list's tag; this time in the text as it is shown.
_SHOWN: Final = re.compile(
    r"((?:\[[^\[\]]{1,60}\] ?)*)"
    r"(?:re|rv|fwd?|reenv|resp|tr|r[eé]f|aw|wg|r|i|rif|res|enc|antw|doorst|sv|vs|vb)"
    r"(?:\[\d{1,4}\]|\(\d{1,4}\)|\^\d{1,4})? ?[:：] ?",
    re.IGNORECASE,
)
_LETTERS: Final = re.compile("[a-z]+")


def title(subject: str) -> str:
    """Return `subject` as it is shown, without prefixes of answers and forwards."""
    rest = subject.strip()
    while prefix := _SHOWN.match(rest):
        rest = prefix.group(1) + rest[prefix.end() :].lstrip()
    return rest


def answering(subject: str) -> str:
    """Return the subject of an answer: one "Re:", however many answers there were before it.

    What was forwarded stays so: of "Fwd: x" it is "Re: Fwd: x".
    """
    rest = subject.strip()
    while found := _SHOWN.match(rest):
        prefix = text.fold(found.group().removeprefix(found.group(1)))
        if _LETTERS.match(prefix).group() in _FORWARDS:  # type: ignore[union-attr]  # it has some
            break
        rest = found.group(1) + rest[found.end() :].lstrip()
    return f"Re: {rest}".rstrip()
