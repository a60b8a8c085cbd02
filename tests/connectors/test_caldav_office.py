"""Calendars through the installed command: what she reads of them, and what she never does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from connectors.base import Recaller, Writer
from connectors.testing_faults import FAULTS
from normalizer.actions import Complete, Create
from normalizer.model import Ref
from store import raws
from store.database import open_database
from tests.canary import assert_no_canary
from tests.office import Office
from tests.servers.radicale import Person, Radicale, Way, todo, way
from trastienda import config
from trastienda.engine import jobs


@pytest.fixture
def street(radicale: Radicale, tmp_path: Path) -> Iterator[tuple[Office, Way, Person]]:
    """An office with two clients, whose calendars lie on one server."""
    office = Office(tmp_path / "home")
    people = [radicale.user("va") for _ in range(2)]
    with way(radicale) as open_way:
        for client, person in zip(("acme", "luz"), people, strict=True):
            path = person.make("tareas", f"Tareas {client}")
            for number in range(3):
                person.put(f"{path}{number}.ics", todo(f"u{number}", f"{client} {number}",
                           f"DUE:2026112{number}T170000"))  # fmt: skip
            office.env[f"PASSWORD_{client.upper()}"] = person.password
            office.channel(
                client, "tareas", "caldav", base_url=f'"{open_way.origin}"',
                user=f'"{person.name}"', password=f'{{ env = "PASSWORD_{client.upper()}" }}',
            )  # fmt: skip
        office.va = office.va.replace("UTC", "Europe/Madrid")
        office.write()
        yield office, open_way, people[0]
    assert_no_canary(office.home, *(person.password for person in people))


def test_tasks_of_calendars_come_into_the_queue_and_nothing_is_changed_there(
    street: tuple[Office, Way, Person],
) -> None:
    office, open_way, ana = street
    checked = office.run("check")
    assert checked.code == 0, checked
    assert "Tareas acme" in checked.out
    assert {one["state"] for one in office.sync().values()} == {"ok"}
    items = {one["title"]: one for one in office.queue()}
    assert set(items) == {f"{client} {n}" for client in ("acme", "luz") for n in range(3)}
    one = items["acme 1"]
    assert (one["client"], one["kind"], one["channel_kind"]) == ("acme", "task", "caldav")
    assert (one["container"], one["state"]) == ("Tareas acme", "open")
    assert datetime.fromisoformat(one["due"]) == datetime(2026, 11, 21, 16, tzinfo=UTC), "her clock"

    reports = office.sync()
    assert {(r["new"], r["changed"], r["requests"]) for r in reports.values()} == {(0, 0, 1)}

    path = f"/{ana.name}/tareas/"
    ana.put(f"{path}1.ics", todo("u1", "acme 1 otra vez"))
    ana.put(f"{path}2.ics", todo("u2", "acme 2", "STATUS:COMPLETED"))
    ana.delete(f"{path}0.ics")
    assert office.sync()["acme", "tareas"]["changed"] == 3
    states = {o["title"]: o["state"] for o in office.queue("client:acme", command="search")}
    assert states == {"acme 0": "gone", "acme 1 otra vez": "open", "acme 2": "done"}
    shown = office.run("show", "--json", str(one["id"])).json
    changes = {(c["field"], c["before"], c["after"]) for c in shown["changes"]}
    assert ("title", "acme 1", "acme 1 otra vez") in changes
    methods = {request.method for request in open_way.server.log}
    assert methods == {"PROPFIND", "REPORT"}


def test_one_client_in_trouble_closes_nothing_and_stops_nobody(
    street: tuple[Office, Way, Person],
) -> None:
    office, open_way, ana = street
    office.sync()
    open_way.server.fail(lambda r: r.path.startswith(f"/{ana.name}/"), FAULTS["401 (H1)"],
                         times=None, after=True)  # fmt: skip
    ended = office.run("sync", "--json")
    states = {one["client"]: one["state"] for one in ended.json["channels"]}
    assert states == {"acme": "sign_in", "luz": "ok"}
    assert len(office.queue()) == 6
    told = office.status()["acme", "tareas"]
    assert "does not accept the name or the password" in told["error"]


def test_a_task_completed_by_a_connector_of_the_config_is_completed_there(
    street: tuple[Office, Way, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, _, ana = street
    office.clients["acme"]["tareas"].append('write = "all"')
    office.write()
    office.sync()
    for name, value in office.env.items():
        monkeypatch.setenv(name, value)
    loaded = config.load(office.home / "config.toml")
    (channel,) = loaded.channels(client="acme")
    connector = config.connect(channel)
    assert isinstance(connector, Writer)
    connector.push(Complete(ref=Ref("todo", "u1")))
    connector.close()
    assert "STATUS:COMPLETED" in ana.files(f"/{ana.name}/tareas/")["1.ics"]
    office.sync()
    states = {o["title"]: o["state"] for o in office.queue("client:acme", command="search")}
    assert states["acme 1"] == "done"


def test_what_a_name_stands_for_outlives_the_connector_that_saw_it(
    street: tuple[Office, Way, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, _, ana = street
    own, other = f"/{ana.name}/tareas/", ana.make("beta", "Beta")
    office.clients["acme"]["tareas"] += ['write = "all"', 'calendars = ["Tareas acme"]']
    office.write()
    assert {one["state"] for one in office.sync().values()} == {"ok"}
    assert len(office.queue("client:acme", command="search")) == 3
    ana.rename(own, "Lo de antes")
    ana.rename(other, "Tareas acme")
    for name, value in office.env.items():
        monkeypatch.setenv(name, value)
    loaded = config.load(office.home / "config.toml")
    db = open_database(office.home / "trastienda.db")
    (job,) = jobs(loaded, db, datetime.now(UTC), only=("acme", None))
    connector = config.connect(job.channel)
    assert isinstance(connector, Writer)
    assert isinstance(connector, Recaller)
    connector.recall(partial(raws.recall, db, job.key))
    connector.push(Create(ref=Ref("calendar", "Tareas acme"), title="Nueva"))
    connector.close()
    db.close()
    assert len(ana.files(own)) == 4
    assert not ana.files(other)
