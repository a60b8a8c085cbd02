"""Three clients: one writes by WhatsApp, one in a room of a real Synapse, one has tasks in a real
Radicale. What each says stands here once, and what is done from here is done there once.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.canary import assert_no_canary
from tests.office import Office, until
from tests.servers.radicale import Person as Owner
from tests.servers.radicale import Radicale, todo
from tests.servers.synapse import Synapse, User
from tests.test_import import ANDROID, IPHONE, MERGED, packed, put


@dataclass
class Street:
    """The office, and what stands behind its channels."""

    office: Office
    ana: User
    lola: User
    room: str
    owner: Owner
    calendar: str

    def sent(self) -> bool:
        """Sync, with all that waits being due, and tell whether all that she sent has arrived."""
        self.office.let_go()
        self.office.sync()
        writes = self.office.run("outbox", "--all", "--json").json["writes"]
        return {one["state"] for one in writes} == {"done"}

    def one(self, client: str) -> dict[str, Any]:
        """Read the one item of a client."""
        (item,) = self.office.queue(f"client:{client}", command="search")
        whole: dict[str, Any] = self.office.run("show", str(item["id"]), "--json").json
        return whole


@pytest.fixture
def street(synapse: Synapse, radicale: Radicale, tmp_path: Path) -> Street:
    office = Office(tmp_path / "home")
    ana, lola = synapse.user("ana", "Ana Ruiz"), synapse.user("lola", "Lola")
    owner = radicale.user("lola")
    street = Street(
        office, ana, lola, ana.room("Obra de Luz", lola), owner,
        owner.make("tareas", "Tareas"),
    )  # fmt: skip
    office.env |= {"LUZ_TOKEN": lola.token, "NUBE_WORD": owner.password}
    office.channel("acme", "whatsapp", "whatsapp-export", name='"Lola"')
    office.channel(
        "luz", "sala", "matrix", base_url=f'"{synapse.base_url}"', token='{ env = "LUZ_TOKEN" }',
        rooms='["Obra de Luz"]', write='"comment"',
    )  # fmt: skip
    office.channel(
        "nube", "tareas", "caldav", base_url=f'"{radicale.origin}"', user=f'"{owner.name}"',
        password='{ env = "NUBE_WORD" }', write='"all"',
    )  # fmt: skip
    return street


def test_each_client_is_read_in_their_own_tool_and_nothing_is_done_twice(
    street: Street, tmp_path: Path
) -> None:
    office = street.office
    chat = put(tmp_path, "Chat de WhatsApp con Marta.txt", ANDROID, 14)
    assert office.run("import", chat, "--client", "acme").code == 0
    again = put(tmp_path, "WhatsApp Chat - Marta.zip", packed(IPHONE))
    assert office.run("import", again).code == 0
    asked = street.ana.say(street.room, "¿Cuándo llegan las ventanas?")
    street.ana.edit(street.room, asked, "¿Cuándo llegan las puertas?")
    street.owner.put(f"{street.calendar}a.ics", todo("a", "Enviar la factura", "DUE:20261130"))
    office.sync()
    office.sync()

    whatsapp = street.one("acme")
    assert [(one["author"], one["text"]) for one in whatsapp["messages"]] == MERGED
    assert [(one["field"], one["before"][-4:], one["after"][-4:])
            for one in whatsapp["changes"]] == [("message", "azul", "rojo")]  # fmt: skip
    room = street.one("luz")
    assert (room["title"], room["channel_kind"]) == ("Obra de Luz", "matrix")
    assert [(one["author"], one["text"]) for one in room["messages"]] == [
        ("Ana Ruiz", "¿Cuándo llegan las puertas?")
    ]
    task = street.one("nube")
    assert (task["title"], task["due"], task["state"]) == (
        "Enviar la factura", "2026-11-30", "open",
    )  # fmt: skip

    assert office.run("reply", str(room["id"]), "El lunes").code == 0
    assert office.dies("store", "outbox", "done") == -signal.SIGKILL
    assert office.run("done", str(task["id"])).code == 0
    office.let_go()
    until(lambda: office.dies("store", "outbox", "done") == -signal.SIGKILL)
    until(street.sent)
    assert [one["content"]["body"] for one in street.lola.said(street.room)].count("El lunes") == 1
    assert "STATUS:COMPLETED" in street.owner.get(f"{street.calendar}a.ics")

    reports = office.sync()
    assert {key: one["error"] for key, one in reports.items()} == dict.fromkeys(reports)
    room = street.one("luz")
    assert [(one["direction"], one["text"]) for one in room["messages"]] == [
        ("in", "¿Cuándo llegan las puertas?"), ("out", "El lunes"),
    ]  # fmt: skip
    assert street.one("nube")["state"] == "done"
    assert [one["new"] for one in office.sync().values()] == [0, 0, 0]


def test_one_in_trouble_does_not_touch_the_others_and_no_secret_is_told(
    street: Street, tmp_path: Path
) -> None:
    office = street.office
    street.ana.say(street.room, "hola")
    street.owner.put(f"{street.calendar}a.ics", todo("a", "Enviar la factura"))
    chat = put(tmp_path, "Chat de WhatsApp con Marta.txt", ANDROID)
    assert office.run("import", chat, "--client", "acme").code == 0
    office.sync()
    token, password = street.lola.token, street.owner.password
    street.lola.leave_off(token)
    street.owner.put(f"{street.calendar}b.ics", todo("b", "Otra"))
    reports = office.sync(code=4)
    states = {client: one["state"] for (client, _), one in reports.items()}
    assert states == {"acme": "ok", "luz": "sign_in", "nube": "ok"}
    assert {one["client"]: one["state"] for one in office.queue()} == dict.fromkeys(
        ("acme", "luz", "nube"), "open"
    )
    assert len(office.queue("client:nube")) == 2
    ended = office.run("check")
    for secret in (token, password):
        assert_no_canary(office.home, secret)
        assert secret not in ended.out + ended.err
