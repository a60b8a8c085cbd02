"""Tasks in calendars: to-dos of any CalDAV server (Nextcloud, Fastmail, mailbox.org, Radicale)."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar, Final
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from connectors import caldav_raws, caldav_write
from connectors.base import Account, Batch, Cursor, Kept, Receipt, Secret
from connectors.caldav_asks import BarredError, Dav
from connectors.caldav_cursor import load
from connectors.caldav_open import bytes_of
from connectors.caldav_places import choose
from connectors.caldav_pull import Pull
from connectors.caldav_told import Listed, Me
from connectors.errors import ConfigError, RefusedError
from connectors.http import Http, Timing
from connectors.http_limits import Limits, digest
from connectors.http_rules import HttpConfig
from normalizer import versions
from normalizer.actions import Action
from normalizer.model import Record, Ref
from normalizer.raw import Raw
from normalizer.said import Said
from normalizer.text import NAME, line

_PATIENT: Final = Timing()


@dataclass(frozen=True, slots=True, kw_only=True)
class CalDavConfig(HttpConfig):
    """The tasks in the calendars of one account."""

    user: str
    """Who signs in, as the server's help pages say: a name or an address."""

    password: Secret
    """Her password there; where the server has app passwords, one of those."""

    calendars: tuple[str, ...] = ("*",)
    """Calendars, or lists of tasks, to watch: by name or path; "*" is all that hold tasks."""

    timezone: str = ""
    """The zone of a time that names none, such as Europe/Madrid; without it, hers."""

    def __post_init__(self) -> None:
        HttpConfig.__post_init__(self)
        if not self.user.strip() or ":" in self.user:
            raise ConfigError("{key} must be a name without a “:”.", key="user")
        if self.timezone and not _is_zone(self.timezone):
            raise ConfigError(
                "{key} must be a time zone, such as Europe/Madrid or America/Bogota.",
                key="timezone",
            )


class CalDavConnector:
    """One account. Holds its connections between calls, and no other state that matters."""

    kind: ClassVar[str] = "caldav"
    version: ClassVar[int] = versions.CALDAV
    Config: ClassVar[type[CalDavConfig]] = CalDavConfig
    writes: ClassVar[frozenset[type[Action]]] = caldav_write.WRITES
    completes: ClassVar[Said] = Said("marks the to-do as done")

    def __init__(
        self,
        config: CalDavConfig,
        *,
        timing: Timing = _PATIENT,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._config, self._timing, self._now = config, timing, now
        self._http: Http | None = None
        self._done: dict[UUID, Receipt] = {}
        self._kept: Kept | None = None

    @property
    def requests(self) -> int:
        """HTTP requests sent so far."""
        return self._http.requests if self._http else 0

    def check(self) -> Account:
        """Sign in, and name the calendars that are watched."""
        dav = self._dav()
        me, listing = _listing(dav)
        choice = choose(self._config.calendars, {}, listing)
        for name in choice.missing:
            raise ConfigError(
                "{host} has no calendar {calendar} for tasks. There are: {calendars}.",
                host=dav.http.host,
                calendar=line(name, 60),
                calendars=", ".join(line(one.name, 60) for one in listing[:20]) or "—",
            )
        return Account(
            name=me.name or line(self._config.user, NAME),
            handles=frozenset(_handles(self._config.user, me.addresses)),
            places=tuple(line(one.name, 60) for one in choice.calendars),
            rights=(_may(self._config), *_looking(choice.calendars), *choice.notices),
        )

    def recall(self, kept: Kept) -> None:
        """Be told how to look up what is kept: what is gone without a word is asked for by name,
        and what a name in the config stands for a push reads there.
        """
        self._kept = kept

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield what changed, calendar by calendar; nothing where their states tell no news."""
        config = self._config
        base = f"{digest(config.base_url, config.user)}.{digest(config.timezone)}"
        yield from Pull(self._dav(), load(cursor, base), config, self._recalled).batches()

    def open(self, copy: Ref, attachment: str) -> Iterator[bytes]:
        """Yield the bytes of a file that a to-do holds; a link is no file."""
        yield from bytes_of(self._dav(), copy, attachment)

    def push(self, action: Action) -> Receipt:
        """Carry out `action`; see `caldav_write.push`."""
        pins = None if self._kept is None else caldav_raws.named(self._kept("names", ""))
        dav, now = self._dav(), self._now()
        return caldav_write.push(dav, self._config, pins, action, self._done, now=now)

    def close(self) -> None:
        """Let go of the connections."""
        if self._http is not None:
            self._http.close()

    @staticmethod
    def normalise(raw: Raw) -> Iterable[Record]:
        """Put one object of a calendar in our words."""
        from normalizer import caldav  # noqa: PLC0415  # not needed to fetch

        return caldav.normalise(raw)

    def _recalled(self, prefix: str) -> Iterable[Raw]:
        return self._kept("todo", prefix) if self._kept else ()

    def _dav(self) -> Dav:
        """Ask by whole paths: an answer names its objects so, wherever the address leads."""
        if self._http is None:
            parts = urlsplit(self._config.base_url)
            host = replace(self._config, base_url=f"{parts.scheme}://{parts.netloc}")
            self._http = Http(host, headers=self._headers, limits=Limits([]), timing=self._timing)
        return Dav(self._http, self._config.base_url)

    def _headers(self) -> dict[str, str]:
        pair = f"{self._config.user}:{self._config.password.reveal()}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True


def _listing(dav: Dav) -> tuple[Me, list[Listed]]:
    me = dav.me()
    try:
        return me, dav.calendars(me.homes, alone=me.alone)
    except BarredError:
        raise RefusedError(
            "{host} does not let us see the calendars. Whoever owns them can share them.",
            host=dav.http.host,
        ) from None


def _handles(user: str, addresses: Iterable[str]) -> Iterator[str]:
    """Name her as the attendees of a to-do are named."""
    for one in (user, *addresses):
        bare = re.sub("^mailto:", "", one.strip(), flags=re.IGNORECASE)
        handle = line(bare, NAME).lower()
        if handle and "/" not in handle:  # their other addresses are of places on the server
            yield handle


def _may(config: CalDavConfig) -> Said:
    return {
        "no": Said("Nothing is written back here."),
        "comment": Said(
            "A calendar has no comments, so nothing is written back here. To change tasks, set"
            ' write = "all".'
        ),
        "all": Said("Changes are written back here. A calendar has no comments."),
    }[config.write]


def _looking(chosen: Iterable[Listed]) -> Iterator[Said]:
    for one in chosen:
        if not one.writable:
            yield Said(
                "In the calendar {calendar} you may look, and change nothing.",
                (("calendar", line(one.name, 60)),),
            )
