from __future__ import annotations

import time
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Cursor
from connectors.errors import CursorExpiredError
from connectors.imap_answers import date_of, parse, ranges_of, structure, uids_of
from connectors.imap_cursor import State, dump, load, spell
from connectors.imap_folders import place_of, prefix
from connectors.imap_wire import decoded
from connectors.since import first_day

UIDS = st.sets(st.integers(1, 400)).map(sorted)


def test_an_answer_is_read_into_atoms_strings_lists_and_nothing() -> None:
    given_parts = [rb'(UID 7 X NIL Y "a \"b\" \\" BODY[1.2]<0> ', b"lit)(eral", b")"]
    assert parse(given_parts) == [
        [b"UID", b"7", b"X", None, b"Y", b'a "b" \\', b"BODY[1.2]<0>", b"lit)(eral"]
    ]


@pytest.mark.parametrize("text", [b"(", b")", b'"x', b"(()", b"(" * 99 + b")" * 99, b'("a\\")'])
def test_what_does_not_close_is_no_answer(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # that is all it says
        parse([text])


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(text: bytes) -> None:
    try:
        values = parse([text])
        structure(values)
    except ValueError:
        return


@pytest.mark.parametrize("text", [b"(" * 500_000, b'"' + b"\\" * 500_000, b" " * 500_000 + b'"'])
def test_half_a_megabyte_of_spite_costs_no_more_than_its_length(text: bytes) -> None:
    began = time.process_time()
    with pytest.raises(ValueError):  # noqa: PT011
        parse([text])
    assert time.process_time() - began < 5


def test_a_set_that_names_the_world_is_refused() -> None:
    assert uids_of(b"3,1:2,2") == [1, 2, 3]
    for text in (b"1:4294967295", b"1,,2", b"*", b"x"):
        with pytest.raises(ValueError):  # noqa: PT011
            uids_of(text)


def test_a_date_is_told_in_utc_or_not_at_all() -> None:
    assert date_of(b"17-Jul-1996 02:44:25 -0700") == "1996-07-17T09:44:25+00:00"
    assert date_of(b" 1-Feb-2026 00:00:60 +0000") == "2026-02-01T00:00:59+00:00"
    for text in (b"31-Feb-2026 00:00:00 +0000", b"", b"x", None, b"1-Jan-0001 00:00:00 +2359"):
        assert date_of(text) is None


def test_nested_parts_are_numbered_as_the_standard_says() -> None:
    text = b'("TEXT" "%s" NIL NIL NIL "7BIT" 9 1 NIL ("attachment" ("filename" "a.txt")))'
    (body,) = parse(
        [
            b"(("
            + text % b"PLAIN"
            + text % b"HTML"
            + b' "ALTERNATIVE")'
            + text % b"CSV"
            + b' "MIXED")'
        ]
    )
    parts = structure(body)
    assert [(p["id"], p["type"]) for p in parts] == [
        ("1.1", "text/plain"),
        ("1.2", "text/html"),
        ("2", "text/csv"),
    ]
    assert parts[2]["name"] == "a.txt"
    assert parts[2]["disposition"] == "attachment"


@given(UIDS, UIDS)
def test_a_set_spelt_among_what_exists_names_nothing_else_of_it(
    todo: list[int], more: list[int]
) -> None:
    among = sorted({*todo, *more})
    spelt = spell(todo, among)
    assert set(uids_of(spelt.encode())) & set(among) == set(todo)
    parted = [one for one in among if one not in todo]
    runs = {bisect_left(parted, one) for one in todo}
    assert len([*ranges_of(spelt)]) == len(runs)  # and not one range more than it takes
    assert uids_of(spell(todo).encode()) == todo


def test_a_set_with_what_no_longer_exists_still_names_it() -> None:
    assert uids_of(spell([3, 5, 7, 9], [1, 3, 7, 9]).encode()) == [3, 5, 7, 8, 9]


@given(st.lists(UIDS, min_size=1, max_size=20), st.sampled_from(["INBOX", "Ñ;%", "x" * 30]))
def test_a_cursor_comes_back_and_forgets_nothing_to_do(todos: list[list[int]], name: str) -> None:
    states = [
        State(name=f"{name}{n}", validity=n + 1, mark="9/9/9", todo=spell(todo), held=n)
        for n, todo in enumerate(todos)
    ]
    text = dump(states)
    assert len(text) < 4096
    back = load(text)
    assert [state.name for state in back] == [state.name for state in states]
    for state, todo in zip(back, todos, strict=True):
        assert set(uids_of(state.todo.encode())) >= set(todo)


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", '{"version":2,"folders":[]}', '{"version":1,"folders":7}'),
        '{"version":1,"folders":[{"n":1,"v":2}]}',
        '{"version":1,"folders":[{"n":"a","v":1,"t":"x"}]}',
    ],
)
def test_a_cursor_that_is_not_ours_expires(text: str) -> None:
    with pytest.raises(CursorExpiredError):
        load(Cursor(text))


@given(st.text(), st.integers(1, 2**32 - 1), st.integers(1, 2**32 - 1))
def test_a_location_reads_back_whatever_the_folder_is_called(
    name: str, validity: int, uid: int
) -> None:
    location = f"{prefix(name, validity)}{uid}"
    assert place_of(location) == (name, validity, uid)
    assert location.count(";") == 2


def test_broken_folder_names_read_as_something_and_no_two_as_the_same() -> None:
    names = [b"Enviados", b"&AMk-poca", b"&AAA", b"&\xff-", b"a\xff", b"a\xfe", b"&2D0-", b"&AGE-"]
    read = [decoded(name) for name in names]
    assert read[:2] == ["Enviados", "Época"]
    assert len(set(read)) == len(read)
    for text in read:
        text.encode()


def test_since_is_a_span_a_date_or_all() -> None:
    from datetime import date

    from connectors.errors import ConfigError

    today = date(2026, 11, 23)
    assert [first_day(s, today) for s in ("90d", "2W", "1y", "2026-01-31", "all")] == [
        "2026-08-25",
        "2026-11-09",
        "2025-11-23",
        "2026-01-31",
        "",
    ]
    for wrong in ("", "90", "soon", "99999y", "2026-13-01"):
        with pytest.raises(ConfigError, match="since"):
            first_day(wrong, today)
