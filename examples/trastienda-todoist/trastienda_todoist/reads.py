"""Asking Todoist: its Sync endpoint, and the tasks that were completed lately.

An answer is believed where it has every part that was asked for, and nowhere else: a list that is
missing is no empty list.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from trastienda.plugin import (
    NAME,
    CursorExpiredError,
    Http,
    canonical,
    container,
    ident,
    line,
    listed,
    sense,
    target,
)

Json = Mapping[str, Any]

WHOLE: Final = "*"
"""The sync token that asks for all there is."""

NEWS: Final = ("items", "notes", "projects", "sections", "collaborators")
NAMES: Final = ("projects", "sections", "collaborators", "user")

FULL: Final = 10
"""What a full sync weighs: 100 of them are allowed where 1,000 incremental ones are."""

_MOST: Final = 200
"""Completed tasks to an answer."""

_PAGES: Final = 50
"""Answers after which a listing counts as one without an end."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a project."""

    id: str
    name: str
    project: str


@dataclass(frozen=True, slots=True)
class Places:
    """What things and people are called, and in which time zone a time without one is meant."""

    projects: Mapping[str, str]
    sections: Mapping[str, Section]
    people: Mapping[str, str]
    zone: str
    me: Json

    @property
    def digest(self) -> str:
        """Name this state of the names: where it changes, what says them is read again."""
        sections = {one.id: [one.name, one.project] for one in self.sections.values()}
        told = canonical([self.projects, sections, self.people, self.zone])
        return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()

    def within(self, item: Json) -> str:
        """Spell where a task lies."""
        section = self.sections.get(str(item["section_id"]))
        return container(self.projects.get(str(item["project_id"])), section and section.name)


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer of the Sync endpoint."""

    token: str
    whole: bool
    items: Mapping[str, Json]
    notes: Mapping[str, Json]
    renamed: bool
    """Whether something that gives names changed."""

    @property
    def news(self) -> bool:
        """Whether it tells of anything."""
        return bool(self.items or self.notes or self.renamed)


def sync(http: Http, token: str) -> Heard:
    """Ask what changed since `token`. Raises CursorExpiredError where Todoist knows it no more."""
    heard = _asked(http, token, NEWS)
    with sense(http.host):
        renamed = [one for name in NEWS[2:] for one in listed(heard[name])]
        return Heard(
            token=_token(heard["sync_token"]),
            whole=flag(heard["full_sync"]),
            items=_by_id(heard["items"]),
            notes=_by_id(heard["notes"]),
            renamed=bool(renamed),
        )


def places(http: Http) -> Places:
    """Ask for all the names."""
    heard = _asked(http, WHOLE, NAMES)
    with sense(http.host):
        projects, sections = _by_id(heard["projects"]), _by_id(heard["sections"])
        people, me = _by_id(heard["collaborators"]), heard["user"]
        ident(me["id"])
        return Places(
            projects={
                one: line(told["name"], NAME)
                for one, told in projects.items()
                if not (flag(told["is_deleted"]) or flag(told["is_archived"]))
            },
            sections={
                one: Section(one, line(told["name"], NAME), ident(told["project_id"]))
                for one, told in sections.items()
                if not (flag(told["is_deleted"]) or flag(told["is_archived"]))
            },
            people={
                one: line(told["full_name"], NAME) for one, told in {**people, me["id"]: me}.items()
            },
            zone=line(me["tz_info"]["timezone"], NAME),
            me=me,
        )


def completed(http: Http, since: datetime, until: datetime) -> dict[str, Json] | None:
    """Ask for the tasks completed in between, at most three months; None where this account's plan
    does not let us.
    """
    found: dict[str, Json] = {}
    params = {"since": _utc(since), "until": _utc(until), "limit": str(_MOST)}
    more: dict[str, str] = {}
    for _ in range(_PAGES):
        answer = http.get("/tasks/completed/by_completion_date", params | more)
        if answer.status == 403:
            return None
        heard = answer.json(dict)
        with sense(http.host):
            page = _by_id(heard["items"])
            found |= {one: {**item, "checked": True} for one, item in page.items()}
            following = heard.get("next_cursor")
            if following is None:
                return found
            more = {"cursor": _token(following)}
    return None


def task(http: Http, item: str) -> Json:
    """Ask for one open task; nothing where it is none, or not for us."""
    answer = http.get(f"/tasks/{target(item)}")
    return {} if answer.status in {403, 404} else answer.json(dict)


def comments(http: Http, item: str) -> list[Json]:
    """Ask for the comments on a task."""
    found: list[Json] = []
    more: dict[str, str] = {}
    for _ in range(_PAGES):
        heard = http.get("/comments", {"task_id": item, "limit": str(_MOST)} | more).json(dict)
        with sense(http.host):
            found += _by_id(heard["results"]).values()
            following = heard["next_cursor"]
            if following is None:
                return found
            more = {"cursor": _token(following)}
    return found


def flag(value: object) -> bool:
    """Read a yes or no. Raises TypeError: whatever else is there must not pass for either."""
    if not isinstance(value, bool):
        raise TypeError
    return value


def _asked(http: Http, token: str, resources: Sequence[str]) -> dict[str, Any]:
    body = {"sync_token": token, "resource_types": list(resources)}
    answer = http.send("POST", "/sync", body=body, cost=FULL if token == WHOLE else 1)
    if answer.status == 400 and token != WHOLE and b"sync_token" in answer.body[:4000]:
        raise CursorExpiredError(
            "{host} no longer knows where we left off. It is read again from the beginning.",
            host=http.host,
        )
    return answer.json(dict)


def _by_id(value: Any) -> dict[str, Json]:
    """Read a list of objects by their ids. Raises LookupError or TypeError where it is none."""
    return {ident(one["id"]): one for one in _tables(listed(value))}


def _tables(value: Iterable[Any]) -> Iterable[dict[str, Any]]:
    for one in value:
        if not isinstance(one, dict):
            raise TypeError
        yield one


def _token(value: object) -> str:
    """Read a token. Raises LookupError where it can be none."""
    if isinstance(value, str) and 0 < len(value) < 4000 and value.isascii() and value.isprintable():
        return value
    raise LookupError


def _utc(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
