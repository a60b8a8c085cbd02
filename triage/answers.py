"""What she says and does in the client's own tool. It is queued here, and goes out later.

Each is one durable transaction with her decision, and can be taken back till it goes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from normalizer import answering
from normalizer.actions import MOST_BYTES, Action, Comment, Complete, Draft, Enclosure, Mail
from normalizer.model import Ref
from normalizer.said import Said, SaidError
from store import against, answered, deeds, directory, outbox
from store import triage as kept
from store.database import Database
from store.directory import ChannelKey
from store.outbox import Address, Letter
from store.views import Lane
from triage import verbs
from triage.verbs import Outcome

_WINDOWS: Final = {"imap": 20, "matrix": 0}
_BOARD: Final = 10
"""Seconds in which what she sent can be taken back, by the kind of channel."""

_NEEDS: Final = {"no": frozenset[str](), "comment": frozenset({"comment", "mail", "draft"})}
"""What each `write` lets through; "all" is everything."""


class NotWrittenError(SaidError):
    """Nothing of the kind can be written to this channel, and nothing was queued."""


def window(kind: str) -> timedelta:
    """Say how long what goes to a kind of channel can be taken back."""
    return timedelta(seconds=_WINDOWS.get(kind, _BOARD))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What she wants said."""

    text: str
    to_all: bool = False
    """A mail answers all who were addressed; else whoever wrote."""

    files: tuple[Enclosure, ...] = ()
    """With their content."""

    at: datetime | None = None
    """When it is to go, where not at once."""

    language: str = "es"
    """In which it is said whose words are quoted."""

    who: str = ""
    """Who wants it."""

    key: UUID = field(default_factory=uuid.uuid4)
    """Becomes the action's id, and a mail's Message-ID: a draft that is kept has one for ever."""


def post(db: Database, letter: Letter, now: datetime) -> Outcome:
    """Let what `draft` made go out; the time in which it can be taken back begins now. Raises
    NotWrittenError where the same is on its way to the same people already: she, or her
    script, said it twice.
    """
    item_id = letter.item_id or 0
    said = (item_id, deeds.name_of(letter.action), deeds.told(deeds.spell(letter.action)))
    if said in against.told_under_way(db, [item_id]):
        raise NotWrittenError(
            "The same answer is on its way there already. “trastienda outbox” shows it. Wait till"
            " it has gone, or say it in other words."
        )
    soonest = now + window(_address(db, item_id).kind)
    letter = replace(letter, send_at=max(soonest, letter.send_at))
    if isinstance(letter.action, Mail):
        letter = replace(letter, action=_as_it_lies(db, letter.key, letter.action))
    kept.send(db, [letter], verb="answer", now=now)
    return Outcome(_going(letter, now), (item_id,))


def keep_there(db: Database, letter: Letter, now: datetime) -> Outcome:
    """Put the mail that `draft` made into the client's own folder for drafts, in place of an
    earlier state of it; nothing is sent. Raises NotWrittenError.
    """
    mail, item_id = letter.action, letter.item_id or 0
    if not isinstance(mail, Mail):
        raise NotWrittenError(
            "Drafts are kept over there in a mailbox only. This one is kept here."
        )
    mail = _as_it_lies(db, letter.key, mail)
    kept_there = replace(
        _letter(_address(db, item_id), Draft, lambda ref: Draft(ref=ref, mail=mail), now),
        who=letter.who,
    )
    kept.send(db, [kept_there], verb="draft", now=now)
    n = int((kept_there.send_at - now).total_seconds())
    said = Said(
        "The draft goes to the client’s folder for drafts in {n} seconds; undo takes it back.",
        (("n", n),),
    )
    return Outcome(said, (item_id,))


def _as_it_lies(db: Database, key: ChannelKey, mail: Mail) -> Mail:
    """Note of a mail whether it lies over there as a draft."""
    return replace(mail, drafted=answered.was_drafted(db, key, mail.message_id))


def addressed(letter: Letter) -> tuple[str, ...]:
    """Give the addresses that it goes to, where it goes to addresses."""
    mail = letter.action
    both = (*mail.to, *mail.cc) if isinstance(mail, Mail) else ()
    return tuple(map(answering.address_of, both))


