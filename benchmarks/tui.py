"""The screen on a real terminal: launch beside its peers, and what each key costs.

neomutt and aerc open the same mail as a Maildir, neomutt with a warm header cache that it need not
verify; Taskwarrior lists the first forty of as many tasks. "Shown" is when a row of data, not a
frame or a logo, has been written. A key's time is till the first byte of its answer; "held" is 30
a second. Nothing is fetched, so that what is measured is the screen's own, but for the part in
which a second process writes batches as fast as it can, as an engine does that has much to fetch.

    python -m benchmarks.tui [LAUNCHES]
"""

from __future__ import annotations

import compileall
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks import queues
from benchmarks.mailbox import OURS
from benchmarks.queues import FIRST, LONG, SHORT, Queues
from benchmarks.terminal import COLUMNS, LINES, Program, Terminal, terminal
from benchmarks.timing import machine, table
from store.reader import Reader
from trastienda import lock
from tui.views import Request

SHOWN = FIRST.encode()
TAKEN_OVER = b"\x1b[?1004h"
"""Textual asks for focus events as it starts; what is drawn before that is drawn without it."""

ITEMS, MANY, MOST = 20_000, 100_000, 1_000_000
ROUNDS = 9
KEYS = 300
NARROW = (120, LINES)
"""A list and the few lines about what is under the cursor, without the pane beside it."""

TYPED = "factura 00012"
ROOMS = ("connectors", "normalizer", "store", "triage", "tui", "trastienda")


def main(rounds: int) -> None:
    print(f"The screen. {machine()}\n")
    for room in ROOMS:  # as an installation leaves it
        compileall.compile_dir(room, quiet=1)
    with queues.queues(ITEMS) as box, _nothing_fetched(box.home):
        print(_launches(box, rounds))
        print(f"\nj held in {ITEMS:,} rows\n")
        print(_held(box))
    with queues.queues(MANY, talks=True) as box, _nothing_fetched(box.home):
        print(f"\nWhat is opened, in a queue of {MANY:,}\n")
        print(_opened(box.home))
        print(f"\nTyping “{TYPED}” into the filter of {MANY:,}, 12 letters a second\n")
        print(_typing(box))
        print(f"\nj held in {MANY:,}, while nothing and while everything is written\n")
        print(_written(box))
        print("\nA key as the queue grows: j, one by one\n")
        print(_growth(box))


def ours(home: Path) -> Program:
    """Our screen of a home."""
    return Program("trastienda", [OURS, "--home", home], {})


@contextlib.contextmanager
def _nothing_fetched(home: Path) -> Iterator[None]:
    with lock.hold(home / "engine.lock"):
        yield


@contextlib.contextmanager
def _open(program: Program, size: tuple[int, int] = (COLUMNS, LINES)) -> Iterator[Terminal]:
    with terminal(program.command, program.env, size) as screen:
        screen.until(SHOWN, seconds=300)
        screen.settle(1)
        yield screen
        screen.key(b"q", quiet=0.2)


def _launches(box: Queues, rounds: int) -> str:
    folder = queues.maildir(box, ITEMS)
    programs = [
        ours(box.home), queues.neomutt(box, folder), queues.aerc(box, folder),
        queues.task(box, ITEMS),
    ]  # fmt: skip
    for program in programs:  # caches, and what Python compiles
        _launch(program)
    shown: dict[str, list[float]] = {program.name: [] for program in programs}
    drawn: list[float] = []
    for _ in range(rounds):
        for program in programs:
            first, taken = _launch(program)
            shown[program.name].append(first)
            drawn += [taken] if taken else []
    mutt = statistics.median(shown["neomutt"])
    rows: list[list[object]] = [
        [name, min(each), statistics.median(each), statistics.median(each) / mutt]
        for name, each in shown.items()
    ]
    middle = statistics.median(drawn)
    rows.insert(1, ["trastienda: drawn by Textual too", min(drawn), middle, middle / mutt])
    return table(["first row shown", "best ms", "median ms", "of neomutt's"], rows)


