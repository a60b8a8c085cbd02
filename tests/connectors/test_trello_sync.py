"""What a pull of Trello brings, and how little it asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from connectors.errors import CursorExpiredError, RefusedError
from connectors.trello_cursor import Left, Seen, dump, load
from normalizer.actions import Comment, Move
from normalizer.model import Message, Ref, State
from normalizer.said import Said
from tests.connectors.trello_reader import DAY, Reader, Shop, reading
from tests.connectors.trello_reader import shop as opened
from tests.servers.trello import Trello


@pytest.fixture
def shop(trello_server: Trello) -> Iterator[Shop]:
    with opened(trello_server, write="all") as made:
        yield made


@pytest.fixture
def reader(shop: Shop) -> Reader:
    """The shop's reader, who has pulled all there is."""
    shop.reader.connector.check()
    shop.reader.pull()
    return shop.reader


# How much is asked


@pytest.mark.parametrize("boards", [1, 3, 8])
def test_the_first_time_costs_one_request_and_one_a_board(shop: Shop, boards: int) -> None:
    for number in range(boards - 1):
        shop.add_board(f"Web {number}", cards=3)
    account = shop.reader.connector.check()
    shop.reader.pull()
    assert len(shop.fake.log) == 1 + boards == shop.reader.connector.requests
    assert len(account.places) == boards
    assert len(shop.reader.tasks()) == 1 + 3 * (boards - 1)


def test_a_pull_without_a_check_asks_for_the_boards_itself(shop: Shop) -> None:
    shop.reader.pull()
    assert shop.reader.paths == ["members/me/boards", "boards"]


def test_boards_seen_by_a_check_are_used_once(shop: Shop) -> None:
    shop.reader.connector.check()
    shop.reader.pull()
    shop.say("hola")
    shop.reader.pull()
    assert shop.reader.said() == ["hola"]


@pytest.mark.parametrize("boards", [1, 8])
def test_a_poll_without_news_costs_one_request_and_brings_nothing(shop: Shop, boards: int) -> None:
    for number in range(boards - 1):
        shop.add_board(f"Web {number}", cards=2)
    shop.reader.pull()
    for _ in range(3):
        assert shop.reader.pull() == []
        assert shop.reader.paths == ["members/me/boards"]


def test_a_poll_costs_one_request_more_for_each_board_with_news(shop: Shop) -> None:
    others = [shop.add_board(f"Web {number}", cards=2) for number in range(4)]
    shop.reader.pull()
    shop.edit(desc="x")
    card = next(iter(shop.fake.world.boards[others[0]].cards))
    shop.people.comment(card, "¿?", by=shop.ana)
    assert len(shop.reader.pull()) == 2
    assert [r.path.rpartition("/")[2] for r in shop.reader.asked[1:]] == [shop.board, others[0]]
    assert len(shop.reader.asked) == 3
    assert shop.reader.pull() == []


def test_no_request_names_the_credentials_in_its_address(shop: Shop, reader: Reader) -> None:
    assert reader.asked
    assert shop.fake.in_urls == 0


# What comes


def test_a_card_comes_with_all_that_hangs_on_it(shop: Shop, reader: Reader) -> None:
    people, card = shop.people, shop.card
    people.add_member(card, shop.ana, by=shop.ana)
    people.add_label(card, people.add_label_to_board(shop.board, "prisa", "red"), by=shop.ana)
    people.add_label(card, people.add_label_to_board(shop.board, "", "green"), by=shop.ana)
    people.attach(card, "brief.pdf", by=shop.ana, content=b"%PDF")
    people.attach(card, "", url="https://docs.example/brief", by=shop.ana)
    steps = people.add_checklist(card, "Pasos", ["uno"], by=shop.ana)
    people.add_item(steps, "dos", by=shop.ana, due="2026-12-02T09:00:00.000Z", idMember=shop.ana)
    shop.edit(desc="Como siempre", due="2026-12-01T17:00:00.000Z")
    reader.pull()
    task = shop.task()
    assert (task.title, task.body, task.container) == ("Factura", "Como siempre", "Tienda › Hoy")
    assert task.due == datetime(2026, 12, 1, 17, tzinfo=UTC)
    assert [(one.name, one.handle) for one in task.assignees] == [("Ana", shop.ana)]
    assert sorted(task.labels) == ["green", "prisa"]
    assert [(f.name, f.size) for f in task.attachments] == [
        ("brief.pdf", 4),
        ("docs.example › brief", None),
    ]
    uno, dos = task.checklist
    assert (uno.text, uno.done, uno.due, uno.assignee) == ("uno", False, None, None)
    assert dos.due == datetime(2026, 12, 2, 9, tzinfo=UTC)
    assert dos.assignee == task.assignees[0]
    assert [one for one in reader.changes() if one[0] != "body"] == [
        ("people", "", "Ana"),
        ("labels", "", "prisa"),
        ("labels", "", "green"),
        ("attachments", "", "brief.pdf"),
        ("attachments", "", "docs.example › brief"),
        ("checklist", "", "Pasos"),
        ("due", "", "2026-12-01T17:00:00+00:00"),
    ]


