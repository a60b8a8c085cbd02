"""A new task in the client's own tool: where it can go, and how it is sent there.

It is queued here and goes out later, as an answer does, and can be taken back till it goes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from normalizer.actions import Create
from normalizer.model import Ref
from normalizer.said import Said
from normalizer.text import LINE, fold, line
from store import adding
from store import triage as kept
from store.adding import Held, Taker
from store.database import Database
from store.directory import ChannelKey
from store.outbox import Letter
from triage.answers import NotWrittenError, window
from triage.verbs import Outcome

_BY_NAME: Final = {"trello": "list", "caldav": "calendar"}
"""The stream of a place that its tool's connector finds by the name it has here."""

_WITHIN: Final = " › "
"""Between a board and its list, a project and its section."""

_PROJECTS: Final = "p/"
"""What the records of tasks in an Asana project begin with, before the id of that."""

_LISTED: Final = 8
"""Places that an error names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place of a channel that takes new tasks."""

    key: ChannelKey
    client: str
    channel: str
    kind: str
    name: str
    ref: Ref
    open: int = 0
    """Tasks in it that are open."""


def spots(
    db: Database, client: str, *, channel: str | None = None, near: str = ""
) -> list[Spot]:  # fmt: skip
    """List the places of a client, a slug, that take new tasks: that of the task she looks at,
    by its container, first, else the fullest. Raises NotWrittenError where there is none.
    """
    takers = able(adding.channels(db, client), channel)
    found = [spot for one in takers for spot in known(one, adding.places(db, one.key))]
    if not found:
        raise NotWrittenError(
            "No list or project with tasks is known there yet. Make the first task in the client’s"
            " own tool; after the next fetch new ones can go there from here."
        )
    here = (near, near.partition(_WITHIN)[0])
    return sorted(found, key=lambda one: here.index(one.name) if one.name in here else len(here))


def able(takers: Iterable[Taker], channel: str | None = None) -> list[Taker]:
    """Keep the channels that take new tasks, with `channel` that one alone. Raises NotWrittenError
    that says which setting or what else is in the way.
    """
    asked = [one for one in takers if channel in {None, one.channel}]
    takes = [one for one in asked if one.can is not None and "create" in one.can]
    found = [one for one in takes if one.write == "all"]
    if found:
        return found
    if takes:
        raise NotWrittenError(
            'New tasks are not written there. To allow it, set write = "all" for {channels} of'
            " {client} in the config.",
            channels=", ".join(one.channel for one in takes),
            client=takes[0].client,
        )
    if any(one.can is None for one in asked):
        raise NotWrittenError(
            "It is not known yet which channels take new tasks. Fetch once (“trastienda sync”),"
            " then try again."
        )
    raise NotWrittenError(
        "This client has no board, project or calendar that takes new tasks from here. Make it in"
        " the client’s own tool."
    )


def known(taker: Taker, held: Sequence[Held]) -> list[Spot]:
    """Name the places of a channel as its connector is to be told of them; of two projects of one
    name nobody could tell which is meant.
    """
    found: defaultdict[str, Counter[Ref]] = defaultdict(Counter)
    for one in held:
        for name, ref in _places(taker.kind, one):
            found[name][ref] += one.open
    return [
        Spot(
            key=taker.key, client=taker.client, channel=taker.channel, kind=taker.kind, name=name,
            ref=ref, open=count,
        )
        for name, refs in found.items()
        if len(refs) == 1
        for ref, count in refs.items()
    ]  # fmt: skip


def _places(kind: str, held: Held) -> Iterator[tuple[str, Ref]]:
    if kind == "asana":
        for record in held.records:
            if record.startswith(_PROJECTS):
                project = record.removeprefix(_PROJECTS)
                yield held.name.partition(_WITHIN)[0], Ref("project", project)
    elif kind == "caldav" or (kind == "trello" and _WITHIN in held.name):
        yield held.name, Ref(_BY_NAME[kind], held.name)


def choose(found: Sequence[Spot], wanted: str) -> Spot:
    """Find the place that she names: whole, or a list without its board. Raises NotWrittenError."""
    name = fold(line(wanted))
    same = [one for one in found if fold(one.name) == name]
    same = same or [one for one in found if fold(one.name.rpartition(_WITHIN)[2]) == name]
    if len(same) == 1:
        return same[0]
    names = listed(same or found)
    if same:
        raise NotWrittenError(
            "“{name}” can be several places: {places}. Name one of them whole, or the channel"
            " (--channel).",
            name=line(wanted, 60),
            places=names,
        )
    raise NotWrittenError(
        "No place “{name}” with tasks is known there. Known are: {places}.",
        name=line(wanted, 60),
        places=names,
    )


def listed(found: Sequence[Spot]) -> str:
    """Name places, for a message."""
    more = ["…"] if len(found) > _LISTED else []
    return ", ".join([*(f"“{one.name}”" for one in found[:_LISTED]), *more])


def draft(
    spot: Spot, title: str, due: date | datetime | None, now: datetime, *, who: str = ""
) -> Letter:
    """Make what makes the task there; nothing is sent by it. Raises NotWrittenError."""
    size = len(title.strip())
    if not line(title):
        raise NotWrittenError("A task needs a title: say what is to be done.")
    if size > LINE:
        raise NotWrittenError(
            "A title has at most {most} characters, and this one has {count}. Shorten it.",
            most=LINE,
            count=size,
        )
    return Letter(
        key=spot.key, item_id=None, action=Create(ref=spot.ref, title=line(title), due=due),
        send_at=now + window(spot.kind), who=who,
    )  # fmt: skip


def post(db: Database, letter: Letter, now: datetime) -> Outcome:
    """Let it go out; the time in which it can be taken back begins now. Raises NotWrittenError
    where the same is on its way to the same place already: she, or her script, said it twice.
    """
    action = letter.action
    if isinstance(action, Create) and adding.under_way(db, letter.key, action):
        raise NotWrittenError(
            "The same task is on its way there already. “trastienda outbox” shows it."
        )
    kept.send(db, [letter], verb="create", now=now)
    n = int((letter.send_at - now).total_seconds())
    return Outcome(Said("It goes out in {n} seconds; undo takes it back.", (("n", n),)), ())
