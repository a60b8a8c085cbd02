"""A board at two moments: the first pulled and then what happened is what a whole pull gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from connectors.probe import Key
from normalizer.raw import Raw
from tests.connectors.trello_reader import DAY, Reader, reading
from tests.servers.trello import Trello
from tests.servers.trello_boards import earlier, made

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "trello-board-62-cards.json"


absent = pytest.mark.skipif(not REAL.exists(), reason="the real board is not here")


@pytest.fixture(
    params=[
        *((7, 60), (11, 200), (23, 1)),
        *(pytest.param((0, actions), marks=absent) for actions in (1, 30, 155, 300)),
    ],
    ids=lambda which: f"{f'made {which[0]}' if which[0] else 'real'}, {which[1]} actions",
)
def moments(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """A board before and after its newest actions."""
    seed, actions = request.param
    after = made(40, seed=seed) if seed else json.loads(REAL.read_text("utf-8"))
    return sooner(after, actions), after


def sooner(later: Mapping[str, Any], actions: int) -> Any:
    """The board before its newest `actions`; what was deleted by then is there again.

    The actions that a deletion took are gone on both sides: nobody can tell them.
    """
    before = earlier(later, actions)
    (first, *_) = [one["id"] for one in before["lists"]]
    for action in later["actions"][:actions]:
        if action["type"] == "deleteCard":
            before["cards"].append(gone(action["data"]["card"], before["id"], first))
    # What left no action moved some dates all the same, and nobody can tell how they stood.
    cut = str(before["actions"][0]["date"])
    for one in (before, *before["cards"]):
        one["dateLastActivity"] = min(one["dateLastActivity"] or "", cut) or None
    return before


def gone(card: Mapping[str, Any], board: str, into: str) -> dict[str, Any]:
    """A card of which the deletion tells no more than its ids."""
    return {
        "name": "?", "desc": "", "closed": False, "due": None, "dueComplete": False,
        "idBoard": board, "idList": into, "idMembers": [], "idLabels": [], "attachments": [],
        "idShort": 0, "shortUrl": f"https://trello.com/c/{card['shortLink']}", "pos": 1,
        "dateLastActivity": None, "isTemplate": False, **card,
    }  # fmt: skip


def told(kept: Mapping[Key, Raw], *, everything: bool = True) -> dict[str, Any]:
    """Give what is held of each card: its fields, and where it lies.

    Cards that were archived before the first pull are told where they are held.
    """
    found: dict[str, Any] = {}
    for (stream, _), raw in kept.items():
        card, meta = raw.json(), raw.about()
        if stream == "card" and (everything or not card["closed"]):
            fields = ("id", "name", "desc", "closed", "due", "dueComplete", "idList", "checklists")
            found[card["id"]] = {
                **{name: card.get(name) for name in fields},
                "members": sorted(card["idMembers"]),
                "labels": sorted(one["id"] for one in card["labels"]),
                "attachments": sorted(one["id"] for one in card["attachments"]),
                "meta": dict(meta),
            }
    return found


def names(board: Mapping[str, Any]) -> list[object]:
    """Give what cards are named by, besides their own names."""
    return [board["name"], *((one["id"], one["name"], one["closed"]) for one in board["lists"])]


def comments(reader: Reader, after: Mapping[str, Any]) -> dict[str, str]:
    """Give the comments that are held, on cards that are not archived."""
    away = {card["id"] for card in after["cards"] if card["closed"]}
    return {
        key[1]: raw.json()["data"]["text"]
        for key, raw in reader.kept.items()
        if key[0] == "comment" and key[1].split("/")[1] not in away
    }


def pulled(fake: Trello) -> Reader:
    """Pull all there is, with a new account's eyes."""
    with reading(fake) as other:
        other.pull()
        return other


def test_what_happened_since_the_first_pull_is_what_a_whole_pull_gives(
    trello_server: Trello, moments: tuple[Any, Any]
) -> None:
    fake, (before, after) = trello_server, moments
    fake.world.load(before, fake.me)
    with reading(fake) as reader:
        reader.pull()
        assert len(reader.asked) == 2
        reader.pull()
        assert len(reader.asked) == 1
        fake.world.load(after, fake.me)
        reader.pull()
        # One more where a list's name changed; four to count what is left, where a card went.
        renamed = names(before) != names(after)
        assert len(reader.asked) == 2 + renamed + 4 * bool(reader.gone)
        whole = pulled(fake)
        assert told(reader.kept, everything=False) == told(whole.kept)
        assert comments(reader, after) == comments(whole, after)
        # What was archived meanwhile is held as it stands; a whole pull does not fetch it.
        cards = {card["id"]: card for card in after["cards"]}
        for key, card in told(reader.kept).items():
            for name in ("name", "desc", "closed", "idList", "due"):
                assert card[name] == cards[key].get(name)
        assert reader.pull() == []
        assert len(reader.asked) == 1
        reader.pull(later=DAY)
        assert (reader.news, reader.gone) == ([], set())


def test_a_board_lived_through_act_by_act_is_what_a_whole_pull_gives(
    trello_server: Trello,
) -> None:
    """Polled after every few actions, each at the moment at which it stood so."""
    fake, after = trello_server, made(12, seed=5)
    most = len(after["actions"])
    with reading(fake) as reader:
        for left in range(most - 5, -1, -9):
            fake.world.load(earlier(after, left), fake.me)
            reader.pull()
        fake.world.load(after, fake.me)
        reader.pull()
        whole = pulled(fake)
        assert told(reader.kept, everything=False) == told(whole.kept)
        assert comments(reader, after) == comments(whole, after)


def test_the_actions_told_are_those_that_happened(trello_server: Trello) -> None:
    fake, after = trello_server, made(30, seed=3)
    fake.world.load(earlier(after, 150), fake.me)
    with reading(fake) as reader:
        reader.pull()
        known = set(reader.kept)
        fake.world.load(after, fake.me)
        reader.pull()
        came = {key[1].rpartition("/")[2] for key in reader.kept.keys() - known if key[0] != "card"}
        telling = {
            action["id"]
            for action in after["actions"][:150]
            if action["type"] not in {"createCard", "createList"}
            and "pos" not in action["data"].get("old", {})
        }
        assert came == telling
