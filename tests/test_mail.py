"""Answers to mail, from the command line to the client's mailbox: a real IMAP and a real SMTP
server, and the installed command.
"""

from __future__ import annotations

import contextlib
import hashlib
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from normalizer.actions import Enclosure
from store.database import Database, open_database
from tests.office import Office, letter, until
from tests.servers.dovecot import RICH, Dovecot
from tests.servers.smtp import HANG_UP, Letter, Smtp, serving
from triage import answers
from triage.answers import Wish


@dataclass
class Street:
    """The office, its client Ana's mailbox, and the servers between them."""

    office: Office
    dovecot: Dovecot
    smtp: Smtp
    lola: str
    ana: str

    def writes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.office.run("outbox", "--all", "--json").json["writes"]
        return found

    def states(self) -> list[str]:
        return [one["state"] for one in self.writes()]

    def settled(self, *states: str) -> bool:
        """Sync, and tell whether that is what became of all that she sent."""
        self.office.run("sync", "--json")
        found = self.writes()
        assert {one["state"] for one in found} <= {*states, "queued", "doubt", "sending"}, found
        return {one["state"] for one in found} <= set(states)

    def box(self, user: str, folder: str = "INBOX") -> list[EmailMessage]:
        """Read a folder with the standard parser, as another mail program would."""
        with self.dovecot.session(user, folder) as session:
            _, found = session.search(None, "ALL")
            mails = [session.fetch(one, "(RFC822)")[1][0][1] for one in found[0].split()]  # type: ignore[index]
        return [message_from_bytes(one, policy=policy.default) for one in mails]  # type: ignore[arg-type]

    def put(self, user: str, folder: str, mails: Iterable[EmailMessage]) -> None:
        """Copy mails into a folder, as another mail program does."""
        with self.dovecot.sign_in(user) as session:
            session.create(folder)
            for one in mails:
                session.append(folder, "", "", one.as_bytes(policy=policy.SMTP))

    def threads(self, user: str, folder: str, how: str) -> list[set[str]]:
        """Ask the server itself which mails of a folder belong together, by their Message-IDs."""
        names = [str(one["Message-ID"]) for one in self.box(user, folder)]
        with self.dovecot.session(user, folder) as session:
            _, (told,) = session.uid("THREAD", how, "UTF-8", "ALL")
        assert isinstance(told, bytes)
        found, depth = list[str](), 0
        for sign in told.decode():
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if sign == "(" and depth == 1:
                found.append("")
            found[-1] += sign if sign.isdigit() else " "
        return [{names[int(uid) - 1] for uid in one.split()} for one in found]

    def open(self) -> contextlib.closing[Database]:
        """Open her database, as her screen does."""
        return contextlib.closing(open_database(self.office.home / "trastienda.db"))

    def reply(self, text: str, title: str = "Campaña de otoño", code: int = 0) -> str:
        """Answer a conversation; give what the command says."""
        ended = self.office.run("reply", self.office.numbered(title), text)
        assert ended.code == code, ended
        return ended.out + ended.err

    def now(self) -> None:
        """Let the time in which it can be taken back be over."""
        self.office.let_go()


@pytest.fixture
def street(dovecot: Dovecot, tmp_path: Path) -> Iterator[Street]:
    office = Office(tmp_path / "home")
    lola, ana = dovecot.new_user("lola"), dovecot.new_user("ana")
    dovecot.deliver(lola, [
        letter(1, "Campaña de otoño", author=f"Ana Muñoz <{ana}>", to=lola, days=2),
        letter(2, "RE: Campaña de otoño", author=f"Ana Muñoz <{ana}>", to=lola, days=1,
               answers=[1], text="¿Para cuándo?\n\n-- \nAna"),
    ])  # fmt: skip
    with serving() as smtp:
        smtp.accounts[lola] = dovecot.password(lola)

        def deliver(mail: Letter) -> None:
            for one in mail.recipients:
                dovecot.deliver(one, [mail.data])

        smtp.deliver = deliver
        office.env["LOLA"] = dovecot.password(lola)
        office.mailbox(
            "acme", "correo", port=dovecot.imap, user=lola, password='{ env = "LOLA" }',
            write='"comment"', smtp_host=f'"{RICH}"', smtp_port=str(smtp.port), smtp_tls='"none"',
            sender=f'"Lola Ruiz <{lola}>"',
        )  # fmt: skip
        office.sync()
        yield Street(office, dovecot, smtp, lola, ana)


