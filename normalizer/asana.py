"""Asana's tasks, comments, changes and attachments, in our words.

| stream | external id | payload | meta |
|---|---|---|---|
| task | p/{project}/{task}, me/{workspace}/{task} | the task, and its `subtasks` | `archived`, and
  `home`: the project that gives its place |
| comment | {task}/{story} | the story | |
| story | {task}/{story} | the story | `project` that its sections are of, `section` that it was
  added to, `file` that was attached |
| attachment | {task}/{attachment} | the attachment | |

Every copy of a task is the same task, and so is the subtask that somebody was given: its parent
shows it as a line of its checklist. Dependencies and followers have no place in the model; they
are kept in the payload.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from html import unescape
from typing import Any, Final, TypeAlias

from normalizer.boards import (
    called,
    container,
    due_shown,
    field,
    identifier,
    instant,
    items,
    link,
    material,
    maybe_date,
    maybe_instant,
    person,
    table,
    tables,
    taken_and_added,
    words,
)
from normalizer.model import (
    Attachment,
    Change,
    CheckItem,
    Message,
    Person,
    Record,
    Ref,
    State,
    Task,
)
from normalizer.raw import Raw
from normalizer.text import NAME, block, line

_MENTION: Final = re.compile(r"<a\b([^<>]{0,2000})>([^<>]{0,500})</a>")
_WHO: Final = re.compile(r'\bdata-asana-gid="([0-9]{1,64})"')
_TYPE: Final = re.compile(r'\bdata-asana-type="([a-z_]{1,40})"')
_FIELD: Final = re.compile("(text|number|enum|multi_enum|people|date)_custom_field_changed")


def normalise(raw: Raw) -> Iterator[Record]:
    """Put one record of Asana's in our words. Raises ValueError where it is none."""
    if raw.payload is None:
        return
    match raw.stream:
        case "task":
            yield from _task(table(raw.json()), raw.about())
        case "comment":
            yield _comment(table(raw.json()), _about(raw))
        case "story":
            yield from _changes(table(raw.json()), raw.about(), _about(raw))
        case "attachment":
            yield _attachment(table(raw.json()), _about(raw))
        case _:  # a later version's: kept until a mapping knows it
            return


def is_comment(story: Mapping[str, Any]) -> bool:
    """Tell what somebody said from what the system notes."""
    return story.get("type") == "comment"


def tells_change(story: Mapping[str, Any]) -> bool:
    """Tell whether a system's note is one that `normalise` makes a change of. There are others,
    and there will be new ones.
    """
    kind = words(story.get("resource_subtype"))
    return kind in _TOLD or _FIELD.fullmatch(kind) is not None


def _about(raw: Raw) -> Ref:
    return Ref("task", identifier(raw.external_id.partition("/")[0]))


def _task(value: Mapping[str, Any], meta: Mapping[str, Any]) -> Iterator[Task]:
    """Yield the task, unless it is a heading."""
    if _is_heading(value):
        return
    state = _state(value)
    archived = state is State.OPEN and meta.get("archived") is True
    assignee = _person(value.get("assignee"))
    yield Task(
        ref=Ref("task", identifier(value.get("gid"))),
        title=line(words(value.get("name"))),
        body=block(words(value.get("notes"))),
        state=State.ARCHIVED if archived else state,
        due=_due(value),
        url=link(value.get("permalink_url")),
        container=_place(value, words(meta.get("home"))),
        labels=tuple(_labels(value)),
        assignees=(assignee,) if assignee.handle else (),
        checklist=tuple(
            _line(one) for one in tables(value.get("subtasks")) if not _is_heading(one)
        ),
        created_at=maybe_instant(value.get("created_at")),
        updated_at=maybe_instant(value.get("modified_at")),
    )


def _is_heading(value: Mapping[str, Any]) -> bool:
    """Tell a separator, or a section of the old kind, from something to do."""
    return (
        value.get("is_rendered_as_separator") is True or value.get("resource_subtype") == "section"
    )


