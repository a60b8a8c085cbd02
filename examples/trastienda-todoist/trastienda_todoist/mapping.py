"""What Todoist says of a task or a comment, in Trastienda's words.

| stream | payload | meta |
|---|---|---|
| task | an item of a sync | place: its project and section; zone: hers; assignee: a name |
| comment | a note | author: a name |

Pure: it runs on what was stored, perhaps years later. What it puts otherwise than before goes with
a higher `version` of the connector.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from trastienda.plugin import (
    Attachment,
    Message,
    Raw,
    Record,
    Ref,
    State,
    Task,
    block,
    file_name,
    identifier,
    instant,
    items,
    line,
    link,
    maybe_date,
    maybe_instant,
    person,
    table,
    words,
)

_URGENT: Final = {4: "p1", 3: "p2", 2: "p3"}
"""What the apps call the priorities that the API counts the other way round."""


def normalise(raw: Raw) -> Iterator[Record]:
    """Put one record in our words; a patch, which holds none, yields nothing."""
    if raw.payload is None:
        return
    match raw.stream:
        case "task":
            yield _task(table(raw.json()), raw.about())
        case "comment":
            yield _comment(table(raw.json()), raw.about())
        case _:  # a later version's: kept until a mapping knows it
            return


def _task(item: Mapping[str, Any], about: Mapping[str, Any]) -> Task:
    one = identifier(item.get("id"))
    who = words(item.get("responsible_uid"))
    due, deadline = table(item.get("due")), maybe_date(table(item.get("deadline")).get("date"))
    when = _due(due, words(about.get("zone")))
    return Task(
        ref=Ref("task", one),
        title=line(words(item.get("content"))),
        body=block(words(item.get("description"))),
        state=State.DONE if item.get("checked") is True else State.OPEN,
        due=deadline if when is None else when,
        url=f"https://app.todoist.com/app/task/{one}",
        container=line(words(about.get("place"))),
        labels=tuple(_labels(item, due, deadline if when else None)),
        assignees=(person(about.get("assignee"), who),) if who else (),
        created_at=maybe_instant(item.get("added_at")),
        updated_at=maybe_instant(item.get("updated_at")),
    )


def _due(due: Mapping[str, Any], zone: str) -> date | datetime | None:
    """Read a due date: a whole day, a time of hers, or an instant (API: Due dates)."""
    text = words(due.get("date"))
    if "T" not in text:
        return maybe_date(text)
    found = datetime.fromisoformat(text)
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    try:
        return found.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (OSError, ValueError, LookupError):
        return found.date()  # nobody knows whose time that is


def _labels(
    item: Mapping[str, Any], due: Mapping[str, Any], deadline: date | None
) -> Iterator[str]:
    yield from filter(None, (line(words(one)) for one in items(item.get("labels"))))
    priority = item.get("priority")
    if isinstance(priority, int) and priority in _URGENT:
        yield _URGENT[priority]
    if due.get("is_recurring") is True and (every := line(words(due.get("string")))):
        yield f"↻ {every}"
    if deadline is not None:
        yield f"Deadline: {deadline.isoformat()}"


def _comment(note: Mapping[str, Any], about: Mapping[str, Any]) -> Message:
    return Message(
        ref=Ref("comment", identifier(note.get("id"))),
        author=person(about.get("author"), note.get("posted_uid")),
        sent_at=instant(note.get("posted_at")),
        text=block(words(note.get("content"))),
        to=tuple(person("", one) for one in items(note.get("uids_to_notify"))),
        about=Ref("task", identifier(note.get("item_id"))),
        attachments=tuple(_files(table(note.get("file_attachment")))),
    )


def _files(told: Mapping[str, Any]) -> Iterator[Attachment]:
    """Name the file of a comment; it opens in the browser."""
    if told:
        size = told.get("file_size")
        yield Attachment(
            external_id="file",
            name=file_name(words(told.get("file_name"))),
            media_type=line(words(told.get("file_type"))) or "application/octet-stream",
            size=size if type(size) is int and size >= 0 else None,
            url=link(told.get("file_url")),
        )
