"""What comes through the gate can be shown, and says what it was."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer import text

HINTS = re.compile("[\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]")
HOSTILE = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("aé \n\t\x1b\x00\x7f\x9b\u202e\u200b\u200d\u0301⧼⧽␛20E×\ud800\U000e0041"),
    ),
    max_size=80,
)


def safe(s: str) -> bool:
    return s.replace("\n", "").isprintable()


def plain(s: str) -> str:
    """What cleaning is said not to keep: line ends, odd spaces, tabs, emoji hints, NFC."""
    s = re.sub("\r\n?|[\u2028\u2029]", "\n", s).replace("\t", "    ")
    s = re.sub("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]", " ", HINTS.sub("", s))
    return unicodedata.normalize("NFC", s)


@given(HOSTILE)
def test_a_block_can_be_shown_whatever_came_in(s: str) -> None:
    assert safe(text.block(s))


@given(HOSTILE)
def test_a_line_is_one_line_that_can_be_shown(s: str) -> None:
    cleaned = text.line(s)
    assert cleaned.isprintable()
    assert cleaned == cleaned.strip()
    assert "  " not in cleaned


@given(HOSTILE.filter(lambda s: "\u200d" not in s))
def test_what_was_made_visible_can_be_read_back(s: str) -> None:
    assert text.original(text.block(s)) == plain(s)


@given(HOSTILE)
def test_no_sender_can_forge_a_marker(s: str) -> None:
    assert text.original(text.block(text.block(s))) == text.block(s)


@given(HOSTILE, st.integers(1, 60))
def test_no_result_is_longer_than_its_cap(s: str, cap: int) -> None:
    assert len(text.block(s, cap)) <= cap
    assert len(text.line(s, cap)) <= cap


@given(HOSTILE)
def test_every_safe_character_is_one(s: str) -> None:
    for char in text._SUSPECT.sub("", s):
        assert char == "\n" or text._kind(char) == "c"


def test_the_characters_skipped_unseen_are_printable_letters() -> None:
    skipped = text._SUSPECT.sub("", "".join(map(chr, range(0x110000))))
    assert [c for c in skipped if c != "\n" and text._kind(c) != "c"] == []
    assert all(unicodedata.is_normalized("NFC", c) for c in skipped)
    assert not any(unicodedata.combining(c) for c in skipped)


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ("\x1b]0;PWN\x07", "␛]0;PWN␇"),
        ("\x1b]52;c;UFdO\x07", "␛]52;c;UFdO␇"),
        ("\x9b31mrojo", "⧼009B⧽31mrojo"),
        ("factura_\u202egpj.exe", "factura_⧼202E⧽gpj.exe"),
        ("a\u200c" + "\u200c" * 56 + "b", "a⧼200C×57⧽b"),
        ("x\u2066y\u2069", "x⧼2066⧽y⧼2069⧽"),
        ("\U000e0041", "⧼E0041⧽"),
        ("so\u00adft", "so⧼00AD⧽ft"),
        ("\udce1", "⧼DCE1⧽"),
        ("a\x00b", "a␀b"),
        ("\x00" * 200, "⧼0000×200⧽"),
        ("Z" + "\u0301" * 200, "Ź\u0301\u0301\u0301\u0301⧼0301×195⧽"),
        ("❤\ufe0f 👍🏽 👩\u200d💻 1\ufe0f\u20e3", "❤ 👍 👩💻 1\u20e3"),
        ("paypal\u200dcom", "paypal⧼200D⧽com"),
        ("ca\u0301lido", "cálido"),
        ("⧼202E⧽", "⧼29FC⧽202E⧽"),
        ("␛", "⧼241B⧽"),
        ("Re: [/] [@click=app.quit]x[/]", "Re: [/] [@click=app.quit]x[/]"),
        ("\u3164\u2800", "⧼3164 2800⧽"),
        ("中文 русский ελληνικά 한국어 かな עִבְרִית", "中文 русский ελληνικά 한국어 かな עִבְרִית"),
    ],
)
def test_each_trick_is_made_visible(given_: str, shown: str) -> None:
    assert text.line(given_) == shown


def test_white_space_in_a_line_is_one_space() -> None:
    assert text.line("  a\r\n\tb\u2028c\xa0\u3000d\n") == "a b c d"


def test_a_block_keeps_its_lines() -> None:
    assert text.block("a\r\nb\rc\n\td") == "a\nb\nc\n    d"


def test_a_cut_is_shown_and_never_falls_inside_a_marker() -> None:
    assert text.line("a" * 600) == "a" * 499 + "…"
    assert text.line("ab\u202ecd", 6) == "ab…"
    assert text.block("x" * 10_000_000, 50) == "x" * 49 + "…"


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\x.exe", "x.exe"),
        ("C:\\Windows\\x", "x"),
        ("factura\u202efdp.exe", "factura⧼202E⧽fdp.exe"),
        ("a/b/", "b"),
        ("..", ""),
        ("informe\r\nfinal.pdf", "informe final.pdf"),
    ],
)
def test_a_file_name_is_never_a_path(given_: str, shown: str) -> None:
    assert text.file_name(given_) == shown


def test_a_long_file_name_keeps_its_real_extension() -> None:
    name = text.file_name("factura.pdf" + " " * 3 + "a" * 300 + ".exe")
    assert name.endswith("….exe")
    assert len(name) <= text.NAME


@pytest.mark.parametrize(
    ("one", "other"), [("PÉREZ", "perez"), ("Straße", "STRASSE"), ("ﬁn", "FIN"), ("ñ", "N")]
)
def test_folding_forgets_case_and_accents(one: str, other: str) -> None:
    assert text.fold(one) == text.fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(s: str) -> None:
    assert text.fold(text.fold(s)) == text.fold(s)
