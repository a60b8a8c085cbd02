"""A mail is taken apart as Python's own parser takes it apart, only faster and within bounds."""

from __future__ import annotations

import email
import email.policy
import logging
import tracemalloc
from collections.abc import Callable, Iterator
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer import headers, mime
from normalizer.charset import decode
from tests.mails import make_mail

CORPUS = 600
FRAGMENTS = (
    b"--x\r\n",
    b"--x--\r\n",
    b"--x \t\n",
    b"--xy\r\n",
    b"--y\n",
    b"--y--\n",
    b"\r\n",
    b"\n",
    b"hola\r\n",
    b"Content-Type: text/html; charset=utf-8\r\n",
    b'Content-Type: multipart/alternative; boundary="y"\r\n',
    b"SG9sYQ==\r\n",
    b" continued\r\n",
    b"Subject: x\r\n",
    b"not a header\r\n",
    b"\xff\x00\xfe",
)


def _leaves(message: EmailMessage) -> list[EmailMessage]:
    """Return the leaves as IMAP counts them: a mail inside a mail is one."""
    if message.get_content_maintype() == "multipart" and isinstance(message.get_payload(), list):
        return [leaf for part in message.iter_parts() for leaf in _leaves(part)]  # type: ignore[arg-type]  # typeshed says Message; policy.default makes EmailMessage
    return [message]


def _standard(mail: bytes) -> EmailMessage:
    return email.message_from_bytes(mail, policy=email.policy.default)


