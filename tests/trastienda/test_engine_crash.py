"""kill -9 at any moment of a whole sync: nothing is lost, nothing comes twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

WORKER = """
import json, os, random, signal, sys, time
from datetime import UTC, datetime
from pathlib import Path

from connectors.memory import MemoryConfig, MemoryConnector
from store import intake
from store.database import open_database
from store.reader import Reader
from trastienda.config import ChannelConfig, ClientConfig, Config, DatabaseConfig, VaConfig
from trastienda.engine import sync
from trastienda.settings import Document, Table

folder, kills = Path(sys.argv[1]), int(sys.argv[2])
slugs = ("ana", "bea")
nothing = Table(Document(Path("x"), "", private=True), (), {})
clients = tuple(
    ClientConfig(slug=slug, name=slug, color="teal", channels=(
        ChannelConfig(client=slug, slug="chat", kind="memory", table=nothing),)) for slug in slugs)
config = Config(
    path=Path("x"), va=VaConfig(timezone="UTC"), database=DatabaseConfig(), clients=clients)


def build(channel):
    return MemoryConnector(MemoryConfig(file=str(folder / f"{channel.client}.jsonl"), page=5))


def whole(target):
    db = open_database(target)
    reports = sync(config, db, build=build)
    db.close()
    assert all(report.state == "ok" for report in reports), reports


def progress(target):
    reader = Reader(target)
    try:
        return len(reader.ids())
    finally:
        reader.close()


def struck_down(target, delay):
    # SIGALRM ends a process without a word, as SIGKILL does, and a timer can send it.
    pid = os.fork()
    if not pid:
        take = intake.take

        def armed(*args, **more):
            if signal.getitimer(signal.ITIMER_REAL)[0] == 0:
                signal.setitimer(signal.ITIMER_REAL, delay)
            return take(*args, **more)

        intake.take = armed
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        try:
            whole(target)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGALRM


def summary(target):
    reader = Reader(target)
    found = []
    for i in reader.ids():
        item = reader.item(i)
        found.append([item.row.client, item.row.title, item.row.turn, item.row.unread,
                      [[m.external_id, m.text] for m in item.messages],
                      [[c.field, c.before, c.after] for c in item.changes]])
    reader.close()
    return sorted(found)


began = time.monotonic()
whole(str(folder / "calm.db"))
batch = (time.monotonic() - began) / (2 * 160)
target = str(folder / "struck.db")
open_database(target).close()
random.seed(7)
struck, midway = 0, set()
for _ in range(2 * kills):
    if struck == kills:
        break
    if not struck_down(target, random.uniform(0, 8 * batch)):
        continue  # it was through with what it had, or in nobody's way
    struck += 1
    midway.add(progress(target))
whole(target)
again = summary(target)
whole(target)
print(json.dumps({"struck": struck, "midway": sorted(midway), "same": again == summary(target),
                  "equal": again == summary(str(folder / "calm.db")), "items": len(again)}))
"""


def line(stream: str, number: str, value: dict[str, Any]) -> str:
    return json.dumps({"stream": stream, "id": number, "json": value})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_sixty_times_a_sync_ends_where_an_undisturbed_one_does(
    tmp_path: Path, checkout: Path
) -> None:
    for slug in ("ana", "bea"):
        lines = []
        for number in range(200):
            lines.append(line("conversation", f"c{number}", {"title": f"Asunto {number}"}))
            lines += [
                line("message", f"m{number}.{part}", {
                    "about": {"stream": "conversation", "id": f"c{number}"},
                    "author": {"name": slug, "handle": f"{slug}@client.example"},
                    "sent_at": f"2026-10-{1 + part:02}T08:00:00+00:00",
                    "text": f"¿Cómo va {number}.{part}?", "unread": True,
                })
                for part in range(3)
            ]  # fmt: skip
        (tmp_path / f"{slug}.jsonl").write_text("\n".join(lines))
    done = subprocess.run(
        [sys.executable, "-c", WORKER, str(tmp_path), "56"],
        cwd=checkout, check=False, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["struck"] >= 50
    assert len([count for count in found["midway"] if 0 < count < 400]) >= 10
    assert found["items"] == 400
    assert found["equal"]
    assert found["same"]
