"""The content lines of an iCalendar object (RFC 5545, 3.1): what each says, and where it stands.

Nothing is lost by reading: whoever changes a line can give back all others byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

_DEEPEST: Final = 8
_MOST_LINES: Final = 200_000
_VALUE = r'(?:"[^"\n]*"|[^";:,\n]*)'
_LINE: Final = re.compile(
    rf"([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+={_VALUE}(?:,{_VALUE})*)*):", re.ASCII
)
_PARAM: Final = re.compile(rf";([A-Za-z0-9-]+)=({_VALUE}(?:,{_VALUE})*)", re.ASCII)
_NO_TEXT: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_ENTRY: Final = re.compile(r"(?:\\.|[^,\\])+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a component."""

    name: str
    """In upper case."""

    params: Mapping[str, str]
    """By name in upper case, without quotes."""

    value: str
    """As it is spelled, still escaped."""

    first: int
    """The line on which it begins, counted from 0."""

    end: int
    """The line after its last: a long one is folded."""

    @property
    def text(self) -> str:
        """Its value as a text (RFC 5545, 3.3.11)."""
        return unescaped(self.value)

    @property
    def texts(self) -> list[str]:
        """Its value as a list of texts."""
        return [unescaped(one) for one in _ENTRY.findall(self.value)]


@dataclass(slots=True)
class Component:
    """A calendar, a to-do, an alarm."""

    name: str
    first: int
    end: int = 0
    """The line after its END."""

    properties: list[Property] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Property]:
        """Yield its own properties of that name, in order."""
        return (one for one in self.properties if one.name == name)

    def one(self, name: str) -> Property | None:
        """Find its first property of that name."""
        return next(self.all(name), None)

    def text(self, name: str) -> str:
        """Read its first property of that name; "" where it has none."""
        found = self.one(name)
        return found.text if found else ""


def parse(text: str) -> Component:
    """Read an iCalendar object. Raises ValueError where it is none, or is not whole.

    A line that says nothing is passed over.
    """
    top: Component | None = None
    within: list[Component] = []
    for first, end, unfolded in _unfolded(text.removeprefix("\ufeff").split("\n")):
        found = _LINE.match(unfolded)
        if found is None:
            continue
        name, value = found[1].upper(), unfolded[found.end() :]
        if name == "BEGIN":
            made = Component(value.strip().upper(), first)
            if top is None and made.name == "VCALENDAR":
                top = made
            elif within and len(within) < _DEEPEST:
                within[-1].parts.append(made)
            else:
                raise ValueError("no calendar")
            within.append(made)
        elif name == "END":
            if not within or within[-1].name != value.strip().upper():
                raise ValueError("a part that does not end")
            within.pop().end = end
        elif within:
            within[-1].properties.append(Property(name, _params(found[2]), value, first, end))
    if top is None or within:
        raise ValueError("no whole calendar")
    return top


def unescaped(value: str) -> str:
    """Read a text value."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def escaped(text: str) -> str:
    """Spell a text as a value. What no line can hold is left out."""
    text = text.replace("\r\n", "\n").replace("\\", "\\\\")
    text = text.replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n").replace("\t", " ")
    return _NO_TEXT.sub("", text)


def _params(text: str) -> dict[str, str]:
    params: dict[str, str] = {}
    for name, value in _PARAM.findall(text):
        params.setdefault(name.upper(), value.strip('"'))
    return params


def _unfolded(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Yield content lines, each with the physical lines that it stands on."""
    if len(lines) > _MOST_LINES:
        raise ValueError("more lines than any calendar needs")
    held: list[str] = []
    first = 0
    for number, line in enumerate(lines):
        bare = line.removesuffix("\r")
        if held and bare[:1] in {" ", "\t"}:
            held.append(bare[1:])
            continue
        if held:
            yield first, number, "".join(held)
        held, first = [bare], number
    yield first, len(lines), "".join(held)
