"""What the VA does to a task, carried out in Asana.

Setting a value twice changes nothing, so all but comments and new tasks may be pushed again at
will. Of those two Asana takes no id of ours: one that may have been pushed before is looked for
first, by its words, its author and its date.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final, Protocol
from uuid import UUID

from connectors.asana_lib import Asana, Task
from connectors.base import Receipt, Write
from connectors.errors import RefusedError
from connectors.http import Http
from connectors.http_rules import READING, Level
from connectors.writing import Place, decided, earlier, named, permit, pick, spelt, target, watched
from normalizer.actions import Action, Check, Comment, Complete, Create, Move, Reopen, SetDue
from normalizer.text import line

WRITES: Final[frozenset[type[Action]]] = frozenset(
    {Comment, Complete, Reopen, Move, SetDue, Check, Create}
)
"""The actions that `push` can carry out."""

_STORIES: Final = re.compile("/tasks/[0-9]+/stories")


class Profile(Protocol):
    """What a push must know of the channel's settings."""

    @property
    def write(self) -> Write:
        """Tell how much may be written back."""

    @property
    def projects(self) -> tuple[str, ...]:
        """Name the projects that are watched: by name or gid; "*" is all of them."""


def level(method: str, path: str, body: object) -> Level:
    """Say what a request does: a comment adds and changes nothing that is there, and a batch does
    what the actions in it do.
    """
    if method in READING or (method == "POST" and path == "/batch" and _only_reads(body)):
        return Level.READ
    comments = method == "POST" and _STORIES.fullmatch(path)
    return Level.COMMENT if comments else Level.CHANGE


def push(http: Http, config: Profile, action: Action, done: dict[UUID, Receipt]) -> Receipt:
    """Carry out `action`, and note in `done` what it left; what is noted is not done again.

    Raises RefusedError where the settings or Asana forbid it, ConflictError where the task changed
    meanwhile, InDoubtError where it may have been carried out, AuthError and UnavailableError as
    any request does.
    """
    permit(config.write, action)
    if action.id not in done:
        done[action.id] = _carry_out(http, config, action, done)
    return done[action.id]


def _carry_out(http: Http, config: Profile, action: Action, done: dict[UUID, Receipt]) -> Receipt:
    gid = target(action.ref.external_id)
    if isinstance(action, Create):
        return _create(http, config, action, done)
    if action.ref.stream != "task":
        raise RefusedError("What you want to change is no longer there.")
    api = Asana(http)
    if isinstance(action, Comment):
        return _comment(http, api, action, done)
    return _copy(config, _change(api, config, gid, action))


def _comment(http: Http, api: Asana, action: Comment, done: dict[UUID, Receipt]) -> Receipt:
    """Say it. Asana names no limit for a comment's length: what is too long, it refuses."""
    task = action.ref.external_id
    if (at := action.decided_at) is not None:
        said = api.comments(task)
        if found := earlier(http, at, action.text, said, me=api.me, done=done):
            return found
    return api.comment(task, action.text)


def _create(http: Http, config: Profile, action: Create, done: dict[UUID, Receipt]) -> Receipt:
    api, place = Asana(http), action.ref.external_id
    match action.ref.stream:
        case "section":
            project, name = api.section(place)
        case "project":
            project, name = api.project(place)
        case _:
            raise RefusedError("What you want to change is no longer there.")
    if not watched(config.projects, name, project):
        raise RefusedError(
            "The project “{name}” is not one that Trastienda watches here. Nothing was made in it.",
            name=line(name, 60),
        )
    if (at := action.decided_at) is not None:
        made = api.created(project, spelt(decided(http, at)))
        if found := earlier(http, at, action.title, made, me=api.me, done=done):
            return found
    fields: dict[str, object] = {"projects": [project], "name": action.title, "notes": action.body}
    if action.ref.stream == "section":
        fields["memberships"] = [{"project": project, "section": place}]
    if action.due is not None:
        fields |= _due(action.due)
    return Receipt("task", f"p/{project}/{api.create(fields).id}")


def _change(api: Asana, config: Profile, gid: str, action: Action) -> Task:
    """Set what a task is to be. Whatever it was: pushed again, the same comes out."""
    match action:
        case Complete() | Reopen():
            return _complete(api, api.task(gid), done=isinstance(action, Complete))
        case Check():
            item, task = api.task(target(action.item)), api.task(gid)
            if item.parent != gid:
                raise RefusedError("What you want to change is no longer there.")
            _complete(api, item, done=action.done)
            return task
        case Move():
            return _move(api, config, api.task(gid), action.to)
        case SetDue():
            return api.update(gid, _due(action.due))
        case _:
            raise RefusedError("Trastienda does not know how to do this in Asana.")


def _complete(api: Asana, task: Task, *, done: bool) -> Task:
    """An approval that is merely completed has been approved, rejected or sent back: say which."""
    if task.approval:
        return api.update(task.id, {"approval_status": "approved" if done else "pending"})
    return api.update(task.id, {"completed": done})


def _move(api: Asana, config: Profile, task: Task, to: str) -> Task:
    """Move a task within the projects it is in and that are watched, in their order."""
    seen: list[Place] = []
    for one in task.memberships:
        if watched(config.projects, one.name, one.project):
            sections = api.sections(one.project)
            into = pick(to, sections)
            if into is not None:
                if into.id != one.section:
                    api.place(task.id, into.id)
                return task
            seen += sections
    raise RefusedError(
        "There is no section “{name}” there. There are: {sections}.",
        name=line(to, 60),
        sections=named(seen),
    )


def _due(due: date | datetime | None) -> dict[str, object]:
    """Spell a due date. Asana keeps a date as one, and either replaces the other."""
    if isinstance(due, datetime):
        return {"due_at": spelt(due)}
    return {"due_on": due.isoformat() if due else None}


def _copy(config: Profile, task: Task) -> Receipt:
    """Name the raw record by which a pull brings this task."""
    for one in task.memberships:
        if watched(config.projects, one.name, one.project):
            return Receipt("task", f"p/{one.project}/{task.id}")
    return Receipt("task", f"me/{task.workspace}/{task.id}")


def _only_reads(body: object) -> bool:
    match body:
        case {"data": {"actions": [*actions], **beside}, **more} if not beside and not more:
            return all(map(_reads, actions))
        case _:
            return False


def _reads(action: object) -> bool:
    """Tell whether one action of a batch only reads: no batch within it, nothing we do not know."""
    match action:
        case {"method": "get", "relative_path": str(path), **more}:
            return more.keys() <= {"data", "options"} and not path.startswith("/batch")
        case _:
            return False
