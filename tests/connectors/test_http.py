"""The transport: what goes out, and to whom."""

from __future__ import annotations

import ast
import base64
import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors import testing_faults as http_faults
from connectors.errors import (
    AuthError,
    ConfigError,
    RefusedError,
    UnavailableError,
)
from connectors.http import Answer, Http, Timing
from connectors.http_limits import Limits
from connectors.http_rules import HttpConfig, Level
from connectors.testing_server import HttpServer, Reply, Request
from tests.servers.http_raw import RawServer, headers

QUICK = Timing(deadline=5.0)
TOKEN = "TOKEN-5e2a77-of-nobody-else"


def _echo(request: Request) -> Reply:
    return Reply.json({"path": request.path, "asked": request.query})


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer(_echo) as server:
        yield server
    assert server.crashes == []


Connect = Callable[..., Http]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Make the transport of an account."""
    made: list[Http] = []

    def connect(origin: str, token: str = TOKEN, **more: Any) -> Http:
        config = HttpConfig(
            base_url=f"{origin}/1", write=more.pop("write", "all"), proxy=more.pop("proxy", "")
        )
        settings = {"limits": Limits([]), "timing": QUICK, **more}
        settings.setdefault("headers", lambda: {"Authorization": f"Bearer {token}"})
        made.append(Http(config, **settings))
        return made[-1]

    yield connect
    for http in made:
        http.close()


def test_a_read_is_one_get_with_its_parameters_encoded_and_its_credentials_in_a_header(
    server: HttpServer, connect: Connect
) -> None:
    asked = {"fields": "id,name", "q": "a&token=x#y z\r\nX: y", "ñ": "/?%"}
    answer = connect(server.origin).get("/members/me", asked).json(dict)
    assert answer == {"path": "/1/members/me", "asked": asked}
    (seen,) = server.log
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.headers["accept-encoding"] == "gzip, identity"
    assert set(seen.headers) == {
        "host",
        "authorization",
        "accept",
        "accept-encoding",
        "user-agent",
    }


def test_a_write_carries_its_body_as_json(server: HttpServer, connect: Connect) -> None:
    body = {"text": "Mañana\u00a0no 💥 \ud800"}
    connect(server.origin).send("PUT", "/cards/5", params={"a": "b"}, body=body)
    (seen,) = server.log
    assert (seen.method, seen.path, seen.query) == ("PUT", "/1/cards/5", {"a": "b"})
    assert seen.headers["content-type"] == "application/json"
    assert json.loads(seen.body) == body


def test_an_empty_object_is_a_body_and_none_is_not(server: HttpServer, connect: Connect) -> None:
    http = connect(server.origin)
    http.send("POST", "/x", body={})
    http.send("POST", "/x")
    assert [seen.body for seen in server.log] == [b"{}", b""]


def test_what_is_no_json_goes_as_it_is_with_the_headers_that_say_what_it_is(
    server: HttpServer, connect: Connect
) -> None:
    headers = {"Content-Type": "text/calendar", "If-Match": '"5"', "Accept": "*/*"}
    connect(server.origin).send("PUT", "/x", content=b"BEGIN:VCALENDAR\xff", headers=headers)
    (seen,) = server.log
    assert seen.body == b"BEGIN:VCALENDAR\xff"
    assert {name: seen.headers[name.lower()] for name in headers} == headers
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\n", "á", "a\x00"])
def test_a_header_that_is_none_is_refused_before_anything_is_dialled(
    server: HttpServer, connect: Connect, value: str
) -> None:
    """An etag is a server's own word."""
    http = connect(server.origin)
    with pytest.raises(RefusedError):
        http.send("PUT", "/x", headers={"If-Match": value})
    assert (server.log, http.requests) == ([], 0)


