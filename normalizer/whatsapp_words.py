"""What WhatsApp itself writes into an export, in the languages that are known.

The words are in `whatsapp_words.toml`, one table a language. The files do not say their language,
and one can hold several: all tables are read as one. A word that is missing is no error; what it
would have told stays text.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("whatsapp_words.toml")

_LONGEST: Final = 1_000
"""Characters of a line that the app itself writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of every language together, by what they say; see the file for each."""

    am: tuple[str, ...]
    pm: tuple[str, ...]
    joins: tuple[str, ...]
    attached: tuple[str, ...]
    attached_after: tuple[str, ...]
    omitted: tuple[str, ...]
    omitted_document: tuple[str, ...]
    edited: tuple[str, ...]
    deleted: tuple[str, ...]
    deleted_own: tuple[str, ...]
    hidden: tuple[str, ...]
    poll: tuple[str, ...]
    option: tuple[str, ...]
    location: tuple[str, ...]
    live_location: tuple[str, ...]
    call: tuple[str, ...]
    call_end: tuple[str, ...]
    notice: tuple[str, ...]
    chat: tuple[str, ...]


@lru_cache(maxsize=1)
def words() -> Words:
    """Read the words. Raises ValueError where the file names what nobody knows."""
    tables = tomllib.loads(FILE.read_text("utf-8")).values()
    known = [one.name for one in fields(Words)]
    if unknown := {name for table in tables for name in table} - set(known):
        raise ValueError(f"{FILE.name} has words for what nobody knows: {sorted(unknown)}")
    return Words(
        **{
            name: tuple(dict.fromkeys(word for table in tables for word in table.get(name, ())))
            for name in known
        }
    )


def is_notice(text: str) -> bool:
    """Tell whether `text` holds what only the app says to all: who came, that it is encrypted."""
    return _notice().search(text[:_LONGEST]) is not None


@lru_cache(maxsize=1)
def _notice() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, words().notice)), re.IGNORECASE)
