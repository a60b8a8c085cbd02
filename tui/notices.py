"""What the desktop is told of: how many came in that are hers to act on, and from whom.

Never a word of what they say: others may see it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from datetime import timedelta
from gettext import gettext as _
from gettext import ngettext
from typing import TYPE_CHECKING

from normalizer.said import SaidError
from store.narrowed import Newest
from tui import desktop
from tui.lines import fit
from tui.quiet import is_quiet

if TYPE_CHECKING:
    from tui.main import Trastienda

LOOK = 5.0
"""Seconds between two looks."""

APART = 60.0
"""Seconds between two notices: what comes in meanwhile is one."""

RECENT = timedelta(days=1)
"""What is older is no news, though it came in just now: a channel is read for the first time."""

NAMED = 3
"""Clients named in a notice."""


class Notices:
    """Looks at what came in since it looked last."""

    def __init__(self, app: Trastienda) -> None:
        self._app = app
        self._after: Newest | None = None
        self._told = -APART

    async def look(self) -> None:
        """Tell what has come in, if it is time for it."""
        app, after = self._app, self._after
        now = app.clock()
        if time.monotonic() - self._told < APART:
            return
        try:
            latest = await app.desk.read(lambda reader: reader.latest())
            if after is None or latest == after:
                self._after = latest
                return
            counts = await app.desk.read(lambda reader: reader.arrived(after, now - RECENT))
        except SaidError:
            return  # the next look tries again
        self._after = latest
        here = now.astimezone(app.setup.timezone)
        if not counts or is_quiet(app.setup.taste.quiet, here):
            return
        names = {one.slug: one.name for one in app.clients}
        text = summary(counts, names, app.board.request.client)
        self._told = time.monotonic()
        with contextlib.suppress(OSError):
            await asyncio.to_thread(desktop.tell, text, self._write)

    def _write(self, text: str) -> None:
        if self._app.is_running:
            self._app.call_from_thread(self._to_terminal, text)

    def _to_terminal(self, text: str) -> None:
        if (driver := self._app._driver) is not None:  # noqa: SLF001 - as `on_ready` does
            driver.write(text)


def summary(counts: Mapping[str, int], names: Mapping[str, str], shown: str | None) -> str:
    """How many, and from whom; while one client is `shown` alone, no other is named."""
    known = {slug: n for slug, n in counts.items() if slug in names and shown in (None, slug)}
    most = sorted(known, key=lambda slug: -known[slug])[:NAMED]
    parts = [
        ngettext("{n} new from {client}", "{n} new from {client}", known[slug]).format(
            n=known[slug], client=fit(names[slug], 24).strip()
        )
        for slug in most
    ]
    rest = sum(counts.values()) - sum(known[slug] for slug in most)
    if rest and parts:
        parts.append(_("and {n} more").format(n=rest))
    elif rest:
        parts.append(ngettext("{n} new", "{n} new", rest).format(n=rest))
    return " · ".join(parts)
