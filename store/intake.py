"""Taking what a connector brought: one transaction from raw record to queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from normalizer.model import (
    Attachment,
    Change,
    Conversation,
    Message,
    Person,
    Record,
    Ref,
    Task,
)
from normalizer.raw import Census, Raw
from normalizer.said import Said
from store import (
    absences,
    changes,
    copies,
    messages,
    raws,
    schema,
    search,
    standins,
    tasks,
    threads,
)
from store.codes import ms
from store.database import Database
from store.directory import ChannelKey, identities_on
from store.facts import Derived, Facts
from store.people import People
from store.raws import Comparison, Pending
from store.refresh import refresh
from store.sound import check
from store.work import Name, Work, name_of

Normalise = Callable[[Raw], Iterable[Record]]
Rules = Callable[[Facts], Derived]

_AGAIN = 100
"""Raw records put through again in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a batch, counted in raw records."""

    new: int = 0
    changed: int = 0
    """Different from before, back, or gone."""

    unchanged: int = 0
    set_aside: int = 0
    """Of the new and changed ones: could not be read, and are kept for a better version."""

    held: int = 0
    """Disappearances not believed: too many at once."""

    items: tuple[int, ...] = ()
    """The items whose columns were reckoned again."""


def take(
    db: Database, key: ChannelKey, *, records: Sequence[Raw], cursor: str | None,
    census: Sequence[Census], normalise: Normalise, rules: Rules,
    identities: frozenset[str], now: datetime,
) -> Taken:  # fmt: skip
    """Take a batch of a channel, all or nothing, with the cursor that stands after it.

    Unchanged records cost a look and no write; where nothing changed and the cursor is the
    same there is no transaction. Whatever `normalise` raises puts that record aside and stops
    nothing else. Raises StoreError, and then nothing was taken.

    Cost: a few queries for 500 records, and for every item touched its messages' dates.
    """
    batch = raws.fold(records)
    census = [raws.counted(one) for one in census]
    while True:
        with db.read() as conn:
            found = raws.compare(conn, key, batch, census)
            before = tuple(conn.execute(_left(key)).one())
            known = identities | identities_on(conn, key)
            if not found.pending:
                gone, held = absences.believable(conn, key, found, census)
                if not gone and (cursor, absences.standing(before[1], census, held)) == before:
                    return _counted(batch, found, (), held)
        for one in found.pending:
            _normalise(one, normalise, now)
        with db.write() as conn:
            if not _still(conn, key, batch, census, found):
                continue
            raws.save(conn, key, found.pending, ms(now))
            work = _records(conn, key, found.pending, known, ms(now), quiet=False)
            gone, held = absences.believable(conn, key, found, census)
            _finish(work, gone, rules)
            touched = work.touched | _described_anew(
                conn, key, gone, identities=known, normalise=normalise, rules=rules, now=now
            )
            after = cursor, absences.standing(before[1], census, held)
            if after != before:
                this = update(schema.channel).where(schema.channel.c.id == key.channel_id)
                conn.execute(this.values(cursor=after[0], held=after[1]))
            return _counted(batch, found, gone, held, touched)


def renormalise(
    db: Database, key: ChannelKey, *, normalise: Normalise, rules: Rules,
    identities: frozenset[str], now: datetime,
) -> Iterator[Taken]:  # fmt: skip
    """Put every raw record kept of a channel through `normalise` again, page by page.

    For a better mapping: nothing of it is news, so it leaves no change rows and wakes nothing.
    Each page is a short transaction; it may be left after any, and begun again.
    """
    r = schema.raw.c
    after = 0
    while True:
        page = raws.rows().where(r.channel_id == key.channel_id, r.id > after).order_by(r.id)
        with db.read() as conn:
            rows = conn.execute(page.limit(_AGAIN)).all()
            pending = raws.kept(conn, rows)
            known = identities | identities_on(conn, key)
        if not rows:
            return
        for one in pending:
            _normalise(one, normalise, now)
        with db.write() as conn:
            if conn.execute(page.limit(_AGAIN)).all() != rows:
                continue
            raws.note_problems(conn, pending)
            work = _records(conn, key, pending, known, ms(now), quiet=True)
            _finish(work, (), rules)
        after = rows[-1].id
        yield Taken(
            changed=len(rows),
            set_aside=sum(one.problem is not None for one in pending),
            items=tuple(sorted(work.touched)),
        )


def _described_anew(
    conn: Connection, key: ChannelKey, gone: Sequence[int], *, identities: frozenset[str],
    normalise: Normalise, rules: Rules, now: datetime,
) -> set[int]:  # fmt: skip
    """Let a copy that is left of a task describe it, where another went. Gives the items."""
    left = raws.kept(conn, copies.left(conn, gone))
    if not left:
        return set()
    for one in left:
        _normalise(one, normalise, now)
    work = _records(conn, key, left, identities, ms(now), quiet=True)
    _finish(work, (), rules)
    return work.touched


def _left(key: ChannelKey) -> Any:
    c = schema.channel.c
    return select(c.cursor, c.held).where(c.id == key.channel_id, c.client_id == key.client_id)


def _still(
    conn: Connection, key: ChannelKey, batch: dict[Name, Raw], census: Sequence[Census],
    found: Comparison,
) -> bool:  # fmt: skip
    """Tell whether what was read before the transaction still stands in it."""
    return raws.look(conn, key, batch, census) == found.seen


def _normalise(one: Pending, normalise: Normalise, now: datetime) -> None:
    """Put a raw record in our words, or a message in its place that says it cannot be read."""
    try:
        one.records = tuple(normalise(one.raw))
        for record in one.records:
            check(record)
    except Exception as error:  # noqa: BLE001  a mapping of anybody's; one record must not stop the rest
        one.problem = Said(
            "This could not be read ({reason}). It is kept, and a newer version may read it.",
            (("reason", type(error).__name__),),
        )
        one.records = (
            Message(
                ref=Ref(one.raw.stream, one.raw.external_id),
                author=Person(),
                sent_at=now,
                text="",
                problem=one.problem,
            ),
        )


def _finish(work: Work, gone: Sequence[int], rules: Rules) -> None:
    """Finish what `_records` began: bury what is gone, index, reckon again, note changes."""
    absences.bury(work.conn, gone, work.now)
    messages.reckon(work, copies.of_raws(work, gone))
    search.index(work.conn, work.docs)
    refresh(work, rules)
    changes.save(work)


def _counted(
    batch: Iterable[Name], found: Comparison, gone: Sequence[int], held: dict[Name, int],
    items: Iterable[int] = (),
) -> Taken:  # fmt: skip
    """Count what became of a batch."""
    touched = {(one.raw.stream, one.raw.external_id) for one in found.pending}
    touched |= {found.vanishing[raw_id] for raw_id in gone}
    new = sum(one.kept is None for one in found.pending)
    return Taken(
        new=new,
        changed=len(touched) - new,
        unchanged=sum(name not in touched for name in batch),
        set_aside=sum(one.problem is not None for one in found.pending),
        held=sum(held.values()),
        items=tuple(sorted(items)),
    )


def _records(
    conn: Connection, key: ChannelKey, pending: Sequence[Pending], identities: frozenset[str],
    now: int, *, quiet: bool,
) -> Work:  # fmt: skip
    """Write the records of raws that are written already."""
    spoiled = _spoiled(conn, pending)
    said: list[tuple[int, Message]] = []
    told: list[tuple[int, Task | Conversation]] = []
    files: list[tuple[int, Attachment]] = []
    reported: list[Change] = []
    for one in pending:
        for record in one.records:
            match record:
                case Message():
                    said.append((one.id, record))
                case Task() | Conversation():
                    told.append((one.id, record))
                case Attachment():
                    files.append((one.id, record))
                case Change():
                    reported.append(record)
    people = People(conn, key, _people(said, told, reported))
    work = Work(conn, key, identities, now, quiet, people)
    old = {one.id for one in pending if one.kept is not None}
    kept = old - spoiled
    tasks.save(work, told, {one.id for one in pending if one.rewritten})
    about = [name_of(file.about) for _, file in files if file.about is not None]
    about += [name_of(change.about) for change in reported]
    messages.load(work, dict.fromkeys([*(name_of(m.ref) for _, m in said), *about]))
    last = {name_of(m.ref): m for _, m in said}
    work.load_items([*last, *about])
    early = copies.waiting(work, last)
    placed = threads.place(work, list(last.values()))
    ids = messages.save(work, said, placed)
    copies.adopt(work, early, ids)
    owners = _owners(work, about, ids, placed)
    copies.save_items(work, told, kept)
    messages.reckon(work, copies.save_messages(work, said, ids, _said_before(pending, old)))
    copies.save_files(
        work,
        {ids[name]: (placed[name], message) for name, message in last.items()},
        {work.items[name_of(one.ref)]: one for _, one in told if isinstance(one, Task)},
        [(i, *owners[name_of(f.about)], f) for i, f in files if f.about is not None],
        kept,
    )
    changes.report(work, reported, owners)
    goals = {**work.items, **placed, **{name: owner[0] for name, owner in owners.items()}}
    standins.retire(
        work,
        [
            ((one.raw.stream, one.raw.external_id), _goal(one, goals))
            for one in pending
            if one.problem is None and one.kept is not None and one.kept.problem is not None
        ],
    )
    return work


def _spoiled(conn: Connection, pending: Sequence[Pending]) -> set[int]:
    """Give the raws that said something readable, and no longer do: they go on standing for what
    they stood for, since nothing was said of it that we understand. Of a task, a message in it
    says that there is something new that could not be read.
    """
    broken = {one.id: one for one in pending if one.problem is not None and one.kept is not None}
    items, messages = copies.stood_for(conn, broken)
    for raw_id, one in broken.items():
        if raw_id in items:
            one.records = tuple(
                replace(record, about=Ref(*items[raw_id]))
                for record in one.records
                if isinstance(record, Message)
            )
        elif raw_id in messages and one.kept is not None and one.kept.problem is None:
            one.records = ()
    return {raw_id for raw_id, one in broken.items() if raw_id in items or not one.records}


def _said_before(pending: Sequence[Pending], old: set[int]) -> set[int]:
    """Give the raws of which the messages that they stood for may have changed."""
    silent = {one.id for one in pending if one.problem is not None and not one.records}
    return old - silent


def _goal(one: Pending, goals: dict[Name, int]) -> int | None:
    """Give the item that a raw record's own records went to, if to any."""
    for record in one.records:
        about = record.about if isinstance(record, Attachment | Change) else record.ref
        if about is not None:
            return goals[name_of(about)]
    return None


def _owners(
    work: Work, about: Sequence[Name], ids: dict[Name, int], placed: dict[Name, int]
) -> dict[Name, tuple[int, int | None]]:
    """Find what each ref names: the item, and the message if it is one. What nobody has
    described yet gets an item that waits for it.
    """
    work.make_items(name for name in about if name not in ids)
    owners: dict[Name, tuple[int, int | None]] = {}
    for name in about:
        if name in placed:
            owners[name] = (placed[name], ids[name])
        elif name in ids:
            item_id = work.messages[name].item_id
            owners[name] = (work.merged.get(item_id, item_id), ids[name])
        else:
            owners[name] = (work.items[name], None)
    return owners


def _people(
    said: Sequence[tuple[int, Message]], told: Sequence[tuple[int, Task | Conversation]],
    reported: Sequence[Change],
) -> Iterator[Person]:  # fmt: skip
    for _, message in said:
        yield message.author
        yield from message.to
        yield from message.cc
    for _, record in told:
        yield from tasks.people_of(record)
    for change in reported:
        yield change.author
