"""What a pull brings of an account, and what it never takes for gone."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from trastienda.plugin import (
    Batch,
    ConfigError,
    Cursor,
    CursorExpiredError,
    State,
    Task,
)
from trastienda.testing import HttpServer, held

from standin import Todoist, connected
from trastienda_todoist import TodoistConnector


@pytest.fixture
def tool() -> Todoist:
    return Todoist()


@pytest.fixture
def server(tool: Todoist) -> Iterator[HttpServer]:
    with HttpServer(tool.answer) as server:
        yield server
    assert not server.crashes


def pull(server: HttpServer, cursor: Cursor | None = None, **more: Any) -> list[Batch]:
    with closing(connected(server, **more)) as connector:
        return list(connector.pull(cursor))


def tasks(batches: Iterable[Batch]) -> dict[str, Task]:
    """What the task copies that are held say, by their names."""
    return {
        one: record
        for (stream, one), raw in held(batches).items()
        if stream == "task"
        for record in TodoistConnector.normalise(raw)
        if isinstance(record, Task)
    }


def said(batches: Iterable[Batch]) -> set[str]:
    return {raw.json()["content"] for (of, _), raw in held(batches).items() if of == "comment"}


def test_nothing_new_is_one_request_and_no_batch(server: HttpServer) -> None:
    first = pull(server)
    server.log.clear()
    assert pull(server, first[-1].cursor) == []
    assert [(one.method, one.path) for one in server.log] == [("POST", "/api/v1/sync")]


def test_one_change_is_two_requests(server: HttpServer, tool: Todoist) -> None:
    first = pull(server)
    tool.edit("items", tool.open()[0], content="Otro título")
    server.log.clear()
    news = pull(server, first[-1].cursor)
    assert len(server.log) == 2
    assert [one.title for one in tasks(news).values()] == ["Otro título"]


def test_a_task_that_is_completed_reopened_and_deleted_has_one_copy_at_a_time(
    server: HttpServer, tool: Todoist
) -> None:
    kept, task = pull(server), tool.open()[0]
    steps: list[tuple[Callable[[], None], list[tuple[str, State]]]] = [
        (lambda: tool.complete(task), [(f"done/{task}", State.DONE)]),
        (lambda: tool.edit("items", task, checked=False), [(f"open/{task}", State.OPEN)]),
        (lambda: tool.delete("items", task), []),
    ]
    for happens, copies in steps:
        happens()
        kept += pull(server, kept[-1].cursor)
        found = tasks(kept).items()
        assert [(one, made.state) for one, made in found if task in one] == copies


def test_what_was_folded_up_or_put_in_another_order_is_no_change_of_a_task(
    server: HttpServer, tool: Todoist
) -> None:
    first, task = pull(server), tool.open()[0]
    tool.edit("items", task, child_order=7)
    news = pull(server, first[-1].cursor)
    old, new = (held(one)["task", f"open/{task}"] for one in (first, news))
    assert old.digest == new.digest


@pytest.mark.parametrize("kind", ["projects", "sections"])
def test_a_place_that_is_renamed_is_so_for_every_task_in_it(
    server: HttpServer, tool: Todoist, kind: str
) -> None:
    kept = pull(server)
    tool.edit(kind, tool.web if kind == "projects" else tool.section, name="Renombrado")
    kept += pull(server, kept[-1].cursor)
    assert held(kept) == held(pull(server))
    assert any("Renombrado" in one.container for one in tasks(kept).values())


@pytest.mark.parametrize("whole_again", [False, True])
def test_a_token_that_is_known_no_more_closes_nothing_that_is_open_and_finds_what_was_done(
    server: HttpServer, tool: Todoist, *, whole_again: bool
) -> None:
    kept = pull(server)
    done, deleted, *still = tool.open()
    tool.complete(done)
    tool.delete("items", deleted)
    tool.forget()
    tool.whole_again = whole_again
    if whole_again:
        kept += pull(server, kept[-1].cursor)
    else:
        with pytest.raises(CursorExpiredError):
            pull(server, kept[-1].cursor)
        kept += pull(server)
    found = {one: made.state for one, made in tasks(kept).items()}
    assert found == {f"open/{one}": State.OPEN for one in still} | {f"done/{done}": State.DONE}


def test_a_full_sync_that_is_behind_is_caught_up_before_anything_counts_as_gone(
    server: HttpServer, tool: Todoist
) -> None:
    kept = pull(server)
    late = tool.add_task("Recién llegada")
    tool.lag = 1
    kept += pull(server)
    assert f"open/{late}" in tasks(kept)


def test_where_the_completed_tasks_are_not_for_us_nothing_is_counted_as_gone(
    server: HttpServer, tool: Todoist
) -> None:
    tool.lists_completed = False
    assert [batch.census for batch in pull(server)] == [()]


def test_a_task_completed_before_the_last_thirty_days_is_not_asked_for(
    server: HttpServer, tool: Todoist
) -> None:
    task = tool.open()[0]
    tool.complete(task)
    later = datetime.now(UTC) + timedelta(days=31)
    assert f"done/{task}" in tasks(pull(server))
    assert f"done/{task}" not in tasks(pull(server, now=lambda: later))


def test_completed_tasks_come_page_by_page(server: HttpServer, tool: Todoist) -> None:
    tool.page = 2
    for task in tool.open()[:3]:
        tool.complete(task)
    assert sum(one.startswith("done/") for one in tasks(pull(server))) == 3


def test_many_tasks_come_in_several_batches_of_which_each_may_be_the_last(
    server: HttpServer, tool: Todoist
) -> None:
    for number in range(300):
        tool.add_task(f"{number}")
    whole = pull(server)
    assert len(whole) == 2
    assert held([whole[0], *pull(server, whole[0].cursor)]) == held(whole)


def test_only_the_projects_that_she_named_are_read_and_no_word_of_the_others(
    server: HttpServer, tool: Todoist
) -> None:
    theirs = tool.add_task("Ajena", project=tool.other)
    tool.note(theirs, "secreto de otra clienta")
    kept = pull(server, projects=("web",))
    assert "Ajena" not in {one.title for one in tasks(kept).values()}
    tool.note(theirs, "otro secreto")
    ours = tool.open()[0]
    tool.note(ours, "esto sí")
    kept += pull(server, kept[-1].cursor, projects=("web",))
    assert said(kept) == {"¿Para cuándo?", "esto sí"}


def test_a_task_that_moves_to_another_project_goes_and_comes_back_with_it(
    server: HttpServer, tool: Todoist
) -> None:
    kept, task = pull(server, projects=("Web",)), tool.open()[0]
    for project, there in ((tool.other, False), (tool.web, True)):
        tool.edit("items", task, project_id=project, section_id=None)
        kept += pull(server, kept[-1].cursor, projects=("Web",))
        assert (f"open/{task}" in tasks(kept)) is there


def test_a_project_that_is_no_longer_called_so_closes_nothing_and_is_told(
    server: HttpServer, tool: Todoist
) -> None:
    kept = pull(server, projects=("Web",))
    before = tasks(kept)
    tool.edit("projects", tool.web, name="Web 2027")
    kept += pull(server, kept[-1].cursor, projects=("Web",))
    tool.edit("items", tool.open()[0], content="Otro título")
    kept += pull(server, kept[-1].cursor, projects=("Web",))
    assert tasks(kept) == before
    assert "no project Web" in kept[-1].notices[0].text()


def test_another_choice_of_projects_reads_all_of_them(server: HttpServer, tool: Todoist) -> None:
    tool.add_task("Ajena", project=tool.other)
    kept = pull(server, projects=("Web",))
    kept += pull(server, kept[-1].cursor, projects=("Otra clienta",))
    assert [one.title for one in tasks(kept).values()] == ["Ajena"]


def test_check_names_the_account_and_a_project_that_is_not_there(server: HttpServer) -> None:
    with closing(connected(server)) as connector:
        account = connector.check()
    assert (account.name, account.places) == ("Lola Pérez", ("Web", "Otra clienta"))
    assert account.handles == {"2671355", "lola@lola.example"}
    with (
        closing(connected(server, projects=("Wev",))) as connector,
        pytest.raises(ConfigError, match=r"no project “Wev” at .*There are: Web, Otra clienta"),
    ):
        connector.check()
