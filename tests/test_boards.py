"""Two clients at Trello and two at Asana, through the installed command: one of them in trouble
after the other, and nobody's items the worse for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connectors.testing_faults import FAULTS, Fault
from connectors.testing_server import HttpServer, Request
from tests.canary import assert_no_canary
from tests.office import Office
from tests.servers.asana import FakeAsana
from tests.servers.trello import KEY, Trello

CANARY = "canary-7d1e-never-anywhere"
CLIENTS = {"acme": "trello", "luz": "trello", "nube": "asana", "sol": "asana"}
TROUBLES: dict[str, tuple[str, str, str]] = {
    "401": ("401 (H1)", "sign_in", "does not accept the key or the token"),
    "429": ("429 with nothing (H7)", "later", "takes only so many requests"),
    "500": ("500 (H8)", "later", "is out of order (500)"),
    "an empty 200": ("an empty 200 (H9)", "later", "cannot be read"),
    "a truncated page": ("JSON cut short", "later", "cannot be read"),
    "a dropped connection": ("resets inside the body (N6)", "later", "no connection"),
}
"""What happens → the fault, the channel's state, and what she reads of it."""


@dataclass
class Street:
    """The office, and what stands behind its channels."""

    office: Office
    servers: dict[str, HttpServer]
    say: dict[str, Callable[[str], None]] = field(default_factory=dict)
    """By client: let somebody add a task called so."""

    def break_down(self, client: str, fault: Fault) -> None:
        def hers(request: Request) -> bool:
            return f"{CANARY}-{client}" in request.headers.get("authorization", "")

        self.servers[CLIENTS[client]].fail(hers, fault, times=None, after=True)

    def mend(self) -> None:
        for server in self.servers.values():
            server.mend()

    def open_items(self) -> dict[str, list[str]]:
        """Name what is open at each client."""
        found: dict[str, list[str]] = {client: [] for client in CLIENTS}
        for item in self.office.queue():
            assert item["state"] == "open", item
            found[item["client"]].append(item["title"])
        return {client: sorted(titles) for client, titles in found.items()}


@pytest.fixture
def street(tmp_path: Path, trello_server: Trello, asana_server: FakeAsana) -> Iterator[Street]:
    office = Office(tmp_path / "home")
    street = Street(office, {"trello": trello_server.server, "asana": asana_server.server})
    for client, kind in CLIENTS.items():
        token = f"{CANARY}-{client}"
        office.env[f"TOKEN_{client.upper()}"] = token
        settings = {"token": f'{{ env = "TOKEN_{client.upper()}" }}'}
        if kind == "trello":
            _board(trello_server, street, client, token)
            office.env["TRELLO_KEY"] = KEY
            settings |= {"key": '{ env = "TRELLO_KEY" }', "base_url": f'"{trello_server.base_url}"'}
        else:
            _project(asana_server, street, client, token)
            settings |= {"base_url": f'"{asana_server.base_url}"'}
        office.channel(client, "tablero", kind, **settings)
    yield street
    assert_no_canary(office.home, CANARY)


def _board(fake: Trello, street: Street, client: str, token: str) -> None:
    me, ana = fake.account(f"va_{client}", token), fake.account(f"ana_{client}")
    board = fake.people.add_board(client.upper(), ana, me, lists=["Hoy", "Hecho"])
    into = next(iter(fake.world.boards[board].lists))

    def say(title: str) -> None:
        card = fake.people.add_card(into, title, by=ana)
        fake.people.comment(card, f"¿Cómo va {title}?", by=ana)

    street.say[client] = say
    for number in range(8):
        say(f"{client} {number}")


def _project(fake: FakeAsana, street: Street, client: str, token: str) -> None:
    world, her = fake.world, fake.sign_up(f"Lola {client}", token)
    ana = world.user(f"Ana {client}")
    project = world.project(world.workspace(client.upper(), her, ana), "Web", her, ana)

    def say(title: str) -> None:
        task = world.task(project, title, by=ana, assignee=her)
        world.comment(task, f"¿Cómo va {title}?", ana)

    street.say[client] = say
    for number in range(8):
        say(f"{client} {number}")


def test_one_account_in_trouble_closes_nothing_and_stops_nobody(street: Street) -> None:
    office = street.office
    assert {one["state"] for one in office.sync().values()} == {"ok"}
    expected = {client: [f"{client} {number}" for number in range(8)] for client in CLIENTS}
    assert street.open_items() == expected

    for troubled, (name, (fault, state, says)) in zip(
        ["acme", "nube"] * 3, TROUBLES.items(), strict=True
    ):
        for client in CLIENTS:
            street.say[client](f"{client} con {name}")
        street.break_down(troubled, FAULTS[fault])
        before = street.open_items()
        ended = office.run("sync", "--json")
        assert ended.code != 0
        reports = {one["client"]: one for one in ended.json["channels"]}
        well = {one for one in CLIENTS if one != troubled}
        assert {one: reports[one]["state"] for one in well} == dict.fromkeys(well, "ok"), name
        assert reports[troubled]["state"] == state, reports[troubled]

        now = street.open_items()
        assert now[troubled] == before[troubled], name
        for client in well:
            expected[client] = sorted([*expected[client], f"{client} con {name}"])
            assert now[client] == expected[client], name

        told = office.status()[troubled, "tablero"]
        assert (told["state"], says in told["error"]) == (state, True), told
        assert told["last_success"] is not None
        assert CANARY not in ended.out + ended.err + str(told)

        street.mend()
        expected[troubled] = sorted([*expected[troubled], f"{troubled} con {name}"])
        _renewed(street, troubled)
        assert street.open_items() == expected, name


def _renewed(street: Street, client: str) -> None:
    """Sync again, as after the vendor's time-out is over: each command counts for itself."""
    report: dict[str, Any] = street.office.sync()[client, "tablero"]
    assert (report["state"], report["error"]) == ("ok", None)


def test_check_names_boards_and_projects_and_says_what_the_token_may_do(street: Street) -> None:
    said = street.office.run("check").out
    assert "acme/tablero: Va_Acme, ACME" in said
    assert "Web" in said
    assert "Nothing is written back here." in said
    assert CANARY not in said


def test_check_warns_where_two_clients_read_the_same_board(street: Street) -> None:
    office, settings = street.office, street.office.clients
    settings["luz"]["tablero"] = settings["acme"]["tablero"]
    office.write()
    said = " ".join(office.run("check").out.split())
    assert "acme/tablero and luz/tablero are of two clients and read the same: ACME." in said
    settings["luz"]["tablero"] = [*settings["acme"]["tablero"], 'boards = ["otro"]']
    office.write()
    said = " ".join(office.run("check").out.split())
    assert "read the same" not in said
    assert "Trello shows this account no board otro. There are: ACME." in said


def test_with_write_no_not_one_request_that_changes_anything_leaves(street: Street) -> None:
    street.office.sync()
    street.office.sync()
    for server in street.servers.values():
        changing = [r for r in server.log if r.method != "GET" and not r.path.endswith("/batch")]
        assert changing == []
