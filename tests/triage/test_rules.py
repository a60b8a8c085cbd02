from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.model import Kind, State
from store.facts import MOST_HEARD, Facts, Heard
from store.views import Lane, Turn
from triage.rules import CHASE_AFTER, derive, is_courtesy

T = datetime(2026, 10, 14, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)

THREAD = Facts(
    kind=Kind.CONVERSATION,
    state=State.OPEN,
    due=None,
    created_at=T,
    last_in_at=T,
    last_out_at=None,
    last_automatic=False,
    unanswered=(Heard("¿Me mandas el presupuesto?"),),
    news=(Heard("¿Me mandas el presupuesto?"),),
    unread=1,
    lane=Lane.INBOX,
    until=None,
    wake_on_reply=False,
    sla_hours=24,
    timezone="Europe/Madrid",
)
ANSWERED = replace(THREAD, last_out_at=T + HOUR, unanswered=(), news=())
TASK = replace(THREAD, kind=Kind.TASK, last_in_at=None, unanswered=(), news=())


def said(*texts: str, automatic: bool = False, **changed: object) -> Facts:
    """The client's answers to her last word; the last has just come."""
    heard = tuple(Heard(text, automatic) for text in texts)
    facts = replace(
        ANSWERED, last_in_at=T + 2 * HOUR, last_automatic=automatic, unanswered=heard,
        news=heard[-1:], unread=0,
    )  # fmt: skip
    return replace(facts, **changed)  # type: ignore[arg-type]  # it takes the fields by name


@pytest.mark.parametrize(
    "text",
    ["ok", "OK!", "Vale, gracias", "¡Muchas gracias, Lola!", "👍", "👍🏽👍🏽", "❤️", "Perfecto 🙌",
     "thanks", "Thank you very much!", "Got it, thanks Lola :)", "todo perfecto",
     "Recibido. Un saludo"],
)  # fmt: skip
def test_a_mere_thank_you_does_not_return_the_ball(text: str) -> None:
    assert is_courtesy(text)
    assert derive(said(text)).turn is Turn.CLIENT


@pytest.mark.parametrize(
    "text",
    ["", "ok?", "sí", "no", "👎", "gracias, ¿y el logo?", "ok pero cambia el logo", "3", "ok 5",
     "mañana", "perfecto, publícalo el lunes", "https://x.example", "gracias Pedro Pablo",
     "thanks, tomorrow", "Hola", "…", "😡", "ok " * 20, "Gracias. Nos falta la factura de marzo"],
)  # fmt: skip
def test_anything_to_read_returns_the_ball(text: str) -> None:
    assert not is_courtesy(text)
    assert derive(said(text)).turn is Turn.ME


def test_the_ball_is_hers_when_the_client_wrote_last_and_theirs_when_she_did() -> None:
    assert derive(THREAD).turn is Turn.ME
    assert derive(ANSWERED).turn is Turn.CLIENT


def test_an_out_of_office_does_not_return_the_ball() -> None:
    assert derive(said("Estoy fuera hasta el lunes", automatic=True)).turn is Turn.CLIENT


def test_a_thank_you_before_she_ever_answered_leaves_the_ball_with_her() -> None:
    assert derive(replace(THREAD, unanswered=(Heard("gracias"),))).turn is Turn.ME


def test_nothing_covers_a_question_that_came_before_it() -> None:
    assert derive(said("¿Y el logo?", "gracias", "👍")).turn is Turn.ME
    away = replace(
        ANSWERED, last_automatic=True, unanswered=(Heard("¿Y el logo?"), Heard("Fuera", True))
    )
    assert derive(away).turn is Turn.ME
    assert derive(away).act_by == derive(replace(away, last_automatic=False)).act_by


def test_several_thank_yous_are_a_thank_you_and_very_many_are_looked_at() -> None:
    assert derive(said("ok", "gracias", "👍")).turn is Turn.CLIENT
    assert derive(said(*["gracias"] * MOST_HEARD)).turn is Turn.ME


def test_all_that_has_just_come_is_heard_and_not_its_last_word_alone() -> None:
    both = (Heard("¿Y el logo?"), Heard("gracias"))
    assert derive(said("gracias", lane=Lane.ARCHIVED, news=both)).wake
    out = (Heard("Sí, adelante"), Heard("Estoy fuera", automatic=True))
    assert derive(said("gracias", lane=Lane.WAITING, news=out)).wake


