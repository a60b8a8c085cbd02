"""The asana SDK's known defects, shown with the bare SDK and then with ours round it."""

from __future__ import annotations

import importlib
import itertools
import json
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors import testing_faults as http_faults
from connectors.asana_lib import BASE, Asana, _Rest, client
from connectors.asana_write import level
from connectors.errors import (
    AuthError,
    ConflictError,
    CursorExpiredError,
    InDoubtError,
    RefusedError,
    UnavailableError,
)
from connectors.http import Http, Timing
from connectors.http_limits import Limits
from connectors.http_rules import HttpConfig
from connectors.testing_server import HttpServer, Reply, Request

TASK = {"gid": "1", "name": "a\xa0b", "workspace": {"gid": "9"}, "memberships": []}
WHOLE = {"full_payload": True}


def _answer(request: Request) -> Reply:
    lists = request.path.endswith(("/sections", "/stories", "/tasks")) and request.method == "GET"
    if request.path.startswith("/api/1.0/sections/"):
        return Reply.json({"data": {"gid": "5", "project": {"gid": "6", "name": "Web"}}})
    return Reply.json({"data": [] if lists else TASK, "next_page": None})


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
        config = HttpConfig(base_url=f"{server.origin}/api/1.0", write="all")
        headers = {"Authorization": f"Bearer TOKEN-OF-{whose}"}
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


@pytest.fixture
def sdk() -> Any:
    return importlib.import_module("asana")


@pytest.fixture
def bare(server: HttpServer, sdk: Any) -> Iterator[Any]:
    """The SDK as it comes, led to a server of ours."""
    configuration = sdk.Configuration()
    configuration.host = f"{server.origin}/api/1.0"
    configuration.access_token = "TOKEN-OF-BARE"
    api = sdk.ApiClient(configuration)
    yield api
    api.rest_client.pool_manager.clear()
    api.pool.close()
    api.pool.join()


def _expired(server: HttpServer) -> None:
    told = {"message": "Sync token invalid or too old."}
    reply = Reply.json({"sync": "fresh", "errors": [told]}, 412)
    server.fail(lambda request: request.query.get("sync") == "old", reply, times=None)
    nothing = Reply.json({"data": [], "sync": "next", "has_more": False})
    server.fail(lambda _: True, nothing, times=None)


def test_bare_it_takes_an_expired_token_for_nothing_new(
    server: HttpServer, sdk: Any, bare: Any
) -> None:
    _expired(server)
    assert list(sdk.EventsApi(bare).get_events("1", {"sync": "old"})) == []


def test_with_us_an_expired_token_is_said_to_be_one(
    server: HttpServer, sdk: Any, connect: Callable[..., Http]
) -> None:
    _expired(server)
    api = sdk.EventsApi(client(connect()))
    with pytest.raises(CursorExpiredError):
        list(api.get_events("1", {"sync": "old"}))
    with pytest.raises(CursorExpiredError):
        api.get_events("1", {"sync": "old"}, **WHOLE)


def _more(request: Request) -> Reply:
    page = {"data": [{"type": request.query.get("sync", "")}], "sync": "b", "has_more": True}
    return Reply.json(page)


def test_bare_its_pager_of_events_repeats_itself_and_never_ends(sdk: Any) -> None:
    with HttpServer(_more) as server:
        configuration = sdk.Configuration()
        configuration.host = f"{server.origin}/api/1.0"
        api = sdk.ApiClient(configuration)
        events = sdk.EventsApi(api).get_events("1", {"sync": "a"})
        told = [event["type"] for event in itertools.islice(events, 8)]
        assert told == ["a", "a", "b", "b", "b", "b", "b", "b"]
        api.rest_client.pool_manager.clear()
        api.pool.close()
        api.pool.join()


def test_with_us_no_list_is_asked_for_without_an_end(
    server: HttpServer, connect: Callable[..., Http]
) -> None:
    page = {"data": [{"gid": "1"}], "next_page": {"offset": "again", "path": "", "uri": ""}}
    server.fail(lambda _: True, Reply.json(page), times=None)
    with pytest.raises(UnavailableError):
        list(Asana(connect()).comments("1"))
    assert len(server.log) == 100


