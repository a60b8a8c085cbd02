"""The open database: one place where transactions begin and end.

On both engines there is one writer at a time: SQLite's own lock (`BEGIN IMMEDIATE`, so that a
transaction which has read can always go on to write), and on PostgreSQL an advisory lock.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool

from store import driver, place
from store.driver import is_server, shown
from store.errors import CorruptError, NewerError, UnreachableError
from store.revisions import HEAD, REVISIONS

_WRITER: Final = 0x7472_6173
"""The advisory lock of the one writer of a PostgreSQL database ("tras")."""


class Database:
    """An open database of the current schema. Usable from any thread."""

    def __init__(self, target: str | Path, engine: Engine) -> None:
        self.target = str(target)
        self.engine = engine
        self.where = shown(target)
        self.sqlite = engine.dialect.name == "sqlite"
        self._file = place.identity(Path(target)) if self.sqlite else None

    @contextlib.contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        """Open a transaction that may write, and commit it unless the block raises.

        `durable` transactions outlive a power cut: what she decides. The others may lose their
        last seconds to one, never half of a transaction, and are pulled again. Raises
        LockedError where another writer does not finish, ReplacedError where the file is no
        longer the one that was opened, and the other StoreErrors.
        """
        with self._errors(), self.engine.connect() as conn, self.write_on(conn, durable=durable):
            yield conn

    @contextlib.contextmanager
    def write_on(self, conn: Connection, *, durable: bool = False) -> Iterator[None]:
        """Open such a transaction on a connection at hand."""
        with self._errors():
            if self.sqlite:
                place.refuse_other(Path(self.target), self._file)
                cursor = conn.connection.cursor()
                cursor.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                cursor.close()
                conn.execution_options(begin="BEGIN IMMEDIATE")
            with conn.begin():
                if not self.sqlite:
                    wait = int(driver.BUSY_SECONDS * 1000)
                    conn.exec_driver_sql(f"SET LOCAL lock_timeout = {wait}")
                    if not durable:
                        conn.exec_driver_sql("SET LOCAL synchronous_commit = off")
                    conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER})")
                yield

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one moment of the database and writes nothing."""
        with self._errors(), self.engine.connect() as conn, conn.begin():
            if not self.sqlite:
                conn.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield conn

    def close(self) -> None:
        """Let go of the file or the server."""
        if self.sqlite:
            with contextlib.suppress(Exception), self.engine.connect() as conn:
                conn.exec_driver_sql("PRAGMA optimize")
        self.engine.dispose()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        with store_errors(self.where):
            yield


@contextlib.contextmanager
def store_errors(where: str) -> Iterator[None]:
    """Let the errors of SQLAlchemy and of the drivers leave the block as StoreErrors."""
    try:
        yield
    except DBAPIError as error:
        raise driver.as_store_error(error.orig or error, where) from error


def open_database(target: str | Path, *, backup_dir: Path | None = None) -> Database:
    """Open the database at `target`, made if it is not there, brought up to date if it is old.

    `target` is the path of the SQLite file or a postgresql:// URL. A migration first puts a
    copy of the file in `backup_dir` (its own folder if None). Raises NewerError where a newer
    version wrote it, CorruptError where it is no database of ours, and the other StoreErrors.
    """
    engine = _server(str(target)) if is_server(target) else _file(Path(target))
    database = Database(target, engine)
    try:
        with database.read() as conn:
            found = revision(conn, database.where)
        if found != HEAD:
            from store.migrate import upgrade  # noqa: PLC0415  alembic takes 100 ms to import

            upgrade(database, found, backup_dir)
    except BaseException:
        engine.dispose()
        raise
    return database


def revision(conn: Connection, where: str) -> str | None:
    """Read the revision of the schema; None where the database is empty.

    Raises NewerError, and CorruptError where the tables are not ours.
    """
    tables = set(sqlalchemy.inspect(conn).get_table_names())
    if "alembic_version" not in tables:
        if tables:
            raise CorruptError(
                "{where} holds something else than the data of Trastienda. Choose another file.",
                where=where,
            )
        return None
    found = conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found is not None and found not in REVISIONS:
        raise NewerError(
            "{where} was written by a newer version of Trastienda. Nothing was touched: install"
            " that version again.",
            where=where,
        )
    return None if found is None else str(found)


def _file(path: Path) -> Engine:
    _make_file(path)
    engine = sqlalchemy.create_engine(
        "sqlite://",
        module=driver.dbapi,
        creator=lambda: driver.connect(path),
        poolclass=QueuePool,
        pool_size=2,
        max_overflow=10,
    )

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        conn.exec_driver_sql(conn.get_execution_options().get("begin", "BEGIN"))

    return engine


def _make_file(path: Path) -> None:
    """Make an empty WAL database that only its owner may read, where there is none.

    It gets its name when it is whole: who opens it while its journal mode changes is refused,
    and refuses that change (sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode).
    """
    try:
        if _holds_something(path):
            return
        if path.is_symlink():
            path = _led_to(path)
        with place.alone(path.parent):
            if _holds_something(path):
                return
            place.set_aside(path)
            new = path.with_name(path.name + ".new")
            for left in place.family(new):
                left.unlink(missing_ok=True)
            os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            driver.log_ahead(new)
            _name(new, path)
    except OSError as error:
        raise UnreachableError(
            "{where} cannot be made: {reason}. Check that its folder exists and can be written.",
            where=str(path),
            reason=error.strerror or type(error).__name__,
        ) from error


def _led_to(path: Path) -> Path:
    """Follow a link to its file, which is not made where it is missing: its disk may be away."""
    found = path.resolve()
    if not found.exists():
        raise UnreachableError(
            "{where} leads to {found}, which is not there. Connect the disk it is on, or remove"
            " the link.",
            where=str(path),
            found=str(found),
        )
    return found


def _name(new: Path, path: Path) -> None:
    """Give the file its name, unless something has got that name meanwhile: then that counts."""
    try:
        os.link(new, path)
    except OSError:  # there is something, or the disk knows no second names
        if not _holds_something(path):
            new.replace(path)
    new.unlink(missing_ok=True)


def _holds_something(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _server(url: str) -> Engine:
    try:
        parsed = make_url(url)
        return sqlalchemy.create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=2,
            max_overflow=10,
            pool_pre_ping=True,
            connect_args=driver.patience(url),
        )
    except (ArgumentError, ValueError, ImportError) as error:
        raise UnreachableError(
            "The address of the database server does not read as"
            " postgresql://user:password@host/name, or the “postgres” extra is not installed.",
        ) from error