def test_a_change_comes_in_one_batch_with_the_card_it_is_about(shop: Shop, reader: Reader) -> None:
    shop.edit(name="Factura 2", due="2026-12-01T17:00:00.000Z")
    shop.people.move_card(shop.card, shop.done, by=shop.ana)
    (batch,) = reader.pull()
    streams = [raw.stream for raw in batch.records]
    assert streams.count("card") == 1
    assert streams.count("action") == 3
    assert ("title", "Factura", "Factura 2") in reader.changes()
    assert ("container", "Tienda › Hoy", "Tienda › Hecho") in reader.changes()


def test_a_card_that_is_put_away_is_archived_and_comes_back_open(
    shop: Shop, reader: Reader
) -> None:
    shop.edit(closed=True)
    reader.pull()
    assert len(reader.asked) == 2
    assert shop.task().state is State.ARCHIVED
    shop.edit(closed=False)
    reader.pull()
    assert shop.task().state is State.OPEN
    assert reader.changes()[-2:] == [("state", "open", "archived"), ("state", "archived", "open")]


def test_a_list_that_is_put_away_takes_its_cards_along_and_brings_them_back(
    shop: Shop, reader: Reader
) -> None:
    shop.people.edit_list(shop.today, by=shop.ana, closed=True)
    reader.pull()
    assert shop.task().state is State.ARCHIVED
    assert reader.paths == ["members/me/boards", "boards"]
    shop.people.edit_list(shop.today, by=shop.ana, closed=False)
    reader.pull()
    assert shop.task().state is State.OPEN
    assert reader.pull() == []


def test_a_list_with_another_name_names_its_cards_so(shop: Shop, reader: Reader) -> None:
    shop.people.edit_list(shop.today, by=shop.ana, name="Mañana")
    reader.pull()
    assert shop.task().container == "Tienda › Mañana"
    assert len(reader.asked) == 2
    assert reader.pull() == []


def test_a_list_renamed_while_its_board_is_read_names_its_cards_so_the_next_time(
    shop: Shop, reader: Reader
) -> None:
    other = shop.add_card("Otra")
    reader.pull()
    shop.fake.world.boards[shop.board].cards[other]["dateLastActivity"] = "2020-01-01T00:00:00.000Z"
    shop.edit(desc="x")
    shop.reader.connector.check()  # sees the boards as they are now
    shop.people.edit_list(shop.today, by=shop.ana, name="Mañana")
    reader.pull()
    reader.pull()
    assert {task.container for task in reader.tasks().values()} == {"Tienda › Mañana"}
    assert len(reader.tasks()) == 2


def test_a_deleted_card_goes_with_its_comments_and_its_history(shop: Shop, reader: Reader) -> None:
    other = shop.add_card("Se queda")
    shop.people.comment(other, "sigue", by=shop.ana)
    for text in ("uno", "dos", "tres"):
        shop.say(text)
    shop.edit(desc="x")
    reader.pull()
    assert len(reader.said()) == 4
    shop.people.delete_card(shop.card, by=shop.ana)
    reader.pull()
    assert set(reader.tasks()) == {other}
    assert reader.said() == ["sigue"]
    assert reader.changes() == []
    # The boards, the changes; then cards and comments counted, each twice.
    assert len(reader.asked) == 6


