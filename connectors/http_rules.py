"""What every HTTP connector is told, and what it may do: without the network, and without httpx."""

from __future__ import annotations

import enum
import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from connectors.base import Write
from connectors.errors import ConfigError, RefusedError


class Level(enum.IntEnum):
    """What a request does at the other end."""

    READ = 0
    COMMENT = 1
    CHANGE = 2


ALLOWED: Final = {"no": Level.READ, "comment": Level.COMMENT, "all": Level.CHANGE}
"""The most that each `write` lets through."""

READING: Final = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
"""The methods that change nothing (RFC 9110, 9.2.1; RFC 4918, 9.1; RFC 3253, 3.6)."""


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
        if self.proxy and self.base_url.startswith("http:") and not _is_here(self.proxy):
            raise ConfigError(
                'A "base_url" of plain http is on this computer, and its "proxy" must be so too.'
            )


def level_of(method: str, path: str, body: object) -> Level:
    """Tell what a request does by its method alone, where nobody knows better."""
    del path, body
    return Level.READ if method in READING else Level.CHANGE


def unwritten(write: Write) -> RefusedError:
    """Say that a channel's `write` does not let a change through."""
    if write == "comment":
        return RefusedError(
            "Only comments are written back to this channel. To change tasks too, set"
            ' write = "all" for it in the config.'
        )
    return RefusedError(
        "Nothing is written back to this channel. To allow it, set"
        ' write = "comment" or write = "all" for it in the config.'
    )


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


def sound_link(url: str, *, here: bool) -> bool:
    """Tell whether a file may be fetched from `url`, which somebody else wrote: https to the
    public network; with `here` also http or https to this computer.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if port == 0 or parts.username is not None or parts.password is not None:
        return False
    if len(url) > 16_384 or not url.isprintable() or {" ", "\\"} & set(url):
        return False
    if is_loopback(host):
        return here and parts.scheme in {"http", "https"}
    return parts.scheme == "https" and bool(host) and (is_public(host) or not _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


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


def _is_here(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")


def is_loopback(host: str) -> bool:
    """Tell whether `host` is this computer, by its name or by its address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_public(address: str) -> bool:
    """Tell whether `address` is one of the public network, and none of a home's or an office's.

    An IPv4 address may stand in an IPv6 one: mapped (RFC 4291), by 6to4 (RFC 3056) or NAT64
    (RFC 6052).
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is None:
            return found.is_global and not (found.is_multicast or found.is_site_local)
        found = inner
    return found.is_global and not found.is_multicast


_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
