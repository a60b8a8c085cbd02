"""A stand-in for Trello: stateful, over real HTTP, judged by Trello's own specification.

    fake.world     who there is, which boards (`tests.servers.trello_world`)
    fake.people    what others do there (`tests.servers.trello_people`)
    fake.log       every request, with the status it was answered
    fake.fail(…)   let some of them go wrong (`connectors.testing_faults` knows how)

What a client does wrong ends up in `fake.violations`, though it is answered as Trello would: Trello
ignores a parameter that it does not know. The fixture `trello_server` asks for none at the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs

import pytest

from connectors.testing_server import Clock, Fault, HttpServer, Mishap, Reply, Request, now
from tests.servers.openapi import Judge
from tests.servers.trello_call import Call
from tests.servers.trello_limits import Limits
from tests.servers.trello_people import People
from tests.servers.trello_reads import READS, download
from tests.servers.trello_views import Asked
from tests.servers.trello_world import Json, Refused, Token, World
from tests.servers.trello_writes import WRITES

KEY = "0123456789abcdef0123456789abcdef"
TOKEN = "ATTA-token-of-the-va-never-in-a-log"
SPECIFICATION = Path(__file__).resolve().parents[3] / "shared" / "specs" / "trello.openapi.json"

NESTED = {
    "/1/boards/{}/cards": """fields attachments attachment_fields customFieldItems members
        member_fields checklists checkItem_fields filter limit before since modifiedSince actions
        actions_limit action_fields""",
    "/1/boards/{}/cards/{}": """fields attachments attachment_fields customFieldItems members
        member_fields checklists checkItem_fields limit before since sort modifiedSince actions
        actions_limit action_fields""",
    "/1/lists/{}/cards": """fields attachments attachment_fields customFieldItems members
        member_fields checklists checkItem_fields filter limit before since actions""",
    "/1/boards/{}/checklists": "fields checkItems checkItem_fields",
    "/1/members/{}": "board_memberships board_list_fields",
    "/1/members/{}/boards": "memberships list_fields",
    "/1/cards/{}": "checkItem_fields",
    "/1/cards/{}/actions": """limit since before fields member memberCreator memberCreator_fields
        member_fields""",
    "/1/boards/{}/members": "filter fields",
}
"""Path -> parameters that Trello documents on its page of nested resources alone."""

EXCUSED = {
    r"cards/\w+/actions: unknown parameter (limit|since|before)=": "taken, though undocumented",
    r"\.(descData|prefs|checkItemStates|idAttachmentCover|avatarHash|avatarUrl|bioData|edgeColor"
    r"|previews|mimeType|softLimit|idEnterprise|idMemberReferrer|nonPublic|cover\.\w+|idOrganization"
    r"|email|avatarSource|gravatarHash|color|value|dateLastActivity|idMember|templateGallery"
    r"|creationMethod|ixUpdate|name|url|status|memberType): None ": "`nullable` is forgotten there",
    r"\.(memberships|powerUps|idTags|premiumFeatures): .* is not of type 'string'": "lists, truly",
    r"\.labels\[\d+\]: ": "labels are told whole, not as ids",
    r"\.bytes: \d+ is not of type": "a number on every real board",
    r"\.pos: .* is not of type 'string'": "a number on every real board",
    r"\.permissionLevel: 'private' is not one of": "what most boards are",
    r"\.ixUpdate: '\d+' is not of type 'integer'": "text on every real board",
    r"(checklists|pluginData|idMembers|idLabels)(/\w+)? -> 200: \$: \[.* is not of type 'object'": (
        "a list, truly"
    ),
    r"/attachments/\w+ -> 200: \$: \{.* is not of type 'array'": "one attachment, truly",
    r"-> 4\d\d: \$: 'code' is a required property": "it is called `error`",
    r"\.nameData: \{.* is not of type 'string'": "an object on every real board",
}
"""Pattern of a violation -> what Trello's document gets wrong."""


