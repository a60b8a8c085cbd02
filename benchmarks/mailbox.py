"""A mailbox full of synthetic mail in a real Dovecot, and how each program is told of it."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.timing import Cost, cost
from tests.mails import make_mail
from tests.servers.dovecot import RICH, Dovecot, running

OURS = Path(sys.executable).with_name("trastienda")
USER = "ana"
BATCH = 500
MINUTE = timedelta(minutes=1)

MBSYNC = """\
IMAPAccount local
Host {host}
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account local

MaildirStore near
Path {root}/mbsync/
Inbox {root}/mbsync/INBOX
SubFolders Verbatim

Channel local
Far :far:
Near :near:
Patterns {patterns}
Create Near
Sync Pull
SyncState *
"""

NOTMUCH = """\
[database]
path={root}/mbsync
[user]
name=Ana
primary_email={user}
[new]
tags=inbox;
"""

CONFIG = """\
[va]
name = "Ana"
language = "en"
timezone = "UTC"

[clients.one]
name = "One"

[clients.one.channels.mail]
kind = "imap"
host = "{host}"
port = {port}
tls = "none"
user = "{user}"
password = {{ env = "BENCH_PASSWORD" }}
folders = [{folders}]
since = "all"
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """A filled mailbox, and a folder in which each program keeps what is its own."""

    server: Dovecot
    root: Path
    folders: tuple[str, ...] = ("INBOX",)

    @property
    def home(self) -> Path:
        """Ours."""
        return self.root / "home"

    @property
    def maildir(self) -> Path:
        """What mbsync keeps, and notmuch and neomutt read."""
        return self.root / "mbsync" / "INBOX"

    @property
    def env(self) -> dict[str, str]:
        """What the programs find in their environment."""
        return {
            "HOME": str(self.root),
            "LC_ALL": "C.UTF-8",
            "NOTMUCH_CONFIG": str(self.root / "notmuchrc"),
            "BENCH_PASSWORD": self.server.password(USER),
        }

    def sync(self) -> Cost:
        """Pull with Trastienda."""
        return cost([OURS, "--home", self.home, "sync", "--json"], env=self.env)

    def mbsync(self) -> Cost:
        """Pull with mbsync."""
        return cost(["mbsync", "-q", "-c", self.root / "mbsyncrc", "local"], env=self.env)

    def notmuch(self) -> Cost:
        """Index what mbsync pulled."""
        return cost(["notmuch", "new", "--quiet"], env=self.env)

    def write(self, *, host: str = RICH, port: int = 0) -> None:
        """Point everybody at `host` and `port`; at Dovecot itself unless told otherwise."""
        said = {
            "host": host,
            "port": port or self.server.imap,
            "user": self.server.address(USER),
            "password": self.server.password(USER),
            "root": self.root,
            "patterns": " ".join(self.folders),
            "folders": ", ".join(f'"{name}"' for name in self.folders),
        }
        self.home.mkdir(exist_ok=True)
        (self.root / "mbsync").mkdir(exist_ok=True)
        (self.root / "mbsyncrc").write_text(MBSYNC.format(**said))
        (self.root / "mbsyncrc").chmod(0o600)
        (self.root / "notmuchrc").write_text(NOTMUCH.format(**said))
        (self.home / "config.toml").write_text(CONFIG.format(**said))


@contextlib.contextmanager
def bench(
    mails: int,
    folders: tuple[str, ...] = ("INBOX",),
    make: Callable[[int], bytes] = make_mail,
) -> Iterator[Bench]:
    """Start Dovecot with `mails` mails spread over `folders`, the older half of them read.

    `make` makes the mail of a number.
    """
    with running() as server, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        now = datetime.now(UTC)
        for first in range(0, mails, BATCH):
            seeds = range(first, min(first + BATCH, mails))
            server.deliver(
                USER,
                map(make, seeds),
                folder=folders[first // BATCH % len(folders)],
                flags="S" if first < mails // 2 else "",
                at=now - (mails - seeds.stop) * MINUTE,
            )
        made = Bench(server, Path(folder), folders)
        made.write()
        yield made
