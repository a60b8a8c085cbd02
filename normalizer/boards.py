"""What the mappings of the boards (Trello, Asana) share: what is taken of a value, and how a
change is spelled, which is as the store spells the differences that it notices itself.

What is missing or null reads as nothing. What is there in another shape than it should raises
ValueError: the record is set aside and kept, and stops no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from normalizer.model import CheckItem, Person
from normalizer.text import NAME, file_name, line

_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")


def is_id(value: object) -> bool:
    """Tell whether `value` can be a tool's own id: it goes into paths and names as it is."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def identifier(value: object) -> str:
    """Take an id. Raises ValueError."""
    if not isinstance(value, str) or not is_id(value):
        raise ValueError("an id was expected")
    return value


def table(value: object) -> Mapping[str, Any]:
    """Take an object; of nothing, an empty one. Raises ValueError."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("an object was expected")  # noqa: TRY004  one kind of error for bad data
    return value


def tables(value: object) -> Iterator[Mapping[str, Any]]:
    """Take a list of objects. Raises ValueError."""
    for one in items(value):
        yield table(one)


def items(value: object) -> list[Any]:
    """Take a list; of nothing, an empty one. Raises ValueError."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError("a list was expected")  # noqa: TRY004  one kind of error for bad data
    return value


def words(value: object) -> str:
    """Take a text, not yet clean; of nothing, "". Raises ValueError."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError("a text was expected")  # noqa: TRY004  one kind of error for bad data
    return value


def instant(value: object) -> datetime:
    """Read an ISO 8601 instant into UTC. Raises ValueError, also where it names no offset."""
    found = datetime.fromisoformat(words(value))
    if found.tzinfo is None:
        raise ValueError("an instant needs its offset")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant beyond the calendar") from None


def maybe_instant(value: object) -> datetime | None:
    """Read an instant; of null or nothing, None. Raises ValueError."""
    return instant(value) if words(value) else None


def maybe_date(value: object) -> date | None:
    """Read a date without a time; of null or nothing, None. Raises ValueError."""
    text = words(value)
    return date.fromisoformat(text) if text else None


def person(name: object, handle: object) -> Person:
    """Name somebody. Raises ValueError."""
    return Person(name=line(words(name), NAME), handle=line(words(handle), NAME).lower())


def link(value: object) -> str | None:
    """Take the address of a page, None where it is none that a browser may be given."""
    text = words(value)
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return None
    fine = text.isprintable() and " " not in text and parts.scheme in {"http", "https"}
    return line(text, 2000) if fine and host and len(text) <= 2000 else None


def material(name: object) -> str:
    """Name a file or a link. An address that stands for a name is spelled without its slashes:
    "docs.example › brief › edit".
    """
    text = words(name)
    if "://" in text:
        text = text.partition("://")[2].strip("/").replace("/", " › ")
    return file_name(text)


def field(name: object, value: str) -> str:
    """Spell a custom field as one label more: "Budget: 300". "" where it says nothing."""
    called, said = line(words(name), NAME), line(value)
    return f"{called}: {said}" if called and said else ""


def container(*parts: object) -> str:
    """Spell where a task lies: board and list, project and section."""
    return " › ".join(filter(None, (line(words(part), NAME) for part in parts)))


def due_shown(due: date | datetime | None) -> str:
    """Spell a due date as in a change: '2026-11-23', '2026-11-23T17:00:00+00:00', "" for none."""
    return "" if due is None else due.isoformat()


def ticked(one: CheckItem) -> str:
    """Spell a line of a checklist as in a change."""
    return f"[{'x' if one.done else ' '}] {one.text}"


def called(one: Person) -> str:
    """Spell a person as in a change."""
    return one.name or one.handle


def taken_and_added(before: Iterable[str], after: Iterable[str]) -> tuple[str, str]:
    """Spell two states of a set as in a change: the lines taken away, and those added."""
    old, new = set(before), set(after)
    return "\n".join(sorted(old - new)), "\n".join(sorted(new - old))
