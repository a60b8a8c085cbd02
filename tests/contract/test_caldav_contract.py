"""The shipped contract, on a real Radicale."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.base import Connector, Secret
from connectors.caldav import CalDavConfig, CalDavConnector
from connectors.http import Timing
from connectors.testing import ConnectorContract
from tests.servers.dovecot import free_ports
from tests.servers.radicale import Person, Radicale, calendar, todo

QUICK = Timing(deadline=10.0)


class TestCalDav(ConnectorContract):
    secrets = ("s3same",)

    @pytest.fixture
    def connector(self, radicale: Radicale) -> Iterator[CalDavConnector]:
        self.lola = lola = radicale.user()
        self.made: list[CalDavConnector] = []
        self.web = lola.make("web", "Web")
        for number in range(3):
            due = f"DUE;VALUE=DATE:202612{number + 10}"
            lola.put(f"{self.web}{number}.ics", todo(f"w{number}", f"Tarea {number}", due))
        brief = "ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=application/pdf:JVBERi0xLjQK"
        lola.put(f"{self.web}brief.ics", todo("brief", "Con brief", brief))
        mixed = lola.make("personal", "Personal", "VEVENT VTODO")
        lola.put(f"{mixed}a.ics", todo("a", "Llamar", "STATUS:COMPLETED", "PERCENT-COMPLETE:100"))
        lola.put(f"{mixed}e.ics", calendar("BEGIN:VEVENT", "UID:e", "DTSTAMP:20261101T080000Z",
                                           "DTSTART:20261101T080000Z", "END:VEVENT"))  # fmt: skip
        lola.make("vacia", "Vacía")
        yield self.make(lola, radicale.origin)
        for one in self.made:
            one.close()

    def make(self, person: Person, base_url: str) -> CalDavConnector:
        password = Secret(lambda: person.password)
        config = CalDavConfig(base_url=base_url, user=person.name, password=password, write="all")
        self.made.append(CalDavConnector(config, timing=QUICK))
        return self.made[-1]

    @pytest.fixture
    def broken_connector(self, radicale: Radicale) -> Iterator[Connector]:
        self.made = []
        lola = Person(radicale, "lola", "s3same-lola")
        yield self.make(lola, f"http://127.0.0.1:{free_ports(1)[0]}")
        self.made[-1].close()

    def again(self, connector: Connector) -> Connector:
        connector.close()
        return self.make(self.lola, self.lola.server.origin)

    def say(self, connector: Connector, text: str) -> None:
        # No program can put a NUL there: it ends the text, or the server refuses it.
        summary = text.replace("\x00", "").replace("\\", "\\\\")
        self.lola.put(f"{self.web}said.ics", todo("said", summary))

    def remove(self, connector: Connector) -> None:
        self.lola.delete(f"{self.web}1.ics")
