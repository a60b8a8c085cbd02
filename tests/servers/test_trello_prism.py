"""Prism's verdict on the fake Trello's answers, and on requests such as ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.prism import prism
from tests.servers.trello import KEY, SPECIFICATION, TOKEN, Trello
from tests.servers.trello_asking import Told, ask_at, oauth
from tests.servers.trello_boards import made

WRONG = {"descData": "null", "avatarHash": "null", "avatarUrl": "null", "labels": "whole, no ids"}
"""What the specification gets wrong: field -> what it truly is."""

NESTED = {
    "fields": "id,name,closed,dateLastActivity,shortUrl",
    "cards": "open",
    "card_fields": "id,name,desc,closed,due,dueComplete,start,dateLastActivity,idList,idMembers",
    "card_attachments": "true",
    "card_customFieldItems": "true",
    "checklists": "all",
    "checkItem_fields": "all",
    "lists": "all",
    "labels": "all",
    "labels_limit": "1000",
    "members": "all",
    "customFields": "true",
    "actions": "commentCard,updateCard",
    "actions_limit": "1000",
    "action_memberCreator": "false",
}


class Way:
    """To the fake, by Prism."""

    def __init__(self, fake: Trello, at: str) -> None:
        self.fake, self.at = fake, at
        self.board = fake.world.load(made(5), fake.me)
        self.card = next(iter(self.board.cards))

    def ask(self, method: str, path: str, body: object = None, **query: object) -> Told:
        headers = {"authorization": oauth(KEY, TOKEN)}
        return ask_at(self.at + path, method, headers, body=body, query=query)


def complaints(told: Told) -> list[dict[str, Any]]:
    """What Prism has against it, but for what the specification gets wrong."""
    if told.status == 200:
        return []
    found: list[dict[str, Any]] = told.json["validation"]
    return [one for one in found if not WRONG.keys() & set(one["location"])]


@pytest.fixture(scope="module")
def way() -> Iterator[Way]:
    with Trello() as fake, prism(SPECIFICATION, fake.base_url) as at:
        yield Way(fake, at)
    assert fake.violations == []


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/members/me", {"fields": "id,username", "boards": "open", "board_fields": "id,name"}),
        ("/members/me/boards", {"filter": "open", "fields": "id,dateLastActivity", "lists": "all"}),
        ("/boards/{board}", NESTED),
        ("/boards/{board}/actions", {"limit": 10, "before": "2027-01-01T00:00:00Z"}),
        ("/boards/{board}/cards/all", {"fields": "id,closed"}),
        ("/cards/{card}", {}),
        ("/cards/{card}/actions", {"filter": "commentCard"}),
    ],
)
def test_prism_has_nothing_against_what_is_read(
    way: Way, path: str, query: dict[str, object]
) -> None:
    told = way.ask("GET", path.format(board=way.board.id, card=way.card), **query)
    assert complaints(told) == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/cards/{card}", {"idList": "{list}"}),
        ("PUT", "/cards/{card}", {"dueComplete": True}),
        ("PUT", "/cards/{card}", {"due": None}),
        ("PUT", "/cards/{card}", {"closed": True}),
        ("PUT", "/cards/{card}/checkItem/{item}", {"state": "complete"}),
        ("POST", "/cards/{card}/actions/comments", {"text": "hola ✅"}),
        ("POST", "/cards", {"idList": "{list}", "name": "Nueva"}),
    ],
)
def test_prism_has_nothing_against_what_is_written(
    way: Way, method: str, path: str, body: dict[str, object]
) -> None:
    items = next(iter(way.board.checklists.values()))["checkItems"]
    named = {"card": way.card, "list": list(way.board.lists)[1], "item": items[0]["id"]}
    filled = {k: v.format(**named) if isinstance(v, str) else v for k, v in body.items()}
    told = way.ask(method, path.format(**named), filled)
    assert complaints(told) == []


def test_prism_refuses_what_the_specification_forbids(way: Way) -> None:
    told = way.ask("GET", f"/boards/{way.board.id}", **(NESTED | {"actions_limit": "5000"}))
    assert told.status == 422
    assert "actions_limit" in told.json["validation"][0]["message"]
