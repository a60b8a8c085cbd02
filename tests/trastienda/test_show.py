"""`show`: one item whole, with what the screen folds and what a calendar asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.trastienda.desk import Desk

SOON = datetime.now(UTC).replace(hour=9, minute=30, second=0, microsecond=0) + timedelta(days=3)
STAMP = "%a, %d %b %Y %H:%M:%S +0000"

MAIL = f"""\
From: Ana <ana@client.example>
To: lola@va.example
Subject: Presupuesto
Date: {datetime.now(UTC):{STAMP}}
Message-ID: <1@client.example>
Content-Type: text/plain; charset=utf-8

Lo veo bien.

El lunes, Lola <lola@va.example> escribió:
> Van tres zanahorias.
> ¿Te parece bien?
"""

INVITATION = f"""\
From: Ana <ana@client.example>
To: lola@va.example
Subject: Reunión
Date: {datetime.now(UTC):{STAMP}}
Message-ID: <2@client.example>
Content-Type: text/calendar; method=REQUEST; charset=utf-8

BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
UID:1
SUMMARY:Revisión de otoño
DTSTART:{SOON:%Y%m%dT%H%M%SZ}
DTEND:{SOON + timedelta(hours=1):%Y%m%dT%H%M%SZ}
LOCATION:Sala azul
ORGANIZER;CN=Ana:mailto:ana@client.example
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def number(desk: Desk) -> dict[str, str]:
    """The numbers of a mail that quotes and of one that invites."""
    import json

    for key, mail in (("1", MAIL), ("2", INVITATION)):
        line = {"stream": "mail", "id": key, "mail": mail.replace("\n", "\r\n")}
        desk.add("acme", json.dumps(line) + "\n")
    desk.run("sync")
    items = desk.run("queue", "--json").json["items"]
    return {one["title"]: str(one["id"]) for one in items}


def test_what_is_folded_is_counted_and_shown_when_asked_for(
    desk: Desk, number: dict[str, str]
) -> None:
    out = desk.run("show", number["Presupuesto"]).out
    assert "Lo veo bien." in out
    assert "zanahorias" not in out
    assert "[3 quoted lines; --all shows them]" in out
    whole = desk.run("show", number["Presupuesto"], "--all").out
    assert "  > > Van tres zanahorias.\n" in whole
    assert "--all" not in whole


def test_an_invitation_is_shown_with_its_time_and_place(desk: Desk, number: dict[str, str]) -> None:
    out = desk.run("show", number["Reunión"]).out
    assert "Invitation: Revisión de otoño" in out
    assert "09:30 – 10:30" in out
    assert "Sala azul" in out
    (message,) = desk.run("show", number["Reunión"], "--json").json["messages"]
    assert message["invitation"] == {
        "method": "request",
        "summary": "Revisión de otoño",
        "starts": SOON.isoformat(),
        "ends": (SOON + timedelta(hours=1)).isoformat(),
        "place": "Sala azul",
        "organiser": message["invitation"]["organiser"],
    }
    assert "ana" in message["invitation"]["organiser"].lower()
