"""TLS and proxies: whom the transport trusts, and what it says where it does not."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from connectors import testing_faults as http_faults
from connectors.errors import ConfigError, InDoubtError, UnavailableError
from connectors.http import Http, Timing
from connectors.http_limits import Limits
from connectors.http_rules import HttpConfig
from tests.servers.http_raw import GOOD, Proxy, RawServer, headers

TOKEN = "TOKEN-5e2a77-of-nobody-else"
TODAY = datetime.now(UTC)
QUICK = Timing(deadline=5.0)

Connect = Callable[..., Http]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Make the transport of an account."""
    made: list[Http] = []

    def connect(origin: str, ca_file: Path | str = "", **more: Any) -> Http:
        config = HttpConfig(base_url=origin, ca_file=str(ca_file), write="all", **more)
        credentials = {"Authorization": f"Bearer {TOKEN}"}
        made.append(Http(config, headers=lambda: credentials, limits=Limits([]), timing=QUICK))
        return made[-1]

    yield connect
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return tmp_path / "ca.pem"


def secured(certificate: trustme.LeafCert) -> RawServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return RawServer(tls=context)


def self_signed(where: Path) -> trustme.LeafCert:
    """Make a certificate that vouches for itself: an authority's own, served as it is."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(where)
    pem = authority.cert_pem.bytes()
    return trustme.LeafCert(authority.private_key_pem.bytes(), pem, [])


def test_a_server_vouched_for_by_the_named_file_is_trusted(
    connect: Connect, authority: trustme.CA, ca_file: Path
) -> None:
    with secured(authority.issue_cert("127.0.0.1")).running() as server:
        assert connect(server.origin, ca_file).get("/a").body == GOOD
        assert headers(server.heard[0])["authorization"] == f"Bearer {TOKEN}"


CERTIFICATES: dict[str, tuple[Callable[[trustme.CA, Path], trustme.LeafCert], str]] = {
    "expired (T1)": (
        lambda ca, _: ca.issue_cert(
            "127.0.0.1", not_before=TODAY - timedelta(9), not_after=TODAY - timedelta(1)
        ),
        "has expired. Its owner must renew it",
    ),
    "not yet valid (T2)": (
        lambda ca, _: ca.issue_cert(
            "127.0.0.1", not_before=TODAY + timedelta(1), not_after=TODAY + timedelta(9)
        ),
        "not valid yet. Check the clock",
    ),
    "another host's (T3)": (
        lambda ca, _: ca.issue_cert("other.test"),
        r'proves to be another .*127\.0\.0\.1.*Check the setting "base_url"',
    ),
    "an unknown authority's (T4)": (
        lambda ca, _: trustme.CA().issue_cert("127.0.0.1"),
        'name the file in "ca_file"',
    ),
    "self-signed (T4)": (
        lambda ca, path: self_signed(path),
        'name the file in "ca_file"',
    ),
}


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_bad_certificate_stops_us_and_says_what_to_do(
    connect: Connect, authority: trustme.CA, ca_file: Path, tmp_path: Path, name: str
) -> None:
    make, words = CERTIFICATES[name]
    with secured(make(authority, tmp_path / "self.pem")).running() as server:
        with pytest.raises(UnavailableError, match=words) as caught:
            connect(server.origin, ca_file).send("POST", "/a", body={})
        assert not isinstance(caught.value, InDoubtError)
    assert server.heard == []


def test_an_authority_of_the_system_is_trusted_where_no_file_is_named(
    connect: Connect, authority: trustme.CA, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not where one is: the setting pins."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    trustme.CA().cert_pem.write_to_path(ca_file.with_name("other.pem"))
    with secured(authority.issue_cert("127.0.0.1")).running() as server:
        assert connect(server.origin).get("/a").body == GOOD
        with pytest.raises(UnavailableError, match="ca_file"):
            connect(server.origin, ca_file.with_name("other.pem")).get("/a")


def test_a_file_elsewhere_is_not_vouched_for_by_the_apis_own_certificate(
    connect: Connect, authority: trustme.CA, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with secured(authority.issue_cert("127.0.0.1")).running() as server:
        with pytest.raises(UnavailableError, match="vouches"):
            list(connect(server.origin, ca_file).fetch(f"{server.origin}/x"))
        assert server.heard == []
        monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
        assert b"".join(connect(server.origin, ca_file).fetch(f"{server.origin}/x")) == GOOD
        assert TOKEN.encode() not in server.heard[0]


def test_an_old_tls_is_refused(connect: Connect, authority: trustme.CA, ca_file: Path) -> None:
    server = secured(authority.issue_cert("127.0.0.1"))
    assert server.tls is not None
    server.tls.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        server.tls.minimum_version = ssl.TLSVersion.TLSv1
        server.tls.maximum_version = ssl.TLSVersion.TLSv1_1
    with server.running(), pytest.raises(UnavailableError, match="No private connection"):
        connect(server.origin, ca_file).get("/a")


@pytest.mark.parametrize("name", ["the banner of another protocol (N12)", "closes without an"])
def test_plain_text_on_the_tls_port_points_at_the_setting(
    connect: Connect, ca_file: Path, name: str
) -> None:
    """What a mail or a web server without TLS says to a handshake, or that it says nothing."""
    (fault,) = [http_faults.FAULTS[one] for one in http_faults.FAULTS if one.startswith(name)]

    class Plain(RawServer):
        def _serve(self, peer: Any) -> None:
            peer.recv(64)
            fault(peer, GOOD)
            peer.close()

    with Plain().running() as server, pytest.raises(UnavailableError) as caught:
        connect(f"https://127.0.0.1:{server.port}", ca_file).send("POST", "/a")
    assert not isinstance(caught.value, InDoubtError)
    if "banner" in name:
        assert "base_url" in str(caught.value)


def test_a_certificate_file_that_is_none_is_named(connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("hola")
    with pytest.raises(ConfigError, match=r"x\.pem"):
        connect("https://api.example", tmp_path / "x.pem").get("/a")


def test_a_fault_within_tls_has_the_outcome_it_has_without(
    connect: Connect, authority: trustme.CA, ca_file: Path
) -> None:
    with secured(authority.issue_cert("127.0.0.1")).running() as server:
        for name, kind in (
            ("resets inside the body (N6)", InDoubtError),
            ("closes without an answer (N5)", InDoubtError),
            ("two lengths (N12)", InDoubtError),
        ):
            server.fault = http_faults.FAULTS[name]
            http = connect(server.origin, ca_file)
            with pytest.raises(UnavailableError) as caught:
                http.get("/a").json(dict)
            assert type(caught.value) is UnavailableError
            with pytest.raises(kind):
                http.send("POST", "/a").json(dict)


# Proxies.


def test_a_proxy_that_is_configured_is_gone_through_and_sees_no_credential(
    connect: Connect, authority: trustme.CA, ca_file: Path
) -> None:
    with (
        secured(authority.issue_cert("api.example")).running() as server,
        Proxy(target=server.port).running() as proxy,
    ):
        http = connect("https://api.example", ca_file, proxy=f"http://127.0.0.1:{proxy.port}")
        assert http.get("/a").body == GOOD
        http.close()
        (seen,) = proxy.heard
        assert seen.startswith(b"CONNECT api.example:443 HTTP/1.1\r\n")
        assert TOKEN.encode() not in seen
        assert headers(server.heard[0])["authorization"] == f"Bearer {TOKEN}"


def test_a_plain_proxy_of_this_computer_is_gone_through(connect: Connect) -> None:
    with RawServer().running() as server, Proxy(target=server.port).running() as proxy:
        http = connect(server.origin, proxy=f"http://127.0.0.1:{proxy.port}")
        assert http.get("/a").body == GOOD
        assert proxy.heard[0].startswith(f"GET {server.origin}/a ".encode())


def test_a_file_is_fetched_through_the_proxy_too(
    connect: Connect, authority: trustme.CA, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name is the proxy's to look up; an address that is private stays refused."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    with (
        secured(authority.issue_cert("files.example")).running() as server,
        Proxy(target=server.port).running() as proxy,
    ):
        http = connect("https://api.example", proxy=f"http://127.0.0.1:{proxy.port}")
        assert b"".join(http.fetch("https://files.example/x")) == GOOD
        with pytest.raises(Exception, match="fetches nothing"):
            list(http.fetch("https://10.0.0.1/x"))
        assert len(proxy.heard) == 1


def test_a_proxy_that_is_dead_is_named_and_nothing_goes_round_it(connect: Connect) -> None:
    with RawServer().running() as other:
        dead = other.origin
    with RawServer().running() as server:
        with pytest.raises(UnavailableError, match=f'{dead}.*"proxy"') as caught:
            connect(server.origin, proxy=dead).send("POST", "/a")
        assert not isinstance(caught.value, InDoubtError)
        assert server.connections == 0


def test_a_proxy_that_refuses_is_named(connect: Connect, ca_file: Path) -> None:
    with Proxy(refuse=True).running() as proxy:
        http = connect("https://api.example", ca_file, proxy=f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(UnavailableError, match='"proxy"') as caught:
            http.send("POST", "/a")
    assert not isinstance(caught.value, InDoubtError)


def test_a_server_behind_a_proxy_is_itself_to_blame_for_its_certificate(
    connect: Connect, authority: trustme.CA, ca_file: Path
) -> None:
    with (
        secured(authority.issue_cert("other.test")).running() as server,
        Proxy(target=server.port).running() as proxy,
    ):
        http = connect("https://api.example", ca_file, proxy=f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(UnavailableError, match=r"api\.example proves to be another"):
            http.get("/a")


@pytest.mark.parametrize(
    "proxy",
    [
        "http://ana:secret@127.0.0.1:8080",
        "127.0.0.1:8080",
        "socks5://127.0.0.1:1080",
        "http://127.0.0.1",
        "http://127.0.0.1:8080/x",
    ],
)
def test_a_proxy_that_is_none_is_refused(proxy: str) -> None:
    with pytest.raises(ConfigError, match="proxy") as caught:
        HttpConfig(base_url="https://api.example", proxy=proxy)
    assert "secret" not in str(caught.value)


def test_what_is_plain_leaves_this_computer_by_no_proxy() -> None:
    with pytest.raises(ConfigError, match="proxy"):
        HttpConfig(base_url="http://127.0.0.1:1/1", proxy="http://10.0.0.1:8080")
