"""A poll with nothing new, beside mbsync's.

Round trips and commands are counted by a proxy; writes are the frames in SQLite's write-ahead log,
and the tables whose rows differ afterwards. "Once it runs" is the same poll, log-in included, in a
process that has already started, as the engine's has.

    python -m benchmarks.idle_poll [MAILS]
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.mailbox import Bench, bench
from benchmarks.proxy import Counts, proxy
from benchmarks.timing import Cost, machine, table
from store.database import open_database
from store.driver import connect
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
        wrote = _writes(box)
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


def _writes(box: Bench) -> str:
    """Say what a poll writes."""
    database = box.home / "trastienda.db"
    log = Path(f"{database}-wal")
    held = connect(database)  # the last to leave would empty the log
    try:
        held.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        before = _digests(held)
        (page,) = held.execute("PRAGMA page_size").fetchone()
        box.sync()
        frames = max(0, log.stat().st_size - 32) // (page + 24)
        after = _digests(held)
    finally:
        held.close()
    changed = sorted(name for name in after if after[name] != before.get(name))
    return f"{frames} frames of {page} bytes, in {', '.join(changed) or 'no table'}"


def _digests(link: Any) -> dict[str, str]:
    """Sum up the rows of every table."""
    names = link.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")
    digests = {}
    for (name,) in names.fetchall():
        digest = hashlib.blake2b()
        for row in link.execute(f'SELECT * FROM "{name}"'):
            digest.update(repr(tuple(row)).encode())
        digests[name] = digest.hexdigest()
    return digests


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
