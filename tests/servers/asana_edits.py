"""What each field of a task does besides, when somebody sets it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from html import escape, unescape
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.servers.asana_shapes import compact, option
from tests.servers.asana_things import Field, Json, Task, User, iso

if TYPE_CHECKING:
    from tests.servers.asana_world import World

Edit: TypeAlias = "Callable[[World, Task, User | None, Any], None]"

DONE = frozenset({"approved", "rejected", "changes_requested"})
"""The values of `approval_status` that complete a task: `completed` is kept in step with it."""


def _name(world: World, task: Task, by: User | None, value: str) -> None:
    old, task.name = task.name, value
    world.changed(task, by, "name")
    details = {"old_name": old, "new_name": value}
    world.tell(task, "name_changed", by, f'changed the name to "{value}"', details)


def _notes(world: World, task: Task, by: User | None, value: str) -> None:
    task.notes, task.html_notes = value, rich(value)
    world.changed(task, by, "notes")
    world.tell(task, "notes_changed", by, "changed the description")


def _html_notes(world: World, task: Task, by: User | None, value: str) -> None:
    _notes(world, task, by, plain_of(value))
    task.html_notes = value


def _assignee(world: World, task: Task, by: User | None, value: User | None) -> None:
    task.assignee, task.assigned_by = value, by if value else None
    world.changed(task, by, "assignee", new_value=value)
    if value is None:
        world.tell(task, "unassigned", by, "unassigned")
        return
    world.tell(task, "assigned", by, f"assigned to {value.name}", {"assignee": compact(value)})
    if value not in task.followers:
        task.followers.append(value)


def _completed(world: World, task: Task, by: User | None, value: bool) -> None:
    _finish(world, task, by, value)
    if task.kind == "approval":
        task.approval_status = "approved" if value else "pending"
    kind, told = ("complete", "completed") if value else ("incomplete", "marked incomplete")
    world.tell(task, f"marked_{kind}", by, f"{told} this task")


def _approval(world: World, task: Task, by: User | None, value: str) -> None:
    details = {"old_approval_status": task.approval_status, "new_approval_status": value}
    task.approval_status = value
    world.changed(task, by, "approval_status")
    if task.completed != (value in DONE):
        _finish(world, task, by, value in DONE)
    world.tell(task, "approval_status_changed", by, f"set the approval to {value}", details)


def _finish(world: World, task: Task, by: User | None, value: bool) -> None:
    task.completed = value
    task.completed_at = world.now() if value else None
    task.completed_by = by if value else None
    world.changed(task, by, "completed")


def _due_on(world: World, task: Task, by: User | None, value: date | None) -> None:
    _due(world, task, by, value, None)


def _due_at(world: World, task: Task, by: User | None, value: datetime | None) -> None:
    _due(world, task, by, value.date() if value else None, value)


def _due(
    world: World, task: Task, by: User | None, day: date | None, moment: datetime | None
) -> None:
    old = _dates(task)
    fields = [("due_on", task.due_on != day), ("due_at", task.due_at != moment)]
    task.due_on, task.due_at = day, moment
    for name, moved in fields:
        if moved:
            world.changed(task, by, name)
    told = f"changed the due date to {day}" if day else "removed the due date"
    details = {"old_dates": old, "new_dates": _dates(task)}
    world.tell(task, "due_date_changed", by, told, details)


def _dates(task: Task) -> Json:
    dates: Json = {
        "start_on": task.start_on and task.start_on.isoformat(),
        "due_at": task.due_at and iso(task.due_at),
    }
    return dates | ({"due_on": task.due_on.isoformat()} if task.due_on else {})


def plain(name: str) -> Edit:
    """Make the edit of a field that does nothing besides."""

    def edit(world: World, task: Task, by: User | None, value: Any) -> None:
        setattr(task, name, value)
        world.changed(task, by, name)

    return edit


def filled(field: Field, old: str | float | None, new: str | float | None) -> Json:
    """What the story of a custom field tells of its change."""
    told: Json = {"custom_field": compact(field)}
    for when, value in (("old", old), ("new", new)):
        if value is not None:
            spelt = option(field, str(value)) if field.kind == "enum" else value
            told[f"{when}_{field.kind}_value"] = spelt
    return told


def mention(user: User) -> str:
    """A link to somebody in rich text. Its address holds no gid."""
    return (
        f'<a href="https://app.asana.com/0/profile/{user.profile}" data-asana-gid="{user.gid}"'
        f' data-asana-accessible="true" data-asana-type="user">@{user.name}</a>'
    )


def rich(text: str) -> str:
    """Spell plain text as Asana's rich text."""
    return f"<body>{escape(text, quote=False)}</body>"


def plain_of(html: str) -> str:
    """Leave out the marks of rich text."""
    return unescape(re.sub(r"<[^>]*>", "", html))


EDITS: dict[str, Edit] = {
    "name": _name,
    "notes": _notes,
    "html_notes": _html_notes,
    "assignee": _assignee,
    "completed": _completed,
    "approval_status": _approval,
    "due_on": _due_on,
    "due_at": _due_at,
}
