"""Lines of text as plain values: what every part of the screen is drawn from.

A widget that takes markup runs what a stranger wrote in a subject, so none of ours takes any:
a line is spans of text, each with a tone, and `safe` is between the outside and every span.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size


class Tone(enum.StrEnum):
    """What a piece of text is; the style sheet says how it looks."""

    PLAIN = "plain"
    DIM = "dim"
    STRONG = "strong"
    ALERT = "alert"
    GOOD = "good"
    KEY = "key"
    QUOTE = "quote"
    HIT = "hit"
    BADGE = "badge"


class Span(NamedTuple):
    """A piece of a line."""

    text: str
    tone: Tone = Tone.PLAIN
    color: str = ""
    """A client's colour as the config has it, "" for the tone's: the theme makes it readable."""

    act: str = ""
    """What a click on it does: an action, always written in our own code (`tui.clicks`)."""


Line: TypeAlias = tuple[Span, ...]

# C0, DEL, C1, soft hyphen, Arabic letter mark, zero width, line separators, bidi, the byte
# order mark, interlinear marks, tag characters, lone surrogates (UAX 9, ECMA-48).
UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)


def safe(text: str) -> str:
    """One line that can be measured and drawn: nothing in it moves the cursor or hides."""
    if text.isascii() and text.isprintable():
        return text
    return UNSAFE.sub("\ufffd", text.replace("\n", " ").replace("\t", " "))


def fit(text: str, width: int) -> str:
    """Exactly `width` cells: padded, or cut with an ellipsis."""
    text = safe(text[: _most(width)])
    if cell_len(text) > width > 0:
        return set_cell_size(text, width - 1) + "…"
    return set_cell_size(text, width) if width > 0 else ""


def middle(text: str, width: int) -> str:
    """At most `width` cells, cut in the middle: how a name ends is what it really is."""
    text = " ".join(safe(text).split())
    if _size(text, 0, width) <= width or width < 8:
        return fit(text, width).rstrip()
    tail = text[-(width // 2) :]
    while cell_len(tail) > width // 2:
        tail = tail[1:]
    return fit(text, width - cell_len(tail)).rstrip() + tail


def length(line: Line) -> int:
    """The cells a line takes."""
    return sum(cell_len(span.text) for span in line)


def spread(left: Line, right: Line, width: int) -> Line:
    """`left` and `right` at the two edges; the left one gives way."""
    room = width - length(right) - (1 if right else 0)
    left = cut(left, max(0, room))
    return (*left, Span(" " * max(0, width - length(left) - length(right))), *right)


def cut(line: Line, width: int) -> Line:
    """No more than `width` cells."""
    spans: list[Span] = []
    for span in line:
        size = cell_len(span.text)
        if size > width:
            spans.append(span._replace(text=fit(span.text, width)))
            break
        spans.append(span)
        width -= size
    return tuple(spans)


def wrap(text: str, width: int) -> list[str]:
    """The lines of a text within `width` cells, its own line breaks kept."""
    lines: list[str] = []
    for paragraph in text.expandtabs(4).splitlines():
        clean = safe(paragraph).rstrip()
        indent = clean[: len(clean) - len(clean.lstrip())][: width // 2]
        lines.extend(_wrap_one(clean, indent, max(width, 4)))
    return lines


def _wrap_one(text: str, indent: str, width: int) -> Sequence[str]:
    if _size(text, 0, width) <= width:
        return (text,)
    lines: list[str] = []
    line = indent
    used = len(indent)
    for word in text.split():
        start = 0
        size = _size(word, start, width)
        gap = 1 if line.strip() else 0
        if used + gap + size > width and line.strip():
            lines.append(line)
            line, used, gap = indent, len(indent), 0
        while size > width - used - gap:  # a word longer than the line, such as a link
            head = _head(word[start : start + _most(width)], width - used)
            lines.append(line + head)
            start += len(head)
            size = _size(word, start, width)
            line, used = indent, len(indent)
        line += " " * gap + word[start:]
        used += gap + size
    if line.strip():
        lines.append(line)
    return lines


def _most(width: int) -> int:
    """Characters that a line of `width` cells may have, with all that combine."""
    return 4 * width + 8


def _size(text: str, start: int, width: int) -> int:
    """The cells of the rest of a text; too many for `width` where it has more than `_most`.

    Half a megabyte in one word is measured a line at a time: else each line costs all of it.
    """
    if len(text) - start > _most(width):
        return width + 1
    return cell_len(text[start:])


def _head(word: str, width: int) -> str:
    used = 0
    for index, char in enumerate(word):
        used += cell_len(char)
        if used > width:
            return word[: max(1, index)]
    return word


def faint(lines: Iterable[Line]) -> list[Line]:
    """Let lines stand behind others; keys stand out still."""
    return [
        tuple(
            span._replace(tone=span.tone if span.tone is Tone.KEY else Tone.DIM, color="", act="")
            for span in line
        )
        for line in lines
    ]
