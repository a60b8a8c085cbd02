"""One engine a home: a lock that the operating system holds, and drops when its holder dies."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from normalizer.said import SaidError
from trastienda.home import HomeError


class EngineRunsError(SaidError):
    """Another engine of this home is at work."""


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Be the one engine of this home while inside.

    The file stays behind and means nothing by itself: only a living process holds it, so a
    kill -9 or a power cut leaves nothing to clean up. Raises EngineRunsError, and HomeError where
    the file cannot be made.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise HomeError(
            "{file} cannot be written ({reason}). Check the permissions of the file and of its"
            " folder, or choose another home with --home.",
            file=str(path),
            reason=error.strerror or type(error).__name__,
        ) from error
    try:
        for _ in range(8):
            if _try(file):
                break
            time.sleep(0.05)  # somebody may only be asking whether it is held
        else:
            raise EngineRunsError("Trastienda is already being kept up to date by another process.")
        yield
    finally:
        os.close(file)


def held(path: Path) -> bool:
    """Tell whether some engine of this home is at work now."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _try(file)
    finally:
        os.close(file)


if sys.platform == "win32":
    import msvcrt

    def _try(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
