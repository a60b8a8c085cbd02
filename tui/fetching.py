"""The process that fetches, seen from the screen: begun, watched, and begun again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from gettext import gettext as _

from normalizer.said import SaidError
from tui.setup import Engine

LOOK = 2.0
"""Seconds between two looks at whether it still runs."""

FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0
"""Seconds until it is begun again, doubled each time that it does not last."""

LASTS = 10.0
"""Seconds after which one that was begun again counts as well."""


class Fetching:
    """One engine at a time, for as long as the screen is open."""

    def __init__(
        self, begin: Callable[[], Engine | None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`begin` starts one, or gives None while somebody else fetches."""
        self._begin, self._clock = begin, clock
        self._engine: Engine | None = None
        self._began = self._due = float("-inf")
        self._wait = FIRST_WAIT
        self._over = False
        self._turn = threading.Lock()
        self.problem = ""
        """Why nothing is being fetched; "" while all is well."""

    @property
    def ours(self) -> bool:
        """Whether an engine of ours does the work."""
        return self._engine is not None

    def look(self) -> None:
        """See whether it runs; begin it where it is due. Takes as long as a process to start."""
        with self._turn:
            now = self._clock()
            if self._engine is not None:
                if self._engine.ended():
                    self._engine = None
                    self._failed(
                        now, _("Nothing is being fetched just now. It is tried again by itself.")
                    )
                elif now - self._began >= LASTS:
                    self.problem, self._wait = "", FIRST_WAIT
            if self._engine is None and now >= self._due and not self._over:
                self._start(now)

    def stop(self) -> None:
        """End it for good."""
        with self._turn:
            self._over = True
            if self._engine is not None:
                self._engine.stop()

    def _start(self, now: float) -> None:
        try:
            self._engine = self._begin()
        except SaidError as error:
            self._failed(now, error.said.text(_))
        except OSError as error:
            self._failed(now, str(error))
        else:
            self._began = now
            if self._engine is None:
                self.problem, self._due = "", now + LASTS

    def _failed(self, now: float, problem: str) -> None:
        self.problem = problem
        self._due, self._wait = now + self._wait, min(LONGEST_WAIT, 2 * self._wait)
