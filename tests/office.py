"""Lola's desk: a home with mailboxes of clients in it, and the installed command to run there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from store import driver
from tests.servers.dovecot import RICH, Dovecot

CHECKOUT = Path(__file__).resolve().parent.parent
COMMAND = Path(sys.executable).with_name("trastienda")
LOLA = "lola@lola.example"
_DIES = """\
import os, signal, sys
from {module} import {of}
from trastienda.cli import main

{of}.{name} = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
main(sys.argv[1:])
"""
"""A sync that is killed where it would call that."""

PATIENCE = 60.0
"""Seconds for what should happen by itself; a busy machine is slow, not wrong."""


def letter(
    number: str | int, subject: str, *, author: str = "Ana Muñoz <ana@acme.example>",
    to: str = LOLA, answers: Sequence[str | int] = (), text: str = "¿Cómo va?",
    days: float = 0.0, more: str = "",
) -> bytes:  # fmt: skip
    """Make a mail; `answers` are the numbers of the mails before it, `days` its age."""
    name, _, address = author.rpartition(" ")
    who = f"{Header(name, 'utf-8').encode()} {address}" if name else address
    head = [
        f"From: {who}", f"To: {to}", f"Message-ID: <{number}@mail.example>",
        f"Subject: {Header(subject, 'utf-8').encode()}",
        f"Date: {format_datetime(datetime.now(UTC) - timedelta(days=days))}",
        "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    ]  # fmt: skip
    if answers:
        head.append(f"In-Reply-To: <{answers[-1]}@mail.example>")
        head.append("References: " + " ".join(f"<{one}@mail.example>" for one in answers))
    return ("\r\n".join(head) + "\r\n" + more + "\r\n" + text + "\r\n").encode()


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        found = json.loads(self.out)
        assert found["schema"] == 1
        return found


@dataclass(slots=True)
class Office:
    """A home, its config, and what the environment of its commands holds beside ours."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)
    va: str = f'timezone = "UTC"\nlanguage = "en"\nidentities = ["{LOLA}"]\n'
    url: str = ""
    clients: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """The lines of each channel's table, by client and channel."""

    def mailbox(self, client: str, channel: str, *, port: int, user: str, password: str,
                host: str = RICH, **more: str) -> None:  # fmt: skip
        """Declare a mailbox. `password` and `more` are TOML."""
        given = {"host": f'"{host}"', "port": str(port), "user": f'"{user}"', "password": password}
        self.channel(client, channel, "imap", **given, **{"tls": '"none"', **more})

    def channel(self, client: str, channel: str, kind: str, **settings: str) -> None:
        """Declare a channel of any kind. `settings` are TOML."""
        lines = [f"{key} = {value}" for key, value in {"kind": f'"{kind}"', **settings}.items()]
        self.clients.setdefault(client, {})[channel] = lines
        self.write()

    def let_go(self) -> None:
        """Let all that waits to be sent be due, and what is to be tried again too."""
        connection = driver.connect(self.home / "trastienda.db")
        try:
            connection.execute("UPDATE outbox SET send_at = 0, again_at = 0")
        finally:
            connection.close()

    def write(self) -> None:
        """Write the config as it now is."""
        parts = ["[va]\n" + self.va]
        if self.url:
            parts.append(f'[database]\nurl = "{self.url}"\n')
        for client, channels in self.clients.items():
            parts.append(f'[clients.{client}]\nname = "{client.upper()}"\n')
            for channel, lines in channels.items():
                parts.append("\n".join([f"[clients.{client}.channels.{channel}]", *lines]) + "\n")
        self.home.mkdir(mode=0o700, exist_ok=True)
        new = self.home / "config.new"
        new.write_text("\n".join(parts))
        new.chmod(0o600)
        new.replace(self.home / "config.toml")

    def start(self, *words: str, **more: Any) -> subprocess.Popen[str]:
        """Start the installed command here."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, "text": True, **more}  # fmt: skip
        return subprocess.Popen(
            [COMMAND, "--home", self.home, *words], env={**os.environ, **self.env}, **options
        )

    def run(self, *words: str, **more: Any) -> Ended:
        """Run it to its end."""
        process = self.start(*words, **more)
        out, err = process.communicate(timeout=120)
        return Ended(process.returncode, out or "", err or "")

    def dies(self, module: str, of: str, name: str) -> int:
        """Sync in a process that is killed where it would call `of.name`; give how it ended."""
        code = _DIES.format(module=module, of=of, name=name)
        done = subprocess.run(
            [sys.executable, "-c", code, "--home", str(self.home), "sync"], cwd=CHECKOUT,
            timeout=60, capture_output=True, text=True, check=False, env={**os.environ, **self.env},
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode

    def sync(self, code: int = 0) -> dict[tuple[str, str], dict[str, Any]]:
        """Run `sync --json`; give each channel's report."""
        ended = self.run("sync", "--json")
        assert ended.code == code, ended
        return {(one["client"], one["channel"]): one for one in ended.json["channels"]}

    def queue(self, *query: str, command: str = "queue") -> list[dict[str, Any]]:
        """Run `queue --json`; give its items."""
        ended = self.run(command, "--json", *query)
        assert ended.code == 0, ended
        items: list[dict[str, Any]] = ended.json["items"]
        assert ended.json["total"] == len(items)
        return items

    def titles(self, *query: str, command: str = "queue") -> list[tuple[str, str]]:
        """Name client and subject of what `queue` shows, sorted."""
        return sorted((one["client"], one["title"]) for one in self.queue(*query, command=command))

    def numbered(self, title: str) -> str:
        """Give the number of the item of that title, wherever it lies."""
        found = [
            one
            for one in self.queue("kind:conversation", command="search")
            if one["title"] == title
        ]
        assert len(found) == 1, found
        return str(found[0]["id"])

    def status(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Run `status --json`; give each channel's line."""
        ended = self.run("status", "--json")
        assert ended.code == 0, ended
        return {(one["client"], one["channel"]): one for one in ended.json["channels"]}


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for what comes by itself."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)


def counts(reports: dict[tuple[str, str], dict[str, Any]]) -> dict[tuple[str, str], list[Any]]:
    """Reduce reports to state, new and changed."""
    return {key: [one["state"], one["new"], one["changed"]] for key, one in reports.items()}


def three_accounts(office: Office, dovecot: Dovecot) -> list[str]:
    """Declare two accounts of ACME and one of LUZ, their passwords kept in three ways."""
    users = [dovecot.new_user("v") for _ in range(3)]
    passwords = [dovecot.password(user) for user in users]
    office.env["ACME_MAIL"] = passwords[0]
    office.home.mkdir(mode=0o700, exist_ok=True)
    secret = office.home / "ventas.secret"
    secret.write_text(passwords[1] + "\n")
    secret.chmod(0o600)
    printer = f'{{ command = ["printf", "%s", "{passwords[2]}"] }}'
    places = [
        ("acme", "correo", '{ env = "ACME_MAIL" }'),
        ("acme", "ventas", '{ file = "ventas.secret" }'),
        ("luz", "correo", printer),
    ]
    for (client, channel, password), user in zip(places, users, strict=True):
        dovecot.deliver(user, [])
        office.mailbox(client, channel, port=dovecot.imap, user=user, password=password)
    return users
