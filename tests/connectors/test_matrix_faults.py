"""Each fault of an HTTP server at each moment of a poll of rooms and of an answer: nothing of any
client closes or is lost, no other client notices, and once it is over all is as at the homeserver.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.errors import AuthError, ConnectorError
from connectors.http import Timing
from connectors.matrix import MatrixConnector
from connectors.testing_faults import FAULTS
from connectors.testing_server import HttpServer, Request
from normalizer.actions import Comment
from normalizer.model import Ref
from store.database import open_database
from store.directory import ChannelSpec, ClientSpec, declare
from store.views import Health
from tests.canary import assert_no_canary
from tests.connectors.board_rig import CLIENTS, Rig, Told
from tests.connectors.matrix_office import connected, proxied
from tests.connectors.test_http_faults import OUTCOMES
from tests.servers.synapse import Synapse, User

LONGEST = 15.0
"""Seconds. The deadline of a request under a fault is 0.6 seconds; the rest is a slow machine."""

HASTY, CALM = Timing(deadline=0.6, cap=1 << 20), Timing(deadline=30.0)
MOMENTS = ("first", "later", "carried out", "not carried out")


@dataclass
class Rooms:
    """A room of each client, in an account of each."""

    server: HttpServer
    lolas: dict[str, User]
    anas: dict[str, User]
    rooms: dict[str, str]
    said: dict[str, Told] = field(default_factory=lambda: {client: {} for client in CLIENTS})
    timing: Timing = CALM
    kind: str = "matrix"
    after: bool = False

    def connect(self, client: str) -> MatrixConnector:
        token = self.lolas[client].token
        return connected(self.server.origin, token, client, timing=self.timing)

    def happen(self, client: str, number: int) -> None:
        room = self.rooms[client]
        for part in range(2):
            text = f"{client} {number}.{part}"
            self.said[client][f"{room}/{self.anas[client].say(room, text)}"] = text

    def truth(self, client: str) -> Told:
        return {self.rooms[client]: client} | self.said[client]

    def first(self, client: str) -> Callable[[Request], bool]:
        return lambda r: self._hers(client, r) and r.path.endswith("/sync")

    def later(self, client: str) -> Callable[[Request], bool]:
        return lambda r: self._hers(client, r) and r.path.endswith("/messages")

    def comment(self, client: str, text: str) -> Comment:
        ref = Ref("room", self.rooms[client])
        return Comment(ref=ref, text=text, decided_at=datetime.now(UTC))

    def _hers(self, client: str, request: Request) -> bool:
        return self.lolas[client].token in request.headers.get("authorization", "")


@pytest.fixture(scope="module")
def rooms(synapse: Synapse) -> Iterator[Rooms]:
    lolas = {client: synapse.user(f"lola-{client}") for client in CLIENTS}
    anas = {client: synapse.user(f"ana-{client}") for client in CLIENTS}
    named = {client: anas[client].room(client, lolas[client]) for client in CLIENTS}
    with proxied(synapse, shorter=True) as server:
        rooms = Rooms(server, lolas, anas, named)
        for client in CLIENTS:
            rooms.happen(client, 0)
        yield rooms
        assert not server.crashes


@pytest.fixture(scope="module")
def rig(rooms: Rooms, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("matrix")
    specs = tuple(
        ClientSpec(
            slug=client, name=client, color="orange", identities=(),
            channels=(ChannelSpec(slug="canal", kind="matrix"),),
        )
        for client in CLIENTS
    )  # fmt: skip
    db = open_database(folder / "trastienda.db")
    found = declare(db, specs, datetime.now(UTC))
    rig = Rig(rooms, db, {client: found[client, "canal"] for client in CLIENTS})
    for client in CLIENTS:
        assert rig.pull(client).error is None
        assert rig.kept(client) == rooms.truth(client)
    yield rig
    db.close()
    for lola in rooms.lolas.values():
        assert_no_canary(folder, lola.token)


numbers = itertools.count(1)


@pytest.mark.parametrize("moment", ["first", "later"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_poll_that_meets_a_fault_closes_nothing_and_the_next_one_brings_all(
    rig: Rig, rooms: Rooms, name: str, moment: str, caplog: pytest.LogCaptureFixture
) -> None:
    number = next(numbers)
    before = rig.kept("acme")
    rooms.happen("acme", number)
    where = rooms.first("acme") if moment == "first" else rooms.later("acme")
    mishap = rooms.server.fail(where, FAULTS[name])
    with caplog.at_level(logging.DEBUG):
        began = time.monotonic()
        rooms.timing = HASTY
        outcome = rig.pull("acme")
        rooms.timing = CALM
        assert time.monotonic() - began < LONGEST
        assert mishap.happened == 1

        assert outcome.health in {Health.OK, Health.LATER, Health.SIGN_IN}, outcome
        assert (outcome.health is Health.OK) == (outcome.error is None)
        kept = rig.kept("acme")
        assert kept.keys() >= before.keys()
        if outcome.health is Health.OK and not outcome.notices:
            assert kept == rooms.truth("acme") or OUTCOMES[name][0] is None
        if OUTCOMES[name][0] is AuthError:
            assert outcome.health is Health.SIGN_IN

        if moment == "first":
            rooms.happen("luz", number)
            assert rig.pull("luz").error is None
            assert rig.kept("luz") == rooms.truth("luz")

        rooms.server.mend()
        after = rig.pull("acme")
        assert (after.health, after.notices) == (Health.OK, ())
        assert rig.kept("acme") == rooms.truth("acme")
    _quiet(rooms, caplog, outcome, after)


@pytest.mark.parametrize("carried_out", [True, False], ids=MOMENTS[2:])
@pytest.mark.parametrize("name", FAULTS)
def test_an_answer_that_meets_a_fault_is_said_once_in_the_end(
    rooms: Rooms, name: str, carried_out: bool, caplog: pytest.LogCaptureFixture
) -> None:
    action = rooms.comment("acme", f"Escrito {next(numbers)}")
    writes = lambda request: request.method == "PUT"  # noqa: E731
    mishap = rooms.server.fail(writes, FAULTS[name], after=carried_out)
    rooms.timing = HASTY
    first = rooms.connect("acme")
    rooms.timing = CALM
    second = rooms.connect("acme")
    error: ConnectorError | None = None
    with caplog.at_level(logging.DEBUG):
        try:
            first.push(action)
        except ConnectorError as caught:
            error = caught
        assert mishap.happened == 1
        rooms.server.mend()
        if error is not None:
            second.push(action)
    first.close()
    second.close()
    room = rooms.rooms["acme"]
    said = [event for event in rooms.lolas["acme"].said(room, 10)
            if event["content"]["body"] == action.text]  # fmt: skip
    assert len(said) == 1
    rooms.said["acme"][f"{room}/{said[0]['event_id']}"] = action.text
    _quiet(rooms, caplog, error)


def test_all_that_was_said_meanwhile_is_there_in_the_end(rig: Rig, rooms: Rooms) -> None:
    assert len(FAULTS) * len(MOMENTS) >= 45 * 4
    for client in CLIENTS:
        assert rig.pull(client).error is None
        assert rig.kept(client) == rooms.truth(client)


def _quiet(rooms: Rooms, caplog: pytest.LogCaptureFixture, *told: Any) -> None:
    """No secret was told anywhere."""
    for lola in rooms.lolas.values():
        assert lola.token not in caplog.text
        assert lola.token not in repr(told)
        assert not any(lola.token in str(one) for one in told)
