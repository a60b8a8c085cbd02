"""The faults that every connector over HTTP survives, as tests that its author inherits.

    class TestNotesFaults(FaultContract):
        def connect(self, server: HttpServer, deadline: float) -> NotesConnector: ...

Each way in which a server forgets its manners, at each moment of a pull and of a write: a pull that
meets one says so in time, with an error of `connectors.errors`, and what was kept stays kept; the
next one brings all there is. A comment that meets one is made once in the end.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest

from connectors.base import Batch, Connector, Cursor, Writer
from connectors.errors import ConnectorError, CursorExpiredError
from connectors.probe import held
from connectors.testing_faults import FAULTS
from connectors.testing_server import HttpServer, Request
from normalizer.actions import Comment

PATIENT = 20.0
"""Seconds that a request may take where nothing is broken."""

HURRIED = 0.3
"""Seconds that a request may take where the server may never answer."""

LONGEST = 10.0
"""Seconds after which a call counts as hung: far more than a few requests of `HURRIED`."""

MOMENTS = ("the first request of a whole pull", "a later one", "the first of a pull of news")


class FaultContract:
    """Subclass it, and say how to serve the tool's stand-in and how to connect to it."""

    secrets: ClassVar[tuple[str, ...]] = ()
    """The secrets that the settings hold: none may ever show."""

    @pytest.fixture
    def server(self) -> Iterator[HttpServer]:
        """Serve a stand-in that holds several records, more than one page of them."""
        raise NotImplementedError

    def connect(self, server: HttpServer, deadline: float) -> Connector:
        """Make a connector to `server` whose requests may take `deadline` seconds each."""
        raise NotImplementedError

    def happen(self, server: HttpServer) -> None:
        """Have somebody else add one record, change one and delete one."""
        raise NotImplementedError

    def changes(self, request: Request) -> bool:
        """Tell whether a request is meant to change something over there."""
        return request.method not in {"GET", "HEAD", "OPTIONS"}

    def comment(self, server: HttpServer, text: str) -> Comment:
        """Make the action by which she says `text`."""
        pytest.skip("no comment hook")

    def said(self, server: HttpServer, text: str) -> int:
        """Count the comments of that text that the tool holds."""
        pytest.skip("no said hook")

    @pytest.fixture
    def make(self, server: HttpServer) -> Iterator[Callable[[float], Connector]]:
        """Give what makes connectors, and close them in the end."""
        made: list[Connector] = []

        def one(deadline: float) -> Connector:
            made.append(self.connect(server, deadline))
            return made[-1]

        yield one
        for each in made:
            each.close()

    @pytest.mark.parametrize("moment", MOMENTS)
    @pytest.mark.parametrize("name", FAULTS)
    def test_a_pull_that_meets_a_fault_loses_nothing_and_the_next_brings_all(
        self,
        server: HttpServer,
        make: Callable[[float], Connector],
        caplog: pytest.LogCaptureFixture,
        name: str,
        moment: str,
    ) -> None:
        before: list[Batch] = []
        if moment == MOMENTS[2]:
            before = list(make(PATIENT).pull(None))
            self.happen(server)
        cursor = before[-1].cursor if before else None
        count = itertools.count()
        skipped = 1 if moment == MOMENTS[1] else 0
        mishap = server.fail(lambda _: next(count) >= skipped, FAULTS[name], after=True)
        with caplog.at_level(logging.DEBUG):
            taken, error = self.pulled(make(HURRIED), cursor)
        if not mishap.happened:
            pytest.skip("its pull is done with one request")
        server.mend()
        truth = held(make(PATIENT).pull(None))
        assert set(held(before)) - set(held([*before, *taken])) <= set(held(before)) - set(truth)

        all_there_is = [*before, *taken]
        after = all_there_is[-1].cursor if all_there_is else None
        try:
            all_there_is += make(PATIENT).pull(after)
        except CursorExpiredError:
            all_there_is += make(PATIENT).pull(None)
        assert held(all_there_is) == truth
        self.discreet(error, *taken, caplog.text)

    @pytest.mark.parametrize("carried_out", [True, False], ids=["carried out", "not carried out"])
    @pytest.mark.parametrize("name", FAULTS)
    def test_a_comment_that_meets_a_fault_is_made_once_in_the_end(
        self,
        server: HttpServer,
        make: Callable[[float], Connector],
        caplog: pytest.LogCaptureFixture,
        name: str,
        carried_out: bool,
    ) -> None:
        first, second = make(HURRIED), make(PATIENT)
        if not isinstance(first, Writer) or not isinstance(second, Writer):
            pytest.skip("it is no Writer")
        comment, error = self.comment(server, f"escrito, pese a: {name}"), None
        mishap = server.fail(self.changes, FAULTS[name], after=carried_out)
        with caplog.at_level(logging.DEBUG):
            began = time.monotonic()
            try:
                first.push(comment)
            except ConnectorError as caught:
                error = caught
            assert time.monotonic() - began < LONGEST
        assert mishap.happened == 1, "it sends what changes something once"
        server.mend()
        if error is not None:
            second.push(comment)
        assert self.said(server, comment.text) == 1
        self.discreet(error, caplog.text)

    def pulled(
        self, connector: Connector, cursor: Cursor | None
    ) -> tuple[list[Batch], ConnectorError | None]:
        """Pull as the engine does, to the end or to the first error."""
        taken: list[Batch] = []
        error = None
        began = time.monotonic()
        try:
            taken.extend(connector.pull(cursor))
        except ConnectorError as caught:
            error = caught
        assert time.monotonic() - began < LONGEST
        return taken, error

    def discreet(self, *told: object) -> None:
        """Assert that no secret was told anywhere."""
        for one in told:
            for text in (str(one), repr(one)):
                assert not any(secret in text for secret in self.secrets)
