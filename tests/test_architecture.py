"""The arrows between the rooms, and proof that their guard bites.

The contracts themselves are in pyproject.toml; a guard that passes when it sees nothing is
worse than none, so each contract is broken once on purpose, in a copy.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOMS = ("connectors", "normalizer", "store", "triage", "tui", "trastienda")

VIOLATIONS = {
    "Rooms look down, never up or sideways": ("connectors/planted.py", "import store.errors"),
    "The screen and the triage know no connector": ("tui/planted.py", "import connectors.errors"),
    "Only connectors speak to clients' tools": ("trastienda/planted.py", "import httpx"),
    "Only the store speaks SQL": ("triage/planted.py", "import sqlite3"),
    "Only the screen draws": ("trastienda/planted.py", "import rich.text"),
    "Only the top room schedules and holds secrets": ("connectors/planted.py", "import keyring"),
}


def _lint(tree: Path) -> tuple[int, set[str]]:
    """Run import-linter in `tree`; give its exit code and the contracts it calls broken."""
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache"],
        cwd=tree,
        env={"PYTHONPATH": str(tree), "PATH": "", "COLUMNS": "200"},
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, set(re.findall(r"^(.+?) BROKEN$", done.stdout, re.MULTILINE))


@pytest.fixture
def copy(checkout: Path, tmp_path: Path) -> Path:
    """The rooms and their contracts, to be spoilt."""
    for room in ROOMS:
        shutil.copytree(checkout / room, tmp_path / room, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(checkout / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_rooms_keep_their_contracts(copy: Path) -> None:
    assert _lint(copy) == (0, set())


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_planted_violation_breaks_its_own_contract_and_no_other(
    contract: str, copy: Path
) -> None:
    place, statement = VIOLATIONS[contract]
    (copy / place).write_text(f"{statement}\n")
    code, broken = _lint(copy)
    assert code != 0
    assert broken == {contract}


def test_every_contract_has_its_violation(checkout: Path) -> None:
    text = (checkout / "pyproject.toml").read_text()
    section = text[text.index("[tool.importlinter]") :]
    assert set(re.findall(r'^name = "(.+)"$', section, re.MULTILINE)) == set(VIOLATIONS)
