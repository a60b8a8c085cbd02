"""Every way in which a server forgets its manners, at each moment of a pull and of a write."""

from collections.abc import Iterator

import pytest
from trastienda.plugin import Comment, Ref
from trastienda.testing import FaultContract, HttpServer, Request

from standin import TOKEN, Todoist, connected
from trastienda_todoist import TodoistConnector


class TestTodoistFaults(FaultContract):
    secrets = (TOKEN,)

    @pytest.fixture
    def server(self) -> Iterator[HttpServer]:
        self.tool = Todoist()
        with HttpServer(self.tool.answer) as server:
            yield server

    def connect(self, server: HttpServer, deadline: float) -> TodoistConnector:
        return connected(server, deadline)

    def happen(self, server: HttpServer) -> None:
        self.tool.note(self.tool.add_task("Nueva"), "Dicho")
        renamed, done, *_ = self.tool.open()
        self.tool.edit("items", renamed, content="Otro título")
        self.tool.delete("items", self.tool.quiet)
        self.tool.complete(done)

    def changes(self, request: Request) -> bool:
        return b'"commands"' in request.body

    def comment(self, server: HttpServer, text: str) -> Comment:
        return Comment(ref=Ref("task", self.tool.open()[0]), text=text)

    def said(self, server: HttpServer, text: str) -> int:
        return [note["content"] for note in self.tool.held["notes"].values()].count(text)
