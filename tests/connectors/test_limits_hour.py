"""Whatever happens at however many accounts, no vendor has to refuse us: we ask slowly enough."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.connectors.hour import ACCOUNTS, Office, asana_office, trello_office

Open = Callable[..., AbstractContextManager[Office]]

BURST = (0, 1, 2)
TRELLO = (*BURST, 60, 61)
"""At the hour every board is compared whole, those of all accounts at once."""

ASANA = (*BURST, 3, 361, 362)
"""The same for projects, after six hours."""


@pytest.mark.parametrize("silent", [False, True], ids=["told", "untold"])
def test_trello_refuses_none_of_twenty_accounts_polled_at_once(silent: bool) -> None:
    with trello_office(silent=silent) as office:
        office.live(TRELLO)
    assert (office.refused, office.statuses) == (0, {200, 403})
    # It was enough to be refused for: most of what a key and a token may, in ten seconds.
    assert office.requests > 1500
    assert 200 < office.busiest("key", 10) <= 300
    assert 80 < office.busiest("token", 10) <= 100
    assert office.time.waits > 100
    assert all(one.polls >= len(TRELLO) - 1 for one in office.accounts)


def test_asana_refuses_none_of_twenty_accounts_polled_at_once() -> None:
    with asana_office() as office:
        office.live(ASANA)
    assert (office.refused, office.statuses) == (0, {200})
    assert sum(cost for row in office.heard.values() for _, cost in row) > 5000
    assert 110 < office.busiest("token", 60) <= 150
    assert office.time.waits > 100
    assert all(one.polls > 1 for one in office.accounts)


@pytest.mark.parametrize("opened", [trello_office, asana_office])
def test_the_same_accounts_without_limits_of_their_own_are_refused(opened: Open) -> None:
    with opened(paced=False) as office:
        office.live((0,))
    assert office.refused > 0
    assert len(office.accounts) == ACCOUNTS
