"""Every way a mailbox can fail, as the command says it: the code, the line, and what stays."""

from __future__ import annotations

import contextlib
import os
import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.canary import assert_no_canary
from tests.office import Ended, Office, letter
from tests.servers.dovecot import Dovecot, free_ports
from tests.servers.imap_faults import FAULTS, edited, said
from tests.servers.imap_server import SECRET, Box, Fault, Server, Talk

SIGN_IN, OFFLINE, CONFIG = 4, 5, 3


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong, and what she reads of it."""

    code: int
    state: str
    says: str


TROUBLES = {
    "wrong-password": Trouble(SIGN_IN, "sign_in", "does not accept the user name and password"),
    "expired-password": Trouble(SIGN_IN, "sign_in", "has expired"),
    "echoed-password": Trouble(SIGN_IN, "sign_in", "does not accept"),
    "refused-token": Trouble(SIGN_IN, "sign_in", "does not accept the access token"),
    "locked-secret": Trouble(OFFLINE, "later", "failed with exit code 1"),
    "no-secret": Trouble(CONFIG, "config", "TRASTIENDA_NOT_SET"),
    "unreachable": Trouble(OFFLINE, "later", "no connection"),
    "unknown-host": Trouble(OFFLINE, "later", "nowhere.invalid"),
    "expired-certificate": Trouble(OFFLINE, "later", "has expired"),
    "other-host": Trouble(OFFLINE, "later", "proves to be another"),
    "self-signed": Trouble(OFFLINE, "later", "Nobody this computer trusts"),
    "busy": Trouble(OFFLINE, "later", "asks for patience"),
}
SCRIPTED: dict[str, tuple[str, Fault]] = {
    "expired-password": (
        "login",
        said(b"T NO [EXPIRED] Your password is too old \x1b]0;x\x07\r\n"),
    ),
    "echoed-password": FAULTS["a password echoed"],
    "busy": FAULTS["too many sessions"],
}


def served(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture(scope="module")
def street(
    tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot
) -> Iterator[tuple[Office, Ended]]:
    """A client in each trouble and one in none, after one sync of them all."""
    office = Office(tmp_path_factory.mktemp("street") / "home")
    ca = trustme.CA()
    now = datetime.now(UTC)
    certificates = {
        "expired-certificate": ca.issue_cert(
            "127.0.0.1", not_before=now - timedelta(9), not_after=now - timedelta(1)
        ),
        "other-host": ca.issue_cert("other.test"),
        "self-signed": trustme.CA().issue_cert("127.0.0.1"),
    }
    office.home.mkdir(mode=0o700)
    ca.cert_pem.write_to_path(office.home / "ca.pem")
    user = dovecot.new_user("s")
    dovecot.deliver(user, [letter(1, "Todo bien")])
    password = f'"{SECRET}"'
    office.mailbox("well", "correo", port=dovecot.imap, user=user,
                   password=f'"{dovecot.password(user)}"')  # fmt: skip
    office.mailbox("wrong-password", "correo", port=dovecot.imap, user=user, password=password)
    office.mailbox(
        "no-secret",
        "correo",
        port=dovecot.imap,
        user=user,
        password='{ env = "TRASTIENDA_NOT_SET" }',
    )
    office.mailbox(
        "locked-secret", "correo", port=dovecot.imap, user=user, password='{ command = ["false"] }'
    )
    office.mailbox("unreachable", "correo", port=free_ports(1)[0], user=user, password=password)
    office.mailbox("unknown-host", "correo", host="nowhere.invalid", port=993, user=user,
                   password=password, tls='"tls"')  # fmt: skip
    with contextlib.ExitStack() as stack:
        for name, certificate in certificates.items():
            server = Server(boxes={"INBOX": Box.of(1)}, tls=served(certificate))
            stack.enter_context(server.running())
            office.mailbox(name, "correo", port=server.port, user=user, password=password,
                           tls='"tls"', ca_file=f'"{office.home / "ca.pem"}"')  # fmt: skip
        for name, (point, fault) in SCRIPTED.items():
            server = Server(boxes={"INBOX": Box.of(2)}, point=point, fault=fault)
            stack.enter_context(server.running())
            office.mailbox(name, "correo", port=server.port, user=user, password=password)
        server = Server(
            boxes={"INBOX": Box.of(1)}, capabilities="IMAP4rev1 AUTH=XOAUTH2",
            point="login", fault=refused_token,
        )  # fmt: skip
        stack.enter_context(server.running())
        office.mailbox("refused-token", "correo", port=server.port, user=user, password=password,
                       token=password)  # fmt: skip
        yield office, office.run("sync", "--json")


def refused_token(talk: Talk, tag: str, _lines: list[bytes]) -> None:
    """Say why, as Gmail does, and be strict about what comes back."""
    talk.say(b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n")
    with talk.peer.makefile("rb") as lines:
        polite = lines.readline() == b"\r\n"
    told = b"NO [AUTHENTICATIONFAILED] Invalid" if polite else b"BAD Invalid SASL argument"
    talk.say(tag.encode() + b" " + told + b"\r\n")


@pytest.mark.usefixtures("hung")  # it takes its time: let it begin
def test_a_street_of_troubles_stops_nobody_who_is_well(street: tuple[Office, Ended]) -> None:
    office, ended = street
    assert ended.code == CONFIG
    reports = {one["client"]: one for one in ended.json["channels"]}
    assert reports["well"]["state"] == "ok"
    assert reports["well"]["new"] == 1
    assert office.titles() == [("well", "Todo bien")]
    assert set(reports) == {"well", *TROUBLES}


@pytest.fixture(scope="module")
def hung(
    tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot
) -> Iterator[tuple[Office, subprocess.Popen[str]]]:
    """A sync of a mailbox that falls silent and of one that does not, under way."""
    office = Office(tmp_path_factory.mktemp("hung") / "home")
    user = dovecot.new_user("q")
    dovecot.deliver(user, [letter(1, "Todo bien")])
    server = Server(boxes={"INBOX": Box.of(3)})
    with server.running():
        office.mailbox("hangs", "correo", port=server.port, user=user, password=f'"{SECRET}"',
                       since='"all"')  # fmt: skip
        office.mailbox("well", "correo", port=dovecot.imap, user=user,
                       password=f'"{dovecot.password(user)}"')  # fmt: skip
        office.sync()
        server.misbehave("list", silence)
        with office.start("sync", "--json") as process:
            yield office, process
            process.kill()


def silence(talk: Talk, _tag: str, _lines: list[bytes]) -> None:
    talk.over.wait(120)


@pytest.mark.parametrize("name", TROUBLES)
def test_each_trouble_is_named_with_its_next_step(street: tuple[Office, Ended], name: str) -> None:
    trouble = TROUBLES[name]
    office, ended = street
    (report,) = (one for one in ended.json["channels"] if one["client"] == name)
    assert report["state"] == trouble.state
    assert trouble.says in report["error"]
    told = office.status()[name, "correo"]
    assert told["state"] == trouble.state
    assert told["error"] == report["error"]
    assert (told["next_run"] is None) == (trouble.state == "sign_in")
    assert office.run("sync", "--client", name).code == trouble.code


def test_no_trouble_tells_a_secret_or_commands_the_terminal(
    street: tuple[Office, Ended], dovecot: Dovecot
) -> None:
    office, ended = street
    said = [
        ended,
        office.run("status"),
        office.run("sync", "--client", "echoed-password", "--debug"),
    ]
    said += [office.run("sync", "--client", "expired-password", "--debug")]
    for one in said:
        for canary in (SECRET, dovecot.password("s")):
            assert canary not in one.out + one.err
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", one.out + one.err)
    assert_no_canary(office.home, SECRET)


def bomb() -> bytes:
    parts = b"".join(
        b"--b\r\nContent-Type: text/plain\r\n\r\nparte %d\r\n" % n for n in range(10_000)
    )
    head = letter("bomb", "Diez mil partes").partition(b"\r\nContent-Type")[0]
    return head + b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + b"--b--\r\n"


HOSTILE = "[/] [@click=app.quit]x[/]"


def test_mail_that_is_made_to_break_us_is_shown_for_what_it_is(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    office = Office(tmp_path / "home")
    user = dovecot.new_user("h")
    plain = letter("nul", "Con nulos", text="antes\0después")
    charset = letter("cs", "Otra lengua", text="caf\u00e9").replace(b"utf-8", b"x-klingon", 3)
    mails = [
        letter("fine", "Una carta como otra"), bomb(), plain, charset,
        letter(
            "markup", f"Re: {HOSTILE}", text="[red]hola[/] \x1b]52;c;aG9sYQ==\x07 \u202egpj.exe"
        ),
        letter("osc", "x").replace(b"Subject: ", b"Subject: \x1b]52;c;aG9sYQ==\x07 hola ", 1),
        letter("half", "y").replace(b"Subject: ", b"Subject: =?utf-8?b?7aCA?= media ", 1),
        b"\r\n\r\n", b"\xff\xfe\x00" * 900,
    ]  # fmt: skip
    dovecot.deliver(user, mails)
    huge = dovecot.maildir(user) / "cur" / "1700000000.M9P9.test,S=200000000:2,"
    with huge.open("wb") as file:
        file.write(
            letter("huge", "Doscientos megas").replace(
                b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit",
                b"Content-Type: multipart/mixed; boundary=b",
            ).replace("¿Cómo va?".encode(), b"--b\r\n\r\nVa el video.\r\n--b\r\n"
                      b"Content-Type: video/mp4; name=v.mp4\r\n")
        )  # fmt: skip
        file.truncate(200_000_000)
    os.utime(huge, (datetime.now(UTC).timestamp(),) * 2)
    office.mailbox("acme", "correo", port=dovecot.imap, user=user,
                   password=f'"{dovecot.password(user)}"')  # fmt: skip
    report = office.sync()["acme", "correo"]
    assert (report["state"], report["new"]) == ("ok", len(mails) + 1)
    titles = [title for _, title in office.titles()]
    assert len(titles) == len(mails) + 1
    assert {"Una carta como otra", "Diez mil partes", "Con nulos", "Otra lengua",
            "Doscientos megas", HOSTILE} <= set(titles)  # fmt: skip
    for command in (["queue"], ["show", office.numbered(HOSTILE)],
                    ["search", "hola"], ["show", office.numbered("Con nulos")]):  # fmt: skip
        out = office.run(*command).out
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out)
    assert HOSTILE in office.run("show", office.numbered(HOSTILE)).out
    assert "v.mp4" in office.run("show", office.numbered("Doscientos megas")).out
    assert office.sync()["acme", "correo"]["new"] == 0


def test_a_folder_whose_name_is_broken_keeps_nobody_from_the_others(tmp_path: Path) -> None:
    office = Office(tmp_path / "home")
    broken = edited(lambda lines: [b'* LIST () "/" "&AAA"\r\n', b'* LIST () "/" "&\xff-"\r\n',
                                   *lines])  # fmt: skip
    server = Server(boxes={"INBOX": Box.of(3)}, point="list", fault=broken)
    with server.running():
        office.mailbox("acme", "correo", port=server.port, user="a@x.test",
                       password=f'"{SECRET}"', folders='["*"]', since='"all"')  # fmt: skip
        report = office.sync()["acme", "correo"]
        assert (report["state"], report["new"]) == ("ok", 3)
        assert office.sync()["acme", "correo"]["new"] == 0
    assert [title for _, title in office.titles()] == ["carta 1", "carta 2", "carta 3"]


def test_what_is_kept_though_it_seems_to_have_vanished_is_said_as_long_as_it_is(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    office = Office(tmp_path / "home")
    user = dovecot.new_user("v")
    dovecot.deliver(user, [letter(n, f"Asunto {n}") for n in range(12)])
    office.mailbox("acme", "correo", port=dovecot.imap, user=user,
                   password=f'"{dovecot.password(user)}"')  # fmt: skip
    office.sync()
    with dovecot.session(user) as session:
        session.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)")
        session.expunge()
    for _ in range(3):
        office.sync()
        assert "12 entries" in " ".join(office.status()["acme", "correo"]["notices"])
    assert len(office.titles()) == 12
    dovecot.deliver(user, [letter(n, f"Nuevo {n}") for n in range(20, 33)])
    office.sync()
    office.sync()
    assert office.status()["acme", "correo"]["notices"] == []
    assert {title.split()[0] for _, title in office.titles()} == {"Nuevo"}


def test_the_wrong_account_closes_nothing_and_is_said_till_the_right_one_is_back(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    office = Office(tmp_path / "home")
    right, wrong = dovecot.new_user("r"), dovecot.new_user("w")
    dovecot.deliver(right, [letter(f"r{n}", f"Suyo {n}") for n in range(8)])
    dovecot.deliver(wrong, [letter(f"w{n}", f"Ajeno {n}") for n in range(9)])

    def connect(user: str) -> None:
        office.mailbox("acme", "correo", port=dovecot.imap, user=user,
                       password=f'"{dovecot.password(user)}"')  # fmt: skip
        office.sync()

    connect(right)
    time.sleep(1.1)  # Dovecot's UIDVALIDITY is a clock of whole seconds
    connect(wrong)
    for _ in range(2):
        assert "8 entries" in " ".join(office.status()["acme", "correo"]["notices"])
        office.sync()
    assert len([title for _, title in office.titles() if "Suyo" in title]) == 8
    connect(right)
    office.sync()
    (notice,) = office.status()["acme", "correo"]["notices"]
    assert "9 entries" in notice


def test_a_mailbox_that_falls_silent_is_given_up_and_keeps_its_items(
    hung: tuple[Office, subprocess.Popen[str]],
) -> None:
    office, process = hung
    out, err = process.communicate(timeout=110)
    ended = Ended(process.returncode, out, err)
    reports = {one["client"]: one for one in ended.json["channels"]}
    assert ended.code == 1, ended
    assert (reports["well"]["state"], reports["well"]["new"]) == ("ok", 0)
    assert reports["hangs"]["state"] == "later"
    assert "127.0.0.1" in reports["hangs"]["error"]
    assert [title for _, title in office.titles("client:hangs")] == [
        "carta 1",
        "carta 2",
        "carta 3",
    ]
    told = office.status()["hangs", "correo"]
    assert (told["state"], told["failures"]) == ("later", 1)
    assert told["last_success"] is not None
