"""The command line as people and programs meet it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from store import driver
from store.database import open_database
from tests.trastienda.desk import CONFIG, Desk, chat, until
from trastienda import lock
from trastienda.cli import main


def test_version_loads_nothing_heavy() -> None:
    code = (
        "import sys; from trastienda.cli import main; main(['--version']); "
        "print(*sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    version, modules = done.stdout.splitlines()
    assert version.startswith("trastienda 0.")
    heavy = {
        "alembic", "apscheduler", "asana", "asyncio", "httpx", "imapclient", "keyring", "psycopg",
        "rich", "sqlalchemy", "sqlcipher3", "textual", "trello", "tui", "triage",
    }  # fmt: skip
    assert not heavy & set(modules.split())


def test_sync_then_queue_show_everything_once_under_the_right_client(desk: Desk) -> None:
    first = desk.run("sync", "--json")
    assert first.code == 0
    assert [
        (one["client"], one["channel"], one["kind"], one["state"], one["new"])
        for one in first.json["channels"]
    ] == [("acme", "chat", "memory", "ok", 4), ("luz", "chat", "memory", "ok", 4)]
    assert set(first.json["channels"][0]) == {
        "client", "channel", "kind", "state", "new", "changed", "unchanged", "requests", "seconds",
        "error",
    }  # fmt: skip
    again = desk.run("sync", "--json").json["channels"]
    assert [(one["new"], one["changed"]) for one in again] == [(0, 0), (0, 0)]
    found = desk.run("queue", "--json").json
    assert found["total"] == 4
    assert set(found["items"][0]) == {
        "id", "client", "channel", "channel_kind", "external_id", "kind", "title", "state",
        "triage", "turn", "due", "url", "updated_at", "unread", "labels", "container",
    }  # fmt: skip
    assert sorted((one["client"], one["title"]) for one in found["items"]) == [
        ("acme", "Asunto 1"), ("acme", "Asunto 2"), ("luz", "Asunto 1"), ("luz", "Asunto 2"),
    ]  # fmt: skip
    desk.add("luz", chat(3))
    only = desk.run("sync", "--json", "--client", "luz").json["channels"]
    assert [(one["client"], one["new"]) for one in only] == [("luz", 2)]


@pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="has no such file names")
@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONUTF8": "1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1:strict"},
    ],
    ids=["utf-8", "ascii", "latin-1"],
)
def test_bytes_that_are_no_text_break_nothing(tmp_path: Path, env: dict[str, str]) -> None:
    home = os.fsencode(tmp_path) + b"/due\xf1a \xff?#"

    def run(*words: str | bytes) -> tuple[int, bytes]:
        command = [sys.executable, "-m", "trastienda", "--home", home, "--lang", "en", *words]
        ended = subprocess.run(
            command, env=os.environ | env, stdin=subprocess.DEVNULL, capture_output=True,
            check=False, timeout=60,
        )  # fmt: skip
        said = ended.stdout + ended.stderr
        assert b"Traceback" not in said
        assert b"went wrong" not in said
        return ended.returncode, said

    assert run("demo", "--no-input")[0] == 0
    code, said = run("search", b"\xff")
    assert (code, b"has no letter" in said) == (0, True)
    assert run("backup", home + b"/\xfe")[0] == 0
    assert run("snooze", "1", b"ma\xf1ana")[0] == 2
    assert run("status", "--json")[0] == 0
    assert run(b"\xff")[0] == 2


def test_a_clock_set_back_gives_no_channel_an_age(desk: Desk) -> None:
    desk.run("sync")
    connection = driver.connect(desk.home / "trastienda.db")
    connection.execute("UPDATE channel SET last_success = last_success + 86400000")
    connection.close()
    assert [one["age_seconds"] for one in desk.run("status", "--json").json["channels"]] == [
        None, None,
    ]  # fmt: skip
    out = desk.run("status").out
    assert out.count("   ?") == 2, out


def test_a_search_for_an_emoji_finds_it_and_one_for_signs_says_why_it_finds_nothing(
    desk: Desk,
) -> None:
    desk.add("acme", chat(4, "¡Gracias! 🎉"))
    desk.run("sync")
    assert desk.run("search", "🎉", "--json").json["total"] == 1
    for command in ("search", "queue"):
        ended = desk.run(command, "*")
        assert ended.code == 0
        assert ended.out == "“*” has no letter, digit or emoji to look for.\n"


def test_show_and_search_and_status_speak_json(desk: Desk) -> None:
    desk.run("sync")
    desk.add("acme", chat(4, "Presupuesto de otoño"))
    desk.run("sync")
    found = desk.run("search", "otono", "--json").json
    assert [one["title"] for one in found["items"]] == ["Asunto 4"]
    item = desk.run("show", str(found["items"][0]["id"]), "--json").json
    assert item["messages"][0]["text"] == "Presupuesto de otoño"
    assert item["messages"][0]["direction"] == "in"
    assert {"body", "changes", "attachments"} <= set(item)
    status = desk.run("status", "--json").json
    assert status["engine"] is False
    (one, _) = status["channels"]
    assert (one["state"], one["error"]) == ("ok", None)
    assert one["age_seconds"] >= 0


def test_every_decision_can_be_taken_and_taken_back(desk: Desk) -> None:
    desk.run("sync")
    items = [one["id"] for one in desk.run("queue", "--json").json["items"]]
    assert desk.run("archive", str(items[0]), str(items[1])).out == "2 archived.\n"
    assert desk.run("queue", "--json").json["total"] == 2
    assert desk.run("undo").out == "Undone: archive (2).\n"
    assert desk.run("redo").code == 0
    assert desk.run("undo").code == 0
    snoozed = desk.run("snooze", str(items[0]), "in", "3", "days", "--json").json
    assert snoozed["items"] == [items[0]]
    assert snoozed["until"] > datetime.now(UTC).isoformat()
    assert desk.run("snooze", str(items[1]), "reply").code == 0
    assert desk.run("wait", str(items[2]), "--until", "tomorrow").code == 0
    assert desk.run("plan", str(items[3])).code == 0
    assert desk.run("queue", "--json").json["total"] == 1
    assert desk.run("queue", "state:waiting", "--json").json["total"] == 1


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("archive", "999"), 2, "There is no item 999"),
        (("archive", "x"), 2, "is no number"),
        (("archive", "9" * 40), 2, "is no number"),
        (("reply", "1" + "0" * 21, "x"), 2, "is no number"),
        (("outbox", "--again", "9" * 30), 2, "is no number"),
        (("outbox", "--drop", "-5"), 2, "is no number"),
        (("show", "999"), 2, "trastienda queue"),
        (("snooze", "1", "banana"), 2, "“tomorrow”"),
        (("snooze", "1", "2020-01-01"), 2, "already passed"),
        (("queue", "due:banana"), 2, "banana"),
        (("sync", "--client", "acmee"), 2, "Did you mean acme?"),
        (("nonsense",), 2, "nonsense"),
        (("--focus", "acme", "queue"), 2, "--focus is for the screen alone"),
        (("--lang", "fr", "queue"), 2, "fr"),
        (("restore", "/nowhere/x.db"), 6, "/nowhere/x.db"),
    ],
)
def test_a_slip_gets_a_line_that_says_what_to_do(
    desk: Desk, words: tuple[str, ...], code: int, says: str
) -> None:
    desk.run("sync")
    ended = desk.run(*words)
    assert (ended.code, says in ended.err) == (code, True), ended.err
    assert "Traceback" not in ended.err


def test_a_focus_without_a_screen_lists_that_client_alone_and_names_no_other(desk: Desk) -> None:
    desk.run("sync")
    assert "Luz" in desk.run("queue").out
    ended = desk.run("--focus", "acme")
    assert ended.code == 0
    assert "ACME" in ended.out
    assert "Luz" not in ended.out
    wrong = desk.run("--focus", "acne")
    assert wrong.code == 2
    assert "There is no client acne." in wrong.err
    assert "luz" not in (wrong.out + wrong.err).casefold()


def test_a_wrong_key_is_pointed_at_with_the_nearest_right_one(desk: Desk) -> None:
    desk.write_config('[va]\nlanguaje = "es"\n')
    ended = desk.run("queue")
    assert ended.code == 3
    assert f"{desk.home}/config.toml:2:1" in ended.err
    assert "language" in ended.err
    as_json = desk.run("queue", "--json")
    assert as_json.json["exit"] == 3


def test_a_wrong_key_of_a_channel_is_pointed_at_wherever_it_is_said(desk: Desk) -> None:
    text = CONFIG.format(folder=desk.folder).replace('file = "', 'fiel = "', 1)
    desk.write_config(text)
    place = f"{desk.home}/config.toml:{text[: text.index('fiel')].count(chr(10)) + 1}:1: "
    report = desk.run("sync", "--json", "--client", "acme")
    assert report.code == 3
    assert report.json["channels"][0]["error"].startswith(place + "[clients.acme.channels.chat]")
    told = desk.run("status", "--json").json["channels"][0]
    assert told["error"] == report.json["channels"][0]["error"]


def test_without_a_config_she_is_told_where_it_goes(desk: Desk) -> None:
    (desk.home / "config.toml").unlink()
    ended = desk.run("sync")
    assert ended.code == 3
    assert str(desk.home / "config.toml") in ended.err
    assert "trastienda demo" in ended.err
    assert not desk.database.exists()


def broken(desk: Desk) -> None:
    desk.database.write_bytes(b"no database at all" * 400)


def newer(desk: Desk) -> None:
    connection = driver.connect(desk.database)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


@pytest.mark.parametrize(("spoil", "says"), [(broken, "restore"), (newer, "newer version")])
def test_a_database_that_cannot_be_used_is_left_as_it_is(
    desk: Desk, spoil: Callable[[Desk], None], says: str
) -> None:
    desk.run("sync")
    spoil(desk)
    before = desk.database.read_bytes()
    for words in (("sync",), ("queue",), ("archive", "1"), ("status",)):
        ended = desk.run(*words)
        assert (ended.code, says in ended.err) == (6, True), (words, ended.err)
    assert desk.run("check").code == 6
    assert desk.database.read_bytes() == before


def test_a_database_in_use_elsewhere_is_not_forced(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.run("sync")
    monkeypatch.setattr(driver, "_PRAGMAS", ("PRAGMA busy_timeout = 50", *driver._PRAGMAS[1:]))
    other = driver.connect(desk.database)
    other.execute("BEGIN IMMEDIATE")
    ended = desk.run("archive", "1")
    other.execute("ROLLBACK")
    other.close()
    assert ended.code == 6
    assert "Another program" in ended.err
    assert desk.run("archive", "1").code == 0


def test_a_database_that_may_only_be_read_is_still_shown(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.run("sync")
    connect = driver.connect
    monkeypatch.setattr(driver, "connect", lambda path, **_: connect(path, read_only=True))
    ended = desk.run("archive", "1")
    assert ended.code == 6
    assert "permissions" in ended.err
    assert desk.run("queue", "--json").json["total"] == 4


def test_a_full_disk_is_said_and_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.run("sync")
    total = desk.run("queue", "--json").json["total"]
    connection = driver.connect(desk.database)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.close()
    with monkeypatch.context() as patch:
        patch.setattr(driver, "_PRAGMAS", (*driver._PRAGMAS, f"PRAGMA max_page_count = {pages}"))
        desk.add("acme", "".join(chat(n, "x" * 9000) for n in range(10, 60)))
        ended = desk.run("sync")
        assert ended.code == 6
        assert "no room left" in ended.err
        assert desk.run("queue", "--json").json["total"] == total
    assert desk.run("sync").code == 0
    assert desk.run("queue", "--json").json["total"] == total + 50


def test_an_unreadable_channel_is_told_from_the_rest(desk: Desk) -> None:
    desk.run("sync")
    (desk.folder / "luz.jsonl").write_text("not a record\n")
    ended = desk.run("sync", "--json")
    assert ended.code == 3
    states = {one["client"]: one["state"] for one in ended.json["channels"]}
    assert states == {"acme": "ok", "luz": "config"}
    assert desk.run("queue", "--json").json["total"] == 4
    text = desk.run("status").out
    assert "luz.jsonl" in text.replace("\n    ", "")


def test_it_speaks_her_language(desk: Desk) -> None:
    desk.run("sync")
    english = desk.run("--lang", "en", "queue").out
    assert "client" in english.splitlines()[0]
    assert main(["--lang", "es", "--help"]) == 0
    assert os.environ["LANGUAGE"] == "es"


def test_rows_fit_eighty_columns(desk: Desk) -> None:
    desk.add("acme", chat(9, title="漢字 " * 40))
    desk.run("sync")
    from rich.cells import cell_len

    lines = desk.run("queue").out.splitlines()
    assert len(lines) == 6
    assert all(cell_len(line) <= 80 for line in lines)


def test_what_strangers_write_cannot_act_on_the_terminal(desk: Desk) -> None:
    desk.add("acme", chat(9, "\x1b]52;c;cm0=\x07\x9b2J\u202e", title="Re: [/] \x1b]0;PWN\x07"))
    desk.run("sync")
    out = desk.run("queue").out + desk.run("show", "5").out + desk.run("search", "Re").out
    assert "Re: [/]" in out
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out)


def test_a_reader_that_goes_away_is_no_error(desk: Desk) -> None:
    desk.run("sync")
    running = desk.start("queue", "--json")
    assert running.stdout is not None
    running.stdout.close()
    assert running.wait(30) == 0
    assert running.stderr is not None
    assert running.stderr.read() == ""
    running.stderr.close()


def test_backup_and_restore_bring_her_decisions_back(desk: Desk) -> None:
    desk.run("sync")
    desk.run("archive", "1")
    made = desk.run("backup", "--json").json["file"]
    desk.run("undo")
    assert desk.run("queue", "--json").json["total"] == 4
    assert desk.run("restore", made).code == 0
    assert desk.run("queue", "--json").json["total"] == 3


def test_check_says_where_everything_is_and_shows_no_secret(desk: Desk) -> None:
    desk.run("sync")
    ended = desk.run("check", "--json")
    assert ended.code == 0, ended.out
    areas = {one["area"] for one in ended.json["findings"]}
    assert {"program", "config", "database", "disk", "channels"} <= areas


LOOKOUT = """
from connectors.base import Account
from connectors.memory import MemoryConfig, MemoryConnector
from normalizer.said import Said

