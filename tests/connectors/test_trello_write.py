"""What the VA does to a card lands in Trello, once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

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
from connectors.trello_write import MOST, WRITES, level, push
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
from tests.servers.http_server import Reply, Request, now
from tests.servers.trello import KEY, TOKEN, Trello

EXACT = "Hola\xa0mundo 👩\u200d💻🎉 <b>*no*</b> [x](y) ~~z~~ &amp; \\n\n\n  fin\t…"


@dataclass(frozen=True)
class Settings:
    """The part of a channel's settings that a push is told."""

    write: Write = "all"
    boards: tuple[str, ...] = ("*",)
    done: str = "due_complete"


@dataclass
class Office:
    """A board with a card on it, and the way there."""

    fake: Trello
    board: str
    lists: dict[str, str]
    card: str
    other: str
    """Somebody else's member id."""

    https: list[Http] = field(default_factory=list)
    done: dict[UUID, Receipt] = field(default_factory=dict)

    def connect(self, write: Write = "all", token: str = TOKEN, **timing: Any) -> Http:
        header = {"Authorization": f'OAuth oauth_consumer_key="{KEY}", oauth_token="{token}"'}
        config = HttpConfig(base_url=self.fake.base_url, write=write)
        timing = {"deadline": 5.0} | timing
        limits, patience = Limits([]), Timing(**timing)
        http = Http(config, headers=lambda: header, level=level, limits=limits, timing=patience)
        self.https.append(http)
        return http

    def restart(self) -> None:
        """Forget what the process knew."""
        self.done = {}

    def push(self, action: Action, http: Http | None = None, **settings: Any) -> Receipt:
        http = http or (self.https[0] if self.https else self.connect())
        return push(http, Settings(**settings), action, self.done)

    def of(self, kind: type[Any], **what: Any) -> Any:
        """An action on the card."""
        return kind(ref=Ref("card", self.card), **what)

    def now(self, card: str = "") -> dict[str, Any]:
        """The card as it is."""
        found: dict[str, Any] = self.fake.world.find_card(card or self.card)[1]
        return found

    def said(self) -> list[str]:
        """All comments on the card, oldest first."""
        board = self.fake.world.boards[self.board]
        told = [a["data"] for a in board.actions if a["type"] == "commentCard"]
        return [data["text"] for data in told if data["card"]["id"] == self.card]

    def acts(self) -> int:
        return len(self.fake.world.boards[self.board].actions)

    def writes(self) -> list[Request]:
        return [request for request in self.fake.log if request.method != "GET"]

    def close(self) -> None:
        for http in self.https:
            http.close()


@pytest.fixture
def fake() -> Iterator[Trello]:
    with Trello() as fake:
        yield fake
    assert fake.violations == []
    assert fake.in_urls == 0


def _office(fake: Trello) -> Office:
    people = fake.people
    other = fake.account("luz")
    board = people.add_board(
        "Web", fake.me, other, lists=["Ideas", "En curso", "Revisión", "Hecho"]
    )
    held = fake.world.boards[board]
    lists = {str(one["name"]): str(key) for key, one in held.lists.items()}
    card = people.add_card(lists["Ideas"], "Portada", by=other)
    people.move_card(card, lists["En curso"], by=other)
    return Office(fake, board, lists, card, other)


@pytest.fixture
def office(fake: Trello) -> Iterator[Office]:
    office = _office(fake)
    yield office
    office.close()


# What each action does


@pytest.mark.parametrize(
    ("way", "state"),
    [
        ("due_complete", {"dueComplete": True, "closed": False, "list": "En curso"}),
        ("archive", {"dueComplete": False, "closed": True, "list": "En curso"}),
        ("list:Hecho", {"dueComplete": False, "closed": False, "list": "Hecho"}),
        ("list:hecho", {"dueComplete": False, "closed": False, "list": "Hecho"}),
    ],
)
def test_done_is_what_the_client_calls_done_and_can_be_taken_back(
    office: Office, way: str, state: dict[str, Any]
) -> None:
    names = {key: name for name, key in office.lists.items()}

    def is_now() -> dict[str, Any]:
        card = office.now()
        return {n: card[n] for n in ("dueComplete", "closed")} | {"list": names[card["idList"]]}

    before = is_now()
    receipt = Receipt("card", f"{office.board}/{office.card}")
    assert office.push(office.of(Complete), done=way) == receipt
    assert is_now() == state
    assert office.push(office.of(Reopen), done=way) == receipt
    assert is_now() == before


