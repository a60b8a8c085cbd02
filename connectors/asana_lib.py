"""The asana SDK, on our transport: its verbs and routes, and nothing of its network.

Left to itself it starts six threads, retries for a minute in silence, waits for ever, takes an
expired sync token for "nothing new" and puts blanks for non-breaking spaces. Here `_Rest` stands in
place of its REST client, its threads are ended before they do anything, and it holds no token.

Rules for every call: `full_payload`, because what it makes of an answer otherwise depends on how
long the answer is; and options made anew, because it writes into them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from connectors.base import Receipt
from connectors.errors import RefusedError, UnavailableError
from connectors.http import Http
from connectors.http_rules import READING
from connectors.writing import Place, Trace, ident, listed, moment, sense, words

BASE: Final = "https://app.asana.com/api/1.0"
"""What the SDK puts before every path."""

PLACED: Final = (
    "resource_subtype,parent,workspace,memberships.project,memberships.project.name"
    ",memberships.section,memberships.section.name"
)
"""The fields that `Task` is read from."""


@dataclass(frozen=True, slots=True)
class Membership:
    """One project that a task is in."""

    project: str
    name: str
    section: str


@dataclass(frozen=True, slots=True)
class Task:
    """Where a task is, and of what sort."""

    id: str
    approval: bool
    parent: str
    workspace: str
    memberships: tuple[Membership, ...]


class Asana:
    """The calls that a push is made of. They raise what `Http` raises, and UnavailableError where
    an answer is not what Asana documents, or InDoubtError where that answer is to a write.
    """

    def __init__(self, http: Http) -> None:
        # A seventh of a second and 26 MiB, which only a push is to pay.
        import asana  # noqa: PLC0415 - see above

        self._host = http.host
        self._lib: Any = asana
        self._client: Any = client(http)

    def me(self) -> str:
        """Ask for our own gid."""
        found = self._lib.UsersApi(self._client).get_user("me", {"opt_fields": "gid"}, **_WHOLE)
        with sense(self._host):
            return ident(found["data"]["gid"])

    def task(self, task: str) -> Task:
        """Ask where a task is."""
        options = {"opt_fields": PLACED}
        found = self._lib.TasksApi(self._client).get_task(task, options, **_WHOLE)
        with sense(self._host):
            return _task(found["data"])

    def update(self, task: str, fields: Mapping[str, object]) -> Task:
        """Set fields of a task."""
        api, options = self._lib.TasksApi(self._client), {"opt_fields": PLACED}
        found = api.update_task({"data": dict(fields)}, task, options, **_WHOLE)
        with sense(self._host, wrote=True):
            return _task(found["data"])

    def create(self, fields: Mapping[str, object]) -> Task:
        """Make a task."""
        api, options = self._lib.TasksApi(self._client), {"opt_fields": PLACED}
        found = api.create_task({"data": dict(fields)}, options, **_WHOLE)
        with sense(self._host, wrote=True):
            return _task(found["data"])

    def comment(self, task: str, text: str) -> Receipt:
        """Comment on a task, in plain text."""
        api, options = self._lib.StoriesApi(self._client), {"opt_fields": "gid"}
        found = api.create_story_for_task({"data": {"text": text}}, task, options, **_WHOLE)
        with sense(self._host, wrote=True):
            return Receipt("comment", f"{task}/{ident(found['data']['gid'])}")

    def comments(self, task: str) -> Iterator[Trace]:
        """Yield what was said on a task, oldest first; the system's own notes among it."""
        api, fields = self._lib.StoriesApi(self._client), "text,created_at,created_by"
        with sense(self._host):
            for story in self._pages(api.get_stories_for_task, (task,), fields):
                yield _trace(Receipt("comment", f"{task}/{ident(story['gid'])}"), story, "text")

    def sections(self, project: str) -> list[Place]:
        """List the sections of a project."""
        api = self._lib.SectionsApi(self._client)
        with sense(self._host):
            found = self._pages(api.get_sections_for_project, (project,), "name")
            return [Place(ident(one["gid"]), (words(one["name"]),)) for one in found]

    def section(self, section: str) -> tuple[str, str]:
        """Ask what project a section is in: (gid, name)."""
        api, options = self._lib.SectionsApi(self._client), {"opt_fields": "project,project.name"}
        found = api.get_section(section, options, **_WHOLE)
        with sense(self._host):
            project = found["data"]["project"]
            return ident(project["gid"]), words(project["name"])

    def project(self, project: str) -> tuple[str, str]:
        """Ask what a project is called: (gid, name)."""
        api, options = self._lib.ProjectsApi(self._client), {"opt_fields": "name"}
        found = api.get_project(project, options, **_WHOLE)
        with sense(self._host):
            return ident(found["data"]["gid"]), words(found["data"]["name"])

    def place(self, task: str, section: str) -> None:
        """Put a task into a section of a project that it is in, at the top."""
        # SectionsApi.add_task_for_section sends the body once more, in the query.
        self._client.call_api(
            "/sections/{section_gid}/addTask",
            "POST",
            {"section_gid": section},
            header_params={"Content-Type": "application/json"},
            body={"data": {"task": task}},
        )

    def created(self, project: str, since: str) -> Iterator[Trace]:
        """Yield the tasks of a project that changed since an instant."""
        api, fields = self._lib.TasksApi(self._client), "name,created_at,created_by"
        scope = {"project": project, "modified_since": since}
        with sense(self._host):
            for task in self._pages(api.get_tasks, (), fields, **scope):
                yield _trace(Receipt("task", f"p/{project}/{ident(task['gid'])}"), task, "name")

    def _pages(
        self, call: Any, arguments: Sequence[str], fields: str, **scope: str
    ) -> Iterator[Any]:
        """Yield what stands on all pages of a list. The SDK's own pager ends only when the server
        lets it: one that hands out an offset for ever is not asked for ever here.
        """
        offset: dict[str, str] = {}
        for _ in range(100):
            options = {"opt_fields": fields, "limit": "100"} | scope | offset
            answer = call(*arguments, options, **_WHOLE)
            yield from listed(answer["data"])
            after = answer.get("next_page")
            if after is None:
                return
            offset = {"offset": words(after["offset"])}
        raise UnavailableError("{host} gives out a list without an end.", host=self._host)


