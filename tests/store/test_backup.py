"""Copies, and going back to them."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from store.backup import backup, check, restore
from store.database import Database, open_database
from store.directory import ChannelKey
from store.errors import CorruptError, NewerError, UnreachableError
from tests.store.mailbox import NOW, bring, everything, mail, raw


def test_a_copy_holds_everything_while_somebody_writes(
    db: Database, acme: ChannelKey, tmp_path: Path
) -> None:
    bring(db, acme, *(raw(str(n), mail(n)) for n in range(50)), cursor="50")
    stop = threading.Event()

    def write() -> None:
        n = 50
        while not stop.is_set():
            n += 1
            bring(db, acme, raw(str(n), mail(n)), cursor=str(n))

    writer = threading.Thread(target=write)
    writer.start()
    copy = backup(db.target, tmp_path / "copies", NOW)
    stop.set()
    writer.join()
    assert check(copy) == []
    assert copy.stat().st_mode & 0o077 == 0
    kept = open_database(copy)
    those = everything(kept)
    kept.close()
    assert len(those["message"]) == len(those["raw"]) >= 50
    assert [p.suffix for p in copy.parent.iterdir() if "part" in p.name] == []


def test_going_back_keeps_the_old_file_aside(
    db: Database, acme: ChannelKey, tmp_path: Path
) -> None:
    bring(db, acme, raw("1", mail(1)))
    before = everything(db)
    copy = backup(db.target, tmp_path / "copies", NOW)
    bring(db, acme, raw("2", mail(2)))
    after = everything(db)
    db.close()
    aside = restore(copy, db.target, NOW + timedelta(days=1))
    assert aside is not None
    for path, expected in ((Path(db.target), before), (aside, after)):
        again = open_database(path)
        assert everything(again) == expected
        again.close()


def test_going_back_twice_in_one_second_keeps_both_old_files(
    db: Database, acme: ChannelKey, tmp_path: Path
) -> None:
    bring(db, acme, raw("1", mail(1)))
    copies = [backup(db.target, tmp_path / "copies", NOW) for _ in range(2)]
    assert copies[0] != copies[1]
    bring(db, acme, raw("2", mail(2)))
    after = everything(db)
    db.close()
    kept = [restore(copies[0], db.target, NOW) for _ in range(3)]
    assert len(set(kept)) == 3
    assert kept[0] is not None
    again = open_database(kept[0])
    assert everything(again) == after
    again.close()


@pytest.mark.parametrize(("owner", "step"), [(os, "link"), (Path, "replace")])
def test_going_back_that_is_cut_short_leaves_a_database_and_what_was_kept(
    db: Database, acme: ChannelKey, tmp_path: Path, owner: object, step: str
) -> None:
    bring(db, acme, raw("1", mail(1)))
    copy = backup(db.target, tmp_path / "copies", NOW)
    bring(db, acme, raw("2", mail(2)))
    after = everything(db)
    db.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, step, interrupted)
        with pytest.raises(KeyboardInterrupt):
            restore(copy, db.target, NOW)
    again = open_database(db.target)
    assert everything(again) == after
    again.close()


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_going_back_over_a_damaged_file_works(
    db: Database, acme: ChannelKey, tmp_path: Path
) -> None:
    bring(db, acme, raw("1", mail(1)))
    before = everything(db)
    copy = backup(db.target, tmp_path / "copies", NOW)
    db.close()
    Path(db.target).write_bytes(b"rubbish" * 999)
    restore(copy, db.target, NOW)
    again = open_database(db.target)
    assert everything(again) == before
    again.close()


def test_a_backup_that_is_none_is_refused_and_nothing_is_touched(
    db: Database, tmp_path: Path
) -> None:
    before = everything(db)
    fake = tmp_path / "fake.db"
    fake.write_bytes(b"no" * 5000)
    with pytest.raises(CorruptError):
        restore(fake, db.target, NOW)
    with pytest.raises(UnreachableError):
        restore(tmp_path / "nowhere.db", db.target, NOW)
    copy = backup(db.target, tmp_path / "copies", NOW)
    newer = open_database(copy)
    with newer.write() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    newer.close()
    with pytest.raises(NewerError):
        restore(copy, db.target, NOW)
    assert everything(db) == before


def test_a_copy_of_nothing_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError):
        backup(tmp_path / "nowhere.db", tmp_path / "copies", NOW)
    assert list((tmp_path / "copies").iterdir()) == []
