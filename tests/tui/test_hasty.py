"""Keys that came before what they would confirm, or after what they were meant for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from normalizer.actions import Comment
from normalizer.model import Ref
from store import outbox, previews, triage
from store.database import open_database
from store.outbox import Letter
from store.reader import Reader
from store.views import Lane, Outgoing
from tests.tui.letters import app_on as letters_on
from tests.tui.letters import build, kept, opened, outgoing, put, rows
from tests.tui.outbox_world import declared, lanes, numbers, sent, states, written
from tests.tui.test_burst import burst
from tests.tui.world import NOW, app_on, drive, narrow, press, screen, settle
from tui import work
from tui.outbox import OutboxScreen


@pytest.mark.parametrize("keys", ["d\r", "ds", "dyyy"])
def test_what_done_does_is_confirmed_by_no_key_that_came_before_it_stood_there(
    tmp_path: Path, keys: str
) -> None:
    path = written(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, "channel:trello")
        await burst(pilot, keys)
        assert "is that what is to happen?" in screen(app)
        assert Lane.DONE not in lanes(path).values()
        await press(pilot, "y")

    drive(app, script)
    assert Lane.DONE in lanes(path).values()


def test_a_warning_is_answered_by_no_key_that_came_before_it_stood_there(tmp_path: Path) -> None:
    path = build(tmp_path)
    app = letters_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Boletín de mayo")
        await put(pilot, "Lo de Luz Abogados")
        app.post_message(events.Key("ctrl+s", None))
        await burst(pilot, "yyyy")
        assert not outgoing(path)
        await press(pilot, "y")

    drive(app, script)
    assert len(outgoing(path)) == 1


def test_what_takes_the_place_of_one_that_has_just_gone_is_not_taken_back_for_it(
    tmp_path: Path,
) -> None:
    path = written(tmp_path)
    db = open_database(path)
    key, items = declared(db)["acme", "tablero"], numbers(db)
    for number, title in enumerate(("Landing de San Valentín", "Boletín de mayo")):
        action = Comment(ref=Ref("card", f"x{number}"), text=title)
        letter = Letter(key=key, item_id=items[title], action=action,
                        send_at=NOW + timedelta(seconds=number))  # fmt: skip
        triage.send(db, [letter], verb="answer", now=NOW)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "O", "j")
        claimed = outbox.claim(db, key, NOW)
        assert claimed is not None
        outbox.done(db, claimed.id, ("a", "b"), NOW)
        here = app.screen
        assert isinstance(here, OutboxScreen)
        here.renew()
        await settle(pilot)
        await press(pilot, "u")
        assert "That has changed meanwhile" in screen(app)
        assert Outgoing.CANCELLED not in states(path)
        await pilot.pause(0.8)
        await press(pilot, "u")
        assert "What you wrote is a draft again" in screen(app)

    drive(app, script, (100, 24))
    db.close()
    assert states(path) == [Outgoing.DONE, Outgoing.CANCELLED]


def test_what_waits_for_her_word_is_listed_before_the_newest(tmp_path: Path) -> None:
    path = sent(tmp_path)
    reader = Reader(path)
    found = [one.state for one in reader.outgoing(ended=False, limit=2)]
    reader.close()
    assert found == [Outgoing.REFUSED, Outgoing.ASK]


def test_what_changes_unseen_after_a_refusal_is_not_written_over(tmp_path: Path) -> None:
    path = sent(tmp_path)
    db = open_database(path)
    with db.write() as conn:  # refused for no change of anybody's
        conn.exec_driver_sql(
            'UPDATE outbox SET base = (SELECT max(id) FROM "change") WHERE state = 2'
        )
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "O")
        here = app.screen
        assert isinstance(here, OutboxScreen)
        with db.write() as conn:
            conn.exec_driver_sql(
                'INSERT INTO "change" (id, client_id, channel_id, item_id, field, before, after,'
                " at) SELECT id + 1, client_id, channel_id, item_id, 'body', '', 'Nueve.', at"
                ' FROM "change" ORDER BY id DESC LIMIT 1'
            )
        here.action_anyway()  # as the key does, before a look
        await settle(pilot)

    drive(app, script)
    claimed = outbox.claim(db, declared(db)["brisa", "tablero"], NOW + timedelta(minutes=1))
    db.close()
    assert claimed is not None
    assert claimed.against == ("", "Nueve.")


def test_done_with_the_same_on_two_screens_at_once_goes_out_once(tmp_path: Path) -> None:
    path = written(tmp_path)
    one, other = app_on(path), app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, "channel:trello client:brisa")
        await press(pilot, "V", "d")
        async with other.run_test(size=(80, 24)) as second:
            await settle(second)
            await narrow(second, "channel:trello client:brisa")
            await press(second, "V", "d", "y")
        await press(pilot, "y")

    drive(one, script)
    assert states(path) == [Outgoing.QUEUED] * 2


def test_a_channel_she_may_only_comment_in_is_done_here_alone(tmp_path: Path) -> None:
    path = written(tmp_path, write="comment")
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, "channel:trello client:brisa")
        await press(pilot, "V", "d")
        assert "here alone: Nothing of the kind is written" in screen(app)
        await press(pilot, "y")

    drive(app, script)
    assert states(path) == []


@pytest.mark.parametrize("what", ["answer", "done"])
def test_however_long_she_looks_at_it_it_can_be_taken_back_as_long_after(
    tmp_path: Path, what: str
) -> None:
    path = written(tmp_path) if what == "done" else build(tmp_path)
    app = app_on(path) if what == "done" else letters_on(path)
    late = NOW + timedelta(minutes=5)

    async def script(pilot: Pilot[int]) -> None:
        if what == "done":
            await narrow(pilot, "channel:trello client:brisa")
            await press(pilot, "d")
        else:
            await opened(pilot, "Boletín de mayo")
            await put(pilot, "Hola", "ctrl+s")
        app.clock = lambda: late
        await press(pilot, "y")

    drive(app, script)
    [one] = outgoing(path)
    assert one.send_at - late >= timedelta(seconds=10)


def test_what_she_saw_of_one_channel_she_has_not_seen_of_another(tmp_path: Path) -> None:
    path = written(tmp_path)
    db = open_database(path)
    known = declared(db)
    previews.shown(db, known["brisa", "tablero"], "complete", NOW)
    assert previews.was_shown(db, known["brisa", "tablero"], "complete")
    assert not previews.was_shown(db, known["brisa", "correo"], "complete")
    db.close()


@pytest.mark.parametrize(("keys", "stays"), [(("escape",), True), (("y",), False)])
def test_a_draft_sent_by_hand_is_forgotten_only_on_her_word(
    tmp_path: Path, keys: tuple[str, ...], *, stays: bool
) -> None:
    path = build(tmp_path)
    app = letters_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await opened(pilot, "Ana [b]Vega")
        await put(pilot, "Hola", "ctrl+s", "enter", *keys)

    drive(app, script)
    assert (kept(path, "Ana [b]Vega") is not None) is stays
    assert rows(path)["Ana [b]Vega"].looked is not stays, "what she has answered is not new"


def test_a_screen_is_known_to_be_going_as_soon_as_it_is_closed(tmp_path: Path) -> None:
    """Its parts are gone before it is: what looks for them then is no mistake."""
    app = app_on(written(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "enter")
        reader = app.screen
        assert not work._is_going(reader)
        reader.dismiss()
        assert reader.is_attached
        assert work._is_going(reader)
        assert not work._is_going(app.board)

    drive(app, script)
