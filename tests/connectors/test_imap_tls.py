from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from connectors.base import Secret
from connectors.errors import AuthError, ConfigError, UnavailableError
from connectors.imap import ImapConnector
from connectors.imap_session import ImapConfig
from connectors.imap_stream import Limits
from tests.servers.dovecot import PLAIN, RICH, Dovecot
from tests.servers.imap_faults import said
from tests.servers.imap_server import RICH as ABLE
from tests.servers.imap_server import SECRET, Box, Gone, Server, Talk

QUICK = Limits(connect=1, read=1, command=2)
TODAY = datetime.now(UTC)


def connector(
    port: int, *, tls: str = "tls", ca_file: Path | str = "", host: str = "127.0.0.1"
) -> ImapConnector:
    config = ImapConfig(
        host=host,
        port=port,
        user="ana@test.local",
        tls=tls,  # type: ignore[arg-type]  # parametrised
        password=Secret(lambda: "secret-ana"),
        ca_file=str(ca_file),
    )
    return ImapConnector(config, limits=QUICK)


@contextlib.contextmanager
def serving(certificate: trustme.LeafCert | None, **more: object) -> Iterator[Server]:
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
    with Server(boxes={"INBOX": Box.of(1)}, tls=context, **more).running() as server:  # type: ignore[arg-type]
        yield server


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return tmp_path / "ca.pem"


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_a_server_vouched_for_by_the_named_file_is_trusted(dovecot: Dovecot, tls: str) -> None:
    port = dovecot.imaps if tls == "tls" else dovecot.imap
    mailbox = connector(port, tls=tls, ca_file=dovecot.ca_file)
    assert mailbox.check().name == "ana@test.local"
    mailbox.close()


@pytest.mark.parametrize("host", [RICH, PLAIN])
def test_a_wrong_password_is_said_to_be_one(dovecot: Dovecot, host: str) -> None:
    config = ImapConfig(
        host=host, port=dovecot.imap, tls="none", user="ana", password=Secret(lambda: SECRET)
    )
    with pytest.raises(AuthError) as caught:
        ImapConnector(config, limits=Limits()).check()
    assert SECRET not in repr(caught.value)


CERTIFICATES: dict[str, tuple[Callable[[trustme.CA], trustme.LeafCert], str]] = {
    "expired": (
        lambda ca: ca.issue_cert(
            "127.0.0.1", not_before=TODAY - timedelta(9), not_after=TODAY - timedelta(1)
        ),
        "expired",
    ),
    "not yet valid": (
        lambda ca: ca.issue_cert(
            "127.0.0.1", not_before=TODAY + timedelta(1), not_after=TODAY + timedelta(9)
        ),
        "clock",
    ),
    "another host's": (lambda ca: ca.issue_cert("other.test"), "host"),
    "an unknown authority's": (lambda _: trustme.CA().issue_cert("127.0.0.1"), "ca_file"),
}


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_bad_certificate_stops_us_and_says_what_to_do(
    authority: trustme.CA, ca_file: Path, name: str
) -> None:
    make, word = CERTIFICATES[name]
    with serving(make(authority)) as server:
        with pytest.raises(UnavailableError, match=word):
            connector(server.port, ca_file=ca_file).check()
        assert not server.commands


def test_an_authority_of_the_system_is_not_enough_where_a_file_is_named(
    authority: trustme.CA, tmp_path: Path
) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    certificate = authority.issue_cert("127.0.0.1")
    with serving(certificate) as server, pytest.raises(UnavailableError, match="ca_file"):
        connector(server.port, ca_file=tmp_path / "other.pem").check()


def test_an_old_tls_is_refused(authority: trustme.CA, ca_file: Path) -> None:
    with serving(authority.issue_cert("127.0.0.1")) as server:
        assert server.tls is not None
        server.tls.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            server.tls.minimum_version = ssl.TLSVersion.TLSv1
            server.tls.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(UnavailableError, match="private connection"):
            connector(server.port, ca_file=ca_file).check()


def test_plain_text_on_the_tls_port_points_at_the_setting(ca_file: Path) -> None:
    with serving(None) as server, pytest.raises(UnavailableError, match='"tls"'):
        connector(server.port, ca_file=ca_file).check()


def test_starttls_taken_away_stops_us(ca_file: Path) -> None:
    with serving(None, capabilities=ABLE) as server:
        with pytest.raises(UnavailableError, match="no private connection"):
            connector(server.port, tls="starttls", ca_file=ca_file).check()
        assert not [one for one in server.commands if "LOGIN" in one or "AUTH" in one]


@pytest.mark.parametrize("answer", [b" NO not today\r\n", b" BAD what\r\n", b" OK\r\n"])
def test_starttls_refused_or_faked_stops_us(ca_file: Path, answer: bytes) -> None:
    def fault(talk: Talk, tag: str, _: list[bytes]) -> None:
        talk.say(tag.encode() + answer)
        raise Gone

    with serving(None, capabilities=f"{ABLE} STARTTLS") as server:
        server.misbehave("starttls", fault)
        with pytest.raises(UnavailableError):
            connector(server.port, tls="starttls", ca_file=ca_file).check()
        assert not [one for one in server.commands if "LOGIN" in one or "AUTHEN" in one]


