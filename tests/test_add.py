"""A new task, through the installed command: it is made there once, whatever breaks on the way."""

from __future__ import annotations

import pytest

from connectors.http_rules import READING
from tests.office import until
from tests.servers.asana_things import Task
from tests.test_outbox import LOST, Street, _batch, street  # noqa: F401 - a fixture

TITLE = "Montar el boletín de junio"


def made(street: Street, client: str) -> int:  # noqa: F811
    """Count the tasks of that title over there."""
    if client == "acme":
        boards = street.trello.world.boards.values()
        return [card["name"] for board in boards for card in board.cards.values()].count(TITLE)
    things = street.asana.world.things.values()
    return [one.name for one in things if isinstance(one, Task)].count(TITLE)


@pytest.mark.parametrize("lost", [False, True], ids=["answered", "answer lost"])
def test_a_new_task_is_made_there_exactly_once(street: Street, lost: bool) -> None:  # noqa: F811
    office = street.office
    for server in street.servers() if lost else ():
        server.fail(lambda request: request.method not in READING and not _batch(request), LOST,
                    after=True)  # fmt: skip
    card = office.run("add", "--client", "acme", "--due", "24/12", *TITLE.split(), "--json")
    assert card.code == 0, card
    told = card.json
    assert (told["client"], told["channel"], told["place"]) == ("acme", "tablero", "Web › Hoy")
    assert (told["title"], told["due"][5:]) == (TITLE, "12-24")
    task = office.run("add", "--client", "nube", "--in", "web", TITLE)
    assert task.code == 0, task
    assert "NUBE · proyecto · Web" in task.out
    assert street.changing() == []
    assert [one["action"] for one in street.outbox()] == ["create", "create"]
    until(street.settled)
    assert {one["state"] for one in street.outbox()} == {"done"}
    assert [made(street, client) for client in ("acme", "nube")] == [1, 1]
    assert len(street.changing()) == 2
    office.sync()
    (new,) = [one for one in office.queue("client:acme") if one["title"] == TITLE]
    assert (new["client"], new["due"][:10][5:]) == ("acme", "12-24")
    assert [made(street, client) for client in ("acme", "nube")] == [1, 1]


def test_what_cannot_be_or_was_taken_back_asks_nothing_there(street: Street) -> None:  # noqa: F811
    office = street.office
    add = ("add", "--client", "acme", TITLE)
    assert office.run(*add).code == 0
    twice = office.run(*add)
    assert (twice.code, "on its way there already" in twice.err) == (2, True), twice
    assert office.run("undo").code == 0
    assert [one["state"] for one in street.outbox()] == ["cancelled"]
    for words, said in (
        (("--in", "Nunca"), "Known are: “Web › Hoy”"),
        (("--due", "ayer o así"), "no date"),
        (("--channel", "nada"), "Did you mean tablero"),
    ):
        ended = office.run(*add, *words)
        assert ended.code == 2, ended
        assert said in " ".join(ended.err.split())
    assert office.run("add", TITLE).code == 2
    assert office.run("add", "--client", "acme", "  ").code == 2
    for client, channel in (("acme", "tablero"), ("nube", "proyecto")):
        lines = office.clients[client][channel]
        lines[:] = [line.replace('"all"', '"comment"') for line in lines]
    office.write()
    office.sync()
    for client in ("acme", "nube"):
        ended = office.run("add", "--client", client, TITLE)
        assert ended.code == 2, ended
        assert 'write = "all"' in " ".join(ended.err.split())
    # What was decided while it was allowed is refused before it leaves, and says so.
    assert office.run("redo").code == 0
    office.let_go()
    office.sync()
    (one,) = street.outbox()
    assert (one["state"], one["item"], 'write = "all"' in one["error"]) == ("refused", None, True)
    assert office.run("outbox", "--drop", str(one["id"])).code == 0
    assert street.changing() == []
