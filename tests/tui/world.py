"""Five clients with realistic mail and boards, through the real store."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, cast
from zoneinfo import ZoneInfo

from textual.geometry import Size
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from connectors.errors import UnavailableError
from normalizer.model import (
    Attachment,
    Direction,
    Invitation,
    Message,
    Person,
    Record,
    Ref,
    Task,
    Thread,
)  # fmt: skip
from normalizer.raw import Raw
from store.database import Database, open_database
from store.directory import ChannelKey, ChannelSpec, ClientSpec, declare, failed, succeeded
from store.intake import take
from store.narrowed import Narrowed
from store.views import Health, ItemView, MessageHead
from triage.profile import Manner
from triage.rules import derive
from tui.item import links
from tui.lines import Line
from tui.main import Trastienda
from tui.plan import plan
from tui.rows import Look
from tui.setup import Setup
from tui.source import Source
from tui.views import Request

NOW = datetime(2026, 11, 23, 9, 42, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")
LOLA = Person("Lola Pérez", "lola@va.example")

CLIENTS = (
    ("acme", "ACME Floristería", "orange"), ("brisa", "Brisa Yoga", "cyan"),
    ("nube", "Nube Consultores", "blue"), ("faro", "Faro Ediciones", "purple"),
    ("luz", "Luz Abogados", "green"),
)  # fmt: skip


def clients() -> list[ClientSpec]:
    return [
        ClientSpec(
            slug=slug, name=name, color=color, identities=(LOLA.handle,),
            channels=(
                ChannelSpec(slug="correo", kind="imap"), ChannelSpec(slug="tablero", kind="trello"),
            ),
        )
        for slug, name, color in CLIENTS
    ]  # fmt: skip


def mail(
    number: str, who: str, subject: str, text: str, ago: timedelta, *, after: str = "",
    unread: bool = False, mine: bool = False, folded: str = "",
    files: Sequence[Attachment] = (), invitation: Invitation | None = None,
) -> Message:  # fmt: skip
    author = LOLA if mine else Person(who, who.split(maxsplit=1)[0].lower() + "@cliente.example")
    return Message(
        ref=Ref("mail", number),
        author=author,
        sent_at=NOW - ago,
        text=text,
        folded=folded,
        subject=subject,
        to=(Person("Lola Pérez", LOLA.handle),) if not mine else (Person(who, ""),),
        direction=Direction.OUT if mine else Direction.IN,
        unread=unread,
        container="INBOX",
        thread=Thread(
            message_id=f"<{number}@x>",
            references=(f"<{after}@x>",) if after else (),
            subject=subject.casefold().removeprefix("re: "),
            reply=bool(after),
        ),
        attachments=tuple(files),
        invitation=invitation,
    )


def card(number: str, title: str, body: str, due: date | datetime | None = None) -> Task:
    return Task(
        ref=Ref("card", number), title=title, body=body, due=due,
        url=f"https://trello.example/c/{number}", container="Web › En curso",
        labels=("diseño", "urgente"), assignees=(LOLA,),
        created_at=NOW - timedelta(days=3), updated_at=NOW - timedelta(hours=5),
    )  # fmt: skip


H, D = timedelta(hours=1), timedelta(days=1)

MAIL: dict[str, list[Message]] = {
    "acme": [
        mail("a1", "Marta Ruiz", "Boletín de mayo", "Hola, Lola:\n\nTe paso el texto del boletín "
             "de mayo. ¿Lo puedes montar esta semana?\n\nUn abrazo,\nMarta", 2 * D,
             files=(Attachment(external_id="2", name="texto boletín mayo.docx", size=48213,
                               media_type="application/msword"),)),
        mail("a2", "Marta Ruiz", "Re: Boletín de mayo", "Claro, el jueves lo tienes. ¿Y las fotos?",
             D, after="a1", mine=True, folded="El sáb., Marta escribió:\n> Te paso el texto"),
        mail("a3", "Marta Ruiz", "Re: Boletín de mayo", "¿Puedes mandarlo ya? Las fotos te las "
             "paso luego.\nQue quede como el de abril pero «más alegre».\n\nLas de abril están en "
             "https://fotos.example/abril/seleccion-final", 3 * H, after="a2", unread=True,
             folded="El dom., Lola escribió:\n> Claro, el jueves lo tienes.\n> ¿Y las fotos?"),
    ],
    "brisa": [
        mail("b1", "Luis Gómez", "Propuesta de web nueva", "¿Cómo va la propuesta? Ya son tres "
             "versiones.", 6 * D),
        mail("b2", "Sofía Martín", "Reunión del jueves", "Te convoco a la reunión mensual.", 2 * H,
             unread=True, invitation=Invitation(
                 method="REQUEST", summary="Reunión mensual", starts=NOW + 3 * D,
                 ends=NOW + 3 * D + H, place="Sala 2", organiser="sofia@brisa.example")),
    ],
    "nube": [mail("n1", "Iván Díaz", "El informe", "Haz lo de siempre con el informe.", 25 * H)],
    "faro": [mail("f1", "Ana Belén Fernández", "Logo en vectorial", "Sigo sin encontrar el logo. "
                  "¿No lo tenías tú?", 4 * D, unread=True)],
    "luz": [mail("l1", "Administración", "Factura de abril", "Falta la factura de abril.",
                 timedelta(minutes=20), unread=True)],
}  # fmt: skip

CARDS: dict[str, list[Task]] = {
    "acme": [card("t1", "Landing de San Valentín", "Textos y tres imágenes.", NOW.date())],
    "brisa": [
        card("t2", "Programar Instagram, semana 21", "Tres piezas.", NOW + 7 * H),
        card("t3", "Ordenar el almacén de fotos", "Cuando haya un rato.", date(2026, 12, 24)),
    ],
    "nube": [card("t4", "Arreglar la impresora", "No imprime en color.")],
}


def fill(
    db: Database, key: ChannelKey, stream: str, records: Iterable[Message | Task], cursor: str = "1"
) -> None:
    table: dict[str, Record] = {record.ref.external_id: record for record in records}
    raws = [Raw.of_json(stream, number, {"n": number, "v": repr(r)}) for number, r in table.items()]
    take(
        db, key, records=raws, cursor=cursor, census=(),
        normalise=lambda raw: (table[raw.external_id],), rules=derive,
        identities=frozenset({LOLA.handle}), now=NOW,
    )  # fmt: skip


How = ParamSpec("How")


def once(make: Callable[Concatenate[Path, How], Path]) -> Callable[Concatenate[Path, How], Path]:
    """Let `make` fill a database once a process for each way to do so, and copy it after that:
    it takes a fifth of a second, and most tests begin with the same one.
    """
    made: dict[str, bytes] = {}

    @functools.wraps(make)
    def copied(folder: Path, /, *args: How.args, **more: How.kwargs) -> Path:
        way = repr((args, more, CLIENTS, MAIL, CARDS))
        if way not in made:
            path = make(folder, *args, **more)
            assert not path.with_name(path.name + "-wal").exists(), "all of it is in the file"
            made[way] = path.read_bytes()
        else:
            path = folder / "trastienda.db"
            path.touch(0o600, exist_ok=False)
            path.write_bytes(made[way])
        return path

    return copied


@once
def build(
    folder: Path, *, empty: bool = False, configured: bool = True, extra: Sequence[Message] = ()
) -> Path:
    """A database of its own; `extra` are more mails of the first client."""
    path = folder / "trastienda.db"
    db = open_database(path)
    keys = declare(db, clients() if configured else [], NOW)
    for slug, *_ in CLIENTS:
        if not empty:
            fill(
                db, keys[slug, "correo"], "mail", [*MAIL[slug], *(extra if slug == "acme" else ())]
            )
            fill(db, keys[slug, "tablero"], "card", CARDS.get(slug, ()))
            succeeded(db, keys[slug, "correo"], NOW - timedelta(seconds=40), NOW, ())
            succeeded(db, keys[slug, "tablero"], NOW - timedelta(minutes=4), NOW, ())
    if not empty:
        error = UnavailableError(
            "{host}: 421 Too many connections, come back in a quarter of an hour",
            host="imap.faro.example",
        )
        wrong = keys["faro", "correo"]
        succeeded(db, wrong, NOW - timedelta(hours=1, minutes=10), NOW, ())
        failed(db, wrong, NOW, Health.LATER, error.said, NOW + timedelta(minutes=4))
    db.close()
    return path


def setup(path: Path, **more: Any) -> Setup:
    return Setup(target=str(path), language="en", timezone=MADRID, manner=Manner(me="Lola"), **more)


def app_on(path: Path, **more: Any) -> Trastienda:
    reader = Narrowed(str(path))
    source = Source(reader.rows, Request().ids(reader, NOW, MADRID, 256))
    return Trastienda(
        setup(path, **more), reader, source, clients=reader.clients(), channels=reader.channels(),
        clock=lambda: NOW,
    )  # fmt: skip


def drive(
    app: Trastienda,
    script: Callable[[Pilot[int]], Awaitable[None]],
    size: tuple[int, int] = (80, 24),
) -> None:
    """Run a script of keys against the screen."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await settle(pilot)
            await script(pilot)

    try:
        asyncio.run(run())
    finally:
        app.reader.close()