def test_templates_separators_and_mirrors_are_no_tasks(shop: Shop, reader: Reader) -> None:
    shop.add_card("Plantilla", isTemplate=True)
    for role in ("separator", "board", "mirror", "link"):
        shop.add_card(role, cardRole=role)
    reader.pull()
    assert set(reader.tasks()) == {shop.card}


def test_counters_and_places_in_a_list_are_no_news(shop: Shop, reader: Reader) -> None:
    shop.people.add_label(
        shop.card, shop.people.add_label_to_board(shop.board, "prisa", "red"), by=shop.ana
    )
    reader.pull()
    shop.people.bump_labels(shop.board)
    assert reader.pull() == []
    shop.edit(pos=3)
    reader.pull()
    assert len(reader.asked) == 2
    assert (reader.news, reader.gone) == ([], set())


def test_a_comment_that_copies_another_is_its_copier_s(shop: Shop, reader: Reader) -> None:
    shop.say("original")
    copy = shop.people.copy_card(shop.card, shop.today, by=shop.fake.me)
    reader.pull()
    assert reader.said() == ["original", "original"]
    assert copy in reader.tasks()


# Between boards


def test_a_card_moved_to_a_watched_board_is_one_task_there(shop: Shop, reader: Reader) -> None:
    said = shop.say("antes")
    other = shop.add_board("Web")
    reader.pull()
    shop.people.move_card(shop.card, shop.lists(other)[0], by=shop.ana)
    reader.pull()
    assert shop.task().container == "Web › Hoy"
    cards = [key[1] for key in reader.kept if key[0] == "card"]
    assert cards == [f"{other}/{shop.card}"]
    assert {one[0] for one in reader.changes()} == {"container"}
    comments = {key[1] for key in reader.kept if key[0] == "comment"}
    assert f"{other}/{shop.card}/{said}" in comments
    # The copy that was read on the old board is one and the same comment, till it is counted.
    assert {r.ref.external_id for r in reader.records() if isinstance(r, Message)} == {said}
    reader.pull(later=DAY)
    assert reader.said() == ["antes"]


def test_a_card_moved_to_an_unwatched_board_is_gone_and_back_when_it_comes_back(
    shop: Shop,
) -> None:
    away = shop.people.add_board("Ajena", shop.ana, lists=["Allí"])
    shop.add_card("Se queda")
    shop.reader.pull()
    shop.people.move_card(shop.card, shop.lists(away)[0], by=shop.ana)
    shop.reader.pull()
    assert shop.card not in shop.reader.tasks()
    assert len(shop.reader.asked) == 2
    shop.people.move_card(shop.card, shop.done, by=shop.ana)
    shop.reader.pull()
    assert shop.task().container == "Tienda › Hecho"


def test_a_card_from_elsewhere_brings_its_old_comments_along(shop: Shop, reader: Reader) -> None:
    away = shop.people.add_board("Ajena", shop.ana, lists=["Allí"])
    card = shop.people.add_card(shop.lists(away)[0], "Viene", by=shop.ana)
    shop.people.comment(card, "de antes", by=shop.ana)
    shop.fake.world.boards[away].actions[-1]["date"] = "2020-01-01T00:00:00.000Z"
    shop.people.move_card(card, shop.today, by=shop.ana)
    reader.pull()
    assert card in reader.tasks()
    assert reader.said() == ["de antes"]


# Our own writes


def test_a_link_is_opened_in_the_browser(shop: Shop, reader: Reader) -> None:
    link = shop.people.attach(shop.card, "Brief", by=shop.ana, url="https://docs.example/brief")
    reader.pull()
    begun = len(shop.fake.log)
    with pytest.raises(RefusedError, match="in the browser"):
        list(reader.connector.open(Ref("card", f"{shop.board}/{shop.card}"), link))
    assert len(shop.fake.log) == begun + 1


