"""Real mailboxes in one queue, from the server to the screen's line, as the VA meets it."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store import driver
from tests.canary import assert_no_canary
from tests.office import LOLA, Office, counts, letter, three_accounts, until
from tests.servers.dovecot import Dovecot

NOTHING_NEW = {
    ("acme", "correo"): ["ok", 0, 0],
    ("acme", "ventas"): ["ok", 0, 0],
    ("luz", "correo"): ["ok", 0, 0],
}
QUEUE = [
    ("acme", "Campaña de otoño"),
    ("acme", "Factura"),
    ("acme", "Presupuesto"),
    ("luz", "Campaña de otoño"),
    ("luz", "Vídeo"),
]


def rows_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Read the whole database but the health of the channels."""
    connection = driver.connect(path, read_only=True)
    try:
        names = [name for (name,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'channel'"
        )]  # fmt: skip
        return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
    finally:
        connection.close()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "home")


@pytest.fixture
def users(office: Office, dovecot: Dovecot) -> list[str]:
    """Three accounts of two clients, with conversations that overlap."""
    users = three_accounts(office, dovecot)
    autumn = [
        letter(1, "Campaña de otoño", days=4, text="¿Cómo va la campaña? Ángel pregunta."),
        letter(2, "Re: Campaña de otoño", days=3, answers=[1]),
    ]
    bill = letter(3, "Factura", days=2, text="Te mando la factura nº 7.")
    dovecot.deliver(users[0], [*autumn, bill])
    # The same mails, filed: copies, not news.
    dovecot.deliver(users[0], [autumn[0], bill], folder="Archive", flags="S")
    # The bill came to both mailboxes of ACME, by different ways; the answer to one of them only.
    by_another_way = b"Received: from mx.acme.example by ventas.example; today\r\n" + bill
    again = letter(9, "Re: Factura", days=1, answers=[3])
    dovecot.deliver(users[1], [letter(4, "Presupuesto", days=1), by_another_way, again])
    # Ana wrote to both clients at once: what LUZ got is LUZ's, and nobody else's.
    video = letter(5, "Vídeo", author="Bea Íñiguez <bea@luz.example>", text="El vídeo dura 3 min.")
    dovecot.deliver(users[2], [autumn[0], video])
    office.clients["acme"]["correo"].append('folders = ["INBOX", "Archive"]')
    office.write()
    return users


def test_every_conversation_is_in_the_queue_once_under_its_client(
    office: Office, dovecot: Dovecot, users: list[str]
) -> None:
    assert counts(office.sync()) == {
        ("acme", "correo"): ["ok", 5, 0],
        ("acme", "ventas"): ["ok", 3, 0],
        ("luz", "correo"): ["ok", 2, 0],
    }
    assert office.titles() == QUEUE
    mail = {(one["client"], one["title"]): one for one in office.queue()}
    assert mail["acme", "Campaña de otoño"]["channel"] == "correo"
    assert mail["acme", "Campaña de otoño"]["unread"] == 1  # its filed copy was read
    assert mail["acme", "Presupuesto"]["channel"] == "ventas"
    bill = office.run("show", str(mail["acme", "Factura"]["id"]), "--json").json
    assert [message["subject"] for message in bill["messages"]] == ["Factura", "Re: Factura"]
    shown = office.run("show", str(mail["luz", "Campaña de otoño"]["id"]), "--json").json
    # LUZ sees what LUZ got, and not the answer that only ACME got.
    assert [message["subject"] for message in shown["messages"]] == ["Campaña de otoño"]
    held = rows_of(office.home / "trastienda.db")
    assert counts(office.sync()) == NOTHING_NEW
    assert rows_of(office.home / "trastienda.db") == held
    assert_no_canary(office.home, *(dovecot.password(user) for user in users))


