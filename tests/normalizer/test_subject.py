"""A subject without its prefixes is what a thread is about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer import subject


@pytest.mark.parametrize(
    "said",
    [
        "Presupuesto año",
        "Re: Presupuesto año",
        "RE: RV: PRESUPUESTO AÑO",
        "re[2]: Presupuesto  año",
        "Re(3): Fwd: presupuesto año",
        "AW: WG: Presupuesto año",
        "TR : Réf: Presupuesto año",
        "R: I: Presupuesto año",
        "ENC: RES: Presupuesto año",
        "Re：Presupuesto año",
        "Presupuesto año (fwd)",
    ],
)
def test_prefixes_of_six_languages_are_taken_away(said: str) -> None:
    assert subject.base(said) == "presupuesto ano"


@pytest.mark.parametrize("said", ["[web] Re: x", "Re: [web] x", "Re: [web] Re: [web] x", "[web] x"])
def test_the_tag_of_a_list_stays_wherever_the_prefix_stood(said: str) -> None:
    assert subject.base(said) == "[web] x"


@pytest.mark.parametrize("said", ["Reunión: x", "Rebajas", "Factura: 1", "Re", "research: x"])
def test_words_that_begin_alike_stay(said: str) -> None:
    assert not subject.is_reply(said)
    assert subject.base(said)


@pytest.mark.parametrize("said", ["", "  ", "Re:", "Fwd: RE: "])
def test_a_subject_of_prefixes_alone_never_matches(said: str) -> None:
    assert subject.base(said) == ""


@pytest.mark.parametrize(
    ("said", "reply", "forward"),
    [
        ("Hola", False, False),
        ("Re: Hola", True, False),
        ("RV: Re: Hola", True, True),
        ("Re: Fwd: Hola", True, False),
        ("[web] Fwd: Hola", True, True),
        ("WG: Hola", True, True),
    ],
)
def test_it_says_whether_it_answers_or_forwards(said: str, reply: bool, forward: bool) -> None:
    assert (subject.is_reply(said), subject.is_forward(said)) == (reply, forward)


@given(st.text(max_size=60))
def test_what_is_already_bare_stays(said: str) -> None:
    base = subject.base(said)
    assert subject.base(base) == base
    assert subject.base(f"Re: {said}") == base


@pytest.mark.timeout(5)
@pytest.mark.parametrize("unit", ["re:", "[a] ", "[", "re[", " ", "(fwd)", "re(1"])
def test_no_subject_is_slow(unit: str) -> None:
    subject.base(unit * (500 // len(unit)))
