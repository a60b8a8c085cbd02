"""`show`: one item, whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from gettext import gettext as _
from gettext import ngettext

from normalizer.model import Invitation, Person
from normalizer.said import SaidError
from store.views import AttachmentView, ChangeView, ItemView, MessageView, OutgoingView
from trastienda import console
from trastienda.commands import outbox
from trastienda.commands.queue import as_json
from trastienda.context import Context
from trastienda.exits import Exit
from tui import words
from tui.item import announced, invitation, is_folded, ticked
from tui.lines import safe, wrap
from tui.rows import Look


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
        "linked": [one.id for one in item.row.others],
        "body": item.body,
        "checklist": [
            {
                "id": one.external_id,
                "text": one.text,
                "done": one.done,
                "due": one.due,
                "assignee": None if one.assignee is None else _name(one.assignee),
            }
            for one in item.checklist
        ],
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
        "outgoing": [outbox.as_json(sent) for sent in item.outgoing],
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
        "gone": message.gone,
        "problem": None if message.problem is None else message.problem.text(_),
        "invitation": None if message.invitation is None else _invitation_json(message.invitation),
        "attachments": [_file_json(file) for file in message.attachments],
    }


def _invitation_json(sent: Invitation) -> dict[str, object]:
    return {
        "method": sent.method.lower(),
        "summary": sent.summary,
        "starts": sent.starts,
        "ends": sent.ends,
        "place": sent.place,
        "organiser": sent.organiser,
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
    yield from _linked(item, room)
    if item.body:
        yield ""
        yield from _text(item.body, room, "")
    if item.checklist:
        yield ""
        for one in item.checklist:
            yield from wrap(safe(ticked(one, Look(zone=ctx.zone, now=ctx.now))), room)
    yield from _files(item.attachments, "")
    for change in item.changes:
        yield ""
        yield from _change(ctx, change, room)
    for message in item.messages:
        yield ""
        if is_folded(message, item) and not ctx.options.all:
            said = announced(message, Look(zone=ctx.zone, now=ctx.now))
            yield from wrap(_("[{mail}; --all shows it]").format(mail=safe(said)), room)
        else:
            yield from _message(ctx, message, room)
    yield from _outgoing(ctx, item.outgoing, room)


def _linked(item: ItemView, room: int) -> Iterator[str]:
    """Name what is of the same matter, by the numbers that the commands take."""
    for one in item.row.others:
        told = _("Linked with {id}: {title} ({channel})").format(
            id=one.id, title=safe(one.title), channel=words.kind(one.channel_kind)
        )
        yield from wrap(told, room)


def _outgoing(ctx: Context, sent: Iterable[OutgoingView], room: int) -> Iterator[str]:
    for one in sent:
        yield ""
        said = words.outlook(one, ctx.now, ctx.zone)
        yield from wrap(safe(f"> {words.deed(one.action)} · {said}"), room)
        yield from _text(one.text, room, "  ")
        if one.error is not None:
            yield from wrap("! " + safe(one.error.text(_)), room)


def _change(ctx: Context, change: ChangeView, room: int) -> Iterator[str]:
    """Write what changed; of what only came or only went, that alone."""
    before, after = (
        safe(words.changed(change.field, value, ctx.now, ctx.zone))
        for value in (change.before, change.after)
    )
    if before and after:
        said = f"{before} → {after}"
    else:
        said = f"− {before}" if before else f"+ {after}" if after else words.untold()
    about = words.moment(change.at, ctx.now, ctx.zone)
    if change.author is not None:
        about = f"{about} · {safe(_name(change.author))}"
    yield from wrap(f"~ {about} · {safe(words.field(change.field))}: {said}", room)


def _message(ctx: Context, message: MessageView, room: int) -> Iterator[str]:
    when = words.moment(message.sent_at, ctx.now, ctx.zone)
    arrow = ">" if message.direction == "out" else "<"
    yield from wrap(f"{arrow} {safe(_name(message.author))} · {when}", room)
    if message.problem is not None:
        yield from wrap("! " + message.problem.text(_), room)
    if message.gone:
        yield from _text(_("Deleted at the client’s; kept here."), room, "  ")
    if message.invitation is not None:
        look = Look(zone=ctx.zone, now=ctx.now)
        for line in invitation(message.invitation, look, room - 2):
            yield (" " + "".join(span.text for span in line)).rstrip()
    yield from _text(message.text, room, "  ")
    yield from _folded(message.folded.strip("\n"), room, unfolded=ctx.options.all)
    yield from _files(message.attachments, "  ")


def _text(text: str, room: int, indent: str) -> Iterator[str]:
    for paragraph in text.splitlines():
        for part in wrap(safe(paragraph), room - len(indent)) or [""]:
            yield (indent + part).rstrip()


def _folded(text: str, room: int, *, unfolded: bool) -> Iterator[str]:
    """Write what was quoted or signed, or where it is found."""
    if not text.strip():
        return
    if unfolded:
        yield from _text(text, room, "  > ")
        return
    n = len(wrap(text, room - 4))
    lines = ngettext("{n} quoted line", "{n} quoted lines", n).format(n=n)
    yield from _text(_("[{lines}; --all shows them]").format(lines=lines), room, "  ")


def _files(files: tuple[AttachmentView, ...], indent: str) -> Iterator[str]:
    for file in files:
        if not file.inline:
            yield f"{indent}+ {safe(file.name)}  {words.size(file.size)}".rstrip()
