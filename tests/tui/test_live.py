"""Things change under her eyes, and nothing moves under her hands."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from normalizer.model import State
from store import directory
from store.database import open_database
from store.directory import declare
from tests.tui.world import (
    CARDS,
    CLIENTS,
    MAIL,
    NOW,
    app_on,
    build,
    clients,
    drive,
    fill,
    mail,
    press,
    screen,
    settle,
)  # fmt: skip
from tui import strip
from tui.main import Trastienda

KEYS = ("j", "j", "k", "g", "G", "e", "u", "v", "tab", "shift+tab", "R")


class Office:
    """What happens at the clients' meanwhile."""

    def __init__(self, app: Trastienda, seed: int) -> None:
        self.app, self.chance = app, random.Random(seed)
        self.db = open_database(app.setup.target)
        self.keys = declare(self.db, clients(), NOW)
        self.mails = {slug: list(mails) for slug, mails in MAIL.items()}
        self.cards = {slug: list(cards) for slug, cards in CARDS.items()}
        self.number = 0

    def happens(self) -> None:
        self.chance.choice((self.mail_comes, self.answer_comes, self.card_changes))()

    def mail_comes(self, after: str = "") -> None:
        self.number += 1
        slug = self.chance.choice(CLIENTS)[0]
        ago = timedelta(minutes=self.chance.randint(1, 6000))
        told = mail(f"n{self.number}", "Eva", f"Nuevo {self.number}", "Hola", ago, after=after,
                    unread=True)  # fmt: skip
        self.mails[slug].append(told)
        fill(self.db, self.keys[slug, "correo"], "mail", self.mails[slug], str(self.number + 1))

    def answer_comes(self) -> None:
        self.mail_comes(after=self.chance.choice(("a1", "b1", "n1", "f1", "l1")))

    def card_changes(self) -> None:
        slug = self.chance.choice(list(self.cards))
        at = self.chance.randrange(len(self.cards[slug]))
        card = self.cards[slug][at]
        self.number += 1
        changed = self.chance.choice((
            {"state": State.DONE}, {"state": State.OPEN}, {"title": f"Otra cosa {self.number}"},
            {"due": NOW.date() - timedelta(days=self.chance.randint(0, 9))},
        ))  # fmt: skip
        self.cards[slug][at] = replace(card, **changed)
        fill(self.db, self.keys[slug, "tablero"], "card", self.cards[slug], f"c{self.number}")


@pytest.mark.parametrize("seed", [1, 2])
def test_only_her_keys_change_what_is_under_the_cursor(tmp_path: Path, seed: int) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        office, queue = Office(app, seed), app.board.queue
        for _ in range(15):
            for _ in range(office.chance.randint(0, 3)):
                await press(pilot, office.chance.choice(KEYS))
            here, place = queue.here, queue.cursor - queue.scroll_offset.y
            office.happens()
            app.board.reload()
            await settle(pilot)
            if here is not None:  # into an empty list they come at once
                assert queue.here == here
                assert queue.cursor - queue.scroll_offset.y == place, "nor where it stands"
        office.db.close()

    drive(app, script)


def test_what_is_closed_over_there_under_the_cursor_stays_and_says_so(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        office, queue = Office(app, 0), app.board.queue
        while queue.row and queue.row.title != "Arreglar la impresora":
            await press(pilot, "j")
        here = queue.here
        office.cards["nube"] = [replace(office.cards["nube"][0], state=State.DONE)]
        fill(office.db, office.keys["nube", "tablero"], "card", office.cards["nube"], "9")
        office.db.close()
        app.board.reload()
        await settle(pilot)
        assert queue.here == here
        [line] = [line for line in screen(app).splitlines() if line.startswith("›")]
        assert line.startswith("›✓")
        assert "Arreglar la impr" in line

    drive(app, script)


def test_after_the_last_one_the_list_says_that_all_is_decided(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        queue = app.board.queue
        await press(pilot, "G", "e")
        assert queue.cursor == len(queue.source) - 1, "from the last to what is the last now"
        await press(pilot, "g", "enter")
        while queue.source.ids:
            after = queue.source.ids[1:2]
            await press(pilot, "e")
            assert list(queue.source.ids[:1]) == list(after), "the next one takes its place"
        assert "Nothing pending" in screen(app)

    drive(app, script)


def test_zero_shows_all_the_clients_again(tmp_path: Path) -> None:
    app = app_on(build(tmp_path))

    async def script(pilot: Pilot[int]) -> None:
        await press(pilot, "0")
        assert "All of them are here already." in screen(app)
        await press(pilot, "2")
        assert app.board.request.client == "brisa"
        await press(pilot, "0")
        assert app.board.request.client is None

    drive(app, script)


def test_a_channel_that_takes_long_to_read_says_for_how_long_beside_its_age(
    tmp_path: Path,
) -> None:
    path = build(tmp_path)
    db = open_database(path)
    key = declare(db, clients(), NOW)["luz", "correo"]
    directory.started(db, key, NOW)
    db.close()
    app = app_on(path)
    now = NOW

    async def script(pilot: Pilot[int]) -> None:
        nonlocal now
        app.clock = lambda: now
        drawn = app.board.query_one("#strip")
        for seconds, told in ((2, "@42s…"), (12, "@52s…12s"), (72, "@1m…1m"), (75, "@1m…1m")):
            now = NOW + timedelta(seconds=seconds)
            app.board.refresh_status()
            await pilot.pause()
            assert f"{told} " in screen(app), "never without its real age"
            assert strip.is_long(app.channels[-2], app.look()) is (seconds > 3)
        refreshed: list[object] = []
        drawn.refresh = lambda *_args, **_more: refreshed.append(1)  # type: ignore[method-assign, assignment]  # counted
        now = NOW + timedelta(seconds=76)
        app.board.refresh_status()
        assert not refreshed, "what reads as before is not drawn again"

    drive(app, script)
