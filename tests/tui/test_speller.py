"""Words are looked at in another process, and nobody waits for it."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from tui.speller import Speller


def test_it_finds_words_in_both_languages_and_ends_when_it_is_closed() -> None:
    async def ask() -> tuple[list[list[tuple[int, int]]], int]:
        one = Speller()
        found = await asyncio.gather(
            one.unknown("La fehca es hoy.\n¿Vale?", "es"), one.unknown("I recieved it.", "en")
        )
        process = one._process
        assert process is not None
        one.close()
        return list(found), await process.wait()

    found, code = asyncio.run(ask())
    assert found == [[(3, 8)], [(2, 10)]]
    assert code == -signal.SIGKILL if os.name != "nt" else code


@pytest.mark.parametrize("program", ["/nonexistent/python", "/bin/true"])
@pytest.mark.skipif(os.name == "nt", reason="there is no /bin/true")
def test_where_no_process_answers_nothing_is_marked(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", program)

    async def ask() -> list[tuple[int, int]]:
        one = Speller()
        found = await one.unknown("fehca", "es")
        found += await one.unknown("fehca", "es")
        one.close()
        return found

    assert asyncio.run(ask()) == []
