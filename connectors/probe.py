"""How the contract tests look at batches, records and settings; a small store among it."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
import threading
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from connectors.base import Batch, Connector, Secret
from normalizer.model import Attachment, CheckItem, Person, Record, Ref, Thread
from normalizer.raw import Raw, canonical

T = TypeVar("T")

Key: TypeAlias = tuple[str, str]
"""(stream, external id)"""

PATIENCE = 60.0
"""Seconds after which a call that does not come back counts as hung."""


def held(batches: Iterable[Batch]) -> dict[Key, Raw]:
    """Take batches as the store does, and return what it then holds."""
    held: dict[Key, Raw] = {}
    for batch in batches:
        for raw in batch.records:
            if raw.deleted:
                held.pop(key(raw), None)
            elif raw.payload is not None:
                held[key(raw)] = raw
            elif (old := held.get(key(raw))) is not None:
                meta = canonical({**old.about(), **raw.about()})
                held[key(raw)] = dataclasses.replace(old, meta=meta)
        for census in batch.census:
            for stream, external_id in list(held):
                spoken_of = stream == census.stream and external_id.startswith(census.prefix)
                if spoken_of and external_id not in census.external_ids:
                    del held[stream, external_id]
    return held


def key(raw: Raw) -> Key:
    """Name a raw record within its channel."""
    return raw.stream, raw.external_id


def records(connector: Connector, batches: Iterable[Batch]) -> list[Record]:
    """Put all that `batches` left behind in our words."""
    normalise = type(connector).normalise
    return [record for raw in held(batches).values() for record in normalise(raw)]


def inside(value: object) -> Iterator[object]:
    """Yield every value in a record that will be shown or compared; ids are opaque."""
    yield value
    if isinstance(value, tuple):
        for one in value:
            yield from inside(one)
    elif dataclasses.is_dataclass(value) and not isinstance(value, Ref | Thread):
        opaque = {"external_id"} if isinstance(value, Attachment | CheckItem) else set()
        for field in dataclasses.fields(value):
            if field.name not in opaque:
                yield from inside(getattr(value, field.name))


def well_formed(value: object) -> None:
    """Assert what the model promises of a value that `inside` yields."""
    match value:
        case datetime():
            assert value.tzinfo is not None, "an instant without its zone"
            assert value.utcoffset() == timedelta(), "an instant that is not in UTC"
        case str():
            assert value.replace("\n", "").isprintable(), f"not cleaned: {value!r}"
        case Ref():
            assert value.stream
            assert value.external_id
        case Person():
            assert value.handle == value.handle.lower()
        case Attachment():
            assert value.external_id
            assert value.size is None or value.size >= 0
        case None | bool() | int() | date() | tuple():
            pass
        case _:
            assert dataclasses.is_dataclass(value), f"no part of the model: {value!r}"


def documented(config: type[Any]) -> set[str]:
    """Name the fields that a docstring follows, in the class and its bases."""
    found: set[str] = set()
    for cls in config.__mro__:
        if not dataclasses.is_dataclass(cls):
            continue
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
        assert isinstance(tree, ast.ClassDef)
        for one, after in zip(tree.body, tree.body[1:], strict=False):
            match one, after:
                case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str())):
                    found.add(name)
                case _:
                    pass
    return found


def configurable(hint: Any) -> bool:
    """Tell that a config file can hold a setting of this type."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return all(one is type(None) or configurable(one) for one in arguments)
    if origin is tuple:
        return arguments[1:] == (...,) and configurable(arguments[0])
    if origin is typing.Literal:
        return all(isinstance(one, str | int) for one in arguments)
    return hint in {str, int, float, bool, Secret}


def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a thread of its own; what it raises is raised here, as is TimeoutError."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return outcome.result(PATIENCE)
