"""Which conversation a message goes to: the tables behind `normalizer.threads`.

Conversations only ever grow together: a message that links two makes one of them. The one that
was there first stays, and keeps its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import aliased

from normalizer import threads
from normalizer.model import Kind, Message, Thread
from normalizer.threads import SUBJECT_WINDOW, Parts, Subjected
from store import drafts, matters, notifications, schema, search
from store.codes import HIDDEN, HINTED, KINDS, NOTICE, REPLY, ms, numbers
from store.people import handles
from store.sql import among, insert
from store.work import Name, Work, name_of

Node = int | Name
"""In a forest: an item there already, or a message of the batch."""

_WINDOW_MS = int(SUBJECT_WINDOW.total_seconds() * 1000)


def place(work: Work, messages: Sequence[Message]) -> dict[Name, int]:
    """Find or make the item of every message; write the keys by which later ones find it.

    Cost: the batch's keys and the kept messages that share a subject with it, whatever the size
    of the channel.
    """
    hanging = {name_of(m.ref): name_of(m.about) for m in messages if m.about is not None}
    loose = {name_of(m.ref): m for m in messages if m.about is None}
    work.load_items([*hanging.values(), *hanging, *loose])
    work.make_items(hanging.values())
    placed: dict[Name, int] = {name: work.items[about] for name, about in hanging.items()}
    placed.update(_place_notices(work, loose))
    loose = {name: m for name, m in loose.items() if name not in placed}
    keys = {name: _keys(work, message) for name, message in loose.items()}
    forest = _forest(work, loose, keys)
    parts = forest.parts()
    work.make_items(_start(part) for part in parts if not any(isinstance(n, int) for n in part))
    for part in parts:
        items = sorted(node for node in part if isinstance(node, int))
        stays = items[0] if items else work.items[_start(part)]
        merge(work, stays, items[1:])
        for node in part:
            if not isinstance(node, int):
                placed[node] = stays
    _absorb_placeholders(work, hanging)
    _write_keys(work, keys, placed)
    return placed


def _place_notices(work: Work, loose: dict[Name, Message]) -> dict[Name, int]:
    """Place the notifications of cards and tasks. What was one stays where it is, even where a
    later mapping takes it for something else: it may lie in a task, which no conversation joins.
    """
    keys = {name: threads.link_key(m.notification) for name, m in loose.items()}
    placed = {
        name: work.messages[name].item_id
        for name, key in keys.items()
        if key is None and name in work.messages and work.messages[name].flags & NOTICE
    }
    links = {name: key for name, key in keys.items() if key is not None}
    return {**placed, **notifications.place(work, links)}


def _start(part: Sequence[Node]) -> Name:
    return next(node for node in part if not isinstance(node, int))


def _keys(work: Work, message: Message) -> tuple[int, ...]:
    place = str(work.scope(message.ref.stream))
    return threads.keys(message.thread or Thread(), place, str(work.key.channel_id))


def _forest(
    work: Work, loose: dict[Name, Message], keys: dict[Name, tuple[int, ...]]
) -> Parts[Node]:
    """Join the messages of the batch with each other and with the items that are there."""
    forest: Parts[Node] = Parts()
    k, i = schema.thread_key.c, schema.item.c
    root = aliased(schema.item)
    # A mail that a task has taken since may have left its keys behind.
    no_task = or_(root.c.described == 0, root.c.kind != KINDS.index(Kind.TASK))
    query = (
        select(k.key, root.c.id)
        .join(schema.item, i.id == k.item_id)
        .join(root, root.c.id == func.coalesce(i.merged_into, i.id))
        .where(k.client_id == work.key.client_id, no_task)
    )
    wanted = {key for those in keys.values() for key in those}
    holder: dict[int, Node] = {
        row.key: row.id for row in among(work.conn, query, k.key, sorted(wanted))
    }
    for name in loose:
        forest.find(name)
        if name in work.messages:
            forest.join((name, work.messages[name].item_id))
        # Something spoke of this message before it came.
        if name in work.items:
            forest.join((name, work.items[name]))
        for key in keys[name]:
            forest.join((name, holder.setdefault(key, name)))
    _join_by_subject(work, loose, forest)
    return forest


def _join_by_subject(work: Work, loose: dict[Name, Message], forest: Parts[Node]) -> None:
    mine = [(name, one) for name, m in loose.items() if (one := _subjected(work, m)) is not None]
    if not mine:
        return
    by_subject: dict[int, list[tuple[Node, Subjected]]] = {}
    for node, one in [*mine, *_kept(work, mine)]:
        by_subject.setdefault(one.subject, []).append((node, one))
    for group in by_subject.values():
        replies = [pair for pair in group if pair[1].bare_reply]
        for node, one in replies:
            forest.join([node, *(other for other, two in group if threads.joined(one, two))])


def _subjected(work: Work, message: Message) -> Subjected | None:
    if message.thread is None:
        return None
    subject = threads.subject_key(message.thread, str(work.scope(message.ref.stream)))
    if subject is None:
        return None
    people = {one.handle for one in (message.author, *message.to, *message.cc)}
    return Subjected(
        subject=subject,
        sent_at=ms(message.sent_at),
        bare_reply=threads.is_bare_reply(message.thread),
        hinted=bool(message.thread.hint),
        people=frozenset(people - work.identities - {""}),
    )


def _kept(work: Work, mine: Sequence[tuple[Name, Subjected]]) -> Iterable[tuple[Node, Subjected]]:
    """Read the kept messages that could be joined to one of the batch by their subject."""
    m = schema.message.c
    replying = sorted({one.subject for _, one in mine if one.bare_reply})
    query = select(
        m.item_id, m.subject_key, m.sent_at, m.flags, m.author, m.to_ids, m.cc_ids
    ).where(
        m.client_id == work.key.client_id,
        m.sent_at >= min(one.sent_at for _, one in mine) - _WINDOW_MS,
        m.sent_at <= max(one.sent_at for _, one in mine) + _WINDOW_MS,
    )
    asked = sorted({one.subject for _, one in mine} - set(replying))
    bare = query.where(m.flags.op("&")(REPLY) != 0)
    rows = [
        *among(work.conn, query, m.subject_key, replying),
        *among(work.conn, bare, m.subject_key, asked),
    ]
    people = [[row.author, *numbers(row.to_ids), *numbers(row.cc_ids)] for row in rows]
    known = handles(work.conn, {one for those in people for one in those})
    mine_out = work.identities | {""}
    return [
        (
            row.item_id,
            Subjected(
                subject=row.subject_key,
                sent_at=row.sent_at,
                bare_reply=bool(row.flags & REPLY),
                hinted=bool(row.flags & HINTED),
                people=frozenset(known[one] for one in those) - mine_out,
            ),
        )
        for row, those in zip(rows, people, strict=True)
    ]


def _absorb_placeholders(work: Work, hanging: dict[Name, Name]) -> None:
    """Where something spoke of a message before it came, and it hangs from a task: go there."""
    for name, about in hanging.items():
        if name in work.items and work.items[name] != work.items[about]:
            merge(work, work.items[about], [work.items[name]])


def _write_keys(work: Work, keys: dict[Name, tuple[int, ...]], placed: dict[Name, int]) -> None:
    new = {key: placed[name] for name, those in keys.items() for key in those}
    k = schema.thread_key.c
    query = select(k.key).where(k.client_id == work.key.client_id)
    for row in among(work.conn, query, k.key, sorted(new)):
        del new[row.key]
    client = {"client_id": work.key.client_id}
    rows = [{**client, "key": key, "item_id": item_id} for key, item_id in sorted(new.items())]
    insert(work.conn, schema.thread_key, rows)


def merge(work: Work, stays: int, others: Sequence[int]) -> None:
    """Make one conversation of several. What she decided stays: of two decisions, the one that
    keeps it nearer to her eyes.
    """
    for other in others:
        _move(work, other, stays)
        work.merged[other] = stays
    if others:
        for name, item_id in work.items.items():
            if item_id in others:
                work.items[name] = stays
        work.touched.add(stays)
        work.touched.difference_update(others)


def _move(work: Work, loser: int, winner: int) -> None:
    conn = work.conn
    m, i = schema.message.c, schema.item.c
    ids = list(conn.execute(select(m.id).where(m.item_id == loser)).scalars())
    search.move(conn, [search.message_doc(message_id) for message_id in ids], winner)
    for table in (schema.message, schema.attachment, schema.change):
        conn.execute(update(table).where(table.c.item_id == loser).values(item_id=winner))
    drafts.move(work.conn, loser, winner)
    matters.move(work.conn, loser, winner)
    _weigh_lanes(work, loser, winner, moved=bool(ids))
    conn.execute(
        update(schema.item)
        .where(or_(i.id == loser, i.merged_into == loser))
        .values(merged_into=winner, state=HIDDEN)
    )


def _weigh_lanes(work: Work, loser: int, winner: int, *, moved: bool) -> None:
    """Let the winner lie in the lane that needs more attention; an empty item has no say."""
    i, t = schema.item.c, schema.triage.c
    found = work.conn.execute(select(i.id, i.lane).where(i.id.in_([loser, winner])))
    lanes = {row.id: row.lane for row in found}
    old = work.conn.execute(select(schema.triage).where(t.item_id == loser)).mappings().first()
    work.conn.execute(schema.triage.delete().where(t.item_id == loser))
    if not moved or lanes[loser] >= lanes[winner]:
        return
    work.conn.execute(schema.triage.delete().where(t.item_id == winner))
    if old is not None:
        insert(work.conn, schema.triage, [{**old, "item_id": winner}])
    work.conn.execute(update(schema.item).where(i.id == winner).values(lane=lanes[loser]))
