"""What the VA does to a task lands in Asana, once."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from connectors.asana_write import WRITES, level, push
from connectors.base import Receipt, Write
from connectors.errors import (
    AuthError,
    ConflictError,
    ConnectorError,
    InDoubtError,
    RefusedError,
    UnavailableError,
)
from connectors.http import Http, Timing
from connectors.http_limits import Limits
from connectors.http_rules import HttpConfig, Level
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
from tests.servers import http_faults
from tests.servers.asana import FakeAsana, Watch, running
from tests.servers.asana_things import Project, Section, Task, User, Workspace
from tests.servers.http_server import Reply, Request, now

TOKEN = "2/1209000000000001/never-in-a-log"
EXACT = "Hola\xa0mundo 👩\u200d💻🎉 <b>*no*</b> [x](y) ~~z~~ &amp; \\n\n\n  fin\t…"


@dataclass(frozen=True)
class Settings:
    """The part of a channel's settings that a push is told."""

    write: Write = "all"
    projects: tuple[str, ...] = ("*",)


@dataclass
class Office:
    """A workspace of two people with a project, a task in it, and the way there."""

    fake: FakeAsana
    her: User
    luz: User
    acme: Workspace
    web: Project
    sections: dict[str, Section]
    task: Task
    https: list[Http] = field(default_factory=list)
    done: dict[UUID, Receipt] = field(default_factory=dict)

    def connect(self, write: Write = "all", token: str = TOKEN, **timing: Any) -> Http:
        headers = {"Authorization": f"Bearer {token}"}
        config = HttpConfig(base_url=self.fake.base_url, write=write)
        limits, patience = Limits([]), Timing(**({"deadline": 5.0} | timing))
        http = Http(config, headers=lambda: headers, level=level, limits=limits, timing=patience)
        self.https.append(http)
        return http

    def restart(self) -> None:
        """Forget what the process knew."""
        self.done = {}

    def push(self, action: Action, http: Http | None = None, **settings: Any) -> Receipt:
        http = http or (self.https[0] if self.https else self.connect())
        return push(http, Settings(**settings), action, self.done)

    def of(self, kind: type[Any], **what: Any) -> Any:
        """An action on the task."""
        return kind(ref=Ref("task", self.task.gid), **what)

    def said(self) -> list[str]:
        """All comments on the task, oldest first."""
        return [story.text for story in self.task.stories if story.kind == "comment_added"]

    def writes(self) -> list[Request]:
        return [request for request in self.fake.log if request.method != "GET"]

    def where(self, task: Task | None = None) -> list[str]:
        """The sections that the task is in."""
        return [section.name for section in (task or self.task).sections]

    def close(self) -> None:
        for http in self.https:
            http.close()


def _office(fake: FakeAsana) -> Office:
    world = fake.world
    her, luz = fake.sign_up("Lola Prueba", TOKEN), fake.sign_up("Luz Prueba", "another")
    acme = world.workspace("Acme", her, luz)
    web = world.project(acme, "Web", her, luz)
    sections = {name: world.section(web, name, her) for name in ("Ideas", "Revisión", "Hecho")}
    task = world.task(sections["Ideas"], "Portada", luz)
    return Office(fake, her, luz, acme, web, sections, task)


@pytest.fixture
def office(checkout: Path) -> Iterator[Office]:
    specification = checkout.parent / "shared" / "specs" / "asana.openapi.json"
    with running(specification=specification, limit=100_000) as fake:
        office = _office(fake)
        yield office
        office.close()


# What each action does


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
    receipt = office.push(office.of(Check, item=line.gid))
    assert line.completed
    assert receipt == Receipt("task", f"sub/{office.task.gid}/{line.gid}")
    world.edit(line, office.luz, assignee=office.her)
    receipt = office.push(office.of(Check, item=line.gid, done=False))
    assert not line.completed
    assert receipt == Receipt("task", f"me/{office.acme.gid}/{line.gid}")
    world.edit(line, office.luz, assignee=office.luz)
    receipt = office.push(office.of(Check, item=line.gid))
    assert receipt == Receipt("task", f"sub/{office.task.gid}/{line.gid}")


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


def test_a_project_that_is_no_longer_shared_is_no_matter_of_the_token(office: Office) -> None:
    office.fake.world.revoke(office.web, office.her)
    with pytest.raises(RefusedError):
        office.push(office.of(Complete))


def test_a_token_that_was_withdrawn_is_told_as_that(office: Office) -> None:
    with pytest.raises(AuthError):
        office.push(office.of(Comment, text="x"), office.connect(token="withdrawn"))


# Once


def test_the_same_action_pushed_again_asks_nothing(office: Office) -> None:
    for action in _every(office):
        if isinstance(action, Check):
            continue
        receipt = office.push(action)
        asked = len(office.fake.log)
        assert office.push(action) == receipt
        assert len(office.fake.log) == asked


def test_what_sets_a_value_may_be_pushed_by_another_process_again(office: Office) -> None:
    line = office.fake.world.task(office.task, "uno", office.luz)
    for action in (
        office.of(Complete),
        office.of(Reopen),
        office.of(Move, to="Hecho"),
        office.of(SetDue, due=date(2026, 7, 1)),
        office.of(Check, item=line.gid),
    ):
        receipt = office.push(action)
        stories = len(office.task.stories)
        office.restart()
        assert office.push(replace(action, decided_at=now())) == receipt
        assert len(office.task.stories) == stories


