"""What happened, by Asana's events: which tasks to read again, and what else to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from normalizer.boards import is_id

_BEFORE: Final = timedelta(minutes=1)
"""An event may be dated a little later than what it tells of."""


@dataclass(slots=True)
class Touched:
    """What the events of all projects, and the changes of her own tasks, point to.

    The sources of each are the gids of the projects and workspaces that told of it: they count as
    read only once it was.
    """

    tasks: dict[str, set[str]] = field(default_factory=dict)
    stories: dict[str, set[str]] = field(default_factory=dict)
    """Comments that were edited: nobody says of which task."""

    files: set[str] = field(default_factory=set)
    """Of `tasks`, those whose attachments may have changed."""

    gone: dict[str, set[str]] = field(default_factory=dict)
    """Tasks that were deleted, or taken out of a project -> who told of it."""

    recent: dict[str, datetime] = field(default_factory=dict)
    """Projects where a comment or a file of some task was deleted, since when: nobody says of
    which, but it counts as a change of that task."""

    whole: set[str] = field(default_factory=set)
    """Projects to be read whole: a section was renamed, or a task was deleted that may have been a
    line of any checklist."""

    projects: set[str] = field(default_factory=set)
    """Projects whose own name or state may have changed."""

    def task(self, gid: str, source: str) -> None:
        """Note that a task changed."""
        self.tasks.setdefault(gid, set()).add(source)

    def read(self, events: Iterable[Mapping[str, Any]], source: str) -> None:
        """Take in what is told of one project. What makes no sense is no reason to stop."""
        for event in events:
            gid, sort = _thing(event.get("resource"))
            under, above = _thing(event.get("parent"))
            action = event.get("action")
            if above == "task":
                self.task(under, source)
            match sort:
                case "task":
                    self._task(gid, action, source, taken_out=under == source)
                case "story" | "attachment":
                    self._part(sort, gid, event, source)
                case "section" if action != "added":
                    self.whole.add(source)
                case "project":
                    self.projects.add(source)
                case _:
                    pass

    def _task(self, gid: str, action: object, source: str, *, taken_out: bool) -> None:
        self.task(gid, source)
        if action == "deleted":
            self.whole.add(source)
        if action == "deleted" or (action == "removed" and taken_out):
            self.gone.setdefault(gid, set()).add(source)

    def _part(self, sort: str, gid: str, event: Mapping[str, Any], source: str) -> None:
        """Take in what happened to a story or an attachment."""
        under, above = _thing(event.get("parent"))
        if above == "task":
            if sort == "attachment":
                self.files.add(under)
        elif sort == "story" and event.get("action") != "deleted":
            self.stories.setdefault(gid, set()).add(source)
        else:
            self._some_task(event, source)

    def _some_task(self, event: Mapping[str, Any], source: str) -> None:
        at = moment(event.get("created_at"))
        if at is None:
            self.whole.add(source)
        else:
            self.recent[source] = min(at - _BEFORE, self.recent.get(source, at))


def _thing(value: object) -> tuple[str, str]:
    """Read (gid, type) of what an event is about; ("", "") where it says nothing."""
    match value:
        case {"gid": str(gid), "resource_type": str(sort)} if is_id(gid):
            return gid, sort
        case _:
            return "", ""


def moment(value: object) -> datetime | None:
    """Read an instant of Asana's; None where it is none."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None
