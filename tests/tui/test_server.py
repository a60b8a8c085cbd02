"""The screen over a database server."""

from __future__ import annotations

from textual.pilot import Pilot

from store.database import open_database
from store.directory import declare
from store.reader import Reader
from store.views import Lane
from tests.tui.world import CARDS, MADRID, MAIL, NOW, clients, drive, fill, press, screen
from tui.main import Trastienda
from tui.setup import Setup
from tui.source import Request, Source


def test_the_screen_opens_moves_archives_and_takes_back_on_a_server(postgres_url: str) -> None:
    db = open_database(postgres_url)
    keys = declare(db, clients(), NOW)
    for slug, mails in MAIL.items():
        fill(db, keys[slug, "correo"], "mail", mails)
        fill(db, keys[slug, "tablero"], "card", CARDS.get(slug, ()))
    db.close()
    reader = Reader(postgres_url)
    ids = Request().ids(reader, NOW, MADRID, 256)
    app = Trastienda(
        Setup(target=postgres_url, language="en", timezone=MADRID, name="Lola"), reader,
        Source(reader.rows, ids), clients=reader.clients(), channels=reader.channels(),
        clock=lambda: NOW,
    )  # fmt: skip

    def lane(item: int) -> Lane:
        row = reader.rows([item])[0]
        assert row is not None
        return row.lane

    async def script(pilot: Pilot[int]) -> None:
        queue = app.board.queue
        assert "Propuesta" in screen(app)
        await press(pilot, "j")
        assert queue.cursor == 1
        item = queue.here
        assert item is not None
        await press(pilot, "e")
        assert item not in queue.source.ids
        assert lane(item) is Lane.ARCHIVED
        await press(pilot, "u")
        assert lane(item) is Lane.INBOX
        await press(pilot, "enter", "escape", "slash", "l", "o", "g", "o", "enter")
        assert "Logo en vectorial" in screen(app)

    drive(app, script)
