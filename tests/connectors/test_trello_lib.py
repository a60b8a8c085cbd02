"""py-trello's known defects, shown with the bare library and then with ours round it."""

from __future__ import annotations

import importlib
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from connectors import testing_faults as http_faults
from connectors.errors import (
    AuthError,
    ConflictError,
    InDoubtError,
    RefusedError,
    UnavailableError,
)
from connectors.http import Http, Timing
from connectors.http_limits import Limits
from connectors.http_rules import HttpConfig
from connectors.testing_server import HttpServer, Reply, Request
from connectors.trello_lib import BASE, Trello, _Service
from connectors.trello_write import level

CARD = {"id": "c" * 24, "idBoard": "b" * 24, "idList": "d" * 24}
ON_A_BOARD = {"board": {"id": "b" * 24}}
SECRETS = ("KEY-OF-A", "TOKEN-OF-A", "KEY-OF-B", "TOKEN-OF-B")


def _answer(request: Request) -> Reply:
    lists = request.path.endswith(("/boards", "/lists", "/actions", "/cards"))
    return Reply.json([] if lists and request.method == "GET" else CARD | {"data": ON_A_BOARD})


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer(_answer) as server:
        yield server
    assert server.crashes == []


@pytest.fixture
def connect(server: HttpServer) -> Iterator[Callable[..., Http]]:
    """Make the transport of an account."""
    made: list[Http] = []

    def connect(whose: str = "A", deadline: float = 5.0) -> Http:
        config = HttpConfig(base_url=f"{server.origin}/1", write="all")
        key = f'OAuth oauth_consumer_key="KEY-OF-{whose}", oauth_token="TOKEN-OF-{whose}"'
        headers = {"Authorization": key}
        made.append(
            Http(
                config,
                headers=lambda: headers,
                level=level,
                limits=Limits([]),
                timing=Timing(deadline=deadline),
            )
        )
        return made[-1]

    yield connect
    for http in made:
        http.close()


class _Bare:
    """The network that py-trello has by itself, led to a server of ours."""

    def __init__(self, server: HttpServer) -> None:
        self.calls: list[dict[str, Any]] = []
        self._origin = server.origin
        self._requests = importlib.import_module("requests")

    def request(self, method: str, url: str, **rest: Any) -> Any:
        self.calls.append(rest)
        url = url.replace("https://api.trello.com", self._origin)
        # Closed by itself: it has no connection to keep.
        return self._requests.request(method, url, **rest)


@pytest.fixture
def library() -> Iterator[Any]:
    """The library, with nothing of other tests in its default values."""
    library = importlib.import_module("trello")
    library.List.list_cards.__defaults__[2].clear()
    yield library
    library.List.list_cards.__defaults__[2].clear()


def _list(library: Any, client: Any) -> Any:
    return library.List(library.Board(client, "b"), "d")


def test_bare_it_sends_one_clients_credentials_in_anothers_request(
    server: HttpServer, library: Any
) -> None:
    bare = _Bare(server)
    first = library.TrelloClient("KEY-OF-A", "TOKEN-OF-A", http_service=bare)
    second = library.TrelloClient("KEY-OF-B", "s", "TOKEN-OF-B", "s", http_service=bare)
    _list(library, first).list_cards(actions="commentCard")
    _list(library, second).list_cards()
    asked = server.log[-1].query
    assert (asked["key"], asked["token"]) == ("KEY-OF-A", "TOKEN-OF-A")
    assert asked["actions"] == "commentCard"


def test_with_us_nothing_of_one_clients_goes_out_with_anothers_request(
    server: HttpServer, library: Any, connect: Callable[..., Http]
) -> None:
    first, second = (Trello(connect(whose))._client for whose in "AB")
    _list(library, first).list_cards(actions="commentCard")
    _list(library, second).list_cards()
    one, other = server.log
    assert one.query == {"filter": "open", "actions": "commentCard", "customFieldItems": "true"}
    assert other.query == {"filter": "open", "customFieldItems": "true"}
    assert "TOKEN-OF-A" in one.headers["authorization"]
    assert "TOKEN-OF-B" in other.headers["authorization"]
    assert "OF-A" not in str(other)
    assert library.List.list_cards.__defaults__[2] == {}


def test_the_library_never_sees_a_credential_and_none_is_in_any_url(
    server: HttpServer, connect: Callable[..., Http]
) -> None:
    api = Trello(connect())
    _all_calls(api)
    assert len(server.log) == 11
    for request in server.log:
        assert not any(secret in request.path + str(request.pairs) for secret in SECRETS)
        assert not {"key", "token"} & set(request.query)
        assert "TOKEN-OF-A" in request.headers["authorization"]
    seen = [str(vars(api._client)), *(str(vars(one)) for one in [api])]
    assert not any(secret in text for secret in SECRETS for text in seen)


def _all_calls(api: Trello) -> None:
    api.me()
    api.boards()
    api.lists("b")
    api.card("c")
    api.comment("c", "hola")
    list(api.comments("c"))
    list(api.moves("c"))
    api.created("b", "d", "2026-01-01T00:00:00.000Z")
    api.update("c", closed=True)
    api.create(idList="d", name="n")
    api.tick("c", "i", done=True)


