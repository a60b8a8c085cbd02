"""Who may use the screen in a browser: whoever opens the link that was printed, and nobody else.

Every page that she has open can send requests to 127.0.0.1, and a name of an attacker's can be made
to point there. So the request must name us (Host), come from our own page (Origin), and carry what
only a browser that opened the link has: a cookie, given once, in exchange for the link's token.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from gettext import gettext as _

from aiohttp import web

from trastienda.web import pages, peers

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

COOKIE = "trastienda"
SOCKET = "ws"

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """The token of one link, the cookie it is exchanged for, and where the screen lies."""

    def __init__(self, port: int) -> None:
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self._token = secrets.token_urlsafe(32)
        self._cookie = secrets.token_urlsafe(32)
        self._used = False
        # A cookie is sent to every port of its host, but not to another path: so no other server
        # on this computer gets to see it.
        self.room = f"/{secrets.token_hex(8)}/"
        self.link = f"http://127.0.0.1:{port}{self.room}?token={self._token}"

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request through, or give the cookie, or refuse; say which headers go with it."""
        if _is_anothers(request):
            return _refused()
        host = request.headers.get("Host", "")
        origins = request.headers.getall("Origin", [])
        origin = f"http://{host}"
        to_socket = request.path == self.room + SOCKET
        if host not in self._hosts or any(one != origin for one in origins):
            return _refused()
        if to_socket and not origins:
            return _refused()
        if "token" in request.query and not to_socket:
            return self._exchanged(request)
        if not _same(request.cookies.get(COOKIE, ""), self._cookie):
            return _refused()
        return await handler(request)

    def _exchanged(self, request: web.Request) -> web.Response:
        """Give the cookie for the token, once, and an address without it."""
        known = _same(request.cookies.get(COOKIE, ""), self._cookie)
        right = _same(request.query["token"], self._token)
        here = request.method == "GET" and request.path == self.room
        if not (known or (here and right and not self._used)):
            return _refused()
        answer = web.Response(status=303, headers={"Location": self.room})
        if not known:
            self._used = True
            answer.set_cookie(
                COOKIE, self._cookie, path=self.room, httponly=True, samesite="Strict"
            )
        return answer

    async def dress(self, request: web.Request, answer: web.StreamResponse) -> None:
        """Put our headers on an answer, whichever it is."""
        answer.headers.update(_headers(request.headers.get("Host", "")))
        answer.headers.pop("Server", None)


def _headers(host: str) -> Mapping[str, str]:
    """What a browser may do with a page of ours: load what is ours, and speak to us alone."""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        # The terminal in the page makes its own style elements.
        "style-src": "'self' 'unsafe-inline'",
        "font-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": f"'self' ws://{host}" if host.isascii() and host.isprintable() else "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    text = "; ".join(f"{name} {value}" for name, value in policy.items())
    return {**HEADERS, "Content-Security-Policy": text}


def _is_anothers(request: web.Request) -> bool:
    line = request.transport
    if line is None:
        return True
    return peers.is_stranger(line.get_extra_info("peername"), line.get_extra_info("sockname"))


def _same(given: str, ours: str) -> bool:
    """Compare in a time that tells nothing about where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), ours.encode())


def _refused() -> web.Response:
    text = _(
        "This link was used already, or it is not whole. In the terminal, end Trastienda with "
        "Ctrl+C and start “trastienda web” again: it gives a new one."
    )
    return web.Response(status=403, text=pages.notice(text), content_type="text/html")
