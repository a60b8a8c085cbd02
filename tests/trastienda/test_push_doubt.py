"""What may have arrived is never called refused: she would say it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.errors import InDoubtError
from normalizer.actions import Action, Complete
from store.views import Outgoing
from tests.trastienda.test_push import MINUTE, TASK, PushDesk, fails, states


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[PushDesk]:
    desk = PushDesk(tmp_path)
    yield desk
    desk.db.close()


@pytest.mark.parametrize(
    ("action", "after", "said"),
    [
        (None, Outgoing.ASK, "it cannot be looked up"),
        (Complete(ref=TASK), Outgoing.REFUSED, "Nothing is written back"),
    ],
    ids=["said", "done"],
)
def test_a_doubt_that_may_no_longer_be_looked_into_is_hers_where_it_can_be_there_twice(
    desk: PushDesk, action: Action | None, after: Outgoing, said: str
) -> None:
    desk.answers = [fails(InDoubtError("Lost."))]
    wanted = desk.send(action=action)
    desk.sync()
    assert states(desk.db) == [Outgoing.DOUBT]
    desk.write = "no"
    desk.sync(MINUTE)
    assert states(desk.db) == [after]
    assert said in desk.error()
    assert desk.pushed == [wanted]
