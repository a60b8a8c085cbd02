"""Reading whole what is new, or what may have changed unheard: page by page, and what is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from connectors.asana_cursor import State, spelt
from connectors.asana_events import moment
from connectors.asana_gather import gather
from connectors.asana_reads import TASK, Ask, Heard, Reader
from connectors.asana_records import Table, is_followed, places
from connectors.errors import ConnectorError
from normalizer.raw import Census, Raw

_RESTING: Final = timedelta(days=30)
"""What was completed earlier is not fetched, nor what was said on what rests as long."""

_OVERLAP: Final = timedelta(minutes=10)


@dataclass(slots=True)
class Page:
    """A hundred tasks with what belongs to them."""

    records: list[Raw] = field(default_factory=list)
    census: list[Census] = field(default_factory=list)
    rows: list[Table] = field(default_factory=list)
    """The tasks as they were listed."""

    last: bool = False
    lost: bool = False
    """What was to be read is no longer there, or no longer for us."""

    problem: ConnectorError | None = None
    """Why some of it is missing. With `last`: why it ends here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is to be read whole: a project, or her tasks in a workspace."""

    params: Mapping[str, str]
    prefix: str
    """What the external ids of its tasks begin with."""

    every: Ask | None
    """All its tasks by their gids; None: what is gone is not asked for."""

    told: Callable[[Table], bool]
    """Of which tasks the stories are read."""

    own: Callable[[Table], bool] = lambda _: True
    """Which of the tasks that are listed are its own."""


def of_project(gid: str, *, compare: bool, told: Callable[[Table], bool]) -> Scope:
    """Read a project."""
    every = every_of(gid) if compare else None
    return Scope(params={"project": gid}, prefix=f"p/{gid}/", every=every, told=told)


def of_workspace(gid: str, state: State, *, compare: bool, told: Callable[[Table], bool]) -> Scope:
    """Read her tasks in a workspace; what lies in a project that is watched comes with that."""
    params = {"assignee": "me", "workspace": gid}
    return Scope(
        params=params,
        prefix=f"me/{gid}/",
        every=Ask("/tasks", params, ("memberships.project",), True) if compare else None,
        told=told,
        own=lambda row: not places(state, row),
    )


def every_of(project: str) -> Ask:
    """Ask for all tasks of a project, however long ago they were completed."""
    return Ask(f"/projects/{project}/tasks", listed=True, fields=("completed",))


def lively(state: State, start: datetime, swept: int) -> Callable[[Table], bool]:
    """Choose the tasks of which stories are read: what changed since the last comparison, or, in a
    first one, this month and what she follows.
    """
    month = start - _RESTING
    since = max(datetime.fromtimestamp(swept, start.tzinfo) - _OVERLAP, month) if swept else month

    def told(task: Table) -> bool:
        at = moment(task.get("modified_at"))
        return at is None or at >= since or (not swept and is_followed(state, task))

    return told


def whole(reader: Reader, state: State, scope: Scope, start: datetime) -> Iterator[Page]:
    """Yield all that there is, and with the last page what exists: by the tasks listed here and two
    complete lists more, one from before and one from after. A task that none names is gone.
    """
    before = _listed(reader, scope)
    if before and before.problem:
        yield Page(last=True, lost=before.lost, problem=before.problem)
        return
    known = _own(scope, before)
    params = {**scope.params, "completed_since": spelt(start - _RESTING)}
    for heard in reader.pages(Ask("/tasks", params, TASK, True)):
        if heard.problem:
            yield Page(last=True, lost=heard.lost, problem=heard.problem)
            return
        catch = gather(reader, state, list(filter(scope.own, heard.rows)), told=scope.told)
        known |= _own(scope, heard)
        page = Page(catch.records(state), catch.censuses(state), heard.rows, not heard.after)
        page.problem = next(iter(catch.failed.values()), None)
        if page.last and (after := _listed(reader, scope)):
            page.problem = page.problem or after.problem
            known |= _own(scope, after)
            if not after.problem:
                names = frozenset(scope.prefix + gid for gid in known)
                page.census.append(Census(stream="task", prefix=scope.prefix, external_ids=names))
        yield page


def _listed(reader: Reader, scope: Scope) -> Heard | None:
    return reader.lists([scope.every])[0] if scope.every else None


def _own(scope: Scope, heard: Heard | None) -> set[str]:
    if heard is None or heard.problem:
        return set()
    return {row["gid"] for row in filter(scope.own, heard.rows)}
