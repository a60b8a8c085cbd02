"""Run a program as somebody whom permissions bind, also where the tests run as root."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

import pytest

_BOUND = ("setpriv", "--inh-caps=-all", "--bounding-set=-all", "--")


def ordinary(command: Sequence[str]) -> list[str]:
    """Give the command line that runs `command` without root's powers over files."""
    if os.name == "nt":
        pytest.skip("permissions are others there")
    if os.geteuid() != 0:
        return list(command)
    if shutil.which("setpriv") is None or subprocess.run([*_BOUND, "true"], check=False).returncode:
        pytest.skip("root cannot give up its powers here (setpriv)")
    return [*_BOUND, *command]
