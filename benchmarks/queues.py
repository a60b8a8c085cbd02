"""Queues of any length in a home of ours; the same mail as a Maildir, and as Taskwarrior's tasks.

They are put there through the intake, as a connector's batches are, but without a server: what
is measured over them is the screen. Five clients, each with a mailbox; subjects are of a few
words and a number, so that a filter finds many, some or one.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from benchmarks.terminal import Program
from normalizer.model import Direction, Message, Person, Record, Ref, Thread
from normalizer.raw import Raw
from store.database import Database, open_database
from store.directory import ChannelKey, ChannelSpec, ClientSpec, declare, succeeded
from store.driver import connect
from store.intake import take
from tests.mails import SPANISH
from triage.rules import derive

FIRST = "Encargo"
"""In every subject: when it is on the terminal, a row is."""

LONG, SHORT = "Conversación larguísima", "Conversación cortísima"
"""Subjects of a conversation of 500 messages, and of one of ten."""

CLIENTS = ("acme", "brisa", "nube", "faro", "luz")
BATCH = 500
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
WORDS = ("boletín", "factura", "logo", "fotos", "presupuesto", "reunión", "vídeo", "campaña",
         "contrato", "informe", "web", "tienda", "agenda", "pedido", "catálogo", "nómina",
         "cartel", "feria", "viaje", "reserva")  # fmt: skip

NEOMUTT = """\
set mbox_type = Maildir
set folder = "{maildir}"
set spoolfile = "{maildir}"
set header_cache = "{cache}"
set maildir_header_cache_verify = no
set mark_old = no
set quit = yes
"""

AERC = """\
[bench]
source = maildir://{root}
default = Maildir
from = Lola <lola@va.example>
"""


@dataclass(frozen=True, slots=True)
class Queues:
    """A home with a queue in it, and the folder it lies in."""

    root: Path
    keys: dict[tuple[str, str], ChannelKey]

    @property
    def home(self) -> Path:
        """Ours."""
        return self.root / "home"

    @property
    def database(self) -> Path:
        """In it."""
        return self.home / "trastienda.db"


def mail(number: int) -> Message:
    """Make a conversation of one mail."""
    pick = random.Random(number)
    subject = f"{FIRST} {number:07} {' '.join(pick.sample(WORDS, 3))}"
    return _mail(str(number), f"Persona {number % 500}", subject, pick, number)


def talk(subject: str, messages: int) -> list[Message]:
    """Make a conversation of many mails, the newest of all."""
    pick = random.Random(subject)
    first = f"{subject[:14]}-0"
    return [
        _mail(f"{subject[:14]}-{at}", f"Persona {at % 3}", subject, pick, -at, after=first)
        for at in range(messages)
    ]


def _mail(
    name: str, who: str, subject: str, pick: random.Random, age: int, *, after: str = ""
) -> Message:
    text = "\n\n".join(" ".join(pick.choices(SPANISH, k=2)) for _ in range(3))
    return Message(
        ref=Ref("mail", name),
        author=Person(who, f"{who.lower().replace(' ', '')}@cliente.example"),
        sent_at=NOW - timedelta(minutes=age), text=text, subject=subject,
        to=(Person("Lola", "lola@va.example"),), direction=Direction.IN, unread=True,
        container="INBOX",
        thread=Thread(
            message_id=f"<{name}@x>", references=(f"<{after}@x>",) if after else (),
            subject=subject.casefold(), reply=after not in ("", name),
        ),
    )  # fmt: skip


def put(db: Database, key: ChannelKey, mails: Sequence[Message], cursor: str) -> None:
    """Take a batch, as one of a connector's is."""
    table: dict[str, Record] = {one.ref.external_id: one for one in mails}
    take(
        db, key, cursor=cursor, census=(), now=NOW, rules=derive,
        records=[Raw.of_json("mail", name, {"n": name}) for name in table],
        normalise=lambda raw: (table[raw.external_id],), identities=frozenset({"lola@va.example"}),
    )  # fmt: skip


def declared(database: Path) -> tuple[Database, dict[tuple[str, str], ChannelKey]]:
    """Open a database with the five clients in it."""
    db = open_database(database)
    specs = [
        ClientSpec(
            slug=slug, name=slug.title(), color="", identities=("lola@va.example",),
            channels=(ChannelSpec(slug="mail", kind="imap"),),
        )
        for slug in CLIENTS
    ]  # fmt: skip
    return db, declare(db, specs, NOW)


