"""The days of a chat whose dates can be read two ways, whatever is found out about them later."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
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


@pytest.mark.parametrize("more", [(), (MORE,)], ids=["the same file", "a longer export"])
def test_an_answer_that_was_wrong_is_put_right_by_the_right_one(
    desk: Desk, more: tuple[tuple[str, str, str, str], ...]
) -> None:
    desk.brought("a.txt", android(*SAID), called=MARTA, vouched=True, date_order="mdy")
    assert desk.poll() == []
    assert {message.sent_at.month for message in desk.chats()["Marta"].messages} == {3}
    desk.brought("a.txt", android(*SAID, *more), called=MARTA, vouched=True, date_order="dmy")
    assert desk.poll() == []
    assert days(desk) == RIGHT[: 3 + len(more)]
    desk.text(AGAIN, android(*SAID, MORE))
    assert desk.poll() == []
    assert days(desk) == RIGHT[:4]
    assert {message.sent_at.month for message in desk.chats()["Marta"].messages} == {4}


def test_days_that_are_put_right_in_a_pull_that_is_cut_are_put_right_by_the_next(
    desk: Desk,
) -> None:
    many = [
        ("3/4", f"{n // 60}:{n % 60:02}", "Marta", f"la cosa {n} de la lista de hoy")
        for n in range(1_300)
    ]
    desk.brought("a.txt", android(*many), called=MARTA, vouched=True, date_order="mdy")
    desk.pull()
    desk.brought("a.txt", android(*many), called=MARTA, vouched=True, date_order="dmy")
    for most in (1, 1, None):
        desk.pull(most)
    view = desk.chats()["Marta"]
    assert {message.sent_at.month for message in view.messages} == {4}
    assert len(view.messages) == 1_300
    assert desk.pull() == []


def test_an_answer_that_was_wrong_is_put_right_by_an_export_that_tells_for_every_chat_read_by_it(
    desk: Desk,
) -> None:
    anas = android(("5/4", "9:00", "Ana", "hola"))
    ana = "Chat de WhatsApp con Ana.txt"
    desk.brought("ana.txt", anas, called=ana, vouched=True, date_order="mdy")
    desk.poll()
    desk.text(MARTA, android(*SAID))
    assert desk.poll() == []
    desk.text(AGAIN, android(*SAID, MORE, LATER))
    assert desk.poll() == []
    assert days(desk) == RIGHT
    desk.text("Chat de WhatsApp con Marta (2).txt", android(("5/4", "9:00", "Marta", "¿y bien?")))
    assert desk.poll() == []
    assert days(desk) == [*RIGHT[:4], "05T07:00", RIGHT[4]]


@pytest.mark.parametrize("order", ["dmy", "mdy"])
@pytest.mark.parametrize("spell", [android, american])
def test_what_a_machine_says_every_day_stays_on_its_days(
    desk: Desk, order: str, spell: Callable[..., str]
) -> None:
    """Two months of it, and then an export of the two before."""
    daily = [
        (f"{day}/{month}", "9:00", "Marta", f"Recordatorio {n} de la agenda de hoy, sin falta")
        for month in range(1, 5)
        for day in range(1, 29)
        for n in range(2)
    ]
    desk.brought("a.txt", android(*SAID), called=MARTA, vouched=True, date_order=order)
    desk.poll()
    later = [one for one in daily if one[0].endswith(("/3", "/4"))]
    desk.text(AGAIN, android(*later))
    assert desk.poll() == []
    before = days(desk)
    desk.text("WhatsApp Chat with Marta.txt", spell(*daily[: len(daily) - len(later)]))
    assert desk.poll() == []
    assert days(desk)[-len(before) :] == before
    assert len(days(desk)) == len(before) + len(daily) - len(later)


@pytest.mark.parametrize("year", [1980, 2025])
def test_a_file_whose_time_was_lost_is_read_by_its_dates_alone(desk: Desk, year: int) -> None:
    path = desk.text(MARTA, android(*SAID, LATER))
    made = datetime(year, 1, 2, tzinfo=UTC).timestamp()
    os.utime(path, (made, made))
    assert desk.poll() == []
    assert days(desk) == [*RIGHT[:3], RIGHT[4]]
