"""What changed at the client's: what the tool reports, what we notice ourselves between two
readings, and making one of the two where they are about the same.

A field with one value is spelled by that value before and after; a set of lines by the lines
taken away and those added, as in `normalizer.boards`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import Row, select

from normalizer.boards import called, taken_and_added, ticked
from normalizer.model import Change, Conversation, Person, State, Task
from store import schema
from store.codes import STATES, ms, numbers, unpack, words
from store.spelling import checklist_from
from store.sql import among, by_ref, insert, next_ids
from store.work import Name, Work, name_of

MESSAGE: Final = "message"
"""The field that a change to a message's text is about."""

_SETS: Final = frozenset({"labels", "people", "checklist", "attachments"})

About: TypeAlias = tuple[int, str, int | None]
"""What a change is of: an item, a field, and where that is `MESSAGE`, which message."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A task or conversation that reads otherwise than before."""

    item_id: int
    old: Row[Any]
    """The columns of its item, as they stood."""

    new: Mapping[str, Any]
    record: Task | Conversation


def notice(work: Work, readings: Sequence[Reading]) -> None:
    """Note what differs between two readings, one row a field. Before the files are written.

    Cost: two queries for 500 readings.
    """
    people = _people(work, readings)
    files = _files(work, [one.item_id for one in readings])
    for one in readings:
        old, new = one.old, one.new
        fields = {
            "title": (old.title, new["title"]),
            "body": (unpack(old.body), unpack(new["body"])),
            "due": (old.due or "", new["due"] or ""),
            "container": (old.container, new["container"]),
            "labels": taken_and_added(words(old.labels), words(new["labels"])),
            "people": taken_and_added(
                *([people[who] for who in numbers(ids)]
                  for ids in (old.people_ids, new["people_ids"]))
            ),
            "checklist": taken_and_added(
                *(map(ticked, checklist_from(text)) for text in (old.checklist, new["checklist"]))
            ),
        }  # fmt: skip
        if isinstance(one.record, Task):
            names = (file.name for file in one.record.attachments)
            fields["attachments"] = taken_and_added(files.get(one.item_id, ()), names)
        work.noticed += [
            _row(work, one.item_id, field, before, after)
            for field, (before, after) in fields.items()
            if before != after
        ]


def notice_states(work: Work, states: Iterable[tuple[int, int, int]]) -> None:
    """Note changes of state: (item id, before, after) as the numbers of `store.codes`."""
    work.noticed += [
        _row(work, item_id, "state", STATES[before].value, STATES[after].value)
        for item_id, before, after in states
    ]


def notice_message(work: Work, row: Any, before: str, after: str, author: int | None) -> None:
    """Note that a message says something else now, or nothing any more (`after` "").

    `row`: its id and its item's.
    """
    if not work.quiet:
        noticed = _row(work, row.item_id, MESSAGE, before, after)
        work.noticed.append({**noticed, "author": author, "message": row.id})


def report(
    work: Work, records: Sequence[Change], owners: Mapping[Name, tuple[int, int | None]]
) -> None:
    """Note the changes that the tool itself reports, each once however often it comes.

    `owners`: the item, and the message if it is one, of every ref they are about.
    """
    last = {name_of(record.ref): record for record in records}
    c = schema.change.c
    query = select(c.stream, c.external_id)
    here = c.channel_id == work.key.channel_id
    found = by_ref(work.conn, query, schema.change, lambda _: here, list(last))
    known = {(row.stream, row.external_id) for row in found}
    for (stream, external_id), record in last.items():
        if (stream, external_id) in known:
            continue
        item_id, message_id = owners[name_of(record.about)]
        work.touched.add(item_id)
        work.reported.append(
            {
                **_row(work, item_id, record.field, record.before, record.after),
                "message": message_id if record.field == MESSAGE else None,
                "author": work.people.id(record.author), "at": ms(record.at),
                "stream": stream, "external_id": external_id,
            }
        )  # fmt: skip


def save(work: Work) -> None:
    """Write what was noted, each change once.

    Of what we noticed, all that the tool reports too is left out. Where the tool says who and
    when, and not what (both texts empty), the newest such report takes what we noticed. Of a
    message, one that finds nothing is left out: its first wording was never here.
    """
    told: dict[About, list[dict[str, Any]]] = {}
    for row in work.reported:
        told.setdefault(_about(work, row), []).append(row)
    rows = list(work.reported)
    wordless = {
        _about(work, row): row
        for row in sorted(rows, key=lambda row: (row["at"], row["stream"], row["external_id"]))
        if not row["before"] and not row["after"]
    }
    for row in work.noticed:
        about = _about(work, row)
        before, after = _unexplained(row, told.get(about, ()))
        if before == after:
            continue
        if about in wordless:
            wordless.pop(about).update(before=before, after=after)
        else:
            rows.append({**row, "before": before, "after": after})
    gone = {
        work.root(row["item_id"])
        for row in rows
        if row["field"] == "state" and row["after"] == State.GONE.value
    }
    rows = [row for row in rows if row["field"] != MESSAGE or _worth_telling(work, row, gone)]
    for row_id, row in zip(next_ids(work.conn, schema.change, len(rows)), rows, strict=True):
        row["id"], row["item_id"] = row_id, work.root(row["item_id"])
        del row["message"]
    insert(work.conn, schema.change, rows)


def _worth_telling(work: Work, row: Mapping[str, Any], gone: set[int]) -> bool:
    """Tell whether a change of a message says anything: what went with all its item does not."""
    if not row["after"]:
        return bool(row["before"]) and work.root(row["item_id"]) not in gone
    return True


def _about(work: Work, row: Mapping[str, Any]) -> About:
    return work.root(row["item_id"]), row["field"], row["message"]


def _unexplained(
    noticed: Mapping[str, Any], told: Iterable[Mapping[str, Any]]
) -> tuple[str, str]:  # fmt: skip
    """Give what of a noticed change no report speaks of; the same twice where that is nothing."""
    before, after = noticed["before"], noticed["after"]
    spoken = [row for row in told if row["before"] or row["after"]]
    if noticed["field"] not in _SETS:
        return ("", "") if any(row["after"] == after for row in spoken) else (before, after)
    return _without(before, (row["before"] for row in spoken)), _without(
        after, (row["after"] for row in spoken)
    )


def _without(lines: str, told: Iterable[str]) -> str:
    known = {line for text in told for line in text.split("\n")}
    return "\n".join(line for line in lines.split("\n") if line not in known)


def _people(work: Work, readings: Iterable[Reading]) -> dict[int, str]:
    """Spell everybody whom the readings name, by id."""
    ids = {
        who
        for one in readings
        for who in (*numbers(one.old.people_ids), *numbers(one.new["people_ids"]))
    }
    p = schema.person.c
    found = among(work.conn, select(p.id, p.name, p.handle), p.id, sorted(ids))
    return {row.id: called(Person(row.name, row.handle)) for row in found}


def _files(work: Work, item_ids: Iterable[int]) -> dict[int, list[str]]:
    """List the names of the files that hang from items themselves."""
    a = schema.attachment.c
    own = select(a.item_id, a.name).where(a.message_id.is_(None), a.raw_id.is_(None))
    files: dict[int, list[str]] = {}
    for row in among(work.conn, own, a.item_id, item_ids):
        files.setdefault(row.item_id, []).append(row.name)
    return files


def _row(work: Work, item_id: int, field: str, before: str, after: str) -> dict[str, Any]:
    return {
        **work.owner, "item_id": item_id, "field": field, "before": before, "after": after,
        "author": None, "at": work.now, "stream": None, "external_id": None, "message": None,
    }  # fmt: skip