def draft(db: Database, item_id: int, wish: Wish, now: datetime) -> Letter:
    """Make what says something on a task or in a chat, or answers a mail; nothing is sent by it.

    `now` is in her time zone. Raises NotWrittenError, or UnanswerableError.
    """
    if not wish.text.strip():
        raise NotWrittenError("There is nothing to send: write something first.")
    size = sum(one.size for one in wish.files)
    if size > MOST_BYTES:
        raise NotWrittenError(
            "The files of this mail have {size} MB, and servers take {most} MB. Send them in"
            " several mails, or put them where a link leads to them.",
            size=-(-size // 1_000_000),
            most=MOST_BYTES // 1_000_000,
        )
    address = _address(db, item_id)
    if "mail" in _able(address):
        letter = _letter(address, Mail, lambda _: _mail(db, address, wish, now), now)
    elif wish.files:
        raise NotWrittenError(
            "Files go out with mail only. Put it there in the client’s own tool, and say so here."
        )
    else:
        said = wish.text.strip()
        letter = _letter(
            address, Comment, lambda ref: Comment(ref=ref, id=wish.key, text=said), now
        )
    return replace(letter, who=wish.who, send_at=wish.at or letter.send_at)


def complete(
    db: Database, ids: Sequence[int], now: datetime, *, who: str = "", seen: int | None = None
) -> Outcome:
    """Have done with tasks, there as well as here. Raises NotWrittenError; then none is done.

    `seen`: the last change of one that she has seen, where more may have come in since.
    """
    letters = completing(db, ids, now, who=who)
    if seen is not None:
        letters = tuple(replace(one, base=seen) for one in letters)
    return finish(db, ids, letters, now)


def completing(
    db: Database, ids: Sequence[int], now: datetime, *, who: str = ""
) -> tuple[Letter, ...]:
    """Make what has done with tasks over there; nothing is sent by it. It stands on what is known
    of them now: what somebody changes before it goes is not written over.

    Raises NotWrittenError where one of them cannot be completed there.
    """
    return tuple(
        replace(_letter(_address(db, one), Complete, lambda ref: Complete(ref=ref), now), who=who)
        for one in ids
    )


def finish(db: Database, ids: Sequence[int], letters: Sequence[Letter], now: datetime) -> Outcome:
    """Have done with items, and let `letters` go out; the time in which they can be taken back
    begins now.
    """
    kinds = {one.item_id: one.kind for one in outbox.addresses(db, ids)}
    letters = [
        replace(one, send_at=max(one.send_at, now + window(kinds.get(one.item_id or 0, ""))))
        for one in letters
    ]
    kept.place(db, ids, Lane.DONE, verb="done", now=now, letters=letters)
    if not letters:
        return verbs.finished(ids)
    return Outcome(_going(max(letters, key=lambda one: one.send_at), now), tuple(ids))


def _mail(db: Database, address: Address, wish: Wish, now: datetime) -> Mail:
    """Answer the last mail of a conversation that a person wrote."""
    mails = answered.received(db, address.key, address.item_id)
    written = [one for one in mails if not answering.by_machine(one.payload)]
    if not written:
        raise NotWrittenError(
            "Nobody wrote to you in this conversation, so there is nobody to answer here."
        )
    last = written[0]
    mail = answering.answer(
        last.payload, last.said, action=wish.key, ref=address.ref, words=wish.text,
        mine=directory.identities(db, address.key), senders=address.senders,
        language=wish.language, written_at=last.sent_at.astimezone(now.tzinfo),
        to_all=wish.to_all,
    )  # fmt: skip
    return replace(mail, files=wish.files)


def _address(db: Database, item_id: int) -> Address:
    found = outbox.addresses(db, [item_id])
    if not found:
        raise NotWrittenError("It is no longer there.")
    return found[0]


def _able(address: Address) -> frozenset[str]:
    """Say what a channel takes, as its connector told at the last pull."""
    if address.can is None:
        raise NotWrittenError(
            "It is not known yet what this channel takes. Fetch once (“trastienda sync”), then"
            " answer."
        )
    return address.can


def _letter(
    address: Address, kind: type[Action], make: Callable[[Ref], Action], now: datetime
) -> Letter:
    name = deeds.names_of([kind])[0]
    if name not in _able(address):
        raise NotWrittenError(
            "This channel takes no such thing from here. Do it in the client’s own tool."
        )
    if address.write in _NEEDS and name not in _NEEDS[address.write]:
        raise NotWrittenError(
            "Nothing of the kind is written to this channel. To allow it, set"
            ' write = "comment" (answers) or write = "all" (changes too) for it in the config.'
        )
    return Letter(
        key=address.key, item_id=address.item_id, action=make(address.ref),
        send_at=now + window(address.kind), base=address.base,
    )  # fmt: skip


def _going(letter: Letter, now: datetime) -> Said:
    seconds = int((letter.send_at - now).total_seconds())
    if not seconds:
        return Said("It goes out now.")
    return Said("It goes out in {n} seconds; undo takes it back.", (("n", seconds),))
