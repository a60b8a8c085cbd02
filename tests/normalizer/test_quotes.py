"""What the author wrote now is told from what was quoted and signed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer import quotes

QUOTE = "> Hola Lola\n>\n> ¿Cómo va?\n"
SHAPES = {
    "Gmail in Spanish": (
        "El lun, 2 nov 2026 a las 10:00, Ana Muñoz (<ana@acme.example>) escribió:\n\n" + QUOTE
    ),
    "Gmail in Spanish, wrapped": (
        "El lun, 2 nov 2026 a las 10:00, Ana Muñoz de la Vega\n"
        "<ana.munoz@acme.example> escribió:\n\n" + QUOTE
    ),
    "Gmail in English, wrapped": (
        "On Mon, Nov 2, 2026 at 10:00 AM Ana Muñoz <ana@acme.example>\nwrote:\n" + QUOTE
    ),
    "old Gmail": "2026-11-02 10:00 GMT+01:00 Ana Muñoz <ana@acme.example>:\n\n" + QUOTE,
    "Thunderbird": "El 2/11/26 a las 10:00, Ana Muñoz escribió:\n" + QUOTE,
    "French": "Le lun. 2 nov. 2026 à 10:00, Ana <ana@acme.example> a écrit :\n" + QUOTE,
    "German": "Am Mo., 2. Nov. 2026 um 10:00 schrieb Ana <ana@acme.example>:\n" + QUOTE,
    "Italian": "Il giorno lun 2 nov 2026 Ana <ana@acme.example> ha scritto:\n" + QUOTE,
    "Portuguese": "Em seg., 2 de nov. de 2026 às 10:00, Ana escreveu:\n" + QUOTE,
    "without an attribution": QUOTE,
    "not prefixed": "El 2 nov 2026, a las 10:00, Ana <a@b.example> escribió:\n\nHola Lola\n",
    "iPhone": (
        "Enviado desde mi iPhone\n\n> El 2 nov 2026, a las 10:00, Ana <a@b.example> escribió:\n"
        "> \n> Hola Lola\n"
    ),
    "Outlook in Spanish": (
        "________________________________\nDe: Ana Muñoz <ana@acme.example>\n"
        "Enviado: lunes, 2 de noviembre de 2026 10:00\nPara: Lola <lola@va.example>\n"
        "Asunto: Logo\n\nHola Lola\n"
    ),
    "Outlook in English": (
        "From: Ana <ana@acme.example>\nSent: Monday, November 2, 2026 10:00 AM\n"
        "To: Lola\nSubject: Logo\n\nHi Lola\n"
    ),
    "bold header": "*De:* Ana\n*Enviado el:* lunes\n*Para:* Lola\n*Asunto:* Logo\n\nHola\n",
    "original message": "-----Mensaje original-----\nDe: Ana\nEnviado: lunes\n\nHola\n",
    "original message in English": "-----Original Message-----\nHi Lola\n",
    "signature": "-- \nAna Muñoz\nACME\n600 000 000\n",
    "signature, its space lost": "--\nAna Muñoz\nACME\n",
    "Outlook for phones": "Obtener Outlook para Android\n",
    "English phone": "Sent from my iPhone\n",
    "signature and quote": "-- \nAna\n\nEl 2 nov 2026, Lola escribió:\n" + QUOTE,
}


def _said(text: str) -> list[str]:
    return [line.rstrip() for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_answer_above_is_all_that_is_shown(shape: str) -> None:
    own, folded = quotes.split("Vale, perfecto.\n\nMañana va.\n\n" + SHAPES[shape])
    assert own == "Vale, perfecto.\n\nMañana va."
    assert _said(folded) == _said(SHAPES[shape])


def test_an_answer_below_is_all_that_is_shown() -> None:
    own, folded = quotes.split(SHAPES["Thunderbird"] + "\nAquí está.\n\n-- \nLola\n")
    assert own == "Aquí está."
    assert folded.startswith("El 2/11/26")
    assert folded.endswith("Lola")


def test_answers_between_quoted_lines_keep_what_they_answer() -> None:
    said = "> ¿Fecha?\nEl viernes.\n\n> ¿Formato?\nPNG.\n\n> Saludos\n> Ana"
    own, folded = quotes.split(said)
    assert own == "> ¿Fecha?\nEl viernes.\n\n> ¿Formato?\nPNG."
    assert folded == "> Saludos\n> Ana"


@pytest.mark.parametrize(
    "heading",
    [
        "---------- Forwarded message ---------\nFrom: Ana\nDate: Mon\nSubject: x\nTo: y",
        "---------- Mensaje reenviado ---------\nDe: Ana\nFecha: lunes\nAsunto: x\nPara: y",
        "Begin forwarded message:\n\nFrom: Ana\nDate: Mon\nTo: y",
    ],
)
def test_what_is_forwarded_is_the_message(heading: str) -> None:
    said = f"Mira esto:\n\n{heading}\n\nEl texto reenviado.\n-- \nAna"
    assert quotes.split(said) == (said, "")


def test_an_outlook_forward_is_known_by_its_subject() -> None:
    said = "Mira esto:\n\n" + SHAPES["Outlook in Spanish"].strip()
    assert quotes.split(said, forward=True) == (said, "")


@pytest.mark.parametrize("shape", SHAPES)
def test_where_nothing_would_be_left_nothing_is_folded(shape: str) -> None:
    assert quotes.split(SHAPES[shape].strip()) == (SHAPES[shape].strip(), "")


@pytest.mark.parametrize(
    "said",
    [
        "El informe está listo.\nComo Ana escribió:\nno hay prisa.",
        "Opciones:\n-- uno\n-- dos",
        "De: la lista de ayer, solo falta el logo.\nGracias.",
        "-----\nun separador\n-----",
        "On Monday we ship. Here is what I need:\n1. the logo",
        "a > b\ny b < c",
    ],
)
def test_the_authors_own_words_stay(said: str) -> None:
    assert quotes.split(said) == (said, "")


@given(
    st.lists(
        st.sampled_from(
            [
                "hola",
                "> cita",
                "",
                "-- ",
                "El 2 nov, Ana escribió:",
                "De: x",
                "Para: y",
                "Asunto: z",
                "-----Mensaje original-----",
            ]
        ),
        max_size=12,
    )
)
def test_no_line_is_lost_and_something_is_always_shown(lines: list[str]) -> None:
    said = "\n".join(lines)
    own, folded = quotes.split(said)
    assert sorted(x.strip() for x in lines if x.strip()) == sorted(
        x.strip() for x in f"{own}\n{folded}".split("\n") if x.strip()
    )
    assert bool(own.strip()) == bool(said.strip())


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "unit",
    [
        "On ",
        "El ",
        "> ",
        ">",
        " ",
        "De: ",
        "-",
        "--\n",
        "El \n",
        "> \nx\n",
        "De: \n",
        "El 2\n",
        "wrote:",
        "schrieb :",
        "2026-11-02 <",
        "\n",
        "*_ ",
        "El x\n> y\nz\n",
    ],
)
def test_no_line_is_slow(unit: str) -> None:
    quotes.split(unit * (50_000 // len(unit)) + "x")
    quotes.split((unit * (50_000 // len(unit))).strip() + ":")


def test_flowed_lines_are_joined_again() -> None:
    said = "Una línea \nlarga.\n> citada \n> también\n> \n-- \nLola"
    assert quotes.unflowed(said) == "Una línea larga.\n> citada también\n> \n-- \nLola"
    assert quotes.unflowed("sin espa \ncio", delsp=True) == "sin espacio"
