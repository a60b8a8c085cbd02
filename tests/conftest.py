"""What holds for every test: nobody's own settings leak in, and nothing leaves this machine."""

from __future__ import annotations

import gettext
import importlib.util
import ipaddress
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# No test asserts a time: a busy machine is not a defect. The same examples each time: what fails
# here fails everywhere. New ones are sought by `pytest --hypothesis-profile=seek`.
settings.register_profile(
    "calm", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile(
    "seek", settings.get_profile("calm"), derandomize=False, max_examples=1000
)
settings.load_profile("calm")

pytest_plugins = [
    "tests.fresh",
    "tests.servers.asana",
    "tests.servers.dovecot",
    "tests.servers.postgres",
    "tests.servers.radicale",
    "tests.servers.synapse",
    "tests.servers.trello",
]

LEAKS = ("TRASTIENDA_", "LC_", "XDG_", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TEXTUAL")
"""Variables by which the shell of whoever runs the tests would change what is tested."""


@pytest.fixture(autouse=True, scope="session")
def _nobody_in_particular(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run as a user without settings, in English, in UTC, without a keyring.

    Set in the environment, so that child processes are nobody in particular too.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith(LEAKS)]:
            patch.delenv(name)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("LANG", "C.UTF-8")
        patch.setenv("LANGUAGE", "en")
        patch.setenv("TZ", "UTC")
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        yield


def pytest_sessionstart() -> None:
    """Let Ctrl+C reach child processes: a shell that starts us in the background ignores it, and
    what is ignored stays so in them.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def _known_to_be_missing() -> Iterator[None]:
    """Let what is not installed be missing at once: httpcore asks for sniffio at every step of a
    request, and each time all of the path is searched for it.
    """
    with pytest.MonkeyPatch.context() as patch:
        if importlib.util.find_spec("sniffio") is None:
            patch.setitem(sys.modules, "sniffio", None)  # means: missing
        yield


@pytest.fixture(autouse=True)
def _whatever_language_it_spoke() -> Iterator[None]:
    """Let each test leave as spoken what it found: a language is the whole process's."""
    language, domain = os.environ["LANGUAGE"], gettext.textdomain()
    catalogues, found = gettext.bindtextdomain("trastienda"), (gettext.dgettext, gettext.dngettext)
    yield
    os.environ["LANGUAGE"] = language
    gettext.textdomain(domain)
    gettext.bindtextdomain("trastienda", catalogues)
    gettext.dgettext, gettext.dngettext = found


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Let no test reach beyond this machine, by name or by address."""
    connect, connect_ex, look_up = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _must_be_local(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _must_be_local(self.family, address)
        return connect_ex(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        _must_be_local(socket.AF_INET, (host,))
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


def _must_be_local(family: int, address: Any) -> None:
    host = address[0].decode() if isinstance(address[0], bytes) else str(address[0] or "")
    if family not in {socket.AF_INET, socket.AF_INET6} or host in {"", "localhost"}:
        return
    if host.endswith((".invalid", ".example", ".test")):
        raise socket.gaierror(socket.EAI_NONAME, "a name that nobody has (RFC 2606)")
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        pytest.fail(f"a test reached for {host}; tests speak to this machine only")


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Where the working tree is."""
    return Path(__file__).resolve().parent.parent
