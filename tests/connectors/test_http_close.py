"""The transport between threads: it ends when it is told to, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import trustme

from connectors import testing_faults as http_faults
from connectors.errors import ConnectorError, InDoubtError, UnavailableError
from connectors.http import Http, Timing
from connectors.http_limits import Limits, Rate, digest
from connectors.http_rules import HttpConfig
from connectors.testing_server import HttpServer, Reply
from tests.servers.http_raw import RawServer, well

PATIENT = Timing(deadline=100.0, longest_wait=100.0)
"""So that no deadline ends what `close` is to end."""


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    gc.collect()
    assert set(threading.enumerate()) <= before


def transport(origin: str, *, ca_file: Path | str = "", **more: Any) -> Http:
    config = HttpConfig(base_url=origin, write="all", ca_file=str(ca_file))
    settings: dict[str, Any] = {"limits": Limits([]), "timing": PATIENT, **more}
    return Http(config, headers=dict, **settings)


@contextlib.contextmanager
def meanwhile(work: Callable[[], Any]) -> Iterator[Future[Any]]:
    """Do `work` on a thread; at the end it must be over."""
    outcome: Future[Any] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001  # the test looks at it
            outcome.set_exception(error)

    thread = threading.Thread(target=run)
    thread.start()
    yield outcome
    thread.join(20)
    assert not thread.is_alive()


def until(told: Callable[[], object]) -> None:
    while not told():
        time.sleep(0.005)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "name", ["hangs (N3)", "drips the body (N10)", "drips the headers (N11)", "a body without end"]
)
def test_close_ends_a_request_under_way_and_a_later_one_works(name: str, method: str) -> None:
    with RawServer(http_faults.FAULTS[name]).running() as server:
        http = transport(server.origin, timing=Timing(deadline=100.0, cap=1 << 40))
        with meanwhile(lambda: http.send(method, "/a")) as outcome:
            until(lambda: server.heard)
            http.close()
            error = outcome.exception(20)
        assert type(error) is (UnavailableError if method == "GET" else InDoubtError)
        server.fault = well
        assert http.send(method, "/a").status == 200
        http.close()


def test_close_ends_a_handshake_that_never_ends(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    with RawServer(http_faults.hang).running() as server:
        http = transport(f"https://127.0.0.1:{server.port}", ca_file=tmp_path / "ca.pem")
        with meanwhile(lambda: http.send("POST", "/a")) as outcome:
            until(lambda: server.connections)
            time.sleep(0.05)
            http.close()
            error = outcome.exception(20)
    assert type(error) is UnavailableError


def test_a_handshake_that_never_ends_is_given_up_at_the_deadline(tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    with RawServer(http_faults.hang).running() as server:
        http = transport(
            f"https://127.0.0.1:{server.port}",
            ca_file=tmp_path / "ca.pem",
            timing=Timing(deadline=0.2),
        )
        with pytest.raises(UnavailableError, match="in time") as caught:
            http.send("POST", "/a")
        assert not isinstance(caught.value, InDoubtError)
        http.close()


def test_a_name_server_that_hangs_holds_up_neither_the_deadline_nor_close(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = threading.Event()

    def slow(*_: object, **__: object) -> list[Any]:
        answer.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    http = transport("https://api.example", timing=Timing(deadline=0.2))
    with pytest.raises(UnavailableError, match="in time"):
        http.get("/a")
    patient = transport("https://api.example")
    with meanwhile(lambda: patient.get("/a")) as outcome:
        until(lambda: sum("look up" in one.name for one in threading.enumerate()) == 2)
        patient.close()
        assert type(outcome.exception(20)) is UnavailableError
    http.close()
    assert all(one.daemon for one in threading.enumerate() if one is not threading.current_thread())
    answer.set()
    until(lambda: threading.active_count() == 1 or not _looking_up())


def _looking_up() -> bool:
    return any("look up" in one.name for one in threading.enumerate())


def test_a_connection_that_nobody_takes_is_given_up_at_the_deadline() -> None:
    with socket.socket() as silent, contextlib.ExitStack() as queue:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        for _ in range(4):  # what no queue takes is not answered at all
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(silent.getsockname())
        http = transport(f"http://127.0.0.1:{silent.getsockname()[1]}", timing=Timing(deadline=0.3))
        with pytest.raises(UnavailableError, match="in time") as caught:
            http.send("POST", "/a")
        assert not isinstance(caught.value, InDoubtError)
        http.close()


def test_close_ends_a_wait_for_our_turn() -> None:
    with RawServer().running() as server:
        limits = Limits([(digest(server.origin), Rate("token", 2, 60.0, 1))])
        http = transport(server.origin, limits=limits)
        http.get("/a")
        began = threading.Event()

        def ask() -> None:
            began.set()
            http.get("/a")

        with meanwhile(ask) as outcome:
            began.wait()
            time.sleep(0.05)
            http.close()
            assert type(outcome.exception(20)) is UnavailableError
        assert len(server.heard) == 1


@pytest.mark.parametrize("half_way", [False, True])
def test_close_ends_a_file_half_way(*, half_way: bool) -> None:
    """Between two pieces, and while the next one is waited for."""
    with RawServer(http_faults.FAULTS["drips the body (N10)"]).running() as server:
        http = transport(server.origin)
        pieces = http.download("/file")
        assert next(pieces)
        if half_way:
            with meanwhile(lambda: list(pieces)) as outcome:
                time.sleep(0.05)
                http.close()
                assert type(outcome.exception(20)) is UnavailableError
        else:
            http.close()
            with pytest.raises(UnavailableError):
                next(pieces)
        server.fault = well
        assert http.get("/a").status == 200
        http.close()


def test_a_file_that_is_dropped_half_way_hangs_up() -> None:
    with RawServer(http_faults.FAULTS["drips the body (N10)"]).running() as server:
        http = transport(server.origin)
        pieces = http.download("/file")
        assert next(pieces)
        del pieces
        server.threads[0].join(20)
        assert not server.threads[0].is_alive()
        server.fault = well
        assert http.get("/a").status == 200
        http.close()


def test_a_file_that_is_dropped_on_another_thread_and_late_does_no_harm() -> None:
    with RawServer(http_faults.FAULTS["drips the body (N10)"]).running() as server:
        http = transport(server.origin)
        held = [http.download("/file"), http.download("/file")]
        assert all(next(pieces) for pieces in held)
        with meanwhile(held.pop) as outcome:
            assert outcome.result(20) is not None

        async def drop() -> None:
            held.clear()

        asyncio.run(drop())
        http.close()


def test_it_goes_from_thread_to_thread() -> None:
    with HttpServer(lambda _: Reply.json({})) as server:
        http = transport(server.origin)
        for _ in range(4):
            with meanwhile(lambda: http.get("/a").status) as outcome:
                assert outcome.result(20) == 200
        assert {seen.connection for seen in server.log} == {1}
        with meanwhile(http.close):
            pass


def test_it_is_closed_from_where_a_loop_runs() -> None:
    with RawServer().running() as server:
        http = transport(server.origin)
        http.get("/a")

        async def close() -> None:
            http.close()

        asyncio.run(close())


def test_close_may_come_at_any_time_and_often() -> None:
    with HttpServer(lambda _: Reply.json({})) as server:
        http = transport(server.origin)
        http.close()
        over = threading.Event()

        def pester() -> None:
            while not over.is_set():
                http.close()

        statuses: list[object] = []
        with meanwhile(pester):
            for number in range(100):
                try:
                    statuses.append(http.send("PUT" if number % 2 else "GET", "/a").status)
                except ConnectorError as error:
                    statuses.append(type(error))
            over.set()
        assert set(statuses) <= {200, UnavailableError, InDoubtError}
        assert http.get("/a").status == 200
        http.close()
        http.close()
