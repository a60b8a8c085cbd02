"""The server under the stand-ins."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from connectors import testing_faults as http_faults
from connectors.testing_server import HttpServer, Reply, Request


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer(lambda request: Reply.json({"asked": request.path})) as it:
        yield it


def ask(server: HttpServer, method: str = "GET", path: str = "/", body: str = "") -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, path, body)
        answer: bytes = connection.getresponse().read()
        return answer
    finally:
        connection.close()


def test_a_connection_serves_many_requests_and_each_is_logged(server: HttpServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for n in range(3):
        connection.request("PUT", f"/a%20b/{n}?x=1&y=%C3%B1&x=2", b"text", {"X-Y": "z"})
        connection.getresponse().read()
    connection.close()
    assert [r.connection for r in server.log] == [1, 1, 1]
    last = server.log[-1]
    assert (last.method, last.path, last.body, last.status) == ("PUT", "/a b/2", b"text", 200)
    assert last.pairs == (("x", "1"), ("y", "ñ"), ("x", "2"))
    assert last.headers["x-y"] == "z"


def test_head_and_body_leave_in_one_piece(server: HttpServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert peer.recv(65536).endswith(b'{"asked": "/"}')


def test_what_fails_does_so_as_often_as_was_said(server: HttpServer) -> None:
    server.fail(lambda r: r.path == "/b", Reply.text("no", 503), times=2)
    said = [ask(server, path=path) for path in ("/a", "/b", "/b", "/b")]
    assert said == [b'{"asked": "/a"}', b"no", b"no", b'{"asked": "/b"}']
    assert [r.status for r in server.log] == [200, 503, 503, 200]


def test_until_it_is_mended(server: HttpServer) -> None:
    mishap = server.fail(lambda _: True, Reply.text("no", 503), times=None)
    assert {ask(server) for _ in range(3)} == {b"no"}
    assert mishap.happened == 3
    server.mend()
    assert ask(server) != b"no"


def test_a_fault_is_given_the_right_body_to_spoil(server: HttpServer) -> None:
    given = []

    def fault(peer: socket.socket, body: bytes) -> None:
        given.append(body)

    server.fail(lambda _: True, fault)
    with pytest.raises(http.client.RemoteDisconnected):
        ask(server, path="/x")
    assert given == [b'{"asked": "/x"}']
    assert server.log[0].status == 0


@pytest.mark.parametrize("after", [False, True])
def test_a_change_whose_answer_is_lost_was_made_only_if_that_was_said(*, after: bool) -> None:
    done: list[Request] = []

    def answer(request: Request) -> Reply:
        done.append(request)
        return Reply.json({})

    with HttpServer(answer) as server:
        server.fail(lambda _: True, http_faults.close, after=after)
        with pytest.raises(http.client.RemoteDisconnected):
            ask(server, "POST")
    assert bool(done) is after


@pytest.mark.parametrize("fault", [http_faults.hang, http_faults.reset, http_faults.close])
def test_no_thread_is_left_when_it_stops(fault: http_faults.Fault) -> None:
    before = threading.active_count()
    server = HttpServer(lambda _: Reply.json({}))
    server.fail(lambda _: True, fault, times=None)
    peers = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
    for peer in peers[:2]:
        peer.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    server.stop()
    assert threading.active_count() == before
    for peer in peers:
        peer.close()


def test_a_defect_of_the_stand_in_is_not_the_clients(server: HttpServer) -> None:
    server._answer = lambda _: Reply.json(object())
    assert b"at fault" in ask(server)
    assert "not JSON serializable" in server.crashes[0]
