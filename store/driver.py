"""The one SQLite library of Trastienda, and how it is set up.

Debian's own SQLite has a bug by which two processes can damage a WAL file (fixed in 3.51.3,
sqlite.org/wal.html#walresetbug), and two libraries must never write the same file. So every
connection comes from here, from a wheel that brings its own SQLite, and an older one is refused.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from sqlcipher3 import dbapi2 as dbapi  # the one place; SQLAlchemy is handed it from here

from store.errors import (
    CorruptError,
    FullError,
    LockedError,
    ReadOnlyError,
    StoreError,
    UnreachableError,
)
from store.place import family, in_use, no_room
from store.place import read_only as unwritable

__all__ = ["BUSY_SECONDS", "MINIMUM", "SQLITE_VERSION", "as_store_error", "connect", "dbapi"]

SQLITE_VERSION: Final[tuple[int, ...]] = dbapi.sqlite_version_info
MINIMUM: Final = (3, 51, 3)

BUSY_SECONDS: Final = 5.0
"""How long a statement waits for another process before it says LockedError."""

# 16 MiB of log before it is moved into the database: at SQLite's 4 MiB a batch of a first pull
# writes most pages twice.
_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -16384",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA synchronous = NORMAL",
)

# By the words of sqlite3_errstr and of the statements' own errors: the driver gives no codes.
_KINDS: Final = (
    ("locked", LockedError),
    ("disk is full", FullError),
    ("readonly", ReadOnlyError),
    ("malformed", CorruptError),
    ("not a database", CorruptError),
    ("unable to open", UnreachableError),
)


def connect(path: Path, *, read_only: bool = False) -> Any:
    """Open the SQLite file at `path`, which exists, in autocommit mode.

    `read_only` connections cannot write whatever they are told, and read from a folder that
    cannot be written as well. Usable from any thread, one at a time. Raises StoreError where the
    file cannot be opened, or the library is too old.
    """
    if SQLITE_VERSION < MINIMUM:
        raise StoreError(
            "SQLite {found} can damage the database; {needed} or newer is needed."
            " Install Trastienda again, with the sqlcipher3 package it asks for.",
            found=".".join(map(str, SQLITE_VERSION)),
            needed=".".join(map(str, MINIMUM)),
        )
    try:
        try:
            return _open(path, "mode=ro" if read_only else "mode=rw")
        except dbapi.Error as error:
            if not _fenced(path) or _of_sqlite(str(error)) not in {ReadOnlyError, UnreachableError}:
                raise
            if not read_only:
                raise unwritable(str(path)) from None
            if _unfinished(path):
                raise _half_read(path) from None
            # Without its -shm, which cannot be made there, this is the one way to read a file
            # (sqlite.org/wal.html#readonly). No lock is taken: nobody has it open now, but
            # what somebody who may write does later is not noticed.
            return _open(path, "mode=ro&immutable=1")
    except dbapi.Error as error:
        if path.is_dir():
            raise UnreachableError(
                "{where} is a folder, and a file is needed there. Move it away, or choose another"
                " place.",
                where=str(path),
            ) from error
        if path.exists() and not os.access(path, os.R_OK):
            raise _not_ours(path) from error
        raise as_store_error(error, str(path)) from error


def log_ahead(path: Path) -> None:
    """Have the file keep a log from now on, so that it is read while it is written.

    Nobody else may have it open. Raises StoreError.
    """
    connection = connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except dbapi.Error as error:
        raise as_store_error(error, str(path)) from error
    finally:
        connection.close()


def uri(path: Path) -> str:
    """Spell a path for SQLite, whatever bytes are in it (sqlite.org/uri.html)."""
    return f"file:{quote(os.fsencode(path.absolute()))}"


def _open(path: Path, how: str) -> Any:
    connection = dbapi.connect(
        f"{uri(path)}?{how}",
        uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS,
    )  # fmt: skip
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        # Reads the header: what is no database says so here and nowhere later.
        connection.execute("PRAGMA schema_version").fetchone()
    except dbapi.Error:
        connection.close()
        raise
    return connection


def _fenced(path: Path) -> bool:
    """Tell whether the file is there to be read, in a folder that cannot be written."""
    return os.access(path, os.R_OK) and not os.access(path.parent, os.W_OK)


def _unfinished(path: Path) -> bool:
    """Tell whether some of it still lies in the log."""
    log = family(path)[1]
    return log.exists() and log.stat().st_size > 0


def _not_ours(path: Path) -> UnreachableError:
    return UnreachableError(
        "{where} may not be read: it belongs to another user, as after “sudo”, or its permissions"
        " are wrong. Make it yours again.",
        where=str(path),
    )


def _half_read(path: Path) -> ReadOnlyError:
    return ReadOnlyError(
        "{where} was not closed by the program that wrote it last, and its folder cannot be"
        " written. Open it once where the folder can be written, or copy the whole folder and"
        " name the copy with --home.",
        where=str(path),
    )


_PATIENCE: Final = {
    "connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}  # fmt: skip
"""Seconds, and milliseconds, until a server that is gone without a word is given up (libpq)."""


def patience(url: str) -> dict[str, int]:
    """Give what a connection to a server is opened with, but for what `url` says itself."""
    return {name: value for name, value in _PATIENCE.items() if f"{name}=" not in url}


def is_server(target: str | Path) -> bool:
    """Tell a PostgreSQL address from the path of a file."""
    return str(target).startswith(("postgresql://", "postgres://"))


def shown(target: str | Path) -> str:
    """Name the database for the VA: a server without its user and password, or the path."""
    if not is_server(target):
        return str(target)
    try:
        url = urlsplit(str(target))
    except ValueError:
        return "postgresql"
    return f"postgresql://{url.hostname or 'localhost'}{url.path}"


def as_store_error(error: BaseException, where: str) -> StoreError:
    """Say in our words what a driver, SQLite's or PostgreSQL's, has raised about `where`.

    `where` is shown to the VA: a path, or a server's name without its password.
    """
    if "disk I/O error" in str(error):  # a quota that is full, too
        return FullError(
            "The disk failed while {where} was read or written: it is full, or has a fault. Free"
            " some space and try again; “trastienda check” tells whether the database is sound.",
            where=where,
        )
    state = getattr(error, "sqlstate", None)
    kind = _of_postgres(error, state) if hasattr(error, "sqlstate") else _of_sqlite(str(error))
    if kind is LockedError:
        return in_use(where)
    if kind is FullError:
        return no_room(where)
    if kind is ReadOnlyError:
        return unwritable(where)
    if kind is CorruptError:
        return CorruptError(
            "{where} is damaged, or is no database of Trastienda. Go back to the last backup with"
            " “trastienda restore”; the damaged file is kept aside.",
            where=where,
        )
    if kind is UnreachableError:
        return UnreachableError(
            "{where} cannot be reached. Check that it exists and can be opened.", where=where
        )
    return StoreError(
        "The database refused what was asked of it ({reason}). Nothing was saved. Please report"
        " this.",
        reason=type(error).__name__,
    )


def _of_sqlite(text: str) -> type[StoreError] | None:
    return next((kind for words, kind in _KINDS if words in text), None)


def _of_postgres(error: BaseException, state: str | None) -> type[StoreError] | None:
    """Sort by SQLSTATE (PostgreSQL manual, appendix A); without one there was no connection."""
    if state is None or state[:2] in {"08", "57"} or state == "3D000" or state[:2] == "28":
        return UnreachableError if type(error).__name__ == "OperationalError" or state else None
    if state in {"55P03", "40P01", "40001"}:
        return LockedError
    if state[:2] == "53":
        return FullError
    if state in {"25006", "42501"}:
        return ReadOnlyError
    return CorruptError if state[:2] == "XX" else None
