"""What a run writes into a database: frames of its log, and the tables whose rows differ."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from store.driver import connect


def writes(database: Path, run: Callable[[], object]) -> str:
    """Say what `run` writes into `database`."""
    log = Path(f"{database}-wal")
    held = connect(database)  # the last to leave would empty the log
    try:
        held.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        before = _digests(held)
        (page,) = held.execute("PRAGMA page_size").fetchone()
        run()
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