class Lookout(MemoryConnector):
    kind = "lookout"
    Config = MemoryConfig

    def check(self):
        rights = (Said("You may only look: {why}.", (("why", "the key says so"),)),)
        return Account("Lola", places=("Web", "Blog"), rights=rights)
"""


def test_check_says_what_we_may_do_beneath_the_account(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "site"
    about = installed / "lookout-1.dist-info"
    about.mkdir(parents=True)
    (installed / "lookout.py").write_text(LOOKOUT)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lookout\nVersion: 1\n")
    entry = "[trastienda.connectors]\nlookout = lookout:Lookout\n"
    (about / "entry_points.txt").write_text(entry)
    monkeypatch.syspath_prepend(installed)
    channel = '[clients.acme.channels.board]\nkind = "lookout"\n'
    desk.write_config(CONFIG.format(folder=desk.folder) + channel)
    lines = desk.run("check").out.splitlines()
    (number,) = [n for n, line in enumerate(lines) if "acme/board: Lola, Web, Blog" in line]
    assert lines[number + 1].strip() == "You may only look: the key says so."
    found = desk.run("check", "--json").json["findings"]
    assert ["You may only look: the key says so."] in [one["details"] for one in found]


LITERAL = """
[clients.acme.channels.mail]
kind = "imap"
host = "127.0.0.1"
port = 1
user = "lola"
password = "hunter2-canary"
"""


def test_check_says_what_to_do_with_a_secret_in_plain_text(desk: Desk) -> None:
    desk.write_config(CONFIG.format(folder=desk.folder) + LITERAL)
    ended = desk.run("check", "--json")
    (found,) = [one for one in ended.json["findings"] if one["area"] == "secrets"]
    assert found["level"] == "warning"
    assert "keyring set trastienda acme/mail/password" in found["text"]
    assert "canary" not in ended.out + ended.err


def test_check_warns_of_a_database_that_is_copied_behind_its_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "Dropbox"
    folder.mkdir()
    desk = Desk(folder, capsys)
    desk.run("sync")
    ended = desk.run("check", "--json")
    assert ended.code == 0
    said = [one["text"] for one in ended.json["findings"] if one["level"] == "warning"]
    assert any("Dropbox" in text for text in said)


def test_a_second_engine_says_that_one_is_at_work(desk: Desk) -> None:
    desk.run("sync")
    with lock.hold(desk.home / "engine.lock"):
        ended = desk.run("sync", "--watch", "--parent-pid", str(os.getppid()))
    assert ended.code == 1
    assert "already" in ended.err


def test_a_watch_serves_a_sync_beside_it_and_ends_on_sigterm(desk: Desk) -> None:
    running = desk.start("sync", "--watch", "--json")
    try:
        until(lambda: lock.held(desk.home / "engine.lock"))
        until(lambda: desk.database.exists() and _states(desk) == ["ok", "ok"])
        desk.add("acme", chat(7))
        beside = desk.run("sync", "--json")
        assert beside.code == 0
        acme, luz = beside.json["channels"]
        assert (acme["state"], luz["state"]) == ("ok", "ok")
        assert acme["new"] in {0, 2}  # none where the engine saw them come before it was asked
        assert (luz["new"], luz["changed"]) == (0, 0)
        assert acme["requests"] > 0
        assert acme["seconds"] > 0
        assert desk.run("queue", "--json").json["total"] == 5
        assert desk.run("status", "--json").json["engine"] is True
    finally:
        running.send_signal(signal.SIGTERM)
        _out, err = running.communicate(timeout=30)
    assert (running.returncode, err) == (0, "")
    assert not lock.held(desk.home / "engine.lock")


def _states(desk: Desk) -> list[str]:
    return [one["state"] for one in desk.run("status", "--json").json["channels"]]


def test_the_screens_child_ends_with_the_pipe_that_holds_it(desk: Desk) -> None:
    desk.run("sync")
    running = desk.start("sync", "--watch", "--parent-pid", str(os.getpid()), stdin=subprocess.PIPE)
    until(lambda: lock.held(desk.home / "engine.lock"))
    running.communicate(timeout=30)
    assert running.returncode == 0


def test_a_killed_engine_leaves_its_place_free(desk: Desk) -> None:
    desk.run("sync")
    running = desk.start("sync", "--watch")
    until(lambda: lock.held(desk.home / "engine.lock"))
    running.kill()
    running.communicate(timeout=30)
    assert not lock.held(desk.home / "engine.lock")
    assert desk.run("sync").code == 0


@pytest.mark.parametrize("columns", [50, 100])
def test_a_terminal_is_written_on_as_wide_as_it_is(desk: Desk, columns: int) -> None:
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 30, columns, 0, 0))
    there = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    command = [sys.executable, "-m", "trastienda", "--home", str(desk.home), "check"]
    running = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=there)
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError), open(ours, "rb", buffering=0) as terminal:  # noqa: PTH123
        while part := terminal.read(4096):
            said += part
    assert running.wait(30) == 0
    longest = max(map(len, said.decode().splitlines()))
    assert columns - 20 <= longest <= columns


def test_ctrl_c_ends_a_pass_with_130(desk: Desk) -> None:
    open_database(desk.database).close()
    fifo = desk.folder / "acme.jsonl"
    fifo.unlink()
    os.mkfifo(fifo)  # the connector hangs opening it
    running = desk.start("sync", "--json")
    until(lambda: _acme_is_read(desk))
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130, err
    assert json.loads(out) == {"schema": 1, "error": "Interrupted.", "exit": 130}
    assert "Traceback" not in err
    assert _acme(desk)["state"] == "later"


def _acme(desk: Desk) -> Any:
    channels = desk.run("status", "--json").json["channels"]
    return next((one for one in channels if one["client"] == "acme"), {"state": None})


def _acme_is_read(desk: Desk) -> bool:
    # Half-way counts as later where no engine is alive, and here one pass holds the lock.
    return bool(_acme(desk)["state"] == "syncing")


@pytest.mark.parametrize(
    ("ending", "code"),
    [("queue >&-", 0), ("show 99 2>&-", 2), ("queue --json >/dev/full", 1), ("queue <&- 2>&-", 0)],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_output_that_is_closed_or_full_is_no_fault_of_ours(
    desk: Desk, ending: str, code: int
) -> None:
    assert desk.run("sync").code == 0
    command = f'"{sys.executable}" -m trastienda --home "{desk.home}" {ending}'
    ended = subprocess.run(command, shell=True, check=False, capture_output=True, text=True)
    assert ended.returncode == code, ended
    assert ("could not be written" in ended.stderr) == ("full" in ending)
    assert "Something went wrong" not in ended.stderr


def test_a_backup_that_has_no_place_says_so(desk: Desk) -> None:
    assert desk.run("sync").code == 0
    ended = desk.run("backup", str(desk.home / "config.toml"))
    assert ended.code == 6
    assert "config.toml" in ended.err
    assert "Something went wrong" not in ended.err
