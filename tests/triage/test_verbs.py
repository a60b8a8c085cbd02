from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from normalizer import memory
from normalizer.raw import Raw
from store import directory, intake
from store import triage as kept
from store.database import Database, open_database
from store.directory import ChannelKey, ChannelSpec, ClientSpec
from store.reader import Reader
from store.views import Lane
from triage import verbs
from triage.rules import derive

NOW = datetime(2026, 10, 14, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Desk:
    """One client's chat, in a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.db: Database = open_database(folder / "trastienda.db")
        chat = ChannelSpec(slug="chat", kind="memory", identities=("lola",))
        acme = ClientSpec(slug="acme", name="ACME", color="teal", channels=(chat,))
        self.key: ChannelKey = directory.declare(self.db, [acme], NOW)["acme", "chat"]
        self.spoken = 0
        for number in range(3):
            self.take(Raw.of_json("conversation", f"c{number}", {"title": f"Asunto {number}"}))
            self.say(number, "¿Cómo va?")
        self.ids = sorted(self.lanes())

    def take(self, raw: Raw) -> None:
        intake.take(
            self.db, self.key, records=[raw], cursor=str(self.spoken), census=[],
            normalise=memory.normalise, rules=derive, identities=frozenset({"lola"}),
            now=NOW + self.spoken * HOUR,
        )  # fmt: skip

    def say(self, number: int, text: str, author: str = "ana") -> None:
        self.spoken += 1
        self.take(
            Raw.of_json("message", f"m{self.spoken}", {
                "about": {"stream": "conversation", "id": f"c{number}"},
                "author": {"name": author, "handle": author},
                "sent_at": (NOW + self.spoken * HOUR).isoformat(), "text": text,
            })
        )  # fmt: skip

    def lanes(self) -> dict[int, Lane]:
        reader = Reader(self.db.target)
        try:
            rows = reader.rows(reader.search("", limit=100))
        finally:
            reader.close()
        return {row.id: row.lane for row in rows if row is not None}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.db.close()


def test_every_verb_moves_its_items_and_undo_moves_them_back(desk: Desk) -> None:
    before = desk.lanes()
    moves: list[tuple[Callable[[], verbs.Outcome], Lane]] = [
        (lambda: verbs.archive(desk.db, desk.ids, NOW), Lane.ARCHIVED),
        (lambda: verbs.snooze(desk.db, desk.ids, NOW + HOUR, NOW), Lane.SNOOZED),
        (lambda: verbs.wait(desk.db, desk.ids, NOW), Lane.WAITING),
        (lambda: verbs.plan(desk.db, desk.ids, NOW), Lane.PLANNED),
    ]
    for act, lane in moves:
        outcome = act()
        assert outcome.items == tuple(desk.ids)
        assert outcome.text.text().startswith("3 ")
        assert set(desk.lanes().values()) == {lane}
        undone = verbs.undo(desk.db, NOW)
        assert set(undone.items) == set(desk.ids)
        assert undone.text.text().endswith("(3).")
        assert desk.lanes() == before
        redone = verbs.redo(desk.db, NOW)
        assert set(redone.items) == set(desk.ids)
        assert set(desk.lanes().values()) == {lane}
        verbs.undo(desk.db, NOW)


def test_nothing_to_do_is_said_and_leaves_no_trace(desk: Desk) -> None:
    assert verbs.archive(desk.db, [], NOW).items == ()
    assert verbs.undo(desk.db, NOW).items == ()
    assert verbs.redo(desk.db, NOW).items == ()
    with pytest.raises(ValueError, match="None"):
        verbs.snooze(desk.db, desk.ids, None, NOW, hard=True)


def test_what_is_in_the_inbox_is_not_brought_back_and_undo_takes_what_was_before(
    desk: Desk,
) -> None:
    first, second, _third = desk.ids
    verbs.archive(desk.db, [first], NOW)
    said = verbs.inbox(desk.db, [second], NOW)
    assert (said.items, said.text.message) == ((), "Nothing was changed: it was so already.")
    assert verbs.undo(desk.db, NOW).items == (first,)
    verbs.archive(desk.db, [first], NOW)
    assert set(verbs.inbox(desk.db, [first, second], NOW).items) == {first, second}
    assert desk.lanes()[first] is Lane.INBOX


def test_an_answer_brings_back_what_waits_and_a_thank_you_not_what_is_archived(desk: Desk) -> None:
    waiting, snoozed, archived = desk.ids
    for number in range(3):
        desk.say(number, "Va adjunto.", author="lola")
    verbs.wait(desk.db, [waiting], NOW)
    verbs.snooze(desk.db, [snoozed], NOW + 99 * HOUR, NOW, hard=True)
    verbs.archive(desk.db, [archived], NOW)
    numbers = {item: number for number, item in enumerate(desk.ids)}
    for item in desk.ids:
        desk.say(numbers[item], "gracias 👍")
    assert desk.lanes() == {waiting: Lane.INBOX, snoozed: Lane.SNOOZED, archived: Lane.ARCHIVED}
    for item in desk.ids:
        desk.say(numbers[item], "¿Y el logo?")
    assert desk.lanes() == {waiting: Lane.INBOX, snoozed: Lane.SNOOZED, archived: Lane.INBOX}


def test_what_waits_until_a_moment_comes_back_at_it(desk: Desk) -> None:
    one, two, _ = desk.ids
    verbs.wait(desk.db, [one], NOW, NOW + HOUR)
    verbs.snooze(desk.db, [two], NOW + 2 * HOUR, NOW)
    kept.wake_due(desk.db, NOW + timedelta(minutes=59))
    assert (desk.lanes()[one], desk.lanes()[two]) == (Lane.WAITING, Lane.SNOOZED)
    kept.wake_due(desk.db, NOW + HOUR)
    assert (desk.lanes()[one], desk.lanes()[two]) == (Lane.INBOX, Lane.SNOOZED)
    kept.wake_due(desk.db, NOW + 2 * HOUR)
    assert desk.lanes()[two] is Lane.INBOX


def test_undoing_what_came_back_meanwhile_says_so(desk: Desk) -> None:
    verbs.snooze(desk.db, desk.ids[:1], NOW + HOUR, NOW)
    assert kept.wake_due(desk.db, NOW + 2 * HOUR) == 1
    undone = verbs.undo(desk.db, NOW + 3 * HOUR)
    assert undone.items == ()
    assert undone.text.text(str).startswith("Nothing was changed")
