"""A proxy on loopback that counts what a mail program says and how often it waits."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

TAGGED = re.compile(rb"^[\w.+-]+ (UID )?([A-Z]+)", re.IGNORECASE)


@dataclass(slots=True)
class Counts:
    """What went through."""

    trips: list[list[str]] = field(default_factory=list)
    """One a round trip: the commands that the program sent after it had heard something."""

    heard: int = 0
    """Bytes from the server."""

    def clear(self) -> None:
        """Start anew."""
        self.trips, self.heard = [], 0


@contextlib.contextmanager
def proxy(host: str, port: int) -> Iterator[tuple[int, Counts]]:
    """Stand before the server at `host` and `port`; give our own port and the counts."""
    counts = Counts()
    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=_serve, args=(door, (host, port), counts), daemon=True).start()
        yield door.getsockname()[1], counts
        door.shutdown(socket.SHUT_RDWR)


def _serve(door: socket.socket, server: tuple[str, int], counts: Counts) -> None:
    while True:
        try:
            near, _ = door.accept()
        except OSError:  # closed: the bench is over
            return
        far = socket.create_connection(server)
        listening = threading.Event()
        listening.set()
        for source, target, up in ((near, far, True), (far, near, False)):
            threading.Thread(
                target=_pass, args=(source, target, up, listening, counts), daemon=True
            ).start()


def _pass(
    source: socket.socket,
    target: socket.socket,
    up: bool,
    listening: threading.Event,
    counts: Counts,
) -> None:
    """Hand on what `source` says. `listening` is set while the server spoke last."""
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            if up:
                words = [TAGGED.match(line) for line in data.split(b"\r\n")]
                named = [word.group(2).decode().upper() for word in words if word]
                if listening.is_set() or not counts.trips:
                    counts.trips.append([])
                listening.clear()
                counts.trips[-1] += named
            else:
                listening.set()
                counts.heard += len(data)
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
