"""HTTP for connectors: one way to a tool's API, which keeps its credentials and its deadline.

Whatever happens becomes a ConnectorError within the deadline. Nothing is ever sent twice: whether
to try again is decided by who knows what was asked.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

from connectors import http_said as say
from connectors.base import Secret
from connectors.errors import AuthError, RefusedError, UnavailableError
from connectors.http_answer import Answer
from connectors.http_limits import LONGEST, Limits, Rate, digest, http_date, retry_after
from connectors.http_rules import (
    ALLOWED,
    HttpConfig,
    Level,
    is_loopback,
    level_of,
    sound_link,
    unwritten,
)
from connectors.http_wire import Ask, Body, Reply, Wire
from normalizer.text import line

__all__ = ["Answer", "Http", "Timing", "by_token"]

_LARGEST: Final = 1 << 30
"""Bytes of the largest file that is fetched."""

_PLAIN: Final = {
    "User-Agent": "Trastienda",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, identity",
}
_FILE: Final = {"User-Agent": "Trastienda", "Accept": "*/*", "Accept-Encoding": "identity"}
_JSON: Final = {"Content-Type": "application/json"}

_PATH: Final = re.compile(r"(?=/)(?:/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})+)*/?")
"""A path that is percent-encoded already (RFC 3986, 3.3), with no empty segment in it."""


def _pause(over: threading.Event, seconds: float) -> bool:
    """Wait; True where `over` was set meanwhile."""
    return over.wait(seconds)


def _today() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long we wait and how much we take."""

    deadline: float = 30.0
    """Seconds for one request: connection, TLS, headers and body together."""

    cap: int = 64 << 20
    """Bytes of one answer, inflated."""

    rate: int = 16_384
    """Bytes a second that a file must come at, after a first `deadline`."""

    longest_wait: float = 15.0
    """Seconds that a request waits for its turn under the limits; longer, and it is not sent."""

    wait: Callable[[threading.Event, float], bool] = _pause
    now: Callable[[], datetime] = _today


