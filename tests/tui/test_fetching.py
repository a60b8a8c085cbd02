"""The process that fetches, as the screen minds it."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from normalizer.said import SaidError
from tests.tui.world import app_on, build, drive, press, screen
from tui.fetching import FIRST_WAIT, LASTS, LONGEST_WAIT, Fetching
from tui.setup import Engine


class Process:
    def __init__(self) -> None:
        self.gone = self.stopped = False

    def ended(self) -> bool:
        return self.gone

    def stop(self) -> None:
        self.stopped = True


class Shop:
    """Gives engines out, and keeps the time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.given: list[Process] = []
        self.refuses: Exception | None = None
        self.busy = False
        self.fetching = Fetching(self.begin, lambda: self.now)

    def begin(self) -> Engine | None:
        if self.refuses:
            raise self.refuses
        if self.busy:
            return None
        self.given.append(Process())
        return self.given[-1]

    def after(self, seconds: float) -> Fetching:
        self.now += seconds
        self.fetching.look()
        return self.fetching


def test_an_engine_that_ended_is_begun_again_and_the_line_goes_once_it_lasts() -> None:
    shop = Shop()
    assert shop.after(0).ours
    assert shop.after(LASTS).problem == ""
    shop.given[0].gone = True
    assert "Nothing is being fetched" in shop.after(0).problem
    assert len(shop.given) == 1
    assert shop.after(FIRST_WAIT).ours
    assert len(shop.given) == 2
    assert "Nothing is being fetched" in shop.after(LASTS / 2).problem, "it may not last"
    assert shop.after(LASTS / 2).problem == ""


def test_an_engine_that_never_lasts_is_begun_ever_more_rarely() -> None:
    shop = Shop()
    for _ in range(2000):
        shop.after(1)
        for one in shop.given:
            one.gone = True
    assert 10 < len(shop.given) < 20
    assert shop.fetching.problem
    before = len(shop.given)
    shop.after(LONGEST_WAIT)
    shop.after(LONGEST_WAIT)
    assert len(shop.given) > before, "never given up"


def test_what_keeps_an_engine_from_starting_is_told_until_it_starts() -> None:
    shop = Shop()
    shop.refuses = SaidError("Not now.")
    assert shop.after(0).problem == "Not now."
    shop.refuses = OSError(8, "Exec format error")
    assert "Exec format error" in shop.after(FIRST_WAIT).problem
    shop.refuses = None
    assert shop.after(2 * FIRST_WAIT).ours
    assert shop.after(LASTS).problem == ""


def test_where_another_engine_fetches_ours_begins_when_that_one_has_gone() -> None:
    shop = Shop()
    shop.busy = True
    assert not shop.after(0).ours
    assert shop.fetching.problem == ""
    shop.busy = False
    assert not shop.after(0).ours, "not asked for at every look"
    assert shop.after(LASTS).ours


def test_once_stopped_none_is_begun() -> None:
    shop = Shop()
    shop.after(0)
    shop.fetching.stop()
    assert shop.given[0].stopped
    shop.given[0].gone = True
    shop.after(LASTS)
    assert len(shop.given) == 1


def test_the_screen_says_that_nothing_is_fetched_for_as_long_as_nothing_is(tmp_path: Path) -> None:
    shop = Shop()
    app = app_on(build(tmp_path), start_engine=shop.begin)
    app.fetching = shop.fetching

    async def script(pilot: Pilot[int]) -> None:
        await app._fetch_on()
        shop.given[0].gone = True
        await app._fetch_on()
        assert "! Nothing is being fetched just now." in screen(app)
        app.say("Something else.")
        assert "Something else." in screen(app)
        app._quiet(app._said)
        await press(pilot, "enter")
        assert "! Nothing is being fetched just now." in screen(app)
        for seconds in (FIRST_WAIT, LASTS):
            shop.now += seconds
            await app._fetch_on()
        await press(pilot, "escape")
        assert "Nothing is being fetched" not in screen(app)
        assert "help" in screen(app)

    drive(app, script)
