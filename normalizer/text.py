r"""The one gate through which text from outside becomes text that can be shown.

A subject can move the cursor of a terminal, write its clipboard, turn "gpj.exe" into "exe.jpg"
or hide a sentence between two letters. Nothing of that survives here, and nothing is silently
lost either: what cannot be shown as itself stands as something that can, and `original` reads
it back.

| in the input | in the output |
|---|---|
| C0 controls, DEL | control pictures (␛); from four alike in a row on, a marker |
| C1, bidi controls, zero width and other invisible characters, lone surrogates, private use,
  code points this Python does not know | a marker, `⧼202E⧽`; a run is one, `⧼200C×57 202E⧽` |
| a fifth combining mark in a row, and all after it | a marker |
| `⧼` and control pictures themselves | a marker, so that no sender can forge one |
| variation selectors, skin tones, ZWJ between two emoji | dropped: terminals disagree about
  their width, and they carry no word |
| text not in NFC, spaces other than U+0020, line ends | NFC, plain spaces, `\n` |

So `original(block(s))` is `s` but for the last two rows and the cap. Every character of the
output is printable (`str.isprintable`) or, in a block, a newline.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import filterfalse
from typing import Final

LINE: Final = 500
"""Characters of a subject or a title."""

NAME: Final = 120
"""Characters of a person's, a folder's or a file's name."""

BLOCK: Final = 100_000
"""Characters of a mail or a description."""

_MARKS: Final = 4
"""Combining marks in a row. Vietnamese needs two, vocalised Hebrew three."""

_LONGEST_RUN: Final = 999_999

# All that is surely harmless, and NFC in any order, is skipped at the speed of the regex engine:
# ASCII, Latin, Greek and Cyrillic letters, dashes, quotes, the euro, kana, Chinese and Korean.
_SUSPECT: Final = re.compile(
    "[^\n -~\xa1-\xac\xae-\u02ff\u038e-\u03a1\u03a3-\u0482\u048a-\u052f\u2010-\u2027\u20ac"
    "\u3041-\u3096\u309f-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e]+"
)
# Printable, and blank all the same.
_BLANK: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\U0001d159"
)
_HINT: Final = re.compile("[\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]")
_EMOJI: Final = re.compile("[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]")
_BREAK: Final = re.compile("\r\n?|[\u2028\u2029]")
_OTHER_SPACE: Final = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_OPEN, _CLOSE = "⧼", "⧽"
_ENTRY = "[0-9A-F]{4,6}(?:×[0-9]{1,6})?"
_MARKER: Final = re.compile(f"{_OPEN}({_ENTRY}(?: {_ENTRY})*){_CLOSE}")
_PICTURE: Final = re.compile("[\u2400-\u241f\u2421]")


def line(s: str, cap: int = LINE) -> str:
    """Clean `s` into one line of at most `cap` characters: a subject, a name, a label.

    Every run of white space, newlines included, becomes one space; none is left at the ends.
    """
    s, cut = _bounded(s, cap)
    if not (s.isascii() and s.isprintable()):
        s = _clean(_BREAK.sub(" ", s).replace("\n", " ").replace("\t", " "))
    if "  " in s or s[:1] == " " or s[-1:] == " ":
        s = " ".join(word for word in s.split(" ") if word)
    return _capped(s, cap, cut=cut)


def block(s: str, cap: int = BLOCK) -> str:
    """Clean `s` into lines of text of at most `cap` characters in all. A tab is four spaces."""
    s, cut = _bounded(s, cap)
    if "\r" in s:
        s = s.replace("\r\n", "\n").replace("\r", "\n")
    if "\t" in s:
        s = s.replace("\t", "    ")
    if not (s.isascii() and s.replace("\n", "").isprintable()):
        s = _clean(s)
    return _capped(s, cap, cut=cut)


def file_name(s: str, cap: int = NAME) -> str:
    """Clean a file's name: the last part of a path, and its real extension never cut off."""
    s = line(s, 4 * cap).replace("\\", "/").rstrip("/ .").rpartition("/")[2].strip()
    if len(s) <= cap:
        return s
    stem, dot, extension = s.rpartition(".")
    if not dot or len(extension) > 16:
        return _capped(s, cap, cut=False)
    return _capped(stem, cap - len(extension) - 1, cut=True) + dot + extension


