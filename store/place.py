"""The file that everything is in, as a thing on a disk: which one it is, and what is in its way.

For SQLite's files only: of a server none of this is ours to know.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

from store.errors import FullError, LockedError, ReadOnlyError, ReplacedError, StoreError

SIDES: Final = ("-wal", "-shm")
"""What SQLite keeps beside a file in use, and needs to find there (sqlite.org/walformat.html)."""

NEEDED: Final = 16 * 2**20
"""Bytes of free disk: what a batch may put into the log before it is moved into the file."""

PROBE: Final = 64 * 2**10
"""Bytes that tell whether anything can be written: a quota is full while its disk has room."""

PATIENCE: Final = 5.0
"""Seconds to wait for another process that is making a database; it takes hundredths of one."""

Identity: TypeAlias = tuple[int, int]


def family(path: Path) -> list[Path]:
    """Name the file, then those that SQLite keeps beside it."""
    return [path, *(path.with_name(path.name + side) for side in SIDES)]


def unused(path: Path) -> Path:
    """Give a name that nothing has: `path`, else with a number. Nothing kept is written over."""
    names = (path.with_stem(f"{path.stem}-{n}") if n > 1 else path for n in itertools.count(1))
    return next(name for name in names if not any(map(os.path.lexists, family(name))))


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner only.

    One that is already there keeps its permissions. Raises OSError.
    """
    if not folder.is_dir():
        # mkdir(parents=True) would make the parents with the umask's permissions.
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def identity(path: Path) -> Identity | None:
    """Tell the file that is there now from all that were there before it; None: there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def refuse_other(path: Path, opened: Identity | None) -> None:
    """Stop where `path` is no longer the file that was opened. 2 µs.

    An open file that was deleted can still be written, and all that is written is lost; so is
    what one process writes into the log of another file (sqlite.org/howtocorrupt.html, 4.2).
    Raises ReplacedError.
    """
    if identity(path) != opened:
        raise ReplacedError(
            "{where} was removed or replaced while it was in use. Nothing more is written. Put it"
            " back, or go back to a backup with “trastienda restore”, then start Trastienda"
            " again: without either, everything is fetched anew.",
            where=str(path),
        )


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the one process that makes a database in `folder` while inside.

    The operating system holds it, and lets go of it when we end, however we do. On Windows, and
    where a disk of the network knows no such thing, nothing is held: what is made has its name
    at once, whole. Raises LockedError where another process does not get done, and OSError.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415 - is not on Windows

    file = os.open(folder, os.O_RDONLY)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise in_use(str(folder)) from None
                time.sleep(0.01)
                continue
            except OSError:
                pass
            break
        yield
    finally:
        os.close(file)


def set_aside(path: Path) -> None:
    """Clear away what a file that was removed has left beside it; its log is kept, as `.old`.

    They would become part of the new file of that name, and be shared with whoever still has
    the old one open.
    """
    _, log, shared = family(path)
    if log.exists():
        log.rename(unused(log.with_name(log.name + ".old")))
    shared.unlink(missing_ok=True)


def hindrance(path: Path) -> StoreError | None:
    """Tell why the file at `path` cannot be written now; None where nothing is in the way."""
    import shutil  # noqa: PLC0415 - asked by few commands
    import tempfile  # noqa: PLC0415 - likewise

    if any(one.exists() and not os.access(one, os.W_OK) for one in family(path)):
        return read_only(str(path))
    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            file.write(bytes(PROBE))
        free = shutil.disk_usage(path.parent).free
    except OSError as error:
        full = error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
        return no_room(str(path)) if full else read_only(str(path))
    return no_room(str(path)) if free < NEEDED else None


def no_room(where: str) -> FullError:
    """Make the error of a disk that is full."""
    return FullError(
        "There is no room left for {where}. Nothing was lost: free some space and try again.",
        where=where,
    )


def in_use(where: str) -> LockedError:
    """Make the error of what another program does not let go of."""
    return LockedError(
        "Another program is using {where}. Nothing was lost; try again in a moment.", where=where
    )


def read_only(where: str) -> ReadOnlyError:
    """Make the error of what may not be written."""
    return ReadOnlyError(
        "{where} cannot be written. Check the permissions of the file and of its folder.",
        where=where,
    )
