"""Files that go with drafts: another client's, and honest ones.

A wrong one lies in another client's folder, or was sent to them or fetched from them before, or is
called like one that hangs from a mail of theirs. An honest one is new or known here, lies anywhere
but in another's folder, and is called as files are.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.wrong_drafts import NEUTRAL, SEED, Client, Draft, World, careless, plain, whole
from normalizer.actions import Enclosure
from normalizer.model import Attachment
from triage.enclosures import Chosen
from triage.profile import Manner, Profile

HOME: Final = Path("/home/lola/Clientes")
KINDS: Final = ("folder", "content", "file name")

COMMON: Final = (
    "factura.pdf", "IMG_2041.jpg", "image001.png", "Captura de pantalla 2026-11-20.png",
    "presupuesto.pdf", "Screenshot 2026-11-20 at 10.21.04.png", "invoice.pdf", "logo.png",
    "documento1.docx", "DSC00412.JPG", "scan0003.pdf", "WhatsApp Image 2026-11-19.jpeg",
    "Contrato firmado.pdf", "signed contract.pdf", "informe noviembre.xlsx", "report.xlsx",
)  # fmt: skip
"""Names that files of two clients have, and of which each client has some."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A draft, and the files that go with it."""

    draft: Draft
    files: tuple[Chosen, ...] = ()


def manner(world: World) -> Manner:
    """Give each client a folder of its own."""
    return Manner(
        profiles={
            one.slug: Profile(language=one.language, folders=(str(HOME / one.slug),))
            for one in world.clients
        }
    )


def hung(client: Client, number: int) -> Iterator[Attachment]:
    """Give the files that hang from a client's mails: one of its own, and one as anybody has."""
    own = names_of(client)[number % len(client.things)]
    common = COMMON[(number + len(client.slug)) % len(COMMON)]
    for part, name in enumerate((own, common), 2):
        yield Attachment(external_id=str(part), name=name, size=_size(client, name))


def known(client: Client) -> Iterator[Enclosure]:
    """Give the files that went to a client, or were fetched from there."""
    for name in (*names_of(client), *COMMON[:3]):
        yield file(client, f"enviado {name}")


def names_of(client: Client) -> list[str]:
    """Call files by what a client's work is about."""
    return [plain(thing).replace(" ", "-") + ".pdf" for thing in client.things]


def file(client: Client, name: str) -> Enclosure:
    """Make a file of a client's; its content is nobody else's."""
    content = hashlib.sha256(f"{client.slug} {name}".encode()).hexdigest()
    return Enclosure(
        name=name, media_type="application/pdf", sha256=content, size=_size(client, name)
    )


def _size(client: Client, name: str) -> int:
    return 20_000 + hash_of(f"{client.slug}{name}") % 2_000_000


def hash_of(text: str) -> int:
    """Give a number that is the same in every run."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def wrong_files(count: int, world: World, seed: int = SEED) -> Iterator[Sent]:
    """Send a client's file to another one, with a text that could be anybody's."""
    dice = random.Random(seed + 4)
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        of, into = dice.sample(world.clients, 2)
        name = dice.choice(COMMON)
        path = Path("/home/lola/Descargas", name)
        if kind == "folder":
            path = HOME / of.slug / dice.choice(("", "2026", "Entregas/noviembre")) / name
            sent = replace(file(into, f"nuevo {number}"), name=name)
        elif kind == "content":
            sent = replace(dice.choice(list(known(of))), name=name)
        else:
            # Of two clients that work at the same things no name would tell whose it is.
            theirs = [one for one in names_of(of) if one not in names_of(into)]
            name = dice.choice(theirs)
            sent = replace(file(of, name), name=dice.choice((name, name.upper(), _second(name))))
            path = path.with_name(sent.name)
        said = [dice.choice(NEUTRAL[into.language])]
        text = careless(whole(into, said, into.people[0], dice, greet=False), dice)
        draft = Draft(into=into, of=of, kind=kind, text=text)
        yield Sent(draft, (Chosen(path, sent),))


def _second(name: str) -> str:
    return name.replace(".pdf", " (2).pdf")


def with_files(drafts: Iterable[Draft], seed: int = SEED) -> Iterator[Sent]:
    """Let an honest file go with one honest draft in three."""
    dice = random.Random(seed + 5)
    for number, draft in enumerate(drafts):
        client = draft.into
        own = dice.choice(names_of(client))
        common = dice.choice(COMMON)
        if dice.random() > 1 / 3:
            yield Sent(draft)
            continue
        kind = dice.choice(("own folder", "sent before", "theirs", "new", "common"))
        folder = Path("/home/lola/Descargas")
        if kind == "own folder":
            name, folder = f"nuevo {number}.pdf", HOME / client.slug
            sent = file(client, name)
        elif kind == "sent before":
            sent = dice.choice(list(known(client)))
        elif kind == "theirs":
            sent = file(client, own)
        elif kind == "new":
            sent = replace(file(client, f"{number}"), name=f"{client.slug}-v{number}.pdf")
        else:
            sent = replace(file(client, f"{number}"), name=common)
        yield Sent(draft, (Chosen(folder / sent.name, sent),))
