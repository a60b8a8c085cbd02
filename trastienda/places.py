"""Where in a TOML file a key stands, so that an error can point at it."""

from __future__ import annotations

import json
import re
from typing import Final, TypeAlias

Path: TypeAlias = tuple[str, ...]
"""The keys from the top of the file down: ("clients", "acme", "color")."""

_TOKEN: Final = re.compile(
    r"""
    (?P<text>
        \"{3}(?:\\.|[^\\])*?\"{3,5}(?!\") | '{3}.*?'{3,5}(?!')
      | "(?:\\.|[^"\\\n])*" | '[^'\n]*'
    )
    | (?P<skip>\#[^\n]*|[\ \t\r]+)
    | (?P<mark>[\[\]{}=,.\n])
    | (?P<bare>[^\s\[\]{}=,.\#"']+)
    """,
    re.VERBOSE | re.DOTALL,
)


def places(text: str) -> dict[Path, tuple[int, int]]:
    """Find the line and column, from 1, of every key and table header of valid TOML.

    Keys inside arrays are left out: nothing we read lies there.
    """
    scan = _Scan(text)
    for token in _TOKEN.finditer(text):
        if token.lastgroup != "skip":
            scan.take(token)
    return scan.found


class _Scan:
    """What is known while reading the tokens one after another."""

    def __init__(self, text: str) -> None:
        self.found: dict[Path, tuple[int, int]] = {}
        self._text = text
        self._bases: list[Path] = [()]
        """The table, then each inline table that is open."""
        self._keys: list[str] = []
        self._start = 0
        self._header = False
        self._value = False
        """Past the = sign: what follows is no key."""
        self._arrays = 0

    def take(self, token: re.Match[str]) -> None:
        word, mark = token.group(), token.lastgroup == "mark"
        if self._arrays:
            self._arrays += {"[": 1, "]": -1}.get(word, 0) if mark else 0
        elif mark:
            self._mark(word)
        elif not self._value:
            if not self._keys:
                self._start = token.start()
            self._keys.append(_key(word))

    def _mark(self, word: str) -> None:
        match word:
            case "[" if self._value:
                self._arrays = 1
            case "[":
                self._header = True
            case "]" if self._header and self._keys:
                self._bases = [tuple(self._keys)]
                self._note(self._bases[0])
                self._clear()
            case "=":
                for depth in range(1, len(self._keys) + 1):
                    self._note((*self._bases[-1], *self._keys[:depth]))
                self._value = True
            case "{":
                self._bases.append((*self._bases[-1], *self._keys))
                self._clear()
            case "}":
                self._bases.pop()
                self._clear()
                self._value = True  # it was a value itself; a comma or a line's end comes next
            case "," | "\n":
                self._clear()
            case _:  # the dot between two keys
                pass

    def _clear(self) -> None:
        self._keys.clear()
        self._header = self._value = False

    def _note(self, path: Path) -> None:
        line = self._text.count("\n", 0, self._start) + 1
        column = self._start - self._text.rfind("\n", 0, self._start)
        self.found.setdefault(path, (line, column))


def _key(word: str) -> str:
    if not word.startswith('"'):
        return word.strip("'")
    try:
        return str(json.loads(word, strict=False))
    except ValueError:  # \U00000041, which JSON does not have
        return word[1:-1]
