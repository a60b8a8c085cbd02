"""A client's Asana and the connector that reads it, with what a store would hold of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from connectors.asana import AsanaConfig, AsanaConnector
from connectors.base import Batch, Cursor, Secret
from connectors.http import Timing
from connectors.http_limits import Limits
from connectors.probe import Key, held
from connectors.testing_server import Request
from normalizer.model import Change, Message, Record, Ref, State, Task
from normalizer.raw import Raw
from tests.servers.asana import FakeAsana
from tests.servers.asana_things import Project, User, Workspace
from tests.servers.asana_things import Task as TheirTask

TOKEN = "2/1209000000000001/never-in-a-log"

EXACT = "Hola\xa0mundo 👩\u200d💻🎉 <b>*no*</b> &amp; 👍🏽\n\n  fin"
"""Text that is easily lost on the way."""

R = TypeVar("R", Task, Message, Change)


@dataclass
class Desk:
    """A workspace of two people with a project; more is made by the tests."""

    fake: FakeAsana
    lola: User
    luz: User
    acme: Workspace
    web: Project
    connectors: list[AsanaConnector] = field(default_factory=list)
    taken: list[Batch] = field(default_factory=list)

    @property
    def world(self) -> Any:
        return self.fake.world

    def connect(self, *projects: str, token: str = TOKEN, **more: Any) -> AsanaConnector:
        """Another process, or another account."""
        config = AsanaConfig(
            base_url=self.fake.base_url,
            token=Secret(lambda: token),
            projects=projects or ("*",),
            write="all",
        )
        settings: dict[str, Any] = {"limits": Limits([]), "timing": self.timing()} | more
        self.connectors.append(AsanaConnector(config, **settings))
        return self.connectors[-1]

    def timing(self, **more: Any) -> Timing:
        settings: dict[str, Any] = {"deadline": 20.0, "now": self.fake.clock} | more
        return Timing(**settings)

    @property
    def connector(self) -> AsanaConnector:
        return self.connectors[0] if self.connectors else self.connect()

    @property
    def cursor(self) -> Cursor | None:
        return self.taken[-1].cursor if self.taken else None

    def pull(self, connector: AsanaConnector | None = None) -> list[Batch]:
        """Take what is new. What came before something went wrong is taken too."""
        before = len(self.taken)
        for batch in (connector or self.connector).pull(self.cursor):
            self.taken.append(batch)
        return self.taken[before:]

    def asked(self, connector: AsanaConnector | None = None) -> list[Request]:
        """Pull, and return what was asked for."""
        before = len(self.fake.log)
        self.pull(connector)
        return self.fake.log[before:]

    @property
    def held(self) -> dict[Key, Raw]:
        return held(self.taken)

    def whole(self) -> dict[Key, Raw]:
        """What a first pull would hold."""
        connector = self.connect(*self.connector._config.projects)
        return held(connector.pull(None))

    def same(self, *, late: str = "no such prefix") -> bool:
        """Tell whether what was pulled bit by bit is what a first pull would hold. What was said of
        a task that is gone stays; nobody would fetch it now. Tasks whose ids begin with `late` may
        be gone or changed without it being known yet.
        """
        now, whole = self.held, self.whole()
        gids = {name.rpartition("/")[2] for stream, name in whole if stream == "task"}
        assert now.keys() >= whole.keys()
        for key, raw in now.items():
            about = key[0] == "task" or key[1].partition("/")[0] in gids
            if about and not key[1].startswith(late):
                assert raw == whole.get(key)
        return True

    def ids(self, stream: str = "task") -> set[str]:
        return {external_id for kind, external_id in self.held if kind == stream}

    def records(self, kind: type[R]) -> list[R]:
        found: list[Record] = []
        for raw in self.held.values():
            found += AsanaConnector.normalise(raw)
        return [record for record in found if isinstance(record, kind)]

    def task(self, task: TheirTask) -> Task:
        """A task as it is held; its copies must agree but for their state."""
        copies = [one for one in self.records(Task) if one.ref == Ref("task", task.gid)]
        assert copies, f"{task.name} is not held"
        assert len({(one.title, one.container, one.due, one.checklist) for one in copies}) == 1
        return next((one for one in copies if one.state is State.OPEN), copies[0])

    def said(self, task: TheirTask) -> list[str]:
        """What was said on a task, oldest first."""
        found = [m for m in self.records(Message) if m.about == Ref("task", task.gid)]
        return [message.text for message in sorted(found, key=lambda one: one.sent_at)]

    def changes(self, task: TheirTask) -> list[tuple[str, str, str]]:
        """What Asana reports of a task, oldest first."""
        found = [c for c in self.records(Change) if c.about == Ref("task", task.gid)]
        return [(c.field, c.before, c.after) for c in sorted(found, key=lambda one: one.at)]

    def close(self) -> None:
        for connector in self.connectors:
            connector.close()


@contextlib.contextmanager
def seated(fake: FakeAsana) -> Iterator[Desk]:
    """A desk whose connections are closed at the end, at a server in no hurry."""
    fake.limit = 100_000
    lola, luz = fake.sign_up("Lola Prueba", TOKEN), fake.sign_up("Luz Vega", "another")
    acme = fake.world.workspace("Acme", lola, luz)
    desk = Desk(fake, lola, luz, acme, fake.world.project(acme, "Web", lola, luz))
    try:
        yield desk
    finally:
        desk.close()


def questions(request: Request) -> list[str]:
    """What a request asks for: its path, or those of the actions of a batch."""
    if request.path.endswith("/batch"):
        return [action["relative_path"] for action in request.json()["data"]["actions"]]
    return [request.path.removeprefix("/api/1.0")]
