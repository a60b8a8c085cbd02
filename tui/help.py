"""The keys as they really are, and the commands: one list, narrowed by typing, Enter does it."""

from __future__ import annotations

from collections.abc import Sequence
from gettext import gettext as _

from tui.actions import Action, keys_text, matching
from tui.choice import Choice, Option
from tui.lines import Span, Tone, fit


def panel(screen: str) -> Choice[Action]:
    """What can be done on this screen."""

    def options(typed: str) -> Sequence[Option[Action]]:
        found = matching(screen, typed)
        lines = [
            Option(
                "",
                (Span(fit(keys_text(action), 20), Tone.KEY), Span(action.label.text(_))),
                action,
            )
            for action in found
        ]
        return lines or [Option("", (Span(_("Nothing by that name."), Tone.DIM),), None)]

    return Choice(
        _("Keys and commands: type to narrow, Enter does it, Esc leaves"), options, typing=True
    )