def test_a_card_that_was_never_elsewhere_is_not_moved_by_guess(office: Office) -> None:
    card = office.fake.people.add_card(office.lists["Hecho"], "Nueva", by=office.other)
    with pytest.raises(RefusedError):
        office.push(Reopen(ref=Ref("card", card)), done="list:Hecho")
    assert office.writes() == []


def test_a_card_comes_back_to_an_open_list_only(office: Office) -> None:
    office.push(office.of(Complete), done="list:Hecho")
    office.fake.people.edit_list(office.lists["En curso"], by=office.other, closed=True)
    with pytest.raises(RefusedError):
        office.push(office.of(Reopen), done="list:Hecho")


@pytest.mark.parametrize("way", ["due_complete", "archive", "list:Hecho"])
@pytest.mark.parametrize("completed", [True, False])
def test_reopened_it_is_open_whoever_else_called_it_done(
    office: Office, way: str, completed: bool
) -> None:
    if completed:
        office.push(office.of(Complete), done=way)
    office.fake.people.edit_card(office.card, by=office.other, dueComplete=True)
    office.push(office.of(Reopen), done=way)
    assert (office.now()["dueComplete"], office.now()["closed"]) == (False, False)
    assert office.now()["idList"] == office.lists["En curso"]


def test_a_card_that_is_already_there_is_not_moved(office: Office) -> None:
    office.push(office.of(Move, to="En curso"))
    assert office.writes() == []


@pytest.mark.parametrize("to", ["Revisión", "revision", "  Revisión "])
def test_a_card_is_moved_by_the_name_of_the_list_as_she_sees_it(office: Office, to: str) -> None:
    office.push(office.of(Move, to=to))
    assert office.now()["idList"] == office.lists["Revisión"]


def test_a_card_is_moved_by_the_id_of_the_list(office: Office) -> None:
    office.push(office.of(Move, to=office.lists["Hecho"]))
    assert office.now()["idList"] == office.lists["Hecho"]


def test_a_list_that_is_not_there_is_refused_by_the_name_of_those_that_are(office: Office) -> None:
    with pytest.raises(RefusedError) as caught:
        office.push(office.of(Move, to="Aprobado"))
    for name in ("Aprobado", "Ideas", "En curso", "Revisión", "Hecho"):
        assert f"“{name}”" in str(caught.value)
    assert office.writes() == []


def test_of_two_lists_of_one_name_none_is_chosen(office: Office) -> None:
    office.fake.people.add_list(office.board, "Hecho", by=office.other)
    with pytest.raises(RefusedError, match="2 places are called “Hecho”"):
        office.push(office.of(Move, to="Hecho"))
    assert office.writes() == []


def test_the_list_spelt_so_goes_before_one_spelt_nearly_so(office: Office) -> None:
    office.fake.people.add_list(office.board, "HECHO", by=office.other)
    office.push(office.of(Move, to="Hecho"))
    assert office.now()["idList"] == office.lists["Hecho"]


def test_a_card_is_not_moved_to_another_board(office: Office) -> None:
    board = office.fake.people.add_board("Otra clienta", office.fake.me, lists=["Suya"])
    (there,) = office.fake.world.boards[board].lists
    for to in (there, "Suya"):
        with pytest.raises(RefusedError):
            office.push(office.of(Move, to=to))
    assert office.writes() == []


def test_a_due_date_is_an_instant_or_none(office: Office) -> None:
    at = datetime(2026, 7, 1, 18, 30, tzinfo=UTC)
    office.push(office.of(SetDue, due=at))
    assert office.now()["due"] == "2026-07-01T18:30:00.000Z"
    office.push(office.of(SetDue, due=None))
    assert office.now()["due"] is None


