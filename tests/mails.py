"""Synthetic mail of a virtual assistant's clients: the same bytes for the same seed, anywhere.

`make_mail(seed)` is one well-formed RFC 5322 message, about 15 kB in the mean. Five seeds in a
row are one thread: 0 opens it, 1 to 4 answer or forward. Every kind of body that real mailers
send is in each hundred: plain, HTML only, both, attachments, inline images, invitations,
notifications, newsletters, six charsets and four transfer encodings, in Spanish and English.
"""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from urllib.parse import quote

from normalizer.raw import Raw, canonical

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
MADRID = timezone(timedelta(hours=1))
VA = ("Lola Pérez", "lola@va.example")
PEOPLE = (
    ("Ana Muñoz", "ana@acme.example"),
    ("Beatriz Íñiguez", "bea@nube.example"),
    ("Carlos Güell", "carlos@luz.example"),
    ("Dora O'Neil", "dora@acme.example"),
    ("Smith, John", "john.smith@northwind.example"),
    ("Zoë Kraus", "zoe@nube.example"),
    ("", "info@luz.example"),
    ("Équipe Façade", "contact@facade.example"),
)
SPANISH = (
    "Te paso el texto definitivo de la campaña, revisa los precios antes de publicar.",
    "¿Podrías tener los banners para el viernes? El logo nuevo te lo mando mañana.",
    "Todo perfecto, adelante con la versión dos.",
    "He visto que la página de inicio tarda mucho en cargar, ¿es normal?",
    "Necesitamos el informe de octubre con las cifras por país y por canal.",
    "Al final cambiamos la fecha: el lanzamiento será el 12 de noviembre.",
    "Adjunto el presupuesto firmado; dime si falta algún dato de facturación.",
    "La reunión del lunes se retrasa media hora, ya he avisado a los demás.",
    "El vídeo dura tres minutos; habría que dejarlo en cuarenta segundos.",
    "No encuentro la contraseña del gestor de contenidos, ¿la guardaste tú?",
    "Revisé la hoja de cálculo y cuadra todo menos la línea siete.",
    "Mándame por favor las medidas exactas del cartel de la feria.",
)
ENGLISH = (
    "Here is the final copy for the campaign, please check the prices before it goes out.",
    "Could you have the banners ready by Friday? The new logo comes tomorrow.",
    "All perfect, go ahead with version two.",
    "I noticed the home page takes ages to load, is that normal?",
    "We need the October report with figures by country and by channel.",
    "We changed the date after all: the launch will be on 12 November.",
    "The signed quote is attached; tell me if any billing detail is missing.",
    "Monday's meeting starts half an hour late, I have told the others.",
    "The video runs for three minutes; it should be forty seconds.",
    "I cannot find the password of the site, did you keep it?",
    "I went through the sheet and everything adds up except line seven.",
    "Please send me the exact size of the poster for the fair.",
)
TOPICS = (
    ("Campaña de otoño", "Autumn campaign"),
    ("Banners para la feria", "Banners for the fair"),
    ("Informe mensual", "Monthly report"),
    ("Factura nº 2026-117", "Invoice no. 2026-117"),
    ("Reunión de seguimiento", "Follow-up meeting"),
    ("Web: página de inicio", "Web: home page"),
    ("Vídeo de presentación", "Presentation video"),
    ("Catálogo 2027: revisión", "Catalogue 2027: review"),
)
FILES = (
    ("presupuesto año 2026.pdf", "application/pdf"),
    ("logo_vectorial.svg", "image/svg+xml"),
    ("captura de pantalla.png", "image/png"),
    ("cifras.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("contrato - firmado.docx", "application/msword"),
    (
        "un nombre de archivo bastante más largo de lo que cabe en una línea de cabecera.pdf",
        "application/pdf",
    ),
)


def message_id(seed: int) -> str:
    """Return the Message-ID of `make_mail(seed)`, without brackets."""
    return f"{seed:08x}.{seed * 2654435761 % 2**32:08x}@mail.example"


def sent_at(seed: int) -> datetime:
    """Return when `make_mail(seed)` was written: threads one after another, answers in hours."""
    return START + timedelta(minutes=17 * (seed // 5), hours=3 * (seed % 5), seconds=seed % 60)


def make_raw(seed: int, folder: str = "INBOX") -> Raw:
    """Return `make_mail(seed)` as the IMAP connector hands it on, whole."""
    payload = make_mail(seed)
    return Raw(
        stream="mail",
        external_id=f"{folder}/1/{seed + 1}",
        payload=payload,
        meta=canonical(
            {
                "folder": folder,
                "flags": ["\\Seen"] if seed % 3 else [],
                "internaldate": (sent_at(seed) + timedelta(seconds=4)).isoformat(),
                "size": len(payload),
                "sent": False,
            }
        ),
    )


def make_mail(seed: int) -> bytes:
    """Return one well-formed mail."""
    rng = random.Random(seed)
    thread, position = divmod(seed, 5)
    topic_rng = random.Random(f"thread {thread}")
    english = topic_rng.random() < 0.35
    client = topic_rng.choice(PEOPLE)
    topic = f"{topic_rng.choice(TOPICS)[english]} {thread}"
    author, reader = (client, VA) if position % 2 == 0 else (VA, client)
    said = _paragraphs(rng, english)
    quoted = ""
    if position:
        earlier = _paragraphs(random.Random(seed - 1), english)
        when = sent_at(seed - 1)
        quoted = _attribution(english, when, reader) + "\n" + _prefixed(earlier)
    arrived = format_datetime(sent_at(seed))
    prefix = ("", "Re: ", "RE: ", "Re: ", "Fwd: " if english else "RV: ")[position]
    body_headers, body = _BODIES[seed % len(_BODIES)](rng, said, quoted, seed)
    head = [
        "Return-Path: <" + author[1] + ">",
        f"Received: from mx1.example (mx1.example [192.0.2.7]) by imap.va.example; {arrived}",
        f"Received: from smtp.example ([198.51.100.23])\r\n for <{reader[1]}>; {arrived}",
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example; s=sel;\r\n b="
        + base64.b64encode(rng.randbytes(192)).decode(),
        "From: " + _mailbox(author),
        "To: " + _mailbox(reader),
        "Subject: " + _encoded(prefix + topic),
        "Date: " + format_datetime(sent_at(seed).astimezone(MADRID)),
        f"Message-ID: <{message_id(seed)}>",
        "MIME-Version: 1.0",
    ]
    if seed % 7 == 3:
        head.append("Cc: " + ",\r\n ".join(_mailbox(each) for each in rng.sample(PEOPLE, 3)))
    if position:
        chain = [f"<{message_id(thread * 5 + each)}>" for each in range(position)]
        head.append("In-Reply-To: " + chain[-1])
        head.append("References: " + "\r\n ".join(chain))
    return ("\r\n".join([*head, *body_headers]) + "\r\n\r\n").encode("ascii") + body


def _paragraphs(rng: random.Random, english: bool) -> str:
    pool = ENGLISH if english else SPANISH
    hello, bye = ("Hi,", "Best regards,") if english else ("Hola:", "Un saludo,")
    paragraphs = [
        " ".join(rng.choice(pool) for _ in range(rng.randint(1, 4)))
        for _ in range(rng.randint(1, 7))
    ]
    return "\n\n".join([hello, *paragraphs, bye]) + "\n"


def _attribution(english: bool, when: datetime, author: tuple[str, str]) -> str:
    name, address = author
    if english:
        return f"On {when:%a, %d %b %Y at %H:%M}, {name or address} <{address}> wrote:\n"
    return f"El {when:%d/%m/%Y} a las {when:%H:%M}, {name or address} <{address}> escribió:\n"


def _prefixed(said: str) -> str:
    return "".join(f"> {line}\n" if line else ">\n" for line in said.splitlines())


def _mailbox(person: tuple[str, str]) -> str:
    name, address = person
    if not name:
        return address
    if not name.isascii():
        return f"{_encoded(name)} <{address}>"
    return f'"{name}" <{address}>' if "," in name else f"{name} <{address}>"


def _encoded(said: str) -> str:
    """Spell `said` for a header, as RFC 2047 words of whole characters where it must be."""
    if said.isascii():
        return said
    words, word = [], ""
    for char in said:
        if len((word + char).encode()) > 42:
            words.append(word)
            word = ""
        word += char
    return "\r\n ".join(
        f"=?utf-8?b?{base64.b64encode(each.encode()).decode()}?=" for each in [*words, word]
    )


def _lines(said: str) -> str:
    return said.replace("\n", "\r\n")


def _text(said: str, charset: str, encoding: str, kind: str = "plain") -> tuple[list[str], bytes]:
    data = _lines(said).encode(charset, "replace")
    if encoding == "base64":
        data = base64.encodebytes(data).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        data = binascii.b2a_qp(data, istext=True).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    headers = [
        f'Content-Type: text/{kind}; charset="{charset}"',
        f"Content-Transfer-Encoding: {encoding}",
    ]
    return headers, data


def _multipart(
    kind: str, seed: int, parts: list[tuple[list[str], bytes]], more: str = ""
) -> tuple[list[str], bytes]:
    boundary = f"----=_Part_{kind}_{seed:x}"
    body = b"".join(
        f"--{boundary}\r\n".encode() + "\r\n".join(headers).encode() + b"\r\n\r\n" + data + b"\r\n"
        for headers, data in parts
    )
    return (
        [f'Content-Type: multipart/{kind};{more}\r\n boundary="{boundary}"'],
        b"This is a message in several parts.\r\n" + body + f"--{boundary}--\r\n".encode(),
    )


def _file(rng: random.Random, size: int, number: int) -> tuple[list[str], bytes]:
    name, kind = FILES[number % len(FILES)]
    named = f"filename*=UTF-8''{quote(name)}"
    if len(named) > 60:
        half = len(name) // 2
        named = f"filename*0*=UTF-8''{quote(name[:half])};\r\n filename*1*={quote(name[half:])}"
    elif name.isascii():
        named = f'filename="{name}"'
    data = base64.encodebytes(rng.randbytes(size)).replace(b"\n", b"\r\n")
    return (
        [
            f"Content-Type: {kind}",
            "Content-Transfer-Encoding: base64",
            f"Content-Disposition: attachment;\r\n {named}",
        ],
        data,
    )


def _html(said: str, quoted: str) -> str:
    def escaped(part: str) -> str:
        return part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    paragraphs = "".join(f'<p style="margin:0">{escaped(p)}</p>' for p in said.split("\n\n"))
    reply = f'<blockquote type="cite">{escaped(quoted)}</blockquote>' if quoted else ""
    return (
        "<!DOCTYPE html><html><head><meta charset=utf-8><style>p{color:#222}</style></head>"
        '<body><div style="font-family:Arial,sans-serif">'
        f'{paragraphs}<p><a href="https://acme.example/obra">la obra</a></p></div>'
        f"{reply}</body></html>"
    )


_Body = tuple[list[str], bytes]


def _plain(charset: str, encoding: str) -> Callable[[random.Random, str, str, int], _Body]:
    def make(rng: random.Random, said: str, quoted: str, seed: int) -> _Body:
        del rng, seed
        return _text(f"{said}\n{quoted}", charset, encoding)

    return make


def _both(rng: random.Random, said: str, quoted: str, seed: int) -> _Body:
    del rng
    return _multipart(
        "alternative",
        seed,
        [
            _text(f"{said}\n{quoted}", "utf-8", "quoted-printable"),
            _text(_html(said, quoted), "utf-8", "quoted-printable", "html"),
        ],
    )


def _markup(rng: random.Random, said: str, quoted: str, seed: int) -> _Body:
    del rng, seed
    return _text(_html(said, quoted), "utf-8", "base64", "html")


def _attached(rng: random.Random, said: str, quoted: str, seed: int) -> _Body:
    both = _both(rng, said, quoted, seed)
    files = [
        _file(rng, rng.choice((1_500, 9_000, 20_000, 40_000)), seed // 20 + each)
        for each in range(rng.randint(1, 3))
    ]
    return _multipart("mixed", seed, [both, *files])


def _related(rng: random.Random, said: str, quoted: str, seed: int) -> _Body:
    image = (
        [
            "Content-Type: image/png; name=logo.png",
            "Content-Transfer-Encoding: base64",
            "Content-Disposition: inline; filename=logo.png",
            "Content-ID: <logo@acme.example>",
        ],
        base64.encodebytes(rng.randbytes(4_000)).replace(b"\n", b"\r\n"),
    )
    page = _text(_html(said, quoted), "iso-8859-1", "quoted-printable", "html")
    return _multipart(
        "alternative",
        seed,
        [
            _text(f"{said}\n{quoted}", "iso-8859-1", "quoted-printable"),
            _multipart("related", seed, [page, image], ' type="text/html";'),
        ],
    )


def _meeting(rng: random.Random, said: str, quoted: str, seed: int) -> _Body:
    del rng
    starts = sent_at(seed) + timedelta(days=3)
    calendar = (
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//acme//es\nMETHOD:REQUEST\nBEGIN:VEVENT\n"
        f"UID:{seed}@acme.example\nSUMMARY:Reunión de seguimiento\\, sala 2\n"
        f"DTSTART:{starts:%Y%m%dT%H%M%SZ}\nDTEND:{starts + timedelta(hours=1):%Y%m%dT%H%M%SZ}\n"
        "ORGANIZER;CN=Ana Muñoz:mailto:ana@acme.example\nLOCATION:Sala 2\n"
        "END:VEVENT\nEND:VCALENDAR\n"
    )
    headers, data = _text(calendar, "utf-8", "8bit", "calendar")
    headers[0] += "; method=REQUEST"
    return _multipart(
        "alternative", seed, [_text(f"{said}\n{quoted}", "utf-8", "8bit"), (headers, data)]
    )


def _newsletter(rng: random.Random, said: str, quoted: str, seed: int) -> _Body:
    headers, data = _both(rng, said * 4, quoted, seed)
    more = ["List-Id: Novedades <novedades.acme.example>", "Precedence: bulk"]
    return [*more, *headers], data


_BODIES: tuple[Callable[[random.Random, str, str, int], _Body], ...] = (
    _plain("utf-8", "8bit"),
    _both,
    _plain("iso-8859-1", "quoted-printable"),
    _attached,
    _markup,
    _both,
    _plain("utf-8", "quoted-printable"),
    _related,
    _attached,
    _plain("utf-8", "base64"),
    _newsletter,
    _both,
    _plain("windows-1252", "8bit"),
    _attached,
    _meeting,
    _plain("iso-8859-15", "quoted-printable"),
    _both,
    _plain("us-ascii", "7bit"),
    _attached,
    _plain("utf-16", "base64"),
)
