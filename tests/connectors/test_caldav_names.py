"""What a calendar's name in the config stands for when something is written there: another client's
calendar may come to be called so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from connectors.caldav import CalDavConnector
from connectors.errors import RefusedError
from normalizer.actions import Complete, Create
from normalizer.model import Ref
from tests.connectors.caldav_desk import Desk, desk
from tests.servers.radicale import Radicale, todo

WEB = Ref("calendar", "Web")


@dataclass
class Account:
    """An account that holds the calendars of two clients."""

    desk: Desk
    own: str
    other: str

    def connect(self) -> CalDavConnector:
        """Make this client's connector, as after a restart."""
        return self.desk.connect(calendars=("Web",))

    def untold(self) -> CalDavConnector:
        """Make one that nobody tells what is kept."""
        return self.desk.connect(calendars=("Web",), informed=False)

    def swap(self) -> None:
        """Have the other client's calendar be called as this client's was."""
        self.desk.lola.rename(self.own, "Web antigua")
        self.desk.lola.rename(self.other, "Web")

    def titles(self, path: str) -> list[str]:
        """Tell the tasks of a calendar."""
        found = self.desk.lola.files(path).values()
        return sorted(one.partition("SUMMARY:")[2].splitlines()[0] for one in found)


@pytest.fixture
def account(radicale: Radicale) -> Iterator[Account]:
    with desk(radicale) as made:
        own, other = made.lola.make("pagina", "Web"), made.lola.make("beta", "Beta")
        yield Account(made, own, other)


@pytest.mark.parametrize("pulled", ["before", "before and after"])
@pytest.mark.parametrize("count", [0, 2])
def test_a_new_task_goes_where_the_name_stood_for_and_never_to_who_is_called_so_now(
    account: Account, count: int, pulled: str
) -> None:
    for number in range(count):
        account.desk.lola.put(f"{account.own}{number}.ics", todo(f"u{number}", f"A {number}"))
    account.desk.pull(account.connect())
    account.swap()
    if pulled == "before and after":
        account.desk.pull(account.connect())
    for name in ("Web", "Web antigua"):
        account.connect().push(Create(ref=Ref("calendar", name), title=f"Nueva en {name}"))
    with pytest.raises(RefusedError, match="no calendar “Beta”"):
        account.connect().push(Create(ref=Ref("calendar", "Beta"), title="x"))
    assert account.titles(account.other) == []
    own = [f"A {number}" for number in range(count)]
    assert account.titles(account.own) == [*own, "Nueva en Web", "Nueva en Web antigua"]


def test_a_task_of_which_another_client_has_one_of_the_same_name_is_completed_alone(
    account: Account,
) -> None:
    lola = account.desk.lola
    lola.put(f"{account.own}1.ics", todo("u1", "De este cliente"))
    account.desk.pull(account.connect())
    account.swap()
    lola.put(f"{account.other}1.ics", todo("u1", "De otro cliente"))
    receipt = account.connect().push(Complete(ref=Ref("todo", "u1")))
    assert receipt.external_id == f"{account.own}1.ics"
    assert "COMPLETED" not in lola.get(f"{account.other}1.ics")
    lola.delete(f"{account.own}1.ics")
    with pytest.raises(RefusedError, match="no longer there"):
        account.connect().push(Complete(ref=Ref("todo", "u1")))
    assert "COMPLETED" not in lola.get(f"{account.other}1.ics")


def test_where_the_calendar_that_a_name_stood_for_is_deleted_nothing_goes_to_another(
    account: Account,
) -> None:
    lola = account.desk.lola
    lola.put(f"{account.own}1.ics", todo("u1", "De este cliente"))
    lola.put(f"{account.other}1.ics", todo("u1", "De otro cliente"))
    account.desk.pull(account.connect())
    account.swap()
    lola.delete(account.own)
    for action in (Create(ref=WEB, title="Nueva"), Complete(ref=Ref("todo", "u1"))):
        with pytest.raises(RefusedError):
            account.connect().push(action)
    assert account.titles(account.other) == ["De otro cliente"]
    assert "COMPLETED" not in lola.get(f"{account.other}1.ics")


def test_a_name_that_the_config_has_no_longer_lets_nothing_into_its_calendar(
    account: Account,
) -> None:
    account.desk.pull(account.connect())
    account.desk.pull(account.desk.connect(calendars=("Beta",)))
    account.desk.pull(account.desk.connect(calendars=("*",)))
    beta = account.desk.connect(calendars=("Beta",))
    with pytest.raises(RefusedError, match="There are: “Beta”"):
        beta.push(Create(ref=WEB, title="x"))
    beta.push(Create(ref=Ref("calendar", "beta"), title="Nueva"))
    assert (account.titles(account.own), account.titles(account.other)) == ([], ["Nueva"])


def test_who_was_told_nothing_writes_only_where_there_is_no_second_choice(
    account: Account,
) -> None:
    lola = account.desk.lola
    lola.put(f"{account.own}1.ics", todo("u1", "De este cliente"))
    account.untold().push(Create(ref=WEB, title="Nueva"))
    account.untold().push(Complete(ref=Ref("todo", "u1")))
    assert account.titles(account.own) == ["De este cliente", "Nueva"]

    lola.rename(account.other, "Web")
    lola.put(f"{account.own}2.ics", todo("u2", "Otra de este cliente"))
    for action in (Create(ref=WEB, title="Más"), Complete(ref=Ref("todo", "u2"))):
        with pytest.raises(RefusedError):
            account.untold().push(action)
    whole = account.desk.connect(informed=False)
    lola.put(f"{account.other}2.ics", todo("u2", "De otro cliente"))
    with pytest.raises(RefusedError, match="in several calendars"):
        whole.push(Complete(ref=Ref("todo", "u2")))
    held = [lola.get(f"{path}2.ics") for path in (account.own, account.other)]
    assert not any("COMPLETED" in one for one in held)
    assert account.titles(account.other) == ["De otro cliente"]
