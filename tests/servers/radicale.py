"""A real Radicale on loopback, the people who use it, and a way to it that can misbehave.

It is installed in an environment of its own, beside Trastienda's: `make servers`. Lola and Luz have
calendars; what is put there is put by an HTTP client that is none of ours, and read as files.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import itertools
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from connectors.testing_server import HttpServer, Reply, Request
from tests.servers.dovecot import free_ports

PYTHON = Path(sys.prefix) / "radicale" / "bin" / "python"
"""The interpreter of the environment that Radicale is in; vobject is there too."""

_CONFIG = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {home}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = from_file
file = {home}/rights
[storage]
filesystem_folder = {home}/storage
[web]
type = none
[logging]
level = error
"""
_RIGHTS = """\
[root]
user: .+
collection:
permissions: R

[own]
user: .+
collection: {user}(/.*)?
permissions: RWrw
"""

COLLECTION = """\
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<D:displayname>{name}</D:displayname>
<C:supported-calendar-component-set>{kinds}</C:supported-calendar-component-set>
</D:prop></D:set></C:mkcalendar>"""

Answer = tuple[int, dict[str, str], bytes]


def todo(uid: str, summary: str, *lines: str) -> str:
    """Spell a to-do; `lines` are more of its properties."""
    inner = [f"UID:{uid}", "DTSTAMP:20261101T080000Z", f"SUMMARY:{summary}", *lines]
    return calendar("BEGIN:VTODO", *inner, "END:VTODO")


def calendar(*lines: str) -> str:
    """Spell an iCalendar object."""
    whole = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Elsewhere//EN", *lines, "END:VCALENDAR"]
    return "\r\n".join([*whole, ""])


@dataclass(slots=True)
class Radicale:
    """The running server."""

    home: Path
    port: int
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def user(self, name: str = "lola") -> Person:
        """Sign somebody up who has no calendars, for a test of its own."""
        name = f"{name}{next(self._numbers)}"
        password = f"s3same-{name}"
        with (self.home / "users").open("a") as file:
            file.write(f"{name}:{password}\n")
        person = Person(self, name, password)
        person.ask("PROPFIND", f"/{name}/", depth="0")  # makes the principal's folder
        return person


