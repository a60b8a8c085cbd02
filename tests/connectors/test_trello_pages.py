"""Boards with more on them than Trello puts into one answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.errors import UnavailableError
from connectors.testing_server import Reply, Request
from normalizer.model import State
from tests.connectors.trello_reader import DAY, HOUR, Reader, Shop
from tests.connectors.trello_reader import shop as opened
from tests.servers.trello import Trello
from tests.servers.trello_reads import TOO_MANY_CARDS

TOO_MUCH = [Reply.json(TOO_MANY_CARDS, 403), Reply.text("<html>Gateway Timeout</html>", 504)]


@pytest.fixture
def shop(trello_server: Trello) -> Iterator[Shop]:
    with opened(trello_server) as made:
        yield made


@pytest.fixture
def reader(shop: Shop) -> Reader:
    """The shop's reader, who has pulled all there is."""
    shop.reader.pull()
    return shop.reader


def whole(request: Request) -> bool:
    """Tell whether a request asks for a board with what is on it."""
    return request.path.count("/") == 3 and "cards" in request.query


def cards(request: Request) -> bool:
    return "/cards/" in request.path


def chatter(shop: Shop, many: int, *, start: int = 0) -> list[str]:
    """Comment the card; gives the texts."""
    texts = [f"{number:05}" for number in range(start, start + many)]
    for text in texts:
        shop.say(text)
    return texts


# Actions


def test_all_comments_come_the_first_time_however_old(shop: Shop) -> None:
    texts = chatter(shop, 1200)
    for number in range(1100):
        shop.edit(pos=number)
    shop.reader.pull()
    assert shop.reader.said() == texts
    # The boards, the board, then the comments before its newest 1,000 actions.
    assert shop.reader.paths == ["members/me/boards", "boards", "boards/actions", "boards/actions"]
    assert shop.reader.pull() == []


