from __future__ import annotations

import contextlib
import re
import threading
import time
import traceback
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from connectors.base import Batch, Cursor, Secret
from connectors.errors import ConnectorError, CursorExpiredError, UnavailableError
from connectors.imap import ImapConnector
from connectors.imap_session import ImapConfig
from connectors.imap_stream import Limits
from normalizer.raw import Raw
from tests.servers.imap_faults import FAULTS
from tests.servers.imap_server import POOR, RICH, SECRET, Box, Server, Talk

QUICK = Limits(connect=1, read=0.3, command=0.6, answer=20 << 20)
LONGEST = 6.0
"""Seconds. Deadlines are 0.3 s without a byte and 0.6 s in all; the rest is a slow machine."""

MEMORY = 96 << 20
CELLS = [(name, way) for name in FAULTS for way in ("pull", "wait")]


def connector(server: Server, *, since: str = "all") -> ImapConnector:
    config = ImapConfig(
        host="127.0.0.1",
        port=server.port,
        user="ana",
        tls="none",
        password=Secret(lambda: SECRET),
        since=since,
        folders=("INBOX", "Clientes"),
    )
    return ImapConnector(config, limits=QUICK, today=lambda: date(2026, 11, 23))


class Kept:
    """What a store would hold: records, and the cursor that came with the last of them."""

    def __init__(self) -> None:
        self.cursor: Cursor | None = None
        self.raws: dict[str, Raw] = {}

    def take(self, batch: Batch) -> None:
        assert len(batch.cursor) < 4096
        for raw in batch.records:
            if raw.deleted:
                self.raws.pop(raw.external_id, None)
            elif raw.payload is not None:
                self.raws[raw.external_id] = raw
        for census in batch.census:
            for gone in [k for k in self.raws if k.startswith(census.prefix)]:
                if gone not in census.external_ids:
                    del self.raws[gone]
        self.cursor = batch.cursor

    def pull(self, connector: ImapConnector) -> None:
        for batch in connector.pull(self.cursor):
            self.take(batch)


def truth(server: Server) -> dict[str, bytes]:
    return {
        f"{name};{box.validity};{uid}": mail.data
        for name, box in server.boxes.items()
        for uid, mail in box.mails.items()
    }


def missing(server: Server, kept: Kept) -> set[str]:
    """Name what the server has and we do not, or not as it is there."""
    return {
        location
        for location, data in truth(server).items()
        if location not in kept.raws or not _same(kept.raws[location], data)
    }


def _same(raw: Raw, data: bytes) -> bool:
    payload = raw.payload or b""
    return "unreadable" in raw.about() or data.startswith(payload) or payload == data


@pytest.fixture
def server() -> Iterator[Server]:
    boxes = {"INBOX": Box.of(9, large=5), "Clientes": Box.of(4)}
    with Server(boxes=boxes).running() as running:
        yield running


def memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_the_fault_table_is_as_long_as_it_should_be() -> None:
    assert len(FAULTS) == 110
    assert len(CELLS) == 220


@pytest.mark.parametrize(("name", "way"), CELLS)
def test_a_fault_is_said_in_time_and_loses_nothing(server: Server, name: str, way: str) -> None:
    server.misbehave(*FAULTS[name])
    kept, mailbox, before = Kept(), connector(server), memory()
    began = time.monotonic()
    error = None
    try:
        if way == "pull":
            kept.pull(mailbox)
        else:
            mailbox.wait(0.5, threading.Event())
            mailbox.wait(0.2, threading.Event())
    except ConnectorError as raised:
        error = raised
    assert time.monotonic() - began < LONGEST
    assert memory() - before < MEMORY
    if error is not None:
        told = str(error) + "".join(traceback.format_exception(error))
        if name != "a password echoed":
            assert SECRET not in told
        assert str(error).isprintable()
    mailbox.close()
    server.misbehave()
    mailbox = connector(server)
    for _ in range(3):
        with contextlib.suppress(CursorExpiredError):
            kept.pull(mailbox)
    assert not missing(server, kept)
    mailbox.close()


def test_a_message_that_is_nonsense_every_time_is_kept_as_unreadable(server: Server) -> None:
    def broken(talk: Talk, _tag: str, lines: list[bytes]) -> None:
        talk.say(*(re.sub(rb"FLAGS \(\)", b"FLAGS 7", x) if b"UID 3 " in x else x for x in lines))

    server.misbehave("fetch", broken)
    kept, mailbox = Kept(), connector(server)
    kept.pull(mailbox)
    bad = {location for location, raw in kept.raws.items() if "unreadable" in raw.about()}
    assert bad == {"INBOX;7;3", "Clientes;7;3"}
    assert set(kept.raws) == set(truth(server))
    assert [*mailbox.pull(kept.cursor)] == []
    mailbox.close()


def test_a_message_that_breaks_the_connection_stops_the_others_once_only(server: Server) -> None:
    def lying(talk: Talk, _tag: str, lines: list[bytes]) -> None:
        talk.say(*(re.sub(rb"\{\d+\}", b"{9999999}", x) if b"UID 4 " in x else x for x in lines))

    server.misbehave("fetch", lying)
    kept, mailbox = Kept(), connector(server)
    for _ in range(6):
        with contextlib.suppress(UnavailableError):
            kept.pull(mailbox)
    assert set(kept.raws) == set(truth(server))
    assert "unreadable" in kept.raws["INBOX;7;4"].about()
    mailbox.close()


@pytest.mark.parametrize("capabilities", [RICH, POOR])
def test_nothing_but_reading_is_ever_asked_for(server: Server, capabilities: str) -> None:
    server.capabilities = capabilities
    kept, mailbox = Kept(), connector(server)
    kept.pull(mailbox)
    kept.pull(mailbox)
    mailbox.wait(0.1, threading.Event())
    mailbox.close()
    verbs = {re.sub(r"^\S+ (UID )?", "", said).split(" ")[0] for said in server.commands}
    signing_in = {"CAPABILITY", "AUTHENTICATE", "LOGIN", "ENABLE"}
    assert verbs - signing_in <= {
        "LIST",
        "EXAMINE",
        "SEARCH",
        "FETCH",
        "IDLE",
        "NOOP",
        "DONE",
        "LOGOUT",
    }
    fetched = [said for said in server.commands if "BODY" in said]
    assert not [said for said in fetched if "BODY[" in said]
