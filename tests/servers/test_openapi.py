"""The judge itself, by a small document of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.servers.openapi import Judge

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.0",
    "servers": [{"url": "https://api.example/1"}],
    "security": [{"Header": []}, {"Key": []}],
    "components": {
        "securitySchemes": {
            "Header": {"type": "apiKey", "in": "header", "name": "Authorization"},
            "Key": {"type": "apiKey", "in": "query", "name": "key"},
        },
        "schemas": {
            "Id": {"type": "string", "pattern": "^[0-9a-f]{4}$"},
            "Thing": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"$ref": "#/components/schemas/Id"},
                    "owner": {"type": "string", "nullable": True},
                    "count": {"type": "integer"},
                },
            },
        },
        "parameters": {
            "limit": {
                "in": "query",
                "name": "limit",
                "schema": {"type": "integer", "minimum": 1, "maximum": 100},
            }
        },
    },
    "paths": {
        "/things": {
            "parameters": [{"$ref": "#/components/parameters/limit"}],
            "get": {
                "parameters": [
                    {
                        "in": "query",
                        "name": "fields",
                        "explode": False,
                        "schema": {"type": "array", "items": {"enum": ["id", "owner"]}},
                    },
                    {
                        "in": "query",
                        "name": "since",
                        "required": True,
                        "schema": {"type": "string", "format": "date-time"},
                    },
                    {"in": "query", "name": "all", "schema": {"type": "boolean"}},
                ],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Thing"},
                                }
                            }
                        }
                    }
                },
            },
        },
        "/things/{id}": {
            "parameters": [
                {
                    "in": "path",
                    "name": "id",
                    "required": True,
                    "schema": {"$ref": "#/components/schemas/Id"},
                }
            ],
            "put": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "data": {"allOf": [{"$ref": "#/components/schemas/Thing"}]}
                                },
                            }
                        }
                    },
                },
                "responses": {"200": {"description": "done"}},
            },
        },
        "/things/mine": {"get": {"responses": {"200": {"description": "done"}}}},
    },
}
SIGNED = {"authorization": "x"}
JSON = {**SIGNED, "content-type": "application/json"}
SINCE = ("since", "2026-11-24T08:00:00Z")


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(DOCUMENT)


def test_a_right_request_and_a_right_answer_pass(judge: Judge) -> None:
    asked = [("limit", "100"), ("fields", "id,owner"), SINCE, ("all", "true")]
    assert judge.judge("GET", "/1/things", asked, SIGNED) == []
    assert judge.judge("GET", "/1/things", [("key", "k"), SINCE], {}) == []
    body = json.dumps([{"id": "00ff", "owner": None, "count": 3}]).encode()
    assert judge.judge_answer("GET", "/1/things", 200, body) == []
    assert judge.judge("PUT", "/1/things/00ff", (), JSON, b'{"data":{"id":"00ff"}}') == []


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([SINCE, ("limti", "5")], "unknown parameter limti=5"),
        ([SINCE, ("limit", "101")], "101 is greater than the maximum"),
        ([SINCE, ("limit", "many")], "not of type 'integer'"),
        ([SINCE, ("limit", "1"), ("limit", "2")], "limit twice"),
        ([SINCE, ("fields", "id,owners")], "parameter fields=owners"),
        ([SINCE, ("all", "yes")], "not of type 'boolean'"),
        ([("since", "yesterday")], "is not a 'date-time'"),
        ([], "since is missing"),
    ],
)
def test_a_wrong_parameter_is_told(judge: Judge, pairs: list[tuple[str, str]], said: str) -> None:
    told = judge.judge("GET", "/1/things", pairs, SIGNED)
    assert len(told) == 1
    assert said in told[0]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "said"),
    [
        ("GET", "/1/nothing", SIGNED, b"", "no such path"),
        ("DELETE", "/1/things", SIGNED, b"", "no such method"),
        ("PUT", "/1/things/xyz", JSON, b'{"data":{"id":"00ff"}}', "parameter id=xyz"),
        ("PUT", "/1/things/00ff", SIGNED, b"id=1", "a body of no type"),
        ("PUT", "/1/things/00ff", JSON, b"", "no body"),
        ("PUT", "/1/things/00ff", JSON, b"{", "no JSON"),
        ("PUT", "/1/things/00ff", JSON, b'{"id":"00ff"}', "unknown $.id"),
        ("PUT", "/1/things/00ff", JSON, b'{"data":{"id":"00ff","due":1}}', "unknown $.data.due"),
        ("PUT", "/1/things/00ff", JSON, b'{"data":{"id":7}}', "7 is not of type 'string'"),
        ("GET", "/1/things/mine", {}, b"", "no credential"),
        ("GET", "/1/things/mine", SIGNED, b"{}", "a body where none"),
    ],
)
def test_a_wrong_request_is_told(  # noqa: PLR0917  # a row of the table
    judge: Judge, method: str, path: str, headers: dict[str, str], body: bytes, said: str
) -> None:
    told = judge.judge(method, path, (), headers, body)
    assert any(said in one for one in told), told


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (200, b'[{"owner": "x"}]', "application/json", "'id' is a required property"),
        (200, b'[{"id": "00ff", "owner": 3}]', "application/json", "3 is not of type"),
        (200, b'{"id": "00ff"}', "application/json", "is not of type 'array'"),
        (200, b"<html>", "application/json", "no JSON"),
        (200, b"[]", "text/html", "text/html is not documented"),
        (202, b"[]", "application/json", "status is not documented"),
    ],
)
def test_a_wrong_answer_is_told(
    judge: Judge, status: int, body: bytes, kind: str, said: str
) -> None:
    told = judge.judge_answer("GET", "/1/things", status, body, kind)
    assert any(said in one for one in told), told


def test_an_error_that_the_document_leaves_out_passes(judge: Judge) -> None:
    assert judge.judge_answer("GET", "/1/things", 404, b"no", "text/plain") == []


def test_what_is_excused_is_not_told() -> None:
    judge = Judge(DOCUMENT, {r"\.owner: 3 ": "numbers, truly"})
    body = b'[{"id": "00ff", "owner": 3, "count": "x"}]'
    told = judge.judge_answer("GET", "/1/things", 200, body)
    assert len(told) == 1
    assert "count" in told[0]


def test_where_there_is_no_document_there_is_no_judge(tmp_path: Path) -> None:
    assert Judge.of(tmp_path / "none.json") is None
