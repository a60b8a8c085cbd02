"""A world in which every text of a stranger's is hostile, as no normaliser would let it through."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from normalizer.actions import Mail
from normalizer.model import (
    Attachment,
    Change,
    CheckItem,
    Invitation,
    Message,
    Person,
    Record,
    Ref,
    Task,
)  # fmt: skip
from normalizer.raw import Raw
from normalizer.said import Said
from store import matters, outbox, own_views
from store import triage as kept
from store.database import Database, open_database
from store.directory import ChannelKey, declare, succeeded
from store.intake import take
from store.outbox import Letter
from tests.tui.outbox_world import numbers
from tests.tui.world import LOLA, NOW, build, card, clients, mail
from triage import verbs
from triage.rules import derive

EVIL = (
    "\x1b]52;c;UFdO\x07", "\x1b]0;PWNED\x07", "\x1b[2J\x1b[H", "\x9b31m", "\x9d0;PWNED\x9c",
    "\x1b]8;;http://evil.test\x07x", '\x1bP$q"p\x1b\\', "b\x7fc\rd\be\x07",
    "factura\u202egpj.exe", "a\u2066b\u200bc\xadd\U000e0041e", "Re: [/] [@click=app.quit]QUIT[/]",
    "Z" + "\u0301" * 200, "[link=file:///etc/passwd]y[/link] [bold red]x[/] $primary",
)  # fmt: skip
"""The screen must hold by itself."""

RAW = re.compile(
    "\x1b\\]52|\x1b\\]0;|\x1b\\]8;|\x1bP\\$q|\x9b|\x9d|\x7f|\x07(?<!default\x07)"
    "|[\u200b\u202a-\u202e\u2066-\u2069\U000e0041\xad]"
)

LINKS = (
    "https://a@evil\x9b31m\u202e.test/", "https://evil.test/\x1b\x07\x9d0;PWNED\x9c",
    "https://a\u2100b.test/", "https://xn--trllo-0we.com/\u202e",
)  # fmt: skip
"""The host itself is hostile in the first; nobody agrees on what the third one's is."""

MATTER, PLANNED, LEFT, VIEW = "asunto", "plan", "resto", "\x1b]0;PWNED\x07\u202e[/]"


def text_of(first: str, turn: int = 0) -> str:
    """All of it in one line, after a word to find it by; each `turn` begins with another."""
    return " ".join((first, *EVIL[turn * 4 :], *EVIL[: turn * 4]))


def hostile(folder: Path) -> Path:
    """A database in which every field of everything is hostile."""
    mails = [letter(name, n) for n, name in enumerate((MATTER, PLANNED, LEFT))]
    path = build(folder, extra=mails)
    db = open_database(path)
    going(db)
    boards(db)
    hers(db)
    with db.write() as conn:
        names = conn.exec_driver_sql("SELECT id FROM client").scalars().all()
        for number, client in enumerate(names):
            name = " ".join((*EVIL[:3], str(number)))
            conn.exec_driver_sql("UPDATE client SET name = ? WHERE id = ?", (name, client))
        conn.exec_driver_sql(
            "UPDATE channel SET error = ? WHERE error IS NOT NULL",
            ('["\\u001b]52;c;UFdO\\u0007\\u009b31m {x}", {"x": "\\u202e"}]',),
        )
    db.close()
    return path


def files(name: str) -> tuple[Attachment, ...]:
    """What lies in a mail and in a card at once, by its names and sizes."""
    return tuple(
        Attachment(external_id=str(n), name=text, size=90_000 + n)
        for n, text in enumerate((*EVIL, f"\x1b]0;PWNED\x07\u202e{name}"))
    )


def letter(name: str, turn: int) -> Message:
    """A mail."""
    text = text_of(name, turn)
    invitation = Invitation(method=text, summary=text, place=text, organiser=text)
    body = f"before {text} after https://evil.test/{text} " + " ".join(LINKS)
    return mail(
        f"evil-{name}", text, text, body, timedelta(days=30, hours=turn), folded=text,
        files=files(name), invitation=invitation, unread=True,
    )  # fmt: skip


def boards(db: Database) -> None:
    """Two cards, one of which was changed."""
    key = declare(db, clients(), NOW)["acme", "tablero"]
    text = text_of("x")
    checklist = tuple(
        CheckItem(external_id=str(n), text=one, assignee=Person(one, one))
        for n, one in enumerate(EVIL)
    )
    cards = [
        replace(
            card(name, text_of(f"tarjeta-{name}"), text), url=LINKS[0], container=text,
            labels=(*EVIL, "etiqueta\u202e\x9b31m"), checklist=checklist, attachments=files(name),
            assignees=(Person(text, text),),
        )
        for name in (MATTER, LEFT)
    ]  # fmt: skip
    _took(db, key, cards, "2")
    change = Change(
        ref=Ref("action", "c1"), about=cards[0].ref, field="title", before=text,
        after=cards[0].title, author=Person(text, text), at=NOW,
    )  # fmt: skip
    changed: Sequence[Task | Change] = (replace(cards[0], body=f"otra {text}"), change)
    _took(db, key, changed, "3")
    succeeded(db, key, NOW, NOW, [Said("{x} " + text, (("x", text),))])


def _took(db: Database, key: ChannelKey, records: Sequence[Task | Change], cursor: str) -> None:
    table: dict[str, Record] = {one.ref.external_id: one for one in records}
    raws = [Raw.of_json(one.ref.stream, one.ref.external_id, {"v": cursor}) for one in records]
    take(
        db, key, records=raws, cursor=cursor, census=(),
        normalise=lambda raw: (table[raw.external_id],), rules=derive,
        identities=frozenset({LOLA.handle}), now=NOW,
    )  # fmt: skip


def hers(db: Database) -> None:
    """What she decided about it: a matter, a plan, a view; today, as the screen's clock says it."""
    now = datetime.now(UTC)
    items = {title.split()[0]: number for title, number in numbers(db).items()}
    matters.link(db, [items[MATTER], items[f"tarjeta-{MATTER}"]], now=now)
    verbs.plan(db, [items[PLANNED]], now)
    verbs.estimate(db, [items[PLANNED]], 400, now)
    own_views.save(db, VIEW, text_of("evil")[:200], now=now)
    own_views.save(db, "[@click=app.quit]Q[/]", "state:any tarjeta", now=now)


def going(db: Database) -> None:
    """Something that goes out, all of it hostile."""
    text = " ".join(EVIL)
    key = declare(db, clients(), NOW)["acme", "correo"]
    answer = Mail(ref=Ref("mail", f"evil-{MATTER}"), sender=text, to=EVIL, subject=text, text=text,
                  message_id="x")  # fmt: skip
    letter = Letter(key=key, item_id=None, action=answer, send_at=NOW, who=text)
    kept.send(db, [letter], verb="answer", now=NOW)
    claimed = outbox.claim(db, key, NOW)
    assert claimed is not None
    kept.set_aside(db, claimed.id, Said(text), NOW)
