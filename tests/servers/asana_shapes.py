"""Spells what there is as Asana's JSON: compact, full, or by `opt_fields`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, assert_never

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
    iso,
    may_see,
)

SITE = "https://app.asana.com"

COMPACT = {
    "attachment": "name,resource_subtype",
    "project": "name",
    "section": "name",
    "story": "created_at,created_by.name,created_by.resource_type,resource_subtype,text,type",
    "task": "name,resource_subtype",
    "user": "name",
    "workspace": "name",
}
"""What a list tells of each by default, beside gid and resource_type."""

OPT_IN = frozenset(
    {"created_by", "dependencies", "html_notes", "html_text", "is_rendered_as_separator"}
    | {"num_subtasks", "subtasks"}
)
"""What a full record of a task or story leaves out unless asked."""


def compact(thing: Thing) -> Json:
    """The short form of a thing inside another."""
    told: Json = {"gid": thing.gid, "resource_type": kind_of(thing)}
    if isinstance(thing, Story):
        return told | {"resource_subtype": thing.kind, "text": thing.text}
    told["name"] = thing.name
    if isinstance(thing, Task):
        told["resource_subtype"] = thing.kind
    return told


def kind_of(thing: Thing) -> str:
    """Its resource_type."""
    return "custom_field" if isinstance(thing, Field) else type(thing).__name__.lower()


def full(thing: Thing, viewer: User) -> Json:
    """All that can be told of a thing."""
    match thing:
        case Task():
            told = _task(thing, viewer)
        case Story():
            told = _story(thing)
        case Attachment():
            told = _attachment(thing)
        case Project():
            told = _project(thing)
        case Section():
            told = {"created_at": iso(thing.created_at), "project": compact(thing.project)}
        case User():
            told = _user(thing, viewer)
        case Workspace():
            told = {"is_organization": False, "email_domains": []}
        case Tag() | Field():
            told = {}
        case _:
            assert_never(thing)
    return compact(thing) | told


def shown(
    thing: Thing, viewer: User, fields: Iterable[str], *, listed: bool, more: Json | None = None
) -> Json:
    """Tell what was asked for, `fields`, or else what is told by default; of `more` too."""
    whole = full(thing, viewer) | (more or {})
    wanted = list(fields)
    if wanted:
        return picked(whole, wanted)
    if listed:
        return picked(whole, ["resource_type", *COMPACT[kind_of(thing)].split(",")])
    left_out = OPT_IN - ({"created_by"} if isinstance(thing, Story) else set())
    return {name: value for name, value in whole.items() if name not in left_out}


def picked(whole: Json, fields: Iterable[str]) -> Json:
    """Keep the named fields (`assignee.name`). What has a gid always tells it; of a thing that is
    named without its fields, no more than its gid and type is told.
    """
    tree: Json = {}
    for name in fields:
        branch = tree
        for step in name.split("."):
            branch = branch.setdefault(step, {})
    told: Json = _picked(whole, tree)
    return told


def _picked(value: Any, tree: Json) -> Any:
    if isinstance(value, list):
        return [_picked(each, tree) for each in value]
    if not isinstance(value, dict):
        return value
    if not tree:
        kept = {"gid", "resource_type"} if "gid" in value else set(value)
        return {name: _picked(each, {}) for name, each in value.items() if name in kept}
    told = {name: _picked(value[name], branch) for name, branch in tree.items() if name in value}
    return {"gid": value["gid"], **told} if "gid" in value else told


def _task(task: Task, viewer: User) -> Json:
    where = task.projects[0].gid if task.projects else "0"
    seen = [each for each in task.sections if may_see(viewer, each)]
    return {
        "assigned_by": _or_null(task.assigned_by),
        "assignee": _or_null(task.assignee),
        "completed": task.completed,
        "completed_at": task.completed_at and iso(task.completed_at),
        "completed_by": _or_null(task.completed_by),
        "created_at": iso(task.created_at),
        "created_by": _or_null(task.by),
        "custom_fields": [
            _custom(field, task) for project in task.projects for field in project.fields
        ],
        "dependencies": [compact(each) for each in task.dependencies],
        "due_at": task.due_at and iso(task.due_at),
        "due_on": task.due_on and task.due_on.isoformat(),
        "followers": [compact(user) for user in task.followers],
        "hearted": False,
        "hearts": [],
        "html_notes": task.html_notes,
        "is_rendered_as_separator": task.separator,
        "liked": False,
        "likes": [],
        "memberships": [
            {"project": compact(each.project), "section": compact(each)} for each in seen
        ],
        "modified_at": iso(task.modified_at),
        "notes": task.notes,
        "num_hearts": 0,
        "num_likes": 0,
        "num_subtasks": len(task.subtasks),
        "parent": _or_null(task.parent),
        "permalink_url": f"{SITE}/1/{task.workspace.gid}/project/{where}/task/{task.gid}",
        "projects": [compact(each.project) for each in seen],
        "start_at": None,
        "start_on": task.start_on and task.start_on.isoformat(),
        "tags": [compact(tag) for tag in task.tags],
        "workspace": compact(task.workspace),
    } | ({"approval_status": task.approval_status} if task.kind == "approval" else {})


def _story(story: Story) -> Json:
    comment = story.kind == "comment_added"
    return {
        "created_at": iso(story.at),
        "created_by": _or_null(story.by),
        "html_text": story.html,
        "is_edited": story.edited,
        "is_editable": comment,
        "is_pinned": False,
        "liked": False,
        "likes": [],
        "num_likes": 0,
        "previews": [],
        "source": "web",
        "target": compact(story.task),
        "type": "comment" if comment else "system",
    } | story.details


def _attachment(attachment: Attachment) -> Json:
    ours = attachment.host == "asana"
    told: Json = {
        "created_at": iso(attachment.at),
        "host": attachment.host,
        "parent": compact(attachment.task),
        "permanent_url": f"{SITE}/app/asana/-/get_asset?asset_id={attachment.gid}",
        "resource_subtype": attachment.host,
        "view_url": attachment.view_url,
    }
    return told | ({"size": len(attachment.data)} if ours else {})


def _project(project: Project) -> Json:
    return {
        "archived": project.archived,
        "color": "dark-blue",
        "completed": False,
        "created_at": iso(project.created_at),
        "members": [compact(user) for user in project.members],
        "modified_at": iso(project.modified_at),
        "notes": "",
        "permalink_url": f"{SITE}/1/{project.workspace.gid}/project/{project.gid}",
        "workspace": compact(project.workspace),
    }


def _user(user: User, viewer: User) -> Json:
    shared = [each for each in user.workspaces if each in viewer.workspaces]
    return {"email": user.email, "photo": None, "workspaces": [compact(each) for each in shared]}


def _custom(field: Field, task: Task) -> Json:
    value = task.values.get(field)
    told = compact(field) | {
        "enabled": True,
        "resource_subtype": field.kind,
        "type": field.kind,
        "display_value": None if value is None else str(value),
    }
    if field.kind == "enum":
        told["enum_value"] = None if value is None else option(field, str(value))
    else:
        told[f"{field.kind}_value"] = value
    return told


def option(field: Field, name: str) -> Json:
    """One of the values that an enum can take."""
    kind = {"resource_type": "enum_option", "enabled": True, "color": "none"}
    return {"gid": field.options[name], "name": name, **kind}


def _or_null(thing: User | Task | None) -> Json | None:
    return compact(thing) if thing else None
