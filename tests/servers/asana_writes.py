"""The routes of the stand-in that change something."""

from __future__ import annotations

from typing import Any

from tests.servers.asana_calls import Call, RefusedError, day, moment
from tests.servers.asana_edits import plain_of
from tests.servers.asana_things import Json, Project, Section, Task, User, Workspace

DATES = {"due_on": day, "start_on": day, "due_at": moment}
SETTABLE = frozenset({"name", "notes", "html_notes", "completed", "approval_status", *DATES})


def create_task(call: Call) -> Json:
    data = call.data
    places: list[Section | Project] = [call.find(Project, gid) for gid in data.get("projects", [])]
    places += [call.find(Section, each["section"]) for each in data.get("memberships", [])]
    if not places and not {"parent", "workspace"} & data.keys():
        raise RefusedError(400, "You should specify one of workspace, parent, projects.")
    where: Section | Project | Task | Workspace
    if places:
        where = places[0]
    elif "parent" in data:
        where = call.find(Task, data["parent"], "parent")
    else:
        where = call.find(Workspace, data["workspace"])
    fields = _fields(call)
    name = fields.pop("name", "")
    kind = data.get("resource_subtype", "default_task")
    task = call.world.task(where, name, call.viewer, kind=kind, **fields)
    for place in places[1:]:
        call.world.put(task, place, call.viewer)
    for follower in data.get("followers", []):
        call.world.follow(task, call.user(follower), call.viewer)
    return call.one(task)


def update_task(call: Call, gid: str) -> Json:
    task = call.find(Task, gid)
    call.world.edit(task, call.viewer, **_fields(call))
    return call.one(task)


def delete_task(call: Call, gid: str) -> Json:
    call.world.delete_task(call.find(Task, gid), call.viewer)
    return {"data": {}}


def create_story(call: Call, gid: str) -> Json:
    task = call.find(Task, gid)
    if ("text" in call.data) == ("html_text" in call.data):
        raise RefusedError(400, "Must specify exactly one of text or html_text.")
    html = call.data.get("html_text", "")
    text = call.data.get("text", plain_of(html))
    if not text.strip():
        raise RefusedError(400, "text: Missing input")
    return call.one(call.world.comment(task, text, call.viewer, html=html))


def add_to_section(call: Call, gid: str) -> Json:
    section = call.find(Section, gid)
    task = call.find(Task, _given(call, "task"))
    if section.project not in task.projects:
        call.world.put(task, section.project, call.viewer)
    call.world.put(task, section, call.viewer, _place(call, section, otherwise=0))
    return {"data": {}}


def add_to_project(call: Call, gid: str) -> Json:
    task = call.find(Task, gid)
    project = call.find(Project, _given(call, "project"))
    section = project.sections[0]
    if call.data.get("section"):
        section = call.find(Section, call.data["section"])
        if section.project is not project:
            raise RefusedError(400, "section: The section is not in the project")
    call.world.put(task, section, call.viewer, _place(call, section, otherwise=None))
    return {"data": {}}


def _given(call: Call, name: str) -> str:
    if not isinstance(call.data.get(name), str):
        raise RefusedError(400, f"{name}: Missing input")
    return str(call.data[name])


def _place(call: Call, section: Section, *, otherwise: int | None) -> int | None:
    for name, step in (("insert_before", 0), ("insert_after", 1)):
        if call.data.get(name):
            anchor = call.find(Task, call.data[name], name)
            if anchor not in section.tasks:
                raise RefusedError(400, f"{name}: The task is not in the section")
            return section.tasks.index(anchor) + step
    return otherwise


def _fields(call: Call) -> dict[str, Any]:
    """What the request sets, in our terms."""
    fields = {name: value for name, value in call.data.items() if name in SETTABLE}
    for name, read in DATES.items():
        if fields.get(name) is not None:
            fields[name] = read(name, fields[name])
    if {"due_on", "due_at"} <= fields.keys():
        raise RefusedError(400, "You may only provide one of due_on or due_at!")
    if "assignee" in call.data:
        name = call.data["assignee"]
        user: User | None = None if name is None else call.user(name)
        fields["assignee"] = user
    if not isinstance(fields.get("completed", False), bool):
        raise RefusedError(400, "completed: Value is not a boolean")
    return fields
