"""One pull of an account's boards: what the list of boards tells, then each that changed."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeAlias

from connectors import trello_raws as raws
from connectors.base import Batch
from connectors.errors import RefusedError, UnavailableError
from connectors.trello_board import Board, Json, Listed
from connectors.trello_cursor import Absence, Left, Seen, dump
from connectors.trello_reads import COMMENTS, BarredError, Reads
from connectors.writing import sense, watched
from normalizer.raw import Census, Raw
from normalizer.said import Said
from normalizer.text import line

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_FAILURES: Final = 2
"""Boards in a row that may fail before the rest is left for later."""

_TOGETHER: Final = 10
"""Pages of actions that go into one batch with the cards they are about."""


class Profile(Protocol):
    """What a pull must know of the channel's settings."""

    @property
    def boards(self) -> tuple[str, ...]:
        """Name the boards that are watched: by name, id or short link; "*" is all of them."""

    @property
    def done(self) -> str:
        """Tell what "done" does: "due_complete", "archive" or "list:" and a list's name."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What goes into one batch."""

    records: tuple[Raw, ...]
    census: tuple[Census, ...] = ()


class Pull:
    """What one pull knows. `now`: seconds since 1970."""

    def __init__(self, reads: Reads, left: Left, config: Profile, now: int) -> None:
        self._reads, self._config, self._now = reads, config, now
        self._again = bool(left.boards) and left.done != config.done
        self._seen = dict(left.boards)
        self._said = left
        self._notices: list[Said] = []
        self._heads: dict[str, Board] = {}
        self._read: set[str] = set()
        self._acts = raws.Acts({}, named="*" not in config.boards, done=config.done)

    def batches(self, listing: Sequence[Listed]) -> Iterator[Batch]:
        """Go through the boards, and count what is on them once all were read: what left one may
        have come to another. What fails at one of them is raised after the others.
        """
        missing, present = list(self._missing(listing)), self._present(listing)
        self._acts.boards = {board: name for board, name, _ in present}
        trouble = yield from self._through([*missing, *present])
        if trouble is None:
            self._again = False
            nights = [(board, name, self._night(board)) for board, name, _ in present]
            trouble = yield from self._through(nights)
        moved = [copy for card, copy in self._acts.moved.items() if card in self._read]
        if moved:
            yield self._batch(self._part(map(raws.gone, moved)))
        if self._left() != self._said or self._notices:
            yield self._batch(_Part(()))
        if trouble is not None:
            raise trouble

    def _through(
        self, work: Iterable[_Work]
    ) -> Generator[Batch, None, UnavailableError | RefusedError | None]:
        """Do what there is to do, and return the first thing that went wrong."""
        trouble: UnavailableError | RefusedError | None = None
        failed = 0
        for board, name, parts in work:
            try:
                yield from parts
                failed = 0
            except BarredError:
                self._lost(board, name)
            except (UnavailableError, RefusedError) as error:
                failed += 1
                if failed == _FAILURES or getattr(error, "retry_after", None) is not None:
                    raise
                trouble = trouble or error
        return trouble

    # Which boards

    def _present(self, listing: Sequence[Listed]) -> list[_Work]:
        wanted = self._config.boards
        for name in _unmatched(wanted, listing):
            if not any(watched((name,), seen.name, key) for key, seen in self._seen.items()):
                self._notices.append(
                    Said("There is no board {board} at Trello for this account.", _about(name))
                )
        return [
            (one.id, one.name, self._board(one))
            for one in listing
            if watched(wanted, one.name, one.id, one.short)
        ]

    def _missing(self, listing: Sequence[Listed]) -> Iterator[_Work]:
        """Take the boards that are not listed now; forget those she took off the config."""
        wanted = self._config.boards
        there = {one.id: one for one in listing}
        doubtful = "*" in wanted or bool(_unmatched(wanted, listing))
        for key, seen in list(self._seen.items()):
            one = there.get(key)
            if one is None and doubtful:
                if seen.absence == "lost":
                    self._lost(key, seen.name)
                elif not seen.absence:
                    yield key, seen.name, self._vanished(key, seen.name, alone=not listing)
            elif one is None or not watched(wanted, one.name, one.id, one.short):
                del self._seen[key]

    def _lost(self, board: str, name: str) -> None:
        """Freeze what is kept of a board, and say so as long as that lasts."""
        if board in self._seen:
            self._seen[board] = replace(self._seen[board], absence="lost")
        self._notices.append(
            Said(
                "The board {board} is no longer shared with you at Trello, or was deleted. What was"
                " fetched from it stays here as it was; nothing was closed.",
                _about(name or board),
            )
        )

    def _vanished(self, board: str, name: str, *, alone: bool) -> Iterator[Batch]:
        """Look at a board that is no longer among the open ones: closed, or lost? `alone`: no
        board at all is listed, which is believed of none.
        """
        if self._reads.is_closed(board):
            yield from self._since(board, self._seen[board])
            yield from self._told(board, self._all(board), absence="closed")
        elif not alone:
            self._lost(board, name)  # anybody may read it, and she is no member any more

    # What is on them

    def _board(self, listed: Listed) -> Iterator[Batch]:
        """Read what may be news on a board: nothing, what changed, or all of it."""
        board, seen = listed.id, self._seen.get(listed.id)
        if seen is None:
            # What was archived before we began may be kept as open, if this begins anew.
            yield from self._told(board, self._whole(board), night=self._now - _DAY + _HOUR)
            return
        if seen.activity != listed.activity:
            yield from self._since(board, seen)
        if seen.absence or self._again:
            yield from self._told(board, self._whole(board), night=0)
        elif seen.names != listed.names:
            yield from self._told(board, self._whole(board))

    def _night(self, board: str) -> Iterator[Batch]:
        """Read all of a board once a day, and when it is back, and count what is on it."""
        seen = self._seen.get(board)
        if seen is not None and not seen.absence and not 0 <= self._now - seen.night < _DAY:
            head = self._heads.get(board)
            parts = self._all(board) if head is None else self._counted(head)
            yield from self._told(board, parts, night=self._now)

    def _since(self, board: str, seen: Seen) -> Iterator[Batch]:
        """Read what changed: alone this tells all of a card that was archived after it."""
        parts = self._changed(board, seen)
        yield from self._told(board, parts, names=seen.names, absence=seen.absence)

    def _changed(self, board: str, seen: Seen) -> Iterator[_Found]:
        """Read what changed since the last time, or all where nobody knows when that was."""
        news = self._reads.changed(board, seen.activity) if seen.activity else None
        if news is None:
            yield from self._all(board)
            return
        earlier: Iterator[Sequence[Json]] = iter(())
        if news.more:
            earlier = self._reads.earlier(board, news.actions[-1], seen.activity)
        pages = [news.actions, *itertools.islice(earlier, _TOGETHER)]
        told = {one["id"]: one for page in pages for one in page}
        news = replace(news, actions=tuple(told.values()))
        census = self._forgotten(news)
        yield news, self._part(self._cards(news), raws.acts(news, self._acts), census=census)
        doubtful = bool(census) or raws.arrived(news.actions)
        for page in earlier:
            part = replace(news, cards=(), actions=tuple(page))
            census = self._forgotten(part)
            yield news, self._part(raws.acts(part, self._acts), census=census)
            doubtful = doubtful or bool(census) or raws.arrived(page)
        if doubtful:
            yield from self._counted(news)

    def _all(self, board: str) -> Iterator[_Found]:
        """Read all of a board, and count it."""
        head: Board | None = None
        for told, part in self._whole(board):
            head = told
            yield told, part
        if head is not None:
            yield from self._counted(head)

    def _whole(self, board: str) -> Iterator[tuple[Board, _Part]]:
        """Read all open cards, with the newest actions and every comment on them.

        What was said on a card that is not read would stand there without it.
        """
        cards: set[str] = set()
        for part in self._reads.whole(board):
            self._heads[board] = part
            cards |= {card["id"] for card in part.cards}
            yield part, self._part(self._cards(part), raws.acts(part, self._acts, cards))
            if part.more:
                comments = ",".join(COMMENTS)
                for page in self._reads.earlier(board, part.actions[-1], kinds=comments):
                    yield part, self._part(raws.comments(board, page, cards))

    def _counted(self, head: Board) -> Iterator[_Found]:
        """Count what there is: cards and comments that are gone leave no other trace.

        Twice, for one answer that leaves something out must close nothing.
        """
        board, here = head.id, f"{head.id}/"
        cards = self._reads.ids(board)
        comments: set[str] = set()
        shown = {card for card, (_, closed) in cards.items() if not closed}
        for page in self._reads.comments(board):
            comments |= {raw.external_id for raw in self._part(raws.comments(board, page)).records}
            yield head, self._part(raws.comments(board, page, shown))
        for page in self._reads.comments(board):
            part = self._part(raws.comments(board, page))
            comments |= {raw.external_id for raw in part.records}
        now = self._reads.ids(board)
        there = frozenset(here + card for card in (*cards, *now))
        census = (
            Census(stream="card", prefix=here, external_ids=there),
            Census(stream="comment", prefix=here, external_ids=frozenset(comments)),
        )
        archived = {card: into for card, (into, closed) in now.items() if closed}
        away = raws.put_away(head, archived, self._config.done)
        yield head, self._part(away, census=census)

    # Batches

    def _cards(self, board: Board) -> Iterator[Raw]:
        self._read |= {card["id"] for card in board.cards}
        return raws.cards(board, self._config.done)

    def _forgotten(self, board: Board) -> tuple[Census, ...]:
        with sense(self._reads.host):
            return raws.forgotten(board.id, board.actions)

    def _part(self, *records: Iterable[Raw], census: tuple[Census, ...] = ()) -> _Part:
        with sense(self._reads.host):
            return _Part(tuple(itertools.chain(*records)), census)

    def _told(
        self,
        board: str,
        parts: Iterable[_Found],
        *,
        night: int | None = None,
        names: str | None = None,
        absence: Absence = "",
    ) -> Iterator[Batch]:
        """Hand on the parts; the cursor moves with the last of them.

        `names` are those by which the cards that did not change were read, if not the board's.
        """
        held: _Part | None = None
        head: Board | None = None
        for told, part in parts:
            if held is not None:
                yield self._batch(held)
            head, held = told, part
        if head is None or held is None:
            return
        before = self._seen.get(board)
        self._seen[board] = Seen(
            name=line(head.name, 60),
            activity=head.activity,
            names=head.names if names is None else names,
            night=night if night is not None else before.night if before else 0,
            absence=absence,
        )
        yield self._batch(held)

    def _left(self) -> Left:
        done = self._said.done if self._again else self._config.done
        return Left(boards=dict(self._seen), done=done)

    def _batch(self, part: _Part) -> Batch:
        self._said = self._left()
        notices, self._notices = tuple(self._notices), []
        return Batch(part.records, dump(self._said), part.census, notices)


_Found: TypeAlias = tuple[Board, _Part]
"""Records, with what the board told of itself in the same answer."""

_Work: TypeAlias = tuple[str, str, Iterator[Batch]]
"""A board, its name, and what there is to do about it."""


def _unmatched(wanted: Sequence[str], listing: Sequence[Listed]) -> list[str]:
    """Name what the config names and Trello does not."""
    return [
        name
        for name in wanted
        if name != "*" and not any(watched((name,), o.name, o.id, o.short) for o in listing)
    ]


def _about(name: str) -> tuple[tuple[str, str | int], ...]:
    return (("board", line(name, 60)),)
