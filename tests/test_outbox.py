"""What she answers and completes in Trello and Asana, through the installed command: once, whatever
becomes of the tool's answer, and not at all where the settings say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connectors.http_rules import READING
from connectors.testing_faults import FAULTS
from connectors.testing_server import HttpServer, Request
from tests.office import Office, until
from tests.servers.asana import FakeAsana
from tests.servers.trello import KEY, Trello

LOST = FAULTS["resets after the request (N4)"]


@dataclass
class Street:
    """The office, with a client at Trello and one at Asana, a task each."""

    office: Office
    trello: Trello
    asana: FakeAsana
    reopen: Mapping[str, Callable[[], None]]
    """Has somebody at a client take back that the task is done."""

    def item(self, client: str) -> dict[str, Any]:
        (item,) = self.office.queue(f"client:{client}", command="search")
        whole: dict[str, Any] = self.office.run("show", str(item["id"]), "--json").json
        return whole

    def outbox(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.office.run("outbox", "--all", "--json").json["writes"]
        return found

    def settled(self) -> bool:
        """Sync once, with all that waits being due, and tell whether nothing is left to be sent."""
        self.office.let_go()
        self.office.run("sync", "--json")
        return {one["state"] for one in self.outbox()} <= {"done", "refused", "cancelled"}

    def servers(self) -> list[HttpServer]:
        return [self.trello.server, self.asana.server]

    def changing(self) -> list[str]:
        """Name the requests that change something."""
        return [
            f"{one.method} {one.path}"
            for server in self.servers()
            for one in server.log
            if one.method not in READING and not one.path.endswith("/batch")
        ]


@pytest.fixture
def street(tmp_path: Path, trello_server: Trello, asana_server: FakeAsana) -> Street:
    office = Office(tmp_path / "home")
    me, ana = trello_server.account("lola", "token-trello"), trello_server.account("ana")
    board = trello_server.people.add_board("Web", ana, me, lists=["Hoy", "Hecho"])
    into = next(iter(trello_server.world.boards[board].lists))
    card = trello_server.people.add_card(into, "Portada", by=ana)
    world, her = asana_server.world, asana_server.sign_up("Lola", "token-asana")
    eva = world.user("Eva")
    project = world.project(world.workspace("Nube", her, eva), "Web", her, eva)
    task = world.task(project, "Factura", by=eva, assignee=her)
    office.env |= {"TRELLO_KEY": KEY, "TOKEN_T": "token-trello", "TOKEN_A": "token-asana"}
    office.channel(
        "acme", "tablero", "trello", base_url=f'"{trello_server.base_url}"', done='"list:Hecho"',
        key='{ env = "TRELLO_KEY" }', token='{ env = "TOKEN_T" }', write='"all"',
    )  # fmt: skip
    office.channel(
        "nube", "proyecto", "asana", base_url=f'"{asana_server.base_url}"', write='"all"',
        token='{ env = "TOKEN_A" }',
    )  # fmt: skip
    office.sync()
    reopen = {
        "acme": partial(trello_server.people.move_card, card, into, by=ana),
        "nube": partial(world.reopen, task, eva),
        "nube, by her": partial(world.reopen, task, her),
    }
    return Street(office, trello_server, asana_server, reopen)


def test_what_she_says_and_completes_arrives_once_though_the_answer_is_lost(
    street: Street,
) -> None:
    office, card, task = street.office, street.item("acme"), street.item("nube")
    for server in street.servers():
        server.fail(lambda request: request.method not in READING and not _batch(request), LOST,
                    after=True)  # fmt: skip
    assert office.run("reply", str(card["id"]), "Mañana está lista").code == 0
    assert office.run("done", str(task["id"])).code == 0
    assert {one["state"] for one in street.outbox()} == {"queued"}
    (waiting,) = street.item("acme")["outgoing"]
    assert (waiting["action"], waiting["text"]) == ("comment", "Mañana está lista")
    assert "Mañana está lista" in office.run("show", str(card["id"])).out
    until(street.settled)
    assert {one["state"] for one in street.outbox()} == {"done"}
    assert street.item("nube")["state"] == "done"
    said = [one["text"] for one in street.item("acme")["messages"] if one["direction"] == "out"]
    assert said == ["Mañana está lista"]
    assert street.item("acme")["outgoing"] == []
    assert len([one for one in street.changing() if "/actions/comments" in one]) == 1
    assert all(server.mishaps == [] or server.mishaps[0].happened for server in street.servers())
    before = street.changing()
    office.sync()
    assert street.changing() == before


def test_with_write_no_nothing_is_queued_and_not_one_changing_request_leaves(
    street: Street,
) -> None:
    office = street.office
    for client, channel in (("acme", "tablero"), ("nube", "proyecto")):
        lines = office.clients[client][channel]
        lines[:] = [line for line in lines if not line.startswith("write")]
    office.write()
    office.sync()
    for client in ("acme", "nube"):
        item = str(street.item(client)["id"])
        for words in (["reply", item, "hola"], ["done", item]):
            ended = office.run(*words)
            assert ended.code == 2, ended
            assert 'write = "comment"' in " ".join(ended.err.split())
    office.sync()
    assert street.outbox() == []
    assert street.changing() == []


def test_what_was_queued_and_is_no_longer_allowed_is_refused_before_it_leaves(
    street: Street,
) -> None:
    office = street.office
    assert office.run("done", str(street.item("acme")["id"])).code == 0
    lines = office.clients["acme"]["tablero"]
    lines[:] = [line.replace('"all"', '"comment"') for line in lines]
    office.write()
    until(street.settled)
    (one,) = street.outbox()
    assert one["state"] == "refused"
    assert 'write = "all"' in one["error"]
    assert street.changing() == []
    assert "not carried out" in office.run("outbox").out
    assert "not carried out 1" in office.run("status").out
    assert f"trastienda outbox --drop {one['id']}" in office.run("outbox").out
    assert office.run("outbox", "--drop", str(one["id"])).code == 0
    assert "not carried out" not in office.run("status").out
    again = office.run("outbox", "--drop", str(one["id"]))
    assert again.code != 0
    assert "There is no question about" in again.err
    assert street.item("acme")["triage"] == "inbox", "it is hers again"


def test_undo_takes_it_back_while_it_waits(street: Street) -> None:
    office, item = street.office, str(street.item("nube")["id"])
    ended = office.run("done", item)
    assert ended.code == 0
    assert "undo takes it back" in ended.out
    assert "Nothing is being sent now" in ended.out
    assert "goes" in office.run("outbox").out
    assert office.run("status", "--json").json["outbox"]["queued"] == 1
    assert office.run("undo").code == 0
    until(street.settled)
    assert {one["state"] for one in street.outbox()} == {"cancelled"}
    assert street.changing() == []
    assert street.item("nube")["triage"] == "inbox"
    assert "Nothing is waiting" in office.run("outbox").out


def _batch(request: Request) -> bool:
    return request.path.endswith("/batch")


@pytest.mark.parametrize("whose", ["acme", "nube", "nube, by her"])
def test_what_was_done_though_its_answer_was_lost_and_reopened_since_is_not_done_again(
    street: Street, whose: str
) -> None:
    client = whose.partition(",")[0]
    office, item = street.office, street.item(client)
    for server in street.servers():
        server.fail(lambda request: request.method not in READING and not _batch(request), LOST,
                    after=True)  # fmt: skip
    assert office.run("done", str(item["id"])).code == 0
    until(lambda: bool(street.settled() or street.changing()))
    sent = street.changing()
    assert len(sent) == 1, sent
    street.reopen[whose]()
    until(street.settled)
    assert street.changing() == sent, "it is hers to decide"
    (one,) = street.outbox()
    assert one["state"] == "refused"
    assert "may have been carried out" in one["error"]
    assert street.item(client)["triage"] == "inbox"
