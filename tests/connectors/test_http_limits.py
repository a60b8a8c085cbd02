"""The limiter: never more than a vendor allows, whoever asks and whenever."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http_limits import LONGEST, Limits, Rate, digest, http_date, retry_after

_serial = itertools.count()


class Clock:
    """A clock that stands still unless it is put on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def key() -> str:
    """Name a credential that nobody else uses."""
    return digest("host", f"token {next(_serial)}")


def most_in_any_window(sent: list[tuple[float, int]], seconds: float) -> int:
    """Count what any window of `seconds` holds, both its ends included."""
    return max(
        (
            sum(cost for at, cost in sent if start <= at <= start + seconds - 1e-5)
            for start, _ in sent
        ),
        default=0,
    )


rates = st.builds(
    lambda most, seconds, part: Rate("token", most, seconds, max(1, int((most - 1) * part))),
    most=st.integers(2, 40),
    seconds=st.sampled_from([0.5, 1.0, 10.0, 60.0, 900.0]),
    part=st.floats(0.0, 1.0),
)
steps = st.lists(
    st.tuples(
        st.floats(0.0, 2.0),  # how much later, in parts of the window
        st.integers(1, 10),  # what it counts as
        st.integers(0, 3),  # whose it is
        st.integers(0, 3),  # how often it waits as it is told to
    ),
    max_size=80,
)


@given(rates, rates, steps)
def test_no_window_ever_holds_more_than_the_rate(
    own: Rate, shared: Rate, asked: list[tuple[float, int, int, int]]
) -> None:
    """Four accounts with a token each, under one API key: of each token and of the key."""
    clock = Clock()
    common = key()
    accounts = [Limits([(key(), own), (common, shared)], clock) for _ in range(4)]
    sent: list[list[tuple[float, int]]] = [[] for _ in accounts]
    for later, weight, whose, patience in asked:
        clock.now += later * own.seconds
        cost = min(weight, own.burst, shared.burst)
        for _ in range(patience + 1):
            wait = accounts[whose].admit(cost, "/cards/1")
            if wait == 0.0:
                sent[whose].append((clock.now, cost))
                break
            clock.now += wait
    for one in sent:
        assert most_in_any_window(one, own.seconds) <= own.most
    everyone = sorted(itertools.chain.from_iterable(sent))
    assert most_in_any_window(everyone, shared.seconds) <= shared.most


@given(rates, st.lists(st.tuples(st.floats(0.0, 2.0), st.integers(1, 10)), max_size=50))
def test_whoever_waits_as_told_goes_then(rate: Rate, asked: list[tuple[float, int]]) -> None:
    clock = Clock()
    limits = Limits([(key(), rate)], clock)
    for later, weight in asked:
        clock.now += later * rate.seconds
        cost = min(weight, rate.burst)
        if wait := limits.admit(cost, "/a"):
            clock.now += wait
            assert limits.admit(cost, "/a") == 0.0


@given(rates, st.integers(1, 5))
def test_what_is_allowed_in_the_long_run_is_let_through(rate: Rate, windows: int) -> None:
    clock = Clock()
    limits = Limits([(key(), rate)], clock)
    began, count = clock.now, 0
    while True:
        if wait := limits.admit(1, "/a"):
            clock.now += wait
            continue
        if clock.now - began > windows * rate.seconds:
            break
        count += 1
    assert count >= windows * (rate.most - rate.burst)


def test_a_burst_goes_at_once_and_the_rest_in_turn() -> None:
    clock = Clock()
    limits = Limits([(key(), Rate("token", 100, 10.0, 50))], clock)
    assert [limits.admit(1, "/a") for _ in range(50)] == [0.0] * 50
    for _ in range(20):
        assert limits.admit(1, "/a") == pytest.approx(0.2)
        clock.now += limits.admit(1, "/a")
        assert limits.admit(1, "/a") == 0.0