_WHOLE: Final = {"full_payload": True}


def client(http: Http) -> Any:
    """Make the SDK's client on `http`: without a thread, a token or a log of its own."""
    import asana  # noqa: PLC0415 - only a push is to pay for it

    configuration = asana.Configuration()
    # Its loggers, urllib3's among them, write to the terminal that Trastienda draws on.
    for logger in configuration.logger.values():
        logger.removeHandler(configuration.logger_stream_handler)
    api = asana.ApiClient(configuration)
    api.pool.close()
    api.pool.join()
    del api.pool
    api.rest_client = _Rest(http)
    return api


def _task(value: Any) -> Task:
    return Task(
        ident(value["gid"]),
        value.get("resource_subtype") == "approval",
        _gid(value.get("parent")),
        _gid(value.get("workspace")),
        tuple(
            Membership(
                ident(one["project"]["gid"]),
                words(one["project"].get("name", "")),
                _gid(one.get("section")),
            )
            for one in value.get("memberships") or ()
            if one.get("project")
        ),
    )


def _gid(value: Any) -> str:
    return ident(value["gid"]) if value else ""


def _trace(receipt: Receipt, value: Any, text: str) -> Trace:
    author = (value.get("created_by") or {}).get("gid")
    return Trace(receipt, moment(value.get("created_at")), value.get(text), author)


@dataclass(frozen=True, slots=True)
class _Response:
    """As much of the SDK's own response as it looks at after a 2xx."""

    data: bytes
    status: int = 200

    def getheaders(self) -> Mapping[str, str]:
        return {}


class _Rest:
    """What the SDK takes for its REST client. What is no 2xx is raised here, as our own error."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self.GET = partial(self._send, "GET")
        self.POST = partial(self._send, "POST")
        self.PUT = partial(self._send, "PUT")
        self.DELETE = partial(self._send, "DELETE")

    def _send(
        self,
        method: str,
        url: str,
        *,
        query_params: Sequence[tuple[str, object]] | None = None,
        body: object = None,
        post_params: object = None,
        **its_network: object,
    ) -> _Response:
        """Send it. Headers, timeouts and retries are the transport's own."""
        del its_network
        if not url.startswith(f"{BASE}/") or post_params:
            raise RefusedError("Trastienda does not send this.")
        path = url.removeprefix(BASE)
        asked = {name: str(value) for name, value in query_params or ()}
        if method in READING:
            answer = self._http.get(path, asked)
        else:
            answer = self._http.send(method, path, params=asked, body=body)
        # In ASCII: of non-breaking spaces that stand there as such, the SDK would make blanks.
        return _Response(json.dumps(answer.json(object)).encode())
