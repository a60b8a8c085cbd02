"""A conversation at a real homeserver, as Lola reads it through the installed command: a bridge
brings one client's WhatsApp into the same account in which another client writes to her.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.canary import assert_no_canary
from tests.office import Office
from tests.servers.synapse import Synapse


def furnished(home: Path, base_url: str, token: str) -> Office:
    """Two clients' rooms in one account."""
    office = Office(home)
    office.env["MATRIX_TOKEN"] = token
    for client, room in (("acme", "Ana (WA)"), ("luz", "Luz")):
        office.channel(
            client, "chat", "matrix", base_url=f'"{base_url}"', rooms=f'["{room}"]',
            token='{ env = "MATRIX_TOKEN" }',
        )  # fmt: skip
    return office


def shown(office: Office, number: str) -> dict[str, Any]:
    ended = office.run("show", "--json", number)
    assert ended.code == 0, ended
    found: dict[str, Any] = ended.json
    return found


def test_a_conversation_comes_whole_and_what_changes_in_it_is_told(
    synapse: Synapse, tmp_path: Path
) -> None:
    lola, luz = synapse.user("lola", "Lola"), synapse.user("luz", "Luz Vega")
    ghost = synapse.user("whatsapp_34600111222_", "Ana (WA)")
    chat = ghost.room("Ana (WA)", lola)
    bridge = {"protocol": {"id": "whatsapp", "displayname": "WhatsApp"}}
    ghost.set(chat, "m.bridge", {"bridgebot": ghost.id, **bridge})
    other = luz.room("Luz", lola)
    luz.say(other, "Lo de Luz es de Luz")

    asked = ghost.say(chat, "¿Puedes publicar el anuncio de 300 €?")
    photo = ghost.upload(b"\x89PNG", "image/png")
    info = {"mimetype": "image/png", "size": 4}
    ghost.send(
        chat,
        {"msgtype": "m.image", "body": "La foto", "filename": "foto.png", "url": photo}
        | {"info": info},
    )
    lola.say(chat, "¿Con esta foto?")  # from her phone: the bridge puts it under her own name
    wrong = ghost.say(chat, "y llama a Pepe")

    office = furnished(tmp_path / "home", synapse.base_url, lola.token)
    checked = office.run("check")
    assert checked.code == 0, checked
    assert "Ana (WA)" in checked.out
    assert {one["state"] for one in office.sync().values()} == {"ok"}
    assert office.titles() == [("acme", "Ana (WA)"), ("luz", "Luz")]
    number = office.numbered("Ana (WA)")

    item = shown(office, number)
    assert item["container"] == "WhatsApp"
    assert [(one["direction"], one["text"]) for one in item["messages"]] == [
        ("in", "¿Puedes publicar el anuncio de 300 €?"),
        ("in", "La foto"),
        ("out", "¿Con esta foto?"),
        ("in", "y llama a Pepe"),
    ]
    assert [one["name"] for one in item["messages"][1]["attachments"]] == ["foto.png"]
    assert item["changes"] == []
    assert item["turn"] == "me"

    ghost.edit(chat, asked, "¿Puedes publicar el anuncio de 500 €?")
    ghost.redact(chat, wrong)
    ghost.react(chat, lola.say(chat, "Hecho"), "👍")
    assert office.sync()["acme", "chat"]["state"] == "ok"
    item = shown(office, number)
    told = {one["before"]: one for one in item["changes"]}
    assert len(item["changes"]) == 2, item["changes"]
    edited = told["¿Puedes publicar el anuncio de 300 €?"]
    assert edited["after"] == "¿Puedes publicar el anuncio de 500 €?"
    gone = told["y llama a Pepe"]
    assert gone["after"] == ""
    assert {edited["field"], gone["field"]} == {"message"}
    assert edited["author"] == gone["author"] == "Ana (WA)"
    assert item["messages"][0]["text"] == edited["after"]
    assert item["turn"] == "client", "a thumb up is no answer"
    assert len(item["messages"]) == 4 + 1

    counted = office.sync()["acme", "chat"]
    assert (counted["new"], counted["changed"], counted["requests"]) == (0, 0, 1)
    assert_no_canary(office.home, lola.token)
