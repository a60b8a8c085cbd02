"""Read exported WhatsApp chats with ours or a peer, and say what was read, and in how long.

    python chat_peers.py trastienda|whatstk|chat-miner FILE...

Run by whichever Python has it. It prints one JSON object a file: `wall` and `cpu` seconds of
the reading alone, without what loading the library takes, and `messages`, each as its minute and
its author. A file that stops the program has no messages, and why is in `error`.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

Message = tuple[datetime, str]


def trastienda(path: str) -> Iterator[Message]:
    """Take it apart, and say of each body what it is, which the peers do not."""
    lines = importlib.import_module("normalizer.whatsapp_lines")
    understand = importlib.import_module("normalizer.whatsapp_body").understand
    for line in lines.read(lines.decode(Path(path).read_bytes())).lines:
        understand(line.body, line.sender, app=line.app)
        yield line.at, line.sender


def whatstk(path: str) -> Iterator[Message]:
    """Read it into a data frame, as its own documentation does."""
    frame: Any = importlib.import_module("whatstk").df_from_whatsapp(path)
    for at, author in zip(frame["date"], frame["username"], strict=True):
        yield at.to_pydatetime(), author


def chat_miner(path: str) -> Iterator[Message]:
    """Parse it into a data frame, as its own documentation does."""
    parser: Any = importlib.import_module("chatminer.chatparsers").WhatsAppParser(path)
    parser.parse_file()
    frame = parser.parsed_messages.get_df(as_pandas=True)
    for at, author in zip(frame["timestamp"], frame["author"], strict=True):
        yield at.to_pydatetime(), author


READERS: dict[str, Callable[[str], Iterator[Message]]] = {
    "trastienda": trastienda,
    "whatstk": whatstk,
    "chat-miner": chat_miner,
}


def told(read: Callable[[str], Iterator[Message]], path: str) -> dict[str, Any]:
    """Read one file."""
    wall, cpu, error = time.perf_counter(), time.process_time(), ""
    messages: list[Message] = []
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            messages = list(read(path))
    except Exception as wrong:  # noqa: BLE001  whatever it is, it is the peer's answer
        error = repr(wrong)
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    spelled = [(at.strftime("%Y-%m-%dT%H:%M"), author) for at, author in messages]
    return {**took, "messages": spelled, "error": error}


def main(name: str, *paths: str) -> None:
    logging.disable()
    read = READERS[name]
    told(read, paths[0])  # what is loaded late is loaded now
    for path in paths:
        print(json.dumps(told(read, path)))


if __name__ == "__main__":
    main(*sys.argv[1:])