def test_no_header_takes_the_place_of_the_credentials(server: HttpServer, connect: Connect) -> None:
    connect(server.origin).send("GET", "/x", headers={"Authorization": "Bearer another"})
    assert server.log[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_a_password_that_a_server_gives_back_in_the_clear_shows_in_no_error(
    connect: Connect,
) -> None:
    given = {"Authorization": "Basic " + base64.b64encode(b"lola:s3same").decode()}
    said = http_faults.status(400, body=b"no such user lola with S3SAME")
    with RawServer(said).running() as server:
        problem = connect(server.origin, headers=lambda: given).send("PUT", "/x").problem()
    assert "no such user lola with" in str(problem)
    assert "same" not in str(problem).lower()


@pytest.mark.parametrize("method", ["PROPFIND", "REPORT", "OPTIONS"])
def test_what_asks_and_changes_nothing_goes_where_nothing_may_be_written(
    server: HttpServer, connect: Connect, method: str
) -> None:
    assert connect(server.origin, write="no").send(method, "/x").status == 200


def test_a_connection_is_used_again(server: HttpServer, connect: Connect) -> None:
    http = connect(server.origin)
    for _ in range(3):
        http.get("/a")
    assert {seen.connection for seen in server.log} == {1}
    assert http.requests == 3


def test_a_connection_that_was_dropped_meanwhile_is_dialled_anew(connect: Connect) -> None:
    kept_alive = http_faults.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    with RawServer(kept_alive).running() as server:
        http = connect(server.origin)
        for _ in range(2):
            assert http.get("/a").json(dict) == {}
            for thread in server.threads:
                thread.join()
        assert server.connections == 2


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/x",
        "//evil.example/x",
        "/a//evil.example",
        "\\\\evil.example",
        "@evil.example/",
        ":80@evil.example/",
        "x",
        "",
        "/../../x",
        "/a/..",
        "/a/%2e%2E/b",
        "/./a",
        "/a?token=b",
        "/a#b",
        "/a b",
        "/a\r\nHost: evil.example",
        "/a%0d%0aHost:%20evil.example",
        "/a\x00",
        "/a%00",
        "/%",
        "/%zz",
        "/ñ",
        "/\ud800",
    ],
)
def test_a_path_that_is_none_is_refused_before_anything_is_dialled(
    connect: Connect, path: str
) -> None:
    with RawServer().running() as server:
        http = connect(server.origin)
        for way in (http.get, lambda path: http.send("POST", path), lambda p: [*http.download(p)]):
            with pytest.raises(RefusedError):
                way(path)
        assert (server.connections, http.requests) == (0, 0)


def test_parameters_that_are_no_text_are_refused(server: HttpServer, connect: Connect) -> None:
    with pytest.raises(RefusedError):
        connect(server.origin).get("/a", {"q": "\ud800"})
    assert server.log == []


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a\n", "á", "a\x00", "a\u2028b"])
def test_credentials_that_no_header_can_hold_are_never_sent(
    server: HttpServer, connect: Connect, token: str
) -> None:
    with pytest.raises(AuthError) as caught:
        connect(server.origin, f"SECRETO{token}").get("/a")
    assert "SECRETO" not in str(caught.value)
    assert server.log == []


def test_what_a_server_sets_as_a_cookie_is_not_kept(connect: Connect) -> None:
    cookie = http_faults.edited(lambda good: good, "Set-Cookie: a=b; Path=/")
    with RawServer(cookie).running() as server:
        http = connect(server.origin)
        http.get("/a")
        http.get("/a")
        assert all("cookie" not in headers(heard) for heard in server.heard)


