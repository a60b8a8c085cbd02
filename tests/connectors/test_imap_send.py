"""An answer from a mailbox, by a real SMTP server into a real IMAP one: sent once or surely not,
its copy kept once, and whatever goes wrong said.
"""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import trustme

from connectors.base import Receipt, Secret
from connectors.errors import (
    AskError,
    AuthError,
    ConfigError,
    ConnectorError,
    InDoubtError,
    RefusedError,
    UnavailableError,
)
from connectors.imap import ImapConnector
from connectors.imap_session import ImapConfig, relay_of
from connectors.imap_stream import Limits, Stream
from connectors.smtp import Post
from normalizer.actions import Comment, Enclosure, Mail
from normalizer.model import Ref
from tests.servers.dovecot import CONDSTORE, PLAIN, RICH, Dovecot
from tests.servers.smtp import CUT, HANG, HANG_UP, Letter, Smtp, serving

ANA = "ana@acme.example"
LETTER = b"Subject: x\r\n\r\nx\r\n"
QUICK = Limits(connect=2, read=5, command=10)


class Desk:
    """A mailbox, the server that its mail goes out by, and a connector for both."""

    def __init__(self, dovecot: Dovecot, smtp: Smtp) -> None:
        self.dovecot, self.smtp = dovecot, smtp
        self.user = dovecot.new_user("lola")
        self.secret = dovecot.password(self.user)
        smtp.accounts[self.user] = self.secret
        self.made: list[ImapConnector] = []

    def connector(self, deadline: float = 10.0, **settings: Any) -> ImapConnector:
        given: dict[str, Any] = {
            "host": RICH, "port": self.dovecot.imap, "tls": "none", "user": self.user,
            "password": Secret(lambda: self.secret), "write": "comment", "smtp_host": "127.0.0.1",
            "smtp_port": self.smtp.port, "smtp_tls": "none", "sender": f"Lola <{self.user}>",
        }  # fmt: skip
        config = ImapConfig(**given | settings)
        made = ImapConnector(config, limits=QUICK)
        if config.smtp_host:
            made._post = Post(relay_of(config), deadline=deadline)
        self.made.append(made)
        return made

    def mail(self, **more: Any) -> Mail:
        name = uuid.uuid4()
        return Mail(
            **{
                "ref": Ref("mail", "x"), "id": name, "sender": f"Lola <{self.user}>",
                "to": (f"Ana Muñoz <{ANA}>",), "subject": "Re: Web", "text": "Va\n.mañana\n.",
                "message_id": f"{name}@test.local", **more,
            }
        )  # fmt: skip

    def copies(self) -> list[bytes]:
        with self.dovecot.session(self.user, "Sent") as session:
            _, found = session.search(None, "ALL")
            return [session.fetch(one, "(RFC822)")[1][0][1] for one in found[0].split()]  # type: ignore[index,misc]


@pytest.fixture
def smtp() -> Iterator[Smtp]:
    with serving() as server:
        yield server


@pytest.fixture
def desk(dovecot: Dovecot, smtp: Smtp) -> Iterator[Desk]:
    desk = Desk(dovecot, smtp)
    yield desk
    for one in desk.made:
        one.close()


def file(content: bytes, name: str = "plan.pdf") -> Enclosure:
    return Enclosure(
        name=name, media_type="text/csv" if name.endswith("csv") else "application/pdf",
        sha256=hashlib.sha256(content).hexdigest(), size=len(content), content=content,
    )  # fmt: skip


def again(mail: Mail, *, doubted: bool = True) -> Mail:
    return replace(mail, decided_at=datetime.now(UTC), doubted=doubted)


@pytest.mark.parametrize("host", [RICH, CONDSTORE, PLAIN])
def test_what_is_sent_and_what_is_kept_are_the_same_bytes_and_a_second_push_sends_nothing(
    desk: Desk, host: str
) -> None:
    connector, mail = desk.connector(host=host), desk.mail()
    assert connector.push(mail) == Receipt("mail", mail.message_id)
    (taken,) = desk.smtp.taken
    (copy,) = desk.copies()
    assert taken.recipients == (ANA,)
    assert taken.sender == desk.user
    assert taken.data.splitlines() == copy.splitlines()
    for one in (again(mail), again(mail, doubted=False)):
        assert connector.push(one) == Receipt("mail", mail.message_id)
    assert desk.connector(host=host).push(again(mail)) == Receipt("mail", mail.message_id)
    assert (len(desk.smtp.taken), len(desk.copies())) == (1, 1)


