"""What is read of a mail and what hangs from it: pictures, files, forwarded mails, and limits."""

from __future__ import annotations

import pytest

from normalizer import body, mime, text
from normalizer.model import Attachment

PICTURE = b"\xff\xd8"
TEXT = b"Content-Type: text/plain\r\n\r\nHola"
PAGE = b"Content-Type: text/html\r\n\r\n<p>Hola<img src='cid:Logo%40x'>"


def mixed(*parts: bytes, kind: bytes = b"mixed") -> bytes:
    inner = b"".join(b"--" + kind + b"\r\n" + part + b"\r\n" for part in parts)
    head = b"Content-Type: multipart/%b; boundary=%b\r\n\r\n" % (kind, kind)
    return head + inner + b"--" + kind + b"--"


def file(
    kind: bytes, disposition: bytes = b"", name: bytes = b"", content_id: bytes = b""
) -> bytes:
    lines = [b"Content-Type: " + kind + (b"; name=" + name if name else b"")]
    if disposition:
        lines.append(b"Content-Disposition: " + disposition)
    if content_id:
        lines.append(b"Content-ID: <" + content_id + b">")
    return b"\r\n".join([*lines, b"", PICTURE])


def forwarded(subject: bytes, inner: bytes) -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\nSubject: " + subject + b"\r\n" + inner


def read(mail: bytes) -> body.Body:
    return body.read(mime.take_apart(mail)[1])


def only_file(mail: bytes) -> Attachment:
    (attachment,) = read(mail).attachments
    return attachment


class TestPictures:
    @pytest.mark.parametrize(
        "picture",
        [
            file(b"image/jpeg", b"inline", b"IMG_1.jpg"),
            file(b"image/jpeg", b"inline", b"IMG_1.jpg", b"uncalled@x"),
            file(b"image/jpeg", b"", b"IMG_1.jpg"),
            file(b"image/jpeg", b"attachment", b"IMG_1.jpg", b"Logo@x"),
        ],
    )
    def test_a_photo_that_no_text_shows_is_a_file(self, picture: bytes) -> None:
        attachment = only_file(mixed(PAGE, picture))
        assert (attachment.name, attachment.inline) == ("IMG_1.jpg", False)

    def test_a_photo_beside_plain_text_is_a_file_whatever_holds_both(self) -> None:
        picture = file(b"image/jpeg", b"inline", b"IMG_1.jpg", b"Logo@x")
        assert not only_file(mixed(TEXT, picture, kind=b"related")).inline

    @pytest.mark.parametrize("kind", [b"related", b"mixed"])
    def test_a_picture_that_the_html_calls_is_part_of_it(self, kind: bytes) -> None:
        picture = file(b"image/png", b"inline", b"logo.png", b"Logo@x")
        assert only_file(mixed(PAGE, picture, kind=kind)).inline

    def test_a_picture_without_an_id_within_related_is_part_of_the_text(self) -> None:
        assert only_file(mixed(PAGE, file(b"image/png", b"", b"a.png"), kind=b"related")).inline

    @pytest.mark.parametrize("kind", [b"text/csv", b"text/plain", b"text/html", b"text/calendar"])
    def test_a_text_file_sent_as_inline_is_a_file(self, kind: bytes) -> None:
        attachment = only_file(mixed(TEXT, file(kind, b"inline", b"a.txt")))
        assert (attachment.name, attachment.inline) == ("a.txt", False)

    @pytest.mark.parametrize("kind", [b"text/x-amp-html", b"application/pgp-signature"])
    def test_what_nobody_attached_is_no_file(self, kind: bytes) -> None:
        assert only_file(mixed(TEXT, file(kind))).inline


class TestForwarded:
    def test_its_words_stand_below_a_line_that_says_whose_they_are(self) -> None:
        mail = forwarded(
            b"=?utf-8?q?Dise=C3=B1o?=\r\nFrom: \x1b[2J Bea <b@x.example>\r\n"
            b"Date: Mon, 2 Nov 2026 10:00:00 +0100",
            b"\r\nCuerpo\r\n-- \r\nBea",
        )
        found = read(mixed(TEXT, mail))
        assert found.text == "Hola"
        assert found.forwarded == (
            "——— ␛[2J Bea <b@x.example> · 2026-11-02 09:00 UTC · Diseño\n\nCuerpo"
        )
        assert found.folded == "--\nBea"
        assert [(each.name, each.external_id) for each in found.attachments] == [
            ("Diseño.eml", "2")
        ]

    def test_mails_within_mails_are_read_three_deep(self) -> None:
        mail = b"\r\nhondo"
        for level in (b"cuatro", b"tres", b"dos", b"uno"):
            mail = forwarded(level, mail)
        found = read(mail)
        assert [line for line in found.forwarded.split("\n") if line] == [
            "——— uno",
            "——— dos",
            "——— tres",
        ]
        assert [each.name for each in found.attachments] == [
            "uno.eml",
            "dos.eml",
            "tres.eml",
            "cuatro.eml",
        ]

    def test_what_a_report_of_delivery_returns_is_not_read_again(self) -> None:
        found = read(mixed(TEXT, forwarded(b"perdido", b"\r\nlo mio"), kind=b"report"))
        assert (found.forwarded, found.attachments[0].name) == ("", "perdido.eml")

    @pytest.mark.parametrize(
        "bomb",
        [
            mixed(*[TEXT] * 600, kind=b"b"),
            b"".join(
                b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n--%b\r\n" % ((b"b%d" % n,) * 2)
                for n in range(60)
            ),
        ],
        ids=["parts", "levels"],
    )
    def test_one_that_is_built_to_hurt_costs_itself_alone(self, bomb: bytes) -> None:
        found = read(mixed(TEXT, forwarded(b"boom", bomb)))
        assert (found.text, found.attachments[0].name) == ("Hola", "boom.eml")

    def test_five_hundred_of_them_are_read_as_far_as_there_is_room(self) -> None:
        found = read(mixed(*[forwarded(b"x", b"\r\n" + b"hola " * 1_000)] * 400))
        assert len(found.forwarded) < text.BLOCK + 10_000
        assert found.problem is not None


class TestLimits:
    @pytest.mark.parametrize(
        ("said", "is_long"),
        [
            ("x" * (text.BLOCK - 1), False),
            ("x" * text.BLOCK, False),
            ("x" * (text.BLOCK + 1), True),
            ("x" * (text.BLOCK - 1) + "…", False),
            ("x" * text.BLOCK + "…", True),
            ("sigue…", False),
            ("\x00\x01" * (text.BLOCK // 4), False),
            ("⧼x" * (text.BLOCK // 4), True),
        ],
    )
    def test_a_text_that_is_cut_is_told_from_one_that_fits(self, said: str, is_long: bool) -> None:
        assert (read(b"\r\n" + said.encode()).problem is not None) == is_long

    def test_the_twentieth_text_is_the_last_and_that_is_said(self) -> None:
        assert read(mixed(*[TEXT] * 20)).problem is None
        found = read(mixed(*[TEXT] * 21))
        assert (found.text.count("Hola"), found.problem is None) == (20, False)

    @pytest.mark.parametrize("kind", [b"application/ms-tnef", b"application/vnd.ms-tnef"])
    def test_words_that_only_outlook_can_read_are_said_to_be_there(self, kind: bytes) -> None:
        sealed = file(kind, b"attachment", b"winmail.dat")
        blank = b"Content-Type: text/plain\r\n\r\n "
        problem = read(mixed(blank, sealed)).problem
        assert problem is not None
        assert "winmail.dat" in problem.text()
        assert read(mixed(TEXT, sealed)).problem is None
