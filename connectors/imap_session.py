"""Opening a mailbox: the settings, TLS, and saying who we are."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, field
from typing import Literal

from connectors.base import Secret
from connectors.errors import ConfigError
from connectors.imap_stream import Limits
from connectors.imap_wire import Wire
from connectors.net import trusted


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapConfig:
    """A mailbox on an IMAP server."""

    host: str
    """The server's name: "imap.example.com"."""

    user: str
    """Who to sign in as; mostly the whole address."""

    port: int = 0
    """0: 993 with `tls = "tls"`, else 143."""

    tls: Literal["tls", "starttls", "none"] = "tls"
    """"none" only for a server on this very computer."""

    password: Secret | None = None
    """The password; many providers want an app password made for us."""

    token: Secret | None = None
    """An OAuth2 access token, instead of a password."""

    folders: tuple[str, ...] = ("INBOX",)
    """Folders to read. "*" is all but Junk, Trash and Drafts; "!Name" is never. Sent mail is
    read too, unless "!Sent" is here: it tells what was answered."""

    since: str = "90d"
    """How far back to begin: days, weeks, months or years ("90d", "12w", "6m", "1y"), a date
    ("2026-01-31"), or "all"."""

    write: Literal["no"] = "no"
    """Mail is only ever read."""

    ca_file: str = ""
    """A certificate (PEM) to trust for this server and nothing else, where it is its own."""

    identities: tuple[str, ...] = field(default=())
    """Further addresses the VA writes from in this mailbox."""


def opened(config: ImapConfig, limits: Limits) -> Wire:
    """Connect and sign in. Raises ConfigError, AuthError or UnavailableError."""
    wire = Wire(
        config.host,
        config.port or (993 if config.tls == "tls" else 143),
        context=_context(config),
        starttls=config.tls == "starttls",
        limits=limits,
    )
    try:
        wire.sign_in(config.user, *_credentials(config))
        if "QRESYNC" in wire.capabilities and "ENABLE" in wire.capabilities:
            wire.enable("QRESYNC")
    except BaseException:
        wire.close()
        raise
    return wire


def _credentials(config: ImapConfig) -> tuple[str, str]:
    if config.token is not None:
        return "", config.token.reveal()
    if config.password is not None:
        return config.password.reveal(), ""
    raise ConfigError('{user} has no password. Add "password" or "token".', user=config.user)


def _context(config: ImapConfig) -> ssl.SSLContext | None:
    """Make the TLS settings: always verified, by the system's authorities or by `ca_file`.

    None where there is none, on this computer.
    """
    if not config.host or any(ord(letter) < 33 for letter in config.host):
        raise ConfigError('"host" must be the name of a mail server.')
    if config.tls == "none" and not _local(config.host):
        raise ConfigError(
            'Without TLS the password of {host} could be read on the way. Write tls = "tls".',
            host=config.host,
        )
    if config.tls == "none":
        return None
    return trusted(config.ca_file)


def _local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
