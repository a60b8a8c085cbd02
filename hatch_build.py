"""Compile the catalogues while building: the wheel carries .mo files, a checkout gets its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages import mofile, pofile
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DOMAIN = "trastienda"


class CustomBuildHook(BuildHookInterface[Any]):
    """Called by hatchling before it packs a wheel or installs the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write a .mo beside each .po, and have the wheel carry it as trastienda/locale."""
        for source in sorted(Path(self.root).glob(f"locale/*/LC_MESSAGES/{DOMAIN}.po")):
            compiled = source.with_suffix(".mo")
            with source.open("rb") as read, compiled.open("wb") as write:
                mofile.write_mo(write, pofile.read_po(read, domain=DOMAIN))
            if version == "standard":
                inside = Path("trastienda") / compiled.relative_to(self.root)
                build_data["force_include"][str(compiled)] = inside.as_posix()
