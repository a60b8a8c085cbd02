"""What follows from an item's messages, copies and files, and what the rules say of it.

Reckoned again for the items a transaction has touched: a handful of queries for 500 of them, and
a write for those that differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row, func, select

from normalizer import subject
from normalizer.model import Kind
from store import schema
from store.changes import notice_states
from store.codes import (
    AUTOMATIC,
    GONE,
    HIDDEN,
    KINDS,
    LANES,
    NOTICE,
    OUT,
    STATES,
    TURNS,
    UNREAD,
    at,
    due_from,
    maybe_at,
    ms,
    numbers,
    unpack,
)
from store.facts import MOST_HEARD, Derived, Facts, Heard
from store.messages import is_news
from store.people import handles
from store.sql import among, chunks, rewrite
from store.triage import wake
from store.work import Work

_SNIPPET: Final = 120
_SAID: Final = 2000
"""Characters of a message that the rules are shown."""

_STATE_GONE: Final = 3

_COLUMNS = (
    "channel_id", "title", "container", "created_at", "updated_at", "state", "who", "snippet",
    "last_at", "last_in_at", "last_out_at", "unread", "attachments", "automatic", "turn", "act_by",
)  # fmt: skip


_Line = tuple[int, int, int]
"""A message's sent_at, id and flags."""


@dataclass(slots=True)
class _Messages:
    """The messages of one item, oldest first."""

    live: list[_Line] = field(default_factory=list)
    gone: list[_Line] = field(default_factory=list)

    @property
    def told(self) -> list[_Line]:
        """What counts: the live ones, or all that there was."""
        return self.live or self.gone

    def unanswered(self) -> list[_Line]:
        """What came in since she last wrote. By its date alone, so that it is the same in
        whatever order the messages arrived.
        """
        told = self.told
        wrote = [sent_at for sent_at, _, flags in told if flags & OUT]
        since = [one for one in told if not one[2] & OUT and (not wrote or one[0] >= wrote[-1])]
        return since[-MOST_HEARD:]

    def news(self, work: Work, last_at: int | None, *, chat: bool) -> list[_Line]:
        """What has just come in. `last_at`: of what was there before.

        In a `chat`, which is told as such, nothing that the tool itself says is news, nor what she
        answered in what came with it.
        """
        came_in = work.came_in
        new = [one for one in self.told if one[1] in came_in]
        if chat:
            hers = max((one[0] for one in self.told if one[1] in work.went_out), default=None)
            new = [
                one for one in new
                if not one[2] & AUTOMATIC and (hers is None or one[0] > hers)
            ]  # fmt: skip
        news = [one for one in new if is_news(one[0], came_in[one[1]], last_at, work.now)]
        return news[-MOST_HEARD:]


def refresh(work: Work, rules: Callable[[Facts], Derived]) -> None:
    """Reckon the touched items again."""
    sla = select(schema.client.c.sla_hours).where(schema.client.c.id == work.key.client_id)
    sla_hours = work.conn.execute(sla).scalar_one()
    for part in chunks(sorted(work.touched)):
        _refresh(work, part, rules, sla_hours)


