"""How rows of the tables become what the screen shows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from normalizer.model import Direction, Person
from normalizer.said import Said
from store.codes import (
    AUTOMATIC,
    GONE,
    OUT,
    UNREAD,
    at,
    direction_of,
    maybe_at,
    ms,
    numbers,
    unpack,
)
from store.condition import OPEN
from store.outgoing import outgoing
from store.paging import rows
from store.sources import Source
from store.spelling import checklist_from, invitation_from, notification_from, problem_from
from store.views import (
    AttachmentView,
    ChangeView,
    ChannelView,
    FileView,
    Health,
    ItemView,
    MessageHead,
    MessageView,
    OutgoingView,
    Tally,
)

_MESSAGE: Final = (
    "SELECT id, external_id, author, to_ids, cc_ids, sent_at, flags, subject, text, folded, extra"
    " FROM message"
)
_FILE: Final = "SELECT message_id, id, name, media_type, size, inline, url FROM attachment"
_CLIENT: Final = "client_id = (SELECT client_id FROM item WHERE id = ?)"
"""The item's own client's, whatever the ids say."""

_ITS: Final = "outbox.client_id = ? AND outbox.item_id = ?"
_CLOCKS: Final = timedelta(hours=1)
"""By how much a tool's clock may be wrong."""


def channels(source: Source) -> list[ChannelView]:
    """List the channels of the config, in its order, and how fresh each is."""
    return [
            ChannelView(
                client=client,
                channel=channel,
                kind=kind,
                health=Health(health),
                failures=failures,
                last_success=maybe_at(last_success),
                last_attempt=maybe_at(last_attempt),
                asked=bool(asked),
                next_run=maybe_at(next_run),
                error=None if error is None else Said.from_json(error),
                notices=tuple(map(Said.from_json, json.loads(notices or "[]"))),
                tally=Tally(**json.loads(tally or "{}")),
            )
            for (
                client, channel, kind, health, failures,
                last_success, last_attempt, asked, next_run, error, notices, tally,
            ) in source.all(
                "SELECT client.slug, channel.slug, channel.kind, channel.health, channel.failures,"
                " channel.last_success, channel.last_attempt, channel.asked_at IS NOT NULL,"
                " channel.next_run, channel.error, channel.notices, channel.tally"
                " FROM channel JOIN client ON client.id = channel.client_id"
                " WHERE client.active = 1 AND channel.active = 1"
                " ORDER BY client.position, client.id, channel.position, channel.id"
            )
        ]  # fmt: skip


def item_view(source: Source, item_id: int, *, messages: bool = True) -> ItemView:
    """Read an item that is there, with all that belongs to it and to its client; without its
    messages where they are read as they are shown, and then without whoever spoke in them.
    """
    client_id, people_ids, body, checklist = source.all(
        "SELECT client_id, people_ids, body, checklist FROM item WHERE id = ?", (item_id,)
    )[0]
    own = (client_id, item_id)
    arrived = outgoing(source, f"outbox.state = 4 AND {_ITS} ORDER BY outbox.id DESC LIMIT 8", own)
    said = _said(source, own) if messages else _hers(source, own, arrived)
    changes = source.all(
        'SELECT id, field, before, after, author, at FROM "change"'
        " WHERE client_id = ? AND item_id = ? ORDER BY at, id",
        own,
    )
    files = _files(
        source.all(
            f"{_FILE} WHERE client_id = ? AND item_id = ?"
            f"{'' if messages else ' AND message_id IS NULL'} ORDER BY id",
            own,
        )
    )
    # Whoever wrote or was written to, in the order in which they came in.
    spoke = dict.fromkeys(
        person
        for message in said
        for person in (message[2], *numbers(message[3]), *numbers(message[4]))
    )
    told = numbers(people_ids)
    changed_by = {change[4] for change in changes if change[4] is not None}
    people = _people(source, client_id, {*told, *spoke, *changed_by})
    shown = tuple(_message(message, people, files) for message in said)
    seen = source.all(
        'SELECT message, "change" FROM looked WHERE client_id = ? AND item_id = ?', own
    )
    return ItemView(
        row=rows(source, [item_id], "item.id > 0")[item_id],
        body=unpack(body),
        seen=seen[0] if seen else None,
        people=_named(people, told or spoke),
        checklist=checklist_from(checklist),
        messages=shown if messages else (),
        changes=tuple(
            ChangeView(
                id=change_id,
                field=field,
                before=before,
                after=after,
                author=people.get(author),
                at=at(when),
            )
            for change_id, field, before, after, author, when in changes
        ),
        attachments=tuple(files[None]),
        outgoing=outgoing(source, f"{OPEN} AND {_ITS} ORDER BY outbox.id", own),
        gone=tuple(one for one in arrived if not _came_back(one, shown))[2::-1],
    )


def heads(source: Source, item_id: int) -> tuple[MessageHead, ...]:
    """Tell of each message of an item that it is there, oldest first; its text is not read."""
    found = source.all(
        "SELECT id, flags, length(text), folded IS NOT NULL, extra FROM message"
        f" WHERE item_id = ? AND {_CLIENT} ORDER BY sent_at, id",
        (item_id, item_id),
    )
    return tuple(
        MessageHead(
            message_id, bool(flags & UNREAD), notification_from(extra) is not None, bool(quoted),
            size,
        )
        for message_id, flags, size, quoted, extra in found
    )  # fmt: skip


