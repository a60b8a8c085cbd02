from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import keyring
import keyring.backend
import keyring.backends.chainer
import keyring.backends.fail
import keyring.backends.null
import keyring.errors
import pytest

from connectors.errors import ConfigError, ConnectorError, UnavailableError
from trastienda import redact, secrets
from trastienda.secrets import Source

CANARY = "canary-51c0 ñ&=%"
NAME = "acme/correo/password"


class Vault(keyring.backend.KeyringBackend):
    """A password store as good as the system's, in memory."""

    priority: ClassVar[float] = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring's
        self.held: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked(f"secret {CANARY}")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked(f"secret {CANARY}")
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.held:
            raise keyring.errors.PasswordDeleteError
        del self.held[service, username]


class Plaintext(Vault):
    """What keyrings.alt makes the default as soon as it is installed."""

    priority: ClassVar[float] = 0.5


@pytest.fixture
def vault() -> Iterator[Vault]:
    before = keyring.get_keyring()
    made = Vault()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def source(**place: object) -> Source:
    return Source(name=NAME, **place)  # type: ignore[arg-type]  # each test gives what fits


def program(code: str) -> Source:
    return source(kind="command", command=(sys.executable, "-c", code))


def test_the_password_store_keeps_and_forgets(vault: Vault) -> None:
    secrets.keep(NAME, CANARY)
    assert vault.held == {("trastienda", NAME): CANARY}
    assert secrets.read(source(kind="keyring")) == CANARY
    secrets.forget(NAME)
    secrets.forget(NAME)
    with pytest.raises(ConfigError, match=f"has no entry {NAME}.*keyring set trastienda {NAME}"):
        secrets.read(source(kind="keyring"))


def test_a_locked_password_store_says_so_and_nothing_of_its_own(vault: Vault) -> None:
    vault.locked = True
    for attempt in (lambda: secrets.read(source(kind="keyring")), lambda: secrets.keep(NAME, "x")):
        with pytest.raises(UnavailableError, match="Unlock it") as caught:
            attempt()
        assert CANARY not in str(caught.value)
        assert caught.value.__cause__ is None


@pytest.mark.usefixtures("vault")
@pytest.mark.parametrize(
    "kind", [Plaintext, keyring.backends.fail.Keyring, keyring.backends.null.Keyring]
)
def test_a_store_that_is_none_or_a_plain_file_is_refused(
    kind: type[keyring.backend.KeyringBackend],
) -> None:
    backend = kind()
    keyring.set_keyring(backend)
    with pytest.raises(ConfigError, match="no safe password store"):
        secrets.read(source(kind="keyring"))
    with pytest.raises(ConfigError, match="no safe password store"):
        secrets.keep(NAME, CANARY)
    assert not getattr(backend, "held", {})


@pytest.mark.usefixtures("vault")
def test_a_chain_with_one_plain_file_in_it_is_refused() -> None:
    class Chain(keyring.backends.chainer.ChainerBackend):
        priority: ClassVar[float] = 10
        backends: ClassVar = [Vault(), Plaintext()]

    keyring.set_keyring(Chain())  # type: ignore[no-untyped-call]  # keyring's
    with pytest.raises(ConfigError, match="no safe password store"):
        secrets.read(source(kind="keyring"))


def test_a_command_gives_its_first_line() -> None:
    assert secrets.read(program("print('s3cret'); print('more')")) == "s3cret"


