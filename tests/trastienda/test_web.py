"""`trastienda web`: one browser, one screen, and nobody else."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from http.cookies import Morsel
from pathlib import Path

import pytest

from tests.canary import assert_no_canary
from tests.trastienda.sites import (
    SERVER,
    client,
    code,
    demo,
    enter,
    reads,
    refused,
    served,
    served_here,
    status,
    until,
    window,
)  # fmt: skip
from trastienda import lock
from trastienda.cli import main
from trastienda.web import pages, peers, server, show

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="asks Linux what runs")

__all__ = ["demo"]

CONFIG = """
[va]
language = "en"
timezone = "UTC"
[clients.acme]
name = "ACME"
[clients.acme.channels.chat]
kind = "memory"
file = "{file}"
"""


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A home with a client, whose channel an engine reads."""
    records = [
        {"stream": "conversation", "id": "c1", "json": {"title": "Presupuesto"}},
        {"stream": "message", "id": "m1", "json": {
            "about": {"stream": "conversation", "id": "c1"}, "author": {"name": "Ana"},
            "sent_at": "2026-10-14T08:00:00+00:00", "text": "¿Cómo va?"}},
    ]  # fmt: skip
    (tmp_path / "acme.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(CONFIG.format(file=tmp_path / "acme.jsonl"))
    (home / "config.toml").chmod(0o600)
    return home


def test_the_link_lets_one_browser_in_once_and_is_written_nowhere(demo: Path) -> None:
    async def look() -> None:
        async with client() as other, client() as hers:
            assert await status(other, site.origin + "/") == 403
            assert await status(other, site.room) == 403
            assert await status(other, f"{site.room}?token={'x' * 43}") == 403
            assert await status(other, site.link, Host="evil.test") == 403
            async with other.head(site.link) as answer:
                assert answer.status == 403
            async with hers.get(site.link, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (303, site.path)
                cookie: Morsel[str] = answer.cookies["trastienda"]
            assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
            assert cookie["path"] == site.path
            assert cookie.value != site.token
            async with hers.get(site.room) as answer:
                text = await answer.text()
            assert "<title>Trastienda</title>" in text
            assert site.token not in text
            assert await status(other, site.link) == 403
            assert await status(hers, site.link) == 303
            socket = await window(hers, site)
            await reads(socket, "Improve the site")
            for secret in (site.token, cookie.value):
                assert secret not in " ".join(site.processes().values())
                assert secret not in site.environments()
            await socket.close()
        assert_no_canary(site.home, site.token, cookie.value)

    with served(demo, "--lang", "en", "--debug") as (site, process):
        asyncio.run(look())
    assert process.returncode == 0


def test_no_other_page_reads_or_drives_the_screen(demo: Path) -> None:
    async def look() -> None:
        async with served_here(demo) as site, client() as hers, client() as other:
            await enter(hers, site)
            name, port = site.host.split(":")
            for host in ("evil.test", f"evil.test:{port}", f"{name}:1", name, ""):
                assert await status(hers, site.room, Host=host) == 403, host
            assert await status(hers, site.room) == 200
            for origin in ("http://evil.test", "null", f"{site.origin}1", ""):
                assert await refused(hers, site, Origin=origin) == 403, origin
                assert await status(hers, site.room, Origin=origin) == 403, origin
            assert await status(hers, site.room + "ws", Upgrade="websocket") == 403
            assert await refused(other, site) == 403
            assert await refused(other, site, Cookie=f"trastienda={'x' * 43}") == 403
            assert not site.processes()
            assert await status(hers, site.room + "..%2f..%2fetc/passwd") == 404
            assert await status(hers, site.room + "static/") == 404
            async with hers.post(site.room) as answer:
                assert answer.status == 405
            socket = await window(hers, site)
            await reads(socket, "Improve the site")

    asyncio.run(look())


def test_a_page_loads_nothing_from_anywhere_else_and_is_kept_nowhere(demo: Path) -> None:
    async def look() -> None:
        async with served_here(demo) as site, client() as hers:
            await enter(hers, site)
            for name in ("", *pages.files()):
                async with hers.get(site.room + name) as answer:
                    assert answer.status == 200
                    headers, body = answer.headers, (await answer.read()).decode("latin-1")
                assert headers["Cache-Control"] == "no-store"
                assert headers["Referrer-Policy"] == "no-referrer"
                assert headers["X-Content-Type-Options"] == "nosniff"
                policy = headers["Content-Security-Policy"].split("; ")
                assert {"default-src 'none'", "script-src 'self'"} <= set(policy)
                assert f"connect-src 'self' ws://{site.host}" in policy
                assert "frame-ancestors 'none'" in policy
                assert "Server" not in headers
                if not name.endswith(".ttf"):
                    body = re.sub(r"/\*.*?\*/", "", body, flags=re.DOTALL)
                    hosts = re.findall(r"""(?:\w\w:|["'(=]\s*)//([\w.:-]+)""", body)
                    assert set(hosts) <= {site.host}, name

    asyncio.run(look())


def test_another_account_of_this_computer_is_refused_even_with_the_link(demo: Path) -> None:
    if os.getuid() != 0 or not peers.TABLE.exists():
        pytest.skip("needs another account, and Linux to say whose a connection is")
    ask = (
        "import sys, urllib.request, urllib.error\n"
        "try: print(urllib.request.urlopen(sys.argv[1]).status)\n"
        "except urllib.error.HTTPError as error: print(error.code)"
    )

    async def look() -> None:
        async with served_here(demo) as site, client() as hers:
            theirs = await asyncio.create_subprocess_exec(
                "/usr/bin/env", "python3", "-c", ask, site.link,
                user=65534, cwd="/", stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            assert (await theirs.communicate())[0].strip() == b"403"
            await enter(hers, site)

    asyncio.run(look())


def test_a_second_window_takes_over_and_a_closed_one_leaves_nothing(demo: Path) -> None:
    async def look() -> None:
        async with served_here(demo) as site, client() as hers:
            await enter(hers, site)
            first = await window(hers, site)
            await reads(first, "Improve the site")
            before = set(site.processes())
            second = await window(hers, site)
            assert await code(first) == show.ELSEWHERE
            await reads(second, "Improve the site")
            assert len(site.processes()) == 1
            assert not before & set(site.processes())
            for nonsense in ("", "[", "[" * 99_999, '["resize", {"width": 1e9}]', '["stdin", 3]'):
                await second.send_str(nonsense)
            await second.send_json(["stdin", "\ud800?"])
            await reads(second, "archive")
            await second.send_json(["stdin", "\x11"])
            assert await code(second) == show.LEFT
            await until(lambda: not site.processes())
            third = await window(hers, site)
            await until(site.processes)
            await third.close()
            await until(lambda: not site.processes())

    asyncio.run(look())


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
def test_however_the_server_ends_nothing_of_it_is_left(real: Path, number: signal.Signals) -> None:
    async def look() -> None:
        async with client() as hers:
            await enter(hers, site)
            socket = await window(hers, site)
            await reads(socket, "Presupuesto")
            await until(lambda: lock.held(real / "engine.lock"))
            assert len(site.processes()) == 2
            process.send_signal(number)
            closed = await code(socket)
            assert closed == show.ENDED or number is signal.SIGKILL

    with served(real) as (site, process):
        asyncio.run(look())
    assert process.returncode == (-9 if number is signal.SIGKILL else 0)
    assert not lock.held(real / "engine.lock")


def test_without_the_optional_parts_it_says_what_to_install(
    demo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pages, "PARTS", ("a_package_that_is_not_there",))
    assert main(["--home", str(demo), "--lang", "en", "web", SERVER]) == 2
    assert 'pip install "trastienda[web]"' in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--home", str(demo), "--lang", "en", "web", SERVER, "--port"]
    with server.bound(0) as place:
        port = str(place.getsockname()[1])
        assert main([*words, port]) == 2
        assert f"Port {port} cannot be used" in capsys.readouterr().err
    assert main([*words, "65536"]) == 2
    assert "65536 is no port" in capsys.readouterr().err


def test_a_screen_that_cannot_start_is_said_in_the_window(demo: Path) -> None:
    database, away = demo / "trastienda.db", demo / "away.db"

    async def look() -> None:
        async with served_here(demo) as site, client() as hers:
            await enter(hers, site)
            socket = await window(hers, site)
            kind, text = json.loads(await socket.receive_str(timeout=30))
            assert kind == "said"
            assert "trastienda:" in text
            assert "Traceback" not in text
            assert await code(socket) == show.FAILED

    database.rename(away)
    try:
        asyncio.run(look())
    finally:
        database.unlink(missing_ok=True)
        away.rename(database)


def test_no_other_command_loads_the_server() -> None:
    ask = "import sys, trastienda.cli, trastienda.commands.web; print('aiohttp' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "False"
