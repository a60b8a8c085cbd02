"""The words after `trastienda`: which belong to a query, and what a program is told of a slip."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.trastienda.desk import Desk, record
from trastienda import home, lock
from trastienda.commands import status


def tasks(desk: Desk) -> None:
    """Three tasks of one client: later, now, and one with a file."""
    pdf = {"id": "a", "name": "plan.pdf", "type": "application/pdf"}
    for number, value in (
        ("1", {"title": "Uno", "labels": ["later"]}),
        ("2", {"title": "Dos", "labels": ["now"]}),
        ("3", {"title": "Tres", "attachments": [pdf]}),
    ):
        desk.add("acme", record("task", number, value))
    desk.run("sync")


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        (("client:acme", "kind:task", "-label:later"), {"Dos", "Tres"}),
        (("-label:later", "kind:task"), {"Dos", "Tres"}),
        (("--limit", "9", "-has:file", "kind:task"), {"Uno", "Dos"}),
        (("kind:task", "--limit", "9", "-uno", "-dos"), {"Tres"}),
        (("label:later", "--limit", "9", "or", "label:now"), {"Uno", "Dos"}),
        (("kind:task", "-(label:later or label:now)"), {"Tres"}),
        (("kind:task", "--", "-label:now"), {"Uno", "Tres"}),
        (("kind:task", '-"uno"'), {"Dos", "Tres"}),
    ],
)
@pytest.mark.parametrize("command", ["queue", "search"])
def test_a_word_that_begins_with_a_dash_is_part_of_the_query(
    desk: Desk, command: str, words: tuple[str, ...], titles: set[str]
) -> None:
    tasks(desk)
    ended = desk.run(command, "--json", *words)
    assert ended.code == 0, ended.err
    assert {one["title"] for one in ended.json["items"]} == titles


def test_where_a_query_is_wrong_is_counted_in_what_was_written(desk: Desk) -> None:
    desk.run("sync")
    ended = desk.run("queue", "-from:ana")
    assert ended.code == 2
    assert "from: (character 2)" in ended.err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("queue --jsno", "did you mean --json?"),
        ("queue client:acme --limt 3", "did you mean --limit?"),
        ("queue --limt=3", "no option --limt;"),
        ("queue -json", "did you mean --json?"),
        ("search x -limit 3", "did you mean --limit?"),
        ("show 1 --al", "did you mean --all?"),
        ("undo --hmoe x", "did you mean --home?"),
        ("status -x", "no option -x"),
        ("show 1 2", "unrecognized arguments: 2"),
        ("queue --limit -5", "-5 is no number"),
        ("queue --home", "--home"),
    ],
)
def test_a_slip_in_an_option_names_the_nearest(desk: Desk, line: str, says: str) -> None:
    ended = desk.run("--lang", "en", *line.split())
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", 0), ("queue", 0), ("queue -label:x", 0), ("search x", 0), ("show 1", 0), ("status", 0),
        ("sync", 0), ("check", 0), ("archive 1", 0), ("undo", 0), ("redo", 0), ("backup", 0),
        ("demo", 2), ("queue --limit x", 2), ("queue --jsno", 2), ("queue due:banana", 2),
        ("search", 2), ("show", 2), ("show x", 2), ("show 999", 2), ("snooze 1 banana", 2),
        ("nonsense", 2), ("--lang fr", 2), ("sync --client acmee", 2), ("restore nowhere.db", 6),
        ("queue --home", 2), ("show 1 2", 2),
    ],
)  # fmt: skip
def test_a_program_always_reads_one_json_object(desk: Desk, line: str, code: int) -> None:
    desk.run("sync")
    ended = desk.run("--json", *line.split())
    assert ended.code == code, ended.err
    assert isinstance(ended.json, dict)
    if code:
        assert ended.json["exit"] == code
        assert ended.json["error"].splitlines()[0] in ended.err
    else:
        assert ended.err == ""


def test_a_program_that_starts_without_a_config_reads_one_json_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path, capsys)
    (desk.home / "config.toml").unlink()
    ended = desk.run("--json")
    assert ended.code == 0
    assert ended.json["total"] > 0
    assert "made-up data" in ended.err


def test_an_interrupted_command_says_so_to_a_program(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_ctx: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(status, "status", interrupted)
    ended = desk.run("status", "--json")
    assert ended.code == 130
    assert ended.json == {"schema": 1, "error": "Interrupted.", "exit": 130}
    assert desk.run("status").out == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("line", ["show 99 --json", "show --json"])
def test_an_error_that_finds_no_room_is_no_fault_of_ours(desk: Desk, line: str) -> None:
    command = f'"{sys.executable}" -m trastienda --home "{desk.home}" {line} >/dev/full'
    ended = subprocess.run(command, shell=True, check=False, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_going_back_while_it_is_open_says_to_close_it(desk: Desk) -> None:
    desk.run("sync")
    made = desk.run("backup", "--json").json["file"]
    with lock.hold(home.find(desk.home).lock):
        ended = desk.run("restore", made, "--json")
    assert ended.code == 1
    assert "Close its screen" in json.loads(ended.out)["error"]
    assert "sync --watch" in ended.err
    assert desk.run("restore", made).code == 0


def test_a_folder_in_the_place_of_the_database_is_called_one(desk: Desk) -> None:
    desk.database.mkdir()
    for line in ("status", "queue", "sync", "archive 1"):
        ended = desk.run(*line.split())
        assert (ended.code, "is a folder" in ended.err) == (6, True), (line, ended.err)
    (found,) = [
        one for one in desk.run("check", "--json").json["findings"] if one["level"] == "bad"
    ]
    assert "is a folder" in found["text"]
