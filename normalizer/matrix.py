"""What is said in a Matrix room, in our words.

| stream | payload | meta |
|---|---|---|
| room | its id | name; people: id → name, where it is called by them; network: where a bridge takes it |
| message | the event as it was sent | from: what its sender is called; what was done to it since, as `connectors.matrix_raws` says |

A reaction is no message: a thumb up asks for nothing and answers nothing. It stands under what it
is about, among what is shown on demand. What an edit or a redaction changed the store tells itself;
who did it, and when, is told here.
"""  # noqa: E501  # a table

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from normalizer import html
from normalizer.boards import items, person, table, tables, words
from normalizer.model import Attachment, Change, Conversation, Message, Person, Record, Ref
from normalizer.raw import Raw
from normalizer.text import NAME, block, file_name, line

_POLLS: Final = {
    "m.poll.start": "m.poll",
    "org.matrix.msc3381.poll.start": "org.matrix.msc3381.poll.start",
}
_FILES: Final = frozenset({"m.image", "m.file", "m.audio", "m.video"})
_MEDIA: Final = re.compile(r"mxc://([A-Za-z0-9.\-:\[\]]{1,255}/[A-Za-z0-9_\-]{1,255})")
_QUOTED: Final = re.compile(r"\s*+<mx-reply>.*?</mx-reply>", re.DOTALL | re.IGNORECASE)
_FALLBACK: Final = re.compile(r"> (?:\* )?<@[^>\n]+>")
_MOST_REACTIONS: Final = 100


def normalise(raw: Raw) -> Iterator[Record]:
    """Put one record of Matrix's in our words.

    A patch, which holds no record, yields nothing. Raises ValueError where the record is not what
    the specification says.
    """
    if raw.payload is None:
        return
    match raw.stream:
        case "room":
            yield _conversation(raw)
        case "message":
            yield from _message(raw)
        case _:  # a later version's: kept until a mapping knows it
            return


def _conversation(raw: Raw) -> Conversation:
    meta = raw.about()
    people = table(meta.get("people"))
    return Conversation(
        ref=Ref("room", raw.external_id),
        title=line(words(meta.get("name"))),
        people=tuple(person(name, user) for user, name in sorted(people.items())),
        url=f"https://matrix.to/#/{quote(raw.external_id, safe='!:', errors='replace')}",
        container=line(words(meta.get("network")), NAME),
    )


def _message(raw: Raw) -> Iterator[Message | Change]:
    event, meta = table(raw.json()), raw.about()
    room = raw.external_id.partition("/")[0]
    ref, author = Ref("message", raw.external_id), person(meta.get("from"), event.get("sender"))
    original = table(event.get("content"))
    edit = _edit(event, meta)
    content = table(edit.get("content")) if edit else original
    text, quoted = _text(event, content, original, author)
    files = tuple(_files(event, content))
    if not (text or files or edit):
        return  # of no kind that says anything: somebody's device wants to be verified
    withdrawn = meta.get("withdrawn")
    yield Message(
        ref=ref,
        author=author,
        sent_at=_instant(event.get("origin_server_ts")),
        text="" if withdrawn is not None else text,
        withdrawn=withdrawn is not None,
        folded="\n".join(filter(None, [quoted, *_reactions(meta)])),
        to=tuple(_mentioned(content)),
        automatic=content.get("msgtype") == "m.notice",
        about=Ref("room", room),
        attachments=files,
    )
    if edit:
        yield _done("edit", ref, author, edit)
    if table(withdrawn):
        by = table(withdrawn)
        yield _done("redaction", ref, person(by.get("name"), by.get("sender")), by)


