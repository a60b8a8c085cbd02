"""Asking Asana: ten questions in one request where a batch takes them, and lists to their end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from connectors import http_said as say
from connectors.errors import ConnectorError, UnavailableError
from connectors.http import Answer, Http

T = TypeVar("T")

AT_ONCE: Final = 10
"""Actions that a batch may hold; each counts as a request under the limits."""

_PAGE: Final = 100
_MOST_PAGES: Final = 1000
_UNSERVED: Final = frozenset({400, 404, 405})
"""How a batch may say that it does not serve a path, or that there is nothing at it."""

PROJECT: Final = ("name", "archived")
TASK: Final = (
    *("name", "resource_subtype", "approval_status", "completed", "completed_at"),
    *("completed_by.name", "created_at", "created_by", "modified_at", "due_on", "due_at"),
    *("start_on", "assignee", "assignee.name", "assigned_by", "assigned_by.name", "followers"),
    *("followers.name", "notes", "html_notes", "num_subtasks", "parent", "parent.name"),
    *("memberships.project", "memberships.project.name", "memberships.section"),
    *("memberships.section.name", "tags.name", "custom_fields.name"),
    *("custom_fields.display_value", "custom_fields.type", "dependencies", "permalink_url"),
    *("is_rendered_as_separator", "workspace", "workspace.name"),
)
SUBTASK: Final = (
    *("name", "resource_subtype", "approval_status", "completed", "due_on", "due_at"),
    *("assignee", "assignee.name", "is_rendered_as_separator"),
)
STORY: Final = (
    *("created_at", "created_by", "created_by.name", "resource_subtype", "type", "text"),
    *("html_text", "is_edited", "assignee", "assignee.name", "project", "project.name"),
    *("tag", "tag.name", "custom_field", "custom_field.name"),
    *(
        f"{when}_{what}"
        for when in ("old", "new")
        for what in (
            *("name", "dates.due_at", "dates.due_on", "section", "section.name"),
            *("approval_status", "text_value", "number_value", "date_value"),
            *("enum_value", "enum_value.name", "multi_enum_values", "multi_enum_values.name"),
            *("people_value", "people_value.name"),
        )
    ),
)
ATTACHMENT: Final = ("name", "host", "size", "created_at", "view_url", "resource_subtype")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: a GET, by itself or as an action of a batch."""

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    fields: Sequence[str] = ()
    listed: bool = False
    """The answer is a list, which comes in pages."""

    offset: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was answered to one question."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    problem: ConnectorError | None = None
    """Why it is of no use."""

    after: str = ""
    """Of a list: where its next page begins; "" for none."""

    @property
    def lost(self) -> bool:
        """It is no longer there, or no longer for us."""
        return self.status in {403, 404, 410}

    @property
    def record(self) -> Mapping[str, Any]:
        """The one thing asked for, once `Reader` has seen that it is one."""
        found: Mapping[str, Any] = self.body["data"]
        return found

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        """The things asked for, once `Reader` has seen that it is a list of them."""
        found: list[Mapping[str, Any]] = self.body["data"]
        return found


def kind(path: str) -> str:
    """Name what a path leads to: "events", "tasks", "stories"."""
    return next(part for part in reversed(path.split("/")) if not part.isdigit())


