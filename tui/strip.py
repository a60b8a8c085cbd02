"""The top line, and who is how fresh: never one green light for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from gettext import gettext as _
from gettext import ngettext

from store.views import ChannelView, Health, Outgoing
from tui import words
from tui.lines import Line, Span, Tone, fit, length, spread
from tui.rows import Look
from tui.source import VIEWS, Request

QUIET = frozenset({Health.OK, Health.SYNCING})
STALE = timedelta(hours=1)
_NONE: Mapping[Outgoing, int] = {}


def view_name(view: str) -> str:
    """A view, as its tab says it."""
    names = {
        "inbox": _("Queue"), "planned": _("Planned"), "waiting": _("Waiting"),
        "snoozed": _("Snoozed"), "archived": _("Archived"), "all": _("All"),
    }  # fmt: skip
    return names[view]


def unsent(counts: Mapping[Outgoing, int], room: int) -> Line:
    """What she sent that has not arrived, in words where they fit; what waits for her last."""
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
    return (*line, Span(" O ", Tone.KEY)) if line else ()


def header(
    request: Request, shown: int, look: Look, width: int, *, demo: bool, whole: bool = True,
    sent: Mapping[Outgoing, int] = _NONE,
) -> Line:  # fmt: skip
    """The views, how many are in this one, what narrows it, what waits to go out, and the time."""
    left: list[Span] = []
    if request.search is not None:
        left += (Span(" " + _("Search") + f" {shown}", Tone.STRONG),)
    else:
        for view in VIEWS:
            here = view == request.view
            name = view_name(view)
            if here:
                left += (Span(f" {name} {shown}{'' if whole else '+'} ", Tone.BADGE), Span(" "))
            elif width >= (140 if request.client or request.words else 70):
                left.append(Span(f"{name} ", Tone.DIM))
        if request.client:
            name, color = look.client(request.client)
            only = _("only {client}").format(client=fit(name, 16).strip())
            left.append(Span("  " + only, Tone.STRONG, color))
        if request.words:
            words_here = fit(request.words, 24).strip()
            left.append(Span("  " + _("filter: {words}").format(words=words_here), Tone.STRONG))
    right: list[Span] = []
    if demo:
        text = _("demonstration data") if width >= 60 else _("demo")
        right.append(Span(f" {text} ", Tone.BADGE))
    right.append(Span(f" {look.now.astimezone(look.zone):%H:%M} ", Tone.DIM))
    room = width - length(tuple(left)) - length(tuple(right)) - 1
    return spread(tuple(left), (*unsent(sent, room), *right), width)


def freshness(channel: ChannelView, look: Look) -> tuple[str, Tone]:
    """How long ago a channel was last read whole; a mark where that is not as it should be."""
    letter = words.letter(channel.kind)
    age = words.fresh(channel.last_success, look.now)
    if channel.health is Health.SYNCING:
        return f"{letter}{age}…", Tone.DIM
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
        text = ngettext("{n} new: press .", "{n} new: press .", badge).format(n=badge)
        news = (Span(f" {text} ", Tone.BADGE),)
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
        left = len(ordered) - at
        more = "  " + _("and {n} more: c").format(n=left)
        last = len(lines) + 1 >= rows - (1 if trouble else 0)
        if line and length(tuple(line + piece)) + (len(more) if last and left > 1 else 0) > room:
            if last:
                line.append(Span(more, Tone.DIM))
                break
            lines.append(tuple(line))
            line = [Span(" " + piece[0].text.strip(" ") + " " if bad else " ", Tone.ALERT)]
            line += piece[1:]
        else:
            line += piece
    lines.append(tuple(line))
    if trouble and rows > 1:
        lines.append(_trouble(trouble[0], look, room))
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
    room = width - length(whose)
    told = Span(fit(text, 400).strip(), Tone.ALERT)
    if length((told,)) <= room:
        return (*whose, told)
    more = "  " + _("all of it: c")
    return (
        *whose,
        Span(fit(text, max(1, room - len(more))).strip(), Tone.ALERT),
        Span(more, Tone.KEY),
    )
