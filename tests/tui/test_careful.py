"""Of everything that may be another client's it is said what it is, whose, and why."""

from __future__ import annotations

import pytest

from triage.belongings import Sort
from triage.guard import Finding
from tui import careful
from tui.lines import safe


@pytest.mark.parametrize("sort", Sort)
def test_each_is_said_in_one_sentence_with_its_words_and_its_owner(sort: Sort) -> None:
    said = careful.finding(Finding(sort, "Herencia\nOrtega.pdf", "luz"), "Luz", "ACME")
    assert "Herencia Ortega.pdf" in said
    assert "Luz" in said
    assert said.endswith(".")
    assert said.count(".") == 2


def test_nothing_hostile_in_a_name_reaches_the_terminal() -> None:
    said = careful.finding(Finding(Sort.FILE, "\x1b[2J{here}.pdf", "luz"), "Luz", "ACME")
    assert said == safe(said)
    assert "\x1b" not in said
    assert "{here}.pdf" in said
