"""Where an Asana account was left: a sync token a project, an instant a workspace."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connectors.base import Cursor
from connectors.errors import CursorExpiredError

_VERSION: Final = 1
KEPT: Final = 30
"""Letters of a project's name that are kept, to speak of it when it can no longer be asked for."""

_OVERLAP: Final = timedelta(seconds=30)
"""What changed so long before the newest change may still be told late."""

_MOST_SEEN: Final = 40
_EVERY: Final = timedelta(hours=6)
"""How often all is compared: Asana delivers an event at most once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What is known of one project."""

    gid: str
    workspace: str
    name: str
    sync: str = ""
    """From where its events are read on; "" till it was read whole."""

    swept: int = 0
    """When it was last compared whole, in seconds since 1970."""

    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What is known of the tasks in one workspace that are hers."""

    gid: str
    name: str
    since: str = ""
    """From which instant on changes are asked for; "" till they were read whole."""

    seen: tuple[str, ...] = ()
    """The changes since then that were read already (see `mark`)."""

    swept: int = 0


@dataclass(slots=True, kw_only=True)
class State:
    """All that a cursor holds."""

    me: str = ""
    """Our own gid."""

    chosen: str = ""
    """Which projects the settings named when they were last looked for (see `digest`)."""

    listed: int = 0
    """When that was, in seconds since 1970."""

    single: set[str] = field(default_factory=set)
    """What a batch was found not to serve (see `connectors.asana_reads.kind`)."""

    projects: dict[str, Project] = field(default_factory=dict)
    workspaces: dict[str, Workspace] = field(default_factory=dict)


def load(cursor: Cursor | None) -> State:
    """Read a cursor. Raises CursorExpiredError where it is none of ours."""
    if cursor is None:
        return State()
    try:
        given = json.loads(cursor)
        projects = [_project(entry) for entry in given["p"]]
        workspaces = [_workspace(entry) for entry in given["w"]]
        state = State(
            me=_text(given["me"]),
            chosen=_text(given["for"]),
            listed=_seconds(given["at"]),
            single=set(map(_text, given["single"])),
            projects={one.gid: one for one in projects},
            workspaces={one.gid: one for one in workspaces},
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        given, state = {}, State()
    if not isinstance(given, dict) or given.get("v") != _VERSION:
        raise CursorExpiredError(
            "Where this account was left cannot be read any more; it is read again."
        )
    return state


def dump(state: State) -> Cursor:
    """Write the cursor: about 100 characters for every project."""
    value = {
        "v": _VERSION,
        "me": state.me,
        "for": state.chosen,
        "at": state.listed,
        "single": sorted(state.single),
        "p": [
            [one.gid, one.workspace, one.name[:KEPT], one.sync, one.swept, int(one.archived)]
            for one in state.projects.values()
        ],
        "w": [
            [one.gid, one.name[:KEPT], one.since, ",".join(one.seen), one.swept]
            for one in state.workspaces.values()
        ],
    }
    return Cursor(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def due(then: int, now: datetime) -> bool:
    """Tell whether what was done `then` is to be done again; where a clock was put back, too."""
    return not 0 <= now.timestamp() - then < _EVERY.total_seconds()


def digest(chosen: Iterable[str]) -> str:
    """Name a choice of projects shortly."""
    return hashlib.blake2b(json.dumps(list(chosen)).encode(), digest_size=6).hexdigest()


def mark(gid: str, modified: str) -> str:
    """Name one change of one task in eight letters."""
    return hashlib.blake2b(f"{gid}@{modified}".encode(), digest_size=4).hexdigest()


def window(changes: Iterable[tuple[datetime, str]], since: datetime) -> tuple[str, tuple[str, ...]]:
    """Say from when on to ask next, and what of it is known: from (instant, mark) of all changes
    since `since`. What comes late is still seen, if it is not more than half a minute.
    """
    newest = sorted(changes, reverse=True)
    start = max(since, newest[0][0] - _OVERLAP) if newest else since
    if len(newest) > _MOST_SEEN:
        start = max(start, newest[_MOST_SEEN - 1][0])
    known = {name for at, name in newest if at >= start}
    if len(known) > _MOST_SEEN:  # so many at the very same instant
        start += timedelta(milliseconds=1)
        known = {name for at, name in newest if at >= start}
    return spelt(start), tuple(sorted(known))


def spelt(at: datetime) -> str:
    """Spell an instant for Asana, to the millisecond and never later than it is."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _project(entry: Any) -> Project:
    gid, workspace, name, sync, swept, archived = entry
    return Project(
        gid=_text(gid),
        workspace=_text(workspace),
        name=_text(name),
        sync=_text(sync),
        swept=_seconds(swept),
        archived=_seconds(archived) == 1,
    )


def _workspace(entry: Any) -> Workspace:
    gid, name, since, seen, swept = entry
    if since:
        datetime.fromisoformat(since)
    return Workspace(
        gid=_text(gid),
        name=_text(name),
        since=_text(since),
        seen=tuple(filter(None, _text(seen).split(","))),
        swept=_seconds(swept),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _seconds(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    return value
