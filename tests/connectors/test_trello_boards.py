"""Boards that come and go, and who may see them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from connectors.base import Batch
from connectors.errors import AuthError, ConfigError, ConnectorError
from connectors.testing_server import Reply, Request
from normalizer.model import State
from tests.connectors.trello_reader import Reader, Shop, reading
from tests.connectors.trello_reader import shop as opened
from tests.servers.trello import KEY, TOKEN, Trello

LOST = "is no longer shared with you"


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


# Access


def test_a_board_that_is_no_longer_shared_stays_as_it_was(shop: Shop, reader: Reader) -> None:
    shop.add_board("Web", cards=2)
    reader.pull()
    held = dict(reader.kept)
    shop.people.revoke(shop.board, shop.fake.me)
    reader.pull()
    assert reader.kept == held
    assert any(LOST in notice for notice in reader.notices)
    # From then on the list of boards tells all there is to know, and the notice stays.
    reader.pull()
    assert reader.paths == ["members/me/boards"]
    assert any(LOST in notice for notice in reader.notices)
    assert reader.kept == held


def test_a_board_that_is_shared_again_is_read_whole(shop: Shop, reader: Reader) -> None:
    other = shop.add_card("Se borra")
    shop.add_board("Web")
    reader.pull()
    shop.people.revoke(shop.board, shop.fake.me)
    reader.pull()
    shop.people.delete_card(other, by=shop.ana)
    shop.edit(desc="Mientras tanto")
    shop.people.share(shop.board, shop.fake.me, by=shop.ana)
    reader.pull()
    assert set(reader.tasks()) == {shop.card}
    assert shop.task().body == "Mientras tanto"
    assert reader.notices == []
    assert reader.pull() == []


def test_a_deleted_board_stays_as_it_was(shop: Shop, reader: Reader) -> None:
    held = dict(reader.kept)
    shop.people.delete_board(shop.board)
    reader.pull()
    reader.pull()
    assert reader.kept == held
    assert any(LOST in notice for notice in reader.notices)


def test_a_board_that_she_left_but_anybody_may_read_costs_nothing_from_then_on(
    shop: Shop, reader: Reader
) -> None:
    shop.add_board("Web")
    shop.fake.world.boards[shop.board].fields["prefs"] = {"permissionLevel": "public"}
    shop.people.revoke(shop.board, shop.fake.me)
    reader.pull()
    assert any(LOST in notice for notice in reader.notices)
    reader.pull()
    assert reader.paths == ["members/me/boards"]
    assert shop.task().state is State.OPEN


def test_a_closed_board_archives_what_lay_on_it(shop: Shop, reader: Reader) -> None:
    put_away = shop.add_card("Guardada")
    gone = shop.add_card("Borrada")
    reader.pull()
    shop.people.edit_card(put_away, by=shop.ana, desc="Con todo", closed=True)
    shop.people.delete_card(gone, by=shop.ana)
    shop.people.edit_board(shop.board, by=shop.ana, closed=True)
    reader.pull()
    tasks = reader.tasks()
    assert {key: one.state for key, one in tasks.items()} == {
        shop.card: State.ARCHIVED,
        put_away: State.ARCHIVED,
    }
    assert tasks[put_away].body == "Con todo"
    assert reader.pull() == []
    assert reader.paths == ["members/me/boards"]


def test_a_board_that_is_opened_again_opens_what_was_open(shop: Shop, reader: Reader) -> None:
    put_away = shop.add_card("Guardada", closed=True)
    shop.people.edit_card(put_away, by=shop.ana, closed=False)
    reader.pull()
    shop.people.edit_card(put_away, by=shop.ana, closed=True)
    shop.people.edit_board(shop.board, by=shop.ana, closed=True)
    reader.pull()
    shop.people.edit_board(shop.board, by=shop.ana, closed=False)
    reader.pull()
    assert {key: one.state for key, one in reader.tasks().items()} == {
        shop.card: State.OPEN,
        put_away: State.ARCHIVED,
    }
    assert reader.pull() == []


def test_one_board_that_is_not_for_us_stops_no_other(shop: Shop) -> None:
    shop.add_board("Web", cards=2)
    shop.fake.fail(of(shop.board), Reply.text("unauthorized permission requested", 401))
    shop.reader.pull()
    assert len(shop.reader.tasks()) == 2
    assert any(LOST in notice for notice in shop.reader.notices)
    # The list, the board that refuses, whether the token still holds, the other board.
    assert len(shop.reader.asked) == 4
    shop.reader.pull()
    assert len(shop.reader.tasks()) == 3


def test_a_token_that_was_withdrawn_signs_the_account_out(shop: Shop, reader: Reader) -> None:
    held, cursor = dict(reader.kept), reader.cursor
    del shop.fake.world.tokens[TOKEN]
    with pytest.raises(AuthError):
        reader.pull()
    assert (reader.kept, reader.cursor) == (held, cursor)


def test_a_token_withdrawn_in_the_middle_signs_the_account_out(shop: Shop) -> None:
    shop.add_board("Web", cards=2)
    shop.fake.fail(of(shop.board), Reply.text("invalid token", 401))
    shop.fake.fail(lambda r: r.path == "/1/members/me", Reply.text("invalid token", 401))
    with pytest.raises(AuthError):
        shop.reader.pull()


# The config


@pytest.mark.parametrize("way", ["tiénda", "  TIENDA ", "id", "short"])
def test_a_board_is_named_as_she_calls_it_or_by_its_link(shop: Shop, way: str) -> None:
    fields = shop.fake.world.boards[shop.board].fields
    shop.add_board("Web", cards=2)
    name = {"id": shop.board, "short": fields["shortLink"]}.get(way, way)
    shop.reader.make(boards=(name,))
    assert shop.reader.connector.check().places == ("Tienda",)
    shop.reader.pull()
    assert set(shop.reader.tasks()) == {shop.card}
    assert shop.reader.pull() == []


def test_a_board_that_nobody_has_is_named_with_those_there_are(shop: Shop) -> None:
    shop.reader.make(boards=("Tienda", "Almacén"))
    with pytest.raises(ConfigError, match=r"no board Almacén\. There are: Tienda"):
        shop.reader.connector.check()


def test_a_named_board_that_is_called_otherwise_now_stops_no_other(shop: Shop) -> None:
    other = shop.add_board("Web", cards=2)
    shop.reader.make(boards=("Tienda", "Web"))
    shop.reader.pull()
    held = set(shop.reader.kept)
    shop.people.edit_board(shop.board, by=shop.ana, name="Tienda 2026")
    shop.people.comment(next(iter(shop.fake.world.boards[other].cards)), "¿?", by=shop.ana)
    shop.reader.pull()
    assert shop.reader.said() == ["¿?"]
    assert set(shop.reader.kept) > held
    assert any("There is no board" in notice for notice in shop.reader.notices)
    shop.reader.make(boards=("Tienda 2026", "Web"))
    shop.reader.pull()
    assert shop.reader.notices == []
    assert shop.task().container == "Tienda 2026 › Hoy"


def test_a_board_taken_off_the_config_is_left_alone_and_read_whole_when_it_is_back(
    shop: Shop, reader: Reader
) -> None:
    shop.add_board("Web", cards=1)
    reader.pull()
    reader.make(boards=("Web",))
    reader.pull()
    shop.edit(desc="x")
    assert reader.pull() == []
    assert shop.task().body == ""
    reader.make(boards=("*",))
    reader.pull()
    assert shop.task().body == "x"


def test_very_long_names_are_cut_and_break_nothing(shop: Shop, reader: Reader) -> None:
    long = "Ñ👩‍💻\u202e" * 3000
    shop.people.edit_board(shop.board, by=shop.ana, name=long)
    shop.people.edit_list(shop.today, by=shop.ana, name=long)
    shop.edit(name=long, desc=long)
    reader.pull()
    assert len(str(reader.cursor)) < 500
    assert str(reader.cursor).isprintable()
    assert len(shop.task().title) <= 500
    assert reader.pull() == []
    shop.people.delete_board(shop.board)
    reader.pull()
    assert reader.pull()[0].records == ()


# Two accounts


def test_two_accounts_in_two_threads_keep_their_credentials_apart(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = {TOKEN: shop.ana, "ATTA-another-token": shop.fake.account("bea", "ATTA-another-token")}
    mine = {TOKEN: shop.board}
    mine["ATTA-another-token"] = shop.people.add_board(
        "Bea", tokens["ATTA-another-token"], lists=["x"]
    )
    batches: dict[str, list[Batch]] = {token: [] for token in tokens}

    def work(token: str) -> None:
        with reading(shop.fake, token=token) as reader:
            for number in range(5):
                batches[token] += reader.pull()
                (first, *_) = shop.lists(mine[token])
                shop.people.add_card(first, f"{number}", by=tokens[token])
            assert token not in repr(reader.connector) + repr(vars(reader.connector))

    threads = [threading.Thread(target=work, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for token, board in mine.items():
        assert {raw.external_id.split("/")[0] for b in batches[token] for raw in b.records} == {
            board
        }
        asked = [r for r in shop.fake.log if token in r.headers["authorization"]]
        others = set(mine.values()) - {board}
        assert len(asked) > 5
        assert not [r for r in asked if any(other in r.path for other in others)]
        assert all(sum(one in str(r.headers) for one in tokens) == 1 for r in asked)
    assert shop.fake.in_urls == 0
    spoken = caplog.text + repr(list(batches.values()))
    assert [secret for secret in (*tokens, KEY) if secret in spoken] == []
    assert shop.fake.log


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_no_error_names_a_credential(
    shop: Shop, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    shop.fake.fail(lambda _: True, Reply.text(f"{KEY} {TOKEN}", status), times=None)
    for attempt in (shop.reader.connector.check, shop.reader.pull):
        with pytest.raises(ConnectorError) as caught:
            attempt()
        spoken = f"{caught.value} {caught.value!r} {caught.value.__cause__!r} {caplog.text}"
        assert KEY not in spoken
        assert TOKEN not in spoken
