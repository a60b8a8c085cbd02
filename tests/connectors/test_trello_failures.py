"""Answers that fail or make no sense: nothing is closed here that was not closed there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors import testing_faults as http_faults
from connectors.errors import ConnectorError, UnavailableError
from connectors.testing_server import Reply, Request
from normalizer.model import State
from tests.connectors.trello_reader import Reader, Shop, reading
from tests.connectors.trello_reader import shop as opened
from tests.servers.trello import Trello


@pytest.fixture
def shop(trello_server: Trello) -> Iterator[Shop]:
    with opened(trello_server) as made:
        yield made


@pytest.fixture
def reader(shop: Shop) -> Reader:
    """The shop's reader, who has pulled all there is."""
    shop.reader.pull()
    return shop.reader


def of(board: str) -> Callable[[Request], bool]:
    return lambda request: request.path.startswith(f"/1/boards/{board}")


def listing(request: Request) -> bool:
    return request.path == "/1/members/me/boards"


@pytest.mark.parametrize("how", [Reply.text("oops", 500), Reply.text("invalid value", 400)])
def test_one_board_that_fails_stops_no_other_and_is_told_of_at_the_end(
    shop: Shop, reader: Reader, how: Reply
) -> None:
    other = shop.add_board("Web", cards=1)
    shop.edit(desc="x")
    shop.fake.fail(of(shop.board), how)
    with pytest.raises(ConnectorError):
        reader.pull()
    assert len(reader.tasks()) == 2
    assert shop.task().body == ""
    reader.pull()
    assert shop.task().body == "x"
    assert other in str(reader.cursor)


def test_another_way_of_being_done_is_taken_up_later_on_a_board_that_fails(
    shop: Shop, reader: Reader
) -> None:
    shop.add_board("Web", cards=1)
    shop.people.move_card(shop.card, shop.done, by=shop.ana)
    reader.pull()
    reader.make(done="list:Hecho")
    shop.fake.fail(of(shop.board), Reply.text("oops", 500))
    with pytest.raises(UnavailableError):
        reader.pull()
    assert shop.task().state is State.OPEN
    reader.pull()
    assert shop.task().state is State.DONE


def test_when_all_fails_the_rest_is_left_for_later(shop: Shop) -> None:
    for number in range(6):
        shop.add_board(f"Web {number}")
    shop.fake.fail(lambda r: not listing(r), Reply.text("oops", 500), times=None)
    with pytest.raises(UnavailableError):
        shop.reader.pull()
    assert len(shop.reader.asked) == 3


def test_who_is_asked_to_slow_down_asks_for_no_other_board(shop: Shop) -> None:
    shop.add_board("Web", cards=2)
    limit = {"error": "API_TOKEN_LIMIT_EXCEEDED", "message": "Rate limit exceeded"}
    shop.fake.fail(of(shop.board), Reply.json(limit, 429))
    with pytest.raises(UnavailableError) as caught:
        shop.reader.pull()
    assert caught.value.retry_after is not None
    assert len(shop.reader.asked) == 2
    assert shop.reader.cursor is None


@pytest.mark.parametrize(
    "answer",
    [
        Reply.json([]), Reply.json({}), Reply(200), Reply.json(None), Reply.json([None]),
        Reply.json([{"id": "x"}]), Reply.text("<html>", 200), Reply.json({"boards": []}),
        Reply.json([{"id": "../x", "name": "", "shortLink": "a", "lists": []}]),
        Reply.json([{"id": 5, "name": "", "shortLink": "a", "lists": [],
                     "dateLastActivity": None}]),
        Reply.json([{"id": "5", "name": "", "shortLink": "a", "lists": {},
                     "dateLastActivity": None}]),
        Reply.json([{"id": "5", "name": "", "shortLink": "a", "lists": [],
                     "dateLastActivity": "yesterday"}]),
        Reply.json([{"id": "5", "name": "", "shortLink": "a", "lists": [],
                     "dateLastActivity": "0001-01-01T00:00:00Z"}]),
    ],
)  # fmt: skip
def test_a_strange_list_of_boards_closes_nothing(shop: Shop, reader: Reader, answer: Reply) -> None:
    held, cursor = dict(reader.kept), reader.cursor
    shop.fake.fail(listing, answer)
    try:
        reader.pull()
    except UnavailableError:
        assert len(reader.asked) == 1
    assert (reader.kept, reader.cursor) == (held, cursor)
    shop.edit(desc="x")
    reader.pull()
    assert shop.task().body == "x"


def changed(**parts: Any) -> Callable[[dict[str, Any]], None]:
    """Put these in an answer about a board; None takes out."""

    def change(told: dict[str, Any]) -> None:
        for name, value in parts.items():
            if value is None:
                del told[name]
            else:
                told[name] = value

    return change


def deep(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    """Put `value` somewhere in an answer."""

    def change(told: Any) -> None:
        for step in path[:-1]:
            told = told[step]
        told[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        *(changed(**{name: None}) for name in
          ("id", "name", "cards", "actions", "lists", "labels", "members", "checklists",
           "dateLastActivity")),
        *(changed(**{name: {}}) for name in ("cards", "actions", "lists", "labels", "members")),
        *(changed(**{name: [None]}) for name in ("cards", "actions", "lists", "checklists")),
        changed(id="59d576e64dc6ca84f1b76bd7"),
        changed(dateLastActivity="soon"),
        changed(dateLastActivity="9999-12-31T23:59:59.999Z"),
        deep("cards", 0, "id", value="../../etc"),
        deep("cards", 0, "idBoard", value="59d576e64dc6ca84f1b76bd7"),
        deep("actions", 0, "id", value=""),
        deep("actions", 0, "date", value="9999-12-31T23:59:59.999Z"),
        deep("actions", 0, "data", value=None),
        deep("actions", 0, "data", "card", "id", value="a/b"),
    ],
)  # fmt: skip
def test_a_strange_answer_about_a_board_changes_nothing(
    shop: Shop, reader: Reader, change: Callable[[dict[str, Any]], None]
) -> None:
    held, cursor = dict(reader.kept), reader.cursor
    shop.say("hola")
    told = _answer(shop)
    change(told)
    shop.fake.fail(of(shop.board), Reply.json(told))
    with pytest.raises(UnavailableError):
        reader.pull()
    assert (reader.kept, reader.cursor) == (held, cursor)
    reader.pull()
    assert reader.said() == ["hola"]


def _answer(shop: Shop) -> dict[str, Any]:
    """What the server tells of the board with all that may be nested in it."""
    told: list[dict[str, Any]] = []

    def keep(change: bytes) -> bytes:
        told.append(json.loads(change))
        return change

    shop.fake.fail(of(shop.board), http_faults.edited(keep))
    with reading(shop.fake) as other:
        other.pull()
    return told[0]


@pytest.mark.parametrize("fault", [http_faults.edited(lambda good: good[: len(good) // 2]),
                                   http_faults.instead(b""), http_faults.close])  # fmt: skip
def test_an_answer_cut_short_changes_nothing(shop: Shop, reader: Reader, fault: Any) -> None:
    held, cursor = dict(reader.kept), reader.cursor
    shop.say("hola")
    shop.fake.fail(of(shop.board), fault)
    with pytest.raises(UnavailableError):
        reader.pull()
    assert (reader.kept, reader.cursor) == (held, cursor)
    reader.pull()
    assert reader.said() == ["hola"]