def _line(value: Mapping[str, Any]) -> CheckItem:
    assignee = _person(value.get("assignee"))
    return CheckItem(
        external_id=identifier(value.get("gid")),
        text=line(words(value.get("name"))),
        done=_state(value) is State.DONE,
        due=_due(value),
        assignee=assignee if assignee.handle else None,
    )


def _state(value: Mapping[str, Any]) -> State:
    """Asana calls an approval completed once it is rejected or sent back: for us it is open."""
    if value.get("resource_subtype") == "approval" and value.get("approval_status") is not None:
        return _approval(words(value["approval_status"]))
    return State.DONE if value.get("completed") is True else State.OPEN


def _approval(status: str) -> State:
    return State.DONE if status == "approved" else State.OPEN


def _due(value: Mapping[str, Any]) -> date | datetime | None:
    return maybe_instant(value.get("due_at")) or maybe_date(value.get("due_on"))


def _place(value: Mapping[str, Any], home: str) -> str:
    """Spell where a task is: its project and section, else its parent, else its workspace."""
    found = []
    for one in tables(value.get("memberships")):
        project, section = table(one.get("project")), table(one.get("section"))
        gid = words(project.get("gid"))
        found.append((gid != home, gid, container(project.get("name"), section.get("name"))))
    if found:
        return min(found)[2]
    parent, workspace = table(value.get("parent")), table(value.get("workspace"))
    return container(parent.get("name")) or container(workspace.get("name"))


def _labels(value: Mapping[str, Any]) -> Iterator[str]:
    """Yield tags, custom fields that are filled in, and an approval that is refused."""
    yield from filter(None, (_name(tag) for tag in tables(value.get("tags"))))
    for one in tables(value.get("custom_fields")):
        yield from filter(None, [field(one.get("name"), words(one.get("display_value")))])
    yield from _refusal(words(value.get("approval_status")))


def _refusal(status: str) -> list[str]:
    """An approval that is neither pending nor given says so in Asana's own word."""
    return [line(status, NAME)] if status not in {"", "pending", "approved"} else []


def _name(value: Mapping[str, Any]) -> str:
    return line(words(value.get("name")), NAME)


def _person(value: object) -> Person:
    found = table(value)
    return person(found.get("name"), found.get("gid"))


def _comment(value: Mapping[str, Any], about: Ref) -> Message:
    return Message(
        ref=Ref("comment", identifier(value.get("gid"))),
        author=_person(value.get("created_by")),
        sent_at=instant(value.get("created_at")),
        text=block(words(value.get("text"))),
        to=tuple(_mentioned(words(value.get("html_text")))),
        about=about,
    )


def _mentioned(html: str) -> Iterator[Person]:
    """Yield whoever a comment names. The address of such a link holds another number."""
    seen: set[str] = set()
    for attributes, name in _MENTION.findall(html):
        who, kind = _WHO.search(attributes), _TYPE.search(attributes)
        if who and (kind is None or kind[1] == "user") and who[1] not in seen:
            seen.add(who[1])
            yield person(unescape(name).removeprefix("@"), who[1])


def _changes(value: Mapping[str, Any], meta: Mapping[str, Any], about: Ref) -> Iterator[Change]:
    """Yield what a system's note tells: mostly one change, of an approval two."""
    gid = identifier(value.get("gid"))
    for number, (changed, before, after) in enumerate(_told(value, meta)):
        yield Change(
            ref=Ref("story", f"{gid}/{number}" if number else gid),
            about=about,
            field=changed,
            before=before,
            after=after,
            author=_person(value.get("created_by")),
            at=instant(value.get("created_at")),
        )


_Told: TypeAlias = Iterator[tuple[str, str, str]]
"""(field, before, after). Both texts are "" where only who and when is told."""


def _told(value: Mapping[str, Any], meta: Mapping[str, Any]) -> _Told:
    kind = words(value.get("resource_subtype"))
    if found := _FIELD.fullmatch(kind):
        yield from _custom(value, found[1])
    elif (tell := _TOLD.get(kind)) is not None:
        yield from tell(value, meta)


