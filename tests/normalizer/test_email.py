"""One mail becomes one message, whatever its bytes."""

from __future__ import annotations

import json
import socket
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer import email, headers
from normalizer.model import Attachment, Direction, Message, Notification, Person, Thread
from normalizer.raw import Raw, canonical
from normalizer.said import Said
from tests.mails import make_mail, make_raw, message_id, sent_at

HEAD = {
    "From": "Ana <ana@acme.example>",
    "To": "Lola <lola@va.example>",
    "Subject": "Logo",
    "Date": "Mon, 2 Nov 2026 10:00:00 +0100",
    "Message-ID": "<1@acme.example>",
}
MULTIPART = "multipart/alternative; boundary=a"
LEAF = {"id", "type", "held", "size", "name", "places", "within", "cut", "content_id", "encoding"}


def raw(body: str | bytes = "Hola\r\n", meta: dict[str, Any] | None = None, **head: str) -> Raw:
    """Make a mail; a header is named with "_" for "-", and left out where it is ""."""
    fields = HEAD | {name.replace("_", "-"): value for name, value in head.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    body = body.encode() if isinstance(body, str) else body
    payload = lines.encode("utf-8", "surrogateescape") + b"\r\n" + body
    return Raw(
        stream="mail",
        external_id="INBOX/1/1",
        payload=payload,
        meta=canonical({"folder": "INBOX", "flags": [], "size": len(payload), **(meta or {})}),
    )


def only(given_: Raw) -> Message:
    (message,) = email.normalise(given_)
    assert isinstance(message, Message)
    return message


def test_a_mail_becomes_a_message() -> None:
    message = only(raw(meta={"flags": ["\\Flagged"]}))
    assert message == Message(
        ref=message.ref,
        author=Person("Ana", "ana@acme.example"),
        sent_at=datetime(2026, 11, 2, 9, tzinfo=UTC),
        text="Hola",
        subject="Logo",
        to=(Person("Lola", "lola@va.example"),),
        unread=True,
        flagged=True,
        container="INBOX",
        thread=Thread(message_id="1@acme.example", subject="logo"),
    )


def test_a_patch_and_a_deletion_hold_no_mail() -> None:
    assert list(email.normalise(replace(raw(), payload=None))) == []
    assert list(email.normalise(replace(raw(), deleted=True))) == []
    assert list(email.normalise(replace(raw(), stream="card"))) == []


@pytest.mark.parametrize("first", range(0, 300, 100))
def test_every_synthetic_mail_is_read_whole(first: int) -> None:
    for seed in range(first, first + 100):
        message = only(make_raw(seed))
        assert message.problem is None
        assert message.sent_at == sent_at(seed)
        assert message.text
        assert "�" not in message.text
        assert not message.text.startswith("> ")
        assert bool(message.folded) == bool(seed % 5 and seed % 5 != 4) or seed % 5 == 4
        assert message.thread is not None
        assert message.thread.message_id == message_id(seed)
        assert message.thread.references == tuple(
            message_id(each) for each in range(seed - seed % 5, seed)
        )
        assert message.thread.reply == bool(seed % 5)
        assert (message.invitation is not None) == (seed % 20 == 14)
        assert message.automatic == (seed % 20 == 10)


class TestIdentity:
    def test_copies_of_a_mail_share_it(self) -> None:
        one = only(raw(meta={"folder": "INBOX", "flags": ["\\Seen"]}))
        other = only(replace(raw(meta={"folder": "Archivo"}), external_id="Archivo/7/99"))
        assert one.ref == other.ref

    def test_folding_of_a_header_does_not_change_it(self) -> None:
        assert only(raw(Subject="a b")).ref == only(raw(Subject="a\r\n b")).ref

    @pytest.mark.parametrize(
        "head", [{"Subject": "x"}, {"Date": "x"}, {"From": "x@y.example"}, {"Message_ID": "<2@x>"}]
    )
    def test_mails_that_repeat_a_message_id_are_still_two(self, head: dict[str, str]) -> None:
        assert only(raw("Hola\r\n", None, **head)).ref != only(raw()).ref

    def test_the_size_of_the_body_tells_mails_apart(self) -> None:
        assert only(raw("Pedido 9")).ref != only(raw("Pedido 10")).ref
        assert only(raw(meta={"size": 1001})).ref != only(raw(meta={"size": 1002})).ref

    def test_what_servers_on_the_way_wrote_does_not_change_it(self) -> None:
        by_another_way = only(raw(Received="from mx.example by ventas.example", X_Spam="no"))
        assert by_another_way.ref == only(raw()).ref

    def test_without_a_message_id_the_whole_header_names_it(self) -> None:
        one, other = raw(Message_ID="", X_Draft="1"), raw(Message_ID="", X_Draft="2")
        assert only(one).ref != only(other).ref
        assert only(one).ref == only(replace(one, external_id="other/1/1")).ref

    def test_without_a_header_its_place_names_it(self) -> None:
        empty = Raw(stream="mail", external_id="INBOX/1/1", payload=b"")
        assert only(empty).ref != only(replace(empty, external_id="INBOX/1/2")).ref

    @pytest.mark.parametrize("name", [b"Message-ID: ", b"X-Nothing: "])
    def test_a_large_mail_has_the_same_as_if_it_had_come_whole(self, name: bytes) -> None:
        whole = make_raw(3)
        assert whole.payload is not None
        whole = replace(whole, payload=whole.payload.replace(b"Message-ID: ", name))
        assert whole.payload is not None
        header = whole.payload.index(b"\r\n\r\n") + 4
        cut = replace(
            whole,
            payload=whole.payload[:header] + b"Hola",
            meta=canonical({**json.loads(whole.meta), "header": header, "parts": []}),
        )
        assert only(cut).ref == only(whole).ref


class TestBody:
    def test_plain_text_is_preferred_to_html(self) -> None:
        body = (
            "--a\r\nContent-Type: text/plain\r\n\r\nplano\r\n"
            "--a\r\nContent-Type: text/html\r\n\r\n<p>rico\r\n--a--\r\n"
        )
        assert only(raw(body, Content_Type=MULTIPART)).text == "plano"

    def test_html_is_read_where_the_plain_text_is_blank(self) -> None:
        body = (
            "--a\r\nContent-Type: text/plain\r\n\r\n  \r\n"
            "--a\r\nContent-Type: text/html\r\n\r\n<p>rico\r\n--a--\r\n"
        )
        message = only(raw(body, Content_Type=MULTIPART))
        assert (message.text, message.attachments) == ("rico", ())

    def test_texts_around_an_attachment_are_all_read(self) -> None:
        body = (
            "--a\r\n\r\nuno\r\n--a\r\nContent-Type: application/pdf; name=x.pdf\r\n\r\n%PDF\r\n"
            "--a\r\n\r\ndos\r\n--a--\r\n"
        )
        message = only(raw(body, Content_Type="multipart/mixed; boundary=a"))
        assert message.text == "uno\n\ndos"
        assert message.attachments == (
            Attachment(external_id="2", name="x.pdf", media_type="application/pdf", size=4),
        )

    def test_nothing_hostile_is_left_in_it(self) -> None:
        message = only(
            raw(
                "\x1b]52;c;UFdO\x07 \u202e [@click=app.quit]x[/]",
                meta={"folder": "\x1b[2J"},
                Subject="Re: [/] \x1b]0;PWN\x07",
                From="\x9b31m\u202e <a@b.example>",
            )
        )
        for said in (message.text, message.subject, message.author.name, message.container):
            assert said.isprintable()
        assert message.subject == "Re: [/] ␛]0;PWN␇"

    def test_an_attachment_shows_its_real_extension_and_no_path(self) -> None:
        body = (
            "--a\r\n\r\nx\r\n--a\r\nContent-Type: application/octet-stream\r\n"
            "Content-Disposition: attachment;\r\n"
            " filename*=UTF-8''..%2F..%2Ffactura%E2%80%AEfdp.exe\r\n\r\nMZ\r\n--a--\r\n"
        )
        (attachment,) = only(raw(body, Content_Type="multipart/mixed; boundary=a")).attachments
        assert attachment.name == "factura⧼202E⧽fdp.exe"

    def test_a_mail_inside_a_mail_is_an_attachment(self) -> None:
        body = (
            "--a\r\n\r\nmira\r\n--a\r\nContent-Type: message/rfc822\r\n\r\n"
            "Subject: =?utf-8?q?Presupuesto_a=C3=B1o?=\r\n\r\nhola\r\n--a--\r\n"
        )
        (attachment,) = only(raw(body, Content_Type="multipart/mixed; boundary=a")).attachments
        assert (attachment.name, attachment.external_id) == ("Presupuesto año.eml", "2")

    def test_html_is_read_without_a_network(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            pytest.fail("a mail must not reach the network")

        monkeypatch.setattr(socket, "socket", refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)
        page = (
            "<base href=http://t.test><link rel=stylesheet href=http://t.test/x.css>"
            "<style>@import url(http://t.test)</style><meta http-equiv=refresh content=0>"
            "<img src=http://t.test/1.gif><iframe src=http://t.test></iframe>Hola"
        )
        assert only(raw(page, Content_Type="text/html")).text == "Hola"


class TestLarge:
    def test_what_came_of_it_is_read_and_the_rest_listed(self) -> None:
        described = [
            {
                "id": "1.1",
                "type": "text/plain",
                "charset": "iso-8859-1",
                "encoding": "quoted-printable",
                "size": 9,
                "held": 8,
            },
            {"id": "1.2", "type": "text/html", "encoding": "7bit", "size": 900},
            {
                "id": "2",
                "type": "application/pdf",
                "encoding": "base64",
                "size": 9_000_000,
                "disposition": "attachment",
                "name": "=?utf-8?q?a=C3=B1o.pdf?=",
            },
        ]
        head = b"Subject: x\r\nMessage-ID: <1@x>\r\n\r\n"
        message = only(
            Raw(
                stream="mail",
                external_id="1",
                payload=head + b"ma=F1ana",
                meta=canonical({"header": len(head), "parts": described, "size": 9_100_000}),
            )
        )
        assert message.text == "mañana"
        assert message.attachments == (
            Attachment(
                external_id="2", name="año.pdf", media_type="application/pdf", size=6_576_924
            ),
        )

    def test_a_part_cut_in_the_middle_of_a_character_is_read(self) -> None:
        head = b"Subject: x\r\n\r\n"
        part = {
            "id": "1",
            "type": "text/plain",
            "charset": "utf-8",
            "encoding": "8bit",
            "held": 3,
            "cut": True,
        }
        meta = canonical({"header": len(head), "parts": [part]})
        cut = Raw(stream="mail", external_id="1", payload=head + "aañ".encode()[:-1], meta=meta)
        message = only(cut)
        assert message.text == "aa"
        assert message.problem is not None

    def test_what_could_not_be_fetched_is_said(self) -> None:
        message = only(raw("", meta={"unreadable": "The server gave no text.", "header": 0}))
        assert message.problem == Said("The server gave no text.")

    @given(
        st.recursive(
            st.none() | st.integers() | st.text(),
            lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(sorted(LEAF)), x),
        )
    )
    def test_no_description_raises(self, described: object) -> None:
        meta = canonical(
            {
                "header": 0,
                "parts": described,
                "flags": described,
                "size": described,
                "folder": described,
                "internaldate": described,
                "thread": described,
            }
        )
        only(Raw(stream="mail", external_id="1", payload=b"x", meta=meta))


class TestTime:
    @pytest.mark.parametrize(
        "date", ["", "ayer", "Mon, 2 Nov 2099 10:00:00 +0100", "Mon, 2 Nov 1970 10:00:00 +0100"]
    )
    def test_an_absurd_date_gives_way_to_the_arrival(self, date: str) -> None:
        message = only(raw(Date=date, meta={"internaldate": "2026-11-02T09:00:01+00:00"}))
        assert message.sent_at == datetime(2026, 11, 2, 9, 0, 1, tzinfo=UTC)

    def test_an_old_mail_copied_here_lately_keeps_its_date(self) -> None:
        message = only(raw(meta={"internaldate": "2027-01-01T00:00:00+00:00"}))
        assert message.sent_at == datetime(2026, 11, 2, 9, tzinfo=UTC)

    def test_without_an_arrival_the_last_server_tells(self) -> None:
        message = only(raw(Date="", Received="by x; Mon, 2 Nov 2026 09:00:00 +0000"))
        assert message.sent_at == datetime(2026, 11, 2, 9, tzinfo=UTC)


class TestPeople:
    def test_the_handle_is_the_real_address(self) -> None:
        spoof = "=?utf-8?q?=22CEO=22_=3Cceo=40client=2Etest=3E?= <Evil@Bad.test>"
        assert only(raw(From=spoof)).author == Person('"CEO" <ceo@client.test>', "evil@bad.test")

    def test_a_look_alike_domain_is_spelt_in_ascii(self) -> None:
        assert only(raw(From="Apple <ceo@аpple.com>")).author.handle == "ceo@xn--pple-43d.com"

    def test_nobody_is_taken_for_whoever_has_a_domain_like_theirs(self) -> None:
        author = only(raw(From="Ana <ana@straße.de>")).author
        assert author == Person("Ana ana@straße.de", "")

    def test_a_name_that_is_the_address_is_no_name(self) -> None:
        assert only(raw(From='"ana@x.example" <ana@x.example>')).author.name == ""

    def test_mail_in_the_sent_folder_went_out_and_is_read(self) -> None:
        message = only(raw(meta={"sent": True}))
        assert (message.direction, message.unread) == (Direction.OUT, False)
        assert only(raw()).direction is None


class TestThread:
    def test_in_reply_to_is_the_last_reference(self) -> None:
        message = only(raw(References="<a@x> <b@x>\r\n <a@x>", In_Reply_To="<c@x>"))
        assert message.thread is not None
        assert message.thread.references == ("b@x", "a@x", "c@x")

    def test_a_mail_that_names_itself_is_no_parent_of_itself(self) -> None:
        message = only(raw(References="<1@acme.example>", In_Reply_To="<1@acme.example>"))
        assert message.thread is not None
        assert message.thread.references == ()

    def test_references_are_capped(self) -> None:
        message = only(raw(References=" ".join(f"<{n}@x>" for n in range(5_000))))
        assert message.thread is not None
        assert len(message.thread.references) == headers.MAX_IDS
        assert message.thread.references[-1] == "4999@x"

    def test_the_servers_thread_is_a_hint(self) -> None:
        message = only(raw(meta={"thread": "1266894439832287888"}))
        assert message.thread is not None
        assert message.thread.hint == "1266894439832287888"


class TestMachines:
    @pytest.mark.parametrize(
        "head",
        [
            {"Auto_Submitted": "auto-replied"},
            {"Precedence": "bulk"},
            {"List_Id": "<novedades.acme.example>"},
            {"Return_Path": "<>"},
            {"X_Autoreply": "yes"},
        ],
    )
    def test_what_a_machine_sent_is_automatic(self, head: dict[str, str]) -> None:
        assert only(raw("Hola", None, **head)).automatic

    def test_what_a_person_sent_is_not(self) -> None:
        assert not only(raw(Auto_Submitted="no", Return_Path="<ana@acme.example>")).automatic

    @pytest.mark.parametrize(
        ("sender", "said", "notification"),
        [
            (
                "Trello <do-not-reply@trello.com>",
                "https://trello.com/c/AbCd1234/12-logo?x=1",
                Notification(tool="trello", link="https://trello.com/c/AbCd1234"),
            ),
            (
                "x@mail.asana.com",
                "mira https://app.asana.com/0/1200000000000001/1200000000000002/f",
                Notification(tool="asana", link="https://app.asana.com/0/0/1200000000000002"),
            ),
            (
                "x@asana.com",
                "https://app.asana.com/1/12345/project/67890/task/1200000000000002?focus=true",
                Notification(tool="asana", link="https://app.asana.com/0/0/1200000000000002"),
            ),
            ("x@trello.com", "un resumen semanal", Notification(tool="trello")),
            ("x@nottrello.com", "https://trello.com/c/AbCd1234", None),
            ("x@trello.com.evil.test", "https://trello.com/c/AbCd1234", None),
            ("ana@acme.example", "https://trello.com/c/AbCd1234", None),
        ],
    )
    def test_a_notification_names_its_card(
        self, sender: str, said: str, notification: Notification | None
    ) -> None:
        message = only(raw(said, From=sender))
        assert (message.notification, message.problem) == (notification, None)

    def test_a_link_only_in_the_html_is_found(self) -> None:
        body = (
            "--a\r\nContent-Type: text/plain\r\n\r\nAna comentó\r\n--a\r\nContent-Type: text/html"
            "\r\n\r\n<a href='https://trello.com/c/AbCd1234/1-x'>ver</a>\r\n--a--\r\n"
        )
        message = only(raw(body, From="x@trello.com", Content_Type=MULTIPART))
        assert message.notification == Notification(
            tool="trello", link="https://trello.com/c/AbCd1234"
        )


class TestBombs:
    @pytest.mark.parametrize(
        "make",
        [
            lambda: b"--a\r\n\r\nx\r\n" * 10_000,
            lambda: b"".join(
                b"--%b\r\nContent-Type: multipart/mixed; boundary=%b\r\n\r\n"
                % (b"a" * level, b"a" * (level + 1))
                for level in range(1, 1_000)
            ),
            lambda: b"x" * (200 << 20),
        ],
        ids=["10,000 parts", "1,000 levels", "200 MB"],
    )
    def test_a_bomb_is_set_aside_with_its_header(self, make: Callable[[], bytes]) -> None:
        bomb = raw(make(), Content_Type="multipart/mixed; boundary=a")
        tracemalloc.start()
        try:
            message = only(bomb)
            assert tracemalloc.get_traced_memory()[1] < 8 << 20
        finally:
            tracemalloc.stop()
        assert message.problem is not None
        assert (message.subject, message.text) == ("Logo", "")

    @given(st.binary(max_size=300), st.text(max_size=50))
    def test_no_bytes_raise(self, payload: bytes, meta: str) -> None:
        only(Raw(stream="mail", external_id="1", payload=payload, meta=meta))

    @given(st.integers(0, 40), st.data())
    def test_no_damaged_mail_raises(self, seed: int, data: st.DataObject) -> None:
        mail = bytearray(make_mail(seed))
        for _ in range(data.draw(st.integers(1, 8))):
            at = data.draw(st.integers(0, len(mail) - 1))
            mail[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=4))
            if not mail:
                break
        message = only(Raw(stream="mail", external_id="1", payload=bytes(mail)))
        assert message.problem is None
        for line in message.text.split("\n"):
            assert line.isprintable()

    def test_a_fault_of_our_own_costs_the_text_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("normalizer.mime.take_apart", lambda _: 1 / 0)
        message = only(raw())
        assert (message.subject, message.text) == ("Logo", "")
        assert message.problem is not None
        monkeypatch.setattr("normalizer.mime.read_fields", lambda *_: 1 / 0)
        assert only(raw()).problem is not None
