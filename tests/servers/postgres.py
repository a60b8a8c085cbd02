"""A real PostgreSQL server for the tests, on a free port, thrown away afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest


def _binaries() -> Path | None:
    """Find the folder of initdb and postgres; Debian keeps it off the path."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    return places[0].parent if places else None


def _as_nobody() -> list[str]:
    """PostgreSQL refuses to run as root: step down to its own user."""
    if os.geteuid():
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Run a server; yield the URL of its database, without the name."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server on this machine (apt-get install postgresql)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if not os.geteuid():
            shutil.chown(folder, "postgres", "postgres")
        data = folder / "data"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "cwd": "/"}
        made = subprocess.run(
            [*_as_nobody(), binaries / "initdb", "-D", data, "-U", "lola", "-A", "trust",
             "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            check=False, **quiet,  # type: ignore[call-overload]  # the same for both calls
        )  # fmt: skip
        if made.returncode:
            pytest.skip(f"initdb cannot run here: {made.stderr.decode()[-200:]}")
        options = ["-p", str(port), "-k", str(folder), "-h", "127.0.0.1", "-F"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*_as_nobody(), binaries / "postgres", "-D", data, *options],
                stdout=log, stderr=log, cwd="/",
            )  # fmt: skip
        try:
            _wait(port, process)
            yield f"postgresql://lola@127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    import psycopg

    for _ in range(300):
        assert process.poll() is None, "the server ended by itself"
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(host="127.0.0.1", port=port, user="lola", dbname="postgres").close()
            return
        time.sleep(0.05)
    pytest.fail("PostgreSQL did not start")


@contextlib.contextmanager
def silent(url: str) -> Iterator[None]:
    """Let the server of `url` answer nothing: neither on open connections nor to new callers."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as conn:
        [(folder,)] = conn.execute("SHOW data_directory").fetchall()
    first = int((Path(folder) / "postmaster.pid").read_text().split()[0])
    others = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    stopped: list[int] = []
    try:
        for number in (first, *map(int, others)):
            os.kill(number, signal.SIGSTOP)
            stopped.append(number)
        yield
    finally:
        for number in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGCONT)


@pytest.fixture(scope="session")
def _postgres() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture
def postgres_url(_postgres: str) -> str:
    """The URL of an empty database of its own."""
    import psycopg

    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(f"{_postgres}/postgres", autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    return f"{_postgres}/{name}"
