"""What Asana told, as raw records: the copies there are of a task, and what makes a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from connectors.asana_cursor import Project, State
from connectors.asana_events import moment
from normalizer.boards import is_id
from normalizer.raw import Census, Raw, canonical

_JUDGED: Final = (
    *("gid", "name", "resource_subtype", "approval_status", "completed", "completed_at"),
    *("due_on", "due_at", "start_on", "assignee", "notes", "parent"),
    *("permalink_url", "is_rendered_as_separator", "workspace", "created_at"),
)
"""The fields of a task that count as a change of it, beside its places, labels and subtasks. Who
follows it, who likes it and when it was last touched do not."""

_NEAR: Final = timedelta(seconds=10)
"""A file and the note that it was attached are made one after the other."""

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """One task with all that was read of it; None: that was not asked for."""

    task: Table
    subtasks: Sequence[Table] = ()
    stories: Sequence[Table] | None = None
    files: Sequence[Table] | None = None

    @property
    def gid(self) -> str:
        """Name the task."""
        return str(self.task["gid"])


def gid_of(value: object) -> str:
    """Read the gid of what a field names; "" where it names nothing."""
    gid = value.get("gid") if isinstance(value, Mapping) else None
    return gid if isinstance(gid, str) and is_id(gid) else ""


def parent_of(task: Table) -> str:
    """Name the task of whose checklist this one is a line."""
    return gid_of(task.get("parent"))


def has_subtasks(task: Table) -> bool:
    """Tell whether a task has a checklist."""
    return task.get("num_subtasks") not in {None, 0}


def places(state: State, task: Table) -> list[Project]:
    """Name the watched projects that a task is in, in the order of their gids."""
    found = {gid_of(one.get("project")) for one in _tables(task.get("memberships"))}
    return [state.projects[gid] for gid in sorted(found & state.projects.keys())]


def names(state: State, task: Table) -> list[str]:
    """Name every copy of a task that is to be kept: one for each watched project, else one where
    it is hers and all of its workspace is watched.
    """
    gid = task["gid"]
    if found := places(state, task):
        return [f"p/{project.gid}/{gid}" for project in found]
    workspace = gid_of(task.get("workspace"))
    mine = bool(state.me) and gid_of(task.get("assignee")) == state.me
    return [f"me/{workspace}/{gid}"] if mine and workspace in state.workspaces else []


def is_followed(state: State, task: Table) -> bool:
    """Tell whether a task is hers, or one that she follows."""
    people = [task.get("assignee"), *_tables(task.get("followers"))]
    return state.me in map(gid_of, people)


def records(state: State, read: Read) -> Iterator[Raw]:
    """Yield the copies of a task, and what was read of its stories and attachments."""
    kept = names(state, read.task)
    if not kept:
        return
    if not state.workspaces:
        read = _own(state, read)
    value = {**read.task, "subtasks": list(read.subtasks)}
    payload, judged = _bytes(value), _bytes(_judged(value))
    home = next((project.gid for project in places(state, read.task)), "")
    for name in kept:
        above = state.projects.get(name.split("/")[1])
        meta = {"archived": above is not None and above.archived, "home": home}
        yield Raw(
            stream="task",
            external_id=name,
            payload=payload,
            meta=canonical(meta),
            projection=judged,
        )
    yield from _stories(read)
    for one in read.files or ():
        yield Raw(
            stream="attachment",
            external_id=f"{read.gid}/{one['gid']}",
            payload=_bytes(one),
            # Where it is kept by Asana itself, its address is signed anew each time.
            projection=_bytes({**one, "view_url": ""} if one.get("host") == "asana" else one),
        )


def _own(state: State, read: Read) -> Read:
    """Leave out where else a task is and was: where projects are named, the others may be another
    client's, and so are their names.
    """
    memberships = _tables(read.task.get("memberships"))
    here = [one for one in memberships if gid_of(one.get("project")) in state.projects]
    read = replace(read, task={**read.task, "memberships": here})
    if read.stories is None:
        return read
    known = _places(read)
    stories = [
        one
        for one in read.stories
        if gid_of(one.get("project")) in {"", *state.projects}
        and (one.get("resource_subtype") != "section_changed" or one["gid"] in known)
    ]
    return replace(read, stories=stories)


def censuses(state: State, read: Read) -> Iterator[Census]:
    """Yield what exists of a task's comments and attachments, where all of them were read."""
    if not names(state, read.task):
        return
    from normalizer.asana import is_comment  # noqa: PLC0415  not needed to find the connector

    for stream, rows in (
        ("comment", None if read.stories is None else filter(is_comment, read.stories)),
        ("attachment", read.files),
    ):
        if rows is not None:
            ids = frozenset(f"{read.gid}/{one['gid']}" for one in rows)
            yield Census(stream=stream, prefix=f"{read.gid}/", external_ids=ids)


