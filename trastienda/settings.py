"""A table of the config file, read into the dataclass that says what it may hold."""

from __future__ import annotations

import dataclasses
import re
import types
import typing
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from connectors.base import Secret
from connectors.errors import ConfigError
from normalizer.said import Said
from normalizer.text import NAME, line
from trastienda.places import places
from trastienda.secrets import Source

T = TypeVar("T")

_BIDI: Final = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")

Prose = typing.NewType("Prose", str)
"""A text of several lines."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend in the config, and where."""

    place: str
    """file:line:column, as editors and terminals make a link of."""

    said: Said

    def text(self, translate: Callable[[str], str] = str) -> str:
        """Spell it out in one line."""
        return self.said.at(self.place).text(translate)


class ConfigFileError(ConfigError):
    """The config file cannot be used as it stands; every problem found is in `problems`."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(first.said.message, **dict(first.said.details))
        self.said = first.said.at(first.place)

    def text(self, translate: Callable[[str], str] = str) -> str:
        """Spell out all of them, one a line."""
        return "\n".join(problem.text(translate) for problem in self.problems)

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class Document:
    """A config file as it was read. Never shown: it may hold a secret."""

    path: Path
    text: str = field(repr=False)
    private: bool
    """Only its owner can read it, so that a secret may stand in it."""

    @cached_property
    def _places(self) -> dict[tuple[str, ...], tuple[int, int]]:
        return places(self.text)

    def place(self, *keys: str) -> str:
        """Point at a key, or at the nearest table around it."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self._places:
                row, column = self._places[keys[:length]]
                return f"{self.path}:{row}:{column}"
        return f"{self.path}:1:1"


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a document, and what was found wrong with it."""

    document: Document = field(repr=False)
    keys: tuple[str, ...]
    values: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """How it is spelled in the file: clients.acme."""
        return ".".join(self.keys)

    def problem(self, key: str | None, message: Said) -> Problem:
        """Make a problem of one key, or of the table itself."""
        keys = self.keys if key is None else (*self.keys, key)
        return Problem(self.document.place(*keys), message)

    def inner(self, key: str, problems: list[Problem]) -> Table:
        """Return the table under `key`; an empty one where there is none."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            problems.append(
                self.problem(
                    key,
                    Said("{key} must be a table: [{table}]", (("key", key), ("table", key))),
                )
            )
            value = {}
        return Table(self.document, (*self.keys, key), value)

    def refuse_unknown(self, known: Iterable[str], problems: list[Problem]) -> None:
        """Note each key that is not among `known`, with the nearest one that is."""
        known = tuple(known)
        for key in self.values:
            if key in known:
                continue
            details = (("table", self.name or self.document.path.name), ("key", line(key, NAME)))
            near = get_close_matches(key, known, n=1)
            problems.append(
                self.problem(
                    key,
                    Said(
                        "[{table}] has no setting {key}. Did you mean {near}?",
                        (*details, ("near", near[0])),
                    )
                    if near
                    else Said(
                        "[{table}] has no setting {key}. It has: {known}.",
                        (*details, ("known", ", ".join(sorted(known)))),
                    ),
                )
            )


def build(
    cls: type[T],
    table: Table,
    problems: list[Problem],
    *,
    secret_name: str = "",
    others: Iterable[str] = (),
) -> T | None:
    """Make a settings dataclass of a table, or note what does not fit and return None.

    Fields may be of str, int, float, bool, Literal, tuple[X, ...] and Secret, each with or
    without None. `secret_name` is what the secrets in here go by before their key; `others` are
    keys of the table that somebody else reads too. What `cls` itself finds wrong, it says by
    raising ConfigError when it is made.
    """
    hints = typing.get_type_hints(cls)
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}  # type: ignore[arg-type]  # a dataclass, by the connector's contract
    before = len(problems)
    table.refuse_unknown((*fields, *others), problems)
    values: dict[str, Any] = {}
    for name, one in fields.items():
        if name in table.values:
            try:
                values[name] = _fit(table, name, hints[name], secret_name)
            except _Misfit as misfit:
                problems.append(table.problem(name, misfit.said))
        elif one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING:
            problems.append(
                table.problem(
                    None,
                    Said("[{table}] needs {key}.", (("table", table.name), ("key", name))),
                )
            )
    if len(problems) > before:
        return None
    try:
        return cls(**values)
    except ConfigError as error:
        named = [key for key in error.said.details if key[1] in table.values]
        key = str(named[0][1]) if named else None
        problems.append(table.problem(key, error.said))
        return None