def test_what_happens_in_the_mailboxes_is_followed(
    office: Office, dovecot: Dovecot, users: list[str]
) -> None:
    office.sync()
    # New mail, and her answer from another program.
    dovecot.deliver(users[2], [letter(6, "Logo", author="Bea <bea@luz.example>")])
    answer = letter(7, "Re: Factura", author=f"Lola <{LOLA}>", to="ana@acme.example", answers=[3])
    dovecot.deliver(users[0], [answer], folder="Sent", flags="S")
    reports = counts(office.sync())
    assert reports["luz", "correo"] == ["ok", 1, 0]
    assert reports["acme", "correo"] == ["ok", 1, 0]
    assert office.titles() == sorted([*QUEUE, ("luz", "Logo")])
    bill = json.loads(office.run("show", office.numbered("Factura"), "--json").out)
    assert [one["direction"] for one in bill["messages"]] == ["in", "in", "out"]
    assert bill["turn"] == "client"
    # Flags and expunges over there.
    with dovecot.session(users[0]) as session:
        session.uid("STORE", "1:2", "+FLAGS", r"(\Seen)")
    with dovecot.session(users[1]) as session:
        session.uid("STORE", "1", "+FLAGS", r"(\Deleted)")
        session.expunge()
    assert counts(office.sync())["acme", "correo"] == ["ok", 0, 2]
    items = {(one["client"], one["title"]): one for one in office.queue()}
    assert items["acme", "Campaña de otoño"]["unread"] == 0
    assert ("acme", "Presupuesto") not in items
    assert ("acme", "Presupuesto") in office.titles("presupuesto", command="search")


def test_words_are_found_with_and_without_accents_and_what_is_found_can_be_read(
    office: Office, users: list[str]
) -> None:
    del users
    office.sync()
    for words in ("vídeo", "video", "VIDEO"):
        assert office.titles(words, command="search") == [("luz", "Vídeo")]
    assert office.titles("angel", "client:acme", command="search") == [("acme", "Campaña de otoño")]
    shown = office.run("show", office.numbered("Vídeo"))
    assert shown.code == 0
    assert "LUZ" in shown.out
    assert "Bea Íñiguez" in shown.out
    assert "El vídeo dura 3 min." in shown.out


def test_her_decisions_outlive_every_sync_and_end_with_news(
    office: Office, dovecot: Dovecot, users: list[str]
) -> None:
    office.sync()
    bill, quote, video = (office.numbered(one) for one in ("Factura", "Presupuesto", "Vídeo"))
    assert office.run("archive", bill).code == 0
    assert office.run("snooze", quote, "in", "3", "days").code == 0
    assert office.run("wait", video).code == 0
    autumn = [("acme", "Campaña de otoño"), ("luz", "Campaña de otoño")]
    assert office.titles() == autumn
    with dovecot.session(users[0]) as session:
        session.uid("STORE", "1:*", "+FLAGS", r"(\Seen)")
    office.sync()
    office.sync()
    assert office.titles() == autumn
    assert office.run("undo").code == 0
    assert office.titles() == sorted([*autumn, ("luz", "Vídeo")])
    assert office.run("redo").code == 0
    assert office.titles() == autumn
    dovecot.deliver(users[0], [letter(8, "Re: Factura", answers=[3])])
    dovecot.deliver(users[2], [letter(9, "RE: Vídeo", author="Bea <bea@luz.example>", answers=[5])])
    office.sync()
    assert office.titles() == sorted([*autumn, ("acme", "Factura"), ("luz", "Vídeo")])


