"""Bring the schema of a database up to date, or leave it exactly as it was.

Three habits of alembic and SQLite lose data without a word (measured: rebuilding a table with
foreign keys on empties the tables that point at it; a failed migration leaves half a table
behind). So here: a copy of the file first, foreign keys off before the transaction begins, one
`BEGIN IMMEDIATE` around everything, and before its commit no dangling reference and not one row
fewer than before.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from store.database import Database
from store.errors import StoreError
from store.place import make_folder
from store.revisions import HEAD

KEPT: Final = 7
"""Copies made before a migration that are kept."""

_SCRIPTS: Final = Path(__file__).parent / "migrations"


def upgrade(
    database: Database, found: str | None, backup_dir: Path | None, *,
    head: str = HEAD, versions: Path | None = None,
) -> None:  # fmt: skip
    """Migrate from the revision `found` (None: an empty database) to `head`.

    `versions`: a folder of more revisions. Raises StoreError, with everything as it was.
    """
    if found is not None and database.sqlite:
        _copy(database, found, backup_dir)
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    folders = [_SCRIPTS / "versions", *([versions] if versions else [])]
    config.set_main_option("version_locations", "\n".join(map(str, folders)).replace("%", "%%"))
    # The pool's connections would see the tables change under them: each is made anew.
    database.engine.dispose()
    with database.engine.connect() as conn:
        if database.sqlite:
            _foreign_keys(conn, on=False)
        try:
            with database.write_on(conn):
                before = _counts(conn)
                config.attributes["connection"] = conn
                command.upgrade(config, head)
                _refuse_loss(conn, before, database)
        finally:
            if database.sqlite:
                _foreign_keys(conn, on=True)


def _foreign_keys(conn: Connection, *, on: bool) -> None:
    cursor = conn.connection.cursor()
    cursor.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")
    cursor.close()


def _copy(database: Database, found: str, backup_dir: Path | None) -> None:
    source = Path(database.target)
    folder = source.parent if backup_dir is None else backup_dir
    make_folder(folder)
    copy = folder / f"{source.stem}-before-{HEAD}-from-{found}.db"
    from store.backup import copy_to  # noqa: PLC0415  needed by old databases only

    copy_to(source, copy)
    _prune(source.stem, folder)


def _prune(stem: str, folder: Path) -> None:
    """Let go of the oldest copies that migrations made; hers have other names and stay."""
    ours = re.compile(rf"{re.escape(stem)}-before-\d{{4}}-from-\d{{4}}\.db")
    copies = [path for path in folder.iterdir() if ours.fullmatch(path.name)]
    copies.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
    for path in copies[:-KEPT]:
        path.unlink(missing_ok=True)


def _counts(conn: Connection) -> dict[str, int]:
    quote = conn.dialect.identifier_preparer.quote
    return {
        name: int(conn.exec_driver_sql(f"SELECT count(*) FROM {quote(name)}").scalar_one())
        for name in sqlalchemy.inspect(conn).get_table_names()
        if name != "alembic_version" and not name.startswith("search_")
    }


def _refuse_loss(conn: Connection, before: dict[str, int], database: Database) -> None:
    """Compare with what stood before. A revision that drops a table empties it on purpose first,
    by another release; none has so far.
    """
    after = _counts(conn)
    lost = [name for name, rows in before.items() if after.get(name, 0) < rows]
    dangling = database.sqlite and conn.exec_driver_sql("PRAGMA foreign_key_check").first()
    if lost or dangling:
        raise StoreError(
            "The database could not be brought up to date without losing rows ({where})."
            " Nothing was changed. Please report this.",
            where=", ".join(lost) or "references",
        )
