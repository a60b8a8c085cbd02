"""The first pull of a mailbox, beside mbsync and notmuch doing the same.

Ours: `trastienda sync` in a fresh home (normalised, threaded, full-text index, raws kept).
Theirs: `mbsync` of the same mailbox, then `notmuch new` on what it brought.

    python -m benchmarks.first_pull [MAILS]
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from benchmarks.mailbox import Bench, bench
from benchmarks.timing import Cost, machine, table
from store.driver import connect
from store.errors import StoreError
from store.reader import Reader

RAWS = ("payload", "raw", "raw_version")
"""Tables that keep what the server said; their indexes count with them."""


def main(mails: int) -> None:
    print(f"First pull of {mails} mails. {machine()}\n")
    with bench(mails) as box:
        pull, index = box.mbsync(), box.notmuch()
        ours, first, behind = _ours(box)
        size, beside, items = _size(box.home / "trastienda.db")
    both = Cost(pull.wall + index.wall, pull.cpu + index.cpu, max(pull.peak, index.peak))
    print(
        table(
            ["work", "wall s", "CPU s", "peak MiB", "first rows after s"],
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
        f"\nThe first rows stood on {behind} mails. Database {size / 2**20:.1f} MiB for {items} conversations; beside the kept raws "
        f"{beside / mails:.0f} bytes a mail, {beside / items:.0f} a conversation."
    )


def _ours(box: Bench) -> tuple[Cost, float, int]:
    """Pull with Trastienda; also give when the first rows could be asked for, in seconds, and
    how many mails stood behind them.
    """
    database = box.home / "trastienda.db"
    start = time.perf_counter()
    with ThreadPoolExecutor(1) as aside:
        pull = aside.submit(box.sync)
        while not (mails := _mails(database)) and not pull.done():
            time.sleep(0.02)
        first = time.perf_counter() - start
        return pull.result(), first, mails


def _mails(database: Path) -> int:
    """Count the mails there are, once the queue shows something; 0 before."""
    with suppress(StoreError, OSError):
        if database.exists():
            reader = Reader(database)
            try:
                shows = reader.count() > 0
            finally:
                reader.close()
            if shows:
                link = connect(database, read_only=True)
                (count,) = link.execute("SELECT count(*) FROM message").fetchone()
                link.close()
                return int(count)
    return 0


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
