"""The transport: what is made of an answer, and of none."""

from __future__ import annotations

import json
import re
import threading
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import testing_faults as http_faults
from connectors.errors import (
    ConfigError,
    ConnectorError,
    InDoubtError,
    RefusedError,
    UnavailableError,
)
from connectors.http import Http, Timing
from connectors.http_limits import Limits, Rate, digest
from connectors.http_rules import HttpConfig
from connectors.http_said import words
from tests.servers.http_raw import RawServer, well

QUICK = Timing(deadline=5.0)
TOKEN = "TOKEN-5e2a77-of-nobody-else"


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
        made.append(Http(config, headers=lambda: {"Authorization": f"Bearer {token}"}, **settings))
        return made[-1]

    yield connect
    for http in made:
        http.close()


def test_where_nobody_listens_a_write_is_in_no_doubt(connect: Connect) -> None:
    with RawServer().running() as server:
        origin = server.origin
    with pytest.raises(UnavailableError, match="takes no connection") as caught:
        connect(origin).send("POST", "/a")
    assert not isinstance(caught.value, InDoubtError)


def test_a_name_that_leads_nowhere_is_said_to(connect: Connect) -> None:
    http = connect("https://api.example")
    with pytest.raises(UnavailableError, match=r"name api\.example leads nowhere"):
        http.get("/a")


def test_a_refused_write_says_why_without_our_secrets_and_without_escapes(
    connect: Connect,
) -> None:
    told = json.dumps({"message": f"no\x1b[31m for {TOKEN.lower()}; Bearer {TOKEN}", "error": "X"})
    with RawServer(http_faults.status(400, body=told.encode())).running() as server:
        answer = connect(server.origin).send("PUT", "/a", body={})
    with pytest.raises(RefusedError, match="refuses: no␛") as caught:
        answer.json(dict)
    assert TOKEN.lower() not in str(caught.value).lower()
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 200


SLASHED = "2/1209000000000001/never-in-an-error"


@pytest.mark.parametrize("spelled", ["2%2f1209000000000001%2Fnever-in-an-error",
                                     "2\\/1209000000000001\\/never-in-an-error"])  # fmt: skip
def test_a_secret_is_recognised_as_an_address_or_json_spells_it(spelled: str) -> None:
    said = words(f"no {spelled} here".encode(), [SLASHED])
    assert said == "no … here"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"invalid value for idList", "invalid value for idList"),
        (b'{"message":"invalid id","error":"ERROR"}', "invalid id"),
        (b'{"errors":[{"message":"task: Not a recognized ID: 1","help":"..."}]}', "task: Not a"),
        (b'{"errors":[]}', '{"errors":[]}'),
        (b'{"errors":[{"message":["x"]}]}', "x"),
    ],
)
def test_what_a_server_says_for_people_is_taken_out_of_its_json(
    connect: Connect, body: bytes, said: str
) -> None:
    with RawServer(http_faults.status(400, body=body)).running() as server:
        answer = connect(server.origin).send("PUT", "/a", body={})
    with pytest.raises(RefusedError, match=re.escape(said)):
        answer.json(dict)


def test_a_read_that_is_refused_quotes_nobody(connect: Connect) -> None:
    with RawServer(http_faults.status(403, body=b"said the server")).running() as server:
        answer = connect(server.origin).get("/a")
    with pytest.raises(RefusedError) as caught:
        answer.json(dict)
    assert "said the server" not in str(caught.value)


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Mon, 23 Nov 2026 10:05:00 GMT", 300),
        ("Mon, 23 Nov 2026 09:59:00 GMT", -60),
        ("Mon, 23 Nov 2026 10:00:30 -0000", 30),
        ("now", 0),
        ("Mon, 99 Nov 99999 10:05:00 GMT", 0),
    ],
)
def test_it_knows_how_far_the_servers_clock_is_ahead(
    connect: Connect, date: str, ahead: int
) -> None:
    timing = Timing(now=lambda: datetime(2026, 11, 23, 10, tzinfo=UTC))
    with RawServer(http_faults.status(200, f"Date: {date}")).running() as server:
        http = connect(server.origin, timing=timing)
        http.get("/a")
        assert http.clock_ahead == timedelta(seconds=ahead)