class Http:
    """One account's way to its API host. Used from one thread at a time; `close` from any."""

    def __init__(
        self,
        config: HttpConfig,
        *,
        headers: Callable[[], Mapping[str, str]],
        level: Callable[[str, str, object], Level] = level_of,
        limits: Limits,
        timing: Timing = Timing(),
    ) -> None:
        """Take the credentials from `headers` for each request anew.

        `level` tells from (method, path, JSON body) what a request does: more than the config's
        `write` allows is refused before anything is dialled.
        """
        self.requests = 0
        """HTTP requests sent, files included."""

        self.clock_ahead = timedelta()
        """How far the server's clock is ahead of ours, as it last told, to the second."""

        parts = urlsplit(config.base_url)
        self.host = parts.netloc if parts.port else str(parts.hostname)
        """For messages."""

        self._config, self._base = config, config.base_url.rstrip("/")
        self._headers, self._level, self._limits, self._timing = headers, level, limits, timing
        self._here = is_loopback(parts.hostname or "")
        self._wire: Wire | None = None
        self._lock = threading.Lock()

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """Ask for something; see `send`."""
        return self.send("GET", path, params=params)

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object | None = None,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        cost: int = 1,
    ) -> Answer:
        """Send one request to `path` below base_url, and read the answer whole.

        It carries `body` as JSON, or `content` as it is; `headers` say what that is, and whatever
        else goes beside our credentials. `path` is percent-encoded already; `params` are encoded
        here. `cost` is how many requests it counts as under the limits. Any status is an answer.
        Raises RefusedError, before anything is dialled, where `path` or a header is none or
        `write` does not allow it; UnavailableError where no answer comes; InDoubtError where a
        change may have left all the same.
        """
        level = self._level(method, path, body)
        if level > ALLOWED[self._config.write]:
            raise unwritten(self._config.write)
        given = self._credentials()
        more = _JSON if body is not None else {}
        ask = Ask(
            method=method,
            url=self._url(path, params or {}),
            host=self.host,
            headers=_PLAIN | more | _sound(headers or {}) | given,
            content=content if body is None else json.dumps(body, allow_nan=False).encode(),
        )
        wire = self._ready(cost, path)
        self.requests += 1
        try:
            reply = wire.send(ask, deadline=self._timing.deadline, cap=self._timing.cap)
        except UnavailableError:
            if level > Level.READ and wire.trip.away:
                raise say.in_doubt(self.host) from None
            raise
        return self._heard(reply, given, wrote=level > Level.READ)

    def download(self, path: str) -> Iterator[bytes]:
        """Yield the bytes of a file at `path` below base_url.

        Where the API points to another place, the file is fetched from there as `fetch` does,
        without credentials. Raises what `Answer.problem` says where it is no longer there.
        """
        given = self._credentials()
        ask = Ask(method="GET", url=self._url(path, {}), host=self.host, headers=given | _FILE)
        wire = self._ready(1, path)
        self.requests += 1
        with wire.stream(ask, deadline=self._timing.deadline) as (reply, body):
            there = reply.headers.get("location", "") if 300 <= reply.status < 400 else ""
            problem = self._heard(reply, given, wrote=False).problem()
            if problem is None:
                yield from self._pieces(body)
                return
        if not there:
            raise problem
        yield from self.fetch(_joined(ask.url, there))

    def fetch(self, url: str) -> Iterator[bytes]:
        """Yield the bytes of a file at a signed URL that the API handed out.

        It goes out without credentials, by https, and to no private address, whatever its name
        leads to; on this computer only where base_url is. Raises RefusedError where it is no such
        URL, where it points on, and where the file is no longer there.
        """
        host = line(urlsplit(url).netloc if sound_link(url, here=self._here) else "?", 80)
        if host == "?":
            raise say.forbidden(host)
        name = urlsplit(url).hostname or ""
        ask = Ask(
            method="GET",
            url=url,
            host=host,
            headers=_FILE,
            elsewhere=True,
            public=not is_loopback(name),
        )
        wire = self._wired()
        self.requests += 1
        with wire.stream(ask, deadline=self._timing.deadline) as (reply, body):
            if 300 <= reply.status < 400:
                raise say.forbidden(host)
            if 400 <= reply.status < 500 and reply.status != 429:
                raise say.refused(host, 404, "")
            if not 200 <= reply.status < 300:
                raise say.broken(host, reply.status, _later(reply))
            yield from self._pieces(body)

    def close(self) -> None:
        """Let go of the connections; what is under way ends, and a later call opens new ones."""
        with self._lock:
            wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def _pieces(self, body: Body) -> Iterator[bytes]:
        timing = self._timing
        return body.pieces(deadline=timing.deadline, cap=_LARGEST, rate=timing.rate)

    def _wired(self) -> Wire:
        with self._lock:
            if self._wire is None or self._wire.over.is_set():
                config = self._config
                tls = config.base_url.startswith("https:")
                self._wire = Wire(tls=tls, ca_file=config.ca_file, proxy=config.proxy)
            return self._wire

    def _ready(self, cost: int, path: str) -> Wire:
        """Wait for our turn under the limits."""
        wire, left = self._wired(), self._timing.longest_wait
        while (seconds := self._limits.admit(cost, path)) > 0:
            if seconds > left:
                raise say.crowded(self.host, min(seconds, LONGEST))
            left -= seconds
            if self._timing.wait(wire.over, seconds):
                raise say.ended(self.host)
        return wire

    def _credentials(self) -> dict[str, str]:
        """Read our credentials. Raises AuthError where they can be no header."""
        given = dict(self._headers())
        if not all(value.isascii() and value.isprintable() for value in given.values()):
            raise AuthError(
                "The key or the token for {host} holds a letter that none can hold. Copy it anew,"
                " without what stands around it.",
                host=self.host,
            )
        return given

    def _url(self, path: str, params: Mapping[str, str]) -> str:
        """Spell the address of `path`. Raises RefusedError where it would lead elsewhere."""
        try:
            query = urlencode(params, quote_via=quote, safe="")
            segments = unquote(path, errors="strict").split("/")
        except UnicodeError:
            query, segments = "", [".."]
        if {".", ".."} & set(segments) or not _PATH.fullmatch(path) or not _shown(segments):
            raise _unsendable()
        return f"{self._base}{path}?{query}" if query else f"{self._base}{path}"

    def _heard(self, reply: Reply, given: Mapping[str, str], *, wrote: bool) -> Answer:
        """Heed what an answer says beside its body."""
        away = self._limits.told(reply.headers, reply.status)
        if date := http_date(reply.headers.get("date", "")):
            self.clock_ahead = date - self._timing.now()
        refused = wrote and 400 <= reply.status < 500
        return Answer(
            status=reply.status,
            headers=reply.headers,
            body=reply.body,
            host=self.host,
            wrote=wrote,
            said=say.words(reply.body, say.secrets_in(given)) if refused else "",
            away=away if reply.status == 429 else retry_after(reply.headers),
        )


def by_token(
    config: HttpConfig,
    token: Secret,
    *,
    rate: Rate,
    level: Callable[[str, str, object], Level],
    limits: Limits | None,
    timing: Timing,
) -> Http:
    """Make the way to an API that takes `token` as a bearer token (RFC 6750, 2.1).

    Without `limits` it keeps to `rate` together with whoever uses that token there.
    """
    if limits is None:
        limits = Limits([(digest(config.base_url, token.reveal()), rate)])
    return Http(
        config,
        headers=lambda: {"Authorization": f"Bearer {token.reveal()}"},
        level=level,
        limits=limits,
        timing=timing,
    )


def _later(reply: Reply) -> timedelta | None:
    seconds = retry_after(reply.headers)
    return timedelta(seconds=seconds) if seconds else None


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError:
        return ""


def _shown(segments: Iterable[str]) -> bool:
    return all(segment.isprintable() for segment in segments)


def _sound(headers: Mapping[str, str]) -> dict[str, str]:
    """Take headers beside our credentials: a server's own words (an etag) may be among them."""
    if not all(value.isascii() and value.isprintable() for value in headers.values()):
        raise _unsendable()
    return dict(headers)


def _unsendable() -> RefusedError:
    return RefusedError("Trastienda does not send this.")
