"""A stand-in for Asana on loopback: real HTTP, with the vendor's limits, tokens and refusals.

    world = asana_server.world
    lola = asana_server.sign_up("Lola Prueba", token="t0ken")
    acme = world.workspace("Acme", lola)
    task = world.task(world.project(acme, "Web", lola), "Portada", by=lola)

`asana_server.base_url` goes into the connector's settings. Every request and every answer is judged
by the vendor's specification, where it is at hand, and by what the stand-in knows itself; the
fixture fails a test that leaves a violation behind.

    world           who there is, and what others do there (`tests.servers.asana_world`)
    world.feed      their events: lose some, let every sync token expire
    clock.ahead     let time pass
    limit           requests a minute; batch_refuses: routes that a batch does not serve
    log, fail       see `connectors.testing_server`

Facts are by https://developers.asana.com/docs
(pagination, rate limits, batch requests, events) and the specification's own words.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from connectors.testing_server import Clock, HttpServer, Reply, Request, now
from tests.servers.asana_calls import STORAGE, Call, RefusedError, Tokens
from tests.servers.asana_routes import ALWAYS, PAGED, ROUTES
from tests.servers.asana_things import Json, User
from tests.servers.asana_world import World

if TYPE_CHECKING:
    from tests.servers.openapi import Judge

PREFIX = "/api/1.0"
MOST_ACTIONS = 10
WINDOW = timedelta(minutes=1)

EXCUSED = {
    r"(GET|HEAD) /api/1\.0/(projects|sections)/\d+: no such path": "the subset leaves them out",
    r"/(projects|sections)/\d+ -> \d+: no such route": "likewise",
    r"opt_fields=(gid|resource_type): ": "every answer carries them; no enumeration names them",
    r"/events -> 200: \$\.data\[\d+\]\.(user|parent): None ": "null by its own description",
    r"created_by: None ": "null where Asana itself did it",
    r"\.options\.offset: .* is not of type 'integer'": "its own example is text",
    r"resource_subtype: 'section' is not one of": "separators of old still go by it",
    r"POST /api/1\.0/tasks: body \$\.data\.memberships": "create-only by its own description",
    r"DELETE .*: a body where none is documented": "the vendor's own SDK sends one",
}
"""What the specification gets wrong about its own API."""


class Watch:
    """A clock that a test can put ahead: time does not stand still, unless `runs` does."""

    def __init__(self, runs: Clock = now) -> None:
        self._runs = runs
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return self._runs() + self._ahead

    def ahead(self, **time: float) -> None:
        """Let so much time pass, as timedelta takes it."""
        self._ahead += timedelta(**time)


class FakeAsana:
    """The server. `limit` is by minute and token: 150 on a free plan, 1,500 on a paid one."""

    def __init__(
        self, *, clock: Watch | None = None, limit: int = 150, specification: Path | None = None
    ) -> None:
        self.clock = clock or Watch()
        self.world = World(self.clock)
        self.accounts: dict[str, User] = {}
        """Who holds which token."""

        self.limit = limit
        self.batch_refuses: dict[str, int] = {}
        """The beginning of a path -> the status that an action of a batch there is answered."""

        self.tokens = Tokens()
        self.violations: list[str] = []
        self.judged = _judge(specification) if specification else None
        """By whom; None where the specification is not at hand."""

        self._asked: dict[str, list[datetime]] = {}
        self.server = HttpServer(self._answer, clock=self.clock)

    @property
    def base_url(self) -> str:
        return self.server.origin + PREFIX

    @property
    def log(self) -> list[Request]:
        return self.server.log

    def sign_up(self, name: str, token: str, email: str = "") -> User:
        """A user with a personal access token."""
        self.accounts[token] = user = self.world.user(name, email)
        return user

    def fail(self, where: Callable[[Request], bool], how: Any, **more: Any) -> Any:
        """See HttpServer.fail."""
        return self.server.fail(where, how, **more)

    # One request

    def _answer(self, request: Request) -> Reply:
        if request.path.startswith(STORAGE):
            return self._stored(request)
        self._judge_request(request)
        reply = self._replied(request)
        if self.judged is not None:
            kind = reply.headers["content-type"]
            self.violations += self.judged.judge_answer(
                request.method, request.path, reply.status, reply.body, kind
            )
        return reply

    def _replied(self, request: Request) -> Reply:
        path = request.path.removeprefix(PREFIX)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        user = self.accounts.get(token)
        if user is None or not request.headers["authorization"].startswith("Bearer "):
            return _refused(RefusedError(401, "Not Authorized"))
        try:
            sent = request.json() or {}
            data = sent.get("data", {})
            actions = data["actions"] if path == "/batch" else [None]
        except (ValueError, AttributeError, KeyError, TypeError):
            return _refused(RefusedError(400, "Could not parse request data, invalid JSON"))
        wait = self._wait(token, len(actions))
        if wait:
            told = "You have made too many requests recently. Please, be chill."
            return _refused(RefusedError(429, told), **{"retry-after": str(wait)})
        call = Call(self.world, self.tokens, user, path, request.query, data, self.server.origin)
        if path == "/batch" and request.method == "POST":
            return self._batch(call, actions)
        status, body = self._carried_out(request.method, call)
        return Reply.json(body, status)

    def _carried_out(self, method: str, call: Call) -> tuple[int, Json]:
        for route in ROUTES:
            found = re.fullmatch(route.pattern, call.path)
            if found and route.method == method:
                for name in call.query.keys() - route.takes - ALWAYS:
                    self._broken(f"{method} {call.path}: takes no parameter {name}")
                try:
                    return route.status, route.handler(call, *found.groups())
                except RefusedError as error:
                    return error.status, error.body
        return 404, RefusedError(404, "No matching route for request").body

    def _batch(self, call: Call, actions: list[Any]) -> Reply:
        if not 1 <= len(actions) <= MOST_ACTIONS:
            told = "actions: Must have at least one action and no more than 10"
            return _refused(RefusedError(400, told))
        return Reply.json({"data": [self._acted(call, action) for action in actions]})

    def _acted(self, call: Call, action: Json) -> Json:
        method, path = str(action["method"]).upper(), str(action["relative_path"])
        data, options = action.get("data", {}), action.get("options", {})
        query = {name: str(options[name]) for name in PAGED if name in options}
        if "fields" in options:
            query["opt_fields"] = ",".join(options["fields"])
        if method == "GET":
            query |= {name: _spelt(value) for name, value in data.items()}
        part = replace(call, path=path, query=query, data={} if method == "GET" else data)
        refuses = next((s for p, s in self.batch_refuses.items() if path.startswith(p)), 0)
        if refuses:
            status, body = refuses, RefusedError(refuses, "Not here").body
        elif path.startswith("/batch") or "?" in path:
            status, body = 400, RefusedError(400, "relative_path: Not allowed here").body
        else:
            self._judge_part(method, part)
            status, body = self._carried_out(method, part)
            self._judge_part_answer(method, path, status, body)
        return {"status_code": status, "headers": {}, "body": body}

    def _wait(self, token: str, cost: int) -> int:
        """Seconds to wait, 0 where it may pass. What is refused counts too."""
        at = self.clock()
        before = [each for each in self._asked.get(token, []) if at - each < WINDOW]
        self._asked[token] = asked = before + [at] * cost
        if len(asked) <= self.limit:
            return 0
        leaving = min(len(asked) + cost - self.limit, len(asked))
        return max(1, math.ceil((asked[leaving - 1] + WINDOW - at).total_seconds()))

    def _stored(self, request: Request) -> Reply:
        """A file, by an address that was handed out. It is another host's in truth."""
        if "authorization" in request.headers:
            self._broken(f"credentials were sent to {STORAGE}")
            return Reply.text("<Error><Code>InvalidArgument</Code></Error>", 400)
        token = request.path.removeprefix(STORAGE).partition("/")[0]
        known = self.tokens.addresses.get(token)
        if known is None or self.clock() - known[1] > self.tokens.address_lasts:
            return Reply.text("<Error><Code>AccessDenied</Code></Error>", 403)
        return Reply(200, known[0].data, {"content-type": "application/octet-stream"})

    # Judging

    def _judge_request(self, request: Request) -> None:
        if self.judged is not None:
            self.violations += self.judged.judge(
                request.method, request.path, request.pairs, request.headers, request.body
            )

    def _judge_part(self, method: str, part: Call) -> None:
        if self.judged is None:
            return
        headers = {"authorization": "Bearer x", "content-type": "application/json"}
        body = json.dumps({"data": part.data}).encode() if part.data else b""
        pairs = part.query.items()
        self.violations += self.judged.judge(method, PREFIX + part.path, pairs, headers, body)

    def _judge_part_answer(self, method: str, path: str, status: int, body: Json) -> None:
        if self.judged is not None:
            told = json.dumps(body).encode()
            self.violations += self.judged.judge_answer(method, PREFIX + path, status, told)

    def _broken(self, rule: str) -> None:
        self.violations.append(rule)


def _judge(specification: Path) -> Judge | None:
    from tests.servers.openapi import Judge  # heavy, and a plugin is imported by every test

    return Judge.of(specification, EXCUSED)


def _refused(error: RefusedError, **headers: str) -> Reply:
    return Reply.json(error.body, error.status, **headers)


def _spelt(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@contextlib.contextmanager
def running(**settings: Any) -> Iterator[FakeAsana]:
    """Run a stand-in that must find nothing amiss with what it was asked."""
    fake = FakeAsana(**settings)
    try:
        yield fake
    finally:
        fake.server.stop()
    assert fake.server.crashes == []
    assert fake.violations == []


@pytest.fixture
def asana_server(checkout: Path) -> Iterator[FakeAsana]:
    """A stand-in for Asana, judged by the vendor's specification where that is at hand."""
    with running(specification=checkout.parent / "shared" / "specs" / "asana.openapi.json") as fake:
        yield fake
