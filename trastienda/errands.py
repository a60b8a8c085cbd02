"""Files that the screen wants: fetched by `trastienda save`, in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from gettext import gettext as _
from pathlib import Path

from store.place import make_folder
from trastienda.config import Config
from trastienda.home import Home
from tui.setup import ErrandError


class Errand:
    """One file on its way. The screen waits for it in a thread of its own."""

    def __init__(self, options: Sequence[str], item: int, file: int, folder: Path) -> None:
        """Begin; `options` say which home. Raises OSError."""
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "trastienda", *options, "--no-input", "--json",
             "save", str(item), "--id", str(file), "--to", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Ctrl+C in the terminal is the screen's to understand.
            start_new_session=True,
        )  # fmt: skip

    def result(self) -> Path:
        """Wait until it lies there. Raises ErrandError."""
        told, _nothing = self._process.communicate()
        try:
            answer = json.loads(told)
            if "error" in answer:
                raise ErrandError(str(answer["error"]))
            return Path(answer["files"][0]["path"])
        except (ValueError, LookupError, TypeError):
            raise ErrandError(_("The file was not saved. Try it again.")) from None

    def stop(self) -> None:
        """Give it up: interrupted, it leaves no part of a file behind."""
        if self._process.poll() is None:
            with contextlib.suppress(OSError):
                if os.name == "nt":
                    self._process.terminate()
                else:
                    self._process.send_signal(signal.SIGINT)


def folder_for(config: Config, home: Home, client: str) -> Path:
    """Name the folder that a client's files are saved into: the first that she says is theirs,
    else one below the home, made where it is missing. Raises ErrandError.
    """
    for one in config.clients:
        if one.slug == client and one.files:
            return Path(one.files[0]).expanduser().absolute()
    folder = home.files.absolute() / client
    try:
        make_folder(folder)
    except OSError as error:
        raise ErrandError(
            _("The folder {folder} cannot be made ({reason}). Make it, or name one as “files”"
              " of the client in the config.").format(
                folder=folder, reason=error.strerror or type(error).__name__
            )
        ) from None  # fmt: skip
    return folder
