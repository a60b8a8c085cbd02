"""What a pull brings, on a real Dovecot in three tempers."""

from __future__ import annotations

import base64
import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Batch, Secret
from connectors.errors import ConfigError, RefusedError
from connectors.imap import ImapConnector
from connectors.imap_cursor import load
from connectors.imap_session import ImapConfig
from connectors.imap_stream import Limits
from normalizer.model import Ref
from tests.connectors.test_imap_faults import Kept
from tests.servers.dovecot import CONDSTORE, PLAIN, RICH, Dovecot

QUICK = Limits(connect=5, read=10, command=20)
NOW = datetime.now(UTC)


def mail(number: int, text: str = "hola\r\n") -> bytes:
    return (
        f"From: c@client.example\r\nSubject: carta {number}\r\n"
        f"Message-ID: <{number}@client.example>\r\n\r\n{text}"
    ).encode()


class Mailbox:
    """One user's mailbox, its connector, and what a store would hold of it."""

    def __init__(self, dovecot: Dovecot, host: str) -> None:
        self.dovecot, self.host = dovecot, host
        self.user = dovecot.new_user()
        self.kept = Kept()
        self.connector = self.make()

    def make(self, **settings: object) -> ImapConnector:
        config = ImapConfig(
            host=self.host,
            port=self.dovecot.imap,
            tls="none",
            user=self.user,
            password=Secret(lambda: self.dovecot.password(self.user)),
            **settings,  # type: ignore[arg-type]  # whatever the test sets
        )
        with contextlib.suppress(AttributeError):
            self.connector.close()
        self.connector = ImapConnector(config, limits=QUICK)
        return self.connector

    def deliver(self, *numbers: int, folder: str = "INBOX", at: datetime | None = None) -> None:
        mails = [mail(n) for n in numbers]
        self.dovecot.deliver(self.user, mails, folder=folder, flags="S", at=at)

    def pull(self) -> list[Batch]:
        batches = []
        for batch in self.connector.pull(self.kept.cursor):
            batches.append(batch)
            self.kept.take(batch)
        return batches

    @property
    def subjects(self) -> list[int]:
        found = [(raw.payload or b"").split(b"carta ")[1] for raw in self.kept.raws.values()]
        return sorted(int(rest.split()[0]) for rest in found)


@pytest.fixture(params=[RICH, CONDSTORE, PLAIN], ids=["qresync", "condstore", "plain"])
def mailbox(dovecot: Dovecot, request: pytest.FixtureRequest) -> Iterator[Mailbox]:
    made = Mailbox(dovecot, request.param)
    yield made
    made.connector.close()


@pytest.fixture
def rich(dovecot: Dovecot) -> Iterator[Mailbox]:
    made = Mailbox(dovecot, RICH)
    yield made
    made.connector.close()


def patches(batches: list[Batch]) -> dict[str, list[str]]:
    return {
        raw.external_id.rsplit(";", 1)[1]: raw.about()["flags"]
        for batch in batches
        for raw in batch.records
        if raw.payload is None and not raw.deleted
    }


def test_the_newest_fifty_come_first_and_then_all_the_rest(mailbox: Mailbox) -> None:
    mailbox.deliver(*range(1, 181))
    batches = mailbox.pull()
    first = [int(raw.external_id.rsplit(";", 1)[1]) for raw in batches[0].records]
    assert sorted(first) == list(range(131, 181))
    assert mailbox.subjects == list(range(1, 181))


def test_meta_says_what_surrounds_a_mail(mailbox: Mailbox) -> None:
    at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    mailbox.deliver(1, at=at)
    mailbox.deliver(2, folder="Sent", at=at)
    mailbox.make(since="2026-11-01")
    mailbox.pull()
    by_folder = {raw.about()["folder"]: raw for raw in mailbox.kept.raws.values()}
    assert by_folder["Sent"].about() == {
        "flags": ["\\Seen"],
        "folder": "Sent",
        "internaldate": "2026-11-20T09:30:00+00:00",
        "sent": True,
        "size": len(mail(2)),
    }
    assert by_folder["INBOX"].payload == mail(1)
    assert by_folder["INBOX"].about()["sent"] is False


