"""What is likely the same thing as an item: said beside it, and offered with the reason."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from gettext import gettext as _
from typing import TYPE_CHECKING, Final

from store.errors import StoreError
from tui import words
from tui.lines import Line, Span, Tone, fit, safe

if TYPE_CHECKING:
    from store.reader import Reader
    from triage.linking import Suggestion
    from tui.main import Trastienda


def suggested(one: Suggestion) -> Line:
    """A suggestion, and why it is one."""
    return (
        Span(f"{words.letter(one.channel_kind):<2} ", Tone.DIM),
        Span(fit(one.title, 40).rstrip()),
        Span(f"  {reason(one)}", Tone.KEY),
    )


def reason(one: Suggestion) -> str:
    """Why two are probably the same thing."""
    names = {
        "link": _("one links to the other"),
        "file": _("the same file: {detail}"),
        "number": _("the same number: {detail}"),
        "subject": _("the same subject"),
    }
    return names[one.reason].format(detail=fit(one.detail, 24).rstrip())


_RESTS: Final = 0.15
"""Seconds on one row before anything is looked up about it."""


class Hints:
    """What is likely the same thing as what she looks at: looked up off the screen's thread, and
    kept till the database changes.
    """

    _MOST = 200

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, tuple[Suggestion, ...]]] = {}

    def of(self, number: int | None) -> tuple[Suggestion, ...]:
        """What was found last for an item."""
        return () if number is None else self._known.get(number, (0, ()))[1]

    async def rest(self, app: Trastienda, number: int | None, shown: Callable[[], None]) -> None:
        """Look it up for the item under the cursor, once she rests there."""
        await asyncio.sleep(_RESTS)
        if number is not None:
            await self.follow(app, number, shown)

    async def follow(self, app: Trastienda, number: int, shown: Callable[[], None]) -> None:
        """Look it up, where anything can have changed, and have it shown."""

        def read(reader: Reader) -> tuple[int, tuple[Suggestion, ...]] | None:
            from triage import linking  # noqa: PLC0415 - after the first paint

            version = reader.version()
            if self._known.get(number, (None, ()))[0] == version:
                return None
            return version, linking.suggest(reader, number)

        try:
            found = await app.desk.read(read)
        except StoreError:
            return  # whoever reads the list or the item says so
        if found is not None:
            before = self.of(number)
            if len(self._known) >= self._MOST:
                self._known.clear()
            self._known[number] = found
            if found[1] != before:
                shown()


def hint(likely: Sequence[Suggestion], key: str) -> Line:
    """Say in a few words that something is likely the same thing, and which key links it."""
    if not likely:
        return ()
    one = likely[0]
    told = _("same as {title} ({channel})?").format(
        title=fit(one.title, 30).rstrip(), channel=words.kind(one.channel_kind)
    )
    return Span(told + " ", Tone.DIM), Span(safe(key), Tone.KEY)
