"""What every HTTP connector is told, and what it may do: without the network, and without httpx."""

from __future__ import annotations

import enum
import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from connectors.base import Write
from connectors.errors import ConfigError


class Level(enum.IntEnum):
    """What a request does at the other end."""

    READ = 0
    COMMENT = 1
    CHANGE = 2


ALLOWED: Final = {"no": Level.READ, "comment": Level.COMMENT, "all": Level.CHANGE}
"""The most that each `write` lets through."""

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""The methods that change nothing (RFC 9110, 9.2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpConfig:
    """What any HTTP channel can be told, beside its own settings."""

    base_url: str
    """Where its API is. https, or plain http on this computer."""

    ca_file: str = ""
    """A certificate to trust for this server only, as a PEM file."""

    proxy: str = ""
    """The proxy to go through, as http://host:port; the environment's are never used."""

    write: Write = "no"
    """How much may be written back: nothing, comments, or everything."""

    def __post_init__(self) -> None:
        if not sound(self.base_url):
            raise ConfigError(
                "{key} must be an address such as https://host/path, without a password and"
                " without a “?”. Plain http is for this computer only.",
                key="base_url",
            )
        if self.proxy and not _proxy(self.proxy):
            raise ConfigError("{key} must be http://host:port, without a password.", key="proxy")


def sound(url: str) -> bool:
    """Tell whether credentials may go to `url`: https, or http that leaves no computer."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or port == 0 or parts.username is not None or parts.password is not None:
        return False
    if parts.query or parts.fragment or not url.isprintable() or " " in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def _proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(
            parts.scheme in {"http", "https"}
            and parts.hostname
            and parts.port
            and parts.username is None
            and parts.path in {"", "/"}
        )
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Tell whether `host` is this computer, by its name or by its address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
