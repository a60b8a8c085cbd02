"""What goes wrong when a mail is sent, turned into what the VA can do about it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from datetime import timedelta

from aiosmtplib import SMTPException, SMTPResponseException

from connectors.errors import (
    AuthError,
    ConnectorError,
    InDoubtError,
    RefusedError,
    UnavailableError,
)
from connectors.net import connection_trouble, tls_trouble
from normalizer.text import line

_LATER = timedelta(minutes=5)
_SIGN_IN = frozenset({530, 534, 535, 538})
"""Who we say we are is not enough (RFC 4954 §6, and Google's 534 for an app password)."""


def words(code: int, text: str, hidden: Iterable[str] = ()) -> str:
    """Clean what the server says, and take out what it quotes of `hidden`."""
    for secret in hidden:
        text = text.replace(secret, "•••") if len(secret) > 3 else text
    return line(f"{code} {text[:2000]}", 300)


def in_doubt(host: str) -> InDoubtError:
    """Say that the whole mail left, and no answer came."""
    return InDoubtError(
        "{host} was given the mail and did not say whether it took it. Your sent mail is looked"
        " through before anything is sent again.",
        host=host,
    )


def late(host: str) -> UnavailableError:
    """Say that it took too long, before anything was sent."""
    return UnavailableError("{host} does not answer in time. The mail was not sent.", host=host)


def ended(host: str) -> UnavailableError:
    """Say that we hung up, before anything was sent."""
    return UnavailableError("The connection to {host} was ended. The mail was not sent.", host=host)


def signing_in(host: str, code: int, text: str, *, token: bool) -> ConnectorError:
    """Say why a server does not let us in: a passing fault never looks like a wrong password."""
    if 400 <= code < 500:
        return passing(host, text)
    if token:
        return AuthError(
            "{host} does not accept the access token for sending: it has run out or was withdrawn,"
            " or it is for reading only. Ask for a new one with the program that gives it, then"
            " sync again. It says: {text}",
            host=host,
            text=text,
        )
    return AuthError(
        "{host} does not accept the user name and password for sending. Check “smtp_user” and"
        " “smtp_password”; many providers want an app password. It says: {text}",
        host=host,
        text=text,
    )


def passing(host: str, text: str) -> UnavailableError:
    """Say that the server asks for patience: the mail surely was not taken."""
    return UnavailableError(
        "{host} does not take the mail now: {text}", retry_after=_LATER, host=host, text=text
    )


def refused(host: str, code: int, text: str) -> ConnectorError:
    """Sort a refusal: 4xx is about now, 5xx about this mail (RFC 5321 §4.2.1)."""
    if code in _SIGN_IN:
        return signing_in(host, code, text, token=False)
    if 500 <= code < 600:
        return RefusedError("{host} refuses this mail: {text}", host=host, text=text)
    return passing(host, text)


def recipients(host: str, told: Iterable[tuple[str, int, str]]) -> ConnectorError:
    """Say which recipients were refused: (address, code, words) of each. Nothing was sent."""
    given = list(told)
    who = line(", ".join(address for address, _, _ in given), 300)
    text = given[0][2]
    if any(500 <= code < 600 for _, code, _ in given):
        return RefusedError(
            "{host} does not take mail for {who}, so nothing was sent to anybody. Check the"
            " address. It says: {text}",
            host=host,
            who=who,
            text=text,
        )
    return UnavailableError(
        "{host} does not take mail for {who} now, so nothing was sent to anybody: {text}",
        retry_after=_LATER,
        host=host,
        who=who,
        text=text,
    )


def too_large(host: str, most: int) -> RefusedError:
    """Say that the server takes no mail of this size."""
    return RefusedError(
        "{host} takes mail of up to {most} bytes, and this one is larger. Shorten it, or send it"
        " in parts.",
        host=host,
        most=most,
    )


def trouble(host: str, error: Exception) -> ConnectorError:
    """Say what a failure before the mail left was about."""
    cause = error.__cause__ if isinstance(error, SMTPException) else error
    if isinstance(cause, ssl.SSLError):
        return tls_trouble(host, cause, named='"smtp_host"', made='"smtp_port", "smtp_tls"')
    if isinstance(error, SMTPResponseException):
        return passing(host, words(error.code, error.message))
    if isinstance(error, (TimeoutError, asyncio.TimeoutError)):
        return late(host)
    if isinstance(cause, ConnectionRefusedError):
        return UnavailableError(
            "{host} takes no connection for sending. Check “smtp_host” and “smtp_port”; the mail"
            " was not sent.",
            host=host,
        )
    if isinstance(cause, OSError):
        return connection_trouble(host, cause)
    return ended(host)
