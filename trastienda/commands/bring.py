"""`import`: an exported chat that she brings, read into the channel it belongs to."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from gettext import gettext as _
from pathlib import Path

from connectors.base import Importer, Look, Recaller
from connectors.errors import ConfigError, RefusedError
from normalizer.said import SaidError
from normalizer.text import file_name
from store import raws
from store.database import Database
from trastienda import config as configs
from trastienda import console, exports
from trastienda.commands.sync import known_names, pulled, told
from trastienda.config import ChannelConfig
from trastienda.context import Context
from trastienda.engine import ChannelReport, jobs
from trastienda.exits import Exit
from trastienda.pull import Job

_PIECE = 1 << 20


class NotBroughtError(SaidError):
    """A file cannot be brought as she asked."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A channel that may take the file, and what its connector says of it."""

    channel: ChannelConfig
    look: Look


def bring(ctx: Context) -> int:
    """Look at the file, put it into the channel's folder, and read it from there."""
    file = Path(ctx.options.file).expanduser()
    known_names(ctx.config, ctx.options.client, ctx.options.channel)
    with ctx.database() as db:
        everywhere = list(_places(db, file, list(jobs(ctx.config, db, ctx.now))))
    place = _whose(ctx, file, everywhere)
    _refuse_anothers(place, everywhere)
    order = _order(ctx, file, place.look)
    channel = place.channel
    try:
        _into(Path(channel.told["intake"]), file, order)
    except OSError as error:
        raise NotBroughtError(
            "{file} cannot be copied ({reason}).",
            file=str(file),
            reason=error.strerror or type(error).__name__,
        ) from None
    reports = pulled(ctx, (channel.client, channel.slug))
    if not ctx.json and place.look.messages:
        text = _("{file}: the chat {chat}, {n} messages.")
        if not place.look.chat:
            text = _("{file}: a chat without a name, {n} messages.")
        console.say(
            text.format(file=file_name(file.name), chat=place.look.chat, n=place.look.messages)
        )
    code = told(
        ctx, reports, chat=place.look.chat, messages=place.look.messages, client=channel.client,
        channel=channel.slug,
    )  # fmt: skip
    return Exit.FAILED if code == Exit.OK and _waits(reports, file) else code


def _waits(reports: Sequence[ChannelReport], file: Path) -> bool:
    """Tell whether the channel says something about the file: then it was not read."""
    name = file_name(file.name, 80)
    return any(name in dict(one.details).values() for report in reports for one in report.notices)


def _places(db: Database, file: Path, everywhere: Sequence[Job]) -> Iterator[_Place]:
    """Ask every channel that takes files what this one is. Raises RefusedError where each of
    them says that it is nothing.
    """
    refused: RefusedError | None = None
    some = False
    for job in everywhere:
        try:
            connector = configs.connect(job.channel)
        except ConfigError:
            continue  # `check` says so
        if not isinstance(connector, Importer):
            continue
        if isinstance(connector, Recaller):
            connector.recall(partial(raws.recall, db, job.key))
        try:
            yield _Place(job.channel, connector.look(file))
            some = True
        except RefusedError as error:
            refused = error
    if refused is not None and not some:
        raise refused


def _whose(ctx: Context, file: Path, everywhere: Sequence[_Place]) -> _Place:
    """Choose the channel: the one she says, or the one that has this very chat already. A name
    alone is no sign: two clients may know a Marta each.
    """
    client, slug = ctx.options.client, ctx.options.channel
    places = [
        one for one in everywhere
        if client in {None, one.channel.client} and slug in {None, one.channel.slug}
    ]  # fmt: skip
    agreeing = [one for one in places if one.look.agrees]
    if len(places) == 1 and client is not None:
        return places[0]
    if len(agreeing) == 1:
        return agreeing[0]
    if not places:
        raise NotBroughtError(
            "No client has a channel that reads exported chats. Write one into the config:"
            " kind = “{kind}”.",
            kind=exports.READS,
        )
    names = {client.slug: client.name for client in ctx.config.clients}
    if _may_ask(ctx):
        chosen = _asked(file, places, names)
        if chosen is not None:
            return chosen
    raise NotBroughtError(
        "Say whose the chat {chat} is: {choices}.",
        chat=places[0].look.chat or file_name(file.name),
        choices=", ".join(
            f"--client {one.channel.client}"
            + ("" if client is None else f" --channel {one.channel.slug}")
            for one in places
        ),
    )


def _asked(file: Path, places: Sequence[_Place], names: dict[str, str]) -> _Place | None:
    listed = ", ".join(
        f"{number} {names[one.channel.client]} ({one.channel.slug})"
        for number, one in enumerate(places, 1)
    )
    question = _("Whose is the chat {chat}? {choices}:").format(
        chat=places[0].look.chat or file_name(file.name), choices=listed
    )
    given = console.answer(question, [str(number) for number in range(1, len(places) + 1)])
    return None if given is None else places[int(given) - 1]


def _refuse_anothers(place: _Place, everywhere: Sequence[_Place]) -> None:
    """Refuse a chat that another client's channel reads already: one of the two is a mistake."""
    for other in everywhere:
        if other.channel.client == place.channel.client:
            continue
        told = place.look.listed and not other.look.listed
        same = other.look.agrees and not place.look.agrees and not told
        if same or (other.look.known and not place.look.known):
            raise NotBroughtError(
                "The chat {chat} is read for {other} already. If another one of the same name"
                " is of {client}, name it there in the config under chats.",
                chat=other.look.chat or place.look.chat,
                other=f"{other.channel.client}/{other.channel.slug}",
                client=place.channel.client,
            )


def _order(ctx: Context, file: Path, look: Look) -> str | None:
    """Say how dates are meant: as she says, or as the file itself shows. Never guessed."""
    if ctx.options.date_order is not None or look.ambiguous is None:
        order: str | None = ctx.options.date_order
        return order
    if _may_ask(ctx):
        question = _("In {example}, what comes first: d (the day) or m (the month)?").format(
            example=look.ambiguous
        )
        given = console.answer(question, ["d", "m"])
        if given is not None:
            return {"d": "dmy", "m": "mdy"}[given]
    raise NotBroughtError(
        "In {file}, {example} can be read two ways. Say which: --date-order dmy (the day first) or"
        " --date-order mdy (the month first). You are asked once.",
        file=file_name(file.name),
        example=look.ambiguous,
    )


def _may_ask(ctx: Context) -> bool:
    return ctx.may_ask and not ctx.json and console.is_terminal()


def _into(folder: Path, file: Path, order: str | None) -> None:
    """Put the file into the channel's folder, where it does not lie there. Raises OSError."""
    if file.absolute().parent == folder.absolute():
        exports.vouch(file, order)
        return
    made = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    exports.bring(
        folder, _name(folder, file), _pieces(file),
        called=file.name, at=made, vouched=True, date_order=order,
    )  # fmt: skip


def _name(folder: Path, file: Path) -> str:
    """Name the copy: as the file, and not as another that lies there and is not the same."""
    name = Path(file_name(file.name))
    for number in range(1, 10_000):
        copy = name.name if number == 1 else f"{name.stem} ({number}){name.suffix}"
        there = folder / copy
        if not there.exists() or filecmp.cmp(file, there, shallow=False):
            return copy
    return name.name


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while piece := source.read(_PIECE):
            yield piece
