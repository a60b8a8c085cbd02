"""Opening, migrating, and what can go wrong with a file."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from normalizer.raw import Raw
from store import driver, migrate, schema, triage
from store.backup import check
from store.database import Database, _file, open_database
from store.directory import ChannelKey, declare
from store.errors import (
    CorruptError,
    FullError,
    LockedError,
    NewerError,
    ReadOnlyError,
    StoreError,
    UnreachableError,
)
from store.reader import Reader
from store.revisions import HEAD, REVISIONS
from store.views import Lane
from tests import fresh
from tests.store.conftest import CLIENTS
from tests.store.mailbox import NOW, bring, everything, items, mail, raw, rows
from tests.store.shelf import fill

pytestmark = pytest.mark.usefixtures("migrated")


def ddl(db: Database) -> set[tuple[str, ...]]:
    """Read the statements that made the tables, whatever the order of their parts: one that was
    made anew has its name in quotes.
    """
    with db.read() as conn:
        found = conn.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'search_%'"
            " AND name != 'alembic_version'"
        )
        return {
            tuple(sorted(re.split("[,()]", "".join(row[0].replace('"', "").split()))))
            for row in found
        }


def test_the_migrations_make_the_schema_we_declare(db: Database, tmp_path: Path) -> None:
    import sqlalchemy

    path = tmp_path / "declared.db"
    engine = sqlalchemy.create_engine(f"sqlite:///{path}", module=driver.dbapi)
    schema.metadata.create_all(engine)
    declared = Database(path, engine)
    assert ddl(db) == ddl(declared)
    declared.close()


def test_what_the_migrations_say_ends_in_the_same_schema_when_it_is_repeated(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All other tests begin with a database that was made so."""
    import sqlalchemy

    monkeypatch.setattr(fresh, "_said", {})
    monkeypatch.setattr(migrate, "upgrade", fresh.upgrade)
    found = []
    for _ in ("migrated", "repeated"):
        db = open_database(target)
        look = sqlalchemy.inspect(db.engine)
        with db.write() as conn:
            head = conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            told: list[Any]
            if db.sqlite:
                told = [*conn.exec_driver_sql("SELECT name, sql FROM sqlite_master")]
            else:
                each = (look.get_multi_columns, look.get_multi_indexes, look.get_multi_foreign_keys,
                        look.get_multi_check_constraints, look.get_multi_unique_constraints,
                        look.get_multi_pk_constraint)  # fmt: skip
                told = [sorted(map(repr, ask().items())) for ask in each]
                conn.exec_driver_sql("DROP SCHEMA public CASCADE")
                conn.exec_driver_sql("CREATE SCHEMA public")
        db.close()
        Path(target).unlink(missing_ok=True)
        found.append((head, told))
    assert found[0][0] == HEAD
    assert found[0] == found[1]


def test_the_head_is_the_last_of_the_revisions_and_they_are_all_there(db: Database) -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "newline")
    scripts = ScriptDirectory.from_config(config)
    assert tuple(s.revision for s in reversed(list(scripts.walk_revisions()))) == REVISIONS
    assert scripts.get_heads() == [HEAD]
    with db.read() as conn:
        assert conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == HEAD


