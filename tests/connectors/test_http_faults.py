"""Whatever an HTTP server does, it has a name for us, comes in time, and is asked once."""

from __future__ import annotations

import contextlib
import threading
import time
import traceback
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors.errors import (
    AuthError,
    ConflictError,
    ConnectorError,
    CursorExpiredError,
    InDoubtError,
    RefusedError,
    UnavailableError,
)
from connectors.http import Http, Timing
from connectors.http_limits import Limits
from connectors.http_rules import HttpConfig
from connectors.testing_faults import BODIES, FAULTS, NETWORK, STATUSES
from tests.servers.http_raw import RawServer, well

KEY = "KEY-7f3a9c-never-in-an-error"
TOKEN = "ATTA-11c0ffee-never-in-an-error"
LONGEST = 6.0
"""Seconds. The deadline is half a second; the rest is a slow machine."""

QUICK = Timing(deadline=0.5, cap=1 << 20)

Kind = type[ConnectorError] | None
"""What is raised; None where the answer is taken."""

ODD: dict[str, tuple[Kind, Kind]] = {
    # Neither lost nor garbled: a redirect and a "too many" say that nothing was done.
    "301 in a loop (H21)": (UnavailableError, UnavailableError),
    "302 to another host (H21)": (UnavailableError, UnavailableError),
    "304": (UnavailableError, UnavailableError),
    **{name: (UnavailableError, UnavailableError) for name in STATUSES if name[:3] == "429"},
    "400": (RefusedError, RefusedError),
    "401 (H1)": (AuthError, AuthError),
    "402": (RefusedError, RefusedError),
    "403 (H2)": (RefusedError, RefusedError),
    "404 (H3)": (RefusedError, RefusedError),
    "409 (H4)": (ConflictError, ConflictError),
    "410 (H3)": (RefusedError, RefusedError),
    "412 (H5)": (CursorExpiredError, CursorExpiredError),
    "418": (RefusedError, RefusedError),
    "422": (RefusedError, RefusedError),
    # JSON, if a strange one: whoever reads the record judges it.
    "wrong types (H11)": (None, None),
    "a BOM (H13)": (None, None),
    "a lone surrogate (H17)": (None, None),
    "NUL in a text (H18)": (None, None),
}
"""All that is not merely "no answer": (for a read, for a write)."""

OUTCOMES = {name: ODD.get(name, (UnavailableError, InDoubtError)) for name in FAULTS}


@contextlib.contextmanager
def speaking(server: RawServer) -> Iterator[Http]:
    config = HttpConfig(base_url=f"{server.origin}/1", write="all")
    credentials = {"Authorization": f'OAuth oauth_consumer_key="{KEY}", oauth_token="{TOKEN}"'}
    http = Http(config, headers=lambda: credentials, limits=Limits([]), timing=QUICK)
    try:
        yield http
    finally:
        http.close()


def ask(http: Http, method: str) -> dict[str, Any]:
    body = None if method == "GET" else {"text": "Hola"}
    return http.send(method, "/cards/5f1", params={"fields": "name"}, body=body).json(dict)


def test_there_are_at_least_the_45_faults_of_the_catalogue() -> None:
    assert len(FAULTS) == len(NETWORK) + len(STATUSES) + len(BODIES) >= 45
    assert set(ODD) <= set(FAULTS)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_its_outcome_in_time_and_is_asked_once(name: str, method: str) -> None:
    kind = OUTCOMES[name][method != "GET"]
    before = set(threading.enumerate())
    with RawServer(FAULTS[name]).running() as server:
        serving = set(threading.enumerate()) - before
        with speaking(server) as http:
            began = time.monotonic()
            if kind is None:
                assert ask(http, method)["id"] is not None
            else:
                with pytest.raises(ConnectorError) as caught:
                    ask(http, method)
                assert type(caught.value) is kind, str(caught.value)
                told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
                assert KEY not in told
                assert TOKEN not in told
                assert "/1/cards" not in str(caught.value)
                assert "fields=" not in str(caught.value)
            assert time.monotonic() - began < LONGEST
            assert (len(server.heard), http.requests) == (1, 1)

            server.fault = well
            assert ask(http, method)["name"] == "Llamar a Ana"
        alive = {one for one in threading.enumerate() if one not in serving | before}
        assert all("_serve" in one.name for one in alive), alive


LATER = {
    "429 with seconds (H6)": 30,
    "429 with a date (H7)": 900,
    "429 with nothing (H7)": 30,
    "429 with a negative number (H7)": 30,
    "429 with junk (H7)": 30,
    "429 with a day (H7)": 900,
    "503 with Retry-After (H8)": 45,
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", LATER)
def test_what_a_server_says_of_when_to_come_back_is_believed_within_reason(
    name: str, method: str
) -> None:
    with RawServer(FAULTS[name]).running() as server, speaking(server) as http:
        with pytest.raises(UnavailableError) as caught:
            ask(http, method)
        assert caught.value.retry_after == timedelta(seconds=LATER[name])


ENDLESS = [
    "a gzip bomb (H19)",
    "a body without end",
    "headers without end",
    "interim answers without end",
    "a line of chunk size without end",
    "100,000 lists in each other (H14)",
    "a header of 300 kB (N12)",
]


@pytest.mark.parametrize("name", ENDLESS)
def test_no_fault_takes_memory(name: str) -> None:
    """Ours is what counts: what the server of the test has ready is made beforehand."""
    with RawServer(FAULTS[name]).running() as server, speaking(server) as http:
        with pytest.raises(UnavailableError):
            ask(http, "GET")
        tracemalloc.start()
        try:
            with pytest.raises(UnavailableError):
                ask(http, "GET")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 12 << 20


def test_a_bomb_of_200_mb_is_cut_off_at_the_cap_that_we_ship() -> None:
    with RawServer(FAULTS["a gzip bomb (H19)"]).running() as server:
        config = HttpConfig(base_url=server.origin)
        http = Http(config, headers=dict, limits=Limits([]))
        tracemalloc.start()
        try:
            with pytest.raises(UnavailableError, match="far more than was asked"):
                http.get("/")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            http.close()
    assert peak < 2 * Timing().cap


def test_an_answer_of_very_many_small_values_is_not_read() -> None:
    many = b"[" + b"[]," * 3_000_000 + b"[]]"
    with RawServer(lambda peer, _: well(peer, many)).running() as server:
        http = Http(HttpConfig(base_url=server.origin), headers=dict, limits=Limits([]))
        answer = http.get("/")
        tracemalloc.start()
        try:
            with pytest.raises(UnavailableError, match="far more than was asked"):
                answer.json(list)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            http.close()
    assert peak < 1 << 20
