"""One board of many cards: read whole, read again with nothing new, and after ten changes.

Ours: `trastienda sync`, which keeps and searches what it reads. Theirs: bugwarrior's collecting of
what it would put into Taskwarrior, and py-trello's objects, gone through card by card; both keep
nothing. All ask the same stand-in for Trello, in turn; it refuses nobody and lets nobody wait.

    python -m benchmarks.boards [CARDS]
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from benchmarks.timing import Cost, cost, machine, median, table
from benchmarks.writes import writes
from store.database import open_database
from trastienda.config import connect, load
from trastienda.engine import sync

OURS = Path(sys.executable).with_name("trastienda")
UV = Path(sys.executable).with_name("uv")
PEERS = Path(__file__).with_name("board_peers.py")
BUGWARRIOR = "bugwarrior==2.1.0"
ROUNDS = 5
WHOLE, NOTHING, TEN = "whole", "nothing new", "ten changes"
SHARE = 100
"""Requests that Trello lets one token have in any ten seconds."""

CONFIG = """\
[va]
name = "Ana"
language = "en"
timezone = "UTC"

[clients.one]
name = "One"

[clients.one.channels.board]
kind = "trello"
base_url = "{origin}/1"
key = {{ env = "BENCH_KEY" }}
token = {{ env = "BENCH_TOKEN" }}
"""

Asked = dict[str, int]
"""How many requests the stand-in had, and how many bytes it gave."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The stand-in, and what each program needs to read from it."""

    say: IO[str]
    hear: IO[str]
    where: dict[str, str]
    root: Path
    bugwarrior: Path | None
    """The Python that has it."""

    cards: int

    @property
    def home(self) -> Path:
        """Ours."""
        return self.root / "home"

    @property
    def database(self) -> Path:
        """Give the place where ours keeps what it read."""
        return self.home / "trastienda.db"

    @property
    def env(self) -> dict[str, str]:
        """What the programs find in their environment."""
        return {
            "HOME": str(self.root),
            "LC_ALL": "C.UTF-8",
            "BENCH_KEY": self.where["key"],
            "BENCH_TOKEN": self.where["token"],
        }

    def tell(self, word: str) -> Any:
        """Say a word to the stand-in, and hear what it answers."""
        print(word, file=self.say, flush=True)
        return json.loads(self.hear.readline())

    def sync(self, what: str) -> Cost:
        """Pull with Trastienda. Raises RuntimeError where it took what is not there, or less."""
        ran = cost([OURS, "--home", self.home, "sync", "--json"], env=self.env)
        (told,) = json.loads(ran.output)["channels"]
        taken = told["new"] + told["changed"]
        if told["error"] or not self.least(what) <= taken <= self.least(what) * 10:
            raise RuntimeError(f"{what}: {told}")
        return ran

    def least(self, what: str) -> int:
        """Say how many records there are to take, at the least."""
        return {WHOLE: self.cards, NOTHING: 0, TEN: 10}[what]

    def peer(self, name: str, python: Path) -> Cost:
        """Read the board with a peer. Raises RuntimeError where it read less than all of it."""
        where = (self.where[part] for part in ("origin", "key", "token"))
        ran = cost([python, PEERS, name, *where], env=self.env)
        if int(ran.output) != self.cards:
            raise RuntimeError(f"{name} read {ran.output} cards of {self.cards}")
        return ran

    def programs(self, what: str) -> dict[str, Callable[[], Cost]]:
        """Name the programs, each with what runs it once."""
        found = {"trastienda sync": lambda: self.sync(what)}
        if (python := self.bugwarrior) is not None:
            found["bugwarrior"] = lambda: self.peer("bugwarrior", python)
        found["py-trello"] = lambda: self.peer("py-trello", Path(sys.executable))
        return found


