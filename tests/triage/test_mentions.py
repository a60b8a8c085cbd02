"""Where she speaks of a file that goes along, and where of another one, or of none."""

from __future__ import annotations

import time

import pytest

from triage.enclosures import speaks_of_file

HERS = (
    "Te adjunto la factura.",
    "Hola, Ana: te adjunto la factura de noviembre.",
    "Adjunto el contrato firmado.",
    "Adjunto: factura.pdf",
    "Adjunta va la factura.",
    "Va adjunto el PDF.",
    "Van adjuntas las fotos.",
    "Lo tienes en el adjunto.",
    "Lo tienes adjunto.",
    "Te lo adjunto.",
    "Te las adjunto aquí.",
    "Os adjunto los textos.",
    "He adjuntado los dos presupuestos.",
    "Te he adjuntado el listado.",
    "Adjuntamos la propuesta.",
    "Mira el documento adjunto, por favor.",
    "Échale un vistazo al adjunto.",
    "En los archivos adjuntos verás los cambios.",
    "Adjuntándote el informe, quedo a la espera.",
    "No te preocupes, te adjunto la factura otra vez.",
    "Se me olvidó adjuntarte el archivo, aquí va.",
    "Perdona, olvidé adjuntar el PDF.",
    "te adjunto lo que me pediste",
    "TE ADJUNTO LA FACTURA",
    "Te paso el contrato adjunto que me pediste.",
    "He revisado todo y adjunto factura.",
    "He revisado el texto, va adjunto.",
    "Adjunto te envío el logo.",
    "La tabla adjunta tiene los precios.",
    "Según el adjunto, faltan dos fechas.",
    "¿Puedes revisar el adjunto?",
    "Attached is the invoice.",
    "Please find attached the invoice.",
    "I've attached the contract.",
    "I have attached both files.",
    "See the attachment for details.",
    "See attached.",
    "The attached file has all the dates.",
    "I attach the signed copy.",
    "Attaching the draft here.",
    "Sorry, I forgot to attach the file.",
    "The invoice is attached.",
    "Attached you will find the menu.",
    "Please find enclosed the contract.",
    "Enclosed is the signed form.",
    "I enclose the receipt.",
    "PFA the report.",
    "Not to worry, attached is a new copy.",
    "It is attached to this email.",
    "Ahí va el adjunto.\n\n> Te mandé ayer la mía",
    "No sé si llegó; te lo adjunto otra vez.",
    "Pasa por casa cuando quieras. Ah, y adjunto las llaves en foto.",
)
NOT_HERS = (
    "Hola, Ana: ya está lista la factura.",
    "Gracias por tu adjunto.",
    "He visto tu adjunto.",
    "Tu archivo adjunto no se abre.",
    "El adjunto que me mandaste está en blanco.",
    "El adjunto que me has enviado no se abre.",
    "He abierto el adjunto y está bien.",
    "He recibido el adjunto, gracias.",
    "No puedo abrir el adjunto.",
    "No he podido abrir el archivo adjunto.",
    "No veo el adjunto.",
    "Gracias por el adjunto.",
    "Gracias por los archivos adjuntos.",
    "¿Me adjuntas la factura?",
    "Me adjuntaste el archivo equivocado.",
    "Adjúntame el recibo, por favor.",
    "Adjúntalo a la tarea.",
    "Por favor, adjunta el recibo.",
    "Adjunta el recibo, por favor.",
    "¿Puedes adjuntar las fotos?",
    "Lo he adjuntado en la tarjeta de Trello.",
    "He adjuntado las fotos a la tarea.",
    "No te adjunto nada todavía.",
    "Va sin adjuntos.",
    "Mañana te adjuntaré la factura.",
    "¿Quieres que te adjunte las facturas?",
    "La directora adjunta lo aprueba.",
    "Falta el adjunto.",
    "Vuestro adjunto llegó cortado.",
    "El adjunto de tu correo está en blanco.",
    "Your attachment is empty.",
    "Could you attach the invoice?",
    "Please attach the receipt.",
    "The attachment you sent is blank.",
    "The attached file you sent me is blank.",
    "You attached the wrong file.",
    "You've just attached the wrong one.",
    "Thanks for the attachment.",
    "I could not open the attachment.",
    "I don't see the attachment.",
    "There was no attachment.",
    "I received the attachment.",
    "I attached it to the card.",
    "I have attached the photos to the Trello card.",
    "I am very attached to it.",
    "The garden is enclosed by walls.",
    "> Te adjunto la factura.",
    "Adjuntar archivos es fácil.",
    "Un junto a otro.",
    "No strings attached.",
    "I will attach it tomorrow.",
    "",
    (
        "Perfecto.\n\nEl lun, 2 nov 2026 a las 10:00, Ana <ana@x.example> escribió:"
        "\n> Te adjunto la factura.\n> Attached."
    ),
    "Adjunto a dirección, lo lleva ella.",
    "Me has adjuntado otra cosa.",
    "Aquí tienes el enlace: https://x.example/adjunto-2",
)


@pytest.mark.parametrize("text", HERS)
def test_a_file_that_goes_along_is_noticed_in_her_own_words(text: str) -> None:
    words = speaks_of_file(text)
    assert words
    assert words in text


@pytest.mark.parametrize("text", NOT_HERS)
def test_another_sides_file_and_none_at_all_are_left_alone(text: str) -> None:
    assert speaks_of_file(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hola:\n\nTe lo adjunto aquí.", "Te lo adjunto"), ("I've attached it.", "I've attached"),
        ("No puedo abrir el adjunto. Te adjunto el mío.", "Te adjunto"),
        ("te\u0301 ADJUNTO\u0301 algo", "te\u0301 ADJUNTO"),
    ],
)  # fmt: skip
def test_the_words_are_those_that_stand_there(text: str, words: str) -> None:
    assert speaks_of_file(text) == words


@pytest.mark.parametrize(
    "part", ["no adjunto ", "adjunta ", "he ", "you have ", "attached to the a b c ", "> ", "\n"]
)
def test_a_text_of_any_kind_takes_no_time(part: str) -> None:
    begun = time.process_time()
    speaks_of_file(part * (60_000 // len(part)))
    assert time.process_time() - begun < 2
