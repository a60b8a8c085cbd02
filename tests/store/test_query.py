"""The query language: what a question means, and what is said of one that means nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.errors import QueryError
from store.query import (
    DEEPEST,
    LONGEST,
    NOTHING,
    Age,
    And,
    Day,
    Due,
    Match,
    Not,
    Or,
    Query,
    Words,
    parse,
    plain,
)
from store.vocabulary import FIELDS, VALUES

MADRID = ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)  # a Wednesday


def ask(text: str) -> object:
    return parse(text, now=NOW, timezone=MADRID).node


def refused(text: str) -> dict[str, str | int]:
    with pytest.raises(QueryError) as caught:
        ask(text)
    assert str(caught.value)  # the sentence can be spelled out
    return dict(caught.value.said.details)


def day(year: int, month: int, number: int, offset: int = 1) -> Day:
    midnight = datetime(year, month, number, tzinfo=UTC) - timedelta(hours=offset)
    return Day(date(year, month, number), midnight)


@pytest.mark.parametrize("text", ["", "   "])
def test_no_question_asks_for_everything(text: str) -> None:
    assert parse(text, now=NOW, timezone=MADRID) == Query(None)
    assert plain(text) == Query(None)


@pytest.mark.parametrize(
    "text", ["-", "***", '"', '""', "€", "--- ¿?", "()", '-"*"', "text:*", "\udcff"]
)
def test_a_question_of_nothing_but_signs_finds_nothing(text: str) -> None:
    assert ask(text) == NOTHING
    assert plain("* ¿?").node == NOTHING


def test_signs_beside_words_are_passed_over() -> None:
    assert ask('* factura – "…"') == Words("factura")
    assert ask("* or factura") == Words("factura")
    assert ask("(*) client:acme") == Match("client", "acme")


def test_an_emoji_is_a_word() -> None:
    assert ask("👍") == Words("👍")


def test_words_side_by_side_must_all_be_there_and_may_go_on() -> None:
    assert ask("factura enero") == And((Words("factura"), Words("enero")))


@pytest.mark.parametrize("text", ['"dos palabras"', "«dos palabras»", "“dos palabras”"])
def test_quoted_words_are_exact(text: str) -> None:
    assert ask(text) == Words("dos palabras", exact=True)


def test_a_quote_not_yet_closed_is_still_being_typed() -> None:
    assert ask('"dos pal') == Words("dos pal", exact=False)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("client:acme", Match("client", "acme")),
        ("CLIENTE:Acmé", Match("client", "acme")),
        ('cliente:"Luz y Sal"', Match("client", "luz y sal")),
        ("canal:Correo", Match("channel", "correo")),
        ("state:waiting", Match("state", "waiting")),
        ("estado:ESPERANDO", Match("state", "waiting")),
        ("estado:bandeja", Match("state", "inbox")),
        ("estado:pospuesto", Match("state", "snoozed")),
        ("estado:archivado", Match("state", "archived")),
        ("estado:hecho", Match("state", "done")),
        ("estado:planificado", Match("state", "planned")),
        ("tipo:conversación", Match("kind", "conversation")),
        ("toca:yo", Match("turn", "me")),
        ("turn:client", Match("turn", "client")),
        ("toca:tercero", Match("turn", "third")),
        ("tiene:adjunto", Match("has", "attachment")),
        ("etiqueta:Urgente", Match("label", "urgente")),
        ("is:unread", Match("is", "unread")),
        ('es:"no leído"', Match("is", "unread")),
        ("es:no-leido", Match("is", "unread")),
        ("es:automático", Match("is", "automatic")),
        ('texto:"de enero"', Words("de enero", exact=True)),
    ],
)
def test_fields_and_values_have_english_and_spanish_names(text: str, node: object) -> None:
    assert ask(text) == node


def test_every_spanish_field_means_an_english_one() -> None:
    english = set(FIELDS.values())
    assert {FIELDS[name] for name in FIELDS if name not in english} == english


def test_every_value_that_is_offered_is_understood() -> None:
    for name, field in FIELDS.items():
        for value, meant in VALUES.get(field, {}).items():
            assert getattr(ask(f"{name}:{value}"), "value", None) == meant


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("age:>5d", 5),
        ("edad:5d", 5),
        ("edad:>=5días", 5),
        ('edad:">5 días"', 5),
        ("age:>2w", 14),
        ("edad:>2semanas", 14),
        ("edad:>1mes", 30),
    ],
)
def test_older_than_a_span_is_before_an_instant(text: str, days: int) -> None:
    assert ask(text) == Age(until=NOW - timedelta(days=days))


def test_younger_than_a_span_is_after_an_instant() -> None:
    assert ask("age:<3h") == Age(since=NOW - timedelta(hours=3))
    assert ask("age:<=30min") == Age(since=NOW - timedelta(minutes=30))


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("due:<friday", None, day(2026, 11, 27)),
        ("vence:<viernes", None, day(2026, 11, 27)),
        ("vence:<=viernes", None, day(2026, 11, 28)),
        ("vence:>Miércoles", day(2026, 11, 26), None),
        ("vence:>=miercoles", day(2026, 11, 25), None),
        ("due:today", day(2026, 11, 25), day(2026, 11, 26)),
        ("vence:hoy", day(2026, 11, 25), day(2026, 11, 26)),
        ("vence:mañana", day(2026, 11, 26), day(2026, 11, 27)),
        ("vence:ayer", day(2026, 11, 24), day(2026, 11, 25)),
        ("vence:domingo", day(2026, 11, 29), day(2026, 11, 30)),
        ("due:<3d", None, day(2026, 11, 28)),
        ("due:2027-01-31", day(2027, 1, 31), day(2027, 2, 1)),
        ("vence:<24/12", None, day(2026, 12, 24)),
        ("vence:2/1", day(2027, 1, 2), day(2027, 1, 3)),
        ("vence:<1/7/2027", None, day(2027, 7, 1, offset=2)),
        ("vence:<29/2", None, day(2028, 2, 29)),
    ],
)
def test_due_compares_whole_days_where_the_assistant_is(
    text: str, since: Day | None, until: Day | None
) -> None:
    assert ask(text) == Due(since, until)


def test_today_is_the_day_of_her_clock_not_of_greenwich() -> None:
    late = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
    assert parse("vence:hoy", now=late, timezone=MADRID).node == Due(
        day(2026, 11, 26), day(2026, 11, 27)
    )


def test_and_binds_more_than_or() -> None:
    a, b, c = Words("a"), Words("b"), Words("c")
    assert ask("a b or c") == Or((And((a, b)), c))
    assert ask("a (b or c)") == And((a, Or((b, c))))
    assert ask("a B o c") == Or((And((a, Words("B"))), c))
    assert ask("a y b") == And((a, b))


def test_a_minus_and_not_turn_round_what_follows() -> None:
    assert ask("-label:x") == Not(Match("label", "x"))
    assert ask("not label:x") == Not(Match("label", "x"))
    assert ask("not -label:x") == Match("label", "x")
    assert ask("-(a or b)") == Not(Or((Words("a"), Words("b"))))
    assert ask("a-b") == Words("a-b")


@pytest.mark.parametrize("text", ["or", "a or", "y a", "(a not)", "o", "not"])
def test_an_operator_with_nothing_to_join_is_a_word(text: str) -> None:
    words = text.strip("()").split()
    parts = tuple(Words(word) for word in words)
    assert ask(text) == (And(parts) if len(parts) > 1 else parts[0])


@pytest.mark.parametrize(
    "text", ["https://trello.com/c/abc", "10:30", "lola@acme.example", "#123", "F-2024/17", "Re:"]
)
def test_addresses_links_hours_and_order_numbers_are_words(text: str) -> None:
    assert ask(text) == Words(text)


def test_an_unknown_field_names_the_nearest_one_and_where_it_stands() -> None:
    details = refused("factura clent:acme")
    assert (details["field"], details["nearest"], details["position"]) == ("clent", "client", 9)


def test_a_field_that_is_none_says_which_fields_there_are() -> None:
    details = refused("x nosuchfield:after")
    assert details["position"] == 3
    assert all(name in str(details["fields"]) for name in FIELDS)


@pytest.mark.parametrize("name", ["changed", "cambio"])
def test_a_change_that_is_none_says_which_changes_there_are(name: str) -> None:
    details = refused(f"{name}:after-approval")
    assert (details["field"], details["value"]) == (name, "after-approval")
    assert details["position"] == 1
    assert all(value in str(details["known"]) for value in VALUES["changed"])


@pytest.mark.parametrize("text", ["state:wating", "estado:wating", "-(x state:wating)"])
def test_an_unknown_value_names_those_it_knows(text: str) -> None:
    details = refused(text)
    assert details["nearest"] == "waiting"
    assert "esperando" in str(details["known"])
    assert details["position"] == text.find("stat" if "state" in text else "estado") + 1


@pytest.mark.parametrize(
    "text",
    [
        *("age:>x", "age:", "age:>", "edad:99999m5", "due:32/1", "due:<30/2", "due:2026-02-30"),
        *("due:<99999m", "age:>99999m", "client:", "is:", "vence:<5h", "vence:0/0", "due:0000-1-1"),
    ],
)
def test_a_value_that_means_nothing_is_refused(text: str) -> None:
    assert refused(text)["position"] == 1


def test_parentheses_must_match() -> None:
    assert refused("a (b or c")["position"] == 3
    assert refused("a b) c")["position"] == 4


def test_depth_and_length_are_bounded() -> None:
    assert ask("(" * DEEPEST + "a" + ")" * DEEPEST) == Words("a")
    assert refused("(" * (DEEPEST + 1) + "a")["position"] == DEEPEST + 1
    assert refused("x" * (LONGEST + 1))["position"] == LONGEST
    assert ask("-" * (LONGEST - 1) + "a") == Not(Words("a"))


def test_a_question_knows_whether_it_names_a_state() -> None:
    for text, names in (("a -(b or estado:hecho)", True), ("a label:hecho", False), ("", False)):
        assert parse(text, now=NOW, timezone=MADRID).names_state is names


def test_words_hold_nothing_that_an_engine_refuses() -> None:
    assert ask("a\x00b \ud800c") == And((Words("a"), Words("b"), Words("c")))


PIECES = st.sampled_from(
    [
        *FIELDS,
        *("x", "or", "o", "y", "not", "-", "(", ")", ":", '"', "«", "»", "<", ">=", "=", " "),
        *("hoy", "friday", "5d", "29/2", "2026-01-31", "9999-12-31", "0001-01-01", "unread"),
        *("\x00", "\ud800"),
    ]
)


@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=40).map("".join)))
@example("(" * LONGEST)
@example("not " * 250)
@example("-(" * 500)
@example("due:<=9999-12-31")
@example("vence:0001-01-01")
@example("edad:>٥d")
@example("vence:٣/١")
def test_any_text_is_understood_or_refused_with_a_place(text: str) -> None:
    try:
        query = parse(text, now=NOW, timezone=MADRID)
    except QueryError as error:
        position = dict(error.said.details)["position"]
        assert isinstance(position, int)
        assert 1 <= position <= len(text)
        assert str(error)  # noqa: PT017 - whether it raises is not the point
    else:
        assert parse(text, now=NOW, timezone=MADRID) == query
        hash(query)
