"""Prism's verdict on every request that the connectors send, and on what the stand-ins answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.asana import AsanaConfig, AsanaConnector
from connectors.base import Connector, Secret
from connectors.testing_server import Request
from connectors.trello import TrelloConfig, TrelloConnector
from normalizer.actions import (
    Archive,
    Check,
    Comment,
    Complete,
    Create,
    Move,
    Reopen,
    SetDue,
)
from normalizer.model import Ref
from tests.servers import asana_example
from tests.servers.asana import running
from tests.servers.prism import prism
from tests.servers.test_trello_prism import WRONG
from tests.servers.trello import KEY, TOKEN, Trello
from tests.servers.trello_asking import Told, ask_at
from tests.servers.trello_boards import made

ONE_ATTACHMENT = "Response body must be array"
"""Trello's document takes one attachment for several."""

A_DAY_LATER = 26 * 3600.0
MARCH = datetime(2027, 3, 1, 12, tzinfo=UTC)


def distinct(log: Iterable[Request]) -> list[Request]:
    """One request for each route with its parameters' names; of files no specification speaks."""
    kinds = {
        (r.method, "/".join(p for p in r.path.split("/") if not _is_id(p)), *sorted(r.query)): r
        for r in log
        if not r.path.startswith(("/signed/", "/storage/")) and "/download/" not in r.path
    }
    return list(kinds.values())


def _is_id(part: str) -> bool:
    return len(part) > 10 and part[0].isdigit()


def again(at: str, request: Request) -> Told:
    """Ask the same once more, by Prism."""
    kept = {"authorization": request.headers["authorization"], "accept": "application/json"}
    body = json.loads(request.body) if request.body else None
    return ask_at(at + request.path, request.method, kept, body=body, query=request.query)


def complaints(told: Told, excused: Iterable[str] = ()) -> list[Any]:
    """What Prism has against it, where it is Prism that speaks."""
    try:
        said = told.json
    except ValueError:
        return []
    if not isinstance(said, dict) or "stoplight.io/prism" not in str(said.get("type")):
        return []
    found = said.get("validation") or [{"location": [], "message": said["title"]}]
    return [one for one in found if not set(excused) & set(one["location"])]


def _drain(connector: Connector, cursor: Any = None) -> Any:
    for batch in connector.pull(cursor):
        cursor = batch.cursor
    return cursor


@contextmanager
def lived(fake: Trello) -> Iterator[str]:
    """Let the Trello connector do all that it can; gives the board."""
    board = fake.world.load(made(6), fake.me)
    later = [0.0]
    connector = TrelloConnector(
        TrelloConfig(
            base_url=fake.base_url,
            key=Secret(lambda: KEY),
            token=Secret(lambda: TOKEN),
            write="all",
        ),
        now=lambda: MARCH.timestamp() + later[0],
    )
    lists, card = list(board.lists), next(iter(board.cards))
    item = next(iter(board.checklists.values()))
    file = fake.people.attach(card, "boceto.pdf", by=fake.me, content=b"%PDF")
    connector.check()
    cursor = _drain(connector)
    assert list(connector.pull(cursor)) == []
    fake.people.comment(card, "hola", by=fake.me)
    cursor = _drain(connector, cursor)
    later[0] = A_DAY_LATER
    _drain(connector, cursor)
    fake.most_cards = 1
    _drain(connector)
    fake.most_cards = 1000
    assert b"".join(connector.open(Ref("card", f"{board.id}/{card}"), file)) == b"%PDF"
    ref, now = Ref("card", card), datetime.now(UTC)
    for action in (
        Comment(ref=ref, text="voy", decided_at=now),
        Complete(ref=ref),
        Reopen(ref=ref),
        Move(ref=ref, to=lists[1]),
        SetDue(ref=ref, due=MARCH),
        Check(ref=Ref("card", item["idCard"]), item=item["checkItems"][0]["id"]),
        Archive(ref=ref),
        Create(ref=Ref("list", lists[0]), title="Nueva", decided_at=now),
    ):
        connector.push(action)
    yield board.id
    connector.close()


def test_prism_has_nothing_against_what_the_trello_connector_does(checkout: Path) -> None:
    specification = checkout.parent / "shared" / "specs" / "trello.openapi.json"
    with Trello() as fake, prism(specification, fake.base_url) as at:
        with lived(fake):
            asked = distinct(fake.log)
        assert len(asked) >= 18
        for request in asked:
            request.path = request.path.removeprefix("/1")
            found = complaints(again(at, request), WRONG)
            if "/attachments/" in request.path:
                found = [one for one in found if one["message"] != ONE_ATTACHMENT]
            assert found == [], (request.method, request.path, request.query)
    assert fake.violations == []


def test_prism_has_nothing_against_what_the_asana_connector_does(checkout: Path) -> None:
    specification = checkout.parent / "shared" / "specs" / "asana.openapi.json"
    token = "2/prism/never-in-a-log"
    with running() as fake, prism(specification, fake.base_url) as at:
        world, her = fake.world, fake.sign_up("Lola Prueba", token)
        workspace = world.workspace("Acme", her)
        project = asana_example.project(world, workspace, her, world.user("Ana"), tasks=12)
        connector = AsanaConnector(
            AsanaConfig(base_url=fake.base_url, token=Secret(lambda: token), write="all")
        )
        connector.check()
        cursor = _drain(connector)
        task = project.tasks[0]
        world.comment(task, "¿Y esto?", her)
        file = world.attach(task, "boceto.pdf", her, b"%PDF")
        cursor = _drain(connector, cursor)
        world.feed.expire()
        cursor = _drain(connector, cursor)
        assert b"".join(connector.open(Ref("attachment", f"{task.gid}/{file.gid}"), file.gid))
        ref, now = Ref("task", task.gid), datetime.now(UTC)
        part = world.task(task, "una parte", her)
        for action in (
            Comment(ref=ref, text="voy", decided_at=now),
            Complete(ref=ref),
            Reopen(ref=ref),
            Move(ref=ref, to=project.sections[1].gid),
            SetDue(ref=ref, due=MARCH),
            Check(ref=ref, item=part.gid),
            Create(ref=Ref("section", project.sections[1].gid), title="Nueva", decided_at=now),
        ):
            connector.push(action)
        connector.close()
        asked = distinct(fake.log)
        for request in asked:
            request.path = request.path.removeprefix("/api/1.0")
        assert len(asked) >= 12
        wrong = asked[0].method, asked[0].path, asked[0].query
        assert complaints(again(at, replace(asked[0], path="/nowhere"))), wrong
        for request in asked:
            if re.fullmatch(r"/(projects|sections)/\d+", request.path):
                continue  # the specification at hand is an extract without them
            fields = request.query.get("opt_fields", "").split(",")
            found = [
                one
                for one in complaints(again(at, request))
                # Every answer carries it, and no enumeration of theirs names it.
                if not (
                    one["location"][1:2] == ["opt_fields"]
                    and fields[int(one["location"][2])] == "gid"
                )
            ]
            assert found == [], (request.method, request.path, request.query)
