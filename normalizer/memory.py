"""The memory connector's neutral JSON, in our words; its mail goes the way of all mail.

| stream | keys |
|---|---|
| task | title, body, state, due, url, container, labels, assignees, checklist, attachments,
  created_at, updated_at |
| conversation | title, people, url, container, state |
| message | about, author, sent_at, text, direction, unread, automatic, attachments |
| change | about, field, before, after, author, at |

`about` is `{stream, id}`, a person `{name, handle}`, an attachment `{id, name, type, size, url}`,
a checklist's line `{id, text, done, due}`; instants are ISO 8601 with an offset, and a due date
may have no time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from normalizer import email
from normalizer.model import (
    Attachment,
    Change,
    CheckItem,
    Conversation,
    Direction,
    Message,
    Person,
    Record,
    Ref,
    State,
    Task,
)
from normalizer.raw import Raw
from normalizer.text import NAME, block, file_name, line


def normalise(raw: Raw) -> Iterator[Record]:
    """Put one record of the memory connector in our words.

    A patch, which holds no record, yields nothing. Raises ValueError where the record is not
    what the table above says.
    """
    if raw.payload is None:
        return
    match raw.stream:
        case "mail":
            yield from email.normalise(raw)
        case "task":
            yield _task(_ref(raw), _table(raw.json()))
        case "conversation":
            yield _conversation(_ref(raw), _table(raw.json()))
        case "message":
            yield _message(_ref(raw), _table(raw.json()))
        case "change":
            yield _change(_ref(raw), _table(raw.json()))
        case _:  # a later version's: kept until a mapping knows it
            return


def _task(ref: Ref, value: Mapping[str, Any]) -> Task:
    return Task(
        ref=ref,
        title=line(_text(value, "title")),
        body=block(_text(value, "body")),
        state=State(_text(value, "state") or "open"),
        due=_due(value),
        url=line(_text(value, "url")) or None,
        container=line(_text(value, "container")),
        labels=tuple(line(_string(label), NAME) for label in _list(value, "labels")),
        assignees=tuple(_person(one) for one in _list(value, "assignees")),
        checklist=tuple(_check_item(_table(one)) for one in _list(value, "checklist")),
        attachments=_attachments(value),
        created_at=_instant(value["created_at"]) if "created_at" in value else None,
        updated_at=_instant(value["updated_at"]) if "updated_at" in value else None,
    )


def _conversation(ref: Ref, value: Mapping[str, Any]) -> Conversation:
    return Conversation(
        ref=ref,
        title=line(_text(value, "title")),
        people=tuple(_person(one) for one in _list(value, "people")),
        url=line(_text(value, "url")) or None,
        container=line(_text(value, "container")),
        state=State(_text(value, "state") or "open"),
    )


def _message(ref: Ref, value: Mapping[str, Any]) -> Message:
    direction = _text(value, "direction")
    return Message(
        ref=ref,
        author=_person(value.get("author", {})),
        sent_at=_instant(value.get("sent_at")),
        text=block(_text(value, "text")),
        direction=Direction(direction) if direction else None,
        unread=value.get("unread") is True,
        automatic=value.get("automatic") is True,
        about=_about(value),
        attachments=_attachments(value),
    )


def _change(ref: Ref, value: Mapping[str, Any]) -> Change:
    return Change(
        ref=ref,
        about=_about(value),
        field=line(_text(value, "field"), NAME),
        before=block(_text(value, "before")),
        after=block(_text(value, "after")),
        author=_person(value.get("author", {})),
        at=_instant(value.get("at")),
    )


def _check_item(value: Mapping[str, Any]) -> CheckItem:
    return CheckItem(
        external_id=_text(value, "id"),
        text=line(_text(value, "text")),
        done=value.get("done") is True,
        due=_due(value),
    )


def _attachments(value: Mapping[str, Any]) -> tuple[Attachment, ...]:
    return tuple(_attachment(_table(one)) for one in _list(value, "attachments"))


def _attachment(value: Mapping[str, Any]) -> Attachment:
    size = value.get("size")
    return Attachment(
        external_id=_text(value, "id"),
        name=file_name(_text(value, "name")),
        media_type=line(_text(value, "type"), NAME) or "application/octet-stream",
        size=size if type(size) is int and size >= 0 else None,
        url=line(_text(value, "url")) or None,
    )


def _person(value: object) -> Person:
    table = _table(value)
    return Person(
        name=line(_text(table, "name"), NAME), handle=line(_text(table, "handle"), NAME).lower()
    )


def _ref(raw: Raw) -> Ref:
    return Ref(raw.stream, raw.external_id)


def _about(value: Mapping[str, Any]) -> Ref:
    about = _table(value.get("about"))
    stream, external_id = _text(about, "stream"), _text(about, "id")
    if not stream or not external_id:
        raise ValueError("about must name a stream and an id")
    return Ref(stream, external_id)


def _due(value: Mapping[str, Any]) -> date | datetime | None:
    text = _text(value, "due")
    if not text:
        return None
    return _instant(text) if "T" in text else date.fromisoformat(text)


def _instant(value: object) -> datetime:
    instant = datetime.fromisoformat(_string(value))
    if instant.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return instant.astimezone(UTC)


def _text(value: Mapping[str, Any], key: str) -> str:
    return _string(value.get(key, ""))


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text was expected")  # noqa: TRY004 - one kind of error for bad data
    return value


def _list(value: Mapping[str, Any], key: str) -> list[Any]:
    found = value.get(key, [])
    if not isinstance(found, list):
        raise ValueError("a list was expected")  # noqa: TRY004 - one kind of error for bad data
    return found


def _table(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("an object was expected")  # noqa: TRY004 - one kind of error for bad data
    return value
