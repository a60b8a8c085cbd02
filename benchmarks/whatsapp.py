"""Exported WhatsApp chats: what is read of them rightly, and how long 40,000 messages take.

Ours, whatstk and chat-miner read the same files. First one conversation in all the dialects of
`tests/whatsapp_dialects.py`, which is our own and so on our side: a message counts as right where
its minute and its author are, and what has no author is left out, for the peers drop it. Then two
exports of 40,000 messages; of ours also how long the merge takes, into nothing and once again.

    python -m benchmarks.whatsapp [MESSAGES]
"""

from __future__ import annotations

import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.timing import machine, table
from connectors.whatsapp_clock import Clock
from connectors.whatsapp_merge import Chat
from normalizer.whatsapp_body import BodyKind
from normalizer.whatsapp_lines import decode, read
from tests.whatsapp_dialects import CONVERSATION, DIALECTS, Said, write

UV = Path(sys.executable).with_name("uv")
READER = Path(__file__).with_name("chat_peers.py")
PEERS = {"whatstk": "whatstk==0.9.1", "chat-miner": "chat-miner==0.6.0"}
OURS = "trastienda"
ROUNDS = 5
LONG = ("Android es-ES", "Android es-MX", "iPhone en-US")
WORDS = ("hola", "mañana", "factura", "gracias", "vale", "ok", "el", "cartel", "de", "la", "tienda")


def main(messages: int) -> None:
    print(f"{len(DIALECTS)} dialects; {messages} messages, median of {ROUNDS}. {machine()}\n")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, peers(Path(folder)) as python:
        corpus = [Path(folder, f"{n}.txt") for n in range(len(DIALECTS))]
        for path, dialect in zip(corpus, DIALECTS, strict=True):
            path.write_text(write(dialect), "utf-8")
        print(table(["dialects", "files right", "messages right", "stopped at"], [
            _right(name, told(name, python[name], corpus)) for name in python
        ]))  # fmt: skip
        long = [Path(folder, f"{name}.txt") for name in LONG]
        said = conversation(messages)
        for path in long:
            dialect = next(one for one in DIALECTS if one.name == path.stem)
            path.write_text(write(dialect, said), "utf-8")
        rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for _ in range(ROUNDS):
            for name in python:
                for path, one in zip(long, told(name, python[name], long), strict=True):
                    rows.setdefault((path.stem, name), []).append(one)
        print()
        print(table(["export", "reader", "messages right", "wall s", "CPU s"], [
            [export, name, _share(one[-1]["messages"], said),
             *(statistics.median(each[kind] for each in one) for kind in ("wall", "cpu"))]
            for (export, name), one in sorted(rows.items(), key=lambda row: LONG.index(row[0][0]))
        ]))  # fmt: skip
        print()
        print(table(["export", "work", "wall s", "CPU s", "added"], [
            [path.stem, *row] for path in long for row in merged(path)
        ]))  # fmt: skip
    for name in PEERS.keys() - python.keys():
        print(f"\n{name} is left out: it could not be installed here.")


def told(name: str, python: Path, files: Sequence[Path]) -> list[dict[str, Any]]:
    """Let a reader read the files, one process for all."""
    done = subprocess.run(
        [python, READER, name, *files],
        env={**os.environ, "PYTHONPATH": str(READER.parents[1]) if name == OURS else ""},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def conversation(messages: int) -> list[Said]:
    """Make up a chat of two: texts of some lines, files left out, edits."""
    chance, at, said = random.Random(7), datetime(2024, 1, 13, 9), []  # noqa: DTZ001
    for _ in range(messages):
        at += timedelta(seconds=chance.randint(1, 3000))
        text, kind = " ".join(chance.choices(WORDS, k=chance.randint(1, 14))), BodyKind.TEXT
        part = chance.random()
        if part < 0.05:
            text, kind = "", BodyKind.OMITTED
        elif part < 0.1:
            text += "\n" + " ".join(chance.choices(WORDS, k=9))
        author = chance.choice(["Lola", "Marta Ibáñez"])
        said.append(Said(at, author, text, kind, edited=kind is BodyKind.TEXT and part > 0.97))
    return said


def merged(path: Path) -> Iterator[list[Any]]:
    """Read an export and merge it into nothing; then once more into what came of it."""
    chat = Chat("chat", Clock("Europe/Madrid"), ())
    for work in ("read and merged", "and once again"):
        wall, cpu = time.perf_counter(), time.process_time()
        added = chat.merge(read(decode(path.read_bytes())).lines).added
        yield [work, time.perf_counter() - wall, time.process_time() - cpu, added]


def _right(name: str, files: list[dict[str, Any]]) -> list[Any]:
    counts = [_agreeing(one["messages"], CONVERSATION) for one in files]
    whole = _wanted(CONVERSATION).total()
    stopped = Counter(one["error"].partition("(")[0] for one in files if one["error"])
    return [
        name,
        f"{counts.count(whole)} of {len(files)}",
        f"{sum(counts)} of {whole * len(files)}",
        ", ".join(f"{error} × {times}" for error, times in stopped.items()),
    ]


def _share(messages: list[list[str]], said: Sequence[Said]) -> str:
    return f"{_agreeing(messages, said)} of {len(said)}"


def _agreeing(messages: list[list[str]], said: Sequence[Said]) -> int:
    """Count the messages whose minute and author are right, spaces and marks aside."""
    return (_wanted(said) & Counter((at, _plain(author)) for at, author in messages)).total()


def _wanted(said: Sequence[Said]) -> Counter[tuple[str, str]]:
    return Counter(
        (f"{one.at:%Y-%m-%dT%H:%M}", _plain(one.sender))
        for one in said
        if one.sender and one.kind is not BodyKind.EMPTY
    )


def _plain(name: str) -> str:
    return re.sub(r"[\s\u200e\u200f\u202a-\u202e]", "", name)


@contextmanager
def peers(folder: Path) -> Iterator[dict[str, Path]]:
    """Install the peers by themselves; give the Python of each reader, ours first."""
    python = folder / "peers" / "bin" / "python"
    made: list[str | Path] = [UV, "venv", "--quiet", "--python", sys.executable, folder / "peers"]
    filled: list[str | Path] = [UV, "pip", "install", "--quiet", "--python", python]
    there = subprocess.run(made, check=False).returncode == 0
    found = {OURS: Path(sys.executable)}
    for name, pinned in PEERS.items():
        if there and subprocess.run([*filled, pinned], check=False).returncode == 0:
            found[name] = python
    yield found


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40_000)
