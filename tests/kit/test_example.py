"""The example is a package like anybody's: begun from the template, built, installed from its own
wheel, found by its entry point and used by the real commands.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from connectors.testing_server import HttpServer
from store import schema
from store.codes import STATES
from store.database import Database, open_database
from store.directory import ChannelKey, ChannelSpec, ClientSpec, declare
from tests.canary import assert_no_canary
from tests.kit.packages import install, judge, passes, render
from tests.trastienda.desk import CONFIG, chat
from trastienda.config import ChannelConfig
from trastienda.pull import Attempt, Job
from triage.rules import derive

TODOIST = """
[clients.nube]
name = "Nube"

[clients.nube.channels.tareas]
kind = "todoist"
base_url = "{origin}/api/v1"
token = {{ env = "TODOIST_TOKEN" }}
projects = ["Web"]
"""

AS_RENDERED = (
    ".copier-answers.yml", ".github/workflows/test.yml", ".gitignore", "pyproject.toml",
    "trastienda_todoist/__init__.py", "trastienda_todoist/py.typed",
)  # fmt: skip


@pytest.fixture(scope="module")
def example(checkout: Path) -> Path:
    return checkout / "examples" / "trastienda-todoist"


@pytest.fixture(scope="module")
def site(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(example, tmp_path_factory.mktemp("todoist"))


@pytest.fixture
def standin(example: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The example's own stand-in for Todoist, on what was installed."""
    monkeypatch.syspath_prepend(str(site))
    spec = importlib.util.spec_from_file_location("standin", example / "tests" / "standin.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    for name in [name for name in sys.modules if name.startswith("trastienda_todoist")]:
        del sys.modules[name]


def test_it_and_what_the_template_renders_are_fit_to_be_handed_on(
    example: Path, rendered: Path, tmp_path: Path
) -> None:
    for package in (example, rendered):
        judge(package, tmp_path)  # what mypy found out about us serves for both


@pytest.mark.timeout(400)  # hundreds of tests of its own
def test_it_passes_its_own_tests(example: Path) -> None:
    passes(example)


def test_it_was_begun_from_the_template_and_still_follows_it(
    example: Path, checkout: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "again"
    render(
        checkout, folder, tool="Todoist", author="The people of Trastienda",
        base_url="https://api.todoist.com/api/v1",
    )  # fmt: skip
    for name in AS_RENDERED:
        assert (example / name).read_text("utf-8") == (folder / name).read_text("utf-8"), name


class Home:
    """A home with two clients in files and one at Todoist, and the real commands in it."""

    def __init__(self, folder: Path, site: Path | None, origin: str, token: str) -> None:
        self.path, self._site, self._token = folder / "home", site, token
        self.path.mkdir(mode=0o700)
        config = self.path / "config.toml"
        config.write_text(CONFIG.format(folder=folder) + TODOIST.format(origin=origin))
        config.chmod(0o600)
        for slug in ("acme", "luz"):
            (folder / f"{slug}.jsonl").write_text(chat(1))

    def run(self, *words: str) -> tuple[int, Any]:
        there = {} if self._site is None else {"PYTHONPATH": str(self._site)}
        done = subprocess.run(
            [sys.executable, "-m", "trastienda", "--home", str(self.path), *words, "--json"],
            env=os.environ | {"TODOIST_TOKEN": self._token} | there,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stdout + done.stderr
        assert self._token not in done.stdout + done.stderr
        return done.returncode, json.loads(done.stdout)


def test_installed_from_its_wheel_it_is_found_and_brings_a_clients_tasks(
    tmp_path: Path, site: Path, standin: ModuleType
) -> None:
    tool = standin.Todoist()
    with HttpServer(tool.answer) as server:
        home = Home(tmp_path, site, server.origin, standin.TOKEN)
        code, told = home.run("check")
        said = [one["text"] for one in told["findings"]]
        assert code == 0, said
        assert any(line.startswith("todoist comes with trastienda-todoist 0.1.0") for line in said)
        assert any("nube/tareas: Lola Pérez, Web" in line for line in said)

        code, synced = home.run("sync")
        assert code == 0, synced
        assert {one["client"]: one["state"] for one in synced["channels"]} == {
            "acme": "ok", "luz": "ok", "nube": "ok",
        }  # fmt: skip
        renamed = tool.open()[0]
        tool.edit("items", renamed, content="Otro título")
        tool.complete(tool.open()[1])
        assert home.run("sync")[0] == 0
        found = [one for one in home.run("queue")[1]["items"] if one["client"] == "nube"]
        assert {one["title"] for one in found} >= {"Otro título", "Tarea 2", "Tarea 3"}
        assert "Tarea 1" not in {one["title"] for one in found if one["state"] == "open"}
        assert {one["channel_kind"] for one in found} == {"todoist"}
    assert not server.crashes
    assert_no_canary(home.path, standin.TOKEN)


def test_not_installed_it_is_a_line_about_its_channel_alone(tmp_path: Path) -> None:
    home = Home(tmp_path, None, "http://127.0.0.1:9", "unused")
    code, told = home.run("check")
    bad = [one["text"] for one in told["findings"] if one["level"] == "bad"]
    assert code == 3
    assert len(bad) == 1
    assert "no connector todoist" in bad[0]
    code, synced = home.run("sync")
    assert code == 3
    assert {one["client"]: one["state"] for one in synced["channels"]} == {
        "acme": "ok", "luz": "ok", "nube": "config",
    }  # fmt: skip


def test_what_becomes_of_a_task_is_told_once_however_its_sync_token_fares(
    tmp_path: Path, standin: ModuleType
) -> None:
    """An open task and a completed one are two copies of one; the store makes one item of them."""
    db = open_database(tmp_path / "trastienda.db")
    channel = ChannelSpec(slug="tareas", kind="todoist")
    client = ClientSpec(
        slug="nube", name="Nube", color="orange", identities=(), channels=(channel,)
    )
    key = declare(db, (client,), datetime.now(UTC))["nube", "tareas"]
    table: Any = None
    job = Job(
        channel=ChannelConfig(client="nube", slug="tareas", kind="todoist", table=table),
        key=key, rules=derive,
    )  # fmt: skip
    tool = standin.Todoist()
    task, other, *_ = tool.open()
    steps: list[tuple[Callable[[], None], bool, str]] = [
        (lambda: None, False, "open"),
        (lambda: tool.complete(task), False, "done"),
        (lambda: tool.edit("items", task, checked=False), False, "open"),
        (lambda: tool.complete(task), True, "done"),
        (lambda: tool.edit("items", task, checked=False), True, "open"),
        (lambda: tool.delete("items", task), True, "gone"),
    ]
    try:
        with HttpServer(tool.answer) as server:
            for happens, forgotten, expected in steps:
                happens()
                if forgotten:
                    tool.forget()
                connector = standin.connected(server)
                attempt = Attempt(job, db, standin.connected, lambda: datetime.now(UTC), connector)
                assert attempt.run().error is None
                connector.close()
                assert _states(db, key)[task] == expected
        states = _states(db, key)
        assert (states.pop(task), set(states.values())) == ("gone", {"open"})
        assert other in states
        with db.read() as conn:
            told = conn.execute(select(schema.change.c.before, schema.change.c.after)).all()
        assert [tuple(one) for one in told] == [
            ("open", "done"), ("done", "open"), ("open", "done"), ("done", "open"),
            ("open", "gone"),
        ]  # fmt: skip
    finally:
        db.close()


def _states(db: Database, key: ChannelKey) -> dict[str, str]:
    item = schema.item.c
    with db.read() as conn:
        rows = conn.execute(
            select(item.external_id, item.state).where(item.channel_id == key.channel_id)
        )
        return {row.external_id: STATES[row.state].value for row in rows}