class Trello:
    """The server with its world. Stop it, or use it as a context."""

    def __init__(self, clock: Clock = now, *, specification: Path = SPECIFICATION) -> None:
        self.world = World(clock)
        self.people = People(self.world)
        self.limits = Limits(clock)
        self.keys = {KEY}
        self.most_cards = 1000
        """Cards that an answer with actions may have (403 beyond)."""

        self.violations: list[str] = []
        self.judge = Judge.of(specification, EXCUSED)
        self.server = HttpServer(self._answer, clock=clock)
        self.me = self.world.add_member("va", "La Va")
        self.world.add_token(TOKEN, self.me)

    @property
    def base_url(self) -> str:
        return f"{self.server.origin}/1"

    @property
    def log(self) -> list[Request]:
        return self.server.log

    @property
    def in_urls(self) -> int:
        """How many requests carried a credential in their URL."""
        return sum(any(name in {"key", "token"} for name, _ in r.pairs) for r in self.log)

    def fail(
        self,
        where: Callable[[Request], bool],
        how: Fault | Reply,
        *,
        times: int | None = 1,
        after: bool = False,
    ) -> Mishap:
        """See `HttpServer.fail`."""
        return self.server.fail(where, how, times=times, after=after)

    def mend(self) -> None:
        self.server.mend()

    def account(self, username: str, token: str = "") -> str:
        """One more member, with a token where one is given; gives the member's id."""
        member = self.world.add_member(username)
        if token:
            self.world.add_token(token, member)
        return member

    def stop(self) -> None:
        self.server.stop()
        self.violations += self.server.crashes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Answering

    def _answer(self, request: Request) -> Reply:
        if request.path.startswith("/signed/"):
            return self._signed(request)
        key, token = _credentials(request)
        known = self.world.tokens.get(token)
        if key not in self.keys:
            return Reply.text("invalid key", 401)
        if known is None:
            return Reply.text("invalid token", 401)
        full = self.limits.admit(key, token, known.member, request.path)
        reply = full or self._carried_out(request, known)
        told = self.limits.headers(key, token, known.member)
        reply = Reply(reply.status, reply.body, {**reply.headers, **told})
        if full is None:
            self._judge(request, reply)
        return reply

    def _carried_out(self, request: Request, token: Token) -> Reply:
        found = _found(request.method, request.path)
        if found is None:
            self._violated(request, "the fake has no such route")
            return Reply.text(f"Cannot {request.method} {request.path}", 404)
        route, parts = found
        if request.method != "GET" and not token.write:
            return Reply.text("unauthorized permission requested", 401)
        if route is download and not request.headers.get("authorization"):
            return Reply.text("unauthorized attachment permission requested", 401)
        try:
            asked = Asked(_given(request))
            told = route(Call(self.world, token.member, asked, self.most_cards), *parts)
        except Refused as no:
            if isinstance(no.said, str):
                return Reply.text(no.said, no.status)
            return Reply.json(no.said, no.status)
        for slip in (*asked.strange, *(f"nobody asked for {name}" for name in asked.left())):
            self._violated(request, slip)
        if isinstance(told, Reply):
            return self._elsewhere(told)
        return Reply.json(told)

    def _elsewhere(self, reply: Reply) -> Reply:
        """Send who wants a file to another host: to ours, by its other name."""
        where = f"http://localhost:{self.server.port}{reply.headers['location']}"
        return Reply(reply.status, headers={"location": where})

    def _signed(self, request: Request) -> Reply:
        """Where the files lie: another host, which takes no credential but the one in the URL."""
        if "authorization" in request.headers:
            return Reply.text("Only one auth mechanism allowed", 400)
        content = self.world.files.get(request.path.split("/")[2])
        if content is None:
            return Reply.text("gone", 404)
        return Reply(200, content, {"content-type": "application/octet-stream"})

    def _violated(self, request: Request, what: str) -> None:
        self.violations.append(f"{request.method} {request.path}: {what}")

    def _judge(self, request: Request, reply: Reply) -> None:
        judge, method, path = self.judge, request.method, request.path
        if judge is None or "/download/" in path:
            return
        extra = NESTED.get(re.sub(r"(?<=s/)[^/]+", "{}", path), "").split()
        pairs = [pair for pair in request.pairs if pair[0] not in extra]
        self.violations += judge.judge(method, path, pairs, request.headers, request.body)
        kind = reply.headers.get("content-type", "")
        self.violations += judge.judge_answer(method, path, reply.status, reply.body, kind)
        if reply.status == 200:
            value, last = json.loads(reply.body), path.rsplit("/", 1)[-1]
            for schema, one in _parts({last: value} if last in NAMED else value):
                self.violations += judge.judge_object(schema, one, f"{method} {path} {schema}")


NAMED = {
    "cards": "Card",
    "actions": "Action",
    "lists": "TrelloList",
    "labels": "Label",
    "members": "Member",
    "checklists": "Checklist",
    "checkItems": "CheckItem",
    "customFields": "CustomField",
    "customFieldItems": "CustomFieldItems",
    "attachments": "Attachment",
    "boards": "Board",
}
"""Nested part -> the schema of each of its members: no schema of Trello's tells what is nested."""


def _parts(value: Any) -> Iterator[tuple[str, Json]]:
    if isinstance(value, list):
        for one in value:
            yield from _parts(one)
    elif isinstance(value, dict):
        for name, part in value.items():
            if name in NAMED and isinstance(part, list):
                yield from ((NAMED[name], one) for one in part)
                yield from _parts(part)


def _found(method: str, path: str) -> tuple[Callable[..., Any], list[str]] | None:
    """The route and the parts of the path that it wants. A slash at the end is for nothing."""
    steps = path.strip("/").split("/")
    if steps[0] != "1":
        return None
    ways = WRITES if method != "GET" else {("GET", path): route for path, route in READS.items()}
    for (verb, template), route in ways.items():
        wanted = template.split("/")
        if verb == method and len(wanted) == len(steps) - 1:
            pairs = list(zip(wanted, steps[1:], strict=True))
            if all(want in {"{}", step} for want, step in pairs):
                return route, [step for want, step in pairs if want == "{}"]
    return None


def _credentials(request: Request) -> tuple[str, str]:
    """By header, as Trello's OAuth 1 wants it, or in the query."""
    said = request.headers.get("authorization", "")
    header = dict(re.findall(r'(oauth_\w+)="([^"]*)"', said)) if said.startswith("OAuth ") else {}
    key = header.get("oauth_consumer_key") or request.query.get("key", "")
    return key, header.get("oauth_token") or request.query.get("token", "")


def _given(request: Request) -> dict[str, Any]:
    """What a request gives: in the query, in a JSON body, in a form. Raises Refused."""
    given: dict[str, Any] = {k: v for k, v in request.pairs if k not in {"key", "token"}}
    if not request.body:
        return given
    if "json" in request.headers.get("content-type", ""):
        try:
            body = request.json()
        except ValueError:
            raise Refused(400, "Error parsing body") from None
        return given | (body if isinstance(body, dict) else {})
    form = parse_qs(request.body.decode(), keep_blank_values=True)
    return given | {name: values[-1] for name, values in form.items()}


@pytest.fixture
def trello_server() -> Iterator[Trello]:
    """A fake Trello of one member, "va", without boards; nobody may have misused it."""
    with Trello() as fake:
        yield fake
    assert fake.violations == []