def _launch(program: Program) -> tuple[float, float | None]:
    """Give the ms till the first row, and till Textual drew it too."""
    with terminal(program.command, program.env) as screen:
        shown, drawn = screen.until(SHOWN, seconds=300), None
        if program.name == "trastienda":
            screen.until(TAKEN_OVER)
            drawn = screen.until(SHOWN, after=screen.seen.find(TAKEN_OVER)) * 1e3
        screen.settle(0.3)
        with contextlib.suppress(OSError):  # `task` has ended
            os.write(screen.file, b"q")
        screen.settle(0.2)
    return shown * 1e3, drawn


def _held(box: Queues) -> str:
    folder = box.root / "mail" / "Maildir"
    mine = ours(box.home)
    kinds = [
        ("trastienda, list and pane", mine, (COLUMNS, LINES)),
        ("trastienda, list alone", mine, NARROW),
        ("neomutt", queues.neomutt(box, folder), (COLUMNS, LINES)),
        ("aerc", Program("aerc", ["aerc"], queues.home_of(box)), (COLUMNS, LINES)),
    ]
    rows: list[list[object]] = []
    for name, program, size in kinds:
        with _open(program, size) as screen:
            rows.append([name, *_pressed(screen, lambda held: held(b"j", KEYS))])
    with _open(mine) as screen:  # each key rests: the pane beside the list follows every one
        rested = _pressed(screen, lambda _held: [screen.key(b"j", quiet=0.2) for _ in range(100)])
        rows.append(["trastienda, a rest after each", *rested])
    return table(["j", "bytes a key", "CPU ms a key", "median ms", "99 % ms"], rows)


