"""Threads beside strangers' code."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Final

_DEPTH: Final = sys.getrecursionlimit()


def begun(run: Callable[[], object], name: str) -> threading.Thread:
    """Start a thread that holds nobody up at the end."""
    mend()
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


def mend() -> None:
    """Put back what somebody's connector took away from all: Python starts no thread without
    these hooks, and calls nothing where the calls may not be as deep as they are.
    """
    if getattr(threading, "excepthook", None) is None:
        threading.excepthook = threading.__excepthook__
    if getattr(sys, "excepthook", None) is None:
        sys.excepthook = sys.__excepthook__
    if sys.getrecursionlimit() < _DEPTH:
        sys.setrecursionlimit(_DEPTH)
