"""What holds for every test of the screen."""

from __future__ import annotations

import pytest

from tui import board, composer


@pytest.fixture(autouse=True)
def _no_pause_for_thought(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search and follow the cursor at once: nobody is typing. No word is looked at again."""
    monkeypatch.setattr(board, "TYPING", 0)
    monkeypatch.setattr(composer, "SPELLING", 3600)
