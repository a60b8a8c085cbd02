"""Two clients' accounts at each vendor, what happens there, and what the store keeps of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, cast

from sqlalchemy import select

from connectors.asana import AsanaConfig, AsanaConnector
from connectors.base import Connector, Secret, Writer
from connectors.http import Timing
from connectors.testing_server import HttpServer, Request
from connectors.trello import TrelloConfig, TrelloConnector
from normalizer.actions import Comment
from normalizer.model import Ref
from store import schema
from store.codes import GONE, STATES, unpack
from store.database import Database, open_database
from store.directory import ChannelKey, ChannelSpec, ClientSpec, declare
from tests.servers.asana import FakeAsana, running
from tests.servers.trello import KEY, Trello
from trastienda.config import ChannelConfig
from trastienda.pull import Attempt, Job, Outcome
from triage.rules import derive

CANARY = "canary-2f8c-never-anywhere"
CLIENTS = ("acme", "luz")
QUICK = Timing(deadline=0.5, cap=1 << 20, longest_wait=2.0)
TASKS = 3

Told = dict[str, str]
"""Task → its title, comment → its text, by the vendor's ids."""


class Office(Protocol):
    """A vendor's stand-in with an account of each client."""

    kind: str
    server: HttpServer
    after: bool
    """Whether reading requests, too, must be carried out before a fault speaks."""

    def connect(self, client: str) -> Connector:
        """Make a connector with a key and a token of its own: limits are counted by those."""

    def happen(self, client: str, number: int) -> None:
        """Let somebody at the client's rename a task and comment on it."""

    def truth(self, client: str) -> Told:
        """Tell what there is."""

    def first(self, client: str) -> Callable[[Request], bool]:
        """Pick the first request of a poll."""

    def later(self, client: str) -> Callable[[Request], bool]:
        """Pick those after it."""

    def comment(self, client: str, text: str) -> Comment:
        """Make the action by which she says `text`."""


def _hers(client: str) -> Callable[[Request], bool]:
    return lambda request: f"{CANARY}-{client}-" in request.headers.get("authorization", "")


class TrelloOffice:
    """A board of each client."""

    kind = "trello"
    after = False

    def __init__(self, fake: Trello) -> None:
        self.fake, self.server = fake, fake.server
        fake.limits.rates["member"] = (1_000_000, 10.0)  # a day of polls goes by in a minute
        self._numbers = itertools.count()
        self._members: dict[str, str] = {}
        self._boards: dict[str, str] = {}
        self._ana = fake.account("ana")
        for client in CLIENTS:
            self._members[client] = fake.account(f"va_{client}")
            board = fake.people.add_board(client, self._ana, self._members[client], lists=["Hoy"])
            self._boards[client] = board
            for number in range(TASKS):
                fake.people.add_card(
                    next(iter(self._held(client).lists)), f"{number}", by=self._ana
                )

    def _held(self, client: str) -> Any:
        return self.fake.world.boards[self._boards[client]]

    def connect(self, client: str) -> TrelloConnector:
        number = next(self._numbers)
        key, token = f"{KEY}{number}", f"{CANARY}-{client}-{number}"
        self.fake.keys.add(key)
        self.fake.world.add_token(token, self._members[client])
        config = TrelloConfig(
            base_url=self.fake.base_url,
            key=Secret(lambda: key),
            token=Secret(lambda: token),
            write="all",
        )
        return TrelloConnector(config, timing=QUICK)

    def happen(self, client: str, number: int) -> None:
        card = list(self._held(client).cards)[number % TASKS]
        self.fake.people.edit_card(card, by=self._ana, name=f"Tarea {number}")
        self.fake.people.comment(card, f"Dicho {number}", by=self._ana)

    def truth(self, client: str) -> Told:
        held = self._held(client)
        told = {a["id"]: a["data"]["text"] for a in held.actions if a["type"] == "commentCard"}
        return told | {key: card["name"] for key, card in held.cards.items()}

    def first(self, client: str) -> Callable[[Request], bool]:
        return lambda r: _hers(client)(r) and r.path == "/1/members/me/boards"

    def later(self, client: str) -> Callable[[Request], bool]:
        return lambda r: _hers(client)(r) and r.path.startswith("/1/boards/")

    def comment(self, client: str, text: str) -> Comment:
        ref = Ref("card", next(iter(self._held(client).cards)))
        return Comment(ref=ref, text=text, decided_at=datetime.now(UTC))