@pytest.mark.parametrize("sent", ["", "server"])
def test_a_copy_that_the_server_keeps_itself_is_the_only_one_and_settles_a_doubt(
    desk: Desk, sent: str
) -> None:
    def keep(mail: Letter) -> None:
        desk.dovecot.deliver(desk.user, [mail.data], folder="Sent", flags="S")

    desk.smtp.deliver = keep
    connector, mail = desk.connector(sent=sent), desk.mail()
    connector.push(mail)
    assert len(desk.copies()) == 1
    desk.smtp.plan[".."] = [HANG_UP]
    second = desk.mail()
    with pytest.raises(InDoubtError):
        connector.push(second)
    assert connector.push(again(second)) == Receipt("mail", second.message_id)
    assert (len(desk.smtp.taken), len(desk.copies())) == (2, 2)


def test_a_doubt_without_a_copy_is_hers_to_settle_and_her_no_sends_it(desk: Desk) -> None:
    connector, mail = desk.connector(), desk.mail()
    desk.smtp.plan["."] = [HANG_UP]
    with pytest.raises(InDoubtError):
        connector.push(mail)
    with pytest.raises(AskError, match="Sent"):
        connector.push(again(mail))
    assert desk.smtp.taken == []
    connector.push(again(mail, doubted=False))
    assert (len(desk.smtp.taken), len(desk.copies())) == (1, 1)


def test_a_doubt_is_looked_into_though_the_settings_would_no_longer_send_it(desk: Desk) -> None:
    """Told that nothing was sent, she would write it again, and they would have it twice."""
    mail = desk.mail(files=(file(b"x"),))
    connector = desk.connector(sender="Lola <otra@acme.example>")
    gone = replace(mail, files=(replace(mail.files[0], content=None),))
    for one in (mail, gone):
        with pytest.raises(AskError, match="Sent"):
            connector.push(again(one))
    desk.connector().push(mail)
    for one in (mail, gone):
        assert connector.push(again(one)) == Receipt("mail", mail.message_id)
        with pytest.raises(RefusedError):
            connector.push(again(replace(one, message_id="y@x.test"), doubted=False))
    assert (len(desk.smtp.taken), len(desk.copies())) == (1, 1)


