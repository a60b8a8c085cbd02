"""What is suggested as the same thing: with its reason, within one client, and rarely wrong."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from normalizer.model import Attachment, Ref, Task
from store.database import Database, open_database
from store.directory import ChannelKey, declare
from store.likely import Clues
from store.matters import link
from store.reader import Reader
from store.triage import place
from store.views import Lane
from tests.store.conftest import CLIENTS
from tests.store.mailbox import NOW, bring, items, mail, raw
from tests.store.shelf import fill
from tests.store.test_reader_plans import steps
from triage.linking import Reason, suggest

SHORT = "aBcD1234"


class World:
    """Two clients, and what lies in their channels by its title."""

    def __init__(self, folder: Path) -> None:
        self.db: Database = open_database(folder / "t.db")
        self.keys = declare(self.db, CLIENTS, NOW)
        self.reader = Reader(folder / "t.db")
        self._mails = 0

    def card(self, title: str, slug: str = "acme", short: str = "", **more: object) -> int:
        url = f"https://trello.com/c/{short}/12-x" if short else None
        ref = Ref("card", f"c{title}{short}")
        task = Task(ref=ref, title=title, url=url, created_at=NOW - timedelta(days=3), **more)  # type: ignore[arg-type]
        return self._new(self.keys[slug, "tablero" if slug == "acme" else "correo"],
                         raw(ref.external_id, task, stream="card"))  # fmt: skip

    def mail(self, title: str, text: str = "Hola", slug: str = "acme", **more: object) -> int:
        self._mails += 1
        one = mail(self._mails, title=title, text=text, **more)  # type: ignore[arg-type]
        return self._new(self.keys[slug, "correo"], raw(f"{self._mails}", one))

    def _new(self, key: ChannelKey, record: object) -> int:
        before = set(items(self.db))
        bring(self.db, key, record)  # type: ignore[arg-type]
        (new,) = set(items(self.db)) - before
        return new

    def said(self, item: int) -> list[tuple[int, Reason]]:
        return [(one.id, one.reason) for one in suggest(self.reader, item)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.reader.close()
    world.db.close()


def file(name: str, size: int | None) -> tuple[Attachment, ...]:
    return (Attachment(external_id="1", name=name, size=size, media_type="x/y"),)


def test_a_mail_that_links_to_a_card_and_that_card_are_each_suggested_for_the_other(
    world: World,
) -> None:
    card = world.card("Banners", short=SHORT)
    said = world.mail("Una duda", f"¿Has visto https://trello.com/c/{SHORT}/12-banners?")
    theirs = world.mail("Otra", f"https://trello.com/c/{SHORT}/12-banners", slug="luz")
    many = " ".join(f"https://trello.com/c/{n:08}/1-x" for n in range(6))
    digest = world.mail("Resumen", f"{many} https://trello.com/c/{SHORT}")
    assert world.said(said) == [(card, Reason.LINK)]
    assert (said, Reason.LINK) in world.said(card)
    assert world.said(theirs) == []
    assert theirs not in [one for one, _ in world.said(card)]
    assert world.said(digest) == []
    link(world.db, [card, said], now=NOW)
    assert said not in [one for one, _ in world.said(card)]


def test_the_same_file_is_a_reason_and_a_letterhead_or_one_of_another_size_is_none(
    world: World,
) -> None:
    one = world.mail("Primera", attachments=file("Textos otoño v3.docx", 48_213))
    card = world.card("Web", attachments=file("Textos otoño v3.docx", 48_211))
    other = world.mail("Segunda", attachments=file("Textos otoño v3.docx", 50_000))
    theirs = world.mail("Ajena", slug="luz", attachments=file("Textos otoño v3.docx", 48_213))
    logos = [world.mail(f"Con firma {n}", attachments=file("image001.png", 9_000))
             for n in range(2)]  # fmt: skip
    terms = [world.mail(f"Con tarifas {n}", attachments=file("Tarifas 26.pdf", 90_000))
             for n in range(5)]  # fmt: skip
    assert world.said(one) == [(card, Reason.FILE)]
    assert world.said(card) == [(one, Reason.FILE)]
    assert [world.said(item) for item in (other, theirs, *logos, *terms)] == [[]] * 9


def test_the_same_subject_is_a_reason_across_channels_only_and_where_one_alone_has_it(
    world: World,
) -> None:
    card = world.card("Cartel verbena")
    said = world.mail("RE: Cartel verbena")
    old = world.mail("Folleto feria", hours=-24 * 60)
    world.card("Folleto feria")
    plain = world.mail("Factura mensual")
    world.card("Factura mensual")
    world.mail("Menú degustación")
    twice = world.card("Menú degustación")
    world.mail("Menú degustación", hours=9)
    twins = [world.mail("Catas privadas"), world.mail("Catas privadas", hours=9)]
    assert world.said(said) == [(card, Reason.SUBJECT)]
    assert world.said(card) == [(said, Reason.SUBJECT)]
    assert [world.said(item) for item in (old, plain, twice, *twins)] == [[]] * 5


def test_the_number_of_an_invoice_is_a_reason_and_a_year_is_none(world: World) -> None:
    one = world.mail("Factura 2026-014 pendiente")
    other = world.mail("Pago de la factura nº 2026-014", hours=9)
    world.mail("Factura 2026-015")
    world.mail("Presupuesto 2026")
    year = world.card("Presupuesto 2026 revisado")
    assert world.said(one) == [(other, Reason.NUMBER)]
    assert world.said(year) == []


def test_what_is_closed_or_put_away_is_not_suggested(world: World) -> None:
    card = world.card("Cartel verbena")
    said = world.mail("Cartel verbena")
    place(world.db, [card], Lane.ARCHIVED, verb="archive", now=NOW)
    assert world.said(said) == []
    assert world.said(card) == []


TOPICS = [
    "cartel", "verbena", "folleto", "feria", "web", "tienda", "catálogo", "otoño", "menú", "bodega",
    "visita", "terraza", "vinos", "cata", "taller", "cerámica", "tarjetas", "logo", "vídeo",
    "piso", "obra", "licencia", "nóminas", "seguro", "coche", "viaje", "hotel", "agenda",
]  # fmt: skip
WHAT = ["Factura {n}", "Presupuesto {n}", "Informe semanal", "Reunión", "Duda", "Fotos", "Cambios"]
WEEKS = 8


def test_in_a_street_of_clients_hardly_any_suggestion_is_wrong(world: World) -> None:
    """Each affair has a card and a mail or two; mails link, share a file, a subject, or nothing."""
    chance = random.Random(11)
    affair: dict[int, int] = {}
    for number in range(60):
        topic = " ".join(chance.sample(TOPICS, 2)).capitalize()
        plain = chance.choice(WHAT).format(n=f"2026-{number:03}")
        short = f"{number:08x}"
        way = chance.choice(("link", "file", "subject", "number", "nothing"))
        hung = file(f"{topic}.pdf", 10_000 + 7 * number) if way == "file" else ()
        named = f"Factura F-{900 + number}"
        title = {"number": f"{named} de {topic}", "nothing": plain}.get(way, topic)
        affair[world.card(title, short=short)] = number
        text = f"Mira https://trello.com/c/{short}" if way == "link" else "Te cuento"
        said = {"subject": f"RE: {topic}", "number": f"Pago {named}"}.get(way, plain)
        hours = number * WEEKS
        affair[world.mail(said, text, attachments=hung, hours=hours)] = number
        if way == "file":
            affair[world.mail(f"{plain} otra vez", "Va", attachments=hung, hours=hours)] = number
    told = [(item, one) for item in affair for one in suggest(world.reader, item)]
    wrong = [(item, one) for item, one in told if affair[item] != affair[one.id]]
    assert len(told) > 60
    assert len(wrong) <= 0.05 * len(told), wrong


def test_what_it_costs_to_look_for_the_same_thing_does_not_follow_what_there_is(
    tmp_path: Path,
) -> None:
    counted = []
    for size in (1_000, 10_000):
        db = open_database(tmp_path / f"{size}.db")
        with db.write() as conn:
            fill(conn, size)
        db.close()
        reader = Reader(tmp_path / f"{size}.db")
        item = reader.about(1)
        assert item is not None
        clues = Clues(keys=[1], files=["Textos.docx"], phrases=["factura", "rareza"])
        counted.append(steps(reader, partial(reader.near, item, clues)))
        reader.close()
    small, large = counted
    assert large <= 3 * small
