"""A client's boards at Trello, a connector that reads them, and what a store would hold of them."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

from connectors import probe
from connectors.base import Batch, Cursor, Secret
from connectors.http import Timing
from connectors.probe import Key, held
from connectors.testing_server import Request
from connectors.trello import TrelloConfig, TrelloConnector
from normalizer.model import Change, Message, Record, Task
from normalizer.raw import Raw
from tests.servers.trello import KEY, TOKEN, Trello

QUICK = Timing(deadline=5.0)
HOUR, DAY = 3600.0, 86_400.0
_SECONDS = itertools.count()
"""A clock that goes on whenever somebody looks: here nobody waits for a turn under the limits."""


class Reader:
    """One account's connector and the raw records that it has brought so far."""

    def __init__(self, fake: Trello, *, token: str = TOKEN, **settings: Any) -> None:
        self.fake, self.people, self.token = fake, fake.people, token
        fake.limits.rates |= dict.fromkeys(fake.limits.rates, (1_000_000, 10.0))
        self.now = 1_800_000_000.0
        """The connector's clock."""

        self.cursor: Cursor | None = None
        self.kept: dict[Key, Raw] = {}
        self.news: list[Raw] = []
        """What the last pull brought that was not held, or held otherwise."""

        self.gone: set[Key] = set()
        """What the last pull said to be gone that was held."""

        self.asked: list[Request] = []
        """What the last pull asked."""

        self.notices: list[str] = []
        self.settings = settings
        self.connector = self.make()

    def make(self, **settings: Any) -> TrelloConnector:
        """Start the program anew, with other settings where some are given."""
        with contextlib.suppress(AttributeError):
            self.connector.close()
        self.settings |= settings
        config = TrelloConfig(
            base_url=self.fake.base_url,
            key=Secret(lambda: KEY),
            token=Secret(lambda: self.token),
            **self.settings,
        )
        self.connector = TrelloConnector(
            config, timing=QUICK, now=lambda: self.now, clock=lambda: float(next(_SECONDS))
        )
        return self.connector

    def pull(self, *, later: float = 60.0, most: int | None = None) -> list[Batch]:
        """Pull as the engine does, and hold what comes, also where it raises in the end.

        `later`: seconds since the last time. `most`: batches after which the process dies.
        """
        self.now += later
        before, begun, batches = dict(self.kept), len(self.fake.log), list[Batch]()
        pull = self.connector.pull(self.cursor)
        try:
            for batch in pull:
                self.take(batch)
                batches.append(batch)
                if len(batches) == most:
                    break
        finally:
            pull.close()  # type: ignore[attr-defined]  # it is a generator
            self.asked = self.fake.log[begun:]
            self.notices = [notice.message for one in batches for notice in one.notices]
            self.gone = before.keys() - self.kept.keys()
            self.news = [
                raw for key, raw in self.kept.items() if looks(before.get(key)) != looks(raw)
            ]
        return batches

    def take(self, batch: Batch) -> None:
        """Hold one batch more."""
        self.kept = held([Batch(tuple(self.kept.values()), batch.cursor), batch])
        self.cursor = batch.cursor

    @property
    def paths(self) -> list[str]:
        """What the last pull asked, shortened: ids of boards are left out."""
        paths = [request.path.removeprefix("/1/").split("/") for request in self.asked]
        return [
            "/".join(step for step in path if step not in self.fake.world.boards) for path in paths
        ]

    # In our words

    def records(self) -> list[Record]:
        """Put all that is held in our words."""
        return probe.records(self.connector, [Batch(tuple(self.kept.values()), Cursor(""))])

    def tasks(self) -> dict[str, Task]:
        """Give the tasks by id."""
        return {r.ref.external_id: r for r in self.records() if isinstance(r, Task)}

    def said(self) -> list[str]:
        """Give the texts of the comments, in order."""
        found = [r for r in self.records() if isinstance(r, Message)]
        return [one.text for one in sorted(found, key=lambda one: (one.sent_at, one.text))]

    def changes(self) -> list[tuple[str, str, str]]:
        """Give field, before and after of the changes that Trello itself told."""
        found = [r for r in self.records() if isinstance(r, Change)]
        found.sort(key=lambda one: (one.at, one.ref.external_id))
        return [(one.field, one.before, one.after) for one in found]


def looks(raw: Raw | None) -> object:
    """Tell what a store compares of a record."""
    return raw and (raw.digest, raw.meta)


@contextlib.contextmanager
def reading(fake: Trello, **settings: Any) -> Iterator[Reader]:
    """A reader whose connections are closed at the end."""
    reader = Reader(fake, **settings)
    try:
        yield reader
    finally:
        reader.connector.close()


class Shop:
    """A board "Tienda" of the VA and of the client's Ana, with the VA's reader."""

    def __init__(self, fake: Trello, reader: Reader) -> None:
        self.fake, self.reader, self.people = fake, reader, fake.people
        self.ana = fake.account("ana")
        self.board = self.add_board("Tienda")
        self.today, self.done = self.lists()
        self.card = self.add_card("Factura")

    def add_board(self, name: str, cards: int = 0) -> str:
        """Give the id of one more board, with cards on it."""
        board = self.people.add_board(name, self.ana, self.fake.me, lists=["Hoy", "Hecho"])
        for number in range(cards):
            self.people.add_card(self.lists(board)[0], f"{name} {number}", by=self.ana)
        return board

    def lists(self, board: str = "") -> list[str]:
        """Give the lists of a board, this one's unless another is named."""
        return list(self.fake.world.boards[board or self.board].lists)

    def add_card(self, name: str, **fields: Any) -> str:
        return self.people.add_card(self.today, name, by=self.ana, **fields)

    def edit(self, **fields: Any) -> None:
        """Change the card."""
        self.people.edit_card(self.card, by=self.ana, **fields)

    def say(self, text: str, *, by: str = "") -> str:
        """Comment the card; gives the comment's id."""
        return self.people.comment(self.card, text, by=by or self.ana)

    def task(self) -> Task:
        """Give the card as the reader holds it."""
        return self.reader.tasks()[self.card]


@contextlib.contextmanager
def shop(fake: Trello, **settings: Any) -> Iterator[Shop]:
    """A shop with a reader who has pulled nothing yet."""
    with reading(fake, **settings) as reader:
        yield Shop(fake, reader)