FAULTS: dict[str, tuple[dict[str, list[str]], type[ConnectorError], str]] = {
    "busy at EHLO": ({"EHLO": ["421 later"]}, UnavailableError, "not take"),
    "hangs up at EHLO": ({"EHLO": [HANG_UP]}, UnavailableError, "not"),
    "never answers": ({"EHLO": [HANG]}, UnavailableError, "in time"),
    "sender greylisted": ({"MAIL": ["451 4.7.1 greylisted"]}, UnavailableError, "greylisted"),
    "sender refused": ({"MAIL": ["550 5.1.0 not yours"]}, RefusedError, "not yours"),
    "sign-in wanted": ({"MAIL": ["530 5.7.0 sign in"]}, AuthError, "sign in"),
    "over quota": ({"MAIL": ["452 4.2.2 full"]}, UnavailableError, "full"),
    "nobody there": ({"RCPT": ["550 5.1.1 nobody"]}, RefusedError, ANA),
    "recipient later": ({"RCPT": ["450 4.2.1 busy"]}, UnavailableError, ANA),
    "not now at DATA": ({"DATA": ["451 4.3.0 not now"]}, UnavailableError, "not now"),
    "never at DATA": ({"DATA": ["554 5.7.1 never"]}, RefusedError, "never"),
    "nothing at DATA": ({"DATA": [HANG]}, UnavailableError, "in time"),
    "hangs up at DATA": ({"DATA": [HANG_UP]}, UnavailableError, "not"),
    "nothing at MAIL": ({"MAIL": [HANG]}, UnavailableError, "in time"),
    "nothing at RCPT": ({"RCPT": [HANG]}, UnavailableError, "in time"),
    "hangs up at RCPT": ({"RCPT": [HANG_UP]}, UnavailableError, "not"),
    "content refused": ({".": ["554 5.7.1 spam"]}, RefusedError, "spam"),
    "content later": ({".": ["451 4.3.0 try later"]}, UnavailableError, "try later"),
    "hangs up before it takes it": ({".": [HANG_UP]}, InDoubtError, "did not say"),
    "never says whether": ({"..": [HANG]}, InDoubtError, "did not say"),
    "says nonsense at the end": ({"..": ["999 what"]}, InDoubtError, "did not say"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_sorted_by_whether_the_mail_may_have_gone(desk: Desk, fault: str) -> None:
    plan, kind, said = FAULTS[fault]
    desk.smtp.plan.update({key: list(value) for key, value in plan.items()})
    connector, mail = desk.connector(deadline=0.6), desk.mail()
    with pytest.raises(kind, match=said) as caught:
        connector.push(mail)
    assert type(caught.value) is kind
    assert desk.secret not in caught.value.said.text()
    taken = len(desk.smtp.taken)
    assert taken == (1 if ".." in plan else 0)
    if kind is not InDoubtError:
        connector.push(again(mail, doubted=False))
        assert (len(desk.smtp.taken), len(desk.copies())) == (1, 1)


def test_a_mail_that_is_cut_off_in_its_middle_surely_did_not_go_and_goes_again(desk: Desk) -> None:
    desk.smtp.plan["DATA"] = [CUT]
    connector, mail = desk.connector(), desk.mail(files=(file(os.urandom(8 << 20)),))
    with pytest.raises(UnavailableError) as caught:
        connector.push(mail)
    assert type(caught.value) is UnavailableError
    connector.push(again(mail, doubted=False))
    assert (len(desk.smtp.taken), len(desk.copies())) == (1, 1)
    assert desk.smtp.verbs.count("DATA") == 1


def test_files_arrive_byte_for_byte_and_the_copy_has_them_too(desk: Desk) -> None:
    given = {
        "Año 2026, «plan».pdf": b"%PDF-1.7\r\n.\r\n\x00\xff", "lista.csv": b"a;b\n.\r\n..\r1;\xf1",
        "vacío.txt": b"",
    }  # fmt: skip
    mail = desk.mail(files=tuple(file(content, name) for name, content in given.items()))
    desk.connector().push(mail)
    for raw in (desk.smtp.taken[0].data, desk.copies()[0]):
        read = message_from_bytes(raw, policy=policy.default)
        found = {
            one.get_filename(): one.get_payload(decode=True) for one in read.iter_attachments()
        }
        assert found == given
        body = read.get_body()
        assert body is not None
        assert body.get_content().split() == mail.text.split()


def test_a_file_whose_content_is_gone_stops_the_mail_before_anything_is_dialled(
    desk: Desk,
) -> None:
    gone = replace(file(b"x", "../plan.pdf"), content=None)
    with pytest.raises(RefusedError, match=r"in plan\.pdf .* attach") as caught:
        desk.connector().push(desk.mail(files=(gone,)))
    assert ".." not in caught.value.said.text()
    assert desk.smtp.connections == 0


def test_where_one_of_several_recipients_is_refused_nobody_gets_it(desk: Desk) -> None:
    desk.smtp.plan["RCPT bea@acme.example"] = ["550 5.1.1 nobody"]
    with pytest.raises(RefusedError, match=r"bea@acme\.example"):
        desk.connector().push(desk.mail(to=(ANA, "bea@acme.example")))
    assert desk.smtp.taken == []
    assert desk.copies() == []


def test_a_mail_larger_than_the_server_takes_is_refused_before_it_is_sent(
    dovecot: Dovecot,
) -> None:
    with serving(data_size_limit=2_000) as smtp:
        desk = Desk(dovecot, smtp)
        connector = desk.connector()
        with pytest.raises(RefusedError, match="2000 bytes"):
            connector.push(desk.mail(text="mucho " * 1000))
        connector.close()
    assert "MAIL" not in smtp.verbs


def test_a_wrong_password_is_said_once_and_no_secret_with_it(desk: Desk) -> None:
    desk.smtp.accounts[desk.user] = "another"
    with pytest.raises(AuthError, match="smtp_password") as caught:
        desk.connector().push(desk.mail())
    told = repr(caught.value) + caught.value.said.text()
    spelt = base64.b64encode(f"\0{desk.user}\0{desk.secret}".encode()).decode()
    assert desk.secret not in told
    assert spelt not in told
    assert told.count("•••") >= 2
    assert [one for one in desk.smtp.verbs if one.startswith("AUTH")] == ["AUTH PLAIN"]


def test_a_token_signs_in_as_google_and_microsoft_want_it(desk: Desk) -> None:
    desk.smtp.tokens[desk.user] = "ya29.token"
    relay = relay_of(desk.connector()._config)
    for token in ("ya29.token", "ya29.stale"):
        post = Post(replace(relay, password=None, token=Secret(lambda token=token: token)))  # type: ignore[misc]
        if token == "ya29.token":
            post.send(desk.user, (ANA,), LETTER)
            continue
        with pytest.raises(AuthError, match="access token") as caught:
            post.send(desk.user, (ANA,), LETTER)
        assert token not in caught.value.said.text()
    assert len(desk.smtp.taken) == 1


def test_a_copy_that_cannot_be_kept_is_no_reason_to_send_again(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    connector, mail = desk.connector(), desk.mail()

    def cut(_: Letter) -> None:
        assert connector._wire is not None
        connector._wire.close()
        desk.secret = "changed meanwhile"

    desk.smtp.deliver = cut
    assert connector.push(mail) == Receipt("mail", mail.message_id)
    assert "copy" in caplog.text
    assert len(desk.smtp.taken) == 1


def test_what_may_not_be_sent_reaches_no_server(desk: Desk) -> None:
    silent = desk.connector(write="no", smtp_host="")
    with pytest.raises(RefusedError, match="write"):
        silent.push(desk.mail())
    with pytest.raises(RefusedError, match="mail is sent"):
        desk.connector().push(Comment(ref=Ref("mail", "x"), text="hola"))
    with pytest.raises(RefusedError, match="no longer an address"):
        desk.connector().push(desk.mail(sender="bea@acme.example"))
    for odd in ("ana", "a b@c.example", "a@c.example>\r\nRCPT TO:<b@c.example", ""):
        with pytest.raises(RefusedError, match="address"):
            desk.connector().push(desk.mail(to=(odd,)))
    with pytest.raises(ConfigError, match="sent"):
        desk.connector(sent="Gesendet").push(desk.mail())
    assert desk.smtp.connections == 0


def test_closing_ends_what_is_being_sent(desk: Desk) -> None:
    desk.smtp.plan[".."] = [HANG]
    connector = desk.connector(deadline=60)
    timer = threading.Timer(0.5, connector.close)
    timer.start()
    with pytest.raises(InDoubtError):
        connector.push(desk.mail())
    timer.join()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def _context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.mark.parametrize("how", ["tls", "starttls"])
@pytest.mark.parametrize(
    "of",
    [
        ("127.0.0.1", True, ""),
        ("another.example", True, "proves to be another"),
        ("127.0.0.1", False, "Nobody this computer trusts"),
    ],
    ids=["sound", "of another", "of nobody"],
)
def test_the_servers_certificate_is_always_verified(
    dovecot: Dovecot, authority: trustme.CA, tmp_path: Path, how: str, of: tuple[str, bool, str]
) -> None:
    name, trusting, said = of
    ca_file = tmp_path / "ca.pem"
    (authority if trusting else trustme.CA()).cert_pem.write_to_path(ca_file)
    with serving(**{how: _context(authority, name)}) as smtp:
        desk = Desk(dovecot, smtp)
        connector = desk.connector(smtp_tls=how, ca_file=str(ca_file))
        if said:
            with pytest.raises(UnavailableError, match=said):
                connector.push(desk.mail())
        else:
            connector.push(desk.mail())
        connector.close()
    assert len(smtp.taken) == (0 if said else 1)
    assert said == "" or not [one for one in smtp.verbs if one != "EHLO"]


def test_without_starttls_no_password_is_sent(desk: Desk) -> None:
    with pytest.raises(UnavailableError, match="no private connection"):
        desk.connector(smtp_tls="starttls").push(desk.mail())
    assert not [one for one in desk.smtp.verbs if one != "EHLO"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"smtp_host": ""}, "smtp_host"),
        ({"sender": "Lola"}, "sender"),
        ({"sender": "", "user": "lola"}, "sender"),
    ],
)
def test_settings_that_cannot_send_are_said_when_they_are_read(
    settings: dict[str, str], said: str
) -> None:
    given: dict[str, Any] = {"host": "h.example", "user": "l@h.example", "smtp_host": "s.example"}
    with pytest.raises(ConfigError, match=said):
        ImapConfig(**{**given, **settings}, write="comment")


def test_without_tls_mail_goes_to_this_computer_only(dovecot: Dovecot) -> None:
    config = ImapConfig(
        host=RICH, port=dovecot.imap, tls="none", user="lola@test.local", write="all",
        smtp_host="mail.example", smtp_tls="none", password=Secret(lambda: "secret-lola"),
    )  # fmt: skip
    connector = ImapConnector(config, limits=QUICK)
    with pytest.raises(ConfigError, match="smtp_tls"):
        connector._posting()


def test_a_copy_has_the_time_that_it_takes_as_long_as_it_moves() -> None:
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    stream = Stream.__new__(Stream)
    stream.limits, stream.sock = Limits(read=0.2, command=5), ours
    literal, got = os.urandom(1 << 20), bytearray()

    def slowly() -> None:
        while len(got) < len(literal) + 2:
            time.sleep(0.03)
            got.extend(theirs.recv(1 << 16))

    with ours, theirs:
        reader = threading.Thread(target=slowly)
        reader.start()
        began = time.monotonic()
        stream.give(literal)
        assert time.monotonic() - began > stream.limits.read
        reader.join(5)
        assert got == literal + b"\r\n"
        with pytest.raises(TimeoutError):
            stream.give(literal)
