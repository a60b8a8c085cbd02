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
    "bold header": (
        "*De:* Ana\n*Enviado el:* lunes, 2 de noviembre de 2026 10:00\n*Para:* Lola\n"
        "*Asunto:* Logo\n\nHola\n"
    ),
    "original message": "-----Mensaje original-----\nDe: Ana\nEnviado: lunes\n\nHola\n",
    "original message in English": "-----Original Message-----\nHi Lola\n",
    "signature": "-- \nAna Muñoz\nACME\n600 000 000\n",
    "signature, its space lost": "--\nAna Muñoz\nACME\n",
    "Outlook for phones": "Obtener Outlook para Android\n",
    "English phone": "Sent from my iPhone\n",
    "Gmail in Spanish, twelve hours": (
        "El lun., 2 nov. 2026 10:00 a. m., Ana <ana@acme.example> escribió:\n\n" + QUOTE
    ),
    "Gmail in Catalan": "El dl., 2 nov. 2026, 10:00, Ana <ana@acme.example> va escriure:\n" + QUOTE,
    "Gmail in Galician": "O luns, 2 nov 2026 ás 10:00, Ana (<a@acme.example>) escribiu:\n" + QUOTE,
    "Yahoo, indented": (
        "    El lunes, 2 de noviembre de 2026, 10:00:33 CET, Ana <ana@acme.example> escribió:  \n"
        " \n Hola Lola\n"
    ),
    "Yahoo, its other beginning": (
        "    En lunes, 2 de noviembre de 2026, 10:00:33 CET, Ana <ana@acme.example> escribió:  \n"
        " \n Hola Lola\n"
    ),
    "Thunderbird, without a name": "El 2/11/26 a las 10:00, ana@acme.example escribió:\n" + QUOTE,
    "Apple Mail, without an address": "On Nov 2, 2026, at 10:00 AM, Ana Muñoz wrote:\n\nHi\n",
    "Spark": "En 2 nov. 2026 10:00 +0100, Ana <ana@acme.example>, escribió:\n" + QUOTE,
    "Zoho": "---- El lun, 02 nov 2026 10:00:00 +0100 Ana <a@b.example> escribió ----\n\n" + QUOTE,
    "Proton": (
        "Enviado con el correo electrónico seguro de Proton Mail.\n\n"
        "El lunes, 2 de noviembre de 2026 a las 10:00, Ana <ana@acme.example> escribió:\n\n" + QUOTE
    ),
    "Dutch": "Op ma 2 nov. 2026 om 10:00 schreef Ana <ana@acme.example>:\n" + QUOTE,
    "Danish": "Den 2. nov. 2026 kl. 10.00 skrev Ana <ana@acme.example>:\n" + QUOTE,
    "a name alone": "Ana Muñoz escribió:\n" + QUOTE,
    "Samsung": (
        "Enviado desde mi Galaxy\n\n\n-------- Mensaje original --------\n"
        "De: Ana <ana@acme.example>\nFecha: 2/11/26 10:00 (GMT+01:00)\nPara: Lola\n"
        "Asunto: x\n\nHola\n"
    ),
    "Outlook for phones, and its header": (
        "Obtener Outlook para iOS<https://aka.ms/o0ukef>\n________________________________\n"
        "De: Ana\nEnviado: Monday, November 2, 2026 10:00:00 AM\nPara: Lola\n"
        "Asunto: Re: x\n\nHola\n"
    ),
    "Outlook for Mac": (
        "De: Ana <ana@acme.example>\nFecha: lunes, 2 de noviembre de 2026, 10:00\n"
        "Para: Lola <lola@va.example>\nAsunto: Re: x\nHola\n"
    ),
    "Outlook in Catalan": (
        "De: Ana <ana@acme.example>\nEnviat: dilluns, 2 de novembre de 2026 10:00\n"
        "Per a: Lola\nAssumpte: x\n\nHola\n"
    ),
    **{
        each: f"{each}\n"
        for each in (
            "Enviado desde mi smartphone Samsung Galaxy.",
            "Enviado desde mi SM-A525F",
            "Enviado desde Correo para Windows",
            "Enviado desde Outlook para Android<https://aka.ms/x>",
            "Sent from Yahoo Mail on Android",
            "Sent with Proton Mail secure email.",
        )
    },
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


OUTLOOK = SHAPES["Outlook in Spanish"]


