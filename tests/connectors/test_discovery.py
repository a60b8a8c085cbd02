from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from connectors import discovery
from connectors.errors import ConfigError
from connectors.memory import MemoryConnector

PLUGIN = """\
from dataclasses import dataclass

@dataclass(frozen=True)
class Settings:
    name: str = ""

class Plugin:
    kind = "{kind}"
    api = 1
    Config = Settings
    def check(self): ...
    def pull(self, cursor): ...
    def close(self): ...
    normalise = staticmethod(lambda raw: ())
"""


Install: TypeAlias = Callable[[str, str, str], None]
"""Package, kind, source of its module."""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Give a function that installs a package with one connector, as pip would leave it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def installed(package: str, kind: str, source: str) -> None:
        module = package.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(source, "utf-8")
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            f"[trastienda.connectors]\n{kind} = {module}:Plugin\n"
        )

    yield installed
    for module in set(sys.modules) - before:
        del sys.modules[module]


def test_our_own_kinds_are_found_without_importing_one() -> None:
    code = (
        "import sys; from connectors import discovery; print(*discovery.kinds());"
        "print('connectors.memory' in sys.modules, 'imapclient' in sys.modules)"
    )
    kinds, imported = subprocess.check_output([sys.executable, "-c", code], text=True).splitlines()
    assert {"imap", "memory"} <= set(kinds.split())
    assert imported == "False False"


def test_a_kind_is_loaded_by_its_name() -> None:
    assert discovery.load("memory") is MemoryConnector


def test_an_unknown_kind_names_the_nearest_or_all() -> None:
    with pytest.raises(ConfigError, match=r"no connector memry\. Did you mean memory\?"):
        discovery.load("memry")
    with pytest.raises(ConfigError, match=r"no connector zzz\. There are: .*imap, matrix, memory"):
        discovery.load("zzz")


def test_a_plugin_of_somebody_else_is_found(install: Install) -> None:
    install("trastienda-odoo", "odoo", PLUGIN.format(kind="odoo"))
    assert discovery.load("odoo").kind == "odoo"
    (odoo,) = [one for one in discovery.each() if one.kind == "odoo"]
    assert (odoo.distribution, odoo.ours) == ("trastienda-odoo 1.0", False)
    assert odoo.problem is None
    assert all(one.ours for one in discovery.each() if one.kind != "odoo")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("def", "SyntaxError: "),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise KeyboardInterrupt", "does not start: KeyboardInterrupt"),
        ("raise BaseException('no')", "BaseException: no"),
        ("def again(): again()\nagain()", "RecursionError"),
        ("1/0", "ZeroDivisionError: division by zero"),
        ("raise RuntimeError('a\\x1b[2Jb\\nc')", r"RuntimeError: a␛\[2Jb\."),
        ("raise RuntimeError", "does not start: RuntimeError\\."),
        ("Plug = 1", "AttributeError"),
        ("Plugin = 1", "lacks check, pull, close, normalise, Config"),
        (PLUGIN.format(kind="other"), 'lacks kind = "odoo"'),
        ("def Plugin(config): ...", "lacks check"),
        (PLUGIN.format(kind="odoo").replace("= Settings", "= dict"), "lacks Config = dataclass"),
        (PLUGIN.format(kind="odoo").replace("name: str", "name: 'Nowhere'"), "lacks Config ="),
        (PLUGIN.format(kind="odoo").replace("api = 1", "api = 2"), "for version 2 of .* has 1"),
        (PLUGIN.format(kind="odoo").replace("api = 1", "api = 'x'"), "for version x of .* has 1"),
    ],
)
def test_a_plugin_that_does_not_work_is_a_red_line_and_no_failed_start(
    install: Install, source: str, reason: str
) -> None:
    install("trastienda-odoo", "odoo", source)
    with pytest.raises(ConfigError, match=reason) as caught:
        discovery.load("odoo")
    assert "trastienda-odoo 1.0" in str(caught.value)
    assert str(caught.value).isprintable()
    every = {one.kind: one for one in discovery.each()}
    assert every["odoo"].problem == caught.value.said
    assert every["odoo"].connector is None
    assert every["memory"].connector is MemoryConnector


def test_nobody_takes_over_a_kind_and_its_credentials(install: Install) -> None:
    install("not-ours", "memory", "raise SystemExit")
    assert discovery.load("memory") is MemoryConnector
    ours, other = [one for one in discovery.each() if one.kind == "memory"]
    assert (ours.connector, ours.ours, ours.problem) == (MemoryConnector, True, None)
    assert (other.connector, other.ours, other.distribution) == (None, False, "not-ours 1.0")
    assert other.problem
    assert other.problem.text().startswith("not-ours 1.0 also brings a connector memory, which")
    assert "not_ours" not in sys.modules


def test_of_two_strangers_who_bring_one_kind_neither_is_given_its_credentials(
    install: Install,
) -> None:
    for package in ("one-odoo", "two-odoo"):
        install(package, "odoo", "raise SystemExit")
    with pytest.raises(ConfigError, match=r"Two packages bring .*odoo: one-odoo 1.0, two-odoo 1"):
        discovery.load("odoo")
    (odoo,) = [one for one in discovery.each() if one.kind == "odoo"]
    assert not odoo.ours
    assert odoo.problem
    assert {"one_odoo", "two_odoo"}.isdisjoint(sys.modules)


def test_a_plugin_that_hangs_when_imported_is_left_behind_once(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("trastienda-odoo", "odoo", "import threading\nthreading.Event().wait()")
    monkeypatch.setattr(discovery, "PATIENCE", 0.2)
    before = set(threading.enumerate())
    for _ in range(3):
        with pytest.raises(ConfigError, match="does not start within 0 seconds"):
            discovery.load("odoo")
    new = set(threading.enumerate()) - before
    assert [one.name for one in new].count("import odoo") == 1
    assert discovery.load("memory") is MemoryConnector
