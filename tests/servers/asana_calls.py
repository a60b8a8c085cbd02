"""One request to the stand-in's API, taken apart, and what can be refused about it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from tests.servers.asana_shapes import shown
from tests.servers.asana_things import Attachment, Json, Thing, User, may_see
from tests.servers.asana_world import World

HELP = (
    "For more information on API status codes and how to handle them, read the docs on errors:"
    " https://developers.asana.com/docs/errors"
)
STORAGE = "/storage/"
"""Under which path the files are, beside the API."""

UNPAGED = 1000
"""More than this is not told without `limit`."""

T = TypeVar("T", bound=Thing)


class RefusedError(Exception):
    """The answer is an error."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"errors": [{"message": message, "help": HELP}], **more}


@dataclass(frozen=True, slots=True)
class Page:
    """What an offset token stands for."""

    path: str
    query: frozenset[tuple[str, str]]
    user: str
    last: str
    """The gid of the last one told."""

    index: int
    since: datetime


@dataclass(slots=True)
class Tokens:
    """What was handed out that is good for a while: offsets, and addresses to download from."""

    page_lasts: timedelta = timedelta(minutes=15)
    address_lasts: timedelta = timedelta(minutes=2)
    pages: dict[str, Page] = field(default_factory=dict)
    addresses: dict[str, tuple[Attachment, datetime]] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    world: World
    tokens: Tokens
    viewer: User
    path: str
    """Without the API's prefix."""

    query: dict[str, str]
    data: Json
    origin: str = ""

    @property
    def fields(self) -> list[str]:
        return [name for name in self.query.get("opt_fields", "").split(",") if name]

    def find(self, kind: type[T], gid: str, what: str = "") -> T:
        """The thing of that gid. Raises RefusedError where there is none, or no access to it."""
        thing = self.world.things.get(gid)
        name = what or kind.__name__.lower()
        if not isinstance(thing, kind) or gid in self.world.gone:
            raise RefusedError(404, f"{name}: Unknown object: {gid}")
        if not may_see(self.viewer, thing):
            raise RefusedError(403, f"{name}: You do not have access to this {name}.")
        return thing

    def user(self, name: str) -> User:
        """A user by gid, address or as `me`."""
        if name == "me":
            return self.viewer
        users = (thing for thing in self.world.things.values() if isinstance(thing, User))
        found = next((user for user in users if name in {user.gid, user.email}), None)
        if found is None:
            raise RefusedError(404, f"user: Unknown object: {name}")
        return found

    def moment(self, name: str) -> datetime | None:
        """A parameter that is an instant; None where it is not given."""
        if name not in self.query:
            return None
        if self.query[name] == "now":
            return self.world.now()
        return moment(name, self.query[name])

    def one(self, thing: Thing) -> Json:
        return {"data": self._shown(thing, listed=False)}

    def many(self, things: Sequence[Thing]) -> Json:
        """A page of `things`, or all of them where no limit was asked for."""
        start = self._start(things)
        limit = self._limit(len(things))
        paged = things[start : start + limit]
        told = [self._shown(thing, listed=True) for thing in paged]
        if "limit" not in self.query:
            return {"data": told}
        following: Json | None = None
        if start + limit < len(things):
            token = secrets.token_urlsafe(18)
            self.tokens.pages[token] = Page(
                self.path, self._same(), self.viewer.gid, paged[-1].gid, start + limit, self._now()
            )
            rest = "&".join(f"{k}={v}" for k, v in self.query.items() if k != "offset")
            path = f"{self.path}?{rest}&offset={token}"
            following = {"offset": token, "path": path, "uri": f"{self.origin}/api/1.0{path}"}
        return {"data": told, "next_page": following}

    def _shown(self, thing: Thing, *, listed: bool) -> Json:
        more: Json = {}
        if isinstance(thing, Attachment):
            more["download_url"] = self._signed(thing) if thing.host == "asana" else None
        return shown(thing, self.viewer, self.fields, listed=listed, more=more)

    def _signed(self, attachment: Attachment) -> str:
        """An address that needs no credentials, good for two minutes."""
        token = secrets.token_urlsafe(24)
        self.tokens.addresses[token] = (attachment, self._now())
        return f"{self.origin}{STORAGE}{token}/{quote(attachment.name)}?response-expires=120"

    def _limit(self, count: int) -> int:
        if "limit" not in self.query:
            if count > UNPAGED:
                raise RefusedError(400, "The result is too large. You should use pagination!")
            return count
        text = self.query["limit"]
        if not text.isdecimal() or not 1 <= int(text) <= 100:
            raise RefusedError(400, "limit: Must be between 1 and 100")
        return int(text)

    def _start(self, things: Sequence[Thing]) -> int:
        token = self.query.get("offset")
        if token is None:
            return 0
        page = self.tokens.pages.get(token)
        here = (self.path, self._same(), self.viewer.gid)
        if page is None or (page.path, page.query, page.user) != here:
            raise RefusedError(400, "offset: Your pagination token is invalid.")
        if self._now() - page.since > self.tokens.page_lasts:
            raise RefusedError(400, "offset: Your pagination token has expired.")
        gids = [thing.gid for thing in things]
        return gids.index(page.last) + 1 if page.last in gids else page.index

    def _same(self) -> frozenset[tuple[str, str]]:
        return frozenset(pair for pair in self.query.items() if pair[0] not in {"offset", "limit"})

    def _now(self) -> datetime:
        return self.world.now()


def moment(name: str, text: str) -> datetime:
    """Read an instant. Raises RefusedError."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(400, f"{name}: Not a valid date-time: {text}") from None
    if read.tzinfo is None:
        raise RefusedError(400, f"{name}: Not a valid date-time: {text}")
    return read


def day(name: str, text: str) -> date:
    """Read a day. Raises RefusedError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RefusedError(400, f"{name}: Not a valid date: {text}") from None
