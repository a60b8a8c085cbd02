"""What holds for every test of the screen."""

from __future__ import annotations

import pytest

from tui import board


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-screens", action="store_true", help="write tests/tui/screens anew")


@pytest.fixture(autouse=True)
def _no_pause_for_thought(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search and follow the cursor at once: nobody is typing."""
    monkeypatch.setattr(board, "TYPING", 0)
