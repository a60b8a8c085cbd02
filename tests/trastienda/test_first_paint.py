"""The first rows come before the config is read, by what was kept of it: never by what is old."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.tui.world import build
from trastienda import kept, launch, lock
from trastienda.config import load
from trastienda.home import Home
from tui.app import told
from tui.first import Told
from tui.setup import Setup, Taste

pytest.importorskip("termios", reason="needs a POSIX terminal")

from tests.tui.pty_screen import Terminal

CONFIG = """
[va]
language = "en"
timezone = "Europe/Madrid"
[screen]
keys = "vim"
theme = "dark"
[clients.acme]
name = "ACME"
[clients.acme.channels.correo]
kind = "imap"
host = "mail.example"
user = "lola"
password = "correct horse battery staple"
"""
ROW = "Propuesta de web nueva"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    shutil.copy(build(tmp_path), folder / "trastienda.db")
    (folder / "cache").mkdir(mode=0o700)
    (folder / "config.toml").write_text(CONFIG)
    (folder / "config.toml").chmod(0o600)
    return Home.at(folder)


def wanted(home: Home) -> Told:
    config = load(home.config)
    taste = config.screen or Taste()
    zone = ZoneInfo(config.va.timezone)
    keymap = {"queue.archive": ("E", "ctrl+e")}
    return told(
        Setup(target=str(home.database), language="en", timezone=zone, taste=taste, keymap=keymap)
    )


def keep(home: Home) -> Path:
    kept.keep(home, kept.stamp(home), wanted(home), "en")
    return home.cache / kept.NAME


def test_what_was_kept_is_what_the_config_says_and_no_secret(home: Home) -> None:
    path = keep(home)
    assert kept.recall(home) == ("en", wanted(home)._replace(language=""))
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert not [word for word in ("horse", "lola", "mail.example", "acme") if word in text.lower()]
    assert [one.name for one in home.cache.iterdir()] == [kept.NAME]


def written_again(home: Home) -> None:
    home.config.write_text(CONFIG.replace("dark", "plum"))


def opened_to_others(home: Home) -> None:
    home.config.chmod(0o666)


def elsewhere(home: Home) -> None:
    home.config.rename(home.config.with_suffix(".old"))


def with_keys(home: Home) -> None:
    home.keys.write_text('[queue]\narchive = "x"\n')


@pytest.mark.parametrize("change", [written_again, opened_to_others, elsewhere, with_keys])
def test_it_counts_no_longer_once_a_file_it_was_made_of_is_another(
    home: Home, change: Callable[[Home], None]
) -> None:
    keep(home)
    change(home)
    assert kept.recall(home) is None


def test_it_counts_no_longer_in_another_time_zone_or_version(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keep(home)
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/Bogota")
        assert kept.recall(home) is None
    assert kept.recall(home) is not None
    with monkeypatch.context() as patch:
        patch.setattr(kept, "__file__", str(tmp_path / "another"))
        assert kept.recall(home) is None


def test_another_homes_is_never_taken(home: Home, tmp_path: Path) -> None:
    path = keep(home)
    other = Home.at(tmp_path / "other")
    other.cache.mkdir(parents=True)
    shutil.copy(home.config, other.config)
    shutil.copy(path, other.cache / kept.NAME)
    assert kept.recall(other) is None


def test_what_is_garbled_or_not_ours_alone_is_left(home: Home, tmp_path: Path) -> None:
    path = keep(home)
    whole = path.read_text()
    lines = whole.split("\n")
    short = "\n".join([lines[0], "en", "UTC", "dark"])
    others = [whole.replace("dark", "plum"), whole.replace("vim", "emacs")]
    for text in ("", "\0", whole[: len(whole) // 2], short, *others, "x" * 70_000):
        path.write_text(text)
        assert kept.recall(home) is None
    path.write_bytes(b"\xff" * 100)
    assert kept.recall(home) is None
    path.write_text(whole)
    assert kept.recall(home) is not None
    path.chmod(0o620)
    assert kept.recall(home) is None
    path.unlink()
    (tmp_path / "there").write_text(whole)
    path.symlink_to(tmp_path / "there")
    assert kept.recall(home) is None
    path.unlink()
    os.mkfifo(path)
    assert kept.recall(home) is None


def test_of_a_server_nothing_is_kept(home: Home) -> None:
    elsewhere = wanted(home)._replace(target="postgresql://lola@db.example/x")
    kept.keep(home, kept.stamp(home), elsewhere, "en")
    assert not [*home.cache.iterdir()]


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ([], launch.Asked()),
        (["--home", "a", "--lang=es"], launch.Asked(home="a", lang="es")),
        (["--plain"], launch.Asked(plain=True)),
        (["--home"], None),
        (["--home", "--json"], None),
        (["--json"], None),
        (["queue"], None),
        (["--help"], None),
        (["--plain=1"], None),
    ],
)
def test_only_words_that_ask_for_the_screen_alone_are_read_here(
    words: list[str], read: launch.Asked | None
) -> None:
    assert launch.asked(words) == read


class Program(Terminal):
    """`trastienda --home …` on a terminal."""

    def words(self, database: Path, taste: Mapping[str, str | bool]) -> list[str]:
        return [sys.executable, "-m", "trastienda", "--home", str(database.parent)]


def test_the_second_start_looks_like_the_first(home: Home) -> None:
    looks = []
    for _ in range(2):
        with lock.hold(home.lock), Program(home.database, (80, 24)) as terminal:
            terminal.until(ROW)
            assert b"\x1b[?1000h" not in terminal.data, "the toolkit was already there"
            rows = [line for line in terminal.screen.display if ROW in line]
            cells = [[*terminal.screen.buffer[line].values()] for line in (1, 2)]
            terminal.until("help")
            terminal.rest()
            assert [line for line in terminal.screen.display if ROW in line][:1] == rows
            terminal.send("q")
            assert terminal.leave() == 0
            looks.append((rows, cells))
    assert kept.recall(home) is not None
    assert looks[0] == looks[1]


def test_what_stands_there_gives_way_to_what_is_to_be_said(home: Home) -> None:
    keep(home)
    home.config.chmod(0o666)
    home.cache.joinpath(kept.NAME).write_text(
        "\n".join([kept.stamp(home), *(home.cache / kept.NAME).read_text().split("\n")[1:]])
    )
    with Program(home.database, (80, 24)) as terminal:
        terminal.until("chmod 600")
        assert ROW.encode() in terminal.data, "the rows stood there before"
        assert terminal.leave() == 3
        assert b"\x1b[?1049l" in terminal.data.partition(b"chmod 600")[0]


def test_a_database_that_cannot_be_read_is_told_of_as_ever(home: Home) -> None:
    keep(home)
    home.database.write_bytes(b"no database" * 1000)
    with Program(home.database, (80, 24)) as terminal:
        terminal.until("restore")
        assert terminal.leave() == 6
        assert b"\x1b[?1049h" not in terminal.data


def test_next_to_nothing_is_loaded_before_the_first_rows() -> None:
    code = "import sys, json; import tui.first, tui.prepaint, trastienda.launch, trastienda.kept;"
    code += "print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    names = set(json.loads(done.stdout))
    rooms = ("connectors", "normalizer", "store", "triage", "tui", "trastienda")
    ours = {name for name in names if name.partition(".")[0] in rooms}
    heavy = "dataclasses inspect logging argparse tomllib textual sqlalchemy asyncio shutil"
    assert not names & {*heavy.split(), "subprocess", "tempfile", "platformdirs"}
    assert len(ours) <= 40, sorted(ours)
