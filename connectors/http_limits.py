"""How fast a tool may be asked: what its vendor allows, kept by every account of this process.

Each limit is a bucket of the generic cell rate algorithm (GCRA): one instant, up to which what was
admitted is paid for. Buckets are shared by whoever shares the key, because vendors count by
credential and not by connection.
"""

from __future__ import annotations

import hashlib
import math
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = 900.0
"""Seconds for which a server may send us away: more is taken for a mistake, or for malice."""

_DEFAULT = 30.0
"""Seconds to hold back where a server says "slow down" and nobody knows how long."""

_NEAR = 0.05
"""The part of a limit that is left for others: a browser, a phone, a run that just ended."""

_EXACT = 1e-6
"""Seconds that make no difference: whoever waited as told must not be told to wait for less."""

_LEFT = re.compile(r"x-rate-limit-([a-z0-9-]{1,60})-remaining")
_NUMBER = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `most` requests in any window of `seconds`.

    `burst` of them may go at once after a rest; the more, the slower the rest of the window, so
    that both together never pass `most`.
    """

    name: str
    """What the vendor calls it in x-rate-limit headers ("token"). One that begins with "/" is of a
    path: it counts requests for it or for one thing right below, and no others."""

    most: int
    seconds: float
    burst: int

    def __post_init__(self) -> None:
        if not 0 < self.burst < self.most or self.seconds <= 0:
            raise ValueError(f"no rate: {self}")

    @property
    def interval(self) -> float:
        """Seconds that one request costs: a window of them and a burst make `most`."""
        return self.seconds / (self.most - self.burst)

    def counts(self, path: str) -> bool:
        """Tell whether a request for `path` is one of those limited."""
        if not self.name.startswith("/"):
            return True
        below = path.removeprefix(self.name)
        return below == "" or (below != path and re.fullmatch("/[^/]*", below) is not None)


@dataclass(slots=True)
class _Bucket:
    """Instants of the clock it is kept by."""

    paid: float = -math.inf
    """Up to when what was admitted is paid for (GCRA's theoretical arrival time)."""

    held: float = -math.inf
    """Until when the server wants nobody."""


_buckets: dict[tuple[str, Rate, Callable[[], float]], _Bucket] = {}
_lock = threading.Lock()


def digest(*parts: str) -> str:
    """Name a host and a credential so that neither can be read from it."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


class Limits:
    """The buckets that each request of one account must pass. Safe from any thread."""

    def __init__(
        self,
        rates: Sequence[tuple[str, Rate]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Share the bucket of each rate with whoever names the same key (see `digest`)."""
        self._clock = clock
        with _lock:
            self._rates = [
                (rate, _buckets.setdefault((whose, rate, clock), _Bucket()))
                for whose, rate in rates
            ]

    def admit(self, cost: int, path: str) -> float:
        """Count a request that weighs `cost` and is sent now, and return 0; or count nothing, and
        return after how many seconds to ask again.

        No turn is kept for later: one account that must wait would keep those who share its key
        from what is theirs. Raises ValueError where `cost` is more than a burst: it could never go.
        """
        with _lock:
            now = self._clock()
            passed = [(rate, bucket) for rate, bucket in self._rates if rate.counts(path)]
            at = now
            for rate, bucket in passed:
                if cost > rate.burst:
                    raise ValueError(f"{cost} at once, where {rate.name} takes {rate.burst}")
                at = max(at, bucket.held, bucket.paid - (rate.burst - cost) * rate.interval)
            if at - now > _EXACT:
                return at - now
            for rate, bucket in passed:
                bucket.paid = max(bucket.paid, at) + cost * rate.interval
            return 0.0

    def told(self, headers: Mapping[str, str], status: int) -> float:
        """Heed what an answer says of the limits; return for how many seconds to stay away.

        Trello tells in x-rate-limit-api-token-{interval-ms,max,remaining} and the like what is
        left; HTTP in Retry-After, with a 429 or a 503, when to come back (RFC 9110, 10.2.3).
        """
        away = 0.0
        with _lock:
            now = self._clock()
            for name, seconds in _spent(headers):
                away = max(away, seconds)
                for bucket in self._named(name):
                    bucket.held = max(bucket.held, now + seconds)
            if status == 429:
                away = retry_after(headers) or away or self._window()
                for _, bucket in self._rates[:1]:
                    bucket.held = max(bucket.held, now + away)
        return away

    def _named(self, header: str) -> list[_Bucket]:
        """Find the buckets that a header speaks of: the account's own, where it is of another."""
        words = header.split("-")
        named = [bucket for rate, bucket in self._rates if rate.name in words]
        return named or [bucket for _, bucket in self._rates[:1]]

    def _window(self) -> float:
        return min(self._rates[0][0].seconds, LONGEST) if self._rates else _DEFAULT


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After in seconds, of which 900 at most are believed; None where it says nothing.

    A date counts from the server's own Date, where it tells one: its clock may not be ours.
    """
    said = headers.get("retry-after", "").strip()
    if _NUMBER.fullmatch(said):
        return min(float(said), LONGEST)
    when = http_date(said)
    if when is None:
        return None
    now = http_date(headers.get("date", "")) or datetime.now(UTC)
    return min(max((when - now).total_seconds(), 0.0), LONGEST)


def http_date(text: str) -> datetime | None:
    """Read a date as HTTP spells it (RFC 9110, 5.6.7); None where it is none."""
    try:
        found = parsedate_to_datetime(text[:64])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _spent(headers: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    """Name the limits of which next to nothing is left, with the seconds till there is again."""
    for header in headers:
        if found := _LEFT.fullmatch(header):
            name = found[1]
            told = [headers.get(f"x-rate-limit-{name}-{n}", "") for n in ("max", "interval-ms")]
            if all(map(_NUMBER.fullmatch, (headers[header], *told))):
                most, window = map(int, told)
                if int(headers[header]) <= most * _NEAR:
                    yield name, min(window / 1000, LONGEST)
