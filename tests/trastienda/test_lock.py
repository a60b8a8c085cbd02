from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from trastienda import lock


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    assert not lock.held(path)
    with lock.hold(path):
        assert lock.held(path)
        with pytest.raises(lock.EngineRunsError), lock.hold(path):
            pass
    assert not lock.held(path)


def test_a_holder_that_is_killed_leaves_nothing_to_clean_up(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    code = (
        "import sys, time; from pathlib import Path; from trastienda import lock\n"
        "with lock.hold(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert lock.held(path)
        holder.kill()
    with lock.hold(path):
        pass
    assert path.exists()


def test_a_home_that_is_not_there_is_held_by_nobody(tmp_path: Path) -> None:
    assert not lock.held(tmp_path / "nowhere" / "engine.lock")