def test_one_that_must_wait_takes_nobodys_place() -> None:
    """Of its own account's, and of those who share its key."""
    clock, common = Clock(), key()
    rates = Rate("token", 10, 90.0, 1), Rate("key", 300, 10.0, 150)
    one, other = (Limits([(key(), rates[0]), (common, rates[1])], clock) for _ in range(2))
    assert one.admit(1, "/a") == 0.0
    assert [one.admit(1, "/a") for _ in range(300)] == [pytest.approx(10.0)] * 300
    assert other.admit(1, "/a") == 0.0


def test_a_batch_counts_as_its_actions() -> None:
    limits = Limits([(key(), Rate("token", 150, 60.0, 50))], Clock())
    assert [limits.admit(10, "/batch") for _ in range(6)] == [0.0] * 5 + [pytest.approx(6.0)]


def test_what_could_never_go_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="11 at once"):
        Limits([(key(), Rate("token", 20, 1.0, 10))], Clock()).admit(11, "/a")
    for most, burst in ((5, 5), (5, 0), (5, 6)):
        with pytest.raises(ValueError, match="no rate"):
            Rate("token", most, 1.0, burst)


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("/members", True),
        ("/members/me", True),
        ("/members/5f1", True),
        ("/members/me/boards", False),
        ("/membersSearch", False),
        ("/boards/members", False),
        ("/", False),
    ],
)
def test_a_limit_of_a_path_counts_that_path_and_what_is_right_below(
    path: str, *, counts: bool
) -> None:
    limits = Limits([(key(), Rate("/members", 2, 900.0, 1))], Clock())
    limits.admit(1, path)
    assert (limits.admit(1, path) > 0) is counts


def test_threads_share_a_bucket_whoever_made_it() -> None:
    clock, common, rate = Clock(), key(), Rate("key", 300, 10.0, 100)
    waits: list[float] = []

    def work() -> None:
        limits = Limits([(common, rate)], clock)
        waits.extend(limits.admit(1, "/a") for _ in range(50))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [0.0] * 100 + [pytest.approx(0.05)] * 300


def test_other_keys_other_rates_and_other_clocks_share_nothing() -> None:
    clock, common, rate = Clock(), key(), Rate("token", 2, 10.0, 1)
    assert Limits([(common, rate)], clock).admit(1, "/a") == 0.0
    assert Limits([(key(), rate)], clock).admit(1, "/a") == 0.0
    assert Limits([(common, Rate("token", 3, 10.0, 1))], clock).admit(1, "/a") == 0.0
    assert Limits([(common, rate)], Clock()).admit(1, "/a") == 0.0
    assert Limits([(common, rate)], clock).admit(1, "/a") > 0.0


def test_no_credential_can_be_read_from_a_key() -> None:
    assert "hunter2" not in digest("api.example", "hunter2")
    assert digest("a", "bc") != digest("ab", "c")


# What servers tell.

TOLD = {
    "x-rate-limit-api-token-interval-ms": "10000",
    "x-rate-limit-api-token-max": "100",
    "x-rate-limit-api-token-remaining": "63",
    "x-rate-limit-api-key-interval-ms": "10000",
    "x-rate-limit-api-key-max": "300",
    "x-rate-limit-api-key-remaining": "270",
}
"""As Trello sends them."""


def pair(clock: Clock) -> tuple[Limits, Limits]:
    """Make two accounts under one API key."""
    common = key()
    rates = Rate("token", 100, 10.0, 50), Rate("key", 300, 10.0, 150)
    one, other = (Limits([(key(), rates[0]), (common, rates[1])], clock) for _ in range(2))
    return one, other


def test_where_enough_is_left_nothing_is_held_back() -> None:
    one, other = pair(Clock())
    assert one.told(TOLD, 200) == 0.0
    assert (one.admit(1, "/a"), other.admit(1, "/a")) == (0.0, 0.0)


@pytest.mark.parametrize("left", ["0", "5"])
def test_where_next_to_nothing_is_left_of_a_token_its_account_rests(left: str) -> None:
    one, other = pair(Clock())
    assert one.told(TOLD | {"x-rate-limit-api-token-remaining": left}, 200) == 10.0
    assert (one.admit(1, "/a"), other.admit(1, "/a")) == (10.0, 0.0)