def test_nothing_is_taken_from_the_environment(
    server: HttpServer, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    (tmp_path / "netrc").write_text("default login ana password netrc-secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert connect(server.origin).get("/a").status == 200
    assert server.log[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("name", [n for n in http_faults.STATUSES if n[:2] == "30"])
def test_a_redirect_of_the_api_is_not_followed(connect: Connect, name: str) -> None:
    with RawServer(http_faults.FAULTS[name]).running() as server:
        with pytest.raises(UnavailableError, match="base_url"):
            connect(server.origin).get("/a").json(dict)
        assert len(server.heard) == 1


def test_two_accounts_in_parallel_never_carry_anything_of_each_other(
    server: HttpServer, connect: Connect
) -> None:
    def work(name: str) -> None:
        http = connect(server.origin, f"TOKEN-OF-{name}")
        for number in range(40):
            method = "POST" if number % 2 else "GET"
            body = {"whose": name} if number % 2 else None
            http.send(method, f"/{name}/{number}", params={"whose": name}, body=body)

    threads = [threading.Thread(target=work, args=(name,)) for name in "ABCD"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.log) == 160
    owners: dict[int, set[str]] = {}
    for seen in server.log:
        whose = seen.query["whose"]
        assert seen.path.startswith(f"/1/{whose}/")
        assert seen.headers["authorization"] == f"Bearer TOKEN-OF-{whose}"
        assert seen.body in {b"", json.dumps({"whose": whose}).encode()}
        owners.setdefault(seen.connection, set()).add(whose)
    assert all(len(names) == 1 for names in owners.values())


def test_no_log_of_any_level_tells_an_address_or_a_secret(
    server: HttpServer, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    http = connect(server.origin)
    http.get("/boards/of-my-client", {"q": "private"})
    list(http.download("/boards/of-my-client"))
    list(http.fetch(f"{server.origin}/signed?signature=sesame"))
    for word in ("of-my-client", "private", TOKEN, "sesame", "authorization", "Bearer"):
        assert word not in caplog.text


Ask = Callable[[Http], Answer]


def _as_asana(method: str, path: str, body: object) -> Level:
    if path.endswith("/comments"):
        return Level.COMMENT
    return Level.READ if method == "GET" or path == "/batch" else Level.CHANGE


@pytest.mark.parametrize(
    ("write", "method", "path", "goes"),
    [
        ("no", "GET", "/a", True),
        ("no", "POST", "/a/comments", False),
        ("no", "PUT", "/a", False),
        ("no", "DELETE", "/a", False),
        ("no", "PATCH", "/a", False),
        ("no", "POST", "/batch", True),
        ("comment", "POST", "/a/comments", True),
        ("comment", "PUT", "/a", False),
        ("comment", "GET", "/a", True),
        ("all", "PUT", "/a", True),
    ],
)
def test_more_than_write_allows_is_refused_before_anything_is_dialled(
    connect: Connect, write: str, method: str, path: str, *, goes: bool
) -> None:
    with RawServer().running() as server:
        http = connect(server.origin, write=write, level=_as_asana)
        if goes:
            http.send(method, path)
        else:
            with pytest.raises(RefusedError, match="write ="):
                http.send(method, path)
        assert (server.connections, http.requests) == (int(goes), int(goes))


def test_left_to_itself_it_takes_every_method_but_the_reading_ones_for_a_change(
    connect: Connect,
) -> None:
    with RawServer().running() as server:
        http = connect(server.origin, write="comment")
        for method in ("POST", "PUT", "DELETE", "PATCH", "BREW", "get"):
            with pytest.raises(RefusedError):
                http.send(method, "/a")
        assert server.connections == 0


def test_the_library_is_imported_in_one_line_of_one_file(checkout: Path) -> None:
    """It is at rest; whoever goes on with it is a line away."""
    found = [
        (path.name, node.lineno)
        for room in ("connectors", "normalizer", "store", "triage", "tui", "trastienda")
        for path in (checkout / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Import) and any("http" in a.name for a in node.names))
        or (isinstance(node, ast.ImportFrom) and re.match("httpx|httpcore|h11", node.module or ""))
    ]
    assert [name for name, _ in found] == ["http_wire.py"]


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example",
        "https://ana:secret@api.example",
        "https://api.example/?token=x",
        "https://api.example/#x",
        "ftp://api.example",
        "https://",
        "https://api.example:0",
        "https://api.example:99999",
        "https://api .example",
        "https://api.example/\x1b",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
    ],
)
def test_a_base_address_to_which_no_credential_may_go_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="base_url"):
        HttpConfig(base_url=url)
