"""Threads beside strangers' code."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable


def begun(run: Callable[[], object], name: str) -> threading.Thread:
    """Start a thread that holds nobody up at the end.

    Python makes none where somebody's connector took these hooks away: they are put back first.
    """
    if getattr(threading, "excepthook", None) is None:
        threading.excepthook = threading.__excepthook__
    if getattr(sys, "excepthook", None) is None:
        sys.excepthook = sys.__excepthook__
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