def messages(source: Source, item_id: int, ids: Sequence[int]) -> list[MessageView]:
    """Read some messages of an item, in no order; those that it has no longer are left out."""
    condition, among = source.among("id", ids)
    said = source.all(
        f"{_MESSAGE} WHERE {condition} AND item_id = ? AND {_CLIENT}", (among, item_id, item_id)
    )
    if not said:
        return []
    condition, among = source.among("message_id", ids)
    files = _files(
        source.all(f"{_FILE} WHERE {condition} AND item_id = ? ORDER BY id", (among, item_id))
    )
    spoke = {
        person
        for message in said
        for person in (message[2], *numbers(message[3]), *numbers(message[4]))
    }
    ((client_id,),) = source.all("SELECT client_id FROM item WHERE id = ?", (item_id,))
    people = _people(source, client_id, spoke)
    return [_message(message, people, files) for message in said]


def files(source: Source, item_id: int) -> list[FileView]:
    """List the files of an item and of its messages, the newest first."""
    found = source.all(
        "SELECT attachment.id, attachment.name, attachment.media_type, attachment.size,"
        " attachment.inline, attachment.url, message.sent_at, message.flags,"
        " coalesce(nullif(person.name, ''), person.handle, '')"
        " FROM attachment"
        " LEFT JOIN message ON message.id = attachment.message_id"
        " AND message.client_id = attachment.client_id"
        " LEFT JOIN person ON person.id = message.author"
        " AND person.client_id = attachment.client_id"
        " WHERE attachment.item_id = ? AND attachment.inline = 0"
        " AND attachment.client_id = (SELECT client_id FROM item WHERE id = ?)"
        " ORDER BY coalesce(message.sent_at, 0) DESC, attachment.id DESC",
        (item_id, item_id),
    )
    return [
        FileView(
            file=AttachmentView(
                id=file_id, name=name, media_type=media_type, size=size, inline=bool(inline),
                url=url,
            ),
            author=who,
            hers=flags is not None and direction_of(flags) is Direction.OUT,
            sent_at=maybe_at(sent_at),
        )
        for file_id, name, media_type, size, inline, url, sent_at, flags, who in found
    ]  # fmt: skip


def _said(source: Source, own: tuple[int, int]) -> list[tuple[Any, ...]]:
    return source.all(f"{_MESSAGE} WHERE client_id = ? AND item_id = ? ORDER BY sent_at, id", own)


def _hers(
    source: Source, own: tuple[int, int], arrived: Sequence[OutgoingView]
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Read the messages in which something that arrived may have come back."""
    if not arrived:
        return []
    since = ms(min(one.decided_at for one in arrived) - _CLOCKS)
    return source.all(
        f"{_MESSAGE} WHERE client_id = ? AND item_id = ? AND sent_at > ? AND flags & {OUT} <> 0",
        (*own, since),
    )


def _came_back(one: OutgoingView, messages: Sequence[MessageView]) -> bool:
    """Tell whether what arrived is among the messages: it is not said twice."""
    said = one.text.split()
    return bool(said) and any(
        message.direction is Direction.OUT
        and message.sent_at > one.decided_at - _CLOCKS
        and message.text.split()[: len(said)] == said
        for message in messages
    )


def _files(found: Iterable[tuple[Any, ...]]) -> Mapping[int | None, list[AttachmentView]]:
    """Sort files by the message they hang from; None is the item itself."""
    files: defaultdict[int | None, list[AttachmentView]] = defaultdict(list)
    for message_id, file_id, name, media_type, size, inline, url in found:
        files[message_id].append(
            AttachmentView(
                id=file_id,
                name=name,
                media_type=media_type,
                size=size,
                inline=bool(inline),
                url=url,
            )
        )
    return files


def _people(source: Source, client_id: int, ids: Iterable[int]) -> dict[int, Person]:
    condition, among = source.among("id", sorted(ids))
    found = source.all(
        f"SELECT id, name, handle FROM person WHERE {condition} AND client_id = ?",
        (among, client_id),
    )
    return {person_id: Person(name, handle) for person_id, name, handle in found}


def _named(people: Mapping[int, Person], ids: Iterable[int]) -> tuple[Person, ...]:
    return tuple(people[one] for one in ids if one in people)


def _message(
    found: tuple[Any, ...],
    people: Mapping[int, Person],
    files: Mapping[int | None, list[AttachmentView]],
) -> MessageView:
    (
        message_id, external_id, author, to_ids, cc_ids, sent_at, flags, subject, text, folded,
        extra,
    ) = found  # fmt: skip
    return MessageView(
        id=message_id,
        external_id=external_id,
        author=people.get(author, Person()),
        to=_named(people, numbers(to_ids)),
        cc=_named(people, numbers(cc_ids)),
        direction=direction_of(flags),
        sent_at=at(sent_at),
        subject=subject,
        text=unpack(text),
        folded=unpack(folded),
        unread=bool(flags & UNREAD),
        automatic=bool(flags & AUTOMATIC),
        gone=bool(flags & GONE),
        problem=problem_from(extra),
        invitation=invitation_from(extra),
        notification=notification_from(extra),
        attachments=tuple(files.get(message_id, ())),
    )
