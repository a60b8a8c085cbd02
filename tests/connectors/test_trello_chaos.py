"""Whatever people do between pulls, and wherever one is cut short: the same is held in the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.probe import Key
from tests.connectors.trello_reader import DAY, Reader, looks, reading
from tests.servers.trello import Trello


class Town:
    """Two boards that the VA watches, one that she does not, and people who cannot keep still."""

    def __init__(self, fake: Trello, dice: random.Random) -> None:
        self.fake, self.people, self.dice = fake, fake.people, dice
        self.world = fake.world
        self.ana = fake.account("ana")
        names, lists = ("Tienda", "Web"), ["Hoy", "Luego", "Hecho"]
        self.boards = [self.people.add_board(n, self.ana, fake.me, lists=lists) for n in names]
        self.away = self.people.add_board("Ajena", self.ana, lists=["Allí"])
        for board in self.boards:
            self.people.add_label_to_board(board, "prisa", "red")
            for number in range(3):
                self.people.add_card(self.lists(board)[0], f"{number}", by=self.ana)

    def lists(self, board: str) -> list[str]:
        return list(self.world.boards[board].lists)

    def act(self) -> None:
        """Let somebody do something."""
        acts: list[Callable[[], object]] = [
            self.edit, self.edit, self.comment, self.comment, self.move, self.card, self.archive,
            self.reword, self.unsay, self.check, self.tick, self.relabel, self.delete,
            self.send, self.fetch, self.rename, self.put_away, self.attach, self.staff,
        ]  # fmt: skip
        self.dice.choice(acts)()

    def some_card(self, *boards: str) -> str:
        cards = [card for board in boards or self.boards for card in self.world.boards[board].cards]
        return self.dice.choice(cards or [self.card()])

    def some_list(self) -> str:
        return self.dice.choice(self.lists(self.dice.choice(self.boards)))

    def word(self) -> str:
        return self.dice.choice(["uno", "dos", "años", "👩‍💻", "x\u202ey", ""])

    def card(self) -> str:
        return self.people.add_card(self.some_list(), self.word(), by=self.ana)

    def edit(self) -> None:
        fields: list[dict[str, Any]] = [
            {"name": self.word()}, {"desc": self.word(), "pos": 7}, {"pos": self.dice.random()},
            {"due": "2026-12-01T17:00:00.000Z"}, {"due": None}, {"dueComplete": True},
        ]  # fmt: skip
        self.people.edit_card(self.some_card(), by=self.ana, **self.dice.choice(fields))

    def archive(self) -> None:
        self.people.edit_card(
            self.some_card(), by=self.ana, closed=self.dice.random() < 0.6, desc=self.word()
        )

    def move(self) -> None:
        self.people.move_card(self.some_card(), self.some_list(), by=self.ana)

    def send(self) -> None:
        """Move a card to a board that she does not see."""
        self.people.move_card(self.some_card(), self.lists(self.away)[0], by=self.ana)

    def fetch(self) -> None:
        if self.world.boards[self.away].cards:
            self.people.move_card(self.some_card(self.away), self.some_list(), by=self.ana)

    def delete(self) -> None:
        self.people.delete_card(self.some_card(), by=self.ana)

    def comment(self) -> None:
        self.people.comment(self.some_card(), self.word() or "…", by=self.ana)

    def comments(self) -> list[str]:
        return [
            action["id"]
            for board in self.boards
            for action in self.world.boards[board].actions
            if action["type"] == "commentCard"
        ]

    def reword(self) -> None:
        if held := self.comments():
            self.people.edit_comment(self.dice.choice(held), self.word(), by=self.ana)

    def unsay(self) -> None:
        if held := self.comments():
            self.people.delete_comment(self.dice.choice(held), by=self.ana)

    def check(self) -> None:
        self.people.add_checklist(self.some_card(), self.word(), ["uno", "dos"], by=self.ana)

    def tick(self) -> None:
        """Tick a line, or change its words, which leaves no trace."""
        lines = [
            line["id"]
            for board in self.boards
            for checklist in self.world.boards[board].checklists.values()
            for line in checklist["checkItems"]
        ]
        if lines:
            way: dict[str, Any] = self.dice.choice([{"state": "complete"}, {"name": self.word()}])
            self.people.edit_item(self.dice.choice(lines), by=self.ana, **way)

    def relabel(self) -> None:
        board = self.dice.choice(self.boards)
        (label,) = self.world.boards[board].labels
        card = self.some_card(board)
        if card in self.world.boards[board].cards:
            held = self.world.boards[board].cards[card]["idLabels"]
            change = self.people.remove_label if label in held else self.people.add_label
            change(card, label, by=self.ana)

    def rename(self) -> None:
        self.people.edit_list(self.some_list(), by=self.ana, name=self.word())

    def put_away(self) -> None:
        self.people.edit_list(self.some_list(), by=self.ana, closed=self.dice.random() < 0.5)

    def attach(self) -> None:
        self.people.attach(self.some_card(), self.word(), by=self.ana, url="https://x.example/1")

    def staff(self) -> None:
        self.people.add_member(self.some_card(), self.fake.me, by=self.ana)


def archived(town: Town) -> set[str]:
    """Name the cards that are archived."""
    return {
        f"{board}/{key}"
        for board in town.boards
        for key, card in town.world.boards[board].cards.items()
        if card["closed"]
    }


def compared(reader: Reader, leave: set[str]) -> dict[Key, object]:
    """Give what a store compares of the cards and comments that are held."""
    return {
        key: looks(raw)
        for key, raw in reader.kept.items()
        if key[0] != "action" and "/".join(key[1].split("/")[:2]) not in leave
    }


def agree(town: Town, reader: Reader) -> None:
    """Assert that what is held is what a whole pull gives.

    A whole pull fetches no archived cards and nothing that was said on them, all of which a reader
    who was there goes on holding; and it knows no history of cards that came from elsewhere.
    Neither is compared.
    """
    away = archived(town)
    with reading(town.fake, done=reader.settings["done"]) as other:
        other.pull()
        assert compared(reader, away) == compared(other, away)
    held = [raw for key, raw in reader.kept.items() if key[0] == "card" and key[1] in away]
    assert all(raw.about()["closed"] for raw in held)


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), pulls=st.lists(st.integers(0, 9), min_size=2, max_size=8))
def test_whatever_people_do_between_pulls_the_same_is_held_in_the_end(
    seed: int, pulls: list[int]
) -> None:
    """A pull after so many acts each, some a day later, some cut short; then one more night."""
    dice = random.Random(seed)
    with Trello() as fake, reading(fake, done=dice.choice(["archive", "list:Hecho"])) as reader:
        town = Town(fake, dice)
        for acts in pulls:
            for _ in range(acts):
                town.act()
            reader.make()
            reader.pull(later=dice.choice([1, 60, DAY]), most=dice.choice([None, None, 1, 2]))
        reader.pull()
        reader.pull(later=DAY)
        agree(town, reader)
        assert reader.pull() == []
        assert fake.violations == []


def test_a_pull_cut_short_after_any_batch_goes_on_to_the_same_end(trello_server: Trello) -> None:
    dice = random.Random(1)
    town = Town(trello_server, dice)
    for first in (True, False):
        with reading(trello_server, done="archive") as before:
            if not first:
                before.pull()
            for _ in range(40):
                town.act()
            batches = 0
            for most in range(1, 30):
                with reading(trello_server, done="archive") as reader:
                    reader.cursor, reader.kept = before.cursor, dict(before.kept)
                    reader.now = before.now
                    batches = len(reader.pull(most=most, later=DAY))
                    reader.make()
                    reader.pull(later=DAY)
                    agree(town, reader)
                if batches < most:
                    break
            assert 1 < batches < most
