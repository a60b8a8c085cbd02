"""The last line: what no widget and no normaliser stopped."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from tests.tui.world import app_on, build
from tui.guard import ControlGuard
from tui.lines import UNSAFE
from tui.link import browse, disguised

GROUND = Color(0, 0, 0)


@given(st.lists(st.text(st.characters())))
def test_the_guard_leaves_nothing_that_steers_and_all_that_is_printable(texts: list[str]) -> None:
    bold = Style(bold=True)
    out = ControlGuard().apply([Segment(text, bold) for text in texts], GROUND)
    for before, after in zip(texts, out, strict=True):
        assert not UNSAFE.search(after.text)
        assert after.style == bold
        assert [c for c in before if c.isprintable()] == [c for c in after.text if c.isprintable()]


def test_the_guard_comes_after_every_other_filter(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))
    assert isinstance(app.get_line_filters()[-1], ControlGuard)
    app.desk.close()
    app.reader.close()


def test_a_host_in_disguise_is_shown_as_what_it_is() -> None:
    assert disguised("https://trello.com/c/1") == ""
    assert disguised("https://tr\u0435llo.com/c/1") == "xn--trllo-0we.com"
    assert disguised("https://xn--trllo-0we.com/") == "xn--trllo-0we.com"
    assert disguised("https://trello.com@evil.test/") == "evil.test"


def test_only_web_addresses_are_opened() -> None:
    for link in ("file:///etc/passwd", "javascript:alert(1)", "ftp://x.test", "vscode://x"):
        assert not browse(link)
