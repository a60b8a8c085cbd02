"""Exports of simulated chats, through the connector and the real store, to what she sees."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

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