def main(cards: int) -> None:
    print(f"A board of {cards} cards, median of {ROUNDS}. {machine()}\n")
    with bench(cards) as box:
        seen: dict[tuple[str, str], list[tuple[Cost, Asked]]] = {}
        for _ in range(ROUNDS):
            for left in box.home.glob("trastienda.db*"):
                left.unlink()
            for what in (WHOLE, NOTHING, TEN):
                if what == TEN:
                    box.tell("changes")
                for name, run in box.programs(what).items():
                    seen.setdefault((what, name), []).append(_counted(box, run))
        for what in (NOTHING, TEN):
            rounds = []
            for _ in range(ROUNDS):
                if what == TEN:
                    box.tell("changes")
                rounds.append(_counted(box, partial(_running, box, what)))
            seen[what, "trastienda, once it runs"] = rounds
        wrote = writes(box.database, lambda: box.sync(NOTHING))
    rows = [
        _row(what, name, told)
        for work in (WHOLE, NOTHING, TEN)
        for (what, name), told in seen.items()
        if what == work
    ]
    head = ["work", "requests", "kB read", "Trello s", "wall s", "CPU s", "peak MiB"]
    print(table(head, rows))
    print(f"\ntrastienda's writes with nothing new: {wrote}")
    with bench(cards, "quiet", peers=False) as calm:
        told = _counted(calm, lambda: calm.sync(WHOLE))[1]
    quiet = "whole, where nobody did more than to comment once on each card"
    print(f"\n{quiet}: {told['requests']} requests")
    if box.bugwarrior is None:
        print("\nbugwarrior is left out: it could not be installed here.")


def _counted(box: Bench, run: Callable[[], Cost]) -> tuple[Cost, Asked]:
    """Run once; give what it cost and what it asked for. Raises RuntimeError where it failed."""
    ran = run()
    asked = box.tell("asked")
    if asked.pop("refused"):
        raise RuntimeError("the stand-in refused something")
    return ran, asked


def _row(what: str, name: str, told: list[tuple[Cost, Asked]]) -> list[Any]:
    numbers = {asked["requests"] for _, asked in told}
    least = min(numbers)
    each = median([ran for ran, _ in told])
    size = told[-1][1]["bytes"] // 1000
    count = str(least) if len(numbers) == 1 else f"{least} to {max(numbers)}"
    spread = (least - 1) // SHARE * 10
    return [f"{what}: {name}", count, size, spread, each.wall, each.cpu, each.peak or ""]


def _running(box: Bench, what: str) -> Cost:
    """Pull in this process, as the engine does."""
    os.environ.update(box.env)
    config = load(box.home / "config.toml")
    db = open_database(box.database)
    try:
        wall, cpu = time.perf_counter(), time.process_time()
        (report,) = sync(config, db, build=connect)
        cpu = time.process_time() - cpu
        wall = time.perf_counter() - wall
    finally:
        db.close()
    if report.error or not box.least(what) <= report.new + report.changed <= box.least(what) * 10:
        raise RuntimeError(f"{what}: {report}")
    return Cost(wall, cpu, 0.0)


@contextlib.contextmanager
def bench(cards: int, *how: str, peers: bool = True) -> Iterator[Bench]:
    """Start the stand-in with a board of `cards` cards, and get the peer that is not ours."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        root = Path(folder)
        python = _bugwarrior(root / "bugwarrior") if peers else None
        command = [sys.executable, "-m", "benchmarks.board_server", str(cards), *how]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as server:
            if server.stdin is None or server.stdout is None:
                raise RuntimeError("the stand-in hears nothing")
            try:
                where = json.loads(server.stdout.readline())
                box = Bench(server.stdin, server.stdout, where, root, python, cards)
                box.home.mkdir()
                (box.home / "config.toml").write_text(CONFIG.format(**where))
                yield box
            finally:
                server.stdin.close()


def _bugwarrior(folder: Path) -> Path | None:
    """Install bugwarrior by itself: its libraries need not agree with ours. None: it cannot be."""
    python = folder / "bin" / "python"
    made: list[str | Path] = [UV, "venv", "--quiet", "--python", sys.executable, folder]
    filled: list[str | Path] = [UV, "pip", "install", "--quiet", "--python", python, BUGWARRIOR]
    done = all(subprocess.run(one, check=False).returncode == 0 for one in (made, filled))
    return python if done else None


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
