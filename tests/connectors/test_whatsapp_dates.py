"""The days of a chat whose dates can be read two ways, whatever is found out about them later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.whatsapp_desk import Desk

MARTA = "Chat de WhatsApp con Marta.txt"
AGAIN = "Chat de WhatsApp con Marta (1).txt"
SAID = (
    ("3/4", "9:00", "Marta", "¿me mandas la factura de marzo, por favor?"),
    ("3/4", "9:05", "Lola", "claro, esta tarde la tienes en el correo"),
    ("3/4", "9:06", "Marta", "ok"),
)
MORE = ("3/4", "9:30", "Marta", "recibida, muchas gracias por todo")
LATER = ("13/4", "9:40", "Marta", "y otra cosa más, cuando puedas")
RIGHT = ["03T07:00", "03T07:05", "03T07:06", "03T07:30", "13T07:40"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def android(*said: tuple[str, str, str, str]) -> str:
    return "".join(f"{day}/2026, {time} - {who}: {text}\n" for day, time, who, text in said)


def american(*said: tuple[str, str, str, str]) -> str:
    turned = [("/".join(reversed(day.split("/"))), *rest) for day, *rest in said]
    return "".join(f"[{day}/2026, {time}:00] {who}: {text}\r\n" for day, time, who, text in turned)


def days(one: Desk) -> list[str]:
    return [message.sent_at.isoformat()[8:16] for message in one.chats()["Marta"].messages]


def test_a_phone_that_writes_dates_otherwise_than_the_one_asked_about_is_known_by_what_it_says(
    desk: Desk,
) -> None:
    desk.brought("a.txt", android(*SAID), called=MARTA, vouched=True, date_order="dmy")
    assert desk.poll() == []
    desk.archive("WhatsApp Chat - Marta.zip", {"_chat.txt": american(*SAID, MORE)})
    assert desk.poll() == []
    assert days(desk) == RIGHT[:4]
    assert {message.sent_at.month for message in desk.chats()["Marta"].messages} == {4}