def _edit(event: Mapping[str, Any], meta: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the edit that counts: the newest by who sent the message, and of the same type."""
    edits = [table(value) for key, value in meta.items() if key.startswith("edit ")]
    count = [
        one for one in edits if all(one.get(key) == event.get(key) for key in ("sender", "type"))
    ]
    return max(count, key=_age, default={})


def _age(edit: Mapping[str, Any]) -> tuple[int, str]:
    at = edit.get("origin_server_ts")
    return (at if isinstance(at, int) else 0, words(edit.get("event_id")))


def _done(stream: str, about: Ref, author: Person, how: Mapping[str, Any]) -> Change:
    """Say who changed a message, and when: what it said before, the store knows."""
    room = about.external_id.partition("/")[0]
    return Change(
        ref=Ref(stream, f"{room}/{words(how.get('event_id'))}"),
        about=about,
        field="message",
        before="",
        after="",
        author=author,
        at=_instant(how.get("origin_server_ts")),
    )


# What it says


def _text(
    event: Mapping[str, Any],
    content: Mapping[str, Any],
    original: Mapping[str, Any],
    author: Person,
) -> tuple[str, str]:
    """Give what somebody wrote, and the quote of what it answers, where that came with it."""
    if poll := _POLLS.get(words(event.get("type"))):
        return _poll(table(content.get(poll))), ""
    body, kind = words(content.get("body")), words(content.get("msgtype"))
    if event.get("type") == "m.sticker" or kind in _FILES:
        named = words(content.get("filename"))
        return (block(body) if named and named != body else ""), ""
    if kind == "m.key.verification.request":
        return "", ""
    if kind == "m.location":
        return block("\n".join(filter(None, [body, words(content.get("geo_uri"))]))), ""
    quoted = ""
    if "m.in_reply_to" in table(original.get("m.relates_to")):
        quoted, body = _apart(body)
    formatted = words(content.get("formatted_body"))
    if formatted and content.get("format") == "org.matrix.custom.html":
        # Only at the beginning: a search for many of them would take the square of their number.
        quote = _QUOTED.match(formatted)
        body = html.to_text(formatted[quote.end() :] if quote else formatted) or body
    if kind == "m.emote":
        body = f"* {author.name or author.handle} {body}"
    return block(body.strip("\n")), block(quoted)


def _apart(body: str) -> tuple[str, str]:
    """Take the quote off an answer, as apps put it before the text until v1.13: its first line
    names who is quoted.
    """
    lines = body.split("\n")
    if not _FALLBACK.match(body):
        return "", body
    count = next((n for n, one in enumerate(lines) if not one.startswith("> ")), len(lines))
    return "\n".join(lines[:count]), "\n".join(lines[count:])


def _poll(poll: Mapping[str, Any]) -> str:
    """Spell a poll: what is asked, and what there is to choose from."""
    said = [_said(table(poll.get("question"))), *map(_said, tables(poll.get("answers")))]
    return block("\n○ ".join(filter(None, said)))


def _said(part: Mapping[str, Any]) -> str:
    """Read a text of a poll, which is spelled in three ways (MSC1767, MSC3381)."""
    whole = part.get("m.text")
    if isinstance(whole, list):
        return next((words(one.get("body")) for one in tables(whole)), "")
    return words(whole) or words(part.get("org.matrix.msc1767.text") or part.get("body"))


def _files(event: Mapping[str, Any], content: Mapping[str, Any]) -> Iterator[Attachment]:
    kind = content.get("msgtype")
    found = _MEDIA.fullmatch(words(content.get("url")))
    if found and (kind in _FILES or event.get("type") == "m.sticker"):
        info = table(content.get("info"))
        size = info.get("size")
        yield Attachment(
            external_id=found[1],
            name=file_name(words(content.get("filename")) or words(content.get("body"))),
            media_type=line(words(info.get("mimetype")), NAME) or "application/octet-stream",
            size=size if type(size) is int and size >= 0 else None,
            inline=event.get("type") == "m.sticker",
        )


def _mentioned(content: Mapping[str, Any]) -> Iterator[Person]:
    """Name those whom a message calls (Intentional mentions)."""
    for user in dict.fromkeys(items(table(content.get("m.mentions")).get("user_ids"))):
        yield person("", user)


def _reactions(meta: Mapping[str, Any]) -> Iterator[str]:
    """Spell the reactions, a line each: what, and whose."""
    given: dict[str, list[str]] = {}
    for key, value in meta.items():
        if key.startswith("reaction ") and value is not None:
            by = table(value)
            who = person(by.get("name"), by.get("sender"))
            given.setdefault(line(words(by.get("key")), NAME), []).append(who.name or who.handle)
    for sign, people in list(given.items())[:_MOST_REACTIONS]:
        yield f"{sign} {', '.join(sorted(people)[:_MOST_REACTIONS])}"


def _instant(value: object) -> datetime:
    """Read an instant, in milliseconds since 1970. Raises ValueError."""
    if type(value) is not int:
        raise ValueError("an instant was expected")
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, OSError):
        raise ValueError("an instant beyond the calendar") from None