def test_where_next_to_nothing_is_left_of_a_key_all_its_accounts_rest() -> None:
    one, other = pair(Clock())
    one.told(TOLD | {"x-rate-limit-api-key-remaining": "2"}, 200)
    assert (one.admit(1, "/a"), other.admit(1, "/a")) == (10.0, 10.0)


def test_a_limit_that_nobody_foresaw_holds_the_account_back() -> None:
    one, other = pair(Clock())
    spent = {
        "x-rate-limit-db-query-time-interval-ms": "600000",
        "x-rate-limit-db-query-time-max": "7200000",
        "x-rate-limit-db-query-time-remaining": "100",
    }
    assert one.told(TOLD | spent, 200) == 600.0
    assert (one.admit(1, "/a"), other.admit(1, "/a")) == (600.0, 0.0)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"x-rate-limit-api-token-remaining": "-1"},
        {"x-rate-limit-api-token-remaining": "none"},
        {"x-rate-limit-api-token-remaining": "0", "x-rate-limit-api-token-max": ""},
        {"x-rate-limit-api-token-remaining": "0", "x-rate-limit-api-token-interval-ms": "1e9"},
        {"x-rate-limit-api-token-remaining": "0" * 5000},
        {"x-rate-limit-remaining": "0"},
        {"x-rate-limit--remaining": "0"},
    ],
)
def test_what_makes_no_sense_is_not_heeded(nonsense: dict[str, str]) -> None:
    one, _ = pair(Clock())
    assert one.told(TOLD | nonsense, 200) == 0.0
    assert one.admit(1, "/a") == 0.0


def test_nobody_is_sent_away_for_longer_than_a_quarter_of_an_hour() -> None:
    one, _ = pair(Clock())
    endless = {
        "x-rate-limit-api-token-interval-ms": "999999999999",
        "x-rate-limit-api-token-remaining": "0",
    }
    assert one.told(TOLD | endless, 200) == LONGEST
    assert one.told({"retry-after": "86400"}, 429) == LONGEST
    assert one.admit(1, "/a") == LONGEST


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("30", 30.0), ("0", 10.0), ("-5", 10.0), ("soon", 10.0), ("", 10.0), ("1.5", 10.0)],
)
def test_after_a_429_the_account_rests_as_told_or_for_a_window(said: str, seconds: float) -> None:
    clock = Clock()
    one, other = pair(clock)
    assert one.told({"retry-after": said}, 429) == seconds
    assert (one.admit(1, "/a"), other.admit(1, "/a")) == (seconds, 0.0)
    clock.now += seconds + 1
    assert one.admit(1, "/a") == 0.0


def test_without_any_rate_a_429_still_has_a_length_and_nothing_waits() -> None:
    free = Limits([], Clock())
    assert free.told({}, 429) == 30.0
    assert free.admit(1_000, "/a") == 0.0


NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def spelt(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


@pytest.mark.parametrize(
    ("later", "seconds"), [(45, 45.0), (0, 0.0), (-3600, 0.0), (86_400, 900.0), (10**9, 900.0)]
)
def test_a_date_to_come_back_at_counts_from_the_servers_own(later: int, seconds: float) -> None:
    when = NOW + timedelta(seconds=later)
    told = {"retry-after": spelt(when), "date": spelt(NOW)}
    assert retry_after(told) == seconds


@given(st.text(max_size=80))
def test_no_text_to_come_back_at_is_too_strange(said: str) -> None:
    found = retry_after({"retry-after": said})
    assert found is None or 0.0 <= found <= LONGEST


@given(st.dictionaries(st.sampled_from([*TOLD, "retry-after", "date"]), st.text(max_size=20)))
def test_no_headers_are_too_strange(headers: dict[str, str]) -> None:
    one, _ = pair(Clock())
    for status in (200, 429, 503):
        assert 0.0 <= one.told(headers, status) <= LONGEST


@pytest.mark.parametrize(
    "text",
    ["", "x", "99", "Mon, 31 Feb 2026 10:00:00 GMT", "9" * 9999],
)
def test_a_date_that_is_none_is_none(text: str) -> None:
    assert http_date(text) is None
