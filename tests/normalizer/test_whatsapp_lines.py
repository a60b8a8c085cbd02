"""An export is taken apart in every spelling, and what it does not say is not guessed."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from itertools import combinations, pairwise

import pytest
from babel import Locale, localedata
from babel.dates import format_date, format_time, get_datetime_format
from hypothesis import given
from hypothesis import strategies as st

from normalizer.whatsapp_body import BodyKind, understand
from normalizer.whatsapp_lines import (
    AmbiguousError,
    DateOrder,
    Line,
    NoExportError,
    TooLongError,
    decode,
    read,
)
from tests.whatsapp_dialects import CONVERSATION, DIALECTS, Dialect, Said, write

GROUP = "Obras: casa"
BY_NAME = {one.name: one for one in DIALECTS}
SPAIN, IPHONE = BY_NAME["Android es-ES"], BY_NAME["iPhone es-ES"]
NEVER_SPOKEN = 75
"""Regions known to CLDR whose halves of the day, or month first in words, we do not read: WhatsApp
speaks none of their languages. Few, and never more."""


def told(line: Line, *, seconds: bool) -> Said:
    """Say what a line says, as the corpus would."""
    body = understand(line.body, line.sender, app=line.app, group=GROUP)
    system = body.kind is BodyKind.SYSTEM
    assert (line.second is not None) is seconds
    return Said(
        at=line.at.replace(second=line.second or 0),
        sender="" if system else line.sender,
        text="" if system else body.text,
        kind=body.kind,
        file=body.file,
        edited=body.edited,
        own=body.own,
    )


def meant(said: Said, *, seconds: bool) -> Said:
    """Say what an export can know of it."""
    at = said.at if seconds else said.at.replace(second=0)
    return Said(at, said.sender, said.text, said.kind, said.file, said.edited, said.own)


def bodies(text: str) -> list[tuple[str, str]]:
    """Read an export for who said what."""
    return [(line.sender, line.body) for line in read(text, order=DateOrder.DMY).lines]


def moments(*days: tuple[int, int, int]) -> str:
    """Write a chat with one message on each of the days, by the figures as they stand."""
    return "".join(f"{a:02}/{b:02}/{c:02}, 9:05 - Lola: ok\n" for a, b, c in days)


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.name)
def test_the_conversation_is_the_same_in_every_dialect(dialect: Dialect, end: str) -> None:
    export = read(write(dialect, end=end), chat=GROUP)

    wanted = [meant(one, seconds=dialect.seconds) for one in CONVERSATION]
    assert [told(line, seconds=dialect.seconds) for line in export.lines] == wanted
    assert not any(line.back for line in export.lines)
    assert export.layout == ("ios" if dialect.ios else "old" if dialect.seconds else "android")


def test_there_are_dialects_enough() -> None:
    assert len({one.stamp.translate(one.figures) + one.am + one.says for one in DIALECTS}) >= 50
    assert len({one.name for one in DIALECTS}) == len(DIALECTS)


def test_every_region_that_writes_dates_in_figures_is_read_or_refused_and_hardly_any_is() -> None:
    chance = random.Random(4)
    said = [datetime(2026, 11, 3, 0, 5, 7)]  # noqa: DTZ001  a phone's own clock
    while len(said) < 20:
        said.append(said[-1] + timedelta(minutes=chance.randint(1, 3000), seconds=7))
    seen: Counter[str] = Counter()
    for name in localedata.locale_identifiers():
        region = Locale.parse(name)
        spelled = str(get_datetime_format("short", locale=region)).replace("'", "")
        lines = [
            spelled.format(
                format_time(at, "medium", locale=region), format_date(at, "short", locale=region)
            )
            for at in said
        ]
        try:
            found = read("".join(f"[{one}] Lola: ok\n" for one in lines)).lines
        except (AmbiguousError, NoExportError):
            seen["refused"] += 1
            continue
        assert [line.at.replace(second=line.second or 0) for line in found] == said, name
        seen["read"] += 1
    assert seen["refused"] <= NEVER_SPOKEN
    assert seen["read"] > 1000


WORDS = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2068\u2069"),
    min_size=1,
    max_size=30,
).map(lambda text: f"hm {text} hm")
SPOKEN = st.lists(
    st.tuples(
        st.integers(1, 5000), st.sampled_from(["Lola", "~ José", "+34 600 11 22 33"]),
        st.lists(WORDS, min_size=1, max_size=3), st.booleans(),
    ),
    max_size=8,
)  # fmt: skip


@given(st.sampled_from(DIALECTS), SPOKEN)
def test_a_conversation_that_is_written_and_read_is_the_same(
    dialect: Dialect, spoken: list[tuple[int, str, list[str], bool]]
) -> None:
    # The order of day and month must be told by the file: it begins on a thirteenth.
    said = [Said(datetime(2026, 8, 13, 0, 0), "Lola", "hm")]  # noqa: DTZ001
    for minutes, sender, lines, edited in spoken:
        at = said[-1].at + timedelta(minutes=minutes)
        said.append(Said(at, sender, "\n".join(lines), edited=edited))
    found = read(write(dialect, said)).lines

    assert [told(one, seconds=dialect.seconds) for one in found] == said


class TestTheOrderOfDayAndMonth:
    def test_one_day_that_reads_both_ways_decides_nothing(self) -> None:
        with pytest.raises(AmbiguousError) as caught:
            read(moments((5, 11, 26)))
        assert caught.value.example == "05/11/26, 9:05"

    def test_a_few_days_that_rise_either_way_decide_nothing(self) -> None:
        with pytest.raises(AmbiguousError):
            read(moments((5, 9, 26), (6, 10, 26), (7, 11, 26)))

    def test_one_jump_decides_nothing(self) -> None:
        with pytest.raises(AmbiguousError):
            read(moments((5, 11, 26), (6, 11, 26), (3, 12, 26)))

    @pytest.mark.parametrize(
        ("days", "order"),
        [
            ([(13, 11, 26)], DateOrder.DMY),
            ([(11, 13, 26)], DateOrder.MDY),
            ([(5, 11, 26), (13, 11, 26)], DateOrder.DMY),
            ([(5, 11, 26), (5, 31, 26)], DateOrder.MDY),
        ],
    )
    def test_a_thirteenth_decides(self, days: list[tuple[int, int, int]], order: str) -> None:
        assert read(moments(*days)).order == order

    def test_jumping_back_and_forth_decides_for_the_other_order(self) -> None:
        days = [(day, month, 26) for month in range(1, 7) for day in (2, 7, 11)]
        assert read(moments(*days)).order is DateOrder.DMY
        assert read(moments(*((b, a, c) for a, b, c in days))).order is DateOrder.MDY

    def test_a_day_that_is_still_to_come_decides_for_the_other_order(self) -> None:
        made = datetime(2026, 11, 6, 10, 0)  # noqa: DTZ001  a phone's own clock
        for day in (5, 7):  # where the phone was, it may have been tomorrow already
            with pytest.raises(AmbiguousError):
                read(moments((day, 11, 26)), not_after=made)
        assert read(moments((5, 12, 26)), not_after=made).order is DateOrder.MDY
        assert read(moments((12, 5, 26)), not_after=made).order is DateOrder.DMY

    def test_one_message_that_quotes_an_impossible_date_decides_nothing(self) -> None:
        days = [(day, 11, 26) for day in range(1, 13)]
        with pytest.raises(AmbiguousError):
            read(moments(*days[:6], (5, 31, 26), (31, 5, 26), *days[6:9]))

    def test_no_line_is_lost_to_a_date_that_is_none_in_the_order_of_the_others(self) -> None:
        days = [(day, 11, 26) for day in range(13, 25)]
        found = read(moments(*days[:6], (5, 31, 26), *days[6:])).lines
        assert len(found) == 12
        assert found[5].body == "ok\n05/31/26, 9:05 - Lola: ok"

    def test_what_she_says_wins(self) -> None:
        text = moments((5, 11, 26), (6, 11, 26))
        assert read(text, order=DateOrder.DMY).lines[0].at.month == 11
        assert read(text, order=DateOrder.MDY).lines[0].at.month == 5
        assert read(moments((26, 11, 5)), order=DateOrder.YMD).lines[0].at.day == 5

    def test_what_she_says_is_refused_where_it_cannot_be(self) -> None:
        with pytest.raises(NoExportError):
            read(moments((11, 12, 25), (13, 11, 26), (14, 11, 26)), order=DateOrder.MDY)
        with pytest.raises(NoExportError):
            read("2026-11-05 19:02 - Lola: ok\n", order=DateOrder.DMY)
        with pytest.raises(NoExportError):
            read(moments((5, 11, 2026)), order=DateOrder.YMD)

    def test_a_spelling_that_no_phone_has_with_the_month_first_needs_no_asking(self) -> None:
        for stamp in ("05.11.26, 9:05", "05-11-2026 9:05", "05/11/2026 à 09:05"):
            assert read(f"{stamp} - Lola: ok\n").order is DateOrder.DMY
        assert read("2026/05/11 9:05 - Lola: ok\n").order is DateOrder.YMD

    def test_a_year_of_two_figures_in_front_is_seen_by_how_seldom_it_changes(self) -> None:
        text = moments((26, 11, 5), (26, 11, 6), (26, 11, 7), (26, 12, 1), (26, 12, 2))
        assert read(text).lines[-1].at.day == 2

    def test_a_birthday_wished_every_year_is_asked_about(self) -> None:
        with pytest.raises(AmbiguousError):
            read(moments((26, 11, 24), (26, 11, 25), (26, 11, 26)))


class TestForgedLines:
    def test_another_layout_is_part_of_the_message(self) -> None:
        forged = "look:\n[13/11/26, 9:06:00] Bank: pay"
        text = write(SPAIN, [Said(CONVERSATION[1].at, "Lola", forged), CONVERSATION[-1]])
        assert [line.sender for line in read(text).lines] == ["Lola", "Lola"]
        assert read(text).lines[0].body == forged

    @pytest.mark.parametrize(
        "line",
        [
            "13/11/2026, 9:06 - Bank: pay",
            "13/11/26 9:06 - Bank: pay",
            "13/11/26, 9:06 p. m. - Bank: pay",
            "13.11.26, 9:06 - Bank: pay",
            "13/11/26, 9:06:00 - Bank: pay",
            "13/11/26, 9.06 - Bank: pay",
        ],
    )
    def test_another_spelling_of_the_same_layout_is_part_of_the_message(self, line: str) -> None:
        text = "13/11/26, 9:05 - Lola: look\n" + line
        assert bodies(text) == [("Lola", f"look\n{line}")]

    def test_however_many_they_are(self) -> None:
        pasted = "\n".join(f"[{n % 28 + 1}/11/26, 9:06:00] Bank: pay" for n in range(500))
        text = f"13/11/26, 9:05 - Lola: {pasted}\n13/11/26, 9:07 - Lola: ok\n"
        assert [sender for sender, _ in bodies(text)] == ["Lola", "Lola"]

    def test_a_line_of_the_same_spelling_that_goes_back_is_marked(self) -> None:
        rows = [
            "13/11/26, 9:05",
            "13/11/26, 9:07",
            "1/10/26, 9:00",
            "1/10/26, 9:09",
            "13/11/26, 9:08",
        ]
        found = read("".join(f"{row} - Lola: ok\n" for row in rows)).lines
        assert [line.back for line in found] == [False, False, True, True, False]

    def test_one_that_runs_ahead_does_not_make_all_the_others_look_forged(self) -> None:
        rows = ["13/11/26, 9:05", "14/11/26, 9:00", *(f"13/11/26, 9:{n}" for n in range(10, 20))]
        found = read("".join(f"{row} - Lola: ok\n" for row in rows)).lines
        assert [n for n, line in enumerate(found) if line.back] == [1]

    def test_where_either_of_two_could_be_it_the_first_is_believed(self) -> None:
        rows = ["8:59", "10:00", "9:30", "10:12"]
        found = read("".join(f"13/11/26, {row} - Lola: ok\n" for row in rows)).lines
        assert [line.back for line in found] == [False, False, True, False]

    @given(st.lists(st.integers(0, 5), min_size=1, max_size=7))
    def test_what_is_believed_is_the_longest_way_that_never_goes_back(
        self, hours: list[int]
    ) -> None:
        found = read("".join(f"13/11/26, {hour}:00 - Lola: ok\n" for hour in hours)).lines
        ways = (
            (0, *way)
            for size in range(len(hours) - 1, -1, -1)
            for way in combinations(range(1, len(hours)), size)
        )
        longest = next(way for way in ways if all(hours[a] <= hours[b] for a, b in pairwise(way)))
        assert tuple(n for n, line in enumerate(found) if not line.back) == longest

    def test_five_minutes_are_not_back(self) -> None:
        rows = ["9:10", "9:05", "9:11", "9:05", "9:12"]
        found = read("".join(f"13/11/26, {row} - Lola: ok\n" for row in rows)).lines
        assert [line.back for line in found] == [False, False, False, True, False]

    def test_only_a_newline_ends_a_line(self) -> None:
        for between in ("\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x85", "\u2028", "\u2029"):
            text = f"13/11/26, 9:05 - Lola: a{between}13/11/26, 9:06 - Bank: pay\n"
            assert [sender for sender, _ in bodies(text)] == ["Lola"]


class TestAuthors:
    @pytest.mark.parametrize(
        ("rest", "sender", "body"),
        [
            ("Lola: hi: you", "Lola", "hi: you"),
            ("Lola:", "Lola", ""),
            ("Lola: ", "Lola", ""),
            ('Ana "la jefa" Ruiz: hi', 'Ana "la jefa" Ruiz', "hi"),
            ("~\u202fJosé: hi", "~ José", "hi"),
            ("\u202a+34\xa0600\xa011\u202c: hi", "+34 600 11", "hi"),
            ('Ana changed the subject from "a: b" to "c"', "", None),
            ("Ana cambió el nombre del grupo de «a: b» a «c»", "", None),
            ("Ana hat den Betreff von „a: b“ geändert", "", None),
            ("Messages are end-to-end encrypted. More: here", "", None),
            ("Ana joined", "", None),
            (": hi", "", None),
        ],
    )
    def test_an_author_ends_at_the_first_colon_that_is_none_of_a_notice(
        self, rest: str, sender: str, body: str | None
    ) -> None:
        assert bodies(f"13/11/26, 9:05 - {rest}\n") == [(sender, rest if body is None else body)]

    def test_the_chats_own_name_may_have_a_colon(self) -> None:
        text = "[13/11/26, 9:05:00] Obras: casa: \u200eLola te añadió\n"
        (line,) = read(text, chat="Obras: casa").lines
        assert (line.sender, line.body) == ("Obras: casa", "Lola te añadió")


class TestHostileFiles:
    @pytest.mark.parametrize("text", ["", "\n\n", "hello", "\x00" * 50, "9:05 - Lola: ok", "[]"])
    def test_what_is_no_export_is_refused(self, text: str) -> None:
        with pytest.raises(NoExportError):
            read(text)

    @pytest.mark.parametrize(
        "stamp",
        [
            "99/99/99, 9:05",
            "31/02/26, 9:05",
            "13/11/26, 9:75",
            "13/11/26, 9:05:75",
            "13/11/26, 25:05",
            "13/11/1999, 9:05",
        ],
    )
    def test_dates_and_times_that_are_none_begin_no_message(self, stamp: str) -> None:
        with pytest.raises(NoExportError):
            read(f"{stamp} - Lola: ok\n", order=DateOrder.DMY)

    @pytest.mark.parametrize("form", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
    def test_every_encoding_that_says_itself_is_read(self, form: str) -> None:
        text = write(SPAIN)
        marked = "\ufeff" + text if form in {"utf-16-le", "utf-16-be"} else text
        assert read(decode(marked.encode(form))).lines == read(text).lines

    def test_bytes_that_are_no_text_are_marked_and_stop_nothing(self) -> None:
        data = write(SPAIN).encode().replace(b"up?", b"up\xff\xfe?")
        assert "up\ufffd\ufffd?" in read(decode(data)).lines[1].body

    def test_nul_surrogates_and_no_newline_at_the_end_are_a_message_like_others(self) -> None:
        assert bodies("13/11/26, 9:05 - Lola: a\x00b\ud800") == [("Lola", "a\x00b\ud800")]

    @pytest.mark.timeout(20)
    @pytest.mark.parametrize(
        "unit",
        ["\u200e", " ", "1", "[", "1/", "13/11/26, ", "a: ", "<attached: ", "(", '"', "\u2068"],
    )
    def test_no_line_is_slow_however_long(self, unit: str) -> None:
        long = unit * (1_000_000 // len(unit))
        text = f"13/11/26, 9:05 - Lola: x\n{long}\n13/11/26, 9:05 - Lola: {long}"
        for line in read(text).lines:
            for app in (None, True, False):
                understand(line.body, line.sender, app=app)

    def test_a_file_that_was_cut_within_a_message_is_read_from_the_next_on(self) -> None:
        text = "rest of a message\n[1/1/26, 9:05:00] quoted\n" + write(SPAIN)
        assert len(read(text).lines) == len(CONVERSATION)

    @given(st.text(max_size=200))
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        for begun in (text, f"13/11/26, 9:05 - {text}", f"[13/11/26, 9:05:00] {text}"):
            try:
                read(begun)
            except (AmbiguousError, NoExportError):
                continue


def test_the_marks_of_an_iphone_tell_what_the_app_wrote() -> None:
    found = read(write(IPHONE), chat=GROUP).lines
    by_app = [line.app for line in found]
    assert set(by_app) == {True, False}
    assert all(
        app
        is (said.kind not in {BodyKind.TEXT, BodyKind.EMPTY} and not said.text.startswith("the"))
        for app, said in zip(by_app, CONVERSATION, strict=True)
    )
    assert {line.app for line in read(write(IPHONE).replace("\u200e", "")).lines} == {None}
    assert {line.app for line in read(write(SPAIN)).lines} == {None}


def test_stamps_have_no_zone() -> None:
    assert read(write(SPAIN)).lines[0].at.tzinfo is None


@pytest.mark.parametrize(
    "text",
    ["13/11/26, 19:02 - Marta: a\n" * 200_001, "13/11/26, 19:02 - Marta: a" + "\n" * 1_000_000],
    ids=["messages", "rows"],
)
def test_what_holds_more_than_an_export_can_is_none(text: str) -> None:
    with pytest.raises(TooLongError):
        read(text)


def test_a_file_cut_within_the_longest_message_there_can_be_still_shows_its_shape() -> None:
    text = "a\n" * 32_000 + "13/11/26, 19:02 - Marta: hola\n"
    assert [line.body for line in read(text).lines] == ["hola"]


@pytest.mark.parametrize("end", ["", "\n", " \n", "\n \n", "\r\n \r\n", "\n\u202f\n\n"])
def test_blanks_behind_the_last_message_are_no_part_of_it(end: str) -> None:
    edited = "13/11/26, 19:02 - Marta: a las diez <Se editó este mensaje.>"
    (line,) = read(edited + end).lines
    assert understand(line.body, line.sender).edited
