"""The first pull of a mailbox, beside mbsync and notmuch doing the same.

Ours: `trastienda sync` in a fresh home (normalised, threaded, full-text index, raws kept).
Theirs: `mbsync` of the same mailbox, then `notmuch new` on what it brought.

    python -m benchmarks.first_pull [MAILS]
"""

from __future__ import annotations

import shutil
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.mailbox import USER, Bench, bench
from benchmarks.timing import Cost, machine, median, table
from store.driver import connect
from store.errors import StoreError
from store.reader import Reader

RAWS = ("payload", "raw", "raw_version")
"""Tables that keep what the server said; their indexes count with them."""


ROUNDS = 3
"""Times that all of them begin anew, in turn; the median is told."""


def main(mails: int) -> None:
    print(f"First pull of {mails} mails, median of {ROUNDS}. {machine()}\n")
    with bench(mails) as box:
        rounds = [_round(box) for _ in range(ROUNDS)]
        size, beside, items = _size(box.home / "trastienda.db")
    pull, index, both, ours = (
        median(costs) for costs in zip(*(one[:4] for one in rounds), strict=True)
    )
    first = statistics.median(one[4] for one in rounds)
    ratios = [one[3].wall / one[2].wall for one in rounds]
    print(
        table(
            ["work", "wall s", "CPU s", "peak MiB", "first rows after s"],
            [
                ["mbsync", pull.wall, pull.cpu, pull.peak, ""],
                ["notmuch new", index.wall, index.cpu, index.peak, ""],
                ["their sum", both.wall, both.cpu, both.peak, both.wall],
                ["trastienda sync", ours.wall, ours.cpu, ours.peak, first],
                ["ratio", statistics.median(ratios), ours.cpu / both.cpu, "", first / both.wall],
            ],
        )
    )
    behind, together = max(one[5] for one in rounds), max(one[6] for one in rounds)
    print(
        f"\nThe ratio was {', '.join(f'{ratio:.2f}' for ratio in ratios)}. The first rows stood on"
        f" {behind} mails. Both processes together had {together:.0f} MiB at most, pages they share"
        f" counted once. The database has {size / 2**20:.1f} MiB for {items} conversations; beside"
        f" the kept raws it is {beside / mails:.0f} bytes a mail, {beside / items:.0f} a"
        " conversation."
    )


def _round(box: Bench) -> tuple[Cost, Cost, Cost, Cost, float, int, float]:
    """Let each begin with nothing: mbsync, notmuch, their sum, ours; then what `_ours` tells.

    The server too: what it learned of the mails while it was asked, it would know the next time.
    """
    for known in box.server.maildir(USER).glob("dovecot.index.cache*"):
        known.unlink()
    shutil.rmtree(box.maildir.parent)
    for left in box.home.glob("trastienda.db*"):
        left.unlink()
    box.write()
    pull, index = box.mbsync(), box.notmuch()
    both = Cost(pull.wall + index.wall, pull.cpu + index.cpu, max(pull.peak, index.peak))
    ours, first, behind, together = _ours(box)
    return pull, index, both, ours, first, behind, together


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
            time.sleep(0.5)  # looking stops them for a moment
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
