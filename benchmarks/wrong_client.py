"""How many drafts and files for the wrong client the guard notices, and how many honest ones it
holds up.

Three quarters of the wrong ones are drafts of `benchmarks.wrong_drafts`, one quarter files of
`benchmarks.wrong_files`; both also with the names of `benchmarks.wrong_names`. What was said with
each client goes into a real database, through the intake. Every figure is met by every seed, or it
is not met.

    python -m benchmarks.wrong_client [WRONG] [HONEST] [SEEDS]
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks.honest_drafts import LOOKED_AT, ONLY_MEASURED, others
from benchmarks.timing import machine, table
from benchmarks.wrong_drafts import FIRST, SEED, Client, Draft, World, honest, said, wrong
from benchmarks.wrong_files import Sent, hung, known, manner, with_files, wrong_files
from benchmarks.wrong_names import SECOND
from normalizer.model import Conversation, Person, Ref
from store import seen
from store.database import Database, open_database
from store.directory import ChannelSpec, ClientSpec, declare
from store.reader import Reader
from tests.store.mailbox import NOW, bring, mail, raw, task
from triage import enclosures, guard
from triage.guard import Finding
from triage.profile import Manner

WRONG: Final = "wrong client"
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
        letters = [
            replace(one, attachments=tuple(hung(client, n))) if one.author != LOLA else one
            for n, one in enumerate(letters)
        ]
        with db.write() as conn:
            seen.note(conn, keys[client.slug, "correo"].client_id, known(client), NOW)
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


def check(reader: Reader, sent: Sent, how: Manner) -> list[Finding]:
    """Ask the guard about a draft and its files, as answering does."""
    lexicon, client = reader.lexicon(), sent.draft.into.slug
    found = guard.findings(sent.draft.text, client, lexicon, reader, sent.draft.recipients)
    return found + enclosures.findings(sent.files, client, how, reader, lexicon)


Told: TypeAlias = list[tuple[Draft, list[Finding]]]


def measure(reader: Reader, sent: Iterable[Sent], how: Manner) -> tuple[Told, float]:
    """Ask about each; also give how many milliseconds one takes."""
    found, took = [], []
    for one in sent:
        begun = time.perf_counter()
        found.append((one.draft, check(reader, one, how)))
        took.append(1e3 * (time.perf_counter() - begun))
    return found, statistics.median(took)


def run(reader: Reader, world: World, wrongs: int, honests: int, seed: int) -> dict[str, Told]:
    """Give what was found in each draft, of every kind."""
    how = manner(world)
    files = wrongs // 4
    sent = {
        WRONG: chain(map(Sent, wrong(wrongs - files, world, seed)),
                     wrong_files(files, world, seed)),
        "honest": with_files(honest(honests, world, seed), seed),
        "honest, other kinds": with_files(others(honests, LOOKED_AT, world, seed), seed),
        "honest, only measured": with_files(others(honests, ONLY_MEASURED, world, seed), seed),
    }  # fmt: skip
    return {kind: measure(reader, each, how)[0] for kind, each in sent.items()}


def main(wrongs: int = 200, honests: int = 600, seeds: int = 10) -> int:
    print(f"Drafts of {len(FIRST.clients)} clients, by {seeds} seeds. {machine()}\n")
    rows: list[list[object]] = []
    told: list[str] = []
    every: Told = []
    met = True
    for name, world in (("as written", FIRST), ("other names", SECOND)):
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            path = Path(folder, "trastienda.db")
            db = open_database(path)
            fill(db, world)
            db.close()
            reader = Reader(path)
            by_seed = [run(reader, world, wrongs, honests, SEED + 10 * n) for n in range(seeds)]
            _, slow = measure(reader, map(Sent, wrong(50, world)), manner(world))
            reader.close()
        for kind in by_seed[0]:
            counts = [sum(bool(found) for _, found in one[kind]) for one in by_seed]
            size = len(by_seed[0][kind])
            share = 100 * sum(counts) / (size * seeds)
            worst = min(counts) if kind == WRONG else max(counts)
            rows.append([f"{name}: {kind}", size, counts[0], worst, share])
            met &= counts[0] == size if kind == WRONG else max(counts) < 0.02 * size
        for one in by_seed:
            every += one[WRONG]
            told += _told(one)
    print(table(["drafts", "number", "stopped or warned", "worst seed", "% of all seeds"], rows))
    print("\n" + _kinds(every))
    print(f"\nOne draft takes {slow:.1f} ms in the median.\n")
    print("\n".join(f"{count} × {line}" for line, count in Counter(told).most_common()))
    return 0 if met else 1


def _kinds(bad: Told) -> str:
    kinds = Counter(draft.kind for draft, _ in bad)
    caught = Counter(draft.kind for draft, found in bad if found)
    stopped = Counter(draft.kind for draft, found in bad if any(one.stops for one in found))
    return table(["by", "drafts", "warned", "stopped", "missed"], [
        [kind, count, caught[kind] - stopped[kind], stopped[kind], count - caught[kind]]
        for kind, count in sorted(kinds.items())
    ])  # fmt: skip


def _told(one: Mapping[str, Told]) -> Iterator[str]:
    for draft, found in one[WRONG]:
        if not found:
            yield f"missed ({draft.kind}), in {draft.into.slug}: {draft.text!r}"
    for kind, drafts in one.items():
        if kind not in {WRONG, "honest, only measured"}:
            for draft, found in drafts:
                for each in found:
                    yield f"false alarm in {draft.into.slug}: {each.words!r} of {each.owner}"


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
