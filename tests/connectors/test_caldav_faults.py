"""Each fault of an HTTP server, and of what should be XML, at each moment of a poll of calendars
and of a write, on the way to a real Radicale and into the real store: nothing of any client closes
or is lost, no other client notices, and once it is over all is as at the server.
"""

from __future__ import annotations

import itertools
import logging
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from connectors.base import Secret
from connectors.caldav import CalDavConfig, CalDavConnector
from connectors.errors import AuthError, ConnectorError
from connectors.http import Timing
from connectors.testing_faults import FAULTS, Fault
from connectors.testing_server import Request
from normalizer.actions import Action, Complete, Create
from normalizer.model import Ref
from store.database import open_database
from store.directory import ChannelSpec, ClientSpec, declare
from store.views import Health
from tests.canary import assert_no_canary
from tests.connectors.board_rig import CANARY, CLIENTS, Rig
from tests.connectors.test_http_faults import OUTCOMES
from tests.servers.radicale import Person, Radicale, Way, todo, way

LONGEST = 10.0
"""Seconds. The deadline of a request is half a second; the rest is a slow machine."""

QUICK = Timing(deadline=0.5, cap=1 << 20, longest_wait=2.0)
TASKS = 3
MOMENTS = ("first", "later")


def xml(change: Callable[[bytes], bytes]) -> Fault:
    """Answer as a WebDAV server does, with the good body changed."""

    def fault(peer: Any, good: bytes) -> None:
        body = change(good)
        head = "HTTP/1.1 207 Multi-Status\r\nContent-Type: application/xml\r\nConnection: close\r\n"
        peer.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    return fault


def _bare(good: bytes) -> bytes:
    return re.sub(rb"^<\?xml[^>]*\?>\s*", b"", good)


def _typed(doctype: bytes) -> Callable[[bytes], bytes]:
    return lambda good: doctype + re.sub(rb"<href>[^<]*", b"<href>&a;", _bare(good))


_LAUGHS = b"".join(
    b'<!ENTITY %c "%s">' % (ord("a") + n, b"&%c;" % (ord("a") + n + 1) * 10) for n in range(9)
)
EMPTY = b'<multistatus xmlns="DAV:"><sync-token>x</sync-token></multistatus>'

SPELLED: dict[str, Fault] = {
    # The same as of JSON, in the language that is spoken here.
    "a list for an object, an object for a list (H10)": xml(
        lambda good: good.replace(b"multistatus", b"error")
    ),
    "wrong types (H11)": xml(lambda good: re.sub(rb">[^<\s][^<]*<", b">7<", good)),
    "bad UTF-8 (H12)": xml(lambda good: good.replace(b"</href>", b"\xff\xfe</href>")),
    "a BOM (H13)": xml(lambda good: b"\xef\xbb\xbf" + good),
    "100,000 lists in each other (H14)": xml(lambda _: b"<a>" * 100_000 + b"</a>" * 100_000),
    "a number of 5,000 digits (H15)": xml(
        lambda good: good.replace(b"HTTP/1.1 200", b"HTTP/1.1 2" + b"0" * 5000)
    ),
    "NaN (H16)": xml(lambda good: good.replace(b"HTTP/1.1 200", b"HTTP/1.1 NaN")),
    "Infinity (H16)": xml(lambda good: good.replace(b"HTTP/1.1 200", b"HTTP/1.1 -1")),
    "infinity in digits (H16)": xml(lambda good: good.replace(b"HTTP/1.1 200", b"1e999")),
    "a lone surrogate (H17)": xml(lambda good: good.replace(b"<href>", b"<href>&#xd800;")),
    "NUL in a text (H18)": xml(lambda good: good.replace(b"<href>", b"<href>&#0;")),
    "JSON cut short": xml(lambda good: good[:-1]),
    "UTF-16": xml(lambda good: good.decode().encode("utf-16")),
}
OF_XML: dict[str, Fault] = {
    "a document type": xml(lambda good: b"<!DOCTYPE multistatus>" + _bare(good)),
    "an entity": xml(
        lambda good: (
            b'<!DOCTYPE m [<!ENTITY a "HTTP/1.1 200 OK">]>'
            + _bare(good).replace(b"HTTP/1.1 200 OK", b"&a;")
        )
    ),
    "a billion laughs": xml(_typed(b"<!DOCTYPE m [" + _LAUGHS + b'<!ENTITY j "ha">]>')),
    "an entity from a file": xml(_typed(b'<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]>')),
    "an entity from the network": xml(
        _typed(b'<!DOCTYPE m [<!ENTITY a SYSTEM "http://evil.example/">]>')
    ),
    "200 instead of 207": FAULTS["a BOM (H13)"],
    "another namespace": xml(lambda good: good.replace(b'"DAV:"', b'"DAV"')),
    "addresses elsewhere": xml(
        lambda good: good.replace(b"<href>/", b"<href>https://evil.example/")
    ),
    "addresses of another's": xml(lambda good: good.replace(b"<href>/lola", b"<href>/luz")),
    "addresses that climb": xml(
        lambda good: re.sub(rb"<href>(/lola[^/<]+/)", rb"<href>\1../../etc/", good)
    ),
    "addresses without a beginning": xml(lambda good: good.replace(b"<href>/", b"<href>")),
    "no addresses": xml(lambda good: re.sub(rb"<href>.*?</href>", b"", good)),
    "no status": xml(lambda good: re.sub(rb"<status>.*?</status>", b"", good)),
    "nothing at all": xml(lambda _: b'<multistatus xmlns="DAV:"/>'),
    "nothing but a token": xml(
        lambda good: (
            b'<multistatus xmlns="DAV:">'
            + (re.findall(rb"<sync-token>[^<]*</sync-token>", good) or [b""])[-1]
            + b"</multistatus>"
        )
    ),
    "a tag that does not end": xml(lambda good: good.replace(b"</href>", b"", 1)),
    "two roots": xml(lambda good: good + EMPTY),
    "20,000 empty answers": xml(
        lambda _: b'<multistatus xmlns="DAV:">' + b"<response/>" * 20_000 + b"</multistatus>"
    ),
}
"""What only XML can be."""