def test_what_we_wrote_comes_back_by_the_name_of_its_receipt(shop: Shop, reader: Reader) -> None:
    card = Ref("card", shop.card)
    said = reader.connector.push(Comment(ref=card, text="Enviado"))
    moved = reader.connector.push(Move(ref=card, to="Hecho"))
    reader.pull()
    assert (said.stream, said.external_id) in reader.kept
    assert (moved.stream, moved.external_id) in reader.kept
    news = sorted(raw.stream for raw in reader.news)
    assert news == ["action", "card", "comment"]
    assert reader.said() == ["Enviado"]
    assert reader.changes() == [("container", "Tienda › Hoy", "Tienda › Hecho")]


# What "done" is


@pytest.mark.parametrize(
    ("done", "act", "state"),
    [
        ("due_complete", {"dueComplete": True}, State.DONE),
        ("due_complete", {"closed": True}, State.ARCHIVED),
        ("archive", {"closed": True}, State.DONE),
        ("list:hecho", {"idList": "Hecho"}, State.DONE),
        ("list:Hecho", {"dueComplete": True}, State.DONE),
        ("due_complete", {"idList": "Hecho"}, State.OPEN),
    ],
)
def test_done_is_what_the_client_calls_done(
    shop: Shop, done: str, act: dict[str, object], state: State
) -> None:
    shop.reader.make(done=done)
    shop.reader.pull()
    assert shop.task().state is State.OPEN
    shop.edit(**(act if "idList" not in act else {"idList": shop.done}))
    shop.reader.pull()
    assert shop.task().state is state


@pytest.mark.parametrize("closed", [False, True])
def test_another_way_of_being_done_counts_for_what_is_kept_too(shop: Shop, *, closed: bool) -> None:
    shop.reader.make(done="list:Hecho")
    shop.reader.pull()
    shop.people.move_card(shop.card, shop.done, by=shop.ana)
    shop.edit(closed=closed)
    shop.reader.pull()
    assert shop.task().state is State.DONE
    for done, state in (
        ("due_complete", State.ARCHIVED if closed else State.OPEN),
        ("archive", State.DONE if closed else State.OPEN),
        ("list:hecho", State.DONE),
        ("list:Hoy", State.ARCHIVED if closed else State.OPEN),
    ):
        shop.reader.make(done=done)
        shop.reader.pull()
        assert shop.task().state is state, done
        assert shop.reader.pull() == []


# The cursor


def test_the_cursor_of_very_many_boards_stays_short() -> None:
    seen = {
        f"{number:024x}": Seen(
            name="👩‍💻" * 60,
            activity="2026-11-24T08:00:00.000Z",
            names="0123456789ab",
            night=1_800_000_000,
            absence="closed",
        )
        for number in range(150)
    }
    cursor = dump(Left(boards=seen, done="list:Hecho"))
    assert len(cursor) < 16_384
    assert {key: one.activity for key, one in load(cursor).boards.items()} == {
        key: one.activity for key, one in seen.items()
    }


@pytest.mark.parametrize(
    "cursor",
    [
        "", "{}", "[]", "null", '"x"', '{"version":1}', "[" * 5000,
        '{"version":2,"done":"","boards":{}}', '{"version":1,"done":null,"boards":{}}',
        '{"version":1,"done":"","boards":{"a":["n","","",0,"gone"]}}',
        '{"version":1,"done":"","boards":{"a":["n","","",true,""]}}',
        '{"version":1,"done":"","boards":{"a":[1,"","",0,""]}}',
        '{"version":1,"done":"","boards":[]}',
    ],
)  # fmt: skip
def test_a_cursor_that_says_nothing_to_us_has_expired(cursor: str) -> None:
    with pytest.raises(CursorExpiredError):
        load(cursor)  # type: ignore[arg-type]  # whatever the store held


def test_a_cursor_names_no_credential(shop: Shop, reader: Reader) -> None:
    assert reader.cursor is not None
    assert shop.reader.token not in reader.cursor


def test_two_words_of_a_notice_are_for_translation(shop: Shop, reader: Reader) -> None:
    shop.people.delete_board(shop.board)
    (batch,) = reader.pull()
    assert all(isinstance(notice, Said) for notice in batch.notices)


def test_another_reader_finds_the_same(shop: Shop, reader: Reader) -> None:
    shop.say("hola")
    reader.pull()
    with reading(shop.fake) as other:
        other.pull()
        assert other.kept == reader.kept
