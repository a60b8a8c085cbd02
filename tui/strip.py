"""The top line, and who is how fresh: never one green light for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from gettext import gettext as _
from gettext import ngettext
from types import MappingProxyType
from typing import TYPE_CHECKING

from rich.cells import cell_len

from store.row import Health, Outgoing, SavedView
from tui import words
from tui.actions import QUEUE
from tui.keys import Keys
from tui.lines import Line, Span, Tone, fit, length, safe, spread
from tui.plain import spoken
from tui.rows import Look
from tui.views import Request, names, title

if TYPE_CHECKING:
    from store.views import ChannelView

QUIET = frozenset({Health.OK, Health.SYNCING})
STALE = timedelta(hours=1)
LONG = timedelta(seconds=3)
"""What reads a channel no longer than this is not counted."""

_NONE: Mapping[Outgoing, int] = {}


def unsent(counts: Mapping[Outgoing, int], room: int, key: str) -> Line:
    """What she sent that has not arrived, in words where they fit; what waits for her last. `key`
    shows it.
    """
    asked, refused = counts.get(Outgoing.ASK, 0), counts.get(Outgoing.REFUSED, 0)
    going = sum(counts.values()) - asked - refused
    parts = [
        (going, "↑", ngettext("↑ {n} to go out", "↑ {n} to go out", going), Tone.KEY),
        (asked, "?", ngettext("! {n} asks you", "! {n} ask you", asked), Tone.ALERT),
        (refused, "!", ngettext("! {n} not sent", "! {n} not sent", refused), Tone.ALERT),
    ]
    some = [part for part in parts if part[0]]
    spelled = [Span(f" {text.format(n=n)} ", tone) for n, _mark, text, tone in some]
    short = [Span(f" {mark}{n}", tone) for n, mark, _text, tone in some]
    line = tuple(spelled if length(tuple(spelled)) + 3 <= room else short)
    whole = (*line, Span(f" {key} ", Tone.KEY)) if line else ()
    return tuple(span._replace(act="app.press('outbox')") for span in whole)


def tabs(
    request: Request, shown: int, counts: Mapping[str, int], own: Sequence[SavedView], room: int,
    *, whole: bool,
) -> Line:  # fmt: skip
    """The views, and how many are in each: as many as fit, always the one that is shown."""
    every = names(own)
    here = f" {safe(title(request.view))} {shown}{'' if whole else '+'} "
    texts = {
        name: here if name == request.view else _tab(title(name), counts.get(name))
        for name in every
    }
    kept = [request.view]
    left = room - cell_len(here) - 1
    # Those with something in them first, then the rest, in the order of the tabs.
    for name in sorted(every, key=lambda one: not counts.get(one)):
        if name != request.view and (size := cell_len(texts[name]) + 1) <= left:
            kept.append(name)
            left -= size
    return tuple(
        span
        for at, name in enumerate(every)
        if name in kept
        for span in (
            Span(
                texts[name], Tone.BADGE if name == request.view else Tone.DIM,
                act=f"app.see({at})",
            ),
            Span(" "),
        )
    )  # fmt: skip


def _tab(name: str, count: int | None) -> str:
    return fit(name, 24).strip() + (f" {count}" if count else "")


def header(
    request: Request, shown: int, look: Look, width: int, *, demo: bool, whole: bool = True,
    sent: Mapping[Outgoing, int] = _NONE, counts: Mapping[str, int] = MappingProxyType({}),
    own: Sequence[SavedView] = (),
) -> Line:  # fmt: skip
    """The views, how many are in each, what narrows this one, what waits to go out, the time."""
    right: list[Span] = []
    if demo:
        text = _("demonstration data") if width >= 110 else _("demo")
        right.append(Span(f" {text} ", Tone.BADGE))
    right.append(Span(f" {look.now.astimezone(look.zone):%H:%M} ", Tone.DIM))
    narrowed: list[Span] = []
    if look.focus:
        name, _color = look.client(look.focus)
        alone = _("Focus: {client}").format(client=fit(name, 16).strip())
        narrowed.append(Span(f" {alone} ", Tone.BADGE))
    elif request.search is None and request.client:
        name, color = look.client(request.client)
        only = _("only {client}").format(client=fit(name, 16).strip())
        narrowed.append(Span(" " + only + " ", Tone.STRONG, color))
    if request.search is None and request.words:
        words_here = fit(request.words, 24).strip()
        narrowed.append(Span(" " + _("filter: {words}").format(words=words_here), Tone.STRONG))
    room = width - length((*narrowed, *right)) - 1
    every = tabs(request, shown, counts, own, 0 if look.plain else 1000, whole=whole)
    waits = unsent(sent, room - length(every), look.keys.name("outbox", QUEUE))
    if request.search is not None:
        left: Line = (Span(" " + _("Search") + f" {shown}", Tone.STRONG),)
    else:
        around = 0 if look.plain else room - length(waits)
        left = tabs(request, shown, counts, own, around, whole=whole)
    return spread((*left, *narrowed), (*waits, *right), width)


def prompt(keys: Keys, *, search: bool) -> Line:
    """What the field for a search or a filter is for, and how to leave it."""
    key, down = (keys.name(name, QUEUE, typing=True) for name in ("clear", "down"))
    text = _("Search everything: {down} or Enter to the results, {key} back")
    if not search:
        text = _("Filter this list: Enter keeps it, {key} drops it")
    return (Span(" " + text.format(key=key, down=down), Tone.DIM),)


def news_text(count: int, keys: Keys) -> str:
    """How many have come in, and how to see them."""
    text = ngettext("{n} new: press {key}", "{n} new: press {key}", count)
    return text.format(n=count, key=keys.name("merge", QUEUE))


def is_long(channel: ChannelView, look: Look) -> bool:
    """Whether a channel has been read for so long that she wonders."""
    began = channel.last_attempt
    at_work = channel.health is Health.SYNCING and began is not None
    return at_work and began is not None and look.now - began > LONG


def _reading(channel: ChannelView, look: Look) -> str:
    """For how long it has been read, where that is worth a word."""
    return words.age(channel.last_attempt, look.now) if is_long(channel, look) else ""


def freshness(channel: ChannelView, look: Look) -> tuple[str, Tone]:
    """How long ago a channel was last read whole; a mark where that is not as it should be."""
    age = words.fresh(channel.last_success, look.now)
    if look.plain:
        state = "" if channel.health is Health.OK else " " + words.health(channel.health)
        return f"{words.kind(channel.kind)} {age}{state}", Tone.PLAIN
    letter = words.letter(channel.kind)
    if channel.health is Health.SYNCING:
        return f"{letter}{age}…{_reading(channel, look)}", Tone.DIM
    if channel.health is Health.NEVER:
        return f"{letter}–", Tone.DIM
    if channel.health is not Health.OK:
        return f"!{letter}{age}", Tone.ALERT
    then = channel.last_success
    old = then is None or look.now - then > STALE or words.is_ahead(then, look.now)
    return f"{letter}{age}", Tone.PLAIN if old else Tone.DIM


def channels(
    views: Sequence[ChannelView], look: Look, width: int, *, badge: int = 0, rows: int = 2
) -> list[Line]:
    """Every channel's age, client by client; then the first trouble and what to do about it."""
    groups: dict[str, list[ChannelView]] = {}
    for view in views:
        groups.setdefault(view.client, []).append(view)
    trouble = [view for view in views if view.health not in QUIET | {Health.NEVER}]
    trouble += [view for view in views if view.notices and view not in trouble]
    ordered = sorted(
        groups.items(), key=lambda group: all(view not in trouble for view in group[1])
    )
    news: Line = ()
    if badge:
        news = (Span(f" {news_text(badge, look.keys)} ", Tone.BADGE, act="app.press('merge')"),)
    lines: list[Line] = []
    line: list[Span] = []
    room = width - length(news)
    for at, (slug, members) in enumerate(ordered):
        name, color = look.client(slug)
        bad = any(view in trouble for view in members)
        piece = [Span(" ! " if bad else "   " if line else " ", Tone.ALERT)]
        piece.append(Span(fit(name, 12).strip(), Tone.PLAIN, color))
        for view in members:
            text, tone = freshness(view, look)
            piece.append(Span(f" {text}", tone))
        piece = [span._replace(act="app.press('clients')") for span in piece]
        left = len(ordered) - at
        key = look.keys.name("clients", QUEUE)
        more = "  " + _("and {n} more: {key}").format(n=left, key=key)
        last = len(lines) + 1 >= rows - (1 if trouble else 0)
        if line and length(tuple(line + piece)) + (len(more) if last and left > 1 else 0) > room:
            if last:
                line.append(Span(more, Tone.DIM, act="app.press('clients')"))
                break
            lines.append(tuple(line))
            line = [Span(" " + piece[0].text.strip(" ") + " " if bad else " ", Tone.ALERT)]
            line += piece[1:]
        else:
            line += piece
    lines.append(tuple(line))
    if trouble and rows > 1:
        said = _trouble(trouble[0], look, room)
        lines.append(tuple(span._replace(act="app.press('clients')") for span in said))
    lines[-1] = spread(lines[-1], news, width)
    return lines


def _trouble(view: ChannelView, look: Look, width: int) -> Line:
    """What is wrong, and what to do next; where that does not fit, the key that shows it whole."""
    name, color = look.client(view.client)
    said = view.error or next(iter(view.notices), None)
    text = said.text(_) if said else words.health(view.health)
    whose = (
        Span(" ! ", Tone.ALERT),
        Span(f"{fit(name, 12).strip()} {words.kind(view.kind)}: ", Tone.STRONG, color),
    )
    room = width - length(spoken(whose) if look.plain else whose)
    told = Span(fit(text, 400).strip(), Tone.ALERT)
    if length((told,)) <= room:
        return (*whose, told)
    more = "  " + _("all of it: {key}").format(key=look.keys.name("clients", QUEUE))
    return (
        *whose,
        Span(fit(text, max(1, room - len(more))).strip(), Tone.ALERT),
        Span(more, Tone.KEY),
    )