def has_files(stories: Iterable[Table]) -> bool:
    """Tell whether something was attached to a task, by its stories."""
    return any(one.get("resource_subtype") == "attachment_added" for one in stories)


def _stories(read: Read) -> Iterator[Raw]:
    from normalizer.asana import is_comment, tells_change  # noqa: PLC0415  as above

    about = _places(read)
    for gid, name in _attached(read).items():
        about[gid] = {"file": name}
    for story in read.stories or ():
        name = f"{read.gid}/{story['gid']}"
        if is_comment(story):
            yield Raw.of_json("comment", name, story)
        elif tells_change(story):
            yield Raw(
                stream="story",
                external_id=name,
                payload=_bytes(story),
                meta=canonical(about.get(story["gid"], {})),
                projection=_bytes({**story, "text": "", "html_text": ""}),
            )


def _places(read: Read) -> dict[str, dict[str, str]]:
    """Say what notes leave out of where a task was put: of a move the `project`, of an entry into
    a project the `section`.
    """
    found: dict[str, dict[str, str]] = {}
    for place in _tables(read.task.get("memberships")):
        project, section = place.get("project"), place.get("section")
        moves = _moves(read, gid_of(section))
        found |= {gid: {"project": _name(project)} for gid in moves}
        landed = _name(section)
        for story in reversed(read.stories or ()):
            gid, here = story["gid"], gid_of(story.get("project")) == gid_of(project)
            if gid in moves:
                landed = _name(story.get("old_section"))
            elif here and story.get("resource_subtype") == "added_to_project":
                found[gid] = {"section": landed}
                landed = ""
    return found


def _moves(read: Read, section: str) -> set[str]:
    """Find the moves by which a task came into `section`: they hang together by the sections that
    they name, and those of one project by no other's.
    """
    moves = {
        str(one["gid"]): {gid_of(one.get("old_section")), gid_of(one.get("new_section"))}
        for one in read.stories or ()
        if one.get("resource_subtype") == "section_changed"
    }
    reached, before = {section} - {""}, -1
    while before < len(reached):
        before = len(reached)
        reached.update(*(pair for pair in moves.values() if pair & reached))
    return {gid for gid, pair in moves.items() if pair & reached}


def _name(value: object) -> str:
    name = value.get("name") if isinstance(value, Mapping) else None
    return name if isinstance(name, str) else ""


def _attached(read: Read) -> dict[str, str]:
    """Find which file a note says was attached, by its instant: story -> name."""
    left = [(at, _name(one)) for one in read.files or () if (at := moment(one.get("created_at")))]
    found: dict[str, str] = {}
    for story in read.stories or ():
        at = moment(story.get("created_at"))
        if at is None or not has_files([story]):
            continue
        nearest = min(left, key=lambda one: abs(one[0] - at), default=None)
        if nearest and abs(nearest[0] - at) <= _NEAR:
            left.remove(nearest)
            found[str(story["gid"])] = nearest[1]
    return found


def _judged(task: Table) -> dict[str, Any]:
    """Take what counts of a task, in one order whatever order it came in."""
    fields: dict[str, Any] = {name: task.get(name) for name in _JUDGED}
    for name in ("memberships", "tags", "custom_fields"):
        fields[name] = sorted(map(canonical, _tables(task.get(name))))
    fields["subtasks"] = list(task["subtasks"])
    return fields


def _tables(value: object) -> list[Table]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _bytes(value: object) -> bytes:
    return canonical(value).encode("utf-8", "surrogatepass")
