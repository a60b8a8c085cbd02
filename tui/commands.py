"""What a key does, and the commands: everything that can be done here, with its keys and, where it
cannot be done now, why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING, Any

from normalizer.text import fold
from tui import able, themes
from tui.actions import OUTBOX, QUEUE, READER, named, of
from tui.bound import Bound
from tui.choice import Choice, Option
from tui.keys import DIGITS
from tui.lines import Span, Tone, fit, safe
from tui.reader import ReaderScreen
from tui.views import OWN, Request, names, title

if TYPE_CHECKING:
    from tui.main import Trastienda


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the commands."""

    id: str
    """What it is remembered by, once used."""

    label: str
    names: str
    """What it is found by beside its label: English, always."""

    run: Callable[[], Any]
    keys: tuple[str, ...] = ()
    """As they are printed."""

    why: str = ""
    """Why it cannot be done now."""


async def press(app: Trastienda, name: str, digit: int = 0) -> None:
    """Do what a key of the screen stands for, or say why that cannot be done now."""
    screen = here(app)
    action = named(screen.name_of, name)
    # What goes out may have changed under her eyes, which its own screen looks at first.
    reason = "" if screen.name_of == OUTBOX else able.why(screen, name, digit)
    if reason:
        app.say(reason)
    else:
        call = action.call or action.name
        await app.run_action(f"{call}({digit})" if digit else call, screen)


def here(app: Trastienda) -> Bound:
    """The screen she is on: only those with keys of the table ask."""
    assert isinstance(app.screen, Bound)  # noqa: S101 - as above
    return app.screen


def every(app: Trastienda, screen: Bound) -> list[Command]:
    """Everything that can be done on a screen; what was used last comes first."""
    acts = [one for one in actions(app, screen) if one.id != DIGITS]
    found = [one for one in acts if one.keys]
    found += [*_places(app, screen), *(one for one in acts if not one.keys), *_colours(app)]
    last = {used: number for number, used in enumerate(app.used)}
    return sorted(found, key=lambda one: last.get(one.id, len(last)))


def actions(app: Trastienda, screen: Bound) -> Iterator[Command]:
    """The actions of a screen, in the order of the table."""
    for action in of(screen.name_of):
        keys = screen.keys.printed(screen.name_of, action)
        if keys or action.name != "no_delete":
            yield Command(
                action.name,
                action.label.text(_),
                f"{action.name} {action.label.message}",
                partial(_pressed, app, "clients" if action.name == DIGITS else action.name),
                keys,
                able.why(screen, action.name),
            )


def _pressed(app: Trastienda, name: str) -> None:
    app.run_worker(press(app, name), group="command")


def _places(app: Trastienda, screen: Bound) -> Iterator[Command]:
    """The views and the clients, where a list is behind the screen."""
    if screen.name_of not in (QUEUE, READER):
        return
    asked = app.board.request
    shown = _("This is what you see.")

    def going(name: str, label: str, names: str, to: Request, keys: str = "") -> Command:
        why = shown if to == asked and screen.name_of == QUEUE else ""
        printed = (keys,) if keys else ()
        return Command(name, label, names, partial(_go, app, to), printed, why)

    own = {OWN + one.name: one.query for one in app.own_views}
    for view in names(app.own_views):
        label = _("View: {view}").format(view=title(view))
        to = asked._replace(view=view, own=own.get(view, ""), search=None)
        yield going(f"view {view}", label, f"View: {view}", to)
    for number, client in enumerate(app.clients, 1):
        label = _("Only {client}").format(client=client.name)
        to = asked._replace(client=client.slug, search=None)
        key = str(number) if number < 10 and screen.name_of == QUEUE else ""
        yield going(f"client {client.slug}", label, f"Only {client.slug}", to, key)
    if app.clients:
        to = asked._replace(client=None, search=None)
        yield going("clients all", _("All the clients"), "All the clients", to)


def _colours(app: Trastienda) -> Iterator[Command]:
    """The sets of colours, by name."""
    titles = {
        "terminal": _("the terminal’s own"), "dark": _("dark"), "light": _("light"),
        "contrast": _("high contrast"), "colorblind": _("for colour-blind eyes"),
    }  # fmt: skip
    for name in themes.names():
        label = _("Colours: {name}").format(name=titles[name])
        why = _("This is what you see.") if app.palette.name == name else ""
        yield Command(
            f"theme {name}", label, f"Colours theme {name}", partial(app.action_theme, name),
            why=why,
        )  # fmt: skip


def _go(app: Trastienda, to: Request) -> None:
    if isinstance(app.screen, ReaderScreen):
        app.screen.dismiss()
    app.board.show_bar(visible=False)
    app.board.queue.focus()
    app.board.ask_for(to)


def matching(commands: Sequence[Command], typed: str) -> list[Command]:
    """The commands that hold every word, in her language or in English; or that have that key."""
    words, key = fold(typed).split(), typed.strip()
    found = [
        one
        for one in commands
        if key in one.keys or all(word in fold(f"{one.label} {one.names}") for word in words)
    ]
    return sorted(found, key=lambda one: bool(key) and key not in one.keys)


def line(one: Command, width: int) -> Option[Command]:
    """Draw a command; what cannot be done now is dim, and says why."""
    keys, label = fit(" ".join(one.keys), width), safe(one.label)
    if one.why:
        told = (Span(f"{keys} {label}", Tone.DIM), Span(f"  ({safe(one.why)})", Tone.QUOTE))
        return Option("", told, one)
    return Option("", (Span(f"{keys} ", Tone.KEY), Span(label)), one)


def show(app: Trastienda) -> None:
    """Let her choose a command by its name."""
    commands = every(app, here(app))

    def options(typed: str) -> Sequence[Option[Command]]:
        found = [line(one, 13) for one in matching(commands, typed)]
        return found or [Option("", (Span(_("Nothing by that name."), Tone.DIM),), None)]

    title = _("Keys and commands: type to narrow, Enter does it, Esc leaves")
    app.push_screen(Choice(title, options, typing=True), partial(take, app))


def take(app: Trastienda, command: Command | None) -> None:
    """Do what she has chosen, or say why that cannot be done now."""
    if command is None:
        return
    if command.why:
        app.say(command.why)
        return
    app.used[:] = [command.id, *(used for used in app.used if used != command.id)]
    command.run()
