"""A mail with files as it leaves: byte for byte, the same each time, and no name is a path."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer import email, outgoing
from normalizer.actions import Enclosure, Mail
from normalizer.model import Message, Ref
from normalizer.raw import Raw
from normalizer.text import file_name

AT = datetime(2026, 11, 23, 10, 5, tzinfo=UTC)
QUOTED = "El 22/11/2026 a las 09:00, Ana escribió:\n> ¿Va?"


def file(content: bytes, name: str = "plan.pdf", kind: str = "application/pdf") -> Enclosure:
    return Enclosure(
        name=name, media_type=kind, sha256=hashlib.sha256(content).hexdigest(), size=len(content),
        content=content,
    )  # fmt: skip


def mail(*files: Enclosure, text: str = "Va adjunto.") -> Mail:
    return Mail(
        ref=Ref("mail", "x"), id=uuid.UUID(int=7), sender="Lola <lola@acme.example>",
        to=("Ana <ana@acme.example>",), subject="Re: Web", text=text, quoted=QUOTED,
        message_id="7@acme.example", in_reply_to="6@acme.example", references=("6@acme.example",),
        files=files,
    )  # fmt: skip


def read(one: Mail) -> EmailMessage:
    """Read it as another program would, which must find nothing to mend."""
    back = message_from_bytes(outgoing.spelled(one, AT), policy=policy.default)
    assert [part.defects for part in back.walk()] == [[] for _ in back.walk()]
    return back


def enclosed(one: Mail) -> list[tuple[str | None, bytes]]:
    found = []
    for part in read(one).iter_attachments():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found.append((part.get_filename(), content))
    return found


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=3), st.text(max_size=200))
def test_whatever_is_in_files_and_in_her_words_arrives_as_it_was(
    contents: list[bytes], words: str
) -> None:
    text = words.replace("\r", "").encode("utf-8", "replace").decode()
    one = mail(*(file(content, f"{n}.bin") for n, content in enumerate(contents)), text=text)
    assert enclosed(one) == [(f"{n}.bin", content) for n, content in enumerate(contents)]
    assert max(map(len, outgoing.spelled(one, AT).split(b"\r\n"))) < 998
    assert outgoing.spelled(one, AT).count(b"\n") == outgoing.spelled(one, AT).count(b"\r\n")


@given(
    st.text(max_size=400)
    | st.sampled_from([
        "../../etc/passwd", "C:\\Users\\lola\\plan.pdf", 'a"; filename=b', "x\r\nBcc: e@x.example",
        "año.pdf", "=?utf-8?q?x?=", "", "..", "/", "a" * 300 + ".pdf", "plan\u202efdp.exe", "'",
        "%41",
        "\U0001f4ce plan.pdf", "a\x00b", "\ud800", "UTF-8''x", ".bashrc",
    ])
)  # fmt: skip
def test_a_name_is_never_a_path_and_its_header_is_one(name: str) -> None:
    one = mail(file(b"x", name))
    back = read(one)
    (part,) = back.iter_attachments()
    shown = part.get_filename()
    assert shown == (file_name(name) or "file")
    assert not {"/", "\\", "\r", "\n", "\0"} & set(shown)
    assert part.get_content_disposition() == "attachment"
    assert sorted(part.keys()) == [
        "Content-Disposition", "Content-Transfer-Encoding", "Content-Type",
    ]  # fmt: skip
    assert back["Bcc"] is None


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("text/csv", "text/csv"),
        ("IMAGE/PNG", "image/png"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", None),
        ("message/rfc822", "application/octet-stream"),
        ("multipart/mixed", "application/octet-stream"),
        ("text/html; charset=x\r\nBcc: e@x", "application/octet-stream"),
        ("nonsense", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_a_kind_that_is_none_or_could_not_go_as_it_is_becomes_any(
    kind: str, sent: str | None
) -> None:
    (part,) = read(mail(file(b"x", kind=kind))).iter_attachments()
    assert part["Content-Type"] == (sent or kind)


def test_text_keeps_its_line_ends_and_its_signs() -> None:
    content = b"uno\ndos\rtres\r\n.\r\n\xf1\n"
    assert enclosed(mail(file(content, "a.txt", "text/plain"))) == [("a.txt", content)]


def test_the_same_mail_at_the_same_moment_is_the_same_bytes() -> None:
    one = mail(file(b"uno"), file(b"dos", "b.pdf"))
    assert outgoing.spelled(one, AT) == outgoing.spelled(replace(one), AT)
    assert read(one)["Message-ID"] == "<7@acme.example>"
    assert read(one)["References"] == "<6@acme.example>"


def test_what_looks_like_a_boundary_is_none() -> None:
    whole = outgoing.spelled(mail(file(b"x")), AT)
    boundary = whole.partition(b'boundary="')[2].partition(b'"')[0]
    fake = b"\r\n--" + boundary + b"\r\n\r\nfalse\r\n--" + boundary + b"--\r\n"
    one = replace(mail(file(b"x")), text=fake.decode())
    assert outgoing.spelled(one, AT).count(b"\r\n--" + boundary) == 3
    assert enclosed(one) == [("plan.pdf", b"x")]


def test_our_own_reader_finds_words_and_files_again() -> None:
    raw = Raw(
        stream="mail", external_id="s;1;1",
        payload=outgoing.spelled(mail(file(b"x" * 999, "año 2026.pdf")), AT),
    )  # fmt: skip
    (back,) = email.normalise(raw)
    assert isinstance(back, Message)
    assert (back.text, back.folded) == ("Va adjunto.", QUOTED)
    assert [(one.name, one.media_type) for one in back.attachments] == [
        ("año 2026.pdf", "application/pdf")
    ]


def test_a_file_without_its_content_is_not_spelled() -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # whoever sends it says what is wrong
        outgoing.spelled(mail(replace(file(b"x"), content=None)), AT)