@pytest.mark.parametrize("many", [999, 1000, 1001, 2300])
def test_all_that_was_said_since_the_last_time_comes(shop: Shop, reader: Reader, many: int) -> None:
    texts = chatter(shop, many)
    reader.pull()
    assert reader.said() == texts
    assert reader.paths == ["members/me/boards", "boards"] + ["boards/actions"] * (many // 1000)
    assert reader.pull() == []


def test_a_card_comes_with_changes_from_several_pages_in_one_batch(
    shop: Shop, reader: Reader
) -> None:
    shop.edit(desc="Como siempre")
    chatter(shop, 2100)
    (batch,) = reader.pull()
    assert {"card", "action", "comment"} == {raw.stream for raw in batch.records}
    assert len(batch.records) == len({(raw.stream, raw.external_id) for raw in batch.records})
    assert reader.changes() == [("body", "", "Como siempre")]


def test_a_card_deleted_before_many_actions_is_gone(shop: Shop, reader: Reader) -> None:
    other = shop.add_card("Se borra")
    reader.pull()
    shop.people.delete_card(other, by=shop.ana)
    chatter(shop, 1100)
    reader.pull()
    assert set(reader.tasks()) == {shop.card}
    assert len(reader.said()) == 1100


@pytest.mark.parametrize("answer", [Reply(200), Reply.json([{}]), Reply.text("oops", 500)])
def test_a_later_page_of_actions_that_fails_changes_nothing(
    shop: Shop, reader: Reader, answer: Reply
) -> None:
    other = shop.add_card("Se borra")
    reader.pull()
    shop.people.delete_card(other, by=shop.ana)
    texts = chatter(shop, 1100)
    held, cursor = dict(reader.kept), reader.cursor
    shop.fake.fail(lambda request: "before" in request.query, answer)
    with pytest.raises(UnavailableError):
        reader.pull()
    assert (reader.kept, reader.cursor) == (held, cursor)
    reader.pull()
    assert reader.said() == texts
    assert set(reader.tasks()) == {shop.card}


@pytest.mark.parametrize("turn", range(3))
def test_a_later_page_of_comments_that_fails_takes_none_of_them_away(
    shop: Shop, reader: Reader, turn: int
) -> None:
    texts = chatter(shop, 1100)
    reader.pull()
    held, cursor = dict(reader.kept), reader.cursor
    numbers = iter(range(100))

    def at_its_turn(request: Request) -> bool:
        return "before" in request.query and next(numbers) == turn

    shop.fake.fail(at_its_turn, Reply.text("oops", 500))
    with pytest.raises(UnavailableError):
        reader.pull(later=DAY)
    assert (reader.kept, reader.cursor) == (held, cursor)
    reader.pull()
    assert reader.said() == texts


@pytest.mark.parametrize("many", [1500, 30])
def test_what_happened_in_the_same_millisecond_comes_too(
    shop: Shop, reader: Reader, many: int
) -> None:
    chatter(shop, many)
    actions = shop.fake.world.boards[shop.board].actions
    for number, action in enumerate(actions):
        if action["type"] == "commentCard":
            action["date"] = f"{action['date'][:20]}{number // 7 * 7 % 1000:03}Z"
    actions.sort(key=lambda action: str(action["date"]))
    reader.pull()
    assert len(reader.said()) == many


def test_ids_out_of_order_lose_no_action(shop: Shop, reader: Reader) -> None:
    texts = chatter(shop, 1005)
    ids = [a["id"] for a in shop.fake.world.boards[shop.board].actions]
    assert ids != sorted(ids)
    reader.pull()
    assert reader.said() == texts


def test_acts_of_one_instant_lose_none(shop: Shop, reader: Reader) -> None:
    shop.fake.world.same_instant = True
    texts = []
    for number in range(12):
        texts += chatter(shop, 10, start=10 * number)
        reader.pull(later=1)
    assert sorted(reader.said()) == texts


def test_more_in_one_millisecond_than_an_answer_holds_is_an_error(
    shop: Shop, reader: Reader
) -> None:
    chatter(shop, 1001)
    for action in shop.fake.world.boards[shop.board].actions:
        action["date"] = "2027-01-01T00:00:00.000Z"
    cursor = reader.cursor
    with pytest.raises(UnavailableError, match="without an end"):
        reader.pull()
    assert len(reader.asked) < 6
    assert reader.cursor == cursor


def _without(name: str, ask: Callable[[Request], Any]) -> Callable[[Request], Any]:
    def asked(request: Request) -> Any:
        request.pairs = tuple(pair for pair in request.pairs if pair[0] != name)
        return ask(request)

    return asked


def test_a_server_that_does_not_heed_where_a_page_of_actions_begins_ends_in_an_error(
    shop: Shop, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    chatter(shop, 1001)
    server = shop.fake.server
    monkeypatch.setattr(server, "_answer", _without("before", server._answer))
    with pytest.raises(UnavailableError, match="without an end"):
        reader.pull()
    assert len(reader.asked) < 6


def test_a_server_that_does_not_heed_where_a_page_of_cards_begins_ends_in_an_error(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1001):
        shop.add_card(f"{number}")
    server = shop.fake.server
    monkeypatch.setattr(server, "_answer", _without("before", server._answer))
    with pytest.raises(UnavailableError, match="without an end"):
        shop.reader.pull()
    assert len(shop.reader.asked) < 8
    assert shop.board not in str(shop.reader.cursor)


# Cards


def test_a_board_with_too_many_cards_comes_in_pages(shop: Shop) -> None:
    for number in range(1003):
        shop.add_card(f"{number}")
    steps = shop.people.add_checklist(shop.card, "Pasos", ["uno"], by=shop.ana)
    shop.people.attach(shop.card, "brief.pdf", by=shop.ana, content=b"%PDF")
    shop.say("hola")
    shop.reader.pull()
    assert len(shop.reader.tasks()) == 1004
    assert [one.text for one in shop.task().checklist] == ["uno"]
    assert [one.name for one in shop.task().attachments] == ["brief.pdf"]
    assert shop.reader.said() == ["hola"]
    assert shop.reader.paths == [
        *("members/me/boards", "boards", "boards"),
        *("boards/cards/open", "boards/cards/open", "boards/actions"),
    ]
    assert shop.reader.pull() == []
    # What comes in pages looks as what comes at once.
    shop.people.tick(steps and _item(shop, steps), by=shop.ana)
    shop.reader.pull()
    assert {raw.stream for raw in shop.reader.news} == {"card", "action"}
    assert len(shop.reader.news) == 2


def _item(shop: Shop, checklist: str) -> str:
    (item,) = shop.fake.world.boards[shop.board].checklists[checklist]["checkItems"]
    return str(item["id"])


@pytest.mark.parametrize("answer", TOO_MUCH, ids=["too many cards", "timeout"])
def test_a_board_that_is_too_much_for_one_answer_comes_in_pages(shop: Shop, answer: Reply) -> None:
    put_away = shop.add_card("Guardada", closed=True)
    texts = chatter(shop, 12)
    shop.fake.fail(whole, answer)
    shop.reader.pull()
    assert shop.reader.said() == texts
    assert set(shop.reader.tasks()) == {shop.card}
    assert put_away not in shop.reader.tasks()
    assert len(shop.reader.asked) == 5


def test_pages_of_cards_are_smaller_where_they_take_trello_too_long(shop: Shop) -> None:
    for number in range(600):
        shop.add_card(f"{number}")
    shop.fake.fail(whole, TOO_MUCH[1])
    shop.fake.fail(lambda r: cards(r) and r.query["limit"] == "1000", TOO_MUCH[1])
    shop.reader.pull()
    assert len(shop.reader.tasks()) == 601
    limits = [r.query["limit"] for r in shop.reader.asked if cards(r)]
    assert limits == ["1000", "250", "250", "250"]


def test_a_board_that_even_in_small_pages_takes_too_long_is_tried_again(shop: Shop) -> None:
    shop.fake.fail(lambda r: whole(r) or cards(r), TOO_MUCH[1], times=None)
    with pytest.raises(UnavailableError):
        shop.reader.pull()
    assert len(shop.reader.asked) < 8
    shop.fake.mend()
    shop.reader.pull()
    assert set(shop.reader.tasks()) == {shop.card}


@pytest.mark.parametrize("answer", TOO_MUCH, ids=["too many cards", "timeout"])
def test_changes_that_are_too_much_for_one_answer_are_read_with_all_the_rest(
    shop: Shop, reader: Reader, answer: Reply
) -> None:
    gone, put_away = shop.add_card("Borrada"), shop.add_card("Guardada")
    reader.pull()
    shop.edit(name="Factura 2")
    shop.say("hola")
    shop.people.delete_card(gone, by=shop.ana)
    shop.people.edit_card(put_away, by=shop.ana, closed=True)
    shop.fake.fail(whole, answer)
    reader.pull()
    assert {key: one.state for key, one in reader.tasks().items()} == {
        shop.card: State.OPEN,
        put_away: State.ARCHIVED,
    }
    assert shop.task().title == "Factura 2"
    assert reader.said() == ["hola"]
    assert reader.pull() == []


def test_a_night_on_a_board_with_too_many_cards_finds_what_is_gone(
    shop: Shop, reader: Reader
) -> None:
    others = [shop.add_card(f"{number}") for number in range(1100)]
    reader.pull()
    world = shop.fake.world.boards[shop.board]
    del world.cards[others[3]]
    world.cards[others[4]]["closed"] = True
    reader.pull(later=HOUR)
    assert len(reader.tasks()) == 1100
    assert others[3] not in reader.tasks()
    assert reader.tasks()[others[4]].state is State.ARCHIVED
    reader.pull(later=DAY)
    assert (reader.news, reader.gone) == ([], set())
