"""How rows of the outbox become what the screen and the commands show. No library is imported."""

from __future__ import annotations

from typing import Any, Final

from normalizer.model import Person
from normalizer.said import Said
from store.codes import OUTGOING, at, maybe_at
from store.sources import Source
from store.views import Behind, ChangeView, OutgoingView, TryView

_MOST: Final = 60
"""Changes, and tries, that stand behind one line."""


def outgoing(source: Source, which: str, params: tuple[Any, ...]) -> tuple[OutgoingView, ...]:
    """Read what goes out to the clients' tools, and went: `which` of it, and in which order."""
    from store import deeds  # noqa: PLC0415  brings all kinds of writes: not before the first rows

    found = source.all(
        "SELECT outbox.id, client.slug, channel.slug, channel.kind, outbox.item_id,"
        " coalesce(item.title, ''), outbox.action, outbox.told, outbox.state, outbox.decided_at,"
        " outbox.send_at, outbox.again_at, outbox.attempts, outbox.ended_at, outbox.error,"
        " coalesce(outbox.who, '')"
        " FROM outbox JOIN channel ON channel.id = outbox.channel_id"
        " JOIN client ON client.id = outbox.client_id"
        " LEFT JOIN item ON item.id = outbox.item_id AND item.client_id = outbox.client_id"
        f" WHERE {which}",
        params,
    )
    views = []
    for (
        number, client, channel, kind, item_id, title, action, spelled, state, decided_at,
        send_at, again_at, attempts, ended_at, error, who,
    ) in found:  # fmt: skip
        told = deeds.told(spelled)
        views.append(
            OutgoingView(
                id=number,
                client=client,
                channel=channel,
                channel_kind=kind,
                item_id=item_id,
                title=title,
                action=action,
                text=told.text,
                sender=told.sender,
                to=told.to,
                files=told.files,
                who=who,
                state=OUTGOING[state],
                decided_at=at(decided_at),
                send_at=at(send_at),
                again_at=maybe_at(again_at or None),
                attempts=attempts,
                ended_at=maybe_at(ended_at),
                error=None if error is None else Said.from_json(error),
            )
        )
    return tuple(views)


def behind(source: Source, write_id: int) -> Behind:
    """Read what changed of a write's item since she decided, and how it was tried."""
    changes = source.all(
        'SELECT "change".id, "change".field, "change".before, "change".after, person.name,'
        ' person.handle, "change".at FROM outbox'
        ' JOIN "change" ON "change".client_id = outbox.client_id'
        ' AND "change".item_id = outbox.item_id AND "change".id > outbox.base'
        ' LEFT JOIN person ON person.id = "change".author AND person.client_id = outbox.client_id'
        " WHERE outbox.id = ? AND \"change\".field <> 'message'"
        ' ORDER BY "change".id LIMIT ?',
        (write_id, _MOST),
    )
    tries = source.all(
        "SELECT attempt.began_at, attempt.ended_at, attempt.state, attempt.error FROM outbox"
        " JOIN attempt ON attempt.outbox_id = outbox.id AND attempt.client_id = outbox.client_id"
        " WHERE outbox.id = ? ORDER BY attempt.id LIMIT ?",
        (write_id, _MOST),
    )
    base = source.all("SELECT base FROM outbox WHERE id = ?", (write_id,))
    return Behind(
        seen=max((row[0] for row in (*base, *changes)), default=0),
        changes=tuple(
            ChangeView(
                id=number, field=field, before=before, after=after,
                author=None if handle is None else Person(name, handle), at=at(when),
            )
            for number, field, before, after, name, handle, when in changes
        ),
        tries=tuple(
            TryView(
                began_at=at(began), ended_at=maybe_at(ended),
                state=None if state is None else OUTGOING[state],
                error=None if error is None else Said.from_json(error),
            )
            for began, ended, state, error in tries
        ),
    )  # fmt: skip
