"""End to end on a pseudo-terminal: what reaches the terminal, and what it costs."""

from __future__ import annotations

import os
import re
import signal
import termios
from datetime import timedelta
from pathlib import Path

import pytest

from store.database import open_database
from store.directory import declare
from store.reader import Reader
from store.views import Lane
from tests.tui.pty_screen import Terminal
from tests.tui.world import NOW, build, clients, fill, mail


def test_it_starts_works_and_gives_the_terminal_back(tmp_path: Path) -> None:
    with Terminal(build(tmp_path)) as terminal:
        terminal.until("help")
        assert "Propuesta de web nueva" in terminal.text
        terminal.send("e")
        terminal.until("u undoes it")
        assert "Propuesta de web nueva" not in terminal.text
        terminal.send("u")
        terminal.until("Undone")
        terminal.until("Propuesta de web nueva")
        terminal.send("q")
        assert terminal.leave() == 0
    assert terminal.data.rstrip().endswith(b"\x1b[?25h")
    assert terminal.data.count(b"\x1b[?1049h") == 1
    assert b"\x1b[>" not in terminal.data, "asks for every key as an escape code"


def test_the_first_rows_come_before_the_toolkit_and_early_keys_are_not_lost(tmp_path: Path) -> None:
    with Terminal(build(tmp_path)) as terminal:
        terminal.until("Propuesta de web nueva")
        assert b"\x1b[?1000h" not in terminal.data, "the toolkit was already there"
        terminal.send("jjj")
        terminal.until("help")
        terminal.until("›! Nube Cons… @  Iván Díaz")
        terminal.send("q")
        assert terminal.leave() == 0


def test_the_terminals_own_cursor_stands_on_the_chosen_row(tmp_path: Path) -> None:
    with Terminal(build(tmp_path)) as terminal:
        terminal.until("help")
        terminal.send("jjj")
        terminal.rest()
        assert not terminal.screen.cursor.hidden
        assert (terminal.screen.cursor.x, terminal.screen.cursor.y) == (0, 4)
        terminal.send("q")
        terminal.leave()


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_a_key_held_down_sends_few_bytes(tmp_path: Path, size: tuple[int, int]) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    path = build(folder)
    db = open_database(path)
    key = declare(db, clients(), NOW)["acme", "correo"]
    many = [
        mail(f"m{n}", "Marta Ruiz", f"Asunto número {n}", "Texto.", timedelta(hours=n))
        for n in range(300)
    ]
    fill(db, key, "mail", many, cursor="9")
    db.close()
    with Terminal(path, size) as terminal:
        terminal.until("help")
        terminal.rest()
        before = len(terminal.data)
        for _ in range(200):
            terminal.send("j")
            terminal.rest(0.02)
        terminal.rest()
        per_key = (len(terminal.data) - before) / 200
        terminal.send("q")
        terminal.leave()
    print(f"{size}: {per_key:.0f} bytes a key")
    assert per_key < 1200


def test_no_color_still_tells_everything(tmp_path: Path) -> None:
    with Terminal(build(tmp_path), env={"NO_COLOR": "1"}) as terminal:
        terminal.until("help")
        terminal.rest()
        assert "›!" in terminal.text
        assert "!@" in terminal.text
        terminal.send("q")
        assert terminal.leave() == 0
    assert not re.search(rb"\x1b\[[0-9;]*\b3[1-7]\b", terminal.data)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("ready", ["Propuesta de web nueva", "help"])
def test_told_to_end_it_gives_the_terminal_back(
    tmp_path: Path, number: signal.Signals, ready: str
) -> None:
    with Terminal(build(tmp_path)) as terminal:
        before = termios.tcgetattr(terminal.fd)
        terminal.until(ready)  # the rows alone, and with the toolkit
        os.kill(terminal.pid, number)
        assert terminal.leave() == 128 + number
        assert termios.tcgetattr(terminal.fd) == before
    for mode in (b"1000", b"1003", b"1004", b"2004"):
        on, off = terminal.data.rfind(b"?" + mode + b"h"), terminal.data.rfind(b"?" + mode + b"l")
        assert on <= off, f"{mode!r} stays on"
    assert terminal.data.rstrip().endswith(b"\x1b[?1049l\x1b[?25h")
    assert b"Traceback" not in terminal.data


@pytest.mark.parametrize("led", [False, True])
def test_what_she_decided_is_kept_though_the_window_is_closed_at_once(
    tmp_path: Path, led: bool
) -> None:
    path = build(tmp_path)
    with Terminal(path, led=led) as terminal:
        terminal.until("help")
        terminal.send("e")
        while "Propuesta de web nueva" in terminal.text:
            terminal.rest(0.01)
        assert terminal.vanish() == 128 + signal.SIGHUP
    reader = Reader(path)
    [found] = [row for row in reader.rows(reader.search("propuesta")) if row]
    reader.close()
    assert found.lane is Lane.ARCHIVED


def test_bytes_that_are_no_text_end_nothing(tmp_path: Path) -> None:
    with Terminal(build(tmp_path)) as terminal:
        terminal.until("help")
        os.write(terminal.fd, b"j\xff\xf1j")
        terminal.rest()
        assert terminal.screen.cursor.y == 3, "the keys around them count"
        terminal.send("q")
        assert terminal.leave() == 0
    assert b"Traceback" not in terminal.data
    assert b"UnicodeDecodeError" not in terminal.data
