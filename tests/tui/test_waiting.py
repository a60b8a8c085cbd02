"""What has not gone though its time has come says why, and when it is tried."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from normalizer.said import Said
from store.views import Behind, ChannelView, Health, Outgoing, OutgoingView, Tally
from tests.tui.world import MADRID, NOW
from tui import letters
from tui.rows import Look

MINUTE = timedelta(minutes=1)
DOWN, BROKEN = Said("It is not reachable. Look at the network."), Said("No answer.")
ONE = OutgoingView(
    id=1, client="acme", channel="correo", channel_kind="imap", item_id=1, title="Web",
    action="mail", text="Va", sender="", to=(), files=(), who="Lola",
    state=Outgoing.QUEUED, decided_at=NOW - 2 * MINUTE,
    send_at=NOW - MINUTE, again_at=None, attempts=0, ended_at=None, error=None,
)  # fmt: skip
WELL = ChannelView(
    client="acme", channel="correo", kind="imap", health=Health.OK, last_success=NOW,
    last_attempt=NOW, asked=False, next_run=None, error=None, notices=(), failures=0,
    tally=Tally(),
)  # fmt: skip
BAD = replace(WELL, health=Health.LATER, error=DOWN)
BEHIND = "before it in this channel"


@pytest.mark.parametrize(
    ("one", "channel", "said"),
    [
        (ONE, WELL, {BEHIND}),
        (ONE, BAD, {"! It is not reachable. Look at the network."}),
        (ONE, replace(BAD, client="luz"), {BEHIND}),
        (replace(ONE, error=BROKEN, again_at=NOW + MINUTE), BAD, {"! No answer.", "tried again"}),
        (replace(ONE, send_at=NOW + MINUTE), BAD, set()),
        (replace(ONE, state=Outgoing.DONE, ended_at=NOW), BAD, set()),
    ],
    ids=["behind others", "channel down", "another client's", "tried later", "not yet", "gone"],
)
def test_it_says_why_it_waits_and_only_then(
    one: OutgoingView, channel: ChannelView, said: set[str]
) -> None:
    look = Look(clients={}, zone=MADRID, now=NOW)
    lines = letters.whole(one, Behind(changes=(), tries=()), [channel], look, 80)
    text = "\n".join("".join(span.text for span in line) for line in lines)
    reasons = {BEHIND, "! It is not reachable. Look at the network.", "! No answer.", "tried again"}
    assert {each for each in reasons if each in text} == said
