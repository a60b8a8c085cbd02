"""What she is writing: one draft an item, kept while she writes, till it goes or she drops it.

Nothing in here is queued and nothing is sent. A draft ends in the transaction that queues what it
has become; where she takes that back, her words are a draft again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, and_, delete, func, or_, select, update

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


def keep(
    db: Database, item_id: int, draft: Draft, now: datetime, *, over: Draft | None = None
) -> Draft | None:  # fmt: skip
    """Keep a draft in place of an earlier state of it. A file without its content was kept before;
    an empty draft is none. Of an item that is not there nothing is kept.

    `over` is what stood here when the writer last looked. Where another stands here by
    now, of a conversation that came in or from another screen, both are kept and given back: it
    is no earlier state of this one.
    """
    d, o = schema.draft.c, schema.outbox.c
    with db.write(durable=True) as conn:
        client_id, root = _owner(conn, item_id)
        if not root:
            return None
        if conn.execute(select(o.id).where(o.key == str(draft.key))).first() is not None:
            draft = replace(draft, key=uuid4())  # what has that name has gone, or was taken back
        found = conn.execute(select(schema.draft).where(d.item_id == root)).first()
        conn.execute(delete(schema.draft).where(d.item_id == root))
        joined = None
        if found is not None and over is not None and not _is(found, over):
            joined = draft = _above(_less(found, over), draft)
        if not draft.empty:
            _put(conn, client_id, root, draft, now)
        blobs.sweep(conn, client_id)
        return joined


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
        action = one.action
        if isinstance(action, Comment | Mail):
            of = (d.key == str(action.id), d.client_id == one.key.client_id)
            found = conn.execute(select(schema.draft).where(*of)).first()
            if found is None:  # its conversation was put to another meanwhile
                _strike(conn, one.item_id, action.text, deeds.enclosed(action))
            elif _strike(conn, found.item_id, action.text, deeds.enclosed(action)):
                continue
            elif found.text.strip() in action.text:  # an earlier state: the last could not be kept
                conn.execute(delete(schema.draft).where(*of))
            else:  # written on another screen
                conn.execute(update(schema.draft).where(*of).values(key=str(uuid4())))


def bring_back(conn: Connection, undo_id: int, now: datetime) -> None:
    """Make drafts again of what a decision wanted said and was taken back before it went. What she
    has begun to write since stands before it.
    """
    for client_id, item_id, said in _said_by(conn, undo_id, schema.TAKEN_BACK):
        _bring(conn, client_id, item_id, said, now)


def refused(conn: Connection, write_id: int, now: datetime) -> None:
    """Make a draft again of what was not carried out, so that she need not write it anew."""
    for client_id, item_id, said in _said(conn, schema.outbox.c.id == write_id):
        _bring(conn, client_id, item_id, said, now)


def take_away(conn: Connection, undo_id: int) -> None:
    """Undo `bring_back`: it goes after all. What she has changed of it since stays a draft."""
    going = schema.outbox.c.state != _CANCELLED
    for _, item_id, said in _said_by(conn, undo_id, going):
        _strike(conn, item_id, said.text, said.files)


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


def _said_by(conn: Connection, undo_id: int, which: Any) -> list[tuple[int, int, Draft]]:
    return _said(conn, and_(schema.outbox.c.undo_id == undo_id, which))


def _said(conn: Connection, which: Any) -> list[tuple[int, int, Draft]]:
    """List what writes were to say: whose, about which item, what. What "done" tells is no word of
    hers: it is made anew whenever she is done.
    """
    o, i, u = schema.outbox.c, schema.item.c, schema.undo.c
    root = func.coalesce(i.merged_into, i.id).label("root")
    of = (
        select(o.client_id, root, o.action, o.told)
        .join_from(schema.outbox, schema.item, i.id == o.item_id)
        .join(schema.undo, u.id == o.undo_id)
        .where(which, o.action.in_(_SAYING), u.verb != "done")
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


def _bring(conn: Connection, client_id: int, item_id: int, said: Draft, now: datetime) -> None:
    d = schema.draft.c
    found = conn.execute(select(schema.draft).where(d.item_id == item_id)).first()
    if found is None:
        _put(conn, client_id, item_id, said, now)
        return
    files = set(deeds.read_files(found.files))
    more = tuple(one for one in said.files if one not in files)
    if _apart(said.text) not in _apart(found.text):
        _join(conn, found, said.text, more)
    elif more:
        _write(conn, found, found.text, (*deeds.read_files(found.files), *more))


def _strike(
    conn: Connection, item_id: int | None, text: str, files: Sequence[Enclosure]
) -> bool:  # fmt: skip
    """Take words that go out of the draft that they stand in, whole; what else is in it stays.
    False where they do not stand in one.
    """
    if item_id is None:
        return False
    d = schema.draft.c
    root = _owner(conn, item_id)[1]
    found = conn.execute(select(schema.draft).where(d.item_id == root)).first()
    if found is None:
        return False
    whole, said = _apart(found.text), _apart(text)
    if whole.startswith(said):
        left = whole.removeprefix(said)
    elif whole.endswith(said):
        left = whole.removesuffix(said)
    else:
        return False
    still = list(deeds.read_files(found.files))
    for one in files:
        if one in still:
            still.remove(one)
    if left.strip() or still:
        _write(conn, found, left.strip("\n"), still)
        # What has gone has its name for ever.
        conn.execute(update(schema.draft).where(d.item_id == root).values(key=str(uuid4())))
    else:
        conn.execute(delete(schema.draft).where(d.item_id == root))
    return True


def _apart(text: str) -> str:
    """Set words apart, as from what stands above and beneath them in a draft."""
    return f"\n\n{text.strip()}\n\n"


def _is(row: Row[Any], known: Draft) -> bool:
    return row.text == known.text and deeds.read_files(row.files) == known.files


def _less(row: Row[Any], known: Draft) -> Draft:
    """Give what a draft holds besides what is known of it."""
    text = "" if row.text == known.text else row.text
    if known.text.strip():
        beneath = text.removeprefix(f"{known.text.rstrip()}\n\n")
        text = beneath if beneath != text else text.removesuffix(f"\n\n{known.text}")
    files = tuple(one for one in deeds.read_files(row.files) if one not in known.files)
    return Draft(text=text, files=files)


def _above(other: Draft, draft: Draft) -> Draft:
    """Put other words above those of a draft, and other files before its own."""
    files = tuple(one for one in other.files if one not in draft.files)
    paths = (*draft.paths, *(None for _ in draft.files[len(draft.paths) :]))
    text = "\n\n".join(one for one in (other.text.strip("\n"), draft.text) if one.strip())
    return replace(
        draft, text=text, files=(*files, *draft.files), paths=(*(None for _ in files), *paths)
    )


def _join(conn: Connection, row: Row[Any], text: str, files: tuple[Enclosure, ...]) -> None:
    """Put more words and files beneath those of a draft."""
    both = "\n\n".join(one for one in (row.text.rstrip(), text) if one.strip())
    _write(conn, row, both, (*deeds.read_files(row.files), *files))


def _write(conn: Connection, row: Row[Any], text: str, files: Iterable[Enclosure]) -> None:
    values = {"text": text, "files": deeds.spell_files(files), "paths": None}
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
