"""Judges requests and answers by a vendor's own OpenAPI 3.0 document.

A parameter that the document does not know is an error here, though vendors mostly ignore it: it is
how a misspelt filter goes unnoticed. What a document gets wrong about its own API is excused by who
uses the judge, point by point with its reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from openapi_schema_validator import (
    OAS30ReadValidator,
    OAS30WriteValidator,
    oas30_format_checker,
)
from referencing import Registry
from referencing.jsonschema import DRAFT4

ROOT = "urn:specification"
MOST = 8
"""Violations told of one body; the rest says the same."""


class Judge:
    """One document; says what a request or an answer has against it, as text."""

    def __init__(
        self, document: Mapping[str, Any], excused: Mapping[str, str] | None = None
    ) -> None:
        """`excused`: pattern of a violation that is the document's fault -> why."""
        self.document = document
        self._excused = [re.compile(pattern) for pattern in excused or {}]
        self._base = re.sub(r"^\w+://[^/]*", "", document["servers"][0]["url"]).rstrip("/")
        resource = DRAFT4.create_resource(document)
        self._registry: Registry[Any] = Registry().with_resource(ROOT, resource)
        self._routes = sorted(map(_Route, document["paths"]), key=lambda route: route.free)
        self._validator = lru_cache(maxsize=None)(self._make_validator)

    @classmethod
    def of(cls, path: Path, excused: Mapping[str, str] | None = None) -> Judge | None:
        """By a file; None where it is absent."""
        return cls(json.loads(path.read_bytes()), excused) if path.exists() else None

    def judge(
        self,
        method: str,
        path: str,
        query: Iterable[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> list[str]:
        """What a request breaks. `path` with the server's prefix, decoded; header names lower case.

        With `headers` None who asks is not judged: a part of a batch carries no credential.
        """
        where = f"{method} {path}"
        route = self._route(path)
        if route is None:
            return self._told(where, ["no such path"])
        operation = self._operation(route, method)
        if operation is None:
            return self._told(where, ["no such method"])
        pairs = list(query)
        found = list(self._parameters(route, method, path, pairs))
        if headers is not None:
            found += self._credentials(operation, pairs, headers)
            found += self._body(route, method, headers, body)
        return self._told(where, found)

    def judge_answer(
        self, method: str, path: str, status: int, body: bytes, kind: str = "application/json"
    ) -> list[str]:
        """What an answer breaks. An error that is not documented passes: few are."""
        where = f"{method} {path} -> {status}"
        route = self._route(path)
        operation = self._operation(route, method) if route else None
        if route is None or operation is None:
            return self._told(where, ["no such route"] if status < 400 else [])
        at = (*self._place(route, method), "responses")
        code = next((c for c in (str(status), "default") if c in operation["responses"]), None)
        if code is None:
            return self._told(where, ["status is not documented"] if status < 400 else [])
        place, response = self._follow((*at, code))
        kinds: Mapping[str, Any] = response.get("content", {})
        media = kind.partition(";")[0].strip().lower()
        if media not in kinds:
            wrong = [f"{media} is not documented"] if kinds and status < 400 else []
            return self._told(where, wrong)
        if "json" not in media:
            return []
        try:
            value = json.loads(body)
        except ValueError as error:
            return self._told(where, [f"no JSON: {error}"])
        if "schema" not in kinds[media]:
            return []
        return self._told(where, self._errors((*place, "content", media, "schema"), value))

    def judge_object(self, schema: str, value: object, where: str = "") -> list[str]:
        """What an object breaks of a named schema: for what an answer's schema leaves out."""
        return self._told(where or schema, self._errors(("components", "schemas", schema), value))

    def fields(self, method: str, path: str) -> set[str]:
        """The names of the query parameters that a route knows."""
        route = self._route(path)
        declared = self._declared(route, method) if route else {}
        return {name for place, name in declared if place == "query"}

    def _told(self, where: str, found: Iterable[str]) -> list[str]:
        said = [f"{where}: {one}" for one in found]
        return [one for one in said if not any(e.search(one) for e in self._excused)][:MOST]

    def _route(self, path: str) -> _Route | None:
        bare = path.removeprefix(self._base)
        return next((route for route in self._routes if route.matches(bare)), None)

    def _place(self, route: _Route, method: str) -> tuple[str, ...]:
        return ("paths", route.template, method.lower())

    def _operation(self, route: _Route, method: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.document["paths"][route.template].get(method.lower())
        return found

    def _follow(self, place: Sequence[str]) -> tuple[tuple[str, ...], Any]:
        """What stands at a place of the document, and where it truly stands."""
        node: Any = self.document
        for step in place:
            node = node[int(step)] if isinstance(node, list) else node[step]
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            steps = node["$ref"].removeprefix("#/").split("/")
            return self._follow([step.replace("~1", "/").replace("~0", "~") for step in steps])
        return tuple(place), node

    def _declared(self, route: _Route, method: str) -> dict[tuple[str, str], Sequence[str]]:
        """(where, name) of every parameter -> where it is declared; the operation's own win."""
        declared: dict[tuple[str, str], Sequence[str]] = {}
        for at in (("paths", route.template), self._place(route, method)):
            listed = self._follow(at)[1].get("parameters", [])
            for number in range(len(listed)):
                place, parameter = self._follow((*at, "parameters", str(number)))
                declared[parameter["in"], parameter["name"]] = place
        return declared

    def _parameters(
        self, route: _Route, method: str, path: str, pairs: Sequence[tuple[str, str]]
    ) -> Iterator[str]:
        declared = self._declared(route, method)
        schemes = self.document["components"].get("securitySchemes", {}).values()
        credentials = {s["name"] for s in schemes if s.get("in") == "query"}
        given = {("path", name): value for name, value in route.values(path, self._base).items()}
        for name, value in pairs:
            if ("query", name) in given:
                yield f"parameter {name} twice"
            given["query", name] = value
        for (where, name), value in given.items():
            if (where, name) in declared:
                yield from self._parameter(name, declared[where, name], value)
            elif where == "query" and name not in credentials:
                yield f"unknown parameter {name}={value[:40]}"
        for (where, name), place in declared.items():
            missing = where == "query" and (where, name) not in given
            if missing and self._follow(place)[1].get("required"):
                yield f"parameter {name} is missing"

    def _parameter(self, name: str, place: Sequence[str], value: str) -> Iterator[str]:
        parameter = self._follow(place)[1]
        at = (*place, "schema")
        true_at, schema = self._follow(at)
        listed = schema.get("type") == "array"
        # `explode: false` on one string is how Trello's document spells a list with commas.
        commas = listed or parameter.get("explode") is False
        for part in value.split(",") if commas else [value]:
            where = (*true_at, "items") if listed else at
            # The query is text; a number or a truth is one of the things that a text may mean.
            told = [self._errors(where, meant) for meant in _meanings(part)]
            if all(told):
                yield f"parameter {name}={part[:60]}: {told[-1][0]}"

    def _credentials(
        self,
        operation: Mapping[str, Any],
        pairs: Sequence[tuple[str, str]],
        headers: Mapping[str, str],
    ) -> Iterator[str]:
        schemes = self.document["components"].get("securitySchemes", {})
        ways = operation.get("security", self.document.get("security", []))
        asked = {name for name, _ in pairs}

        def given(name: str) -> bool:
            scheme = schemes[name]
            if scheme["type"] == "apiKey":
                return scheme["name"] in (asked if scheme["in"] == "query" else set()) or (
                    scheme["in"] == "header" and scheme["name"].lower() in headers
                )
            return headers.get("authorization", "").lower().startswith("bearer ")

        if ways and not any(all(map(given, way)) for way in ways):
            yield "no credential"

    def _body(
        self, route: _Route, method: str, headers: Mapping[str, str], body: bytes
    ) -> Iterator[str]:
        operation = self._operation(route, method) or {}
        if "requestBody" not in operation:
            if body:
                yield "a body where none is documented"
            return
        place, asked = self._follow((*self._place(route, method), "requestBody"))
        if not body:
            if asked.get("required"):
                yield "no body"
            return
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media not in asked["content"]:
            yield f"a body of {media or 'no type'} is not documented"
            return
        if "json" not in media:
            return
        try:
            value = json.loads(body)
        except ValueError as error:
            yield f"the body is no JSON: {error}"
            return
        at = (*place, "content", media, "schema")
        yield from (f"body {one}" for one in self._errors(at, value, writing=True))
        yield from (f"body has unknown {one}" for one in self._strangers(at, value))

    def _strangers(self, place: Sequence[str], value: object, at: str = "$") -> Iterator[str]:
        """Members of an object whose schema names its members, but not these."""
        if isinstance(value, list):
            schema = self._follow(place)[1]
            if "items" in schema:
                for one in value:
                    yield from self._strangers((*place, "items"), one, f"{at}[]")
        if not isinstance(value, dict):
            return
        known = dict(self._members(place))
        if not known:
            return
        for name, part in value.items():
            if name in known:
                yield from self._strangers(known[name], part, f"{at}.{name}")
            else:
                yield f"{at}.{name}"

    def _members(self, place: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
        true_place, schema = self._follow(place)
        for name in schema.get("properties", {}):
            yield name, (*true_place, "properties", name)
        for joint in ("allOf", "anyOf", "oneOf"):
            for number in range(len(schema.get(joint, []))):
                yield from self._members((*true_place, joint, str(number)))

    def _errors(self, place: Sequence[str], value: object, *, writing: bool = False) -> list[str]:
        validator = self._validator(tuple(place), writing)
        return [
            f"{_pointer(each)}: {_short(each.message)}"
            for error in validator.iter_errors(value)
            for each in _causes(error)
        ]

    def _make_validator(self, place: tuple[str, ...], writing: bool) -> Any:
        steps = (quote(step.replace("~", "~0").replace("/", "~1"), safe="~") for step in place)
        kind = OAS30WriteValidator if writing else OAS30ReadValidator
        return kind(
            {"$ref": f"{ROOT}#/{'/'.join(steps)}"},
            registry=self._registry,
            format_checker=oas30_format_checker,
        )


class _Route:
    """A path of the document, with its places in braces."""

    def __init__(self, template: str) -> None:
        self.template = template
        parts = re.split(r"\{(.+?)\}", template)
        self.names = parts[1::2]
        pattern = "([^/]+)".join(re.escape(part) for part in parts[::2])
        self._pattern = re.compile(pattern)
        # A literal step wins over a free one, the earlier the better.
        self.free = [step.startswith("{") for step in template.split("/")]

    def matches(self, path: str) -> bool:
        return self._pattern.fullmatch(path) is not None

    def values(self, path: str, base: str) -> dict[str, str]:
        found = self._pattern.fullmatch(path.removeprefix(base))
        return dict(zip(self.names, found.groups() if found else (), strict=False))


def _causes(error: Any) -> Iterator[Any]:
    """What is truly wrong where the only one of several possible schemas does not fit."""
    if error.validator in {"oneOf", "anyOf"} and len(error.validator_value) == 1:
        for cause in error.context or ():
            yield from _causes(cause)
    else:
        yield error


def _pointer(error: Any) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    return "$" + "".join(steps)


def _short(message: str) -> str:
    """Both ends: first comes what was found, last what it should be."""
    return message if len(message) < 200 else f"{message[:120]}…{message[-80:]}"


def _meanings(text: str) -> Iterator[object]:
    yield text
    if re.fullmatch(r"-?\d{1,18}", text):
        yield int(text)
    elif re.fullmatch(r"-?\d{1,18}\.\d+", text):
        yield float(text)
    elif text in {"true", "false"}:
        yield text == "true"
    elif text == "null":
        yield None