def test_a_poll_with_nothing_new_yields_nothing_in_few_round_trips(mailbox: Mailbox) -> None:
    mailbox.deliver(1, 2)
    mailbox.deliver(3, folder="Sent")
    mailbox.pull()
    assert mailbox.pull() == []
    assert mailbox.pull() == []
    assert mailbox.connector.requests == (5 if mailbox.host == PLAIN else 2)


def test_flags_expunges_and_news_come_with_the_next_pull(mailbox: Mailbox) -> None:
    mailbox.deliver(*range(1, 31))
    mailbox.pull()
    with mailbox.dovecot.session(mailbox.user) as session:
        session.uid("STORE", "5", "+FLAGS", r"(\Flagged \Answered)")
        session.uid("STORE", "6", "-FLAGS", r"(\Seen)")
        session.uid("STORE", "7,9", "+FLAGS", r"(\Deleted)")
        session.expunge()
    mailbox.deliver(31)
    batches = mailbox.pull()
    told = patches(batches)
    assert told["5"] == ["\\Answered", "\\Flagged", "\\Seen"]
    assert told["6"] == []
    assert mailbox.subjects == [n for n in range(1, 32) if n not in {7, 9}]
    assert mailbox.pull() == []


def test_a_flag_changed_between_two_batches_is_not_missed(mailbox: Mailbox) -> None:
    mailbox.deliver(*range(1, 121))
    pull = mailbox.connector.pull(None)
    mailbox.kept.take(next(pull))
    with mailbox.dovecot.session(mailbox.user) as session:
        session.uid("STORE", "120", "+FLAGS", r"(\Flagged)")
    mailbox.deliver(121)
    for batch in pull:
        mailbox.kept.take(batch)
    assert "\\Flagged" in patches(mailbox.pull())["120"]
    assert mailbox.subjects == list(range(1, 122))


def test_a_pull_left_after_any_batch_goes_on_from_there(mailbox: Mailbox) -> None:
    mailbox.deliver(*range(1, 121))
    mailbox.deliver(*range(200, 210), folder="Sent")
    for _ in range(10):
        pull = mailbox.connector.pull(mailbox.kept.cursor)
        batch = next(pull, None)
        if batch is None:
            break
        mailbox.kept.take(batch)
        pull.close()  # type: ignore[attr-defined]  # it is a generator
    assert mailbox.subjects == [*range(1, 121), *range(200, 210)]


def test_only_mail_since_the_day_asked_for_is_fetched(mailbox: Mailbox) -> None:
    mailbox.deliver(1, 2, at=NOW - timedelta(days=200))
    mailbox.deliver(3, 4)
    mailbox.pull()
    assert mailbox.subjects == [3, 4]
    mailbox.make(since="1y")
    mailbox.pull()
    assert mailbox.subjects == [1, 2, 3, 4]
    assert mailbox.pull() == []


