"""What there is in the stand-in's Asana: people, projects, tasks and what happened to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


def iso(moment: datetime) -> str:
    """Spell an instant as Asana does: UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True, eq=False)
class User:
    gid: str
    name: str
    email: str
    profile: str
    """The number in links to their profile; it is not their gid."""

    workspaces: list[Workspace] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Workspace:
    gid: str
    name: str


@dataclass(slots=True, eq=False)
class Field:
    """A custom field: `kind` is text, number or enum."""

    gid: str
    name: str
    kind: str
    options: dict[str, str] = field(default_factory=dict)
    """Of an enum: the name of each option, and its gid."""


@dataclass(slots=True, eq=False)
class Project:
    gid: str
    name: str
    workspace: Workspace
    members: list[User]
    """Who has access; nobody else knows more than that it exists."""

    created_at: datetime
    modified_at: datetime
    archived: bool = False
    sections: list[Section] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)

    @property
    def tasks(self) -> list[Task]:
        return [task for section in self.sections for task in section.tasks]


@dataclass(slots=True, eq=False)
class Section:
    gid: str
    name: str
    project: Project
    created_at: datetime
    tasks: list[Task] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Tag:
    gid: str
    name: str


@dataclass(slots=True, eq=False)
class Story:
    gid: str
    task: Task
    kind: str
    """Its resource_subtype."""

    by: User | None
    at: datetime
    text: str
    html: str
    details: Json
    """The fields that only this kind of story has."""

    edited: bool = False


@dataclass(slots=True, eq=False)
class Attachment:
    gid: str
    name: str
    task: Task
    by: User | None
    at: datetime
    data: bytes = b""
    host: str = "asana"
    view_url: str | None = None


@dataclass(slots=True, eq=False)
class Task:
    gid: str
    name: str
    workspace: Workspace
    by: User | None
    created_at: datetime
    modified_at: datetime
    kind: str = "default_task"
    notes: str = ""
    html_notes: str = "<body></body>"
    assignee: User | None = None
    assigned_by: User | None = None
    approval_status: str | None = None
    completed: bool = False
    completed_at: datetime | None = None
    completed_by: User | None = None
    due_on: date | None = None
    due_at: datetime | None = None
    start_on: date | None = None
    separator: bool = False
    parent: Task | None = None
    subtasks: list[Task] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    """One of every project that it is in."""

    followers: list[User] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    values: dict[Field, str | float] = field(default_factory=dict)
    """Of the custom fields that are filled in."""

    dependencies: list[Task] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def projects(self) -> list[Project]:
        return [section.project for section in self.sections]


Thing: TypeAlias = User | Workspace | Project | Section | Tag | Field | Task | Story | Attachment


def within(thing: Thing) -> frozenset[str]:
    """Name what hears of an event on `thing`: itself, and all that it is in, upwards."""
    gids = {thing.gid}
    if isinstance(thing, Story | Attachment):
        gids |= within(thing.task)
    if isinstance(thing, Section):
        gids |= within(thing.project)
    if isinstance(thing, Task):
        gids |= {project.gid for project in thing.projects}
        gids |= within(thing.parent) if thing.parent else frozenset()
    return frozenset(gids)


def may_see(user: User, thing: Thing) -> bool:
    """Tell whether `user` has access."""
    if isinstance(thing, Workspace):
        return thing in user.workspaces
    if isinstance(thing, Project):
        return user in thing.members
    if isinstance(thing, Section):
        return may_see(user, thing.project)
    if isinstance(thing, Story | Attachment):
        return may_see(user, thing.task)
    if isinstance(thing, Task):
        own = user in {thing.assignee, thing.by, *thing.followers}
        shared = any(may_see(user, project) for project in thing.projects)
        return own or shared or (thing.parent is not None and may_see(user, thing.parent))
    return True
