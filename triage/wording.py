"""The words of a text: how they are written, and what they stand among. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from normalizer.text import fold
from triage.everyday import BEFORE_NOUNS, EVERYDAY, GREETINGS, NAMING, SAYING

Key: TypeAlias = tuple[str, ...]
"""The folded words of a name."""

WORD: Final = re.compile(r"[^\W_]+")
_PARAGRAPH: Final = re.compile(r"\n[ \t]*\n")
_LINK: Final = re.compile(r"https?://\S+|www\.\S+")
_ENDS: Final = frozenset(".!?…\n")
_BEGINS: Final = frozenset(":;¿¡•–—-*")


_LOOKALIKES: Final = str.maketrans(
    "авекмнорстухіѕјһԁԛԝӏαβεζηικμνορτυχıłøđð",
    "abekmhopctyxisjhdqwlabezhikmnoptyxilodd",
)
"""Folded letters of Cyrillic and Greek that look like ours, small or capital, and some of Latin."""

_FILLERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text."""

    word: str
    """Folded."""

    start: int
    end: int
    begins: bool
    """Its sentence, or what may be one."""

    proper: bool
    """Written like a name: a capital inside a sentence that has others without."""


def spell(word: str) -> str:
    """Fold a word, and spell it in the letters that it looks to be spelled in."""
    folded = fold(word)
    return folded if folded.isascii() else folded.translate(_LOOKALIKES)


def seen(text: str) -> str:
    """Leave out what nobody sees: soft hyphens, and signs without width, which part no word."""
    if text.isascii():
        return text
    return "".join(
        char for char in text if unicodedata.category(char) != "Cf" and char not in _FILLERS
    )


def words_of(text: str) -> Key:
    """Fold the words of a text."""
    return tuple(map(spell, WORD.findall(text)))


def is_everyday(words: Iterable[str]) -> bool:
    """Tell whether everybody uses them all."""
    return all(word in EVERYDAY or len(word) < 3 or word.isdigit() for word in words)


def paragraphs(draft: str) -> Iterator[list[Token]]:
    """Cut a draft at its empty lines: what stands on both sides was not said in a row."""
    last = None
    part: list[Token] = []
    for token in _tokens(draft):
        if last is not None and _PARAGRAPH.search(draft, last.end, token.start):
            yield part
            part = []
        part.append(token)
        last = token
    yield part


def _tokens(text: str) -> Iterator[Token]:
    """Cut a text into words, and see which are written like names."""
    links = {match.end() for match in _LINK.finditer(text)}
    sentence: list[tuple[re.Match[str], bool]] = []
    before = 0
    for match in WORD.finditer(text):
        between = text[before : match.start()]
        ended = not _ENDS.isdisjoint(between) or any(
            at in links for at in range(before, match.start())
        )
        if ended:
            yield from _sentence(sentence)
            sentence = []
        sentence.append((match, not sentence or not _BEGINS.isdisjoint(between)))
        before = match.end()
    yield from _sentence(sentence)


def _sentence(words: Sequence[tuple[re.Match[str], bool]]) -> Iterator[Token]:
    """In a sentence without small letters a capital says nothing."""
    small = any(match[0][:1].islower() and len(match[0]) > 1 for match, _ in words)
    for match, begins in words:
        proper = small and match[0][:1].isupper() and not begins
        yield Token(spell(match[0]), match.start(), match.end(), begins=begins, proper=proper)


def is_greeted(text: str, tokens: Sequence[Token], at: int, *, opens: bool) -> bool:
    """Tell whether a word of a paragraph is spoken to: "Hola, Ana", "Dear Ana", or it stands first
    with a comma or a dash after it. That alone is a greeting only where the text `opens`.
    """
    if any(token.word not in GREETINGS for token in tokens[max(0, at - 4) : at]) or at > 4:
        return False
    after = text[tokens[at].end : tokens[at].end + 3].lstrip(" ")
    return at > 0 or (opens and after[:1] in {",", ":", "-", "–", "—"})


def is_bare(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether a word inside a sentence stands where names do and nouns mostly do not: after
    no article, and nothing else that goes before nouns. Where she writes no capitals, no more is
    to be had.
    """
    return not tokens[at].begins and (
        tokens[at - 1].word not in BEFORE_NOUNS or _of_whom(tokens, at)
    )


def is_named(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether a word stands where hardly anything but a name does: "lo de", "para", "for", or
    as what asks, says or wants something.
    """
    after = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if tokens[at].begins:
        return after in SAYING
    before = tokens[at - 1].word
    return before in NAMING or before in SAYING or after in SAYING or _of_whom(tokens, at)


def _of_whom(tokens: Sequence[Token], at: int) -> bool:
    return at > 1 and (tokens[at - 2].word, tokens[at - 1].word) == ("lo", "de")
