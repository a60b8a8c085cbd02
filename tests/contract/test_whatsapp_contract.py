"""The shipped contract, on a folder of exported chats."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.base import Connector
from connectors.testing import ConnectorContract
from connectors.whatsapp_export import WhatsappConfig, WhatsappExportConnector

LATER = 60.0


def later() -> float:
    """Tell the time a minute from now: what was written just now is whole by then."""
    return time.time() + LATER


class TestWhatsappExport(ConnectorContract):
    """Marta's chat comes as an iPhone's archive, the team's as a text of an Android phone."""

    @pytest.fixture
    def connector(self, tmp_path: Path) -> Iterator[Connector]:
        self.folder = tmp_path / "exports"
        self.folder.mkdir()
        self.write_archive()
        self.team = self.folder / "Chat de WhatsApp con Equipo Luz.txt"
        self.team.write_text(
            "".join(
                f"{1 + n // 60}/11/26, 9:{n % 60:02} - {('Lola', 'Luis', 'Ana')[n % 3]}: Cosa {n}\n"
                for n in range(900)
            )
            + "30/11/26, 9:00 - Luis: hasta aquí\n",
            encoding="utf-8",
        )
        made = self.make()
        yield made
        made.close()

    def write_archive(self) -> None:
        lines = [f"[13/11/26, 19:02:{n:02}] Marta: Encargo {n}\r\n" for n in range(60)]
        name = "00000060-PHOTO-2026-11-13-19-03-00.jpg"
        lines.append(f"[13/11/26, 19:03:00] Marta: \u200e<adjunto: {name}>\r\n")
        with zipfile.ZipFile(self.folder / "WhatsApp Chat - Marta.zip", "w") as archive:
            archive.writestr("_chat.txt", "".join(lines))
            archive.writestr(name, b"\xff\xd8\xff picture")

    def make(self) -> WhatsappExportConnector:
        config = WhatsappConfig(folder=str(self.folder), chats=("*",), name="Lola")
        return WhatsappExportConnector(config, now=later)

    def again(self, connector: Connector) -> Connector:
        connector.close()
        return self.make()

    @pytest.fixture
    def broken_connector(self, tmp_path: Path) -> Connector:
        return WhatsappExportConnector(WhatsappConfig(folder=str(tmp_path / "none")))

    def say(self, connector: Connector, text: str) -> None:
        with self.team.open("a", encoding="utf-8") as file:
            file.write(f"30/11/26, 9:10 - Luis: {text}\n")
