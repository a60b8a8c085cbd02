"""What is sent by a pass: noted before it leaves, tried again, and never against the settings."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors.base import Account, Batch, Cursor, Receipt, Secret
from connectors.errors import (
    AuthError,
    ConflictError,
    InDoubtError,
    RefusedError,
    UnavailableError,
)
from connectors.memory import MemoryConfig, MemoryConnector, MemoryTool
from connectors.trello import TrelloConfig, TrelloConnector
from normalizer.actions import Action, Comment, Complete, Enclosure, Mail, Reopen, SetDue
from normalizer.model import Record, Ref
from normalizer.raw import Raw
from normalizer.said import Said
from store import outbox
from store.codes import OUTGOING
from store.database import Database, open_database
from store.outbox import Letter
from store.reader import Reader
from store.triage import send
from store.views import Health, Outgoing
from tests.store.mailbox import rows
from trastienda import pull, push, redact
from trastienda.config import ChannelConfig, ClientConfig, Config, DatabaseConfig, VaConfig
from trastienda.engine import ChannelReport, jobs, sync
from trastienda.settings import Document, Table

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
TASK = Ref("task", "t")


class Taker:
    """A memory connector that remembers what it was asked to write, and answers as it is told."""

    kind: ClassVar[str] = "memory"
    Config: ClassVar[type[MemoryConfig]] = MemoryConfig
    writes: ClassVar[frozenset[type[Action]]] = frozenset({Comment, Complete, SetDue, Mail})

    def __init__(self, desk: PushDesk) -> None:
        self._desk = desk
        self._inner = MemoryConnector(MemoryConfig(), desk.tool)

    @staticmethod
    def normalise(raw: Raw) -> Iterator[Record]:
        return MemoryConnector.normalise(raw)

    def check(self) -> Account:
        return self._inner.check()

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        return self._inner.pull(cursor)

    def push(self, action: Action) -> Receipt:
        self._desk.pushed.append(action)
        self._desk.seen.append(states(self._desk.db))
        answer = self._desk.answers.pop(0) if self._desk.answers else None
        if callable(answer):
            return answer(action)  # type: ignore[no-any-return]  # whatever a stranger's returns
        return self._inner.push(action)

    def close(self) -> None:
        self._inner.close()


class PushDesk:
    """A home with one client, her tool, and what is to be sent to it."""

    def __init__(self, folder: Path) -> None:
        self.db: Database = open_database(folder / "trastienda.db")
        self.tool = MemoryTool(lambda: NOW)
        self.tool.put(Raw.of_json("conversation", "c", {"title": "Web"}))
        self.tool.put(self.task("Portada"))
        self.pushed: list[Action] = []
        self.seen: list[list[Outgoing]] = []
        self.answers: list[Callable[[Action], Any] | None] = []
        self.write: Any = "all"
        self.now = NOW
        nothing = Table(Document(Path("test"), "", private=True), (), {})
        self.channel = ChannelConfig(client="acme", slug="chat", kind="memory", table=nothing)
        self.sync()
        ((self.key, _),) = ((job.key, job) for job in jobs(self.config(), self.db, NOW))
        self.item, self.work = rows(self.db, "item")

    def config(self) -> Config:
        channel = replace(self.channel, write=self.write)
        client = ClientConfig(slug="acme", name="ACME", color="teal", channels=(channel,))
        return Config(
            path=Path("test"), va=VaConfig(timezone="UTC"), database=DatabaseConfig(),
            clients=(client,),
        )  # fmt: skip

    def sync(self, after: timedelta = timedelta()) -> ChannelReport:
        self.now += after
        (report,) = sync(
            self.config(), self.db, build=lambda _: Taker(self), clock=lambda: self.now
        )
        return report

    @staticmethod
    def task(title: str, **more: Any) -> Raw:
        return Raw.of_json("task", "t", {"title": title, **more})

    def send(
        self, text: str = "hola", action: Action | None = None, *, after: timedelta = timedelta()
    ) -> Action:  # fmt: skip
        wanted = action or Comment(ref=Ref("conversation", "c"), text=text)
        item = self.work if wanted.ref == TASK else self.item
        letter = Letter(key=self.key, item_id=item.id, action=wanted, send_at=self.now + after)
        send(self.db, [letter], verb="answer", now=self.now)
        return wanted

    def said(self) -> list[str]:
        return [
            one.raw.json()["text"] for (stream, _), one in self.tool.alive().items()
            if stream == "message"
        ]  # fmt: skip

    def error(self) -> str:
        return str(rows(self.db, "outbox")[-1].error)


def states(db: Database) -> list[Outgoing]:
    return [OUTGOING[row.state] for row in rows(db, "outbox")]


def fails(error: BaseException) -> Callable[[Action], Any]:
    def answer(_: Action) -> Any:
        raise error

    return answer


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[PushDesk]:
    desk = PushDesk(tmp_path)
    yield desk
    desk.db.close()


def test_what_is_due_is_sent_by_the_next_pass_which_brings_it_back_as_hers(desk: PushDesk) -> None:
    wanted = desk.send("vale")
    report = desk.sync()
    assert (report.state, report.new) == (Health.OK, 1)
    assert desk.said() == ["vale"]
    assert desk.pushed == [wanted]
    assert desk.seen == [[Outgoing.SENDING]], "noted before it leaves"
    assert states(desk.db) == [Outgoing.DONE]
    reader = Reader(desk.db.target)
    item = reader.item(desk.item.id)
    reader.close()
    assert item is not None
    assert [one.text for one in item.messages] == ["vale"]
    desk.sync(MINUTE)
    assert len(desk.pushed) == 1


def test_several_go_in_order_in_one_pass(desk: PushDesk) -> None:
    for text in ("uno", "dos", "tres"):
        desk.send(text)
    desk.sync()
    assert desk.said() == ["uno", "dos", "tres"]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (UnavailableError("No answer."), Outgoing.QUEUED),
        (AuthError("Sign in again."), Outgoing.QUEUED),
        (InDoubtError("No answer."), Outgoing.DOUBT),
        (ZeroDivisionError("a bug"), Outgoing.DOUBT),
        (SystemExit(1), Outgoing.DOUBT),
    ],
)
def test_what_fails_is_tried_again_later_and_stops_no_pull(
    desk: PushDesk, error: BaseException, state: Outgoing
) -> None:
    desk.send("hola")
    desk.tool.put(Raw.of_json("conversation", "d", {"title": "Otra"}))
    desk.answers = [fails(error)]
    report = desk.sync()
    assert (report.state, report.new) == (Health.OK, 1)
    assert states(desk.db) == [state]
    desk.sync(SECOND)
    assert len(desk.pushed) == 1, "not before its time"
    desk.sync(5 * MINUTE)
    assert states(desk.db) == [Outgoing.DONE]
    assert [one.decided_at for one in desk.pushed] == [None, NOW]
    assert desk.said() == ["hola"]


def test_a_doubt_stays_one_when_the_next_try_is_not_answered(desk: PushDesk) -> None:
    desk.send()
    desk.answers = [fails(InDoubtError("No answer.")), fails(UnavailableError("No answer."))]
    desk.sync()
    desk.sync(MINUTE)
    assert states(desk.db) == [Outgoing.DOUBT]


def test_it_waits_ever_longer_and_as_long_as_the_tool_asks_for(desk: PushDesk) -> None:
    desk.send()
    desk.answers = [
        fails(UnavailableError("Busy.")), fails(UnavailableError("Busy.")),
        fails(UnavailableError("Busy.", retry_after=timedelta(minutes=5))),
        fails(UnavailableError("Busy.", retry_after=timedelta(days=5))),
    ]  # fmt: skip
    waits = []
    for _ in range(4):
        desk.sync(timedelta(hours=1))
        (row,) = rows(desk.db, "outbox")
        waits.append(timedelta(milliseconds=row.again_at - row.tried_at))
    assert waits == [5 * SECOND, 10 * SECOND, 5 * MINUTE, 15 * MINUTE]


def test_a_password_that_was_refused_is_not_tried_till_it_locks_her_out(desk: PushDesk) -> None:
    desk.send()
    desk.answers = [fails(AuthError("Wrong."))] * 9
    for _ in range(30):
        desk.sync(MINUTE)
    assert 3 <= len(desk.pushed) <= 6


@pytest.mark.parametrize("error", [RefusedError("Too long."), ConflictError("It changed there.")])
def test_what_is_refused_is_set_aside_with_the_reason(desk: PushDesk, error: RefusedError) -> None:
    desk.send()
    desk.answers = [fails(error)]
    assert desk.sync().state is Health.OK
    assert states(desk.db) == [Outgoing.REFUSED]
    assert str(error) in desk.error()
    desk.sync(timedelta(days=1))
    assert len(desk.pushed) == 1


@pytest.mark.parametrize(
    ("write", "action"),
    [
        ("no", Comment(ref=Ref("conversation", "c"), text="hola")),
        ("no", Complete(ref=Ref("conversation", "c"))),
        ("comment", Complete(ref=Ref("conversation", "c"))),
    ],
)
def test_what_the_settings_do_not_allow_never_reaches_the_connector(
    desk: PushDesk, write: str, action: Action
) -> None:
    desk.write = write
    desk.send(action=action)
    desk.sync()
    assert desk.pushed == []
    assert states(desk.db) == [Outgoing.REFUSED]
    assert "config" in desk.error()


def test_what_the_channel_cannot_do_is_refused(desk: PushDesk) -> None:
    desk.send(action=Reopen(ref=TASK))
    desk.sync()
    assert desk.pushed == []
    assert states(desk.db) == [Outgoing.REFUSED]


def test_what_is_no_receipt_leaves_a_doubt(desk: PushDesk) -> None:
    desk.send()
    desk.answers = [lambda _: ("message", "1")]
    desk.sync()
    assert states(desk.db) == [Outgoing.DOUBT]


def test_a_secret_in_a_refusal_is_neither_kept_nor_logged(
    desk: PushDesk, caplog: pytest.LogCaptureFixture
) -> None:
    redact.register("canary-4711")
    desk.send()
    desk.answers = [fails(RefusedError("It said {said}.", said="canary-4711"))]
    with caplog.at_level(logging.DEBUG):
        desk.sync()
    assert "canary" not in desk.error()
    assert "It said" in caplog.text
    assert "canary" not in caplog.text


def test_a_process_that_died_while_sending_leaves_a_doubt_that_the_next_pass_looks_into(
    desk: PushDesk,
) -> None:
    desk.send()
    assert outbox.claim(desk.db, desk.key, desk.now) is not None
    assert states(desk.db) == [Outgoing.SENDING]
    desk.sync(SECOND)
    assert states(desk.db) == [Outgoing.DONE]
    assert desk.pushed[0].decided_at == NOW


def done(_: Action) -> Receipt:
    return Receipt("task", "t")


def test_what_changes_something_goes_after_a_pull_and_what_only_adds_before_it(
    desk: PushDesk,
) -> None:
    desk.send(action=Comment(ref=TASK, text="hola"))
    desk.send(action=Complete(ref=TASK))
    desk.answers = [done, done]
    desk.tool.put(Raw.of_json("conversation", "d", {"title": "Otra"}))
    desk.sync()
    assert [type(one) for one in desk.pushed] == [Comment, Complete]
    assert states(desk.db) == [Outgoing.DONE] * 2


@pytest.mark.parametrize("field", ["title", "body", "due"])
def test_what_somebody_has_changed_since_she_decided_is_not_written_over(
    desk: PushDesk, field: str
) -> None:
    desk.send(action=Complete(ref=TASK))
    changed = {"title": "Portada y contraportada", "body": "Con el logo nuevo", "due": "2026-12-24"}
    desk.tool.put(desk.task(**{"title": "Portada", field: changed[field]}))
    desk.sync()
    assert desk.pushed == []
    assert states(desk.db) == [Outgoing.REFUSED]
    assert changed[field] in desk.error()
    desk.send(action=Complete(ref=TASK))
    desk.answers = [done]
    desk.sync()
    assert len(desk.pushed) == 1, "she has seen it by now, and decided anew"
    assert states(desk.db) == [Outgoing.CANCELLED, Outgoing.DONE]


def test_labels_and_who_is_on_a_task_are_no_reason_to_wait(desk: PushDesk) -> None:
    desk.send(action=Complete(ref=TASK))
    eva = {"name": "Eva", "handle": "eva"}
    desk.tool.put(desk.task("Portada", labels=["urgente"], assignees=[eva]))
    desk.answers = [done]
    desk.sync()
    assert states(desk.db) == [Outgoing.DONE]


def test_what_changes_in_another_task_is_no_reason_to_wait(desk: PushDesk) -> None:
    desk.tool.put(Raw.of_json("task", "u", {"title": "Contraportada"}))
    desk.sync()
    desk.send(action=Complete(ref=TASK))
    desk.tool.put(Raw.of_json("task", "u", {"title": "Contraportada y lomo"}))
    desk.answers = [done]
    desk.sync()
    assert states(desk.db) == [Outgoing.DONE]


def test_her_own_earlier_write_is_no_change_of_somebodys(desk: PushDesk) -> None:
    desk.send(action=SetDue(ref=TASK, due=date(2026, 12, 24)))
    desk.send(action=Complete(ref=TASK))

    def dated(_: Action) -> Receipt:
        desk.tool.put(desk.task("Portada", due="2026-12-24"))
        return Receipt("task", "t")

    desk.answers = [dated, fails(UnavailableError("No answer."))]
    desk.sync()
    assert states(desk.db) == [Outgoing.DONE, Outgoing.QUEUED]
    desk.answers = [done]
    desk.sync(MINUTE)
    assert states(desk.db) == [Outgoing.DONE] * 2


def test_while_nothing_can_be_pulled_nothing_is_changed(desk: PushDesk) -> None:
    desk.send(action=Complete(ref=TASK))
    desk.tool.fail(UnavailableError("No answer."))
    assert desk.sync().state is Health.LATER
    assert desk.pushed == []
    assert states(desk.db) == [Outgoing.QUEUED]
    desk.tool.mend()
    desk.answers = [done]
    desk.sync()
    assert states(desk.db) == [Outgoing.DONE]


def test_files_have_the_time_that_they_take_to_leave(
    desk: PushDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_: Action) -> Receipt:
        time.sleep(1.0)
        return Receipt("mail", "1")

    monkeypatch.setattr(pull, "STALL", 0.4)
    desk.answers += [slow, slow]
    content = b"x" * pull.RATE
    file = Enclosure(
        name="a", media_type="a/b", sha256=hashlib.sha256(content).hexdigest(), size=len(content),
        content=content,
    )  # fmt: skip
    for files in ((file,), ()):
        desk.send(action=Mail(
            ref=TASK, sender="lola@acme.example", to=("ana@acme.example",), subject="Web",
            text="Va", message_id="1@acme.example", files=files,
        ))  # fmt: skip
        desk.sync()
    assert states(desk.db) == [Outgoing.DONE, Outgoing.DOUBT]


@pytest.mark.parametrize("reopened", [False, True])
def test_a_completion_in_doubt_is_not_done_again_where_it_was_taken_back_there(
    desk: PushDesk, *, reopened: bool
) -> None:
    def arrives(_: Action) -> Receipt:
        desk.tool.put(desk.task("Portada", state="done"))
        raise InDoubtError("No answer.")

    desk.send(action=Complete(ref=TASK))
    desk.answers = [arrives, done]
    desk.sync()
    assert states(desk.db) == [Outgoing.DOUBT]
    if reopened:
        desk.tool.put(desk.task("Portada", state="open"))
    desk.sync(MINUTE)
    assert states(desk.db) == [Outgoing.REFUSED if reopened else Outgoing.DONE]
    assert len(desk.pushed) == (1 if reopened else 2)
    assert ("may have been carried out" in desk.error()) is reopened


def test_a_completion_in_doubt_that_surely_did_not_arrive_is_tried_again(desk: PushDesk) -> None:
    desk.send(action=Complete(ref=TASK))
    desk.answers = [fails(InDoubtError("No answer.")), done]
    desk.sync()
    desk.sync(MINUTE)
    assert states(desk.db) == [Outgoing.DONE]
    assert len(desk.pushed) == 2


def test_a_change_in_doubt_is_not_written_over_what_another_has_set_since(desk: PushDesk) -> None:
    desk.send(action=SetDue(ref=TASK, due=date(2026, 12, 24)))
    desk.answers = [fails(InDoubtError("No answer.")), done]
    desk.sync()
    desk.tool.put(desk.task("Portada y contraportada"))
    desk.sync(MINUTE)
    assert states(desk.db) == [Outgoing.REFUSED]
    assert len(desk.pushed) == 1


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("due_complete", "ticks the due date of the card as complete"),
        ("archive", "archives the card"),
        ("list:Hecho", "moves the card to the list “Hecho”"),
    ],
)
def test_what_done_does_on_a_board_is_said_by_its_setting(way: str, said: str) -> None:
    config = TrelloConfig(key=Secret(lambda: "k"), token=Secret(lambda: "t"), done=way)
    found = push.completes(TrelloConnector(config))
    assert found is not None
    assert found.text() == said


def test_what_done_does_is_kept_with_the_channel_as_one_clean_line(
    desk: PushDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept() -> str | None:
        (address,) = outbox.addresses(desk.db, [desk.work.id])
        return None if address.completes is None else address.completes.text()

    assert kept() is None
    told = Said("puts it\n into \x1b[2J{place}", (("place", "Hecho\u202e"),))
    for value, shown in ((told, "puts it into"), (5, None), (told, "Hecho")):
        monkeypatch.setattr(Taker, "completes", value, raising=False)
        desk.sync(MINUTE)
        text = kept()
        assert (text is None) is (shown is None)
        assert text is None or (str(shown) in text and text.isprintable())
