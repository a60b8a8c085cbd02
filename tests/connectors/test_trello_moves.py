"""Cards that go from one board to another: never lost on the way, told once, and never by the name
of a board that is not this client's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors import testing_faults as http_faults
from connectors.errors import UnavailableError
from normalizer.model import State
from store.database import open_database
from store.directory import ChannelSpec, ClientSpec, declare
from store.intake import take
from tests.connectors.trello_reader import Shop
from tests.connectors.trello_reader import shop as opened
from tests.servers.trello import Trello
from tests.store.mailbox import items
from triage.rules import derive

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def shop(trello_server: Trello) -> Iterator[Shop]:
    with opened(trello_server) as shop:
        yield shop


def moved(shop: Shop) -> str:
    """Let the card go to another watched board; gives that board."""
    other = shop.add_board("Web", cards=1)
    shop.reader.pull()
    shop.people.move_card(shop.card, shop.lists(other)[0], by=shop.ana)
    return other


def copies(shop: Shop) -> list[str]:
    return [key[1].split("/")[0] for key in shop.reader.kept if key[1].endswith(shop.card)]


def test_a_card_stays_where_it_was_till_it_is_read_where_it_went(shop: Shop) -> None:
    other = moved(shop)
    mishap = shop.fake.fail(
        lambda r: r.path == f"/1/boards/{other}", http_faults.FAULTS["500 (H8)"], times=None
    )
    for later in (60.0, 86_400.0):  # a night counts nothing while a board cannot be read
        with pytest.raises(UnavailableError):
            shop.reader.pull(later=later)
        assert shop.task().state is State.OPEN
        assert copies(shop) == [shop.board]
    assert mishap.happened == 2
    shop.fake.mend()
    shop.reader.pull()
    assert other in copies(shop)
    shop.reader.pull(later=86_400.0)
    assert copies(shop) == [other]


def test_a_card_is_never_on_no_board_wherever_a_pull_is_cut_off(shop: Shop) -> None:
    moved(shop)
    for most in range(1, 4):
        shop.reader.pull(most=most)
        assert copies(shop)


def test_a_move_is_told_once(shop: Shop) -> None:
    moved(shop)
    shop.reader.pull()
    assert [change[0] for change in shop.reader.changes()] == ["container"]


def test_the_name_of_a_board_that_is_not_named_in_the_config_is_kept_nowhere(shop: Shop) -> None:
    away = shop.people.add_board("Otra clienta", shop.ana, shop.fake.me, lists=["Allí"])
    card = shop.people.add_card(shop.lists(away)[0], "Viene", by=shop.ana)
    shop.reader.make(boards=("Tienda",))
    shop.reader.pull()
    shop.people.move_card(card, shop.today, by=shop.ana)
    shop.people.move_card(shop.card, shop.lists(away)[0], by=shop.ana)
    shop.reader.pull()
    assert card in shop.reader.tasks()
    assert shop.card not in shop.reader.tasks()
    kept = b"".join(raw.payload or b"" for raw in shop.reader.kept.values())
    assert b"Otra clienta" not in kept


def test_cards_that_somebody_deletes_are_gone_however_many(shop: Shop, tmp_path: Path) -> None:
    channels = (ChannelSpec(slug="tablero", kind="trello"),)
    client = ClientSpec(slug="acme", name="A", color="teal", identities=(), channels=channels)
    db = open_database(tmp_path / "t.db")
    key = declare(db, (client,), NOW)["acme", "tablero"]
    cards = [shop.add_card(f"Vieja {number}") for number in range(9)]

    def states() -> list[int]:
        for batch in shop.reader.pull():
            take(
                db, key, records=batch.records, cursor=batch.cursor, census=batch.census,
                normalise=shop.reader.connector.normalise, rules=derive, identities=frozenset(),
                now=NOW,
            )  # fmt: skip
        return sorted(row.state for row in items(db, key.channel_id).values())

    try:
        assert states() == [0] * 10
        for card in cards:
            shop.people.delete_card(card, by=shop.ana)
        assert states() == [0, *[3] * 9]
    finally:
        db.close()


def test_to_archive_is_to_have_done_it_where_the_client_calls_it_so(shop: Shop) -> None:
    shop.reader.make(done="archive")
    shop.reader.pull()
    shop.edit(closed=True)
    shop.reader.pull()
    assert shop.reader.changes() == [("state", "open", "done")]
    assert shop.task().state is State.DONE