def _renamed(value: Mapping[str, Any], _: Mapping[str, Any]) -> _Told:
    yield "title", line(words(value.get("old_name"))), line(words(value.get("new_name")))


def _redated(value: Mapping[str, Any], _: Mapping[str, Any]) -> _Told:
    before, after = (due_shown(_due(table(value.get(f"{when}_dates")))) for when in _WHEN)
    if before != after:
        yield "due", before, after


def _moved(value: Mapping[str, Any], meta: Mapping[str, Any]) -> _Told:
    project, sections = meta.get("project"), [table(value.get(f"{w}_section")) for w in _WHEN]
    before, after = (container(project, section.get("name")) for section in sections)
    yield "container", before, after


def _put_in(value: Mapping[str, Any], meta: Mapping[str, Any]) -> _Told:
    project = table(value.get("project")).get("name")
    yield "container", "", container(project, meta.get("section"))


def _taken_out(value: Mapping[str, Any], _: Mapping[str, Any]) -> _Told:
    yield "container", container(table(value.get("project")).get("name")), ""


def _judged(value: Mapping[str, Any], _: Mapping[str, Any]) -> _Told:
    old, new = (words(value.get(f"{when}_approval_status")) for when in _WHEN)
    if _approval(old) is not _approval(new):
        yield "state", _approval(old).value, _approval(new).value
    before, after = taken_and_added(_refusal(old), _refusal(new))
    if before != after:
        yield "labels", before, after


def _given(value: Mapping[str, Any], _: Mapping[str, Any]) -> _Told:
    yield "people", "", called(_person(value.get("assignee")))


def _attached(_: Mapping[str, Any], meta: Mapping[str, Any]) -> _Told:
    yield "attachments", "", material(meta.get("file"))


def _tagged(value: Mapping[str, Any], _: Mapping[str, Any]) -> _Told:
    yield "labels", "", _name(table(value.get("tag")))


def _untagged(value: Mapping[str, Any], _: Mapping[str, Any]) -> _Told:
    yield "labels", _name(table(value.get("tag"))), ""


def _custom(value: Mapping[str, Any], sort: str) -> _Told:
    name = table(value.get("custom_field")).get("name")
    old, new = (field(name, _filled(value.get(f"{when}_{sort}_value"))) for when in _WHEN)
    if old != new:
        yield "labels", old, new


_WHEN: Final = ("old", "new")

_TOLD: Final[Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], _Told]]] = {
    "name_changed": _renamed,
    "notes_changed": lambda _, __: iter([("body", "", "")]),
    "due_date_changed": _redated,
    "section_changed": _moved,
    "added_to_project": _put_in,
    "removed_from_project": _taken_out,
    "marked_complete": lambda _, __: iter([("state", "open", "done")]),
    "marked_incomplete": lambda _, __: iter([("state", "done", "open")]),
    "approval_status_changed": _judged,
    "assigned": _given,
    "unassigned": lambda _, __: iter([("people", "", "")]),
    "attachment_added": _attached,
    "added_to_tag": _tagged,
    "removed_from_tag": _untagged,
}


def _filled(value: object) -> str:
    """Spell the value of a custom field as `display_value` spells it."""
    match value:
        case str():
            return value
        case bool() | None:
            return ""
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else str(value)
        case list():
            return ", ".join(filter(None, (_name(table(one)) for one in items(value))))
        case _:
            found = table(value)
            return words(found.get("name") or found.get("date_time") or found.get("date"))


def _attachment(value: Mapping[str, Any], about: Ref) -> Attachment:
    size = value.get("size")
    return Attachment(
        external_id=identifier(value.get("gid")),
        name=material(value.get("name")),
        size=size if type(size) is int and size >= 0 else None,
        url=link(value.get("view_url")) if value.get("host") != "asana" else None,
        about=about,
    )
