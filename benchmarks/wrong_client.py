"""How many drafts for the wrong client the guard notices, and how many honest ones it holds up.

The drafts and the clients are those of `benchmarks.wrong_drafts`; what was said with each client
goes into a real database, through the intake.

    python -m benchmarks.wrong_client [WRONG] [HONEST]
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from benchmarks.timing import machine, table
from benchmarks.wrong_drafts import CLIENTS, SEED, Client, Draft, honest, said, wrong
from normalizer.model import Conversation, Person, Ref
from store.database import Database, open_database
from store.directory import ChannelSpec, ClientSpec, declare
from store.reader import Reader
from tests.store.mailbox import NOW, bring, mail, raw, task
from triage import guard
from triage.guard import Finding

LOLA = Person("Lola Pérez", "lola@lola.example")
CHANNELS = (
    ChannelSpec(slug="correo", kind="imap"), ChannelSpec(slug="tablero", kind="trello"),
    ChannelSpec(slug="agenda", kind="caldav"), ChannelSpec(slug="chat", kind="matrix"),
)  # fmt: skip


def fill(db: Database) -> None:
    """Put what is known of every client into a database."""
    specs = [
        ClientSpec(slug=one.slug, name=one.name, color="blue", identities=(LOLA.handle,),
                   channels=CHANNELS)
        for one in CLIENTS
    ]  # fmt: skip
    keys = declare(db, specs, NOW)
    for client in CLIENTS:
        letters = [
            mail(
                n, author=Person(who, client.address(who)) if who else LOLA, text=text,
                to=(LOLA,) if who else _all(client),
            )
            for n, (who, text) in enumerate(said(client, random.Random(SEED)))
        ]  # fmt: skip
        bring(db, keys[client.slug, "correo"], *(raw(one.ref.external_id, one) for one in letters))
        cards = [task(n, f"Tarea {n}", container=f"{board} › En curso")
                 for n, board in enumerate(client.boards)]  # fmt: skip
        bring(db, keys[client.slug, "tablero"],
              *(raw(one.ref.external_id, one, stream="card") for one in cards))  # fmt: skip
        due = task(99, "Cita", container=client.calendar)
        bring(db, keys[client.slug, "agenda"], raw("c99", due, stream="card"))
        room = Conversation(ref=Ref("room", "r1"), title=client.room, people=_all(client))
        bring(db, keys[client.slug, "chat"], raw("r1", room, stream="room"))


def _all(client: Client) -> tuple[Person, ...]:
    return tuple(Person(who, client.address(who)) for who in client.people)


def check(reader: Reader, draft: Draft) -> list[Finding]:
    """Ask the guard about a draft, as answering does."""
    return guard.findings(
        draft.text, draft.into.slug, reader.lexicon(), reader, draft.recipients
    )  # fmt: skip


def measure(
    reader: Reader, drafts: Iterable[Draft]
) -> tuple[list[tuple[Draft, list[Finding]]], float]:
    """Ask about each; also give how many milliseconds one takes."""
    found, took = [], []
    for draft in drafts:
        begun = time.perf_counter()
        found.append((draft, check(reader, draft)))
        took.append(1e3 * (time.perf_counter() - begun))
    return found, statistics.median(took)


def main(wrongs: int = 200, honests: int = 1200) -> int:
    print(f"Drafts of {len(CLIENTS)} clients. {machine()}\n")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder, "trastienda.db")
        db = open_database(path)
        fill(db)
        db.close()
        reader = Reader(path)
        bad, slow = measure(reader, wrong(wrongs))
        good, _ = measure(reader, honest(honests))
        reader.close()
    noticed = sum(bool(found) for _, found in bad)
    alarms = sum(bool(found) for _, found in good)
    print(table(["drafts", "number", "stopped or warned", "%"], [
        ["for the wrong client", wrongs, noticed, 100 * noticed / wrongs],
        ["honest", honests, alarms, 100 * alarms / honests],
    ]))  # fmt: skip
    kinds = Counter(draft.kind for draft, _ in bad)
    caught = Counter(draft.kind for draft, found in bad if found)
    stopped = Counter(draft.kind for draft, found in bad if any(one.stops for one in found))
    print("\n" + table(["by", "drafts", "warned", "stopped"], [
        [kind, count, caught[kind] - stopped[kind], stopped[kind]]
        for kind, count in sorted(kinds.items())
    ]))  # fmt: skip
    print(f"\nOne draft takes {slow:.1f} ms in the median.\n")
    for draft, found in bad:
        if not found:
            print(f"missed ({draft.kind}, of {draft.of and draft.of.slug}, in {draft.into.slug}):"
                  f" {draft.text!r}")  # fmt: skip
    for draft, found in good:
        for one in found:
            print(f"false alarm in {draft.into.slug}: {one.words!r} of {one.owner}: {draft.text!r}")
    return 0 if noticed == wrongs and alarms < 0.02 * honests else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
