"""Opening the screen on a big mailbox, beside neomutt; and what a key costs as the queue grows.

Ours opens its database; neomutt opens the same mail as a Maildir with a warm header cache that it
need not verify, its fastest way. Rounds alternate. "Shown" is when a row of data, not a frame or
a logo, has been written to the terminal of 160 by 45. For the growth, rows of the queue are copied
within the database, and 200 `j` are pressed one by one while nothing is fetched: a key's own cost.

    python -m benchmarks.open_screen [MAILS]
"""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.mailbox import OURS, Bench, bench
from benchmarks.terminal import Program, Terminal, terminal
from benchmarks.timing import machine, table
from store.driver import connect
from trastienda import lock

SUBJECT = "Encargo"
SHOWN = SUBJECT.encode()
TAKEN_OVER = b"\x1b[?1004h"
"""Textual asks for focus events as it starts; what is drawn before that is drawn without it."""

ROUNDS = 9
KEYS = 200
GROWTH = (1_000, 1_000_000)

NEOMUTT = """\
set mbox_type = Maildir
set folder = "{maildir}"
set spoolfile = "{maildir}"
set header_cache = "{cache}"
set maildir_header_cache_verify = no
set mark_old = no
set quit = yes
"""


def main(mails: int) -> None:
    print(f"Opening {mails} conversations. {machine()}\n")
    with bench(mails, make=_short) as box:
        box.sync()
        ours = Program("trastienda", [OURS, "--home", box.home], box.env)
        theirs = _neomutt(box)
        _open(theirs)  # fills its header cache
        _open(ours)
        print(_opening([theirs, ours]))
        print(f"\nA key in a queue of {' and '.join(f'{n:,}' for n in GROWTH)}\n")
        print(_growth(box, ours, mails))
        print(f"\nThe same keys in neomutt on {mails}: {_keys(theirs)[0]:.2f} CPU ms a key")


def _short(seed: int) -> bytes:
    """Make a small mail that is a conversation of its own."""
    who = seed % 500
    head = (
        f"From: Persona {who} <p{who}@cliente.example>\r\nTo: ana@test.local\r\n"
        f"Message-ID: <{seed}@cliente.example>\r\nDate: Mon, 05 Jan 2026 10:00:00 +0000\r\n"
        f"Subject: {SUBJECT} {seed:07}\r\n\r\n"
    )
    return (head + f"Hola, te paso lo del encargo {seed}. Un saludo.\r\n").encode()


def _neomutt(box: Bench) -> Program:
    settings = box.root / "neomuttrc"
    settings.write_text(
        NEOMUTT.format(maildir=box.server.maildir("ana"), cache=box.root / "header-cache")
    )
    return Program("neomutt", ["neomutt", "-n", "-R", "-F", settings], box.env)


def _open(program: Program) -> tuple[float, float | None, float]:
    """Give the ms till the first row, till Textual drew it too, and the peak MiB."""
    with terminal(program.command, program.env) as screen:
        shown = screen.until(SHOWN, seconds=300)
        drawn = None
        if program.name == "trastienda":
            screen.until(TAKEN_OVER)
            drawn = screen.until(SHOWN, after=screen.seen.find(TAKEN_OVER)) * 1e3
        screen.settle()
        peak = screen.peak()
        _quit(screen)
    return shown * 1e3, drawn, peak


def _quit(screen: Terminal) -> None:
    screen.key(b"q", quiet=0.2)


def _opening(programs: Sequence[Program]) -> str:
    seen: dict[str, list[tuple[float, float | None, float]]] = {p.name: [] for p in programs}
    for _ in range(ROUNDS):
        for program in programs:
            seen[program.name].append(_open(program))
    rows: list[list[object]] = []
    best: dict[str, float] = {}
    for name, rounds in seen.items():
        peak = max(peak for *_, peak in rounds)
        shown = [shown for shown, *_ in rounds]
        best[name] = statistics.median(shown)
        rows.append([f"{name}: first row shown", min(shown), best[name], peak])
        drawn = [drawn for _, drawn, _ in rounds if drawn is not None]
        if drawn:
            rows.append([f"{name}: keys work", min(drawn), statistics.median(drawn), peak])
    ratio = best["trastienda"] / best["neomutt"]
    rows.append(["ratio of the first rows", "", ratio, ""])
    return table(["what", "best ms", "median ms", "peak MiB"], rows)


def _keys(program: Program) -> tuple[float, float, float, float]:
    """Give a key's CPU ms, the median and the 95th percentile of ms to the first byte of its
    answer, and the ms till the first row was shown.
    """
    with terminal(program.command, program.env) as screen:
        shown = screen.until(SHOWN, seconds=300) * 1e3
        screen.settle(1)
        before = screen.cpu()
        waits = sorted(screen.key(b"j") * 1e3 for _ in range(KEYS))
        spent = (screen.cpu() - before) * 1e3 / KEYS
        _quit(screen)
    return spent, waits[KEYS // 2], waits[KEYS * 95 // 100], shown


def _growth(box: Bench, ours: Program, mails: int) -> str:
    database = box.home / "trastienda.db"
    kept = box.root / "kept.db"
    _checkpoint(database)
    shutil.copy(database, kept)
    rows: list[list[object]] = []
    for size in GROWTH:
        for leftover in box.home.glob("trastienda.db*"):
            leftover.unlink()
        shutil.copy(kept, database)
        _resize(database, mails, size)
        with lock.hold(box.home / "engine.lock"):
            # Best of three: whatever else runs here only ever adds.
            best = min(_keys(ours) for _ in range(3))
        rows.append([f"{size:,}", *best])
    first, last = (row[1] for row in (rows[0], rows[-1]))
    rows.append(["ratio", float(str(last)) / float(str(first)), "", "", ""])
    head = ["rows in the queue", "CPU ms a key", "median ms", "95 % ms", "first row after ms"]
    return table(head, rows)


def _checkpoint(database: Path) -> None:
    link = connect(database)
    link.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    link.close()


def _resize(database: Path, mails: int, size: int) -> None:
    """Leave `size` rows in the queue: put some aside, or copy what is there."""
    link: Any = connect(database)
    link.execute("BEGIN IMMEDIATE")
    if size < mails:
        link.execute(
            "UPDATE item SET lane = 4 WHERE id NOT IN (SELECT id FROM item ORDER BY id LIMIT ?)",
            [size],
        )
    else:
        names = [row[1] for row in link.execute("PRAGMA table_info(item)")]
        (top,) = link.execute("SELECT max(id) FROM item").fetchone()
        for copy in range(1, size // mails):
            values = {
                "id": f"id + {top * copy}",
                "external_id": f"external_id || '-{copy}'",
                "act_by": f"act_by + {copy}",
            }
            chosen = ", ".join(values.get(name, f'"{name}"') for name in names)
            columns = ", ".join(f'"{name}"' for name in names)
            link.execute(
                f"INSERT INTO item ({columns}) SELECT {chosen} FROM item WHERE id <= {top}"
            )
    link.execute("COMMIT")
    link.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    link.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
