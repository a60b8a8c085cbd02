"""When a channel is pulled again: pure arithmetic on what its last pulls brought."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

FASTEST = 60.0
"""Seconds between pulls while a channel has news."""

SLOWEST = 600.0
"""Seconds between pulls where nothing happens, and between tries that ask to slow down less."""

CEILING = 900.0
"""Seconds: a failing channel is tried at least this often, whatever the server wished for."""

FIRST_RETRY = 15.0

MENDED = 900.0
"""Seconds between looks whether she has mended what only she can; being asked is sooner."""

_JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Pace:
    """How a channel has been doing."""

    interval: float = FASTEST
    failures: int = 0
    """In a row."""

    def succeeded(self, *, news: bool) -> Pace:
        """Come back soon where there was news, ever later where there was none."""
        return Pace(FASTEST if news else min(SLOWEST, self.interval * 1.5))

    def failed(self) -> Pace:
        """Count one more failure."""
        return Pace(FASTEST, self.failures + 1)

    def delay(
        self, uniform: Callable[[float, float], float], retry_after: timedelta | None = None
    ) -> float:
        """Give the seconds until the next pull; `uniform` draws between two numbers.

        A failing channel waits anywhere up to a limit that doubles each time (full jitter), so
        that channels that broke together do not come back together. What the server asked for
        is kept, within the ceiling: a day's wait is a mistake of theirs or an attack.
        """
        if not self.failures:
            return self.interval * uniform(1 - _JITTER, 1 + _JITTER)
        limit = min(CEILING, FIRST_RETRY * 2.0 ** min(self.failures, 10))
        wished = retry_after.total_seconds() if retry_after is not None else 0.0
        return min(CEILING, max(uniform(FIRST_RETRY / 3, limit), wished))
