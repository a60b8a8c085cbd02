"""What the reader costs: query plans and steps of SQLite's machine, counted, never timed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.database import open_database
from store.query import parse
from store.reader import Reader
from tests.store.shelf import fill

NOW = datetime(2026, 11, 25, tzinfo=UTC)
SMALL, LARGE = 1_000, 20_000
PAGE = 64


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Reader]]:
    """Give one reader for each size; what they read is never written again."""
    made = {}
    for size in (SMALL, LARGE):
        path: Path = tmp_path_factory.mktemp("plans") / f"{size}.db"
        db = open_database(path)
        with db.write() as conn:
            fill(conn, size)
        db.close()
        made[size] = Reader(path)
    yield made
    for reader in made.values():
        reader.close()


def plan(reader: Reader, act: Callable[[], object]) -> list[str]:
    """List the plans of all the SELECTs from `item` that `act` runs."""
    conn = reader._source._conn  # type: ignore[attr-defined]  # the bare SQLite connection
    seen: list[str] = []
    conn.set_trace_callback(seen.append)
    try:
        act()
    finally:
        conn.set_trace_callback(None)
    matters = [sql for sql in seen if "INDEXED BY item_matter" in sql]
    asked = [sql for sql in seen if " item" in sql and sql not in matters]
    assert asked
    for sql in matters:  # the few that are linked, whatever is asked
        [(*_, how)] = conn.execute(f"EXPLAIN QUERY PLAN {sql}")
        assert "item_matter" in how
    return [str(row[3]) for sql in asked for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}")]


def steps(reader: Reader, act: Callable[[], object]) -> int:
    """Count the instructions that SQLite executes for `act`."""
    conn = reader._source._conn  # type: ignore[attr-defined]  # the bare SQLite connection
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    conn.set_progress_handler(step, 1)
    try:
        act()
    finally:
        conn.set_progress_handler(None, 1)
    return count


VIEWS = ["", "client:c7", "kind:task", "tipo:hilo", "canal:correo", "channel:trello", "turn:me"]
VIEWS += ["state:inbox", "is:unread", "client:c7 channel:imap kind:task", "-cliente:c7"]


@pytest.mark.parametrize("text", VIEWS)
def test_every_view_of_the_queue_is_one_walk_of_an_index_that_has_all_it_needs(
    readers: dict[int, Reader], text: str
) -> None:
    reader = readers[SMALL]
    query = parse(text, now=NOW, timezone=UTC)
    assert plan(reader, lambda: reader.ids(query)) == ["SCAN item USING COVERING INDEX item_queue"]
    assert plan(reader, lambda: reader.count(query)) == [
        "SCAN item USING COVERING INDEX item_queue"
    ]


@pytest.mark.parametrize("text", ["factura", "rareza -label:x", "due:<friday", "label:x or fac"])
def test_no_question_about_the_queue_sorts(readers: dict[int, Reader], text: str) -> None:
    reader = readers[SMALL]
    query = parse(text, now=NOW, timezone=UTC)
    found = plan(reader, lambda: reader.ids(query, limit=PAGE))
    assert found[0] in {
        "SCAN item USING COVERING INDEX item_queue", "SCAN item USING INDEX item_queue",
    }  # fmt: skip
    assert not [line for line in found if "B-TREE" in line]


def test_words_are_looked_up_before_the_documents_they_stand_in(
    readers: dict[int, Reader],
) -> None:
    reader = readers[SMALL]
    for found in (
        plan(reader, lambda: reader.ids(parse("factura", now=NOW, timezone=UTC))),
        plan(reader, lambda: reader.search("factura")),
    ):
        words = next(n for n, line in enumerate(found) if "search_word VIRTUAL TABLE" in line)
        assert found[words + 1] == "SEARCH search_doc USING INTEGER PRIMARY KEY (rowid=?)"
        assert not [line for line in found if "SCAN search_doc" in line]


def test_search_looks_up_only_the_items_it_found(readers: dict[int, Reader]) -> None:
    reader = readers[SMALL]
    found = plan(reader, lambda: reader.search("rareza", 10))
    assert [line for line in found if " item " in line] == [
        "SEARCH item USING INTEGER PRIMARY KEY (rowid=?)"
    ]


def test_a_page_and_an_item_are_looked_up_by_id_alone(readers: dict[int, Reader]) -> None:
    reader = readers[SMALL]
    found = plan(reader, lambda: reader.rows(range(1, PAGE)))
    assert found[0] == "SEARCH item USING INTEGER PRIMARY KEY (rowid=?)"
    found += plan(reader, lambda: reader.item(5))
    assert not [line for line in found if line.startswith("SCAN") and "json_each" not in line]


def test_the_strip_counts_without_touching_the_items(readers: dict[int, Reader]) -> None:
    reader = readers[SMALL]
    assert plan(reader, reader.clients) == ["SCAN item USING COVERING INDEX item_queue_client"]


def test_a_page_costs_the_same_among_few_and_among_many(readers: dict[int, Reader]) -> None:
    costs = set()
    for reader in readers.values():
        ids = reader.ids()
        for start in (0, len(ids) // 2, len(ids) - PAGE):
            page = ids[start : start + PAGE]
            costs.add(steps(reader, lambda page=page, reader=reader: reader.rows(page)))  # type: ignore[misc]
    # One instruction more or less a row: a unit that is there or not, a text that is NULL.
    assert max(costs) < 1.1 * min(costs)


@pytest.mark.parametrize(("text", "bound"), [("", 1.05), ("client:c7", 1.5), ("kind:task", 1.5)])
def test_the_first_rows_cost_the_same_among_few_and_among_many(
    readers: dict[int, Reader], text: str, bound: float
) -> None:
    query = parse(text, now=NOW, timezone=UTC)
    few, many = (
        steps(reader, lambda reader=reader: reader.ids(query, limit=40))  # type: ignore[misc]
        for reader in readers.values()
    )
    assert many < bound * few


def test_all_the_ids_cost_a_handful_of_instructions_each(readers: dict[int, Reader]) -> None:
    reader = readers[LARGE]
    assert steps(reader, reader.ids) < 10 * LARGE
    assert len(reader.ids()) == LARGE


@pytest.mark.parametrize(("text", "found"), [("factura", LARGE // 2), ("rareza", LARGE // 500)])
def test_what_is_counted_quickly_is_counted_rightly(
    readers: dict[int, Reader], text: str, found: int
) -> None:
    query = parse(text, now=NOW, timezone=UTC)
    reader = readers[LARGE]
    assert reader.count(query) == len(reader.ids(query)) == len(reader.search(query)) == found


def test_leaving_words_out_costs_about_what_finding_them_costs(
    readers: dict[int, Reader],
) -> None:
    reader = readers[LARGE]
    words, without = (parse(text, now=NOW, timezone=UTC) for text in ("factura", "-factura"))
    found = steps(reader, lambda: reader.ids(words))
    assert steps(reader, lambda: reader.ids(without)) < 3 * found
