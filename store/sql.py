"""The few turns of SQL that every part of the store shares."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    Dialect,
    Select,
    Table,
    bindparam,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler

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
        if conn.dialect.name == "sqlite" and not isinstance(part[0], bytes):
            # One parameter in place of five hundred, each of which SQLAlchemy gives a name.
            each: Select[Any] = select(literal_column("value")).select_from(
                func.json_each(json.dumps(part))
            )
            yield from conn.execute(query.where(column.in_(each)))
        else:
            yield from conn.execute(query.where(column.in_(part)))


def by_ref(
    conn: Connection, query: Select[Any], table: Table,
    within: Callable[[str], ColumnElement[bool]], refs: Iterable[tuple[str, str]],
) -> Iterator[Any]:  # fmt: skip
    """Run `query` for the rows with these (stream, external id), among those `within` a stream."""
    streams: dict[str, list[str]] = {}
    for stream, external_id in refs:
        streams.setdefault(stream, []).append(external_id)
    for stream, external_ids in streams.items():
        here = query.where(within(stream), table.c.stream == stream)
        yield from among(conn, here, table.c.external_id, external_ids)


def insert(conn: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all name the same columns."""
    if rows:
        _run(conn, *_insert(table, tuple(rows[0]), conn.dialect), rows)


def rewrite(conn: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Give rows new values: each names its id as "row", and the same columns as the others."""
    if rows:
        _run(conn, *_update(table, tuple(rows[0]), conn.dialect), rows)


def _run(
    conn: Connection, text: str, order: tuple[str, ...] | None, rows: Sequence[dict[str, Any]]
) -> None:
    """Hand many rows to the driver as they are.

    Every type of the schema is one that both drivers take; SQLAlchemy would look at each value
    of each row again, at a tenth of the cost of a first pull.
    """
    if order is None:
        conn.exec_driver_sql(text, list(rows))
    else:
        conn.exec_driver_sql(text, [tuple([row[name] for name in order]) for row in rows])


@lru_cache(maxsize=256)
def _insert(
    table: Table, names: tuple[str, ...], dialect: Dialect
) -> tuple[str, tuple[str, ...] | None]:
    return _spelt(table.insert().compile(dialect=dialect, column_keys=list(names)))


@lru_cache(maxsize=256)
def _update(
    table: Table, names: tuple[str, ...], dialect: Dialect
) -> tuple[str, tuple[str, ...] | None]:
    values: dict[str, Any] = {name: bindparam(name) for name in names if name != "row"}
    one = update(table).where(table.c.id == bindparam("row")).values(values)
    return _spelt(one.compile(dialect=dialect))


def _spelt(compiled: Any) -> tuple[str, tuple[str, ...] | None]:
    """Give a statement's text, and its parameters in order where they go by place."""
    assert isinstance(compiled, SQLCompiler)  # noqa: S101  what a statement compiles to
    order = compiled.positiontup
    return str(compiled), None if order is None else tuple(order)
