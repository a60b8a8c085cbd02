"""A mail reads the same whatever hangs from it, on a real Dovecot, in few commands."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator

import pytest

from normalizer import email
from normalizer.model import Message, Ref
from normalizer.said import Said
from tests.connectors.test_imap_sync import Mailbox
from tests.servers.dovecot import PLAIN, RICH, Dovecot

LARGE = 90_000
TOO_LONG = (
    "This message is longer than is shown here. Open it in the client's own mail program to read "
    "the rest."
)
CALENDAR = (
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//acme//es\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1\n"
    "SUMMARY:Reunión\nDTSTART:20261126T100000Z\nDTEND:20261126T110000Z\nEND:VEVENT\n"
    "END:VCALENDAR\n"
)
Shape = Callable[[str], str]
"""Makes the body of a mail, its header fields above it, around a file that hangs from it."""


def leaf(said: str, kind: str = "text/plain; charset=utf-8", *more: str) -> str:
    return "\n".join([f"Content-Type: {kind}", *more, "", said])


def coded(said: str | bytes, kind: str, *more: str) -> str:
    data = said.encode() if isinstance(said, str) else said
    return leaf(base64.encodebytes(data).decode(), kind, "Content-Transfer-Encoding: base64", *more)


def many(kind: str, *parts: str) -> str:
    mark = f"{kind}{len(parts)}x{sum(map(len, parts))}"
    inner = "".join(f"--{mark}\n{part}\n" for part in parts if part)
    return f'Content-Type: multipart/{kind}; boundary="{mark}"\n\n{inner}--{mark}--\n'


def page(said: str) -> str:
    return coded(f"<html><body>{said}</body></html>", "text/html; charset=utf-8")


def photo(disposition: str = "inline", name: str = "IMG_1.jpg", *more: str) -> str:
    return coded(
        b"\xff\xd8" * 300,
        f'image/jpeg; name="{name}"',
        f'Content-Disposition: {disposition}; filename="{name}"',
        *more,
    )


def inner(subject: str, body: str) -> str:
    return leaf(
        f"From: Bea <bea@x.example>\nDate: Mon, 2 Nov 2026 10:00:00 +0100\n"
        f"Subject: {subject}\n{body}",
        "message/rfc822",
    )


SIGNATURE = page("<p>rico</p><img src='cid:logo@x'>")
LOGO = photo("inline", "logo.jpg", "Content-ID: <logo@x>")
SHAPES: dict[str, Shape] = {
    "plain": lambda file: many("mixed", leaf("Hola, año"), file),
    "flowed": lambda file: many(
        "mixed", leaf("Hola \nqué tal", "text/plain; charset=utf-8; format=flowed"), file
    ),
    "text around a picture": lambda file: many(
        "mixed", leaf("Primero"), photo(), leaf("URGENTE: cambia al viernes"), file
    ),
    "a phone's photo above the words": lambda file: many(
        "mixed", leaf("\n\n"), file, photo(), leaf("Ponla en la web hoy\n\nEnviado desde mi iPhone")
    ),
    "plain and HTML": lambda file: many(
        "mixed", many("alternative", leaf("plano"), page("<p>rico</p>")), file
    ),
    "blank plain and HTML": lambda file: many(
        "mixed", many("alternative", leaf(" \n"), page("<p>rico</p>")), file
    ),
    "alternative within related within mixed": lambda file: many(
        "mixed", many("related", many("alternative", leaf("plano"), SIGNATURE), LOGO), file
    ),
    "related within alternative within mixed": lambda file: many(
        "mixed", many("alternative", leaf(" "), many("related", SIGNATURE, LOGO)), file
    ),
    "HTML around a file": lambda file: many(
        "alternative",
        leaf("Mira el contrato:\n\nY contesta antes del martes."),
        many("mixed", page("<p>Mira"), file, page("<p>Y contesta")),
    ),
    "an invitation": lambda file: many(
        "mixed",
        many(
            "alternative",
            leaf("Reunión"),
            coded(CALENDAR, "text/calendar; charset=utf-8; method=REQUEST"),
        ),
        coded(CALENDAR, 'application/ics; name="invite.ics"', "Content-Disposition: attachment"),
        file,
    ),
    "forwarded as an attachment": lambda file: many(
        "mixed", leaf("Te paso esto"), inner("=?utf-8?q?Dise=C3=B1o?=", leaf("Cuerpo\n")), file
    ),
    "forwarded with its own file, twice": lambda file: many(
        "mixed",
        leaf(" "),
        inner(
            "uno",
            many("mixed", many("alternative", leaf("Uno"), page("uno")), inner("dos", leaf("Dos"))),
        ),
        inner("tres", many("mixed", leaf("Tres\n\n> antes"), file)),
    ),
    "nothing but a forwarded mail": lambda file: inner("uno", many("mixed", leaf("Uno"), file)),
    "a digest": lambda file: many(
        "mixed", leaf("Van"), many("digest", "\nSubject: a\n\nUno", "\nSubject: b\n\nDos"), file
    ),
    "mails within mails without end": lambda file: inner(
        "a", inner("b", inner("c", inner("d", many("mixed", leaf("No"), file))))
    ),
    "a forwarded mail that is encoded": lambda file: many(
        "mixed", leaf("Va"), coded("Subject: a\n\nhola", "message/rfc822"), file
    ),
    "a bounce": lambda file: many(
        "report", leaf("No llegó"), inner("perdido", many("mixed", leaf("secreto"), file))
    ),
    "a picture nobody shows": lambda file: many("related", page("<p>rico</p>"), LOGO, file),
    "text files": lambda file: many(
        "mixed",
        leaf("Ahí van"),
        coded("a;b", 'text/csv; name="a.csv"', 'Content-Disposition: inline; filename="a.csv"'),
        coded("nota", 'text/plain; name="nota.txt"', "Content-Disposition: inline"),
        file,
    ),
    "a notification": lambda file: many(
        "mixed",
        many(
            "alternative",
            leaf("Ana comentó"),
            page("<a href='https://trello.com/c/AbCdEf12/1-x'>Ver</a>"),
        ),
        file,
    ),
    "a quote": lambda file: many(
        "mixed", leaf("Vale.\n\nEl 2/11/2026, Ana <a@x.example> escribió:\n> ¿Sí?"), file
    ),
}


def mail(number: int, body: str) -> bytes:
    return (
        f"From: Trello <do-not-reply@trello.com>\nTo: lola@va.example\nSubject: carta {number}\n"
        f"Message-ID: <{number}@x.example>\nDate: Mon, 2 Nov 2026 10:00:00 +0100\n"
        f"MIME-Version: 1.0\n{body}"
    ).replace("\n", "\r\n").encode()  # fmt: skip


def attached(size: int) -> str:
    return coded(
        random.Random(1).randbytes(size),
        'application/pdf; name="c.pdf"',
        'Content-Disposition: attachment; filename="c.pdf"',
    )


@pytest.fixture(params=[RICH, PLAIN], ids=["qresync", "plain"])
def mailbox(dovecot: Dovecot, request: pytest.FixtureRequest) -> Iterator[Mailbox]:
    made = Mailbox(dovecot, request.param)
    yield made
    made.connector.close()


def messages(mailbox: Mailbox, *bodies: str) -> list[Message]:
    """Deliver mails, and read what is brought of each."""
    mailbox.dovecot.deliver(mailbox.user, [mail(n, body) for n, body in enumerate(bodies)])
    mailbox.pull()
    read: dict[str, Message] = {}
    for raw in mailbox.kept.raws.values():
        (message,) = email.normalise(raw)
        assert isinstance(message, Message)
        read[message.subject] = message
    return [read[f"carta {n}"] for n in range(len(bodies))]


def words(message: Message) -> object:
    return (
        message.text,
        message.folded,
        message.invitation,
        message.notification,
        message.problem,
    )


def files(message: Message) -> list[object]:
    return [
        (file.external_id, file.name, file.media_type, file.inline) for file in message.attachments
    ]


def test_a_mail_reads_the_same_with_a_large_file_a_small_one_and_none(mailbox: Mailbox) -> None:
    sizes = (None, 60, LARGE)
    bodies = [shape("" if n is None else attached(n)) for shape in SHAPES.values() for n in sizes]
    read = messages(mailbox, *bodies)
    for at, name in enumerate(SHAPES):
        without, small, large = read[3 * at : 3 * at + 3]
        assert words(without) == words(small) == words(large), name
        assert small.problem is None, name
        assert small.text, name
        assert files(small) == files(large), name
        assert len(files(without)) >= len(files(small)) - 1, name
        for one, other in zip(small.attachments, large.attachments, strict=True):
            if one.name == "c.pdf":
                assert (one.size, (other.size or 0) - LARGE) == (60, 0), name
            elif one.media_type != "message/rfc822":
                assert one.size is not None
                assert other.size is not None
                assert 0 <= other.size - one.size <= 2, name
    told = {name: (read[3 * at + 2]) for at, name in enumerate(SHAPES)}
    photos = told["a phone's photo above the words"]
    assert photos.text == "Ponla en la web hoy"
    assert [file.name for file in photos.attachments if not file.inline] == ["c.pdf", "IMG_1.jpg"]
    assert told["an invitation"].invitation is not None
    assert told["a notification"].notification is not None
    assert "AbCdEf12" in told["a notification"].notification.link
    assert told["forwarded with its own file, twice"].text == (
        "——— Bea <bea@x.example> · 2026-11-02 09:00 UTC · uno\n\nUno\n\n"
        "——— Bea <bea@x.example> · 2026-11-02 09:00 UTC · dos\n\nDos\n\n"
        "——— Bea <bea@x.example> · 2026-11-02 09:00 UTC · tres\n\nTres"
    )
    assert told["forwarded with its own file, twice"].folded == "> antes"
    assert told["forwarded as an attachment"].attachments[0].name == "Diseño.eml"
    assert told["a bounce"].text == "No llegó"


def test_a_file_of_a_forwarded_mail_can_be_opened(mailbox: Mailbox) -> None:
    messages(mailbox, SHAPES["forwarded with its own file, twice"](attached(LARGE)))
    ((location, raw),) = mailbox.kept.raws.items()
    (message,) = email.normalise(raw)
    assert isinstance(message, Message)
    (file,) = (each for each in message.attachments if each.name == "c.pdf")
    pieces = mailbox.connector.open(Ref("mail", location), file.external_id)
    assert b"".join(pieces) == random.Random(1).randbytes(LARGE)


def test_no_byte_of_an_attachment_is_fetched_and_mails_of_a_shape_share_a_command(
    mailbox: Mailbox,
) -> None:
    body = SHAPES["alternative within related within mixed"](attached(LARGE))
    messages(mailbox, body)
    alone = mailbox.connector.requests
    (raw,) = mailbox.kept.raws.values()
    assert len(raw.payload or b"") < 1_000
    messages(mailbox, *[body] * 40)
    assert len(mailbox.kept.raws) == 41
    assert mailbox.connector.requests <= alone


def test_a_long_text_is_read_to_its_end(mailbox: Mailbox) -> None:
    style = "<style>" + "x{a:b}\n" * 12_000 + "</style>"
    long, hidden = messages(
        mailbox,
        leaf("linea de texto\n" * 6_000 + "\nFINAL IMPORTANTE\n"),
        many("alternative", page(f"{style}<p>Tras el estilo</p>")),
    )
    assert long.text.endswith("FINAL IMPORTANTE")
    assert (hidden.text, long.problem, hidden.problem) == ("Tras el estilo", None, None)


def test_what_a_limit_leaves_out_is_said(mailbox: Mailbox) -> None:
    bodies = {
        "more characters than are kept": leaf("línea de texto\n" * 8_000),
        "more bytes than are fetched": page("<style>" + "x" * 900_000 + "</style><p>Fin"),
        "more parts than are read": many("mixed", *(leaf(f"parte {n}") for n in range(50))),
        "as many, and a file": many(
            "mixed", *(leaf(f"parte {n}") for n in range(50)), attached(LARGE)
        ),
    }
    for name, message in zip(bodies, messages(mailbox, *bodies.values()), strict=True):
        assert message.problem == Said(TOO_LONG), name


def test_what_is_never_read_may_be_long_without_a_word(mailbox: Mailbox) -> None:
    body = many("alternative", leaf("plano"), page("<p>rico</p>" * 80_000))
    (message,) = messages(mailbox, body)
    assert (message.text, message.problem) == ("plano", None)


def test_a_mail_of_no_bytes_stands_where_it_came(mailbox: Mailbox) -> None:
    mailbox.dovecot.deliver(mailbox.user, [b""])
    mailbox.pull()
    (raw,) = mailbox.kept.raws.values()
    (message,) = email.normalise(raw)
    assert isinstance(message, Message)
    assert message.sent_at.year >= 2026
    assert message.problem is not None
