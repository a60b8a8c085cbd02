"""What no event told is found all the same: events are lost, tokens die, and laptops sleep."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from connectors.errors import CursorExpiredError, UnavailableError
from connectors.testing_server import Reply, Request
from normalizer.model import State, Task
from tests.connectors.asana_desk import Desk, questions, seated
from tests.servers.asana import FakeAsana


@pytest.fixture
def desk(asana_server: FakeAsana) -> Iterator[Desk]:
    with seated(asana_server) as desk:
        yield desk


def test_what_happened_while_a_token_died_is_found(desk: Desk) -> None:
    tasks = [desk.world.task(desk.web, f"Tarea {n}", desk.luz) for n in range(4)]
    comment = desk.world.comment(tasks[3], "Esto sobra", desk.luz)
    desk.pull()
    desk.world.edit(tasks[0], desk.luz, name="Otra")
    desk.world.comment(tasks[1], "hola", desk.luz)
    desk.world.delete_task(tasks[2], desk.luz)
    desk.world.delete_story(comment)
    desk.world.feed.expire()
    desk.pull()
    assert desk.task(tasks[0]).title == "Otra"
    assert desk.said(tasks[1]) == ["hola"]
    assert desk.said(tasks[3]) == []
    assert f"p/{desk.web.gid}/{tasks[2].gid}" not in desk.ids()
    assert desk.pull() == []
    desk.world.complete(tasks[0], desk.luz)
    desk.pull()
    assert desk.task(tasks[0]).state is State.DONE


def test_the_new_token_is_taken_before_all_is_compared(desk: Desk) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.pull()
    desk.world.feed.expire()
    pull = desk.connector.pull(desk.cursor)
    desk.taken.append(next(pull))
    desk.world.edit(task, desk.luz, name="Cubierta")
    desk.taken += pull
    desk.pull()
    assert desk.task(task).title == "Cubierta"


def test_a_long_sleep_loses_nothing(desk: Desk) -> None:
    tasks = [desk.world.task(desk.web, f"Tarea {n}", desk.luz) for n in range(3)]
    mine = desk.world.task(desk.acme, "Facturas", desk.lola, assignee=desk.lola)
    desk.pull()
    desk.fake.clock.ahead(days=9)
    desk.world.complete(tasks[0], desk.luz)
    desk.world.delete_task(tasks[1], desk.luz)
    desk.world.edit(mine, desk.luz, due_on=date(2027, 1, 1))
    desk.fake.clock.ahead(days=12)
    desk.pull()
    assert desk.task(tasks[0]).state is State.DONE
    assert desk.task(mine).due == date(2027, 1, 1)
    assert f"p/{desk.web.gid}/{tasks[1].gid}" not in desk.ids()
    assert ("state", "open", "done") in desk.changes(tasks[0])
    assert desk.pull() == []


@pytest.mark.parametrize("lose_every", [1, 2, 3])
def test_lost_events_are_made_good_within_six_hours(desk: Desk, lose_every: int) -> None:
    world, web = desk.world, desk.web
    sections = [world.section(web, name, desk.luz) for name in ("Ideas", "Hecho")]
    tasks = [world.task(sections[0], f"Tarea {n}", desk.luz) for n in range(6)]
    line = world.task(tasks[5], "una línea", desk.luz)
    mine = world.task(desk.acme, "Facturas", desk.lola, assignee=desk.lola)
    shop = world.project(desk.acme, "Tienda", desk.lola)
    put = world.task(desk.acme, "Nóminas", desk.lola, assignee=desk.lola)
    desk.pull()
    world.feed.lose_every = lose_every
    world.put(put, shop, desk.lola)
    world.put(tasks[0], sections[1], desk.luz)
    world.edit(tasks[1], desk.luz, name="Otra")
    world.delete_task(tasks[2], desk.luz)
    world.put(tasks[3], shop, desk.luz)
    world.take_out(tasks[3], web, desk.luz)
    world.comment(tasks[4], "hola", desk.luz)
    world.complete(line, desk.luz)
    world.delete_task(mine, desk.lola)
    world.rename(sections[1], "Listo", desk.luz)
    desk.pull()
    desk.fake.clock.ahead(hours=6, minutes=1)
    desk.pull()
    assert desk.same()
    assert desk.task(tasks[0]).container == "Web › Listo"
    assert desk.pull() == []


def test_a_change_of_hers_that_is_shown_late_is_seen(desk: Desk) -> None:
    """What changed first may be shown last."""
    late, early = (
        desk.world.task(desk.acme, name, desk.lola, assignee=desk.lola) for name in ("a", "b")
    )
    desk.pull()
    desk.fake.clock.ahead(minutes=10)
    then = desk.fake.clock()
    desk.fake.clock.ahead(seconds=5)
    desk.world.edit(early, desk.luz, name="bb")
    desk.pull()
    with desk.world.as_of(then):
        desk.world.edit(late, desk.luz, name="aa")
    desk.pull()
    assert [desk.task(task).title for task in (late, early)] == ["aa", "bb"]
    assert desk.pull() == []


@pytest.mark.parametrize("apart", [0, 1])
def test_many_changes_of_hers_at_once_come_once(desk: Desk, apart: int) -> None:
    tasks = [desk.world.task(desk.acme, f"{n}", desk.lola, assignee=desk.lola) for n in range(130)]
    desk.pull()
    assert len(str(desk.cursor)) < 1000
    desk.fake.clock.ahead(minutes=1)
    at = desk.fake.clock()
    for number, task in enumerate(tasks):
        with desk.world.as_of(at + timedelta(milliseconds=number * apart)):
            desk.world.edit(task, desk.luz, name=f"{task.name} bis")
    desk.fake.clock.ahead(minutes=1)
    desk.pull()
    assert {task.title for task in desk.records(Task)} == {f"{n} bis" for n in range(130)}
    assert len(str(desk.cursor)) < 1000
    assert desk.pull() == []
    desk.world.edit(tasks[7], desk.luz, name="y otra vez")
    desk.pull()
    assert desk.task(tasks[7]).title == "y otra vez"


def test_her_task_that_becomes_another_s_goes_within_six_hours(desk: Desk) -> None:
    """Asana tells of it to nobody who does not watch the task."""
    mine = desk.world.task(desk.acme, "Facturas", desk.lola, assignee=desk.lola)
    kept = desk.world.task(desk.acme, "Nóminas", desk.lola, assignee=desk.lola)
    desk.pull()
    desk.world.edit(mine, desk.lola, assignee=desk.luz)
    desk.fake.clock.ahead(hours=7)
    desk.pull()
    assert desk.ids() == {f"me/{desk.acme.gid}/{kept.gid}"}


def test_a_comparison_names_what_was_done_long_ago(desk: Desk) -> None:
    """It is not fetched, but it is there."""
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.pull()
    desk.world.complete(task, desk.luz)
    desk.pull()
    desk.fake.clock.ahead(days=50)
    desk.pull()
    assert desk.task(task).state is State.DONE


def lists_of(desk: Desk, request: Request) -> bool:
    """Tell whether a request asks for all tasks of the project."""
    whole = request.query.get("project") == desk.web.gid
    return request.path.endswith(f"/projects/{desk.web.gid}/tasks") or whole


@pytest.mark.parametrize("empty", [0, 1, 2])
@pytest.mark.parametrize("then", ["all is well", "the last one fails"])
def test_a_task_is_gone_only_once_all_lists_leave_it_out(desk: Desk, empty: int, then: str) -> None:
    """What was done long ago stands in two of them, anything else in three."""
    old, task = (desk.world.task(desk.web, name, desk.luz) for name in ("Vieja", "Portada"))
    desk.world.complete(old, desk.luz)
    desk.pull()
    before = desk.ids()
    desk.fake.clock.ahead(days=50)
    numbers, fails = iter(range(100)), iter(range(100))

    def nth(request: Request) -> bool:
        return lists_of(desk, request) and next(numbers) == empty

    def last(request: Request) -> bool:
        return lists_of(desk, request) and next(fails) == 2

    if then == "the last one fails":
        desk.fake.fail(last, Reply.json({"errors": [{"message": "Server Error"}]}, 500))
    desk.fake.fail(nth, Reply.json({"data": [], "next_page": None}))
    if then == "all is well":
        assert len([one for one in desk.asked() if lists_of(desk, one)]) == 3
    else:
        with pytest.raises(UnavailableError):
            desk.pull()
    assert desk.ids() == before
    assert desk.task(task).state is State.OPEN


@pytest.mark.parametrize("which", ["first", "last"])
def test_a_list_of_which_a_later_page_fails_counts_for_nothing(desk: Desk, which: str) -> None:
    """What was done long ago stands in the first list and the last, on two pages in each."""
    tasks = [desk.world.task(desk.web, f"Tarea {n}", desk.luz) for n in range(120)]
    desk.pull()
    for task in tasks:
        desk.world.complete(task, desk.luz)
    desk.pull()
    before = desk.ids()
    desk.fake.clock.ahead(days=50)
    later = iter(["first", "last"])

    def there(request: Request) -> bool:
        return lists_of(desk, request) and "offset" in request.query and next(later) == which

    desk.fake.fail(there, Reply.json({"errors": [{"message": "Server Error"}]}, 500))
    with pytest.raises(UnavailableError):
        desk.pull()
    assert desk.ids() == before
    desk.pull()
    assert desk.ids() == before


def test_a_comparison_asks_for_no_more_than_changed_since_the_last(desk: Desk) -> None:
    """Who she is, the projects; the project's tasks three times, and hers three times."""
    for number in range(30):
        with desk.world.as_of(desk.fake.clock() - timedelta(days=1)):
            desk.world.task(desk.web, f"Tarea {number}", desk.luz)
    desk.pull()
    desk.fake.clock.ahead(hours=7)
    desk.world.comment(desk.web.tasks[0], "hola", desk.luz)
    desk.fake.clock.ahead(hours=7)
    look, touched, *rest = (questions(request) for request in desk.asked())
    task = f"/tasks/{desk.web.tasks[0].gid}"
    assert (look, touched[:1]) == (["/events", "/tasks"], ["/users/me"])
    asked = [question for questions in rest for question in questions]
    assert [one for one in asked if "/stories" in one] == [f"{task}/stories"] * 2
    assert len(asked) == 1 + 2 + 4 + 3


