"""Reading a TOML file of hers, with an exact place for whatever is wrong with it."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any, Final

from normalizer.said import Said
from trastienda.secrets import others_can
from trastienda.settings import ConfigFileError, Document, Problem

LARGEST: Final = 1_000_000
"""Bytes. A config of 30 clients has about 20,000."""

_TOML_SAYS: Final = re.compile(r"\(at line (\d+), column (\d+)\)$")
"""What else it says is English, and for programmers."""


def read(path: Path, changed: Said) -> tuple[Document, dict[str, Any]]:
    """Read a file; `changed` is what it means that others can change it.

    Raises ConfigFileError.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            data = file.read(LARGEST + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        said = Said("The file cannot be read ({reason}).", (("reason", reason),))
        raise _whole(path, said) from None
    if len(data) > LARGEST:
        raise _whole(path, Said("The file is larger than 1 MB, which no config is."))
    if others_can(status, stat.S_IWGRP | stat.S_IWOTH):
        raise _whole(path, changed)
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        said = Said("The file is not UTF-8 text.")
        raise ConfigFileError([Problem(f"{path}:{row}:{column}", said)]) from None
    private = not others_can(status, stat.S_IRWXG | stat.S_IRWXO)
    document = Document(path, text, private)
    return document, _parsed(document)


def _parsed(document: Document) -> dict[str, Any]:
    try:
        return tomllib.loads(document.text)
    except tomllib.TOMLDecodeError as error:
        where = _TOML_SAYS.search(str(error))
        row, column = where.groups() if where else (document.text.count("\n") + 1, 1)
        problem = Said(
            "This is not valid TOML. Look here, or just before, for a quote, a bracket or an = that"
            " is missing, or for something that is said twice."
        )
        raise ConfigFileError([Problem(f"{document.path}:{row}:{column}", problem)]) from None
    except (RecursionError, ValueError):  # nested too deep; a number of thousands of digits
        raise _whole(document.path, Said("The file is not valid TOML.")) from None


def _whole(path: Path, said: Said) -> ConfigFileError:
    return ConfigFileError([Problem(f"{path}:1:1", said)])
