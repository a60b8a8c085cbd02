"""Prism (@stoplight/prism-cli), which judges what passes between a client and a stand-in.

A second opinion beside `tests.servers.openapi`, by other people's code. `make servers` installs it
where there is Node; one on the PATH does too.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE = 90.0
"""Seconds that a busy machine may take to start it."""


@contextlib.contextmanager
def prism(specification: Path, upstream: str) -> Iterator[str]:
    """Pass requests on to `upstream`; gives the address to ask instead.

    A request that breaks the specification is 422, an answer that does is 500; both say why in a
    member `validation`. The test is skipped where Prism or the specification is not at hand.
    """
    own = Path(sys.prefix) / "prism" / "node_modules" / ".bin"
    program = shutil.which("prism", path=f"{own}{os.pathsep}{os.environ.get('PATH', '')}")
    if program is None:
        pytest.skip("no prism: `make servers` installs one where there is Node")
    if not specification.exists():
        pytest.skip("the vendor's specification is not at hand")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    where = ["-h", "127.0.0.1", "-p", str(port)]
    command = [program, "proxy", *where, "--errors", str(specification), upstream]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(running, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(30)


def _wait(running: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        if running.poll() is not None:
            pytest.fail(f"prism ended with {running.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                pytest.fail("prism did not start")
            time.sleep(0.1)
        else:
            return
