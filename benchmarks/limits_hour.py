"""An hour of twenty accounts at each vendor, polled at once every minute: who is refused?

The time is made up and stands still while anybody works, so that the network and the computer slow
nobody down. Something changes in every account every minute; at the end all of it is compared
whole. A last pair of rows is the start alone, without any limits of our own.

    python -m benchmarks.limits_hour
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.timing import machine, table
from tests.connectors.hour import ACCOUNTS, HOUR, Office, asana_office, trello_office

ALLOWED = {"Trello": (("key", 300, 10), ("token", 100, 10)), "Asana": (("token", 150, 60),)}
"""What each vendor allows: so many by a key or a token in so many seconds."""


def main() -> None:
    print(f"{ACCOUNTS} accounts at each vendor, polled at once. {machine()}\n")
    rows = []
    for paced, minutes in ((True, HOUR), (False, (0,))):
        for vendor, office in (("Trello", trello_office), ("Asana", asana_office)):
            with office(paced=paced) as opened:
                opened.live(minutes)
            rows.append(_row(vendor if paced else f"{vendor}, unpaced start", vendor, opened))
    head = ["vendor", "HTTP requests", "refused (429)", "polls", "put off", "waits"]
    print(table([*head, "busiest window, of what is allowed"], rows))


def _row(name: str, vendor: str, office: Office) -> Sequence[Any]:
    busiest = "; ".join(
        f"{kind} {office.busiest(kind, seconds)} of {most} in {seconds} s"
        for kind, most, seconds in ALLOWED[vendor]
    )
    polls = sum(one.polls for one in office.accounts)
    put_off = sum(one.put_off for one in office.accounts)
    return [name, office.requests, office.refused, polls, put_off, office.time.waits, busiest]


if __name__ == "__main__":
    main()
