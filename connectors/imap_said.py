"""What a mail server says, turned into what the VA can do about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, TypeAlias

from connectors.errors import AuthError, ConnectorError, UnavailableError
from connectors.net import connection_trouble
from normalizer.text import line

Proof: TypeAlias = Literal["", "password", "token"]
"""What we sign in with; "" once we have."""

_SIGN_IN_AGAIN = frozenset(
    {"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "WEBALERT", "PRIVACYREQUIRED"}
)
_LATER = {
    "UNAVAILABLE": timedelta(minutes=5),
    "INUSE": timedelta(minutes=5),
    "SERVERBUG": timedelta(minutes=15),
    "CONTACTADMIN": timedelta(hours=1),
    "LIMIT": timedelta(minutes=15),
    "OVERQUOTA": timedelta(hours=1),
}
_CROWDED = ("too many", "try again", "temporar", "unavailable")


def said(text: bytes) -> str:
    """Clean what the server says: it is text from outside like any other."""
    return line(text[:2000].decode("utf-8", "replace"), 200)


def is_passing(code: str) -> bool:
    """Say whether a refusal with this response code is about now and not about what was asked."""
    return code in _LATER


def by_code(
    host: str, code: str, text: str, *, proof: Proof = "", refused: bool = False
) -> ConnectorError:
    """Sort a refusal by its response code (RFC 5530); `refused` says what one is that has none.

    `proof` is what we were signing in with, if we were.
    A temporary failure must never look like a wrong password, or the VA changes a good one.
    """
    if code in _LATER or any(word in text.lower() for word in _CROWDED):
        return UnavailableError(
            "{host} asks for patience: {text}",
            retry_after=_LATER.get(code, timedelta(minutes=15)),
            host=host,
            text=text or code,
        )
    if proof == "token" and (refused or code in _SIGN_IN_AGAIN):
        return AuthError(
            "{host} does not accept the access token of this mailbox: it has run out or was"
            " withdrawn. Ask for a new one with the program that gives it, then sync again. It"
            " says: {text}",
            host=host,
            text=text or code,
        )
    if code == "EXPIRED":
        return AuthError(
            "The password or the access of this mailbox has expired at {host}. Renew it there, then"
            " sign in again here. It says: {text}",
            host=host,
            text=text or code,
        )
    if refused or code in _SIGN_IN_AGAIN:
        return AuthError(
            "{host} does not accept the user name and password. Check them; many providers want an"
            " app password. It says: {text}",
            host=host,
            text=text or code,
        )
    return UnavailableError("{host} ended the session: {text}", host=host, text=text or code)


def net_trouble(host: str, error: OSError) -> UnavailableError:
    """Say why there is no connection: only the commonest causes, in words that help."""
    if isinstance(error, ConnectionRefusedError):
        return UnavailableError(
            '{host} takes no connection. Check the settings "host" and "port". Nothing was lost;'
            " it will be tried again.",
            host=host,
        )
    return connection_trouble(host, error)
