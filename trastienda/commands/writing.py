"""What an answer says: texts of hers, what she writes, and what they still ask for."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from gettext import gettext as _

from normalizer.said import SaidError
from normalizer.text import BLOCK, NAME, block, line, original
from store.views import ItemView
from trastienda import console
from trastienda.context import Context
from triage import snippets
from triage.profile import Snippet
from tui.editor import edited


class UnwrittenError(SaidError):
    """The text is not whole, so nothing was sent."""


def text(ctx: Context, item: ItemView, client: str) -> str:
    """Make the text that she asks for: her snippets, one below the other, and then her own words.

    What they ask for is what --set says, else she is asked; in an editor she fills it in herself.
    Raises UnwrittenError while anything is empty, and EditorError.
    """
    options = ctx.options
    if options.edit and not asks(ctx):
        raise UnwrittenError("--edit needs a terminal to edit on. Give the text instead.")
    parts = [*_filled(ctx, item, client), _own(options.text)]
    whole = snippets.stack(parts)
    if options.edit:
        whole = edited(whole, console.lent)
        parts = [whole]
    if not whole.strip():
        raise UnwrittenError("There is nothing to send: write something first.")
    # What was filled in is not looked at: braces in a client's name are no place of ours.
    if left := _places(parts[-1:]):
        if options.edit:  # or it would be lost
            console.warn(whole)
        raise UnwrittenError(
            "Nothing was sent. Still empty: {places}. Braces that are meant have a space inside:"
            " {example}.",
            places=", ".join(left), example="{ " + left[0].strip("{?}") + " }",
        )  # fmt: skip
    return whole


def asks(ctx: Context) -> bool:
    """Tell whether she is there to be asked."""
    return ctx.may_ask and not ctx.json and console.is_terminal()


def _filled(ctx: Context, item: ItemView, client: str) -> list[str]:
    manner = ctx.manner
    language = manner.profile(item.row.client).language
    chosen = [_named(name, manner.snippets) for name in ctx.options.snippet]
    texts = [snippets.choose(one, language) for one in chosen]
    known = snippets.values(item, client, manner, ctx.now, ctx.zone)
    known |= _given(ctx.options.set, texts)
    if not ctx.options.edit:
        known |= _asked(ctx, texts, known)
    return [snippets.fill(one, known) for one in texts]


def _named(name: str, known: Sequence[Snippet]) -> Snippet:
    for one in known:
        if one.name == name:
            return one
    names = [one.name for one in known]
    if not names:
        raise UnwrittenError(
            "You have no snippets yet. Write them under [snippets.{name}] in the config.",
            name=line(name, NAME),
        )
    raise UnwrittenError(
        "There is no snippet {name}. There are: {known}.",
        name=line(name, NAME),
        known=", ".join(get_close_matches(name, names, n=3) or names),
    )


def _given(told: Iterable[str], texts: Sequence[str]) -> dict[str, str]:
    """Read what --set says, each NAME=VALUE. A name that nothing asks for is a slip."""
    values: dict[str, str] = {}
    for one in told:
        name, sign, value = one.partition("=")
        if not sign or not name.strip():
            raise UnwrittenError("--set takes NAME=VALUE, and not {given}.", given=line(one, NAME))
        asked = _places(texts)
        if _places(texts, {name: "x"}) == asked:
            raise UnwrittenError(
                "No snippet asks for {name}. They ask for: {asked}.",
                name=line(name, NAME), asked=", ".join(asked) or "–",
            )  # fmt: skip
        values[name] = value
    return values


def _asked(ctx: Context, texts: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """Ask her for what is still empty. Without her, say what that is."""
    missing = _places(texts, known)
    names = [place.strip("{?}") for place in missing]
    if missing and not asks(ctx):
        raise UnwrittenError(
            "Nothing was sent. Still empty: {places}. Fill it in: {command}",
            places=", ".join(missing),
            command=" ".join(f"--set '{name}=…'" for name in names),
        )
    given: dict[str, str] = {}
    for name in names:
        given[name] = console.typed(_("What goes in for {name}?").format(name=line(name, NAME)))
        if not given[name]:
            raise UnwrittenError("Nothing was sent. Still empty: {places}.", places=name)
    return given


def _places(texts: Iterable[str], known: Mapping[str, str] | None = None) -> list[str]:
    found = (place for one in texts for place in snippets.open_in(one, known or {}))
    return list(dict.fromkeys(found))


def _own(words: Sequence[str]) -> str:
    """Give what she wrote; "-" alone is what stands on standard input."""
    if list(words) != ["-"]:
        return " ".join(words)
    read = sys.stdin.buffer.read(4 * BLOCK + 1) if sys.stdin is not None else b""
    told = read.decode("utf-8-sig", "replace")
    if len(told) > BLOCK:
        raise UnwrittenError("That is more than fits into one message. Nothing was sent.")
    return block(original(told)).strip("\n")
