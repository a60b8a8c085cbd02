"""What commands say and do when the disk, its permissions or another process are in the way."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import driver, place
from store.database import open_database
from tests.ordinary import ordinary
from tests.trastienda.desk import CONFIG, Desk, Ended, chat, until
from trastienda import lock
from trastienda.commands import sync

NUBE = """
[clients.nube]
name = "Nube"

[clients.nube.channels.chat]
kind = "memory"
file = "{folder}/nube.jsonl"
"""


@contextlib.contextmanager
def engine(desk: Desk) -> Iterator[subprocess.Popen[str]]:
    """One that keeps `desk` fresh, and has done so once."""
    running = desk.start("sync", "--watch")
    try:
        until(lambda: lock.held(desk.home / "engine.lock"))
        until(lambda: desk.database.exists() and _states(desk) == ["ok", "ok"])
        yield running
    finally:
        running.send_signal(signal.SIGCONT)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=30)


def _states(desk: Desk) -> list[str]:
    return [one["state"] for one in desk.run("status", "--json").json["channels"]]


def add_nube(desk: Desk) -> None:
    (desk.folder / "nube.jsonl").write_text(chat(1))
    desk.write_config((CONFIG + NUBE).format(folder=desk.folder))


def _asked(desk: Desk) -> bool:
    connection = driver.connect(desk.database, read_only=True)
    found = connection.execute("SELECT max(asked_at) FROM channel").fetchone()[0]
    connection.close()
    return found is not None


def _end(running: subprocess.Popen[str]) -> Ended:
    out, err = running.communicate(timeout=60)
    return Ended(running.returncode, out, err)


def reported(ended: Ended) -> dict[str, str]:
    return {one["client"]: one["state"] for one in ended.json["channels"]}


def test_a_sync_beside_an_engine_waits_for_what_the_config_has_just_got(desk: Desk) -> None:
    with engine(desk) as running:
        running.send_signal(signal.SIGSTOP)
        add_nube(desk)
        both = [desk.start("sync", "--json", *words) for words in ((), ("--client", "nube"))]
        until(lambda: _asked(desk))
        with contextlib.suppress(subprocess.TimeoutExpired):
            both[1].wait(3)  # it has no row to wait for: did it end without a word?
        running.send_signal(signal.SIGCONT)
        ended = [_end(one) for one in both]
    assert [(one.code, reported(one)) for one in ended] == [
        (0, {"acme": "ok", "luz": "ok", "nube": "ok"}), (0, {"nube": "ok"}),
    ]  # fmt: skip


def test_what_the_engine_does_not_take_up_is_said_of_each_channel(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.run("sync")
    add_nube(desk)
    monkeypatch.setattr(sync, "TAKEN_UP", 0.0)
    monkeypatch.setattr(sync, "LONGEST", 0.0)
    with lock.hold(desk.home / "engine.lock"):
        ended = desk.run("sync", "--json")
        one = desk.run("sync", "--json", "--client", "nube")
    assert (ended.code, reported(ended)) == (5, {"acme": "later", "luz": "later", "nube": "later"})
    assert (one.code, reported(one)) == (5, {"nube": "later"})
    assert "changed config" in one.json["channels"][0]["error"]
    assert desk.run("sync", "--json", "--client", "nube").json["channels"][0]["new"] == 2


def test_a_sync_that_waited_for_a_process_that_ended_does_it_itself(desk: Desk) -> None:
    desk.run("sync")
    desk.add("acme", chat(7))
    with lock.hold(desk.home / "engine.lock"):
        beside = desk.start("sync", "--json")
        until(lambda: _asked(desk))
    ended = _end(beside)
    assert (ended.code, reported(ended)) == (0, {"acme": "ok", "luz": "ok"}), ended
    assert [one["new"] for one in ended.json["channels"]] == [2, 0]


def test_a_database_removed_under_an_engine_is_made_again_and_filled(desk: Desk) -> None:
    with engine(desk) as running:
        desk.database.unlink()
        ended = desk.run("sync", "--json")
        assert running.wait(30) == 6
        assert running.stderr is not None
        assert "was removed or replaced" in running.stderr.read()
    assert (ended.code, reported(ended)) == (0, {"acme": "ok", "luz": "ok"}), ended.err
    assert desk.run("queue", "--json").json["total"] == 4
    assert "was removed or replaced" in (desk.home / "logs" / "engine.log").read_text()
    assert desk.run("check").code == 0


def test_an_idle_engine_notices_that_its_database_was_replaced(desk: Desk) -> None:
    with engine(desk) as running:
        other = desk.folder / "other.db"
        open_database(other).close()
        other.replace(desk.database)
        assert running.wait(30) == 6


@pytest.fixture
def full(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose last sync found no room."""
    desk.run("sync")
    connection = driver.connect(desk.database)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.close()
    desk.add("acme", "".join(chat(n, "x" * 9000) for n in range(10, 60)))
    with monkeypatch.context() as patch:
        patch.setattr(driver, "_PRAGMAS", (*driver._PRAGMAS, f"PRAGMA max_page_count = {pages}"))
        assert desk.run("sync").code == 6
    return desk


def test_status_says_afterwards_that_there_was_no_room(full: Desk) -> None:
    found = full.run("status", "--json").json
    errors = {one["client"]: one["error"] for one in found["channels"]}
    assert "no room left" in errors["acme"]
    assert found["trouble"] is None, "there is room again"
    assert full.run("sync").code == 0
    assert full.run("status", "--json").json["channels"][0]["error"] is None


