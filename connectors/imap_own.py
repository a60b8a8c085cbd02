"""Mail of hers in a mailbox: spelled before anything is dialled, known again by its Message-ID."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias

from connectors.errors import RefusedError
from connectors.imap_answers import Value, number_of
from connectors.imap_folders import Folder
from connectors.imap_look import search, told_by
from connectors.imap_session import ImapConfig
from connectors.imap_wire import Wire, quoted
from normalizer import headers, outgoing
from normalizer.actions import Mail
from normalizer.answering import address_of
from normalizer.mime import read_fields

Listing: TypeAlias = Callable[[], tuple[Wire, list[Folder]]]

_FEW: Final = 10
"""Mails that a search found and that are looked at."""

_HEADER: Final = 32 << 10
"""Bytes of a header in which a Message-ID is looked for."""


def ready(config: ImapConfig, mail: Mail) -> tuple[str, tuple[str, ...], bytes]:
    """Give sender, recipients and the mail itself. Raises RefusedError where it cannot go."""
    ours = {address_of(one).lower() for one in config.senders}
    if address_of(mail.sender).lower() not in ours:
        raise RefusedError(
            "{sender} is no longer an address of this mailbox, so nothing was sent as it. Write the"
            " answer again.",
            sender=mail.sender,
        )
    for one in mail.files:
        if one.content is None:
            raise RefusedError(
                "What is in {name} is no longer here, so nothing was sent. Write the answer again,"
                " and attach the file again.",
                name=outgoing.bare_name(one.name),
            )
    try:
        return *outgoing.envelope(mail), outgoing.spelled(mail, datetime.now(UTC))
    except ValueError:
        raise RefusedError("This mail has an address that no mail can be sent to.") from None


def folder_for(role: str, named: str, folders: Sequence[Folder]) -> Folder | None:
    """Find the folder that the settings name, else the one that the server marks or calls so."""
    for folder in folders:
        if folder.name.casefold() == named.casefold() if named else folder.role == role:
            return folder
    return None


def known(wire: Wire, message_id: str) -> list[int]:
    """Give the UIDs of the mails of that id in the open folder: what is found is looked at."""
    wanted = quoted(message_id.encode("ascii")).decode()
    found = search(wire, f"HEADER Message-ID {wanted}") if wire.exists else []
    if not found:
        return []
    uids = ",".join(map(str, found[-_FEW:])).encode()
    answer = wire.command(b"UID FETCH", uids, b"(UID BODY.PEEK[HEADER]<0.%d>)" % _HEADER)
    every = (told_by(data) or {} for data in answer.named(b"FETCH"))
    return [number_of(told[b"UID"]) for told in every if message_id in _ids(told)]


def _ids(told: dict[bytes, Value]) -> list[str]:
    return [
        one
        for name, value in told.items()
        if name.startswith(b"BODY[") and isinstance(value, bytes)
        for one in headers.ids(read_fields(value).every(b"message-id"))
    ]
