from __future__ import annotations

import contextlib
import threading
import time
import traceback
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from connectors.base import Batch, Cursor, Secret
from connectors.errors import AuthError, ConnectorError, CursorExpiredError, UnavailableError
from connectors.imap import ImapConnector
from connectors.imap_session import ImapConfig
from connectors.imap_stream import Limits
from normalizer.raw import Raw
from tests.servers.imap_faults import FAULTS, SECRET, Box, Server

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
