"""A real Dovecot on loopback, for as long as the tests run.

Any user may sign in: `ana@test.local` with `secret-ana`. One server listens as three, which
differ in what they announce: RICH (all that Dovecot can), CONDSTORE (no QRESYNC, as Gmail) and
PLAIN (neither, no LIST-STATUS, no ESEARCH, no IDLE, as Exchange).
"""

from __future__ import annotations

import contextlib
import imaplib
import itertools
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

USERS = ("ana", "bea", "carla", "dora", "eva")
RICH, CONDSTORE, PLAIN = "127.0.0.1", "127.0.0.2", "127.0.0.3"
_OWNER = "mail"
_BINARY = shutil.which("dovecot") or "/usr/sbin/dovecot"

_CONFIG = """\
base_dir = {home}/run
state_dir = {home}/run
instance_name = trastienda-{imap}
protocols = imap
listen = 127.0.0.1, 127.0.0.2, 127.0.0.3
log_path = {home}/dovecot.log
default_login_user = dovenull
default_internal_user = dovecot
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
mail_max_userip_connections = 100
first_valid_uid = 1
mail_location = maildir:~/Maildir
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
passdb {{
  driver = static
  args = password=secret-%n
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner} home={home}/mail/%u
}}
local 127.0.0.2 {{
  imap_capability = IMAP4rev1 SASL-IR LOGIN-REFERRALS ENABLE IDLE LITERAL+ SPECIAL-USE \
LIST-EXTENDED LIST-STATUS ESEARCH CONDSTORE UIDPLUS
}}
local 127.0.0.3 {{
  imap_capability = IMAP4rev1 LITERAL+
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    auto = create
    special_use = \\Drafts
  }}
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Trash {{
    auto = create
    special_use = \\Trash
  }}
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
  mailbox Archive {{
    auto = create
    special_use = \\Archive
  }}
}}
"""


@dataclass(slots=True)
class Dovecot:
    """The running server, and a postman."""

    home: Path
    imap: int
    imaps: int
    ca_file: Path
    _count: Iterator[int] = field(default_factory=itertools.count)

    def new_user(self, prefix: str = "u") -> str:
        """Name somebody who never had mail, for a test of its own."""
        return f"{prefix}{os.getpid()}x{next(self._count)}@test.local"

    @staticmethod
    def address(user: str) -> str:
        return user if "@" in user else f"{user}@test.local"

    def password(self, user: str) -> str:
        return "secret-" + self.address(user).partition("@")[0]

    def sign_in(self, user: str, host: str = RICH) -> imaplib.IMAP4:
        """Open a session that may change things, as the client's own mail program would."""
        client = imaplib.IMAP4(host, self.imap, timeout=20)
        client.login(self.address(user), self.password(user))
        return client

    @contextlib.contextmanager
    def session(self, user: str, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """Sign in and select `folder`; sign out at the end."""
        client = self.sign_in(user)
        try:
            assert client.select(f'"{folder}"')[0] == "OK"
            yield client
        finally:
            client.logout()

    def maildir(self, user: str, folder: str = "INBOX") -> Path:
        """Where a folder's files lie. `folder` is in modified UTF-7, with slashes."""
        root = self.home / "mail" / self.address(user) / "Maildir"
        return root if folder == "INBOX" else root / ("." + folder.replace("/", "."))

    def deliver(
        self,
        user: str,
        mails: Iterable[bytes],
        *,
        folder: str = "INBOX",
        flags: str = "",
        at: datetime | None = None,
        step: float = 60,
    ) -> int:
        """Put mails into a folder as files, the oldest first; return how many.

        `flags` are Maildir's letters ("S" is seen); mail without flags is recent. `at` is the
        arrival of the last, each one before it `step` seconds earlier.
        """
        box = self.maildir(user, folder)
        inner = box / ("cur" if flags else "new")
        inside = box.relative_to(self.home)
        made = [self.home / part for part in (*reversed(inside.parents[:-1]), inside)]
        made += [box / name for name in ("cur", "new", "tmp")]
        owner = pwd.getpwnam(_OWNER)
        for path in made:
            if not path.exists():
                path.mkdir()
                os.chown(path, owner.pw_uid, owner.pw_gid)
        if folder != "INBOX" and not (box / "maildirfolder").exists():
            self._write(box / "maildirfolder", b"", owner)
        batch = list(mails)
        last = (at or datetime.now(UTC)).timestamp()
        for number, mail in enumerate(batch):
            name = f"{int(last)}.M{next(self._count):08d}P{os.getpid()}.test,S={len(mail)}"
            path = inner / (f"{name}:2,{flags}" if flags else name)
            when = last - (len(batch) - 1 - number) * step
            self._write(path, mail, owner)
            os.utime(path, (when, when))
        return len(batch)

    @staticmethod
    def _write(path: Path, data: bytes, owner: pwd.struct_passwd) -> None:
        path.write_bytes(data)
        os.chown(path, owner.pw_uid, owner.pw_gid)


def free_ports(count: int, hosts: Iterable[str] = (RICH,)) -> list[int]:
    """Find ports that nobody listens on, on any of `hosts`."""
    found: list[int] = []
    while len(found) < count:
        with contextlib.ExitStack() as held:
            first = held.enter_context(socket.socket())
            first.bind((RICH, 0))
            port = first.getsockname()[1]
            try:
                for host in hosts:
                    if host != RICH:
                        held.enter_context(socket.socket()).bind((host, port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def why_not() -> str:
    """Say why Dovecot cannot run here, or nothing."""
    if not Path(_BINARY).exists():
        return "Dovecot is not installed (Debian: apt-get install dovecot-imapd)"
    if os.geteuid() != 0:
        return "Dovecot changes to its own users, which only root may start"
    return ""


@contextlib.contextmanager
def running() -> Iterator[Dovecot]:
    """Start a Dovecot of our own and stop that one at the end."""
    home = Path(tempfile.mkdtemp(prefix="dovecot-"))  # short: socket paths end at 107 bytes
    home.chmod(0o755)
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1", "127.0.0.2", "127.0.0.3")
    authority.cert_pem.write_to_path(home / "ca.pem")
    certificate.private_key_pem.write_to_path(home / "key.pem")
    with (home / "cert.pem").open("wb") as file:
        file.writelines(pem.bytes() for pem in certificate.cert_chain_pems)
    (home / "key.pem").chmod(0o600)
    mail = home / "mail"
    mail.mkdir()
    owner = pwd.getpwnam(_OWNER)
    os.chown(mail, owner.pw_uid, owner.pw_gid)
    imap, imaps = free_ports(2, (RICH, CONDSTORE, PLAIN))
    config = home / "dovecot.conf"
    config.write_text(_CONFIG.format(home=home, imap=imap, imaps=imaps, owner=_OWNER))
    process = subprocess.Popen(
        [_BINARY, "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    try:
        _wait_for(process, imap, home / "dovecot.log")
        yield Dovecot(home=home, imap=imap, imaps=imaps, ca_file=home / "ca.pem")
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            imaplib.IMAP4(RICH, port, timeout=5).shutdown()
        except (OSError, imaplib.IMAP4.error, ssl.SSLError):
            time.sleep(0.05)
        else:
            return
    said = log.read_text(errors="replace")[-2000:] if log.exists() else "nothing"
    pytest.fail(f"Dovecot did not start; it said: {said}")


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """Run one Dovecot for the whole session, with empty mailboxes for USERS and anybody else."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with running() as server:
        yield server