def test_an_answer_arrives_once_in_its_thread_and_comes_back_as_hers(street: Street) -> None:
    street.reply("No, nada")
    assert street.office.run("undo").code == 0
    assert "20 seconds" in street.reply("El lunes está.\nUn saludo")
    street.office.sync()
    assert street.smtp.connections == 0, "it can still be taken back"
    street.now()
    assert street.settled("done", "cancelled")
    (mail,) = street.box(street.ana)
    assert mail["Subject"] == "Re: Campaña de otoño"
    assert mail["From"] == f"Lola Ruiz <{street.lola}>"
    assert mail["To"] == f"Ana Muñoz <{street.ana}>"
    assert mail["In-Reply-To"] == "<2@mail.example>"
    assert mail["References"].split() == ["<1@mail.example>", "<2@mail.example>"]
    assert mail["Cc"] is mail["Bcc"] is None
    assert mail.get_content().splitlines()[:2] == ["El lunes está.", "Un saludo"]
    assert "> ¿Para cuándo?" in mail.get_content()
    assert "-- " not in mail.get_content()
    (copy,) = street.box(street.lola, "Sent")
    assert copy["Message-ID"] == mail["Message-ID"]
    (taken,) = (message_from_bytes(one.data, policy=policy.default) for one in street.smtp.taken)
    for name in ("Message-ID", "In-Reply-To", "References"):
        assert taken[name] == mail[name]
    street.office.sync()
    number = street.office.numbered("Campaña de otoño")
    whole = street.office.run("show", number, "--json").json
    assert [(one["direction"], one["text"]) for one in whole["messages"]][-1] == (
        "out", "El lunes está.\nUn saludo",
    )  # fmt: skip
    assert len(whole["messages"]) == 3
    assert len(street.smtp.taken) == street.smtp.connections == 1
    assert {one["new"] for one in street.office.sync().values()} == {0}


def test_another_mail_program_sees_the_answer_in_the_thread_it_answers(street: Street) -> None:
    """Dovecot itself says what belongs together: also where the subject, by which some programs
    guess, is left out of it.
    """
    street.dovecot.deliver(street.lola, [letter(9, "Campaña de otoño", author="Eva <e@x.example>")])
    street.reply("El lunes está.")
    street.now()
    street.office.sync()
    whole = [*street.box(street.lola), *street.box(street.lola, "Sent")]
    street.put(street.lola, "Hilo", whole)
    (ours,) = (str(one["Message-ID"]) for one in street.box(street.lola, "Sent"))
    thread = {"<1@mail.example>", "<2@mail.example>", ours}
    assert thread in street.threads(street.lola, "Hilo", "REFS")
    assert {"<9@mail.example>"} in street.threads(street.lola, "Hilo", "REFS")
    assert any(thread <= one for one in street.threads(street.lola, "Hilo", "REFERENCES"))
    assert len(street.smtp.taken) == len(street.box(street.ana)) == 1


