"""A small Asana in memory, and what people do in it by other means than our connector.

Every act leaves what Asana says it leaves: stories, events, and a newer `modified_at` where the
description of that field says so. Putting a task elsewhere is none of those cases.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from tests.servers.asana_edits import EDITS, filled, mention, plain, rich
from tests.servers.asana_feed import Feed
from tests.servers.asana_shapes import compact
from tests.servers.asana_things import (
    Attachment,
    Field,
    Json,
    Project,
    Section,
    Story,
    Tag,
    Task,
    Thing,
    User,
    Workspace,
)

T = TypeVar("T", bound=Thing)

QUIET = frozenset({"notes", "html_notes", "start_on", "separator"})
"""What is set with a new task without a story of its own."""


class World:
    """All that there is. `by` None is Asana itself."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.things: dict[str, Thing] = {}
        self.gone: set[str] = set()
        """The gids of what was deleted."""

        self.feed = Feed(self.now)
        self._clock = clock
        self._then: datetime | None = None
        self._gids = itertools.count(1_209_000_000_000_001, 7)

    def now(self) -> datetime:
        return self._then or self._clock()

    @contextlib.contextmanager
    def as_of(self, moment: datetime) -> Iterator[None]:
        """Let what happens inside have happened then."""
        self._then, before = moment, self._then
        try:
            yield
        finally:
            self._then = before

    # What there is

    def user(self, name: str, email: str = "") -> User:
        gid = self._gid()
        address = email or f"{name.split(maxsplit=1)[0].lower()}.{gid[-4:]}@people.example"
        return self._kept(User(gid, name, address, profile=self._gid()))

    def workspace(self, name: str, *members: User) -> Workspace:
        made = self._kept(Workspace(self._gid(), name))
        for user in members:
            user.workspaces.append(made)
        return made

    def project(self, workspace: Workspace, name: str, *members: User) -> Project:
        """A project with one section, as Asana makes them."""
        at = self.now()
        project = self._kept(Project(self._gid(), name, workspace, list(members), at, at))
        self.section(project, "Untitled section", by=members[0] if members else None)
        return project

    def section(self, project: Project, name: str, by: User | None = None) -> Section:
        section = self._kept(Section(self._gid(), name, project, self.now()))
        project.sections.append(section)
        self.feed.record(by, "added", section, project)
        return section

    def field(self, project: Project, name: str, kind: str = "text", *options: str) -> Field:
        made = Field(self._gid(), name, kind, {option: self._gid() for option in options})
        project.fields.append(made)
        return self._kept(made)

    def task(
        self,
        where: Section | Project | Task | Workspace,
        name: str,
        by: User | None = None,
        **fields: Any,
    ) -> Task:
        """A new task, a subtask where `where` is a task, one in no project where a workspace."""
        at = self.now()
        kind = fields.pop("kind", "default_task")
        owner = where.project if isinstance(where, Section) else where
        workspace = owner if isinstance(owner, Workspace) else owner.workspace
        task = self._kept(Task(self._gid(), name, workspace, by, at, at, kind=kind))
        if kind == "approval":
            task.approval_status = "pending"
        if by is not None:
            task.followers.append(by)
        if isinstance(where, Task):
            task.parent = where
            where.subtasks.append(task)
            self.feed.record(by, "added", task, where)
            self.tell(where, "subtask_added", by, f'added subtask "{name}"')
        elif not isinstance(where, Workspace):
            self.put(task, where, by)
        for quiet in QUIET & fields.keys():
            setattr(task, quiet, fields.pop(quiet))
        if task.notes and task.html_notes == "<body></body>":
            task.html_notes = rich(task.notes)
        self.edit(task, by, **fields)
        return task

    # What people do to a task

    def edit(self, task: Task, by: User | None = None, **fields: Any) -> None:
        """Set fields by their API names; a value that it has already changes nothing."""
        order = sorted(fields, key=lambda name: name in {"completed", "approval_status"})
        for name in order:
            if getattr(task, name) != fields[name]:
                EDITS.get(name, plain(name))(self, task, by, fields[name])

    def complete(self, task: Task, by: User | None = None) -> None:
        self.edit(task, by, completed=True)

    def reopen(self, task: Task, by: User | None = None) -> None:
        self.edit(task, by, completed=False)

    def fill_in(
        self, task: Task, field: Field, value: str | float | None, by: User | None = None
    ) -> None:
        """Give a custom field another value, or none."""
        old = task.values.pop(field, None)
        if value is not None:
            task.values[field] = value
        self.changed(task, by, "custom_fields")
        kind, told = f"{field.kind}_custom_field_changed", f"changed {field.name}"
        self.tell(task, kind, by, told, filled(field, old, value))

    def follow(self, task: Task, user: User, by: User | None = None) -> None:
        task.followers.append(user)
        self.changed(task, by, "followers", added_value=user)
        self.tell(task, "follower_added", by, f"added {user.name}", {"follower": compact(user)})

    def tag(self, task: Task, tag: Tag | str, by: User | None = None) -> Tag:
        put = self._kept(Tag(self._gid(), tag)) if isinstance(tag, str) else tag
        task.tags.append(put)
        self.changed(task, by, "tags", added_value=put)
        self.tell(task, "added_to_tag", by, f"added to {put.name}", {"tag": compact(put)})
        return put

    def untag(self, task: Task, tag: Tag, by: User | None = None) -> None:
        task.tags.remove(tag)
        self.changed(task, by, "tags", removed_value=tag)
        self.tell(task, "removed_from_tag", by, f"removed from {tag.name}", {"tag": compact(tag)})

    def comment(
        self, task: Task, text: str, by: User | None = None, *, html: str = "", mentions: Any = ()
    ) -> Story:
        """Say something; whoever is mentioned becomes a follower."""
        links = "".join(f"{mention(user)} " for user in mentions)
        told = "".join(f"@{user.name} " for user in mentions) + text
        html = html or rich(text).replace("<body>", f"<body>{links}", 1)
        for user in mentions:
            if user not in task.followers:
                task.followers.append(user)
                self.feed.record(by, "changed", task, None, "followers", added_value=user)
        return self.tell(task, "comment_added", by, told, html=html)

    def edit_comment(self, story: Story, text: str) -> None:
        story.text, story.edited = text, True
        story.html = rich(text)
        self.feed.record(story.by, "changed", story, None, "text")

    def delete_story(self, story: Story, by: User | None = None) -> None:
        story.task.stories.remove(story)
        story.task.modified_at = self.now()
        self._gone(story, by or story.by)

    def attach(
        self, task: Task, name: str, by: User | None = None, data: bytes = b"", **more: Any
    ) -> Attachment:
        """Attach a file, or a link with `host` and `view_url`."""
        made = Attachment(self._gid(), name, task, by, self.now(), data, **more)
        task.attachments.append(self._kept(made))
        self.feed.record(by, "added", made, task)
        self.tell(task, "attachment_added", by, f"attached {name}")
        return made

    def detach(self, attachment: Attachment, by: User | None = None) -> None:
        attachment.task.attachments.remove(attachment)
        attachment.task.modified_at = self.now()
        self._gone(attachment, by)

    # Where a task is

    def put(
        self, task: Task, where: Section | Project, by: User | None = None, at: int | None = None
    ) -> None:
        """Put a task into a project, or into another section of one that it is in.

        `at` is its place in the section; None: the end.
        """
        new = where if isinstance(where, Section) else where.sections[0]
        old = next((each for each in task.sections if each.project is new.project), None)
        if old is not None:
            old.tasks.remove(task)
            task.sections.remove(old)
        new.tasks.insert(len(new.tasks) if at is None else at, task)
        task.sections.append(new)
        if old is new:
            return
        if old is None:
            self.feed.record(by, "added", task, new.project)
            told = f"added to {new.project.name}"
            self._moved(task, "added_to_project", by, told, {"project": compact(new.project)})
        else:
            self.feed.record(by, "removed", task, old)
            told = f'moved from "{old.name}" to "{new.name}"'
            details = {"old_section": compact(old), "new_section": compact(new)}
            self._moved(task, "section_changed", by, told, details)
        self.feed.record(by, "added", task, new)

    def take_out(self, task: Task, project: Project, by: User | None = None) -> None:
        """Remove a task from a project."""
        section = next(each for each in task.sections if each.project is project)
        self.feed.record(by, "removed", task, project)
        section.tasks.remove(task)
        task.sections.remove(section)
        told = f"removed from {project.name}"
        self._moved(task, "removed_from_project", by, told, {"project": compact(project)})

    def delete_task(self, task: Task, by: User | None = None) -> None:
        """Delete a task, and its subtasks with it."""
        for subtask in list(task.subtasks):
            self.delete_task(subtask, by)
        self._gone(task, by)
        for section in task.sections:
            section.tasks.remove(task)
        if task.parent is not None:
            task.parent.subtasks.remove(task)

    # What people do to projects

    def rename(self, thing: Project | Section, name: str, by: User | None = None) -> None:
        thing.name = name
        self.feed.record(by, "changed", thing, None, "name")

    def archive(self, project: Project, by: User | None = None, *, archived: bool = True) -> None:
        project.archived = archived
        self.feed.record(by, "changed", project, None, "archived")

    def delete_project(self, project: Project, by: User | None = None) -> None:
        """Delete a project. Its tasks stay, for those who see them otherwise."""
        self._gone(project, by)
        for task in project.tasks:
            task.sections = [each for each in task.sections if each.project is not project]

    def revoke(self, project: Project, user: User) -> None:
        """Let `user` no longer have access."""
        project.members.remove(user)

    def grant(self, project: Project, user: User) -> None:
        project.members.append(user)

    # How it is told

    def tell(
        self,
        task: Task,
        kind: str,
        by: User | None,
        text: str,
        details: Json | None = None,
        *,
        html: str = "",
    ) -> Story:
        """Make a story, which is a change of its task."""
        task.modified_at = self.now()
        return self._moved(task, kind, by, text, details or {}, html=html)

    def _moved(
        self, task: Task, kind: str, by: User | None, text: str, details: Json, *, html: str = ""
    ) -> Story:
        html = html or rich(text)
        story = Story(self._gid(), task, kind, by, self.now(), text, html, details)
        task.stories.append(self._kept(story))
        self.feed.record(by, "added", story, task)
        return story

    def changed(self, task: Task, by: User | None, name: str, **values: Thing | None) -> None:
        """A field of a task changed."""
        task.modified_at = self.now()
        self.feed.record(by, "changed", task, None, name, **values)

    def _gone(self, thing: Thing, by: User | None) -> None:
        self.gone.add(thing.gid)
        self.feed.record(by, "deleted", thing)

    def _gid(self) -> str:
        return str(next(self._gids))

    def _kept(self, thing: T) -> T:
        self.things[thing.gid] = thing
        return thing