async def settle(pilot: Pilot[int]) -> None:
    """Wait until every question to the database is answered and drawn."""
    await pilot.pause()
    while busy := [w for w in pilot.app.workers if w.group != "poll" and not w.is_finished]:
        with contextlib.suppress(WorkerCancelled):  # a newer question has taken its place
            await pilot.app.workers.wait_for_complete(busy)
        await pilot.pause()


async def press(pilot: Pilot[int], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def narrow(pilot: Pilot[int], words: str) -> None:
    """Narrow the list, as typing `words` into its filter does, at once."""
    board = cast("Trastienda", pilot.app).board
    board.ask_for(board.request._replace(words=words))
    await settle(pilot)


def screen(app: Trastienda) -> str:
    """What is on the screen, as text."""
    strips = app.screen._compositor.render_strips(Size(*app.size))
    lines = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
    return "\n".join(lines) + "\n"


def whole(
    item: ItemView, look: Look, width: int = 80, *, unfolded: bool = False, seen: int | None = None
) -> tuple[list[Line], int]:
    """All lines of an item, and the one with which she begins to read."""
    heads = [
        MessageHead(m.id, m.unread, m.notification is not None, bool(m.folded), len(m.text))
        for m in item.messages
    ]
    addresses = links(item, item.messages)
    shown = plan(item, heads, look, width, unfolded=unfolded, seen=seen, links=addresses)
    parts = [piece.lines({m.id: m for m in item.messages}) for piece in shown]
    above = sum(map(len, parts[: shown.start]))
    return [line for part in parts for line in part], above + shown[shown.start].lead
