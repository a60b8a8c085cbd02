"""Files: with credentials from the API, without from anywhere else, and never from within."""

from __future__ import annotations

import gzip
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors import http
from connectors import testing_faults as http_faults
from connectors.errors import AuthError, RefusedError, UnavailableError
from connectors.http import Http, Timing
from connectors.http_limits import Limits
from connectors.http_rules import HttpConfig, is_public
from tests.servers.http_raw import RawServer, headers

TOKEN = "TOKEN-5e2a77-of-nobody-else"
FILE = bytes(range(256)) * 4096
QUICK = Timing(deadline=0.5)

Connect = Callable[..., Http]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Make the transport of an account."""
    made: list[Http] = []

    def connect(origin: str, **more: Any) -> Http:
        settings: dict[str, Any] = {"limits": Limits([]), "timing": QUICK, **more}
        credentials = {"Authorization": f"Bearer {TOKEN}"}
        made.append(Http(HttpConfig(base_url=origin), headers=lambda: credentials, **settings))
        return made[-1]

    yield connect
    for one in made:
        one.close()


def file(*more: str) -> http_faults.Fault:
    return http_faults.edited(lambda _: FILE, *more, kind="application/pdf")


def moved(to: str) -> http_faults.Fault:
    return http_faults.status(302, f"Location: {to}", body=b"")


def test_a_file_of_the_api_is_fetched_with_credentials_piece_by_piece(connect: Connect) -> None:
    with RawServer(file()).running() as server:
        pieces = list(connect(server.origin).download("/cards/5/attachments/7/download/a.pdf"))
        (heard,) = server.heard
    assert b"".join(pieces) == FILE
    assert len(pieces) > 1
    assert headers(heard)["authorization"] == f"Bearer {TOKEN}"
    assert headers(heard)["accept-encoding"] == "identity"


def test_where_the_api_points_elsewhere_no_credential_goes_along(connect: Connect) -> None:
    with RawServer(file()).running() as store, RawServer().running() as api:
        api.fault = moved(f"{store.origin}/signed?signature=sesame")
        one = connect(api.origin)
        assert b"".join(one.download("/a")) == FILE
        assert one.requests == 2
        (heard,) = store.heard
    assert b"GET /signed?signature=sesame HTTP/1.1" in heard
    assert TOKEN.encode() not in heard
    assert set(headers(heard)) == {"host", "accept", "accept-encoding", "user-agent"}


def test_where_the_api_points_to_itself_no_credential_goes_along_either(connect: Connect) -> None:
    with RawServer(moved("/b")).running() as api:
        with pytest.raises(RefusedError):
            list(connect(api.origin).download("/a"))
        assert [TOKEN.encode() in heard for heard in api.heard] == [True, False]


def test_it_follows_once(connect: Connect) -> None:
    with RawServer().running() as store:
        store.fault = moved(f"{store.origin}/on")
        with pytest.raises(RefusedError, match="fetches nothing from"):
            list(connect(store.origin).download("/a"))
        assert len(store.heard) == 2


@pytest.mark.parametrize(
    "location",
    [
        "http://files.example/x",
        "https://10.0.0.1/x",
        "file:///etc/passwd",
        "https://[::1",
        "",
        "//169.254.169.254/latest/meta-data",
        "https://ana:pass@files.example/",
        "https://files.example:0/",
        "javascript:alert(1)",
    ],
)
def test_where_the_api_points_to_no_place_for_files_nobody_goes(
    connect: Connect, location: str
) -> None:
    with RawServer(moved(location)).running() as api:
        one = connect(api.origin)
        with pytest.raises((RefusedError, UnavailableError)):
            list(one.download("/a"))
        assert (len(api.heard), one.requests) == (1, 1)


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example/x",
        "http://127.0.0.1.evil.example/x",
        "http://93.184.216.34/x",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "https://10.1.2.3/x",
        "https://192.168.1.1/",
        "https://172.16.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://[fd00::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://224.0.0.1/",
        "https://user@files.example/",
        "https://files.example:99999/",
        "https://files.example\\@10.0.0.1/",
        "https://files.example/a b",
        "https://files.example/\r\nX: y",
        "https://" + "a" * 20_000,
        "https:///x",
        "x",
        "",
    ],
)
def test_a_link_that_is_no_place_for_files_is_refused_before_anything_is_dialled(
    connect: Connect, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _never)
    one = connect("http://127.0.0.1:9")
    with pytest.raises(RefusedError, match="fetches nothing from"):
        list(one.fetch(url))
    assert one.requests == 0


def _never(*_: object, **__: object) -> Any:
    pytest.fail("a name was looked up")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "https://localhost/x", "https://[::1]/x"])
def test_this_computer_is_no_place_for_files_where_the_api_is_elsewhere(
    connect: Connect, url: str
) -> None:
    with pytest.raises(RefusedError, match="fetches nothing from"):
        list(connect("https://api.example").fetch(url))


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["93.184.216.34", "192.168.0.1"],
        ["127.0.0.1"],
        ["fd00::1"],
        ["::ffff:169.254.169.254"],
    ],
)
def test_a_name_that_leads_to_a_private_address_is_refused_before_it_is_dialled(
    connect: Connect, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(_host: object, port: int, **_: object) -> list[Any]:
        return [
            (socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port))
            for a in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(RefusedError, match=r"kept at files\.example"):
        list(connect("http://127.0.0.1:9").fetch("https://files.example/x"))


def test_a_connection_that_ends_at_a_private_address_all_the_same_is_cut(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the name is public, and something on the way leads it home."""
    with RawServer(file()).running() as within:
        public = ("93.184.216.34", 443)
        there = (socket.AF_INET, socket.SOCK_STREAM, 6, "", public)
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [there])
        guarded = socket.socket.connect

        def connect_home(self: socket.socket, address: Any) -> None:
            guarded(self, ("127.0.0.1", within.port) if address == public else address)

        monkeypatch.setattr(socket.socket, "connect", connect_home)
        with pytest.raises(RefusedError, match=r"kept at files\.example"):
            list(connect("http://127.0.0.1:9").fetch("https://files.example/x"))
        for thread in within.threads:
            thread.join()
        assert within.heard in ([], [b""])


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, RefusedError),
        (403, RefusedError),
        (404, RefusedError),
        (412, RefusedError),
        (429, UnavailableError),
        (503, UnavailableError),
    ],
)
def test_what_a_store_of_files_says_is_never_about_our_credentials(
    connect: Connect, status: int, kind: type[Exception]
) -> None:
    with RawServer(http_faults.status(status)).running() as store, pytest.raises(kind) as caught:
        list(connect("http://127.0.0.1:9").fetch(f"{store.origin}/x?signature=sesame"))
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthError), (404, RefusedError), (410, RefusedError), (500, UnavailableError)],
)
def test_what_the_api_says_of_a_file_is_said(
    connect: Connect, status: int, kind: type[Exception]
) -> None:
    with RawServer(http_faults.status(status)).running() as api, pytest.raises(kind):
        list(connect(api.origin).download("/x"))


