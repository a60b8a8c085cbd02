"""`trastienda` alone on a real terminal: the screen, and the engine it brings and takes along."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from trastienda import lock

pty = pytest.importorskip("pty", reason="needs a POSIX terminal")

CONFIG = """
[va]
language = "en"
timezone = "UTC"
[clients.acme]
name = "ACME"
[clients.acme.channels.chat]
kind = "memory"
file = "{file}"
"""


class Terminal:
    """A program on a pseudo-terminal, and all that it has written."""

    def __init__(self, home: Path) -> None:
        self.seen = b""
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.environ["TERM"] = "xterm-256color"
            # The terminal has no size of its own either: 0 by 0, as in some containers.
            os.environ.pop("COLUMNS", None)
            os.environ.pop("LINES", None)
            command = [sys.executable, "-m", "trastienda", "--home", str(home)]
            os.execv(sys.executable, command)
        os.set_blocking(self.fd, False)

    def read(self) -> None:
        try:
            self.seen += os.read(self.fd, 65536)
        except BlockingIOError:
            time.sleep(0.05)
        except OSError:
            time.sleep(0.05)  # Linux says so once the other end is closed

    def ended(self) -> bool:
        self.read()
        return os.waitpid(self.pid, os.WNOHANG)[0] != 0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    records = [
        {"stream": "conversation", "id": "c1", "json": {"title": "Presupuesto"}},
        {"stream": "message", "id": "m1", "json": {
            "about": {"stream": "conversation", "id": "c1"}, "author": {"name": "Ana"},
            "sent_at": "2026-10-14T08:00:00+00:00", "text": "¿Cómo va?"}},
    ]  # fmt: skip
    (tmp_path / "acme.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(CONFIG.format(file=tmp_path / "acme.jsonl"))
    (home / "config.toml").chmod(0o600)
    return home


@pytest.fixture
def terminal(home: Path) -> Iterator[Terminal]:
    terminal = Terminal(home)
    yield terminal
    os.close(terminal.fd)


def until(condition: object, terminal: Terminal) -> None:
    assert callable(condition)
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, terminal.seen[-2000:]
        terminal.read()


def test_the_screen_brings_its_engine_and_takes_it_along(home: Path, terminal: Terminal) -> None:
    until(lambda: lock.held(home / "engine.lock"), terminal)
    until(lambda: b"Presupuesto" in terminal.seen, terminal)
    os.write(terminal.fd, b"q")
    until(terminal.ended, terminal)
    assert not lock.held(home / "engine.lock")


def test_the_engine_ends_though_the_screen_is_killed(home: Path, terminal: Terminal) -> None:
    until(lambda: lock.held(home / "engine.lock"), terminal)
    os.kill(terminal.pid, signal.SIGKILL)
    until(terminal.ended, terminal)
    until(lambda: not lock.held(home / "engine.lock"), terminal)


def test_an_engine_that_is_killed_is_started_again(home: Path, terminal: Terminal) -> None:
    until(lambda: lock.held(home / "engine.lock"), terminal)
    children = Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children")
    if not children.exists():
        pytest.skip("asks Linux who the engine is")

    def engine() -> int:
        threads = Path(f"/proc/{terminal.pid}/task").glob("*/children")
        return next((int(one) for path in threads for one in path.read_text().split()), 0)

    first = engine()
    assert first
    os.kill(first, signal.SIGKILL)
    until(lambda: b"Nothing is being fetched just now" in terminal.seen, terminal)
    until(lambda: engine() not in {0, first} and lock.held(home / "engine.lock"), terminal)
    os.write(terminal.fd, b"q")
    until(terminal.ended, terminal)
    assert not lock.held(home / "engine.lock")
