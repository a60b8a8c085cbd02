"""The faults that every connector over HTTP survives, as tests that its author inherits.

    class TestNotesFaults(FaultContract):
        def connect(self, server: HttpServer, deadline: float) -> NotesConnector: ...

Each way in which a server forgets its manners, at each moment of a pull and of a write: a pull that
meets one says so in time, with an error of `connectors.errors`, and what was kept stays kept; the
next one brings all there is. A comment that meets one is made once in the end.
"""

from __future__ import annotations

import itertools
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest

from connectors.base import Batch, Connector, Cursor, Writer
from connectors.errors import ConnectorError, CursorExpiredError
from connectors.probe import held
from connectors.testing_faults import FAULTS, Fault, edited
from connectors.testing_server import HttpServer, Request
from normalizer.actions import Comment

PATIENT = 20.0
"""Seconds that a request may take where nothing is broken."""

HURRIED = (0.3, 3.0, 20.0)
"""Seconds that a request may take where the server may never answer; longer each time that it did
not even come there, on a machine that is busy."""

LONGEST = 30.0
"""Seconds after which a call counts as hung: far more than a few requests take."""

MOMENTS = ("the first request of a whole pull", "its last", "the first of a pull of news")


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
        skipped = 0
        if moment == MOMENTS[1]:
            list(make(PATIENT).pull(None))
            skipped = len(server.log) - 1
        elif moment == MOMENTS[2]:
            before = list(make(PATIENT).pull(None))
            self.happen(server)
        with caplog.at_level(logging.DEBUG):
            assert self.survived(server, make, before, FAULTS[name], skipped)
        self.discreet(caplog.text)

    @pytest.mark.parametrize("news", [False, True], ids=["a whole pull", "a pull of news"])
    @pytest.mark.parametrize("way", ["null", "missing"])
    def test_an_answer_without_one_of_its_parts_is_not_taken_for_one_with_nothing_in_it(
        self, server: HttpServer, make: Callable[[float], Connector], way: str, *, news: bool
    ) -> None:
        before: list[Batch] = []
        if news:
            before = list(make(PATIENT).pull(None))
            self.happen(server)
        for skipped in itertools.count():
            names: list[str] = []
            for number in itertools.count():

                def without(good: bytes, names: list[str] = names, number: int = number) -> bytes:
                    names[:] = sorted(json.loads(good))
                    return _without(good, names[number], way) if number < len(names) else good

                if not self.survived(server, make, before, edited(without), skipped):
                    return
                if number >= len(names):
                    break

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
        second = make(PATIENT)
        if not isinstance(second, Writer):
            pytest.skip("it is no Writer")
        comment, error = self.comment(server, f"escrito, pese a: {name}"), None
        mishap = server.fail(self.changes, FAULTS[name], after=carried_out)
        with caplog.at_level(logging.DEBUG):
            for deadline in HURRIED:
                error = self.pushed(make(deadline), comment)
                if mishap.happened:
                    break
        assert mishap.happened == 1, "it sends what changes something once"
        server.mend()
        if error is not None:
            second.push(comment)
        assert self.said(server, comment.text) == 1
        self.discreet(error, caplog.text)

    def survived(
        self,
        server: HttpServer,
        make: Callable[[float], Connector],
        before: list[Batch],
        fault: Fault,
        skipped: int,
    ) -> bool:
        """Pull with a fault after so many requests and then without, and assert that nothing is
        lost by it. False where there were no more requests.
        """
        count = itertools.count()
        mishap = server.fail(lambda _: next(count) >= skipped, fault, after=True)
        for deadline in HURRIED:
            taken, error = self.pulled(make(deadline), before[-1].cursor if before else None)
            if mishap.happened or error is None:
                break
        server.mend()
        if not mishap.happened:
            return False
        truth = held(make(PATIENT).pull(None))
        gone = set(held(before)) - set(held([*before, *taken]))
        assert gone <= set(held(before)) - set(truth), "it takes what is there for gone"

        kept = [*before, *taken]
        try:
            kept += make(PATIENT).pull(kept[-1].cursor if kept else None)
        except CursorExpiredError:
            kept += make(PATIENT).pull(None)
        assert held(kept) == truth, f"something is lost, or garbled, for good ({error})"
        self.discreet(error, *taken)
        return True

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

    def pushed(self, connector: Connector, comment: Comment) -> ConnectorError | None:
        """Push it, and return what went wrong."""
        assert isinstance(connector, Writer)
        began = time.monotonic()
        try:
            connector.push(comment)
        except ConnectorError as caught:
            return caught
        finally:
            assert time.monotonic() - began < LONGEST
        return None

    def discreet(self, *told: object) -> None:
        """Assert that no secret was told anywhere."""
        for one in told:
            for text in (str(one), repr(one)):
                assert not any(secret in text for secret in self.secrets)


def _without(good: bytes, name: str, way: str) -> bytes:
    """Take one part out of an answer that is an object."""
    value = json.loads(good)
    del value[name]
    return json.dumps(value | ({name: None} if way == "null" else {})).encode()
