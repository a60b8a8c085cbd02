"""The fake Trello's limits of requests, on its own clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.testing_server import Clock, Reply

TOO_MANY = {
    "api-key": "API_KEY_LIMIT_EXCEEDED",
    "api-token": "API_TOKEN_LIMIT_EXCEEDED",
    "member": "MEMBER_LIMIT_EXCEEDED",
    "members": "API_TOKEN_LIMIT_EXCEEDED",
}
HEADLESS = "members"
"""The limit of /1/members, which no header tells."""

PENALTY = 200
"""So many refusals of a key within a window, and all is refused until it ends."""


@dataclass(slots=True)
class Limits:
    """Any window of so many seconds lets so many requests through; of refused ones none counts."""

    clock: Clock
    rates: dict[str, tuple[int, float]] = field(
        default_factory=lambda: {
            "api-key": (300, 10.0),
            "api-token": (100, 10.0),
            "member": (375, 10.0),
            "members": (100, 900.0),
        }
    )
    refused: int = 0
    _passed: dict[tuple[str, str], deque[float]] = field(default_factory=dict)
    _refusals: dict[str, deque[float]] = field(default_factory=dict)

    def admit(self, key: str, token: str, member: str, path: str) -> Reply | None:
        """The refusal, or None: then the request counts."""
        at = self.clock().timestamp()
        rows = list(self._rows(key, token, member, path, at))
        refusals = self._recent(self._refusals.setdefault(key, deque()), 10.0, at)
        full = next((name for name, row, most in rows if len(row) >= most), None)
        if full is None and len(refusals) > PENALTY:
            full = "api-key"
        if full is None:
            for _, row, _ in rows:
                row.append(at)
            return None
        refusals.append(at)
        self.refused += 1
        return Reply.json({"error": TOO_MANY[full], "message": "Rate limit exceeded"}, 429)

    def headers(self, key: str, token: str, member: str) -> dict[str, str]:
        """What every answer tells of what is left."""
        at, told = self.clock().timestamp(), {}
        for name, row, most in self._rows(key, token, member, "", at):
            told[f"x-rate-limit-{name}-interval-ms"] = str(int(self.rates[name][1] * 1000))
            told[f"x-rate-limit-{name}-max"] = str(most)
            told[f"x-rate-limit-{name}-remaining"] = str(max(0, most - len(row)))
        told["x-rate-limit-db-query-time-interval-ms"] = "600000"
        told["x-rate-limit-db-query-time-max"] = "7200000"
        told["x-rate-limit-db-query-time-remaining"] = "7199000"
        return told

    def _rows(
        self, key: str, token: str, member: str, path: str, at: float
    ) -> Iterator[tuple[str, deque[float], int]]:
        whose = {"api-key": key, "api-token": token, "member": member}
        # Only the member itself counts, not what is nested below, such as /1/members/me/boards.
        if path.startswith("/1/members/") and path.count("/") == 3:
            whose[HEADLESS] = token
        for name, one in whose.items():
            most, seconds = self.rates[name]
            row = self._passed.setdefault((name, one), deque())
            yield name, self._recent(row, seconds, at), most

    @staticmethod
    def _recent(row: deque[float], seconds: float, at: float) -> deque[float]:
        while row and row[0] <= at - seconds:
            row.popleft()
        return row
