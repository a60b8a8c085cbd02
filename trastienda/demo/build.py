"""Builds the demo's home, by the same way that everything real comes in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from connectors.base import Connector
from connectors.errors import UnavailableError
from connectors.memory import MemoryConfig, MemoryConnector, MemoryTool
from store import query
from store.database import Database
from store.reader import Reader
from trastienda.config import ChannelConfig, ClientConfig, Config, DatabaseConfig, VaConfig
from trastienda.demo.script import Script
from trastienda.engine import sync
from trastienda.settings import Document, Table
from triage import verbs
from triage.when import monday

_BEFORE = timedelta(minutes=47)
"""How long ago the channel in trouble was last reached."""


def build(db: Database, script: Script) -> None:
    """Fill `db` with what `script` tells: pulled, normalised, taken and judged like real mail."""
    tools: dict[tuple[str, str], MemoryTool] = defaultdict(MemoryTool)
    for client, channel, raw in script.raws():
        tools[client, channel].put(raw)
    config, connect = _config(script), _connect(script, tools)
    sync(config, db, build=connect, clock=lambda: script.now - _BEFORE)
    _decide(db, script)
    for slug, client in script.clients.items():
        if "trouble" in client:
            tools[slug, client["trouble"]].fail(
                UnavailableError(
                    "{host} does not answer. Nothing was lost; it will be tried again.",
                    host=f"imap.{slug}.example",
                )
            )
    sync(config, db, build=connect, clock=lambda: script.now)


def _config(script: Script) -> Config:
    nothing = Table(Document(Path("demo"), "", private=True), (), {})
    return Config(
        path=Path("demo"),
        va=VaConfig(
            name=script.me.display_name,
            timezone=str(script.zone),
            identities=(script.me.addr_spec,),
        ),
        database=DatabaseConfig(),
        clients=tuple(
            ClientConfig(
                slug=slug,
                name=client["name"],
                color=client["color"],
                sla_hours=client["sla_hours"],
                channels=tuple(
                    ChannelConfig(client=slug, slug=channel, kind=kind, table=nothing)
                    for channel, kind in client["channels"].items()
                ),
            )
            for slug, client in script.clients.items()
        ),
    )


def _connect(
    script: Script, tools: dict[tuple[str, str], MemoryTool]
) -> Callable[[ChannelConfig], Connector]:
    def connect(channel: ChannelConfig) -> Connector:
        config = MemoryConfig(name=script.me.display_name, handle=script.me.addr_spec)
        return MemoryConnector(config, tools[channel.client, channel.slug])

    return connect


def _decide(db: Database, script: Script) -> None:
    """Put away what she has put away already."""
    reader = Reader(db.target)
    try:
        for client, title, verb in script.placed():
            where = query.parse(f"client:{client}", now=script.now, timezone=script.zone)
            rows = reader.rows(reader.ids(where))
            ids = [row.id for row in rows if row is not None and row.title == title]
            _place(db, verb, ids, script.now - _BEFORE, script)
    finally:
        reader.close()


def _place(db: Database, verb: str, ids: Sequence[int], now: datetime, script: Script) -> None:
    match verb:
        case "wait":
            verbs.wait(db, ids, now)
        case "snooze":
            verbs.snooze(db, ids, monday(script.now, script.zone), now)
        case "archive":
            verbs.archive(db, ids, now)
        case "plan":
            verbs.plan(db, ids, now)
        case _:
            raise ValueError(verb)
