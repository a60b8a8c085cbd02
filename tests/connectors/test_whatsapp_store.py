"""Exports of simulated chats, through the connector and the real store, to what she sees."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from connectors.whatsapp_align import Face, slots
from normalizer.whatsapp_body import BodyKind, understand
from store import raws
from tests.connectors.test_whatsapp_merge import MADRID, orders
from tests.connectors.whatsapp_desk import Desk
from tests.connectors.whatsapp_world import FOR_ALL, Seen, World, truth, world


def put(desk: Desk, made: World, number: int) -> None:
    one = made.exports[number]
    name = {"ios": "WhatsApp Chat - {}.txt", "android": "Chat de WhatsApp con {}.txt"}
    desk.brought(
        f"export {number}.txt",
        one.text,
        called=name[one.phone.tongue.layout].format(made.title),
        vouched=True,
        date_order="mdy" if "en-US" in one.phone.tongue.name else "dmy",
    )


def seen(desk: Desk, made: World) -> list[Seen]:
    """Read what she is shown, in order; a picture by what its record says of itself."""
    kinds = {}
    for raw in raws.recall(desk.db, desk.key, "line", ""):
        told = raw.json()
        body = understand(told["body"], told["sender"], app=told.get("app"), group=made.title)
        said = told.get("caption") or body.text
        if body.kind in {BodyKind.FILE, BodyKind.OMITTED}:
            said = f"picture {said}".strip()
        kinds[raw.external_id] = body.kind, said
    shown: list[Seen] = []
    for message in desk.chats()[made.title].messages:
        kind, said = kinds[message.external_id]
        minute = MADRID.wall(int(message.sent_at.timestamp()) // 60)
        if kind is BodyKind.SYSTEM:
            shown.append((minute, None, ""))
        else:
            gone = FOR_ALL if kind is BodyKind.DELETED else said
            shown.append((minute, made.who(message.author.name), gone))
    return shown


@pytest.mark.parametrize("seed", range(8))
def test_what_she_sees_is_what_was_said_whatever_came_when(seed: int, tmp_path: Path) -> None:
    made = world(random.Random(seed))
    desk = Desk(tmp_path)
    try:
        order: Sequence[int] = orders(made, seed)[seed % 3]
        for number in order:
            put(desk, made, number)
            desk.pull()
        assert seen(desk, made) == truth(made)
        for path in desk.intake.iterdir():
            desk.rewrite(path, path.read_bytes() + b" ")
        again = [raw for batch in desk.pull() for raw in batch.records if raw.stream == "line"]
        assert again == []
    finally:
        desk.close()


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(
    "shown",
    [("hola, lo primero, adiós", "hola, lo segundo, adiós, y más"),
     ("lo segundo, adiós", "hola, lo primero, adiós, y más")],
    ids=["each lacks one", "one is cut off there"],
)  # fmt: skip
def test_what_two_exports_show_in_one_place_has_one_order_whichever_comes_first(
    shown: tuple[str, str], first: int, tmp_path: Path
) -> None:
    minutes = {"hola": 4, "lo primero": 5, "lo segundo": 5, "adiós": 6, "y más": 7}
    desk = Desk(tmp_path)
    try:
        for number in (first, 1 - first):
            lines = [f"13/11/26, 9:0{minutes[one]} - Marta: {one}\n"
                     for one in shown[number].split(", ")]  # fmt: skip
            desk.text(f"Chat de WhatsApp con Marta ({number + 1}).txt", "".join(lines))
            desk.pull()
        assert desk.texts("Marta") == list(minutes)
    finally:
        desk.close()


def test_what_an_edited_line_said_before_is_known_beside_one_that_is_more_like_it(
    tmp_path: Path,
) -> None:
    said = "13/11/26, 9:05 - Marta: {}\n"
    before, after = said.format("azul marino, por favor"), said.format("el logotipo va en rojo{}")
    exports = [
        before,
        after.format(" <Se editó este mensaje.>"),
        before + after.format(" vivo"),
    ]
    desk = Desk(tmp_path)
    try:
        for number, text in enumerate(exports):
            desk.text(f"Chat de WhatsApp con Marta ({number}).txt", text, age=90 - 10 * number)
            desk.pull()
        assert desk.texts("Marta") == ["el logotipo va en rojo", "el logotipo va en rojo vivo"]
    finally:
        desk.close()


def test_a_line_that_is_new_stands_behind_all_that_its_author_said_before_it() -> None:
    one, two, three = (Face(who="Marta", kind="text", key=key) for key in ("uno", "dos", "tres"))
    for later in (False, True):
        assert slots([one, two], [two, one, three], [1, 0, None], later=later) == [1, 0, 2]
