"""Every text for the VA is in every catalogue, whole: `make messages`, then fill what is empty."""

from __future__ import annotations

import ast
import importlib.util
import re
import string
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages import Catalog, Message

LANGUAGES = ("es",)


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    """The script behind `make messages`."""
    path = Path(__file__).resolve().parent.parent / "scripts" / "messages.py"
    spec = importlib.util.spec_from_file_location("messages", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def template(messages: ModuleType) -> Catalog:
    template: Catalog = messages.template()
    return template


@pytest.fixture(scope="module", params=LANGUAGES)
def catalogue(request: pytest.FixtureRequest, messages: ModuleType) -> Catalog:
    catalogue: Catalog = messages.read(request.param)
    return catalogue


def entries(catalogue: Catalog) -> Iterator[tuple[Message, list[str], list[str]]]:
    """Yield each message with its sources and its translations: one, or two where it counts."""
    for message in catalogue:
        if message.id:
            yield message, texts(message.id), texts(message.string)


def texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value or "")]


def places(text: str) -> set[str]:
    """Name what a text has filled in: {name}, and argparse's %(name)s and %s."""
    try:
        named = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        named = set()
    return named | set(re.findall(r"%\(\w+\)[sd]|%[sd]", text))


def test_the_extractor_finds_each_kind_of_text(template: Catalog) -> None:
    assert "{place}" not in template
    for text in (
        "The file is not UTF-8 text.",  # Said
        "There is no connector {kind}. Did you mean {near}?",  # an error of ours
        "The folder {folder} cannot be made ({reason}). Choose another one with --home.",
        "usage: ",  # argparse
    ):
        assert text in template


FROM_ANOTHER = ("normalizer/said.py", "normalizer/email.py", "triage/verbs.py")
"""Where a text is made of the words of one that exists."""


def test_no_text_is_out_of_the_extractors_sight(messages: ModuleType) -> None:
    ours = {"Said", "_", *messages.said_errors(messages.sources())} - {"ConfigFileError"}
    hidden = [
        f"{file.relative_to(messages.ROOT)}:{node.lineno}: {ast.unparse(node)[:80]}"
        for file in messages.sources()
        if not str(file).endswith(FROM_ANOTHER)
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in ours
        and node.args
        and not (isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str))
    ]
    assert not hidden


def test_the_catalogue_says_all_that_the_code_says(template: Catalog, catalogue: Catalog) -> None:
    missing = [message.id for message in template if message.id and message.id not in catalogue]
    assert not missing, f"run `make messages`; {len(missing)} are missing: {missing[:20]}"


def test_the_catalogue_says_nothing_else(template: Catalog, catalogue: Catalog) -> None:
    surplus = [message.id for message in catalogue if message.id and message.id not in template]
    assert not surplus, f"run `make messages`; nothing says {surplus[:20]}"
    assert not catalogue.obsolete


def test_nothing_is_empty_or_doubtful(catalogue: Catalog) -> None:
    empty = [message.id for message, _, strings in entries(catalogue) if not all(strings)]
    assert not empty, f"{len(empty)} are not translated: {empty[:20]}"
    assert [message.id for message, _, _ in entries(catalogue) if message.fuzzy] == []


def test_a_translation_fills_in_what_its_source_does(catalogue: Catalog) -> None:
    for message, ids, strings in entries(catalogue):
        allowed = set.union(*map(places, ids))
        for text in filter(None, strings):
            assert places(text) <= allowed, f"{message.id!r} has no {places(text) - allowed}"
        if len(ids) == 1 and strings[0]:
            assert places(strings[0]) == allowed, f"{message.id!r} lost a place"


def test_a_translation_begins_and_ends_as_its_source_does(catalogue: Catalog) -> None:
    for _, ids, strings in entries(catalogue):
        for source, text in zip(ids, strings, strict=False):
            if text:
                assert (text[:1].isspace(), text[-1:].isspace()) == (
                    source[:1].isspace(),
                    source[-1:].isspace(),
                ), repr(source)
                assert text.replace("\n", "").isprintable(), repr(source)


def test_plurals_are_counted_as_spanish_does(catalogue: Catalog) -> None:
    assert catalogue.num_plurals == 2
    assert catalogue.plural_expr == "(n != 1)"
