"""`views`, and `queue --view`: what the tabs of the screen show, on the command line."""

from __future__ import annotations

from datetime import UTC, datetime

from store import own_views
from store.database import open_database
from tests.trastienda.desk import Desk


def titles(desk: Desk, *words: str) -> list[str]:
    return [one["title"] for one in desk.run("queue", *words, "--json").json["items"]]


def test_a_view_is_kept_listed_shown_and_removed(desk: Desk) -> None:
    desk.run("sync")
    assert desk.run("views").out == "You have kept no view yet.\n"
    assert desk.run("views", "--save", "De Acme", "cliente:acme", "-asunto2").code == 0
    assert desk.run("views").out == "     2  De Acme: cliente:acme -asunto2\n"
    assert desk.run("views", "--json").json["views"] == [
        {"name": "De Acme", "query": "cliente:acme -asunto2", "count": 2, "problem": None}
    ]
    assert len(titles(desk, "--view", "de ACMÉ")) == 2
    assert titles(desk, "--view", "De Acme", "1") == ["Asunto 1"]
    again = desk.run("views", "--save", "de acme", "client:luz").out
    assert again == "View kept, in the place of the one before: de acme\n"
    assert len(titles(desk, "--view", "de acme", "-client:acme")) == 2
    gone = desk.run("views", "--remove", "De Acme")
    assert gone.out == "View removed: de acme (client:luz)\n"
    assert desk.run("views", "--remove", "De Acme").code == 2
    assert desk.run("views", "--json").json["views"] == []


def test_the_views_that_are_always_there_are_shown_by_either_name(desk: Desk) -> None:
    desk.run("sync")
    number = str(desk.run("queue", "--json").json["items"][0]["id"])
    desk.run("archive", number)
    for name in ("archived", "Archived"):
        assert len(titles(desk, "--view", name)) == 1
    assert len(titles(desk, "--view", "inbox")) == 3
    assert len(titles(desk, "--view", "all")) == 4
    unknown = desk.run("queue", "--view", "ayer")
    assert unknown.code == 2
    assert "There is no view ayer. There are: Now, Today," in unknown.err


def test_what_is_no_view_is_refused_and_nothing_is_kept(desk: Desk) -> None:
    desk.run("sync")
    for words, said in (
        (("--save", "x"), "What the view asks for is missing: --save NAME QUERY."),
        (("--save", "x", "nosuch:y"), "There is no field nosuch: (character 1)."),
        (("--save", "", "factura"), "A view needs a name of 1 to 24 characters."),
        (("factura",), "To keep a view, write a name before the query: --save NAME QUERY."),
    ):
        refused = desk.run("views", *words)
        assert refused.code != 0, words
        assert said in refused.err
    assert desk.run("views", "--json").json["views"] == []


def test_a_view_of_another_version_is_listed_with_what_is_wrong(desk: Desk) -> None:
    desk.run("sync")
    db = open_database(desk.home / "trastienda.db")
    own_views.save(db, "Rota", "nuevocampo:x", now=datetime.now(UTC))
    own_views.save(db, "Buena", "client:acme", now=datetime.now(UTC))
    db.close()
    out = desk.run("views").out
    assert "     !  Rota: nuevocampo:x\n        There is no field nuevocampo:" in out
    assert "     2  Buena: client:acme\n" in out
    assert desk.run("queue", "--view", "rota").code == 2


def test_the_query_language_is_the_same_in_both_languages(desk: Desk) -> None:
    desk.run("sync")
    for words in (
        "client:acme channel:email state:waiting age:>5d turn:client has:attachment changed:new",
        "cliente:acme canal:correo estado:esperando edad:>5d toca:cliente tiene:adjunto",
        "due:<friday -label:x", "vence:<viernes -etiqueta:x cambio:nuevo", "(a or b) not client:c",
        '"exact words"',
    ):  # fmt: skip
        for command in ("queue", "search"):
            assert desk.run(command, *words.split()).code == 0
    refused = desk.run("queue", "changed:after-approval")
    assert refused.code == 2
    assert "changed: does not know after-approval (character 1); it knows new/nuevo," in refused.err
