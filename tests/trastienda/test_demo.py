"""The demo: made-up data by the real way, in a home of its own."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from trastienda import lock
from trastienda.cli import main
from trastienda.commands import queue
from trastienda.demo.script import Script


@pytest.fixture(scope="module", params=["es", "en"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A demo kept with --home, and how to ask it."""
    home = tmp_path_factory.mktemp("demo") / "home"

    def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
        code = main(["--home", str(home), "--lang", request.param, *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_the_demo_fills_a_home_that_can_be_asked(
    kept: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = kept(capsys, "demo", "--json", "--no-input")
    shown = json.loads(out)
    assert (code, shown["schema"]) == (0, 1)
    code, out, _ = kept(capsys, "queue", "--json")
    assert json.loads(out) == shown
    every = json.loads(kept(capsys, "search", "age:<3650d", "--json")[1])["items"]
    assert 55 <= len(every) <= 90
    assert len({one["client"] for one in every}) == 5
    kinds = Counter(one["channel_kind"] for one in every)
    assert set(kinds) == {"imap", "trello", "asana", "whatsapp-export"}
    assert min(kinds.values()) >= 5
    assert {one["triage"] for one in every} >= {
        "inbox",
        "planned",
        "waiting",
        "snoozed",
        "archived",
    }
    assert {one["turn"] for one in every} >= {"me", "client"}
    assert all(one["title"] for one in every)
    newest = max(datetime.fromisoformat(one["updated_at"]) for one in every)
    assert timedelta() < datetime.now(UTC) - newest < timedelta(days=1)


def test_threads_changes_and_files_are_there_to_be_read(
    kept: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(capsys, "demo", "--json", "--no-input")
    found = json.loads(kept(capsys, "search", "banners", "--json")[1])["items"]
    items = [json.loads(kept(capsys, "show", str(one["id"]), "--json")[1]) for one in found]
    thread = next(one for one in items if one["channel_kind"] == "imap")
    assert [message["direction"] for message in thread["messages"]] == ["in", "out", "in", "in"]
    card = next(one for one in items if one["channel_kind"] == "trello")
    assert card["changes"]
    assert any(message["attachments"] for message in card["messages"])


def test_one_channel_shows_what_trouble_looks_like(
    kept: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(capsys, "demo", "--json", "--no-input")
    channels = json.loads(kept(capsys, "status", "--json")[1])["channels"]
    assert Counter(one["state"] for one in channels) == {"ok": len(channels) - 1, "later": 1}
    (bad,) = (one for one in channels if one["state"] == "later")
    assert bad["error"]
    assert bad["age_seconds"] > 2000


def test_a_second_look_keeps_what_she_did_in_the_first(
    kept: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(capsys, "demo", "--json", "--no-input")
    first = json.loads(kept(capsys, "queue", "--json")[1])
    kept(capsys, "archive", str(first["items"][0]["id"]))
    second = json.loads(kept(capsys, "demo", "--json", "--no-input")[1])
    assert second["total"] == first["total"] - 1
    kept(capsys, "undo")


def test_a_demo_without_a_home_leaves_nothing_behind(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert main(["--lang", "en", "demo"]) == 0
    assert "Autumn banners" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_demo_that_was_killed_is_swept_up_by_the_next(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    long_ago = time.time() - 2 * 3600
    names = ["trastienda-demo-dead", "trastienda-demo-held", "trastienda-demo-born", "other-demo"]
    for name in names:
        (tmp_path / name / "logs").mkdir(parents=True)
        (tmp_path / name / "engine.lock").touch()
        if not name.endswith("born"):
            os.utime(tmp_path / name, (long_ago, long_ago))
    hers = tmp_path / "hers"
    (hers / "work").mkdir(parents=True)
    (tmp_path / "trastienda-demo-link").symlink_to(hers)
    (tmp_path / "trastienda-demo-file").touch()
    with lock.hold(tmp_path / "trastienda-demo-held" / "engine.lock"):
        assert main(["--lang", "en", "demo"]) == 0
    assert "Autumn banners" in capsys.readouterr().out
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(
        [*names[1:], "hers", "trastienda-demo-file", "trastienda-demo-link"]
    )
    assert (hers / "work").is_dir()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can make it")
def test_a_demo_of_somebody_else_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    theirs = tmp_path / "trastienda-demo-theirs"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    os.utime(theirs, (0, 0))
    assert main(["--lang", "en", "demo"]) == 0
    assert theirs.is_dir()


def test_a_demo_under_way_can_be_told_from_a_dead_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    held = []
    show = queue.queue

    def look(ctx: Any) -> int:
        (folder,) = tmp_path.iterdir()
        held.append(lock.held(folder / "engine.lock"))
        return show(ctx)

    monkeypatch.setattr(queue, "queue", look)
    assert main(["--lang", "en", "demo"]) == 0
    assert held == [True]


def test_without_a_config_trastienda_alone_shows_the_demo_and_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRASTIENDA_HOME", str(tmp_path / "empty"))
    assert main(["--lang", "en"]) == 0
    out = capsys.readouterr().out
    assert str(tmp_path / "empty" / "config.toml") in out.replace("\n", "")
    assert "Autumn banners" in out
    assert not (tmp_path / "empty").exists()


def test_the_demo_never_mixes_with_her_own_data(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[va]\nlanguage = "en"\n')
    config.chmod(0o600)
    assert main(["--home", str(tmp_path), "demo"]) == 2
    assert "your own data" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["config.toml"]
    config.unlink()
    (tmp_path / "trastienda.db").write_bytes(b"hers")
    assert main(["--home", str(tmp_path), "--lang", "en", "demo"]) == 2
    assert (tmp_path / "trastienda.db").read_bytes() == b"hers"


def test_both_languages_tell_the_same_story() -> None:
    now, zone = datetime(2026, 10, 14, 8, tzinfo=UTC), ZoneInfo("Europe/Madrid")
    shapes = [
        [(client, raw.stream, raw.external_id) for client, _, raw in
         Script.load(language, now, zone).raws()]
        for language in ("es", "en")
    ]  # fmt: skip
    assert shapes[0] == shapes[1]
