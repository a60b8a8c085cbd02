"""How the smaller parts of a record are spelled in one column, and read back.

No library is imported, so that the light reader can use it.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from normalizer.model import CheckItem, Invitation, Message, Notification, Person
from normalizer.raw import canonical
from normalizer.said import Said
from store.codes import due_from, due_text


def extra_text(message: Message) -> str | None:
    """Spell what few messages have: an invitation, a notification, a problem."""
    extra: dict[str, Any] = {}
    if message.invitation is not None:
        invitation = asdict(message.invitation)
        invitation["starts"] = due_text(message.invitation.starts)
        invitation["ends"] = due_text(message.invitation.ends)
        extra["invitation"] = invitation
    if message.notification is not None:
        extra["notification"] = asdict(message.notification)
    if message.problem is not None:
        extra["problem"] = message.problem.to_json()
    return canonical(extra) if extra else None


def invitation_from(extra: str | None) -> Invitation | None:
    """Read the invitation of a message back."""
    kept = _part(extra, "invitation")
    if kept is None:
        return None
    return Invitation(
        **{**kept, "starts": due_from(kept["starts"]), "ends": due_from(kept["ends"])}
    )


def notification_from(extra: str | None) -> Notification | None:
    """Read the notification of a message back."""
    kept = _part(extra, "notification")
    return None if kept is None else Notification(**kept)


def problem_from(extra: str | None) -> Said | None:
    """Read the problem of a message back."""
    kept = _part(extra, "problem")
    return None if kept is None else Said.from_json(kept)


def _part(extra: str | None, name: str) -> Any:
    return None if extra is None else json.loads(extra).get(name)


def checklist_text(checklist: tuple[CheckItem, ...]) -> str | None:
    """Spell a checklist: [external id, text, done, due, assignee's name, handle]."""
    if not checklist:
        return None
    return json.dumps(
        [
            [
                one.external_id, one.text, one.done, due_text(one.due),
                *((one.assignee.name, one.assignee.handle) if one.assignee else (None, None)),
            ]
            for one in checklist
        ],
        ensure_ascii=False, separators=(",", ":"),
    )  # fmt: skip


def checklist_from(text: str | None) -> tuple[CheckItem, ...]:
    """Read a checklist back."""
    return tuple(
        CheckItem(
            external_id=external_id,
            text=what,
            done=done,
            due=due_from(due),
            assignee=None if name is None else Person(name, handle),
        )
        for external_id, what, done, due, name, handle in json.loads(text or "[]")
    )