def test_a_current_database_opens_without_alembic(db: Database) -> None:
    code = (
        "import sys; from store.database import open_database;"
        "open_database(sys.argv[1]).close();"
        "sys.exit('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, db.target], check=False)
    assert done.returncode == 0


def test_the_light_modules_do_without_sqlalchemy() -> None:
    code = (
        "import sys, store, store.views, store.errors, store.driver, store.codes, store.spelling;"
        "import store.facts, store.revisions, store.backup;"
        "sys.exit('sqlalchemy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_only_its_owner_may_read_the_file(db: Database) -> None:
    for path in Path(db.target).parent.glob("trastienda.db*"):
        assert path.stat().st_mode & 0o077 == 0


NEXT = f"{int(HEAD) + 1:04}"
SCHEMA = '''
"""The next schema."""
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    {body}
'''
ADDS = 'op.add_column("item", sa.Column("mood", sa.Text))'
REBUILDS = """
    with op.batch_alter_table("client", recreate="always") as batch:
        batch.add_column(sa.Column("mood", sa.Text))
"""
BREAKS = ADDS + '\n    op.execute("SELECT * FROM nowhere")'
EMPTIES = ADDS + '\n    op.execute("DELETE FROM thread_key")'
DANGLES = ADDS + '\n    op.execute("UPDATE message SET item_id = 12345")'


def following(folder: Path, body: str) -> Path:
    versions = folder / "versions"
    versions.mkdir()
    text = SCHEMA.format(revision=NEXT, before=HEAD, body=body)
    (versions / f"{NEXT}_next.py").write_text(text)
    return versions


@pytest.mark.parametrize("body", [ADDS, REBUILDS])
def test_a_migration_keeps_every_row_of_a_filled_database(
    db: Database, acme: ChannelKey, tmp_path: Path, body: str
) -> None:
    bring(db, acme, *(raw(str(n), mail(n)) for n in range(5)))
    before = {name: len(those) for name, those in everything(db).items()}
    migrate.upgrade(db, HEAD, tmp_path / "copies", head=NEXT, versions=following(tmp_path, body))
    after = {name: len(those) for name, those in everything(db).items()}
    assert after == before
    (copy,) = (tmp_path / "copies").iterdir()
    old = open_database(copy)
    assert everything(old)["message"] == everything(db)["message"]
    old.close()
    with db.write() as conn:
        assert conn.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_what_was_there_before_she_could_look_at_it_is_nothing_new(tmp_path: Path) -> None:
    old = Database(str(tmp_path / "old.db"), _file(tmp_path / "old.db"))
    migrate.upgrade(old, None, None, head="0004")
    with old.write() as conn:
        fill(conn, 200)
        conn.exec_driver_sql(
            "INSERT INTO triage (item_id, client_id, lane, wake_on_reply, since)"
            " SELECT id, client_id, lane, 0, 0 FROM item WHERE lane = 1"
        )
    old.close()
    db = open_database(tmp_path / "old.db", backup_dir=tmp_path / "copies")
    reader = Reader(tmp_path / "old.db")
    shown = [row for row in reader.rows(list(range(1, 201))) if row]
    assert len(shown) == 200
    assert {(row.unread, row.looked) for row in shown} == {(0, True), (1, False)}
    assert {(row.fresh, row.changes, row.matter) for row in shown} == {(0, 0, None)}
    triage.place(db, [10, 11], Lane.ARCHIVED, verb="archive", now=NOW)
    assert triage.undo(db, NOW) is not None
    assert {row.lane for row in reader.rows([10, 11]) if row} == {Lane.PLANNED, Lane.INBOX}
    reader.close()
    db.close()


def test_of_the_copies_that_migrations_make_seven_stay_and_hers_all(
    db: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    hers = ["trastienda-20261123-120000.db", "trastienda-before-restore-20261123-120000.db"]
    ours = [f"trastienda-before-{n:04}-from-{n - 1:04}.db" for n in range(2, 12)]
    for age, name in enumerate([*hers, *ours]):
        (folder / name).touch()
        os.utime(folder / name, (age, age))
    versions = following(tmp_path, ADDS)
    migrate.upgrade(db, HEAD, folder, head=NEXT, versions=versions)
    left = {path.name for path in folder.iterdir()}
    assert left == {*hers, *ours[-6:], f"trastienda-before-{HEAD}-from-{HEAD}.db"}


@pytest.mark.parametrize("body", [BREAKS, EMPTIES, DANGLES])
def test_a_migration_that_fails_leaves_everything_as_it_was(
    db: Database, acme: ChannelKey, tmp_path: Path, body: str
) -> None:
    bring(db, acme, *(raw(str(n), mail(n)) for n in range(5)))
    before, tables = everything(db), ddl(db)
    with pytest.raises(StoreError):
        migrate.upgrade(db, HEAD, None, head=NEXT, versions=following(tmp_path, body))
    assert (everything(db), ddl(db)) == (before, tables)
    db.close()
    again = open_database(db.target)
    assert everything(again) == before
    again.close()


def test_a_newer_database_is_refused_untouched(db: Database) -> None:
    with db.write() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerError, match="newer version"):
        open_database(db.target)
    with db.read() as conn:
        assert conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "9999"


def test_an_old_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(driver, "SQLITE_VERSION", (3, 51, 2))
    with pytest.raises(StoreError, match=r"3\.51\.2"):
        open_database(tmp_path / "x.db")


def test_a_garbage_file_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"Querida Lola:\n" * 1000)
    with pytest.raises(CorruptError):
        open_database(path)
    assert path.read_bytes() == b"Querida Lola:\n" * 1000


def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    connection = driver.dbapi.connect(str(path))
    connection.execute("CREATE TABLE theirs(a)")
    connection.commit()
    connection.close()
    with pytest.raises(CorruptError, match="something else"):
        open_database(path)


def test_a_folder_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="No such file"):
        open_database(tmp_path / "nowhere" / "x.db")


def test_overwritten_pages_are_found(db: Database, acme: ChannelKey) -> None:
    bring(db, acme, *(raw(str(n), mail(n)) for n in range(300)))
    db.close()
    path = Path(db.target)
    assert check(path) == []
    with path.open("r+b") as file:
        for page in range(20, 40):
            file.seek(page * 4096)
            file.write(os.urandom(4096))
    assert check(path)


