"""The keys that programs rely on: what may be added to, and never renamed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.trastienda.desk import Desk, chat, record

ROW = {
    "id": int, "client": str, "channel": str, "channel_kind": str, "external_id": str, "kind": str,
    "title": str, "state": str, "triage": str, "turn": str, "due": str | None, "url": str | None,
    "updated_at": str, "unread": int, "labels": list, "container": str,
}  # fmt: skip
FILE = {"id": int, "name": str, "media_type": str, "size": int | None}
MESSAGE = {
    "id": str, "author": str, "direction": str, "sent_at": str, "text": str, "attachments": list,
}  # fmt: skip
CHANGE = {"field": str, "before": str, "after": str, "author": str | None, "at": str}
SYNC = {
    "client": str, "channel": str, "kind": str, "state": str, "new": int, "changed": int,
    "unchanged": int, "requests": int, "seconds": int | float, "error": str | None,
}  # fmt: skip
STATUS = {
    "client": str, "channel": str, "state": str, "last_success": str | None,
    "age_seconds": int | None, "next_run": str | None, "error": str | None,
}  # fmt: skip
DECISION = {"items": list, "until": str | None, "text": str}


def holds(found: Mapping[str, Any], keys: Mapping[str, Any]) -> None:
    """Each key is there, and its value is of the kind that it was promised to be."""
    assert set(keys) <= set(found), set(keys) - set(found)
    wrong = {key: found[key] for key, kind in keys.items() if not isinstance(found[key], kind)}
    assert not wrong


@pytest.fixture
def full(desk: Desk) -> Desk:
    """A desk with a task that has everything, and its change."""
    pdf = {"id": "a", "name": "plan.pdf", "type": "application/pdf", "size": 12}
    task = {"title": "Web", "labels": ["web"], "due": "2030-01-02", "url": "https://x.example/1",
            "container": "Tablero", "attachments": [pdf], "body": "Todo"}  # fmt: skip
    about = {"stream": "task", "id": "t1"}
    now = datetime.now(UTC).isoformat()
    desk.add("acme", record("task", "t1", task))
    desk.add("acme", record("change", "x1", {
        "about": about, "field": "title", "before": "Weeb", "after": "Web", "at": now,
        "author": {"name": "Ana", "handle": "ana@client.example"},
    }))  # fmt: skip
    desk.add("acme", record("message", "n1", {
        "about": about, "sent_at": now, "text": "Va", "attachments": [pdf],
        "author": {"name": "Ana", "handle": "ana@client.example"},
    }))  # fmt: skip
    return desk


def test_every_command_answers_in_the_keys_that_were_promised(full: Desk) -> None:
    said = full.run("sync", "--json").json
    assert len(said["channels"]) == 2
    for channel in said["channels"]:
        holds(channel, SYNC)
    for channel in full.run("status", "--json").json["channels"]:
        holds(channel, STATUS)
    for line in ("queue", "search Web", ""):
        said = full.run(*line.split(), "--json").json
        assert said["total"] == len(said["items"]) > 0
        for row in said["items"]:
            holds(row, ROW)
    task = full.run("search", "kind:task", "--json").json["items"][0]["id"]
    said = full.run("show", str(task), "--json").json
    holds(said, ROW | {"body": str, "messages": list, "changes": list, "attachments": list})
    assert (said["due"], said["labels"], said["container"]) == ("2030-01-02", ["web"], "Tablero")
    for part, keys in (("messages", MESSAGE), ("changes", CHANGE), ("attachments", FILE)):
        assert said[part], part
        for one in said[part]:
            holds(one, keys)
    holds(said["messages"][0]["attachments"][0], FILE)
    for line in (
        f"snooze {task} tomorrow", "undo", "redo", f"wait {task}", f"plan {task}", f"archive {task}"
    ):  # fmt: skip
        said = full.run(*line.split(), "--json").json
        holds(said, DECISION)
        assert said["items"] == [task], line
    for finding in full.run("check", "--json").json["findings"]:
        holds(finding, {"level": str, "area": str, "text": str})
        assert finding["level"] in {"ok", "warning", "bad"}
    made = full.run("backup", "--json").json
    holds(made, {"file": str})
    holds(full.run("restore", made["file"], "--json").json, {"file": str})
    holds(full.run("show", "999", "--json").json, {"error": str, "exit": int})


def test_total_counts_all_and_limit_only_what_is_listed(desk: Desk) -> None:
    desk.add("acme", "".join(chat(n) for n in range(10, 80)))
    desk.run("sync")
    assert len(desk.run("queue", "--json").json["items"]) == 74
    said = desk.run("queue", "--limit", "3", "--json").json
    assert (said["total"], len(said["items"])) == (74, 3)