def test_a_backup_brings_everything_back_after_damage(
    office: Office, dovecot: Dovecot, users: list[str]
) -> None:
    office.sync()
    office.run("archive", office.numbered("Factura"))
    made = office.run("backup", "--json").json["file"]
    database = office.home / "trastienda.db"
    for name in ("trastienda.db-wal", "trastienda.db-shm"):
        (office.home / name).unlink(missing_ok=True)
    database.write_bytes(b"\x00garbage" * 4000)
    for command in (["queue"], ["sync"], ["status"], ["archive", "1"]):
        ended = office.run(*command)
        assert ended.code == 6, (command, ended)
        assert "restore" in ended.err
        assert "Traceback" not in ended.err
    assert database.read_bytes() == b"\x00garbage" * 4000
    dovecot.deliver(users[1], [letter(10, "Llegó después", days=0.1)])
    assert office.run("restore", made, "--no-input").code == 0
    assert ("acme", "Factura") not in office.titles()
    assert counts(office.sync())["acme", "ventas"] == ["ok", 1, 0]
    assert office.titles() == sorted(
        [*(one for one in QUEUE if one[1] != "Factura"), ("acme", "Llegó después")]
    )


def test_a_mailbox_that_stops_answering_leaves_its_items_and_says_so(
    office: Office, dovecot: Dovecot, users: list[str]
) -> None:
    with relay(dovecot.imap) as line:
        user = users[2]
        office.mailbox(
            "luz", "correo", port=line.port, user=user, password=f'"{dovecot.password(user)}"'
        )
        office.sync()
        line.cut()
        dovecot.deliver(users[0], [letter(11, "Mientras tanto")])
        reports = office.sync(code=1)
    assert counts(reports) == {**NOTHING_NEW, ("acme", "correo"): ["ok", 1, 0],
                               ("luz", "correo"): ["later", 0, 0]}  # fmt: skip
    assert office.titles() == sorted([*QUEUE, ("acme", "Mientras tanto")])
    told = office.status()["luz", "correo"]
    assert (told["state"], told["failures"]) == ("later", 1)
    assert told["last_success"] is not None
    assert "127.0.0.1" in told["error"]
    text = office.run("status").out
    assert re.search(r"LUZ .*not reachable", text), text
    assert office.run("sync", "--client", "luz").code == 5


def test_a_mailbox_made_anew_brings_nothing_twice(
    office: Office, dovecot: Dovecot, users: list[str]
) -> None:
    office.sync()
    held = {one["id"]: one["title"] for one in office.queue()}
    box = dovecot.maildir(users[0])
    before = validity(dovecot, users[0])
    until(lambda: renumbered(box) and validity(dovecot, users[0]) != before)
    assert counts(office.sync())["acme", "correo"][0] == "ok"
    assert {one["id"]: one["title"] for one in office.queue()} == held
    assert counts(office.sync()) == NOTHING_NEW


def renumbered(box: Path) -> bool:
    for name in ("dovecot-uidlist", "dovecot-uidvalidity", "dovecot.index.log", "dovecot.index",
                 "dovecot.index.cache", "dovecot.list.index.log"):  # fmt: skip
        (box / name).unlink(missing_ok=True)
    for path in box.glob("dovecot-uidvalidity.*"):
        path.unlink()
    return True


def validity(dovecot: Dovecot, user: str) -> bytes:
    with dovecot.session(user) as session:
        told = session.status("INBOX", "(UIDVALIDITY)")[1][0]
    assert isinstance(told, bytes)
    return told


def test_an_account_that_is_suddenly_another_empty_one_closes_nothing(
    office: Office, dovecot: Dovecot, users: list[str]
) -> None:
    dovecot.deliver(users[0], [letter(f"m{n}", f"Asunto {n}", days=n / 9) for n in range(12)])
    office.sync()
    before = office.titles()
    shutil.rmtree(dovecot.maildir(users[0]))
    other = validity(dovecot, users[0])
    office.sync()
    assert office.titles() == before
    notices = office.status()["acme", "correo"]["notices"]
    assert notices, other
    assert "far fewer" in " ".join(notices) or "vanish" in " ".join(notices)
    office.sync()
    assert office.titles() == before


def test_a_folder_renamed_over_there_stays_one_here(
    office: Office, dovecot: Dovecot, users: list[str]
) -> None:
    user = users[1]
    dovecot.deliver(user, [letter(20, "Feria")], folder="Obras", flags="S")
    office.clients["acme"]["ventas"].append('folders = ["INBOX", "Obras"]')
    office.write()
    office.sync()
    assert ("acme", "Feria") in office.titles()
    with dovecot.session(user) as session:
        session.rename("Obras", "Obras de 2026")
    assert counts(office.sync())["acme", "ventas"] == ["ok", 0, 0]
    assert office.titles() == sorted([*QUEUE, ("acme", "Feria")])


