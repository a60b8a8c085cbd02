"""The routes of the stand-in that read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tests.servers.asana_calls import Call, RefusedError
from tests.servers.asana_feed import Event, StaleError
from tests.servers.asana_shapes import compact, kind_of, picked
from tests.servers.asana_things import (
    Attachment,
    Json,
    Project,
    Section,
    Story,
    Task,
    Workspace,
    iso,
    may_see,
)

STALE = (
    "Sync token invalid or too old. If you are attempting to keep resources in sync, you must"
    " fetch the full dataset for this query now and use the new sync token for the next sync."
)

ADDING = {"added_value": "added", "removed_value": "removed"}
"""What a change of a list is called, by what it tells of."""


def user(call: Call, gid: str) -> Json:
    return call.one(call.user(gid))


def workspaces(call: Call) -> Json:
    return call.many(call.viewer.workspaces)


def projects(call: Call, gid: str) -> Json:
    workspace = call.find(Workspace, gid)
    archived = call.query.get("archived")
    things = call.world.things.values()
    return call.many(
        [
            thing
            for thing in things
            if isinstance(thing, Project)
            and thing.workspace is workspace
            and thing.gid not in call.world.gone
            and may_see(call.viewer, thing)
            and archived in {None, str(thing.archived).lower()}
        ]
    )


def project(call: Call, gid: str) -> Json:
    return call.one(call.find(Project, gid))


def sections(call: Call, gid: str) -> Json:
    return call.many(call.find(Project, gid).sections)


def section(call: Call, gid: str) -> Json:
    return call.one(call.find(Section, gid))


def project_tasks(call: Call, gid: str) -> Json:
    return call.many(_chosen(call, call.find(Project, gid).tasks))


def tasks(call: Call) -> Json:
    ways = {"project", "section"} & call.query.keys()
    if "assignee" in call.query and "workspace" in call.query:
        ways.add("assignee")
    if len(ways) != 1:
        told = "Must specify exactly one of project, tag, section, user task list, or assignee"
        raise RefusedError(400, f"{told} + workspace")
    if "project" in ways:
        return project_tasks(call, call.query["project"])
    if "section" in ways:
        return call.many(_chosen(call, call.find(Section, call.query["section"]).tasks))
    workspace = call.find(Workspace, call.query["workspace"])
    assignee = call.user(call.query["assignee"])
    return call.many(
        _chosen(
            call,
            [
                thing
                for thing in call.world.things.values()
                if isinstance(thing, Task)
                and thing.assignee is assignee
                and thing.workspace is workspace
                and thing.gid not in call.world.gone
                and may_see(call.viewer, thing)
            ],
        )
    )


def _chosen(call: Call, every: Iterable[Task]) -> list[Task]:
    done_since, since = call.moment("completed_since"), call.moment("modified_since")
    return [
        task
        for task in every
        if (since is None or task.modified_at >= since)
        and (done_since is None or _open_since(task, done_since))
    ]


def _open_since(task: Task, moment: datetime) -> bool:
    return task.completed_at is None or task.completed_at >= moment


def task(call: Call, gid: str) -> Json:
    return call.one(call.find(Task, gid))


def subtasks(call: Call, gid: str) -> Json:
    return call.many(call.find(Task, gid).subtasks)


def stories(call: Call, gid: str) -> Json:
    return call.many(call.find(Task, gid).stories)


def story(call: Call, gid: str) -> Json:
    return call.one(call.find(Story, gid))


def attachments(call: Call) -> Json:
    if "parent" not in call.query:
        raise RefusedError(400, "parent: Missing input")
    return call.many(call.find(Task, call.query["parent"], "parent").attachments)


def attachment(call: Call, gid: str) -> Json:
    return call.one(call.find(Attachment, gid))


def events(call: Call) -> Json:
    gid = call.query.get("resource", "")
    watched = call.find(Task if isinstance(call.world.things.get(gid), Task) else Project, gid)
    try:
        told, sync, more = call.world.feed.read(
            watched.gid, call.viewer.gid, call.query.get("sync", "")
        )
    except StaleError as stale:
        raise RefusedError(412, STALE, sync=stale.sync) from None
    return {"data": [_event(call, event) for event in told], "sync": sync, "has_more": more}


def search(call: Call, gid: str) -> Json:
    call.find(Workspace, gid)
    raise RefusedError(402, "Search is only available to premium users.")


def _event(call: Call, event: Event) -> Json:
    told: Json = {
        "action": event.action,
        "created_at": iso(event.at),
        "parent": compact(event.parent) if event.parent else None,
        "resource": compact(event.resource),
        "type": kind_of(event.resource),
        "user": compact(event.user) if event.user else None,
    }
    if event.field:
        values = {name: compact(each) for name, each in event.values.items() if each is not None}
        how = next((name for name in event.values if name in ADDING), "")
        told["change"] = {"field": event.field, "action": ADDING.get(how, "changed")} | values
    return picked(told, call.fields) if call.fields else told