ALL: dict[str, Fault] = {**FAULTS, **SPELLED, **OF_XML}

BELIEVED = {"nothing but a token"}
"""Well formed, and a lie: that nothing changed is what a server may say. It is found out when the
calendar changes again; that nothing closes is asserted of it all the same."""

numbers = itertools.count(1)


class CalDavOffice:
    """A calendar of each client, on one way to one server."""

    kind = "caldav"

    def __init__(self, open_way: Way) -> None:
        self.way = open_way
        self.people: dict[str, Person] = {}
        for client in CLIENTS:
            self.people[client] = person = open_way.radicale.user(f"lola-{client}")
            person.password = f"{CANARY}-{client}"
            with (open_way.radicale.home / "users").open("a") as file:
                file.write(f"{person.name}b:{person.password}\n")
            person.name += "b"
            person.ask("PROPFIND", f"/{person.name}/", depth="0")
            path = person.make("web", "Web")
            for number in range(TASKS):
                person.put(f"{path}{number}.ics", todo(f"u{number}", f"{number}"))

    def path(self, client: str) -> str:
        return f"/{self.people[client].name}/web/"

    def connect(self, client: str, path: str = "") -> CalDavConnector:
        person = self.people[client]
        config = CalDavConfig(
            base_url=f"{self.way.origin}{path}", user=person.name, write="all",
            password=Secret(lambda: person.password), timezone="UTC",
        )  # fmt: skip
        return CalDavConnector(config, timing=QUICK)

    def happen(self, client: str, number: int) -> None:
        """Let somebody rename a task, and put another in the place of the last one they made."""
        person, path = self.people[client], self.path(client)
        person.put(f"{path}{number % TASKS}.ics", todo(f"u{number % TASKS}", f"Tarea {number}"))
        person.put(f"{path}n.ics", todo("n", f"Nueva {number}"))

    def truth(self, client: str) -> dict[str, str]:
        """Tell what is open on the server's disk: title by name."""
        found = {}
        for text in self.people[client].files(self.path(client)).values():
            if "STATUS:COMPLETED" not in text:
                lines = dict(one.split(":", 1) for one in text.splitlines() if ":" in one)
                found[lines["UID"]] = lines["SUMMARY"]
        return found

    def hers(self, client: str, *methods: str) -> Callable[[Request], bool]:
        path = f"/{self.people[client].name}/"
        return lambda r: r.method in methods and r.path.startswith(path)


