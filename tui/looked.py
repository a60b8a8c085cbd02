"""What she has looked at: it stops being new. Moving over a row is not looking; reading it is."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from normalizer.said import SaidError
from store.narrowed import Newest
from tui.work import start

if TYPE_CHECKING:
    from textual.timer import Timer

    from store.database import Database
    from tui.main import Trastienda

ENOUGH = 1.0
"""Seconds for which an item stands before her till she has looked at it."""


class Looking:
    """Notes how far she has looked at what she reads and answers, never more than was there when
    it was read: what comes in meanwhile stays new.
    """

    def __init__(self, app: Trastienda) -> None:
        self._app = app
        self._shown: Mapping[int, Newest] = {}
        """What stands before her and is not noted yet."""

        self._answering: dict[int, Newest] = {}
        self._timer: Timer | None = None

    def shows(self, newest: Mapping[int, Newest]) -> None:
        """Items stand before her, read when that was the newest of each."""
        if self._shown.keys() != newest.keys():
            self.leaves()
        self._shown = newest
        if self._timer is None:
            self._timer = self._app.set_timer(ENOUGH, self.leaves)

    def leaves(self) -> None:
        """She goes on, or has seen enough of it."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        newest, self._shown = self._shown, {}
        if newest:
            self._note(newest)

    def answers(self, item: int) -> None:
        """She begins to answer an item: what is there now is what she answers."""

        async def read() -> None:
            with contextlib.suppress(SaidError):
                newest = await self._app.desk.read(lambda reader: reader.newest(item))
                self._answering[item] = newest

        start(self._app, read, "answering", alone=False)

    def answered(self, item: int) -> None:
        """The answer goes."""
        if (newest := self._answering.pop(item, None)) is not None:
            self._note({item: newest})

    def _note(self, newest: Mapping[int, Newest]) -> None:
        now = self._app.clock()

        def act(db: Database) -> bool:
            from store import looking  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            return looking.look(db, newest, now=now)

        # Handed over here and now: it is written though she leaves at once.
        done = self._app.desk.write(act)

        async def told() -> None:
            with contextlib.suppress(SaidError):  # it only stays bold
                await done

        start(self._app, told, "looked", alone=False)
