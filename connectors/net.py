"""What every connection shares: whom it trusts, and the words for why there is none."""

from __future__ import annotations

import socket
import ssl
from typing import Final

from connectors.errors import ConfigError, UnavailableError
from normalizer.text import line


def trusted(ca_file: str = "") -> ssl.SSLContext:
    """Make the TLS settings: always verified, by the system's authorities or by `ca_file` alone.

    Raises ConfigError where that file holds no certificate.
    """
    try:
        if not ca_file:
            return ssl.create_default_context()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ValueError):  # an SSLError is an OSError
        raise ConfigError(
            '"ca_file" names {file}, which cannot be read as a certificate (PEM).',
            file=ca_file,
        ) from None
    return context


def detail(error: ssl.SSLError) -> str:
    """Say in OpenSSL's words what was wrong: cleaned, for a certificate's names may be in them."""
    said = str(getattr(error, "verify_message", "") or error.reason or "")
    return line(said[:2000], 200)


_OF_ANOTHER: Final = frozenset({62, 64})
"""OpenSSL's codes for a certificate of another name, and of another address."""


def tls_trouble(host: str, error: ssl.SSLError, *, named: str, made: str) -> UnavailableError:
    """Say why a connection did not become private, and the one thing to do about it.

    `named` is the setting that names the host, `made` those by which TLS is made; in quotes.
    Always "later", never "mend the config": in a hotel every certificate is wrong till the
    guest has signed in to the network.
    """
    code = getattr(error, "verify_code", 0)
    if code == 10:
        return UnavailableError(
            "The certificate of {host} has expired. Its owner must renew it; nothing was sent.",
            host=host,
        )
    if code == 9:
        return UnavailableError(
            "The certificate of {host} is not valid yet. Check the clock of this computer;"
            " nothing was sent.",
            host=host,
        )
    if code in {18, 19, 20, 21}:
        return UnavailableError(
            "Nobody this computer trusts vouches for {host} ({detail}). If the server is your"
            ' client\'s own, ask for its certificate and name the file in "ca_file"; nothing was'
            " sent.",
            host=host,
            detail=detail(error),
        )
    if code in _OF_ANOTHER:
        return UnavailableError(
            "The server that answers for {host} proves to be another ({detail}). Check the setting"
            " {setting}; nothing was sent.",
            host=host,
            detail=detail(error),
            setting=named,
        )
    if code:
        return UnavailableError(
            "The certificate of {host} was refused ({detail}); nothing was sent.",
            host=host,
            detail=detail(error),
        )
    return UnavailableError(
        "No private connection to {host} came about ({detail}). Check in the config {settings};"
        " nothing was sent.",
        host=host,
        detail=detail(error),
        settings=made,
    )


def connection_trouble(host: str, error: OSError) -> UnavailableError:
    """Say why there is no connection, where no setting is to blame."""
    if isinstance(error, socket.gaierror):
        return UnavailableError(
            "The name {host} leads nowhere now. Check that this computer is online and that"
            " the name is right. Nothing was lost; it will be tried again.",
            host=host,
        )
    return UnavailableError(
        "There is no connection to {host} ({reason}). Nothing was lost; it will be tried again.",
        host=host,
        reason=line((error.strerror or type(error).__name__)[:2000], 200),
    )
