"""From the mail that is answered to the answer: whom it goes to, what it is called, what it quotes.

Everything in the other mail is a stranger's. What goes into the answer's header is made of few
signs: an address, an id and a name that hold others are left out, so that no line of theirs can
become a line of ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from normalizer import domains, headers, subject, text
from normalizer.actions import Mail
from normalizer.mime import Fields, read_fields
from normalizer.model import Ref
from normalizer.said import SaidError

MOST_IDS: Final = 20
"""Of a long thread the first id and the last ones are named; mail programs look at those."""

MOST_PEOPLE: Final = 100
"""Recipients that every server takes in one mail (RFC 5321 §4.5.3.1.8)."""

_QUOTED_MOST: Final = 20_000
_TITLE: Final = 200
_NAME: Final = 60

_ID: Final = re.compile(r"[!-;=?-~]{1,250}")
# A dot-atom and a domain (RFC 5322 §3.2.3): what every server takes, and no quoting to get wrong.
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_LIST: Final = (b"list-post", b"list-id", b"list-unsubscribe")
_MAILTO: Final = re.compile(r"<mailto:([^<>?\s]{1,250})", re.IGNORECASE)
_WROTE: Final = {
    "es": "El {date:%d/%m/%Y} a las {date:%H:%M}, {who} escribió:",
    "en": "On {date:%Y-%m-%d} at {date:%H:%M}, {who} wrote:",
}


class UnanswerableError(SaidError):
    """There is nobody to write to, or nobody to write as."""


def address_of(spelt: str) -> str:
    """Read the address of `Name <address>`, or of a bare one; "" where there is none."""
    name, angle, rest = spelt.rpartition("<")
    address = rest.removesuffix(">") if angle and rest.endswith(">") else spelt
    return address if usable(address) and "<" not in name else ""


def name_of(spelt: str) -> str:
    """Read the name of `Name <address>`, of signs that need no quoting; often ""."""
    return _name(spelt.rpartition("<")[0])


def usable(address: str) -> bool:
    """Tell whether mail can be sent to an address as it stands."""
    return len(address) <= 254 and _ADDRESS.fullmatch(address) is not None


def by_machine(payload: bytes) -> bool:
    """Tell whether a machine wrote it for somebody, or tells of a failure: nobody is there."""
    fields = read_fields(payload)
    submitted = fields.first(b"auto-submitted").strip().lower()
    bounced = fields.first(b"return-path").strip() == b"<>"
    return bounced or bool(submitted and not submitted.startswith(b"no"))


def answer(
    payload: bytes, said: str, *, action: UUID, ref: Ref, words: str, mine: Collection[str],
    senders: Sequence[str], written_at: datetime, language: str = "es", to_all: bool = False,
) -> Mail:  # fmt: skip
    """Make the answer to the mail that `payload` begins with, of which the author wrote `said`.

    `mine` are her addresses, lower case; `senders` those she writes from here, the usual one
    first. `written_at` is in her time zone. `to_all`: whoever else it was addressed to has a copy,
    lists too. Raises UnanswerableError.
    """
    fields = read_fields(payload)
    sender = _sender(fields, senders)
    hers = {*mine, *(address_of(one).lower() for one in senders)}
    to = _recipients(fields, hers)
    known = hers | {address_of(one).lower() for one in to}
    cc = _people(fields, (b"to", b"cc"), known) if to_all else []
    if len(to) + len(cc) > MOST_PEOPLE:
        raise UnanswerableError(
            "This would go to {n} people, and more than {most} are written to in the client’s own"
            " mail program only.",
            n=len(to) + len(cc),
            most=MOST_PEOPLE,
        )
    own = _ids(fields, b"message-id")[:1]
    chain = _ids(fields, b"references") or _ids(fields, b"in-reply-to")[:1]
    thread = list(dict.fromkeys([*(one for one in chain if one not in own), *own]))
    if len(thread) > MOST_IDS:
        thread = [thread[0], *thread[1 - MOST_IDS :]]
    who = _name(said_by(fields)) or address_of(to[0])
    wrote = _WROTE.get(language, _WROTE["en"]).format(date=written_at, who=who)
    return Mail(
        ref=ref,
        id=action,
        sender=sender,
        to=to,
        cc=tuple(cc),
        subject=_subject(fields),
        text=_plain(words).strip("\n").rstrip(),
        quoted=_quoted(wrote, said),
        message_id=f"{action}@{address_of(sender).rpartition('@')[2]}",
        in_reply_to="".join(own),
        references=tuple(thread),
    )


def said_by(fields: Fields) -> str:
    """Give the name that the author goes by; "" where there is none."""
    people = headers.people(fields.every(b"from"))
    return people[0][0] if people else ""


def _sender(fields: Fields, senders: Sequence[str]) -> str:
    """Choose whom she writes as: whom of her they wrote to, else the usual one."""
    usable_ones = [one for one in senders if address_of(one)]
    if not usable_ones:
        raise UnanswerableError(
            'It is not known from which address you write here. Set "sender" for this mailbox in'
            " the config, and sync once."
        )
    addressed = {
        address.lower()
        for name in (b"to", b"cc", b"delivered-to")
        for _, address in headers.people(fields.every(name))
    }
    named = [one for one in usable_ones if address_of(one).lower() in addressed]
    return (named or usable_ones)[0]


def _recipients(fields: Fields, mine: Collection[str]) -> tuple[str, ...]:
    """Say whom the answer goes to: where it was asked for, else whoever wrote.

    On a list the person and not the list: it may stand in either field, as lists rewrite both.
    """
    wished, wrote = (_people(fields, (name,), mine) for name in (b"reply-to", b"from"))
    if any(name in fields for name in _LIST):
        posted = _MAILTO.findall(headers.unfolded(fields.first(b"list-post")))
        to_all = {address.lower() for address in posted}
        for name in (b"to", b"cc"):
            to_all |= {address.lower() for _, address in headers.people(fields.every(name))}
        wished, wrote = (
            [one for one in people if address_of(one).lower() not in to_all]
            for people in (wrote, wished)
        )
    found = wished or wrote
    if not found:
        raise UnanswerableError(
            "Whoever wrote this left no address that an answer could go to. Answer in the client’s"
            " own mail program."
        )
    return tuple(found)


def _people(fields: Fields, names: Iterable[bytes], mine: Collection[str]) -> list[str]:
    """Give who stands in some fields and is not she, each once."""
    found: dict[str, str] = {}
    for shown, given in (one for name in names for one in headers.people(fields.every(name))):
        address = _in_ascii(given)
        if usable(address) and address.lower() not in mine:
            found.setdefault(address.lower(), spelt(_name(shown), address))
    return list(found.values())


def spelt(name: str, address: str) -> str:
    """Spell somebody as `Name <address>`, or as the address alone."""
    return f"{name} <{address}>" if name else address


def _in_ascii(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domains.in_ascii(domain)}"


def _name(shown: str) -> str:
    """Keep of a name what needs no quoting: letters, digits, and a few signs between them.

    One that looks like an address is left out: it may be another's than the one beside it.
    """
    if "@" in shown:
        return ""
    clean = "".join(
        sign if unicodedata.category(sign)[0] in "LMN" or sign in " '’.-&" else " "
        for sign in unicodedata.normalize("NFC", shown[:500])
    )
    return " ".join(clean.split())[:_NAME].strip(" .")


def _ids(fields: Fields, name: bytes) -> list[str]:
    return [one for one in headers.ids(fields.every(name)) if _ID.fullmatch(one)]


def _subject(fields: Fields) -> str:
    title = text.line(headers.unstructured(fields.first(b"subject")), _TITLE)
    return _plain(subject.answering(title)).replace("\n", " ")


def _quoted(wrote: str, said: str) -> str:
    """Quote what is answered, below a line that says whose it is; nothing of nothing."""
    cut = said[:_QUOTED_MOST].rstrip()
    if not cut.strip():
        return ""
    lines = _plain(text.original(cut)).split("\n")
    if len(said.rstrip()) > len(cut):
        lines.append("[…]")
    return "\n".join([wrote, *(f">{one}" if one[:1] in {"", ">"} else f"> {one}" for one in lines)])


def _plain(written: str) -> str:
    """Leave out what steers a terminal, and what is half a character."""
    clean = written.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")
    return "".join(_kept(clean))


def _kept(written: str) -> Iterable[str]:
    return (
        sign for sign in written
        if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Zl", "Zp"}
    )  # fmt: skip
