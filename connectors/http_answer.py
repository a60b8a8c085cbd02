"""What came back: judged before it is believed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, NoReturn, TypeVar

from connectors import http_said as say
from connectors.errors import ConnectorError

T = TypeVar("T")

_MOST_VALUES: Final = 4_000_000
"""Values that an answer may hold: each takes 70 bytes once read, whatever it took on the way."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of an HTTP server, whole."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case; values as they came."""

    body: bytes = field(repr=False)
    host: str
    wrote: bool = False
    """It is the answer to a request that changes something, or may."""

    said: str = ""
    """What a refused write was refused with: cleaned, and without our credentials."""

    away: float | None = None
    """Seconds for which the server wants nobody, where it says so."""

    def problem(self) -> ConnectorError | None:
        """Say what a status outside 2xx means to us (RFC 9110, 15); None for one within.

        A write that met a 5xx may have been carried out: InDoubtError.
        """
        if 200 <= self.status < 300:
            return None
        if self.status == 429:
            return say.crowded(self.host, self.away or 0.0)
        if 400 <= self.status < 500:
            return say.refused(self.host, self.status, self.said)
        later = timedelta(seconds=self.away) if self.away else None
        if self.wrote and not 300 <= self.status < 400:
            return say.in_doubt(self.host, later)
        return say.broken(self.host, self.status, later)

    def json(self, shape: type[T]) -> T:
        """Read the body as JSON of the outermost type `shape`.

        Raises `problem()` where there is one; UnavailableError where the body is empty, a web
        page, no JSON (RFC 8259: NaN is none) or no UTF-8, too deep, too many values, or of
        another shape; InDoubtError for all of these where it answers a write.
        """
        if problem := self.problem():
            raise problem
        if not self.wrote and self._is_page():
            raise say.web_page(self.host)
        if sum(map(self.body.count, (b",", b"[", b"{"))) > _MOST_VALUES:
            raise say.unreadable(self.host, wrote=True) if self.wrote else say.too_large(self.host)
        try:
            value = json.loads(
                self.body.decode("utf-8-sig"), parse_constant=_never, parse_float=_finite
            )
        except (ValueError, RecursionError):
            raise say.unreadable(self.host, wrote=self.wrote) from None
        if not isinstance(value, shape):
            raise say.unreadable(self.host, wrote=self.wrote)
        return value

    def _is_page(self) -> bool:
        return self.body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def _never(constant: str) -> NoReturn:
    raise ValueError(constant)


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(digits[:20])
    return value
