"""What is told to the VA, however badly the one who tells it spelled it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.said import Said, SaidError


def said(message: str, **details: Any) -> Said:
    return Said(message, tuple(details.items()))


def test_named_places_are_filled_and_doubled_braces_are_one() -> None:
    one = said("{n} of {{ env = {name} }}", n=3, name="ODOO {n} {{")
    assert one.text() == "3 of { env = ODOO {n} {{ }"
    assert one.text(lambda _: "En {name}, {n}") == "En ODOO {n} {{, 3"


@pytest.mark.parametrize(
    "message",
    [
        'Odoo says {"error": "no", "of": {}}', "list {gone", "gone}", "{nowhere}", "{0} {}",
        "{x!r}", "{x.__class__}", "{x[0]}", "{x:>1000000000}", "{x} {nowhere}", "{x:{x}}", "{ x }",
    ],
)  # fmt: skip
def test_what_is_no_sentence_with_places_comes_out_as_it_is(message: str) -> None:
    assert said(message, x=1).text() == message
    assert str(SaidError(message, x=1)) == message


def test_what_is_told_has_an_end() -> None:
    assert len(said("{x}" * 1000, x="y" * 10**6).text()) <= 4_000
    assert len(said("y" * 10**6).text()) <= 4_000
    assert len(said("y" * 10**6, x="y" * 10**6).to_json()) < 9_000


def test_what_was_kept_in_a_column_reads_the_same() -> None:
    error = SaidError("{when} {what} \ud800", when=timedelta(hours=1), what="\ud800")  # type: ignore[arg-type]
    for one in (error.said, Said("Nothing {gone", (), "config.toml:1:2")):
        kept = one.to_json()
        kept.encode()
        assert Said.from_json(kept) == one
        assert one.text()
    kept = json.dumps(["{x.__class__} {", {"x": 1}])
    assert Said.from_json(kept).text() == "{x.__class__} {"


@pytest.mark.parametrize(
    "parts", [(7,), ("x", {"a": 1}), ("x", 7), ("x", (), 7), ("x", (("n", 10**5000),))]
)
def test_what_is_no_sentence_at_all_is_refused_where_it_is_made(parts: tuple[Any, ...]) -> None:
    with pytest.raises((TypeError, ValueError)):
        Said(*parts)


@given(st.text("{}:!.[]ax_ "), st.text("{}a"))
def test_spelling_it_out_never_fails(message: str, value: str) -> None:
    assert isinstance(said(message, a=value, x=1).text(), str)
