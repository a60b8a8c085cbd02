"""Fresh databases, made by what the migrations said the first time.

Alembic takes 50 ms to find out what to say to an empty database, and says the same each time: so
it is asked once a process for each engine, and repeated after that, within the same lock. What is
old, and every child process, is migrated as ever. The tests of the migrations themselves use the
real thing (`migrated`), and one of them holds that both end in the same schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import event

from store import migrate
from store.database import Database, revision
from store.revisions import HEAD

SAYS: Final = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")

_upgrade = migrate.upgrade
_said: dict[bool, list[tuple[str, Any]]] = {}


def upgrade(
    database: Database, found: str | None, backup_dir: Path | None, *,
    head: str = HEAD, versions: Path | None = None,
) -> None:  # fmt: skip
    """Do what `store.migrate.upgrade` does."""
    if found is not None or head != HEAD or versions is not None:
        _upgrade(database, found, backup_dir, head=head, versions=versions)
    elif database.sqlite not in _said:
        _said[database.sqlite] = _listened_to(database)
    else:
        _repeat(database, _said[database.sqlite])


def _listened_to(database: Database) -> list[tuple[str, Any]]:
    """Migrate for real; return what was said that changes anything."""
    said: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if statement.lstrip().upper().startswith(SAYS):
            said.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        _upgrade(database, None, None)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return said


def _repeat(database: Database, said: list[tuple[str, Any]]) -> None:
    database.engine.dispose()
    with database.engine.connect() as conn:
        if database.sqlite:
            migrate._foreign_keys(conn, on=False)
        try:
            with database.write_on(conn):
                if revision(conn, database.where) is None:  # nobody was faster
                    cursor = conn.connection.cursor()
                    for statement, values in said:
                        cursor.execute(statement, values)
                    cursor.close()
        finally:
            if database.sqlite:
                migrate._foreign_keys(conn, on=True)


@pytest.fixture(autouse=True, scope="session")
def _fresh_databases() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "upgrade", upgrade)
        yield


@pytest.fixture
def migrated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let databases be migrated for real."""
    monkeypatch.setattr(migrate, "upgrade", _upgrade)
