"""What she does to a task arrives there once."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from trastienda.plugin import (
    Action,
    Comment,
    Complete,
    InDoubtError,
    Level,
    Move,
    Ref,
    RefusedError,
    Reopen,
    SetDue,
    UnavailableError,
    Write,
)
from trastienda.testing import HttpServer

from standin import Todoist, connected
from trastienda_todoist.writes import level


class Desk:
    def __init__(self, tool: Todoist, server: HttpServer) -> None:
        self.tool, self.server, self.connector = tool, server, connected(server)
        self.task = tool.open()[0]
        self.ref = Ref("task", self.task)

    def do(self, action: Action) -> str:
        return self.connector.push(action).external_id

    @property
    def now(self) -> dict[str, Any]:
        return self.tool.held["items"][self.task]


@pytest.fixture
def desk() -> Iterator[Desk]:
    tool = Todoist()
    with HttpServer(tool.answer) as server:
        desk = Desk(tool, server)
        yield desk
        desk.connector.close()
    assert not server.crashes


def test_complete_and_reopen(desk: Desk) -> None:
    assert desk.do(Complete(ref=desk.ref)) == f"done/{desk.task}"
    assert desk.now["checked"] is True
    assert desk.do(Reopen(ref=desk.ref)) == f"open/{desk.task}"
    assert desk.now["checked"] is False


def test_a_task_that_repeats_goes_on_to_its_next_date_once(desk: Desk) -> None:
    desk.tool.edit("items", desk.task, due=desk.now["due"] | {"is_recurring": True})
    action = Complete(ref=desk.ref)
    desk.do(action)
    after = desk.tool.at["items", desk.task]
    desk.do(action)
    assert (desk.now["checked"], desk.now["due"]["date"]) == (False, "2026-12-23")
    assert desk.tool.at["items", desk.task] == after


@pytest.mark.parametrize(
    ("to", "section"),
    [("en curso", True), ("Web › En curso", True), ("Web", False), ("Otra clienta", False)],
)
def test_a_task_moves_to_a_section_or_project_as_she_calls_it(
    desk: Desk, to: str, *, section: bool
) -> None:
    desk.do(Move(ref=desk.ref, to=to))
    assert (desk.now["section_id"] == desk.tool.section) is section
    assert desk.now["project_id"] == (desk.tool.other if to == "Otra clienta" else desk.tool.web)


def test_a_place_that_is_not_there_is_refused_and_the_others_are_named(desk: Desk) -> None:
    with pytest.raises(RefusedError, match=r"There are: .*Web › En curso"):
        desk.do(Move(ref=desk.ref, to="Hecho"))


@pytest.mark.parametrize(
    ("due", "sent"),
    [
        (date(2026, 12, 1), "2026-12-01"),
        (datetime(2026, 12, 1, 18, tzinfo=timezone(timedelta(hours=1))), "2026-12-01T17:00:00Z"),
    ],
)
def test_a_due_date_is_set(desk: Desk, due: date, sent: str) -> None:
    desk.do(SetDue(ref=desk.ref, due=due))
    assert desk.now["due"]["date"] == sent


def test_a_due_date_is_taken_away(desk: Desk) -> None:
    desk.do(SetDue(ref=desk.ref, due=None))
    assert desk.now["due"] is None


def test_a_date_that_repeats_is_not_replaced_by_one_that_does_not(desk: Desk) -> None:
    desk.tool.edit("items", desk.task, due=desk.now["due"] | {"is_recurring": True})
    with pytest.raises(RefusedError, match="repeats"):
        desk.do(SetDue(ref=desk.ref, due=date(2026, 12, 1)))
    assert desk.now["due"]["is_recurring"] is True


def test_a_comment_sent_again_is_found_where_the_answer_does_not_name_it(desk: Desk) -> None:
    desk.tool.names_comments = False
    comment = Comment(ref=desk.ref, text="Hola", decided_at=datetime.now(UTC))
    desk.tool.note(desk.task, "Hola")  # of somebody else, with the same words
    first = desk.do(comment)
    assert desk.do(comment) == first
    assert desk.tool.held["notes"][first]["posted_uid"] == "2671355"


def test_a_comment_that_is_there_and_cannot_be_found_stays_in_doubt(desk: Desk) -> None:
    desk.tool.names_comments = False
    comment = Comment(ref=desk.ref, text="Hola", decided_at=datetime.now(UTC))
    desk.tool.edit("notes", desk.do(comment), content="Hola, corregido")
    with pytest.raises(InDoubtError):
        desk.do(comment)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ({"error": "Item not found", "http_code": 404}, RefusedError),
        ({"error": "Forbidden", "http_code": 403, "error_extra": {}}, RefusedError),
        ({"error": "Too many", "http_code": 429, "error_extra": {"retry_after": 7}},
         UnavailableError),
        ({"error": "Internal", "http_code": 500}, InDoubtError),
        ({"error": "?"}, InDoubtError),
        ("fail", InDoubtError),
    ],
)  # fmt: skip
def test_a_command_that_failed_within_a_good_answer_is_told_for_what_it_is(
    desk: Desk, status: Any, kind: type[Exception]
) -> None:
    desk.tool.refusal = status
    with pytest.raises(kind) as caught:
        desk.do(Complete(ref=desk.ref))
    assert type(caught.value) is kind
    if isinstance(caught.value, UnavailableError) and kind is UnavailableError:
        assert caught.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("write", ["no", "comment"])
def test_what_the_settings_do_not_let_through_is_refused_before_anything_is_sent(
    desk: Desk, write: Write
) -> None:
    with closing(connected(desk.server, write=write)) as connector:
        with pytest.raises(RefusedError):
            connector.push(Complete(ref=desk.ref))
        if write == "no":
            with pytest.raises(RefusedError):
                connector.push(Comment(ref=desk.ref, text="hola"))
    assert desk.server.log == []


def test_a_task_that_is_gone_is_refused(desk: Desk) -> None:
    desk.tool.delete("items", desk.task)
    with pytest.raises(RefusedError, match="Item not found"):
        desk.do(Complete(ref=desk.ref))
    with pytest.raises(RefusedError):
        desk.do(Complete(ref=Ref("comment", desk.task)))


SYNC = {"sync_token": "*", "resource_types": ["items"]}
NOTE = {"type": "note_add"}


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/tasks/1", None, Level.READ),
        ("POST", "/sync", SYNC, Level.READ),
        ("POST", "/sync", SYNC | {"commands": [NOTE]}, Level.CHANGE),
        ("POST", "/sync", {"commands": [NOTE]}, Level.COMMENT),
        ("POST", "/sync", {"commands": [NOTE, NOTE]}, Level.CHANGE),
        ("POST", "/sync", {"commands": [{"type": "item_close"}]}, Level.CHANGE),
        ("POST", "/tasks/1/close", None, Level.CHANGE),
        ("DELETE", "/tasks/1", None, Level.CHANGE),
    ],
)
def test_what_a_request_does_is_judged_by_the_commands_in_it(
    method: str, path: str, body: object, expected: Level
) -> None:
    assert level(method, path, body) is expected