def test_a_large_mail_comes_without_its_attachment_till_asked(mailbox: Mailbox) -> None:
    data = bytes(range(256)) * 3_000
    text = base64.encodebytes(data).replace(b"\n", b"\r\n")
    big = (
        b"From: a@x.test\r\nSubject: carta 1\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
        b"Content-Type: text/plain; charset=utf-8\r\n\r\nAqu\xc3\xad va\r\n--b\r\n"
        b"Content-Type: application/pdf; name*=utf-8''a%C3%B1o.pdf\r\n"
        b"Content-Disposition: attachment; filename*=utf-8''a%C3%B1o.pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + text + b"--b--\r\n"
    )
    mailbox.dovecot.deliver(mailbox.user, [big])
    mailbox.pull()
    (raw,) = mailbox.kept.raws.values()
    about = raw.about()
    header = about["header"]
    assert raw.payload == big[:header] + "Aquí va".encode()
    assert [(part["id"], part["type"]) for part in about["parts"]] == [
        ("1", "text/plain"),
        ("2", "application/pdf"),
    ]
    assert about["parts"][0]["held"] == len("Aquí va".encode())
    assert about["parts"][1]["name"] == "año.pdf"
    pieces = [*mailbox.connector.open(Ref("mail", raw.external_id), "2")]
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) < 400_000
    with pytest.raises(RefusedError):
        list(mailbox.connector.open(Ref("mail", raw.external_id), "3"))
    with pytest.raises(RefusedError):
        list(mailbox.connector.open(Ref("mail", "INBOX;1;1"), "2"))


def test_a_renamed_folder_is_known_again_and_stays_one(mailbox: Mailbox) -> None:
    mailbox.deliver(1, 2, folder="Clientes")
    mailbox.deliver(3)
    mailbox.make(folders=("INBOX", "Clientes"))
    mailbox.pull()
    before = set(mailbox.kept.raws)
    with mailbox.dovecot.session(mailbox.user) as session:
        session.rename("Clientes", "Antiguos")
    mailbox.dovecot.deliver(mailbox.user, [mail(4)], folder="Antiguos", flags="S")
    batches = mailbox.pull()
    assert not any(batch.notices for batch in batches)
    assert mailbox.subjects == [1, 2, 3, 4]
    new = set(mailbox.kept.raws) - before
    assert [location.split(";")[0] for location in new] == ["Clientes"]
    assert mailbox.pull() == []


def test_a_folder_that_vanished_closes_nothing_and_is_said(mailbox: Mailbox) -> None:
    mailbox.deliver(1, 2, folder="Clientes")
    mailbox.deliver(3)
    mailbox.make(folders=("INBOX", "Clientes"))
    mailbox.pull()
    with mailbox.dovecot.session(mailbox.user) as session:
        session.delete("Clientes")
    for _ in range(2):
        (batch,) = mailbox.pull()
        assert batch.records == ()
        assert "Clientes" in batch.notices[0].text()
    assert mailbox.subjects == [1, 2, 3]


def test_a_folder_renamed_and_then_deleted_stops_nothing_else(mailbox: Mailbox) -> None:
    mailbox.deliver(1, 2, folder="Clientes")
    mailbox.deliver(3)
    mailbox.make(folders=("INBOX", "Clientes"))
    mailbox.pull()
    with mailbox.dovecot.session(mailbox.user) as session:
        session.rename("Clientes", "Antiguos")
    mailbox.pull()
    with mailbox.dovecot.session(mailbox.user) as session:
        session.delete("Antiguos")
    mailbox.deliver(4)
    for _ in range(2):
        said = [notice.text() for batch in mailbox.pull() for notice in batch.notices]
        assert len(said) == 1
        assert "Antiguos" in said[0]
        assert mailbox.subjects == [1, 2, 3, 4]


def reset(mailbox: Mailbox, *numbers: int) -> None:
    """Replace the folder Clientes by another of the same name."""
    before = {s.validity for s in load(mailbox.kept.cursor) if s.name == "Clientes"}
    while True:
        with mailbox.dovecot.session(mailbox.user) as session:
            session.delete("Clientes")
            session.create("Clientes")
            told = session.status("Clientes", "(UIDVALIDITY)")[1][0]
        if int(bytes(told).rsplit(b" ", 1)[1].rstrip(b")")) not in before:
            break
        time.sleep(0.3)  # Dovecot's UIDVALIDITY is a clock of whole seconds
    if numbers:
        mailbox.deliver(*numbers, folder="Clientes")


