"""What speaks against a write: what changed there since she decided, or was said to her."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from normalizer.model import State
from normalizer.said import Said
from normalizer.text import line
from store import deeds, schema
from store.changes import MESSAGE
from store.codes import AUTOMATIC, GONE, NOTICE, OUT, OUTGOING, STATES, unpack
from store.database import Database
from store.sql import among
from store.views import Outgoing

ASIDE: Final = (MESSAGE, "labels", "people")
"""Changes that no decision about a task stands on."""

SOON: Final = 120_000
"""Milliseconds: what is to go later than this after she wrote it is timed."""

_SAID: Final = frozenset({"comment", "mail"})
_WORDS: Final = 120
"""Characters of what was said that are told."""

_DOUBT, _DONE, _REFUSED = map(OUTGOING.index, (Outgoing.DOUBT, Outgoing.DONE, Outgoing.REFUSED))


def is_timed(row: Row[Any]) -> bool:
    """Tell whether she wrote something long before it is to go: they may write meanwhile."""
    return bool(row.send_at - row.decided_at > SOON)


def spoken(conn: Connection, row: Row[Any]) -> str:
    """Give what somebody has said in an item since she wrote a timed answer, the last of it; "" of
    one that is not timed, or that may have gone.
    """
    if row.action not in _SAID or row.state == _DOUBT or not is_timed(row):
        return ""
    m, i = schema.message.c, schema.item.c
    root = select(func.coalesce(i.merged_into, i.id)).where(i.id == row.item_id)
    since = (
        select(m.text)
        .where(
            m.client_id == row.client_id,
            m.item_id == root.scalar_subquery(),
            m.sent_at > row.decided_at,
            m.flags.op("&")(OUT | GONE | AUTOMATIC | NOTICE) == 0,
        )
        .order_by(m.sent_at.desc(), m.id.desc())
        .limit(1)
    )
    text = conn.execute(since).scalar()
    return "" if text is None else line(unpack(text), _WORDS) or "…"


def found(conn: Connection, row: Row[Any]) -> tuple[str, str] | None:
    """Find what somebody else has changed of an item since a write about it was decided. What her
    own earlier writes did comes back as a change, too; so does what one in doubt did, if it did.
    """
    c, o, p, i = schema.change.c, schema.outbox.c, schema.person.c, schema.identity.c
    own = select(i.handle).where(i.client_id == row.client_id)
    hers = set(conn.execute(own).scalars())
    since = (
        select(c.id, c.field, c.before, c.after, func.lower(p.handle).label("who"))
        .outerjoin_from(schema.change, schema.person, p.id == c.author)
        .where(
            c.client_id == row.client_id,
            c.item_id == row.item_id,
            c.id > row.base,
            c.field.not_in(ASIDE),
        )
        .order_by(c.id)
    )
    changes: list[Row[Any]] = list(conn.execute(since))
    done = select(o.action).where(
        o.item_id == row.item_id,
        o.ended_at >= row.decided_at,
        o.state == _DONE,
    )
    ours = {deeds.TOUCHES.get(name) for name in conn.execute(done).scalars()}
    push: Row[Any] | None = None
    again: list[Row[Any]] = []
    if row.state == _DOUBT:
        if row.action == "complete" and _is_done(conn, row.item_id):
            return None  # whoever did it, and whatever else changed: it is what she wanted
        same = [one for one in changes if _may_be_ours(row.action, one, hers)]
        push = next((one for one in same if one.who is None or one.who in hers), None)
        # What came after our own push in its place took it back, whoever did that.
        again = same[same.index(push) + 1 :] if push is not None else []
    others = [
        one for one in changes
        if one in again or (one.who not in hers and one.field not in ours and one != push)
    ]  # fmt: skip
    return (others[-1].before, others[-1].after) if others else None


def _may_be_ours(action: str, change: Row[Any], hers: Collection[str]) -> bool:
    """Tell whether a push of an action can have left a change, or another one in its place."""
    if change.field == deeds.TOUCHES.get(action):
        return True
    # To be done can be to lie in another list.
    return action == "complete" and change.field == "container" and change.who in hers


def under_way(db: Database, item_ids: Collection[int]) -> set[tuple[int, str, str]]:
    """Say what is on its way about items: (item, name of the action, what it says). What was
    refused is not.
    """
    return {(item, action, said.text) for item, action, said in told_under_way(db, item_ids)}


def told_under_way(
    db: Database, item_ids: Collection[int]
) -> list[tuple[int, str, deeds.Told]]:  # fmt: skip
    """Say the same with whom it goes to, and which files go with it."""
    o = schema.outbox.c
    of = select(o.item_id, o.action, o.told).where(schema.UNSENT, o.state != _REFUSED)
    with db.read() as conn:
        found = list(among(conn, of, o.item_id, item_ids))
    return [(row.item_id, row.action, deeds.told(row.told)) for row in found]


def refused(db: Database, item_ids: Collection[int]) -> dict[int, Said]:
    """Say of which items something was not carried out, and why, till she has decided about it."""
    o = schema.outbox.c
    of = select(o.item_id, o.error).where(schema.UNSENT, o.state == _REFUSED).order_by(o.id)
    with db.read() as conn:
        found = list(among(conn, of, o.item_id, item_ids))
    return {row.item_id: Said.from_json(row.error) for row in found if row.error}


def _is_done(conn: Connection, item_id: int) -> bool:
    i = schema.item.c
    state = conn.execute(select(i.state).where(i.id == item_id)).scalar()
    return state is not None and STATES[state] in {State.DONE, State.ARCHIVED}
