"""A mailbox's settings; opening it: TLS, and saying who we are."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, field
from typing import Literal

from connectors.base import Secret, Write
from connectors.errors import ConfigError
from connectors.imap_stream import Limits
from connectors.imap_wire import Wire
from connectors.net import trusted
from normalizer.answering import address_of, name_of, spelt


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

    write: Write = "no"
    """"comment" or "all": answers are sent. In the mailbox itself only their copies and her drafts
    are written."""

    ca_file: str = ""
    """A certificate (PEM) to trust for this server and nothing else, where it is its own."""

    identities: tuple[str, ...] = field(default=())
    """Further addresses the VA writes from in this mailbox."""

    sender: str = ""
    """How she writes: "Lola Ruiz <lola@acme.example>"; without it `user`, where that is one."""

    sent: str = ""
    """The folder for copies of what is sent, where the server marks none as such; "server" where
    the server keeps them itself."""

    drafts: str = ""
    """The folder for drafts, where the server marks none as such."""

    smtp_host: str = ""
    """The server that mail is sent by."""

    smtp_port: int = 0
    """0: 465 with `smtp_tls = "tls"`, else 587."""

    smtp_tls: Literal["tls", "starttls", "none"] = "tls"
    """"none" only for a server on this very computer."""

    smtp_user: str = ""
    """Who to sign in as there; without it `user`."""

    smtp_password: Secret | None = None
    """The password there; without it `password`, or `token`."""

    def __post_init__(self) -> None:
        if self.write == "no":
            return
        if not self.smtp_host:
            raise ConfigError(
                'To send mail, name the server that sends it in "smtp_host"; or write'
                ' {setting} = "no".',
                setting="write",
            )
        if not address_of(self.senders[0]):
            raise ConfigError(
                '{setting} must be your address in this mailbox, as "Lola Ruiz <lola@acme.example>"'
                " or without the name.",
                setting="sender",
            )

    @property
    def senders(self) -> tuple[str, ...]:
        """By whom mail goes out from here, the usual one first."""
        usual = self.sender or self.user
        name, first = name_of(usual), address_of(usual)
        more = [one for one in self.identities if one.lower() != first.lower()]
        return (spelt(name, first), *(spelt(name, one) for one in more if address_of(one)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A server that takes her mail, and who she is there."""

    host: str
    port: int
    tls: Literal["tls", "starttls", "none"]
    context: ssl.SSLContext | None
    """Verifying always; None where there is no TLS, on this computer."""

    user: str
    password: Secret | None
    token: Secret | None


def opened(config: ImapConfig, limits: Limits) -> Wire:
    """Connect and sign in. Raises ConfigError, AuthError or UnavailableError."""
    wire = Wire(
        config.host,
        config.port or (993 if config.tls == "tls" else 143),
        context=_context(config.host, config.tls, config.ca_file),
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


def relay_of(config: ImapConfig) -> Relay:
    """Say where mail goes out. Raises ConfigError."""
    tls = config.smtp_tls
    return Relay(
        host=config.smtp_host,
        port=config.smtp_port or (465 if tls == "tls" else 587),
        tls=tls,
        context=_context(config.smtp_host, tls, config.ca_file, prefix="smtp_"),
        user=config.smtp_user or config.user,
        password=config.smtp_password or config.password,
        token=None if config.smtp_password else config.token,
    )


def _context(host: str, tls: str, ca_file: str, *, prefix: str = "") -> ssl.SSLContext | None:
    """Make the TLS settings: always verified, by the system's authorities or by `ca_file`.

    None where there is none, on this computer.
    """
    if not host or any(ord(letter) < 33 for letter in host):
        raise ConfigError("{setting} must be the name of a mail server.", setting=f"{prefix}host")
    if tls == "none" and not _local(host):
        raise ConfigError(
            'Without TLS the password of {host} could be read on the way. Write {setting} = "tls".',
            host=host,
            setting=f"{prefix}tls",
        )
    return None if tls == "none" else trusted(ca_file)


def _local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