@dataclass(slots=True)
class Person:
    """Somebody with calendars, and another program of theirs that changes them."""

    server: Radicale
    name: str
    password: str

    def ask(
        self, method: str, path: str, body: str | bytes = b"", *, depth: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        """Send one request, and give status, headers and body."""
        pair = base64.b64encode(f"{self.name}:{self.password}".encode()).decode()
        given = {"Authorization": f"Basic {pair}", **(headers or {})}
        given |= {"Depth": depth} if depth else {}
        return ask(self.server.port, method, path, body, given)

    def make(self, calendar: str, name: str = "", kinds: str = "VTODO") -> str:
        """Make a calendar; gives its path."""
        path = f"/{self.name}/{quote(calendar)}/"
        told = "".join(f'<C:comp name="{kind}"/>' for kind in kinds.split())
        body = COLLECTION.format(name=name or calendar, kinds=told)
        status, _, said = self.ask("MKCALENDAR", path, body)
        assert status == 201, said
        return path

    def rename(self, path: str, name: str) -> None:
        """Call a calendar otherwise."""
        body = (
            '<propertyupdate xmlns="DAV:"><set><prop><displayname>'
            f"{name}</displayname></prop></set></propertyupdate>"
        )
        assert self.ask("PROPPATCH", path, body)[0] == 207

    def put(self, path: str, text: str) -> None:
        """Put an object where `path` is, whatever was there."""
        kind = {"Content-Type": "text/calendar; charset=utf-8"}
        status, _, said = self.ask("PUT", path, text.encode(), headers=kind)
        assert status in {201, 204}, (status, said)

    def get(self, path: str) -> str:
        """Read an object over the network."""
        status, _, body = self.ask("GET", path)
        assert status == 200, body
        return body.decode()

    def delete(self, path: str) -> None:
        """Delete an object or a calendar."""
        assert self.ask("DELETE", path)[0] == 200

    def move(self, path: str, to: str) -> None:
        """Move an object to another calendar."""
        there = {"Destination": f"{self.server.origin}{to}", "Overwrite": "F"}
        assert self.ask("MOVE", path, headers=there)[0] in {201, 204}

    def files(self, path: str) -> dict[str, str]:
        """Read the objects of a calendar as files lie on the server's disk."""
        root = self.server.home / "storage" / "collection-root" / path.strip("/")
        return {file.name: file.read_text("utf-8") for file in sorted(root.glob("*.ics"))}


def ask(port: int, method: str, path: str, body: str | bytes, headers: Mapping[str, str]) -> Answer:
    """Send one request to a server on this computer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(
            method, path, body.encode() if isinstance(body, str) else body, dict(headers)
        )
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, answer.read()
    finally:
        connection.close()


Edit = Callable[[Request, Reply], Reply]


class Way:
    """A way to Radicale over which requests are counted, can fail, and answers can be edited."""

    def __init__(self, radicale: Radicale) -> None:
        self.radicale = radicale
        self.edits: list[Edit] = []
        """What becomes of each right answer on its way back."""

        self.before: list[Callable[[Request], Reply | None]] = []
        """What answers in Radicale's place, where it does."""

        self.server = HttpServer(self._forwarded)

    @property
    def origin(self) -> str:
        return self.server.origin

    def asked(self) -> list[str]:
        """Name the methods of what was asked since the last time."""
        asked = [request.method for request in self.server.log]
        self.server.log.clear()
        return asked

    def _forwarded(self, request: Request) -> Reply:
        for answers in self.before:
            if (reply := answers(request)) is not None:
                return reply
        dropped = {"host", "connection", "accept-encoding", "content-length"}
        headers = {name: value for name, value in request.headers.items() if name not in dropped}
        status, told, body = ask(
            self.radicale.port, request.method, quote(request.path), request.body, headers
        )
        kept = ("content-type", "etag", "location", "dav", "www-authenticate")
        reply = Reply(status, body, {name: told[name] for name in kept if name in told})
        for edit in self.edits:
            reply = edit(request, reply)
        return reply


@contextlib.contextmanager
def way(radicale: Radicale) -> Iterator[Way]:
    """Open a way to Radicale; close it at the end."""
    found = Way(radicale)
    try:
        yield found
    finally:
        found.server.stop()
    assert found.server.crashes == []


def why_not() -> str:
    """Say why Radicale cannot run here, or nothing."""
    return "" if PYTHON.exists() else "Radicale is not installed (make servers)"


@contextlib.contextmanager
def running() -> Iterator[Radicale]:
    """Start a Radicale of our own and stop that one at the end."""
    home = Path(tempfile.mkdtemp(prefix="radicale-"))
    (port,) = free_ports(1)
    (home / "users").write_text(f"probe:{hashlib.sha256(str(port).encode()).hexdigest()}\n")
    (home / "rights").write_text(_RIGHTS)
    (home / "config").write_text(_CONFIG.format(home=home, port=port))
    with (home / "radicale.log").open("wb") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", "radicale", "--config", home / "config"],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(process, port, home / "radicale.log")
        yield Radicale(home=home, port=port)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            ask(port, "OPTIONS", "/", b"", {})
        except OSError:
            time.sleep(0.05)
        else:
            return
    said = log.read_text(errors="replace")[-2000:] if log.exists() else "nothing"
    pytest.fail(f"Radicale did not start; it said: {said}")


@pytest.fixture(scope="session")
def radicale() -> Iterator[Radicale]:
    """Run one Radicale for the whole session; whoever tests signs somebody up."""
    if reason := why_not():
        pytest.skip(reason)
    with running() as server:
        yield server
