"""The world with channels that may be written to, and something on its way out of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from normalizer.actions import Action, Comment, Complete
from normalizer.model import Change, Person, Ref, Task
from normalizer.raw import Raw
from normalizer.said import Said
from store import outbox, schema
from store import triage as kept
from store.codes import LANES
from store.database import Database, open_database
from store.directory import ChannelKey, declare, remember_writes
from store.intake import take
from store.outbox import Letter
from store.reader import Reader
from store.views import Lane, Outgoing
from tests.tui.world import CARDS, LOLA, NOW, build, clients, once
from triage.rules import derive

DONE = {
    "acme": Said("moves the card to the list “{name}”", (("name", "Hecho"),)),
    "brisa": Said("archives the card"),
}
"""What "done" is, at two clients: not the same."""


def declared(db: Database, write: str = "all") -> dict[tuple[str, str], ChannelKey]:
    """Let channels be written to, as `write` says; nobody may write to nube's."""
    return declare(
        db,
        [
            replace(spec, channels=tuple(
                replace(channel, write="no" if spec.slug == "nube" else write)
                for channel in spec.channels
            ))
            for spec in clients()
        ],
        NOW,
    )  # fmt: skip


@once
def written(folder: Path, *, write: str = "all") -> Path:
    """The world, in which boards take what "done" is there, and mailboxes take answers."""
    path = build(folder)
    db = open_database(path)
    for (client, channel), key in declared(db, write).items():
        if channel == "tablero":
            said = DONE.get(client, DONE["brisa"])
            remember_writes(db, key, ("comment", "complete"), completes=said)
        else:
            remember_writes(db, key, ("comment",))
    db.close()
    return path


def numbers(db: Database) -> dict[str, int]:
    """The items, by their titles."""
    i = schema.item.c
    with db.read() as conn:
        return {row.title: row.id for row in conn.execute(select(i.title, i.id))}


@once
def sent(folder: Path) -> Path:
    """That world with one of everything on its way out of it."""
    path = written(folder)
    db = open_database(path)
    known, items = declared(db), numbers(db)

    def send(client: str, channel: str, title: str, action: Action, ago: float = 0.0) -> int:
        then = NOW - timedelta(seconds=ago)
        letter = Letter(
            key=known[client, channel], item_id=items[title], action=action, who="Lola",
            send_at=then + timedelta(seconds=10),
        )  # fmt: skip
        kept.send(db, [letter], verb="answer", now=then)
        return letter_id(db)

    def claim(client: str, channel: str) -> None:
        assert outbox.claim(db, known[client, channel], NOW) is not None

    gone = send("faro", "correo", "Logo en vectorial", said("f1", "Lo busco hoy."), 7200)
    claim("faro", "correo")
    outbox.done(db, gone, ("mail", "x"), NOW - timedelta(hours=1))
    asked = send("luz", "correo", "Factura de abril", said("l1", "Ahí va.\n\nLola"), 600)
    claim("luz", "correo")
    kept.ask(db, asked, Said("The server took it and did not say so."), NOW)
    lost = send("brisa", "tablero", "Programar Instagram, semana 21",
                Complete(ref=Ref("card", "t2")), 300)  # fmt: skip
    eva = Person("Eva Soler", "eva@brisa.example")
    card = next(one for one in CARDS["brisa"] if one.ref.external_id == "t2")
    title = "Programar Instagram, semanas 21 y 22"
    change = Change(
        ref=Ref("action", "c1"), about=card.ref, field="title", before=card.title, after=title,
        author=eva, at=NOW - timedelta(minutes=2),
    )  # fmt: skip
    fresh = replace(card, title=title, body="Seis piezas, no tres.")
    table: dict[str, Task | Change] = {"t2": fresh, "c1": change}
    take(
        db, known["brisa", "tablero"],
        records=[Raw.of_json(one.ref.stream, key, {"v": 2}) for key, one in table.items()],
        cursor="2", census=(), normalise=lambda raw: (table[raw.external_id],), rules=derive,
        identities=frozenset({LOLA.handle}), now=NOW - timedelta(minutes=1),
    )  # fmt: skip
    claim("brisa", "tablero")
    error = Said(
        "It changed there after you decided: “{before}” → “{after}”. Nothing was sent. Look at it,"
        " and decide again.",
        (("before", "Tres piezas."), ("after", "Seis piezas, no tres.")),
    )
    kept.set_aside(db, lost, error, NOW)
    send("acme", "tablero", "Landing de San Valentín", Complete(ref=Ref("card", "t1")))
    db.close()
    return path


def said(number: str, text: str) -> Comment:
    return Comment(ref=Ref("mail", number), text=text)


def letter_id(db: Database) -> int:
    with db.read() as conn:
        return int(conn.execute(select(func.max(schema.outbox.c.id))).scalar() or 0)


def states(path: Path) -> list[Outgoing]:
    """What has become of everything, in the order in which it was decided."""
    reader = Reader(path)
    try:
        return [one.state for one in reversed(reader.outgoing(ended=True, limit=50))]
    finally:
        reader.close()


def lanes(path: Path) -> dict[str, Lane]:
    db = open_database(path)
    try:
        i = schema.item.c
        with db.read() as conn:
            return {row.title: LANES[row.lane] for row in conn.execute(select(i.title, i.lane))}
    finally:
        db.close()