def test_pages_are_read_to_the_last_and_nothing_of_one_list_goes_into_the_next(
    connect: Callable[..., Http], server: HttpServer
) -> None:
    first = {"data": [{"gid": "1"}], "next_page": {"offset": "x", "path": "", "uri": ""}}
    last = {"data": [{"gid": "2"}], "next_page": None}
    server.fail(lambda _: True, Reply.json(first))
    server.fail(lambda _: True, Reply.json(last), times=2)
    api = Asana(connect())
    assert len(list(api.comments("1"))) == 2
    assert len(list(api.comments("7"))) == 1
    offsets = [(request.path[-9:], request.query.get("offset")) for request in server.log]
    assert offsets == [("1/stories", None), ("1/stories", "x"), ("7/stories", None)]


def test_bare_it_makes_blanks_of_non_breaking_spaces(sdk: Any, bare: Any) -> None:
    assert sdk.TasksApi(bare).get_task("1", {})["name"] == "a b"


def test_with_us_a_non_breaking_space_stays_one(sdk: Any, connect: Callable[..., Http]) -> None:
    found = sdk.TasksApi(client(connect())).get_task("1", {}, **WHOLE)
    assert found["data"]["name"] == "a\xa0b"


def test_bare_it_asks_six_times_and_sleeps_a_minute_between(
    server: HttpServer, sdk: Any, bare: Any
) -> None:
    server.fail(lambda _: True, Reply.text("no", 503), times=None)
    retries = bare.configuration.retry_strategy
    assert sum(retries.backoff_factor * 2**n for n in range(1, retries.total)) == 60
    bare.rest_client.pool_manager.connection_pool_kw["retries"] = retries.new(backoff_factor=0)
    with pytest.raises(Exception, match="Max retries exceeded") as caught:
        sdk.TasksApi(bare).get_task("1", {})
    assert not isinstance(caught.value, sdk.rest.ApiException)
    assert len(server.log) == 6


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AuthError),
        (402, RefusedError),
        (404, RefusedError),
        (409, ConflictError),
        (429, UnavailableError),
        (503, UnavailableError),
    ],
)
def test_with_us_what_asana_objects_is_told_as_our_own_errors_and_asked_once(
    server: HttpServer, connect: Callable[..., Http], status: int, error: type[Exception]
) -> None:
    server.fail(lambda _: True, Reply.text("no", status), times=None)
    with pytest.raises(error) as caught:
        Asana(connect()).task("1")
    assert type(caught.value) is error
    assert len(server.log) == 1


