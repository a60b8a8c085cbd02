"""One mail, as IMAP gave it, put in our words.

A small mail comes whole. Of a large one come the header and what is written in it; `meta["parts"]`
says what else there is, from its BODYSTRUCTURE (`mime.described`). Both are read alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from normalizer import body, domains, headers, invitations, mime, notices, quotes, subject, text
from normalizer.model import Direction, Message, Person, Record, Ref, Thread
from normalizer.raw import Raw
from normalizer.said import Said

STREAM: Final = "mail"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNREADABLE: Final = Said(
    "This message could not be read whole. It is kept as it came; "
    "open it in the client's own mail program."
)


def normalise(raw: Raw) -> Iterator[Record]:
    """Yield the one Message that `raw` holds.

    Never raises: what cannot be read whole is read as far as its header and carries a
    `problem`. Raws of other streams, and patches, which hold no mail, yield nothing.
    """
    if raw.stream != STREAM or raw.payload is None or raw.deleted:
        return
    try:
        meta = raw.about()
    except (ValueError, RecursionError):
        meta = {}
    if "header" not in meta:
        meta = {"size": len(raw.payload), **meta}
    try:
        yield _message(raw.payload, meta, raw.external_id)
    except mime.RefusedMailError as refused:
        yield _header_only(raw, meta, refused.said)
    except Exception:  # noqa: BLE001  # any bytes may come; one mail never stops the rest
        yield _header_only(raw, meta, _UNREADABLE)


def _header_only(raw: Raw, meta: Mapping[str, Any], problem: Said) -> Message:
    """Read the header and no more; or nothing at all, where even that fails."""
    payload = raw.payload or b""
    try:
        fields = mime.read_fields(payload, 0, min(len(payload), 1 << 20))
        head = payload[: fields.end]
        return _build(fields, head, meta, raw.external_id, body.Body(problem=problem))
    except Exception:  # noqa: BLE001  # see normalise
        place = raw.external_id.encode("utf-8", "surrogatepass")
        return Message(
            ref=Ref(STREAM, hashlib.blake2b(place, digest_size=16).hexdigest()),
            author=Person(),
            sent_at=_instant(meta.get("internaldate")) or _EPOCH,
            text="",
            problem=problem,
        )


def _message(payload: bytes, meta: Mapping[str, Any], place: str) -> Message:
    header = meta.get("header")
    if isinstance(header, int):
        head = payload[:header]
        fields = mime.read_fields(head)
        parts = mime.described(payload, header, meta.get("parts"))
    else:
        fields, parts = mime.take_apart(payload)
        head = payload[: fields.end]
    read = body.read(parts)
    if unreadable := meta.get("unreadable"):
        read = replace(read, problem=Said(str(unreadable)))
    return _build(fields, head, meta, place, read)


def _build(
    fields: mime.Fields, head: bytes, meta: Mapping[str, Any], place: str, read: body.Body
) -> Message:
    title = text.line(headers.unstructured(fields.first(b"subject")))
    authors = _people(fields, b"from") or _people(fields, b"sender")
    flags = meta.get("flags")
    flags = {str(flag).lower() for flag in flags} if isinstance(flags, list) else set()
    sent = meta.get("sent") is True
    said, folded = quotes.split(read.text, forward=subject.is_forward(title))
    if read.forwarded:
        said, folded = body.joined([said, read.forwarded]), body.joined([folded, read.folded])
    author = authors[0] if authors else Person()
    return Message(
        ref=Ref(STREAM, _content_id(fields, head, meta, place)),
        author=author,
        sent_at=_sent_at(fields, meta),
        arrived_at=_instant(meta.get("internaldate")),
        text=said,
        folded=folded,
        subject=title,
        to=_people(fields, b"to"),
        cc=_people(fields, b"cc"),
        direction=Direction.OUT if sent else None,
        unread="\\seen" not in flags and not sent,
        flagged="\\flagged" in flags,
        automatic=notices.automatic(fields),
        container=text.line(str(meta.get("folder") or ""), text.NAME),
        thread=_thread(fields, title, meta),
        attachments=read.attachments,
        invitation=invitations.read(read.calendar) if read.calendar else None,
        notification=notices.notification(author.handle, read.text, read.markup),
        problem=read.problem,
    )


def _content_id(fields: mime.Fields, head: bytes, meta: Mapping[str, Any], place: str) -> str:
    """Name the mail by what its copies share, whatever folder or server state they are in.

    UIDs and folders change when a mail is moved, labelled or a mailbox rebuilt, so they are no
    part of it. A Message-ID alone is not enough: they repeat in real life, for different mails
    too; so the size of the body is part of the name, and not that of the header, in which every
    server on the way to another mailbox writes. Where there is no Message-ID, the whole header
    names it (drafts, scripts), and where there is no header, the place it lies in.
    """
    name = fields.first(b"message-id").strip()
    if name:
        named = (name, *(fields.first(key) for key in (b"date", b"from", b"subject")))
    else:
        named = (head,) if head.strip() else (place.encode("utf-8", "surrogatepass"),)
    size = meta.get("size")
    body = size - len(head) if isinstance(size, int) else ""
    digest = hashlib.blake2b(digest_size=16)
    for value in (*named, str(body).encode()):
        canonical = b" ".join(value.split())
        digest.update(b"%d:%b" % (len(canonical), canonical))
    return digest.hexdigest()


def _sent_at(fields: mime.Fields, meta: Mapping[str, Any]) -> datetime:
    """Return when it was written: Date, unless it is missing or absurd; else its arrival.

    A date after the arrival is a wrong clock, or somebody who wants to stand on top.
    """
    arrived = _instant(meta.get("internaldate"))
    if arrived is None:
        for received in fields.every(b"received")[:3]:
            if arrived := headers.date(received.rpartition(b";")[2]):
                break
    written = headers.date(fields.first(b"date"))
    if written is None or not 1990 <= written.year <= 2100:
        return arrived or _EPOCH
    if arrived is not None and written > arrived + timedelta(days=1):
        return arrived
    return written


def _instant(value: object) -> datetime | None:
    try:
        read = datetime.fromisoformat(str(value))
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _people(fields: mime.Fields, name: bytes) -> tuple[Person, ...]:
    values = fields.every(name)
    if len(values) == 1 and len(values[0]) < 300:
        return _known(values[0])
    return tuple(_person(*each) for each in headers.people(values))


@lru_cache(maxsize=2048)
def _known(value: bytes) -> tuple[Person, ...]:
    """Read an address field; a mailbox holds the same few over and over."""
    return tuple(_person(*each) for each in headers.people([value]))


def _person(display: str, address: str) -> Person:
    """Clean one mailbox. The domain is spelt in ASCII, so that look-alike letters are seen."""
    local, at, domain = address.rpartition("@")
    domain = domains.in_ascii(domain)
    if at and not domain:
        display, local, at = f"{display} {address}", "", ""
    name = text.line(display, text.NAME)
    handle = text.line(f"{local}{at}{domain}".lower(), 254)
    return Person(name="" if name.lower() == handle else name, handle=handle)


def _thread(fields: mime.Fields, title: str, meta: Mapping[str, Any]) -> Thread:
    named = _ids(fields, b"message-id")
    own = named[0] if named else ""
    parents = _ids(fields, b"in-reply-to")
    chain = [*_ids(fields, b"references"), *parents]
    references: dict[str, None] = {}
    for parent in reversed(chain):
        if parent != own:
            references.setdefault(parent)
    return Thread(
        message_id=own,
        references=tuple(reversed(list(references)[: headers.MAX_IDS])),
        hint=text.line(str(meta.get("thread") or ""), 64),
        subject=subject.base(title),
        reply=subject.is_reply(title),
    )


def _ids(fields: mime.Fields, name: bytes) -> list[str]:
    return [text.line(each, 500) for each in headers.ids(fields.every(name))]