def test_status_says_what_is_in_the_way_now(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.run("sync")
    assert desk.run("status", "--json").json["trouble"] is None
    usage = shutil.disk_usage(desk.home)._replace(free=place.NEEDED - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert "no room left" in desk.run("status", "--json").json["trouble"]
    assert "! There is no room left" in desk.run("status").out


def test_status_says_of_a_pull_that_was_cut_off_that_it_was(desk: Desk) -> None:
    desk.run("sync")
    connection = driver.connect(desk.database)
    connection.execute("UPDATE channel SET health = 'syncing', error = NULL")
    connection.close()
    (one, _) = desk.run("status", "--json").json["channels"]
    assert one["state"] == "later"
    assert "Stopped before it had ended" in one["error"]


def by_her(desk: Desk, *words: str) -> Ended:
    """Run a command as somebody whom permissions bind."""
    command = ordinary([sys.executable, "-m", "trastienda", "--home", str(desk.home), *words])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def locked(desk: Desk) -> Iterator[Desk]:
    """A desk of which nothing can be written any more."""
    desk.run("sync")
    folders = [desk.home, *(one for one in desk.home.iterdir() if one.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    yield desk
    for folder in folders:
        folder.chmod(0o700)


def test_a_home_that_cannot_be_written_is_still_read(locked: Desk) -> None:
    before = sorted(locked.home.rglob("*"))
    assert by_her(locked, "queue", "--json").json["total"] == 4
    assert by_her(locked, "search", "Asunto", "--json").json["total"] == 4
    assert by_her(locked, "show", "1", "--json").json["messages"]
    found = by_her(locked, "status", "--json").json
    assert [one["state"] for one in found["channels"]] == ["ok", "ok"]
    assert "cannot be written" in found["trouble"]
    assert sorted(locked.home.rglob("*")) == before


def test_what_must_be_written_there_says_why_it_is_not(locked: Desk) -> None:
    for words in (("archive", "1"), ("sync",), ("undo",)):
        ended = by_her(locked, *words)
        assert (ended.code, "permissions" in ended.err) == (6, True), ended
    found = by_her(locked, "check", "--json")
    assert found.code == 6
    said = [one["text"] for one in found.json["findings"] if one["area"] == "database"]
    assert len(said) == 1
    assert "cannot be written" in said[0]


def test_the_first_log_holds_our_own_lines_only(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from trastienda.logs import log_to;"
        "from store.database import open_database; home = Path(sys.argv[1]);"
        "log_to(home, 'screen'); open_database(home / 'trastienda.db').close()"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert (tmp_path / "screen.log").read_text() == ""


def test_a_home_that_cannot_be_written_can_be_carried_elsewhere(
    locked: Desk, tmp_path: Path
) -> None:
    made = by_her(locked, "backup", str(tmp_path / "stick"), "--json")
    assert made.code == 0, made
    (tmp_path / "stick").chmod(0o500)
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    shutil.copy(locked.home / "config.toml", other)
    command = ["-m", "trastienda", "--home", str(other), "restore", made.json["file"]]
    try:
        done = subprocess.run(ordinary([sys.executable, *command]), check=False)
    finally:
        (tmp_path / "stick").chmod(0o700)
    assert done.returncode == 0
    locked.home = other
    assert locked.run("queue", "--json").json["total"] == 4


def test_what_finds_no_place_there_names_the_file(locked: Desk, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(locked.database, copy)
    for words, name in (("backup",), "backups"), (("restore", str(copy)), "trastienda.db"):
        ended = by_her(locked, *words)
        assert (ended.code, "Something went wrong" in ended.err) == (6, False), ended
        assert name in ended.err
    (locked.home / "engine.lock").chmod(0o400)
    ended = by_her(locked, "restore", str(copy))
    assert (ended.code, "engine.lock cannot be written" in ended.err) == (3, True), ended


def test_what_belongs_to_somebody_else_is_said_to(desk: Desk) -> None:
    desk.run("sync")
    desk.database.chmod(0o000)
    for command in ("queue", "status", "sync", "check"):
        ended = by_her(desk, command)
        text = " ".join((ended.err + ended.out).split())
        assert (ended.code, "belongs to another user" in text) == (6, True), ended
    desk.home.chmod(0o000)
    try:
        for command in ("queue", "sync", "check", "demo"):
            ended = by_her(desk, command)
            assert (ended.code, "cannot be looked into" in ended.err) == (3, True), ended
    finally:
        desk.home.chmod(0o700)


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_everything_that_is_made_is_for_its_owner_only(desk: Desk, umask: int) -> None:
    before = os.umask(umask)
    try:
        shutil.copy(desk.home / "config.toml", desk.folder)
        desk.home = desk.folder / "deep" / "home"
        desk.run("check")
        open_home = desk.folder / "deep"
        assert not open_home.exists(), "looking makes nothing"
        open_home.mkdir(mode=0o755)
        desk.home.mkdir(mode=0o700)
        desk.write_config((desk.folder / "config.toml").read_text())
        with engine(desk):
            copy = desk.run("backup", str(desk.folder / "far" / "copies"), "--json").json["file"]
            assert desk.run("backup").code == 0
            for made in desk.home.rglob("*"):
                assert made.stat().st_mode & 0o077 == 0, made
        assert desk.run("restore", copy).code == 0
    finally:
        os.umask(before)
    found = [*desk.home.rglob("*"), *(desk.folder / "far").rglob("*"), desk.folder / "far"]
    assert {"engine.log", "engine.lock", "trastienda.db"} <= {one.name for one in found}
    for made in found:
        assert made.stat().st_mode & 0o077 == 0, made
