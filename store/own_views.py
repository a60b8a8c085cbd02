"""Her own views: a query by a name, beside those that everybody has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update

from store import schema
from store.codes import ms
from store.database import Database
from store.errors import StoreError
from store.sql import insert, next_ids

LONGEST_NAME = 24
"""Characters: it is a tab among others."""

MOST = 20


class ViewError(StoreError):
    """A view cannot be kept by that name."""


def named(name: str, taken: Iterable[str] = ()) -> str:
    """Give a name as it is kept; it is none of those `taken`. Raises ViewError."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise ViewError("A view needs a name of 1 to {longest} characters.", longest=LONGEST_NAME)
    if name.casefold() in map(str.casefold, taken):
        raise ViewError("There is a view “{name}” already.", name=name)
    return name


def save(db: Database, name: str, query: str, *, now: datetime) -> bool:
    """Keep a query by a name; True where it takes the place of another one. Raises ViewError."""
    name = named(name)
    v = schema.saved_view.c
    with db.write(durable=True) as conn:
        names = {row.name.casefold(): row.id for row in conn.execute(select(v.id, v.name))}
        old = names.get(name.casefold())
        if old is not None:
            kept = update(schema.saved_view).where(v.id == old)
            conn.execute(kept.values(name=name, query=query, at=ms(now)))
            return True
        if len(names) >= MOST:
            raise ViewError("There are {most} views already. Remove one first.", most=MOST)
        view_id = next_ids(conn, schema.saved_view, 1)[0]
        row = {"id": view_id, "name": name, "query": query, "at": ms(now)}
        insert(conn, schema.saved_view, [row])
        return False


def rename(db: Database, old: str, new: str) -> bool:
    """Call a view otherwise; False where there is none of that name. Raises ViewError."""
    v = schema.saved_view.c
    with db.write(durable=True) as conn:
        new = named(new, [row.name for row in conn.execute(select(v.name)) if row.name != old])
        renamed = update(schema.saved_view).where(v.name == old).values(name=new)
        return conn.execute(renamed).rowcount > 0


def remove(db: Database, name: str) -> bool:
    """Forget a view; False where there is none of that name."""
    v = schema.saved_view.c
    with db.write(durable=True) as conn:
        return conn.execute(schema.saved_view.delete().where(v.name == name)).rowcount > 0
