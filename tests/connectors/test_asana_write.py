"""What the VA does to a task lands in Asana, exactly as she meant it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.asana_write import WRITES, level
from connectors.base import Receipt, Write
from connectors.errors import (
    AuthError,
    ConflictError,
    RefusedError,
)
from connectors.http_rules import Level
from connectors.testing_server import Reply
from normalizer.actions import (
    Action,
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
from tests.connectors.asana_office import Office, opened
from tests.servers.asana import running
from tests.servers.asana_things import Task

TOKEN = "2/1209000000000001/never-in-a-log"
EXACT = "Hola\xa0mundo 👩\u200d💻🎉 <b>*no*</b> [x](y) ~~z~~ &amp; \\n\n\n  fin\t…"


@pytest.fixture
def office(checkout: Path) -> Iterator[Office]:
    specification = checkout.parent / "shared" / "specs" / "asana.openapi.json"
    with running(specification=specification, limit=100_000) as fake, opened(fake) as office:
        yield office


def test_a_task_is_completed_and_reopened(office: Office) -> None:
    receipt = Receipt("task", f"p/{office.web.gid}/{office.task.gid}")
    assert office.push(office.of(Complete)) == receipt
    assert office.task.completed
    assert office.push(office.of(Reopen)) == receipt
    assert not office.task.completed


def test_an_approval_is_approved_and_not_merely_completed(office: Office) -> None:
    task = office.fake.world.task(office.web, "¿Así?", office.luz, kind="approval")
    office.fake.world.edit(task, office.luz, approval_status="changes_requested")
    for kind, status in ((Complete, "approved"), (Reopen, "pending")):
        office.push(kind(ref=Ref("task", task.gid)))
        assert task.approval_status == status
    assert [request.json() for request in office.writes()] == [
        {"data": {"approval_status": "approved"}},
        {"data": {"approval_status": "pending"}},
    ]


@pytest.mark.parametrize("to", ["Revisión", "revision", "the gid"])
def test_a_task_is_moved_to_a_section_of_its_project(office: Office, to: str) -> None:
    to = office.sections["Revisión"].gid if to == "the gid" else to
    receipt = office.push(office.of(Move, to=to))
    assert office.where() == ["Revisión"]
    assert receipt == Receipt("task", f"p/{office.web.gid}/{office.task.gid}")


def test_a_task_in_two_projects_is_moved_in_the_one_that_has_the_section(office: Office) -> None:
    world = office.fake.world
    shop = world.project(office.acme, "Tienda", office.her)
    packed = world.section(shop, "Empaquetado", office.her)
    world.put(office.task, shop, office.her)
    office.push(office.of(Move, to=packed.name))
    assert office.where() == ["Ideas", "Empaquetado"]


def test_a_section_of_a_project_that_is_not_watched_is_not_there(office: Office) -> None:
    world = office.fake.world
    shop = world.project(office.acme, "Tienda", office.her)
    packed = world.section(shop, "Empaquetado", office.her)
    world.put(office.task, shop, office.her)
    for to in (packed.name, packed.gid):
        with pytest.raises(RefusedError) as caught:
            office.push(office.of(Move, to=to), projects=("web",))
        for name in ("Ideas", "Revisión", "Hecho"):
            assert f"“{name}”" in str(caught.value)
    assert office.writes() == []


def test_a_task_that_is_already_there_is_not_put_on_top(office: Office) -> None:
    office.push(office.of(Move, to="Ideas"))
    assert office.writes() == []


def test_of_two_sections_of_one_name_none_is_chosen(office: Office) -> None:
    office.fake.world.section(office.web, "Hecho", office.her)
    with pytest.raises(RefusedError, match="2 places are called “Hecho”"):
        office.push(office.of(Move, to="Hecho"))


def test_a_due_date_stays_a_date_and_an_instant_an_instant(office: Office) -> None:
    at = datetime(2026, 7, 1, 18, 30, tzinfo=UTC)

    def due(it: date | None) -> tuple[object, object]:
        office.push(office.of(SetDue, due=it))
        return office.task.due_on, office.task.due_at

    assert due(at) == (date(2026, 7, 1), at)
    assert due(date(2026, 7, 2)) == (date(2026, 7, 2), None)
    due(at)
    assert due(None) == (None, None)


def test_a_subtask_is_ticked_as_a_line_of_its_task(office: Office) -> None:
    world = office.fake.world
    line = world.task(office.task, "uno", office.luz)
    receipt = Receipt("task", f"p/{office.web.gid}/{office.task.gid}")
    assert office.push(office.of(Check, item=line.gid)) == receipt
    assert line.completed
    world.edit(line, office.luz, assignee=office.her)
    assert office.push(office.of(Check, item=line.gid, done=False)) == receipt
    assert not line.completed


def test_a_subtask_that_is_hers_is_completed_as_a_task_of_hers(office: Office) -> None:
    line = office.fake.world.task(office.task, "uno", office.luz, assignee=office.her)
    receipt = office.push(Complete(ref=Ref("task", line.gid)))
    assert line.completed
    assert receipt == Receipt("task", f"me/{office.acme.gid}/{line.gid}")


def test_a_subtask_of_another_task_is_refused(office: Office) -> None:
    other = office.fake.world.task(office.web, "Otra", office.luz)
    line = office.fake.world.task(other, "uno", office.luz)
    for item in (line.gid, other.gid, office.task.gid):
        with pytest.raises(RefusedError):
            office.push(office.of(Check, item=item))
    assert office.writes() == []


def test_a_task_in_no_project_is_known_as_hers(office: Office) -> None:
    task = office.fake.world.task(office.acme, "Suelta", office.luz, assignee=office.her)
    receipt = office.push(Complete(ref=Ref("task", task.gid)))
    assert receipt == Receipt("task", f"me/{office.acme.gid}/{task.gid}")


@pytest.mark.parametrize("stream", ["section", "project"])
def test_a_task_is_made_where_she_says(office: Office, stream: str) -> None:
    section = office.sections["Revisión"]
    gid = section.gid if stream == "section" else office.web.gid
    ref = Ref(stream, gid)
    new = Create(ref=ref, title="Pie\xa0🎉", body=EXACT, due=date(2026, 7, 1))
    kind, project, task = office.push(new).external_id.split("/")
    assert (kind, project) == ("p", office.web.gid)
    made = office.fake.world.things[task]
    assert isinstance(made, Task)
    assert (made.name, made.notes, made.due_on) == ("Pie\xa0🎉", EXACT, date(2026, 7, 1))
    where = "Revisión" if stream == "section" else "Untitled section"
    assert office.where(made) == [where]
    assert len(office.writes()) == 1


def test_a_task_is_made_in_watched_projects_only(office: Office) -> None:
    for ref in (Ref("project", office.web.gid), Ref("section", office.sections["Hecho"].gid)):
        with pytest.raises(RefusedError, match="“Web” is not one that Trastienda watches"):
            office.push(Create(ref=ref, title="x"), projects=("Tienda", "1"))
        for projects in (("WEB",), (office.web.gid,), ("*",)):
            office.push(Create(ref=ref, title="x"), projects=projects)
    assert len(office.writes()) == 6


# Texts


@pytest.mark.parametrize("text", [EXACT, "ñ" * 16_384, "🎉" * 16_384, "\xa0x\xa0"])
def test_a_comment_goes_out_exactly_as_she_wrote_it(office: Office, text: str) -> None:
    receipt = office.push(office.of(Comment, text=text))
    assert office.said() == [text]
    story = office.task.stories[-1]
    assert receipt == Receipt("comment", f"{office.task.gid}/{story.gid}")
    assert story.by is office.her


def test_a_text_that_asana_finds_too_long_is_refused_in_its_words(office: Office) -> None:
    told = {"errors": [{"message": "text: Value is too long"}]}
    office.fake.fail(lambda request: request.method == "POST", Reply.json(told, 400))
    with pytest.raises(RefusedError, match="text: Value is too long"):
        office.push(office.of(Comment, text="x"))
    assert office.said() == []


# What may be written


def _every(office: Office) -> list[Action]:
    return [
        office.of(Comment, text="x"),
        office.of(Complete),
        office.of(Reopen),
        office.of(Move, to="Hecho"),
        office.of(SetDue, due=None),
        office.of(Check, item="1"),
        Create(ref=Ref("project", office.web.gid), title="x"),
    ]


def test_without_leave_nothing_is_even_asked(office: Office) -> None:
    assert {type(action) for action in _every(office)} == WRITES
    for action in _every(office):
        with pytest.raises(RefusedError, match="Nothing is written back"):
            office.push(action, write="no")
        if not isinstance(action, Comment):
            with pytest.raises(RefusedError, match="Only comments are written back"):
                office.push(action, write="comment")
    assert office.fake.log == []
    office.push(office.of(Comment, text="x"), write="comment")
    assert office.said() == ["x"]


def test_the_transport_refuses_by_itself_what_is_not_allowed(office: Office) -> None:
    leave: tuple[tuple[Write, int], ...] = (("no", 0), ("comment", 1))
    for write, said in leave:
        http = office.connect(write=write)
        for action in _every(office):
            if isinstance(action, Comment) and write == "comment":
                office.push(action, http)
            else:
                with pytest.raises(RefusedError):
                    office.push(action, http)
        assert len(office.said()) == said
    assert [request.path[-8:] for request in office.writes()] == ["/stories"]


def test_what_asana_cannot_do_is_refused(office: Office) -> None:
    with pytest.raises(RefusedError):
        office.push(office.of(Archive))
    assert office.fake.log == []


@pytest.mark.parametrize(
    ("method", "path", "does"),
    [
        ("GET", "/tasks/1", Level.READ),
        ("POST", "/tasks/1/stories", Level.COMMENT),
        ("PUT", "/tasks/1/stories", Level.CHANGE),
        ("PUT", "/stories/1", Level.CHANGE),
        ("POST", "/tasks/1/stories/", Level.CHANGE),
        ("POST", "/tasks/../stories", Level.CHANGE),
        ("POST", "/goals/1/stories", Level.CHANGE),
        ("POST", "/batch", Level.CHANGE),
        ("POST", "/tasks", Level.CHANGE),
        ("DELETE", "/tasks/1", Level.CHANGE),
    ],
)
def test_only_a_new_comment_counts_as_one(method: str, path: str, does: Level) -> None:
    assert level(method, path, None) is does


# What goes wrong


def test_what_is_gone_is_refused(office: Office) -> None:
    every = _every(office)
    office.fake.world.delete_task(office.task, office.luz)
    office.fake.world.delete_project(office.web, office.luz)
    for action in every:
        with pytest.raises(RefusedError):
            office.push(action)
    with pytest.raises(RefusedError):
        office.push(Create(ref=Ref("task", office.task.gid), title="x"))


@pytest.mark.parametrize("key", ["", "../tasks", "a/b", "a?b=c", "a\nb", "ñ", "x" * 65])
def test_what_is_no_gid_is_never_asked_for(office: Office, key: str) -> None:
    for action in (
        Comment(ref=Ref("task", key), text="x"),
        Complete(ref=Ref("task", key)),
        Create(ref=Ref("project", key), title="x"),
        Comment(ref=Ref("card", office.task.gid), text="x"),
        office.of(Check, item=key),
    ):
        with pytest.raises(RefusedError):
            office.push(action)
    assert office.fake.log == []


def test_a_conflict_is_told_as_one(office: Office) -> None:
    office.fake.fail(lambda request: request.method == "PUT", Reply.text("stale", 409))
    with pytest.raises(ConflictError):
        office.push(office.of(Complete))


def test_a_refusal_that_repeats_our_token_is_told_without_it(office: Office) -> None:
    echo = Reply.json({"errors": [{"message": f"no {TOKEN}, Bearer {TOKEN.upper()}"}]}, 400)
    office.fake.fail(lambda request: request.method == "PUT", echo)
    with pytest.raises(RefusedError, match="refuses: no …") as caught:
        office.push(office.of(Complete))
    assert TOKEN.lower() not in str(caught.value).lower()


def test_a_project_that_is_no_longer_shared_is_no_matter_of_the_token(office: Office) -> None:
    office.fake.world.revoke(office.web, office.her)
    with pytest.raises(RefusedError):
        office.push(office.of(Complete))


def test_a_token_that_was_withdrawn_is_told_as_that(office: Office) -> None:
    with pytest.raises(AuthError):
        office.push(office.of(Comment, text="x"), office.connect(token="withdrawn"))
