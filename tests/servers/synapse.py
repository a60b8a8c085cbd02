"""A real Synapse on loopback: the homeserver that the tests of Matrix run against.

It speaks to no other server, keeps no answer of `/sync` for a second asker, and lets everybody be
as quick as they like. Users are made by its shared secret. One a process, for as long as the tests
run; every test has people and rooms of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import itertools
import json
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

HERE = Path(__file__).resolve().parents[2] / ".venv/synapse"
NAME = "matrix.test"
_SECRET = "of-the-tests-alone"
_QUICK = {"per_second": 1_000_000, "burst_count": 1_000_000}
_V3 = "/_matrix/client/v3"


def _config(home: Path, port: int) -> dict[str, Any]:
    return {
        "server_name": NAME,
        "pid_file": str(home / "pid"),
        "listeners": [
            {
                "port": port, "type": "http", "tls": False, "bind_addresses": ["127.0.0.1"],
                "resources": [{"names": ["client"], "compress": False}],
            }
        ],
        "database": {"name": "sqlite3", "args": {"database": str(home / "synapse.db")}},
        "log_config": str(home / "log.yaml"),
        "media_store_path": str(home / "media"),
        "signing_key": "ed25519 a_test " + "A" * 43,
        "macaroon_secret_key": "m", "form_secret": "f",
        "registration_shared_secret": _SECRET,
        "bcrypt_rounds": 4,
        "report_stats": False,
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "caches": {"sync_response_cache_duration": 0},
        "presence": {"enabled": False},
        "rc_message": _QUICK, "rc_registration": _QUICK, "rc_admin_redaction": _QUICK,
        "rc_room_creation": _QUICK, "rc_media_create": _QUICK,
        "rc_login": {"address": _QUICK, "account": _QUICK, "failed_attempts": _QUICK},
        "rc_joins": {"local": _QUICK, "remote": _QUICK},
        "rc_joins_per_room": _QUICK,
        "rc_invites": {"per_room": _QUICK, "per_user": _QUICK, "per_issuer": _QUICK},
    }  # fmt: skip


_LOG = {
    "version": 1,
    "handlers": {"file": {"class": "logging.FileHandler", "filename": ""}},
    "root": {"level": "WARNING", "handlers": ["file"]},
}


class RefusedError(Exception):
    """What Synapse does not do for a test: status and errcode."""


@dataclass
class User:
    """Somebody with an account, who does things as an app would."""

    server: Synapse
    id: str
    token: str = field(repr=False)
    password: str = field(repr=False)
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def call(self, method: str, path: str, body: object | None = None, **query: str) -> Any:
        return self.server.call(method, f"{_V3}{path}", body, token=self.token, **query)

    def again(self) -> str:
        """Sign in once more, as another device; give its token."""
        who = {"type": "m.id.user", "user": self.id}
        given = {"type": "m.login.password", "identifier": who, "password": self.password}
        return str(self.server.call("POST", f"{_V3}/login", given)["access_token"])

    def leave_off(self, token: str) -> None:
        """Sign a device out."""
        self.server.call("POST", f"{_V3}/logout", {}, token=token)

    def called(self, name: str) -> User:
        self.call("PUT", f"/profile/{quote(self.id)}/displayname", {"displayname": name})
        return self

    def room(self, name: str = "", *people: User, **more: Any) -> str:
        """Make a room, and let `people` come in."""
        named = {"name": name} if name else {}
        given = {"preset": "private_chat", "invite": [one.id for one in people], **named, **more}
        room = str(self.call("POST", "/createRoom", given)["room_id"])
        for one in people:
            one.join(room)
        return room

    def join(self, room: str) -> None:
        self.call("POST", f"/rooms/{quote(room)}/join", {})

    def leave(self, room: str) -> None:
        self.call("POST", f"/rooms/{quote(room)}/leave", {})

    def kick(self, room: str, whom: User) -> None:
        self.call("POST", f"/rooms/{quote(room)}/kick", {"user_id": whom.id})

    def invite(self, room: str, whom: User) -> None:
        self.call("POST", f"/rooms/{quote(room)}/invite", {"user_id": whom.id})

    def set(self, room: str, kind: str, content: Mapping[str, Any]) -> str:
        return str(self.call("PUT", f"/rooms/{quote(room)}/state/{kind}/", content)["event_id"])

    def send(self, room: str, content: Mapping[str, Any], kind: str = "m.room.message") -> str:
        path = f"/rooms/{quote(room)}/send/{kind}/t{next(self._numbers)}"
        return str(self.call("PUT", path, content)["event_id"])

    def say(self, room: str, text: str, **more: Any) -> str:
        return self.send(room, {"msgtype": "m.text", "body": text, **more})

    def edit(self, room: str, event: str, text: str) -> str:
        new = {"msgtype": "m.text", "body": text}
        relates = {"rel_type": "m.replace", "event_id": event}
        content = {**new, "body": f"* {text}", "m.new_content": new, "m.relates_to": relates}
        return self.send(room, content)

    def react(self, room: str, event: str, key: str) -> str:
        relates = {"rel_type": "m.annotation", "event_id": event, "key": key}
        return self.send(room, {"m.relates_to": relates}, "m.reaction")

    def redact(self, room: str, event: str) -> str:
        path = f"/rooms/{quote(room)}/redact/{quote(event)}/t{next(self._numbers)}"
        return str(self.call("PUT", path, {})["event_id"])

    def upload(self, data: bytes, media_type: str) -> str:
        """Put a file there; give its mxc address."""
        told = self.server.call(
            "POST", "/_matrix/media/v3/upload", data, token=self.token, media_type=media_type
        )
        return str(told["content_uri"])

    def said(self, room: str, most: int = 1000) -> list[dict[str, Any]]:
        """The newest messages of a room, oldest first."""
        only = json.dumps({"types": ["m.room.message"]})
        told = self.call(
            "GET", f"/rooms/{quote(room)}/messages", dir="b", limit=str(most), filter=only
        )
        return list(reversed(told["chunk"]))


@dataclass
class Synapse:
    """The homeserver, and who lives there."""

    port: int
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def user(self, name: str, called: str = "") -> User:
        """Sign somebody up under a name that nobody had before."""
        name = f"{name}{next(self._numbers)}"
        path = "/_synapse/admin/v1/register"
        nonce = self.call("GET", path)["nonce"]
        said = f"{nonce}\0{name}\0pw\0notadmin".encode()
        mac = hmac.new(_SECRET.encode(), said, hashlib.sha1).hexdigest()
        given = {"nonce": nonce, "username": name, "password": "pw", "admin": False, "mac": mac}
        told = self.call("POST", path, given)
        user = User(self, told["user_id"], told["access_token"], "pw")
        return user.called(called) if called else user

    def call(
        self, method: str, path: str, body: object | None = None, *, token: str = "",
        media_type: str = "application/json", **query: str,
    ) -> Any:  # fmt: skip
        """Ask for something. Raises RefusedError."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": media_type}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(link):
            asked = f"{path}?{urlencode(query)}" if query else path
            link.request(method, asked, None if body is None else data, headers)
            answer = link.getresponse()
            told = json.loads(answer.read() or b"{}")
        if answer.status != 200:
            raise RefusedError(answer.status, told.get("errcode"), path)
        return told


@contextlib.contextmanager
def running() -> Iterator[Synapse]:
    """Start one, and stop it at the end."""
    if not (HERE / ".installed").exists():
        pytest.skip("no Synapse on this machine (make servers)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="synapse-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        handler = {"class": "logging.FileHandler", "filename": str(home / "log")}
        (home / "log.yaml").write_text(json.dumps(_LOG | {"handlers": {"file": handler}}))
        config = home / "homeserver.yaml"
        config.write_text(json.dumps(_config(home, port)))  # JSON is YAML
        with (home / "out").open("wb") as out:
            process = subprocess.Popen(
                [HERE / "bin/python", "-m", "synapse.app.homeserver", "-c", config],
                stdout=out, stderr=out, cwd=home,
            )  # fmt: skip
        try:
            _wait(process, port, home)
            yield Synapse(port)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(20)


def _wait(process: subprocess.Popen[bytes], port: int, home: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail(f"Synapse ended by itself: {(home / 'out').read_text()[-800:]}")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    pytest.fail("Synapse did not start")


@pytest.fixture(scope="session")
def synapse() -> Iterator[Synapse]:
    with running() as server:
        yield server
