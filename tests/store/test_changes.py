"""What the tool reports and what we notice are one change, told once."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from normalizer.model import Attachment, Change, CheckItem, Message, Ref, State, Task
from normalizer.raw import Raw, canonical
from store.database import Database, open_database
from store.directory import ChannelKey, declare
from store.intake import renormalise, take
from tests.store.conftest import CLIENTS
from tests.store.mailbox import (
    ANA,
    BEA,
    NOW,
    bring,
    deleted,
    items,
    normalise,
    raw,
    rows,
    rules,
    task,
)
from tests.store.test_intake import count_statements

ONE = task(1, "Web", body="Azul", labels=("a",), assignees=(ANA,))


def card(one: Task, **meta: Any) -> Raw:
    return raw(one.ref.external_id, one, stream="card", **meta)


def said(n: int, field: str, before: str, after: str, about: str = "c1", **more: Any) -> Raw:
    """Make the report of a change, by Bea, `n` minutes after the beginning."""
    change = Change(
        ref=Ref("action", f"a{n}"), about=Ref("card", about), field=field, before=before,
        after=after, author=BEA, at=NOW + timedelta(minutes=n),
    )  # fmt: skip
    return raw(f"a{n}", change, stream="action", **more)


def told(db: Database) -> list[tuple[str, str, str, bool]]:
    """Read the changes that are kept: field, before, after, and whether somebody made it."""
    return [(c.field, c.before, c.after, c.author is not None) for c in rows(db, "change")]


def test_what_the_tool_reports_too_is_not_noticed_as_well(db: Database, board: ChannelKey) -> None:
    bring(db, board, card(ONE))
    other = replace(
        ONE, title="Tienda", body="Rojo", due=date(2026, 12, 1), container="Web › Hecho",
        state=State.DONE,
    )  # fmt: skip
    reports = [
        said(1, "title", "Web", "Tienda"), said(2, "body", "Azul", "Verde"),
        said(3, "body", "Verde", "Rojo"), said(4, "due", "", "2026-12-01"),
        said(5, "container", "Web", "Web › Hecho"), said(6, "state", "open", "done"),
    ]  # fmt: skip
    bring(db, board, card(other), *reports)
    assert len(told(db)) == 6
    assert all(by_somebody for *_, by_somebody in told(db))


def test_what_differs_otherwise_than_reported_is_noticed(db: Database, board: ChannelKey) -> None:
    bring(db, board, card(ONE), card(task(2, "Otra")))
    both = [card(replace(ONE, title="Tienda")), card(task(2, "Blog"))]
    bring(db, board, *both, said(1, "title", "Web", "Blog"))
    assert sorted(told(db)) == [
        ("title", "Otra", "Blog", False),
        ("title", "Web", "Blog", True),
        ("title", "Web", "Tienda", False),
    ]


def test_of_a_set_only_the_lines_that_nobody_reports_are_noticed(
    db: Database, board: ChannelKey
) -> None:
    before = replace(
        ONE, labels=("a", "b"),
        checklist=(CheckItem(external_id="1", text="Fotos"), CheckItem(external_id="2", text="T")),
        attachments=(Attachment(external_id="f", name="logo.png"),),
    )  # fmt: skip
    after = replace(
        before, labels=("b", "c", "d"), assignees=(BEA,),
        checklist=(
            CheckItem(external_id="1", text="Fotos", done=True),
            CheckItem(external_id="2", text="Textos"),
        ),
        attachments=(Attachment(external_id="g", name="guía.pdf"),),
    )  # fmt: skip
    bring(db, board, card(before))
    reports = [
        said(1, "labels", "", "c"), said(2, "labels", "a", ""),
        said(3, "checklist", "[ ] Fotos", "[x] Fotos"), said(4, "people", "Ana", ""),
        said(5, "attachments", "logo.png", ""), said(6, "attachments", "", "guía.pdf"),
    ]  # fmt: skip
    bring(db, board, card(after), *reports)
    assert sorted(one[:3] for one in told(db) if not one[3]) == [
        ("checklist", "[ ] T", "[ ] Textos"), ("labels", "", "d"), ("people", "", "Bea"),
    ]  # fmt: skip
    assert sum(one[3] for one in told(db)) == 6


def test_a_report_without_words_takes_those_of_our_own_snapshots(
    db: Database, board: ChannelKey
) -> None:
    bring(db, board, card(ONE))
    reports = [said(1, "body", "", ""), said(2, "body", "", ""), said(3, "labels", "", "")]
    bring(db, board, *reports, card(replace(ONE, body="Rojo", labels=("b",))))
    assert sorted((c.external_id, c.before, c.after) for c in rows(db, "change")) == [
        ("a1", "", ""), ("a2", "Azul", "Rojo"), ("a3", "a", "b"),
    ]  # fmt: skip
    again = [said(2, "body", "", "", likes=1), said(1, "body", "", "", likes=2)]
    bring(db, board, *again, card(replace(ONE, body="Verde", labels=("b",))))
    assert [(c.external_id, c.before, c.after) for c in rows(db, "change") if c.field == "body"] \
        == [("a1", "", ""), ("a2", "Azul", "Rojo"), (None, "Rojo", "Verde")]  # fmt: skip


def test_a_state_that_is_reported_without_words_is_one_row(db: Database, board: ChannelKey) -> None:
    bring(db, board, card(ONE))
    bring(db, board, card(replace(ONE, state=State.DONE)), said(1, "state", "", ""))
    assert told(db) == [("state", "open", "done", True)]


def archived_list(one: Raw) -> list[Any]:
    """Read cards whose list's name and end stand in what surrounds them."""
    about = one.about()
    state = State.ARCHIVED if about.get("closed") else State.OPEN
    return [
        replace(record, container=about["list"], state=state)
        if isinstance(record, Task)
        else record
        for record in normalise(replace(one, meta="{}"))
    ]


