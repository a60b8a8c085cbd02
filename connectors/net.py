"""What every connection shares: whom it trusts, and the words for why there is none."""

from __future__ import annotations

import socket
import ssl

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


def certificate_trouble(host: str, error: ssl.SSLError) -> UnavailableError | None:
    """Say what is wrong with a server's certificate, and the one thing to do about it.

    None where it is another's, or where there was none: what to do then is in no common setting.
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
    if code and code not in OF_ANOTHER:
        return UnavailableError(
            "The certificate of {host} was refused ({detail}); nothing was sent.",
            host=host,
            detail=detail(error),
        )
    return None


OF_ANOTHER = frozenset({62, 64})
"""OpenSSL's codes for a certificate of another name, and of another address."""


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
