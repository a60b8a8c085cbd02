"""What a channel has to send, sent: one write after the other, each noted before it leaves."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final

from connectors.base import Connector, Receipt, Writer
from connectors.errors import (
    AskError,
    AuthError,
    ConfigError,
    ConflictError,
    CursorExpiredError,
    InDoubtError,
    RefusedError,
    UnavailableError,
)
from normalizer.actions import Action
from normalizer.said import Said
from normalizer.text import line
from store import deeds, outbox
from store import triage as kept
from store.database import Database
from store.directory import ChannelKey
from store.outbox import Claimed
from trastienda.config import ChannelConfig
from trastienda.redact import redacted
from trastienda.schedule import CEILING

log = logging.getLogger(__name__)

FIRST: Final = 5.0
"""Seconds to the second try; each further one waits twice as long, up to a ceiling."""

LOCK: Final = timedelta(minutes=5)
"""Between two tries with what was refused as a password: many servers lock out whoever hurries."""

_SAID: Final = deeds.ADDING - {"draft"}
"""What is there twice where it is done twice."""

_BUG: Final = Said(
    "Sending met a fault in Trastienda itself. Whether it arrived is looked up before it is tried"
    " again. The details are in the log: “trastienda check” says where."
)

_UNSEEN: Final = Said(
    "It may have arrived, and it cannot be looked up: the settings no longer let this channel be"
    " written to. Look in the client’s own tool, then say which. “trastienda outbox” shows how."
)


def drain(
    db: Database, key: ChannelKey, channel: ChannelConfig, connector: Connector, *,
    writing: Callable[[], AbstractContextManager[None]], clock: Callable[[], datetime],
    adding: bool = False, carrying: Callable[[int], None] = lambda _: None,
) -> int:  # fmt: skip
    """Send what is due, or with `adding` what only adds; return how many writes were tried.

    What changes something is to be sent after a pull, and what she wrote long before as well: it
    stands on what she saw, and where somebody has changed that or written since, it is refused.
    `writing` guards each transaction, and raises once nobody waits for this any more. `carrying` is
    told before a write with files how many bytes those have: it may take a while. A write that
    fails is noted with when it is tried again, and stops nothing but those that must come after it.
    Raises StoreError.
    """
    tried = 0
    while True:
        with writing():
            claimed = outbox.claim(db, key, clock(), adding=adding)
        if claimed is None:
            return tried
        tried += 1
        if files := deeds.enclosed(claimed.action):
            carrying(sum(one.size for one in files))
        settle = _tried(channel, connector, claimed)
        with writing():
            settle(db, clock())


def writes(connector: Connector) -> list[str]:
    """Name what a connector can write back."""
    return deeds.names_of(connector.writes) if isinstance(connector, Writer) else []


def senders(connector: Connector) -> list[str]:
    """Name by which addresses of hers it goes out, the usual one first, where it says so."""
    found = getattr(connector, "senders", ())
    if isinstance(found, tuple) and all(isinstance(one, str) for one in found):
        return list(found)
    return []


def completes(connector: Connector) -> Said | None:
    """Say what "done" does in its tool, where it says so. What a stranger's says is one line."""
    found = getattr(connector, "completes", None)
    if not isinstance(found, Said):
        return None
    details = ((name, line(str(value), 80)) for name, value in found.details)
    return found._replace(message=line(found.message, 200), details=tuple(details))


def _tried(
    channel: ChannelConfig, connector: Connector, claimed: Claimed
) -> Callable[[Database, datetime], None]:
    """Try one write, and give what is to be noted of it. Never raises."""
    name, write_id = f"{channel.client}/{channel.slug}", claimed.id
    pause = min(CEILING, FIRST * 2.0 ** min(claimed.attempts - 1, 10))
    doubted, wait, allowed = claimed.action.doubted, timedelta(seconds=pause), False
    try:
        _allow(channel, connector, claimed.action)
        allowed = True
        receipt = _push(connector, claimed)
    except RefusedError as caught:
        error = redacted(caught.said)
        if not allowed and doubted and deeds.name_of(claimed.action) in _SAID:
            # Of a refusal she would take it that none went.
            log.warning("%s: write %d: she is asked: %s", name, write_id, error.text())
            return lambda db, now: kept.ask(db, write_id, _UNSEEN, now)
        log.warning("%s: write %d refused: %s", name, write_id, error.text())
        return lambda db, now: kept.set_aside(db, write_id, error, now)
    except AskError as caught:
        error = redacted(caught.said)
        log.warning("%s: write %d: she is asked: %s", name, write_id, error.text())
        return lambda db, now: kept.ask(db, write_id, error, now)
    except (UnavailableError, AuthError, ConfigError, CursorExpiredError) as caught:
        error = redacted(caught.said)
        wished = getattr(caught, "retry_after", None)
        if isinstance(wished, timedelta):
            wait = min(max(wait, wished), timedelta(seconds=CEILING))
        if isinstance(caught, AuthError):
            wait = max(wait, LOCK)
        doubted = doubted or isinstance(caught, InDoubtError)
    except BaseException:  # whatever a connector's bug is, it may have happened after it had sent
        log.exception("%s: write %d: bug", name, write_id)
        error, doubted = _BUG, True
    else:
        log.info("%s: write %d done", name, write_id)
        left = (receipt.stream, receipt.external_id)
        return lambda db, now: outbox.done(db, write_id, left, now)
    return lambda db, now: outbox.later(db, write_id, error, now + wait, now=now, doubted=doubted)


def _push(connector: Connector, claimed: Claimed) -> Receipt:
    """Carry out one write that is allowed."""
    if claimed.spoken:
        raise ConflictError(
            "They wrote after you wrote this: “{text}”. Nothing was sent; your words are a draft"
            " again. Read it, and decide anew.",
            text=claimed.spoken,
        )
    if claimed.against is not None:
        before, after = (line(text, 80) or "–" for text in claimed.against)
        if claimed.action.doubted:
            raise ConflictError(
                "It may have been carried out, and then it changed there: “{before}” → “{after}”."
                " It is not sent again. Look at it, and decide again.",
                before=before,
                after=after,
            )
        raise ConflictError(
            "It changed there after you decided: “{before}” → “{after}”. Nothing was sent. Look at"
            " it, and decide again.",
            before=before,
            after=after,
        )
    assert isinstance(connector, Writer)  # noqa: S101 - as `_allow` says
    receipt = connector.push(claimed.action)
    if not isinstance(receipt, Receipt):
        raise TypeError("a connector gave what is no receipt")
    return receipt


def _allow(channel: ChannelConfig, connector: Connector, action: Action) -> None:
    """Give the settings their say, before the connector has one: raise RefusedError where they
    forbid it, or where the connector knows no such thing.
    """
    from connectors.writing import permit  # noqa: PLC0415 - brings the HTTP library with it

    permit(channel.write, action)
    if not isinstance(connector, Writer) or type(action) not in connector.writes:
        raise RefusedError("This channel takes no such change.")
