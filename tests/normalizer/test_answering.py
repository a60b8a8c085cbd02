"""The answer to a mail: whom it goes to, what it is called, and nothing of a stranger's in it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer import answering, email, outgoing, subject
from normalizer.actions import Mail
from normalizer.answering import MOST_IDS, MOST_PEOPLE, UnanswerableError, by_machine
from normalizer.model import Message, Ref
from normalizer.raw import Raw

LOLA, ANA = "lola@acme.example", "ana@acme.example"
AT = datetime(2026, 11, 23, 10, 5, tzinfo=UTC)


def answered(
    head: bytes, said: str = "¿Cómo va?", *, senders: tuple[str, ...] = (f"Lola Ruiz <{LOLA}>",),
    language: str = "es", words: str = "Va bien.", to_all: bool = False,
) -> Mail:  # fmt: skip
    return answering.answer(
        head + b"\r\n\r\ntext\r\n", said, action=uuid.UUID(int=7), ref=Ref("mail", "x"),
        words=words, mine={LOLA}, senders=senders, written_at=AT, language=language, to_all=to_all,
    )  # fmt: skip


def read(mail: Mail) -> EmailMessage:
    """Read the mail as another program would."""
    return message_from_bytes(outgoing.spelled(mail, AT), policy=policy.default)


FROM = f"From: Ana <{ANA}>\r\n".encode()


@pytest.mark.parametrize(
    ("head", "to"),
    [
        (FROM, [ANA]),
        (FROM + b"Reply-To: Bea <bea@acme.example>, c@acme.example", ["bea@acme.example",
                                                                      "c@acme.example"]),
        (FROM + b"Reply-To: Lola@ACME.example", [ANA]),
        (FROM + b"Reply-To: undisclosed;", [ANA]),
        (FROM + b"Reply-To: list@l.example\r\nTo: list@l.example\r\nList-Id: <l.example>", [ANA]),
        (b"From: Ana via L <list@l.example>\r\nReply-To: " + ANA.encode() +
         b"\r\nList-Post: <mailto:list@l.example>", [ANA]),
        (b"From: x@m\xc3\xbcller.example", ["x@xn--mller-kva.example"]),
    ],
    ids=["author", "where asked", "not herself", "nonsense", "on a list", "rewritten by a list",
         "a name of another script"],
)  # fmt: skip
def test_it_goes_to_whoever_asked_for_it_else_to_the_author_and_never_to_a_list_or_herself(
    head: bytes, to: list[str]
) -> None:
    assert [answering.address_of(one) for one in answered(head).to] == to


BEA = b"Bea <bea@acme.example>"


@pytest.mark.parametrize(
    ("head", "to", "cc"),
    [
        (FROM + b"To: lola@acme.example, " + BEA, [ANA], ["bea@acme.example"]),
        (FROM + b"To: " + BEA + b"\r\nCc: BEA@acme.example, B <bea@acme.example>, Ana@acme.EXAMPLE",
         [ANA], ["bea@acme.example"]),
        (FROM + b"Reply-To: c@acme.example\r\nCc: c@acme.example, " + BEA, ["c@acme.example"],
         ["bea@acme.example"]),
        (FROM + b"To: team: " + BEA + b", d@acme.example;\r\nCc: undisclosed-recipients:;", [ANA],
         ["bea@acme.example", "d@acme.example"]),
        (FROM + b"To: list@l.example\r\nList-Id: <l.example>\r\nCc: " + BEA, [ANA],
         ["list@l.example", "bea@acme.example"]),
        (FROM + b"Bcc: secret@x.example\r\nResent-To: r@x.example\r\nTo: " + BEA, [ANA],
         ["bea@acme.example"]),
        (FROM + b'Cc: "eva@x.example" <bea@acme.example>, <no address>, x@m\xc3\xbcller.example',
         [ANA], ["bea@acme.example", "x@xn--mller-kva.example"]),
        (FROM, [ANA], []),
    ],
    ids=["all but herself", "each once", "where asked", "a group", "a list and its author",
         "nobody hidden", "no name is an address", "nobody else"],
)  # fmt: skip
def test_to_all_is_everybody_who_was_addressed_each_once_and_never_herself(
    head: bytes, to: list[str], cc: list[str]
) -> None:
    mail = answered(head, to_all=True)
    assert [answering.address_of(one) for one in mail.to] == to
    assert [answering.address_of(one) for one in mail.cc] == cc
    assert outgoing.envelope(mail) == (LOLA, (*to, *cc))
    back = read(mail)
    assert back["Bcc"] is None
    assert [one.addr_spec for one in back["Cc"].addresses] == cc if cc else back["Cc"] is None
    assert answered(head).cc == ()


def test_none_of_her_own_addresses_has_a_copy_though_it_is_new_here() -> None:
    both = (f"Lola <{LOLA}>", "Lola <Ventas@acme.example>")
    head = FROM + b"To: ventas@acme.example, " + BEA + f"\r\nCc: {LOLA}".encode()
    mail = answered(head, senders=both, to_all=True)
    assert mail.cc == ("Bea <bea@acme.example>",)


def test_more_people_than_a_mail_may_go_to_are_too_many_and_that_is_said() -> None:
    def head(count: int) -> bytes:
        people = (f"Añada Núñez {n} <p{n}@acme.example>" for n in range(count))
        return FROM + b"To: " + ", ".join(people).encode()

    mail = answered(head(MOST_PEOPLE - 1), to_all=True)
    back = read(mail)
    assert len(outgoing.envelope(mail)[1]) == MOST_PEOPLE
    assert [(one.display_name, one.addr_spec) for one in back["Cc"].addresses] == [
        (f"Añada Núñez {n}", f"p{n}@acme.example") for n in range(MOST_PEOPLE - 1)
    ]
    assert max(map(len, outgoing.spelled(mail, AT).split(b"\r\n"))) < 998
    for count in (MOST_PEOPLE, 3 * MOST_PEOPLE):
        with pytest.raises(UnanswerableError, match=f"more than {MOST_PEOPLE}"):
            answered(head(count), to_all=True)
    many = b"From: x@x.example\r\nReply-To: " + head(MOST_PEOPLE + 1).partition(b"To: ")[2]
    with pytest.raises(UnanswerableError, match="101 people"):
        answered(many)


@pytest.mark.parametrize(
    "head",
    [
        b"Subject: x", f"From: {LOLA}".encode(), b"From: Ana <>", b"From: \xf1@x.example",
        # What the standard library makes "strasse.example" of, which is somebody else's.
        "From: ana@straße.example".encode(), "From: ana@βόλος.example".encode(),
        "From: ana@क्\u200dष.example".encode(),
    ],
)  # fmt: skip
def test_where_nobody_can_be_answered_that_is_said(head: bytes) -> None:
    with pytest.raises(UnanswerableError):
        answered(head)


def test_she_writes_as_whom_they_wrote_to() -> None:
    both = (f"Lola <{LOLA}>", "Lola <ventas@acme.example>")
    assert answered(FROM + b"To: Ventas@acme.example", senders=both).sender == both[1]
    assert answered(FROM + b"To: other@x.example", senders=both).sender == both[0]
    with pytest.raises(UnanswerableError):
        answered(FROM, senders=())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Web", "Re: Web"),
        ("Re: Web", "Re: Web"),
        ("RE: Re[2]: Resp: AW: Web", "Re: Web"),
        ("Fwd: Web", "Re: Fwd: Web"),
        ("Re: RV: Web", "Re: RV: Web"),
        ("[web] Re: Hola", "Re: [web] Hola"),
        ("Real: sí", "Re: Real: sí"),
        ("", "Re:"),
    ],
)
def test_the_subject_says_once_that_it_answers(before: str, after: str) -> None:
    assert subject.answering(before) == after


def test_the_thread_is_named_from_its_root_to_the_mail_that_is_answered() -> None:
    chain = b" ".join(b"<%d@x.example>" % one for one in range(60))
    mail = answered(FROM + b"Message-ID: <last@x.example>\r\nReferences: " + chain)
    assert mail.in_reply_to == mail.references[-1] == "last@x.example"
    assert mail.references[0] == "0@x.example"
    assert len(mail.references) == MOST_IDS
    only = answered(FROM + b"Message-ID: <b@x>\r\nIn-Reply-To: <a@x>")
    assert only.references == ("a@x", "b@x")
    assert answered(FROM).references == ()


def test_an_id_longer_than_a_line_is_left_as_it_is() -> None:
    name = "A" * 120 + "@eurprd04.prod.outlook.com"
    mail = answered(FROM + f"Message-ID: <{name}>".encode())
    raw = outgoing.spelled(mail, AT)
    assert f"In-Reply-To: <{name}>\r\n".encode() in raw
    assert f"References: <{name}>\r\n".encode() in raw


@pytest.mark.parametrize("language", ["es", "en"])
def test_what_is_quoted_is_folded_away_when_it_comes_back(language: str) -> None:
    mail = answered(FROM, "¿Cómo va?\n> antes\n\nAna", language=language, words="Va bien.\r\nOk")
    assert mail.quoted.endswith("\n> ¿Cómo va?\n>> antes\n>\n> Ana")
    raw = Raw(stream="mail", external_id="s;1;1", payload=outgoing.spelled(mail, AT))
    (back,) = email.normalise(raw)
    assert isinstance(back, Message)
    assert back.text == "Va bien.\nOk"
    assert back.folded == mail.quoted


def test_of_a_long_mail_the_begin_is_quoted() -> None:
    mail = answered(FROM, "palabra " * 50_000)
    assert len(mail.quoted) < 21_000
    assert mail.quoted.endswith("[…]")


@pytest.mark.parametrize(
    ("head", "machine"),
    [
        (b"Auto-Submitted: auto-replied", True),
        (b"Return-Path: <>", True),
        (b"Auto-Submitted: no\r\nReturn-Path: <a@x>", False),
        (b"List-Id: <l.example>", False),
    ],
)
def test_what_nobody_wrote_is_told_from_what_came_by_a_list(head: bytes, machine: bool) -> None:
    assert by_machine(head + b"\r\n\r\n") is machine


HOSTILE = st.text(max_size=60) | st.sampled_from([
    "x\r\nBcc: eva@x.example", "a\nb", "\x00\x1b]0;x\x07", '"', '", <eva@x.example>', "Pérez, Ana",
    "=?utf-8?q?a=0D=0ABcc:_eva@x.example?=", "a;b:c", "\ud800", "⧼202E⧽", "(", "x" * 3000, "<",
    "\\", "=?utf-8?b?DQpCY2M6IGV2YUB4LmV4YW1wbGU=?=", "ana@acme.example",
    "\u2028Bcc: eva@x.example",
])  # fmt: skip
HEADERS = ["Message-ID", "From", "To", "Subject", "Date", "Content-Type",
           "Content-Transfer-Encoding", "MIME-Version"]  # fmt: skip


@given(st.tuples(*[HOSTILE] * 6))
def test_whatever_a_stranger_writes_no_line_of_it_becomes_one_of_ours(
    hostile: tuple[str, ...],
) -> None:
    name, title, ident, said, words, asked = hostile
    head = (
        f"From: {name} <{ANA}>\r\nReply-To: {asked}\r\nSubject: {title}\r\nMessage-ID: <{ident}>"
    ).encode("utf-8", "surrogatepass")
    try:
        mail = answered(head, said, words=words)
    except UnanswerableError:
        return
    back = read(mail)
    extra = {"In-Reply-To", "References"} & set(back.keys())
    assert sorted(back.keys()) == sorted([*HEADERS, *extra])
    shown = [address.addr_spec for address in back["To"].addresses]
    assert shown == [answering.address_of(one) for one in mail.to]
    assert tuple(shown) == outgoing.envelope(mail)[1]
    assert [one.addr_spec for one in back["From"].addresses] == [LOLA]
    assert back["Message-ID"] == f"<{mail.message_id}>"
    assert str(back["Subject"]).split() == mail.subject.split()
    assert back.get_content().replace("\r\n", "\n").startswith(mail.text)
    assert max(map(len, outgoing.spelled(mail, AT).split(b"\r\n"))) < 998


@pytest.mark.parametrize(
    "change",
    [
        {"to": ("Ana <ana@x>\r\nBcc: e@x>",)},
        {"to": ()},
        {"sender": "nobody"},
        {"message_id": "a@x>\r\nBcc: e@x"},
        {"message_id": ""},
        {"in_reply_to": "a b"},
        {"references": ("a\n",)},
        {"subject": "a\r\nBcc: e@x"},
    ],
)
def test_a_mail_that_was_not_made_here_is_not_spelled(change: dict[str, object]) -> None:
    mail = replace(answered(FROM), **change)  # type: ignore[arg-type]
    with pytest.raises(ValueError):  # noqa: PT011  # whoever sends it says what is wrong
        (outgoing.envelope(mail), outgoing.spelled(mail, AT))
