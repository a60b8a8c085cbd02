"""Messages: their rows, their copies, and what the copies add up to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from normalizer import threads
from normalizer.model import SHARED, Direction, Message
from store import changes, schema, search
from store.codes import (
    AUTOMATIC,
    FLAGGED,
    GONE,
    HINTED,
    NOTICE,
    OUT,
    REPLY,
    UNREAD,
    listed,
    ms,
    pack,
    unpack,
)
from store.spelling import extra_text, problem_from
from store.sql import among, by_ref, insert, next_ids, rewrite
from store.work import Name, Work, name_of

_COLUMNS = (
    "author", "to_ids", "cc_ids", "sent_at", "subject", "subject_key", "text", "folded", "extra",
)  # fmt: skip
_OF_COPIES = UNREAD | FLAGGED | GONE | OUT
_KEPT_WHEN_GONE = FLAGGED | OUT

_NEW_WITHIN = 48 * 3_600_000
"""Milliseconds: a message that came this recently is news even where a later one is there."""


def load(work: Work, names: Iterable[Name]) -> None:
    """Look messages up by ref."""
    m = schema.message.c
    query = select(m.id, m.item_id, m.stream, m.external_id, m.flags, *(m[c] for c in _COLUMNS))
    for row in by_ref(work.conn, query, schema.message, work.among(schema.message), names):
        work.messages[row.stream, row.external_id] = row


def save(
    work: Work, records: Sequence[tuple[int, Message]], placed: dict[Name, int]
) -> dict[Name, int]:
    """Write messages into the items that `placed` names, and say which copies stand for them.

    `records`: each with the id of its raw. Returns the id of every message.
    """
    last = {name_of(record.ref): record for _, record in records}
    new = [name for name in last if name not in work.messages]
    ids = {name: row.id for name, row in work.messages.items()}
    ids.update(zip(new, next_ids(work.conn, schema.message, len(new)), strict=True))
    copies = _copies(work, records, ids)
    inserts: list[dict[str, Any]] = []
    updates: list[dict[str, Any]] = []
    rewritten: list[Message] = []
    edited: list[tuple[Any, Message]] = []
    for name, record in last.items():
        item_id, message_id = placed[name], ids[name]
        old = work.messages.get(name)
        if old is not None and record.withdrawn:
            # What it said stays; where it stands, and whose it was, may be known better now.
            row = {column: getattr(old, column) for column in _COLUMNS}
            row |= {"author": work.people.id(record.author), "sent_at": ms(record.sent_at)}
        else:
            row = _row(work, record)
            work.written[message_id] = (row["author"], record.subject, record.text)
        flags = _base_flags(record)
        if old is None:
            flags |= _union(list(copies[message_id].values()))
            inserts.append(
                {
                    "id": message_id, "client_id": work.key.client_id,
                    "scope": work.scope(name[0]), "item_id": item_id, "stream": name[0],
                    "external_id": name[1], "flags": flags, **row,
                }
            )  # fmt: skip
            if flags & OUT:
                work.went_out.add(message_id)
            elif not work.quiet:
                work.came_in[message_id] = ms(record.arrived_at or record.sent_at)
            rewritten.append(record)
        else:
            # What one server has told of the conversation, another's silence does not unsay.
            flags |= old.flags & (_OF_COPIES | HINTED)
            if old.flags & NOTICE:
                flags |= NOTICE | AUTOMATIC
            same = all(row[column] == getattr(old, column) for column in _COLUMNS)
            if same and flags == old.flags and item_id == old.item_id:
                continue
            updates.append({"row": message_id, "item_id": item_id, "flags": flags, **row})
            work.touched.add(old.item_id)
            if not same and not record.withdrawn:
                rewritten.append(record)
                edited.append((old, record))
        work.touched.add(item_id)
    _notice_edits(work, edited)
    insert(work.conn, schema.message, inserts)
    rewrite(work.conn, schema.message, updates)
    work.docs += [_doc(work, record, ids, placed) for record in rewritten]
    return ids


def _notice_edits(work: Work, edited: Sequence[tuple[Any, Message]]) -> None:
    """Note which messages say something else than they said. A mail never does: one that reads
    otherwise was only read otherwise. Nor does one whose file came in the place of a line that
    stood for it. Before the files are written.
    """
    filed = {
        old.id for old, record in edited
        if record.attachments and unpack(old.text).partition("\n")[2] == record.text
    }  # fmt: skip
    a = schema.attachment.c
    filed -= {row.message_id for row in among(
        work.conn, select(a.message_id), a.message_id, filed
    )}  # fmt: skip
    for old, record in edited:
        before = unpack(old.text)
        unread = not before and problem_from(old.extra) is not None
        if old.stream in SHARED or before == record.text or unread or old.id in filed:
            continue
        changes.notice_message(work, old, before, record.text, old.author)


def _row(work: Work, record: Message) -> dict[str, Any]:
    people = work.people
    return {
        "author": people.id(record.author),
        "to_ids": listed(people.ids(record.to)),
        "cc_ids": listed(people.ids(record.cc)),
        "sent_at": ms(record.sent_at),
        "subject": record.subject,
        "subject_key": None if record.about or not record.thread or _is_notice(record)
        else threads.subject_key(record.thread, str(work.scope(record.ref.stream))),
        "text": pack(record.text),
        "folded": pack(record.folded) if record.folded else None,
        "extra": extra_text(record),
    }  # fmt: skip


def _is_out(work: Work, record: Message) -> bool:
    """Tell whether the VA sent it: the tool says so, or one of her handles did."""
    if record.direction is None:
        return record.author.handle in work.identities
    return record.direction is Direction.OUT


def _is_notice(record: Message) -> bool:
    return threads.link_key(record.notification) is not None


def _base_flags(record: Message) -> int:
    if _is_notice(record):
        return AUTOMATIC | NOTICE
    flags = AUTOMATIC if record.automatic else 0
    if record.thread is not None and record.about is None:
        if threads.is_bare_reply(record.thread):
            flags |= REPLY
        if record.thread.hint:
            flags |= HINTED
    return flags


def copy_flags(work: Work, record: Message) -> int:
    """Give the bits that one copy of a message may have and another not."""
    if record.withdrawn:
        return GONE | OUT if _is_out(work, record) else GONE
    flags = UNREAD if record.unread else 0
    if record.flagged:
        flags |= FLAGGED
    return flags | OUT if _is_out(work, record) else flags


def _copies(
    work: Work, records: Sequence[tuple[int, Message]], ids: dict[Name, int]
) -> dict[int, dict[int, int]]:
    """List the flags of the copies in this batch: message id → raw id → bits."""
    copies: dict[int, dict[int, int]] = {}
    for raw_id, record in records:
        copies.setdefault(ids[name_of(record.ref)], {})[raw_id] = copy_flags(work, record)
    return copies


def _union(copies: Sequence[int]) -> int:
    """Add live copies up: unread only if all say so; flagged, or sent by her, if one does.

    One that was withdrawn is as good as gone.
    """
    live = [one for one in copies if not one & GONE]
    if not live:
        return GONE | OUT if any(one & OUT for one in copies) else GONE
    unread, others = UNREAD, 0
    for one in live:
        unread &= one
        others |= one
    return unread | others & (FLAGGED | OUT)


def _doc(work: Work, record: Message, ids: dict[Name, int], placed: dict[Name, int]) -> search.Doc:
    name = name_of(record.ref)
    people = (record.author, *record.to, *record.cc)
    parts = [record.subject, record.text, *(f"{one.name} {one.handle}" for one in people)]
    parts += [one.name for one in record.attachments]
    # What is quoted line by line has been said in a message of its own; the rest of what is
    # folded may have been said here only.
    parts += [line for line in record.folded.splitlines() if not line.startswith(">")]
    return search.Doc(
        id=search.message_doc(ids[name]),
        client_id=work.key.client_id,
        item_id=placed[name],
        text="\n".join(parts),
    )


def reckon(work: Work, message_ids: Iterable[int]) -> None:
    """Add up again the copies of messages of which one came, changed or went.

    A query for 500 messages; writes those whose flags differ, and touches their items.
    """
    m, c, r = schema.message.c, schema.message_copy.c, schema.raw.c
    wanted = sorted(set(message_ids))
    live: dict[int, list[int]] = {message_id: [] for message_id in wanted}
    joined = select(c.message_id, c.flags).join(schema.raw, r.id == c.raw_id)
    for row in among(work.conn, joined.where(r.deleted_at.is_(None)), c.message_id, wanted):
        live[row.message_id].append(row.flags)
    updates, went = [], []
    columns = (m.id, m.item_id, m.flags, m.stream)
    for row in among(work.conn, select(*columns), m.id, wanted):
        flags = row.flags & ~_OF_COPIES | _union(live[row.id])
        # What is gone keeps how it was last seen.
        if flags & GONE:
            flags |= row.flags & _KEPT_WHEN_GONE
            if not row.flags & GONE and row.stream not in SHARED:
                went.append(row.id)
        if flags != row.flags:
            updates.append({"row": row.id, "flags": flags})
        # Even where they add up to the same, they may lie in other folders now.
        work.touched.add(row.item_id)
    rewrite(work.conn, schema.message, updates)
    for row in among(work.conn, select(m.id, m.item_id, m.text), m.id, went):
        if text := unpack(row.text):
            changes.notice_message(work, row, text, "", None)


def is_news(sent_at: int, came: int, last_at: int | None, now: int) -> bool:
    """Tell whether a message that is new here is news, and no page of an old story: a first
    pull brings the newest first, and what follows must not bring back what she put away.

    What was long under way is news when it comes, whatever it says of when it was sent.
    """
    return last_at is None or sent_at > last_at or max(sent_at, came) > now - _NEW_WITHIN
