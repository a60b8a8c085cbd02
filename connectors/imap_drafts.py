"""A draft of hers in the mailbox's own folder for drafts, where any mail program goes on with it.

An earlier state of it is known by its Message-ID, and replaced: the new one is there before the old
one goes. Nothing in here can send a mail.
"""

from __future__ import annotations

import logging

from connectors.base import Receipt
from connectors.errors import AskError, ConnectorError, RefusedError
from connectors.imap_folders import Folder, spelt
from connectors.imap_look import examined
from connectors.imap_own import Listing, folder_for, known, ready
from connectors.imap_session import ImapConfig
from connectors.imap_stream import NonsenseError
from connectors.imap_wire import NoError, Wire
from connectors.writing import permit
from normalizer.actions import Draft

log = logging.getLogger(__name__)

_NEVER = frozenset({"inbox", "sent", "junk", "trash"})
"""Folders that hold what was sent or came, in which nothing is replaced."""

_PASSING = frozenset({"UNAVAILABLE", "INUSE"})
"""A NO about now (RFC 5530). Any other would hold up the answers that wait behind the draft."""


def push(config: ImapConfig, listing: Listing, action: Draft) -> Receipt:
    """Put a draft into its folder, in place of its earlier states; pushed again, it leaves one.

    Raises RefusedError where the settings or the server forbid it or there is no such folder,
    AskError where its earlier state is no longer there, else what the connection raises: then it
    may be there, and is replaced when it is pushed again.
    """
    permit(config.write, action)
    mail = action.mail
    _, _, message = ready(config, mail)
    wire, folders = listing()
    folder = folder_for("drafts", config.drafts, folders)
    if folder is None or folder.role in _NEVER:
        raise RefusedError(
            "{host} has no folder for drafts. Name one of its folders in the setting {setting}, and"
            " keep the draft there again; it is still here.",
            host=wire.host,
            setting="drafts",
        )
    _open(wire, folder)
    before = _there(wire, mail.message_id)
    if mail.drafted and not before:
        raise lost(folder.name)
    try:
        wire.append(spelt(folder), b"(\\Draft \\Seen)", message)
    except NoError as error:
        if error.code in _PASSING:
            raise
        raise RefusedError(
            "{host} does not keep the draft. It is still here. The server says: {text}",
            host=wire.host,
            text=dict(error.said.details).get("text", ""),
        ) from None
    _remove(wire, before)
    return Receipt("draft", mail.message_id)


def is_missing(config: ImapConfig, listing: Listing, message_id: str) -> str:
    """Name the folder that a draft was put into and is no longer in; "" where it is there, or where
    there is no such folder any more.
    """
    wire, folders = listing()
    folder = folder_for("drafts", config.drafts, folders)
    if folder is None:
        return ""
    examined(wire, folder)
    return "" if _there(wire, message_id) else folder.name


def lost(folder: str) -> AskError:
    """Ask about a draft that is no longer where it was put. Put there anew it would tell no more
    that it may have been sent.
    """
    return AskError(
        "The draft of this is no longer in {folder}, so somebody may have sent it from there."
        " Look in the client’s mail program, or ask them; then say which. “trastienda outbox”"
        " shows how.",
        folder=folder,
    )


def forget(config: ImapConfig, listing: Listing, message_id: str) -> None:
    """Take the draft of a mail that has gone out of its folder.

    Where that fails, the log says so and no more: the mail itself is on its way.
    """
    try:
        wire, folders = listing()
        folder = folder_for("drafts", config.drafts, folders)
        if folder is not None and folder.role not in _NEVER:
            _open(wire, folder)
            _remove(wire, _there(wire, message_id))
    except ConnectorError as error:
        log.warning("the draft of a mail that was sent could not be removed: %s", error.said.text())


def _open(wire: Wire, folder: Folder) -> None:
    """Open the folder so that it can be changed: the one that ever is."""
    wire.exists, wire.selected = -1, folder.raw
    wire.command(b"SELECT", spelt(folder))
    if wire.exists < 0:
        raise NonsenseError("{host} does not say which messages are which.", host=wire.host)


def _there(wire: Wire, message_id: str) -> list[int]:
    """Give the UIDs of the states of a draft that are not deleted, here or by another program."""
    return known(wire, message_id, among="UNDELETED")


def _remove(wire: Wire, uids: list[int]) -> None:
    """Remove drafts by their UIDs and nothing else. Without UIDPLUS they are marked as deleted:
    an EXPUNGE would remove what she has marked herself.
    """
    if not uids:
        return
    which = ",".join(map(str, uids)).encode()
    wire.command(b"UID STORE", which, b"+FLAGS.SILENT (\\Deleted)")
    if "UIDPLUS" in wire.capabilities:
        wire.command(b"UID EXPUNGE", which)