def test_a_task_that_one_list_of_three_names_is_there(desk: Desk) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.pull()
    desk.fake.clock.ahead(hours=7)
    ids = f"/projects/{desk.web.gid}/tasks"
    empty = Reply.json({"data": [], "next_page": None})
    desk.fake.fail(lambda request: request.path.endswith(ids), empty, times=2)
    assert sum(request.path.endswith(ids) for request in desk.asked()) == 2
    assert desk.task(task).state is State.OPEN


def test_a_comparison_that_was_not_whole_is_made_again(desk: Desk) -> None:
    tasks = [desk.world.task(desk.web, f"Tarea {n}", desk.luz) for n in range(3)]
    desk.pull()
    desk.world.feed.lose_every = 1
    for task in tasks:
        desk.world.comment(task, "hola", desk.luz)
    desk.fake.clock.ahead(hours=7)
    desk.fake.batch_refuses[f"/tasks/{tasks[1].gid}/stories"] = 500
    for _ in range(2):
        with pytest.raises(UnavailableError):
            desk.pull()
    assert [desk.said(task) for task in tasks] == [["hola"], [], ["hola"]]
    desk.fake.batch_refuses.clear()
    desk.pull()
    assert desk.said(tasks[1]) == ["hola"]
    assert desk.pull() == []


