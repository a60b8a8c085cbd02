"""What she sends: noted before it leaves, in order, once, and taken back while it can be."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from normalizer import actions
from normalizer.actions import (
    Action,
    Comment,
    Complete,
    Create,
    Draft,
    Enclosure,
    Mail,
    SetDue,
)
from normalizer.model import Ref
from normalizer.said import Said
from store import deeds, outbox, previews, schema
from store.codes import LANES, OUTGOING
from store.database import Database
from store.directory import ChannelKey
from store.errors import StoreError
from store.outbox import Claimed, Letter
from store.triage import ask, history, place, redo, send, set_aside, take_back, undo
from store.views import Lane, Outgoing
from tests.store.mailbox import NOW, bring, items, mail, raw, rows

SECOND = timedelta(seconds=1)
WINDOW = 10 * SECOND
BROKEN = Said("No answer.")


def comment(text: str = "hola", ref: str = "1") -> Comment:
    return Comment(ref=Ref("card", ref), text=text)


def letter(
    key: ChannelKey, item: int | None = None, action: Action | None = None,
    after: timedelta = WINDOW,
) -> Letter:  # fmt: skip
    return Letter(key=key, item_id=item, action=action or comment(), send_at=NOW + after)


def states(db: Database) -> list[Outgoing]:
    return [OUTGOING[row.state] for row in rows(db, "outbox")]


def lanes(db: Database) -> dict[int, Lane]:
    return {one: LANES[row.lane] for one, row in items(db).items()}


def claimed(db: Database, key: ChannelKey, at: timedelta = WINDOW) -> Claimed:
    found = outbox.claim(db, key, NOW + at)
    assert found is not None
    return found


@pytest.fixture
def two(db: Database, acme: ChannelKey) -> list[int]:
    bring(db, acme, *(raw(str(n), mail(n)) for n in range(2)))
    return list(items(db))


FILES = st.builds(
    Enclosure, name=st.text(), media_type=st.text(), sha256=st.text(), size=st.integers(0),
    content=st.none() | st.binary(),
)  # fmt: skip
MAILS = st.builds(
    Mail, ref=st.just(Ref("mail", "c")), sender=st.text(), text=st.text(), subject=st.text(),
    message_id=st.text(), to=st.lists(st.text()).map(tuple),
    references=st.lists(st.text()).map(tuple), files=st.lists(FILES).map(tuple),
)  # fmt: skip


def _drafted(mail: Mail) -> Draft:
    return Draft(ref=mail.ref, id=mail.id, mail=mail)


@given(
    st.builds(
        Create, ref=st.just(Ref("list", "l")), title=st.text(), body=st.text(),
        due=st.none() | st.dates(),
    )
    | st.builds(SetDue, ref=st.just(Ref("card", "c")), due=st.none() | st.dates())
    | st.builds(Comment, ref=st.just(Ref("card", "c")), text=st.text())
    | MAILS
    | st.builds(_drafted, MAILS)
)  # fmt: skip
def test_an_action_is_read_back_as_it_was_spelled(action: Action) -> None:
    told = deeds.spell(action)
    again = deeds.read(
        deeds.name_of(action), told, ref=action.ref, id=action.id, decided_at=action.decided_at
    )
    assert again == action


def test_every_action_there_is_can_be_kept() -> None:
    kinds = {
        one for one in vars(actions).values()
        if isinstance(one, type) and issubclass(one, Action) and one is not Action
    }  # fmt: skip
    assert set(deeds._KINDS.values()) == kinds


def test_nothing_goes_before_its_window_is_over(db: Database, acme: ChannelKey) -> None:
    send(db, [letter(acme)], verb="answer", now=NOW)
    assert outbox.claim(db, acme, NOW + WINDOW - SECOND) is None
    assert outbox.due(db, NOW) == {acme: NOW + WINDOW}
    assert claimed(db, acme).attempts == 1
    assert states(db) == [Outgoing.SENDING]


def test_what_is_being_sent_is_written_down_before_anything_leaves(
    db: Database, acme: ChannelKey
) -> None:
    wanted = letter(acme)
    send(db, [wanted], verb="answer", now=NOW)
    found = claimed(db, acme)
    assert found.action == wanted.action
    assert found.action.decided_at is None
    assert outbox.claim(db, acme, NOW + WINDOW) is None
    assert outbox.due(db, NOW + WINDOW) == {}


def test_after_a_crash_it_is_in_doubt_and_is_looked_for_since_she_decided_it(
    db: Database, acme: ChannelKey
) -> None:
    send(db, [letter(acme)], verb="answer", now=NOW)
    claimed(db, acme)
    assert outbox.recover(db, NOW + WINDOW) == 1
    assert states(db) == [Outgoing.DOUBT]
    again = claimed(db, acme)
    assert (again.action.doubted, again.attempts, again.action.decided_at) == (True, 2, NOW)
    assert outbox.recover(db, NOW + WINDOW) == 1
    assert outbox.recover(db, NOW + WINDOW) == 0


def test_what_surely_did_not_arrive_is_queued_again_and_what_may_have_is_in_doubt(
    db: Database, acme: ChannelKey
) -> None:
    for doubted in (False, True):
        send(db, [letter(acme)], verb="answer", now=NOW)
        one = claimed(db, acme)
        outbox.later(db, one.id, BROKEN, NOW + 2 * WINDOW, now=NOW, doubted=doubted)
        assert states(db)[-1] is (Outgoing.DOUBT if doubted else Outgoing.QUEUED)
        assert outbox.claim(db, acme, NOW + 2 * WINDOW - SECOND) is None
        assert outbox.due(db, NOW + WINDOW) == {acme: NOW + 2 * WINDOW}
        again = claimed(db, acme, 2 * WINDOW)
        assert (again.id, again.action.doubted) == (one.id, doubted)
        outbox.done(db, again.id, ("comment", "c"), NOW + 2 * WINDOW)
    assert states(db) == [Outgoing.DONE] * 2
    assert [row.error for row in rows(db, "outbox")] == [None, None]


def test_they_go_in_the_order_in_which_they_are_due_and_channels_apart(
    db: Database, acme: ChannelKey, board: ChannelKey
) -> None:
    late, soon = letter(acme, after=3 * WINDOW), letter(acme, after=WINDOW)
    other = letter(board, after=WINDOW)
    send(db, [late], verb="answer", now=NOW)
    send(db, [soon], verb="answer", now=NOW)
    send(db, [other], verb="answer", now=NOW)
    one = claimed(db, acme, 3 * WINDOW)
    assert one.action.id == soon.action.id
    assert claimed(db, board, WINDOW).action.id == other.action.id
    outbox.done(db, one.id, ("comment", "c"), NOW)
    assert claimed(db, acme, 3 * WINDOW).action.id == late.action.id


def test_one_that_waits_for_its_next_try_holds_up_the_rest_but_not_for_ever(
    db: Database, acme: ChannelKey, two: list[int]
) -> None:
    stuck, same, other = (letter(acme, item) for item in (two[0], two[0], two[1]))
    send(db, [stuck, same, other], verb="answer", now=NOW)
    for _ in range(outbox.PATIENCE):
        one = claimed(db, acme)
        assert one.action.id == stuck.action.id
        outbox.later(db, one.id, BROKEN, NOW + WINDOW, now=NOW, doubted=False)
    one = claimed(db, acme)
    outbox.later(db, one.id, BROKEN, NOW + 9 * WINDOW, now=NOW, doubted=False)
    assert claimed(db, acme).action.id == other.action.id


def test_what_was_refused_holds_up_what_is_about_the_same_item_alone(
    db: Database, acme: ChannelKey, two: list[int]
) -> None:
    bad, same, other = (letter(acme, item) for item in (two[0], two[0], two[1]))
    send(db, [bad, same, other], verb="answer", now=NOW)
    set_aside(db, claimed(db, acme).id, BROKEN, NOW)
    one = claimed(db, acme)
    assert one.action.id == other.action.id
    outbox.done(db, one.id, ("comment", "c"), NOW)
    assert outbox.claim(db, acme, NOW + 9 * WINDOW) is None
    assert outbox.due(db, NOW + 9 * WINDOW) == {}


def test_an_item_whose_write_was_refused_comes_back_to_her(
    db: Database, acme: ChannelKey, two: list[int]
) -> None:
    done = letter(acme, two[0], Complete(ref=Ref("card", "1")))
    place(db, two[:1], Lane.DONE, verb="done", now=NOW, letters=[done])
    assert LANES[items(db)[two[0]].lane] is Lane.DONE
    set_aside(db, claimed(db, acme).id, BROKEN, NOW)
    assert LANES[items(db)[two[0]].lane] is Lane.INBOX
    (back, _) = history(db)
    assert (back.verb, back.hers, back.items) == ("refused", False, (two[0],))
    taken = undo(db, NOW)
    assert taken is not None
    assert (taken.writes, taken.gone) == (1, 0)
    assert states(db) == [Outgoing.CANCELLED]


def test_what_is_asked_at_every_change_of_the_database_uses_its_index(
    db: Database, acme: ChannelKey
) -> None:
    asked: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_conn: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "FROM outbox" in statement and not statement.startswith("EXPLAIN"):
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            asked.extend(str(row) for row in plan.fetchall())

    send(db, [letter(acme)], verb="answer", now=NOW)
    asked.clear()
    outbox.due(db, NOW)
    outbox.recover(db, NOW)
    outbox.claim(db, acme, NOW)
    assert len([one for one in asked if "outbox_open" in one]) >= 4, asked
    assert not any("SCAN outbox" in one and "outbox_open" not in one for one in asked), asked


def test_undo_takes_back_what_has_not_gone_with_the_decision_it_belongs_to(
    db: Database, acme: ChannelKey, two: list[int]
) -> None:
    done = letter(acme, two[0], Complete(ref=Ref("card", "1")))
    place(db, two[:1], Lane.DONE, verb="done", now=NOW, letters=[done])
    back = undo(db, NOW + SECOND)
    assert back is not None
    assert (back.items, back.writes, back.gone) == ((two[0],), 1, 0)
    assert states(db) == [Outgoing.CANCELLED]
    assert outbox.claim(db, acme, NOW + WINDOW) is None
    again = redo(db, NOW + 2 * SECOND)
    assert again is not None
    assert (again.items, again.writes) == ((two[0],), 1)
    assert outbox.claim(db, acme, NOW + WINDOW + SECOND) is None
    assert claimed(db, acme, WINDOW + 2 * SECOND).action.id == done.action.id


def test_the_journal_names_what_was_answered(
    db: Database, acme: ChannelKey, two: list[int]
) -> None:
    send(db, [letter(acme, two[1])], verb="answer", now=NOW)
    (entry,) = history(db)
    assert (entry.verb, entry.items, entry.hers) == ("answer", (two[1],), True)


@pytest.mark.parametrize("how", ["sending", "done", "doubt"])
def test_what_has_gone_or_may_have_is_not_taken_back_and_that_is_said(
    db: Database, acme: ChannelKey, how: str
) -> None:
    send(db, [letter(acme)], verb="answer", now=NOW)
    one = claimed(db, acme)
    if how == "done":
        outbox.done(db, one.id, ("comment", "c"), NOW)
    elif how != "sending":
        outbox.later(db, one.id, BROKEN, NOW + WINDOW, now=NOW, doubted=True)
    before = states(db)
    back = undo(db, NOW + WINDOW)
    assert back is not None
    assert (back.writes, back.gone) == (0, 1)
    assert states(db) == before


def test_what_was_tried_and_surely_did_not_arrive_can_be_taken_back(
    db: Database, acme: ChannelKey
) -> None:
    send(db, [letter(acme)], verb="answer", now=NOW)
    outbox.later(db, claimed(db, acme).id, BROKEN, NOW + WINDOW, now=NOW, doubted=False)
    back = undo(db, NOW + WINDOW)
    assert back is not None
    assert (back.writes, back.gone) == (1, 0)
    assert outbox.claim(db, acme, NOW + 9 * WINDOW) is None


def test_what_she_decides_after_a_refusal_goes_and_what_was_refused_is_done_with(
    db: Database, acme: ChannelKey, two: list[int]
) -> None:
    send(db, [letter(acme, two[0])], verb="answer", now=NOW)
    set_aside(db, claimed(db, acme).id, BROKEN, NOW)
    anew = letter(acme, two[0])
    send(db, [letter(acme, two[1]), anew], verb="answer", now=NOW)
    outbox.done(db, claimed(db, acme).id, ("comment", "c"), NOW)
    assert claimed(db, acme).action.id == anew.action.id
    assert states(db) == [Outgoing.CANCELLED, Outgoing.DONE, Outgoing.SENDING]


def test_what_was_refused_can_be_left_and_then_holds_up_nothing(
    db: Database, acme: ChannelKey, two: list[int]
) -> None:
    bad, same = letter(acme, two[0]), letter(acme, two[0])
    send(db, [bad, same], verb="answer", now=NOW)
    first = claimed(db, acme)
    assert not outbox.drop(db, first.id, NOW), "only what was refused"
    set_aside(db, first.id, BROKEN, NOW)
    assert outbox.claim(db, acme, NOW + WINDOW) is None
    assert outbox.drop(db, first.id, NOW)
    assert claimed(db, acme).action.id == same.action.id


def test_the_database_refuses_a_write_about_another_clients_item(
    db: Database, acme: ChannelKey, luz: ChannelKey
) -> None:
    bring(db, acme, raw("1", mail(1)))
    (item,) = items(db)
    with pytest.raises(StoreError, match="IntegrityError"):
        send(db, [letter(luz, item)], verb="answer", now=NOW)
    assert rows(db, "outbox") == []
    assert rows(db, "undo") == []


def test_the_same_action_is_kept_once(db: Database, acme: ChannelKey) -> None:
    one = letter(acme, action=Comment(ref=Ref("card", "1"), text="x", id=uuid.UUID(int=1)))
    send(db, [one], verb="answer", now=NOW)
    with pytest.raises(StoreError, match="IntegrityError"):
        send(db, [one], verb="answer", now=NOW)


def test_a_due_date_keeps_its_kind() -> None:
    day = SetDue(ref=Ref("card", "1"), due=date(2026, 11, 30))
    assert deeds.read("due", deeds.spell(day), ref=day.ref, id=day.id, decided_at=None) == day


def test_what_nobody_there_can_tell_waits_for_her_word_and_holds_up_its_item_alone(
    db: Database, acme: ChannelKey, two: list[int]
) -> None:
    for item in (two[0], two[0], two[1]):
        send(db, [letter(acme, item)], verb="answer", now=NOW)
    asked = claimed(db, acme)
    ask(db, asked.id, BROKEN, NOW)
    other = claimed(db, acme)
    outbox.done(db, other.id, ("mail", "x"), NOW + WINDOW)
    assert outbox.claim(db, acme, NOW + 9 * WINDOW) is None
    assert outbox.due(db, NOW + 9 * WINDOW) == {}
    assert states(db) == [Outgoing.ASK, Outgoing.QUEUED, Outgoing.DONE]
    waiting = rows(db, "outbox")[1]
    assert not outbox.settle(db, waiting.id, NOW, arrived=True)
    assert outbox.settle(db, asked.id, NOW + WINDOW, arrived=False)
    again = claimed(db, acme)
    assert (again.id, again.action.doubted, again.action.decided_at) == (asked.id, False, NOW)
    ask(db, asked.id, BROKEN, NOW)
    assert outbox.settle(db, asked.id, NOW + WINDOW, arrived=True)
    assert not outbox.settle(db, asked.id, NOW + WINDOW, arrived=False)
    assert claimed(db, acme).id == waiting.id


def test_the_index_finds_what_has_not_ended(db: Database, acme: ChannelKey) -> None:
    plan = "EXPLAIN QUERY PLAN SELECT * FROM outbox WHERE client_id = 1 AND channel_id = 1 AND"
    with db.read() as conn:
        told = str(list(conn.exec_driver_sql(f"{plan} {schema.UNSENT} ORDER BY send_at, id")))
    assert "outbox_open" in told


def test_one_of_several_is_taken_back_and_its_item_alone_lies_where_it_lay(
    db: Database, acme: ChannelKey
) -> None:
    bring(db, acme, *(raw(str(n), mail(n)) for n in range(5)))
    five = list(items(db))
    place(db, five[2:3], Lane.PLANNED, verb="plan", now=NOW)
    letters = [letter(acme, one, Complete(ref=Ref("card", str(one)))) for one in five]
    place(db, five, Lane.DONE, verb="done", now=NOW, letters=letters)
    third = rows(db, "outbox")[2]
    back = take_back(db, third.id, NOW)
    assert back is not None
    assert (back.verb, back.items, back.writes, back.gone) == ("done", (five[2],), 1, 0)
    assert lanes(db) == {**dict.fromkeys(five, Lane.DONE), five[2]: Lane.PLANNED}
    assert states(db).count(Outgoing.CANCELLED) == 1
    assert take_back(db, third.id, NOW) is None, "it is taken back already"
    others = undo(db, NOW)
    assert others is not None
    assert (set(others.items), others.writes) == ({*five} - {five[2]}, 4)
    assert lanes(db) == {**dict.fromkeys(five, Lane.INBOX), five[2]: Lane.PLANNED}
    again = redo(db, NOW)
    assert again is not None
    assert (set(again.items), again.writes) == ({*five} - {five[2]}, 4)
    assert states(db)[2] is Outgoing.CANCELLED, "what she took back alone stays taken back"
    alone = redo(db, NOW)
    assert alone is not None
    assert (alone.items, alone.writes) == ((five[2],), 1)


def test_what_is_under_way_is_not_taken_back(
    db: Database, acme: ChannelKey, two: list[int]
) -> None:
    place(db, two[:1], Lane.DONE, verb="done", now=NOW, letters=[letter(acme, two[0])])
    one = claimed(db, acme)
    assert take_back(db, one.id, NOW) is None
    outbox.later(db, one.id, BROKEN, NOW + WINDOW, now=NOW, doubted=True)
    assert take_back(db, one.id, NOW) is None
    assert states(db) == [Outgoing.DOUBT]
    assert lanes(db)[two[0]] is Lane.DONE


def test_one_that_was_alone_is_undone_like_any_decision(
    db: Database, acme: ChannelKey, two: list[int]
) -> None:
    place(db, two[:1], Lane.DONE, verb="done", now=NOW, letters=[letter(acme, two[0])])
    place(db, two[1:], Lane.ARCHIVED, verb="archive", now=NOW)
    assert take_back(db, rows(db, "outbox")[0].id, NOW) is not None
    assert lanes(db) == {two[0]: Lane.INBOX, two[1]: Lane.ARCHIVED}
    assert [(one.verb, one.undone) for one in history(db)] == [("done", True), ("archive", False)]


def test_what_she_has_seen_is_known_by_channel_and_by_what_it_does(
    db: Database, acme: ChannelKey, luz: ChannelKey
) -> None:
    previews.shown(db, acme, "complete list:Hecho", NOW)
    previews.shown(db, acme, "complete list:Hecho", NOW)
    assert previews.was_shown(db, acme, "complete list:Hecho")
    assert not previews.was_shown(db, acme, "complete archive")
    assert not previews.was_shown(db, luz, "complete list:Hecho")


def test_what_one_channel_gives_up_leaves_what_another_is_sending(
    db: Database, acme: ChannelKey, luz: ChannelKey
) -> None:
    for key in (acme, luz):
        send(db, [letter(key)], verb="answer", now=NOW)
        claimed(db, key)
    assert outbox.doubt(db, NOW, acme) == 1
    assert states(db) == [Outgoing.DOUBT, Outgoing.SENDING]