def secret_source(value: object, table: Table, name: str) -> Source | None:
    """Read where a secret lies, or return None where `value` does not say it rightly."""
    if isinstance(value, str) and value:
        return Source(kind="literal", name=name, literal=value)
    if not isinstance(value, dict) or len(value) != 1:
        return None
    match next(iter(value.items())):
        case ("keyring", True):
            return Source(kind="keyring", name=name)
        case ("command", [str(), *_] as words) if _texts(words):
            return Source(kind="command", name=name, command=tuple(words))
        case ("file", str(file)) if file:
            path = table.document.path.parent / Path(file).expanduser()
            return Source(kind="file", name=name, file=path)
        case ("env", str(variable)) if variable:
            return Source(kind="env", name=name, env=variable)
        case _:
            return None


class _Misfit(Exception):  # noqa: N818 - it never leaves this module
    def __init__(self, said: Said) -> None:
        self.said = said


def _fit(table: Table, key: str, hint: Any, secret_name: str) -> Any:
    """Return the value of `key` as `hint` wants it.

    Raises _Misfit, which never shows a value: it could be a secret.
    """
    value = table.values[key]
    kinds = [one for one in _options(hint) if one is not type(None)]
    if Secret in kinds:
        name = f"{secret_name}/{key}" if secret_name else key
        source = secret_source(value, table, name)
        if source is None:
            raise _Misfit(
                Said(
                    "{key} must say where the secret is: {{ keyring = true }},"
                    ' {{ command = ["program", "argument"] }}, {{ file = "name" }}'
                    ' or {{ env = "NAME" }}.',
                    (("key", key),),
                )
            )
        if source.kind == "literal" and not table.document.private:
            raise _Misfit(
                Said(
                    "{key} holds a secret that others can read. Run: chmod 600 {file} -"
                    " or better, use {{ keyring = true }}.",
                    (("key", key), ("file", str(table.document.path))),
                )
            )
        return source.secret()
    for kind in kinds:
        fits, made = _fits(value, kind)
        if fits:
            return made
    raise _Misfit(Said("{key} must be {expected}.", (("key", key), ("expected", _spelled(kinds)))))


def _options(hint: Any) -> Sequence[Any]:
    union = typing.get_origin(hint) in {typing.Union, types.UnionType}
    return typing.get_args(hint) if union else (hint,)


def _fits(value: Any, kind: Any) -> tuple[bool, Any]:
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return any(
            value == one and type(value) is type(one) for one in typing.get_args(kind)
        ), value
    if origin is tuple:
        if not isinstance(value, list):
            return False, None
        made = [_fits(one, typing.get_args(kind)[0]) for one in value]
        return all(fits for fits, _ in made), tuple(one for _, one in made)
    if kind is float:
        return type(value) in {int, float}, value
    if kind in {str, Prose}:
        lines = value.split("\n") if kind is Prose and isinstance(value, str) else [value]
        return all(isinstance(one, str) and _harmless(one) for one in lines), value
    return type(value) is kind, value


def _harmless(text: str) -> bool:
    """Tell that no control character and no bidi override is in it, which escapes can spell."""
    return not any(
        unicodedata.category(char) in {"Cc", "Cs"} or unicodedata.bidirectional(char) in _BIDI
        for char in text
    )


def _texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) and value for value in values)


def _spelled(kinds: Sequence[Any]) -> str:
    """Name what would fit, as it is written in TOML."""
    words: dict[Any, str] = {
        str: '"text"',
        Prose: '"text"',
        int: "1, 2 … 9999",
        float: "0.5 … 9.9",
        bool: "true | false",
    }
    spelled = []
    for kind in kinds:
        match typing.get_origin(kind):
            case typing.Literal:
                spelled += [f'"{one}"' for one in typing.get_args(kind)]
            case types.GenericAlias | typing.Any:
                spelled.append(str(kind))
            case _ if typing.get_origin(kind) is tuple:
                spelled.append(f"[{_spelled(typing.get_args(kind)[:1])}, …]")
            case _:
                spelled.append(words.get(kind, str(kind)))
    return " | ".join(spelled)


def is_slug(slug: str, table: Table, found: list[Problem]) -> bool:
    """Tell whether a client, a channel or a snippet can be called so, or note that it cannot."""
    if SLUG.fullmatch(slug):
        return True
    said = Said(
        "{slug} cannot be a short name: use up to 40 lower-case letters without accents, digits,"
        " - and _. What she is called goes into name.",
        (("slug", line(slug, NAME)),),
    )
    found.append(table.problem(slug, said))
    return False