@pytest.mark.parametrize(
    ("said", "request_"),
    [
        # Forms with the labels of a mail's header.
        ("Reserva:\n\nDe: Madrid\nFecha: 5 mayo\nA: Lisboa\n\nSaca los billetes", "billetes"),
        ("Envío:\nDe: Madrid\nEnviado: 5/5/2026\nPara: Lisboa\n\nSíguelo", "Síguelo"),
        ("Hi\n\nFrom: Madrid\nDate: 5/5/2026 10:00\nTo: Lisbon\n\nPlease book it", "book it"),
        ("Llamó:\nDe: Juan\nFecha: 5/5/2026 10:00\nPara: ti\nAsunto: x\n\nLlámale", "Llámale"),
        ("Manda:\n\nDe: a@b.example\nPara: c@d.example\nAsunto: x\n\nHola, Bea", "Hola, Bea"),
        ("Envíalo:\n\nDe: a@b.example\nPara: Bea\nFecha: 5/5/2026\nAsunto: x\n\nHola", "Hola"),
        ("Hola\n\nDe: a@b.example\nPara: c\nFecha: 5/5/2026\nAsunto: x\n\nHola, Bea", "Bea"),
        # Sentences that end as attributions do.
        ("Lola:\n\nEl lunes 23 el cliente me escribió:\nel logo\n\nHazlo tú", "Hazlo"),
        ("El 23/11/2026 a las 9:12, el cliente me escribió:\nel logo\n\nHazlo", "Hazlo"),
        ("On Monday 23 the client wrote:\nlogo\n\nPlease do it", "do it"),
        ("Ok\n\nEl 5 manda la factura y el 6 Ana escribió:\n> x", "manda la factura"),
        ("Ok\n\nEl viernes mándame esto.\nAna escribió:\n> x", "mándame"),
        ("Ok\n\n¿Puedes revisarlo? Ana escribió:\n> x", "revisarlo"),
        ("Ok\n\nPaga la de 2026. Ana escribió:\n> x", "Paga"),
        # Lists.
        ("Tareas:\n> cambiar el logo\n> subir fotos\nGracias", "cambiar el logo"),
        ("Haz esto hoy\n> cambiar el logo\n> subir fotos\n\nGracias", "subir fotos"),
        ("Ok\n\nEl 5/5/2026 a las 9:12 Juan (j@b.example) escribió:\nlogo\n\nHazlo", "Hazlo"),
        ("Tareas:\n\n> cambiar el logo\n\n> subir fotos\n\nGracias", "subir fotos"),
        ("Tareas:\n-- \nuno\ndos", "dos"),
        ("Tareas\n-- \n" + "una más\n" * 80 + "la última", "la última"),
        # What stands below a signature.
        ("Hola\n\n-- \nAna\n\nPD: el precio es 80", "80"),
        ("Hola\n\n-- \nAna\n\nP.D. el precio es 80\n\nY cambia el logo", "cambia el logo"),
        ("Hola\n\n--\nAna\nACME\n¿Me llamas?", "llamas"),
        ("Hola\n\n-- \nAna\n\nOtra cosa,\n¿me llamas?", "Otra cosa"),
        # Beside the name of a phone.
        ("Hola\nEnviado desde mi móvil. ¿Llamas a Ana?", "Llamas"),
        ("Hola\nEnviado desde mi iPhone: paga la factura", "paga"),
        ("Hola\nEnviado con el albarán de ayer", "albarán"),
        ("Hola\nEnviado desde mi cuenta el contrato", "contrato"),
        # Inside of what is quoted, and handed on.
        ("Te contesto en rojo.\n\n" + OUTLOOK.replace("Hola Lola", "¿Color? AZUL"), "AZUL"),
        ("See below.\n\nOn 2 Nov 2026, Ana <a@b.example> wrote:\n\n> Colour? BLUE", "BLUE"),
        ("Te reenvío lo de Ana.\n\n" + OUTLOOK, "Hola Lola"),
        ("Haz lo que dice Ana:\n\n" + OUTLOOK, "Hola Lola"),
        ("Haz lo que dice Ana:\n\n" + SHAPES["Thunderbird"], "Hola Lola"),
        ("Haz lo que dice Ana:\n\n" + SHAPES["original message in English"], "Hi Lola"),
    ],
)
def test_a_request_is_never_folded(said: str, request_: str) -> None:
    own, _ = quotes.split(said)
    assert request_ in own


@given(
    st.lists(
        st.sampled_from(
            [
                "hola",
                "Tareas:",
                "te contesto abajo",
                "PD: una cosa",
                "El 2 nov 2026, Ana <a@b.example> escribió:",
                "Enviado desde mi iPhone",
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
        "El 2026 escribió:\nx\n",
        "Enviado desde mi ",
        "x:\n> y\n",
        "De: a@b 2026\n",
        "-- \nPD\n\n",
        "<a@",
        "a.  ",
    ],
)
def test_no_line_is_slow(unit: str) -> None:
    quotes.split(unit * (50_000 // len(unit)) + "x")
    quotes.split((unit * (50_000 // len(unit))).strip() + ":")


def test_flowed_lines_are_joined_again() -> None:
    said = "Una línea \nlarga.\n> citada \n> también\n> \n-- \nLola"
    assert quotes.unflowed(said) == "Una línea larga.\n> citada también\n> \n-- \nLola"
    assert quotes.unflowed("sin espa \ncio", delsp=True) == "sin espacio"
