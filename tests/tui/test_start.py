"""The rows stand on the screen before anything heavy is loaded."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"sqlalchemy", "alembic", "httpx", "asana", "trello", "imapclient", "apscheduler",
         "keyring", "markdown_it", "psycopg", "babel"}  # fmt: skip


def loaded(statement: str) -> set[str]:
    code = f"import sys, json; {statement}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return {name.split(".")[0] for name in json.loads(done.stdout)}


def test_the_first_rows_need_neither_toolkit_nor_writer() -> None:
    assert not loaded("import tui.app, tui.prepaint") & (HEAVY | {"textual", "asyncio"})


def test_the_first_paint_needs_the_toolkit_and_the_reader_only() -> None:
    names = loaded("import tui.app, tui.main, tui.terminal")
    assert "textual" in names
    assert not names & HEAVY


@pytest.mark.parametrize("redirected", ["in", "out"])
def test_without_a_terminal_it_says_what_to_do_instead(redirected: str) -> None:
    code = (
        "from tui.app import run; from tui.setup import Setup; from zoneinfo import ZoneInfo;"
        "raise SystemExit(run(Setup(target='x', language='en', timezone=ZoneInfo('UTC'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, stdin=subprocess.DEVNULL,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "trastienda queue" in done.stderr
