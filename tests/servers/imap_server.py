"""A small IMAP server that knows its manners; see `tests.servers.imap_faults` for the others."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

RICH = "IMAP4rev1 SASL-IR AUTH=PLAIN ENABLE IDLE ESEARCH CONDSTORE LIST-EXTENDED LIST-STATUS"
POOR = "IMAP4rev1 AUTH=PLAIN"
SECRET = "hunter2-never-in-a-log"


class Gone(Exception):  # noqa: N818  # not an error here
    """The connection is over."""


@dataclass(slots=True)
class Mail:
    data: bytes
    flags: str = ""
    date: str = "23-Nov-2026 10:00:00 +0000"
    modseq: int = 1

    @property
    def head(self) -> bytes:
        return self.data[: self.data.index(b"\r\n\r\n") + 4]


@dataclass(slots=True)
class Box:
    """A folder."""

    mails: dict[int, Mail]
    validity: int = 7
    uidnext: int = 1
    modseq: int = 1

    @classmethod
    def of(cls, count: int, large: int = 0) -> Box:
        mails = {}
        for uid in range(1, count + 1):
            lines = 2_000 if uid == large else 3
            text = "".join(f"linea {n} de la carta {uid}\r\n" for n in range(lines))
            head = f"From: a@x.test\r\nSubject: carta {uid}\r\nMessage-ID: <{uid}@x.test>\r\n\r\n"
            mails[uid] = Mail(data=(head + text).encode())
        return cls(mails=mails, uidnext=count + 1)


Fault = Callable[["Talk", str, list[bytes]], None]
"""Called at its point with the tag and the right answer, to say something else."""


@dataclass(slots=True)
class Server:
    """Listens on a port of its own; a thread for every connection."""

    boxes: dict[str, Box]
    capabilities: str = RICH
    point: str = ""
    fault: Fault | None = None
    cut_after: int | None = None
    """Hang up after so many lines, over all connections."""

    tls: ssl.SSLContext | None = None
    lines: int = 0
    commands: list[str] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    port: int = 0
    greeting: bytes = b"* OK ready\r\n"

    @contextlib.contextmanager
    def running(self) -> Iterator[Server]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            thread = threading.Thread(target=self._accept, args=(listener,), daemon=True)
            thread.start()
            try:
                yield self
            finally:
                with contextlib.suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)
                for talk in self.talks:
                    talk.hang_up()
                thread.join(5)
                for talk in self.talks:
                    talk.thread.join(5)

    def misbehave(self, point: str = "", fault: Fault | None = None) -> None:
        self.point, self.fault = point, fault

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            talk = Talk(self, peer)
            self.talks.append(talk)
            talk.thread.start()


class Talk:
    """One connection."""

    def __init__(self, server: Server, peer: socket.socket) -> None:
        self.server = server
        self.peer = peer
        self.box: Box | None = None
        self.proof = b""
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def hang_up(self, *, reset: bool = False) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            if reset:
                self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                self.peer.shutdown(socket.SHUT_RDWR)
        self.peer.close()

    def send(self, data: bytes) -> None:
        try:
            self.peer.sendall(data)
        except OSError:
            raise Gone from None

    def say(self, *lines: bytes) -> None:
        for line in lines:
            if self.server.cut_after is not None and self.server.lines >= self.server.cut_after:
                raise Gone
            self.server.lines += 1
            self.send(line)

    def hang(self) -> None:
        self.over.wait(20)
        raise Gone

    def drip(self, data: bytes, every: float = 0.05) -> None:
        for byte in data * 400:
            if self.over.wait(every):
                raise Gone
            self.send(bytes([byte]))

    def answer(self, point: str, tag: str, *lines: bytes) -> None:
        if self.server.point == point and self.server.fault is not None:
            self.server.fault(self, tag, list(lines))
        else:
            self.say(*lines)

    def _run(self) -> None:
        with contextlib.suppress(Gone, OSError, ValueError):
            if self.server.tls is not None and self.server.point != "plain":
                self.peer = self.server.tls.wrap_socket(self.peer, server_side=True)
            self.answer("greeting", "*", self.server.greeting)
            file = self.peer.makefile("rb")
            with file:
                while line := file.readline(100_000):
                    text = line.decode("utf-8", "replace").strip()
                    self.server.commands.append(text)
                    self._one(text, file)
        self.hang_up()

    def _one(self, line: str, file: object) -> None:  # noqa: C901, PLR0912  # one command after another
        tag, _, rest = line.partition(" ")
        words = rest.upper()
        ok = f"{tag} OK done\r\n".encode()
        if words.startswith("CAPABILITY"):
            told = f"* CAPABILITY {self.server.capabilities}\r\n".encode()
            self.answer("capability", tag, told, ok)
        elif words.startswith("STARTTLS"):
            self.answer("starttls", tag, ok)
            raise Gone
        elif words.startswith("AUTHENTICATE"):
            self.say(b"+ \r\n")
            self.proof = file.readline(10_000)  # type: ignore[attr-defined]  # a buffered reader
            self.answer("login", tag, ok)
        elif words.startswith("LOGIN"):
            self.answer("login", tag, ok)
        elif words.startswith("LIST"):
            self.answer("list", tag, *self._list("STATUS" in words), ok)
        elif words.startswith("EXAMINE"):
            self._examine(tag, rest)
        elif words.startswith("UID SEARCH"):
            self._search(tag, words)
        elif words.startswith("UID FETCH"):
            self._fetch(tag, words)
        elif words.startswith("IDLE"):
            self.answer("idle", tag, b"+ idling\r\n")
        elif words.startswith("LOGOUT"):
            raise Gone
        elif rest:
            self.answer(words.lower(), tag, ok)
        else:  # DONE
            idle = next((c for c in reversed(self.server.commands) if c.endswith("IDLE")), "")
            if not idle:
                raise Gone
            self.answer("done", idle.split()[0], f"{idle.split()[0]} OK done\r\n".encode())

    def _list(self, status: bool) -> Iterator[bytes]:
        for name, box in self.server.boxes.items():
            yield f'* LIST () "/" "{name}"\r\n'.encode()
            if status:
                yield (
                    f'* STATUS "{name}" (MESSAGES {len(box.mails)} UIDNEXT {box.uidnext}'
                    f" UIDVALIDITY {box.validity} HIGHESTMODSEQ {box.modseq})\r\n"
                ).encode()

    def _examine(self, tag: str, rest: str) -> None:
        name = rest.split('"')[1] if '"' in rest else rest.split()[1]
        if name not in self.server.boxes:
            self.say(f"{tag} NO [NONEXISTENT] none\r\n".encode())
            return
        self.box = box = self.server.boxes[name]
        self.answer(
            "examine",
            tag,
            f"* {len(box.mails)} EXISTS\r\n".encode(),
            f"* OK [UIDVALIDITY {box.validity}] valid\r\n".encode(),
            f"* OK [UIDNEXT {box.uidnext}] next\r\n".encode(),
            f"* OK [HIGHESTMODSEQ {box.modseq}] highest\r\n".encode(),
            f"{tag} OK [READ-ONLY] done\r\n".encode(),
        )

    def _search(self, tag: str, words: str) -> None:
        assert self.box is not None
        uids = ",".join(map(str, sorted(self.box.mails)))
        if "ESEARCH" in self.server.capabilities:
            every = f" ALL {uids}" if uids else ""
            told = f'* ESEARCH (TAG "{tag}") UID{every}\r\n'
        else:
            told = f"* SEARCH {uids.replace(',', ' ')}\r\n"
        self.answer("search", tag, told.encode(), f"{tag} OK done\r\n".encode())

    def _fetch(self, tag: str, words: str) -> None:
        assert self.box is not None
        since = re.search(r"CHANGEDSINCE (\d+)", words)
        uids = sorted(_spelt(words.split()[2], max(self.box.mails, default=0)))
        numbers = {uid: n for n, uid in enumerate(sorted(self.box.mails), 1)}
        lines = []
        for uid in uids:
            mail = self.box.mails.get(uid)
            if mail is None or (since and mail.modseq <= int(since[1])):
                continue
            lines.append(_told(numbers[uid], uid, mail, words))
        body = "BODY.PEEK" in words
        self.answer("fetch" if body else "scan", tag, *lines, f"{tag} OK done\r\n".encode())


def _told(number: int, uid: int, mail: Mail, words: str) -> bytes:
    told = f"* {number} FETCH (UID {uid}"
    if "FLAGS" in words:
        told += f" FLAGS ({mail.flags})"
    if "INTERNALDATE" in words:
        told += f' INTERNALDATE "{mail.date}"'
    if "RFC822.SIZE" in words:
        told += f" RFC822.SIZE {len(mail.data)}"
    if "BODYSTRUCTURE" in words:
        told += (
            ' BODYSTRUCTURE ("TEXT" "PLAIN" ("CHARSET" "UTF-8") NIL NIL "8BIT"'
            f" {len(mail.data) - len(mail.head)} 3 NIL NIL NIL NIL)"
        )
    line = told.encode()
    body = re.search(r"BODY\.PEEK\[([A-Z0-9.]*)\](?:<(\d+)\.(\d+)>)?", words)
    if body:
        data = {"": mail.data, "HEADER": mail.head}.get(body[1], mail.data[len(mail.head) :])
        if body[2]:
            data = data[int(body[2]) : int(body[2]) + int(body[3])]
        origin = f"<{body[2]}>" if body[2] else ""
        line += f" BODY[{body[1]}]{origin} {{{len(data)}}}\r\n".encode() + data
    return line + b")\r\n"


def _spelt(text: str, last: int) -> Iterator[int]:
    for word in text.split(","):
        first, _, end = word.partition(":")
        yield from range(int(first), (last if end == "*" else int(end or first)) + 1)
