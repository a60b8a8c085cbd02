"""The shipped contract, on a fake Trello."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.base import Connector, Secret
from connectors.http import Timing
from connectors.testing import ConnectorContract
from connectors.trello import TrelloConfig, TrelloConnector
from tests.servers.trello import KEY, TOKEN, Trello

QUICK = Timing(deadline=5.0)


class TestTrello(ConnectorContract):
    secrets = (KEY, TOKEN)

    @pytest.fixture
    def connector(self, trello_server: Trello) -> Iterator[TrelloConnector]:
        self.fake = trello_server
        people, me = trello_server.people, trello_server.me
        self.ana = ana = trello_server.account("ana")
        for name in ("Tienda", "Web", "Vacía"):
            board = people.add_board(name, ana, me, lists=["Hoy", "Hecho"])
            held = trello_server.world.boards[board]
            for number in range(0 if name == "Vacía" else 4):
                card = people.add_card(next(iter(held.lists)), f"{name} {number}", by=ana)
                people.edit_card(card, by=me, desc="Como siempre", due="2026-12-01T17:00:00.000Z")
                people.comment(card, f"¿Cómo va lo de {name}?", by=ana)
                people.attach(card, "boceto.pdf", by=ana, content=b"%PDF-1.4")
                people.add_checklist(card, "Pasos", ["uno", "dos"], by=ana)
        self.card = card = people.add_card(next(iter(held.lists)), "Suelta", by=ana)
        people.add_member(card, me, by=ana)
        self.made: list[TrelloConnector] = []
        yield self.make(trello_server.base_url)
        for one in self.made:
            one.close()

    def make(self, base_url: str) -> TrelloConnector:
        key, token = Secret(lambda: KEY), Secret(lambda: TOKEN)
        config = TrelloConfig(base_url=base_url, key=key, token=token, write="comment")
        self.made.append(TrelloConnector(config, timing=QUICK))
        return self.made[-1]

    @pytest.fixture
    def broken_connector(self, trello_server: Trello) -> Iterator[Connector]:
        base_url = trello_server.base_url
        trello_server.server.stop()
        self.made = []
        yield self.make(base_url)
        self.made[-1].close()

    def again(self, connector: Connector) -> Connector:
        connector.close()
        return self.make(self.fake.base_url)

    def say(self, connector: Connector, text: str) -> None:
        self.fake.people.comment(self.card, text, by=self.ana)

    def remove(self, connector: Connector) -> None:
        self.fake.people.delete_card(self.card, by=self.ana)
