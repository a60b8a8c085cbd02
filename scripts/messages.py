"""Bring the catalogues up to the code: `make messages`.

Extracted are the usual `_` and `ngettext`, every text that becomes a Said or an error of ours
(any class that descends from SaidError), and what argparse itself says.
"""

from __future__ import annotations

import argparse
import ast
from pathlib import Path
from typing import Final

from babel.messages import Catalog, pofile
from babel.messages.extract import DEFAULT_KEYWORDS, extract

ROOT: Final = Path(__file__).resolve().parent.parent
ROOMS: Final = ("connectors", "normalizer", "store", "triage", "tui", "trastienda")
LANGUAGES: Final = ("es",)
"""English is the msgids themselves."""


def sources() -> list[Path]:
    """Every module of every room."""
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def said_errors(files: list[Path]) -> set[str]:
    """Name SaidError and every class that descends from it, whatever module it stands in."""
    bases: dict[str, set[str]] = {}
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                names = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
                bases.setdefault(node.name, set()).update(names)
    found = {"SaidError"}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found


def template() -> Catalog:
    """Read every text for the VA out of the code."""
    files = sources()
    ours = {**DEFAULT_KEYWORDS, "Said": None, **dict.fromkeys(said_errors(files))}
    catalogue = Catalog(domain="trastienda", project="trastienda", charset="utf-8")
    for file in files:
        with file.open("rb") as text:
            for line, messages, _, _ in extract("python", text, ours):
                place = file.relative_to(ROOT).as_posix()
                catalogue.add(messages, locations=[(place, line)])
    with Path(argparse.__file__).open("rb") as text:
        for _, messages, _, _ in extract("python", text):
            catalogue.add(messages, locations=[("argparse", 1)])
    return catalogue


def path_of(language: str) -> Path:
    """Where a catalogue is kept."""
    return ROOT / "locale" / language / "LC_MESSAGES" / "trastienda.po"


def read(language: str) -> Catalog:
    """Read a catalogue, or begin one."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, domain="trastienda", project="trastienda")
    with path.open("rb") as file:
        return pofile.read_po(file, locale=language, domain="trastienda")


def main() -> None:
    """Update every catalogue in place; what the code no longer says is dropped."""
    current = template()
    for language in LANGUAGES:
        catalogue = read(language)
        catalogue.update(current, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.fuzzy = False
        path = path_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            pofile.write_po(file, catalogue, width=100, sort_by_file=True, include_lineno=False)
        empty = sum(1 for message in catalogue if message.id and not message.string)
        print(f"{path.relative_to(ROOT)}: {len(catalogue)} messages, {empty} not translated")


if __name__ == "__main__":
    main()
