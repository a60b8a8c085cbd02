"""What a mapping hands in is looked at once before it reaches a transaction.

A plugin may hand in anything; what no database can hold must put one record aside, not stop a
channel.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from normalizer.model import Attachment, Change, Conversation, Message, Person, Ref, Task


def check(record: object) -> None:
    """Raise TypeError or ValueError where `record` is none of ours, has text that cannot be kept
    (a NUL, a lone surrogate), or an instant without a time zone.
    """
    text = "".join(_texts(record))
    if "\0" in text:
        raise ValueError("a NUL in the text")
    text.encode("utf-8")
    for instant in _instants(record):
        if isinstance(instant, datetime) and instant.tzinfo is None:
            raise ValueError("an instant without a time zone")


def _texts(record: object) -> Iterator[str]:
    match record:
        case Message():
            yield from (record.text, record.folded, record.subject, record.container)
            yield from _people((record.author, *record.to, *record.cc))
            yield from _refs(record.ref, record.about)
            for file in record.attachments:
                yield from _texts(file)
        case Task():
            yield from (record.title, record.body, record.container, record.url or "")
            yield from record.labels
            yield from _people(record.assignees)
            yield from _refs(record.ref)
            for line in record.checklist:
                yield from (line.external_id, line.text)
            for file in record.attachments:
                yield from _texts(file)
        case Conversation():
            yield from (record.title, record.container, record.url or "")
            yield from _people(record.people)
            yield from _refs(record.ref)
        case Attachment():
            yield from (record.external_id, record.name, record.media_type, record.url or "")
            yield from _refs(record.about)
        case Change():
            yield from (record.field, record.before, record.after)
            yield from _people((record.author,))
            yield from _refs(record.ref, record.about)
        case _:
            raise TypeError(type(record).__name__)


def _people(people: tuple[Person, ...]) -> Iterator[str]:
    for person in people:
        yield person.name
        yield person.handle


def _refs(*refs: Ref | None) -> Iterator[str]:
    for ref in refs:
        if ref is not None:
            yield ref.stream
            yield ref.external_id


def _instants(record: object) -> tuple[object, ...]:
    match record:
        case Message():
            return (record.sent_at,)
        case Task():
            return (record.due, record.created_at, record.updated_at)
        case Change():
            return (record.at,)
        case _:
            return ()
