"""What is asked for of a large mail stays within bounds, and what does not come is marked."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.imap_answers import parse, structure
from connectors.imap_parts import Part, asked, kept, spelt

ROOM = 512 << 10


def leaf(number: str, size: int | None = 10, kind: str = "text/plain", **more: object) -> Part:
    return {
        "id": number,
        "type": kind,
        "size": size,
        "disposition": "",
        "name": "",
        "within": "",
        "mail": kind == "message/rfc822",
        **more,
    }


LEAVES = st.lists(
    st.tuples(
        st.none() | st.integers(0, 10**15) | st.integers(0, 100_000),
        st.sampled_from(
            ["text/plain", "text/html", "text/calendar", "message/rfc822", "image/png"]
        ),
        st.sampled_from(["", "attachment"]),
    ),
    max_size=60,
).map(
    lambda given_: [
        leaf(str(n), size, kind, disposition=disposition)
        for n, (size, kind, disposition) in enumerate(given_, 1)
    ]
)


@given(LEAVES)
def test_no_more_is_asked_for_than_may_come(parts: list[Part]) -> None:
    wanted = asked(parts)
    assert len(wanted) <= 40
    sizes = {part["id"]: part["size"] for part in parts}
    told = {name: sizes.get(name) for name in wanted if name in sizes}
    assert sum(min(wanted[name], wanted[name] if size is None else size)
               for name, size in told.items()) <= ROOM  # fmt: skip
    by_id = {part["id"]: part for part in parts}
    for section, most in wanted.items():
        part = by_id[section.removesuffix(".HEADER")]
        assert 0 < most <= ROOM
        assert section.endswith(".HEADER") == (part["type"] == "message/rfc822")
        assert part["type"] != "image/png"
        assert part["disposition"] == "" or part["type"] in {"message/rfc822", "text/calendar"}
    assert sum(by_id[name]["type"] == "text/calendar" for name in wanted if name in by_id) <= 1


@given(LEAVES, st.data())
def test_what_came_is_laid_end_to_end_and_what_did_not_is_marked(
    parts: list[Part], data: st.DataObject
) -> None:
    wanted = asked(parts)
    came = {
        f"BODY[{section}]<0>".encode(): data.draw(st.none() | st.binary(max_size=20))
        for section in wanted
        if data.draw(st.booleans())
    }
    payload, described = kept(parts, wanted, came)
    assert payload == b"".join(
        came.get(f"BODY[{part['id']}{'.HEADER' * part['mail']}]<0>".encode()) or b""
        for part in parts
    )
    assert sum(about.get("held", 0) for about in described) == len(payload)
    for part, about in zip(parts, described, strict=True):
        section = part["id"] + ".HEADER" * part["mail"]
        if "held" in about and part["size"] and not part["mail"]:
            missing = came.get(f"BODY[{section}]<0>".encode()) is None
            assert missing <= about.get("cut", False)


def test_a_longer_part_than_was_told_is_marked_and_a_shorter_one_is_whole() -> None:
    parts = [leaf("1", 10), leaf("2", 100_000), leaf("3", 70_000)]
    wanted = asked(parts)
    assert wanted == {"1": 65_536, "2": 131_072, "3": 131_072}
    came = {b"BODY[1]<0>": b"x" * 65_536, b"BODY[2]<0>": b"x" * 99, b"BODY[3]<0>": b"y" * 70_000}
    _, described = kept(parts, wanted, came)
    assert [part.get("cut", False) for part in described] == [True, False, False]


def test_plain_text_comes_before_html_that_leaves_no_room() -> None:
    parts = [leaf("1", 10**6, "text/html"), leaf("2", 60_000), leaf("3", 8, "text/calendar")]
    assert asked(parts) == {"2": 65_536, "3": 65_536, "1": ROOM - 60_008}


@pytest.mark.parametrize("size", [1, 60_000, 65_536])
def test_mails_of_one_shape_are_asked_for_with_one_command(size: int) -> None:
    parts = [leaf("1.1", size), leaf("1.2", size, "text/html"), leaf("2", size, "image/png")]
    items = b"(UID BODY.PEEK[1.1]<0.65536> BODY.PEEK[1.2]<0.65536>)"
    assert spelt(asked(parts)) == items


TEXT = b'("text" "plain" NIL NIL NIL "7bit" 9 1)'
ENVELOPE = b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"


def forwarded(inner: bytes, encoding: bytes = b"7bit") -> bytes:
    return (
        b'("message" "rfc822" NIL NIL NIL "%b" 900 %b %b 30 NIL ("attachment" NIL))'
    ) % (encoding, ENVELOPE, inner)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (forwarded(TEXT), "1 1.1"),
        (b"(" + TEXT + forwarded(TEXT) + b' "mixed")', "1 2 2.1"),
        (b"(" + TEXT + forwarded(b"(" + TEXT * 2 + b' "mixed")') + b' "mixed")', "1 2 2.1 2.2"),
        (b"(" + TEXT + forwarded(TEXT) + b' "report")', "1 2"),
        (b"(" + TEXT + forwarded(TEXT, b"base64") + b' "mixed")', "1 2"),
        (
            forwarded(forwarded(forwarded(forwarded(TEXT)))),
            "1 1.1 1.1.1 1.1.1.1",
        ),
    ],
)
def test_a_mail_within_a_mail_is_numbered_as_the_standard_says(text: bytes, numbers: str) -> None:
    (body,) = parse([text])
    parts = structure(body)
    assert " ".join(part["id"] for part in parts) == numbers
    for part in parts:
        around = re.sub(r"\.?\d+$", "", part["id"])
        assert part["within"] in {"", around}


@pytest.mark.parametrize("inner", [b"7", b"()", b"NIL", b'"x"', b'("text" NIL)', TEXT * 600])
def test_a_mail_within_a_mail_that_is_described_as_nonsense_is_a_file(inner: bytes) -> None:
    if inner.startswith(TEXT * 2):
        inner = b"(" + inner + b' "mixed")'
    (body,) = parse([b"(" + TEXT + forwarded(inner) + b' "mixed")'])
    assert [part["id"] for part in structure(body)] == ["1", "2"]


def test_more_than_five_hundred_parts_of_a_mail_are_refused() -> None:
    (body,) = parse([b"(" + TEXT * 500 + b' "mixed")'])
    assert len(structure(body)) == 500
    (body,) = parse([b"(" + TEXT * 501 + b' "mixed")'])
    with pytest.raises(ValueError):  # noqa: PT011  # that is all it says
        structure(body)
