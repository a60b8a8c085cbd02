"""The file on the disk: removed, replaced, or not to be written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from store import driver, place
from store.backup import backup, restore
from store.database import Database, open_database
from store.errors import FullError, LockedError, ReplacedError, UnreachableError
from store.reader import Reader
from tests.ordinary import ordinary

NOW = datetime(2026, 10, 14, 8, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder / "trastienda.db"


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    database = open_database(path)
    yield database
    database.close()


def note(db: Database, slug: str) -> None:
    with db.write() as conn:
        conn.exec_driver_sql(
            "INSERT INTO client(slug, name, color, sla_hours, position, active)"
            f" VALUES('{slug}', '{slug}', 'teal', 24, 0, 1)"
        )


def noted(path: Path) -> list[str]:
    reader = Reader(path)
    try:
        return [client.slug for client in reader.clients()]
    finally:
        reader.close()


def remove(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    other = path.with_name("other.db")
    shutil.copyfile(path, other)
    other.replace(path)


@pytest.mark.parametrize("lose", [remove, replace])
def test_nothing_is_written_into_a_file_that_nobody_will_open_again(
    db: Database, path: Path, lose: Callable[[Path], None]
) -> None:
    note(db, "acme")
    reader = Reader(path)
    reader.version()
    lose(path)
    with pytest.raises(ReplacedError, match=r"trastienda\.db"):
        note(db, "luz")
    with pytest.raises(ReplacedError):
        reader.version()
    reader.close()


def test_a_file_made_anew_shares_nothing_with_the_one_that_was_removed(
    db: Database, path: Path
) -> None:
    note(db, "acme")
    reader = Reader(path)
    path.unlink()
    new = open_database(path)
    try:
        note(new, "luz")
        assert noted(path) == ["luz"]
        assert [client.slug for client in reader.clients()] == ["acme"]
        with pytest.raises(ReplacedError):
            note(db, "nube")
        assert noted(path) == ["luz"]
    finally:
        reader.close()
        new.close()


def test_what_a_removed_file_had_not_taken_over_from_its_log_is_kept(
    db: Database, path: Path
) -> None:
    note(db, "acme")
    kept = path.with_name("kept.db")
    path.rename(kept)
    open_database(path).close()
    path.with_name("trastienda.db-wal.old").rename(path.with_name("kept.db-wal"))
    assert noted(kept) == ["acme"]


def test_a_restored_backup_is_not_mixed_with_what_a_removed_file_left(
    db: Database, path: Path
) -> None:
    copy = backup(path, path.parent, NOW)
    note(db, "acme")
    path.unlink()
    assert path.with_name("trastienda.db-wal").stat().st_size
    assert restore(copy, path, NOW) is None
    assert noted(path) == []


def test_a_file_in_order_has_nothing_in_its_way(db: Database, path: Path) -> None:
    note(db, "acme")
    before = sorted(path.parent.iterdir())
    assert place.hindrance(path) is None
    assert sorted(path.parent.iterdir()) == before


def test_a_disk_that_is_nearly_full_is_in_the_way(
    db: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(path.parent)._replace(free=place.NEEDED - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert isinstance(place.hindrance(path), FullError)


SAY = """
import sys
from pathlib import Path
from store import place
from store.database import open_database
from store.errors import StoreError
from store.reader import Reader
path = Path(sys.argv[1])
print(type(place.hindrance(path)).__name__)
try:
    reader = Reader(path)
    print([client.slug for client in reader.clients()], reader.version() > 0)
except StoreError as error:
    print(type(error).__name__, error)
try:
    database = open_database(path)
    with database.write() as conn:
        conn.exec_driver_sql("UPDATE client SET sla_hours = 26")
    database.close()
    print("written")
except StoreError as error:
    print(type(error).__name__, error)
"""


def seen_by_her(path: Path) -> list[str]:
    """What somebody without root's powers finds: the hindrance, the reading, the writing."""
    command = ordinary([sys.executable, "-c", SAY, str(path)])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def closed(_folder: Path, _other: Any) -> None:
    pass


def open_elsewhere(_folder: Path, other: Any) -> None:
    other.execute("UPDATE client SET sla_hours = 25")


