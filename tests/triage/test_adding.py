"""Where a new task can go, and what it is there; when it is due in her words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from normalizer.actions import Create
from normalizer.model import Ref
from store.adding import Held, Taker
from store.directory import ChannelKey
from tests.tui.world import MADRID
from triage.adding import able, choose, draft, known
from triage.answers import NotWrittenError
from triage.today import parse_due
from triage.when import WhenError

NOW = datetime(2026, 11, 23, 9, 42, tzinfo=UTC)
BOARD = Taker(
    key=ChannelKey(1, 2), client="acme", channel="tablero", kind="trello", write="all",
    can=frozenset({"comment", "create"}),
)  # fmt: skip


def held(name: str, *records: str, count: int = 1) -> Held:
    return Held(name=name, records=frozenset(records), open=count)


@pytest.mark.parametrize(
    ("kind", "places", "refs"),
    [
        ("trello", [held("Web › Hoy", "b1"), held("Web", "b2")], {"Web › Hoy": "list Web › Hoy"}),
        ("caldav", [held("Casa", "/dav/casa")], {"Casa": "calendar Casa"}),
        (
            "asana",
            [held("Web › Hoy", "p/12"), held("Web › Hecho", "p/12"), held("Ana", "me/9"),
             held("Tienda › A", "p/30"), held("Tienda › B", "p/31"), held("Blog", "p/4", "p/5")],
            {"Web": "project 12"},
        ),
        ("imap", [held("INBOX", "x")], {}),
    ],
)  # fmt: skip
def test_a_place_is_named_as_its_tool_finds_it_and_never_guessed(
    kind: str, places: list[Held], refs: dict[str, str]
) -> None:
    found = known(replace(BOARD, kind=kind), places)
    assert {one.name: f"{one.ref.stream} {one.ref.external_id}" for one in found} == refs


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"write": "no"}, 'write = "all" for tablero of acme'),
        ({"write": "comment"}, 'write = "all" for tablero of acme'),
        ({"can": None}, "trastienda sync"),
        ({"can": frozenset({"comment"})}, "no board, project or calendar"),
        ({"channel": "otro"}, "no board, project or calendar"),
    ],
)
def test_what_takes_no_new_task_says_why(change: dict[str, object], said: str) -> None:
    other = replace(BOARD, **change)  # type: ignore[arg-type]  # one field of its own kind
    with pytest.raises(NotWrittenError) as caught:
        able([other], "tablero")
    assert said in caught.value.said.text()
    well = replace(BOARD, channel="bien")
    assert able([other, well], "bien") == [well]


def test_she_names_a_place_whole_or_by_its_list_alone() -> None:
    found = known(BOARD, [held("Web › Ideas"), held("Web › Hoy"), held("Tienda › Hoy")])
    assert choose(found, "web › hoy").name == "Web › Hoy"
    assert choose(found, "IDEAS").name == "Web › Ideas"
    for wanted, said in (("hoy", "several places"), ("ayer", "“Tienda › Hoy”")):
        with pytest.raises(NotWrittenError, match=said):
            choose(found, wanted)


def test_a_task_is_one_line_that_goes_in_ten_seconds() -> None:
    (spot,) = known(BOARD, [held("Web › Hoy")])
    letter = draft(spot, "  Pie\nde página ", date(2026, 12, 24), NOW, who="Lola")
    assert isinstance(letter.action, Create)
    assert (letter.action.title, letter.action.ref) == ("Pie de página", Ref("list", "Web › Hoy"))
    assert (letter.key, letter.item_id, letter.who) == (BOARD.key, None, "Lola")
    assert (letter.send_at - NOW).total_seconds() == 10
    for title in ("  ", "x" * 501):
        with pytest.raises(NotWrittenError):
            draft(spot, title, None, NOW)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("hoy", date(2026, 11, 23)), ("viernes", date(2026, 11, 27)), ("24/12", date(2026, 12, 24)),
        ("in 3 days", date(2026, 11, 26)), ("vie 9:00", datetime(2026, 11, 27, 8, tzinfo=UTC)),
        ("mañana por la tarde", datetime(2026, 11, 24, 15, tzinfo=UTC)),
        ("2h", datetime(2026, 11, 23, 11, 42, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_a_day_is_due_as_a_day_and_a_time_as_a_moment(text: str, due: date) -> None:
    found = parse_due(text, NOW, MADRID)
    assert (type(found), found) == (type(due), due)


@pytest.mark.parametrize("text", ["a las 5", "nunca", "hoy 8:00"])
def test_what_is_no_time_to_come_is_asked_back(text: str) -> None:
    with pytest.raises(WhenError):
        parse_due(text, NOW, MADRID)
