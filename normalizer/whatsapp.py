"""What an exported WhatsApp chat says, in our words.

| stream | payload | meta |
|---|---|---|
| chat | title: its name; people: names | number: whom to answer, as figures, where it is known |
| line | at: its minute, in UTC; place: where it stands within it, in milliseconds; sender, body, app: those of a `Line`; caption: what another export told beside the file; back: its time does not fit where it stands; late: what it said before, which came to light after what follows was known | chat: the id of its chat; group: the chat's name, where it is a group; mine: the VA wrote it |

A chat has no ids of people: somebody is who they are called in her address book. A message whose
file was left out, or that no export shows, says what the app says in its place.
"""  # noqa: E501  # a table

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from normalizer.boards import instant, items, person, table, words
from normalizer.model import (
    Attachment,
    Change,
    Conversation,
    Direction,
    Message,
    Person,
    Record,
    Ref,
)
from normalizer.raw import Raw, digest_of
from normalizer.said import Said
from normalizer.text import block, file_name, line
from normalizer.whatsapp_body import Body, BodyKind, bare, mentioned, told, understand

_MINUTE: Final = 60_000

_MISPLACED: Final = Said(
    "Its time does not fit where it stands in the chat: it came late, or somebody quoted or made it"
    " up in a message of their own."
)

_TYPES: Final = {
    "opus": "audio/ogg", "m4a": "audio/mp4", "aac": "audio/aac", "amr": "audio/amr",
    "webp": "image/webp", "heic": "image/heic", "3gp": "video/3gpp", "vcf": "text/vcard",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}  # fmt: skip
"""What Python itself does not know everywhere, or knows otherwise."""

_KNOWN: Final = mimetypes.MimeTypes()
"""Python's own list: what the machine at hand adds to it must not change a mapping."""


def normalise(raw: Raw) -> Iterator[Record]:
    """Put one record of an exported chat in our words.

    Raises ValueError where it is not what the table above says.
    """
    if raw.payload is None:
        return
    match raw.stream:
        case "chat":
            yield _chat(Ref("chat", raw.external_id), table(raw.json()), raw.about())
        case "line":
            yield from _line(Ref("line", raw.external_id), table(raw.json()), raw.about())
        case _:  # a later version's: kept until a mapping knows it
            return


def _chat(ref: Ref, value: Mapping[str, Any], meta: Mapping[str, Any]) -> Conversation:
    number = words(meta.get("number"))
    return Conversation(
        ref=ref,
        title=line(words(value.get("title"))),
        people=tuple(_person(words(one)) for one in items(value.get("people"))),
        url=f"https://wa.me/{number}" if number.isascii() and number.isdigit() else None,
    )


def _line(ref: Ref, value: Mapping[str, Any], meta: Mapping[str, Any]) -> Iterator[Record]:
    sender, said = words(value.get("sender")), words(value.get("body"))
    app = value.get("app")
    body = understand(
        said, sender, app=app if isinstance(app, bool) else None, group=words(meta.get("group"))
    )
    caption = words(value.get("caption"))
    text = "" if body.kind is BodyKind.DELETED else block(_shown(said, body, caption))
    author = _person(sender) if sender else Person("WhatsApp")
    sent_at = _sent_at(value)
    yield Message(
        ref=ref,
        author=author,
        sent_at=sent_at,
        text=text,
        to=tuple(_person(name) for name in mentioned(said)),
        direction=Direction.OUT if meta.get("mine") is True else None,
        automatic=body.kind is BodyKind.SYSTEM,
        withdrawn=body.kind is BodyKind.DELETED,
        about=Ref("chat", words(meta.get("chat"))),
        attachments=_attachments(body),
        problem=_MISPLACED if value.get("back") is True else None,
    )
    for one in items(value.get("late")):
        before = block(told(words(one)))
        yield Change(
            ref=Ref("line", f"{ref.external_id}/{digest_of(before.encode()).hex()}"),
            about=ref,
            field="message",
            before=before,
            after=text,
            author=author,
            at=sent_at,
        )


def _shown(said: str, body: Body, caption: str) -> str:
    """Say what a message shows: what its author wrote, and the app's words where those say more."""
    match body.kind:
        case BodyKind.TEXT | BodyKind.FILE:
            return caption or body.text
        case BodyKind.OMITTED if caption:
            left_out, _, _ = bare(said).partition("\n")
            return f"{left_out}\n{caption}"
        case _:
            return bare(said)


def _attachments(body: Body) -> tuple[Attachment, ...]:
    if body.kind is not BodyKind.FILE:
        return ()
    name = file_name(body.file)
    return (Attachment(external_id=body.file, name=name, media_type=_media_type(name)),)


def _media_type(name: str) -> str:
    """Guess by the end of the name, which is all that an export tells of a file."""
    end = name.rpartition(".")[2].lower()
    known = _TYPES.get(end) or _KNOWN.types_map[True].get(f".{end}")
    return known or "application/octet-stream"


def _person(name: str) -> Person:
    return person(name, name)


def _sent_at(value: Mapping[str, Any]) -> datetime:
    """Put a message where it stands: exports tell minutes, and many lines share one."""
    place = value.get("place", 0)
    if type(place) is not int or not 0 <= place < _MINUTE:
        raise ValueError("a place within a minute was expected")
    return instant(value.get("at")) + timedelta(milliseconds=place)
