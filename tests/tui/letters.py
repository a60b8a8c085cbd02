"""Two clients whose mail, cards and chats can be answered, through the real store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input

from normalizer import email
from normalizer.model import Conversation, Message, Person, Ref, Task
from normalizer.raw import Raw
from store import drafts
from store.database import Database, open_database
from store.directory import ChannelKey, ChannelSpec, ClientSpec, declare, remember_writes
from store.intake import take
from store.narrowed import Narrowed
from store.reader import Reader
from store.views import Draft, OutgoingView, Row
from tests.tui.world import MADRID, NOW, once, press, settle
from triage.profile import Manner, Profile, Snippet
from triage.rules import derive
from tui.composer import Composer
from tui.main import Trastienda
from tui.paper import Paper
from tui.setup import Setup
from tui.source import Source
from tui.views import Request

LOLA = {"acme": "lola@acme.example", "luz": "lola@luz.example"}
SNIPPETS = (
    Snippet(name="saludo", texts={"es": "Hola, {nombre}:", "en": "Hi {nombre},"}),
    Snippet(name="recibido", texts={"es": "Recibido. Lo tienes el {?fecha}."}),
    Snippet(name="adiós", texts={"es": "Un abrazo,\n{yo}"}),
)


def written(
    number: int, client: str, who: str, title: str, text: str, *, after: int = 0,
    cc: Sequence[str] = (), name: str = "",
) -> Raw:  # fmt: skip
    """A mail as a server gives it; `after` is the number of the one that it answers."""
    mail = EmailMessage()
    mail["From"] = f"{name or who.title()} <{who}@{client}.example>"
    mail["To"] = f"Lola <{LOLA[client]}>"
    if cc:
        mail["Cc"] = ", ".join(cc)
    mail["Subject"] = title
    mail["Date"] = format_datetime(NOW - timedelta(hours=9) + timedelta(minutes=number))
    mail["Message-ID"] = f"<{number}@{client}.example>"
    if after:
        mail["In-Reply-To"] = mail["References"] = f"<{after}@{client}.example>"
    mail.set_content(text)
    return Raw(stream="mail", external_id=f"INBOX/{number}", payload=mail.as_bytes(), meta="{}")


def bring(db: Database, key: ChannelKey, client: str, raws: Iterable[Raw]) -> None:
    take(
        db, key, records=list(raws), cursor="1", census=(), normalise=email.normalise,
        rules=derive, identities=frozenset({LOLA[client]}), now=NOW,
    )  # fmt: skip


def _said(db: Database, key: ChannelKey, records: dict[str, Conversation | Message | Task]) -> None:
    raws = [Raw.of_json(one.ref.stream, name, {}) for name, one in records.items()]
    take(
        db, key, records=raws, cursor="1", census=(),
        normalise=lambda raw: (records[raw.external_id],), rules=derive,
        identities=frozenset(), now=NOW,
    )  # fmt: skip


def specs(write: str = "comment") -> list[ClientSpec]:
    def channels() -> tuple[ChannelSpec, ...]:
        return (
            ChannelSpec(slug="correo", kind="imap", write=write),
            ChannelSpec(slug="tablero", kind="trello", write=write),
            ChannelSpec(slug="whatsapp", kind="whatsapp-export"),
        )

    names = {"acme": ("ACME Floristería", "orange"), "luz": ("Luz Abogados", "green")}
    return [
        ClientSpec(
            slug=slug, name=name, color=color, identities=(LOLA[slug],), channels=channels()
        )
        for slug, (name, color) in names.items()
    ]  # fmt: skip


MAILS = {
    "acme": [
        written(1, "acme", "marta", "Boletín de mayo",
                "Hola, Lola:\n\n¿Lo puedes montar esta semana?\n\nMarta",
                cc=("Ana Gil <ana@acme.example>",)),
    ],
    "luz": [written(2, "luz", "pedro", "Contrato", "Falta la firma del contrato.")],
}  # fmt: skip


@once
def build(folder: Path, *, write: str = "comment", mails: Iterable[Raw] = ()) -> Path:
    """The database; `mails` are more of the first client's."""
    path = folder / "trastienda.db"
    db = open_database(path)
    keys = declare(db, specs(write), NOW)
    for client, raws in MAILS.items():
        mailbox = keys[client, "correo"]
        bring(db, mailbox, client, [*raws, *(mails if client == "acme" else ())])
        remember_writes(db, mailbox, ["mail", "draft"], [f"Lola Ruiz <{LOLA[client]}>"])
        remember_writes(db, keys[client, "tablero"], ["comment", "complete"])
    card = Task(ref=Ref("card", "c1"), title="Landing", body="Textos.", container="Web › Hoy")
    _said(db, keys["acme", "tablero"], {"c1": card})
    chat = Conversation(ref=Ref("chat", "ana"), title="Ana [b]Vega",
                        url="https://wa.me/34600112233")  # fmt: skip
    line = Message(ref=Ref("line", "1"), author=Person("Ana"), sent_at=NOW - timedelta(hours=12),
                   text="¿Cómo va?", about=chat.ref)  # fmt: skip
    _said(db, keys["luz", "whatsapp"], {"ana": chat, "1": line})
    db.close()
    return path


def manner(folder: Path | None = None) -> Manner:
    profiles = {
        "acme": Profile(folders=(str(folder / "ACME"),) if folder else ()),
        "luz": Profile(folders=(str(folder / "Luz"),) if folder else ()),
    }
    return Manner(me="Lola", profiles=profiles, snippets=SNIPPETS)


def app_on(path: Path, **more: Any) -> Trastienda:
    reader = Narrowed(str(path))
    source = Source(reader.rows, Request().ids(reader, NOW, MADRID, 256))
    more.setdefault("manner", manner())
    setup = Setup(target=str(path), language="en", timezone=MADRID, **more)
    return Trastienda(
        setup, reader, source, clients=reader.clients(), channels=reader.channels(),
        clock=lambda: NOW,
    )  # fmt: skip


def rows(path: Path) -> dict[str, Row]:
    """All items, by title."""
    reader = Reader(str(path))
    try:
        found = reader.rows(reader.search(""))
    finally:
        reader.close()
    return {row.title: row for row in found if row}


def outgoing(path: Path) -> tuple[OutgoingView, ...]:
    """What was queued, newest first."""
    reader = Reader(str(path))
    try:
        return reader.outgoing(ended=True, limit=20)
    finally:
        reader.close()


async def opened(pilot: Pilot[int], title: str, *keys: str) -> Composer:
    """Go to an item, and press keys on it that open the composer."""
    app = pilot.app
    assert isinstance(app, Trastienda)
    queue = app.board.queue
    titles = [row.title if row else "" for row in map(queue.source.row, range(len(queue.source)))]
    queue.cursor = titles.index(title)
    await press(pilot, *(keys or ("r",)))
    [composer] = [one for one in app.screen_stack if isinstance(one, Composer)]
    return composer


async def put(pilot: Pilot[int], text: str, *keys: str) -> None:
    """Write something where the cursor stands, then press keys."""
    field = pilot.app.focused
    if isinstance(field, Paper):
        field.put(text)
    elif isinstance(field, Input):
        field.insert_text_at_cursor(text)
    await settle(pilot)
    await press(pilot, *keys)


def kept(path: Path, title: str) -> Draft | None:
    db = open_database(path)
    try:
        return drafts.get(db, rows(path)[title].id)
    finally:
        db.close()


def keep(path: Path, title: str, draft: Draft) -> None:
    db = open_database(path)
    drafts.keep(db, rows(path)[title].id, draft, NOW)
    db.close()
