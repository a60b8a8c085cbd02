"""An Asana account is read whole once, and then in as few requests as it takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from connectors.errors import ConfigError, UnavailableError
from connectors.http_limits import Limits, Rate
from connectors.http_rules import HttpConfig
from normalizer.model import CheckItem, Person, State
from tests.connectors.asana_desk import EXACT, TOKEN, Desk, questions, seated
from tests.servers.asana import FakeAsana


@pytest.fixture
def desk(asana_server: FakeAsana) -> Iterator[Desk]:
    with seated(asana_server) as desk:
        yield desk


# Who she is


def test_the_account_names_her_and_her_projects(desk: Desk) -> None:
    desk.world.project(desk.acme, "Tienda", desk.lola)
    account = desk.connector.check()
    assert account.name == "Lola Prueba"
    assert account.handles == {desk.lola.gid, desk.lola.email}
    assert account.places == ("Web", "Tienda")
    assert "“" not in account.rights[0].text()
    other = desk.world.workspace("Beta", desk.lola)
    desk.world.project(other, "Blog", desk.lola)
    assert desk.connector.check().places == ("Acme › Web", "Acme › Tienda", "Beta › Blog")


@pytest.mark.parametrize("wanted", ["tíenda", "TIENDA", "the gid"])
def test_a_project_is_chosen_by_its_name_or_its_gid(desk: Desk, wanted: str) -> None:
    shop = desk.world.project(desk.acme, "Tienda", desk.lola)
    there = desk.world.task(shop, "Envíos", desk.luz)
    desk.world.task(desk.web, "Portada", desk.luz)
    connector = desk.connect(shop.gid if wanted == "the gid" else wanted)
    assert connector.check().places == ("Tienda",)
    desk.pull(connector)
    assert desk.ids() == {f"p/{shop.gid}/{there.gid}"}


def test_a_project_that_is_not_there_is_a_mistake_in_the_config(desk: Desk) -> None:
    with pytest.raises(ConfigError, match=r"no project “Tienda” at .* There are: Web"):
        desk.connect("Web", "Tienda").check()
    (first, *_) = desk.pull(desk.connect("Web", "Tienda"))
    assert "no project “Tienda”" in first.notices[0].text()


# The first pull


def test_all_that_is_hers_or_in_her_projects_comes(desk: Desk) -> None:
    world, web = desk.world, desk.web
    section = world.section(web, "En curso", desk.luz)
    ours = world.task(section, "Portada", desk.luz, notes=EXACT, due_on=date(2026, 12, 1))
    world.comment(ours, "¿Para cuándo?", desk.luz)
    private = world.task(desk.acme, "Facturas", desk.lola, assignee=desk.lola)
    world.task(desk.acme, "De Luz", desk.luz, assignee=desk.luz)
    line = world.task(ours, "Foto", desk.luz, assignee=desk.lola)
    desk.pull()
    assert desk.ids() == {
        f"p/{web.gid}/{ours.gid}",
        f"me/{desk.acme.gid}/{private.gid}",
        f"me/{desk.acme.gid}/{line.gid}",
    }
    task = desk.task(ours)
    assert (task.title, task.container, task.due) == (
        "Portada",
        "Web › En curso",
        date(2026, 12, 1),
    )
    assert task.body == EXACT.replace("\xa0", " ").replace("\u200d", "").replace("🏽", "")
    assert task.url == f"https://app.asana.com/1/{desk.acme.gid}/project/{web.gid}/task/{ours.gid}"
    lola = Person("Lola Prueba", desk.lola.gid)
    assert task.checklist == (CheckItem(external_id=line.gid, text="Foto", assignee=lola),)
    assert desk.task(line).container == "Portada"
    assert desk.task(private).container == "Acme"
    assert desk.said(ours) == ["¿Para cuándo?"]


def test_a_first_pull_asks_no_more_than_it_must(desk: Desk) -> None:
    """Who she is, the projects of each workspace, the tokens, then pages of tasks, their stories
    ten at a time, and her own tasks.
    """
    world = desk.world
    for number in range(230):
        with world.as_of(desk.fake.clock() - timedelta(days=60 if number >= 15 else 1)):
            world.task(desk.web, f"Tarea {number}", desk.luz)
    asked = desk.asked()
    assert [request.path.rpartition("/")[2] for request in asked] == [
        *("me", "projects", "events"),
        *("tasks", "batch", "batch", "tasks", "tasks"),
        "tasks",
    ]
    assert len(desk.ids()) == 230
    assert desk.connector.requests == len(asked)


def test_tokens_are_taken_before_the_tasks_are_read(desk: Desk) -> None:
    """What happens between the two would be lost for ever."""
    task = desk.world.task(desk.web, "Portada", desk.luz)
    pull = desk.connector.pull(None)
    first = next(pull)
    desk.world.edit(task, desk.luz, name="Cubierta")
    desk.taken += [first, *pull]
    desk.pull()
    assert desk.task(task).title == "Cubierta"


def test_what_was_done_long_ago_is_not_fetched(desk: Desk) -> None:
    with desk.world.as_of(desk.fake.clock() - timedelta(days=40)):
        old = desk.world.task(desk.web, "Vieja", desk.luz)
        desk.world.complete(old, desk.luz)
    with desk.world.as_of(desk.fake.clock() - timedelta(days=3)):
        late = desk.world.task(desk.web, "Reciente", desk.luz)
        desk.world.complete(late, desk.luz)
    desk.pull()
    assert desk.ids() == {f"p/{desk.web.gid}/{late.gid}"}
    assert desk.task(late).state is State.DONE


def test_what_rests_is_fetched_without_what_was_said_unless_she_follows_it(desk: Desk) -> None:
    with desk.world.as_of(desk.fake.clock() - timedelta(days=40)):
        rests, followed = (desk.world.task(desk.web, name, desk.luz) for name in ("a", "b"))
        desk.world.follow(followed, desk.lola, desk.luz)
        for task in (rests, followed):
            desk.world.comment(task, "hola", desk.luz)
    desk.pull()
    assert (desk.said(rests), desk.said(followed)) == ([], ["hola"])
    desk.world.comment(rests, "¿sigue?", desk.luz)
    desk.pull()
    assert desk.said(rests) == ["hola", "¿sigue?"]


# Nothing new


@pytest.mark.parametrize("backward", [True, False])
def test_an_idle_look_at_12_projects_in_4_workspaces_is_2_requests(
    desk: Desk, backward: bool
) -> None:
    desk.world.feed.backward = backward
    for number in range(3):
        other = desk.world.workspace(f"W{number}", desk.lola)
        for project in range(3):
            desk.world.project(other, f"P{project}", desk.lola)
    desk.world.project(desk.acme, "Tienda", desk.lola)
    desk.world.project(desk.acme, "Blog", desk.lola)
    mine = desk.world.task(desk.web, "Portada", desk.luz, assignee=desk.lola)
    desk.pull()
    for _ in range(3):
        desk.fake.clock.ahead(minutes=1)
        asked = desk.asked()
        assert [request.path for request in asked] == ["/api/1.0/batch"] * 2
        assert sum(len(questions(request)) for request in asked) == 16
        assert desk.pull() == []
    desk.world.comment(mine, "hola", desk.luz)
    desk.pull()
    assert desk.said(mine) == ["hola"]


def test_one_project_and_one_workspace_are_one_request(desk: Desk) -> None:
    desk.pull()
    assert len(desk.asked()) == 1


# Limits


def test_every_action_of_a_batch_counts_under_the_limit(desk: Desk) -> None:
    """One over the limit makes the whole batch a 429."""
    desk.fake.limit = 150
    for number in range(120):
        task = desk.world.task(desk.web, f"Tarea {number}", desk.luz)
        desk.world.task(task, "una línea", desk.luz)

    def wait(_: object, seconds: float) -> bool:
        desk.fake.clock.ahead(seconds=seconds)
        return False

    rate = Rate("token", 150, 60, 50)
    limits = Limits([(TOKEN, rate)], clock=lambda: desk.fake.clock().timestamp())
    connector = desk.connect(limits=limits, timing=desk.timing(wait=wait))
    desk.pull(connector)
    actions = sum(len(questions(request)) for request in desk.fake.log)
    assert actions > 240
    assert {request.status for request in desk.fake.log} == {200, 412}


def test_an_account_that_must_slow_down_says_until_when(desk: Desk) -> None:
    desk.pull()
    desk.fake.limit = 1
    with pytest.raises(UnavailableError) as caught:
        desk.pull()
    assert caught.value.retry_after is not None


def test_it_is_told_where_asana_is() -> None:
    from connectors.asana import AsanaConfig

    config = AsanaConfig(token=None)  # type: ignore[arg-type]
    assert isinstance(config, HttpConfig)
    assert config.base_url == "https://app.asana.com/api/1.0"
    assert (config.projects, config.write) == (("*",), "no")
