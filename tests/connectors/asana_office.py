"""A client's office at Asana, where the tests of writing back push."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from connectors.asana_write import level, push
from connectors.base import Receipt, Write
from connectors.http import Http, Timing
from connectors.http_limits import Limits
from connectors.http_rules import HttpConfig
from connectors.testing_server import Request
from normalizer.actions import (
    Action,
)
from normalizer.model import Ref
from tests.servers.asana import FakeAsana
from tests.servers.asana_things import Project, Section, Task, User, Workspace

TOKEN = "2/1209000000000001/never-in-a-log"


@dataclass(frozen=True)
class Settings:
    """The part of a channel's settings that a push is told."""

    write: Write = "all"
    projects: tuple[str, ...] = ("*",)


@dataclass
class Office:
    """A workspace of two people with a project, a task in it, and the way there."""

    fake: FakeAsana
    her: User
    luz: User
    acme: Workspace
    web: Project
    sections: dict[str, Section]
    task: Task
    https: list[Http] = field(default_factory=list)
    done: dict[UUID, Receipt] = field(default_factory=dict)

    def connect(self, write: Write = "all", token: str = TOKEN, **timing: Any) -> Http:
        headers = {"Authorization": f"Bearer {token}"}
        config = HttpConfig(base_url=self.fake.base_url, write=write)
        limits, patience = Limits([]), Timing(**({"deadline": 5.0} | timing))
        http = Http(config, headers=lambda: headers, level=level, limits=limits, timing=patience)
        self.https.append(http)
        return http

    def restart(self) -> None:
        """Let another process go on."""
        self.close()
        self.https, self.done = [], {}

    def push(self, action: Action, http: Http | None = None, **settings: Any) -> Receipt:
        http = http or (self.https[0] if self.https else self.connect())
        return push(http, Settings(**settings), action, self.done)

    def of(self, kind: type[Any], **what: Any) -> Any:
        """An action on the task."""
        return kind(ref=Ref("task", self.task.gid), **what)

    def said(self) -> list[str]:
        """All comments on the task, oldest first."""
        return [story.text for story in self.task.stories if story.kind == "comment_added"]

    def writes(self) -> list[Request]:
        return [request for request in self.fake.log if request.method != "GET"]

    def where(self, task: Task | None = None) -> list[str]:
        """The sections that the task is in."""
        return [section.name for section in (task or self.task).sections]

    def close(self) -> None:
        for http in self.https:
            http.close()


def _office(fake: FakeAsana) -> Office:
    world = fake.world
    her, luz = fake.sign_up("Lola Prueba", TOKEN), fake.sign_up("Luz Prueba", "another")
    acme = world.workspace("Acme", her, luz)
    web = world.project(acme, "Web", her, luz)
    sections = {name: world.section(web, name, her) for name in ("Ideas", "Revisión", "Hecho")}
    task = world.task(sections["Ideas"], "Portada", luz)
    return Office(fake, her, luz, acme, web, sections, task)


@contextlib.contextmanager
def opened(fake: FakeAsana) -> Iterator[Office]:
    """An office whose connections are closed at the end."""
    office = _office(fake)
    try:
        yield office
    finally:
        office.close()
