"""Two versions of an item side by side: what she saw when she decided, and what it is now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from gettext import gettext as _
from typing import Final

from store.views import ChangeView
from tui import words
from tui.lines import Line, Span, Tone, fit, wrap
from tui.rows import Look

_WHOLE: Final = frozenset({"title", "body", "description", "due", "container", "state"})
"""Fields of which each change tells the whole value before and after."""

_LONGEST: Final = 12
"""Lines of one value that are shown."""


def lines(changes: Sequence[ChangeView], look: Look, width: int) -> list[Line]:
    """What differs, field by field, with who changed it last and when."""
    half = max(8, (width - 5) // 2)
    head = (
        Span(" " + fit(_("What you saw"), half), Tone.STRONG),
        Span(" │ ", Tone.DIM),
        Span(_("What it is now"), Tone.STRONG),
    )
    drawn: list[Line] = [head]
    for change in _folded(changes):
        drawn.extend(_field(change, look, half))
    return drawn


def _folded(changes: Sequence[ChangeView]) -> list[ChangeView]:
    """Put together what changed several times: from what she saw to what it is now."""
    first: dict[str, ChangeView] = {}
    folded: list[ChangeView] = []
    for change in changes:
        if change.field in first:
            before = first[change.field]
            folded[folded.index(before)] = first[change.field] = replace(
                change, before=before.before
            )
        else:
            folded.append(change)
            if change.field in _WHOLE:
                first[change.field] = change
    return folded


def _field(change: ChangeView, look: Look, half: int) -> Iterator[Line]:
    who = change.author.name or change.author.handle if change.author else _("somebody")
    when = words.moment(change.at, look.now, look.zone)
    about = f"{fit(who, 24).strip()} · {when}"
    yield (
        Span(" " + words.field(change.field), Tone.KEY),
        Span(f"  {about}", Tone.DIM),
    )
    if not change.before and not change.after:
        yield (Span(" " + words.untold(), Tone.DIM),)
        return
    left, right = (
        wrap(words.changed(change.field, value, look.now, look.zone), half)[:_LONGEST] or ["–"]
        for value in (change.before, change.after)
    )
    for number in range(max(len(left), len(right))):
        yield (
            Span(" " + fit(left[number] if number < len(left) else "", half), Tone.QUOTE),
            Span(" │ ", Tone.DIM),
            Span(right[number] if number < len(right) else ""),
        )