def test_bare_it_waits_without_an_end_even_where_it_is_told_not_to(
    sdk: Any, bare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience: list[object] = []

    def request(*_: object, timeout: object, **__: object) -> None:
        patience.append(timeout)
        raise sdk.rest.ApiException(0)

    monkeypatch.setattr(bare.rest_client.pool_manager, "request", request)
    for asked in ({}, {"_request_timeout": 1.0}):
        with pytest.raises(sdk.rest.ApiException):
            sdk.TasksApi(bare).get_task("1", {}, **asked)
    assert patience == [None, None]


def test_with_us_a_server_that_says_nothing_is_waited_for_until_the_deadline(
    server: HttpServer, connect: Callable[..., Http]
) -> None:
    server.fail(lambda _: True, http_faults.hang, times=None)
    api = Asana(connect(deadline=0.3))
    with pytest.raises(UnavailableError):
        api.task("1")
    with pytest.raises(InDoubtError):
        api.comment("1", "hola")


def test_bare_it_starts_threads_and_with_us_none_stays(
    sdk: Any, connect: Callable[..., Http]
) -> None:
    before = threading.active_count()
    api = sdk.ApiClient()
    assert threading.active_count() > before
    api.pool.close()
    api.pool.join()
    ours = [Asana(connect()) for _ in range(3)]
    ours[0].me()
    # The server answers each connection in a thread.
    assert threading.active_count() <= before + 1


def test_bare_it_writes_into_the_options_it_is_given(sdk: Any, bare: Any) -> None:
    options: dict[str, Any] = {}
    list(sdk.TasksApi(bare).get_subtasks_for_task("1", options))
    assert options == {"limit": 100}


def test_bare_it_sends_a_body_in_the_query_too_and_with_us_it_does_not(
    server: HttpServer, sdk: Any, bare: Any, connect: Callable[..., Http]
) -> None:
    sdk.SectionsApi(bare).add_task_for_section("5", {"body": {"data": {"task": "1"}}})
    assert "body" in server.log[-1].query
    Asana(connect()).place("1", "5")
    assert server.log[-1].path == "/api/1.0/sections/5/addTask"
    assert server.log[-1].pairs == ()
    assert server.log[-1].json() == {"data": {"task": "1"}}


def test_the_sdk_never_sees_a_credential_and_none_is_in_any_url(
    server: HttpServer, sdk: Any, connect: Callable[..., Http]
) -> None:
    http = connect()
    api = Asana(http)
    _all_calls(api)
    assert len(server.log) == 11
    for request in server.log:
        assert "TOKEN" not in request.path + str(request.pairs)
        assert request.headers["authorization"] == "Bearer TOKEN-OF-A"
    assert api._client.configuration.access_token == ""
    assert sdk.Configuration().access_token == ""
    seen = [api, api._client, api._client.configuration, api._client.rest_client]
    assert not any("TOKEN" in str(vars(one)) for one in seen)


def _all_calls(api: Asana) -> None:
    api.me()
    api.task("1")
    api.update("1", {"completed": True})
    api.create({"name": "n", "projects": ["6"]})
    api.comment("1", "hola")
    list(api.comments("1"))
    api.sections("6")
    api.section("5")
    api.project("6")
    api.place("1", "5")
    list(api.created("6", "2026-01-01T00:00:00.000Z"))


def test_two_accounts_side_by_side_share_no_connection_and_no_header(
    server: HttpServer, connect: Callable[..., Http]
) -> None:
    one, other = Asana(connect("A")), Asana(connect("B"))
    for api in (one, other, one, other):
        api.task("1")
    seen = {(request.connection, request.headers["authorization"]) for request in server.log}
    assert seen == {(1, "Bearer TOKEN-OF-A"), (2, "Bearer TOKEN-OF-B")}


def test_no_log_of_the_sdks_own_reaches_the_terminal(connect: Callable[..., Http]) -> None:
    Asana(connect())
    handlers = [*logging.getLogger("asana").handlers, *logging.getLogger("urllib3").handlers]
    assert not [one for one in handlers if isinstance(one, logging.StreamHandler)]


@pytest.mark.parametrize(
    "nonsense", ["null", "[]", "{}", '{"data": null}', '{"data": {}}', '{"data": {"gid": 7}}']
)
def test_an_answer_that_is_none_of_asanas_leaves_a_question_open_and_a_write_in_doubt(
    server: HttpServer, connect: Callable[..., Http], nonsense: str
) -> None:
    kind = {"content-type": "application/json"}
    server.fail(lambda _: True, Reply(200, nonsense.encode(), kind), times=None)
    api = Asana(connect())
    for ask in (api.me, lambda: api.task("1"), lambda: list(api.comments("1"))):
        with pytest.raises(UnavailableError) as caught:
            ask()
        assert not isinstance(caught.value, InDoubtError)
    for write in (lambda: api.comment("1", "x"), lambda: api.update("1", {"completed": True})):
        with pytest.raises(InDoubtError):
            write()


@pytest.mark.parametrize(
    "url", ["https://evil.example/api/1.0/tasks", f"{BASE}.evil.example/x", "/users/me"]
)
def test_only_the_api_is_asked(server: HttpServer, connect: Callable[..., Http], url: str) -> None:
    with pytest.raises(RefusedError, match="Trastienda does not send this"):
        _Rest(connect()).GET(url)
    assert server.log == []


def test_forms_and_files_are_not_sent_in_place_of_what_was_meant(
    server: HttpServer, connect: Callable[..., Http]
) -> None:
    with pytest.raises(RefusedError):
        _Rest(connect()).POST(f"{BASE}/attachments", post_params=[("file", "x")])
    assert server.log == []


READ = {"method": "get", "relative_path": "/events"}


@pytest.mark.parametrize(
    ("body", "reads"),
    [
        ({"data": {"actions": [{"method": "get", "relative_path": "/events"}]}}, True),
        ({"data": {"actions": [{"method": "get"}, {"method": "put"}]}}, False),
        ({"data": {"actions": [{"method": "GET "}]}}, False),
        ({"data": {"actions": [7]}}, False),
        ({"data": {"actions": "get"}}, False),
        ({"data": {}}, False),
        (None, False),
        (json.dumps({"data": {"actions": []}}), False),
        ({"data": {"actions": [{"method": "get", "relative_path": "/batch", "data": {}}]}}, False),
        ({"data": {"actions": [READ | {"method_override": "PUT"}]}}, False),
        ({"data": {"actions": [READ], "more": 1}}, False),
        ({"data": {"actions": [READ]}, "options": {}}, False),
        ({"data": {"actions": [READ | {"data": {"sync": "x"}, "options": {"limit": 1}}]}}, True),
    ],
)
def test_a_batch_reads_only_where_every_action_in_it_does(body: object, reads: bool) -> None:
    assert (level("POST", "/batch", body) == level("GET", "/x", None)) is reads
