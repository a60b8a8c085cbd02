"""What the tests of the kit share: the template, rendered by who takes every default."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.packages import render


@pytest.fixture(scope="session")
def rendered(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new connector, as copier leaves it."""
    folder = tmp_path_factory.mktemp("kit") / "trastienda-notes"
    render(checkout, folder)
    return folder