def take_with(db: Database, key: ChannelKey, *records: Raw) -> None:
    take(
        db, key, records=records, cursor=None, census=(), normalise=archived_list, rules=rules,
        identities=frozenset(), now=NOW,
    )  # fmt: skip


@pytest.mark.parametrize("whole", [True, False])
def test_a_list_that_is_renamed_changes_none_of_its_cards_and_one_that_is_put_away_all(
    db: Database, board: ChannelKey, whole: bool
) -> None:
    def cards(**meta: Any) -> list[Raw]:
        made = [card(task(n), **meta) for n in range(20)]
        return made if whole else [replace(one, payload=None) for one in made]

    take_with(db, board, *(card(task(n), list="Hacer") for n in range(20)))
    take_with(db, board, *cards(list="En curso"))
    assert {one.container for one in items(db).values()} == {"En curso"}
    assert told(db) == []
    take_with(db, board, *cards(list="En curso", closed=True))
    assert told(db) == [("state", "open", "archived", False)] * 20


def test_noise_beside_the_projection_is_no_change_either(db: Database, board: ChannelKey) -> None:
    one = replace(card(ONE), projection=b"1")
    bring(db, board, one)
    bring(db, board, replace(card(replace(ONE, title="Tienda"), n=1), projection=b"1"))
    assert [item.title for item in items(db).values()] == ["Tienda"]
    assert told(db) == []


def test_a_card_that_was_only_spoken_of_has_changed_nothing_when_it_comes(
    db: Database, board: ChannelKey
) -> None:
    comment = Message(
        ref=Ref("comment", "k"), author=ANA, sent_at=NOW, text="¿Y esto?", about=ONE.ref
    )
    bring(db, board, raw("k", comment, stream="comment"))
    bring(db, board, card(replace(ONE, state=State.DONE)))
    assert told(db) == []


def test_a_card_that_goes_and_comes_back_is_two_changes_of_state(
    db: Database, board: ChannelKey
) -> None:
    bring(db, board, card(ONE), card(task(2)))
    bring(db, board, deleted("c1", stream="card"))
    bring(db, board, card(ONE))
    assert told(db) == [("state", "open", "gone", False), ("state", "gone", "open", False)]


def test_five_hundred_changed_cards_cost_as_many_queries_as_five(
    db: Database, board: ChannelKey
) -> None:
    def batch(count: int, title: str) -> list[Raw]:
        each = range(count)
        return [
            *(card(replace(task(n, title), labels=(title,))) for n in each),
            *(said(n, "title", "", title, about=f"c{n}", v=title) for n in each),
        ]

    def statements(count: int, title: str) -> int:
        heard = count_statements(db)
        bring(db, board, *batch(count, title))
        return len(heard)

    bring(db, board, *batch(500, "uno"))
    few = statements(5, "dos")
    assert statements(500, "tres") <= 2 * few