@contextlib.contextmanager
def queues(items: int, *, talks: bool = False) -> Iterator[Queues]:
    """Make a home with `items` conversations in its queue; `talks`: a long and a short one too."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        root = Path(folder)
        home = root / "home"
        home.mkdir()
        (home / "config.toml").write_text(_config())
        db, keys = declared(home / "trastienda.db")
        now = datetime.now(UTC)
        for first in range(0, items, BATCH):
            key = keys[CLIENTS[first // BATCH % len(CLIENTS)], "mail"]
            put(db, key, [mail(n) for n in range(first, min(first + BATCH, items))], str(first))
        if talks:
            for subject, length in ((SHORT, 10), (LONG, 500)):
                put(db, keys["acme", "mail"], talk(subject, length), subject)
        for key in keys.values():
            succeeded(db, key, now, now, ())
        db.close()
        checkpoint(home / "trastienda.db")
        yield Queues(root, keys)


def _config() -> str:
    channel = 'kind = "imap"\nhost = "127.0.0.1"\nport = 9\ntls = "none"\nuser = "lola"\n'
    lines = ['[va]\nname = "Lola"\nlanguage = "es"\ntimezone = "UTC"\n']
    for slug in CLIENTS:
        lines.append(f'[clients.{slug}]\nname = "{slug.title()}"\n')
        lines.append(f'[clients.{slug}.channels.mail]\n{channel}password = {{ env = "NONE" }}\n')
    return "\n".join(lines)


def maildir(box: Queues, items: int) -> Path:
    """Write the same mail as files."""
    folder = box.root / "mail" / "Maildir"
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    for number in range(items):
        one = mail(number)
        assert one.sent_at is not None
        head = (
            f"From: {one.author.name} <{one.author.handle}>\nTo: lola@va.example\n"
            f"Message-ID: <{number}@x>\nDate: {format_datetime(one.sent_at)}\n"
            f"Subject: {FIRST} {number:07}\nContent-Type: text/plain; charset=utf-8\n\n"
        )
        (folder / "cur" / f"{1_700_000_000 - number}.{number}.host:2,S").write_text(head + one.text)
    return folder


def neomutt(box: Queues, folder: Path) -> Program:
    """It reads that Maildir; its header cache, once warm, need not be verified."""
    settings = box.root / "neomuttrc"
    settings.write_text(NEOMUTT.format(maildir=folder, cache=box.root / "header-cache"))
    return Program("neomutt", ["neomutt", "-n", "-R", "-F", settings], home_of(box))


def aerc(box: Queues, folder: Path) -> Program:
    """It reads the same."""
    settings = box.root / ".config" / "aerc"
    settings.mkdir(parents=True)
    accounts = settings / "accounts.conf"
    accounts.write_text(AERC.format(root=folder.parent))
    accounts.chmod(0o600)
    shipped = Path("/usr/share/aerc")
    for name in ("aerc.conf", "binds.conf"):
        shutil.copy(shipped / name, settings / name)
    return Program("aerc", ["aerc"], home_of(box))


def task(box: Queues, items: int) -> Program:
    """Taskwarrior with as many tasks of the same names, asked for its first forty."""
    data = box.root / "task"
    data.mkdir()
    settings = box.root / "taskrc"
    settings.write_text(f"data.location={data}\nconfirmation=off\ngc=on\n")
    with (data / "pending.data").open("w") as file:
        for number in range(items):
            fields = {
                "description": mail(number).subject, "entry": str(int(NOW.timestamp()) - number),
                "modified": str(int(NOW.timestamp())), "status": "pending",
                "uuid": f"00000000-0000-4000-8000-{number:012}",
            }  # fmt: skip
            spelled = (f"{k}:{json.dumps(v, ensure_ascii=False)}" for k, v in fields.items())
            file.write(f"[{' '.join(spelled)}]\n")
    return Program("task list", ["task", f"rc:{settings}", "list", "limit:40"], home_of(box))


def home_of(box: Queues) -> dict[str, str]:
    return {"HOME": str(box.root), "LC_ALL": "C.UTF-8"}


def checkpoint(database: Path) -> None:
    """Move what is in the log into the file, so that it can be copied."""
    link = connect(database)
    link.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    link.close()


def resize(database: Path, items: int, size: int) -> None:
    """Leave `size` rows in the queue: put some aside, or copy what is there."""
    link = connect(database)
    link.execute("BEGIN IMMEDIATE")
    if size < items:
        link.execute(
            "UPDATE item SET lane = 4 WHERE id NOT IN (SELECT id FROM item ORDER BY id LIMIT ?)",
            [size],
        )
    else:
        names = [row[1] for row in link.execute("PRAGMA table_info(item)")]
        (top,) = link.execute("SELECT max(id) FROM item").fetchone()
        for copy in range(1, size // items):
            values = {
                "id": f"id + {top * copy}",
                "external_id": f"external_id || '-{copy}'",
                "act_by": f"act_by + {copy}",
            }
            chosen = ", ".join(values.get(name, f'"{name}"') for name in names)
            columns = ", ".join(f'"{name}"' for name in names)
            link.execute(
                f"INSERT INTO item ({columns}) SELECT {chosen} FROM item WHERE id <= {top}"
            )
    link.execute("COMMIT")
    link.close()
    checkpoint(database)


def write_on(home: Path) -> None:
    """Commit batches of new mail as fast as can be, until ended, as a sync does."""
    db, keys = declared(home / "trastienda.db")
    for first in itertools.count(10_000_000, 50):
        key = keys[CLIENTS[first // 50 % len(CLIENTS)], "mail"]
        put(db, key, [mail(n) for n in range(first, first + 50)], str(first))
        succeeded(db, key, datetime.now(UTC), datetime.now(UTC), ())


if __name__ == "__main__":
    os.nice(10)  # as the engine is that our screen starts
    write_on(Path(sys.argv[1]))