@pytest.mark.parametrize("name", [*http_faults.NETWORK, "cut gzip", "bad gzip (H20)"])
def test_no_fault_holds_up_a_file_or_passes_for_one(connect: Connect, name: str) -> None:
    """But one: where a file's length is not told, its end is where it ends."""
    slow = Timing(deadline=0.4, rate=1 << 30)
    with RawServer(http_faults.FAULTS[name]).running() as api:
        pieces = connect(api.origin, timing=slow).download("/x")
        if name in {"cuts a body without a length (N9)", "a captive portal (N14)"}:
            list(pieces)
        elif name == "a body without end":
            assert len([piece for piece, _ in zip(pieces, range(9), strict=False)]) == 9
        else:
            with pytest.raises(UnavailableError):
                list(pieces)


def test_a_slow_file_is_fetched_though_it_takes_longer_than_a_request_may(
    connect: Connect,
) -> None:
    text = b"0123456789"

    def slowly(peer: socket.socket, _: bytes) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
        for byte in text:
            time.sleep(0.05)
            peer.sendall(bytes([byte]))

    with RawServer(slowly).running() as api:
        slow = connect(api.origin, timing=Timing(deadline=0.25, rate=1))
        assert b"".join(slow.download("/x")) == text


def test_a_file_that_is_packed_is_unpacked_as_it_comes(connect: Connect) -> None:
    packed = http_faults.edited(lambda _: gzip.compress(FILE), "Content-Encoding: gzip")
    with RawServer(packed).running() as api:
        assert b"".join(connect(api.origin).download("/x")) == FILE


def test_a_bomb_for_a_file_takes_no_memory_and_ends_at_the_cap(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_LARGEST", 32 << 20)
    bomb = http_faults.FAULTS["a gzip bomb (H19)"]
    http_faults.gzip_bomb()
    with RawServer(bomb).running() as api:
        one = connect(api.origin, timing=Timing())
        tracemalloc.start()
        try:
            with pytest.raises(UnavailableError, match="far more"):
                sum(len(piece) for piece in one.download("/x"))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 8 << 20


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("64:ff9b::5db8:d822", True),
        ("::ffff:93.184.216.34", True),
        ("::", False),
        ("255.255.255.255", False),
        ("198.18.0.1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("files.example", False),
    ],
)
def test_an_address_is_public_or_it_is_not(address: str, *, public: bool) -> None:
    assert is_public(address) is public
