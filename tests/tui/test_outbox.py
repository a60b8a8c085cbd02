"""What goes out, on the screen: what becomes of it, and her word about each, one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from store import outbox
from store.database import open_database
from store.views import Lane, Outgoing
from tests.store.mailbox import rows
from tests.tui.outbox_world import declared, lanes, sent, states, written
from tests.tui.test_screens import compare
from tests.tui.world import (
    MAIL,
    NOW,
    app_on,
    build,
    drive,
    fill,
    mail,
    narrow,
    press,
    screen,
    settle,
)
from trastienda import i18n

GONE, ASKED, LOST, WAITS = range(4)
"""What was sent in that world, in the order in which it was."""


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=["80x24", "160x45"])
def test_the_screens_look_as_they_should(
    language: str, size: tuple[int, int], tmp_path: Path
) -> None:
    i18n.use(language)
    app = app_on(sent(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        for name, keys in (
            ("queue", ()), ("conflict", ("O",)), ("asked", ("j",)), ("waits", ("j",)),
            ("all", ("tab",)), ("preview", ("escape", *"jjjjvv", "d")),
        ):  # fmt: skip
            await press(pilot, *keys)
            shown = screen(app)
            compare(f"outbox-{name}-{language}-{size[0]}x{size[1]}", shown)
            assert all(len(line) <= size[0] and line.isprintable() for line in shown.splitlines())

    drive(app, script, size)


def test_a_conflict_shows_both_versions_and_sends_nothing_till_she_decides_anew(
    tmp_path: Path,
) -> None:
    path = sent(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "O")
        shown = screen(app)
        assert "Programar Instagram, semana 21 " in shown
        assert "Programar Instagram, semanas 21 y 22" in shown
        assert "Eva Soler · today 10:40" in shown
        assert states(path)[LOST] is Outgoing.REFUSED
        await press(pilot, "escape", "O", "j", "k")
        assert states(path)[LOST] is Outgoing.REFUSED
        assert len(states(path)) == 4
        await press(pilot, "y")

    drive(app, script)
    assert states(path)[LOST] is Outgoing.CANCELLED
    assert states(path)[-1] is Outgoing.QUEUED
    assert lanes(path)["Programar Instagram, semanas 21 y 22"] is Lane.DONE
    db = open_database(path)
    newest = max(row.id for row in rows(db, "change"))
    assert rows(db, "outbox")[-1].base == newest, "it stands on what she has just seen"
    claimed = outbox.claim(db, declared(db)["brisa", "tablero"], NOW + timedelta(minutes=1))
    assert claimed is not None
    assert claimed.against is None
    db.close()


def test_done_again_after_a_conflict_shows_it_first_though_the_client_is_known(
    tmp_path: Path,
) -> None:
    path = sent(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, "channel:trello client:brisa almacén")
        await press(pilot, "d", "y")
        await narrow(pilot, "channel:trello client:brisa instagram")
        await press(pilot, "d")
        assert "! It changed there after you decided" in screen(app)
        assert states(path)[LOST] is Outgoing.REFUSED
        await press(pilot, "y")
        assert states(path)[LOST] is Outgoing.CANCELLED

    drive(app, script)


def test_what_changes_again_before_she_has_seen_it_is_a_conflict_again(tmp_path: Path) -> None:
    path = sent(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "O")
        screen_of = app.screen
        db = open_database(path)
        (last, *_) = sorted(rows(db, "change"), key=lambda row: -row.id)
        with db.write() as conn:
            conn.exec_driver_sql(
                'INSERT INTO "change" (id, client_id, channel_id, item_id, field, before,'
                " after, at)"
                f" SELECT {last.id + 1}, client_id, channel_id, item_id, 'body', '', 'Nueve.', at"
                f' FROM "change" WHERE id = {last.id}'
            )
        db.close()
        screen_of.action_anyway()  # type: ignore[attr-defined]  # as the key does, before a look
        await settle(pilot)

    drive(app, script)
    db = open_database(path)
    claimed = outbox.claim(db, declared(db)["brisa", "tablero"], NOW + timedelta(minutes=1))
    db.close()
    assert claimed is not None
    assert claimed.against is not None
    assert claimed.against[1] == "Nueve."


@pytest.mark.parametrize(
    ("keys", "at", "state"),
    [
        (("j", "j", "u"), WAITS, Outgoing.CANCELLED),
        (("j", "a"), ASKED, Outgoing.DONE),
        (("j", "g"), ASKED, Outgoing.ASK),
        (("j", "g", "enter"), ASKED, Outgoing.ASK),
        (("j", "g", "n"), ASKED, Outgoing.ASK),
        (("j", "g", "y"), ASKED, Outgoing.QUEUED),
        (("x",), LOST, Outgoing.CANCELLED),
        (("a", "g", "u"), LOST, Outgoing.REFUSED),
        (("j", "u", "x", "y"), ASKED, Outgoing.ASK),
        (("j", "j", "a", "g", "x", "y"), WAITS, Outgoing.QUEUED),
        (("tab", "G", "u", "a", "g", "x", "y"), GONE, Outgoing.DONE),
    ],
)
def test_each_key_is_her_word_about_one_and_of_no_other(
    tmp_path: Path, keys: tuple[str, ...], at: int, state: Outgoing
) -> None:
    path = sent(tmp_path)
    before = states(path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "O", *keys)

    drive(app, script)
    after = states(path)
    assert after[at] is state
    assert after[:at] + after[at + 1 :] == before[:at] + before[at + 1 :]


def test_one_of_several_is_taken_back_and_its_row_is_there_again(tmp_path: Path) -> None:
    path = written(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, "channel:trello -client:nube")
        await press(pilot, "V", "d", "y", "O", "u")
        assert "Taken back: nothing was sent." in screen(app)
        await press(pilot, "escape")
        assert "↑ 2 to go out" in screen(app)

    drive(app, script, (160, 45))
    assert states(path) == [Outgoing.QUEUED, Outgoing.QUEUED, Outgoing.CANCELLED]
    assert [*lanes(path).values()].count(Lane.DONE) == 2


def test_what_can_be_taken_back_counts_down_and_the_queue_says_what_waits(tmp_path: Path) -> None:
    path = sent(tmp_path)
    app = app_on(path)
    now = [NOW]
    app.clock = lambda: now[0]

    async def script(pilot: Pilot[int]) -> None:
        assert "↑1 ?1 !1 O" in screen(app)
        await press(pilot, "O")
        assert "goes in 10 s" in screen(app)
        now[0] += timedelta(seconds=4)
        await until(pilot, lambda: "goes in 6 s" in screen(app))

    drive(app, script)


async def until(pilot: Pilot[int], seen: Callable[[], bool]) -> None:
    for _ in range(40):
        if seen():
            return
        await pilot.pause(0.1)
    assert seen()


def test_enter_opens_what_it_is_about_and_escape_leads_back(tmp_path: Path) -> None:
    app = app_on(sent(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "O", "j", "enter")
        assert "Falta la factura de abril." in screen(app)
        await press(pilot, "escape")
        assert "What goes out" in screen(app)

    drive(app, script)


def test_the_reader_says_what_arrived_and_who_decided_it(tmp_path: Path) -> None:
    path = sent(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "j", "enter")
        assert "✓ answer: Lo busco hoy.  today 09:42 · Lola" in screen(app)

    drive(app, script)


def test_what_came_back_as_a_message_is_not_said_a_second_time(tmp_path: Path) -> None:
    path = sent(tmp_path)
    db = open_database(path)
    back = mail("f2", "", "Re: Logo en vectorial", "Lo busco  hoy.\n", timedelta(hours=1),
                after="f1", mine=True)  # fmt: skip
    fill(db, declared(db)["faro", "correo"], "mail", [*MAIL["faro"], back], "2")
    db.close()
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, "channel:correo client:faro")
        await press(pilot, "enter")
        assert "Lo busco hoy." in screen(app).replace("  ", " ")
        assert "✓ answer" not in screen(app)

    drive(app, script)


def test_an_empty_queue_does_not_say_that_all_is_well_while_something_waits(
    tmp_path: Path,
) -> None:
    path = sent(tmp_path)
    app = app_on(path)

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "V", "e")
        assert "3 of yours have not arrived there yet: O" in screen(app)

    drive(app, script)


def test_where_nothing_goes_out_that_is_said(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "O", "u", "a", "g", "x", "y", "enter", "j", "G")
        assert "Nothing is waiting to be sent." in screen(app)
        await press(pilot, "escape")
        assert "to go out" not in screen(app)

    drive(app, script)