def test_a_task_is_hers_while_it_is_open() -> None:
    assert derive(TASK).turn is Turn.ME
    assert derive(replace(TASK, last_out_at=T)).turn is Turn.ME
    for closed in (State.DONE, State.ARCHIVED, State.GONE):
        assert derive(replace(TASK, state=closed)).turn is Turn.CLIENT


def test_a_due_date_lasts_till_midnight_where_she_lives() -> None:
    due = replace(TASK, due=date(2026, 10, 20))
    assert derive(due).act_by == datetime(2026, 10, 20, 21, 59, 59, tzinfo=UTC)
    canary = replace(due, timezone="Atlantic/Canary")
    assert derive(canary).act_by == datetime(2026, 10, 20, 22, 59, 59, tzinfo=UTC)
    instant = datetime(2026, 10, 20, 15, tzinfo=UTC)
    assert derive(replace(TASK, due=instant)).act_by == instant


def test_without_a_due_date_the_clients_promise_counts_from_what_they_last_wrote() -> None:
    assert derive(THREAD).act_by == T + 24 * HOUR
    assert derive(replace(THREAD, sla_hours=4)).act_by == T + 4 * HOUR
    assert derive(TASK).act_by == T + 24 * HOUR
    assert derive(said("¿y el logo?")).act_by == T + 26 * HOUR


def test_what_waits_on_the_client_is_due_when_it_is_time_to_chase() -> None:
    assert derive(ANSWERED).act_by == T + HOUR + CHASE_AFTER
    assert derive(said("gracias")).act_by == T + 2 * HOUR + CHASE_AFTER


def test_people_come_before_machines_and_important_clients_before_others() -> None:
    plain = derive(THREAD).act_by
    machine = replace(THREAD, last_automatic=True, unanswered=(Heard("Tu pedido", True),))
    assert derive(machine).act_by > plain
    assert derive(replace(THREAD, priority=1)).act_by < plain
    assert derive(replace(THREAD, priority=-1)).act_by > plain


@pytest.mark.parametrize(
    ("lane", "on_reply", "text", "automatic", "woken"),
    [
        (Lane.WAITING, True, "ok", False, True),
        (Lane.WAITING, True, "Estoy fuera", True, False),
        (Lane.SNOOZED, True, "ok", False, True),
        (Lane.SNOOZED, True, "Estoy fuera", True, False),
        (Lane.SNOOZED, False, "¿Y el logo?", False, False),
        (Lane.ARCHIVED, False, "¿Y el logo?", False, True),
        (Lane.ARCHIVED, False, "Pedido enviado", True, True),
        (Lane.ARCHIVED, False, "gracias", False, False),
        (Lane.DONE, False, "Se ha roto", False, True),
        (Lane.INBOX, False, "¿Y el logo?", False, False),
        (Lane.PLANNED, False, "¿Y el logo?", False, False),
    ],
)
def test_a_new_message_brings_back_what_it_should(
    lane: Lane, on_reply: bool, text: str, automatic: bool, woken: bool
) -> None:
    facts = said(text, lane=lane, wake_on_reply=on_reply, automatic=automatic)
    assert derive(facts).wake is woken
    assert not derive(replace(facts, news=())).wake


instants = st.datetimes(timezones=st.just(UTC))


@given(
    due=st.none() | st.dates() | instants,
    at=instants,
    sla=st.integers(-(10**12), 10**12),
    priority=st.integers(-(10**12), 10**12),
    text=st.text(max_size=30),
    kind=st.sampled_from(Kind),
)
def test_no_date_however_wild_breaks_the_order(
    *, due: date | None, at: datetime, sla: int, priority: int, text: str, kind: Kind
) -> None:
    derived = derive(
        replace(
            THREAD, due=due, created_at=at, last_in_at=at, unanswered=(Heard(text),), kind=kind,
            sla_hours=sla, priority=priority,
        )
    )  # fmt: skip
    assert 0 <= derived.act_by.timestamp() < 253402300800


def test_a_task_of_somebody_else_is_at_the_client_till_somebody_names_her_in_it() -> None:
    assert derive(TASK).turn is Turn.ME
    others = replace(TASK, elsewhere=True)
    assert derive(others).turn is Turn.CLIENT
    assert derive(others).act_by > derive(TASK).act_by
    assert derive(replace(others, named=True)).turn is Turn.ME
    assert derive(replace(others, named=True, state=State.DONE)).turn is Turn.CLIENT
