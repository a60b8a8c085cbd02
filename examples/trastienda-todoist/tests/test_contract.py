"""Trastienda's contract for connectors."""

from collections.abc import Iterator

import pytest
from trastienda.plugin import Connector
from trastienda.testing import ConnectorContract, HttpServer

from standin import TOKEN, Todoist, connected
from trastienda_todoist import TodoistConnector


class TestTodoist(ConnectorContract):
    secrets = (TOKEN,)

    @pytest.fixture
    def connector(self) -> Iterator[TodoistConnector]:
        self.tool = Todoist()
        with HttpServer(self.tool.answer) as self.server:
            self.made = [connected(self.server)]
            yield self.made[0]
            for one in self.made:
                one.close()

    @pytest.fixture
    def broken_connector(self) -> TodoistConnector:
        with HttpServer(Todoist().answer) as server:
            pass
        return connected(server)

    def again(self, connector: Connector) -> Connector:
        connector.close()
        self.made.append(connected(self.server))
        return self.made[-1]

    def say(self, connector: Connector, text: str) -> None:
        self.tool.note(self.tool.open()[0], text)

    def remove(self, connector: Connector) -> None:
        self.tool.delete("items", self.tool.quiet)

    def forget(self, connector: Connector) -> None:
        self.tool.forget()
