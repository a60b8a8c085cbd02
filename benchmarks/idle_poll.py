"""A poll with nothing new, beside mbsync's.

Round trips and commands are counted by a proxy, from the greeting to the good-bye; writes are the
frames in SQLite's write-ahead log, and the tables whose rows differ afterwards.

    python -m benchmarks.idle_poll [MAILS]
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.mailbox import Bench, bench
from benchmarks.proxy import Counts, proxy
from benchmarks.timing import Cost, machine, table
from store.driver import connect

FOLDERS = ("INBOX", "Sent", "Archive")
SIGNING_IN = {"CAPABILITY", "LOGIN", "AUTHENTICATE", "ID", "ENABLE", "LOGOUT", "NAMESPACE"}


def main(mails: int) -> None:
    print(f"A poll with nothing new in {mails} mails, {len(FOLDERS)} folders. {machine()}\n")
    with bench(mails, FOLDERS) as box, proxy("127.0.0.1", box.server.imap) as (port, counts):
        box.write(port=port)
        rows = [_theirs(box, counts), _ours(box, counts)]
    print(
        table(
            ["program", "wall s", "CPU s", "round trips", "of them after log-in", "bytes read"],
            [row[:-1] for row in rows],
        )
    )
    for name, *_, said in rows:
        print(f"\n{name}: {said}")


def _row(name: str, cost: Cost, counts: Counts, *said: str) -> list[Any]:
    log_in = sum(word in SIGNING_IN for word in counts.commands)
    commands = ", ".join(counts.commands)
    return [
        name,
        cost.wall,
        cost.cpu,
        counts.trips,
        max(0, counts.trips - log_in),
        counts.heard,
        "; ".join([commands, *said]),
    ]


def _theirs(box: Bench, counts: Counts) -> list[Any]:
    box.mbsync()
    box.mbsync()
    counts.clear()
    return _row("mbsync", box.mbsync(), counts)


def _ours(box: Bench, counts: Counts) -> list[Any]:
    box.sync()
    box.sync()
    database = box.home / "trastienda.db"
    log = Path(f"{database}-wal")
    held = connect(database)  # the last to leave would empty the log
    try:
        held.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        before = _digests(held)
        (page,) = held.execute("PRAGMA page_size").fetchone()
        counts.clear()
        done = box.sync()
        frames = max(0, log.stat().st_size - 32) // (page + 24)
        after = _digests(held)
    finally:
        held.close()
    (channel,) = json.loads(done.output)["channels"]
    changed = sorted(name for name in after if after[name] != before.get(name))
    return _row(
        "trastienda",
        done,
        counts,
        f"new {channel['new']}, changed {channel['changed']}, requests {channel['requests']}",
        f"{frames} frames of {page} bytes written, in {', '.join(changed) or 'no table'}",
    )


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
