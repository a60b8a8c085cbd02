"""A client's folder of exported chats, and what is kept of them: in the real store."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from connectors.base import Batch, Cursor
from connectors.whatsapp_export import WhatsappConfig, WhatsappExportConnector
from normalizer.said import Said
from store import raws
from store.database import open_database
from store.directory import ChannelSpec, ClientSpec, cursor, declare
from store.intake import take
from store.query import Query
from store.reader import Reader
from store.views import ItemView
from triage.rules import derive

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CLIENTS = (
    ClientSpec(
        slug="luz", name="Luz", color="teal", identities=(),
        channels=(ChannelSpec(slug="whatsapp", kind="whatsapp-export"),),
    ),
)  # fmt: skip


class Desk:
    """One channel: its folders, its settings, its store."""

    def __init__(self, home: Path, **settings: object) -> None:
        self.folder, self.intake = home / "exports", home / "imports"
        self.folder.mkdir()
        self.intake.mkdir()
        usual = WhatsappConfig(
            folder=str(self.folder), intake=str(self.intake), chats=("*",), name="Lola",
            timezone="Europe/Madrid",
        )  # fmt: skip
        self.config = replace(usual, **settings)  # type: ignore[arg-type]
        self.now = NOW.timestamp()
        self.db = open_database(home / "trastienda.db")
        self.key = declare(self.db, CLIENTS, NOW)["luz", "whatsapp"]
        self.requests = 0

    def close(self) -> None:
        self.db.close()

    def text(self, name: str, text: str, *, folder: Path | None = None, age: float = 60) -> Path:
        """Put an export there that was made `age` seconds ago."""
        path = (folder or self.folder) / name
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        os.utime(path, (self.now - age, self.now - age))
        return path

    def archive(self, name: str, members: Mapping[str, str | bytes], *, age: float = 60) -> Path:
        path = self.folder / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in members.items():
                archive.writestr(member, data)
        os.utime(path, (self.now - age, self.now - age))
        return path

    def rewrite(self, path: Path, data: bytes) -> None:
        """Change a file, as if long ago."""
        path.write_bytes(data)
        os.utime(path, (self.now - 60, self.now - 60))

    def brought(self, name: str, text: str, **told: object) -> Path:
        """Put an export where mails and the import command put them, with what is known of it."""
        path = self.text(name, text, folder=self.intake)
        Path(f"{path}.json").write_text(json.dumps(told))
        return path

    def connector(self) -> WhatsappExportConnector:
        made = WhatsappExportConnector(self.config, now=lambda: self.now)
        made.recall(partial(raws.recall, self.db, self.key))
        return made

    def set(self, **settings: object) -> None:
        """Let her change the config."""
        self.config = replace(self.config, **settings)  # type: ignore[arg-type]

    def pull(self, most: int | None = None) -> list[Batch]:
        """Pull, and keep what comes: all of it, or the first `most` batches."""
        made = self.connector()
        at = cursor(self.db, self.key)
        got: list[Batch] = []
        for batch in made.pull(None if at is None else Cursor(at)):
            got.append(batch)
            take(
                self.db, self.key, records=batch.records, cursor=batch.cursor,
                census=batch.census, normalise=made.normalise, rules=derive,
                identities=frozenset({"lola"}), now=NOW,
            )  # fmt: skip
            if most is not None and len(got) == most:
                break
        self.requests = made.requests
        return got

    def poll(self) -> list[str]:
        """Pull, and give what is told her."""
        return [said.text() for said in self.notices()]

    def notices(self) -> list[Said]:
        return [said for batch in self.pull() for said in batch.notices]

    def chats(self) -> dict[str, ItemView]:
        """Give what she sees, by title."""
        reader = Reader(self.db.target)
        try:
            views = [reader.item(number) for number in reader.search(Query())]
            return {view.row.title: view for view in views if view is not None}
        finally:
            reader.close()

    def texts(self, title: str) -> list[str]:
        """Say what stands in a chat, in order."""
        return [message.text for message in self.chats()[title].messages]