def test_what_was_said_before_tls_is_not_taken_over(ca_file: Path) -> None:
    def fault(talk: Talk, tag: str, _: list[bytes]) -> None:
        talk.say(tag.encode() + b" OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nX OK\r\n")
        talk.hang()

    with serving(None, capabilities=f"{ABLE} STARTTLS") as server:
        server.misbehave("starttls", fault)
        with pytest.raises(UnavailableError, match="in between"):
            connector(server.port, tls="starttls", ca_file=ca_file).check()


@pytest.mark.parametrize("tls", ["tls", "starttls", "none"])
def test_preauth_is_refused_whatever_the_connection(
    authority: trustme.CA, ca_file: Path, tls: str
) -> None:
    certificate = authority.issue_cert("127.0.0.1") if tls == "tls" else None
    greeting = b"* PREAUTH hello\r\n"
    with (
        serving(certificate, greeting=greeting) as server,
        pytest.raises(UnavailableError, match="before we said"),
    ):
        connector(server.port, tls=tls, ca_file=ca_file).check()


def test_no_tls_is_for_this_computer_only() -> None:
    with pytest.raises(ConfigError, match='"tls"'):
        connector(143, tls="none", host="mail.example").check()


def test_a_certificate_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("hola")
    with pytest.raises(ConfigError, match=r"x\.pem"):
        connector(993, ca_file=tmp_path / "x.pem").check()


def with_token(server: Server) -> ImapConnector:
    config = ImapConfig(
        host="127.0.0.1",
        port=server.port,
        tls="none",
        user="ana@test.local",
        token=Secret(lambda: SECRET),
    )
    return ImapConnector(config, limits=QUICK)


@pytest.mark.parametrize(
    ("mechanism", "wanted"),
    [
        ("XOAUTH2", f"user=ana@test.local\1auth=Bearer {SECRET}\1\1"),
        ("OAUTHBEARER", f"n,a=ana@test.local,\1auth=Bearer {SECRET}\1\1"),
    ],
)
def test_a_token_goes_by_the_mechanism_the_server_announces(mechanism: str, wanted: str) -> None:
    with serving(None, capabilities=f"IMAP4rev1 AUTH={mechanism}") as server:
        mailbox = with_token(server)
        mailbox.check()
        mailbox.close()
    assert any(f"AUTHENTICATE {mechanism}" in one for one in server.commands)
    assert base64.b64decode(server.talks[0].proof).decode() == wanted


WHY = b"+ eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIn0=\r\n"


@pytest.mark.parametrize(
    ("mechanism", "answer"), [("XOAUTH2", b"\r\n"), ("OAUTHBEARER", b"AQ==\r\n")]
)
@pytest.mark.parametrize("verdict", [b"NO [AUTHENTICATIONFAILED] Invalid", b"NO no", b"BAD no"])
def test_a_token_that_is_refused_is_never_sent_twice_and_she_is_told_to_renew_it(
    mechanism: str, answer: bytes, verdict: bytes
) -> None:
    heard: list[bytes] = []

    def refuse(talk: Talk, tag: str, _: list[bytes]) -> None:
        talk.say(WHY)
        with talk.peer.makefile("rb") as lines:
            heard.append(lines.readline())
        talk.say(tag.encode() + b" " + verdict + b"\r\n")

    with serving(None, capabilities=f"IMAP4rev1 AUTH={mechanism}") as server:
        server.misbehave("login", refuse)
        with pytest.raises(AuthError, match=r"access token.*new one") as caught:
            with_token(server).check()
    assert heard == [answer]
    assert SECRET not in str(caught.value)


def test_a_server_that_is_busy_says_nothing_of_the_token() -> None:
    with serving(None, capabilities="IMAP4rev1 AUTH=XOAUTH2") as server:
        server.misbehave("login", said(b"T NO [UNAVAILABLE] Later\r\n"))
        with pytest.raises(UnavailableError, match="patience"):
            with_token(server).check()


def test_a_user_name_with_a_line_end_never_becomes_a_command() -> None:
    with serving(None, capabilities="IMAP4rev1") as server:
        config = ImapConfig(
            host="127.0.0.1",
            port=server.port,
            tls="none",
            user="ana\r\nX1 DELETE INBOX",
            password=Secret(lambda: SECRET),
        )
        with pytest.raises(ConfigError, match="control character"):
            ImapConnector(config, limits=QUICK).check()
        assert not [one for one in server.commands if "DELETE" in one]


def test_a_connection_that_nobody_accepts_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        done = threading.Event()
        with pytest.raises(UnavailableError):
            connector(silent.getsockname()[1], tls="none").wait(5, done)
