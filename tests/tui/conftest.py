"""What holds for every test of the screen."""

from __future__ import annotations

import functools
import gettext

import pytest
from textual import app, pilot
from textual import screen as frames

from tests.tui.idle import idle
from tui import board, composer


@pytest.fixture(autouse=True)
def _no_pause_for_thought(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search and follow the cursor at once: nobody is typing. No word is looked at again."""
    monkeypatch.setattr(board, "TYPING", 0)
    monkeypatch.setattr(composer, "SPELLING", 3600)


@pytest.fixture(autouse=True)
def _no_pause_for_textual(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on as soon as a key has done all that it does; draw it at once, not 60 times a second."""
    monkeypatch.setattr(app, "wait_for_idle", idle)
    monkeypatch.setattr(pilot, "wait_for_idle", idle)
    monkeypatch.setattr(frames, "UPDATE_PERIOD", 0.001)


@pytest.fixture(autouse=True)
def _words_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for no catalogue's file at each text, as `i18n.use` sees to where it is called."""
    monkeypatch.setattr(gettext, "dgettext", functools.cache(gettext.dgettext))
    monkeypatch.setattr(gettext, "dngettext", functools.cache(gettext.dngettext))
