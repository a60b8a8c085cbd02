"""`show`: one item, whole."""

from __future__ import annotations

from collections.abc import Iterator
from gettext import gettext as _

from normalizer.model import Person
from normalizer.said import SaidError
from store.views import AttachmentView, ItemView, MessageView
from trastienda import console
from trastienda.commands.queue import as_json
from trastienda.context import Context
from trastienda.exits import Exit
from tui import words
from tui.lines import safe, wrap


class NoItemError(SaidError):
    """No item has this number."""


def show(ctx: Context) -> int:
    """Write one item with its messages, oldest first."""
    with ctx.reader() as reader:
        item = reader.item(ctx.options.item)
        names = {client.slug: client.name for client in reader.clients()}
    if item is None:
        raise no_item(ctx.options.item)
    if ctx.json:
        console.data(_json(item))
        return Exit.OK
    for text in _lines(ctx, item, names.get(item.row.client, item.row.client)):
        console.say(text)
    return Exit.OK


def no_item(number: int) -> NoItemError:
    """Make the error of a number that names nothing."""
    return NoItemError(
        "There is no item {number}. “trastienda queue” shows the numbers.", number=number
    )


def _json(item: ItemView) -> dict[str, object]:
    return {
        **as_json(item.row),
        "body": item.body,
        "messages": [_message_json(message) for message in item.messages],
        "changes": [
            {
                "field": change.field,
                "before": change.before,
                "after": change.after,
                "author": None if change.author is None else _name(change.author),
                "at": change.at,
            }
            for change in item.changes
        ],
        "attachments": [_file_json(file) for file in item.attachments],
    }


def _message_json(message: MessageView) -> dict[str, object]:
    return {
        "id": message.external_id,
        "author": _name(message.author),
        "author_handle": message.author.handle,
        "direction": message.direction,
        "sent_at": message.sent_at,
        "subject": message.subject,
        "text": message.text,
        "folded": message.folded,
        "unread": message.unread,
        "automatic": message.automatic,
        "problem": None if message.problem is None else message.problem.text(_),
        "attachments": [_file_json(file) for file in message.attachments],
    }


def _file_json(file: AttachmentView) -> dict[str, object]:
    return {
        "id": file.id,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "inline": file.inline,
        "url": file.url,
    }


def _name(person: Person) -> str:
    return person.name or person.handle


def _lines(ctx: Context, item: ItemView, client: str) -> Iterator[str]:
    room, row = console.width(), item.row
    yield from wrap(safe(row.title) or _("(no subject)"), room)
    about = [
        client, words.kind(row.channel_kind), words.container(row.container), words.lane(row.lane)
    ]  # fmt: skip
    if row.due is not None:
        about.append(_("due {when}").format(when=words.moment(row.due, ctx.now, ctx.zone)))
    yield from wrap(" · ".join(safe(part) for part in about if part), room)
    if row.labels:
        yield from wrap(" ".join(f"#{safe(label)}" for label in row.labels), room)
    if row.url:
        yield safe(row.url)
    if item.body:
        yield ""
        yield from _text(item.body, room, "")
    yield from _files(item.attachments, "")
    for change in item.changes:
        when = words.moment(change.at, ctx.now, ctx.zone)
        yield ""
        before, after = (
            safe(words.changed(change.field, value, ctx.now, ctx.zone))
            for value in (change.before, change.after)
        )
        yield from wrap(f"~ {when} {safe(words.field(change.field))}: {before} → {after}", room)
    for message in item.messages:
        yield ""
        when = words.moment(message.sent_at, ctx.now, ctx.zone)
        arrow = ">" if message.direction == "out" else "<"
        yield from wrap(f"{arrow} {safe(_name(message.author))} · {when}", room)
        if message.problem is not None:
            yield from wrap("! " + message.problem.text(_), room)
        yield from _text(message.text, room, "  ")
        yield from _files(message.attachments, "  ")


def _text(text: str, room: int, indent: str) -> Iterator[str]:
    for paragraph in text.splitlines():
        for part in wrap(safe(paragraph), room - len(indent)) or [""]:
            yield (indent + part).rstrip()


def _files(files: tuple[AttachmentView, ...], indent: str) -> Iterator[str]:
    for file in files:
        if not file.inline:
            yield f"{indent}+ {safe(file.name)}  {words.size(file.size)}".rstrip()