def _pressed(
    screen: Terminal, press: Callable[[Callable[[bytes, int], list[float]]], list[float]]
) -> tuple[int, float, float, float]:
    """Give bytes, CPU ms, the median and the 99th percentile of ms of each of some keys."""
    size, spent = len(screen.seen), screen.cpu()
    waits = sorted(press(screen.held))
    screen.settle(0.3)
    count = len(waits)
    return (
        (len(screen.seen) - size) // count,
        (screen.cpu() - spent) * 1e3 / count,
        statistics.median(waits) * 1e3,
        waits[count * 99 // 100] * 1e3,
    )


def _opened(home: Path) -> str:
    rows: list[list[object]] = []
    with _open(ours(home)) as screen:
        for name, key in (("an item", b"\r"), ("help", b"?"), ("commands", b":")):
            rows.append([name, *_shown(screen, key, b"\x1b")])
    for name, subject in (("10 messages", SHORT), ("500 messages", LONG)):
        with _open(ours(home)) as screen:
            os.write(screen.file, b"/")
            screen.settle(0.3)
            os.write(screen.file, subject.partition(" ")[2].encode() + b"\r")
            screen.settle(1)
            rows.append([name, *_shown(screen, b"\r", b"q")])
    rows.append(["ratio", *(_ratio(rows[-1][at], rows[-2][at]) for at in (1, 2, 3))])
    return table(["what", "first byte ms", "drawn whole ms", "CPU ms"], rows)


def _ratio(one: object, other: object) -> float:
    return float(str(one)) / float(str(other))


def _shown(screen: Terminal, key: bytes, back: bytes) -> tuple[float, float, float]:
    """Give the ms till something, and till all is there, and the CPU ms; the median of eleven."""
    seen = []
    for _ in range(11):
        spent, start = screen.cpu(), time.perf_counter()
        os.write(screen.file, key)
        screen.read(2)
        first = last = time.perf_counter()
        while screen.read(0.25):
            last = time.perf_counter()
        seen.append(((first - start) * 1e3, (last - start) * 1e3, (screen.cpu() - spent) * 1e3))
        screen.key(back, quiet=0.25)
    first, whole, cpu = (statistics.median(one[at] for one in seen) for at in range(3))
    return first, whole, cpu


def _typing(box: Queues) -> str:
    """Type the words of a filter, and wait for how many there are; a few times."""
    reader = Reader(box.database)
    zone, now = ZoneInfo("UTC"), datetime.now(UTC)
    found = len(Request(words=TYPED).ids(reader, now, zone))
    reader.close()
    echoes: list[float] = []
    results: list[float] = []
    with _open(ours(box.home)) as screen:
        for _ in range(10):
            screen.key(b"f", quiet=0.3)
            for at, letter in enumerate(TYPED, 1):
                start, seen = time.perf_counter(), len(screen.seen)
                os.write(screen.file, letter.encode())
                _until(screen, TYPED[:at].encode(), seen)
                echoes.append((time.perf_counter() - start) * 1e3)
                while (left := start + 1 / 12 - time.perf_counter()) > 0:
                    screen.read(left)
            _until(screen, f" {found} ".encode(), seen)
            results.append((time.perf_counter() - start) * 1e3)
            screen.settle(0.3)
            screen.key(b"\x1b", quiet=0.3)
            screen.key(b"\x1b", quiet=0.5)
        peak = screen.peak()
    echoes.sort()
    rows: list[list[object]] = [
        ["letter shown", statistics.median(echoes), echoes[len(echoes) * 99 // 100]],
        [f"{found} results, after the last", statistics.median(results), max(results)],
    ]
    said = table(["what", "median ms", "99 % ms"], rows)
    return f"{said}\n\nPeak of memory: {peak:.1f} MiB."


def _until(screen: Terminal, marker: bytes, seen: int) -> None:
    end = time.perf_counter() + 30
    while screen.seen.find(marker, seen) < 0:
        screen.read(0.01)
        if time.perf_counter() > end:
            raise RuntimeError(f"{marker!r} never came: {bytes(screen.seen[seen:])!r}")


def _written(box: Queues) -> str:
    rows: list[list[object]] = []
    for name in ("nothing", "everything") * 2:
        with _open(ours(box.home)) as screen, _writer(box, name):
            rows.append([name, *_pressed(screen, lambda held: held(b"j", KEYS))])
    return table(["is written", "bytes a key", "CPU ms a key", "median ms", "99 % ms"], rows)


@contextlib.contextmanager
def _writer(box: Queues, what: str) -> Iterator[None]:
    if what == "nothing":
        yield
        return
    writing = subprocess.Popen([sys.executable, "-m", "benchmarks.queues", box.home])
    try:
        time.sleep(2)
        yield
    finally:
        writing.terminate()
        writing.wait()


def _growth(box: Queues) -> str:
    kept = box.root / "kept.db"
    queues.checkpoint(box.database)
    shutil.copy(box.database, kept)
    rows: list[list[object]] = []
    for size in (1_000, MANY, MOST):
        for leftover in box.home.glob("trastienda.db*"):
            leftover.unlink()
        shutil.copy(kept, box.database)
        queues.resize(box.database, MANY, size)
        # Best of three: whatever else runs here only ever adds.
        best: Sequence[float] = min(_one_by_one(box.home) for _ in range(3))
        rows.append([f"{size:,}", *best])
    for at in (1, 2):
        name = f"ratio of {rows[at][0]} to {rows[0][0]}"
        rows.append([name, *(_ratio(rows[at][n], rows[0][n]) for n in (1, 2)), "", ""])
    head = ["rows in the queue", "CPU ms a key", "median ms", "99 % ms", "peak MiB"]
    return table(head, rows)


def _one_by_one(home: Path) -> tuple[float, float, float, float]:
    with _open(ours(home)) as screen:
        screen.settle(2)
        _bytes, cpu, middle, late = _pressed(
            screen, lambda _held: [screen.key(b"j") for _ in range(KEYS)]
        )
        peak = screen.peak()
    return cpu, middle, late, peak


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