def typed(s: str) -> str:
    """Clean what she herself writes: what is marked already stays so, and nothing is cut off."""
    raw = original(s)
    return block(raw, 16 * len(raw) + 16)


def original(s: str) -> str:
    """Read back what `line` or `block` made visible."""
    return _MARKER.sub(_unmarked, _PICTURE.sub(_unpictured, s))


def fold(s: str) -> str:
    """Spell `s` for comparing: without case, without accents, in compatibility forms."""
    if s.isascii():
        return s.lower()
    apart = unicodedata.normalize("NFKD", s.casefold())
    return "".join(filterfalse(unicodedata.combining, apart)).casefold()


def _bounded(s: str, cap: int) -> tuple[str, bool]:
    """Bound the work before it is done: folding shrinks text, but not to a quarter in earnest."""
    cut = len(s) > 4 * cap
    if cut:
        s = s[: 4 * cap]
    return s, cut


def _clean(s: str) -> str:
    if not _SUSPECT.search(s):
        return s
    s = _HINT.sub(_hinted, _OTHER_SPACE.sub(" ", _BREAK.sub("\n", s)))
    return _SUSPECT.sub(_shown, unicodedata.normalize("NFC", s))


def _hinted(match: re.Match[str]) -> str:
    """Drop what only says how an emoji is drawn; a joiner elsewhere is text, or a trick."""
    if match.group() != "\u200d":
        return ""
    whole, at = match.string, match.start()
    joins = at and _EMOJI.match(whole, at - 1) and _EMOJI.match(whole, at + 1)
    return "" if joins else "\u200d"


def _shown(match: re.Match[str]) -> str:
    """Spell out one run of suspects."""
    out: list[str] = []
    hidden: list[tuple[str, int]] = []
    marks = 0
    for char in match.group():
        kind = _kind(char)
        if kind == "m":
            marks += 1
        elif kind == "c":
            marks = 0
        if kind == "c" or (kind == "m" and marks <= _MARKS):
            if hidden:
                out.append(_marker(hidden))
                hidden = []
            out.append(char)
        elif hidden and hidden[-1][0] == char and hidden[-1][1] < _LONGEST_RUN:
            hidden[-1] = (char, hidden[-1][1] + 1)
        else:
            hidden.append((char, 1))
    if hidden:
        out.append(_marker(hidden))
    return "".join(out)


@lru_cache(maxsize=4096)
def _kind(char: str) -> str:
    """Say whether a character is shown as itself ("c"), a combining mark ("m") or hidden ("h")."""
    if char in _BLANK or char == _OPEN or _PICTURE.match(char) or not char.isprintable():
        return "h"
    return "m" if unicodedata.category(char) in {"Mn", "Me"} else "c"


def _marker(hidden: list[tuple[str, int]]) -> str:
    out = ""
    entries: list[str] = []
    for char, times in hidden:
        code = ord(char)
        if (code < 0x20 or code == 0x7F) and times < 4:
            if entries:
                out += f"{_OPEN}{' '.join(entries)}{_CLOSE}"
                entries = []
            out += chr(0x2421 if code == 0x7F else 0x2400 + code) * times
        else:
            entries.append(f"{code:04X}" + (f"×{times}" if times > 1 else ""))
    return out + (f"{_OPEN}{' '.join(entries)}{_CLOSE}" if entries else "")


def _unmarked(match: re.Match[str]) -> str:
    out = ""
    for entry in match.group(1).split(" "):
        code, _, times = entry.partition("×")
        if int(code, 16) <= 0x10FFFF:
            out += chr(int(code, 16)) * int(times or 1)
    return out


def _unpictured(match: re.Match[str]) -> str:
    code = ord(match.group())
    return chr(0x7F if code == 0x2421 else code - 0x2400)


def _capped(s: str, cap: int, *, cut: bool) -> str:
    """Cut `s` where it is too long, never inside a marker."""
    if len(s) <= cap and not cut:
        return s
    s = s[: cap - 1]
    opened = s.rfind(_OPEN)
    if opened > s.rfind(_CLOSE):
        s = s[:opened]
    return s.rstrip() + "…"
