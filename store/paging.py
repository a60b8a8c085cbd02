"""How pages of the queue are read. Light: the first one stands on the screen before all else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from store.codes import KINDS, LANES, STATES, TURNS, at, due_from, maybe_at, words
from store.news import CHANGES, FRESH
from store.row import Lane, Member, Row

if TYPE_CHECKING:
    from store.sources import Source

LOOKED: Final = (
    " LEFT JOIN looked ON looked.item_id = item.id AND looked.client_id = item.client_id"
)

ROW: Final = (
    "SELECT item.id, client.slug, channel.slug, channel.kind, item.external_id, item.kind,"
    " item.title, coalesce(nullif(person.name, ''), person.handle, ''), item.snippet, item.state,"
    " item.lane, triage.until, item.turn, item.due, item.act_by, item.updated_at, item.unread,"
    " item.labels, item.container, item.url, item.attachments, item.automatic,"
    f" draft.item_id IS NOT NULL, {FRESH}, {CHANGES}, triage.since, triage.minutes,"
    " triage.wake_on_reply, triage.wakes_to, item.matter, item.created_at,"
    " looked.item_id IS NOT NULL"
    " FROM item JOIN client ON client.id = item.client_id"
    " JOIN channel ON channel.id = item.channel_id AND channel.client_id = item.client_id"
    " LEFT JOIN person ON person.id = item.who AND person.client_id = item.client_id"
    " LEFT JOIN triage ON triage.item_id = item.id AND triage.client_id = item.client_id"
    " LEFT JOIN draft ON draft.item_id = item.id AND draft.client_id = item.client_id" + LOOKED
)
"""What `row_view` reads; the caller adds which items."""


def row_view(found: tuple[Any, ...]) -> Row:
    """Make a line of the queue."""
    (
        item_id, client, channel, channel_kind, external_id, kind, title, who, snippet, state,
        lane, until, turn, due, act_by, updated_at, unread, labels, container, url, attachments,
        automatic, drafted, fresh, changes, since, minutes, wake_on_reply, wakes_to, matter,
        created_at, looked,
    ) = found  # fmt: skip
    return Row(
        id=item_id,
        client=client,
        channel=channel,
        channel_kind=channel_kind,
        external_id=external_id,
        kind=KINDS[kind],
        title=title,
        who=who,
        snippet=snippet,
        state=STATES[state],
        lane=LANES[lane],
        until=maybe_at(until),
        turn=TURNS[turn],
        due=due_from(due),
        act_by=at(act_by),
        updated_at=at(updated_at),
        unread=unread,
        labels=words(labels),
        container=container,
        url=url,
        attachments=attachments,
        automatic=bool(automatic),
        drafted=bool(drafted),
        fresh=fresh,
        changes=changes,
        since=maybe_at(since),
        minutes=minutes,
        hard=LANES[lane] is Lane.SNOOZED and not wake_on_reply,
        to_plan=LANES[wakes_to or 0] is Lane.PLANNED,
        matter=matter,
        created_at=at(created_at),
        looked=bool(looked),
    )


def rows(source: Source, ids: Sequence[int], shown: str) -> dict[int, Row]:
    """Read lines of the queue by id, with what is linked to them; `shown`: the condition for what
    is shown at all. Cost: one query, and one more where something is linked.
    """
    condition, among = source.among("item.id", ids)
    found = source.all(f"{ROW} WHERE {condition} AND {shown}", (among,))
    read = {row.id: row for row in map(row_view, found)}
    matters = {row.matter for row in read.values() if row.matter is not None}
    if not matters:
        return read
    members = _members(source, sorted(matters), shown)
    return {
        row.id: row._replace(
            others=tuple(one for one in members.get(row.matter, ()) if one.id != row.id)
        )
        for row in read.values()
    }


def _members(
    source: Source, matters: Sequence[int], shown: str
) -> Mapping[int | None, Sequence[Member]]:
    condition, among = source.among("item.matter", matters)
    members: defaultdict[int | None, list[Member]] = defaultdict(list)
    for (
        matter, item_id, channel, channel_kind, kind, title, container, who, snippet, state, lane,
        url, updated_at, unread, fresh, changes, files,
    ) in source.all(
        "SELECT item.matter, item.id, channel.slug, channel.kind, item.kind, item.title,"
        " item.container, coalesce(nullif(person.name, ''), person.handle, ''), item.snippet,"
        " item.state, item.lane, item.url, item.updated_at, item.unread,"
        f" {FRESH}, {CHANGES}, item.attachments FROM item"
        " JOIN channel ON channel.id = item.channel_id AND channel.client_id = item.client_id"
        " LEFT JOIN person ON person.id = item.who AND person.client_id = item.client_id"
        f"{LOOKED} WHERE {condition} AND {shown} ORDER BY item.matter, item.id",
        (among,),
    ):  # fmt: skip
        members[matter].append(
            Member(
                id=item_id, channel=channel, channel_kind=channel_kind, kind=KINDS[kind],
                title=title, container=container, who=who, snippet=snippet, state=STATES[state],
                lane=LANES[lane], url=url, updated_at=at(updated_at), unread=unread, fresh=fresh,
                changes=changes, attachments=files,
            )
        )  # fmt: skip
    return members
