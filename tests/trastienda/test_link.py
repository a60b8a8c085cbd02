"""`link` and `unlink`: a matter on the command line."""

from __future__ import annotations

from tests.trastienda.desk import Desk


def test_items_of_one_client_are_linked_and_taken_apart_and_never_across_clients(
    desk: Desk,
) -> None:
    desk.run("sync")
    items = desk.run("queue", "--json").json["items"]
    one, other = (str(item["id"]) for item in items if item["client"] == "acme")
    theirs = next(str(item["id"]) for item in items if item["client"] == "luz")
    across = desk.run("link", one, theirs)
    assert across.code != 0
    assert "different clients" in across.err
    assert desk.run("link", one, other, "--json").json["items"] == sorted([int(one), int(other)])
    assert desk.run("show", one, "--json").json["linked"] == [int(other)]
    assert f"Linked with {other}: " in desk.run("show", one).out
    assert desk.run("queue", "--json").json["total"] == len(items) - 1
    assert desk.run("unlink", other).code == 0
    assert desk.run("show", one, "--json").json["linked"] == []
    desk.run("undo")
    assert desk.run("show", one, "--json").json["linked"] == [int(other)]
