"""What the VA does to a card lands in Trello, exactly as she meant it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.base import Receipt, Write
from connectors.errors import (
    AuthError,
    ConflictError,
    RefusedError,
)
from connectors.http_rules import Level
from connectors.testing_server import Reply
from connectors.trello_write import MOST, WRITES, level
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
from tests.servers.trello import KEY, TOKEN, Trello

EXACT = "Hola\xa0mundo 👩\u200d💻🎉 <b>*no*</b> [x](y) ~~z~~ &amp; \\n\n\n  fin\t…"


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
    _, action = office.fake.world.find_action(receipt.external_id.rpartition("/")[2])
    assert receipt == Receipt("comment", f"{office.board}/{office.card}/{action['id']}")
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


def test_a_refusal_that_repeats_our_credentials_is_told_without_them(office: Office) -> None:
    echo = Reply.text(f"no, {KEY} with {TOKEN}: {TOKEN.upper()}", 400)
    office.fake.fail(lambda request: request.method == "PUT", echo)
    with pytest.raises(RefusedError, match="refuses: no, …") as caught:
        office.push(office.of(Complete))
    assert KEY not in str(caught.value)
    assert TOKEN.lower() not in str(caught.value).lower()


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
