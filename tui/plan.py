"""An item in pieces, from top to bottom: each is drawn by itself, when it comes into view.

A conversation of years opens as fast as one of today: of what is not in view only a guess is
made of how many lines it takes.
"""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from gettext import gettext as _
from itertools import accumulate
from typing import TypeVar, overload

from normalizer.model import CheckItem, Kind
from normalizer.text import fold
from store.views import ChangeView, ItemView, MessageHead, MessageView
from tui import item as drawing
from tui.actions import READER
from tui.lines import Line, Span, Tone, middle
from tui.link import disguised
from tui.rows import Look

T = TypeVar("T")

Messages = Mapping[int, MessageView]
"""Those that were read, by their ids."""

SLICE = 40
"""Lines of a list, such as files or what is to be ticked, that are one piece."""

LINKED = 30
"""Of the newest messages, so many are looked through for links when an item is opened."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of an item that belong together."""

    key: Hashable
    """A message's id, or what else it is: it stays so when the item is read again."""

    guess: int
    """Lines that it probably takes."""

    draw: Callable[[Messages], Iterable[Line]]
    message: int | None = None
    """The message that must be read before."""

    item: int | None = None
    """The item whose message that is."""

    lead: bool = False
    """A line is left free above it."""

    def lines(self, messages: Messages) -> list[Line]:
        """Draw it; nothing, where its message is there no longer."""
        if self.message is not None and self.message not in messages:
            return []
        drawn = list(self.draw(messages))
        return [(), *drawn] if self.lead and drawn else drawn

    def holds(self, messages: Messages, word: str) -> bool:
        """Tell whether a folded word may stand in it: what is drawn need not be looked at else."""
        if self.message is None:
            return True
        one = messages.get(self.message)
        return one is not None and word in fold(_spelled(one))


class Pieces(Sequence[Piece]):
    """What is read from top to bottom."""

    start: int
    """The piece with which she begins to read."""

    quoted: bool
    """Something in it is folded away, or would be."""

    _ends: Sequence[int]
    """Of each of its parts, how many pieces there are up to its end."""

    def __len__(self) -> int:
        """All of them."""
        return self._ends[-1]

    @overload
    def __getitem__(self, index: int) -> Piece: ...
    @overload
    def __getitem__(self, index: slice) -> list[Piece]: ...
    def __getitem__(self, index: int | slice) -> Piece | list[Piece]:
        """One piece, or some."""
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        part = bisect_right(self._ends, index)
        return self._piece(part, index - (self._ends[part - 1] if part else 0))

    @abstractmethod
    def _piece(self, part: int, at: int) -> Piece:
        """Make a piece: one of a part, which are counted from 0 both."""

    def measured(self) -> Iterator[tuple[Hashable, int]]:
        """Give of each piece its key and its guess."""
        return ((one.key, one.guess) for one in self)


class Plan(Pieces):
    """The pieces of an item. Those of its messages are made when they are asked for."""

    def __init__(
        self, before: Sequence[Piece], between: Sequence[Piece], after: Sequence[Piece],
        talk: Talk, first: int,
    ) -> None:  # fmt: skip
        """`between` stands above the message with which she begins to read, the `first`."""
        self._talk = talk
        self._parts = (
            before, range(first), between, range(first, len(talk.heads)), after,
        )  # fmt: skip
        self.quoted = any(
            head.quoted or talk.folds(number) for number, head in enumerate(talk.heads)
        )
        self._ends = list(accumulate(map(len, self._parts)))
        self.start = self._ends[1] if first else 0

    def _piece(self, part: int, at: int) -> Piece:
        found = self._parts[part][at]
        return self._talk.piece(found) if isinstance(found, int) else found

    def measured(self) -> Iterator[tuple[Hashable, int]]:
        """Give of each piece its key and its guess."""
        talk = self._talk
        for part in self._parts:
            for one in part:
                if isinstance(one, int):
                    yield talk.heads[one].id, talk.guess(one)
                else:
                    yield one.key, one.guess


