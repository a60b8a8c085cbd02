"""What "done" does to what she has chosen: at each client, in each channel, before it is done.

A plan sends nothing and decides nothing. What it shows is what goes out, the same letters.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from normalizer.answering import UnanswerableError
from normalizer.model import Kind, State
from normalizer.said import Said
from store import against, deeds, outbox, previews
from store.database import Database
from store.outbox import Address, Letter
from store.reader import Reader
from store.views import ItemView, Row
from triage import answers, guard, snippets
from triage.answers import NotWrittenError, Wish
from triage.guard import Finding
from triage.prepare import BY_HAND
from triage.profile import Manner
from triage.verbs import Outcome


class Way(enum.StrEnum):
    """How something is done with."""

    COMPLETE = "complete"
    """There as well as here."""

    ANSWER = "answer"
    """They are told, in the client's text for that."""

    BY_HAND = "by_hand"
    """That text is laid ready, for her to send."""

    HERE = "here"
    """Nothing is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is done to some items of one channel."""

    way: Way
    rows: tuple[Row, ...]
    """Of one channel of one client; one alone where somebody is told."""

    said: Said
    """What happens there, or why nothing does."""

    address: Address
    letters: tuple[Letter, ...] = ()
    text: str = ""
    """What they are told."""

    refused: tuple[Said, ...] = ()
    """Why it was not carried out when she decided it before."""

    going: bool = False
    """It was decided before, and is on its way."""

    @property
    def name(self) -> str:
        """Call it, for what she has seen: where the client's settings change, another."""
        return f"{self.way} {self.said.to_json()}"

    @property
    def lacks(self) -> bool:
        """Tell whether a task would be done here that stays open there."""
        return (
            self.way is Way.HERE
            and not self.going
            and any(row.kind is Kind.TASK and row.state is State.OPEN for row in self.rows)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What "done" does to all that she has chosen."""

    parts: tuple[Part, ...]
    unseen: bool
    """Something in it she has never seen before, or was not carried out before, or somebody is
    told something."""

    @property
    def items(self) -> tuple[int, ...]:
        """All that is done with."""
        return tuple(row.id for part in self.parts for row in part.rows)

    @property
    def letters(self) -> tuple[Letter, ...]:
        """All that goes out."""
        return tuple(letter for part in self.parts for letter in part.letters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What she has chosen, as it was read."""

    rows: tuple[Row, ...]
    views: Mapping[int, ItemView]
    """Of those of which somebody may be told."""

    names: Mapping[str, str]
    """Of the clients, by their slugs."""

    manner: Manner


_NOBODY: Final = Said("nobody is told")
_ALREADY: Final = Said("it is closed there already")
_ONE_BY_ONE: Final = Said("nobody is told: what you send by hand goes one by one")
_UNDER_WAY: Final = Said("that is on its way already")
_PLAIN: Final = Said("marks the task as done")


def chosen(reader: Reader, ids: Sequence[int], manner: Manner) -> Chosen:
    """Read what she has chosen, each item once, with what it is linked with: a matter is done with
    as one. Raises StoreError.
    """
    named = [row for row in reader.rows(list(dict.fromkeys(ids))) if row is not None]
    linked = dict.fromkeys(one.id for row in named for one in row.members)
    rows = tuple(row for row in reader.rows(list(linked)) if row is not None)
    told = [row.id for row in rows if row.kind is Kind.CONVERSATION and _text_of(row, manner)]
    views = {number: view for number in told if (view := reader.item(number)) is not None}
    return Chosen(
        rows=rows,
        views=views,
        names={one.slug: one.name for one in reader.clients()},
        manner=manner,
    )


def plan(db: Database, what: Chosen, now: datetime) -> Plan:
    """Say what "done" does to it, what goes out first; `now` in her time zone.

    Raises NotWrittenError where nothing of it is there any more.
    """
    addresses = {one.item_id: one for one in outbox.addresses(db, [row.id for row in what.rows])}
    going = against.under_way(db, addresses.keys())
    refused = against.refused(db, addresses.keys())
    rows = [row for row in what.rows if row.id in addresses]
    if not rows:
        raise NotWrittenError("It is no longer there.")
    parts: list[Part] = []
    for group in _by_channel(rows):
        address = addresses[group[0].id]
        tasks = [one for one in group if one.kind is Kind.TASK]
        sent = {item for item, action, _ in going if action == "complete"}
        parts += _tasks(db, [one for one in tasks if one.id not in sent], address, what, now)
        if those := tuple(one for one in tasks if one.id in sent):
            parts.append(_going(those, address))
        talks = [one for one in group if one.kind is not Kind.TASK]
        parts += _merged(
            _once(_talk(db, one, addresses[one.id], what, now), going) for one in talks
        )
    parts = [
        replace(part, refused=tuple(refused[row.id] for row in part.rows if row.id in refused))
        for part in parts
    ]
    parts.sort(key=lambda part: (not part.letters, not part.lacks))
    unseen = any(
        part.way in {Way.ANSWER, Way.BY_HAND}
        or part.refused
        or not previews.was_shown(db, part.address.key, part.name)
        for part in parts
    )
    return Plan(parts=tuple(parts), unseen=unseen)


def findings(reader: Reader, planned: Plan) -> list[tuple[Part, list[Finding]]]:
    """Say what in what they are told may be meant for another client. Raises StoreError."""
    told = [part for part in planned.parts if part.text]
    if not told:
        return []
    lexicon = reader.lexicon()
    found = []
    for part in told:
        to = [address for letter in part.letters for address in answers.addressed(letter)]
        odd = guard.findings(part.text, part.rows[0].client, lexicon, reader, to)
        if odd:
            found.append((part, odd))
    return found


def finish(db: Database, planned: Plan, now: datetime) -> Outcome:
    """Do what was planned, in one durable transaction, and note that she has seen it. What has
    been put on its way meanwhile, from another screen, is not once more.
    """
    going = against.under_way(db, planned.items)
    letters = [one for one in planned.letters if _of(one) not in going]
    outcome = answers.finish(db, planned.items, letters, now)
    for part in planned.parts:
        previews.shown(db, part.address.key, part.name, now)
    return outcome


def _of(letter: Letter) -> tuple[int, str, str]:
    action = letter.action
    return letter.item_id or 0, deeds.name_of(action), deeds.told(deeds.spell(action)).text


def seconds(planned: Plan) -> int:
    """Say for how many seconds what is planned can be taken back, once it is done."""
    windows = (answers.window(part.address.kind) for part in planned.parts if part.letters)
    return max((int(one.total_seconds()) for one in windows), default=0)


def _by_channel(rows: Iterable[Row]) -> Iterable[list[Row]]:
    """Group them, the channels of one client beside each other."""
    groups: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        groups.setdefault(row.client, {}).setdefault(row.channel, []).append(row)
    return (rows for channels in groups.values() for rows in channels.values())


def _tasks(
    db: Database, rows: Sequence[Row], address: Address, what: Chosen, now: datetime
) -> Iterator[Part]:
    """Have done with tasks of one channel; `address` is of any item in it."""
    still = tuple(row for row in rows if row.state is State.OPEN)
    closed = tuple(row for row in rows if row.state is not State.OPEN)
    if still:
        me = what.manner.me
        try:
            letters = answers.completing(db, [row.id for row in still], now, who=me)
        except NotWrittenError as error:
            yield Part(way=Way.HERE, rows=still, said=error.said, address=address)
        else:
            said = address.completes or _PLAIN
            yield Part(way=Way.COMPLETE, rows=still, said=said, address=address, letters=letters)
    if closed:
        yield Part(way=Way.HERE, rows=closed, said=_ALREADY, address=address)


def _talk(db: Database, row: Row, address: Address, what: Chosen, now: datetime) -> Part:
    """Have done with a conversation: where the client has a text for that, they are told."""
    here = Part(way=Way.HERE, rows=(row,), said=_NOBODY, address=address)
    manner = what.manner
    template, view = _text_of(row, manner), what.views.get(row.id)
    if not template or view is None:
        return here
    zone = now.tzinfo
    assert zone is not None  # noqa: S101 - as `plan` says
    values = snippets.values(view, what.names.get(row.client, row.client), manner, now, zone)
    if empty := snippets.open_in(template, values):
        said = Said(
            "nobody is told: in the text for it, {place} is empty. Answer it yourself",
            (("place", empty[0]),),
        )
        return replace(here, said=said)
    text = snippets.fill(template, values)
    if row.channel_kind in BY_HAND:
        if len(what.rows) > 1:
            return replace(here, said=_ONE_BY_ONE)
        return Part(way=Way.BY_HAND, rows=(row,), said=Said("you send it"), address=address,
                    text=text)  # fmt: skip
    language = manner.profile(row.client).language
    try:
        letter = answers.draft(db, row.id, Wish(text=text, language=language, who=manner.me), now)
    except (NotWrittenError, UnanswerableError) as error:
        return replace(here, said=error.said)
    return Part(way=Way.ANSWER, rows=(row,), said=Said("they are told"), address=address,
                letters=(letter,), text=text)  # fmt: skip


def _once(part: Part, going: Collection[tuple[int, str, str]]) -> Part:
    """Tell nobody what is on its way to them already."""
    if any(item == part.rows[0].id and part.text == text for item, _, text in going if text):
        return _going(part.rows, part.address)
    return part


def _going(rows: tuple[Row, ...], address: Address) -> Part:
    return Part(way=Way.HERE, rows=rows, said=_UNDER_WAY, address=address, going=True)


def _merged(parts: Iterable[Part]) -> Iterator[Part]:
    """Say once what happens to several conversations in the same way."""
    same: dict[Said, list[Part]] = {}
    for part in parts:
        if part.way is Way.HERE:
            same.setdefault(part.said, []).append(part)
        else:
            yield part
    for said, those in same.items():
        rows = tuple(row for part in those for row in part.rows)
        yield Part(way=Way.HERE, rows=rows, said=said, address=those[0].address)


def _text_of(row: Row, manner: Manner) -> str:
    """Give the client's text for what is done with, not filled in; "" where there is none."""
    name = manner.profile(row.client).done
    found = next((one for one in manner.snippets if one.name == name), None) if name else None
    return "" if found is None else snippets.choose(found, manner.profile(row.client).language)
