"""kill -9 at every point of sending: nothing is lost, nothing is said twice, in order.

And the same for two ways of doing it wrong, so that the test is known to be able to fail.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar
from unittest.mock import patch

import pytest

from connectors.base import Account, Batch, Cursor, Receipt
from connectors.memory import MemoryConfig, MemoryConnector
from normalizer.actions import Action, Comment, Enclosure, Mail
from normalizer.model import Record, Ref
from normalizer.raw import Raw
from store import outbox
from store.database import Database, open_database
from store.directory import ChannelKey, ChannelSpec, ClientSpec, declare
from store.outbox import Claimed, Letter
from store.triage import send
from tests.store.crash import Points
from trastienda import push
from trastienda.config import ChannelConfig
from trastienda.settings import Document, Table

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CLIENTS = (
    ClientSpec(
        slug="acme", name="ACME", color="teal",
        channels=(ChannelSpec(slug="chat", kind="memory", write="all"),),
    ),
)  # fmt: skip
FILE = b"%PDF-1.7\r\n\x00\xff" * 1000
TEXTS = [f"mensaje {number}" for number in range(8)]
WITH_FILE = {TEXTS[1], TEXTS[4], TEXTS[5]}
"""These are mails and carry a file: the first of them alone, the others the same one."""

POINTS = 200
"""So many at least, or a crash test proves little."""

Claim = Callable[..., Claimed | None]


class Tool:
    """A tool that takes no id of ours: its words are a file, and it appends what it is told."""

    kind: ClassVar[str] = "memory"
    Config: ClassVar[type[MemoryConfig]] = MemoryConfig
    writes: ClassVar[frozenset[type[Action]]] = frozenset({Comment, Mail})

    def __init__(self, file: Path, passed: Callable[[], None]) -> None:
        self._file, self._pass = file, passed

    @staticmethod
    def normalise(raw: Raw) -> Iterator[Record]:
        return MemoryConnector.normalise(raw)

    def check(self) -> Account:
        return Account(name="tool")

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        raise NotImplementedError  # nothing is pulled here

    def push(self, action: Action) -> Receipt:
        assert isinstance(action, (Comment, Mail))
        if isinstance(action, Mail):
            assert [one.content for one in action.files] == [FILE + action.files[0].name.encode()]
        self._pass()
        if action.decided_at is None or action.text not in said(self._file):
            self._pass()
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(action.text) + "\n")
            self._pass()
        return Receipt("comment", action.text)

    def close(self) -> None:
        pass


def said(file: Path) -> list[str]:
    """Read what the tool was told."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def drained(folder: Path, at: int, claim: Claim) -> int:
    """Send all there is, as a process does that was just started; return the points passed."""
    db = open_database(folder / "trastienda.db")
    key = declare(db, CLIENTS, NOW)["acme", "chat"]
    points = Points(db, at)
    channel = ChannelConfig(
        client="acme", slug="chat", kind="memory", write="all",
        table=Table(Document(Path("test"), "", private=True), (), {}),
    )  # fmt: skip
    outbox.recover(db, NOW)
    with patch.object(outbox, "claim", claim):
        push.drain(
            db, key, channel, Tool(folder / "tool", points.here),
            writing=contextlib.nullcontext, clock=lambda: NOW + timedelta(hours=1),
        )  # fmt: skip
    db.close()
    return points.passed


def killed(folder: Path, at: int, claim: Claim) -> bool:
    """Do it in a process of its own that dies at a point."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
            drained(folder, at, claim)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def heard(base: Path, folder: Path, at: int, claim: Claim) -> list[str]:
    """What the tool has heard after a kill at a point and a new start."""
    shutil.copytree(base, folder)
    assert killed(folder, at, claim)
    drained(folder, 0, claim)
    found = said(folder / "tool")
    db = sqlite3.connect(folder / "trastienda.db")
    assert db.execute("SELECT count(*) FROM blob").fetchone() == (0,), "a file was left behind"
    db.close()
    shutil.rmtree(folder)
    return found


def written(text: str) -> Action:
    if text not in WITH_FILE:
        return Comment(ref=Ref("conversation", "c"), text=text)
    name = "a.pdf" if text == TEXTS[1] else "b.pdf"
    content = FILE + name.encode()
    file = Enclosure(
        name=name, media_type="application/pdf", sha256=hashlib.sha256(content).hexdigest(),
        size=len(content), content=content,
    )  # fmt: skip
    return Mail(
        ref=Ref("mail", "m"), sender="lola@acme.example", to=("ana@acme.example",), subject="Web",
        text=text, message_id=f"{TEXTS.index(text)}@acme.example", files=(file,),
    )  # fmt: skip


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A home in which messages wait to be sent, some of them with files."""
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "tool").touch()
    db = open_database(folder / "trastienda.db")
    key = declare(db, CLIENTS, NOW)["acme", "chat"]
    for text in TEXTS:
        send(
            db, [Letter(key=key, item_id=None, action=written(text), send_at=NOW)],
            verb="answer", now=NOW,
        )  # fmt: skip
    db.close()
    return folder


def points_of(base: Path, folder: Path, claim: Claim) -> int:
    shutil.copytree(base, folder)
    return drained(folder, 0, claim)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.timeout(300)
def test_killed_at_any_point_of_sending_it_arrives_once_and_in_order(
    base: Path, tmp_path: Path
) -> None:
    points = points_of(base, tmp_path / "whole", outbox.claim)
    assert points >= POINTS
    for at in range(1, points + 1):
        assert heard(base, tmp_path / "home", at, outbox.claim) == TEXTS, at


def too_late(db: Database, key: ChannelKey, now: datetime, **how: bool) -> Claimed | None:
    """Take a write without noting that it is being sent."""
    found = outbox_claim(db, key, now, **how)
    if found is not None:
        with db.write() as conn:
            conn.exec_driver_sql(f"UPDATE outbox SET state = 0, attempts = 0 WHERE id = {found.id}")
    return found


def too_early(db: Database, key: ChannelKey, now: datetime, **how: bool) -> Claimed | None:
    """Take a write and note that it was sent."""
    found = outbox_claim(db, key, now, **how)
    if found is not None:
        outbox.done(db, found.id, ("comment", "?"), now)
    return found


outbox_claim = outbox.claim


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize(("claim", "more"), [(too_late, True), (too_early, False)])
def test_two_ways_of_doing_it_wrong_are_caught(
    base: Path, tmp_path: Path, claim: Claim, more: bool
) -> None:
    points = points_of(base, tmp_path / "whole", claim)
    wrong = 0
    for at in range(1, points // 2, 5):
        count = len(heard(base, tmp_path / "home", at, claim))
        assert count >= len(TEXTS) if more else count <= len(TEXTS)
        wrong += count != len(TEXTS)
    assert wrong > 0
