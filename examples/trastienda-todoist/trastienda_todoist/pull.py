"""One pull: what changed since the last, or all there is.

A full sync names the open tasks only. So an open task and a completed one are two copies of one
task, named "open/ID" and "done/ID": what a census of the open ones says, it says of those alone,
and a task that was completed while nobody looked is not taken for one that was deleted.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from trastienda.plugin import (
    Batch,
    Census,
    Cursor,
    CursorExpiredError,
    Http,
    Raw,
    Said,
    canonical,
    ident,
    line,
    sense,
    watched,
)

from trastienda_todoist import reads
from trastienda_todoist.reads import WHOLE, Heard, Json, Places, flag

_LATELY: Final = timedelta(days=30)
"""How far back a whole pull looks for completed tasks. One that was completed earlier, and while
nothing was pulled, shows as gone instead of done."""

_TOGETHER: Final = 500
"""Records to a batch."""

_MEANT: Final = (
    "id", "project_id", "section_id", "parent_id", "content", "description", "due", "deadline",
    "priority", "labels", "responsible_uid", "checked", "added_at",
)  # fmt: skip
"""What decides whether a task changed: not the order of a list, nor what was folded up."""


@dataclass(frozen=True, slots=True)
class Left:
    """Where a pull left off."""

    token: str
    """WHOLE: in the middle of a pull of everything, which begins anew."""

    names: str
    """The digest of the names that the records were read with."""

    chosen: str
    """The digest of the choice of projects."""

    def write(self) -> Cursor:
        """Spell it as a cursor."""
        return Cursor(json.dumps([1, self.token, self.names, self.chosen]))

    @classmethod
    def read(cls, cursor: Cursor) -> "Left":
        """Read it back. Raises CursorExpiredError."""
        try:
            version, *texts = json.loads(cursor)
        except (ValueError, TypeError):
            version, texts = 0, []
        if version != 1 or len(texts) != 3 or not all(isinstance(one, str) for one in texts):
            raise CursorExpiredError("The cursor is not one of ours.")
        return cls(*texts)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The projects that are read."""

    projects: frozenset[str]
    missing: tuple[str, ...]
    """What the config names and Todoist does not: renamed, archived, or no longer shared."""

    every: bool

    @classmethod
    def of(cls, wanted: Sequence[str], names: Places) -> "Chosen":
        """Find them by the names that the config gives."""
        there = names.projects.items()
        return cls(
            frozenset(one for one, name in there if watched(wanted, name, one)),
            tuple(
                name
                for name in wanted
                if name != "*" and not any(watched((name,), called, one) for one, called in there)
            ),
            "*" in wanted,
        )

    def notices(self) -> tuple[Said, ...]:
        """Say what is missing; nothing of it is closed meanwhile."""
        return tuple(
            Said("There is no project {name} at Todoist for this account.", (("name", name),))
            for name in (line(one, 60) for one in self.missing)
        )


def batches(
    http: Http, wanted: Sequence[str], cursor: Cursor | None, now: datetime
) -> Iterator[Batch]:
    """Yield what changed since `cursor` in the projects that are `wanted`."""
    choice = hashlib.blake2b(canonical(sorted(wanted)).encode(), digest_size=8).hexdigest()
    left = Left(WHOLE, "", choice) if cursor is None else Left.read(cursor)
    if left.token == WHOLE or left.chosen != choice:
        yield from _whole(http, wanted, choice, now, reads.sync(http, WHOLE))
        return
    heard = reads.sync(http, left.token)
    if heard.whole:  # Todoist's own way to say that it knew that token no more
        yield from _whole(http, wanted, choice, now, heard)
    elif heard.news:
        names = reads.places(http)
        if names.digest != left.names:
            yield from _whole(http, wanted, choice, now, reads.sync(http, WHOLE))
            return
        chosen = Chosen.of(wanted, names)
        of = _asked_for(http, heard, chosen)
        with sense(http.host):
            records = (*_tasks(heard, names, chosen), *_comments(heard, names, of))
        after = Left(heard.token, names.digest, choice).write()
        yield Batch(records, after, notices=chosen.notices())