def test_a_command_is_no_shell(tmp_path: Path) -> None:
    words = ("echo", f"$(touch {tmp_path}/x)", ";", "touch", f"{tmp_path}/y")
    assert secrets.read(source(kind="command", command=words)).startswith("$(touch")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("pass", "is empty"),
        ("print('a' * 70000)", "far too long"),
        ("print('a\\x1bb')", "characters that cannot be part of one"),
        ("import os; os.write(1, b'\\xff')", "is not text"),
    ],
)
def test_a_command_that_gives_no_secret_is_named(code: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as caught:
        secrets.read(program(code))
    assert "canary" not in str(caught.value)


def test_a_command_that_fails_may_do_better_the_next_time(tmp_path: Path) -> None:
    here = tmp_path / "unlocked"
    code = (
        "import os, sys; print('canary-51c0', file=sys.stderr);"
        f"print('s3cret') if os.path.exists({str(here)!r}) else sys.exit(3)"
    )
    with pytest.raises(UnavailableError, match=r"exit code 3.*will be tried again") as caught:
        secrets.read(program(code))
    assert "canary" not in str(caught.value)
    here.touch()
    assert secrets.read(program(code)) == "s3cret"


def test_of_a_command_only_the_program_is_ever_shown(tmp_path: Path) -> None:
    spaced = tmp_path / "my programs" / "give"
    spaced.parent.mkdir()
    spaced.write_text("#!/bin/sh\nexit 1\n")
    spaced.chmod(0o700)
    shown = {
        ("give", CANARY): "give",
        (f"give --key {CANARY}",): "give",
        (f"give\t{CANARY}",): "give",
        (str(spaced), CANARY): str(spaced),
    }
    for command, program in shown.items():
        place = source(kind="command", command=command)
        assert place.where == f"command {program}"
        with pytest.raises(ConnectorError) as caught:
            secrets.read(place)
        assert f"The command {program}, which" in str(caught.value)
        assert CANARY not in str(caught.value) + repr(place)


def test_a_command_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="nowhere-at-all, which gives acme"):
        secrets.read(source(kind="command", command=("nowhere-at-all",)))


def test_a_command_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "COMMAND_SECONDS", 0.2)
    with pytest.raises(UnavailableError, match="took longer"):
        secrets.read(program("import time; time.sleep(60)"))


def test_a_command_cannot_take_what_is_typed_for_us() -> None:
    code = (
        "import sys; from trastienda.secrets import Source, read;"
        "words = (sys.executable, '-c', 'import sys; print(\"read:\" + sys.stdin.read())');"
        "print(read(Source(kind='command', name='x', command=words)) + '|' + sys.stdin.read())"
    )
    said = subprocess.check_output([sys.executable, "-c", code], input="typed", text=True)
    assert said == "read:|typed\n"


def test_a_file_gives_its_first_line(tmp_path: Path) -> None:
    file = tmp_path / "acme.secret"
    file.write_bytes(b"s3cret\r\nnotes")
    file.chmod(0o600)
    assert secrets.read(source(kind="file", file=file)) == "s3cret"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "acme.secret"
    file.write_text("s3cret")
    file.chmod(mode)
    with pytest.raises(ConfigError, match=f"chmod 600 {file}"):
        secrets.read(source(kind="file", file=file))


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    for file in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(ConfigError, match=str(file)):
            secrets.read(source(kind="file", file=file))


def test_a_variable_gives_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_MAIL", "s3cret")
    assert secrets.read(source(kind="env", env="ACME_MAIL")) == "s3cret"
    monkeypatch.delenv("ACME_MAIL")
    with pytest.raises(ConfigError, match=r"ACME_MAIL.*is not set"):
        secrets.read(source(kind="env", env="ACME_MAIL"))


def test_nothing_is_read_before_it_is_used_and_then_it_is_hidden() -> None:
    secret = source(kind="env", env="TRASTIENDA_TEST_SECRET").secret()
    os.environ["TRASTIENDA_TEST_SECRET"] = "late-9b1d"
    try:
        assert redact.redact("late-9b1d") == "late-9b1d"
        assert secret.reveal() == "late-9b1d"
        assert redact.redact("late-9b1d") == redact.MASK
    finally:
        del os.environ["TRASTIENDA_TEST_SECRET"]


def test_where_a_secret_lies_is_told_without_it(tmp_path: Path) -> None:
    told = {
        source(kind="keyring").where: "keyring",
        source(kind="command", command=("pass", "show", "acme")).where: "command pass",
        source(kind="file", file=tmp_path).where: f"file {tmp_path}",
        source(kind="env", env="X").where: "env X",
        source(kind="literal", literal=CANARY).where: "literal",
    }
    assert all(where == wanted for where, wanted in told.items())
    assert CANARY not in repr(source(kind="literal", literal=CANARY))
