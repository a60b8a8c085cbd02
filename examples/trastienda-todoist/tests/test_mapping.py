"""What a task and a comment become."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from trastienda.plugin import Message, Raw, Ref, State, Task

from standin import Todoist
from trastienda_todoist import TodoistConnector


def task(about: dict[str, str] | None = None, **fields: Any) -> Task:
    tool = Todoist()
    item = tool.held["items"][tool.open()[0]] | fields
    meta = {"place": "Web › En curso", "zone": "Europe/Madrid", "assignee": "Lola Pérez"}
    raw = Raw.of_json("task", f"open/{item['id']}", item, **(meta | (about or {})))
    (made,) = TodoistConnector.normalise(raw)
    assert isinstance(made, Task)
    return made


def due(text: str, **more: Any) -> dict[str, Any]:
    return {"date": text, "timezone": None, "string": "", "is_recurring": False} | more


def test_a_task_says_where_it_lies_whose_it_is_and_how_urgent() -> None:
    made = task(content="Logo", labels=["diseño"], priority=4)
    assert (made.title, made.container, made.state) == ("Logo", "Web › En curso", State.OPEN)
    assert [one.name for one in made.assignees] == ["Lola Pérez"]
    assert made.labels == ("diseño", "p1")
    assert made.url == f"https://app.todoist.com/app/task/{made.ref.external_id}"
    assert task(checked=True).state is State.DONE


FLOATING = due("2026-11-23T12:00:00.000000")


@pytest.mark.parametrize(
    ("told", "zone", "expected"),
    [
        (due("2026-11-23"), "Europe/Madrid", date(2026, 11, 23)),
        (
            due("2026-11-23T12:00:00.000000"),
            "Europe/Madrid",
            datetime(2026, 11, 23, 11, tzinfo=UTC),
        ),
        (FLOATING, "GMT +3:00", date(2026, 11, 23)),
        (FLOATING, "", date(2026, 11, 23)),
        (
            due("2026-11-23T13:00:00.000000Z", timezone="Asia/Tokyo"),
            "Europe/Madrid",
            datetime(2026, 11, 23, 13, tzinfo=UTC),
        ),
        (None, "Europe/Madrid", None),
    ],
)
def test_each_of_the_three_due_dates_of_todoist_is_read_as_what_it_is(
    told: Any, zone: str, expected: object
) -> None:
    assert task({"zone": zone}, due=told).due == expected


def test_a_task_that_repeats_says_how() -> None:
    assert (
        "↻ cada lunes" in task(due=due("2026-11-23", string="cada lunes", is_recurring=True)).labels
    )


def test_a_deadline_is_the_due_date_of_a_task_that_has_no_other() -> None:
    only = task(due=None, deadline={"date": "2026-12-01"})
    both = task(deadline={"date": "2026-12-01"})
    assert (only.due, only.labels[-1]) == (date(2026, 12, 1), "p1")
    assert (both.due, both.labels[-1]) == (date(2026, 11, 23), "Deadline: 2026-12-01")


def test_a_comment_says_who_wrote_it_to_whom_and_with_which_file() -> None:
    tool = Todoist()
    note = tool.held["notes"][tool.note(tool.open()[0], "Mira esto")]
    file = {"file_name": "../brief.pdf", "file_type": "application/pdf", "file_size": 1234,
            "file_url": "https://files.example/brief.pdf"}  # fmt: skip
    raw = Raw.of_json(
        "comment", note["id"],
        note | {"uids_to_notify": ["2671355"], "file_attachment": file}, author="Ana Prueba",
    )  # fmt: skip
    (said,) = TodoistConnector.normalise(raw)
    assert isinstance(said, Message)
    assert (said.author.name, said.text) == ("Ana Prueba", "Mira esto")
    assert [one.handle for one in said.to] == ["2671355"]
    assert [(one.name, one.size) for one in said.attachments] == [("brief.pdf", 1234)]
    assert said.about == Ref("task", note["item_id"])


@pytest.mark.parametrize(
    "told", [[], {}, {"id": "6XT1", "content": 7}, {"id": "6XT1", "due": {"date": "soon"}}]
)
def test_what_is_not_documented_raises_value_error(told: object) -> None:
    with pytest.raises(ValueError):
        list(TodoistConnector.normalise(Raw.of_json("task", "open/6XT1", told)))
