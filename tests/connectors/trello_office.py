"""A client's office at Trello, where the tests of writing back push."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from connectors.base import Receipt, Write
from connectors.http import Http, Timing
from connectors.http_limits import Limits
from connectors.http_rules import HttpConfig
from connectors.testing_server import Request
from connectors.trello_write import level, push
from normalizer.actions import (
    Action,
)
from normalizer.model import Ref
from tests.servers.trello import KEY, TOKEN, Trello


@dataclass(frozen=True)
class Settings:
    """The part of a channel's settings that a push is told."""

    write: Write = "all"
    boards: tuple[str, ...] = ("*",)
    done: str = "due_complete"


@dataclass
class Office:
    """A board with a card on it, and the way there."""

    fake: Trello
    board: str
    lists: dict[str, str]
    card: str
    other: str
    """Somebody else's member id."""

    https: list[Http] = field(default_factory=list)
    done: dict[UUID, Receipt] = field(default_factory=dict)

    def connect(self, write: Write = "all", token: str = TOKEN, **timing: Any) -> Http:
        header = {"Authorization": f'OAuth oauth_consumer_key="{KEY}", oauth_token="{token}"'}
        config = HttpConfig(base_url=self.fake.base_url, write=write)
        timing = {"deadline": 5.0} | timing
        limits, patience = Limits([]), Timing(**timing)
        http = Http(config, headers=lambda: header, level=level, limits=limits, timing=patience)
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
        """An action on the card."""
        return kind(ref=Ref("card", self.card), **what)

    def now(self, card: str = "") -> dict[str, Any]:
        """The card as it is."""
        found: dict[str, Any] = self.fake.world.find_card(card or self.card)[1]
        return found

    def said(self) -> list[str]:
        """All comments on the card, oldest first."""
        board = self.fake.world.boards[self.board]
        told = [a["data"] for a in board.actions if a["type"] == "commentCard"]
        return [data["text"] for data in told if data["card"]["id"] == self.card]

    def acts(self) -> int:
        return len(self.fake.world.boards[self.board].actions)

    def writes(self) -> list[Request]:
        return [request for request in self.fake.log if request.method != "GET"]

    def close(self) -> None:
        for http in self.https:
            http.close()


@contextlib.contextmanager
def opened(fake: Trello) -> Iterator[Office]:
    """An office whose connections are closed at the end."""
    office = _office(fake)
    try:
        yield office
    finally:
        office.close()


def _office(fake: Trello) -> Office:
    people = fake.people
    other = fake.account("luz")
    board = people.add_board(
        "Web", fake.me, other, lists=["Ideas", "En curso", "Revisión", "Hecho"]
    )
    held = fake.world.boards[board]
    lists = {str(one["name"]): str(key) for key, one in held.lists.items()}
    card = people.add_card(lists["Ideas"], "Portada", by=other)
    people.move_card(card, lists["En curso"], by=other)
    return Office(fake, board, lists, card, other)