def test_after_a_uidvalidity_reset_all_is_fetched_again_and_the_old_let_go(
    mailbox: Mailbox,
) -> None:
    mailbox.deliver(*range(1, 11), folder="Clientes")
    mailbox.make(folders=("Clientes", "!Sent"))
    mailbox.pull()
    reset(mailbox, *range(1, 11), 11)
    batches = mailbox.pull()
    assert mailbox.subjects == list(range(1, 12))
    now, old = [census for batch in batches for census in batch.census]
    assert (len(now.external_ids), old.external_ids) == (11, frozenset())
    assert now.prefix != old.prefix
    assert mailbox.pull() == []


def test_a_mailbox_replaced_by_an_empty_one_closes_nothing_and_says_so(mailbox: Mailbox) -> None:
    mailbox.deliver(*range(1, 11), folder="Clientes")
    mailbox.make(folders=("Clientes", "!Sent"))
    mailbox.pull()
    reset(mailbox)
    for _ in range(2):
        batches = mailbox.pull()
        assert "far fewer" in batches[-1].notices[0].text()
        assert not any(batch.records for batch in batches)
    assert mailbox.subjects == list(range(1, 11))


def empty(mailbox: Mailbox, uids: str = "1:*") -> None:
    with mailbox.dovecot.session(mailbox.user) as session:
        session.uid("STORE", uids, "+FLAGS", r"(\Deleted)")
        session.expunge()


def test_what_may_not_be_believed_is_told_again_till_it_may(mailbox: Mailbox) -> None:
    mailbox.deliver(*range(1, 11))
    mailbox.make(folders=("INBOX", "!Sent"))
    mailbox.pull()
    empty(mailbox)
    mailbox.pull()
    for _ in range(2):
        before = mailbox.kept.cursor
        (batch,) = mailbox.pull()
        assert [census.external_ids for census in batch.census] == [frozenset()]
        assert (batch.records, batch.cursor) == ((), before)
        assert mailbox.connector.requests <= (4 if mailbox.host == PLAIN else 3)
    mailbox.deliver(*range(11, 22))
    assert mailbox.pull()[0].census
    assert len(mailbox.pull()[0].census[0].external_ids) == 11
    assert mailbox.pull() == []


def test_what_was_never_wanted_makes_no_loss_look_smaller(mailbox: Mailbox) -> None:
    mailbox.deliver(1)
    mailbox.connector.wait(0.1, threading.Event())  # so that it has the lowest UID
    mailbox.deliver(*range(101, 121), at=NOW - timedelta(days=200))
    mailbox.connector.wait(0.1, threading.Event())
    mailbox.deliver(*range(2, 11))
    mailbox.pull()
    assert mailbox.subjects == list(range(1, 11))
    empty(mailbox, "1,22:30")
    for _ in range(3):
        assert any(batch.census for batch in mailbox.pull())


def test_all_of_a_small_folder_is_told_again_till_something_is_there(mailbox: Mailbox) -> None:
    mailbox.deliver(1, 2)
    mailbox.pull()
    empty(mailbox)
    for _ in range(3):
        assert mailbox.pull()
    mailbox.deliver(3)
    mailbox.pull()
    mailbox.pull()
    assert mailbox.pull() == []
    assert mailbox.subjects == [3]


def test_few_that_go_are_told_once(mailbox: Mailbox) -> None:
    mailbox.deliver(*range(1, 31))
    mailbox.pull()
    empty(mailbox, "1:15")
    mailbox.pull()
    assert mailbox.subjects == list(range(16, 31))
    empty(mailbox, "16:20")
    mailbox.pull()
    assert mailbox.pull() == []


def test_junk_trash_and_drafts_are_left_out_of_everything(rich: Mailbox) -> None:
    for number, folder in enumerate(("INBOX", "Sent", "Junk", "Trash", "Drafts", "Obra"), 1):
        rich.deliver(number, folder=folder)
    rich.make(folders=("*",))
    assert rich.connector.check().places == ("INBOX", "Sent", "Archive", "Obra")
    rich.pull()
    assert rich.subjects == [1, 2, 6]


