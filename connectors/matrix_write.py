"""What the VA says in a room, said once.

The action's id is the transaction's, by which a homeserver knows a second try; but only for a
while, and only by the same token. So it stands in the event too, and is looked for there first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from connectors.base import Receipt, Write
from connectors.errors import RefusedError
from connectors.http import Http
from connectors.matrix_api import Api, Event
from connectors.writing import decided, permit
from normalizer.actions import Action, Comment

WRITES: Final[frozenset[type[Action]]] = frozenset({Comment})
"""The actions that `push` can carry out."""

MOST: Final = 60_000
"""Bytes of a text: an event may have 65,536 (Size limits), with all that goes with it."""

_ACTION: Final = "dev.trastienda.action"
"""By what an event says which action made it."""

_PAGES: Final = 50


def push(http: Http, api: Api, write: Write, action: Action, done: dict[UUID, Receipt]) -> Receipt:
    """Carry out `action`, and note in `done` what it left; what is noted is not done again.

    Raises RefusedError where the settings or the homeserver forbid it and where the room is
    encrypted, InDoubtError where it may have been carried out, AuthError and UnavailableError as
    any request does.
    """
    permit(write, action)
    if action.id not in done:
        if not isinstance(action, Comment):
            raise RefusedError("In a chat you can answer, and nothing else.")
        done[action.id] = _say(http, api, action)
    return done[action.id]


def _say(http: Http, api: Api, action: Comment) -> Receipt:
    room, _, answered = action.ref.external_id.partition("/")
    if action.ref.stream not in {"room", "message"} or not room.startswith("!"):
        raise RefusedError("What you want to change is no longer there.")
    size = len(json.dumps(action.text, ensure_ascii=False).encode("utf-8", "replace"))
    if size > MOST:
        raise RefusedError(
            "Matrix takes texts of up to {most} bytes, and this one has {count}. Shorten it, or"
            " send it in parts.",
            most=MOST,
            count=size,
        )
    try:
        return Receipt("message", f"{room}/{_sent(http, api, room, answered, action)}")
    except RefusedError:
        if api.is_in(room):
            raise
        raise RefusedError(
            "You are not in this room, so nothing can be said there. Ask to be invited again, or"
            " answer where that client is now."
        ) from None


def _sent(http: Http, api: Api, room: str, answered: str, action: Comment) -> str:
    """Give the event that says it: what an earlier push left, else a new one."""
    at = action.decided_at
    found = _earlier(http, api, room, action.id, at) if at is not None else None
    if found is not None:
        return found
    if api.is_encrypted(room):
        raise RefusedError(
            "This room is encrypted now, and what you wrote would go out for anybody to read. It"
            " was not sent; answer in your Matrix app."
        )
    content: dict[str, Any] = {
        "msgtype": "m.text",
        "body": action.text,
        "m.mentions": {},
        _ACTION: str(action.id),
    }
    if answered:
        content |= _answering(api.event(room, answered))
    return api.send(room, f"trastienda-{action.id}", content)


def _answering(event: Event) -> Mapping[str, Any]:
    """Relate to the message that is answered, within its thread where it is in one."""
    known = {"event_id": event["event_id"]}
    relates: dict[str, Any] = {"m.in_reply_to": known}
    relation = event["content"].get("m.relates_to")
    if isinstance(relation, dict) and relation.get("rel_type") == "m.thread":
        relates |= {"rel_type": "m.thread", "event_id": relation.get("event_id")}
        relates["is_falling_back"] = False
    return {"m.relates_to": relates, "m.mentions": {"user_ids": [event["sender"]]}}


def _earlier(http: Http, api: Api, room: str, action: UUID, at: datetime) -> str | None:
    """Find the event that an earlier push of an action left, among what she said since.

    Raises RefusedError where somebody took back what may have been it.
    """
    me, position = api.me(), ""
    after, taken_back = decided(http, at), False
    for _ in range(_PAGES):
        page = api.page(room, "b", position, sender=me)
        for event in page.events:
            if event["content"].get(_ACTION) == str(action):
                return str(event["event_id"])
            taken_back = taken_back or (_is_empty(event) and not _older(event, after))
        older = [one for one in page.events if _older(one, after)]
        if page.end in {"", position} or (older and len(older) == len(page.events)):
            break
        position = page.end
    if taken_back:
        # What was redacted no longer says which action made it.
        raise RefusedError(
            "Something that you said in this room since was taken back, and it may have been this."
            " Look in your Matrix app, and write it again if it is still to be said."
        )
    return None


def _is_empty(event: Event) -> bool:
    """Tell whether an event is a message that was redacted."""
    return event["type"] == "m.room.message" and not event["content"]


def _older(event: Event, after: datetime) -> bool:
    at = event["origin_server_ts"]
    return isinstance(at, int) and at < after.timestamp() * 1000