def _decided(office: Office, kind: str, text: str) -> Action:
    if kind == "comment":
        return Comment(ref=Ref("task", office.task.gid), text=text, decided_at=now())
    place = office.web if kind == "project" else office.sections["Hecho"]
    return Create(ref=Ref(kind, place.gid), title=text, decided_at=now())


def _times(office: Office, kind: str, text: str) -> int:
    if kind == "comment":
        return office.said().count(text)
    return [task.name for task in office.web.tasks].count(text)


KINDS = ["comment", "project", "section"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hours", [0, 3, -3])
def test_what_was_done_without_an_answer_is_found_after_a_restart(kind: str, hours: int) -> None:
    watch = Watch()
    watch.ahead(hours=hours)
    with running(clock=watch) as fake:
        office = _office(fake)
        action = _decided(office, kind, "hola\xa0y adiós")
        fake.fail(lambda request: request.method == "POST", http_faults.close, after=True)
        with pytest.raises(InDoubtError):
            office.push(action)
        office.close()
        office.restart()
        office.https.clear()
        office.push(action)
        assert _times(office, kind, "hola\xa0y adiós") == 1
        assert len(office.writes()) == 1
        office.close()


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_not_done_is_done_then(office: Office, kind: str) -> None:
    action = _decided(office, kind, "hola")
    office.fake.fail(lambda request: request.method == "POST", http_faults.close)
    with pytest.raises(InDoubtError):
        office.push(action)
    office.restart()
    office.push(action)
    assert _times(office, kind, "hola") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_words_of_somebody_else_or_of_earlier_are_not_ours(
    office: Office, kind: str
) -> None:
    world = office.fake.world

    def do(by: User) -> None:
        if kind == "comment":
            world.comment(office.task, "hola", by)
        else:
            world.task(office.web, "hola", by)

    with world.as_of(now() - timedelta(hours=1)):
        do(office.her)
    action = _decided(office, kind, "hola")
    do(office.luz)
    # What is older, and was changed just now, is still not what she decided.
    world.edit(office.web.tasks[-1], office.luz, notes="x")
    office.push(action)
    assert _times(office, kind, "hola") == 3


@pytest.mark.parametrize("kind", KINDS)
def test_two_actions_of_the_same_words_are_two(office: Office, kind: str) -> None:
    first, second = _decided(office, kind, "hola"), _decided(office, kind, "hola")
    assert office.push(first) != office.push(second)
    assert _times(office, kind, "hola") == 2


def test_an_own_comment_is_found_among_very_many(office: Office) -> None:
    action = _decided(office, "comment", "hola")
    for number in range(250):
        office.fake.world.comment(office.task, f"{number}", office.luz)
    office.fake.world.comment(office.task, "hola", office.her)
    office.push(action)
    assert office.writes() == []
    pages = [request for request in office.fake.log if request.path.endswith("/stories")]
    assert len(pages) == 3


ENDS: dict[str, Callable[[FakeAsana, bool], object]] = {
    "well": lambda fake, after: None,
    "closed": lambda fake, after: fake.fail(_any, http_faults.close, after=after),
    "reset": lambda fake, after: fake.fail(_any, http_faults.reset, after=after),
    "500": lambda fake, after: fake.fail(_any, Reply.text("no", 500), after=after),
    "429": lambda fake, after: fake.fail(_any, Reply.text("no", 429), after=False),
    "portal": lambda fake, after: fake.fail(_any, Reply.text("<html>", 200), after=after),
}


def _any(_: Request) -> bool:
    return True


@pytest.mark.parametrize("seed", range(4))
def test_whatever_breaks_in_whatever_order_each_comment_is_said_once(
    office: Office, seed: int
) -> None:
    """Fifty lives of a comment each: faults, retries and restarts in every order."""
    dice = random.Random(seed)
    for life in range(50):
        action = _decided(office, "comment", f"vida {life}")
        for _ in range(dice.randint(0, 4)):
            office.fake.server.mend()
            ENDS[dice.choice(list(ENDS))](office.fake, dice.random() < 0.5)
            try:
                office.push(action)
            except UnavailableError:
                assert action.id not in office.done
            if dice.random() < 0.4:
                office.restart()
        office.fake.server.mend()
        office.push(action)
        assert office.said().count(f"vida {life}") == 1
    assert len(office.said()) == 50


@pytest.mark.parametrize("name", http_faults.FAULTS)
@pytest.mark.parametrize("moment", ["looks", "writes"])
def test_no_fault_of_http_leaves_anything_but_our_errors_or_a_second_comment(
    office: Office, name: str, moment: str
) -> None:
    method = "GET" if moment == "looks" else "POST"
    office.fake.fail(lambda request: request.method == method, http_faults.FAULTS[name], after=True)
    http = office.connect(deadline=0.4, cap=1 << 20)
    action = _decided(office, "comment", "hola")
    told = ""
    try:
        office.push(action, http)
    except ConnectorError as error:
        told = str(error)
    assert told.isprintable()
    assert TOKEN not in told
    office.fake.server.mend()
    office.restart()
    office.push(action, http)
    assert office.said() == ["hola"]
