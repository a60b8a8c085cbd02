"""What the VA does to a task, as commands of the Sync endpoint.

A command goes by the action's own id: "Todoist will not execute a command that has same UUID as a
previously executed command" (Sync, Command UUID). So any may be sent again.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from trastienda.plugin import (
    READING,
    Action,
    Comment,
    Complete,
    Http,
    InDoubtError,
    Level,
    Move,
    Place,
    Receipt,
    RefusedError,
    Reopen,
    SetDue,
    UnavailableError,
    container,
    ident,
    line,
    named,
    pick,
    sense,
    target,
    watched,
)

from trastienda_todoist import reads
from trastienda_todoist.reads import Json, Places

WRITES: Final[frozenset[type[Action]]] = frozenset({Comment, Complete, Reopen, Move, SetDue})
"""The actions that `push` can carry out."""


def level(method: str, path: str, body: object) -> Level:
    """Say what a request does: a sync without commands reads, a comment adds to what is there."""
    if method in READING:
        return Level.READ
    if path == "/sync":
        match body:
            case {"sync_token": str(), "resource_types": list(), **more} if not more:
                return Level.READ
            case {"commands": [{"type": "note_add"}], **more} if not more:
                return Level.COMMENT
    return Level.CHANGE


def push(http: Http, chosen: Sequence[str], action: Action) -> Receipt:
    """Carry out `action`.

    Raises RefusedError where Todoist or good sense forbids it, InDoubtError where it may have been
    carried out, AuthError and UnavailableError as any request does.
    """
    if action.ref.stream != "task":
        raise RefusedError("What you want to change is no longer there.")
    item = target(action.ref.external_id)
    match action:
        case Comment():
            return _comment(http, item, action)
        case Complete():
            # As Todoist's own apps do it: a task that repeats goes on to its next date.
            _sent(http, action, "item_close", {"id": item})
            return Receipt("task", f"done/{item}")
        case Reopen():
            _sent(http, action, "item_uncomplete", {"id": item})
        case Move():
            _sent(http, action, "item_move", {"id": item} | _place(http, chosen, action.to))
        case SetDue():
            _unrepeated(http, item)
            _sent(http, action, "item_update", {"id": item, "due": _due(action.due)})
        case _:
            raise RefusedError("This cannot be done in Todoist from here.")
    return Receipt("task", f"open/{item}")


def _comment(http: Http, item: str, action: Comment) -> Receipt:
    """Say it, and find out by what id it goes there."""
    made = _sent(http, action, "note_add", {"item_id": item, "content": action.text})
    note = made.get(str(action.id))
    if note is not None:
        with sense(http.host, wrote=True):
            return Receipt("comment", ident(note))
    # Sent again. That the answer names the comment then, too, is nowhere promised.
    me = ident(reads.places(http).me["id"])
    since = None if action.decided_at is None else action.decided_at - timedelta(minutes=1)
    for told in sorted(reads.comments(http, item), key=lambda one: str(one.get("posted_at"))):
        mine = told.get("posted_uid") == me and told.get("content") == action.text
        if mine and _after(told, since):
            return Receipt("comment", ident(told["id"]))
    raise InDoubtError("{host} has your comment, and does not say where.", host=http.host)


def _after(told: Json, since: datetime | None) -> bool:
    if since is None:
        return True
    try:
        return datetime.fromisoformat(str(told.get("posted_at"))) >= since
    except (ValueError, TypeError):
        return False


def _sent(http: Http, action: Action, kind: str, args: dict[str, Any]) -> Json:
    """Send one command, and give the ids of what it made."""
    number = str(action.id)
    command = {"type": kind, "uuid": number, "args": args}
    if kind == "note_add":
        command["temp_id"] = number
    heard = http.send("POST", "/sync", body={"commands": [command]}).json(dict)
    with sense(http.host, wrote=True):
        status = heard["sync_status"][number]
        if status == "ok":
            made: Json = {**heard["temp_id_mapping"]}
            return made
        code, extra = status["http_code"], status.get("error_extra") or {}
        said = line(str(status.get("error", "")), 120)
        later = extra.get("retry_after")
    if code == 429:
        wait = min(later, 900) if isinstance(later, int) and later > 0 else 60
        raise UnavailableError(
            "{host} takes only so many requests in a row. Nothing was lost; it goes on by itself.",
            retry_after=timedelta(seconds=wait),
            host=http.host,
        )
    if not isinstance(code, int) or code >= 500:
        raise InDoubtError(
            "What was sent to {host} got no answer: it may have been carried out or not. Before it"
            " is sent again, Trastienda looks whether it is there.",
            host=http.host,
        )
    raise RefusedError("{host} refuses: {text}", host=http.host, text=said)


def _place(http: Http, chosen: Sequence[str], to: str) -> dict[str, str]:
    """Find the project or section called `to`, among those that are read."""
    names = reads.places(http)
    projects = {one: name for one, name in names.projects.items() if watched(chosen, name, one)}
    found = pick(to, _places(names, projects))
    if found is None:
        raise RefusedError(
            "There is no section “{name}” there. There are: {sections}.",
            name=line(to, 60),
            sections=named(_places(names, projects)),
        )
    return {"project_id" if found.id in projects else "section_id": found.id}


def _places(names: Places, projects: dict[str, str]) -> list[Place]:
    return [Place(one, (name,)) for one, name in projects.items()] + [
        Place(one.id, (one.name, container(projects[one.project], one.name)))
        for one in names.sections.values()
        if one.project in projects
    ]


def _unrepeated(http: Http, item: str) -> None:
    """Raise RefusedError where a task repeats: another date would end that."""
    told = http.get(f"/tasks/{item}").json(dict)
    with sense(http.host):
        due = told["due"]
        repeats = due is not None and due["is_recurring"] is not False
    if repeats:
        raise RefusedError("This task repeats, which another date would end. Change it in Todoist.")


def _due(due: date | datetime | None) -> dict[str, str] | None:
    """Spell a due date; one without a time stays so."""
    if isinstance(due, datetime):
        return {"date": due.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    return None if due is None else {"date": due.isoformat()}