@pytest.mark.parametrize(
    ("zone", "due"),
    [("Europe/Madrid", "2026-07-01T10:00:00.000Z"), ("America/Lima", "2026-07-01T17:00:00.000Z")],
)
def test_a_day_becomes_its_noon_here(
    office: Office, monkeypatch: pytest.MonkeyPatch, zone: str, due: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        office.push(office.of(SetDue, due=date(2026, 7, 1)))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert office.now()["due"] == due


def test_a_line_of_a_checklist_is_ticked_and_unticked(office: Office) -> None:
    people, world = office.fake.people, office.fake.world
    key = people.add_checklist(office.card, "Pasos", ["uno", "uno"], by=office.other)
    items = world.boards[office.board].checklists[key]["checkItems"]
    office.push(office.of(Check, item=items[1]["id"]))
    assert [item["state"] for item in items] == ["incomplete", "complete"]
    office.push(office.of(Check, item=items[1]["id"], done=False))
    assert [item["state"] for item in items] == ["incomplete", "incomplete"]


def test_a_card_is_archived_and_brought_back(office: Office) -> None:
    office.push(office.of(Archive))
    assert office.now()["closed"] is True
    office.push(office.of(Archive, archived=False))
    assert office.now()["closed"] is False


@pytest.mark.parametrize("into", ["Ideas", "ideas", "Web › Ideas", "the id"])
def test_a_card_is_made_in_the_list_she_names(office: Office, into: str) -> None:
    into = office.lists["Ideas"] if into == "the id" else into
    due = datetime(2026, 7, 1, 18, 30, tzinfo=UTC)
    new = Create(ref=Ref("list", into), title=EXACT.strip(), body=EXACT, due=due)
    stream, _, card = office.push(new).external_id.partition("/")
    made = office.now(card)
    assert stream == office.board
    assert (made["name"], made["desc"]) == (EXACT.strip(), EXACT)
    assert made["due"] == "2026-07-01T18:30:00.000Z"
    assert made["idList"] == office.lists["Ideas"]


def test_a_card_is_made_on_watched_boards_only(office: Office) -> None:
    board = office.fake.people.add_board("Otra clienta", office.fake.me, lists=["Suya"])
    (there,) = office.fake.world.boards[board].lists
    for into in (there, "Suya", "Otra clienta › Suya"):
        with pytest.raises(RefusedError):
            office.push(Create(ref=Ref("list", into), title="x"), boards=("web",))
    assert office.writes() == []
    short = str(office.fake.world.boards[board].fields["shortLink"])
    for boards in ((board,), (short,), ("otra Clienta",), ("*",)):
        office.push(Create(ref=Ref("list", there), title="x"), boards=boards)
    assert len(office.fake.world.boards[board].cards) == 4


def test_where_two_boards_have_a_list_of_that_name_its_board_must_be_named(office: Office) -> None:
    office.fake.people.add_board("Tienda", office.fake.me, lists=["Ideas"])
    with pytest.raises(RefusedError):
        office.push(Create(ref=Ref("list", "Ideas"), title="x"))
    office.push(Create(ref=Ref("list", "Web › Ideas"), title="x"))
    assert len(office.fake.world.boards[office.board].cards) == 2


# Texts


@pytest.mark.parametrize("text", [EXACT, "ñ" * MOST, "🎉" * 8000, "\xa0x\xa0"])
def test_a_comment_goes_out_exactly_as_she_wrote_it(office: Office, text: str) -> None:
    receipt = office.push(office.of(Comment, text=text))
    assert office.said() == [text]
    _, action = office.fake.world.find_action(receipt.external_id.partition("/")[2])
    assert receipt == Receipt("comment", f"{office.card}/{action['id']}")
    assert action["idMemberCreator"] == office.fake.me


def test_a_text_longer_than_trello_takes_is_refused_before_anything_is_sent(office: Office) -> None:
    long = "ñ" * (MOST + 1)
    into = Ref("list", "Ideas")
    for action in (
        office.of(Comment, text=long),
        Create(ref=into, title=long),
        Create(ref=into, title="x", body=long),
    ):
        with pytest.raises(RefusedError, match="16384 characters, and this one has 16385"):
            office.push(action)
    assert office.fake.log == []


# What may be written


def _every(office: Office) -> list[Action]:
    return [
        office.of(Comment, text="x"),
        office.of(Complete),
        office.of(Reopen),
        office.of(Move, to="Hecho"),
        office.of(SetDue, due=None),
        office.of(Check, item="1"),
        office.of(Archive),
        Create(ref=Ref("list", "Ideas"), title="x"),
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
    assert [request.path[-17:] for request in office.writes()] == ["/actions/comments"]


@pytest.mark.parametrize(
    ("method", "path", "does"),
    [
        ("GET", "/cards/5f", Level.READ),
        ("HEAD", "/cards/5f", Level.READ),
        ("POST", "/cards/5f/actions/comments", Level.COMMENT),
        ("PUT", "/cards/5f/actions/comments", Level.CHANGE),
        ("POST", "/cards/5f/actions/comments/", Level.CHANGE),
        ("POST", "/cards/../actions/comments", Level.CHANGE),
        ("POST", "/cards/a/b/actions/comments", Level.CHANGE),
        ("POST", "/cards", Level.CHANGE),
        ("DELETE", "/cards/5f", Level.CHANGE),
    ],
)
def test_only_a_new_comment_counts_as_one(method: str, path: str, does: Level) -> None:
    assert level(method, path, None) is does


# What goes wrong


def test_what_is_gone_is_refused(office: Office) -> None:
    office.fake.people.delete_card(office.card, by=office.other)
    for action in _every(office)[:-1]:
        with pytest.raises(RefusedError):
            office.push(action)
    for ref in (Ref("list", "Papelera"), Ref("list", "0" * 24), Ref("card", office.card)):
        with pytest.raises(RefusedError):
            office.push(Create(ref=ref, title="x"))


@pytest.mark.parametrize("key", ["", "../boards", "a/b", "a?b=c", "a\nb", "ñ", "x" * 65])
def test_what_is_no_id_is_never_asked_for(office: Office, key: str) -> None:
    for action in (
        Comment(ref=Ref("card", key), text="x"),
        Complete(ref=Ref("card", key)),
        Comment(ref=Ref("task", office.card), text="x"),
    ):
        with pytest.raises(RefusedError):
            office.push(action)
    assert office.fake.log == []
    with pytest.raises(RefusedError):
        office.push(office.of(Check, item=key))
    assert office.writes() == []


def test_a_line_of_another_card_is_refused(office: Office) -> None:
    people = office.fake.people
    card = people.add_card(office.lists["Ideas"], "Otra", by=office.other)
    key = people.add_checklist(card, "Pasos", ["uno"], by=office.other)
    (item,) = office.fake.world.boards[office.board].checklists[key]["checkItems"]
    with pytest.raises(RefusedError):
        office.push(office.of(Check, item=item["id"]))
    assert item["state"] == "incomplete"


def test_a_conflict_is_told_as_one(office: Office) -> None:
    office.fake.fail(lambda request: request.method == "PUT", Reply.text("stale", 409))
    with pytest.raises(ConflictError):
        office.push(office.of(Complete))


def test_a_board_that_is_no_longer_shared_is_no_matter_of_the_token(office: Office) -> None:
    office.fake.people.revoke(office.board, office.fake.me)
    with pytest.raises(RefusedError, match="no longer shared"):
        office.push(office.of(Complete))


def test_a_token_that_may_only_read_is_told_as_that(office: Office) -> None:
    office.fake.world.add_token("READING", office.fake.me, write=False)
    with pytest.raises(RefusedError, match="your token may only read"):
        office.push(office.of(Comment, text="x"), office.connect(token="READING"))


def test_a_token_that_was_withdrawn_is_told_as_that(office: Office) -> None:
    with pytest.raises(AuthError):
        office.push(office.of(Comment, text="x"), office.connect(token="WITHDRAWN"))


# Once


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
    with Trello(clock=lambda: now() + skew) as fake:
        office = _office(fake)
        action = _decided(office, kind, "hola\xa0y adiós")
        fake.fail(lambda request: request.method == "POST", http_faults.close, after=True)
        with pytest.raises(InDoubtError):
            office.push(action)
        office.close()
        office.restart()
        office.https.clear()
        receipt = office.push(action)
        assert _times(office, kind, "hola\xa0y adiós") == 1
        assert len(office.writes()) == 1
        assert receipt.external_id.split("/")[0] in {office.card, office.board}
        office.close()
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
    office = _office(fake)
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
    office.close()


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
    office = _office(fake)
    for number in range(120):
        fake.people.comment(office.card, f"{number}", by=office.other)
    office.push(_decided(office, "comment", "hola"))
    assert [request.method for request in fake.log] == ["GET", "POST"]
    office.close()


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
    office.push(action, http)
    assert office.said() == ["hola"]