LABELS = st.frozensets(st.sampled_from("abc"))
TITLES = st.sampled_from(["Web", "Blog", "Tienda"])


@dataclass(frozen=True)
class Poll:
    """What one look at the board brings."""

    records: list[Raw]


@st.composite
def stories(draw: st.DrawFn) -> list[Poll]:
    """A board that is edited, sometimes silently, sometimes with a report of no words."""
    now = {f"c{n}": Task(ref=Ref("card", f"c{n}"), title="Web") for n in range(2)}
    polls = [Poll([card(one) for one in now.values()])]
    number = 0
    for _ in range(draw(st.integers(1, 3))):
        reports = []
        for _ in range(draw(st.integers(1, 4))):
            name, how = draw(st.sampled_from(sorted(now))), draw(st.sampled_from(["", "-", "+"]))
            number, old = number + 1, now[name]
            if draw(st.booleans()):
                new = replace(old, title=draw(TITLES))
                spelled = ("title", old.title, new.title)
            else:
                new = replace(old, labels=tuple(sorted(draw(LABELS))))
                gone, came = set(old.labels) - set(new.labels), set(new.labels) - set(old.labels)
                spelled = ("labels", "\n".join(sorted(gone)), "\n".join(sorted(came)))
            now[name] = new
            if how:
                field, *texts = spelled
                before, after = texts if how == "+" else ("", "")
                reports.append(said(number, field, before, after, about=name))
        polls.append(Poll([*(card(one) for one in now.values()), *reports]))
    return polls


def kept(db: Database) -> list[tuple[Any, ...]]:
    by_name = {one.id: one.external_id for one in rows(db, "item")}
    return sorted(
        (by_name[c.item_id], c.field, c.before, c.after, c.external_id or "", c.at)
        for c in rows(db, "change")
    )


def hear(folder: str, polls: Sequence[Poll], draw: Any = None) -> list[tuple[Any, ...]]:
    """Take all polls in a database of their own; with `draw`, as badly as they may come."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        db = open_database(Path(place) / "t.db")
        key = declare(db, CLIENTS, NOW)["acme", "tablero"]
        earlier: list[Raw] = []
        for n, poll in enumerate(polls):
            batch, times, again = poll.records, 1, False
            if draw is not None:
                repeated = draw(st.lists(st.sampled_from(earlier), max_size=3)) if earlier else []
                noisy = [replace(one, meta=canonical({"likes": n})) for one in repeated]
                batch = draw(st.permutations([*batch, *noisy]))
                times, again = draw(st.integers(1, 2)), draw(st.booleans())
                earlier += [one for one in poll.records if one.stream == "action"]
            for _ in range(times):
                bring(db, key, *batch, now=NOW + timedelta(hours=n))
            if again:
                list(renormalise(
                    db, key, normalise=normalise, rules=rules, identities=frozenset(), now=NOW
                ))  # fmt: skip
        found = kept(db)
        db.close()
        return found


@settings(max_examples=40, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(stories(), st.data())
def test_each_change_is_told_once_whatever_the_order_and_however_often(
    polls: list[Poll], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plain = hear(folder, polls)
        reports = [
            one.external_id for poll in polls for one in poll.records if one.stream != "card"
        ]
        assert sorted(ref for *_, ref, _ in plain if ref) == sorted(reports)
        worded = [row for row in plain if row[2] or row[3]]
        silent = [row for row in worded if not row[4]]
        assert len({(row[0], row[1], row[5]) for row in silent}) == len(silent)
        assert hear(folder, polls, data.draw) == plain


def test_a_task_of_which_a_copy_went_reads_as_the_one_that_is_left(
    db: Database, board: ChannelKey
) -> None:
    here = raw("a/1", task(1, container="Web › Ideas"), stream="task")
    there = raw("b/1", task(1, container="Otro"), stream="task")
    bring(db, board, here)
    bring(db, board, there)
    (item,) = items(db).values()
    assert item.container == "Otro"
    before = rows(db, "change")
    bring(db, board, here, deleted("b/1", stream="task"))
    (item,) = items(db).values()
    assert (item.container, item.state) == ("Web › Ideas", 0)
    assert rows(db, "change") == before
