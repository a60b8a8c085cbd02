"""Which chat an export is of, and whose: by its name, and by what is said in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.whatsapp_desk import Desk

MARTA = "Chat de WhatsApp con Marta.txt"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def test_what_she_writes_to_many_at_once_makes_no_two_chats_one(desk: Desk) -> None:
    desk.set(chats=("Ana", "Bea"))
    sent = "".join(
        f"{day}/3/2026, 10:00 - Lola: {text}\n"
        for day, text in (
            (1, "Buenos días, ya está lista la agenda de marzo"),
            (8, "Recordad mandarme las facturas antes del viernes"),
            (15, "La semana que viene estoy fuera, dejad mensaje"),
        )
    )
    desk.text("Chat de WhatsApp con Ana.txt", sent)
    desk.text("Chat de WhatsApp con Bea.txt", sent + "16/3/2026, 9:00 - Bea: ¿hasta qué día?\n")
    assert desk.poll() == []
    assert {title: len(view.messages) for title, view in desk.chats().items()} == {
        "Ana": 3, "Bea": 4,
    }  # fmt: skip


@pytest.mark.parametrize("left_out", ["<Multimedia omitido>", "<Media omitted>"])
def test_a_renamed_contact_is_known_by_what_was_said_however_many_files_were_left_out(
    desk: Desk, left_out: str
) -> None:
    desk.set(chats=("Marta",))

    def chat(name: str) -> str:
        return "".join(
            f"{13 + n}/3/2026, 10:00 - {name}: te mando las fotos del pedido número {n}\n"
            f"{13 + n}/3/2026, 10:01 - {name}: {left_out}\n"
            f"{13 + n}/3/2026, 10:02 - {name}: {left_out}\n"
            f"{13 + n}/3/2026, 10:05 - Lola: ok\n"
            for n in range(10)
        )

    desk.text(MARTA, chat("Marta"))
    assert desk.poll() == []
    desk.text("Chat de WhatsApp con Marta Imprenta.txt", chat("Marta Imprenta"))
    assert desk.poll() == []
    assert [len(view.messages) for view in desk.chats().values()] == [40]
