"""By how much the clock of an export was off: told by what meets, and not by what chance brings."""

from __future__ import annotations

import pytest

from connectors.whatsapp_clock import Text, shifts

SHOP = ("Hola, gracias por escribir a Imprenta Sol.", "Ahora cerramos: abrimos de 9 a 18 h.")
HALF_A_DAY = 12 * 60


@pytest.mark.parametrize("before", [0, 1, 9])
def test_two_texts_that_a_shop_sends_every_time_move_no_export(before: int) -> None:
    """She writes so many minutes before; on the phone the chat was emptied in between."""
    evening, morning = (
        [Text(at - before, asked), Text(at, SHOP[0]), Text(at + 1, SHOP[1])]
        for at, asked in ((10_000, "¿está el cartel?"), (10_000 + HALF_A_DAY, "buenos días"))
    )
    assert shifts(evening, morning) == [0, 0, 0]


def test_one_long_text_tells_of_a_clock_where_the_short_ones_all_meet_too() -> None:
    texts = ("hola", "dime", "¿me mandas el presupuesto del cartel?", "sí", "gracias", "y", "vale")
    home = [Text(10_000 + 3 * n, text) for n, text in enumerate(texts)]
    abroad = [Text(one.wall - 360, one.text) for one in home]
    later = Text(9_800, "una cosa más")
    assert shifts(home, [*abroad, later]) == [360] * 8


def test_two_long_texts_tell_of_a_clock_where_what_stands_around_them_meets_too() -> None:
    texts = (
        "¿me mandas el presupuesto del cartel?",
        "sí",
        "gracias",
        "mañana a las diez lo tienes",
    )
    home = [Text(10_000 + 3 * n, text) for n, text in enumerate(texts)]
    abroad = [Text(one.wall + 420, one.text) for one in home]
    assert shifts(home, abroad) == [-420] * 4
