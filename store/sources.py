"""The two bare connections of the light reader: a file, or a server. Nothing here can write.

Both give rows as plain tuples and leave no statement and no transaction open behind them: an
open one would hide all later commits from `version`.
"""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from store import driver, place
from store.errors import CorruptError, NewerError, StoreError, UnreachableError
from store.revisions import HEAD, REVISIONS

_SOME = 4096
"""Rows taken at once while numbers are read."""


class Source(Protocol):
    """Where rows come from. All raise StoreErrors."""

    where: str
    """Its name for the VA."""

    sqlite: bool

    def all(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one SELECT to its end. Places are `?` on both engines."""

    def numbers(self, sql: str, params: Sequence[Any] = ()) -> array[int]:
        """Run one SELECT of a single number a row to its end, without a tuple for each."""

    def interrupt(self) -> None:
        """Have a SELECT fail that runs in another thread, where that can be had at once."""

    def among(self, column: str, ids: Sequence[int]) -> tuple[str, Any]:
        """Spell that `column` is one of `ids`: a condition with one place, and what fills it."""

    def moment(self) -> contextlib.AbstractContextManager[None]:
        """Let several SELECTs see one moment of the database."""

    def version(self) -> int:
        """Give a number that is another one when somebody has committed."""

    def close(self) -> None:
        """Let go of the file or the server."""


def open_source(target: str | Path) -> Source:
    """Open the database at `target` for reading, if its schema is the one we know.

    Raises UnreachableError where there is none, NewerError, CorruptError where it is no database
    of ours; StoreError itself where it is older: `open_database` brings it up to date.
    """
    source: Source = (
        PostgresSource(str(target)) if driver.is_server(target) else SqliteSource(Path(target))
    )
    try:
        _check(source)
    except BaseException:
        source.close()
        raise
    return source


def _check(source: Source) -> None:
    tables = source.all(
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if source.sqlite
        else "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = ANY (current_schemas(false))"
    )
    if tables and ("alembic_version",) not in tables:
        raise CorruptError(
            "{where} holds something else than the data of Trastienda. Choose another file.",
            where=source.where,
        )
    found = (
        [name for (name,) in source.all("SELECT version_num FROM alembic_version")]
        if tables
        else []
    )
    if found and found[0] not in REVISIONS:
        raise NewerError(
            "{where} was written by a newer version of Trastienda. Nothing was touched: install"
            " that version again.",
            where=source.where,
        )
    if found != [HEAD]:
        raise StoreError(
            "{where} is of an older version of Trastienda and must be brought up to date first.",
            where=source.where,
        )


def _fold(text: str) -> str:
    """Fold a text for comparing; what that takes is loaded with the first of them."""
    global _folding  # noqa: PLW0603 - one import, and a hundred thousand calls
    if _folding is None:
        from normalizer.text import fold  # noqa: PLC0415  not before the first rows

        _folding = fold
    return _folding(text)


_folding: Callable[[str], str] | None = None


class SqliteSource:
    """A file, read by the one SQLite library of ours."""

    sqlite = True

    def __init__(self, path: Path) -> None:
        self.where = str(path)
        self._path, self._file = path, place.identity(path)
        self._conn = driver.connect(path, read_only=True)
        self._conn.create_function("fold", 1, _fold, deterministic=True)

    def all(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one SELECT to its end."""
        with self._errors():
            return list(self._conn.execute(sql, tuple(params)).fetchall())

    def numbers(self, sql: str, params: Sequence[Any] = ()) -> array[int]:
        """Run one SELECT to its end, a few thousand rows at a time: other threads come between."""
        found = array("q")
        with self._errors(), contextlib.closing(self._conn.execute(sql, tuple(params))) as cursor:
            while some := cursor.fetchmany(_SOME):
                found.extend([number for (number,) in some])
        return found

    def interrupt(self) -> None:
        """Have it fail; where nothing runs, nothing happens (sqlite.org/c3ref/interrupt.html)."""
        with contextlib.suppress(driver.dbapi.Error):  # closed meanwhile
            self._conn.interrupt()

    def among(self, column: str, ids: Sequence[int]) -> tuple[str, Any]:
        """Spell a list as one value, so that every length is one statement."""
        return f"{column} IN (SELECT value FROM json_each(?))", f"[{','.join(map(str, ids))}]"

    @contextlib.contextmanager
    def moment(self) -> Iterator[None]:
        """Hold one snapshot of the WAL."""
        with self._errors():
            self._conn.execute("BEGIN")
        try:
            yield
        finally:
            # Some errors have already ended it.
            if self._conn.in_transaction:
                with self._errors():
                    self._conn.execute("ROLLBACK")

    def version(self) -> int:
        """Ask whether another connection has committed: 5 µs (sqlite.org/pragma.html).

        Raises ReplacedError where nobody's commits would be seen here any more.
        """
        place.refuse_other(self._path, self._file)
        return int(self.all("PRAGMA data_version")[0][0])

    def close(self) -> None:
        """Let go of the file."""
        self._conn.close()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except driver.dbapi.Error as error:
            raise driver.as_store_error(error, self.where) from error


class PostgresSource:
    """A server, read by psycopg alone."""

    sqlite = False

    def __init__(self, url: str) -> None:
        self.where = driver.shown(url)
        try:
            import psycopg  # noqa: PLC0415  only a team has it
        except ImportError as error:
            raise UnreachableError(
                "The address of the database server does not read as"
                " postgresql://user:password@host/name, or the “postgres” extra is not installed.",
            ) from error
        self._kind = psycopg.Error
        patience: dict[str, Any] = dict(driver.patience(url))
        with self._errors():
            self._conn: Any = psycopg.connect(url, autocommit=True, **patience)
        try:
            self.all("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        except BaseException:
            self._conn.close()
            raise

    def all(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one SELECT to its end."""
        with self._errors():
            cursor = self._conn.execute(sql.replace("?", "%s"), params or None)
            return cursor.fetchall() if cursor.description else []

    def numbers(self, sql: str, params: Sequence[Any] = ()) -> array[int]:
        """Run one SELECT to its end."""
        return array("q", [number for (number,) in self.all(sql, params)])

    def interrupt(self) -> None:
        """Let it be: asking a server to stop is a call of its own, which may take its time."""

    def among(self, column: str, ids: Sequence[int]) -> tuple[str, Any]:
        """Spell a list as one array."""
        return f"{column} = ANY(?)", list(ids)

    @contextlib.contextmanager
    def moment(self) -> Iterator[None]:
        """Hold one snapshot."""
        self.all("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            self.all("ROLLBACK")

    def version(self) -> int:
        """Name the set of committed transactions; those of other databases count too."""
        import zlib  # noqa: PLC0415  only a team needs it

        [(snapshot,)] = self.all("SELECT pg_current_snapshot()::text")
        return zlib.crc32(snapshot.encode())

    def close(self) -> None:
        """Let go of the server."""
        self._conn.close()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except self._kind as error:
            raise driver.as_store_error(error, self.where) from error
