"""What the peers do with a board: bugwarrior's own pipeline, and py-trello's objects.

    python board_peers.py bugwarrior|py-trello ORIGIN KEY TOKEN

Run by whichever Python has the peer. Both have Trello's address written into them, so the one
function by which they ask is told another. It prints how many cards came, and keeps nothing.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TOML = """\
[general]
targets = ["board"]
taskrc = "{taskrc}"

[board]
service = "trello"
api_key = "{key}"
token = "{token}"
"""


def bugwarrior(origin: str, key: str, token: str) -> int:
    """Collect what `bugwarrior pull` would go on to put into Taskwarrior."""
    http: Any = importlib.import_module("requests")
    http.get = elsewhere(origin, http.get)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        taskrc, config = Path(folder, "taskrc"), Path(folder, "bugwarrior.toml")
        taskrc.write_text(f"data.location={folder}\n")
        config.write_text(TOML.format(taskrc=taskrc, key=key, token=token))
        os.environ["BUGWARRIORRC"] = str(config)
        settings = importlib.import_module("bugwarrior.config").load_config("general", False, True)
        collect = importlib.import_module("bugwarrior.collect")
        found = list(collect.aggregate_issues(settings, "general", True))
    if not all(isinstance(one, dict) for one in found):
        raise RuntimeError(found)
    return len(found)


def py_trello(origin: str, key: str, token: str) -> int:
    """Go through its objects, as its own documentation does."""
    http: Any = importlib.import_module("requests")
    http.request = elsewhere(origin, http.request)
    client = importlib.import_module("trello").TrelloClient(api_key=key, api_secret=token)
    cards = [
        card
        for board in client.list_boards()
        for listed in board.list_lists()
        for card in listed.list_cards()
    ]
    for card in cards:
        _ = card.checklists, card.comments, card.attachments
    return len(cards)


def elsewhere(origin: str, ask: Callable[..., Any]) -> Callable[..., Any]:
    """Let `ask` ask at `origin` what it was to ask of Trello."""

    def asks(*args: Any, **kwargs: Any) -> Any:
        *method, url = args
        parts = urlsplit(url)
        rest = f"?{parts.query}" if parts.query else ""
        return ask(*method, origin + parts.path + rest, **kwargs)

    return asks


if __name__ == "__main__":
    peer = {"bugwarrior": bugwarrior, "py-trello": py_trello}[sys.argv[1]]
    print(peer(*sys.argv[2:]))
