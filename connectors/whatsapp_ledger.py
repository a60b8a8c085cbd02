"""Where a channel of exported chats was left: which files were read, and which wait for her."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.base import Cursor
from connectors.errors import CursorExpiredError
from normalizer.said import Said

MOST_FILES: Final = 500
"""Exports of one channel that are kept in mind; a folder with more is read to its newest."""

_VERSION: Final = 1
_MOST_WAITING: Final = 20
_LONGEST: Final = 15_500


@dataclass(slots=True)
class Ledger:
    """What a cursor holds. Marks are those of `whatsapp_files.Found`, the oldest first."""

    read: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    """What was read, by its content: a copy is no news."""

    young: list[str] = field(default_factory=list)
    """Files that changed just now, and may change on."""

    waiting: dict[str, Said | None] = field(default_factory=dict)
    """Files that wait, each with what to tell her; None for one of too many to be told apart."""

    answers: str = ""
    """What she has answered so far, as a digest: with another, what waits is looked at again."""

    name: str = ""
    """What she was called when it was last told which messages are hers."""

    def took(self, mark: str, text: str) -> None:
        """Note that a file was read."""
        self.waiting.pop(mark, None)
        self.read.append(mark)
        if text not in self.texts:
            self.texts.append(text)

    def waits(self, mark: str, said: Said) -> None:
        """Note that a file waits, and for what."""
        told = sum(one is not None for one in self.waiting.values())
        self.waiting[mark] = said if told < _MOST_WAITING else None

    def keep(self, marks: set[str]) -> None:
        """Forget files that are no longer there, and the oldest of very many."""
        self.read = [mark for mark in self.read if mark in marks][-MOST_FILES:]
        self.waiting = {mark: said for mark, said in self.waiting.items() if mark in marks}
        self.texts = self.texts[-MOST_FILES:]


def load(cursor: Cursor | None) -> Ledger:
    """Read a cursor. Raises CursorExpiredError where it is none of ours."""
    if cursor is None:
        return Ledger()
    try:
        given = {_VERSION: json.loads(cursor)}[json.loads(cursor)["version"]]
        waiting = {_text(mark): _said(said) for mark, said in given["waiting"].items()}
        return Ledger(
            [_text(one) for one in given["read"].split()],
            [_text(one) for one in given["texts"].split()],
            [_text(one) for one in given["young"]],
            waiting,
            _text(given["answers"]),
            _text(given["name"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise CursorExpiredError(
            "Which exported chats were read is not known any more; they are read again."
        ) from None


def dump(ledger: Ledger) -> Cursor:
    """Write the cursor; where much waits, less of it is told apart, and where files came instead
    of others during a pull, the oldest are forgotten, and read again if they are still there.
    """
    waiting: Mapping[str, Any] = {
        mark: None if said is None else said.to_json()
        for mark, said in list(ledger.waiting.items())[-MOST_FILES:]
    }
    for most, files in (
        (_MOST_WAITING, MOST_FILES),
        (8, MOST_FILES),
        (0, MOST_FILES),
        (0, 250),
        (0, 50),
    ):
        told = [mark for mark, said in waiting.items() if said is not None][:most]
        given = {
            "version": _VERSION,
            "read": " ".join(ledger.read[-files:]),
            "texts": " ".join(ledger.texts[-files:]),
            "young": ledger.young[-50:],
            "waiting": {mark: waiting[mark] if mark in told else None for mark in waiting},
            "answers": ledger.answers,
            "name": ledger.name,
        }
        text = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
        if len(text) < _LONGEST:
            break
    return Cursor(text)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def _said(value: object) -> Said | None:
    return None if value is None else Said.from_json(_text(value))