def test_a_folder_that_nobody_has_is_named_with_those_there_are(rich: Mailbox) -> None:
    rich.make(folders=("INBOX", "Cleintes"))
    with pytest.raises(ConfigError, match=r"Cleintes.*INBOX"):
        rich.connector.check()


def test_strange_folder_names_are_read_and_told_apart(rich: Mailbox) -> None:
    with rich.dovecot.session(rich.user) as session:
        for name in ("A&-B;7;1", "&AMk-poca &2D3eAA-", 'con "comillas"', "50%25"):
            quoted = name.replace('"', '\\"')
            assert session.create(f'"{quoted}"')[0] == "OK"
            session.append(f'"{quoted}"', None, None, mail(len(name)))
    rich.make(folders=("*",))
    rich.pull()
    folders = {raw.about()["folder"] for raw in rich.kept.raws.values()}
    assert folders == {"A&B;7;1", "Época 😀", 'con "comillas"', "50%25"}
    for location, raw in rich.kept.raws.items():
        assert b"".join(rich.connector.open(Ref("mail", location), "1")) == b"hola\r\n", raw.meta


def test_the_cursor_of_twenty_folders_is_short(mailbox: Mailbox) -> None:
    names = [f"Clientes/Nombre del cliente {n:02}" for n in range(20)]
    for n, name in enumerate(names):
        mailbox.deliver(n, n + 100, folder=name)
    mailbox.make(folders=("*", "!INBOX", "!Sent", "!Archive"))
    batches = mailbox.pull()
    assert len(mailbox.subjects) == 40
    assert len(batches[-1].cursor) < 4096


def test_waiting_ends_when_mail_comes(rich: Mailbox) -> None:
    rich.deliver(1)
    rich.pull()
    stop = threading.Event()
    assert rich.connector.wait(0.2, stop) is False
    timer = threading.Timer(0.3, lambda: rich.deliver(2))
    timer.start()
    assert rich.connector.wait(60, stop) is True
    timer.join()
    rich.pull()
    assert rich.subjects == [1, 2]


def test_mail_that_came_between_a_pull_and_the_waiting_is_not_waited_for(mailbox: Mailbox) -> None:
    mailbox.deliver(1)
    mailbox.pull()
    mailbox.deliver(2)
    assert mailbox.connector.wait(60, threading.Event()) is True


def test_waiting_ends_soon_after_it_is_stopped(mailbox: Mailbox) -> None:
    mailbox.pull()
    stop = threading.Event()
    timer = threading.Timer(0.2, stop.set)
    timer.start()
    assert mailbox.connector.wait(100, stop) is False
    timer.join()
    assert mailbox.pull() == []


def test_a_connection_that_died_between_two_pulls_is_opened_again(mailbox: Mailbox) -> None:
    mailbox.deliver(1)
    mailbox.pull()
    wire = mailbox.connector._wire
    assert wire is not None
    wire._stream.sock.shutdown(2)
    mailbox.deliver(2)
    mailbox.pull()
    assert mailbox.subjects == [1, 2]


def test_who_only_waits_is_told_of_news_once_and_then_left_in_peace(mailbox: Mailbox) -> None:
    stop = threading.Event()
    mailbox.deliver(1)
    mailbox.make()
    mailbox.connector.wait(0.1, stop)
    for number in (2, 3):
        assert mailbox.connector.wait(0.1, stop) is False
        mailbox.deliver(number)
        told = [mailbox.connector.wait(0.1, stop) for _ in range(3)]
        assert True in told
        assert told[-1] is False


def test_a_connection_that_is_kept_sees_what_comes_every_time(mailbox: Mailbox) -> None:
    mailbox.deliver(0)
    mailbox.make()
    for number in range(1, 5):
        mailbox.pull()
        assert mailbox.subjects == list(range(number))
        mailbox.deliver(number)
