"""A real SMTP server on loopback that does as it is told: takes mail, refuses it, or hangs up."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.servers.dovecot import free_ports

HANG_UP = "hang up"
HANG = "hang"
CUT = "cut"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that the server took."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes


@dataclass(slots=True)
class Smtp:
    """The running server, and what happened there."""

    port: int
    accounts: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    taken: list[Letter] = field(default_factory=list)
    connections: int = 0
    verbs: list[str] = field(default_factory=list)
    """The commands that came, in order."""

    plan: dict[str, list[str]] = field(default_factory=dict)
    """What is answered instead, once each, by the command: "451 …", HANG_UP or HANG. "." is the
    end of the mail, before it is taken, and ".." the same after it was. DATA knows CUT besides:
    it hangs up in the middle of the mail.
    """

    deliver: Callable[[Letter], None] = field(default=lambda _: None)
    """What becomes of a mail that is taken."""


class _Handler:
    def __init__(self, state: Smtp) -> None:
        self._state = state

    async def _planned(self, server: SMTP, command: str) -> str | None:
        wanted = self._state.plan.get(command)
        answer = wanted.pop(0) if wanted else None
        if answer == HANG:
            await asyncio.sleep(60)
        if answer in {HANG, HANG_UP}:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            raise ConnectionResetError
        return answer

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self._state.verbs.append("EHLO")
        session.host_name = hostname
        if answer := await self._planned(server, "EHLO"):
            return [answer]
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self._state.verbs.append("MAIL")
        if answer := await self._planned(server, "MAIL"):
            return answer
        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self._state.verbs.append("RCPT")
        answer = await self._planned(server, f"RCPT {address}")
        if answer := answer or await self._planned(server, "RCPT"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self._state.verbs.append("DATA")
        if answer := await self._planned(server, "."):
            return answer
        mail = Letter(envelope.mail_from, tuple(envelope.rcpt_tos), bytes(envelope.content))
        self._state.taken.append(mail)
        self._state.deliver(mail)
        return await self._planned(server, "..") or "250 taken"

    async def handle_exception(self, error: Exception) -> str:
        return "451 a fault"

    async def auth_XOAUTH2(self, server: Any, args: list[str]) -> AuthResult:  # noqa: N802
        self._state.verbs.append("AUTH XOAUTH2")
        told = base64.b64decode(args[1]).decode()
        user = told.partition("\1")[0].removeprefix("user=")
        if told == f"user={user}\1auth=Bearer {self._state.tokens.get(user)}\1\1":
            return AuthResult(success=True)
        await server.push("334 eyJzdGF0dXMiOiI0MDAifQ==")
        await server._reader.readline()
        return AuthResult(success=False, handled=False)


class _Server(SMTP):
    """The library's server, which asks its handler about DATA only at the end of the mail."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        handler = self.event_handler
        assert isinstance(handler, _Handler)
        answer = await handler._planned(self, "DATA")
        if answer == CUT:
            await self.push("354 go on")
            await self._reader.readexactly(50_000)
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.abort()
            raise ConnectionResetError
        if answer:
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)


class _Controller(Controller):
    def __init__(self, state: Smtp, **options: Any) -> None:
        self._told = state
        self.sessions: list[SMTP] = []
        super().__init__(_Handler(state), hostname="127.0.0.1", port=state.port, **options)

    def factory(self) -> Any:
        self._told.connections += 1
        with warnings.catch_warnings():  # of signing in without TLS, which is on loopback here
            warnings.simplefilter("ignore")
            made = _Server(self.handler, **self.SMTP_kwargs)
        self.sessions.append(made)
        return made

    async def hang_up(self) -> None:
        """End every session, and let the loop close its socket."""
        for one in self.sessions:
            if isinstance(one.transport, asyncio.Transport):
                one.transport.abort()
        await asyncio.sleep(0.05)


@contextlib.contextmanager
def serving(
    *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, **options: Any
) -> Iterator[Smtp]:
    """Run a server till the end of the block."""
    state = Smtp(free_ports(1)[0])

    def sign_in(server: Any, session: Any, envelope: Any, how: str, proof: Any) -> AuthResult:
        state.verbs.append(f"AUTH {how}")
        assert isinstance(proof, LoginPassword)
        user, secret = proof.login.decode(), proof.password.decode()
        if state.accounts.get(user) == secret:
            return AuthResult(success=True)
        # As some do, it gives back what it was told.
        told = base64.b64encode(f"\0{user}\0{secret}".encode()).decode()
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 no: {secret} {told}")

    controller = _Controller(
        state, ssl_context=tls, tls_context=starttls, require_starttls=starttls is not None,
        server_hostname="smtp.test", auth_require_tls=starttls is not None, auth_required=True,
        authenticator=sign_in, **options,
    )  # fmt: skip
    controller.start()
    state.connections = 0  # it looked at itself
    try:
        yield state
    finally:
        asyncio.run_coroutine_threadsafe(controller.hang_up(), controller.loop).result(10)
        controller.stop()
