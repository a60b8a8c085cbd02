"""How many drafts for the wrong client the guard notices, and how many honest ones it holds up.

The drafts are those of `benchmarks.wrong_drafts`, and the same with the names of
`benchmarks.wrong_names`; what was said with each client goes into a real database, through the
intake. The figures of the goals are those of the first seed; four more tell how far it is chance.

    python -m benchmarks.wrong_client [WRONG] [HONEST]
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.timing import machine, table
from benchmarks.wrong_drafts import FIRST, SEED, Client, Draft, World, honest, said, wrong
from benchmarks.wrong_names import SECOND
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


def fill(db: Database, world: World) -> None:
    """Put what is known of every client into a database."""
    specs = [
        ClientSpec(slug=one.slug, name=one.name, color="blue", identities=(LOLA.handle,),
                   channels=CHANNELS)
        for one in world.clients
    ]  # fmt: skip
    keys = declare(db, specs, NOW)
    for client in world.clients:
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


def run(world: World, wrongs: int, honests: int, seed: int) -> tuple[list[Any], list[Any], float]:
    """Give what was found in each draft, of both kinds, and the milliseconds that one takes."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder, "trastienda.db")
        db = open_database(path)
        fill(db, world)
        db.close()
        reader = Reader(path)
        bad, slow = measure(reader, wrong(wrongs, world, seed))
        good, _ = measure(reader, honest(honests, world, seed))
        reader.close()
    return bad, good, slow


def main(wrongs: int = 200, honests: int = 600) -> int:
    print(f"Drafts of {len(FIRST.clients)} clients. {machine()}\n")
    rows: list[list[object]] = []
    told: list[str] = []
    met, held_up, asked = True, 0, 0
    for name, world in (("as written", FIRST), ("other names", SECOND)):
        bad, good, slow = run(world, wrongs, honests, SEED)
        noticed, alarms = (sum(bool(found) for _, found in each) for each in (bad, good))
        rows.append([f"{name}: wrong client", wrongs, noticed, 100 * noticed / wrongs])
        rows.append([f"{name}: honest", honests, alarms, 100 * alarms / honests])
        met &= noticed == wrongs
        held_up, asked = held_up + alarms, asked + 5 * honests
        told += _told(bad, good)
        if world is FIRST:
            kinds = _kinds(bad)
        more = [run(world, wrongs, honests, SEED + seed)[:2] for seed in range(10, 50, 10)]
        for kind, at, size in (("wrong client", 0, wrongs), ("honest", 1, honests)):
            count = sum(bool(found) for each in more for _, found in each[at])
            share = 100 * count / (4 * size)
            rows.append([f"{name}: {kind}, 4 more seeds", 4 * size, count, share])
            held_up += count * at
    print(table(["drafts", "number", "stopped or warned", "%"], rows))
    print("\n" + kinds)
    print(f"\nOne draft takes {slow:.1f} ms in the median.\n")
    print("\n".join(told))
    return 0 if met and held_up < 0.02 * asked else 1


def _kinds(bad: Sequence[tuple[Draft, list[Finding]]]) -> str:
    kinds = Counter(draft.kind for draft, _ in bad)
    caught = Counter(draft.kind for draft, found in bad if found)
    stopped = Counter(draft.kind for draft, found in bad if any(one.stops for one in found))
    return table(["by", "drafts", "warned", "stopped"], [
        [kind, count, caught[kind] - stopped[kind], stopped[kind]]
        for kind, count in sorted(kinds.items())
    ])  # fmt: skip


def _told(
    bad: Sequence[tuple[Draft, list[Finding]]], good: Sequence[tuple[Draft, list[Finding]]]
) -> list[str]:
    missed = [
        f"missed ({draft.kind}), in {draft.into.slug}: {draft.text!r}"
        for draft, found in bad if not found
    ]  # fmt: skip
    return missed + [
        f"false alarm in {draft.into.slug}: {one.words!r} of {one.owner}: {draft.text!r}"
        for draft, found in good for one in found
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
