"""Lola's Matrix account at a real homeserver, where the tests of the connector happen."""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from connectors.base import Batch, Cursor, Secret
from connectors.http import Timing
from connectors.http_limits import Limits
from connectors.matrix import MatrixConfig, MatrixConnector
from connectors.probe import Key, held, records
from connectors.testing_server import HttpServer, Reply, Request
from normalizer.model import Change, Conversation, Message
from normalizer.raw import Raw
from tests.servers.synapse import Synapse, User

QUICK = Timing(deadline=10.0)
_PASSED = {"authorization", "content-type"}


def connected(base_url: str, token: str, *rooms: str, **more: Any) -> MatrixConnector:
    """Make a connector that may be asked as fast as a test asks."""
    timing = more.pop("timing", QUICK)
    given = {"write": "comment", "rooms": rooms or ("*",), **more}
    config = MatrixConfig(base_url=base_url, token=Secret(lambda: token), **given)
    return MatrixConnector(config, limits=Limits([]), timing=timing)


@dataclass
class Office:
    """Lola and Ana, and what Lola's computer has fetched so far."""

    server: Synapse
    lola: User
    ana: User
    connectors: list[MatrixConnector] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)

    def connect(self, *rooms: str, **more: Any) -> MatrixConnector:
        base_url = more.pop("base_url", self.server.base_url)
        token = more.pop("token", self.lola.token)
        self.connectors.append(connected(base_url, token, *rooms, **more))
        return self.connectors[-1]

    @property
    def cursor(self) -> Cursor | None:
        return self.batches[-1].cursor if self.batches else None

    def pull(self, connector: MatrixConnector) -> list[Batch]:
        """Pull as the engine does, and keep what comes."""
        connector.recall(self._recall)
        news = []
        for batch in connector.pull(self.cursor):
            self.batches.append(batch)
            news.append(batch)
        return news

    def _recall(self, stream: str, prefix: str) -> Iterator[Raw]:
        for (kind, external_id), raw in self.held().items():
            if kind == stream and external_id.startswith(prefix):
                yield raw

    def held(self) -> dict[Key, Raw]:
        return held(self.batches)

    def messages(self, room: str = "") -> list[Message]:
        """All that is kept of what was said, in the order in which it was sent."""
        found = [one for one in self._records() if isinstance(one, Message)]
        here = [one for one in found if one.ref.external_id.startswith(room)]
        return sorted(here, key=lambda one: one.sent_at)

    def texts(self, room: str = "") -> list[str]:
        return [one.text for one in self.messages(room)]

    def message(self, event: str) -> Message:
        (found,) = [one for one in self.messages() if one.ref.external_id.endswith(event)]
        return found

    def conversations(self) -> dict[str, Conversation]:
        return {
            one.ref.external_id: one for one in self._records() if isinstance(one, Conversation)
        }

    def changes(self) -> list[Change]:
        return [one for one in self._records() if isinstance(one, Change)]

    def _records(self) -> Sequence[Any]:
        return records(self.connectors[0], self.batches)

    def close(self) -> None:
        for one in self.connectors:
            one.close()


@contextlib.contextmanager
def opened(server: Synapse) -> Iterator[Office]:
    """An office whose connections are closed at the end."""
    office = Office(server, server.user("lola", "Lola"), server.user("ana", "Ana Muñoz"))
    try:
        yield office
    finally:
        office.close()


@contextlib.contextmanager
def proxied(server: Synapse, *, shorter: bool = False) -> Iterator[HttpServer]:
    """Stand between a connector and the homeserver: it tells what was asked, and can misbehave.

    `shorter`: nobody is told more than the last event of a room at once; a homeserver may tell as
    few as it likes.
    """

    def answer(request: Request) -> Reply:
        asked = quote(request.path)
        if request.pairs:
            asked += f"?{urlencode(request.pairs)}"
        if shorter:
            asked = asked.replace(quote('"limit":50', safe=""), quote('"limit":1', safe=""))
        link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        passed = {
            k: v for k, v in request.headers.items() if k in {"authorization", "content-type"}
        }
        with contextlib.closing(link):
            link.request(request.method, asked, request.body or None, passed)
            told = link.getresponse()
            kept = {k: v for k, v in told.getheaders() if k.lower() in {"content-type", "location"}}
            return Reply(told.status, told.read(), kept)

    with HttpServer(answer) as proxy:
        yield proxy


def notices(batches: Sequence[Batch]) -> list[str]:
    """Spell what is said beside the records."""
    return [one.text() for batch in batches for one in batch.notices]
