"""Something to tell the VA, kept apart from its language until it is shown.

The rooms below the screen know what happened, not who reads it. They hand on an English msgid
with `{name}` places and what fills them; whoever shows it translates it. Connectors of others say
so too, and what they say may hold anything: it is cut, and spelling it out never fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

_MOST: Final = 4_000
"""Characters of a sentence, of what fills one of its places, and of the whole spelled out."""

_PLACE: Final = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*)\}")
_SENTENCE: Final = re.compile(rf"(?:[^{{}}]|{_PLACE.pattern})*+")


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence or two: what happened, where, and what to do next. Never a secret."""

    message: str
    details: tuple[tuple[str, str | int], ...] = ()
    place: str = ""
    """Where in a file she wrote, as file:line:column; it stands before the sentence."""

    def __post_init__(self) -> None:
        texts: tuple[object, ...] = (self.message, self.place)
        if not all(isinstance(one, str) for one in texts):
            raise TypeError("a sentence was expected")
        details = tuple((str(name), _filling(value)) for name, value in self.details)
        object.__setattr__(self, "message", _cut(self.message))
        object.__setattr__(self, "details", details)

    def text(self, translate: Callable[[str], str] = str) -> str:
        """Spell it out, in the language of `translate` (usually gettext).

        What is no sentence with named places that are all filled comes out as it is.
        """
        text, filled = translate(self.message), dict(self.details)
        names = set(_PLACE.findall(text)) - {""}
        if _SENTENCE.fullmatch(text) and names <= filled.keys():
            text = _PLACE.sub(lambda one: str(filled[one[1]]) if one[1] else one[0][0], text)
        return f"{self.place}: {text[:_MOST]}" if self.place else text[:_MOST]

    def to_json(self) -> str:
        """Keep it in one column."""
        kept = [self.message, dict(self.details), *filter(None, [self.place])]
        return json.dumps(kept, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Said:
        """Read back what `to_json` wrote."""
        message, details, *place = json.loads(text)
        return cls(message, tuple(details.items()), *place)


def _filling(value: object) -> str | int:
    """Take what fills a place. Raises ValueError where it has no end."""
    if type(value) is int and abs(value) < 10**18:
        return value
    return _cut(str(value))


def _cut(text: str) -> str:
    """Keep what can be written of a text, and no more than enough."""
    return text[:_MOST].encode("utf-8", "backslashreplace").decode("utf-8")[:_MOST]


class SaidError(Exception):
    """Base of every error we raise on purpose: it can be shown to the VA as it is.

    `message` is a positional English msgid, so that the catalogue's extractor finds it.
    """

    def __init__(self, message: str, /, **details: str | int) -> None:
        super().__init__(message, details)
        self.said = Said(message, tuple(details.items()))

    def __str__(self) -> str:
        return self.said.text()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.said, self.__dict__)


def _rebuilt(kind: type[SaidError], said: Said, state: dict[str, Any]) -> SaidError:
    error = kind.__new__(kind, said.message, dict(said.details))
    error.__dict__.update(state)
    return error