def cut_off(folder: Path, other: Any) -> None:
    other.execute("UPDATE client SET sla_hours = 25")
    (folder / "trastienda.db-shm").rename(folder.parent / "gone")


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (closed, "['acme'] True"),
        (open_elsewhere, "['acme'] True"),
        (cut_off, "ReadOnlyError"),
    ],
)
def test_a_folder_that_cannot_be_written_is_read_where_that_is_possible(
    db: Database, path: Path, state: Callable[[Path, Any], None], says: str
) -> None:
    note(db, "acme")
    db.close()
    other = driver.connect(path) if state is not closed else None
    try:
        state(path.parent, other)
        path.parent.chmod(0o500)
        hindrance, reading, writing = seen_by_her(path)
    finally:
        path.parent.chmod(0o700)
        if other is not None:
            other.close()
    assert hindrance == "ReadOnlyError"
    assert reading.startswith(says)
    assert "--home" in reading or state is not cut_off
    assert writing.startswith("written" if state is open_elsewhere else "ReadOnlyError")


def test_a_file_that_belongs_to_somebody_else_is_in_the_way(db: Database, path: Path) -> None:
    note(db, "acme")
    db.close()
    path.chmod(0o400)
    hindrance, reading, writing = seen_by_her(path)
    assert hindrance == "ReadOnlyError"
    assert reading == "['acme'] True"
    assert os.access(path, os.R_OK)
    assert writing.startswith("ReadOnlyError")


def test_going_back_to_a_folder_copied_while_in_use_brings_what_is_in_its_log(
    db: Database, path: Path, tmp_path: Path
) -> None:
    note(db, "acme")
    copied = tmp_path / "copied"
    copied.mkdir()
    for name in ("trastienda.db", "trastienda.db-wal"):
        shutil.copy(path.with_name(name), copied)
    assert (copied / "trastienda.db-wal").stat().st_size
    goal = tmp_path / "new" / "trastienda.db"
    restore(copied / "trastienda.db", goal, NOW)
    assert noted(goal) == ["acme"]


def test_a_link_whose_disk_is_away_is_not_replaced(path: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    database = open_database(disk / "it.db")
    note(database, "acme")
    database.close()
    path.symlink_to(disk / "it.db")
    away = disk.rename(tmp_path / "away")
    with pytest.raises(UnreachableError, match="Connect the disk"):
        open_database(path)
    away.rename(disk)
    assert path.is_symlink()
    assert noted(path) == ["acme"]


def test_a_file_put_back_while_one_is_made_counts(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hers = open_database(tmp_path / "hers.db")
    note(hers, "acme")
    hers.close()
    making = driver.log_ahead

    def put_back(new: Path) -> None:
        making(new)
        (tmp_path / "hers.db").rename(path)

    monkeypatch.setattr(driver, "log_ahead", put_back)
    open_database(path).close()
    assert noted(path) == ["acme"]
    assert not path.with_name(path.name + ".new").exists()


def test_each_log_that_is_set_aside_is_kept(path: Path) -> None:
    for number in range(3):
        place.family(path)[1].write_text(str(number))
        place.set_aside(path)
    kept = [one for one in path.parent.iterdir() if "-wal" in one.name]
    assert sorted(one.read_text() for one in kept) == ["0", "1", "2"]


RACE = """
import os, sys, time
from pathlib import Path
from store.database import open_database
import store.migrate
for turn in range(30):
    path, at, racers = Path(sys.argv[1]) / f"{turn}.db", time.monotonic() + 0.005, []
    for number in range(4):
        if not (racer := os.fork()):
            while time.monotonic() < at + number * turn % 5 / 1000:
                pass
            with open_database(path).write() as conn:
                conn.exec_driver_sql(
                    "INSERT INTO client(slug, name, color, sla_hours, position, active)"
                    f" VALUES('{number}', '', '', 1, 0, 1)"
                )
            os._exit(0)
        racers.append(racer)
    assert [os.waitpid(racer, 0)[1] for racer in racers] == [0] * 4
    found = open_database(path)
    with found.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM client").scalar() == 4
    found.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is forked on Windows")
def test_whoever_comes_first_makes_the_file_and_nobody_who_comes_meanwhile_is_refused(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RACE, tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(list(tmp_path.glob("*.db"))) == 30
    assert not [path for path in tmp_path.iterdir() if ".new" in path.name]


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is held on Windows")
def test_who_comes_while_it_is_made_waits_and_clears_nothing_of_it_away(path: Path) -> None:
    made = path.with_name("made.db")
    open_database(made).close()
    log = place.family(path)[1]
    with ThreadPoolExecutor(1) as late:
        with place.alone(path.parent):
            opening = late.submit(open_database, path)
            with pytest.raises(TimeoutError):
                opening.result(0.3)
            assert not path.exists()
            made.replace(path)
            log.touch()
        opening.result(10).close()
    assert not log.with_name(log.name + ".old").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is held on Windows")
def test_a_process_that_never_gets_done_is_not_waited_for_for_ever(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "PATIENCE", 0.05)
    with place.alone(path.parent), pytest.raises(LockedError, match="try again in a moment"):
        open_database(path)
    open_database(path).close()
