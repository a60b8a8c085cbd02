"""Which workspaces and projects there are at an Asana account, and which are watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from connectors.asana_cursor import KEPT, Project, State, Workspace, digest
from connectors.asana_reads import PROJECT, Ask, Heard, Reader
from connectors.asana_records import Table
from connectors.errors import ConnectorError
from connectors.writing import ident, listed, sense, watched
from normalizer.said import Said
from normalizer.text import NAME, line

MOST: Final = 100
"""Projects that are watched: each costs a request of the 150 a minute at every look."""

_MOST_ARCHIVED: Final = 40
"""Archived projects that a cursor still names."""


def unknown(found: Sequence[tuple[str, str]], projects: Sequence[str]) -> list[str]:
    """Name what the settings ask for and no project of `found`, (gid, name), is."""
    return [
        one
        for one in projects
        if one != "*" and not any(watched([one], name, gid) for gid, name in found)
    ]


def me(reader: Reader, host: str) -> Table:
    """Ask who we are, and in which workspaces. Raises what `Reader` raises and what is wrong."""
    fields = ("name", "email", "workspaces.name")
    (heard,) = reader.ask([Ask("/users/me", fields=fields)])
    if heard.problem:
        raise heard.problem
    with sense(host):
        for one in listed(heard.record["workspaces"]):
            ident(one["gid"])
    return heard.record


def listings(reader: Reader, workspaces: Sequence[Table]) -> Iterator[tuple[Table, Heard]]:
    """Ask for the projects of each workspace, archived ones apart. Raises what is wrong."""
    asked = _ask(reader, [one["gid"] for one in workspaces])
    for workspace, heard in zip(workspaces, asked, strict=True):
        if heard.problem:
            raise heard.problem
        yield workspace, heard


def _ask(reader: Reader, workspaces: Sequence[str]) -> list[Heard]:
    return reader.lists(
        [
            Ask(f"/workspaces/{gid}/projects", {"archived": "false"}, PROJECT, listed=True)
            for gid in workspaces
        ]
    )


@dataclass(slots=True)
class Listing:
    """What came of looking for projects."""

    notices: list[Said] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    """Watched projects that are not listed: archived, or no longer for us."""

    problem: ConnectorError | None = None
    """Why some workspace could not be looked at. Nothing of it has vanished."""


def discover(reader: Reader, host: str, state: State, chosen: Sequence[str]) -> Listing:
    """Bring `state` up to the workspaces and projects that there are now.

    Her own tasks of a workspace are read where all its projects are. A project that was watched
    stays so under another name, and when it can no longer be seen.
    """
    who, listing = me(reader, host), Listing()
    state.me = who["gid"]
    if "*" not in chosen:  # one account may serve several clients: what is not named is not ours
        state.workspaces.clear()
    for one in who["workspaces"] if "*" in chosen else ():
        known = state.workspaces.get(one["gid"]) or Workspace(gid=one["gid"], name="")
        state.workspaces[one["gid"]] = replace(known, name=name_of(one))
    here = [one["gid"] for one in who["workspaces"]]
    found: dict[str, Project] = {}
    sure: set[str] = set()
    for workspace, heard in zip(here, _ask(reader, here), strict=True):
        if heard.problem:
            listing.problem = listing.problem or heard.problem
            continue
        sure.add(workspace)
        for row in heard.rows:
            if row.get("archived") is not True:
                gid = row["gid"]
                found[gid] = Project(gid=gid, workspace=workspace, name=name_of(row))
    _merge(state, found, chosen, listing)
    listing.vanished = [
        gid
        for gid, one in state.projects.items()
        if gid not in found and one.workspace in sure and not one.archived
    ]
    if sure == set(here):
        every = {**state.projects, **found}.values()
        for name in unknown([(one.gid, one.name) for one in every], chosen):
            told = (("name", line(name, 60)), ("host", host))
            listing.notices.append(Said("There is no project “{name}” at {host}.", told))
    return listing


def _merge(
    state: State, found: Mapping[str, Project], chosen: Sequence[str], listing: Listing
) -> None:
    """Keep what is watched already, and watch what is new, as far as there is room."""
    known = state.projects
    if state.chosen != digest(chosen):
        now = {gid: found.get(gid, one).name for gid, one in known.items()}
        known = {gid: one for gid, one in known.items() if watched(chosen, now[gid], gid)}
    new = [one for gid, one in found.items() if gid not in known and watched(chosen, one.name, gid)]
    state.projects = {gid: _still(one, found.get(gid)) for gid, one in known.items()}
    archived = [gid for gid, one in state.projects.items() if one.archived]
    for gid in archived[:-_MOST_ARCHIVED]:
        del state.projects[gid]
    room = max(0, MOST - sum(not one.archived for one in state.projects.values()))
    state.projects |= {one.gid: one for one in new[:room]}
    state.chosen = digest(chosen)
    if len(new) > room:
        told = (("count", len(new) - room), ("most", MOST))
        listing.notices.append(
            Said(
                "{count} more projects are not watched: Trastienda watches {most} at most. Name"
                ' those that matter in the setting "projects".',
                told,
            )
        )


def _still(known: Project, now: Project | None) -> Project:
    """Say what became of a project that is watched; `now` None: it is not listed any more. One
    that was taken out of the archive is read anew, one with another name too.
    """
    if now is None:
        return known
    if known.archived:
        return now
    return replace(known, name=now.name, swept=known.swept if alike(known, now) else 0)


def alike(one: Project, other: Project) -> bool:
    """Tell whether two readings give a project the same name, as far as a cursor keeps it."""
    return one.name[:KEPT] == other.name[:KEPT]


def name_of(row: Table) -> str:
    """Read what a project, a workspace or a person is called."""
    name = row.get("name")
    return line(name if isinstance(name, str) else "", NAME)
