"""What leaves no trace that a poll would see is found once a day, and believed when told twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connectors.errors import UnavailableError
from connectors.testing_server import Reply, Request
from normalizer.model import State
from tests.connectors.trello_reader import DAY, HOUR, Reader, Shop
from tests.connectors.trello_reader import shop as opened
from tests.servers.trello import Trello

NIGHT = [
    *("members/me/boards", "boards", "boards/cards/all"),
    *("boards/actions", "boards/actions", "boards/cards/all"),
]
"""What a night without news asks for one board: it, its cards and comments, and these again."""


@pytest.fixture
def shop(trello_server: Trello) -> Iterator[Shop]:
    with opened(trello_server) as made:
        yield made


@pytest.fixture
def reader(shop: Shop) -> Reader:
    """The shop's reader, who has pulled all there is, and the first night behind her."""
    shop.add_card("Otra")
    shop.say("uno")
    shop.say("dos")
    shop.reader.pull()
    shop.reader.pull(later=HOUR)
    return shop.reader


# When


def test_the_first_night_comes_an_hour_after_the_first_pull(shop: Shop) -> None:
    shop.reader.pull()
    shop.reader.pull(later=HOUR - 1)
    assert shop.reader.paths == ["members/me/boards"]
    shop.reader.pull(later=1)
    assert shop.reader.paths == NIGHT
    shop.reader.pull(later=DAY - 1)
    assert shop.reader.paths == ["members/me/boards"]
    shop.reader.pull(later=1)
    assert shop.reader.paths == NIGHT


def test_a_night_without_news_is_no_news(reader: Reader) -> None:
    reader.pull(later=DAY)
    assert reader.paths == NIGHT
    assert (reader.news, reader.gone) == ([], set())


@pytest.mark.parametrize("back", [HOUR / 2, 30 * DAY, 1_700_000_000.0])
def test_a_clock_put_back_only_makes_it_night_once_more(
    shop: Shop, reader: Reader, back: float
) -> None:
    shop.say("tres")
    reader.pull(later=-back)
    assert reader.said() == ["uno", "dos", "tres"]
    assert reader.paths.count("boards/cards/all") == 2
    reader.pull()
    assert reader.paths == ["members/me/boards"]


# What


def test_an_edited_comment_reads_as_it_reads_now(shop: Shop, reader: Reader) -> None:
    comment = shop.say("tres")
    reader.pull()
    shop.people.edit_comment(comment, "cuatro", by=shop.ana)
    reader.pull()
    assert reader.said() == ["uno", "dos", "tres"]
    reader.pull(later=DAY)
    assert reader.said() == ["uno", "dos", "cuatro"]
    assert len(reader.news) == 1


def test_a_deleted_comment_goes(shop: Shop, reader: Reader) -> None:
    comment = shop.say("tres")
    reader.pull()
    shop.people.delete_comment(comment, by=shop.ana)
    reader.pull(later=DAY)
    assert reader.said() == ["uno", "dos"]
    assert (reader.news, len(reader.gone)) == ([], 1)


def test_what_was_said_on_an_archived_card_comes_when_the_card_comes_back(shop: Shop) -> None:
    shop.add_card("Otra")
    shop.say("antes")
    shop.edit(closed=True)
    shop.reader.pull()
    shop.reader.pull(later=HOUR)
    assert (shop.reader.said(), shop.card in shop.reader.tasks()) == ([], False)
    shop.edit(closed=False)
    shop.reader.pull()
    assert (shop.reader.said(), shop.task().state) == (["antes"], State.OPEN)
    # The boards, the changes; then cards and comments counted, each twice.
    assert len(shop.reader.asked) == 6


def test_what_was_said_stays_when_its_card_is_archived(shop: Shop, reader: Reader) -> None:
    shop.edit(closed=True)
    reader.pull()
    reader.pull(later=DAY)
    assert reader.said() == ["uno", "dos"]


def test_a_card_that_went_without_a_trace_goes(shop: Shop, reader: Reader) -> None:
    world = shop.fake.world.boards[shop.board]
    del world.cards[shop.card]
    world.actions[:] = [
        a for a in world.actions if a["data"].get("card", {}).get("id") != shop.card
    ]
    assert reader.pull() == []
    reader.pull(later=DAY)
    assert shop.card not in reader.tasks()
    assert len(reader.tasks()) == 1
    assert reader.said() == []


def test_what_was_edited_on_a_checklist_without_a_trace_is_seen(shop: Shop, reader: Reader) -> None:
    steps = shop.people.add_checklist(shop.card, "Pasos", ["uno", "dos"], by=shop.ana)
    reader.pull()
    one, two = shop.fake.world.boards[shop.board].checklists[steps]["checkItems"]
    shop.people.edit_item(one["id"], by=shop.ana, name="primero", due="2026-12-02T09:00:00.000Z")
    shop.people.delete_item(two["id"], by=shop.ana)
    assert reader.pull() == []
    reader.pull(later=DAY)
    (item,) = shop.task().checklist
    assert (item.text, item.due is None) == ("primero", False)
    assert [raw.stream for raw in reader.news] == ["card"]


