"""Killed at any point of a pull and started again: nothing lost, nothing twice."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from store import place
from store.backup import check
from store.database import Database, open_database
from store.directory import declare
from tests.store.conftest import CLIENTS
from tests.store.crash import Points, pull
from tests.store.mailbox import NOW, everything

SHARDS = 2


def child(db: Database, points: Points, at: int) -> int:
    """Pull in a process of its own; return the signal it died of, or 0.

    Forked: what is imported and compiled already need not be 400 times. No connection is open,
    so that none is shared: the child opens its own.
    """
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
            key = declare(db, CLIENTS, NOW)["acme", "correo"]
            points.passed, points.at = 0, at
            pull(db, key)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def points_of_a_pull(path: Path) -> int:
    db = open_database(path)
    key = declare(db, CLIENTS, NOW)["acme", "correo"]
    points = Points(db, 0)
    pull(db, key)
    db.engine.dispose()
    return points.passed


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_pull_killed_at_any_point_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, shard: int
) -> None:
    whole = tmp_path / "whole.db"
    total = points_of_a_pull(whole)
    assert total >= 200, "a crash test that hits few points proves little"
    db = open_database(whole)
    expected = everything(db)
    db.close()
    base = tmp_path / "base.db"
    db = open_database(base)
    declare(db, CLIENTS, NOW)
    db.close()
    killed = 0
    path = tmp_path / "killed.db"
    shutil.copyfile(base, path)
    db = open_database(path)
    points = Points(db, 0)
    db.close()
    for at in range(1 + shard, total + 1, SHARDS):
        shutil.copyfile(base, path)
        db._file = place.identity(path)
        assert child(db, points, at) == signal.SIGKILL
        killed += 1
        open_database(path).close()
        pull(db, declare(db, CLIENTS, NOW)["acme", "correo"])
        assert everything(db) == expected, at
        db.close()
        assert check(path) == []
        path.unlink()
    assert killed == len(range(1 + shard, total + 1, SHARDS))
