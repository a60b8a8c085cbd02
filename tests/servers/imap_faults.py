"""A small IMAP server that knows its manners, and every way to forget them."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import threading
import time
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
            file.readline(10_000)  # type: ignore[attr-defined]  # a buffered reader
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


def said(*lines: bytes) -> Fault:
    """Say this instead, `T` at the start of a line standing for the tag."""

    def fault(talk: Talk, tag: str, _: list[bytes]) -> None:
        talk.say(*(tag.encode() + line[1:] if line[:1] == b"T" else line for line in lines))

    return fault


def hang(talk: Talk, _tag: str, _lines: list[bytes]) -> None:
    talk.hang()


def close(_talk: Talk, _tag: str, _lines: list[bytes]) -> None:
    raise Gone


def reset(talk: Talk, _tag: str, _lines: list[bytes]) -> None:
    talk.hang_up(reset=True)
    raise Gone


def drip(talk: Talk, _tag: str, lines: list[bytes]) -> None:
    talk.drip(b"".join(lines))


def flood(data: bytes, total: int = 700 << 20) -> Fault:
    """Pour out `data` again and again."""

    def fault(talk: Talk, _tag: str, _lines: list[bytes]) -> None:
        for _ in range(total // len(data)):
            talk.send(data)
        talk.hang()

    return fault


def edited(change: Callable[[list[bytes]], list[bytes]]) -> Fault:
    """Say the right answer, changed."""

    def fault(talk: Talk, _tag: str, lines: list[bytes]) -> None:
        talk.say(*change(lines))

    return fault


def swapped(old: bytes, new: bytes) -> Fault:
    return edited(lambda lines: [line.replace(old, new) for line in lines])


def matched(pattern: bytes, new: bytes) -> Fault:
    return edited(lambda lines: [re.sub(pattern, new, line) for line in lines])


def half(end: Callable[[Talk], None]) -> Fault:
    """Stop in the middle of the second line, and `end` there."""

    def fault(talk: Talk, _tag: str, lines: list[bytes]) -> None:
        talk.say(*lines[:1])
        talk.send(lines[min(1, len(lines) - 1)][:-20])
        time.sleep(0.01)
        end(talk)

    return fault


def _bye(talk: Talk) -> None:
    talk.send(b"\r\n* BYE [UNAVAILABLE] going down\r\n")
    raise Gone


def _gone(_talk: Talk) -> None:
    raise Gone


def _reset(talk: Talk) -> None:
    reset(talk, "", [])


LONG = b"x" * 2_000_000
DEEP = b"(" * 20_000 + b")" * 20_000

FAULTS: dict[str, tuple[str, Fault]] = {
    # I1, I2: the greeting
    "no greeting": ("greeting", hang),
    "closed before the greeting": ("greeting", close),
    "reset before the greeting": ("greeting", reset),
    "a dripping greeting": ("greeting", drip),
    "BYE for a greeting": ("greeting", said(b"* BYE [UNAVAILABLE] maintenance\r\n")),
    "BYE without a word": ("greeting", said(b"* BYE\r\n")),
    "a web server": ("greeting", said(b"HTTP/1.1 400 Bad Request\r\n")),
    "an endless greeting": ("greeting", flood(b"x" * 65_536)),
    "PREAUTH": ("greeting", said(b"* PREAUTH welcome\r\n")),
    "no capabilities": ("capability", said(b"T OK done\r\n")),
    "capabilities refused": ("capability", said(b"T NO none\r\n")),
    "not IMAP4": ("capability", said(b"* CAPABILITY IMAP2\r\n", b"T OK done\r\n")),
    "binary capabilities": ("capability", said(b"* CAPABILITY \xff\xfe\r\n", b"T OK\r\n")),
    "endless capabilities": ("capability", flood(b"* CAPABILITY X\r\n" * 4_096)),
    # I3, I4, I5: signing in
    "hang at LOGIN": ("login", hang),
    "closed at LOGIN": ("login", close),
    "a wrong password": ("login", said(b"T NO [AUTHENTICATIONFAILED] wrong\r\n")),
    "an expired password": ("login", said(b"T NO [EXPIRED] old\r\n")),
    "an app password wanted": (
        "login",
        said(b"* NO [ALERT] Application-specific password required\r\n", b"T NO no\r\n"),
    ),
    "a hostile alert": ("login", said(b"T NO [ALERT] \x1b]0;PWN\x07 \xe2\x80\xaeevil\r\n")),
    "LOGIN refused without a word": ("login", said(b"T NO\r\n")),
    "LOGIN answered BAD": ("login", said(b"T BAD syntax\r\n")),
    "the directory is down": ("login", said(b"T NO [UNAVAILABLE] later\r\n")),
    "too many sessions": ("login", said(b"T NO [LIMIT] too many\r\n")),
    "too many, without a code": ("login", said(b"T NO Too many simultaneous connections\r\n")),
    "BYE at LOGIN": ("login", said(b"* BYE [UNAVAILABLE] down\r\n")),
    "a password echoed": (
        "login",
        said(b"T NO [AUTHENTICATIONFAILED] bad " + SECRET.encode() + b"\r\n"),
    ),
    "asked again for ever": ("login", flood(b"+ \r\n", 4 << 20)),
    "another's tag": ("login", said(b"X99 OK done\r\n")),
    # folders
    "hang at LIST": ("list", hang),
    "closed at LIST": ("list", close),
    "LIST refused": ("list", said(b"T NO [SERVERBUG] oops\r\n")),
    "LIST answered BAD": ("list", said(b"T BAD what\r\n")),
    "a name in broken UTF-7 (I17)": (
        "list",
        edited(lambda lines: [b'* LIST () "/" "&AAA"\r\n', b'* LIST () "/" "&\xff-"\r\n', *lines]),
    ),
    "a name with a line end (I22)": (
        "list",
        edited(lambda lines: [b'* LIST () "/" {12}\r\nA\r\nX1 DELETE\r\n', *lines]),
    ),
    "a LIST of junk": ("list", edited(lambda lines: [b"* LIST ((( \r\n", *lines])),
    "a deep LIST": ("list", edited(lambda lines: [b"* LIST " + DEEP + b"\r\n", *lines])),
    "no folders at all": ("list", said(b"T OK done\r\n")),
    "a folder name of 600 MB": ("list", said(b'* LIST () "/" {600000000}\r\n')),
    # I6 to I9: EXAMINE
    "hang at EXAMINE": ("examine", hang),
    "the folder is gone": ("examine", said(b"T NO [NONEXISTENT] none\r\n")),
    "the folder is forbidden": ("examine", said(b"T NO [NOPERM] no\r\n")),
    "the folder is in use": ("examine", said(b"T NO [INUSE] later\r\n")),
    "refused without a code": ("examine", said(b"T NO no\r\n")),
    "BYE at EXAMINE": ("examine", said(b"* BYE bye\r\n")),
    "another UIDVALIDITY": ("examine", swapped(b"UIDVALIDITY 7", b"UIDVALIDITY 8")),
    "no UIDVALIDITY": ("examine", edited(lambda lines: [ln for ln in lines if b"VALID" not in ln])),
    "UIDVALIDITY abc": ("examine", swapped(b"UIDVALIDITY 7", b"UIDVALIDITY abc")),
    "UIDVALIDITY 0": ("examine", swapped(b"UIDVALIDITY 7", b"UIDVALIDITY 0")),
    "HIGHESTMODSEQ NaN": ("examine", swapped(b"HIGHESTMODSEQ 1", b"HIGHESTMODSEQ NaN")),
    "HIGHESTMODSEQ beyond 64 bits": ("examine", matched(rb"SEQ \d+", b"SEQ 1" + b"0" * 22)),
    "NOMODSEQ": ("examine", matched(rb"HIGHESTMODSEQ \d+", b"NOMODSEQ")),
    "no EXISTS": ("examine", edited(lambda lines: lines[1:])),
    "EXISTS 0 where there is mail": ("examine", matched(rb"\* \d+ EXISTS", b"* 0 EXISTS")),
    "EXISTS without end": ("examine", matched(rb"\* \d+ EXISTS", b"* 9999999999 EXISTS")),
    "UIDNEXT without end": ("examine", matched(rb"UIDNEXT \d+", b"UIDNEXT 4294967295")),
    # I10: SEARCH
    "hang at SEARCH": ("search", hang),
    "SEARCH refused": ("search", said(b"T NO no\r\n")),
    "no answer to SEARCH": ("search", said(b"T OK done\r\n")),
    "junk in SEARCH": ("search", matched(rb"ALL 1", b"ALL 1,zwei")),
    "a short SEARCH": ("search", matched(rb"ALL [\d,]+", b"ALL 1,2")),
    "an empty SEARCH": ("search", matched(rb" ALL [\d,]+", b"")),
    "SEARCH names everything": ("search", matched(rb"ALL [\d,]+", b"ALL 1:4294967295")),
    # I11 to I16, I23: FETCH
    "hang at the sizes": ("scan", hang),
    "no sizes": ("scan", said(b"T OK done\r\n")),
    "sizes of words": ("scan", matched(rb"SIZE \d+", b"SIZE many")),
    "sizes that lie": ("scan", matched(rb"SIZE \d+", b"SIZE 3")),
    "a message of 200 MB": ("scan", matched(rb"SIZE \d+", b"SIZE 200000000")),
    "hang at FETCH": ("fetch", hang),
    "fewer than asked": ("fetch", edited(lambda lines: lines[::2] + lines[-1:])),
    "none of what was asked": ("fetch", edited(lambda lines: lines[-1:])),
    "answers without a UID": ("fetch", matched(rb"\(UID \d+ ", b"(")),
    "answers twice": ("fetch", edited(lambda lines: lines[:-1] + lines)),
    "strangers": ("fetch", matched(rb"UID (\d+)", rb"UID 99\1")),
    "EXPUNGE in the middle": ("fetch", edited(lambda lines: [b"* 1 EXPUNGE\r\n", *lines])),
    "flags that nobody asked for": (
        "fetch",
        edited(lambda lines: [b"* 1 FETCH (FLAGS (\\Seen) UID 1)\r\n", *lines]),
    ),
    "BYE inside a literal (I12)": ("fetch", half(_bye)),
    "closed inside a literal": ("fetch", half(_gone)),
    "reset inside a literal": ("fetch", half(_reset)),
    "hang inside a literal": ("fetch", half(Talk.hang)),
    "a literal of 99999999999 bytes (I13)": ("fetch", matched(rb"\{\d+\}", b"{99999999999}")),
    "a literal of 600 MB (I14)": ("fetch", flood(b"* 1 FETCH (UID 1 BODY[] {600000000}\r\nx")),
    "a literal longer than it says": ("fetch", matched(rb"\{\d+\}", b"{9}")),
    "a literal shorter than it says": ("fetch", matched(rb"\{(\d)\d+\}", rb"{\g<1>999}")),
    "a dripping FETCH (I15)": ("fetch", drip),
    "a line of 2 MB (I16)": (
        "fetch",
        edited(lambda lines: [b"* 1 FETCH (UID 1 X " + LONG + b")\r\n", *lines]),
    ),
    "an endless line": ("fetch", flood(b"y" * 65_536)),
    "an unbalanced quote": ("fetch", matched(rb'INTERNALDATE "', b'INTERNALDATE ""')),
    "20,000 parentheses": ("fetch", matched(rb"FLAGS \(\)", b"FLAGS " + DEEP)),
    "NIL for a body": ("fetch", matched(rb"(?s)\{\d+\}\r\n.*", b"NIL)\r\n")),
    "FETCH refused": ("fetch", said(b"T NO no\r\n")),
    "FETCH refused for now": ("fetch", said(b"T NO [UNAVAILABLE] later\r\n")),
    "FETCH answered BAD": ("fetch", said(b"T BAD no\r\n")),
    "a date that is none (I23)": ("fetch", matched(rb'DATE "[^"]*"', b'DATE "33-Foo-20"')),
    "flags that are none": ("fetch", matched(rb"FLAGS \(\)", b"FLAGS 7")),
    "bare line ends": ("fetch", swapped(b"\r\n", b"\n")),
    "an alert in between (I21)": ("fetch", edited(lambda lines: [b"* OK [ALERT] x\r\n", *lines])),
    "untagged lines without end": ("fetch", flood(b"* 5 RECENT\r\n" * 5_000)),
    "another's OK": ("fetch", said(b"T999 OK done\r\n")),
    # I18: IDLE
    "hang at IDLE": ("idle", hang),
    "closed at IDLE": ("idle", close),
    "reset at IDLE": ("idle", reset),
    "IDLE refused": ("idle", said(b"T NO no\r\n")),
    "IDLE answered BAD": ("idle", said(b"T BAD no\r\n")),
    "IDLE over before it began": ("idle", said(b"T OK done\r\n")),
    "BYE in IDLE": ("idle", said(b"+ idling\r\n", b"* BYE autologout\r\n")),
    "junk in IDLE": ("idle", said(b"+ idling\r\n", b"\x00\x01\r\n")),
    "endless talk in IDLE": ("idle", flood(b"* OK still here\r\n" * 4_096)),
    "hang at DONE": ("done", hang),
    "closed at DONE": ("done", close),
}
