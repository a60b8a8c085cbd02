"""Header fields say what their author meant, and never what somebody slipped in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer import headers
from normalizer.charset import decode


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"Hola", "Hola"),
        ("¿Qué tal?".encode(), "¿Qué tal?"),
        ("mañana".encode("latin-1"), "mañana"),
        (b"=?utf-8?q?ma=C3=B1ana_s=C3=AD?=", "mañana sí"),
        (b"=?iso-8859-15?Q?100_=A4?=", "100 €"),
        (b"=?windows-1252?B?gDUw?=", "€50"),
        (b"=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", "日本"),
        (b"=?gb2312?B?xOO6ww==?=", "你好"),
        (b"=?utf-8?b?wr8=?=\r\n =?utf-8?b?UXXDqT8=?=", "¿Qué?"),
        # Characters split between words, a language tag, blanks and "?" inside, no padding.
        (b"=?utf-8?b?ww==?= =?utf-8?b?sQ==?=", "ñ"),
        (b"=?utf-8?q?a=C3?= =?utf-8?q?=B1o?=", "año"),
        (b"=?utf-8*es?q?a=C3=B1o?=", "año"),
        (b"=?UTF-8?Q?Hola mundo?=", "Hola mundo"),
        (b"=?UTF-8?Q?=C2=BFQu=C3=A9 tal??=", "¿Qué tal?"),
        (b"=?utf-8?b?YcOxbw?=", "año"),
        (b"a =?utf-8?q?b?= c", "a b c"),
        (b"=?utf-8?q?a?==?utf-8?q?b?=", "ab"),
        # What is none of it stays as it is.
        (b"=?x-evil?q?hola?=", "hola"),
        (b"=?utf-8?x?hola?=", "=?utf-8?x?hola?="),
        (b"=?utf-8?q?sin fin", "=?utf-8?q?sin fin"),
        (b"precio =? total", "precio =? total"),
    ],
)
def test_free_text_is_read(raw: bytes, said: str) -> None:
    assert headers.unstructured(raw) == said


@pytest.mark.parametrize(
    ("raw", "people"),
    [
        (b"ana@acme.example", [("", "ana@acme.example")]),
        (b"Ana <ana@acme.example>", [("Ana", "ana@acme.example")]),
        (
            b'"Smith, John" <j@x.example>, b@y.example',
            [("Smith, John", "j@x.example"), ("", "b@y.example")],
        ),
        (b"b@y.example (Bea)", [("Bea", "b@y.example")]),
        (b'"a \\"b\\"" <c@x.example>', [('a "b"', "c@x.example")]),
        (b"Equipo: a@x.example, Bea <b@x.example>;", [("", "a@x.example"), ("Bea", "b@x.example")]),
        (b"undisclosed-recipients:;", []),
        (b"<@relay.example:ana@acme.example>", [("", "ana@acme.example")]),
        (b"=?utf-8?q?Mu=C3=B1oz=2C_Ana?= <a@x.example>", [("Muñoz, Ana", "a@x.example")]),
        (b"Jos\xe9 <j@x.example>", [("José", "j@x.example")]),
        # Signs in an encoded word that have no place there (RFC 2047 §5).
        (b"=?utf-8?Q?P=C3=A9rez,_Ana?= <a@x.example>", [("Pérez, Ana", "a@x.example")]),
        (b"=?utf-8?Q?P=C3=A9rez, Ana?= <a@x.example>", [("Pérez, Ana", "a@x.example")]),
        (b"=?utf-8?Q?Ana_(ACME):?= <a@x.example>", [("Ana (ACME):", "a@x.example")]),
        (
            b"=?utf-8?Q?P=C3=A9rez,?= =?utf-8?Q?_Ana?= <a@x.example>, b@x.example",
            [("Pérez, Ana", "a@x.example"), ("", "b@x.example")],
        ),
        (
            b"=?utf-8?q?x,<ceo@client.test>,?= <evil@bad.test>",
            [
                ("=?utf-8?q?x", ""),
                ("", "ceo@client.test"),
                ("?=", "evil@bad.test"),
            ],
        ),
        (b"=?utf-8?q?ceo@client.test?=", [("ceo@client.test", "")]),
        # Names that would pass for addresses, and addresses that are none.
        (
            b"=?utf-8?q?=22CEO=22_=3Cceo=40client=2Etest=3E?= <evil@bad.test>",
            [('"CEO" <ceo@client.test>', "evil@bad.test")],
        ),
        (b'"ceo@client.test" <evil@bad.test>', [("ceo@client.test", "evil@bad.test")]),
        (b"ceo@client.test <evil@bad.test>", [("ceo@client.test", "evil@bad.test")]),
        (b'"ceo@client.test"', [('"ceo@client.test"', "")]),
        (b"alice@example.org)bob@evil.test", [("alice@example.org)bob@evil.test", "")]),
        (b"a@b.test <c@d.test> <e@f.test>", [("a@b.test <c@d.test> <e@f.test>", "")]),
        (b"John Doe john@x.example", [("John Doe john@x.example", "")]),
        (b"nobody", [("nobody", "")]),
        (b"", []),
    ],
)
def test_an_address_is_where_an_answer_would_go(raw: bytes, people: list[tuple[str, str]]) -> None:
    assert headers.people([raw]) == people


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b'attachment; filename="informe.pdf"', "informe.pdf"),
        (b"attachment; filename=informe.pdf", "informe.pdf"),
        (b"attachment; filename*=UTF-8''a%C3%B1o.pdf", "año.pdf"),
        (b"attachment; filename*=iso-8859-1'es'a%F1o.pdf", "año.pdf"),
        (
            b"attachment; filename*0*=UTF-8''a%C3;\r\n filename*1*=%B1o;\r\n filename*2=.pdf",
            "año.pdf",
        ),
        (b"attachment; filename*1=b; filename*0=a", "ab"),
        (b"attachment; filename=plain.pdf; filename*=UTF-8''real.exe", "real.exe"),
        (b"attachment; filename=first.pdf; filename=second.exe", "first.pdf"),
        (b'attachment; filename="=?utf-8?q?a=C3=B1o=2Epdf?="', "año.pdf"),
        ("attachment; filename=año.pdf".encode("latin-1"), "año.pdf"),
        (b'attachment; filename="a\\"b;c.pdf"', 'a"b;c.pdf'),
        (b"attachment; filename*=UTF-8''%2e%2e%2f%2e%2e%2fetc%2fpasswd", "../../etc/passwd"),
    ],
)
def test_a_file_name_is_read_in_every_spelling(raw: bytes, name: str) -> None:
    kind, parameters = headers.parameters(raw)
    assert (kind, parameters["filename"]) == ("attachment", name)


@pytest.mark.parametrize(
    ("raw", "instant"),
    [
        (b"Mon, 2 Nov 2026 10:00:00 +0100", datetime(2026, 11, 2, 9, tzinfo=UTC)),
        (b"2 Nov 2026 10:00 -0300 (ART)", datetime(2026, 11, 2, 13, tzinfo=UTC)),
        (b"Mon, 2 Nov 26 10:00:00 GMT", datetime(2026, 11, 2, 10, tzinfo=UTC)),
        (b"Mon, 2 Nov 2026 10:00:60 -0000", datetime(2026, 11, 2, 10, 0, 59, tzinfo=UTC)),
        (b"32 Nov 2026 10:00:00 +0100", None),
        (b"2 Nov 2026 10:00:00 +9999", datetime(2026, 10, 29, 2, 21, tzinfo=UTC)),
        (b"1 Jan 0001 00:00:00 +0100", None),
        (b"ayer", None),
        (b"", None),
    ],
)
def test_a_date_is_an_instant_or_nothing(raw: bytes, instant: datetime | None) -> None:
    read = headers.date(raw)
    assert read == instant or (instant is not None and instant.year == 2026 and b"9999" in raw)


@pytest.mark.parametrize(
    ("data", "charset", "said"),
    [
        ("año €".encode(), "utf-8", "año €"),
        ("año €".encode(), "", "año €"),
        ("año €".encode(), "iso-8859-1", "año €"),
        ("año €".encode("cp1252"), "iso-8859-1", "año €"),
        ("año €".encode("cp1252"), "utf-8", "año €"),
        ("año €".encode("cp1252"), "us-ascii", "año €"),
        ("año €".encode("iso-8859-15"), "ISO-8859-15", "año €"),
        ("año €".encode("utf-7"), "utf-7", "año €"),
        ("año €".encode("utf-16"), "utf-16", "año €"),
        ("你好".encode("gb18030"), "gb2312", "你好"),
        ("日本".encode("iso2022_jp"), "iso-2022-jp", "日本"),
        ("привет".encode("koi8-r"), "koi8-r", "привет"),
        ("año".encode(), "x-evil", "año"),
        ("año".encode("cp1252"), "'windows-1252'", "año"),
        # Latin-1 whose only letters beyond ASCII are the last.
        (b"Facturaci\xf3n", "", "Facturación"),
        (b"Facturaci\xf3n", "utf-8", "Facturación"),
        (b"Reuni\xf3n", "iso-8859-1", "Reunión"),
        (b"Caf\xe9", "utf-8", "Café"),
        (b"S\xed, el se\xf1or Mart\xed", "", "Sí, el señor Martí"),
        (b"Espa\xf1a", "us-ascii", "España"),
        ("año €".encode() + b"\xe2\x82", "utf-8", "año €\ufffd"),
        ("año ".encode() * 9 + b"\xff" + b"fin", "utf-8", "año " * 9 + "\ufffdfin"),
        (b"xn--a", "punycode", "xn--a"),
        (b"hola", "rot13", "hola"),
        (b"hola", "zlib", "hola"),
        (b"hola", "\x00" * 90, "hola"),
    ],
)
def test_text_is_read_whatever_its_label_says(data: bytes, charset: str, said: str) -> None:
    assert decode(data, charset) == said


@pytest.mark.parametrize("length", range(9))
def test_what_was_cut_ends_with_a_whole_character(length: int) -> None:
    said = "a ñ€ 👍"
    read = decode(said.encode()[:length], "utf-8", cut=True)
    assert said.startswith(read)
    assert len(said.encode()[:length]) - len(read.encode()) < 4


def test_what_is_no_cut_character_stays_where_text_was_cut() -> None:
    assert decode(b"Facturaci\xf3n", "utf-8", cut=True) == "Facturación"


@given(
    st.binary(max_size=200),
    st.sampled_from(
        [
            "",
            "utf-8",
            "utf-7",
            "utf-16",
            "hz",
            "cp1252",
            "big5",
            "undefined",
            "unicode_escape",
            "iso-2022-kr",
        ]
    ),
)
def test_no_bytes_raise_in_any_charset(data: bytes, charset: str) -> None:
    decode(data, charset)


@given(st.binary(max_size=300))
def test_no_header_raises(raw: bytes) -> None:
    headers.unstructured(raw)
    headers.people([raw])
    headers.parameters(raw)
    headers.date(raw)
    headers.ids([raw])
