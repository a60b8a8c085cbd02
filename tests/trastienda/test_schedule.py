from __future__ import annotations

import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from trastienda.schedule import CEILING, FASTEST, FIRST_RETRY, SLOWEST, Pace


def test_news_brings_it_back_soon_and_silence_ever_later_up_to_ten_minutes() -> None:
    pace = Pace()
    intervals = []
    for _ in range(12):
        pace = pace.succeeded(news=False)
        intervals.append(pace.interval)
    assert intervals == sorted(intervals)
    assert intervals[-1] == SLOWEST
    assert pace.succeeded(news=True).interval == FASTEST


@given(failures=st.integers(1, 10_000), seed=st.integers())
def test_a_failing_channel_is_tried_again_within_the_ceiling_and_never_at_once(
    failures: int, seed: int
) -> None:
    delay = Pace(failures=failures).delay(random.Random(seed).uniform)
    assert FIRST_RETRY / 3 <= delay <= CEILING


@given(failures=st.integers(1, 50), wished=st.integers(-(10**9), 10**9), seed=st.integers())
def test_what_the_server_asks_for_is_kept_within_the_ceiling(
    failures: int, wished: int, seed: int
) -> None:
    delay = Pace(failures=failures).delay(random.Random(seed).uniform, timedelta(seconds=wished))
    assert min(wished, CEILING) <= delay <= CEILING


def test_channels_that_broke_together_do_not_come_back_together() -> None:
    uniform = random.Random(1).uniform
    delays = {round(Pace(failures=6).delay(uniform)) for _ in range(30)}
    assert len(delays) > 20
