"""Questions to the database that nobody waits for any more."""

from __future__ import annotations

import asyncio
from pathlib import Path

from store.reader import Reader
from tests.tui.world import build
from tui.desk import Desk

ENDLESS = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n"


def test_a_question_that_is_given_up_is_stopped_and_the_next_one_is_answered(
    tmp_path: Path,
) -> None:
    desk = Desk(str(build(tmp_path)))

    async def run() -> None:
        begun = asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow(reader: Reader) -> object:
            loop.call_soon_threadsafe(begun.set)
            return reader._source.all(ENDLESS)

        asked = asyncio.create_task(desk.read(slow))
        await begun.wait()
        await asyncio.sleep(0.05)
        asked.cancel()
        number = await asyncio.wait_for(desk.read(lambda reader: len(reader.ids())), 20)
        assert number > 5
        assert asked.cancelled()

    asyncio.run(run())
    assert desk.close()


def test_giving_up_one_that_is_over_stops_nothing_else(tmp_path: Path) -> None:
    desk = Desk(str(build(tmp_path)))
    stopped = []
    first = desk._reading.give(lambda: 1)
    assert first.result(20) == 1
    desk._reading.give_up(first, lambda: stopped.append(1))
    assert not stopped
    assert desk.close()
