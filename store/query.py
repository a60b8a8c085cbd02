"""The query language of the search box, the saved views and `trastienda queue`. Pure.

`client:acme channel:email state:waiting age:>5d turn:client has:attachment changed:new
due:<friday -label:x "exact words"`, with `or`, `not` and parentheses; Spanish names and values
mean the same (`cliente:acme canal:correo vence:<viernes`). Case and accents never matter. All
other words are searched for in the text; the last letters of a word may be missing. Signs beside
words are passed over; a question of nothing but signs finds nothing.

What is still being typed is no error where it can be helped: a quote not yet closed ends with
the text, and an `or` with nothing on one side of it is a word like any other.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, Literal, TypeAlias, cast

from normalizer.text import fold
from store.errors import QueryError
from store.search import searchable
from store.tokens import UNFIT, Token, tokens
from store.vocabulary import FIELDS, VALUES, day, span

LONGEST: Final = 1_000
"""Characters of a question."""

DEEPEST: Final = 20
"""Parentheses within parentheses."""

_AND, _OR, _NOT = ("and", "y"), ("or", "o"), ("not",)
OPERATORS: Final = frozenset({*_AND, *_OR})
"""Words that join what stands on both sides of them."""


@dataclass(frozen=True, slots=True)
class Words:
    """These words, in a row, somewhere in one message or in the item's own text."""

    text: str
    exact: bool = False
    """The last word is whole; otherwise it may go on."""


@dataclass(frozen=True, slots=True)
class Match:
    """A field has a value; `value` is folded, or one of the few that the field knows."""

    field: Literal["client", "channel", "state", "kind", "turn", "has", "label", "is", "changed"]
    value: str


@dataclass(frozen=True, slots=True)
class Age:
    """The last thing that happened lies in [since, until)."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """A day where the VA is: as a date, and as the instant at which it begins."""

    date: date
    starts: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """It is due in [since, until), whole days."""

    since: Day | None = None
    until: Day | None = None


@dataclass(frozen=True, slots=True)
class Not:
    """What `node` does not find."""

    node: Node


@dataclass(frozen=True, slots=True)
class And:
    """What all of them find; two or more."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What any of them finds; two or more, or none: `NOTHING`."""

    nodes: tuple[Node, ...]


NOTHING: Final = Or(())
"""Asks for what cannot be looked for, and finds nothing."""

Node: TypeAlias = Words | Match | Age | Due | Not | And | Or


@dataclass(frozen=True, slots=True)
class Query:
    """A question, understood."""

    node: Node | None = None
    """None asks for everything."""

    @property
    def parts(self) -> Iterator[Node]:
        """What must all be so."""
        return iter(()) if self.node is None else _parts(self.node)

    @property
    def words(self) -> Iterator[str]:
        """The words that it looks for, but for those that must not be there."""
        return iter(()) if self.node is None else _sought(self.node)

    @property
    def names_state(self) -> bool:
        """Whether it says itself which states it wants, so that no default applies."""
        return self.node is not None and any(
            isinstance(node, Match) and node.field == "state" for node in _all(self.node)
        )


def parse(text: str, *, now: datetime, timezone: tzinfo) -> Query:
    """Understand `text`. `now` (aware) and `timezone` say which day "friday" is.

    Raises QueryError, whose detail `position` counts characters from 1, and nothing else.
    """
    if len(text) > LONGEST:
        raise QueryError(
            "The search is longer than {longest} characters.", longest=LONGEST, position=LONGEST
        )
    return _Parser(text, now.astimezone(timezone)).query()


def plain(text: str) -> Query:
    """Ask for the words of `text`, whatever signs stand between them."""
    nodes = tuple(Words(word) for word in UNFIT.sub(" ", text).split() if searchable(word))
    if not nodes:
        return Query(NOTHING if text.strip() else None)
    return Query(And(nodes) if len(nodes) > 1 else nodes[0])


def _all(node: Node) -> Iterator[Node]:
    yield node
    match node:
        case Not():
            yield from _all(node.node)
        case And() | Or():
            for part in node.nodes:
                yield from _all(part)
        case _:
            pass


def _parts(node: Node) -> Iterator[Node]:
    if isinstance(node, And):
        for part in node.nodes:
            yield from _parts(part)
    else:
        yield node


def _sought(node: Node) -> Iterator[str]:
    match node:
        case Words():
            yield node.text
        case And() | Or():
            for part in node.nodes:
                yield from _sought(part)
        case _:
            pass


def both(one: Query, other: Query) -> Query:
    """Ask for what two questions both find."""
    if one.node is None or other.node is None:
        return one if other.node is None else other
    return Query(And((one.node, other.node)))


