"""Asana: the projects of one account, what is hers in them, and what is said about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final
from uuid import UUID

from connectors import asana_places as places
from connectors.asana_cursor import load
from connectors.asana_pull import Pull
from connectors.asana_reads import Ask, Reader
from connectors.asana_write import WRITES, level, push
from connectors.base import Account, Batch, Cursor, Receipt, Secret
from connectors.errors import ConfigError, RefusedError
from connectors.http import Http, Timing, by_token
from connectors.http_limits import Limits, Rate
from connectors.http_rules import HttpConfig
from connectors.writing import may, watched
from normalizer import versions
from normalizer.said import Said
from normalizer.text import NAME, line

if TYPE_CHECKING:
    from normalizer.actions import Action
    from normalizer.model import Record, Ref
    from normalizer.raw import Raw

_RATE: Final = Rate("token", 140, 60, 40)
"""What Asana allows on its free plan, 150 a minute, less what is left for others of that token."""

_PATIENCE: Final = Timing()
_ATTACHMENT: Final = re.compile("[0-9]{1,64}/([0-9]{1,64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class AsanaConfig(HttpConfig):
    """An account at Asana, with the projects in it that belong to one client."""

    token: Secret
    """A personal access token, from https://app.asana.com/0/my-apps."""

    projects: tuple[str, ...] = ("*",)
    """The projects to watch, by name or by gid; "*" is all, and her tasks in none besides."""

    base_url: str = "https://app.asana.com/api/1.0"
    """Where its API is. https, or plain http on this computer."""


class AsanaConnector:
    """One account. Holds its connection, and what it pushed, between calls."""

    kind: ClassVar[str] = "asana"
    version: ClassVar[int] = versions.ASANA
    Config: ClassVar[type[AsanaConfig]] = AsanaConfig
    writes: ClassVar[frozenset[type[Action]]] = WRITES
    completes: ClassVar[Said] = Said("marks the task as complete")

    def __init__(
        self, config: AsanaConfig, *, limits: Limits | None = None, timing: Timing = _PATIENCE
    ) -> None:
        """Keep to Asana's limits together with whoever uses the same token."""
        self._config, self._limits, self._timing = config, limits, timing
        self._http: Http | None = None
        self._counted = 0
        self._done: dict[UUID, Receipt] = {}

    @property
    def requests(self) -> int:
        """HTTP requests sent since the last pull began."""
        return (self._http.requests if self._http else 0) - self._counted

    def check(self) -> Account:
        """Sign in and name the projects that will be read."""
        http = self._ready()
        reader = Reader(http, set())
        who = places.me(reader, http.host)
        found = [
            (row["gid"], places.name_of(row), places.name_of(workspace))
            for workspace, heard in places.listings(reader, who["workspaces"])
            for row in heard.rows
        ]
        chosen = self._config.projects
        if missing := places.unknown([(gid, name) for gid, name, _ in found], chosen):
            raise ConfigError(
                "There is no project “{name}” at {host}. There are: {projects}.",
                name=line(missing[0], 60),
                host=http.host,
                projects=line(", ".join(line(name, 60) for _, name, _ in found[:20]), 400) or "—",
            )
        taken = [one for one in found if watched(chosen, one[1], one[0])]
        several = len(who["workspaces"]) > 1
        email = who.get("email")
        handles = {who["gid"], email.lower() if isinstance(email, str) else ""} - {""}
        return Account(
            name=places.name_of(who) or who["gid"],
            handles=frozenset(line(one, NAME) for one in handles),
            places=tuple(f"{above} › {name}" if several else name for _, name, above in taken),
            rights=(
                Said("A token of Asana may do all that you may do there."),
                may(self._config.write),
            ),
        )

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield what changed, or everything, project by project."""
        state = load(cursor)
        http = self._ready()
        self._counted = http.requests
        reader = Reader(http, state.single)

        def now() -> datetime:
            return self._timing.now() + http.clock_ahead

        yield from Pull(reader, http.host, state, self._config.projects, now).batches()

    def open(self, copy: Ref, attachment: str) -> Iterator[bytes]:
        """Yield the bytes of a file; its address is good for two minutes, and fetched now."""
        found = _ATTACHMENT.fullmatch(copy.external_id)
        if copy.stream != "attachment" or not found or found[1] != attachment:
            raise RefusedError("This file is no longer there.")
        http = self._ready()
        path, fields = f"/attachments/{attachment}", ("download_url", "name", "host")
        (heard,) = Reader(http, set()).ask([Ask(path, fields=fields)])
        if heard.problem:
            raise heard.problem
        url = heard.record.get("download_url")
        if heard.record.get("host") != "asana" or not isinstance(url, str):
            raise RefusedError(
                "This is a link to another place, not a file at {host}. Open it in the browser.",
                host=http.host,
            )
        yield from http.fetch(url)

    def push(self, action: Action) -> Receipt:
        """Carry out `action`; see `connectors.asana_write.push`."""
        return push(self._ready(), self._config, action, self._done)

    def close(self) -> None:
        """Let go of the connection."""
        if self._http is not None:
            self._http.close()

    @staticmethod
    def normalise(raw: Raw) -> Iterable[Record]:
        """Put one record of Asana's in our words."""
        from normalizer import asana  # noqa: PLC0415  not needed to fetch

        return asana.normalise(raw)

    def _ready(self) -> Http:
        if self._http is None:
            self._http = by_token(
                self._config,
                self._config.token,
                rate=_RATE,
                level=level,
                limits=self._limits,
                timing=self._timing,
            )
        return self._http
