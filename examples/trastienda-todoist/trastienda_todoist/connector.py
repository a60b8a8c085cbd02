"""Todoist: an account's projects, read by what changed in them, and written to where she may.

| request (Todoist API v1) | what for |
|---|---|
| POST /sync with a sync token | what changed since; with "*", all that is open |
| POST /sync with commands | one change, by a number of its own |
| GET /tasks/completed/by_completion_date | what a full sync leaves out |
| GET /tasks/ID, GET /comments | a look before a change, or after one in doubt |
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from trastienda.plugin import (
    Account,
    Action,
    Batch,
    ConfigError,
    Cursor,
    Http,
    HttpConfig,
    Limits,
    Rate,
    Raw,
    Receipt,
    Record,
    Said,
    Secret,
    Timing,
    by_token,
    line,
    may,
    permit,
    watched,
)

from trastienda_todoist import pull, reads, writes

RATE: Final = Rate("token", 1000, 900.0, 100)
"""What Todoist allows a user: 1,000 incremental syncs in 15 minutes, or 100 full ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoistConfig(HttpConfig):
    """An account at Todoist, with the projects in it that belong to one client."""

    token: Secret
    """The API token, from Settings, Integrations, Developer."""

    projects: tuple[str, ...] = ("*",)
    """The projects to read, by name or by id; "*" is all."""

    base_url: str = "https://api.todoist.com/api/v1"
    """Where its API is. https, or plain http on this computer."""


class TodoistConnector:
    """One account. Holds its connection between calls, and nothing else."""

    kind: ClassVar[str] = "todoist"
    api: ClassVar[int] = 1
    version: ClassVar[int] = 1
    Config: ClassVar[type[TodoistConfig]] = TodoistConfig
    writes: ClassVar[frozenset[type[Action]]] = writes.WRITES

    def __init__(
        self,
        config: TodoistConfig,
        *,
        limits: Limits | None = None,
        timing: Timing | None = None,
    ) -> None:
        """Keep to the tool's limits together with whoever uses the same token."""
        self._config, self._limits, self._timing = config, limits, timing or Timing()
        self._http: Http | None = None

    @property
    def requests(self) -> int:
        """HTTP requests sent so far."""
        return self._http.requests if self._http else 0

    def check(self) -> Account:
        """Sign in and name the projects that will be read."""
        http, chosen = self._ready(), self._config.projects
        names = reads.places(http)
        there = names.projects
        for missing in pull.Chosen.of(chosen, names).missing:
            raise ConfigError(
                "There is no project “{name}” at {host}. There are: {projects}.",
                name=line(missing, 60),
                host=http.host,
                projects=line(", ".join(there.values()), 400) or "—",
            )
        me = names.me
        return Account(
            name=names.people[me["id"]] or me["id"],
            handles=frozenset({me["id"].lower(), line(str(me.get("email", ""))).lower()}) - {""},
            places=tuple(name for one, name in there.items() if watched(chosen, name, one)),
            rights=(
                Said("A token of Todoist may do all that you may do there."),
                may(self._config.write),
            ),
        )

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield what changed, or everything."""
        http = self._ready()
        now = self._timing.now() + http.clock_ahead
        yield from pull.batches(http, self._config.projects, cursor, now)

    def push(self, action: Action) -> Receipt:
        """Carry out `action`; see `writes.push`."""
        permit(self._config.write, action)
        return writes.push(self._ready(), self._config.projects, action)

    def close(self) -> None:
        """Let go of the connection."""
        if self._http is not None:
            self._http.close()

    @staticmethod
    def normalise(raw: Raw) -> Iterable[Record]:
        """Put one record in our words."""
        from trastienda_todoist import mapping  # not needed to fetch

        return mapping.normalise(raw)

    def _ready(self) -> Http:
        if self._http is None:
            self._http = by_token(
                self._config,
                self._config.token,
                rate=RATE,
                level=writes.level,
                limits=self._limits,
                timing=self._timing,
            )
        return self._http
