"""What every line on the screen is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.lines import UNSAFE, Span, Tone, cut, fit, length, safe, spread, wrap
from tui.page import lit

HOSTILE = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x00\x1b\x07\x7f\x85\x9b\xad\u200b\u202e\u2066\ufeff\ud800\t\n漢é́🙂"),
    )
)


@given(HOSTILE)
def test_nothing_that_steers_a_terminal_is_left_in_a_line(text: str) -> None:
    assert not UNSAFE.search(safe(text))


@given(HOSTILE, st.integers(0, 60))
def test_a_column_is_always_exactly_as_wide_as_asked(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width


@given(HOSTILE, st.integers(4, 60))
def test_wrapped_text_stays_inside_and_loses_no_word(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    kept = "".join("".join(lines).split())
    assert kept == "".join("".join(map(safe, text.expandtabs(4).splitlines())).split())


@pytest.mark.parametrize(
    "text", ["x" * 50_000, "東" * 50_000, "Z" + "\u0301" * 50_000, "ab " * 9000]
)
def test_wrapping_costs_as_much_as_there_is_to_wrap(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = 0

    def measure(part: str) -> int:
        nonlocal measured
        measured += len(part)
        return cell_len(part)

    monkeypatch.setattr("tui.lines.cell_len", measure)
    wrap(text, 79)
    assert measured < 4 * len(text), "half a megabyte in one line would take half a minute"


@given(st.lists(HOSTILE, max_size=4), HOSTILE, st.integers(1, 80))
def test_two_ends_fill_the_width(left: list[str], right: str, width: int) -> None:
    right = fit(right, min(10, width))
    line = spread(tuple(Span(safe(text)) for text in left), (Span(right),), width)
    assert length(line) == width


@given(st.lists(HOSTILE, max_size=5), st.integers(0, 40))
def test_a_cut_line_is_never_wider(texts: list[str], width: int) -> None:
    assert length(cut(tuple(Span(safe(text)) for text in texts), width)) <= width


def test_a_match_is_lit_whatever_its_accents_and_case() -> None:
    spans = lit((Span("La Facturación de mayo"),), "facturacion")
    assert [span.text for span in spans if span.tone is Tone.HIT] == ["Facturación"]
    assert "".join(span.text for span in spans) == "La Facturación de mayo"