class _Parser:
    """Recursive descent, one token ahead. What has no word in it, like a dash, adds nothing."""

    def __init__(self, text: str, here: datetime) -> None:
        self._tokens = tuple(tokens(text))
        self._blank = not text.strip()
        self._at = 0
        self._depth = 0
        self._here = here

    def query(self) -> Query:
        node = self._any()
        if (token := self._next()) is not None:
            raise QueryError(
                "The parenthesis at character {position} closes nothing.", position=token.position
            )
        return Query(NOTHING if node is None and not self._blank else node)

    def _next(self, ahead: int = 0) -> Token | None:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else None

    def _operator(self, names: tuple[str, ...]) -> bool:
        """Whether an operator of these names comes next, with something on its right side."""
        token, after = self._next(), self._next(1)
        return (
            token is not None
            and token.kind == "word"
            and fold(token.text) in names
            and after is not None
            and after.kind != ")"
        )

    def _any(self) -> Node | None:
        found = [self._every()]
        while self._operator(_OR):
            self._at += 1
            found.append(self._every())
        nodes = tuple(node for node in found if node is not None)
        return Or(nodes) if len(nodes) > 1 else nodes[0] if nodes else None

    def _every(self) -> Node | None:
        nodes: list[Node] = []
        started = False
        while (token := self._next()) is not None and token.kind != ")":
            if started and self._operator(_OR):
                break
            if started and self._operator(_AND):
                self._at += 1
            started = True
            if (node := self._one()) is not None:
                nodes.append(node)
        return And(tuple(nodes)) if len(nodes) > 1 else nodes[0] if nodes else None

    def _one(self) -> Node | None:
        negated = False
        while (token := self._next()) is not None and (token.kind == "-" or self._operator(_NOT)):
            negated = not negated
            self._at += 1
        # An operator needs something on its right side, so that there is a token here.
        node = self._group() if token and token.kind == "(" else self._term(cast("Token", token))
        return Not(node) if negated and node is not None else node

    def _group(self) -> Node | None:
        opening = cast("Token", self._next())
        self._at += 1
        self._depth += 1
        if self._depth > DEEPEST:
            raise QueryError(
                "There are more than {deepest} parentheses within parentheses.",
                deepest=DEEPEST,
                position=opening.position,
            )
        node = self._any()
        self._depth -= 1
        if self._next() is None:
            raise QueryError(
                "The parenthesis at character {position} is not closed.", position=opening.position
            )
        self._at += 1
        return node

    def _term(self, token: Token) -> Node | None:
        self._at += 1
        if token.kind != "field":
            return Words(token.text, token.exact) if searchable(token.text) else None
        field = FIELDS.get(fold(token.name))
        if field is None:
            raise _unknown_field(token)
        if not token.text.strip():
            raise QueryError(
                "{field}: at character {position} says nothing after the colon.",
                field=token.name,
                position=token.position,
            )
        if field == "text":
            return Words(token.text, token.exact) if searchable(token.text) else None
        if field == "age":
            return _age(token, self._here)
        if field == "due":
            return _due(token, self._here)
        value = fold(token.text)
        if (known := VALUES.get(field)) is not None:
            plain = re.sub(r"[\s_-]", "", value)
            if plain not in known:
                raise _unknown_value(token, known)
            value = known[plain]
        return Match(field, value)


def _unknown_field(token: Token) -> QueryError:
    fields = _names(FIELDS)
    near = difflib.get_close_matches(fold(token.name), FIELDS, n=1)
    if near:
        return QueryError(
            "There is no field {field}: (character {position}). Did you mean {nearest}:? There"
            " are {fields}. To search for a text with a colon, put it in quotes.",
            field=token.name,
            position=token.position,
            nearest=near[0],
            fields=fields,
        )
    return QueryError(
        "There is no field {field}: (character {position}). There are {fields}."
        " To search for a text with a colon, put it in quotes.",
        field=token.name,
        position=token.position,
        fields=fields,
    )


def _unknown_value(token: Token, known: Mapping[str, str]) -> QueryError:
    near = difflib.get_close_matches(fold(token.text), known, n=1)
    return QueryError(
        "{field}: does not know {value} (character {position}); it knows {known}.",
        field=token.name,
        value=token.text,
        position=token.position,
        known=_names(known),
        nearest=near[0] if near else "",
    )


def _names(words: Mapping[str, str]) -> str:
    """List words, those that mean the same as one: "client/cliente, channel/canal"."""
    alike: dict[str, list[str]] = {}
    for word, meaning in words.items():
        alike.setdefault(meaning, []).append(word)
    return ", ".join("/".join(group) for group in alike.values())


_COMPARED: Final = re.compile(r"(<=|>=|<|>|=|)\s*(.*)", re.DOTALL)


def _age(token: Token, here: datetime) -> Age:
    operator, value = _compared(token)
    try:
        if (age := span(value)) is not None:
            then = (here - age).astimezone(UTC)
            # Older than a span is before the instant.
            return Age(since=then) if operator in ("<", "<=") else Age(until=then)
    except OverflowError:
        pass
    raise QueryError(
        "{field}: does not understand {value} (character {position}). Write for example >5d:"
        " min, h, d, w (weeks) or m (months).",
        field=token.name,
        value=token.text,
        position=token.position,
    )


def _due(token: Token, here: datetime) -> Due:
    operator, value = _compared(token)
    try:
        if (meant := day(value, here.date())) is not None:
            first, after = (_edge(meant + timedelta(days=n), here) for n in (0, 1))
            match operator:
                case "<":
                    return Due(until=first)
                case "<=":
                    return Due(until=after)
                case ">":
                    return Due(since=after)
                case ">=":
                    return Due(since=first)
                case _:
                    return Due(since=first, until=after)
    except (OverflowError, ValueError):
        pass
    raise QueryError(
        "{field}: does not understand {value} (character {position}). Write for example today,"
        " <friday, <=3d, 24/12 or 2027-01-31.",
        field=token.name,
        value=token.text,
        position=token.position,
    )


def _compared(token: Token) -> tuple[str, str]:
    match = cast("re.Match[str]", _COMPARED.fullmatch(fold(token.text).strip()))
    return match[1], match[2].strip()


def _edge(edge: date, here: datetime) -> Day:
    starts = datetime.combine(edge, time(), tzinfo=here.tzinfo)
    return Day(edge, starts.astimezone(UTC))
