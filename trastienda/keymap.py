"""keys.toml: her own keys, by screen and action."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from normalizer.said import Said
from normalizer.text import NAME, line
from trastienda.document import read as read_file
from trastienda.settings import ConfigFileError, Problem, Table
from tui.actions import ACTIONS, COMPOSER, SCREENS, Action, of
from tui.keyboard import MARKS, NAMED, WRITING, key_name, writes
from tui.keys import DIGITS, hers, shared, spread

ALL: Final = "all"
"""The table of every screen."""

_SAME: Final = {
    "ctrl+i": "tab", "ctrl+m": "enter", "ctrl+j": "enter", "ctrl+h": "backspace",
    "ctrl+[": "escape", "ctrl+enter": "enter", "ctrl+tab": "tab", "shift+enter": "enter",
    "shift+space": "space", "shift+escape": "escape", "shift+backspace": "backspace",
}  # fmt: skip
"""What arrives as another key, everywhere or where the terminal is an old one."""

_ALIASES: Final = {"esc": "escape", "return": "enter", "del": "delete"}

_SUCH: Final = (
    "enter, escape, tab, shift+tab, space, backspace, delete, insert, home, end, pageup, pagedown,"
    " up, down, left, right, f1 … f12"
)

_NEEDED: Final = ("commands", "keys")
"""What leads to everything else: without a key for it she would be locked out."""

_FROM_A_FIELD: Final = ("queue.clear", "reader.back")
"""What leaves a field in which every other key writes."""


def read(path: Path, preset: str) -> Mapping[str, tuple[str, ...]]:
    """The keys that she has changed, by "queue.archive", as they go over a ready-made set.

    Raises ConfigFileError.
    """
    changed = Said(
        "Others can change this file, and so what your keys do. Run: chmod 600 {file}",
        (("file", str(path)),),
    )
    document, values = read_file(path, changed)
    top = Table(document, (), values)
    found: list[Problem] = []
    top.refuse_unknown((ALL, *SCREENS), found)
    tables = {where: top.inner(where, found) for where in (ALL, *SCREENS)}
    named = {where: _table(where, table, found) for where, table in tables.items()}
    keymap = spread(named)
    if not found:
        _compare(keymap, preset, tables, found)
    if found:
        raise ConfigFileError(found)
    return keymap


def _table(where: str, table: Table, found: list[Problem]) -> dict[str, tuple[str, ...]]:
    known = {action.name: action for action in (ACTIONS if where == ALL else of(where))}
    table.refuse_unknown(known, found)
    read = {}
    for name, value in table.values.items():
        if name in known:
            keys = _keys(where, known[name], value)
            if isinstance(keys, Said):
                found.append(table.problem(name, keys))
            else:
                read[name] = keys
    return read


def _keys(where: str, action: Action, value: Any) -> tuple[str, ...] | Said:
    """The keys of one action, or what is wrong with one of them."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
        expected = '"e" | ["e", "ctrl+e"]'
        details = (("key", action.name), ("expected", expected))
        return Said("{key} must be {expected}.", details)
    if action.name == DIGITS:
        return Said("The keys of {action} stay 1 to 9.", (("action", DIGITS),))
    if not texts and action.name in _NEEDED:
        return Said(
            "{action} needs a key: it leads to everything else.", (("action", action.name),)
        )
    keys = []
    screens = action.screens if where == ALL else (where,)
    for text in texts:
        key = key_of(text)
        if isinstance(key, Said):
            return key
        if COMPOSER in screens and (key in WRITING or writes(key)):
            return Said(
                "Where you write, {key} is needed for the text. Take ctrl+ and a letter, or f1 …"
                " f12.",
                (("key", line(text, NAME)),),
            )
        keys.append(key)
    if all(map(writes, keys)) and any(f"{one}.{action.name}" in _FROM_A_FIELD for one in screens):
        return Said(
            "{action} leaves a field too, so it needs a key that writes nothing there, such as"
            " escape.",
            (("action", action.name),),
        )
    return tuple(dict.fromkeys(keys))


def key_of(text: str) -> str | Said:
    """What the screen calls a key that she has written; or why that one cannot be used."""
    if len(text) == 1 and text != " " and text.isprintable() and not unicodedata.combining(text):
        return _character(text)
    shown = ("key", line(text, NAME))
    key = text.strip().lower().replace(" ", "")
    key = _ALIASES.get(key, key)
    if key in NAMED:
        return key
    *modifiers, last = key.split("+")
    letter = len(last) == 1 and last.isascii() and last.isalpha()
    if key in _SAME or (letter and set(modifiers) == {"ctrl", "shift"}):
        other = _SAME.get(key, f"ctrl+{last}")
        return Said(
            "A terminal cannot tell {key} from {other}. Choose another key.",
            (shown, ("other", other)),
        )
    if key == "ctrl+c":
        return Said("{key} stays as it is: it says how to leave.", (shown,))
    if letter and modifiers == ["ctrl"]:
        return key
    near = [last.upper()] if letter and modifiers == ["shift"] else []
    near = near or get_close_matches(key, NAMED, n=1, cutoff=0.75)
    if near:
        return Said("There is no key {key}. Did you mean {near}?", (shown, ("near", near[0])))
    if modifiers:
        return Said("Not every terminal sends {key}. Choose another key.", (shown,))
    return Said(
        "There is no key {key}. Write a character, ctrl+ and a letter, or one of: {known}.",
        (shown, ("known", _SUCH)),
    )


def _character(char: str) -> str:
    """The name that Textual gives to the key of a character."""
    names = {mark: key for key, mark in MARKS.items() if mark.isascii()}
    if char.isalnum() or char in names:
        return names.get(char, char)
    return unicodedata.name(char, char).lower().replace("-", "_").replace(" ", "_")


def _compare(
    keymap: Mapping[str, tuple[str, ...]], preset: str, tables: Mapping[str, Table],
    found: list[Problem],
) -> None:  # fmt: skip
    """Note every key that does two things on a screen."""
    for screen, key, *both in shared(hers(preset, keymap)):
        said = Said(
            "On the screen {screen}, {key} would do two things: {one} and {other}. Give one of"
            " them another key.",
            (
                ("screen", screen), ("key", key_name(key)),
                ("one", both[0].name), ("other", both[1].name),
            ),
        )  # fmt: skip
        found.append(_place(screen, both, tables, said))


def _place(screen: str, both: Sequence[Action], tables: Mapping[str, Table], said: Said) -> Problem:
    """Point at what she wrote last of the two."""
    names = {action.name for action in both}
    for where in (screen, ALL):
        if written := [name for name in tables[where].values if name in names]:
            return tables[where].problem(written[-1], said)
    return tables[screen].problem(None, said)