def test_cards_archived_and_deleted_before_all_is_pulled_anew_are_known_an_hour_later(
    shop: Shop, reader: Reader
) -> None:
    gone = shop.add_card("Borrada")
    reader.pull()
    shop.edit(closed=True)
    shop.people.delete_card(gone, by=shop.ana)
    reader.cursor = None
    # What the feed tells is long past by then.
    shop.fake.world.boards[shop.board].actions.clear()
    reader.pull()
    assert shop.task().state is State.OPEN
    assert gone in reader.tasks()
    reader.pull(later=HOUR)
    assert shop.task().state is State.ARCHIVED
    assert gone not in reader.tasks()


def test_a_card_edited_and_archived_just_before_the_night_reads_as_it_was_left(
    shop: Shop, reader: Reader
) -> None:
    shop.edit(desc="Lo último", closed=True)
    reader.pull(later=DAY)
    assert (shop.task().body, shop.task().state) == ("Lo último", State.ARCHIVED)
    assert len(reader.asked) == len(NIGHT) + 1


def test_an_archived_card_is_named_by_its_list_s_new_name(shop: Shop, reader: Reader) -> None:
    shop.edit(closed=True)
    reader.pull()
    shop.people.edit_list(shop.today, by=shop.ana, name="Mañana")
    reader.pull()
    reader.pull(later=DAY)
    assert shop.task().container == "Tienda › Mañana"


def test_a_card_that_went_came_back_and_was_archived_is_not_taken_for_gone(
    shop: Shop, reader: Reader
) -> None:
    away = shop.people.add_board("Ajena", shop.ana, lists=["Allí"])
    shop.people.move_card(shop.card, shop.lists(away)[0], by=shop.ana)
    shop.people.move_card(shop.card, shop.today, by=shop.ana)
    shop.edit(closed=True)
    reader.pull()
    assert shop.task().state is State.ARCHIVED
    batches = reader.pull(later=DAY)
    assert not [raw for batch in batches for raw in batch.records if raw.deleted]
    assert shop.task().state is State.ARCHIVED


# What is believed


def first(request: Request) -> bool:
    return request.path.endswith("/cards/all")


def comments(request: Request) -> bool:
    return request.path.endswith("/actions")


@pytest.mark.parametrize("which", [first, comments])
@pytest.mark.parametrize("turn", [0, 1])
def test_one_answer_that_leaves_something_out_closes_nothing(
    shop: Shop, reader: Reader, which: Callable[[Request], bool], turn: int
) -> None:
    held = dict(reader.kept)
    asked: list[Request] = []

    def at_its_turn(request: Request) -> bool:
        if which(request):
            asked.append(request)
        return which(request) and len(asked) == turn + 1

    shop.fake.fail(at_its_turn, Reply.json([]), times=None)
    reader.pull(later=DAY)
    assert reader.gone == set()
    assert len(asked) == 2
    assert reader.kept == held


@pytest.mark.parametrize("which", [first, comments])
@pytest.mark.parametrize(
    "answer",
    [
        Reply(200), Reply.json({}), Reply.json(None), Reply.text("oops", 500), Reply.json([None]),
        Reply.json([{}]), Reply.json([{"id": "../x"}]), Reply.text("<html>", 200),
    ],
)  # fmt: skip
def test_a_night_that_fails_changes_nothing_and_comes_again(
    shop: Shop, reader: Reader, which: Callable[[Request], bool], answer: Reply
) -> None:
    comment = shop.say("tres")
    reader.pull()
    shop.people.delete_comment(comment, by=shop.ana)
    held, cursor = dict(reader.kept), reader.cursor
    shop.fake.fail(which, answer)
    with pytest.raises(UnavailableError):
        reader.pull(later=DAY)
    assert (reader.kept, reader.cursor) == (held, cursor)
    reader.pull()
    assert reader.said() == ["uno", "dos"]


def test_a_comment_that_names_no_card_stops_no_other(shop: Shop, reader: Reader) -> None:
    comment = shop.say("tres")
    _, action = shop.fake.world.find_action(comment)
    action["data"].pop("card")
    shop.fake.world.boards[shop.board].actions.remove(action)
    told = [action, *reversed(shop.fake.world.boards[shop.board].actions)]
    answer = [one for one in told if one["type"] == "commentCard"]
    shop.fake.fail(comments, Reply.json(answer), times=2)
    reader.pull(later=DAY)
    assert reader.said() == ["uno", "dos"]


@pytest.mark.parametrize("batches", range(1, 4))
def test_a_night_cut_short_comes_again(shop: Shop, reader: Reader, batches: int) -> None:
    shop.fake.world.boards[shop.board].cards[shop.card]["closed"] = True
    reader.pull(later=DAY, most=batches)
    reader.pull()
    assert shop.task().state is State.ARCHIVED
    reader.pull()
    assert reader.paths == ["members/me/boards"]
