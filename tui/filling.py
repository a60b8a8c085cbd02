"""Her own texts: chosen by name, filled with what is known, and asked for what is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from gettext import gettext as _
from typing import TYPE_CHECKING

from normalizer.text import fold
from triage import snippets
from triage.profile import Snippet
from tui.choice import Choice, Option
from tui.lines import Span, Tone, fit, safe
from tui.question import Question

if TYPE_CHECKING:
    from tui.main import Trastienda


def picker(those: Sequence[Snippet], language: str, color: str) -> Choice[Snippet]:
    """Let her choose one of her texts: what she types narrows them, by name and by words."""

    def options(typed: str) -> Sequence[Option[Snippet]]:
        wanted = fold(typed).split()
        found = [
            (one, snippets.choose(one, language))
            for one in those
            if all(word in fold(f"{one.name} {' '.join(one.texts.values())}") for word in wanted)
        ]
        lines = [
            Option(
                "",
                (Span(fit(one.name, 16) + " ", Tone.KEY), Span(safe(" ".join(text.split())))),
                one,
            )
            for one, text in found
        ]
        none = (
            _("No text by that name.")
            if those
            else _("There are no texts of yours yet. Put them under [snippets] in the config.")
        )
        return lines or [Option("", (Span(none, Tone.DIM),), None)]

    return Choice(_("Put in a text: type to narrow, Enter"), options, typing=True, color=color)


def fill(
    app: Trastienda, text: str, known: Mapping[str, str], done: Callable[[str], None], color: str
) -> None:
    """Fill a text in, and ask her for what it asks, one after the other. What she does not say
    stays open in it: it cannot be sent like that.
    """
    wanted = list(snippets.asked(text))
    values = dict(known)

    def ask() -> None:
        if not wanted:
            done(snippets.fill(text, values))
            return
        name = wanted.pop(0)
        title = _("{name}? Esc leaves it open").format(name=name)
        app.push_screen(Question(title, str.strip, str, color=color), answered(name))

    def answered(name: str) -> Callable[[str | None], None]:
        def take(said: str | None) -> None:
            if said is not None:
                values[name] = said
            ask()

        return take

    ask()