def _refresh(work: Work, ids: list[int], rules: Callable[[Facts], Derived], sla_hours: int) -> None:
    conn, i = work.conn, schema.item.c
    query = select(
        i.id, i.kind, i.described, i.due, i.people_ids, i.lane, schema.triage.c.until,
        schema.triage.c.wake_on_reply, *(i[name] for name in _COLUMNS),
    ).outerjoin_from(schema.item, schema.triage, schema.triage.c.item_id == i.id)  # fmt: skip
    rows = list(among(conn, query.where(i.merged_into.is_(None)), i.id, ids))
    tasks = {row.id for row in rows if row.described and KINDS[row.kind] is Kind.TASK}
    messages = _messages(work, ids, tasks)
    judged: dict[int, tuple[list[_Line], list[_Line]]] = {}
    for row in rows:
        one = messages.get(row.id, _Messages())
        chat = bool(row.described) and row.id not in tasks
        judged[row.id] = one.unanswered(), one.news(work, row.last_at, chat=chat)
    newest = {one.told[-1][1] for one in messages.values() if one.told}
    oldest = {one.told[0][1] for one in messages.values() if one.told}
    shown = {line[1] for pair in judged.values() for lines in pair for line in lines}
    said = _said(work, newest | shown)
    subjects = _subjects(work, oldest)
    places = _places(work, newest)
    states = _states(work, [row.id for row in rows if row.described])
    files = _files(work, ids)
    hers = _hers(work, [row for row in rows if row.id in tasks], judged)
    updates: list[dict[str, Any]] = []
    woken: list[int] = []
    turned: list[tuple[int, int, int]] = []
    for row in rows:
        of_item = messages.get(row.id, _Messages())
        new = _own(row, of_item, states)
        if of_item.told:
            first, last = of_item.told[0], of_item.told[-1]
            author, text = said[last[1]]
            new |= _last_message(author, last[2], text)
            if not row.described:
                new["title"] = subject.title(subjects[first[1]])
                place = places.get(last[1], (row.channel_id, row.container))
                new["channel_id"], new["container"] = place
        new["attachments"] = files.get(row.id, 0)
        unanswered, news = (
            tuple(Heard(said[m][1], bool(flags & AUTOMATIC)) for _, m, flags in lines)
            for lines in judged[row.id]
        )
        of_her = hers.get(row.id, (False, False))
        facts = _facts(row, new, unanswered, news, sla_hours, hers=of_her)
        derived = rules(facts)
        new["turn"], new["act_by"] = TURNS.index(derived.turn), ms(derived.act_by)
        if derived.wake and news:
            woken.append(row.id)
        if any(new[name] != getattr(row, name) for name in _COLUMNS):
            updates.append({"row": row.id, **new})
        told = row.described and row.id not in work.introduced
        if told and row.state != new["state"] and row.state != HIDDEN:
            turned.append((row.id, row.state, new["state"]))
    rewrite(conn, schema.item, updates)
    if not work.quiet:
        notice_states(work, turned)
    wake(conn, woken, "woke", work.now)


def _messages(work: Work, ids: list[int], tasks: set[int]) -> dict[int, _Messages]:
    """Read what counts of each item's messages: in a task, no notification of itself."""
    m = schema.message.c
    messages: dict[int, _Messages] = {}
    query = select(m.item_id, m.sent_at, m.id, m.flags)
    for item_id, sent_at, message_id, flags in among(work.conn, query, m.item_id, ids):
        if flags & NOTICE and item_id in tasks:
            continue
        one = messages.setdefault(item_id, _Messages())
        (one.gone if flags & GONE else one.live).append((sent_at, message_id, flags))
    for one in messages.values():
        one.live.sort()
        one.gone.sort()
    return messages


def _said(work: Work, ids: set[int]) -> dict[int, tuple[int, str]]:
    """Give each message's author, and the beginning of its text."""
    m = schema.message.c
    said = {one: (work.written[one][0], work.written[one][2][:_SAID])
            for one in ids if one in work.written}  # fmt: skip
    left = sorted(one for one in ids if one not in said)
    for row in among(work.conn, select(m.id, m.author, m.text), m.id, left):
        said[row.id] = (row.author, unpack(row.text)[:_SAID])
    return said


def _subjects(work: Work, ids: set[int]) -> dict[int, str]:
    m = schema.message.c
    subjects = {one: work.written[one][1] for one in ids if one in work.written}
    left = sorted(one for one in ids if one not in subjects)
    for row in among(work.conn, select(m.id, m.subject), m.id, left):
        subjects[row.id] = row.subject
    return subjects


def _places(work: Work, ids: Iterable[int]) -> dict[int, tuple[int, str]]:
    """Say where each message lies: of its live copies' channels and folders the first, from
    among the channels of the config where one of those has it.
    """
    c, r, k = schema.message_copy.c, schema.raw.c, schema.channel.c
    mine = select(k.id).where(k.client_id == work.key.client_id, k.active == 0)
    left = set(work.conn.execute(mine).scalars())
    query = (
        select(c.message_id, c.container, r.channel_id)
        .join(schema.raw, r.id == c.raw_id)
        .where(r.deleted_at.is_(None))
    )
    places: dict[int, list[tuple[bool, int, str]]] = {}
    for message_id, container, channel_id in among(work.conn, query, c.message_id, sorted(ids)):
        place = (channel_id in left, channel_id, container)
        places.setdefault(message_id, []).append(place)
    return {message_id: min(each)[1:] for message_id, each in places.items()}


