"""What the fake Trello's own tests ask with: no library, no pacing, no manners of its own."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tests.servers.trello import KEY, TOKEN, Trello


@dataclass(frozen=True, slots=True)
class Told:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Client:
    """One account's."""

    fake: Trello
    token: str = TOKEN

    def get(self, path: str, **query: object) -> Told:
        return self.ask("GET", path, **query)

    def ask(self, method: str, path: str, body: object = None, **query: object) -> Told:
        """With the credential in the header, as ours do."""
        headers = {"authorization": oauth(KEY, self.token)}
        return send(self.fake, method, path, headers, body=body, query=query)


def oauth(key: str, token: str) -> str:
    return f'OAuth oauth_consumer_key="{key}", oauth_token="{token}"'


def send(
    fake: Trello,
    method: str,
    path: str,
    headers: Mapping[str, str],
    *,
    body: object = None,
    query: Mapping[str, object] | None = None,
) -> Told:
    """Ask once, by a connection of its own."""
    return ask_at(f"{fake.base_url}{quote(path)}", method, headers, body=body, query=query)


def ask_at(
    url: str,
    method: str,
    headers: Mapping[str, str],
    *,
    body: object = None,
    query: Mapping[str, object] | None = None,
) -> Told:
    """The same of whatever answers there."""
    where = urlsplit(url)
    asked = where.path + (f"?{urlencode(query)}" if query else "")
    connection = http.client.HTTPConnection(where.netloc, timeout=60)
    try:
        if body is None:
            connection.request(method, asked, None, dict(headers))
        else:
            said = {**headers, "content-type": "application/json"}
            connection.request(method, asked, json.dumps(body), said)
        answer = connection.getresponse()
        kept = {name.lower(): value for name, value in answer.getheaders()}
        return Told(answer.status, kept, answer.read())
    finally:
        connection.close()


class Desk:
    """A board of two lists, a card, and a client's Ana who works there too."""

    def __init__(self, fake: Trello) -> None:
        self.fake, self.people = fake, fake.people
        self.va = Client(fake)
        self.ana = fake.account("ana", "token-of-ana")
        self.board = fake.people.add_board("Obra", self.ana, fake.me, lists=["Hoy", "Hecho"])
        self.held = fake.world.boards[self.board]
        self.today, self.done = self.held.lists
        self.card = fake.people.add_card(self.today, "Factura", by=self.ana)

    def told(self, **query: object) -> Any:
        return self.va.get(f"/boards/{self.board}", **query).json

    def moved(self) -> str:
        return str(self.told(fields="dateLastActivity")["dateLastActivity"])

    def kinds(self, **query: object) -> list[str]:
        told = self.va.get(f"/boards/{self.board}/actions", **({"limit": 1000} | query)).json
        return [action["type"] for action in told]

    def card_told(self, **query: object) -> Any:
        return self.va.get(f"/cards/{self.card}", **query).json


class Hand:
    """A clock that goes on when told."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def go_on(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
