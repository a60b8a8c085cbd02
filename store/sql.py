"""The few turns of SQL that every part of the store shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Table, func, select
from sqlalchemy.sql import ColumnElement

T = TypeVar("T")

CHUNK = 500
"""Values in one `IN`: few statements, and short ones."""


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Cut `values` into lists of at most `size`."""
    left = iter(values)
    while part := list(islice(left, size)):
        yield part


def next_ids(conn: Connection, table: Table, count: int) -> range:
    """Give out `count` ids that no row has. The caller is the one writer, till it commits."""
    last = conn.execute(select(func.max(table.c.id))).scalar() or 0
    return range(last + 1, last + 1 + count)


def among(
    conn: Connection, query: Select[Any], column: ColumnElement[Any], values: Iterable[Any]
) -> Iterator[Any]:
    """Run `query` for the rows whose `column` is one of `values`, in as many turns as it takes."""
    for part in chunks(values):
        yield from conn.execute(query.where(column.in_(part)))


def by_ref(
    conn: Connection, query: Select[Any], table: Table, channel_id: int,
    refs: Iterable[tuple[str, str]],
) -> Iterator[Any]:  # fmt: skip
    """Run `query` for the rows of a channel with these (stream, external id)."""
    streams: dict[str, list[str]] = {}
    for stream, external_id in refs:
        streams.setdefault(stream, []).append(external_id)
    for stream, external_ids in streams.items():
        here = query.where(table.c.channel_id == channel_id, table.c.stream == stream)
        yield from among(conn, here, table.c.external_id, external_ids)


def insert(conn: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all name the same columns."""
    if rows:
        conn.execute(table.insert(), rows)