def _hers(
    work: Work, tasks: Sequence[Row[Any]], judged: dict[int, tuple[list[_Line], list[_Line]]]
) -> dict[int, tuple[bool, bool]]:
    """Say of each task whether it is assigned to others alone, and whether what came in since she
    last wrote names her.
    """
    m = schema.message.c
    lines = {line[1]: row.id for row in tasks for line in judged[row.id][0]}
    spoken: dict[int, set[int]] = {row.id: set() for row in tasks}
    for one in among(work.conn, select(m.id, m.to_ids), m.id, sorted(lines)):
        spoken[lines[one.id]].update(numbers(one.to_ids))
    assigned = {row.id: set(numbers(row.people_ids)) for row in tasks}
    known = handles(
        work.conn, {who for each in (*spoken.values(), *assigned.values()) for who in each}
    )
    mine = {who for who, handle in known.items() if handle in work.identities}
    return {
        row.id: (
            bool(assigned[row.id]) and mine.isdisjoint(assigned[row.id]),
            not mine.isdisjoint(spoken[row.id]),
        )
        for row in tasks
    }


def _states(work: Work, ids: Iterable[int]) -> dict[int, int]:
    """Read the state of each item from its live copies: open as long as one of them says so."""
    c, r = schema.item_copy.c, schema.raw.c
    query = (
        select(c.item_id, func.min(c.state).label("state"))
        .join(schema.raw, r.id == c.raw_id)
        .where(r.deleted_at.is_(None))
        .group_by(c.item_id)
    )
    return {row.item_id: row.state for row in among(work.conn, query, c.item_id, ids)}


def _files(work: Work, ids: list[int]) -> dict[int, int]:
    a = schema.attachment.c
    query = select(a.item_id, func.count().label("n")).where(a.inline == 0).group_by(a.item_id)
    return {row.item_id: row.n for row in among(work.conn, query, a.item_id, ids)}


def _own(row: Row[Any], messages: _Messages, states: dict[int, int]) -> dict[str, Any]:
    told = messages.told
    new: dict[str, Any] = {name: getattr(row, name) for name in _COLUMNS}
    if row.described:
        new["state"] = states.get(row.id, _STATE_GONE)
    elif not told:
        new["state"] = HIDDEN
    else:
        new["state"] = 0 if messages.live else _STATE_GONE
    if told and KINDS[row.kind] is Kind.CONVERSATION:
        new["created_at"], new["updated_at"] = told[0][0], told[-1][0]
    came = [sent_at for sent_at, _, flags in told if not flags & OUT]
    went = [sent_at for sent_at, _, flags in told if flags & OUT]
    new["last_at"] = told[-1][0] if told else None
    new["last_in_at"] = came[-1] if came else None
    new["last_out_at"] = went[-1] if went else None
    new["unread"] = sum(bool(flags & UNREAD) for _, _, flags in messages.live if not flags & OUT)
    return new


def _last_message(author: int, flags: int, text: str) -> dict[str, Any]:
    return {
        "who": author,
        "snippet": " ".join(text[: 4 * _SNIPPET].split())[:_SNIPPET],
        "automatic": int(bool(flags & AUTOMATIC)),
    }


def _facts(
    row: Row[Any], new: dict[str, Any], unanswered: tuple[Heard, ...], news: tuple[Heard, ...],
    sla_hours: int, *, hers: tuple[bool, bool],
) -> Facts:  # fmt: skip
    state = new["state"]
    return Facts(
        kind=KINDS[row.kind],
        state=STATES[state] if state != HIDDEN else STATES[_STATE_GONE],
        due=due_from(row.due),
        created_at=at(new["created_at"]),
        last_in_at=maybe_at(new["last_in_at"]),
        last_out_at=maybe_at(new["last_out_at"]),
        last_automatic=bool(new["automatic"]),
        unanswered=unanswered,
        news=news,
        unread=new["unread"],
        lane=LANES[row.lane],
        elsewhere=hers[0],
        named=hers[1],
        until=maybe_at(row.until),
        wake_on_reply=bool(row.wake_on_reply),
        sla_hours=sla_hours,
    )
