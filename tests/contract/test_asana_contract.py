"""The shipped contract, on a stand-in that the vendor's specification judges."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.asana import AsanaConfig, AsanaConnector
from connectors.base import Connector, Secret
from connectors.http import Timing
from connectors.http_limits import Limits
from connectors.testing import ConnectorContract
from tests.servers.asana import FakeAsana
from tests.servers.dovecot import free_ports

TOKEN = "2/1209000000000001/s3cret-of-lola"


def connected(base_url: str) -> AsanaConnector:
    config = AsanaConfig(base_url=base_url, token=Secret(lambda: TOKEN), write="all")
    return AsanaConnector(config, limits=Limits([]), timing=Timing(deadline=10))


class TestAsana(ConnectorContract):
    secrets = (TOKEN, "s3cret")

    @pytest.fixture
    def connector(self, asana_server: FakeAsana) -> Iterator[AsanaConnector]:
        asana_server.limit = 100_000
        world = asana_server.world
        lola = asana_server.sign_up("Lola Prueba", TOKEN)
        luz = world.user("Luz Prueba")
        acme = world.workspace("Acme", lola, luz)
        self.world, self.luz = world, luz
        for name in ("Web", "Tienda"):
            project = world.project(acme, name, lola, luz)
            world.section(project, "En curso", luz)
            for number in range(2):
                task = world.task(project, f"{name} {number}", luz, notes="Con fotos.")
                world.comment(task, "¿Para cuándo?", luz, mentions=[lola])
        self.task = task
        world.task(task, "una línea", luz)
        world.attach(task, "brief.pdf", luz, b"%PDF-1.4")
        self.comment = world.comment(task, "Esto sobra", luz)
        world.task(acme, "Facturas", lola, assignee=lola)
        self.made = [connected(asana_server.base_url)]
        self.fake = asana_server
        yield self.made[0]
        for made in self.made:
            made.close()

    def again(self, connector: Connector) -> Connector:
        connector.close()
        self.made.append(connected(self.fake.base_url))
        return self.made[-1]

    @pytest.fixture
    def broken_connector(self) -> Connector:
        return connected(f"http://127.0.0.1:{free_ports(1)[0]}/api/1.0")

    def say(self, connector: Connector, text: str) -> None:
        self.world.comment(self.task, text, self.luz)

    def remove(self, connector: Connector) -> None:
        self.world.delete_story(self.comment, self.luz)