def test_an_answer_to_all_with_a_file_waits_as_a_draft_over_there_and_then_goes_once(
    street: Street,
) -> None:
    bea = street.dovecot.new_user("bea")
    street.dovecot.deliver(street.lola, [
        letter(9, "Presupuesto", author=f"Ana <{street.ana}>", to=f"{street.lola}, Bea <{bea}>"),
    ])  # fmt: skip
    street.office.sync()
    item = int(street.office.numbered("Presupuesto"))
    content = b"%PDF-1.7\r\n.\r\n\x00\xff"
    file = Enclosure(
        name="../año 2026.pdf", media_type="application/pdf", content=content, size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    wish = Wish(text="Primera idea", to_all=True, files=(file,))
    with street.open() as db:
        for text in ("Primera idea", "Va adjunto"):
            now = datetime.now(UTC)
            made = answers.draft(db, item, replace(wish, text=text), now)
            answers.keep_there(db, made, now)
    street.now()
    street.office.sync()
    (draft,) = street.box(street.lola, "Drafts")
    assert (draft["To"], draft["Cc"]) == (f"Ana <{street.ana}>", f"Bea <{bea}>")
    assert street.smtp.connections == 0
    with street.open() as db:
        answers.post(db, made, datetime.now(UTC))
    street.now()
    assert street.settled("done")
    (taken,) = street.smtp.taken
    assert taken.recipients == (street.ana, bea)
    for user in (street.ana, bea):
        (mail,) = street.box(user)
        assert mail["Message-ID"] == draft["Message-ID"]
        assert mail["In-Reply-To"] == "<9@mail.example>"
        (part,) = mail.iter_attachments()
        assert (part.get_filename(), part.get_content()) == ("año 2026.pdf", content)
        body = mail.get_body()
        assert body is not None
        assert body.get_content().splitlines()[0] == "Va adjunto"
    assert street.box(street.lola, "Drafts") == []
    with street.open() as db, db.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM blob").scalar() == 0


def test_where_the_answer_of_the_server_is_lost_she_is_asked_and_nothing_goes_twice(
    street: Street,
) -> None:
    street.smtp.plan[".."] = [HANG_UP]
    street.reply("Va mañana")
    street.now()
    street.office.sync()
    assert street.states() == ["doubt"]
    street.now()
    assert street.settled("ask")
    (one,) = street.writes()
    assert "Sent" in one["error"]
    told = street.office.run("outbox")
    assert f"outbox --arrived {one['id']}" in told.out
    street.now()
    street.office.sync()
    assert len(street.box(street.ana)) == len(street.smtp.taken) == 1
    assert street.office.run("outbox", "--arrived", str(one["id"])).code == 0
    assert street.states() == ["done"]
    assert street.office.run("outbox", "--again", str(one["id"])).code == 2


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        (("connectors", "imap_send", "_keep"), "ask"),
        (("store", "outbox", "done"), "done"),
    ],
    ids=["before its copy is kept", "before it is noted"],
)
def test_killed_while_sending_it_never_goes_twice(
    street: Street, at: tuple[str, str, str], ends: str
) -> None:
    street.reply("Va mañana")
    street.now()
    assert street.office.dies(*at) == -signal.SIGKILL
    street.now()
    until(lambda: street.settled(ends))
    assert len(street.smtp.taken) == len(street.box(street.ana)) == 1


def test_killed_while_a_draft_is_replaced_or_taken_away_there_is_one_and_then_none(
    street: Street,
) -> None:
    item = int(street.office.numbered("Campaña de otoño"))
    wish = Wish(text="Va hoy")
    with street.open() as db:
        for text in ("Va hoy", "Va mañana"):
            now = datetime.now(UTC)
            made = answers.draft(db, item, replace(wish, text=text), now)
            answers.keep_there(db, made, now)
    street.now()
    assert street.office.dies("connectors", "imap_drafts", "_remove") == -signal.SIGKILL
    street.now()
    until(lambda: street.settled("done"))
    (one,) = street.box(street.lola, "Drafts")
    assert one.get_content().startswith("Va mañana")
    with street.open() as db:
        answers.post(db, made, datetime.now(UTC))
    street.now()
    assert street.office.dies("connectors", "imap_drafts", "forget") == -signal.SIGKILL
    street.now()
    until(lambda: street.settled("done"))
    assert len(street.smtp.taken) == len(street.box(street.ana)) == 1
    assert street.box(street.lola, "Drafts") == []


def test_without_leave_no_answer_is_queued_and_the_smtp_server_hears_nothing(
    street: Street,
) -> None:
    lines = street.office.clients["acme"]["correo"]
    lines[:] = [line for line in lines if not line.startswith("write")]
    street.office.write()
    street.office.sync()
    assert 'write = "comment"' in " ".join(street.reply("hola", code=2).split())
    street.office.sync()
    assert street.smtp.connections == 0
    assert street.writes() == []


def test_an_answer_that_would_go_to_a_stranger_waits_for_the_name_of_the_client(
    street: Street,
) -> None:
    more = "Reply-To: Otro <otro@elsewhere.example>\r\n"
    street.dovecot.deliver(street.lola, [
        letter(9, "Presupuesto", author=f"Ana Muñoz <{street.ana}>", to=street.lola, more=more),
    ])  # fmt: skip
    street.office.sync()
    said = " ".join(street.reply("Va mañana", "Presupuesto", code=2).split())
    assert "otro@elsewhere.example" in said
    assert "nobody known at" in said
    assert "Nothing was sent" in said
    assert street.writes() == []
    number = street.office.numbered("Presupuesto")
    wrong = street.office.run("reply", number, "Va mañana", "--to-client", "nobody")
    assert (wrong.code, street.writes()) == (2, [])
    ended = street.office.run("reply", number, "Va mañana", "--to-client", "acme")
    assert ended.code == 0, ended
    assert "otro@elsewhere.example" in ended.out
    assert street.lola in ended.out
    assert [one["state"] for one in street.writes()] == ["queued"]
