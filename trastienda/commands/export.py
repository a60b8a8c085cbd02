"""`export`: everything that went, or should have gone, to one client's tools."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from difflib import get_close_matches
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import Final

from normalizer.said import SaidError
from normalizer.text import NAME, line
from store import audit
from store.audit import Try, Write
from trastienda import console
from trastienda.context import Context
from trastienda.exits import Exit
from tui import words
from tui.lines import safe

_FORMULA: Final = frozenset("=+-@\t\r\n")
"""What a cell begins with that spreadsheets would carry out."""

_BOM: Final = "\ufeff"
"""By which Excel knows UTF-8."""


class NotExportedError(SaidError):
    """Nothing was written."""


def export(ctx: Context) -> int:
    """Write her record for one client, oldest first, to a file or to the output."""
    since = None if ctx.options.since is None else _since(ctx.options.since, ctx.zone)
    with ctx.database() as db:
        client = _client(ctx.options.client, audit.clients(db))
        found = audit.written(db, client, since)
    if ctx.options.file:
        made = _csv(ctx, found) if ctx.options.csv else _lines(found)
        path = _written(Path(ctx.options.file), made)
        n = len(found)
        if ctx.json:
            console.data({"client": client, "writes": n, "file": str(path)})
        else:
            said = ngettext("{n} entry in {file}", "{n} entries in {file}", n)
            console.say(safe(said.format(n=n, file=path)))
    elif ctx.json:
        console.data({"client": client, "writes": [_json(one) for one in found]})
    else:
        made = _csv(ctx, found) if ctx.options.csv else _lines(found)
        console.say(made.replace("\r\n", "\n").removesuffix("\n"))
    return Exit.OK


def _client(told: str, known: dict[str, str]) -> str:
    """Find a client by its short name."""
    if told in known:
        return told
    near = get_close_matches(told.lower(), known, n=1)
    if near:
        raise NotExportedError(
            "There is no client {name}. Did you mean {near}?", name=line(told, NAME), near=near[0]
        )
    raise NotExportedError(
        "There is no client {name}. There are: {known}.",
        name=line(told, NAME),
        known=", ".join(known) or "–",
    )


def _since(told: str, zone: tzinfo) -> datetime:
    """Read the day from which on: 2026-01-31 or 31/1/2026, its midnight where she lives."""
    for read in (date.fromisoformat, _by_slashes):
        with contextlib.suppress(ValueError, OverflowError):
            return datetime.combine(read(told.strip()), time(), zone).astimezone(UTC)
    raise NotExportedError(
        "“{text}” is no day. Write it as 2026-01-31 or 31/1/2026.", text=line(told, NAME)
    )


def _by_slashes(told: str) -> date:
    of_month, month, year = map(int, told.split("/"))
    return date(year, month, of_month)


def _written(path: Path, text: str) -> Path:
    """Write a file that only she can read, whole or not at all, and never over another."""
    path = path.expanduser().absolute()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise NotExportedError(
            "There is a file {file} already. Name another, or move it away.", file=str(path)
        ) from None
    except OSError as error:
        raise _unwritten(path, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
    except BaseException as error:
        with contextlib.suppress(OSError):
            path.unlink()
        if isinstance(error, OSError):
            raise _unwritten(path, error) from None
        raise
    return path


def _unwritten(path: Path, error: OSError) -> NotExportedError:
    return NotExportedError(
        "{file} cannot be written ({reason}). Name another.",
        file=str(path), reason=error.strerror or type(error).__name__,
    )  # fmt: skip


def _lines(found: Iterable[Write]) -> str:
    """Spell one JSON object a line, for programs."""
    told = ({"schema": 1, **_json(one)} for one in found)
    return "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in told)


def _json(one: Write) -> dict[str, object]:
    return {
        "id": one.id,
        "key": one.key,
        "who": one.who,
        "action": one.action,
        "channel": one.channel,
        "channel_kind": one.channel_kind,
        "item": one.item_id,
        "title": one.title,
        "url": one.url,
        "ref": one.ref,
        "sender": one.sender,
        "to": one.to,
        "cc": one.cc,
        "subject": one.subject,
        "text": one.text,
        "quoted": one.quoted,
        "files": [
            {"name": file.name, "sha256": file.sha256, "size": file.size} for file in one.files
        ],
        "details": one.details,
        "state": one.state,
        "decided_at": one.decided_at.isoformat(),
        "send_at": one.send_at.isoformat(),
        "ended_at": None if one.ended_at is None else one.ended_at.isoformat(),
        "attempts": one.attempts,
        "tries": [_try(each) for each in one.tries],
        "error": None if one.error is None else one.error.text(_),
        "receipt": one.receipt,
    }


def _try(one: Try) -> dict[str, object]:
    return {
        "began_at": one.began_at.isoformat(),
        "ended_at": None if one.ended_at is None else one.ended_at.isoformat(),
        "state": one.state,
        "error": None if one.error is None else one.error.text(_),
    }


def _csv(ctx: Context, found: Sequence[Write]) -> str:
    """Spell a table as spreadsheets in her language open it: Excel takes semicolons where a comma
    is in the numbers. Times are hers.
    """
    columns = _columns(ctx.zone)
    out = io.StringIO()
    out.write(_BOM)
    delimiter = ";" if ctx.language.startswith("es") else ","
    table = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    table.writerow([name for name, _of in columns])
    table.writerows([_cell(of(one)) for _name, of in columns] for one in found)
    return out.getvalue()


def _columns(zone: tzinfo) -> list[tuple[str, Callable[[Write], str]]]:
    def local(when: datetime | None) -> str:
        return "" if when is None else f"{when.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    def tried(one: Try) -> str:
        state = _("not ended") if one.state is None else words.outgoing(one.state)
        error = "" if one.error is None else f": {one.error.text(_)}"
        return f"{local(one.began_at)} {state}{error}"

    return [
        (_("number"), lambda one: str(one.id)),
        (_("decided"), lambda one: local(one.decided_at)),
        (_("who"), lambda one: one.who),
        (_("what"), lambda one: words.deed(one.action)),
        (_("channel"), lambda one: f"{one.channel} ({words.kind(one.channel_kind)})"),
        (_("item"), lambda one: one.title),
        (_("address"), lambda one: one.url or ""),
        (_("as"), lambda one: one.sender),
        (_("to"), lambda one: ", ".join(one.to)),
        (_("copy"), lambda one: ", ".join(one.cc)),
        (_("subject"), lambda one: one.subject),
        (_("text"), lambda one: one.text),
        (_("files"), lambda one: "\n".join(f"{f.name} sha256:{f.sha256}" for f in one.files)),
        (_("details"), lambda one: json.dumps(one.details, ensure_ascii=False)),
        (_("state"), lambda one: words.outgoing(one.state)),
        (_("to go"), lambda one: local(one.send_at)),
        (_("ended"), lambda one: local(one.ended_at)),
        (_("tries"), lambda one: "\n".join(map(tried, one.tries)) or str(one.attempts)),
        (_("error"), lambda one: "" if one.error is None else one.error.text(_)),
        (_("left there"), lambda one: " ".join(one.receipt or ())),
    ]


def _cell(text: str) -> str:
    """Let a cell be text for every spreadsheet, and a terminal show it as it is."""
    clean = "\n".join(map(safe, text.split("\n")))
    first = unicodedata.normalize("NFKC", clean.lstrip(" ")[:1])
    return f"'{clean}" if first in _FORMULA else clean
