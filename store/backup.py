"""Copies of the database: made while it is in use, checked, and put back.

A SQLite database is three files while it is open, so it is never copied by hand: SQLite writes
the copy itself, compact and whole. A PostgreSQL server has its own tools for this.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from normalizer.said import Said
from store import driver
from store.errors import CorruptError, LockedError, NewerError, StoreError, UnreachableError
from store.place import alone, family, make_folder, set_aside, unused
from store.revisions import REVISIONS
from store.sources import PostgresSource

_SHOWN: Final = 10
"""Findings of a check that are listed."""


def backup(target: str | Path, folder: Path, now: datetime) -> Path:
    """Write a copy of the database into `folder`, and return its path.

    The copy is checked before it gets its name. Others may go on writing meanwhile. Raises
    StoreError, and then no half copy is left.
    """
    source = _file(target)
    try:
        make_folder(folder)
    except OSError as error:
        raise _unreachable(folder, error) from error
    copy = unused(folder / f"{source.stem}-{now:%Y%m%d-%H%M%S}.db")
    copy_to(source, copy)
    return copy


def copy_to(source: Path, copy: Path) -> None:
    """Write a whole, checked copy of the SQLite file `source`."""
    with _copied(source, copy) as part:
        _refuse_unsound(part)
        part.replace(copy)


@contextlib.contextmanager
def _copied(source: Path, copy: Path) -> Iterator[Path]:
    """Copy all that `source` holds, its log too, beside the place that the copy is for.

    What has not been moved to that place by the end is removed.
    """
    part = copy.with_name(copy.name + ".part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with _open(source, read_only=True) as connection:
            try:
                connection.execute("VACUUM INTO ?", (driver.uri(part),))
            except driver.dbapi.Error as error:
                found = driver.as_store_error(error, str(copy))
                if isinstance(found, CorruptError | LockedError):
                    raise  # it is the source that is
                raise found from error
        yield part
    except OSError as error:
        raise _unreachable(copy, error) from error
    finally:
        for path in family(part):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def restore(backup_file: Path, target: str | Path, now: datetime) -> Path | None:
    """Put a backup in the place of the database; return where the old one lies now, if any.

    The backup is checked first. Nothing is deleted: the old files are kept beside it. Nobody
    else may have the database open.
    """
    goal = _file(target).resolve()
    if not backup_file.is_file():
        raise UnreachableError("There is no backup {where}.", where=str(backup_file))
    _refuse_unsound(backup_file)
    try:
        make_folder(goal.parent)
    except OSError as error:
        raise _unreachable(goal, error) from error
    with _copied(backup_file, goal) as part, alone(goal.parent):
        driver.log_ahead(part)
        aside = unused(goal.with_stem(f"{goal.stem}-before-restore-{now:%Y%m%d-%H%M%S}"))
        kept = goal.exists()
        if kept:
            _keep(goal, aside)
        else:
            set_aside(goal)
        part.replace(goal)
    return aside if kept else None


def _keep(old: Path, aside: Path) -> None:
    """Give the old database a second name, so that at no moment there is none of the first."""
    with contextlib.suppress(StoreError):  # a damaged one keeps its log as a file beside it
        driver.connect(old).close()
    try:
        os.link(old, aside)
    except OSError:  # a disk that knows no second names
        old.rename(aside)
    for side, kept in zip(family(old)[1:], family(aside)[1:], strict=True):
        if side.exists():
            side.rename(kept)


def check(target: str | Path) -> list[Said]:
    """List what is wrong with the SQLite file; nothing where it is sound.

    Reads all of it: about 2 s for 100,000 items. A server looks after its own files.
    """
    try:
        with _open(_file(target)) as connection:
            found = [
                str(row[0])
                for row in connection.execute(f"PRAGMA quick_check({_SHOWN})")
                if row[0] != "ok"
            ]
            found += [
                f"{row[0]} {row[1]} → {row[2]}"
                for row in connection.execute("PRAGMA foreign_key_check").fetchmany(_SHOWN)
            ]
            if not found:
                connection.execute("INSERT INTO search_word(search_word) VALUES('integrity-check')")
    except driver.dbapi.Error as error:
        return [driver.as_store_error(error, str(target)).said]
    except StoreError as error:
        return [error.said]
    return [
        Said("The database is damaged: {what}. Go back to a backup.", (("what", what),))
        for what in found
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A PostgreSQL server that answers."""

    where: str
    """Its name for the VA, without user and password."""

    version: str
    empty: bool
    """There is no table of any kind in its database yet."""


def server(url: str) -> Server:
    """Ask the server at `url` what it is. Raises UnreachableError."""
    source = PostgresSource(url)
    try:
        [(version,)] = source.all("SHOW server_version")
        [(tables,)] = source.all(
            "SELECT count(*) FROM information_schema.tables"
            " WHERE table_schema = ANY (current_schemas(false))"
        )
    finally:
        source.close()
    return Server(where=source.where, version=str(version).split()[0], empty=not tables)


def _refuse_unsound(path: Path) -> None:
    with _open(path, read_only=True) as connection:
        try:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except driver.dbapi.Error as error:
            raise CorruptError(
                "{where} is no sound copy of the database. Choose another one.", where=str(path)
            ) from error
    if found != "ok" or row is None:
        raise CorruptError(
            "{where} is no sound copy of the database. Choose another one.", where=str(path)
        )
    if row[0] not in REVISIONS:
        raise NewerError(
            "{where} was written by a newer version of Trastienda. Install that version first.",
            where=str(path),
        )


@contextlib.contextmanager
def _open(path: Path, *, read_only: bool = False) -> Any:
    connection = driver.connect(path, read_only=read_only)
    try:
        yield connection
    except driver.dbapi.Error as error:
        raise driver.as_store_error(error, str(path)) from error
    finally:
        connection.close()


def _file(target: str | Path) -> Path:
    if driver.is_server(target):
        raise StoreError("A database server is copied with its own tools: pg_dump and pg_restore.")
    return Path(target)


def _unreachable(path: Path, error: OSError) -> StoreError:
    return UnreachableError(
        "{where} cannot be made: {reason}. Check that its folder exists and can be written.",
        where=str(path),
        reason=error.strerror or type(error).__name__,
    )
