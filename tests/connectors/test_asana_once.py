"""What the VA does to a task lands in Asana once, whatever breaks on the way."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors import testing_faults as http_faults
from connectors.errors import (
    ConnectorError,
    InDoubtError,
    UnavailableError,
)
from connectors.testing_server import Reply, Request, now
from normalizer.actions import (
    Action,
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
from tests.servers.asana import FakeAsana, Watch, running
from tests.servers.asana_things import User

TOKEN = "2/1209000000000001/never-in-a-log"


@pytest.fixture
def office(checkout: Path) -> Iterator[Office]:
    specification = checkout.parent / "shared" / "specs" / "asana.openapi.json"
    with running(specification=specification, limit=100_000) as fake, opened(fake) as office:
        yield office


def test_the_same_action_pushed_again_asks_nothing(office: Office) -> None:
    for action in (
        office.of(Comment, text="x"),
        office.of(Move, to="Hecho"),
        Create(ref=Ref("project", office.web.gid), title="x"),
    ):
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
    with running(clock=watch) as fake, opened(fake) as office:
        action = _decided(office, kind, "hola\xa0y adiós")
        fake.fail(lambda request: request.method == "POST", http_faults.close, after=True)
        with pytest.raises(InDoubtError):
            office.push(action)
        office.restart()
        office.push(action)
        assert _times(office, kind, "hola\xa0y adiós") == 1
        assert len(office.writes()) == 1


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
    office.push(action)
    assert office.said() == ["hola"]
