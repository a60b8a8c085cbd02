"""Mail from any IMAP server, read and never changed but for drafts; answers go out by SMTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, ClassVar

from connectors.base import Account, Batch, Cursor, Receipt
from connectors.errors import ConfigError, UnavailableError
from connectors.imap_cursor import load
from connectors.imap_folders import Folder, chosen, listed
from connectors.imap_look import examined
from connectors.imap_open import part_of
from connectors.imap_pull import Pull
from connectors.imap_session import ImapConfig, opened, relay_of
from connectors.imap_stream import Limits
from connectors.imap_wire import Wire
from connectors.since import first_day
from normalizer import versions
from normalizer.actions import Action, Draft, Mail
from normalizer.answering import address_of
from normalizer.model import Record, Ref
from normalizer.raw import Raw
from normalizer.text import line

if TYPE_CHECKING:
    from connectors.smtp import Post

_IDLE = 25 * 60
"""Seconds of IDLE before it is renewed; servers hang up after 30 minutes (RFC 2177)."""

_LOOK_EVERY = 60
"""Seconds between two looks at the inbox of a server without IDLE."""


class ImapConnector:
    """One mailbox. Holds its connection between calls, and no other state."""

    kind: ClassVar[str] = "imap"
    version: ClassVar[int] = versions.EMAIL
    Config: ClassVar[type[ImapConfig]] = ImapConfig
    writes: ClassVar[frozenset[type[Action]]] = frozenset({Mail, Draft})

    def __init__(
        self,
        config: ImapConfig,
        *,
        limits: Limits | None = None,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._config = config
        self._limits = limits or Limits()
        self._today = today
        self._wire: Wire | None = None
        self._post: Post | None = None
        self._counted = 0

    @property
    def requests(self) -> int:
        """Commands sent since the last pull began."""
        return self._counted + (self._wire.requests if self._wire else 0)

    @property
    def senders(self) -> tuple[str, ...]:
        """By whom mail goes out from here, the usual one first; nobody where none may."""
        return () if self._config.write == "no" else self._config.senders

    def check(self) -> Account:
        """Sign in and name the folders that will be read."""
        first_day(self._config.since, self._today())
        wire, folders = self._listing()
        taken, missing = chosen(folders, self._config.folders)
        if missing:
            raise ConfigError(
                "{host} has no folder {folder}. There are: {folders}.",
                host=wire.host,
                folder=missing[0],
                folders=", ".join(line(folder.name, 60) for folder in folders[:20]),
            )
        user = self._config.user
        named = (user, address_of(self._config.sender), *self._config.identities)
        handles = {name.casefold() for name in named if "@" in name}
        return Account(user, frozenset(handles), tuple(line(f.name, 60) for f in taken))

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield what changed, folder by folder, INBOX first and the newest mail first."""
        states = load(cursor)
        since = first_day(self._config.since, self._today())
        self._counted = -self._wire.requests if self._wire else 0
        wire, folders = self._listing()
        yield from Pull(wire, folders, states, self._config.folders, since).batches()

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Wait for something to happen in the inbox: by IDLE (RFC 2177), else by looking.

        What happened since the last pull, or the last wait, through this connection is told at
        once, and once: whoever waits may pull through another one.
        """
        until = time.monotonic() + seconds
        wire = self._signed_in()
        inbox = Folder(raw=b"INBOX", name="INBOX")
        mark = examined(wire, inbox).mark
        if mark != wire.inbox:
            wire.inbox = mark
            return True
        idle = "IDLE" in wire.capabilities
        wire.news = False
        while not wire.news and not stop.is_set() and (left := until - time.monotonic()) > 0:
            if idle:
                wire.idle(min(_IDLE, left), stop.is_set)
            elif not stop.wait(min(_LOOK_EVERY, left)):
                wire.command(b"NOOP")
        return wire.news

    def open(self, copy: Ref, attachment: str) -> Iterator[bytes]:
        """Yield the decoded bytes of one part, fetched piece by piece."""
        wire, folders = self._listing()
        yield from part_of(wire, folders, copy, attachment)

    def push(self, action: Action) -> Receipt:
        """Send a mail, or keep a draft; see `imap_send.push` and `imap_drafts.push`."""
        from connectors import imap_drafts, imap_send  # noqa: PLC0415  # not for who only reads

        if isinstance(action, Draft):
            return imap_drafts.push(self._config, self._listing, action)
        return imap_send.push(self._config, self._listing, self._posting, action)

    def close(self) -> None:
        """Sign out."""
        if self._post is not None:
            self._post.close()
        if self._wire is not None:
            self._counted += self._wire.requests
            self._wire.farewell()
            self._wire = None

    @staticmethod
    def normalise(raw: Raw) -> Iterable[Record]:
        """Put one mail in our words."""
        from normalizer import email  # noqa: PLC0415  # heavy, and not needed to fetch

        return email.normalise(raw)

    def _posting(self) -> Post:
        from connectors.smtp import Post  # noqa: PLC0415  # as above

        self._post = self._post or Post(relay_of(self._config))
        return self._post

    def _signed_in(self) -> Wire:
        """Return the connection that stands, or open one."""
        if self._wire is not None and self._wire.dead:
            self.close()
        if self._wire is None:
            self._wire = opened(self._config, self._limits)
        return self._wire

    def _listing(self) -> tuple[Wire, list[Folder]]:
        """List the folders; where the connection we held turns out dead, open another, once."""
        held = self._wire is not None and not self._wire.dead
        wire = self._signed_in()
        try:
            return wire, listed(wire)
        except UnavailableError:
            if not held or not wire.dead:
                raise
        wire = self._signed_in()
        return wire, listed(wire)
