"""A poll with nothing new, beside mbsync's.

Round trips and commands are counted by a proxy; writes are the frames in SQLite's write-ahead log,
and the tables whose rows differ afterwards. "Once it runs" is the same poll, log-in included, in a
process that has already started, as the engine's has.

    python -m benchmarks.idle_poll [MAILS]
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.mailbox import Bench, bench
from benchmarks.proxy import Counts, proxy
from benchmarks.timing import Cost, machine, table
from benchmarks.writes import writes
from store.database import open_database
from trastienda.config import connect as connect_channel
from trastienda.config import load
from trastienda.engine import sync

FOLDERS = ("INBOX", "Sent", "Archive")
ROUNDS = 5
SIGNING_IN = {"CAPABILITY", "LOGIN", "AUTHENTICATE", "ID", "ENABLE", "LOGOUT", "NAMESPACE"}


def main(mails: int) -> None:
    print(f"A poll with nothing new in {mails} mails, {len(FOLDERS)} folders. {machine()}\n")
    with bench(mails, FOLDERS) as box, proxy("127.0.0.1", box.server.imap) as (port, counts):
        box.write(port=port)
        box.mbsync()
        box.sync()
        rows = [_row("mbsync", *_best(box.mbsync, counts), counts)]
        wall, cpu = _best(box.sync, counts)
        rows += [
            _row("trastienda sync", wall, cpu, counts),
            _row("trastienda, once it runs", *_running(box, counts), counts),
        ]
        wrote = writes(box.home / "trastienda.db", box.sync)
    head = ["program", "wall ms", "CPU ms", "trips", "after log-in", "a folder", "bytes read"]
    print(table(head, [row[:-1] for row in rows]))
    for name, *_, commands in rows:
        print(f"\n{name}: {commands}")
    print(f"\ntrastienda's writes: {wrote}")


def _row(name: str, wall: float, cpu: float, counts: Counts) -> list[Any]:
    working = [trip for trip in counts.trips if set(trip) - SIGNING_IN]
    commands = "; ".join(" ".join(trip) or "(goes on)" for trip in counts.trips)
    each = len(working) / len(FOLDERS)
    trips = len(counts.trips)
    return [name, wall * 1e3, cpu * 1e3, trips, len(working), each, counts.heard, commands]


def _best(run: Callable[[], Cost], counts: Counts) -> tuple[float, float]:
    """Give the least wall and processor time of a few runs; `counts` is of the last one."""
    costs = []
    for _ in range(ROUNDS):
        counts.clear()
        costs.append(run())
    return min(one.wall for one in costs), min(one.cpu for one in costs)


def _running(box: Bench, counts: Counts) -> tuple[float, float]:
    """Poll in this process."""
    os.environ.update(box.env)
    config = load(box.home / "config.toml")
    db = open_database(box.home / "trastienda.db")
    walls, cpus = [], []
    for _ in range(ROUNDS):
        time.sleep(0.2)  # the last one's good-bye
        counts.clear()
        wall, cpu = time.perf_counter(), time.process_time()
        (report,) = sync(config, db, build=connect_channel)
        cpus.append(time.process_time() - cpu)
        walls.append(time.perf_counter() - wall)
        if report.new or report.changed or report.error:
            raise RuntimeError(f"that was no idle poll: {report}")
    db.close()
    return min(walls), min(cpus)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
