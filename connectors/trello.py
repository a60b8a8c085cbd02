"""Trello: a client's boards, read whole once and then by what changed; written to where she may."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import quote, unquote, urlsplit
from uuid import UUID

from connectors import trello_write
from connectors.base import Account, Batch, Cursor, Receipt, Secret
from connectors.errors import ConfigError, RefusedError
from connectors.http import Http, Timing
from connectors.http_limits import Limits, Rate, digest
from connectors.http_rules import HttpConfig
from connectors.trello_board import Listed
from connectors.trello_cursor import load
from connectors.trello_pull import Pull
from connectors.trello_reads import BarredError, Reads
from connectors.writing import may, target, watched
from normalizer import versions
from normalizer.actions import Action
from normalizer.model import Record, Ref
from normalizer.raw import Raw
from normalizer.said import Said
from normalizer.text import NAME, line

_PATIENT: Final = Timing()
_FRESH: Final = 60.0
"""Seconds for which the boards that `check` has seen are not asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrelloConfig(HttpConfig):
    """The boards of one account at Trello."""

    key: Secret
    """The API key of a Power-Up of hers (trello.com/apps/admin)."""

    token: Secret
    """The token that goes with it; not the "secret" that stands beside the key."""

    boards: tuple[str, ...] = ("*",)
    """Boards to watch: by name, id or short link; "*" is all."""

    done: str = "due_complete"
    """What "done" is at this client: "due_complete", "archive", or "list:" and a list's name."""

    base_url: str = "https://api.trello.com/1"
    """Where its API is. https, or plain http on this computer."""

    def __post_init__(self) -> None:
        HttpConfig.__post_init__(self)
        way, _, name = self.done.partition(":")
        if self.done not in {"due_complete", "archive"} and (way != "list" or not name.strip()):
            raise ConfigError(
                '{key} must be "due_complete", "archive" or "list:" and the name of a list.',
                key="done",
            )


class TrelloConnector:
    """One account. Holds its connections between calls, and what `check` saw for a moment."""

    kind: ClassVar[str] = "trello"
    version: ClassVar[int] = versions.TRELLO
    Config: ClassVar[type[TrelloConfig]] = TrelloConfig
    writes: ClassVar[frozenset[type[Action]]] = trello_write.WRITES

    def __init__(
        self,
        config: TrelloConfig,
        *,
        timing: Timing = _PATIENT,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock`: what the limits are counted by."""
        self._config, self._timing, self._now, self._clock = config, timing, now, clock
        self._http: Http | None = None
        self._looked: tuple[float, tuple[Listed, ...]] | None = None
        self._done: dict[UUID, Receipt] = {}

    @property
    def requests(self) -> int:
        """HTTP requests sent so far."""
        return self._http.requests if self._http else 0

    def check(self) -> Account:
        """Sign in, and name the boards that are watched."""
        me = Reads(self._api()).me()
        self._looked = (time.monotonic(), me.boards)
        chosen = [b for b in me.boards if watched(self._config.boards, b.name, b.id, b.short)]
        for name in self._config.boards:
            if name != "*" and not any(watched((name,), b.name, b.id, b.short) for b in me.boards):
                raise ConfigError(
                    "Trello shows this account no board {board}. There are: {boards}.",
                    board=line(name, 60),
                    boards=", ".join(line(one.name, 60) for one in me.boards[:20]) or "—",
                )
        return Account(
            name=line(me.name or me.username, NAME),
            handles=frozenset({me.id.lower(), me.username.lower()}),
            places=tuple(line(one.name, 60) for one in chosen),
            rights=(may(self._config.write), *_looking(chosen)),
        )

    def pull(self, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield what changed, board by board; nothing where the list of boards tells no news."""
        left = load(cursor)
        reads = Reads(self._api())
        looked, self._looked = self._looked, None
        fresh = looked is not None and time.monotonic() - looked[0] < _FRESH
        listing = looked[1] if looked is not None and fresh else reads.boards()
        yield from Pull(reads, left, self._config, int(self._now())).batches(listing)

    def open(self, copy: Ref, attachment: str) -> Iterator[bytes]:
        """Yield the bytes of a file that hangs on a card; a link is no file."""
        card = target(copy.external_id.rpartition("/")[2])
        wanted = target(attachment)
        reads = Reads(self._api())
        try:
            told = reads.attachment(card, wanted)
        except BarredError:
            raise _gone() from None
        if told.get("isUpload") is not True:
            raise RefusedError("This is a link and no file. Open it in the browser.")
        name = unquote(urlsplit(str(told.get("url"))).path.rpartition("/")[2])
        name = name if name not in {"", ".", ".."} and name.isprintable() else "file"
        yield from reads.download(
            f"/cards/{card}/attachments/{wanted}/download/{quote(name, safe='')}"
        )

    @property
    def completes(self) -> Said:
        """What "done" does there."""
        return trello_write.completes(self._config.done)

    def push(self, action: Action) -> Receipt:
        """Carry out `action`; see `trello_write.push`."""
        return trello_write.push(self._api(), self._config, action, self._done)

    def close(self) -> None:
        """Let go of the connections."""
        if self._http is not None:
            self._http.close()

    @staticmethod
    def normalise(raw: Raw) -> Iterable[Record]:
        """Put one record of Trello's in our words."""
        from normalizer import trello  # noqa: PLC0415  # not needed to fetch

        return trello.normalise(raw)

    def _api(self) -> Http:
        if self._http is None:
            config = self._config
            self._http = Http(
                config,
                headers=self._headers,
                level=trello_write.level,
                limits=_limits(config, self._clock),
                timing=self._timing,
            )
        return self._http

    def _headers(self) -> dict[str, str]:
        """Name key and token in the one way that no log of addresses shows."""
        # A quote would end the value early; a NUL is refused where the header is made.
        given = (self._config.key.reveal(), self._config.token.reveal())
        key, token = (one.replace('"', "\0") for one in given)
        return {"Authorization": f'OAuth oauth_consumer_key="{key}", oauth_token="{token}"'}


def _limits(config: TrelloConfig, clock: Callable[[], float]) -> Limits:
    """Share Trello's limits with whoever has the same key or token (API: Rate Limits)."""
    key = digest(config.base_url, "key", config.key.reveal())
    token = digest(config.base_url, "token", config.token.reveal())
    return Limits(
        [
            (token, Rate("token", 100, 10.0, 20)),
            (key, Rate("key", 300, 10.0, 60)),
            (token, Rate("/members", 100, 900.0, 20)),
        ],
        clock,
    )


def _looking(boards: Iterable[Listed]) -> Iterator[Said]:
    for one in boards:
        if one.role == "observer":
            yield Said(
                "On the board {board} you may look, and change nothing.",
                (("board", line(one.name, 60)),),
            )


def _gone() -> RefusedError:
    return RefusedError("The file is no longer there.")
