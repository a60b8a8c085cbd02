"""Each fault of an HTTP server at each moment of a board's poll and of a write: nothing of any
client closes or is lost, no other client notices, and once it is over all is as at the vendor's.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.errors import AuthError, ConnectorError
from connectors.testing_faults import FAULTS
from store.views import Health
from tests.canary import assert_no_canary
from tests.connectors.board_rig import CANARY, Rig, rigged
from tests.connectors.test_http_faults import OUTCOMES

LONGEST = 10.0
"""Seconds. The deadline of a request is half a second; the rest is a slow machine."""

KINDS = ("trello", "asana")
MOMENTS = ("first", "later", "write")
CELLS = list(itertools.product(KINDS, FAULTS, MOMENTS))


@pytest.fixture(scope="module", params=KINDS)
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp(request.param)
    with rigged(request.param, folder) as rig:
        yield rig
    assert_no_canary(folder, CANARY)


numbers = itertools.count(1)


def test_there_are_270_cells_or_more() -> None:
    assert len(CELLS) >= 45 * 2 * 3


@pytest.mark.parametrize("moment", ["first", "later"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_poll_that_meets_a_fault_closes_nothing_and_the_next_one_brings_all(
    rig: Rig, name: str, moment: str, caplog: pytest.LogCaptureFixture
) -> None:
    office, number = rig.office, next(numbers)
    before = rig.kept("acme")
    for client in ("acme", "luz"):
        office.happen(client, number)
    where = office.first("acme") if moment == "first" else office.later("acme")
    mishap = office.server.fail(where, FAULTS[name], after=office.after)
    with caplog.at_level(logging.DEBUG):
        began = time.monotonic()
        outcome = rig.pull("acme")
        assert time.monotonic() - began < LONGEST
        assert mishap.happened == 1

        assert outcome.health in {Health.OK, Health.LATER, Health.SIGN_IN}, outcome
        assert (outcome.health is Health.OK) == (outcome.error is None)
        kept = rig.kept("acme")
        assert kept.keys() >= before.keys()
        if outcome.health is Health.OK and not outcome.notices:
            assert kept == office.truth("acme") or OUTCOMES[name][0] is None
        if moment == "first" and OUTCOMES[name][0] is AuthError:
            assert outcome.health is Health.SIGN_IN
        if moment == "later" and office.kind == "trello":
            assert outcome.health is not Health.SIGN_IN, "Trello says 401 of a board, too"

        assert rig.pull("luz").error is None
        assert rig.kept("luz") == office.truth("luz")

        office.server.mend()
        after = rig.pull("acme")
        assert (after.health, after.notices) == (Health.OK, ())
        assert rig.kept("acme") == office.truth("acme")
    _quiet(caplog, outcome, after)


@pytest.mark.parametrize("carried_out", [True, False], ids=["carried out", "not carried out"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_write_that_meets_a_fault_is_carried_out_once_in_the_end(
    rig: Rig, name: str, carried_out: bool, caplog: pytest.LogCaptureFixture
) -> None:
    office, number = rig.office, next(numbers)
    action = office.comment("acme", f"Escrito {number}")
    writes = lambda r: r.method == "POST" and r.path != "/api/1.0/batch"  # noqa: E731
    mishap = office.server.fail(writes, FAULTS[name], after=carried_out)
    first, second = office.connect("acme"), office.connect("acme")
    error: ConnectorError | None = None
    with caplog.at_level(logging.DEBUG):
        try:
            rig.push("acme", action, first)
        except ConnectorError as caught:
            error = caught
        assert mishap.happened == 1
        office.server.mend()
        if error is not None:
            rig.push("acme", action, second)
    first.close()
    second.close()
    said = list(office.truth("acme").values())
    assert said.count(f"Escrito {number}") == 1
    assert rig.pull("acme").error is None
    assert rig.kept("acme") == office.truth("acme")
    _quiet(caplog, error)


def _quiet(caplog: pytest.LogCaptureFixture, *told: Any) -> None:
    """No secret was told anywhere."""
    assert CANARY not in caplog.text
    assert CANARY not in repr(told)
    assert not any(CANARY in str(one) for one in told)