def _text(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


@pytest.fixture
def quiet() -> Iterator[None]:
    """Let the standard library keep its remarks for the length of a test."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("first", range(0, CORPUS, 50))
def test_it_agrees_with_the_standard_library_on_every_well_formed_mail(first: int) -> None:
    for seed in range(first, first + 50):
        mail = make_mail(seed)
        theirs = _standard(mail)
        fields, parts = mime.take_apart(mail)

        assert headers.unstructured(fields.first(b"subject")) == str(theirs["subject"])
        for name in ("from", "to", "cc"):
            field = theirs[name]
            addresses = field.addresses if field else ()
            assert headers.people(fields.every(name.encode())) == [
                (each.display_name, each.addr_spec) for each in addresses
            ]
        assert headers.date(fields.first(b"date")) == theirs["date"].datetime
        assert headers.ids(fields.every(b"message-id")) == [str(theirs["message-id"])[1:-1]]
        assert [f"<{each}>" for each in headers.ids(fields.every(b"references"))] == str(
            theirs["references"] or ""
        ).split()

        leaves = _leaves(theirs)
        assert [part.type for part in parts] == [leaf.get_content_type() for leaf in leaves]
        for part, leaf in zip(parts, leaves, strict=True):
            body = leaf.get_payload(decode=True)
            assert isinstance(body, bytes)
            assert _text(part.body()) == _text(body)
            assert part.name == (leaf.get_filename() or "")
            assert part.disposition == (leaf.get_content_disposition() or "")
            if part.encoding == "base64":
                assert part.size() == len(body)
            if part.type.startswith("text/"):
                charset = part.parameters.get("charset", "")
                assert decode(part.body(), charset) == body.decode(charset or "ascii")


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25))
def test_it_loses_no_part_of_malformed_mail(fragments: list[bytes]) -> None:
    mail = b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n' + b"".join(fragments)
    _, parts = mime.take_apart(mail)
    ours = [_text(part.body()) for part in parts]
    for leaf in _leaves(_standard(mail)):
        theirs = leaf.get_payload(decode=True)
        if isinstance(theirs, bytes):
            assert any(_text(theirs).strip() in body for body in ours)


@given(st.binary(max_size=400))
def test_no_bytes_raise(mail: bytes) -> None:
    fields, parts = mime.take_apart(mail)
    for part in parts:
        part.body()
        assert (part.size() or 0) >= 0
    headers.people(fields.every(b"from"))


def test_parts_are_numbered_as_imap_numbers_them() -> None:
    mail = (
        b'Content-Type: multipart/mixed; boundary="x"\n\n--x\n'
        b'Content-Type: multipart/alternative; boundary="y"\n\n--y\n\none\n--y\n\ntwo\n--y--\n'
        b"--x\nContent-Type: message/rfc822\n\nSubject: inner\n\nthree\n--x--\n"
    )
    _, parts = mime.take_apart(mail)
    assert [(part.id, part.type) for part in parts] == [
        ("1.1", "text/plain"),
        ("1.2", "text/plain"),
        ("2", "message/rfc822"),
        ("2.1", "text/plain"),
    ]
    assert [part.id for part in mime.take_apart(b"Subject: x\n\nbody")[1]] == ["1"]


def test_a_boundary_that_begins_another_is_not_taken_for_it() -> None:
    mail = (
        b"Content-Type: multipart/mixed; boundary=a\n\n--a\n"
        b"Content-Type: multipart/mixed; boundary=ab\n\n--ab\n\none\n--ab\n\ntwo --a\n--ab--\n"
        b"--a\n\nthree\n--a--\nepilogue\n--a\n\nfour"
    )
    assert [part.body() for part in mime.take_apart(mail)[1]] == [b"one", b"two --a", b"three"]


def test_a_last_part_without_an_end_goes_to_the_end() -> None:
    mail = b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a\n\ntwo\nmore"
    assert [part.body() for part in mime.take_apart(mail)[1]] == [b"one", b"two\nmore"]


def test_a_multipart_without_parts_is_shown_as_text() -> None:
    for kind in (b"multipart/mixed; boundary=a", b"multipart/mixed", b"multipart/x; boundary="):
        (part,) = mime.take_apart(b"Content-Type: " + kind + b"\n\nhola")[1]
        assert (part.type, part.body()) == ("text/plain", b"hola")


def _bomb(parts: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * parts + b"--a--\n"


def _nested(levels: int) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level)
        for level in range(levels)
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: _bomb(10_000),
        lambda: _bomb(200_000),
        lambda: _nested(1_000),
        lambda: _nested(50),
        lambda: b"x" * (200 << 20),
    ],
)
def test_a_bomb_is_refused_in_little_memory(make: Callable[[], bytes]) -> None:
    mail = make()
    tracemalloc.start()
    try:
        with pytest.raises(mime.RefusedMailError):
            mime.take_apart(mail)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_what_people_really_send_is_not_refused() -> None:
    assert len(mime.take_apart(_bomb(300))[1]) == 300
    assert mime.take_apart(_nested(30))[1]


@pytest.mark.parametrize(
    ("body", "encoding", "data"),
    [
        (b"SG9sYQ==", "base64", b"Hola"),
        (b"SG9sYQ", "base64", b"Hola"),
        (b"SG9s\r\nYQ=", "base64", b"Hola"),
        (b"SG9sYQ==\r\n-- \r\nlist footer", "base64", b"Hola"),
        (b"SG9sYQ!", "base64", b"Hola"),
        (b"A", "base64", b"A"),
        (b"ma=C3=B1ana=\r\n", "quoted-printable", b"ma\xc3\xb1ana"),
        (b"100=%", "quoted-printable", b"100=%"),
        (b"hola", "x-unknown", b"hola"),
    ],
)
def test_a_damaged_encoding_gives_what_it_can(body: bytes, encoding: str, data: bytes) -> None:
    assert mime.decode_transfer(body, encoding) == data


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "unit",
    [
        b"a",
        b":",
        b" ",
        b"x: y\n",
        b"x:\n ",
        b"--a",
        b"--a\n",
        b'"',
        b"\\",
        b";",
        b"a=",
        b'="\\"',
        b"(",
    ],
)
def test_no_header_or_boundary_is_slow(unit: bytes) -> None:
    long = unit * (200_000 // len(unit))
    for name in (b"Content-Type: multipart/mixed; boundary=a;", b"From: ", b"Subject: ", b"X"):
        fields, parts = mime.take_apart(name + long + b"\n\n" + long)
        headers.people(fields.every(b"from"))
        headers.unstructured(fields.first(b"subject"))
        assert parts
