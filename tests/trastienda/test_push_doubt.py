"""What may have arrived is never called refused: she would say it again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.base import Receipt
from connectors.errors import InDoubtError
from normalizer.actions import Action, Complete
from normalizer.raw import Raw
from store.views import Outgoing
from tests.store.mailbox import rows
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


def test_what_she_wanted_done_and_is_done_is_no_conflict_whatever_else_was_changed(
    desk: PushDesk,
) -> None:
    def arrives(_: Action) -> Receipt:
        desk.tool.put(desk.task("Portada y contraportada", state="done"))
        raise InDoubtError("Lost.")

    desk.send(action=Complete(ref=TASK))
    desk.answers = [arrives, lambda _: Receipt("task", "t")]
    desk.sync()
    assert states(desk.db) == [Outgoing.DOUBT]
    desk.sync(MINUTE)
    assert states(desk.db) == [Outgoing.DONE]


@pytest.mark.parametrize(
    ("hours", "who", "goes"),
    [(3, "ana", False), (3, "lola", True), (0, "ana", True), (3, "", True)],
    ids=["they wrote", "she wrote", "it was to go at once", "nobody wrote"],
)
def test_what_was_to_go_later_is_not_sent_where_they_have_written_since(
    desk: PushDesk, hours: int, who: str, goes: bool
) -> None:
    later = timedelta(hours=hours)
    desk.send("Lo tienes el viernes", after=later)
    if who:
        told = {
            "about": {"stream": "conversation", "id": "c"}, "text": "Déjalo, ya no hace falta",
            "author": {"handle": who}, "direction": "out" if who == "lola" else "in",
            "sent_at": (desk.now + timedelta(minutes=1)).isoformat(),
        }  # fmt: skip
        desk.tool.put(Raw.of_json("message", "m1", told))
    desk.sync(later + MINUTE)
    assert states(desk.db) == [Outgoing.DONE if goes else Outgoing.REFUSED]
    assert len(desk.pushed) == int(goes)
    if not goes:
        assert "Déjalo, ya no hace falta" in desk.error()
        (draft,) = rows(desk.db, "draft")
        assert draft.text == "Lo tienes el viernes"
