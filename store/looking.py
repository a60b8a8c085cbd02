"""How far she has looked at an item: what came after that is new to her."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, select

from store import decisions, schema
from store.codes import ms
from store.database import Database
from store.sql import among, insert


def look(db: Database, seen: Mapping[int, tuple[int, int]], *, now: datetime) -> bool:
    """Note the newest message and the newest change of each item that she was shown; False where
    none of it is news, and nothing was written.
    """
    k = schema.looked.c
    query = select(k.item_id, k.message, k.change)
    with db.read() as conn:
        known = {
            row.item_id: (row.message, row.change)
            for row in among(conn, query, k.item_id, list(seen))
        }
    news = {
        item_id: (message, change)
        for item_id, (message, change) in seen.items()
        if item_id not in known or message > known[item_id][0] or change > known[item_id][1]
    }
    if not news:
        return False
    with db.write() as conn:
        owners = decisions.roots(conn, list(news))
        rows = [
            {
                "item_id": item_id, "client_id": owners[item_id],
                "message": max(message, known.get(item_id, (0, 0))[0]),
                "change": max(change, known.get(item_id, (0, 0))[1]), "at": ms(now),
            }
            for item_id, (message, change) in news.items()
            if item_id in owners  # else it was merged into another meanwhile
        ]  # fmt: skip
        conn.execute(
            schema.looked.delete().where(k.item_id == bindparam("row")),
            [{"row": item_id} for item_id in news],
        )
        insert(conn, schema.looked, rows)
    return bool(rows)
