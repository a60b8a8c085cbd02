"""A VA's desk: a home with two clients, each a file, and the command line in it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trastienda.cli import main

CONFIG = """
[va]
timezone = "UTC"
language = "en"

[clients.acme]
name = "ACME"

[clients.acme.channels.chat]
kind = "memory"
file = "{folder}/acme.jsonl"

[clients.luz]
name = "Luz"

[clients.luz.channels.chat]
kind = "memory"
file = "{folder}/luz.jsonl"
"""


def record(stream: str, number: str, value: dict[str, Any]) -> str:
    return json.dumps({"stream": stream, "id": number, "json": value}) + "\n"


def chat(number: int, text: str = "¿Cómo va?", title: str = "") -> str:
    return record(
        "conversation", f"c{number}", {"title": title or f"Asunto {number}"}
    ) + record("message", f"m{number}", {
        "about": {"stream": "conversation", "id": f"c{number}"},
        "author": {"name": "Ana", "handle": "ana@client.example"},
        "sent_at": datetime.now(UTC).isoformat(), "text": text,
    })  # fmt: skip


@dataclass
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        found = json.loads(self.out)
        assert found["schema"] == 1
        return found


class Desk:
    """A home with two clients, each a file, and commands run in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.home = folder / "home"
        self.home.mkdir(mode=0o700)
        self.write_config(CONFIG.format(folder=folder))
        for slug in ("acme", "luz"):
            (folder / f"{slug}.jsonl").write_text(chat(1) + chat(2))

    def write_config(self, text: str) -> None:
        (self.home / "config.toml").write_text(text)
        (self.home / "config.toml").chmod(0o600)

    def add(self, slug: str, text: str) -> None:
        with (self.folder / f"{slug}.jsonl").open("a") as file:
            file.write(text)

    def run(self, *words: str) -> Ended:
        code = main(["--home", str(self.home), *words])
        captured = self.capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    def start(self, *words: str, **more: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "trastienda", "--home", str(self.home), *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more,
        )  # fmt: skip

    @property
    def database(self) -> Path:
        return self.home / "trastienda.db"


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
