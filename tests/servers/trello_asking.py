"""A plain client for the fakes' own tests: no library, no pacing, no manners of its own."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tests.servers.trello import KEY, TOKEN, Trello


@dataclass(frozen=True, slots=True)
class Told:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Client:
    """One account's."""

    fake: Trello
    token: str = TOKEN

    def get(self, path: str, **query: object) -> Told:
        return self.ask("GET", path, **query)

    def ask(self, method: str, path: str, body: object = None, **query: object) -> Told:
        """With the credential in the header, as ours do."""
        headers = {"authorization": oauth(KEY, self.token)}
        return send(self.fake, method, path, headers, body=body, query=query)


def oauth(key: str, token: str) -> str:
    return f'OAuth oauth_consumer_key="{key}", oauth_token="{token}"'


def send(
    fake: Trello,
    method: str,
    path: str,
    headers: Mapping[str, str],
    *,
    body: object = None,
    query: Mapping[str, object] | None = None,
) -> Told:
    """Ask once, by a connection of its own."""
    return ask_at(f"{fake.base_url}{quote(path)}", method, headers, body=body, query=query)


def ask_at(
    url: str,
    method: str,
    headers: Mapping[str, str],
    *,
    body: object = None,
    query: Mapping[str, object] | None = None,
) -> Told:
    """The same of whatever answers there."""
    where = urlsplit(url)
    asked = where.path + (f"?{urlencode(query)}" if query else "")
    connection = http.client.HTTPConnection(where.netloc, timeout=60)
    try:
        if body is None:
            connection.request(method, asked, None, dict(headers))
        else:
            said = {**headers, "content-type": "application/json"}
            connection.request(method, asked, json.dumps(body), said)
        answer = connection.getresponse()
        kept = {name.lower(): value for name, value in answer.getheaders()}
        return Told(answer.status, kept, answer.read())
    finally:
        connection.close()