def _whole(
    http: Http, wanted: Sequence[str], choice: str, now: datetime, first: Heard
) -> Iterator[Batch]:
    """Yield all there is, and at its end a census of the open tasks.

    The answer to a full sync may be some minutes old for a big account: what came since is asked
    for before anything is believed to be gone.
    """
    late = reads.sync(http, first.token)
    names = reads.places(http)
    done = reads.completed(http, now - _LATELY, now + timedelta(days=1))
    # A task that repeats is open, and was completed lately all the same: as open it counts.
    items = {**(done or {}), **first.items, **late.items}
    heard = replace(late, items=items, notes={**first.notes, **late.notes})
    chosen = Chosen.of(wanted, names)
    with sense(http.host):
        of = {one for one, item in items.items() if item["project_id"] in chosen.projects}
        records = [*_tasks(heard, names, chosen), *_comments(heard, names, of)]
    there = (raw.external_id for raw in records if raw.stream == "task" and not raw.deleted)
    census: tuple[Census, ...] = ()
    if done is not None and not chosen.missing:
        ids = frozenset(one for one in there if one.startswith("open/"))
        census = (Census(stream="task", prefix="open/", external_ids=ids),)
    while len(records) > _TOGETHER:
        yield Batch(tuple(records[:_TOGETHER]), Left(WHOLE, "", choice).write())
        del records[:_TOGETHER]
    after = Left(heard.token, names.digest, choice).write()
    yield Batch(tuple(records), after, census, chosen.notices())


def _asked_for(http: Http, heard: Heard, chosen: Chosen) -> set[str]:
    """Name the tasks whose comments are ours to read: a comment does not say in which project it
    is, and what is said at another client's is nobody's business here.
    """
    ours: set[str] = set()
    for item in {str(note["item_id"]) for note in heard.notes.values() if "item_id" in note}:
        told = heard.items.get(item)
        if chosen.every or (told or reads.task(http, item)).get("project_id") in chosen.projects:
            ours.add(item)
    return ours


def _tasks(heard: Heard, names: Places, chosen: Chosen) -> Iterator[Raw]:
    """Say of each task which of its two copies there is. Raises LookupError or TypeError."""
    for one, item in heard.items.items():
        deleted, checked = flag(item["is_deleted"]), flag(item["checked"])
        if item["project_id"] in chosen.projects and not deleted:
            kept, other = ("done", "open") if checked else ("open", "done")
            raw = Raw.of_json("task", f"{kept}/{one}", item, **_about(item, names))
            meant = canonical({key: item.get(key) for key in _MEANT})
            yield replace(raw, projection=meant.encode("utf-8", "surrogatepass"))
            yield _gone("task", f"{other}/{one}")
        elif deleted or not chosen.missing:
            yield from (_gone("task", f"{copy}/{one}") for copy in ("open", "done"))


def _about(item: Json, names: Places) -> dict[str, str]:
    """Say what surrounds a task, and may change by itself."""
    who = item["responsible_uid"]
    return {
        "place": names.within(item),
        "zone": names.zone,
        "assignee": "" if who is None else names.people.get(ident(who), ""),
    }


def _comments(heard: Heard, names: Places, of: Collection[str]) -> Iterator[Raw]:
    """Say of each comment `of` these tasks what it is."""
    for one, note in heard.notes.items():
        if flag(note["is_deleted"]):
            yield _gone("comment", one)
        elif note["item_id"] in of:
            author = names.people.get(ident(note["posted_uid"]), "")
            yield Raw.of_json("comment", one, note, author=author)


def _gone(stream: str, external_id: str) -> Raw:
    return Raw(stream=stream, external_id=external_id, deleted=True, certain=True)