@dataclass(frozen=True, slots=True)
class Talk:
    """The messages of an item, and how they are drawn."""

    item: ItemView
    heads: Sequence[MessageHead]
    look: Look
    room: int
    unfolded: bool
    below: bool
    """Something stands above the first of them."""

    def folds(self, number: int) -> bool:
        """Tell whether a message only announces what its task tells itself."""
        return self.heads[number].notification and self.item.row.kind is Kind.TASK

    def guess(self, number: int) -> int:
        """Say how many lines a message probably takes."""
        lines = 3 + 2 * self.heads[number].size // self.room
        return 1 if self.folds(number) and not self.unfolded else lines

    def piece(self, number: int) -> Piece:
        """Make what draws a message."""
        folded = self.folds(number) and not self.unfolded
        close = folded and number > 0 and self.folds(number - 1)
        key = self.heads[number].id
        lead = (self.below or number > 0) and not close
        draw = partial(self._drawn, key, folded)
        return Piece(key, self.guess(number), draw, message=key, item=self.item.row.id, lead=lead)

    def _drawn(self, key: int, folded: bool, read: Messages) -> Iterable[Line]:
        if folded:
            return [drawing.announced_line(read[key], self.look, self.room)]
        return drawing.message_lines(
            read[key], self.item, self.look, self.room, unfolded=self.unfolded
        )


def plan(
    item: ItemView, heads: Sequence[MessageHead], look: Look, width: int, *,
    unfolded: bool = False, newest: bool = False, links: Sequence[str] = (),
    seen: int | None = None,
) -> Plan:  # fmt: skip
    """Part an item. `newest`: she begins with the last message, read or not.

    `links` are listed beneath. Changes after the one called `seen` are shown where she begins to
    read; None: nobody knows which she has seen.
    """
    room = min(width - 2, drawing.WIDEST)
    late = [one for one in item.changes if seen is not None and one.id > seen]
    early = [one for one in item.changes if seen is None or one.id <= seen]
    talk = Talk(item, heads, look, room, unfolded, below=False)
    first = _first(talk, newest=newest)
    before = list(_facts(item, look, room))
    if not first:
        before += _late(late, look, room, below=bool(before))
    before += _described(item, look, room, below=bool(before))
    between = list(_late(late, look, room, below=True)) if first else []
    after: list[Piece] = []
    if item.gone or item.outgoing:
        after.append(_sent(item, look, room))
    after += _links(item, links, look, room)
    if early:
        title = drawing.rule(_("Changes seen at the client’s"), "", room)
        after += _changes("change", title, early, look, room, below=True)
    after.append(Piece("end", 1, lambda _read: [()]))
    return Plan(before, between, after, replace(talk, below=bool(before)), first)


def _first(talk: Talk, *, newest: bool) -> int:
    """Say which message she begins with: the first unread one, or the last."""
    told = [number for number in range(len(talk.heads)) if not talk.folds(number)]
    last = told[-1] if told else 0
    if newest:
        return last
    return next((number for number in told if talk.heads[number].unread), last)


def _facts(item: ItemView, look: Look, room: int) -> Iterator[Piece]:
    lines = list(drawing.facts(item, look, room))
    if lines:
        yield Piece("facts", len(lines), lambda _read: lines)


def _described(item: ItemView, look: Look, room: int, *, below: bool) -> Iterator[Piece]:
    """What the task itself says: its text, what is to be ticked, its files."""
    if item.body:
        guess = len(item.body) // room + item.body.count("\n") + 1
        yield Piece("body", guess, lambda _read: drawing.text_lines(item.body, room), lead=below)
        below = True
    if item.checklist:
        done = sum(one.done for one in item.checklist)
        title = _("To tick: {done} of {all}").format(done=done, all=len(item.checklist))
        heading = (drawing.rule(title, "", room),)
        yield Piece("checklist", 1, lambda _read: heading, lead=below)
        yield from _slices("checklist", item.checklist, SLICE, partial(_ticked, look, room))
    files = [file for file in item.attachments if not file.inline]
    yield from _slices("files", files, SLICE, lambda part: drawing.file_lines(part, room))