def in_parts(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut a sequence into parts of at most `size`."""
    return (values[start : start + size] for start in range(0, len(values), size))


class Reader:
    """Asks by `http`, and learns into `single` what a batch does not serve.

    What stops everything is raised: no answer, a limit that was reached, a token that is not
    accepted. What concerns one question is its `Heard.problem`.
    """

    def __init__(self, http: Http, single: set[str]) -> None:
        self._http, self._single = http, single

    def ask(self, asks: Sequence[Ask]) -> list[Heard]:
        """Answer each question, in order; of a list the first page."""
        together = [i for i, ask in enumerate(asks) if kind(ask.path) not in self._single]
        found: dict[int, Heard] = {}
        for part in in_parts(together, AT_ONCE):
            answers = self._batch([asks[i] for i in part])
            found |= dict(zip(part, answers, strict=True))
        return [found.get(i) or self._alone(ask) for i, ask in enumerate(asks)]

    def lists(self, asks: Sequence[Ask]) -> list[Heard]:
        """Answer each question, a list whole; one page that is of no use spoils its list."""
        found: dict[int, Heard] = {}
        rows: dict[int, list[Mapping[str, Any]]] = {}
        left = dict(enumerate(asks))
        for _ in range(_MOST_PAGES):
            for i, heard in zip(list(left), self.ask(list(left.values())), strict=True):
                ask = left.pop(i)
                if not ask.listed or heard.problem:
                    found[i] = heard
                    continue
                rows.setdefault(i, []).extend(heard.rows)
                found[i] = Heard(heard.status, {"data": rows[i]})
                if heard.after:
                    left[i] = replace(ask, offset=heard.after)
            if not left:
                break
        for i in left:
            found[i] = Heard(200, {}, self.endless())
        return [found[i] for i in range(len(asks))]

    def pages(self, ask: Ask) -> Iterator[Heard]:
        """Yield the pages of one list as they come, the last without `after`; one that is of no
        use ends it.
        """
        for _ in range(_MOST_PAGES):
            (heard,) = self.ask([ask])
            yield heard
            if not heard.after:
                return
            ask = replace(ask, offset=heard.after)
        yield Heard(200, {}, self.endless())

    def endless(self) -> UnavailableError:
        """Say that a list or a feed has no end."""
        return UnavailableError("{host} gives out a list without an end.", host=self._http.host)

    def _alone(self, ask: Ask) -> Heard:
        params = dict(ask.params)
        if ask.fields:
            params["opt_fields"] = ",".join(ask.fields)
        if ask.listed:
            params["limit"] = str(_PAGE)
        if ask.offset:
            params["offset"] = ask.offset
        answer = self._http.get(ask.path, params)
        if answer.status in {401, 429}:
            answer.json(dict)
        try:
            body = _read(answer)
        except UnavailableError as problem:
            return Heard(answer.status, {}, problem)
        return self._judged(ask, Heard(answer.status, body, answer.problem()))

    def _batch(self, asks: Sequence[Ask]) -> list[Heard]:
        """Ask up to ten questions at once."""
        if len(asks) == 1:
            return [self._alone(asks[0])]
        body = {"data": {"actions": [_action(ask) for ask in asks]}}
        answer = self._http.send("POST", "/batch", body=body, cost=len(asks)).json(dict)
        parts = answer.get("data")
        if not isinstance(parts, list) or len(parts) != len(asks):
            raise say.unreadable(self._http.host, wrote=False)
        heard = [self._part(ask, part) for ask, part in zip(asks, parts, strict=True)]
        for what in sorted({kind(ask.path) for ask in asks}):
            self._doubt(what, asks, heard)
        return heard

    def _doubt(self, what: str, asks: Sequence[Ask], heard: list[Heard]) -> None:
        """Where nothing of a sort came back, ask for one by itself: is it gone, or is a batch no
        way to it? It is asked for alone from then on if so.
        """
        those = [i for i, ask in enumerate(asks) if kind(ask.path) == what]
        refused = [i for i in those if heard[i].status in _UNSERVED]
        if not refused or len(refused) < len(those):
            return
        first = refused[0]
        alone = self._alone(asks[first])
        if alone.status == heard[first].status:
            return
        self._single.add(what)
        heard[first] = alone
        for i in refused[1:]:
            heard[i] = self._alone(asks[i])

    def _part(self, ask: Ask, part: object) -> Heard:
        host = self._http.host
        match part:
            case {"status_code": int(status), "body": dict(body)}:
                pass
            case {"status_code": int(status)} if not 200 <= status < 300:
                body = {}
            case _:
                return Heard(200, {}, say.unreadable(host, wrote=False))
        problem = Answer(status, {}, b"", host).problem()
        if problem and status in {401, 429}:
            raise problem
        return self._judged(ask, Heard(status, body, problem))

    def _judged(self, ask: Ask, heard: Heard) -> Heard:
        """See that an answer is of the shape that was asked for."""
        if heard.problem:
            return heard
        data = heard.body.get("data")
        if ask.path == "/events":
            fine = isinstance(data, list) and all(isinstance(row, dict) for row in data)
        elif ask.listed:
            fine = isinstance(data, list) and all(map(_is_thing, data))
        else:
            fine = _is_thing(data)
        try:
            after = _following(heard.body) if fine and ask.listed else ""
        except LookupError:
            fine = False
        if not fine:
            return Heard(heard.status, {}, say.unreadable(self._http.host, wrote=False))
        if after and after == ask.offset:
            return Heard(heard.status, {}, self.endless())
        return replace(heard, after=after)


def _following(body: Mapping[str, Any]) -> str:
    """Read where the next page begins; "" where there is none. Raises LookupError: a full page that
    does not tell is no end, and what was cut off must not count as all there is.
    """
    after = body.get("next_page")
    if after is None and ("next_page" in body or len(body["data"]) < _PAGE):
        return ""
    if isinstance(after, dict) and isinstance(after["offset"], str) and after["offset"]:
        return str(after["offset"])
    raise LookupError


def _is_thing(row: object) -> bool:
    match row:
        case {"gid": str(gid)}:
            return gid.isascii() and gid.isalnum() and len(gid) <= 64
        case _:
            return False


def _read(answer: Answer) -> dict[str, Any]:
    """Read a body; that of a refusal may hold a token all the same."""
    if answer.status == 412:
        return Answer(200, answer.headers, answer.body, answer.host).json(dict)
    return {} if answer.problem() else answer.json(dict)


def _action(ask: Ask) -> dict[str, object]:
    options: dict[str, object] = {}
    if ask.fields:
        options["fields"] = list(ask.fields)
    if ask.listed:
        options["limit"] = _PAGE
    if ask.offset:
        options["offset"] = ask.offset
    action: dict[str, object] = {"relative_path": ask.path, "method": "get"}
    if ask.params:
        action["data"] = dict(ask.params)
    return action | ({"options": options} if options else {})


def task_asks(gids: Iterable[str]) -> list[Ask]:
    """Ask for each of these tasks."""
    return [Ask(f"/tasks/{gid}", fields=TASK) for gid in gids]


def story_asks(gids: Iterable[str]) -> list[Ask]:
    """Ask for what was said and noted on each of these tasks."""
    return [Ask(f"/tasks/{gid}/stories", fields=STORY, listed=True) for gid in gids]


def subtask_asks(gids: Iterable[str]) -> list[Ask]:
    """Ask for the subtasks of each of these tasks."""
    return [Ask(f"/tasks/{gid}/subtasks", fields=SUBTASK, listed=True) for gid in gids]


def attachment_asks(gids: Iterable[str]) -> list[Ask]:
    """Ask for what is attached to each of these tasks."""
    return [Ask("/attachments", {"parent": gid}, ATTACHMENT, True) for gid in gids]
