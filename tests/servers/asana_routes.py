"""Which routes the stand-in serves, and what each takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.servers import asana_reads as reads
from tests.servers import asana_writes as writes
from tests.servers.asana_things import Json

PAGED = frozenset({"limit", "offset"})
SINCE = frozenset({"completed_since"})
ALWAYS = frozenset({"opt_fields", "opt_pretty"})


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    pattern: str
    handler: Callable[..., Json]
    takes: frozenset[str] = frozenset()
    """The names of its query parameters."""

    status: int = 200


_TASKS = frozenset({"assignee", "project", "section", "workspace", "modified_since"})

ROUTES = (
    Route("GET", "/users/([^/]+)", reads.user, frozenset({"workspace"})),
    Route("GET", "/workspaces", reads.workspaces, PAGED),
    Route("GET", "/workspaces/([^/]+)/projects", reads.projects, PAGED | {"archived"}),
    Route("GET", "/projects/([^/]+)", reads.project),
    Route("GET", "/projects/([^/]+)/sections", reads.sections, PAGED),
    Route("GET", "/sections/([^/]+)", reads.section),
    Route("GET", "/projects/([^/]+)/tasks", reads.project_tasks, PAGED | SINCE),
    Route("GET", "/tasks", reads.tasks, PAGED | SINCE | _TASKS),
    Route("GET", "/tasks/([^/]+)", reads.task),
    Route("GET", "/tasks/([^/]+)/subtasks", reads.subtasks, PAGED),
    Route("GET", "/tasks/([^/]+)/stories", reads.stories, PAGED),
    Route("GET", "/stories/([^/]+)", reads.story),
    Route("GET", "/attachments", reads.attachments, PAGED | {"parent"}),
    Route("GET", "/attachments/([^/]+)", reads.attachment),
    Route("GET", "/events", reads.events, frozenset({"resource", "sync"})),
    Route("GET", "/workspaces/([^/]+)/tasks/search", reads.search, frozenset({"text"})),
    Route("POST", "/tasks", writes.create_task, status=201),
    Route("PUT", "/tasks/([^/]+)", writes.update_task),
    Route("DELETE", "/tasks/([^/]+)", writes.delete_task),
    Route("POST", "/tasks/([^/]+)/stories", writes.create_story, status=201),
    Route("POST", "/sections/([^/]+)/addTask", writes.add_to_section),
    Route("POST", "/tasks/([^/]+)/addProject", writes.add_to_project),
)
