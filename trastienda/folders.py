"""The folders into which channels look, those of several clients too."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trastienda.config import ChannelConfig


def one_folder(one: ChannelConfig, other: ChannelConfig) -> bool:
    """Tell whether two channels look into one folder, however it is spelled."""
    mine = folder_of(one)
    return one.kind == other.kind and mine is not None and mine == folder_of(other)


def told(
    channel: ChannelConfig, imports: Path | None, everywhere: Iterable[ChannelConfig]
) -> dict[str, Any]:
    """Say what a channel is told of folders: its own one below `imports`, and which chats in hers
    other clients' channels have there.
    """
    found: dict[str, Any] = {}
    if imports is not None:
        found["intake"] = str(imports / channel.client / channel.slug)
    if others := _anothers(channel, everywhere):
        found["others"] = others
    return found


def _anothers(channel: ChannelConfig, everywhere: Iterable[ChannelConfig]) -> list[str]:
    found: list[str] = []
    for one in everywhere:
        chats = one.table.values.get("chats")
        if one.client != channel.client and isinstance(chats, list) and one_folder(one, channel):
            found += [chat for chat in chats if isinstance(chat, str) and chat not in {"", "*"}]
    return found


def folder_of(channel: ChannelConfig) -> str | None:
    """Name the folder that a channel looks into, where it does; absolute."""
    folder = channel.table.values.get("folder")
    try:
        return os.path.realpath(Path(folder).expanduser()) if folder else None
    except (TypeError, ValueError, RuntimeError, OSError):
        return None  # its connector says what is wrong with it
