"""HTML mail to text that can be read, in one pass over its tags.

No tree is built. A tree builder that follows the standard can be made to take seconds and
hundreds of megabytes by 30 kB of unclosed formatting (measured on Lexbor), and one that does
not drops what is nested too deep (libxml2) or never comes back (html2text). A stream of tags
needs memory for the text alone and time in proportion to the input, whatever it holds.

Nothing is executed or fetched. What a style hides is left out; a link's address stands behind
its text wherever the two differ; quotes are prefixed with ">" as in plain mail, what is struck
through stands between "~", and an ordered list has its numbers, which others may speak of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Final

_TAG: Final = re.compile(
    r"<(?:!--(?:-?>|.*?(?:--!?>|\Z))|[!?][^>]*(?:>|\Z)"
    r"|(/?)([a-zA-Z][^\s/>]*)(?:((?:[^\"'>]+|\"[^\"]*\"|'[^']*')*+)(?:>|\Z)|([^>]*)(?:>|\Z)))",
    re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(r"([^\s\"'>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_HIDING: Final = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*hidden|(?:max-height|opacity)\s*:\s*0(?![.\d]*[1-9]))",
    re.IGNORECASE,
)
_SIZE: Final = re.compile(r"font-size\s*:\s*(0(?![.\d]*[1-9]))?", re.IGNORECASE)
# What the button "indent" writes, around the author's own words; a quote has a line beside it.
_UNBORDERED: Final = re.compile(r"border\s*:\s*(?:none|0(?![.\d]))")
_BLANKS: Final = re.compile(r"[ \t\r\n\f]+")
# What senders of bulk mail put behind the preview line so that nothing else shows in it.
_PADDING: Final = re.compile("[\u00ad\u034f\u200b-\u200d\u2060\ufeff][\xa0\u2007 ]*")


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_SKIPPED: Final = _names(
    "script style title textarea xmp iframe noembed noframes noscript template object svg math "
    "select datalist audio video canvas"
)
_END_OF: Final = {
    name: re.compile(rf"</{name}(?=[\s/>]|\Z)[^>]*(?:>|\Z)", re.IGNORECASE) for name in _SKIPPED
}
_STRUCK: Final = _names("s strike del")
_NUMBER: Final = re.compile(r"\s*(-?\d{1,6})(?!\d)")
_VOID: Final = _names("area base br col embed hr img input link meta param source track wbr")
_PARAGRAPHS: Final = _names(
    "p h1 h2 h3 h4 h5 h6 blockquote ul ol dl table pre form fieldset figure address"
)
_BLOCKS: Final = _PARAGRAPHS | _names(
    "div tr li dt dd section article header footer aside main nav center caption thead tbody "
    "tfoot figcaption details summary body html"
)
# An opening tag that ends the element on top of the stack, where its own end tag is optional.
_ENDS: Final = {
    "li": {"li"},
    "td": {"td", "th"},
    "th": {"td", "th"},
    "tr": {"tr", "td", "th"},
    "dt": {"dt", "dd"},
    "dd": {"dt", "dd"},
    **{name: {"p"} for name in _BLOCKS - {"li", "tr", "dt", "dd", "body", "html"}},
}
_LINKS: Final = ("http://", "https://", "mailto:", "tel:", "ftp://")
_VISIBLE, _TINY, _HIDDEN = 0, 1, 2
_REACH: Final = 64
_DEPTH: Final = 10
_LONGEST_LINK: Final = 1_000
_ENOUGH: Final = 400_000


def to_text(html: str) -> str:
    """Return what a reader would see of `html`; all of it, where a style would hide it all."""
    read = _Reader(heeds_style=True).read(html)
    return read or _Reader(heeds_style=False).read(html)


@dataclass(slots=True)
class _List:
    """An open list: of its next item the number, None in a list without, and how it is written."""

    number: int | None = None
    letters: str = ""

    def mark(self, value: str) -> str:
        """Return what the next item begins with, whose number may be set by `value`."""
        if self.number is None:
            return "• "
        number = int(found[1]) if (found := _NUMBER.match(value)) else self.number
        self.number = number + 1
        if self.letters and 1 <= number <= 26:
            return f"{chr(ord(self.letters) + number - 1)}. "
        return f"{number}. "


@dataclass(slots=True)
class _Reader:
    """What has been read so far, and what is open."""

    heeds_style: bool
    lines: list[tuple[int, str]] = field(default_factory=list)
    """Depth of quoting, text."""

    line: list[str] = field(default_factory=list)
    stack: list[tuple[str, int, bool]] = field(default_factory=list)
    """Open elements: name, whether what stands around them is seen, and whether it is struck."""

    state: int = _VISIBLE
    struck: bool = False
    marked: int = 0
    """How long `line` was when the mark behind what is struck was put, 0 where it holds none."""

    quotes: int = 0
    quoting: list[int] = field(default_factory=list)
    """Of each open blockquote 1, or 0 where it only indents."""

    lists: list[_List] = field(default_factory=list)
    preformatted: int = 0
    link: str = ""
    label: list[str] = field(default_factory=list)
    written: int = 0

    def read(self, html: str) -> str:
        at = 0
        while self.written < _ENOUGH and (found := _TAG.search(html, at)):
            if found.start() > at:
                self._text(html[at : found.start()])
            at = found.end()
            closing, name, attributes, broken = found.groups()
            if name is None:
                continue
            name = name.lower()
            if closing:
                self._close(name)
            elif name in _SKIPPED:
                end = _END_OF[name].search(html, at)
                at = end.end() if end else len(html)
            else:
                self._open(name, attributes or broken or "")
        if self.written < _ENOUGH:
            self._text(html[at:])
        self._end_link()
        self._break()
        return "\n".join(f"{'> ' * depth}{said}".rstrip() for depth, said in self.lines).strip("\n")

    def _text(self, data: str) -> None:
        if self.state != _VISIBLE:
            return
        if "&" in data:
            data = unescape(data)
        if not data.isascii():
            data = _PADDING.sub("", data)
        if self.preformatted:
            first, *more = data.split("\n")
            self._say(first)
            for each in more:
                self._break()
                self._say(each)
        else:
            data = _BLANKS.sub(" ", data)
            if data[:1] == " " and (not self.line or self.line[-1][-1:] == " "):
                data = data[1:]
            self._say(data)

    def _say(self, said: str) -> None:
        """Write what the author said, between marks where it is struck through."""
        if not (self.struck and (core := said.strip())):
            self._write(said)
            return
        start = said.index(core[0])
        self._write(said[:start])
        if not self.marked or any(not each.isspace() for each in self.line[self.marked :]):
            self.line.append("~")
        else:
            del self.line[self.marked - 1]
        self._write(core)
        self.line.append("~")
        self.marked = len(self.line)
        self._write(said[start + len(core) :])

    def _write(self, said: str) -> None:
        if said:
            self.line.append(said)
            self.written += len(said)
            if self.link:
                self.label.append(said)

    def _break(self) -> None:
        """End the line, if there is one."""
        said = "".join(self.line).rstrip()
        if said or self.preformatted:
            self.lines.append((min(self.quotes, _DEPTH), said))
        self.line.clear()
        self.marked = 0

    def _blank(self) -> None:
        """Leave a blank line, never two; between two depths it is of the lesser."""
        if not self.lines:
            return
        depth, said = self.lines[-1]
        depth = min(depth, self.quotes)
        if said:
            self.lines.append((depth, ""))
        else:
            self.lines[-1] = (depth, "")

    def _open(self, name: str, raw: str) -> None:
        if self.stack and self.stack[-1][0] in _ENDS.get(name, ()):
            self._close(self.stack[-1][0])
        attributes = _attributes(raw) if _matter(name, raw) else {}
        if name not in _VOID:
            self.stack.append((name, self.state, self.struck))
            if attributes and self.heeds_style:
                self.state = _state(attributes, self.state)
            if name in _STRUCK or (attributes and "line-through" in attributes.get("style", "")):
                self.struck = True
        if self.state != _VISIBLE:
            return
        if name in _BLOCKS:
            self._break()
            if name in _PARAGRAPHS and not (name in {"ul", "ol"} and self.lists):
                self._blank()
            self._enter(name, attributes)
            if name == "li":
                indent = "  " * max(0, min(len(self.lists), _DEPTH) - 1)
                within = self.lists[-1] if self.lists else _List()
                self._write(indent + within.mark(attributes.get("value", "")))
        else:
            self._begin(name, attributes)

    def _begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """Write what an element that is no block begins with."""
        if name == "br":
            if self.line:
                self._break()
            else:
                self._blank()
        elif name in {"td", "th"}:
            if self.line:
                self._write("  ")
        elif name == "a":
            self._end_link()
            self.link = _BLANKS.sub("", attributes.get("href", ""))
        elif name == "img":
            if alt := _BLANKS.sub(" ", attributes.get("alt", "")).strip():
                self._write(f"[{alt[:200]}]")
        elif name == "hr":
            self._break()
            self._write("———")
            self._break()

    def _close(self, name: str) -> None:
        for back in range(1, min(len(self.stack), _REACH) + 1):
            if self.stack[-back][0] == name:
                break
        else:
            return
        for _ in range(back):
            top, before, struck = self.stack.pop()
            if self.state == _VISIBLE:
                if top == "a":
                    self._end_link()
                elif top in _BLOCKS:
                    self._break()
                    self._leave(top)
                    if top in _PARAGRAPHS and not (top in {"ul", "ol"} and self.lists):
                        self._blank()
            self.state = before
            if self.struck and not struck:
                self.struck, self.marked = False, 0

    def _enter(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "blockquote":
            style = attributes.get("style", "").lower()
            indents = _UNBORDERED.search(style) and "border-left" not in style
            self.quoting.append(0 if indents and "type" not in attributes else 1)
            self.quotes += self.quoting[-1]
        elif name == "ul" or (name == "ol" and "reversed" in attributes):
            self.lists.append(_List())
        elif name == "ol":
            start = _NUMBER.match(attributes.get("start", ""))
            letters = attributes.get("type", "").strip()
            self.lists.append(
                _List(int(start[1]) if start else 1, letters if letters in {"a", "A"} else "")
            )
        elif name == "pre":
            self.preformatted += 1

    def _leave(self, name: str) -> None:
        if name == "blockquote":
            self.quotes -= self.quoting.pop()
        elif name in {"ul", "ol"}:
            self.lists.pop()
        elif name == "pre":
            self.preformatted -= 1

    def _end_link(self) -> None:
        """Say where a link leads, unless its text says so."""
        link, label = self.link, "".join(self.label).strip()
        self.link = ""
        self.label.clear()
        if not link.lower().startswith(_LINKS) or _bare(link) == _bare(label):
            return
        if len(link) > _LONGEST_LINK:
            link = link[: _LONGEST_LINK - 1] + "…"
        while self.line and self.line[-1].isspace():
            self.line.pop()
        self._write(f" <{link}>" if self.line else f"<{link}>")


def _matter(name: str, raw: str) -> bool:
    if not raw:
        return False
    if name in {"a", "img", "ol", "li"}:
        return True
    raw = raw.lower()
    return "style" in raw or "hidden" in raw


def _attributes(raw: str) -> dict[str, str]:
    """Return attributes by lower-case name; of two alike the first counts."""
    read: dict[str, str] = {}
    for found in _ATTRIBUTE.finditer(raw):
        name, *values = found.groups()
        read.setdefault(name.lower(), unescape(next(filter(None, values), "")))
    return read


def _state(attributes: Mapping[str, str], before: int) -> int:
    """Say whether an element is seen; one without a size of its own has its parent's."""
    style = attributes.get("style", "")
    if before == _HIDDEN or "hidden" in attributes or _HIDING.search(style):
        return _HIDDEN
    if size := _SIZE.search(style):
        return _TINY if size.group(1) else _VISIBLE
    return before


def _bare(link: str) -> str:
    link = link.lower().removeprefix("mailto:").removeprefix("tel:")
    return link.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