def test_headers_are_told_in_lower_case(connect: Connect) -> None:
    with RawServer(http_faults.status(200, "X-Rate-Limit-Api-Key-Max: 3")).running() as server:
        answer = connect(server.origin).get("/a")
    assert answer.headers["x-rate-limit-api-key-max"] == "3"
    assert answer.host == f"127.0.0.1:{server.port}"
    assert "3" not in repr(answer).replace(answer.host, "")


def test_an_unknown_error_status_is_a_refusal_and_no_crash(connect: Connect) -> None:
    for status, kind in ((499, RefusedError), (599, UnavailableError), (999, UnavailableError)):
        with RawServer(http_faults.status(status)).running() as server:
            problem = connect(server.origin).get("/a").problem()
            assert type(problem) is kind


def test_only_2xx_is_no_problem(connect: Connect) -> None:
    with RawServer(http_faults.status(201, body=b"[]")).running() as server:
        answer = connect(server.origin).get("/a")
    assert answer.problem() is None
    assert answer.json(list) == []
    with pytest.raises(UnavailableError):
        answer.json(dict)


def test_what_goes_wrong_in_reading_the_credentials_goes_out_as_it_is() -> None:
    def locked() -> dict[str, str]:
        raise ConfigError('"token" has no value.')

    http = Http(HttpConfig(base_url="https://api.example"), headers=locked, limits=Limits([]))
    with pytest.raises(ConfigError, match="no value"):
        http.get("/a")
    http.close()


def test_a_wait_under_the_limits_is_waited_and_a_long_one_is_told(connect: Connect) -> None:
    now = 1000.0
    waits: list[float] = []

    def wait(over: threading.Event, seconds: float) -> bool:
        nonlocal now
        now += seconds
        waits.append(seconds)
        return over.is_set()

    with RawServer().running() as server:
        limits = Limits([(digest(server.origin, "t"), Rate("token", 10, 90.0, 1))], lambda: now)
        http = connect(server.origin, limits=limits, timing=Timing(wait=wait, longest_wait=15.0))
        http.get("/a")
        http.get("/a")
        assert waits == [pytest.approx(10.0)]
        now -= 8.0
        with pytest.raises(UnavailableError, match="so many requests") as caught:
            http.get("/a")
        assert caught.value.retry_after == timedelta(seconds=18)
        assert len(server.heard) == 2


def test_many_short_waits_are_no_longer_than_a_long_one(connect: Connect) -> None:
    """As where those who share the key are quicker every time."""

    class Crowd(Limits):
        def admit(self, cost: int, path: str) -> float:
            return 0.4

    waits: list[float] = []

    def wait(over: threading.Event, seconds: float) -> bool:
        waits.append(seconds)
        return over.is_set()

    with RawServer().running() as server:
        timing = Timing(wait=wait, longest_wait=2.0)
        with pytest.raises(UnavailableError, match="so many requests"):
            connect(server.origin, limits=Crowd([]), timing=timing).get("/a")
        assert waits == [0.4] * 5
        assert server.heard == []


def test_a_server_that_says_slow_down_is_not_asked_again_till_then(connect: Connect) -> None:
    slow = http_faults.status(429, "Retry-After: 120")
    with RawServer(slow).running() as server:
        limits = Limits([(digest(server.origin, "t"), Rate("token", 100, 10.0, 50))])
        http = connect(server.origin, limits=limits)
        assert isinstance(http.get("/a").problem(), UnavailableError)
        server.fault = well
        with pytest.raises(UnavailableError) as caught:
            http.get("/a")
        assert caught.value.retry_after is not None
        assert timedelta(seconds=100) < caught.value.retry_after <= timedelta(seconds=120)
        assert len(server.heard) == 1


def test_every_error_is_one_of_ours(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a library raises: here, what none of them should."""

    async def odd(*_: object) -> None:
        raise KeyError(TOKEN)

    monkeypatch.setattr("httpx.AsyncHTTPTransport.handle_async_request", odd)
    with RawServer().running() as server, pytest.raises(ConnectorError) as caught:
        connect(server.origin).get("/a")
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
