"""One account at Asana that serves two clients: each channel reads the projects it names, and
nothing else, whatever is assigned to her elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.probe import held
from tests.connectors.asana_desk import Desk, seated
from tests.servers.asana import FakeAsana


@pytest.fixture
def desk(asana_server: FakeAsana) -> Iterator[Desk]:
    with seated(asana_server) as desk:
        yield desk


def test_a_channel_that_names_projects_never_brings_her_tasks_of_another_client(desk: Desk) -> None:
    world = desk.world
    other = world.project(desk.acme, "De otra clienta", desk.lola, desk.luz)
    hers = world.task(desk.web, "Portada", by=desk.luz, assignee=desk.lola)
    moved = world.task(desk.web, "Se va", by=desk.luz, assignee=desk.lola)
    world.task(other, "Ajena", by=desk.luz, assignee=desk.lola)
    world.task(desk.acme, "Privada", by=desk.lola, assignee=desk.lola)
    connector = desk.connect("Web")
    desk.pull(connector)
    assert desk.ids() == {f"p/{desk.web.gid}/{hers.gid}", f"p/{desk.web.gid}/{moved.gid}"}

    late = world.task(other, "Ajena y nueva", by=desk.luz, assignee=desk.lola)
    world.put(moved, other, by=desk.luz)
    world.take_out(moved, desk.web, by=desk.luz)
    world.comment(late, "Esto no es para ella", desk.luz)
    for hours in (0, 7):
        desk.fake.clock.ahead(hours=hours)
        desk.pull(connector)
        assert desk.ids() == {f"p/{desk.web.gid}/{hers.gid}"}
    assert not any(late.gid in name for _, name in held(desk.taken))
    told = [raw.payload for batch in desk.taken for raw in batch.records]
    assert not any(b"Ajena" in (payload or b"") for payload in told)


def test_of_a_task_in_two_clients_projects_each_channel_knows_its_own_place_alone(
    desk: Desk,
) -> None:
    world = desk.world
    other = world.project(desk.acme, "SECRETO", desk.lola, desk.luz)
    inner = world.section(other, "SECRETA", desk.luz)
    task = world.task(desk.web, "De las dos", by=desk.luz)
    connector = desk.connect("Web")
    desk.pull(connector)
    world.put(task, inner, by=desk.luz)
    world.put(task, desk.web.sections[0], by=desk.luz)
    world.edit(task, desk.luz, name="De ambas")
    desk.pull(connector)
    assert desk.task(task).title == "De ambas"
    assert desk.task(task).container == "Web › Untitled section"
    world.take_out(task, other, by=desk.luz)
    desk.pull(connector)
    kept = b"".join((raw.payload or b"") + raw.meta.encode() for raw in desk.held.values())
    assert b"SECRET" not in kept


def test_a_channel_that_names_projects_from_now_on_brings_no_more_of_her_other_tasks(
    desk: Desk,
) -> None:
    desk.world.task(desk.acme, "Privada", by=desk.lola, assignee=desk.lola)
    desk.pull(desk.connect("*"))
    before, named = desk.ids(), desk.connect("Web")
    late = desk.world.task(desk.acme, "Ajena", by=desk.lola, assignee=desk.lola)
    for hours in (0, 7):
        desk.fake.clock.ahead(hours=hours)
        desk.pull(named)
        assert desk.ids() == before
    assert not any(late.gid in name for _, name in held(desk.taken))


def test_a_channel_of_everything_brings_her_tasks_in_no_project_too(desk: Desk) -> None:
    private = desk.world.task(desk.acme, "Privada", by=desk.lola, assignee=desk.lola)
    desk.pull(desk.connect("*"))
    assert f"me/{desk.acme.gid}/{private.gid}" in desk.ids()