def test_a_second_writer_waits_and_then_says_so(
    db: Database, acme: ChannelKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(db, acme, raw("0", mail(0)), cursor="0")
    holder = driver.connect(Path(db.target))
    holder.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(driver, "_PRAGMAS", ("PRAGMA busy_timeout = 50",))
    db.engine.dispose()
    with pytest.raises(LockedError, match="Another program"):
        bring(db, acme, raw("1", mail(1)))
    assert len(items(db)) == 1
    holder.execute("ROLLBACK")
    bring(db, acme, raw("1", mail(1)))
    assert len(items(db)) == 2
    holder.close()


def test_a_writer_that_has_read_can_go_on_to_write(db: Database, acme: ChannelKey) -> None:
    """A deferred transaction could not, once somebody else has committed in between."""
    done = threading.Event()

    def other() -> None:
        bring(db, acme, raw("2", mail(2)))
        done.set()

    thread = threading.Thread(target=other)
    with db.write() as conn:
        conn.exec_driver_sql("SELECT count(*) FROM item").scalar()
        thread.start()
        assert not done.wait(0.2)
        conn.exec_driver_sql("UPDATE client SET name = 'X'")
    thread.join()
    assert done.is_set()


def test_a_full_disk_takes_nothing_and_keeps_what_is_there(db: Database, acme: ChannelKey) -> None:
    bring(db, acme, *(raw(str(n), mail(n)) for n in range(5)), cursor="0")
    before = everything(db)
    db.engine.dispose()
    connect = driver.connect
    small = Path(db.target)

    def cramped(path: Path, *, read_only: bool = False) -> object:
        connection = connect(path, read_only=read_only)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        return connection

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(driver, "connect", cramped)
        with pytest.raises(FullError, match="no room"):
            bring(
                db, acme, *(raw(str(n), mail(n, text="x" * 5000)) for n in range(5, 90)), cursor="1"
            )
    db.engine.dispose()
    assert everything(db) == before
    assert check(small) == []
    bring(db, acme, raw("6", mail(6)), cursor="1")
    assert len(items(db)) == 6


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_really_full_disk_does_the_same(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no tmpfs can be mounted here")
    try:
        db = open_database(disk / "x.db")
        key = declare(db, CLIENTS, NOW)["acme", "correo"]
        taken = 0
        with pytest.raises(FullError):  # noqa: PT012  which of them it is depends on the disk
            for n in range(200):
                noise = Raw(stream="mail", external_id=f"n{n}", payload=os.urandom(50_000))
                bring(db, key, raw(str(n), mail(n)), noise, cursor=str(n))
                taken += 1
        assert len(rows(db, "raw")) == 2 * taken > 10
        db.close()
        assert check(disk / "x.db") == []
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_file_that_cannot_be_written_is_said_to_be_so(db: Database, acme: ChannelKey) -> None:
    connect = driver.connect
    db.engine.dispose()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(driver, "connect", lambda path: connect(path, read_only=True))
        with pytest.raises(ReadOnlyError, match="cannot be written"):
            bring(db, acme, raw("1", mail(1)))
    db.engine.dispose()


WRITER = """
import sys
from store.database import open_database
from store.directory import declare
from tests.store.conftest import CLIENTS
from tests.store.mailbox import NOW, bring, mail, raw
db = open_database(sys.argv[1])
key = declare(db, CLIENTS, NOW)[sys.argv[2], "correo"]
for n in range(40):
    bring(db, key, raw(str(n), mail(n)), cursor=str(n))
"""


def test_two_processes_write_at_once_and_nothing_is_lost(tmp_path: Path, checkout: Path) -> None:
    path = tmp_path / "x.db"
    children = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, client], cwd=checkout)
        for client in ("acme", "luz")
    ]
    assert [child.wait(60) for child in children] == [0, 0]
    db = open_database(path)
    assert len(rows(db, "message")) == 80
    db.close()
    assert check(path) == []


def size(path: Path) -> int:
    """How much there is, with what was written ahead."""
    ahead = path.with_name(path.name + "-wal")
    return sum(one.stat().st_size for one in (path, ahead) if one.exists())


def test_kill_9_at_random_moments_loses_nothing(tmp_path: Path, checkout: Path) -> None:
    path = tmp_path / "x.db"
    for _ in range(5):
        child = subprocess.Popen([sys.executable, "-c", WRITER, path, "acme"], cwd=checkout)
        before = size(path)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and child.poll() is None:
            if size(path) > before:
                break
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert (
        subprocess.run(
            [sys.executable, "-c", WRITER, path, "acme"], cwd=checkout, check=False
        ).returncode
        == 0
    )
    db = open_database(path)
    assert len(rows(db, "message")) == len(rows(db, "raw")) == 40
    db.close()
    assert check(path) == []
