"""The shipped contract, on a real Synapse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from connectors.base import Batch, Connector
from connectors.matrix import MatrixConnector
from connectors.probe import records
from connectors.testing import ConnectorContract
from connectors.testing_server import HttpServer, Reply
from normalizer.model import Message
from tests.connectors.matrix_office import connected, proxied
from tests.servers.dovecot import free_ports
from tests.servers.synapse import Synapse, User


@dataclass
class Account:
    """Rooms with something in them: made once, since every test reads them anew."""

    server: HttpServer
    lola: User
    ana: User
    room: str


@pytest.fixture(scope="module")
def account(synapse: Synapse) -> Iterator[Account]:
    lola, ana = synapse.user("lola", "Lola"), synapse.user("ana", "Ana Muñoz")
    for name in ("Grupo ACME", "Web"):
        room = ana.room(name, lola)
        for number in range(2):
            ana.say(room, f"{name} {number}")
    room = ana.room("", lola, is_direct=True)
    brief = ana.upload(b"%PDF-1.4", "application/pdf")
    ana.send(room, {"msgtype": "m.file", "body": "brief.pdf", "url": brief})
    first = ana.say(room, "¿Para cuándo?")
    ana.edit(room, first, "¿Para cuándo lo tienes?")
    lola.react(room, first, "👍")
    lola.say(room, "Para el lunes")
    with proxied(synapse) as server:
        yield Account(server, lola, ana, room)
        assert not server.crashes


class TestMatrix(ConnectorContract):
    secrets = ("syt_", "s3cret")

    @pytest.fixture
    def connector(self, account: Account) -> Iterator[MatrixConnector]:
        self.account, self.ana, self.room = account, account.ana, account.room
        self.made: list[MatrixConnector] = []
        self.last = self.ana.say(self.room, "Esto sobra")
        yield self.make()
        for one in self.made:
            one.close()

    def make(self) -> MatrixConnector:
        self.made.append(connected(self.account.server.origin, self.account.lola.token))
        return self.made[-1]

    def again(self, connector: Connector) -> Connector:
        connector.close()
        return self.make()

    @pytest.fixture
    def broken_connector(self) -> Connector:
        return connected(f"http://127.0.0.1:{free_ports(1)[0]}", "syt_s3cret")

    def say(self, connector: Connector, text: str) -> None:
        self.ana.say(self.room, text.replace("\0", ""))

    def forget(self, connector: Connector) -> None:
        said = {"errcode": "M_UNKNOWN", "error": "Invalid stream token"}
        where = lambda request: "since" in request.query  # noqa: E731
        self.account.server.fail(where, Reply.json(said, 400))

    def test_what_somebody_deletes_is_said_to_be_gone(
        self, connector: Connector, batches: list[Batch]
    ) -> None:
        """Its author took it back: it stays, without its words, and says who did it and when."""
        self.ana.redact(self.room, self.last)
        news = list(connector.pull(batches[-1].cursor))
        (gone,) = [
            one
            for one in records(connector, [*batches, *news])
            if isinstance(one, Message) and one.withdrawn
        ]
        assert gone.ref.external_id == f"{self.room}/{self.last}"
        assert not gone.text
        anew = [one for one in records(connector, connector.pull(None)) if isinstance(one, Message)]
        assert gone.ref not in {one.ref for one in anew}
