"""What an HTTP server did, turned into what the VA can do about it. No text names a URL."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from connectors.errors import (
    AuthError,
    ConflictError,
    ConnectorError,
    CursorExpiredError,
    InDoubtError,
    RefusedError,
    UnavailableError,
)
from connectors.http_loop import ForbiddenAddressError
from connectors.net import connection_trouble, tls_trouble
from normalizer.text import line

_WORD: Final = re.compile(r"[^\s\"',;=]{4,}")
_NAMES: Final = {"Bearer", "Basic", "OAuth", "oauth_consumer_key", "oauth_token"}
"""What in an Authorization header is no secret."""


def refused(host: str, status: int, said: str) -> ConnectorError:
    """Sort an answer of 4xx, 429 apart, by what is done next; `said` is what the server says."""
    if status == 401:
        return AuthError(
            "{host} does not accept the key or the token of this channel: it was withdrawn or has"
            " run out. Make a new one there, put it in the place of the old one, then sync again.",
            host=host,
        )
    if status == 412:
        return CursorExpiredError(
            "{host} no longer knows where we left off. It is read again from the beginning.",
            host=host,
        )
    if status == 409:
        return ConflictError(
            "At {host} this was changed meanwhile. Look at it again before you change it.",
            host=host,
        )
    if status in {404, 410}:
        return RefusedError("What was asked for is no longer at {host}, or not for us.", host=host)
    if status == 402:
        return RefusedError("{host} does this for a paid plan only.", host=host)
    if said:
        return RefusedError("{host} refuses: {text}", host=host, text=said)
    if status == 403:
        return RefusedError(
            "{host} does not let us do this. Whoever owns it there can allow it.", host=host
        )
    return RefusedError("{host} does not take what was sent ({status}).", host=host, status=status)


def crowded(host: str, seconds: float) -> UnavailableError:
    """Say that we must slow down."""
    return UnavailableError(
        "{host} takes only so many requests in a row. Nothing was lost; it goes on by itself.",
        retry_after=timedelta(seconds=seconds),
        host=host,
    )


def broken(host: str, status: int, later: timedelta | None) -> UnavailableError:
    """Say that an answer is of no use, by its status: 1xx, 3xx or 5xx."""
    if 300 <= status < 400:
        return UnavailableError(
            '{host} points to another place, where nothing was sent. Check the setting "base_url".',
            host=host,
        )
    return UnavailableError(
        "{host} is out of order ({status}). Nothing was lost; it will be tried again.",
        retry_after=later,
        host=host,
        status=status,
    )


def in_doubt(host: str, later: timedelta | None = None) -> InDoubtError:
    """Say that nobody knows whether a write was carried out."""
    return InDoubtError(
        "What was sent to {host} got no answer: it may have been carried out or not. Before it is"
        " sent again, Trastienda looks whether it is there.",
        retry_after=later,
        host=host,
    )


def unreadable(host: str, *, wrote: bool) -> UnavailableError:
    """Say that an answer of 2xx makes no sense."""
    if wrote:
        return InDoubtError(
            "{host} took what was sent, but its answer cannot be read. Before it is sent again,"
            " Trastienda looks whether it is there.",
            host=host,
        )
    return UnavailableError("{host} gave an answer that cannot be read.", host=host)


def web_page(host: str) -> UnavailableError:
    """Say that somebody wants us to look at a page first."""
    return UnavailableError(
        "{host} answers with a web page instead of data. In a hotel, a train or a café,"
        " sign in to the network with a browser first. Nothing was lost; it will be tried"
        " again.",
        host=host,
    )


def too_large(host: str) -> UnavailableError:
    """Say that an answer was cut off because it would not end."""
    return UnavailableError(
        "{host} sends far more than was asked for. It was cut off, and will be tried again.",
        host=host,
    )


def late(host: str) -> UnavailableError:
    """Say that the deadline has passed."""
    return UnavailableError(
        "{host} does not answer in time. Nothing was lost; it will be tried again.", host=host
    )


def ended(host: str) -> UnavailableError:
    """Say that we hung up ourselves."""
    return UnavailableError(
        "The connection to {host} was ended from here. Nothing was lost.", host=host
    )


def trouble(host: str, error: BaseException, *, proxy: str = "") -> ConnectorError:
    """Say what went wrong below HTTP. `proxy` is named where we never came past it."""
    if proxy:
        return UnavailableError(
            'The proxy {proxy} does not let us through to {host}. Check the setting "proxy".'
            " Nothing was lost; it will be tried again.",
            proxy=proxy,
            host=host,
        )
    chain = list(_causes(error))
    for cause in chain:
        if isinstance(cause, ForbiddenAddressError):
            return forbidden(host)
        if isinstance(cause, ssl.SSLError):
            return tls_trouble(host, cause, named='"base_url"', made='"base_url"')
    for cause in chain:
        if isinstance(cause, ConnectionRefusedError):
            return UnavailableError(
                '{host} takes no connection. Check the setting "base_url". Nothing was lost;'
                " it will be tried again.",
                host=host,
            )
        if isinstance(cause, OSError) and cause.errno:
            return connection_trouble(host, cause)
    return UnavailableError(
        "{host} broke off the connection, or says what is no HTTP. Nothing was lost; it will be"
        " tried again.",
        host=host,
    )


def forbidden(host: str) -> RefusedError:
    """Say that an address is one that nothing is fetched from."""
    return RefusedError(
        "This is kept at {host}, a place that Trastienda fetches nothing from. Open it at the"
        " tool itself.",
        host=host,
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Go through what led to `error`, itself first."""
    for _ in range(20):
        if error is None:
            return
        yield error
        if isinstance(error, BaseExceptionGroup):
            yield from error.exceptions
        error = error.__cause__ or error.__context__


def words(body: bytes, secrets: Iterable[str]) -> str:
    """Take out of an answer what a server says for people to read, with no secret of ours in it.

    Trello says it in plain text or as `message`, Asana as `errors[].message`, Matrix as `error`.
    """
    text = body[:4000].decode("utf-8", "replace")
    try:
        told = json.loads(text)
        if isinstance(told, dict):
            first = told.get("errors")
            inner = first[0] if isinstance(first, list) and first else told
            if isinstance(inner, dict):
                inner = inner["message"] if "message" in inner else inner["error"]
            text = str(inner)
    except (ValueError, LookupError, RecursionError):
        pass
    if text.lstrip()[:1] == "<":
        return ""
    text = text.replace("\\/", "/")
    for secret in secrets:
        for spelled in dict.fromkeys((secret, quote(secret, safe=""))):
            text = re.sub(re.escape(spelled), "…", text, flags=re.IGNORECASE)
    return line(text, 120)


def secrets_in(headers: Mapping[str, str]) -> list[str]:
    """Name every word of some headers' values that may be a secret, the longest first; of a name
    and a password (RFC 7617), the password too.
    """
    found = {word for value in headers.values() for word in (value, *_WORD.findall(value))}
    for value in headers.values():
        scheme, _, packed = value.partition(" ")
        if scheme == "Basic":
            with contextlib.suppress(ValueError):
                found.add(base64.b64decode(packed).decode().partition(":")[2])
    return sorted(found - _NAMES - {""}, key=len, reverse=True)
