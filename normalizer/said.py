"""Something to tell the VA, kept apart from its language until it is shown.

The rooms below the screen know what happened, not who reads it. They hand on an English msgid
with `{name}` places and what fills them; whoever shows it translates it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence or two: what happened, where, and what to do next. Never a secret."""

    message: str
    details: tuple[tuple[str, str | int], ...] = ()
    place: str = ""
    """Where in a file she wrote, as file:line:column; it stands before the sentence."""

    def text(self, translate: Callable[[str], str] = str) -> str:
        """Spell it out, in the language of `translate` (usually gettext)."""
        text = translate(self.message).format(**dict(self.details))
        return f"{self.place}: {text}" if self.place else text

    def to_json(self) -> str:
        """Keep it in one column."""
        kept = [self.message, dict(self.details), *filter(None, [self.place])]
        return json.dumps(kept, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Said:
        """Read back what `to_json` wrote."""
        message, details, *place = json.loads(text)
        return cls(message, tuple(details.items()), *place)


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
