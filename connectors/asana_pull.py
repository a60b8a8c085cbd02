"""One pull of an Asana account: what happened, what it points to, and what is due besides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from connectors.asana_cursor import (
    Project,
    State,
    Workspace,
    digest,
    due,
    dump,
    mark,
    spelt,
    window,
)
from connectors.asana_events import Touched, moment
from connectors.asana_gather import Catch, touch
from connectors.asana_places import alike, discover, name_of
from connectors.asana_reads import PROJECT, Ask, Heard, Reader, in_parts
from connectors.asana_records import Table, gid_of, names, places
from connectors.asana_whole import Scope, every_of, lively, of_project, of_workspace, whole
from connectors.base import Batch
from connectors.errors import ConnectorError
from connectors.http_said import unreadable
from normalizer.raw import Census, Raw, canonical
from normalizer.said import Said
from normalizer.text import line

_TASKS: Final = 40
"""Tasks that changed, to a batch: with their stories eight requests."""

_MOST_ROUNDS: Final = 100
"""Answers of events that are taken in at one look: 100 events each."""


class Pull:
    """What one pull knows. `now` is the time at the server."""

    def __init__(
        self, reader: Reader, host: str, state: State, chosen: Sequence[str],
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._reader, self._host, self._state = reader, host, state
        self._chosen, self._now = chosen, now
        self._said = dump(state)
        self._fresh: dict[str, str] = {}
        """The sync token that each project is at now; of what is missing here nothing is known."""

        self._stale: set[str] = set()
        """Projects whose token was too old: what happened since is to be found out."""

        self._told: set[str] = set()
        """Projects of which something was told."""

        self._renamed: dict[str, str] = {}
        """Names of projects that count once all in them was read under it."""

        self._windows: dict[str, Workspace] = {}
        """Workspaces as they stand once all that changed in them was read."""

        self._held: set[str] = set()
        """Projects and workspaces of which something could not be read: they stay where they are,
        and are read again at the next pull."""

        self._until: int | None = None
        """When all projects were listed; it counts once what became of those that were not is
        known."""

        self._notices: list[Said] = []
        self._trouble: ConnectorError | None = None

    def batches(self) -> Iterator[Batch]:
        """Yield what changed. What is wrong with one project is raised after the others."""
        touched, state = Touched(), self._state
        first = not state.me or state.chosen != digest(self._chosen)
        if first:
            self._list(touched)
        self._look(touched)
        if not first and due(state.listed, self._now()):
            self._list(touched)
            self._look(touched)
        archived = self._changed_projects(touched)
        yield from self._active(touched, archived)
        for gid in archived:
            yield from self._archive(gid)
        for gid in list(state.projects):
            yield from self._project(gid, whole=gid in touched.whole)
        for gid in list(state.workspaces):
            yield from self._workspace(gid)
        if self._until is not None:
            state.listed = self._until
        if dump(state) != self._said or self._notices:
            yield self._batch()
        if self._trouble is not None:
            raise self._trouble

    # Looking

    def _list(self, touched: Touched) -> None:
        """Look for new projects, and for those that are no longer there."""
        found = discover(self._reader, self._host, self._state, self._chosen)
        self._notices += found.notices
        touched.projects.update(found.vanished)
        self._trouble = self._trouble or found.problem
        if found.problem is None:
            self._until = int(self._now().timestamp())
            if not found.vanished:
                self._state.listed = self._until

    def _look(self, touched: Touched) -> None:
        """Ask for all that happened, of what was not asked for yet: one question a project and one
        a workspace.
        """
        projects = [
            one
            for gid, one in self._state.projects.items()
            if not (one.archived or gid in self._fresh or gid in self._held)
        ]
        workspaces = [
            one
            for gid, one in self._state.workspaces.items()
            if one.since and gid not in self._windows and gid not in self._held
        ]
        asks = [_events(one.gid, one.sync) for one in projects]
        heard = self._reader.ask(asks + [_mine(one) for one in workspaces])
        more = {
            one.gid: sync
            for one, answer in zip(projects, heard, strict=False)
            if (sync := self._hear(one.gid, answer, one.sync, touched))
        }
        self._rest(more, touched)
        for one, answer in zip(workspaces, heard[len(projects) :], strict=True):
            self._hear_mine(one, answer, touched)

    def _rest(self, more: dict[str, str], touched: Touched) -> None:
        """Ask for the events that did not fit into one answer."""
        for _ in range(_MOST_ROUNDS):
            if not more:
                return
            heard = self._reader.ask([_events(gid, sync) for gid, sync in more.items()])
            more = {
                gid: after
                for (gid, sync), answer in zip(more.items(), heard, strict=True)
                if (after := self._hear(gid, answer, sync, touched))
            }
        for gid in more:
            self._failed([gid], self._reader.endless())

    def _hear(self, gid: str, heard: Heard, sync: str, touched: Touched) -> str:
        """Take in what a project tells; return the token to go on with where there is more."""
        after = heard.body.get("sync")
        if heard.lost:
            self._lost(gid)
        elif heard.status not in {200, 412}:
            self._failed([gid], heard.problem)
        elif not isinstance(after, str) or not 0 < len(after) <= 100 or not after.isprintable():
            problem = heard.problem if heard.status == 200 else None
            self._failed([gid], problem)
        else:
            self._fresh[gid] = after
            if heard.status == 412:
                self._stale.add(gid)
                return ""
            events = heard.rows
            touched.read(events, gid)
            if events:
                self._told.add(gid)
            if heard.body.get("has_more") is True:
                if after == sync:
                    self._failed([gid], self._reader.endless())
                    return ""
                return after
        return ""

    def _hear_mine(self, workspace: Workspace, heard: Heard, touched: Touched) -> None:
        """Take in which of her tasks changed."""
        if heard.after:
            (heard,) = self._reader.lists([_mine(workspace)])
        if heard.lost:
            self._lost(workspace.gid)
            return
        changes = _changes(heard.rows) if not heard.problem else None
        if changes is None:
            self._failed([workspace.gid], heard.problem or unreadable(self._host, wrote=False))
            return
        rows = [
            row
            for row, (_, name) in zip(heard.rows, changes, strict=True)
            if name not in workspace.seen
        ]
        for row in rows:
            touched.task(row["gid"], workspace.gid)
        since, seen = window(changes, datetime.fromisoformat(workspace.since))
        now = replace(workspace, since=since, seen=seen) if rows else workspace
        self._windows[workspace.gid] = now

    def _changed_projects(self, touched: Touched) -> list[str]:
        """Look at projects that may have another name or state; return those that are archived."""
        gids = [gid for gid in touched.projects if gid in self._state.projects]
        asks = [Ask(f"/projects/{gid}", fields=PROJECT) for gid in gids]
        archived = []
        for gid, heard in zip(gids, self._reader.ask(asks), strict=True):
            if heard.lost:
                continue
            if heard.problem:
                self._failed([gid], heard.problem)
            elif heard.record.get("archived") is True:
                archived.append(gid)
            else:
                known = self._state.projects[gid]
                now = replace(known, name=name_of(heard.record))
                if not alike(known, now):
                    self._renamed[gid] = now.name
                    touched.whole.add(gid)
        return archived

    # What changed

    def _active(self, touched: Touched, archived: Sequence[str]) -> Iterator[Batch]:
        """Read all tasks that something happened to."""
        self._edited(touched)
        self._recent(touched)
        parts = list(in_parts(list(touched.tasks), _TASKS))
        for number, part in enumerate(parts, 1):
            catch = touch(
                self._reader, self._state, part, files=touched.files, known=touched.tasks.keys()
            )
            for gid, problem in catch.failed.items():
                self._failed(touched.tasks.get(gid, ()), problem)
            gone = self._gone(catch, touched)
            if number == len(parts):
                self._settle(touched, archived)
            yield self._batch([*catch.records(self._state), *gone], catch.censuses(self._state))
        if not parts:
            self._settle(touched, archived)

    def _edited(self, touched: Touched) -> None:
        """Find out which task a comment is on."""
        gids = list(touched.stories)
        asks = [Ask(f"/stories/{gid}", fields=("target",)) for gid in gids]
        for gid, heard in zip(gids, self._reader.ask(asks), strict=True):
            sources = touched.stories[gid]
            if heard.problem and not heard.lost:
                self._failed(sources, heard.problem)
            elif not heard.problem and (task := gid_of(heard.record.get("target"))):
                for source in sources:
                    touched.task(task, source)

    def _recent(self, touched: Touched) -> None:
        """Find the tasks of which a comment or a file was deleted."""
        gids = list(touched.recent)
        asks = [
            Ask("/tasks", {"project": gid, "modified_since": spelt(at)}, ("modified_at",), True)
            for gid, at in touched.recent.items()
        ]
        for gid, heard in zip(gids, self._reader.lists(asks), strict=True):
            if heard.problem:
                self._failed([gid], heard.problem)
                continue
            for row in heard.rows:
                touched.task(row["gid"], gid)
                touched.files.add(row["gid"])

    def _gone(self, catch: Catch, touched: Touched) -> Iterator[Raw]:
        """Yield the copies that are no more: an event says so, and a look at the task too."""
        for read in catch.reads:
            here = {project.gid for project in places(self._state, read.task)}
            for source in touched.gone.get(read.gid, set()) - here:
                yield Raw(
                    stream="task", external_id=f"p/{source}/{read.gid}", deleted=True, certain=True
                )
            workspace = gid_of(read.task.get("workspace"))
            name = f"me/{workspace}/{read.gid}"
            if (
                workspace
                and read.gid in touched.tasks
                and name not in names(self._state, read.task)
            ):
                yield Raw(stream="task", external_id=name, deleted=True, certain=True)
        for gid in catch.lost:
            for source in touched.gone.get(gid, ()):
                yield Raw(
                    stream="task", external_id=f"p/{source}/{gid}", deleted=True, certain=True
                )
            for workspace in {self._state.projects[p].workspace for p in touched.gone.get(gid, ())}:
                yield Raw(
                    stream="task", external_id=f"me/{workspace}/{gid}", deleted=True, certain=True
                )

    def _settle(self, touched: Touched, archived: Sequence[str]) -> None:
        """Move on to where everything was read, but for what is to be read whole."""
        for gid in self._told - self._held - touched.whole - self._stale - set(archived):
            project = self._state.projects[gid]
            if not self._due(project):
                self._state.projects[gid] = replace(project, sync=self._fresh[gid])
        for gid, workspace in self._windows.items():
            if gid not in self._held:
                self._state.workspaces[gid] = workspace

    def _due(self, project: Project | Workspace) -> bool:
        return due(project.swept, self._now())

    # What is read whole

    def _archive(self, gid: str) -> Iterator[Batch]:
        """Say of all tasks of a project that it was archived."""
        if gid in self._held:
            return
        (heard,) = self._reader.lists([every_of(gid)])
        if heard.lost:
            return
        if heard.problem:
            self._failed([gid], heard.problem)
            self._until = None
            return
        project = self._state.projects[gid]
        self._state.projects[gid] = replace(project, archived=True, sync="", swept=0)
        ids = [f"p/{gid}/{row['gid']}" for row in heard.rows]
        meta = canonical({"archived": True})
        yield self._batch([Raw(stream="task", external_id=one, meta=meta) for one in ids])

    def _project(self, gid: str, *, whole: bool) -> Iterator[Batch]:
        """Read a project that is new, or due, or of which nobody knows what happened in it."""
        project, start = self._state.projects[gid], self._now()
        new, sweep = not project.sync, gid in self._stale or self._due(project)
        if project.archived or gid in self._held or gid not in self._fresh:
            return
        if not (new or sweep or whole):
            return
        told = lively(self._state, start, 0 if new else project.swept)
        scope = of_project(
            gid,
            # A new one has nothing to compare with; what an earlier life left is compared next.
            compare=sweep and not new,
            told=told if new or sweep else lambda _: False,
        )
        swept = int(start.timestamp()) if new or sweep else project.swept
        yield from self._whole(gid, scope, start, lambda _: self._read_project(gid, swept))

    def _read_project(self, gid: str, swept: int) -> None:
        project = self._state.projects[gid]
        name = self._renamed.get(gid, project.name)
        now = replace(project, name=name, sync=self._fresh[gid], swept=swept)
        self._state.projects[gid] = now

    def _workspace(self, gid: str) -> Iterator[Batch]:
        """Read her tasks in a workspace, where they are new or due."""
        workspace, start = self._state.workspaces[gid], self._now()
        new = not workspace.since
        if gid in self._held or not (new or self._due(workspace)):
            return
        told = lively(self._state, start, workspace.swept)
        scope = of_workspace(gid, self._state, compare=not new, told=told)
        yield from self._whole(gid, scope, start, lambda rows: self._read_mine(gid, rows, start))

    def _read_mine(self, gid: str, rows: Sequence[Table], start: datetime) -> None:
        workspace = replace(self._state.workspaces[gid], swept=int(start.timestamp()))
        if not workspace.since:
            changes = _changes(rows)
            if changes is None:
                self._failed([gid], unreadable(self._host, wrote=False))
                return
            since, seen = window(changes, start - timedelta(minutes=1))
            workspace = replace(workspace, since=since, seen=seen)
        self._state.workspaces[gid] = workspace

    def _whole(
        self, gid: str, scope: Scope, start: datetime, finish: Callable[[list[Table]], None]
    ) -> Iterator[Batch]:
        """Read all of `scope`, and then, if nothing of it is missing, `finish`."""
        rows: list[Table] = []
        for page in whole(self._reader, self._state, scope, start):
            rows += page.rows
            if page.lost:
                self._lost(gid)
            elif page.problem:
                self._failed([gid], page.problem)
            if page.last and gid not in self._held:
                finish(rows)
            if page.records or page.census or page.last:
                yield self._batch(page.records, page.census)

    # What went wrong

    def _lost(self, gid: str) -> None:
        """What we are not let see stays as it is, and she is told for as long as it is so."""
        self._held.add(gid)
        known = self._state.projects.get(gid) or self._state.workspaces.get(gid)
        name = (known.name if known else "") or gid
        self._notices.append(
            Said(
                "{host} no longer shows us “{name}”. What was fetched from it stays, and nothing"
                " was closed.",
                (("name", line(name, 60)), ("host", self._host)),
            )
        )

    def _failed(self, sources: Iterable[str], problem: ConnectorError | None) -> None:
        """Leave some projects and workspaces where they are; the first problem is raised last."""
        self._held.update(sources)
        self._trouble = self._trouble or problem or unreadable(self._host, wrote=False)

    def _batch(self, records: Sequence[Raw] = (), census: Sequence[Census] = ()) -> Batch:
        self._said = dump(self._state)
        notices, self._notices = tuple(self._notices), []
        return Batch(tuple(records), self._said, tuple(census), notices)


def _changes(rows: Iterable[Table]) -> list[tuple[datetime, str]] | None:
    """Name every change of her tasks by its instant; None where some tells none."""
    found = []
    for row in rows:
        at = moment(row.get("modified_at"))
        if at is None:
            return None
        found.append((at, mark(row["gid"], row["modified_at"])))
    return found


def _events(gid: str, sync: str) -> Ask:
    return Ask("/events", {"resource": gid} | ({"sync": sync} if sync else {}))


def _mine(workspace: Workspace) -> Ask:
    scope = {"assignee": "me", "workspace": workspace.gid, "modified_since": workspace.since}
    return Ask("/tasks", scope, ("modified_at",), True)
