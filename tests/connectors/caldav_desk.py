"""Lola's calendars at a real Radicale, the connector that reads them, and what it told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.base import Batch, Cursor, Secret
from connectors.caldav import CalDavConfig, CalDavConnector
from connectors.http import Timing
from connectors.testing_server import Reply, Request
from normalizer.model import Task
from normalizer.raw import Raw
from tests.servers.radicale import Person, Radicale, Way, todo, way

QUICK = Timing(deadline=10.0, cap=4 << 20)
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@dataclass(slots=True)
class Desk:
    """A person, the way to their calendars, and what is kept of them."""

    lola: Person
    way: Way
    kept: dict[str, Raw] = field(default_factory=dict)
    cursor: Cursor | None = None
    made: list[CalDavConnector] = field(default_factory=list)

    def connect(self, path: str = "", *, informed: bool = True, **settings: Any) -> CalDavConnector:
        """Make a connector, as after a restart; `informed` of what is kept."""
        given: dict[str, Any] = {
            "base_url": f"{self.way.origin}{path}", "user": self.lola.name,
            "password": Secret(lambda: self.lola.password), "write": "all", "timezone": "UTC",
        }  # fmt: skip
        self.made.append(CalDavConnector(CalDavConfig(**given | settings), timing=QUICK,
                                         now=lambda: NOON))  # fmt: skip
        if informed:
            self.made[-1].recall(self.recall)
        return self.made[-1]

    def recall(self, stream: str, prefix: str) -> list[Raw]:
        """Look up what is kept."""
        here = [raw for raw in self.kept.values() if raw.stream == stream]
        return [raw for raw in here if raw.external_id.startswith(prefix)]

    def pull(self, connector: CalDavConnector | None = None) -> list[Batch]:
        """Pull, and keep what comes as the store does."""
        connector = connector or self.connect()
        got = []
        for batch in connector.pull(self.cursor):
            got.append(batch)
            self.take(batch)
        return got

    def take(self, batch: Batch) -> None:
        """Keep a batch."""
        for raw in batch.records:
            if raw.deleted:
                self.kept.pop(raw.external_id, None)
            else:
                self.kept[raw.external_id] = raw
        self.cursor = batch.cursor

    def tasks(self) -> dict[str, Task]:
        """Read what is kept: task by title."""
        found = [
            task
            for raw in self.kept.values()
            for task in CalDavConnector.normalise(raw)
            if isinstance(task, Task)
        ]
        return {task.title: task for task in found}


def told(batches: Iterable[Batch]) -> list[str]:
    """Name the to-dos that came, in order; what is gone behind a "-"."""
    return [("-" if raw.deleted else "") + raw.external_id.rpartition("/")[2]
            for batch in batches for raw in batch.records if raw.stream == "todo"]  # fmt: skip


def notices(batches: Iterable[Batch]) -> list[str]:
    """Read the notices."""
    return [notice.text() for batch in batches for notice in batch.notices]


@contextmanager
def desk(radicale: Radicale) -> Iterator[Desk]:
    """Sit down where nobody has calendars yet."""
    with way(radicale) as open_way:
        made = Desk(radicale.user(), open_way)
        try:
            yield made
        finally:
            for one in made.made:
                one.close()


def web(desk: Desk, count: int = 3) -> str:
    """A calendar with some tasks."""
    path = desk.lola.make("web", "Web")
    for number in range(count):
        desk.lola.put(f"{path}{number}.ics", todo(f"u{number}", f"Tarea {number}"))
    return path


def editing(pattern: str, by: str, *, method: str = "", having: str = "") -> Callable[..., Reply]:
    """Edit the answers to the requests of a method that have a text in them."""

    def edit(request: Request, reply: Reply) -> Reply:
        if method not in {"", request.method} or having.encode() not in request.body:
            return reply
        text = re.sub(pattern, by, reply.body.decode(), flags=re.DOTALL)
        return Reply(reply.status, text.encode(), reply.headers)

    return edit


def stripped(lola: Desk, *, token: bool = True, tag: bool = True, data: bool = True) -> None:
    """Take from the server what some do not have."""
    if not token:
        lola.way.edits.append(editing("<sync-token>[^<]*</sync-token>", "", method="PROPFIND"))
    if not tag:
        lola.way.edits.append(editing("<CS:getctag>[^<]*</CS:getctag>", "", method="PROPFIND"))
    if not data:
        for having in ("calendar-query", "sync-collection"):
            lola.way.edits.append(
                editing("<C:calendar-data>.*?</C:calendar-data>", "", having=f"{having} ")
            )


def path(desk: Desk, name: str = "1.ics") -> str:
    """Where an object of the calendar "web" lies."""
    return f"/{desk.lola.name}/web/{name}"


def written(desk: Desk) -> list[str]:
    """Name the requests that change something, and forget all."""
    return [method for method in desk.way.asked() if method not in {"PROPFIND", "REPORT", "GET"}]
