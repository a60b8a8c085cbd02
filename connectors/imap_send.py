"""An answer of hers: sent once, and its copy in the folder for sent mail once.

Sending takes no id of ours that a server would know again. What tells an earlier try is its copy,
which carries the Message-ID that was fixed when she decided it; SMTP itself can be asked nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from connectors.base import Receipt
from connectors.errors import AskError, ConfigError, ConnectorError, RefusedError
from connectors.imap_answers import Value
from connectors.imap_folders import Folder, spelt
from connectors.imap_look import examined, search, told_by
from connectors.imap_session import ImapConfig
from connectors.imap_wire import Wire, quoted
from connectors.smtp import Post
from connectors.writing import permit
from normalizer import headers, outgoing
from normalizer.actions import Action, Mail
from normalizer.answering import address_of
from normalizer.mime import read_fields

log = logging.getLogger(__name__)

_FEW: Final = 10
"""Mails that a search found and that are looked at."""

_HEADER: Final = 32 << 10
"""Bytes of a header in which a Message-ID is looked for."""

Listing = Callable[[], tuple[Wire, list[Folder]]]


def push(config: ImapConfig, listing: Listing, post: Callable[[], Post], action: Action) -> Receipt:
    """Send a mail, unless an earlier push did, and keep its copy; see `Writer.push`.

    Raises RefusedError where the settings or the server forbid it, InDoubtError where it may have
    been taken, AskError where that cannot be told, AuthError, ConfigError and UnavailableError
    where it surely was not.
    """
    permit(config.write, action)
    if not isinstance(action, Mail):
        raise RefusedError("From a mailbox mail is sent, and nothing else.")
    sender, recipients, message = _ready(config, action)
    receipt = Receipt("mail", action.message_id)
    wire, folders = listing()
    folder = _sent(config, wire, folders)
    if action.decided_at is not None:
        if _is_there(wire, folder, action.message_id):
            return receipt
        if action.doubted:
            raise AskError(
                "Whether this was sent cannot be told: sending it was cut off, and there is no copy"
                " of it in {folder}. Look in the client’s mail program, or ask them; then say"
                " which. “trastienda outbox” shows how.",
                folder=folder.name,
            )
    post().send(sender, recipients, message)
    if config.sent != "server":
        _keep(listing, folder, action.message_id, message)
    return receipt


def _ready(config: ImapConfig, mail: Mail) -> tuple[str, tuple[str, ...], bytes]:
    """Spell the mail, before anything is dialled."""
    ours = {address_of(one).lower() for one in config.senders}
    if address_of(mail.sender).lower() not in ours:
        raise RefusedError(
            "{sender} is no longer an address of this mailbox, so nothing was sent as it. Write the"
            " answer again.",
            sender=mail.sender,
        )
    try:
        return *outgoing.envelope(mail), outgoing.spelled(mail, datetime.now(UTC))
    except ValueError:
        raise RefusedError("This mail has an address that no mail can be sent to.") from None


def _sent(config: ImapConfig, wire: Wire, folders: Sequence[Folder]) -> Folder:
    """Find the folder for copies of what is sent."""
    named = "" if config.sent == "server" else config.sent
    for folder in folders:
        if folder.name.casefold() == named.casefold() if named else folder.role == "sent":
            return folder
    raise ConfigError(
        "{host} has no folder for copies of what you send, and without them nobody can tell what"
        " went out. Name one of its folders in the setting {setting}. Nothing was sent.",
        host=wire.host,
        setting="sent",
    )


def _is_there(wire: Wire, folder: Folder, message_id: str) -> bool:
    """Tell whether a folder has the mail of that id: what a search finds is looked at."""
    examined(wire, folder)
    wanted = quoted(message_id.encode("ascii")).decode()
    found = search(wire, f"HEADER Message-ID {wanted}") if wire.exists else []
    if not found:
        return False
    uids = ",".join(map(str, found[-_FEW:])).encode()
    answer = wire.command(b"UID FETCH", uids, b"(UID BODY.PEEK[HEADER]<0.%d>)" % _HEADER)
    return any(message_id in _ids(told_by(data) or {}) for data in answer.named(b"FETCH"))


def _ids(told: dict[bytes, Value]) -> list[str]:
    return [
        one
        for name, value in told.items()
        if name.startswith(b"BODY[") and isinstance(value, bytes)
        for one in headers.ids(read_fields(value).every(b"message-id"))
    ]


def _keep(listing: Listing, folder: Folder, message_id: str, message: bytes) -> None:
    """Put the copy of what was sent into its folder, unless the server has done so.

    A copy that is missing is said in the log and no more: the mail itself is on its way.
    """
    try:
        wire, _ = listing()
        if not _is_there(wire, folder, message_id):
            wire.append(spelt(folder), b"(\\Seen)", message)
    except ConnectorError as error:
        log.warning("the copy of a mail that was sent could not be kept: %s", error.said.text())
