"""What one project refuses stops no other and takes nothing away."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

import pytest

from connectors.errors import AuthError, ConnectorError, UnavailableError
from connectors.testing_server import Reply
from normalizer.model import State
from tests.connectors.asana_desk import TOKEN, Desk, questions, seated
from tests.servers.asana import FakeAsana
from tests.servers.asana_calls import Call
from tests.servers.asana_things import Json, Project


@pytest.fixture
def desk(asana_server: FakeAsana) -> Iterator[Desk]:
    with seated(asana_server) as desk:
        yield desk


@pytest.fixture
def shop(desk: Desk) -> Project:
    project: Project = desk.world.project(desk.acme, "Tienda", desk.lola)
    return project


def told(desk: Desk) -> list[str]:
    """The notices of one pull."""
    return [notice.text() for batch in desk.pull() for notice in batch.notices]


# Access


@pytest.mark.parametrize("hours", [0, 7])
def test_a_project_that_is_taken_away_stays_as_it_is_till_it_is_back(
    desk: Desk, shop: Project, hours: int
) -> None:
    tasks = [desk.world.task(shop, f"Envío {n}", desk.luz) for n in range(3)]
    desk.pull()
    before = desk.held
    desk.world.revoke(shop, desk.lola)
    desk.world.complete(tasks[0], desk.luz)
    for _ in range(2):
        desk.fake.clock.ahead(hours=hours)
        assert ["“Tienda”" in text for text in told(desk)] == [True]
        assert desk.held == before
    desk.world.grant(shop, desk.lola)
    assert told(desk) == []
    assert desk.task(tasks[0]).state is State.DONE
    assert desk.same()


def test_a_deleted_project_takes_nothing_with_it(desk: Desk, shop: Project) -> None:
    task = desk.world.task(shop, "Envíos", desk.luz)
    desk.pull()
    desk.world.delete_project(shop, desk.luz)
    for hours in (0, 7):
        desk.fake.clock.ahead(hours=hours)
        assert ["“Tienda”" in text for text in told(desk)] == [True]
    assert desk.task(task).state is State.OPEN


def test_a_workspace_that_she_left_stays_as_it_is(desk: Desk) -> None:
    other = desk.world.workspace("Beta", desk.lola)
    mine = desk.world.task(other, "Blog", desk.lola, assignee=desk.lola)
    desk.pull()
    desk.lola.workspaces.remove(other)
    for hours in (0, 7):
        desk.fake.clock.ahead(hours=hours)
        assert ["“Beta”" in text for text in told(desk)] == [True]
    assert desk.task(mine).state is State.OPEN


def test_an_archived_project_archives_what_is_open_in_it(desk: Desk, shop: Project) -> None:
    done, left, both = (desk.world.task(shop, name, desk.luz) for name in ("a", "b", "c"))
    desk.world.put(both, desk.web, desk.luz)
    desk.world.complete(done, desk.luz)
    desk.pull()
    desk.world.edit(left, desk.luz, name="bb")
    desk.world.archive(shop, desk.luz)
    desk.pull()
    states = [desk.task(task).state for task in (done, left, both)]
    assert states == [State.DONE, State.ARCHIVED, State.OPEN]
    assert desk.task(left).title == "bb"
    (request,) = desk.asked()
    assert sorted(questions(request)) == ["/events", "/tasks"]
    assert desk.pull() == []
    desk.world.archive(shop, desk.luz, archived=False)
    desk.fake.clock.ahead(hours=7)
    desk.pull()
    assert desk.task(left).state is State.OPEN
    assert desk.same()


def test_a_project_that_was_archived_unheard_is_found(desk: Desk, shop: Project) -> None:
    task = desk.world.task(shop, "Envíos", desk.luz)
    desk.pull()
    desk.world.feed.lose_every = 1
    desk.world.archive(shop, desk.luz)
    assert desk.pull() == []
    desk.fake.clock.ahead(hours=7)
    desk.pull()
    assert desk.task(task).state is State.ARCHIVED


def test_an_archived_project_that_cannot_be_read_is_looked_at_again(
    desk: Desk, shop: Project
) -> None:
    task = desk.world.task(shop, "Envíos", desk.luz)
    desk.pull()
    desk.world.feed.lose_every = 1
    desk.world.archive(shop, desk.luz)
    desk.fake.clock.ahead(hours=7)
    mend = break_at(desk, f"/projects/{shop.gid}/tasks")
    with pytest.raises(UnavailableError):
        desk.pull()
    assert desk.task(task).state is State.OPEN
    mend()
    desk.pull()
    assert desk.task(task).state is State.ARCHIVED


def test_a_new_project_is_found_within_six_hours(desk: Desk) -> None:
    desk.pull()
    shop = desk.world.project(desk.acme, "Tienda", desk.lola)
    task = desk.world.task(shop, "Envíos", desk.luz)
    assert desk.pull() == []
    desk.fake.clock.ahead(hours=7)
    desk.pull()
    assert desk.task(task).container == "Tienda › Untitled section"
    desk.world.complete(task, desk.luz)
    desk.pull()
    assert desk.task(task).state is State.DONE


def test_another_choice_of_projects_counts_at_once(desk: Desk, shop: Project) -> None:
    task, other = desk.world.task(shop, "Envíos", desk.luz), desk.world.task(desk.web, "a")
    desk.pull(desk.connect("Web"))
    assert desk.ids() == {f"p/{desk.web.gid}/{other.gid}"}
    both = desk.connect("Web", "Tienda")
    desk.pull(both)
    assert desk.task(task).title == "Envíos"
    desk.world.rename(desk.web, "Sitio", desk.luz)
    desk.fake.clock.ahead(hours=7)
    desk.pull(both)
    assert desk.task(other).container == "Sitio › Untitled section"
    assert desk.pull(both) == []


def test_another_name_is_taken_wherever_projects_are_listed(desk: Desk, shop: Project) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.pull(desk.connect("Web", "Tienda"))
    desk.world.feed.lose_every = 1
    desk.world.rename(desk.web, "Sitio", desk.luz)
    desk.pull(desk.connect("*"))
    assert desk.task(task).container == "Sitio › Untitled section"


def test_of_more_projects_than_can_be_watched_she_is_told(desk: Desk) -> None:
    for number in range(104):
        desk.world.project(desk.acme, f"P{number}", desk.lola)
    assert any("5 more projects are not watched" in text for text in told(desk))
    assert len(desk.asked()) == 11
    assert len(str(desk.cursor)) < 16_384


def test_archived_projects_make_room_for_others(desk: Desk) -> None:
    made = [desk.world.project(desk.acme, f"P{number}", desk.lola) for number in range(99)]
    desk.pull()
    for project in made[:60]:
        desk.world.archive(project, desk.luz)
    desk.pull()
    new = [desk.world.project(desk.acme, f"Q{number}", desk.lola) for number in range(60)]
    task = desk.world.task(new[-1], "Portada", desk.luz)
    desk.fake.clock.ahead(hours=7)
    assert told(desk) == []
    assert desk.task(task).title == "Portada"
    assert len(str(desk.cursor)) < 16_384


# What fails


@pytest.mark.parametrize("path", ["/events", "/projects", "/tasks"])
def test_a_failing_project_does_not_stop_another(desk: Desk, shop: Project, path: str) -> None:
    there, here = desk.world.task(shop, "Envíos", desk.luz), desk.world.task(desk.web, "Portada")
    desk.pull()
    desk.world.edit(there, desk.luz, name="Otra")
    desk.world.edit(here, desk.luz, name="Cubierta")
    if path == "/projects":
        desk.world.rename(shop, "Almacén", desk.luz)
    broken = {
        "/events": f"events of {shop.gid}",
        "/projects": f"/projects/{shop.gid}",
        "/tasks": f"/tasks/{there.gid}",
    }[path]
    mend = break_at(desk, broken)
    for _ in range(2):
        with pytest.raises(UnavailableError, match="500"):
            desk.pull()
        assert desk.task(here).title == "Cubierta"
    mend()
    desk.pull()
    assert desk.task(there).title == "Otra"
    assert desk.same()
    assert desk.pull() == []


@pytest.mark.parametrize("path", ["/tasks/{}", "/tasks/{}/stories"])
def test_a_change_of_hers_counts_as_seen_once_it_was_read(desk: Desk, path: str) -> None:
    mine = desk.world.task(desk.acme, "Facturas", desk.lola, assignee=desk.lola)
    desk.pull()
    desk.world.edit(mine, desk.luz, name="Cuentas")
    mend = break_at(desk, path.format(mine.gid))
    for _ in range(2):
        with pytest.raises(UnavailableError):
            desk.pull()
        assert desk.task(mine).title == "Facturas"
    mend()
    desk.pull()
    assert desk.task(mine).title == "Cuentas"
    assert desk.pull() == []


def test_of_a_workspace_that_cannot_be_listed_nothing_has_vanished(desk: Desk) -> None:
    other = desk.world.workspace("Beta", desk.lola)
    blog = desk.world.project(other, "Blog", desk.lola)
    there = desk.world.task(blog, "Entrada", desk.luz)
    desk.pull()
    shop = desk.world.project(desk.acme, "Tienda", desk.lola)
    here = desk.world.task(shop, "Envíos", desk.luz)
    desk.fake.clock.ahead(hours=7)
    mend = break_at(desk, f"/workspaces/{other.gid}/projects")
    before = len(desk.fake.log)
    with pytest.raises(UnavailableError):
        desk.pull()
    asked = [question for request in desk.fake.log[before:] for question in questions(request)]
    assert f"/projects/{blog.gid}" not in asked
    assert (desk.task(here).title, desk.task(there).state) == ("Envíos", State.OPEN)
    mend()
    assert any(path.endswith("/projects") for r in desk.asked() for path in questions(r))
    assert desk.pull() == []


@pytest.mark.parametrize("path", ["/tasks/{}", "/tasks/{}/subtasks"])
def test_a_line_counts_as_read_once_its_task_was(desk: Desk, path: str) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    line = desk.world.task(task, "Foto", desk.luz)
    desk.pull()
    desk.world.complete(line, desk.luz)
    mend = break_at(desk, path.format(task.gid))
    with pytest.raises(UnavailableError):
        desk.pull()
    assert [item.done for item in desk.task(task).checklist] == [False]
    mend()
    desk.pull()
    assert [item.done for item in desk.task(task).checklist] == [True]


@pytest.mark.parametrize("part", ["subtasks", "stories"])
@pytest.mark.parametrize("status", [403, 500])
def test_a_part_of_a_task_that_is_not_shown_takes_nothing_from_it(
    desk: Desk, part: str, status: int
) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.world.task(task, "Foto", desk.luz)
    desk.world.comment(task, "hola", desk.luz)
    desk.pull()
    desk.world.edit(task, desk.luz, name="Cubierta")
    break_at(desk, f"/tasks/{task.gid}/{part}", status)
    for hours in (0, 7):
        desk.fake.clock.ahead(hours=hours)
        with contextlib.suppress(UnavailableError):
            desk.pull()
        assert [item.text for item in desk.task(task).checklist] == ["Foto"]
        assert desk.said(task) == ["hola"]
        whole = (part, status) == ("stories", 403)
        assert desk.task(task).title == ("Cubierta" if whole else "Portada")


@pytest.mark.parametrize("status", [403, 404])
def test_a_task_that_cannot_be_seen_stays_where_nobody_says_that_it_was_deleted(
    desk: Desk, status: int
) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.pull()
    desk.world.edit(task, desk.luz, name="Cubierta")
    mend = break_at(desk, f"/tasks/{task.gid}", status)
    desk.pull()
    assert desk.task(task).title == "Portada"
    mend()
    desk.fake.clock.ahead(hours=7)
    desk.pull()
    assert desk.task(task).title == "Cubierta"


def break_at(desk: Desk, where: str, status: int = 500) -> Callable[[], None]:
    """Let one action fail, in a batch or alone."""
    carried_out = desk.fake._carried_out

    def failing(method: str, call: Call) -> tuple[int, Json]:
        name = f"events of {call.query.get('resource')}" if call.path == "/events" else call.path
        if name == where:
            return status, {"errors": [{"message": "Server Error"}]}
        return carried_out(method, call)

    desk.fake._carried_out = failing  # type: ignore[method-assign]

    def mend() -> None:
        desk.fake._carried_out = carried_out  # type: ignore[method-assign]

    return mend


@pytest.mark.parametrize("status", [400, 404, 405])
def test_where_a_batch_serves_no_events_each_is_asked_for_alone(
    desk: Desk, shop: Project, status: int
) -> None:
    task = desk.world.task(shop, "Envíos", desk.luz)
    desk.fake.batch_refuses["/events"] = status
    desk.pull()
    asked = [question for request in desk.asked() for question in questions(request)]
    assert sorted(asked) == ["/events", "/events", "/tasks"]
    assert desk.pull() == []
    desk.world.edit(task, desk.luz, name="Otra")
    desk.pull(desk.connect())
    assert desk.task(task).title == "Otra"


@pytest.mark.parametrize("status", [400, 404, 405])
@pytest.mark.parametrize("path", ["/tasks/", "/stories/", "/tasks", "/projects/", "/workspaces/"])
def test_where_a_batch_serves_nothing_at_a_path_nothing_is_lost(
    desk: Desk, shop: Project, path: str, status: int
) -> None:
    task, other = (desk.world.task(shop, name, desk.luz) for name in ("a", "b"))
    comment = desk.world.comment(task, "hola", desk.luz)
    desk.pull()
    desk.fake.batch_refuses[path] = status
    desk.world.edit(task, desk.luz, name="Otra")
    desk.world.edit_comment(comment, "adiós")
    desk.world.delete_task(other, desk.luz)
    desk.pull()
    assert desk.task(task).title == "Otra"
    assert desk.said(task) == ["adiós"]
    assert f"p/{shop.gid}/{other.gid}" not in desk.ids()
    desk.fake.clock.ahead(hours=7)
    desk.pull()
    assert desk.same()


@pytest.mark.parametrize(("status", "kind"), [(401, AuthError), (429, UnavailableError)])
def test_what_a_batch_says_of_the_account_stops_it(
    desk: Desk, status: int, kind: type[Exception]
) -> None:
    desk.world.task(desk.web, "Portada", desk.luz)
    desk.pull()
    before, begun = desk.held, len(desk.fake.log)
    desk.fake.clock.ahead(hours=7)
    desk.fake.batch_refuses["/events"] = status
    with pytest.raises(kind):
        desk.pull()
    assert len(desk.fake.log) == begun + 1
    assert desk.held == before


def test_a_token_that_was_withdrawn_stops_it(desk: Desk) -> None:
    desk.pull()
    del desk.fake.accounts[TOKEN]
    for call in (desk.connector.check, desk.pull):
        with pytest.raises(AuthError):
            call()


@pytest.mark.parametrize(
    "answer",
    [
        Reply.json({"data": []}),
        Reply.json({"data": [{"status_code": "200", "body": {}}] * 2}),
        Reply.json({"data": [None, None]}),
        Reply.json({"data": [{"status_code": 200, "body": None}] * 2}),
        Reply.json({"data": [{"status_code": 200, "body": {"data": [], "sync": ""}}] * 2}),
        Reply.json({"data": [{"status_code": 200, "body": {"data": [1], "sync": "a"}}] * 2}),
        Reply.json({"data": [{"status_code": 412, "body": {}}] * 2}),
        Reply.json({"data": [{"status_code": 418, "body": {}}] * 2}),
        Reply.json({"data": {"0": {}}}),
        Reply.json([]),
    ],
)
def test_a_batch_that_makes_no_sense_moves_nothing(desk: Desk, answer: Reply) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz, assignee=desk.lola)
    desk.pull()
    before, cursor = desk.held, desk.cursor
    desk.world.edit(task, desk.luz, name="Otra")
    desk.fake.fail(lambda request: request.path.endswith("/batch"), answer)
    with pytest.raises(ConnectorError):
        desk.pull()
    assert (desk.held, desk.cursor) == (before, cursor)
    desk.pull()
    assert desk.task(task).title == "Otra"


def test_events_that_make_no_sense_are_passed_over(desk: Desk) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.fake.batch_refuses["/events"] = 405
    desk.pull()
    good = {"gid": task.gid, "resource_type": "task"}
    strange = [
        {},
        {"resource": None, "action": "deleted"},
        {"resource": {"gid": "../x", "resource_type": "task"}, "action": "deleted"},
        {"resource": {"gid": 7, "resource_type": "task"}},
        {"resource": {"gid": "7", "resource_type": "heart"}, "action": "sent"},
        {"resource": {"gid": "7", "resource_type": "story"}, "action": ["deleted"]},
        {"resource": good, "action": "deleted", "created_at": "yesterday"},
        {"resource": good, "action": "removed", "parent": "nobody"},
    ]
    answer = Reply.json({"data": strange, "sync": "0" * 32, "has_more": False})
    desk.fake.fail(lambda request: request.path.endswith("/events"), answer)
    desk.pull()
    assert desk.task(task).state is State.OPEN


# Two accounts


def test_two_accounts_in_two_threads_never_mix(desk: Desk) -> None:
    """Neither a token nor a project of one is in any request of the other."""
    tokens = {TOKEN: desk.lola, "2/2/of-another-client": None}
    other = desk.fake.sign_up("Lola en Beta", "2/2/of-another-client")
    beta = desk.world.workspace("Beta", other)
    blog = desk.world.project(beta, "Blog", other)
    for number in range(12):
        desk.world.task(desk.web, f"De Acme {number}", desk.lola)
        desk.world.task(blog, f"De Beta {number}", other)
    found: dict[str, list[str]] = {}

    def run(token: str) -> None:
        connector = desk.connect(token=token)
        batches = list(connector.pull(None))
        found[token] = [raw.external_id for batch in batches for raw in batch.records]

    threads = [threading.Thread(target=run, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for token, project, alien in (
        (TOKEN, desk.web, blog),
        ("2/2/of-another-client", blog, desk.web),
    ):
        theirs = [r for r in desk.fake.log if r.headers["authorization"] == f"Bearer {token}"]
        sent = "".join(f"{request.path}{request.pairs}{request.body!r}" for request in theirs)
        assert project.gid in sent
        assert alien.gid not in sent
        assert sum(name.startswith(f"p/{project.gid}/") for name in found[token]) == 12
