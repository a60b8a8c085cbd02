"""One mail over SMTP: sent whole to all its recipients or to none, within one deadline.

aiosmtplib speaks the protocol and bounds what a server says; a loop of our own gives what the
standard library's client has not: one deadline over everything, and an end from another thread.
What counts is how far it came: till the line that ends the mail surely nothing was taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from base64 import b64encode
from typing import Final

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException

from connectors import smtp_said as say
from connectors.errors import ConfigError, ConnectorError, UnavailableError
from connectors.http_loop import Worker
from connectors.imap_session import Relay

DEADLINE: Final = 60.0
"""Seconds for all of it."""

_RATE: Final = 16_384
"""Bytes a second that a server must take a mail at, beyond that."""

_DOT: Final = re.compile(rb"(?m)^\.")
_US: Final = "[127.0.0.1]"
"""What we call ourselves: the name of her computer is nobody's business."""


class Post:
    """The way out for mail. Used from one thread at a time; `close` from any."""

    def __init__(self, relay: Relay, *, deadline: float = DEADLINE) -> None:
        self._relay, self._deadline = relay, deadline
        self._worker: Worker | None = None
        self._away = False

    def send(self, sender: str, recipients: tuple[str, ...], message: bytes) -> None:
        """Hand over a mail, lines ended by CRLF; return once the server has it.

        Raises InDoubtError where it may have been taken. After any other ConnectorError it surely
        was not: RefusedError where it never will be, AuthError, ConfigError, UnavailableError.
        """
        host, proof = self._relay.host, self._proof()

        async def whole() -> None:
            async with asyncio.timeout(self._deadline + len(message) / _RATE):
                await self._sent(proof, sender, recipients, message)

        self._away = False
        worker = self._worker = Worker(_let_go)
        try:
            worker.run(whole())
        except ConnectorError:
            raise
        except asyncio.CancelledError:
            raise (say.in_doubt(host) if self._away else say.ended(host)) from None
        except Exception as error:  # noqa: BLE001  # of whatever library: only our own go out
            raise (say.in_doubt(host) if self._away else say.trouble(host, error)) from None
        finally:
            worker.close()

    def close(self) -> None:
        """Hang up; what is under way ends. Never raises."""
        if self._worker is not None:
            self._worker.close()

    def _proof(self) -> str:
        """Read the token or the password, before anything is dialled."""
        secret = self._relay.token or self._relay.password
        if secret is None:
            raise ConfigError(
                '{user} has no password for sending. Add "smtp_password".', user=self._relay.user
            )
        return secret.reveal()

    async def _sent(
        self, proof: str, sender: str, recipients: tuple[str, ...], message: bytes
    ) -> None:
        relay = self._relay
        client = aiosmtplib.SMTP(
            hostname=relay.host, port=relay.port, local_hostname=_US, timeout=None,
            use_tls=relay.tls == "tls", start_tls=False, tls_context=relay.context,
        )  # fmt: skip
        try:
            await client.connect()
            await client.ehlo()
            if relay.tls == "starttls":
                await self._private(client)
            await self._sign_in(client, proof)
            await self._envelope(client, sender, recipients, len(message))
            await self._data(client, message)
            # From here on nothing is waited for: whatever became of that would hide that it went.
            if client.protocol is not None:
                with contextlib.suppress(SMTPException, OSError):
                    client.protocol.write(b"QUIT\r\n")
        finally:
            transport = client.transport
            client.close()
            if isinstance(transport, asyncio.Transport):
                transport.abort()  # TLS would wait for the other side to say good-bye

    async def _private(self, client: aiosmtplib.SMTP) -> None:
        if not client.supports_extension("starttls"):
            raise UnavailableError(
                "{host} offers no private connection for sending. Ask its owner for the TLS port"
                ' (465) and write smtp_tls = "tls"; nothing was sent.',
                host=self._relay.host,
            )
        await client.starttls()
        await client.ehlo()

    async def _sign_in(self, client: aiosmtplib.SMTP, proof: str) -> None:
        relay, methods = self._relay, set(client.server_auth_methods)
        token = relay.token is not None
        if token and "xoauth2" not in methods:
            raise ConfigError(
                "{host} takes no access token for sending. Give it a password instead:"
                ' "smtp_password".',
                host=relay.host,
            )
        if not token and not methods & {"plain", "login"}:
            raise ConfigError(
                "{host} takes no password for sending on this connection. Check “smtp_port” and"
                " “smtp_tls”.",
                host=relay.host,
            )
        try:
            if token:
                await client.auth_xoauth2(relay.user, proof)
            elif "plain" in methods:
                await client.auth_plain(relay.user, proof)
            else:
                await client.auth_login(relay.user, proof)
        except SMTPResponseException as error:
            said = say.words(error.code, error.message, _spellings(relay.user, proof))
            raise say.signing_in(relay.host, error.code, said, token=token) from None

    async def _envelope(
        self, client: aiosmtplib.SMTP, sender: str, recipients: tuple[str, ...], size: int
    ) -> None:
        """Name sender and recipients. Where one of them is refused, nothing is sent to any."""
        host, options = self._relay.host, list[str]()
        if client.supports_extension("size"):
            most = client.esmtp_extensions.get("size", "")
            if most.isdigit() and 0 < int(most) < size:
                raise say.too_large(host, int(most))
            options = [f"SIZE={size}"]
        try:
            await client.mail(sender, options=options)
        except SMTPResponseException as error:
            raise say.refused(host, error.code, say.words(error.code, error.message)) from None
        refused = []
        for one in recipients:
            try:
                await client.rcpt(one)
            except SMTPResponseException as error:
                refused.append((one, error.code, say.words(error.code, error.message)))
                if error.code == 421:  # it hangs up
                    break
        if refused:
            raise say.recipients(host, refused)

    async def _data(self, client: aiosmtplib.SMTP, message: bytes) -> None:
        host = self._relay.host
        answer = await client.execute_command(b"DATA")
        if answer.code == 354 and client.protocol is not None:
            protocol = client.protocol
            protocol.write(_DOT.sub(b"..", message))
            # What asyncio's StreamWriter.drain calls: till all but the last of it has left.
            await protocol._drain_helper()  # noqa: SLF001
            if client.transport is None or client.transport.is_closing():
                raise say.ended(host)
            self._away = True
            protocol.write(b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n")
            answer = await protocol.read_response()
            if 200 <= answer.code < 300:
                return
            if not 400 <= answer.code < 600:
                raise say.in_doubt(host)
        raise say.refused(host, answer.code, say.words(answer.code, answer.message))


def _spellings(user: str, value: str) -> tuple[str, ...]:
    """List how a secret looks on the wire, for a server that quotes it back."""
    forms = (value, f"\0{user}\0{value}", f"user={user}\1auth=Bearer {value}\1\1")
    return (value, *(b64encode(one.encode()).decode() for one in forms))


async def _let_go() -> None:
    """Let the loop close what was hung up: it takes a turn for the socket and one for TLS."""
    for _ in range(3):
        await asyncio.sleep(0)
