"""Where the VA keeps her secrets, and how each is read at the moment of use.

A secret stands in the config as the place it lies in, one of

    { keyring = true }                      the system's password store
    { command = ["pass", "show", "acme"] }  the first line a command prints; no shell
    { file = "acme.secret" }                the first line of a file only its owner can read
    { env = "ACME_PASSWORD" }               an environment variable

or, discouraged, as a plain string in a config that only its owner can read. Nothing is read
before `Secret.reveal`, and every value revealed is hidden from the logs from then on.

What may go well the next time, such as a store that is locked or a command that needs the
network, is an UnavailableError; what stays wrong until she mends it is a ConfigError.
"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from connectors.base import Secret
from connectors.errors import ConfigError, UnavailableError
from trastienda import redact

SERVICE: Final = "trastienda"
"""What our entries in the system's password store go by."""

COMMAND_SECONDS: Final = 60
"""Long enough to type a master password or touch a key."""

LARGEST: Final = 64 * 1024
"""Characters; a longer answer is no secret but a mistake."""

Kind: TypeAlias = Literal["keyring", "command", "file", "env", "literal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The place one secret lies in."""

    kind: Kind
    name: str
    """"client/channel/key": what the VA and the password store know it by."""

    command: tuple[str, ...] = field(default=(), repr=False)
    file: Path | None = None
    env: str = ""
    literal: str = field(default="", repr=False)

    @property
    def where(self) -> str:
        """The place, in the config's own words and without the secret."""
        match self.kind:
            case "command":
                return f"command {self.program}"
            case "file":
                return f"file {self.file}"
            case "env":
                return f"env {self.env}"
            case "keyring" | "literal":
                return self.kind

    @property
    def program(self) -> str:
        """The command without its arguments, which may be secrets themselves.

        Of what is no program, such as a whole command line by mistake, only the first word.
        """
        name = self.command[0]
        return name if shutil.which(_at_home(name)) else " ".join(name.split()[:1])

    def secret(self) -> Secret:
        """Return what reads it."""
        return Secret(lambda: read(self))


def read(source: Source) -> str:
    """Read the secret now, and hide it from the logs.

    Raises ConfigError where there is none, UnavailableError where none is to be had now.
    """
    readers: dict[Kind, Callable[[Source], str]] = {
        "keyring": _from_keyring,
        "command": _from_command,
        "file": _from_file,
        "env": _from_env,
        "literal": lambda source: source.literal,
    }
    value = readers[source.kind](source)
    redact.register(value)
    if not value or len(value) > LARGEST:
        raise ConfigError(
            "The secret {name} is empty or far too long ({where}). Store it again.",
            name=source.name,
            where=source.where,
        )
    if not value.isprintable():
        raise ConfigError(
            "The secret {name} has characters that cannot be part of one ({where})."
            " Store it again.",
            name=source.name,
            where=source.where,
        )
    return value


def keep(name: str, value: str) -> None:
    """Put a secret into the system's password store.

    Raises ConfigError where there is none, UnavailableError where it does not open.
    """
    redact.register(value)
    import keyring.errors  # noqa: PLC0415 - loads every back-end it finds

    _refuse_unsafe_keyring(name)
    try:
        keyring.set_password(SERVICE, name, value)
    except keyring.errors.KeyringError:
        raise _locked(name) from None


def forget(name: str) -> None:
    """Remove a secret from the system's password store, if it is there.

    Raises ConfigError where there is none, UnavailableError where it does not open.
    """
    import keyring.errors  # noqa: PLC0415 - loads every back-end it finds

    _refuse_unsafe_keyring(name)
    try:
        keyring.delete_password(SERVICE, name)
    except keyring.errors.PasswordDeleteError:
        return
    except keyring.errors.KeyringError:
        raise _locked(name) from None


def _from_keyring(source: Source) -> str:
    import keyring.errors  # noqa: PLC0415 - loads every back-end it finds

    _refuse_unsafe_keyring(source.name)
    try:
        value = keyring.get_password(SERVICE, source.name)
    except keyring.errors.KeyringError:
        raise _locked(source.name) from None
    if value is None:
        raise ConfigError(
            "The password store has no entry {name}. Store it with: {command}",
            name=source.name,
            command=to_keyring(source.name),
        )
    return str(value)


def to_keyring(name: str) -> str:
    """Spell the command with which she puts a secret into the password store."""
    return shlex.join([sys.executable, "-m", "keyring", "set", SERVICE, name])


def _refuse_unsafe_keyring(name: str) -> None:
    """Stop where the only store is none, or a plain file that merely looks like one.

    Installing keyrings.alt silently makes a base64 file the default (its priority is 0.5).
    """
    import keyring  # noqa: PLC0415 - loads every back-end it finds

    backend = keyring.get_keyring()
    members = getattr(backend, "backends", [backend])
    if not members or any(_unsafe(member) for member in members):
        raise ConfigError(
            "This computer has no safe password store for {name}. Start one (GNOME Keyring,"
            " KWallet, Keychain), or use a command, or a file, in the config instead.",
            name=name,
        )


def _unsafe(backend: object) -> bool:
    module = type(backend).__module__
    priority = float(getattr(backend, "priority", 0))
    return priority < 1 or module.startswith(("keyrings.alt", "keyring.backends.null"))


def _locked(name: str) -> UnavailableError:
    # The store's own text is left out: a back-end may put anything there.
    return UnavailableError(
        "The password store did not open for {name}. Unlock it; it will be tried again.", name=name
    )


def _from_command(source: Source) -> str:
    import subprocess  # noqa: PLC0415 - the queue opens without it

    program = source.program
    try:
        done = subprocess.run(  # noqa: S603 - the VA's own config names it; it is no shell
            [_at_home(part) for part in source.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except (OSError, ValueError) as error:
        raise ConfigError(
            "The command {program}, which gives {name}, cannot be run ({reason}).",
            program=program,
            name=source.name,
            reason=getattr(error, "strerror", None) or type(error).__name__,
        ) from None
    except subprocess.TimeoutExpired:
        raise UnavailableError(
            "The command {program}, which gives {name}, took longer than {seconds} seconds."
            " Unlock what it needs; it will be tried again.",
            program=program,
            name=source.name,
            seconds=COMMAND_SECONDS,
        ) from None
    if done.returncode != 0:
        raise UnavailableError(
            "The command {program}, which gives {name}, failed with exit code {code}."
            " Run it by hand to see why; it will be tried again.",
            program=program,
            name=source.name,
            code=done.returncode,
        )
    return _first_line(done.stdout, source)


def _at_home(part: str) -> str:
    return os.path.expanduser(part)  # noqa: PTH111 - not all of them are paths


def _from_file(source: Source) -> str:
    assert source.file is not None  # noqa: S101 - by its kind
    try:
        with source.file.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ConfigError(
                    "The secret file {file} is not a regular file.", file=str(source.file)
                )
            if others_can(status, stat.S_IRWXG | stat.S_IRWXO):
                raise ConfigError(
                    "Others can read the secret file {file}. Run: chmod 600 {file}",
                    file=str(source.file),
                )
            return _first_line(file.read(LARGEST + 1), source)
    except OSError as error:
        raise ConfigError(
            "The secret file {file}, which gives {name}, cannot be read ({reason}).",
            file=str(source.file),
            name=source.name,
            reason=error.strerror or type(error).__name__,
        ) from None


def others_can(status: os.stat_result, bits: int) -> bool:
    """Tell whether anybody but the owner may do what `bits` of the mode allow.

    Always False on Windows, whose modes say nothing about other people.
    """
    if os.name == "nt":
        return False
    return bool(status.st_mode & bits) or status.st_uid not in {0, os.geteuid()}


def _from_env(source: Source) -> str:
    value = os.environ.get(source.env)
    if value is None:
        raise ConfigError(
            "The environment variable {variable}, which gives {name}, is not set.",
            variable=source.env,
            name=source.name,
        )
    return value


def _first_line(data: bytes, source: Source) -> str:
    line = data.split(b"\n", 1)[0].removesuffix(b"\r")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError(
            "The secret {name} is not text ({where}). Store it again.",
            name=source.name,
            where=source.where,
        ) from None
