from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from connectors.errors import ConnectorError
from tests.connectors.test_imap_faults import Kept, connector, missing
from tests.servers.imap_server import POOR, RICH, Box, Mail, Server


def boxes() -> dict[str, Box]:
    return {"INBOX": Box.of(8, large=4), "Clientes": Box.of(3)}


def changed(server: Server) -> None:
    """A mail is read, one is deleted, one comes."""
    box = server.boxes["INBOX"]
    box.modseq += 1
    box.mails[2].flags, box.mails[2].modseq = "\\Seen", box.modseq
    del box.mails[3]
    box.mails[box.uidnext] = Mail(data=box.mails[1].data.replace(b"carta 1", b"nueva"))
    box.uidnext += 1


def agree(server: Server, kept: Kept) -> bool:
    here = {location for location in kept.raws if location.split(";")[1] == "7"}
    there = {f"{name};7;{uid}" for name, box in server.boxes.items() for uid in box.mails}
    return not missing(server, kept) and here == there


@contextlib.contextmanager
def serving(capabilities: str) -> Iterator[Server]:
    with Server(boxes=boxes(), capabilities=capabilities).running() as server:
        yield server


@pytest.mark.parametrize("capabilities", [RICH, POOR])
@pytest.mark.parametrize("second", [False, True])
def test_hung_up_on_after_any_line_it_goes_on_and_ends_with_the_truth(
    capabilities: str, second: bool
) -> None:
    cuts = 0
    while True:
        with serving(capabilities) as server:
            kept = Kept()
            if second:
                mailbox = connector(server)
                kept.pull(mailbox)
                mailbox.close()
                changed(server)
            server.lines, server.cut_after = 0, cuts
            mailbox = connector(server)
            cut = True
            try:
                kept.pull(mailbox)
                cut = server.lines >= cuts
            except ConnectorError:
                pass
            mailbox.close()
            server.cut_after = None
            mailbox = connector(server)
            kept.pull(mailbox)
            assert agree(server, kept), f"after line {cuts}"
            assert [*mailbox.pull(kept.cursor)] == []
            mailbox.close()
        if not cut:
            break
        cuts += 1
    assert cuts > (20 if second else 35)
