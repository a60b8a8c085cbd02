"""A package of a connector: rendered from the template, judged by its own tests, installed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from copier import run_copy

BIN = Path(sys.executable).parent

PLUGINS = ("-p", "no:cacheprovider", "-p", "pytest_timeout", "-p", "xdist.plugin")
QUICKLY = {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""A package's tests need no other plugin of ours, and each takes its time to be there."""


def run(folder: Path, *words: str | Path, **env: str) -> str:
    """Run a tool of our environment in `folder`; what it said is the failure's message."""
    done = subprocess.run(
        [BIN / words[0], *words[1:]], cwd=folder, env=os.environ | env,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{words}:\n{done.stdout[-6000:]}{done.stderr[-2000:]}"
    return done.stdout


def render(checkout: Path, folder: Path, **answers: str) -> None:
    """Render the template as `copier copy` does, with the defaults for what is not answered.

    Raises ValueError where an answer is refused.
    """
    with contextlib.chdir(checkout):  # the answers say where the template lies
        run_copy("templates/connector", folder, data=answers, defaults=True, quiet=True)


def judge(folder: Path, types: Path) -> None:
    """Lint a package, and check its types, as its own settings say."""
    run(folder, "ruff", "check", "--no-cache", ".")
    run(folder, "ruff", "format", "--no-cache", "--check", ".")
    run(folder, "mypy", "--cache-dir", types)


def passes(folder: Path) -> None:
    """Run a package's own tests. Half of their time is waiting, so two at once."""
    run(folder, "pytest", *PLUGINS, "-q", "-n", "2", **QUICKLY)


def install(package: Path, scratch: Path) -> Path:
    """Build a package's wheel without a network, install it into a folder, and give that."""
    run(package, "python", "-m", "hatchling", "build", "-t", "wheel", "-d", scratch / "dist")
    (wheel,) = (scratch / "dist").glob("*.whl")
    site = scratch / "site"
    offline = ("--quiet", "--offline", "--no-deps", "--no-config", "--target", site)
    run(package, "uv", "pip", "install", *offline, wheel)
    return site
