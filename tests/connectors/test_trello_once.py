"""What the VA does to a card lands in Trello once, whatever breaks on the way."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from connectors import testing_faults as http_faults
from connectors.errors import (
    AuthError,
    ConnectorError,
    InDoubtError,
    UnavailableError,
)
from connectors.testing_server import Reply, Request, now
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
from tests.connectors.trello_office import Office, opened
from tests.servers.trello import TOKEN, Trello


@pytest.fixture
def fake() -> Iterator[Trello]:
    with Trello() as fake:
        yield fake
    assert fake.violations == []
    assert fake.in_urls == 0


@pytest.fixture
def office(fake: Trello) -> Iterator[Office]:
    with opened(fake) as office:
        yield office


def test_the_same_action_pushed_again_asks_nothing(office: Office) -> None:
    for action in (
        office.of(Comment, text="x"),
        office.of(Move, to="Hecho"),
        Create(ref=Ref("list", "Ideas"), title="x"),
    ):
        receipt = office.push(action)
        asked, acts = len(office.fake.log), office.acts()
        assert office.push(action) == receipt
        assert (len(office.fake.log), office.acts()) == (asked, acts)


def test_what_sets_a_value_may_be_pushed_by_another_process_again(office: Office) -> None:
    people = office.fake.people
    key = people.add_checklist(office.card, "Pasos", ["uno"], by=office.other)
    (item,) = office.fake.world.boards[office.board].checklists[key]["checkItems"]
    for action in (
        office.of(Complete),
        office.of(Reopen),
        office.of(Move, to="Hecho"),
        office.of(SetDue, due=date(2026, 7, 1)),
        office.of(Check, item=item["id"]),
        office.of(Archive),
    ):
        receipt = office.push(action)
        acts = office.acts()
        office.restart()
        assert office.push(replace(action, decided_at=now())) == receipt
        assert office.acts() == acts


def _decided(office: Office, kind: str, text: str) -> Action:
    at = now()
    if kind == "comment":
        return Comment(ref=Ref("card", office.card), text=text, decided_at=at)
    return Create(ref=Ref("list", "Ideas"), title=text, decided_at=at)


def _times(office: Office, kind: str, text: str) -> int:
    if kind == "comment":
        return office.said().count(text)
    cards = office.fake.world.boards[office.board].cards.values()
    return [card["name"] for card in cards].count(text)


@pytest.mark.parametrize("kind", ["comment", "create"])
@pytest.mark.parametrize("skew", [timedelta(), timedelta(hours=3), timedelta(hours=-3)])
def test_what_was_done_without_an_answer_is_found_after_a_restart(
    kind: str, skew: timedelta
) -> None:
    with Trello(clock=lambda: now() + skew) as fake, opened(fake) as office:
        action = _decided(office, kind, "hola\xa0y adiós")
        fake.fail(lambda request: request.method == "POST", http_faults.close, after=True)
        with pytest.raises(InDoubtError):
            office.push(action)
        office.restart()
        receipt = office.push(action)
        assert _times(office, kind, "hola\xa0y adiós") == 1
        assert len(office.writes()) == 1
        assert receipt.external_id.split("/")[0] in {office.card, office.board}
    assert fake.violations == []


@pytest.mark.parametrize("kind", ["comment", "create"])
def test_what_was_not_done_is_done_then(office: Office, kind: str) -> None:
    action = _decided(office, kind, "hola")
    office.fake.fail(lambda request: request.method == "POST", http_faults.close)
    with pytest.raises(InDoubtError):
        office.push(action)
    office.restart()
    office.push(action)
    assert _times(office, kind, "hola") == 1


def test_what_trello_trims_is_still_known_for_ours(office: Office) -> None:
    office.fake.people.comment(office.card, "hola\nadiós", by=office.fake.me)
    office.push(_decided(office, "comment", " hola\r\nadiós\xa0\n"))
    assert len(office.said()) == 1


@pytest.mark.parametrize("kind", ["comment", "create"])
def test_the_same_words_of_somebody_else_or_of_earlier_are_not_ours(
    fake: Trello, kind: str
) -> None:
    before = timedelta(hours=-1)
    clock = [before]
    fake.world.clock = lambda: now() + clock[0]
    with opened(fake) as office:
        people = fake.people

        def do(by: str) -> None:
            if kind == "comment":
                people.comment(office.card, "hola", by=by)
            else:
                people.add_card(office.lists["Ideas"], "hola", by=by)

        do(fake.me)
        clock[0] = timedelta()
        action = _decided(office, kind, "hola")
        do(office.other)
        office.push(action)
        assert _times(office, kind, "hola") == 3


@pytest.mark.parametrize("kind", ["comment", "create"])
def test_two_actions_of_the_same_words_are_two(office: Office, kind: str) -> None:
    first, second = _decided(office, kind, "hola"), _decided(office, kind, "hola")
    assert office.push(first) != office.push(second)
    assert _times(office, kind, "hola") == 2


def test_an_own_comment_without_a_date_that_can_be_read_is_not_said_again(office: Office) -> None:
    action = _decided(office, "comment", "hola")
    office.fake.people.comment(office.card, "hola", by=office.fake.me)
    office.fake.fail(
        lambda request: request.path.endswith("/actions"),
        http_faults.edited(lambda good: good.replace(b'"date"', b'"when"')),
    )
    office.push(action)
    assert office.said() == ["hola"]


def test_a_card_of_the_same_words_in_another_list_is_not_ours(office: Office) -> None:
    action = _decided(office, "create", "hola")
    office.fake.people.add_card(office.lists["Hecho"], "hola", by=office.fake.me)
    office.push(action)
    assert _times(office, "create", "hola") == 2


def test_an_own_comment_is_found_below_many_newer_ones(office: Office) -> None:
    action = _decided(office, "comment", "hola")
    office.fake.people.comment(office.card, "hola", by=office.fake.me)
    for number in range(120):
        office.fake.people.comment(office.card, f"{number}", by=office.other)
    office.push(action)
    assert office.writes() == []
    pages = [request.query["page"] for request in office.fake.log if "page" in request.query]
    assert pages == ["0", "1", "2"]


def test_comments_from_before_she_decided_are_not_paged_through(fake: Trello) -> None:
    fake.world.clock = lambda: now() - timedelta(days=3)
    with opened(fake) as office:
        for number in range(120):
            fake.people.comment(office.card, f"{number}", by=office.other)
        office.push(_decided(office, "comment", "hola"))
        assert [request.method for request in fake.log] == ["GET", "POST"]


def test_a_token_that_runs_out_between_two_pushes_costs_no_comment(office: Office) -> None:
    action = _decided(office, "comment", "hola")
    office.fake.fail(lambda _: True, Reply.text("invalid token", 401), times=None)
    with pytest.raises(AuthError):
        office.push(action)
    office.fake.mend()
    office.push(action)
    assert office.said() == ["hola"]


ENDS: dict[str, Callable[[Trello, bool], object]] = {
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
    office.fake.limits.rates.update(dict.fromkeys(office.fake.limits.rates, (100_000, 10.0)))
    dice = random.Random(seed)
    for life in range(50):
        action = _decided(office, "comment", f"vida {life}")
        for _ in range(dice.randint(0, 4)):
            office.fake.mend()
            ENDS[dice.choice(list(ENDS))](office.fake, dice.random() < 0.5)
            try:
                office.push(action)
            except UnavailableError:
                assert action.id not in office.done
            if dice.random() < 0.4:
                office.restart()
        office.fake.mend()
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
    office.fake.mend()
    office.restart()
    office.push(action)
    assert office.said() == ["hola"]
