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
from typing import Any

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
        ours, first, behind, together = _ours(box)
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
        f"\nThe first rows stood on {behind} mails. Both processes together had {together:.0f} MiB "
        f"at most, pages they share counted once. The database has {size / 2**20:.1f} MiB for "
        f"{items} conversations; beside the kept raws it is {beside / mails:.0f} bytes a mail, "
        f"{beside / items:.0f} a conversation."
    )


def _ours(box: Bench) -> tuple[Cost, float, int, float]:
    """Pull with Trastienda; also give when the first rows could be asked for, in seconds, how
    many mails stood behind them, and the most memory that all its processes had, in MiB.
    """
    database = box.home / "trastienda.db"
    start = time.perf_counter()
    with ThreadPoolExecutor(1) as aside:
        pull = aside.submit(box.sync)
        while not (mails := _mails(database)) and not pull.done():
            time.sleep(0.02)
        first = time.perf_counter() - start
        together = 0.0
        while not pull.done():
            together = max(together, _memory(box.home))
            time.sleep(0.1)
        return pull.result(), first, mails, together


def _memory(home: Path) -> float:
    """Add up the memory of a pull's processes, in MiB; of a shared page each has its share."""
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes()
            pull = str(home).encode() in command and b"launch.py" not in command
            if pull or b"trastienda.aside" in command:
                found += int((process / "smaps_rollup").read_text().partition("Pss:")[2].split()[0])
    return found / 1024


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
    """Give the bytes of the whole database and of all beside the raws, and count its items.

    Leaves the database without its raws: the pages that come free are theirs.
    """
    link = connect(database)
    try:
        (items,) = link.execute("SELECT count(*) FROM item").fetchone()
        link.execute("PRAGMA foreign_keys = OFF")
        before = _used(link)
        for name in RAWS:
            link.execute(f"DROP TABLE {name}")
        return before, _used(link), items
    finally:
        link.close()


def _used(link: Any) -> int:
    page, pages, free = (
        link.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_size", "page_count", "freelist_count")
    )
    return int(page * (pages - free))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
