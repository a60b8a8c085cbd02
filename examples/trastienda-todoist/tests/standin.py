"""A stand-in for Todoist: what an account of it would hold, and how API v1 would answer."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from trastienda.plugin import Limits, Secret, Timing, Write
from trastienda.testing import HttpServer, Reply, Request

from trastienda_todoist import TodoistConfig, TodoistConnector

TOKEN = "s3cret-token-of-lola"
ME = "2671355"
Json = dict[str, Any]

KINDS = ("items", "notes", "projects", "sections", "collaborators")
ERROR = {"error": "Invalid argument value", "error_code": 20, "http_code": 400,
         "error_tag": "INVALID_ARGUMENT_VALUE"}  # fmt: skip
MISSING = {"error": "Item not found", "error_code": 22, "http_code": 404, "error_tag": "NOT_FOUND"}


class Todoist:
    """One account. Whatever changes gets the number of the change; a sync token is one."""

    def __init__(self) -> None:
        self.epoch = "e1"
        self.whole_again = False
        """Whether a token that is known no more is answered with all there is."""

        self.lag = 0
        """By how many changes the answer to a full sync is behind."""

        self.names_comments = True
        """Whether a note_add that is sent again is answered with the note's id again."""

        self.lists_completed = True
        self.refusal: Json | None = None
        """What every command is answered with, where it is set."""

        self.page = 200
        self.held: dict[str, dict[str, Json]] = {kind: {} for kind in KINDS}
        self.at: dict[tuple[str, str], int] = {}
        self.done: dict[str, tuple[Any, Json]] = {}
        self._changes, self._ids = 0, itertools.count(1)
        self.user = {"id": ME, "full_name": "Lola Pérez", "email": "Lola@lola.example",
                     "tz_info": {"timezone": "Europe/Madrid"}}  # fmt: skip
        ana = {"id": "84129", "full_name": "Ana Prueba", "email": "ana@acme.example"}
        self.put("collaborators", ana)
        self.web, self.other = self.add_project("Web"), self.add_project("Otra clienta")
        self.section = self.add_section("En curso", self.web)
        for number in range(4):
            task = self.add_task(f"Tarea {number}", section=self.section if number % 2 else None)
            self.note(task, "¿Para cuándo?")
        self.quiet = self.add_task("Sin comentarios")

    # What happens there

    def put(self, kind: str, value: Json) -> str:
        """Keep a new version of something."""
        self._changes += 1
        self.held[kind][value["id"]] = value
        self.at[kind, value["id"]] = self._changes
        return str(value["id"])

    def edit(self, kind: str, one: str, **fields: Any) -> None:
        self.put(kind, {**self.held[kind][one], **fields})

    def add_project(self, name: str) -> str:
        return self.put("projects", {
            "id": self._id("P"), "name": name, "is_deleted": False, "is_archived": False,
        })  # fmt: skip

    def add_section(self, name: str, project: str) -> str:
        return self.put("sections", {
            "id": self._id("S"), "name": name, "project_id": project, "is_deleted": False,
            "is_archived": False,
        })  # fmt: skip

    def add_task(self, content: str, *, project: str = "", section: str | None = None) -> str:
        return self.put("items", {
            "id": self._id("T"), "project_id": project or self.web, "section_id": section,
            "parent_id": None, "content": content, "description": "Con fotos.", "priority": 4,
            "due": {"date": "2026-11-23", "timezone": None, "string": "23 nov", "lang": "es",
                    "is_recurring": False},
            "deadline": None, "labels": ["diseño"], "responsible_uid": ME,
            "checked": False, "is_deleted": False, "child_order": 1, "completed_at": None,
            "added_at": "2026-11-20T09:00:00.000000Z",
        })  # fmt: skip

    def note(self, task: str, content: str, by: str = "84129") -> str:
        return self.put("notes", {
            "id": self._id("N"), "item_id": task, "content": content, "posted_uid": by,
            "uids_to_notify": None, "file_attachment": None, "is_deleted": False,
            "posted_at": datetime.now(UTC).isoformat(),
        })  # fmt: skip

    def complete(self, task: str) -> None:
        self.edit("items", task, checked=True, completed_at=datetime.now(UTC).isoformat())

    def delete(self, kind: str, one: str) -> None:
        self.edit(kind, one, is_deleted=True)

    def forget(self) -> None:
        """Know no sync token any more that was handed out before."""
        self.epoch = f"e{next(self._ids)}"

    def open(self) -> list[str]:
        return [one for one, item in self.held["items"].items() if _is_open(item)]

    def _id(self, letter: str) -> str:
        return f"6X{letter}{next(self._ids):04}"

    # How it answers

    def answer(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply.json({"error": "Forbidden", "error_code": 401, "http_code": 401}, 401)
        match request.method, request.path.removeprefix("/api/v1").split("/")[1:]:
            case "POST", ["sync"]:
                asked = request.json()
                return self._written(asked) if "commands" in asked else self._synced(asked)
            case "GET", ["tasks", "completed", "by_completion_date"]:
                if not self.lists_completed:
                    return Reply.json({"error": "Forbidden", "http_code": 403}, 403)
                since, until = (request.query[name].replace("Z", "+00:00")
                                for name in ("since", "until"))  # fmt: skip
                return self._paged("items", request, [
                    item for item in self.held["items"].values()
                    if item["checked"] and since <= item["completed_at"] < until
                    and not item["is_deleted"]
                ])  # fmt: skip
            case "GET", ["comments"]:
                task = request.query["task_id"]
                return self._paged("results", request, [
                    note for note in self.held["notes"].values() if note["item_id"] == task
                ])  # fmt: skip
            case "GET", ["tasks", task] if task in self.open():
                return Reply.json(self.held["items"][task])
            case _:
                return Reply.json({"error": "Not found", "http_code": 404}, 404)

    def _paged(self, name: str, request: Request, found: list[Json]) -> Reply:
        start = int(request.query.get("cursor", "0"))
        end = start + self.page
        following = str(end) if end < len(found) else None
        return Reply.json({name: found[start:end], "next_cursor": following})

    def _synced(self, asked: Json) -> Reply:
        token, kinds = asked["sync_token"], asked["resource_types"]
        epoch, _, number = token.partition("-")
        whole = token == "*"
        if not whole and epoch != self.epoch:
            if not self.whole_again:
                return Reply.json(ERROR | {"error_extra": {"argument": "sync_token"}}, 400)
            whole = True
        upto = self._changes - (self.lag if whole else 0)
        after = 0 if whole else int(number)
        told: Json = {
            kind: [
                one for key, one in self.held[kind].items()
                if after < self.at[kind, key] <= upto and not (whole and _hidden(one))
            ]
            for kind in kinds if kind in KINDS
        }  # fmt: skip
        if "user" in kinds:
            told["user"] = self.user
        return Reply.json(told | {
            "full_sync": whole, "sync_token": f"{self.epoch}-{upto}", "temp_id_mapping": {},
        })  # fmt: skip

    def _written(self, asked: Json) -> Reply:
        status: Json = {}
        mapping: Json = {}
        for command in asked["commands"]:
            number = command["uuid"]
            again = number in self.done
            if not again:
                made: Json = {}
                said = self.refusal or self._carried_out(command, made)
                if said == "ok":
                    self.done[number] = (said, made)
            else:
                said, made = self.done[number]
            status[number] = said
            if not again or self.names_comments:
                mapping |= made
        return Reply.json({"sync_status": status, "temp_id_mapping": mapping,
                           "full_sync": False, "sync_token": f"{self.epoch}-{self._changes}",
                           })  # fmt: skip

    def _carried_out(self, command: Json, made: Json) -> Any:
        args = command["args"]
        task = args.get("item_id") or args.get("id")
        if task not in self.held["items"] or self.held["items"][task]["is_deleted"]:
            return MISSING
        match command["type"]:
            case "note_add":
                made[command["temp_id"]] = self.note(task, args["content"], by=ME)
            case "item_close":
                if (due := self.held["items"][task]["due"]) and due["is_recurring"]:
                    self.edit("items", task, due={**due, "date": "2026-12-23"})
                else:
                    self.complete(task)
            case "item_uncomplete":
                self.edit("items", task, checked=False, completed_at=None)
            case "item_move" if "section_id" in args:
                project = self.held["sections"][args["section_id"]]["project_id"]
                self.edit("items", task, section_id=args["section_id"], project_id=project)
            case "item_move":
                self.edit("items", task, section_id=None, project_id=args["project_id"])
            case "item_update":
                due = args["due"] and {"is_recurring": False, "timezone": None} | args["due"]
                self.edit("items", task, due=due)
            case _:
                return ERROR
        return "ok"


def _is_open(item: Json) -> bool:
    return not item["is_deleted"] and not item["checked"]


def _hidden(one: Json) -> bool:
    """What a full sync does not name."""
    return bool(one.get("is_deleted") or one.get("is_archived") or one.get("checked"))


def connected(
    server: HttpServer,
    deadline: float = 20.0,
    *,
    projects: tuple[str, ...] = ("*",),
    write: Write = "all",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> TodoistConnector:
    """Connect to a stand-in that `server` serves."""
    config = TodoistConfig(
        base_url=f"{server.origin}/api/v1",
        token=Secret(lambda: TOKEN),
        projects=projects,
        write=write,
    )
    timing = Timing(deadline=deadline, cap=1 << 20, now=now)
    return TodoistConnector(config, limits=Limits([]), timing=timing)