@pytest.mark.parametrize(
    "how",
    [
        Reply(200, b"", {"content-type": "application/json"}),
        Reply(200, b'{"data": [{"gid": "12', {"content-type": "application/json"}),
        Reply.json({"data": None}),
        Reply.json({"data": {}}),
        Reply.json({"data": ["12"]}),
        Reply.json({"data": [{"name": "ohne"}]}),
        Reply.json({"data": [], "next_page": {"path": "/x"}}),
        Reply.json({"data": [{"gid": str(n)} for n in range(100)]}),
        Reply.json({"errors": [{"message": "Server Error"}]}, 500),
        Reply.text("<html>sign in</html>", 200),
    ],
    ids=["empty", "cut", "null", "object", "texts", "no gid", "no offset", "no end", "500", "page"],
)
@pytest.mark.parametrize("where", ["tasks", "projects", "stories"])
def test_a_list_that_is_not_whole_takes_nothing_away(desk: Desk, how: Reply, where: str) -> None:
    tasks = [desk.world.task(desk.web, f"Tarea {n}", desk.luz) for n in range(3)]
    desk.world.comment(tasks[0], "hola", desk.luz)
    desk.pull()
    before = set(desk.held)
    desk.fake.clock.ahead(hours=7)
    desk.world.edit(tasks[1], desk.luz, name="Otra")

    def there(request: Request) -> bool:
        if where == "projects":
            return "/projects/" in request.path
        if where == "stories":
            return request.path.endswith("/stories")
        return request.path.endswith("/tasks") and "/projects/" not in request.path

    desk.fake.fail(there, how, times=None)
    if where == "stories":
        desk.world.feed.lose_every = 1
        desk.world.edit(tasks[2], desk.luz, name="Y otra")
        desk.fake.batch_refuses["/tasks/"] = 405
    with pytest.raises(UnavailableError):
        desk.pull()
    assert set(desk.held) >= before
    desk.fake.server.mend()
    desk.pull()
    assert set(desk.held) >= before
    assert desk.task(tasks[1]).title == "Otra"


