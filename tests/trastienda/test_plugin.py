from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from connectors import base, errors
from normalizer import actions, model, raw
from trastienda import plugin, testing


@pytest.mark.parametrize("module", [base, errors, actions, model])
def test_a_plugin_author_finds_every_name_of_the_protocol_in_one_place(module: ModuleType) -> None:
    public = {
        name
        for name, value in vars(module).items()
        if inspect.isclass(value) and value.__module__ == module.__name__ and name[0] != "_"
    }
    wanted = public - {"Kind"}  # what an item is, which no connector says
    assert wanted <= set(plugin.__all__)
    assert {"Raw", "Census"} <= set(plugin.__all__) & set(vars(raw))


def test_every_name_it_promises_is_there() -> None:
    assert [name for name in plugin.__all__ if not hasattr(plugin, name)] == []
    assert plugin.API == 1


def test_what_its_tests_need_is_there_too() -> None:
    assert [name for name in testing.__all__ if not hasattr(testing, name)] == []


def test_a_mapping_brings_no_network_with_it() -> None:
    """What was stored is put in our words by processes that never fetch."""
    code = (
        "import sys; from trastienda.plugin import HttpConfig, Raw, Task, line, tables\n"
        "print('httpx' in sys.modules)\n"
        "from trastienda.plugin import Http; print('httpx' in sys.modules)\n"
        "import trastienda.plugin\n"
        "print(hasattr(trastienda.plugin, 'no_such_name'))"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert said == ["False", "True", "False"]


OUTSIDE = """\
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from trastienda.plugin import Account, Batch, Connector, Cursor, Raw, Record, Secret


@dataclass(frozen=True)
class OdooConfig:
    '''An Odoo server.'''

    url: str
    '''Its address.'''

    key: Secret | None = None
    '''The API key.'''


class OdooConnector:
    kind: ClassVar[str] = "odoo"
    Config: ClassVar[type[Any]] = OdooConfig

    def __init__(self, config: OdooConfig) -> None:
        self.config = config

    def check(self) -> Account:
        return Account(self.config.url)

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        yield Batch((), Cursor("1"))

    def close(self) -> None:
        pass

    @staticmethod
    def normalise(raw: Raw) -> Iterator[Record]:
        yield from ()


fits: Connector = OdooConnector(OdooConfig("http://x"))
wrong: Connector = OdooConfig("http://x")
"""


def test_a_plugin_written_elsewhere_is_checked_against_our_types(
    checkout: Path, tmp_path: Path
) -> None:
    (tmp_path / "odoo.py").write_text(OUTSIDE, "utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file=", "odoo.py"),
            *(f"--cache-dir={tmp_path}/cache", "--no-error-summary"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert len(errors) == 1, done.stdout
    assert (
        'odoo.py:41: error: Incompatible types in assignment (expression has type "Odoo'
        in errors[0]
    )
    assert str(checkout) not in done.stdout
