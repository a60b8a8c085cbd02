"""What she is writing: one draft an item, kept while she writes, till it goes or she drops it.

Nothing in here is queued and nothing is sent. A draft ends in the transaction that queues what it
has become; where she takes that back, her words are a draft again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, or_, select, update

from normalizer.actions import Comment, Enclosure, Mail
from normalizer.model import Ref
from store import blobs, deeds, schema
from store.codes import OUTGOING, ms
from store.database import Database
from store.outbox import Letter
from store.sql import insert
from store.views import Draft, Outgoing

_CANCELLED: Final = OUTGOING.index(Outgoing.CANCELLED)
_SAYING: Final = ("comment", "mail")


def get(db: Database, item_id: int) -> Draft | None:
    """Give the draft of an item, or of the conversation that it is in now; None: there is none."""
    d = schema.draft.c
    with db.read() as conn:
        client_id, root = _owner(conn, item_id)
        query = select(schema.draft).where(d.item_id == root, d.client_id == client_id)
        row = conn.execute(query).first()
        if row is None:
            return None
        files = blobs.load(conn, client_id, deeds.read_files(row.files))
    paths = [None if one is None else Path(one) for one in json.loads(row.paths or "[]")]
    return Draft(
        key=UUID(row.key),
        text=row.text,
        to_all=bool(row.to_all),
        files=files,
        paths=tuple(paths + [None] * (len(files) - len(paths))),
        kept_there=bool(row.kept_there),
    )


def keep(db: Database, item_id: int, draft: Draft, now: datetime) -> None:
    """Keep a draft in place of an earlier state of it. A file without its content was kept before;
    an empty draft is none. Of an item that is not there nothing is kept.
    """
    with db.write(durable=True) as conn:
        client_id, root = _owner(conn, item_id)
        if not root:
            return
        conn.execute(delete(schema.draft).where(schema.draft.c.item_id == root))
        if not draft.empty:
            _put(conn, client_id, root, draft, now)
        blobs.sweep(conn, client_id)


def drop(db: Database, item_id: int) -> None:
    """Forget the draft of an item: she does not want it, or has said by hand what it says."""
    with db.write(durable=True) as conn:
        client_id, root = _owner(conn, item_id)
        conn.execute(delete(schema.draft).where(schema.draft.c.item_id == root))
        blobs.sweep(conn, client_id)


def sent(conn: Connection, letters: Sequence[Letter]) -> None:
    """End the drafts that have become letters, in the transaction that queues those."""
    d = schema.draft.c
    for one in letters:
        if isinstance(one.action, Comment | Mail):
            of = (d.key == str(one.action.id), d.client_id == one.key.client_id)
            conn.execute(delete(schema.draft).where(*of))


def bring_back(conn: Connection, undo_id: int, now: datetime) -> None:
    """Make drafts again of what a decision wanted said and was taken back before it went. What she
    has begun to write since stands before it.
    """
    d = schema.draft.c
    for client_id, item_id, said in _taken_back(conn, undo_id):
        found = conn.execute(select(schema.draft).where(d.item_id == item_id)).first()
        if found is None:
            _put(conn, client_id, item_id, said, now)
        else:
            _join(conn, found, said.text, said.files)


def take_away(conn: Connection, undo_id: int) -> None:
    """Undo `bring_back`: it goes after all. What she has changed of it since stays a draft."""
    d, o = schema.draft.c, schema.outbox.c
    of = select(o.item_id, o.told, o.action).where(o.undo_id == undo_id, o.state != _CANCELLED)
    for row in list(conn.execute(of)):
        if row.item_id is not None and row.action in _SAYING:
            same = (d.item_id == row.item_id, d.text == deeds.told(row.told).text)
            conn.execute(delete(schema.draft).where(*same))


def move(conn: Connection, loser: int, winner: int) -> None:
    """Let a draft follow its conversation into another; of two, one holds the words of both."""
    d = schema.draft.c
    both = select(schema.draft).where(or_(d.item_id == loser, d.item_id == winner))
    rows = {row.item_id: row for row in conn.execute(both)}
    if loser not in rows:
        return
    if winner not in rows:
        conn.execute(update(schema.draft).where(d.item_id == loser).values(item_id=winner))
        return
    conn.execute(delete(schema.draft).where(d.item_id == loser))
    _join(conn, rows[winner], rows[loser].text, deeds.read_files(rows[loser].files))


def _taken_back(conn: Connection, undo_id: int) -> list[tuple[int, int, Draft]]:
    """List what a decision wanted said that surely did not go: whose, about which item, what."""
    o, i = schema.outbox.c, schema.item.c
    root = func.coalesce(i.merged_into, i.id).label("root")
    of = (
        select(o.client_id, root, o.action, o.told)
        .join_from(schema.outbox, schema.item, i.id == o.item_id)
        .where(o.undo_id == undo_id, o.state == _CANCELLED, o.action.in_(_SAYING))
        .order_by(o.id)
    )
    found = []
    for row in conn.execute(of):
        said = deeds.read(row.action, row.told, ref=Ref("", ""))
        mail = said if isinstance(said, Mail) else None
        draft = Draft(
            text=deeds.told(row.told).text,
            to_all=bool(mail and mail.cc),
            files=mail.files if mail else (),
            kept_there=bool(mail and mail.drafted),
        )
        found.append((row.client_id, row.root, draft))
    return found


def _join(conn: Connection, row: Row[Any], text: str, files: tuple[Enclosure, ...]) -> None:
    """Put more words and files beneath those of a draft."""
    values = {
        "text": f"{row.text.rstrip()}\n\n{text}",
        "files": deeds.spell_files((*deeds.read_files(row.files), *files)),
        "paths": None,
    }
    conn.execute(update(schema.draft).where(schema.draft.c.item_id == row.item_id).values(**values))


def _owner(conn: Connection, item_id: int) -> tuple[int, int]:
    """Give whose an item is, and the item that it is in now; 0, 0 where it is not there."""
    i = schema.item.c
    root = func.coalesce(i.merged_into, i.id).label("root")
    row = conn.execute(select(i.client_id, root).where(i.id == item_id)).first()
    return (row.client_id, row.root) if row is not None else (0, 0)


def _put(conn: Connection, client_id: int, item_id: int, draft: Draft, now: datetime) -> None:
    blobs.keep(conn, client_id, draft.files)
    paths = [None if one is None else str(one) for one in draft.paths]
    row: dict[str, Any] = {
        "item_id": item_id, "client_id": client_id, "key": str(draft.key), "text": draft.text,
        "to_all": int(draft.to_all), "files": deeds.spell_files(draft.files),
        "paths": json.dumps(paths), "at": ms(now), "kept_there": int(draft.kept_there),
    }  # fmt: skip
    insert(conn, schema.draft, [row])
