"""Of which channels she has seen what a write does there, before the first one went."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from store import schema
from store.codes import ms
from store.database import Database
from store.directory import ChannelKey
from store.sql import insert


def was_shown(db: Database, key: ChannelKey, action: str) -> bool:
    """Tell whether she has seen it and let it go. `action` names what is done, and how where that
    is a setting: set to something else, it is to be shown again.
    """
    p = schema.previewed.c
    which = select(p.at).where(
        p.client_id == key.client_id, p.channel_id == key.channel_id, p.action == action
    )
    with db.read() as conn:
        return conn.execute(which).first() is not None


def shown(db: Database, key: ChannelKey, action: str, now: datetime) -> None:
    """Note that she has seen it and let it go."""
    if was_shown(db, key, action):
        return
    p = schema.previewed.c
    row = {
        "client_id": key.client_id, "channel_id": key.channel_id, "action": action, "at": ms(now)
    }  # fmt: skip
    with db.write(durable=True) as conn:
        conn.execute(
            schema.previewed.delete().where(p.channel_id == key.channel_id, p.action == action)
        )
        insert(conn, schema.previewed, [row])
