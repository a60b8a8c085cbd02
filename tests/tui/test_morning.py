"""A morning of hers: sixty things of six clients, decided by keys alone, taken back, decided again.

The keys are counted: what her morning costs her is a promise like any other.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from normalizer.model import Message, Ref, Task
from store import schema
from store.database import Database, open_database
from store.directory import ChannelSpec, ClientSpec, declare, succeeded
from store.reader import Reader
from store.views import Lane
from tests.tui.world import LOLA, NOW, app_on, drive, fill, mail, press, settle
from tui.main import Trastienda

EVENTS, MOST_KEYS = 60, 130

CLIENTS = ("acme", "brisa", "faro", "luz", "nube", "vega")
SAID = (
    ("Boletín de junio: ya está el texto", "Te paso el texto final. ¿Lo montas?"),
    ("Gracias por lo de ayer", "Quedó perfecto, gracias."),
    ("Re: presupuesto de la web", "Me parece bien. Te digo algo el lunes."),
    ("Newsletter: novedades del sector", "Este mes en el sector: diez tendencias."),
    ("Fotos del equipo", "Las subo mañana a la carpeta."),
    ("Cambio de hora de la reunión", "¿Podemos pasarla al jueves a las 10?"),
    ("Recordatorio de pago", "Se ha emitido tu recibo."),
)
DONE_WITH = {"Gracias", "Newsletter", "Recordatorio"}
"""Of such she decides at a glance."""


def street(path: Path) -> Path:
    """Six clients, and forty mails and twenty cards of theirs that came in overnight."""
    db = open_database(path / "trastienda.db")
    keys = declare(
        db,
        [
            ClientSpec(
                slug=slug, name=slug.title(), color=color, identities=(LOLA.handle,),
                channels=(
                    ChannelSpec(slug="correo", kind="imap"),
                    ChannelSpec(slug="tablero", kind="trello"),
                ),
            )
            for slug, color in zip(
                CLIENTS, ("orange", "teal", "purple", "green", "blue", "pink"), strict=True
            )
        ],
        NOW,
    )  # fmt: skip
    said = cycle(SAID)
    for number, slug in zip(range(EVENTS), cycle(CLIENTS), strict=False):
        ago = timedelta(minutes=20 * number + 5)
        if number % 3 == 2:
            fill(db, keys[slug, "tablero"], f"card{number}", [_card(number, ago)])
        else:
            title, text = next(said)
            sent: Message = mail(f"x{number}", "Ana Ruiz", title, text, ago, unread=True)
            fill(db, keys[slug, "correo"], f"mail{number}", [sent])
    for key in keys.values():
        succeeded(db, key, NOW - timedelta(seconds=30), NOW, ())
    db.close()
    return path / "trastienda.db"


def _card(number: int, ago: timedelta) -> Task:
    return Task(
        ref=Ref("card", str(number)), title=f"Programar la pieza {number}", body="Tres imágenes.",
        due=date(2026, 11, 23 + number % 5), assignees=(LOLA,), container="Redes › Pendiente",
        created_at=NOW - ago, updated_at=NOW - ago,
    )  # fmt: skip


def decided(db: Database) -> dict[int, tuple[Any, ...]]:
    """All that she has decided, but for when she did."""
    with db.read() as conn:
        t = schema.triage.c
        rows = conn.execute(schema.triage.select().order_by(t.item_id))
        return {
            row.item_id: (row.lane, row.until, row.wake_on_reply, row.wakes_to, row.rank)
            for row in rows
            if row.lane or row.until or row.rank
        }


def lanes(path: Path) -> dict[Lane, int]:
    reader = Reader(path)
    found = [row.lane for row in reader.rows(list(reader.search(None))) if row]
    reader.close()
    return {lane: found.count(lane) for lane in Lane if lane in found}


async def morning(pilot: Pilot[int], app: Trastienda) -> int:
    """Decide about everything, a client at a time; how many keys that takes."""
    pressed = 0

    async def key(*names: str) -> None:
        nonlocal pressed
        pressed += len(names)
        await press(pilot, *names)

    queue = app.board.queue
    for number in range(1, len(CLIENTS) + 1):
        await key(str(number))
        while queue.here is not None:
            row = queue.row
            assert row is not None
            assert row.client == CLIENTS[number - 1]
            if row.title.split(maxsplit=1)[0].rstrip(":") in DONE_WITH:
                await key("e")
            elif row.due is not None and row.due > NOW.date():
                await key("s", "m")
            elif row.due is not None:
                await key("p")
            elif row.title == "Fotos del equipo":
                await key("w")
            elif row.title.startswith("Re:"):
                await key("s", "l")
            else:
                await key("p")
    await key("6")
    return pressed


def test_sixty_things_of_six_clients_are_decided_taken_back_and_decided_again(
    tmp_path: Path,
) -> None:
    path = street(tmp_path)
    app = app_on(path)
    db = open_database(path)
    before = decided(db)

    async def script(pilot: Pilot[int]) -> None:
        assert len(app.board.queue.source) == EVENTS
        pressed = await morning(pilot, app)
        assert len(app.board.queue.source) == 0
        assert pressed <= MOST_KEYS
        after, lay = decided(db), lanes(path)
        assert Lane.INBOX not in lay
        assert sum(lay.values()) == EVENTS
        assert len(lay) == 4
        for _ in range(EVENTS):
            await pilot.press("u")
        await settle(pilot)
        assert decided(db) == before
        assert len(app.board.queue.source) == EVENTS
        for _ in range(EVENTS):
            await pilot.press("ctrl+r")
        await settle(pilot)
        assert decided(db) == after
        assert lanes(path) == lay
        assert len(app.board.queue.source) == 0

    drive(app, script)
    db.close()