def _ticked(look: Look, room: int, part: Sequence[CheckItem]) -> Iterator[Line]:
    for one in part:
        tone = Tone.DIM if one.done else Tone.PLAIN
        yield from drawing.text_lines(drawing.ticked(one, look), room, tone)


def _slices(
    name: str, values: Sequence[T], size: int, draw: Callable[[Sequence[T]], Iterable[Line]],
    each: int = 1,
) -> Iterator[Piece]:  # fmt: skip
    """Part a list that may be long; one of it takes `each` lines, probably."""
    for start in range(0, len(values), size):
        part = values[start : start + size]
        yield Piece((name, start), each * len(part), partial(_slice, draw, part))


def _slice(
    draw: Callable[[Sequence[T]], Iterable[Line]], part: Sequence[T], _read: Messages
) -> Iterable[Line]:  # fmt: skip
    return draw(part)


def _sent(item: ItemView, look: Look, room: int) -> Piece:
    """What she did over there, and what has not arrived yet."""

    def draw(_read: Messages) -> Iterable[Line]:
        yield from drawing.arrived(item.gone, look, room)
        yield from drawing.outgoing_lines(item.outgoing, look, room)

    return Piece("sent", 1 + len(item.gone) + 3 * len(item.outgoing), draw)


def _links(
    item: ItemView, links: Sequence[str], look: Look, room: int
) -> Iterator[Piece]:  # fmt: skip
    """The addresses, by the digits that choose them. The item's own stands above already, and
    one in a text is not hard to find.
    """
    if len([link for link in links if link != item.row.url]) < 2:
        return
    lines: list[Line] = [drawing.rule(_("Links"), look.keys.name("link", READER), room)]
    for number, link in enumerate(links, 1):
        lines += _link(number, link, room)
    yield Piece("links", len(lines) + 1, lambda _read: lines, lead=True)


def _link(number: int, link: str, room: int) -> Iterator[Line]:
    """The host first, whole; of what follows it the middle gives way."""
    scheme, mark, rest = link.partition("://")
    host, slash, path = rest.partition("/")
    name = middle(host, max(8, room - 6))
    tail = middle(slash + path, room - 6 - len(name)) if room - 6 - len(name) >= 8 else ""
    shown = scheme + mark if scheme != "https" else ""
    yield Span(f" {number}  ", Tone.KEY), Span(shown + name), Span(tail, Tone.DIM)
    real = disguised(link)
    if real:
        text = _("careful: this goes to {host}").format(host=real)
        yield from drawing.text_lines(f"   ! {text}", room, Tone.ALERT)


def _late(
    changes: Sequence[ChangeView], look: Look, room: int, *, below: bool
) -> Iterator[Piece]:  # fmt: skip
    if changes:
        title = drawing.rule(_("Changed since you last looked"), "", room, Tone.ALERT)
        yield from _changes("late", title, changes, look, room, below=below)


def _changes(
    name: str, title: Line, changes: Sequence[ChangeView], look: Look, room: int, *, below: bool
) -> Iterator[Piece]:  # fmt: skip
    def draw(part: Sequence[ChangeView]) -> Iterator[Line]:
        for one in part:
            yield from drawing.change_lines(one, look, room)

    yield Piece(name, 1 + below, lambda _read: [title], lead=below)
    yield from _slices(name, changes, SLICE // 4, draw, each=3)


def _spelled(one: MessageView) -> str:
    """All that is said in a message, in one text."""
    people = [part for who in (one.author, *one.to, *one.cc) for part in (who.name, who.handle)]
    files = [file.name for file in one.attachments]
    invited = [one.invitation.summary, one.invitation.place] if one.invitation else []
    return "\n".join([one.text, one.folded, one.subject, *people, *files, *invited])
