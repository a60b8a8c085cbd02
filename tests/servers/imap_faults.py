"""Every way in which an IMAP server can forget its manners."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from tests.servers.imap_server import SECRET, Fault, Gone, Talk


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
