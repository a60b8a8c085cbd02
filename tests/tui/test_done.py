"""Done, with one key, at several clients at once: what it does there is seen before it goes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from normalizer.said import Said
from store.database import Database, open_database
from store.directory import remember_writes
from store.views import Lane, Outgoing
from tests.store.mailbox import rows
from tests.tui.outbox_world import declared, lanes, states, written
from tests.tui.test_answer import chat
from tests.tui.world import CARDS as BOARDS
from tests.tui.world import app_on, drive, fill, narrow, press, screen
from triage.profile import Manner, Profile, Snippet
from tui.main import Trastienda

CARDS = {
    "Landing de San Valentín", "Programar Instagram, semana 21", "Ordenar el almacén de fotos",
}  # fmt: skip
"""Those of the two clients who let their boards be written to."""


def boards(path: Path, manner: Manner | None = None) -> Trastienda:
    """The screen over that world, as she works."""
    app = app_on(path)
    if manner is not None:
        app.setup = replace(app.setup, manner=manner)
    return app


def sent(path: Path) -> list[Any]:
    db = open_database(path)
    found = rows(db, "outbox")
    db.close()
    return list(found)


BOTH = "channel:trello -client:nube"
"""What names them in a filter."""


def test_two_clients_of_opposite_meanings_are_done_in_one_go_after_she_has_seen_both(
    tmp_path: Path,
) -> None:
    path = written(tmp_path)
    app = boards(path)

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, BOTH)
        await press(pilot, "V", "d")
        shown = screen(app)
        assert "Done with 3" in shown
        assert "1 task: moves the card to the list “Hecho”" in shown
        assert "2 tasks: archives the card" in shown
        assert all(title in shown for title in CARDS)
        await press(pilot, "escape")
        assert len(app.screen_stack) == 1
        assert states(path) == []
        assert {lanes(path)[title] for title in CARDS} == {Lane.INBOX}
        await press(pilot, "d", "y")
        assert "goes out in 10 seconds" in screen(app)
        assert "u undoes it" in screen(app)
        assert states(path) == [Outgoing.QUEUED] * 3
        assert {lanes(path)[title] for title in CARDS} == {Lane.DONE}
        await press(pilot, "u")
        assert states(path) == [Outgoing.CANCELLED] * 3
        assert {lanes(path)[title] for title in CARDS} == {Lane.INBOX}

    drive(app, script)
    assert {(one.action, one.who) for one in sent(path)} == {("complete", "Lola")}
    assert len({(one.client_id, one.channel_id) for one in sent(path)}) == 2


def test_once_seen_it_goes_at_once_till_the_client_means_something_else_by_it(
    tmp_path: Path,
) -> None:
    path = written(tmp_path)
    app = boards(path)

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, "canal:trello cliente:brisa")
        await press(pilot, "d", "enter")
        assert states(path) == [Outgoing.QUEUED]
        app.last = lambda _items: pytest.fail("a decision from before is repeated")
        await press(pilot, "d")
        assert len(app.screen_stack) == 1, "it is not asked again"
        await press(pilot, "full_stop")
        assert states(path) == [Outgoing.QUEUED] * 2
        await press(pilot, "u", "u")
        db = open_database(path)
        key = declared(db)["brisa", "tablero"]
        other = Said("moves the card to the list “{name}”", (("name", "Listo"),))
        remember_writes(db, key, ("comment", "complete"), completes=other)
        db.close()
        await press(pilot, "d")
        assert "“Listo”" in screen(app)
        assert states(path).count(Outgoing.QUEUED) == 0

    drive(app, script)


@pytest.mark.parametrize("before", [(), ("enter",)], ids=["queue", "reader"])
def test_where_nothing_may_be_written_it_is_said_and_done_here_alone(
    tmp_path: Path, before: tuple[str, ...]
) -> None:
    path = written(tmp_path, write="no")
    app = boards(path)

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, "canal:trello")
        await press(pilot, *before, "V" if not before else "z", "d")
        assert "here alone: Nothing of the kind is written" in screen(app)
        await press(pilot, "escape")
        assert Lane.DONE not in lanes(path).values()
        await press(pilot, "d", "y")

    drive(app, script, (160, 45))
    assert sent(path) == []
    assert [*lanes(path).values()].count(Lane.DONE) == (4 if not before else 1)


def test_what_comes_in_between_the_preview_and_the_yes_is_not_written_over(tmp_path: Path) -> None:
    path = written(tmp_path)
    app = boards(path)
    bases: list[int] = []

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, "canal:trello cliente:acme")
        await press(pilot, "d")
        db = open_database(path)
        changed(db)
        db.close()
        await press(pilot, "y")

    def changed(db: Database) -> None:
        key = declared(db)["acme", "tablero"]
        fill(db, key, "card", [replace(BOARDS["acme"][0], title="Otra cosa")], "2")
        bases.append(max(row.id for row in rows(db, "change")))

    drive(app, script)
    (one,) = sent(path)
    assert one.base < bases[0], "she has not seen that change"


TOLD = Manner(
    me="Lola",
    profiles={"luz": Profile(done="hecho"), "acme": Profile(done="fecha")},
    snippets=(
        Snippet(name="hecho", texts={"es": "Hola, {nombre}:\n\nHecho: {titulo}.\n\n{yo}"}),
        Snippet(name="fecha", texts={"es": "Listo el {?fecha}."}),
    ),
)


def test_a_client_with_a_text_for_it_is_told_and_she_sees_that_text_each_time(
    tmp_path: Path,
) -> None:
    path = written(tmp_path)
    app = boards(path, TOLD)

    async def script(pilot: Pilot[int]) -> None:
        for _ in range(2):
            await narrow(pilot, "cliente:luz canal:correo")
            await press(pilot, "d")
            shown = screen(app)
            assert "an answer goes out" in shown
            assert "Hecho: Factura de abril." in shown
            assert states(path).count(Outgoing.QUEUED) == 0
            await press(pilot, "y")
            assert states(path)[-1] is Outgoing.QUEUED
            await press(pilot, "u", "escape", "escape")

    drive(app, script)
    one = sent(path)[0]
    assert one.action == "comment"
    assert "Hecho: Factura de abril.\\n\\nLola" in one.told


@pytest.mark.parametrize("which", ["cliente:luz canal:correo", "canal:trello cliente:acme"])
def test_what_is_on_its_way_already_is_not_sent_a_second_time(tmp_path: Path, which: str) -> None:
    path = written(tmp_path)
    app = boards(path, TOLD)

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, which)
        await press(pilot, "d", "y", "shift+tab", "d")
        assert "here alone: that is on its way already" in screen(app)
        await press(pilot, "y")

    drive(app, script)
    assert states(path) == [Outgoing.QUEUED]


def test_a_text_that_has_an_empty_place_is_not_sent(tmp_path: Path) -> None:
    path = written(tmp_path)
    app = boards(path, TOLD)

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, "cliente:acme canal:correo")
        await press(pilot, "d")
        assert "{?fecha} is empty" in screen(app)
        await press(pilot, "y")

    drive(app, script)
    assert sent(path) == []
    assert lanes(path)["Boletín de mayo"] is Lane.DONE


def test_what_may_be_anothers_goes_only_after_a_second_yes(tmp_path: Path) -> None:
    path = written(tmp_path)
    other = Snippet(name="hecho", texts={"es": "Como lo de Brisa Yoga."})
    app = boards(path, replace(TOLD, snippets=(other,)))

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, "cliente:luz canal:correo")
        await press(pilot, "d", "y")
        assert "is what Brisa Yoga is called" in screen(app)
        await press(pilot, "n")
        assert states(path) == []
        assert lanes(path)["Factura de abril"] is Lane.INBOX
        await press(pilot, "d", "y", "y")
        assert states(path) == [Outgoing.QUEUED]

    drive(app, script)


def test_of_a_chat_by_hand_the_text_is_laid_ready_and_nothing_is_queued(tmp_path: Path) -> None:
    path = chat(tmp_path, "https://wa.me/34600112233")
    app = boards(path, TOLD)

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "d")
        assert "Hola, Ana:" in screen(app)
        assert app.clipboard == ""
        await press(pilot, "y")
        assert app.clipboard == "Hola, Ana:\n\nHecho: Ana [b]Vega.\n\nLola"
        assert "https://wa.me/34600112233" in screen(app)

    drive(app, script)
    assert sent(path) == []
    assert set(lanes(path).values()) == {Lane.DONE}


def test_keys_that_come_with_it_in_one_burst_reach_the_preview_and_no_item(tmp_path: Path) -> None:
    path = written(tmp_path)
    app = boards(path)

    async def script(pilot: Pilot[int]) -> None:
        await narrow(pilot, BOTH)
        await pilot.press("V", "d", "e", "w", "p")
        await press(pilot, "escape")
        assert {lanes(path)[title] for title in CARDS} == {Lane.INBOX}

    drive(app, script)
    assert sent(path) == []


def test_a_long_preview_says_that_there_is_more(tmp_path: Path) -> None:
    app = boards(written(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "V", "d")
        assert "more lines below" in screen(app)
        await press(pilot, *["pagedown"] * 4)
        assert "more lines below" not in screen(app)
        assert len(app.screen_stack) == 2

    drive(app, script, (80, 14))
