"""No text of a stranger can reach a widget that reads markup: there is no such widget."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOM = Path(__file__).resolve().parents[2] / "tui"

MARKUP = {
    "Static", "Label", "Button", "Markdown", "MarkdownViewer", "OptionList", "DataTable", "RichLog",
    "Log", "Tree", "ListView", "ListItem", "SelectionList", "Select", "Checkbox", "RadioSet",
    "Collapsible", "Tabs", "TabbedContent", "Header", "Footer", "Toast", "Tooltip", "Digits",
}  # fmt: skip
"""Widgets of Textual that parse a str as markup, or write one as it is."""

CALLS = {"notify", "from_markup", "from_text", "bell_text", "render_str"}
PLACES = {"border_title", "border_subtitle", "tooltip", "placeholder", "sub_title"}


def offences(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual"):
            yield from {alias.name for alias in node.names} & MARKUP
        elif isinstance(node, ast.Assign):
            yield from {t.attr for t in node.targets if isinstance(t, ast.Attribute)} & (
                PLACES | {"title"}
            )
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield from {node.func.attr} & (CALLS | MARKUP)
            yield from {keyword.arg or "" for keyword in node.keywords} & (PLACES | {"markup"})


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda path: path.name)
def test_no_widget_that_reads_markup_is_used(path: Path) -> None:
    assert not list(offences(path.read_text("utf-8")))


@pytest.mark.parametrize(
    "seeded",
    [
        "from textual.widgets import Static",
        "self.notify(subject)",
        "self.border_title = subject",
        "app.title = subject",
        "Input(placeholder=subject)",
        "Content.from_markup(subject)",
    ],
)
def test_the_check_above_can_fail(seeded: str) -> None:
    assert list(offences(seeded))


def test_actions_are_run_from_two_places_and_none_is_made_of_what_a_stranger_wrote() -> None:
    made = {
        path.name
        for path in ROOM.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "run_action"
    }
    assert made == {"clicks.py", "commands.py"}


def test_translated_text_stands_where_the_extractor_finds_it() -> None:
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
                names = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
                assert "_" not in names, f"{path.name}:{node.lineno}"
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "_"
            ):
                assert isinstance(node.args[0], ast.Constant), f"{path.name}:{node.lineno}"