@pytest.fixture(scope="module")
def rig(radicale: Radicale, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("caldav")
    specs = tuple(
        ClientSpec(slug=client, name=client, color="orange", identities=(),
                   channels=(ChannelSpec(slug="canal", kind="caldav"),))
        for client in CLIENTS
    )  # fmt: skip
    db = open_database(folder / "trastienda.db")
    found = declare(db, specs, datetime.now(UTC))
    keys = {client: found[client, "canal"] for client in CLIENTS}
    try:
        with way(radicale) as open_way:
            made = Rig(cast("Any", CalDavOffice(open_way)), db, keys)
            for client in CLIENTS:
                assert made.pull(client).error is None
                assert made.kept(client) == office_of(made).truth(client)
            yield made
    finally:
        db.close()
    assert_no_canary(folder, CANARY)


def office_of(rig: Rig) -> CalDavOffice:
    return cast("CalDavOffice", rig.office)


def test_there_are_65_faults_of_http_and_as_many_of_xml_as_there_are_ways_to_lie() -> None:
    assert len(FAULTS) >= 60
    assert set(SPELLED) <= set(FAULTS)
    assert len(ALL) == len(FAULTS) + len(OF_XML)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", ALL)
def test_a_poll_that_meets_a_fault_closes_nothing_and_the_next_one_brings_all(
    rig: Rig, name: str, moment: str, caplog: pytest.LogCaptureFixture
) -> None:
    office, number = office_of(rig), next(numbers)
    before = rig.kept("acme")
    for client in CLIENTS:
        office.happen(client, number)
    where = office.hers("acme", "PROPFIND" if moment == "first" else "REPORT")
    mishap = office.way.server.fail(where, ALL[name], after=True)
    with caplog.at_level(logging.DEBUG):
        began = time.monotonic()
        outcome = rig.pull("acme")
        assert time.monotonic() - began < LONGEST
        assert mishap.happened == 1

        assert outcome.health in {Health.OK, Health.LATER, Health.SIGN_IN}, outcome
        assert (outcome.health is Health.OK) == (outcome.error is None)
        kept = rig.kept("acme")
        assert kept.keys() >= before.keys()
        if outcome.health is Health.OK and not outcome.notices and name not in BELIEVED:
            assert kept == office.truth("acme")
        if name in OUTCOMES and OUTCOMES[name][0] is AuthError:
            assert outcome.health is Health.SIGN_IN

        if name in OF_XML and name not in BELIEVED:
            assert outcome.health is Health.LATER

        assert rig.pull("luz").error is None
        assert rig.kept("luz") == office.truth("luz")

        office.way.server.mend()
        after = rig.pull("acme")
        if name in BELIEVED:
            for _ in range(TASKS):
                office.happen("acme", next(numbers))
            after = rig.pull("acme")
        assert (after.health, after.notices) == (Health.OK, ())
        assert rig.kept("acme") == office.truth("acme")
    _quiet(caplog, outcome, after)


WRITES = [
    pytest.param(name, kind, carried_out, id=f"{name}, {kind}, {'' if carried_out else 'not '}done")
    for number, name in enumerate(FAULTS)
    for carried_out in (True, False)
    for kind in (("complete", "create")[(number + carried_out) % 2],)
]
"""Each fault of a write that was carried out and of one that was not; each kind in half of each."""


@pytest.mark.parametrize(("name", "kind", "carried_out"), WRITES)
def test_a_write_that_meets_a_fault_is_carried_out_once_in_the_end(
    rig: Rig, name: str, kind: str, *, carried_out: bool, caplog: pytest.LogCaptureFixture
) -> None:
    office, number = office_of(rig), next(numbers)
    person, path = office.people["acme"], office.path("acme")
    action: Action = Create(ref=Ref("calendar", "Web"), title=f"Escrito {number}")
    if kind == "complete":
        action = Complete(ref=Ref("todo", "w"))
        person.put(f"{path}w.ics", todo("w", f"Escrito {number}"))
    mishap = office.way.server.fail(office.hers("acme", "PUT"), FAULTS[name], after=carried_out)
    first, second = (office.connect("acme", path) for _ in range(2))
    error: ConnectorError | None = None
    with caplog.at_level(logging.DEBUG):
        try:
            first.push(action)
        except ConnectorError as caught:
            error = caught
        assert mishap.happened == 1
        office.way.server.mend()
        if error is not None:
            second.push(action)
    first.close()
    second.close()
    left = {name: text for name, text in person.files(path).items() if f"Escrito {number}" in text}
    assert list(left) == ["w.ics" if kind == "complete" else f"{action.id}.ics"]
    for file, text in left.items():
        assert text.count("STATUS:COMPLETED") == (kind == "complete")
        person.delete(f"{path}{file}")
    _quiet(caplog, error)


def _quiet(caplog: pytest.LogCaptureFixture, *told: Any) -> None:
    """No secret was told anywhere."""
    assert CANARY not in caplog.text
    assert CANARY not in repr(told)
    assert not any(CANARY in str(one) for one in told)
