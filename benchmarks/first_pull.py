"""The first pull of a mailbox, beside mbsync and notmuch doing the same.

Ours: `trastienda sync` in a fresh home (normalised, threaded, full-text index, raws kept).
Theirs: `mbsync` of the same mailbox, then `notmuch new` on what it brought.

    python -m benchmarks.first_pull [MAILS]
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from store.reader import Reader

from benchmarks.mailbox import Bench, bench
from benchmarks.timing import Cost, machine, table
from store.driver import connect
from store.errors import StoreError

FIRST = 50
RAWS = ("payload", "raw", "raw_version")
"""Tables that keep what the server said; their indexes count with them."""


def main(mails: int) -> None:
    print(f"First pull of {mails} mails. {machine()}\n")
    with bench(mails) as box:
        pull, index = box.mbsync(), box.notmuch()
        ours, first = _ours(box)
        size, beside, items = _size(box.home / "trastienda.db")
    both = Cost(pull.wall + index.wall, pull.cpu + index.cpu, max(pull.peak, index.peak))
    print(
        table(
            ["work", "wall s", "CPU s", "peak MiB", f"first {FIRST} can be asked for, s"],
            [
                ["mbsync", pull.wall, pull.cpu, pull.peak, ""],
                ["notmuch new", index.wall, index.cpu, index.peak, ""],
                ["their sum", both.wall, both.cpu, both.peak, both.wall],
                ["trastienda sync", ours.wall, ours.cpu, ours.peak, first],
                ["ratio", ours.wall / both.wall, ours.cpu / both.cpu, "", first / both.wall],
            ],
        )
    )
    print(
        f"\nDatabase {size / 2**20:.1f} MiB for {items} conversations; beside the kept raws "
        f"{beside / mails:.0f} bytes a mail, {beside / items:.0f} a conversation."
    )


def _ours(box: Bench) -> tuple[Cost, float]:
    """Pull with Trastienda; also give the seconds till the first rows can be asked for."""
    found: list[float] = []
    start = time.perf_counter()
    watch = threading.Thread(target=_watch, args=(box.home / "trastienda.db", start, found))
    watch.start()
    done = box.sync()
    watch.join()
    return done, found[0]


def _watch(database: Path, start: float, found: list[float]) -> None:
    until = start + 600
    while time.perf_counter() < until:
        with suppress(StoreError, OSError):
            if database.exists():
                reader = Reader(str(database))
                try:
                    while time.perf_counter() < until:
                        if reader.count() >= 1:
                            found.append(time.perf_counter() - start)
                            return
                        time.sleep(0.02)
                finally:
                    reader.close()
        time.sleep(0.02)


def _size(database: Path) -> tuple[int, int, int]:
    """Give the bytes of the whole database and of all beside the raws, and count its items."""
    link = connect(database)
    try:
        link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        named = dict(link.execute("SELECT name, tbl_name FROM sqlite_schema").fetchall())
        pages = link.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").fetchall()
        (items,) = link.execute("SELECT count(*) FROM item").fetchone()
    finally:
        link.close()
    whole = sum(size for _, size in pages)
    raws = sum(size for name, size in pages if named.get(name, name) in RAWS)
    return whole, whole - raws, items


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