class AsanaOffice:
    """A project of each client."""

    kind = "asana"
    after = True

    def __init__(self, fake: FakeAsana) -> None:
        self.fake, self.server, self._world = fake, fake.server, fake.world
        self._numbers = itertools.count()
        self._ana = self._world.user("Ana Prueba")
        self._projects: dict[str, Any] = {}
        self._users: dict[str, Any] = {}
        for client in CLIENTS:
            self._users[client] = user = self._world.user(f"Lola {client}")
            workspace = self._world.workspace(client, user, self._ana)
            project = self._world.project(workspace, client, user, self._ana)
            self._projects[client] = project
            for number in range(TASKS):
                self._world.task(project, f"{number}", by=self._ana)

    def connect(self, client: str) -> AsanaConnector:
        token = f"{CANARY}-{client}-{next(self._numbers)}"
        self.fake.accounts[token] = self._users[client]
        config = AsanaConfig(base_url=self.fake.base_url, token=Secret(lambda: token), write="all")
        return AsanaConnector(config, timing=QUICK)

    def happen(self, client: str, number: int) -> None:
        task = self._projects[client].tasks[number % TASKS]
        self._world.edit(task, self._ana, name=f"Tarea {number}")
        self._world.comment(task, f"Dicho {number}", self._ana)

    def truth(self, client: str) -> Told:
        tasks = self._projects[client].tasks
        told = {task.gid: task.name for task in tasks}
        stories = (story for task in tasks for story in task.stories)
        return told | {story.gid: story.text for story in stories if story.kind == "comment_added"}

    def first(self, client: str) -> Callable[[Request], bool]:
        return lambda r: _hers(client)(r) and b"/events" in r.body

    def later(self, client: str) -> Callable[[Request], bool]:
        return lambda r: _hers(client)(r) and b"/events" not in r.body

    def comment(self, client: str, text: str) -> Comment:
        ref = Ref("task", self._projects[client].tasks[0].gid)
        return Comment(ref=ref, text=text, decided_at=datetime.now(UTC))


@dataclass(slots=True)
class Rig:
    """A vendor's stand-in and the store, with a channel of each client."""

    office: Office
    db: Database
    keys: dict[str, ChannelKey]

    def pull(self, client: str) -> Outcome:
        """Pull as the engine does, with a connection of its own."""
        channel = ChannelConfig(
            client=client, slug="canal", kind=self.office.kind, table=cast("Any", None)
        )
        job = Job(channel=channel, key=self.keys[client], rules=derive)
        connector = self.office.connect(client)
        try:
            return Attempt(
                job, self.db, lambda _: connector, lambda: datetime.now(UTC), connector
            ).run()
        finally:
            connector.close()

    def kept(self, client: str) -> Told:
        """Read what the store holds of a client's: open tasks, and comments that are there."""
        i, m = schema.item.c, schema.message.c
        mine = self.keys[client]
        with self.db.read() as conn:
            tasks = conn.execute(
                select(i.external_id, i.title, i.state).where(
                    i.channel_id == mine.channel_id, i.described == 1
                )
            ).all()
            said = conn.execute(
                select(m.external_id, m.text, m.flags).where(m.client_id == mine.client_id)
            ).all()
        closed = [row for row in tasks if STATES[row.state].value != "open"]
        assert not closed, closed

        assert not [row for row in said if row.flags & GONE]
        return {row.external_id: row.title for row in tasks} | {
            row.external_id: unpack(row.text) for row in said
        }

    def push(self, client: str, action: Comment, connector: Connector) -> None:
        assert isinstance(connector, Writer)
        connector.push(action)


@contextmanager
def rigged(kind: str, folder: Path) -> Iterator[Rig]:
    """A rig whose first pulls are done."""
    specs = tuple(
        ClientSpec(
            slug=client, name=client, color="orange", identities=(),
            channels=(ChannelSpec(slug="canal", kind=kind),),
        )
        for client in CLIENTS
    )  # fmt: skip
    db = open_database(folder / "trastienda.db")
    found = declare(db, specs, datetime.now(UTC))
    keys = {client: found[client, "canal"] for client in CLIENTS}
    try:
        if kind == "trello":
            with Trello() as fake:
                yield _filled(Rig(TrelloOffice(fake), db, keys))
        else:
            with running() as asana:
                yield _filled(Rig(AsanaOffice(asana), db, keys))
    finally:
        db.close()


def _filled(rig: Rig) -> Rig:
    for client in CLIENTS:
        assert rig.pull(client).error is None
        assert rig.kept(client) == rig.office.truth(client)
    return rig
