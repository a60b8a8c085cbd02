"""An answer of hers: sent once, and its copy in the folder for sent mail once.

Sending takes no id of ours that a server would know again. What tells an earlier try is its copy,
which carries the Message-ID that was fixed when she decided it; SMTP itself can be asked nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from connectors import imap_drafts
from connectors.base import Receipt
from connectors.errors import AskError, ConfigError, ConnectorError, RefusedError
from connectors.imap_folders import Folder, spelt
from connectors.imap_look import examined
from connectors.imap_own import Listing, folder_for, known, ready
from connectors.imap_session import ImapConfig
from connectors.imap_wire import Wire
from connectors.smtp import Post
from connectors.writing import permit
from normalizer.actions import Action, Mail

log = logging.getLogger(__name__)


def push(config: ImapConfig, listing: Listing, post: Callable[[], Post], action: Action) -> Receipt:
    """Send a mail, unless an earlier push did, and keep its copy; see `Writer.push`.

    Raises RefusedError where the settings or the server forbid it, InDoubtError where it may have
    been taken, AskError where that cannot be told, AuthError, ConfigError and UnavailableError
    where it surely was not.
    """
    permit(config.write, action)
    if not isinstance(action, Mail):
        raise RefusedError("From a mailbox mail is sent, and nothing else.")
    # What is in doubt is looked for, whatever the settings have become; it is not sent from here.
    made = None if action.doubted else ready(config, action)
    wire, folders = listing()
    folder = _sent(config, wire, folders)
    if not _went(config, listing, folder, action) and made is not None:
        sender, recipients, message = made
        post().send(sender, recipients, message)
        if config.sent != "server":
            _keep(listing, folder, action.message_id, message)
    if action.drafted or action.decided_at is not None:
        imap_drafts.forget(config, listing, action.message_id)
    return Receipt("mail", action.message_id)


def _went(config: ImapConfig, listing: Listing, folder: Folder, mail: Mail) -> bool:
    """Tell whether it was sent before, by us or from its draft. Raises AskError, of what is in
    doubt wherever it cannot be found.
    """
    if mail.decided_at is None and not mail.drafted:
        return False
    wire, _ = listing()
    if _is_there(wire, folder, mail.message_id):
        return True
    if mail.doubted:
        raise AskError(
            "Whether this was sent cannot be told: sending it was cut off, and there is no copy"
            " of it in {folder}. Look in the client’s mail program, or ask them; then say"
            " which. “trastienda outbox” shows how.",
            folder=folder.name,
        )
    missing = imap_drafts.is_missing(config, listing, mail.message_id) if mail.drafted else ""
    if missing:
        raise imap_drafts.lost(missing)
    return False


def _sent(config: ImapConfig, wire: Wire, folders: Sequence[Folder]) -> Folder:
    """Find the folder for copies of what is sent."""
    folder = folder_for("sent", "" if config.sent == "server" else config.sent, folders)
    if folder is None:
        raise ConfigError(
            "{host} has no folder for copies of what you send, and without them nobody can tell"
            " what went out. Name one of its folders in the setting {setting}. Nothing was sent.",
            host=wire.host,
            setting="sent",
        )
    return folder


def _is_there(wire: Wire, folder: Folder, message_id: str) -> bool:
    """Tell whether a folder has the mail of that id."""
    examined(wire, folder)
    return bool(known(wire, message_id))


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
