"""Something to tell the VA, kept apart from its language until it is shown.

The rooms below the screen know what happened, not who reads it. They hand on an English msgid
with `{name}` places and what fills them; whoever shows it translates it. Connectors of others say
so too, and what they say may hold anything: it is cut, and spelling it out never fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Self

_MOST: Final = 4_000
"""Characters of a sentence, of what fills one of its places, and of the whole spelled out."""

_PLACE: Final = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*)\}")
_SENTENCE: Final = re.compile(rf"(?:[^{{}}]|{_PLACE.pattern})*+")


class _Said(NamedTuple):
    message: str
    details: tuple[tuple[str, str | int], ...]
    place: str
    """Where in a file she wrote, as file:line:column; it stands before the sentence."""


class Said(_Said):
    """One sentence or two: what happened, where, and what to do next. Never a secret."""

    # A tuple, for the keys alone are a hundred of them, made before the first rows are drawn.
    __slots__ = ()

    def __new__(
        cls, message: str, details: tuple[tuple[str, str | int], ...] = (), place: str = ""
    ) -> Self:
        """Take a sentence, cut. Raises TypeError where it is none."""
        texts: tuple[object, ...] = (message, place)
        if not all(isinstance(one, str) for one in texts):
            raise TypeError("a sentence was expected")
        filled = tuple((str(name), _filling(value)) for name, value in details)
        return super().__new__(cls, _cut(message), filled, place)

    def at(self, place: str) -> Self:
        """Say it of a place in a file."""
        return type(self)(self.message, self.details, place)

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
        import json  # noqa: PLC0415  not before the first rows

        kept = [self.message, dict(self.details), *filter(None, [self.place])]
        return json.dumps(kept, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Said:
        """Read back what `to_json` wrote."""
        import json  # noqa: PLC0415  the same

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