def test_hundreds_of_events_all_come(desk: Desk) -> None:
    tasks = [desk.world.task(desk.web, f"Tarea {n}", desk.luz) for n in range(60)]
    desk.pull()
    for task in tasks:
        desk.world.edit(task, desk.luz, name=f"{task.name} bis")
        desk.world.complete(task, desk.luz)
    asked = desk.asked()
    pages = sum(questions(request).count("/events") for request in asked)
    assert pages == 3
    assert {task.title for task in desk.records(Task)} == {f"Tarea {n} bis" for n in range(60)}
    assert {task.state for task in desk.records(Task)} == {State.DONE}
    assert len(desk.taken[-2].records) < 400
    assert desk.taken[-2].cursor != desk.taken[-1].cursor
    assert desk.pull() == []


@pytest.mark.parametrize("moves", [True, False], ids=["a new token each time", "the same token"])
def test_a_feed_without_an_end_is_left(desk: Desk, moves: bool) -> None:
    desk.pull()
    tokens = iter(range(10_000))
    fake = desk.fake
    answer = fake._replied

    def endless(request: Request) -> Reply:
        if not request.path.endswith("/events"):
            return answer(request)
        token = f"{next(tokens) if moves else 0:032d}"
        return Reply.json({"data": [], "sync": token, "has_more": True})

    fake.batch_refuses["/events"] = 405
    fake._replied = endless  # type: ignore[method-assign]
    with pytest.raises(UnavailableError, match="without an end"):
        desk.pull()
    asked = sum(request.path.endswith("/events") for request in fake.log)
    assert asked <= (110 if moves else 5)
    fake._replied = answer  # type: ignore[method-assign]
    assert desk.pull() == []


def test_a_list_that_comes_round_again_is_left(desk: Desk) -> None:
    task = desk.world.task(desk.web, "Portada", desk.luz)
    desk.pull()
    desk.fake.clock.ahead(hours=7)
    again = Reply.json({"data": [{"gid": "1"}], "next_page": {"offset": "same"}})
    desk.fake.fail(lambda request: lists_of(desk, request), again, times=None)
    before = len(desk.fake.log)
    with pytest.raises(UnavailableError, match="without an end"):
        desk.pull()
    assert len(desk.fake.log) - before < 20
    assert desk.task(task).state is State.OPEN


@pytest.mark.parametrize(
    "cursor", ['{"v":1}', '{"v":1,"me":"1","for":"","at":0,"single":[],"p":[["1"]],"w":[]}', "7"]
)
def test_a_cursor_that_is_not_ours_expires(desk: Desk, cursor: str) -> None:
    with pytest.raises(CursorExpiredError):
        list(desk.connector.pull(cursor))  # type: ignore[arg-type]


def test_a_clock_that_was_put_back_is_no_reason_to_wait(desk: Desk) -> None:
    mine = desk.world.task(desk.acme, "Facturas", desk.lola, assignee=desk.lola)
    desk.fake.clock.ahead(days=300)
    desk.pull()
    desk.fake.clock.ahead(days=-300)
    desk.world.delete_task(mine, desk.lola)
    desk.pull()
    assert desk.ids() == set()


def test_a_computer_whose_clock_is_wrong_goes_by_the_server_s(desk: Desk) -> None:
    mine = desk.world.task(desk.acme, "Facturas", desk.lola, assignee=desk.lola)
    with desk.world.as_of(desk.fake.clock() - timedelta(days=40)):
        desk.world.complete(desk.world.task(desk.web, "Vieja", desk.luz))
    connector = desk.connect(timing=desk.timing(now=lambda: desk.fake.clock().replace(year=2019)))
    desk.pull(connector)
    assert desk.ids() == {f"me/{desk.acme.gid}/{mine.gid}"}
    assert len(desk.asked(connector)) == 1
    desk.world.edit(mine, desk.luz, name="Otra")
    desk.pull(connector)
    assert desk.task(mine).title == "Otra"
    assert len(desk.asked(connector)) == 1