def test_two_syncs_at_once_share_the_work(office: Office, users: list[str]) -> None:
    del users
    both = [office.start("sync", "--json") for _ in range(2)]
    ended = [(one.communicate(timeout=120), one.returncode) for one in both]
    assert [code for _, code in ended] == [0, 0], ended
    assert office.titles() == QUEUE
    assert counts(office.sync()) == NOTHING_NEW


def test_while_it_watches_mail_comes_by_itself_and_a_new_config_is_taken_up(
    office: Office, dovecot: Dovecot, users: list[str]
) -> None:
    engine = office.start("sync", "--watch", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: office.titles() == QUEUE)
        until(lambda: all(one["state"] == "ok" for one in office.status().values()))
        # By the clock it would be a minute and more each time: what comes sooner was called.
        for number in range(3):
            dovecot.deliver(users[1], [letter(f"u{number}", f"Urgente {number}")])
            until(lambda: ("acme", f"Urgente {number}") in office.titles(), 40)  # noqa: B023 - called here
        eva = dovecot.new_user("w")
        dovecot.deliver(eva, [letter(31, "Hola, soy nueva")])
        office.mailbox("nube", "correo", port=dovecot.imap, user=eva,
                       password=f'"{dovecot.password(eva)}"')  # fmt: skip
        until(lambda: ("nube", "Hola, soy nueva") in office.titles())
    finally:
        engine.send_signal(signal.SIGTERM)
        assert engine.wait(20) == 0


class Relay:
    """A line to a server that can be cut: then nobody answers at its end."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def cut(self) -> None:
        for end in [self._listener, *self._ends]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                near = self._listener.accept()[0]
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            self._ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                thread = threading.Thread(target=self._pump, args=(source, sink), daemon=True)
                self._threads.append(thread)
                thread.start()

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def relay(to: int) -> Iterator[Relay]:
    line = Relay(to)
    try:
        yield line
    finally:
        line.cut()


def test_the_same_house_stands_on_postgresql(
    office: Office, postgres_url: str, users: list[str]
) -> None:
    del users
    office.url = postgres_url
    office.write()
    assert [one[0] for one in counts(office.sync()).values()] == ["ok"] * 3
    assert counts(office.sync()) == NOTHING_NEW
    assert office.titles() == QUEUE
    assert office.titles("video", command="search") == [("luz", "Vídeo")]
    bill = office.numbered("Factura")
    assert "Te mando la factura nº 7." in office.run("show", bill).out
    assert office.run("archive", bill).code == 0
    assert ("acme", "Factura") not in office.titles()
    office.sync()
    assert ("acme", "Factura") not in office.titles()
    assert office.run("undo").code == 0
    assert office.titles() == QUEUE
    assert {one["state"] for one in office.status().values()} == {"ok"}
    assert not (office.home / "trastienda.db").exists()


def test_what_leaves_the_config_leaves_the_queue_and_comes_back_as_she_left_it(
    office: Office, users: list[str]
) -> None:
    del users
    office.sync()
    assert office.run("archive", office.numbered("Vídeo")).code == 0
    mine = [one for one in QUEUE if one != ("luz", "Vídeo")]
    luz = office.clients.pop("luz")
    # Another short name is another channel: nothing of it may stand in the queue twice.
    office.clients["acme"]["pedidos"] = office.clients["acme"].pop("ventas")
    office.write()
    office.sync()
    assert office.titles() == [one for one in mine if one[0] == "acme"]
    assert office.titles("video", command="search") == [("luz", "Vídeo")]
    office.clients["luz"] = luz
    office.write()
    office.sync()
    assert office.titles() == mine