def test_bare_each_call_is_a_connection_of_its_own_without_a_timeout(
    server: HttpServer, library: Any
) -> None:
    bare = _Bare(server)
    client = library.TrelloClient("k", "t", http_service=bare)
    for _ in range(3):
        client.fetch_json("/members/me")
    assert len({request.connection for request in server.log}) == 3
    assert not any("timeout" in call for call in bare.calls)


def test_with_us_all_calls_share_a_connection(
    server: HttpServer, connect: Callable[..., Http]
) -> None:
    _all_calls(Trello(connect()))
    assert {request.connection for request in server.log} == {1}


def test_with_us_a_server_that_says_nothing_is_waited_for_until_the_deadline(
    server: HttpServer, connect: Callable[..., Http]
) -> None:
    server.fail(lambda _: True, http_faults.hang, times=None)
    api = Trello(connect(deadline=0.3))
    with pytest.raises(UnavailableError):
        api.card("c")
    with pytest.raises(InDoubtError):
        api.comment("c", "hola")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AuthError),
        (404, RefusedError),
        (409, ConflictError),
        (429, UnavailableError),
        (503, UnavailableError),
    ],
)
def test_what_trello_objects_is_told_as_our_own_errors_and_asked_once(
    server: HttpServer, connect: Callable[..., Http], status: int, error: type[Exception]
) -> None:
    server.fail(lambda _: True, Reply.text("no", status), times=None)
    with pytest.raises(error) as caught:
        Trello(connect()).lists("b")
    assert type(caught.value) is error
    assert len(server.log) == 1


@pytest.mark.parametrize("nonsense", ["null", "[]", "{}", '{"id": 7}', '[{"id": null}]', '"x"'])
def test_an_answer_that_is_none_of_trellos_leaves_a_question_open_and_a_write_in_doubt(
    server: HttpServer, connect: Callable[..., Http], nonsense: str
) -> None:
    kind = {"content-type": "application/json"}
    server.fail(lambda _: True, Reply(200, nonsense.encode(), kind), times=None)
    api = Trello(connect())
    asking: list[Callable[[], object]] = [api.me, lambda: api.card("c")]
    if nonsense != "[]":
        asking += [api.boards, lambda: api.lists("b"), lambda: list(api.comments("c"))]
    for ask in asking:
        with pytest.raises(UnavailableError) as caught:
            ask()
        assert not isinstance(caught.value, InDoubtError)
    for write in (lambda: api.comment("c", "x"), lambda: api.update("c", closed=True)):
        with pytest.raises(InDoubtError):
            write()


def test_a_slash_that_the_library_leaves_behind_is_taken_off(
    server: HttpServer, connect: Callable[..., Http]
) -> None:
    Trello(connect())._client.list_boards()
    assert server.log[0].path == "/1/members/me/boards"
    assert server.log[0].query == {"filter": "all"}


@pytest.mark.parametrize(
    "url",
    [
        "https://trello.com/1/tokens/TOKEN/webhooks/",
        "https://api.trello.com.evil.example/1/members/me",
        "http://api.trello.com/1/members/me",
        "https://api.trello.com/2/members/me",
        "members/me",
    ],
)
def test_only_the_api_is_asked(server: HttpServer, connect: Callable[..., Http], url: str) -> None:
    assert not url.startswith(BASE)
    with pytest.raises(RefusedError, match="Trastienda does not send this"):
        _ask(_Service(connect()), url)
    assert server.log == []


def test_files_are_not_sent_in_place_of_what_was_meant(
    server: HttpServer, connect: Callable[..., Http]
) -> None:
    with pytest.raises(RefusedError):
        _ask(_Service(connect()), f"{BASE}cards/c/attachments", files={"file": b"x"})
    assert server.log == []


def _ask(service: _Service, url: str, files: object = None) -> None:
    nothing: dict[str, Any] = {"headers": {}, "data": None, "auth": None, "proxies": {}}
    service.request("POST", url, params={}, files=files, **nothing)


def test_a_proxy_of_the_environments_or_the_librarys_is_not_used(
    server: HttpServer,
    connect: Callable[..., Http],
    library: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as trap:
        trap.setblocking(False)
        proxy = f"http://127.0.0.1:{trap.getsockname()[1]}"
        monkeypatch.setenv("http_proxy", proxy)
        client = library.TrelloClient(
            "-", "-", http_service=_Service(connect()), proxies={"http": proxy}
        )
        client.fetch_json("/members/me")
        with pytest.raises(BlockingIOError):
            trap.accept()
    assert len(server.log) == 1


def test_actions_are_read_a_page_at_a_time_and_no_further_than_trello_goes(
    connect: Callable[..., Http], server: HttpServer
) -> None:
    said = {"id": "a", "date": "2026-01-01T00:00:00.000Z", "idMemberCreator": "m"}
    action = {**said, "data": ON_A_BOARD}
    server.fail(lambda _: True, Reply.json([action] * 50), times=None)
    assert len(list(Trello(connect()).comments("c"))) == 1000
    assert [request.query["page"] for request in server.log] == [str(n) for n in range(20)]


def test_it_is_imported_by_a_push_and_not_before() -> None:
    code = "import sys, connectors.trello_write, connectors.asana_write; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = {re.split(r"\.", name)[0] for name in done.stdout.split()}
    assert not names & {"trello", "asana", "requests", "urllib3"}
