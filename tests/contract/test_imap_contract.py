"""The shipped contract, on a real Dovecot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from connectors.base import Connector, Secret
from connectors.imap import ImapConnector
from connectors.imap_session import ImapConfig
from connectors.imap_stream import Limits
from connectors.testing import ConnectorContract
from tests.servers.dovecot import CONDSTORE, PLAIN, RICH, Dovecot, free_ports

QUICK = Limits(connect=2, read=5, command=10)


def mail(number: int, subject: str = "") -> bytes:
    return (
        f"From: Cliente <c{number}@client.example>\r\nTo: lola@va.example\r\n"
        f"Subject: {subject or f'Encargo {number}'}\r\nMessage-ID: <{number}@client.example>\r\n"
        "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        f"Hola, esto es el encargo {number}. {subject}\r\n"
        '--b\r\nContent-Type: application/pdf; name="brief.pdf"\r\n'
        'Content-Disposition: attachment; filename="brief.pdf"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--b--\r\n"
    ).encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("host", [RICH, CONDSTORE, PLAIN])
class TestImap(ConnectorContract):
    secrets = ("secret-",)

    @pytest.fixture
    def connector(self, dovecot: Dovecot, host: str) -> Iterator[ImapConnector]:
        user = dovecot.new_user()
        self.dovecot, self.user = dovecot, user
        dovecot.deliver(user, [mail(n) for n in range(70)], flags="S", at=datetime.now(UTC))
        dovecot.deliver(user, [mail(n) for n in range(100, 103)], folder="Sent", flags="S")
        made = self.make(host, dovecot.imap)
        yield made
        made.close()

    def make(self, host: str, port: int) -> ImapConnector:
        password = Secret(lambda: self.dovecot.password(self.user))
        config = ImapConfig(host=host, port=port, tls="none", user=self.user, password=password)
        return ImapConnector(config, limits=QUICK)

    @pytest.fixture
    def broken_connector(self, dovecot: Dovecot, host: str) -> Connector:
        self.dovecot, self.user = dovecot, "ana"
        return self.make(host, free_ports(1)[0])

    def say(self, connector: Connector, text: str) -> None:
        clean = text.replace("\x00", "").encode("utf-8", "surrogateescape").decode("utf-8")
        self.dovecot.deliver(self.user, [mail(999, clean)])

    def remove(self, connector: Connector) -> None:
        with self.dovecot.session(self.user) as session:
            session.uid("STORE", "7", "+FLAGS", r"(\Deleted)")
            session.expunge()
