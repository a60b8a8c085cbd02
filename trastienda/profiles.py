"""From the config to how she works with each client: her snippets, their language, their files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from trastienda.config import ClientConfig, Config
from trastienda.folders import folder_of
from trastienda.home import Home
from triage.profile import Manner, Profile

NONE: Final = Manner()
"""Of whom there is no config."""


def manner(config: Config, home: Home, language: str) -> Manner:
    """Give how she works. `language` is hers: what she writes in where a client has none."""
    return Manner(
        me=config.va.name,
        profiles={
            client.slug: Profile(
                language=client.language or language,
                folders=tuple(_folders(client, home)),
                done=client.done,
            )
            for client in config.clients
        },
        snippets=config.snippets,
    )


def _folders(client: ClientConfig, home: Home) -> Iterator[str]:
    """Name the folders of a client's files: what she says, where its exports lie, what was
    brought to it, and what she saved from the screen.
    """
    for one in client.files:
        yield str(Path(one).expanduser().absolute())
    for channel in client.channels:
        if folder := folder_of(channel):
            yield folder
    yield str((home.imports / client.slug).absolute())
    yield str((home.files / client.slug).absolute())
