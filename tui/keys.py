"""Her keys: the table of actions, with a ready-made set and her own file over it.

One value for as long as the program runs. What Textual listens to, the hints, the help, the
commands and every sentence that names a key are made of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from gettext import gettext as _
from types import MappingProxyType
from typing import Final, NamedTuple

from tui.actions import ACTIONS, SCREENS, Action, named, of
from tui.keyboard import key_name, writes
from tui.lines import Line, Span, Tone
from tui.presets import PRESETS, Table

DIGITS: Final = "client"
"""The action whose keys are 1 to 9, whatever else is changed."""


class Keys(NamedTuple):
    """Which keys an action has on a screen."""

    changed: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """By "queue.archive": what differs from the table."""

    def of(self, screen: str, action: Action) -> tuple[str, ...]:
        """All the keys of an action, the one that is shown first."""
        return self.changed.get(f"{screen}.{action.name}", action.keys)

    def name(self, action: str, screen: str, *, typing: bool = False) -> str:
        """The key of an action as a sentence names it; where it has none, how else it is done.

        `typing`: one that does it from within a field too.
        """
        one = named(screen, action)
        keys = self.of(screen, one)
        for key in (*(key for key in keys if not (typing and writes(key))), *keys):
            return key_name(key)
        commands = next(it for it in of(screen) if it.call == "app.commands")
        return f"{key_name(self.of(screen, commands)[0])} {one.label.text(_)}"

    def printed(self, screen: str, action: Action) -> tuple[str, ...]:
        """All the keys of an action, as they are printed."""
        if action.name == DIGITS:
            return ("1–9",)
        return tuple(key_name(key) for key in self.of(screen, action))

    def hints(self, screen: str, width: int, without: Collection[str] = ()) -> Line:
        """As many of a screen's hints as fit; help always does. `without`: what can do nothing
        now.
        """
        wanted = [
            (key_name(keys[0]), action.hint.text(_), f"app.press('{action.name}')")
            for action in of(screen)
            if action.hint and action.name not in without and (keys := self.of(screen, action))
        ]
        spans: list[Span] = []
        room = width - 1
        for key, word, act in (wanted[-1], *wanted[:-1]):
            size = len(key) + len(word) + 3
            if size > room:
                break
            room -= size
            spans += (Span(f" {key}", Tone.KEY, act=act), Span(f" {word} ", Tone.DIM, act=act))
        return (*spans[2:], *spans[:2])

    def calls(self, screen: str) -> Iterator[tuple[str, str]]:
        """Each key of a screen, and the Textual action that it does."""
        for action in of(screen):
            for key in self.of(screen, action):
                digit = f", {key}" if action.name == DIGITS else ""
                yield key, f"app.press('{action.name}'{digit})"


NORMAL: Final = Keys()


def hers(preset: str, changed: Mapping[str, tuple[str, ...]]) -> Keys:
    """Lay what she changed over a ready-made set."""
    return Keys({**spread(PRESETS[preset]), **changed})


def spread(table: Table) -> dict[str, tuple[str, ...]]:
    """A table by screens as one of "queue.archive"; what is said of a screen goes before "all"."""
    found: dict[str, tuple[str, ...]] = {}
    for where in ("all", *SCREENS):
        for name, keys in table.get(where, {}).items():
            for action in ACTIONS:
                if action.name == name:
                    screens = action.screens if where == "all" else (where,)
                    found |= {f"{screen}.{name}": keys for screen in screens}
    return found


def shared(keys: Keys) -> Iterator[tuple[str, str, Action, Action]]:
    """Every key that two actions of a screen have: the screen, the key, and both."""
    for screen in SCREENS:
        taken: dict[str, Action] = {}
        for action in of(screen):
            for key in keys.of(screen, action):
                before = taken.setdefault(key, action)
                if before is not action:
                    yield screen, key, before, action
