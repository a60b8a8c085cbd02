"""[snippets.NAME]: the texts that she writes with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from normalizer.said import Said
from normalizer.text import NAME, fold, line
from trastienda.settings import Problem, Prose, Table, build, is_slug
from triage import snippets
from triage.profile import Snippet

_NONE: Final = Prose("")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    es: Prose = _NONE
    en: Prose = _NONE


def read(table: Table, found: list[Problem]) -> tuple[Snippet, ...]:
    """Read all snippets, and note what is wrong with them."""
    return tuple(_read(table, found))


def _read(table: Table, found: list[Problem]) -> Iterator[Snippet]:
    for slug in table.values:
        inner = table.inner(slug, found)
        texts = build(_Texts, inner, found)
        if not is_slug(slug, table, found) or texts is None:
            continue
        by_language = {key: text for key, text in (("es", texts.es), ("en", texts.en)) if text}
        if not by_language:
            said = Said("[{table}] needs {key}.", (("table", inner.name), ("key", "es")))
            found.append(inner.problem(None, said))
            continue
        for key, text in by_language.items():
            found += (inner.problem(key, _no_variable(name)) for name in snippets.unknown(text))
        yield Snippet(name=slug, texts=by_language)


def _no_variable(name: str) -> Said:
    """Say that nothing is filled in under a name, with the nearest under which something is."""
    details = (("name", f"{{{line(name, NAME)}}}"),)
    folded = fold(name.strip())
    if near := get_close_matches(folded, snippets.names(), n=1):
        return Said(
            "Nothing is called {name}. Did you mean {near}?",
            (*details, ("near", f"{{{near[0]}}}")),
        )
    return Said(
        "Nothing is called {name}. There are {known}; {ask} is asked, and {braces} are braces.",
        (
            *details,
            ("known", ", ".join(f"{{{one}}}" for one in snippets.names())),
            ("ask", "{?…}"),
            ("braces", "{{ }}"),
        ),
    )


def refuse_unknown(name: str, there: Iterable[Snippet], table: Table, found: list[Problem]) -> None:
    """Note where the client of `table` says with a snippet that there is not that it is done."""
    names = [one.name for one in there]
    if name in names:
        return
    details = (("name", line(name, NAME)),)
    near = get_close_matches(name, names, n=1)
    said = (
        Said("There is no snippet {name}. Did you mean {near}?", (*details, ("near", near[0])))
        if near
        else Said("There is no snippet {name}. Write it under [snippets.{name}].", details)
    )
    found.append(table.problem("done", said))
