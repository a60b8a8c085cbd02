"""What other programs ask of Trello, the fake answers too: they are measured against it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import trello as py_trello

from tests.servers.trello import KEY, TOKEN, Trello
from tests.servers.trello_asking import send
from tests.servers.trello_boards import made


@pytest.fixture
def fake() -> Any:
    with Trello() as it:
        it.limits.rates |= {"api-token": (10_000, 10.0), "api-key": (10_000, 10.0)}
        it.limits.rates |= {"member": (10_000, 10.0)}
        it.world.load(made(8, comments=2, closed=0.0), it.me)
        yield it


class Redirected:
    """What py-trello takes for `requests`, with its fixed host replaced."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        asked = urlsplit(url)
        rest = f"?{asked.query}" if asked.query else ""
        return requests.request(method, self.origin + asked.path + rest, timeout=20, **kwargs)


def test_py_trello_reads_a_board_card_by_card(fake: Trello) -> None:
    service = Redirected(fake.server.origin)
    client = py_trello.TrelloClient(api_key=KEY, api_secret=TOKEN, http_service=service)
    cards = [
        card
        for board in client.list_boards()
        for listed in board.list_lists()
        for card in listed.list_cards()
    ]
    assert len(cards) == 8
    assert all(len(card.checklists) == 1 for card in cards)
    assert all(len(card.comments) == 2 for card in cards)
    assert all(len(card.attachments) == 1 for card in cards)
    assert {r.status for r in fake.log} == {200}
    assert len(fake.log) == 1 + 1 + 4 + 3 * 8
    assert fake.in_urls == len(fake.log)


def test_py_trello_reads_it_in_one_go_and_card_by_id(fake: Trello) -> None:
    service = Redirected(fake.server.origin)
    client = py_trello.TrelloClient(api_key=KEY, api_secret=TOKEN, http_service=service)
    (board,) = client.list_boards("open")
    cards = board.all_cards()
    assert len(cards) == 8
    cards[0].fetch()
    assert client.get_card(cards[0].id).name == cards[0].name
    assert board.get_labels()
    assert len(board.get_checklists()) == 8
    assert len(board.all_members()) == 4
    assert len(cards[0].fetch_actions("all")) > 2
    assert client.get_list(cards[0].list_id).name
    assert {r.status for r in fake.log} == {200}


def test_py_trello_writes(fake: Trello) -> None:
    service = Redirected(fake.server.origin)
    client = py_trello.TrelloClient(api_key=KEY, api_secret=TOKEN, http_service=service)
    (board,) = client.list_boards()
    first, last = board.list_lists()[0], board.list_lists()[-1]
    card = first.add_card("Nueva", desc="x")
    card.change_list(last.id)
    card.set_due_complete()
    card.comment("hola")
    card.set_closed(True)
    other = next(c for c in board.all_cards() if c.id != card.id)
    other.checklists[0].set_checklist_item(other.checklists[0].items[0]["name"], True)
    kept = fake.world.find_card(card.id)[1]
    assert (kept["idList"], kept["dueComplete"], kept["closed"]) == (last.id, True, True)
    assert {r.status for r in fake.log} == {200}


def test_bugwarrior_asks_for_each_list_and_each_card(fake: Trello) -> None:
    def ask(path: str, **query: str) -> Any:
        told = send(fake, "GET", path, {}, query=query | {"key": KEY, "token": TOKEN})
        assert told.status == 200
        return told.json

    fields = "name,idShort,shortLink,shortUrl,url,labels,due,desc"
    cards = [
        card
        for board in ask("/members/me/boards", fields="name")
        for listed in ask(f"/boards/{board['id']}/lists/open", fields="name")
        for card in ask(f"/lists/{listed['id']}/cards/open", fields=fields)
    ]
    query = {"filter": "commentCard", "memberCreator_fields": "username"}
    said = [ask(f"/cards/{card['id']}/actions", **query) for card in cards]
    assert [len(one) for one in said] == [2] * 8
    assert all(one["memberCreator"]["username"] for comments in said for one in comments)
    assert all(card.keys() == {"id", *fields.split(",")} for card in cards)
    assert len(fake.log) == 1 + 1 + 4 + 8
