"""`reply`: an answer, in the client's own tool or laid ready for her to send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from gettext import gettext as _

from normalizer.actions import Mail
from normalizer.said import SaidError
from store.lexicon import Lexicon
from store.outbox import Letter
from store.views import ClientView, Row
from trastienda import console
from trastienda.commands import writing
from trastienda.commands.outbox import say_who_sends
from trastienda.commands.show import no_item
from trastienda.context import Context
from trastienda.exits import Exit
from triage import answers, enclosures, guard
from triage.answers import NotWrittenError, Wish
from triage.enclosures import Chosen
from triage.guard import Finding
from triage.prepare import BY_HAND, prepare
from triage.when import parse_date
from tui import careful, words
from tui.lines import safe
from tui.link import browse
from tui.palette import CODES, TERMINAL, colorless


class HeldBackError(SaidError):
    """It may be meant for another client, or lacks a file, and nobody has said that it is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What she wants said, and to whom."""

    row: Row
    text: str
    files: tuple[Chosen, ...]
    letter: Letter | None
    """None where she sends it herself."""


def reply(ctx: Context) -> int:
    """Queue an answer, or put it into the client's own folder for drafts; where the channel takes
    none from us lay it ready, and open the chat with it where she says so. What may be meant for
    another client goes no further without her word.
    """
    with ctx.reader() as reader:
        item = reader.item(ctx.options.item)
        lexicon = reader.lexicon()
        clients = {client.slug: client for client in reader.clients()}
    if item is None:
        raise no_item(ctx.options.item)
    row = item.row
    names = {one.slug: one.name for one in lexicon.clients}
    _refuse_early(ctx, row)
    files = tuple(map(enclosures.choose, ctx.options.attach))
    text = writing.text(ctx, item, names[row.client])
    try:
        return _answer(ctx, row, text, files, lexicon, client=clients.get(row.client))
    except SaidError:
        if ctx.options.edit:  # or it would be lost
            console.warn(text)
        raise


def _answer(
    ctx: Context, row: Row, text: str, files: tuple[Chosen, ...], lexicon: Lexicon, *,
    client: ClientView | None,
) -> int:  # fmt: skip
    letter = None if row.channel_kind in BY_HAND else _drafted(ctx, row, text, files)
    answer = _Answer(row=row, text=text, files=files, letter=letter)
    to = answers.addressed(letter) if letter else ()
    with ctx.reader() as reader:
        found = guard.findings(text, row.client, lexicon, reader, to)
        found += enclosures.findings(files, row.client, ctx.manner, reader, lexicon)
    names = {one.slug: one.name for one in lexicon.clients}
    if not ctx.json:
        for line in _about(ctx, answer, names[row.client]):
            console.say(_colored(safe(line), client))
    refused = _refused(ctx, row, names, found) or _forgotten(ctx, answer)
    if refused is not None:
        return _held_back(ctx, refused, found)
    return _lay_ready(ctx, answer) if letter is None else _send(ctx, answer, letter)


def _refuse_early(ctx: Context, row: Row) -> None:
    """Say before she writes what cannot be. Raises NotWrittenError, and WhenError."""
    options = ctx.options
    if row.channel_kind in BY_HAND:
        if options.attach or options.to_all or options.at or options.draft:
            raise NotWrittenError(
                "This chat is answered by you, in its own program: files, --to-all, --at and"
                " --draft are for what Trastienda sends."
            )
        return
    _at(ctx)
    letter = _drafted(ctx, row, "…", ())
    if not isinstance(letter.action, Mail) and (options.to_all or options.draft or options.attach):
        raise NotWrittenError("Files, --to-all and --draft are for mail. This is no mail.")


def _at(ctx: Context) -> datetime | None:
    told = ctx.options.at
    return None if told is None else parse_date(told, ctx.now, ctx.zone)


def _drafted(ctx: Context, row: Row, text: str, files: Sequence[Chosen]) -> Letter:
    manner = ctx.manner
    wish = Wish(
        text=text,
        to_all=ctx.options.to_all,
        files=tuple(one.file for one in files),
        at=_at(ctx),
        language=manner.profile(row.client).language,
        who=manner.me,
    )
    with ctx.database() as db:
        return answers.draft(db, row.id, wish, ctx.now.astimezone(ctx.zone))


def _about(ctx: Context, answer: _Answer, name: str) -> Iterator[str]:
    """Say whom it is for, where it goes, as whom and to whom, with what, and when."""
    row, letter = answer.row, answer.letter
    places = {"client": name, "channel": row.channel, "title": row.title}
    if letter is None:
        yield _("For {client}, chat {title}, to be sent by you:").format(**places)
        return
    mail = letter.action
    if isinstance(mail, Mail):
        places |= {"to": ", ".join(mail.to), "sender": mail.sender, "cc": ", ".join(mail.cc)}
        text = _("For {client}, in {channel}, as {sender}, to {to}: {title}")
        if mail.cc:
            text = _("For {client}, in {channel}, as {sender}, to {to}, copy to {cc}: {title}")
    else:
        text = _("For {client}, in {channel}: {title}")
    yield text.format(**places)
    if answer.files:
        files = (f"{one.file.name} ({words.size(one.file.size)})" for one in answer.files)
        yield _("With {files}").format(files=", ".join(files))
    if ctx.options.draft:
        yield _("As a draft: it is not sent.")
    elif ctx.options.at is not None:
        when = words.moment(letter.send_at, ctx.now, ctx.zone)
        yield _("Goes out {when}").format(when=when)


def _colored(text: str, client: ClientView | None) -> str:
    """Give a line the client's colour, on a terminal."""
    code = CODES.get(TERMINAL.client(client.color)) if client else None
    if code is None or colorless() or not console.is_terminal():
        return text
    return f"\x1b[{code}m{text}\x1b[m"


def _refused(
    ctx: Context, row: Row, names: Mapping[str, str], found: Sequence[Finding]
) -> HeldBackError | None:  # fmt: skip
    """Have her say that it is for this client, where anything speaks against it."""
    client = names[row.client]
    given = ctx.options.to_client
    if found:
        console.warn(_("Careful: this may be meant for another client."))
    for one in found:
        console.warn("  " + careful.finding(one, names.get(one.owner, ""), client))
    if given is None and found and writing.asks(ctx):
        if not any(one.stops for one in found):
            if console.ask(_("Is it for {client} all the same? [y/N]").format(client=client)):
                return None
            return HeldBackError("Nothing was sent.")
        given = console.typed(_("To go on, type the name of the client that it is for:"))
    if given is not None:
        if guard.is_called(row.client, client, given):
            return None
        return HeldBackError(
            "Nothing was sent: this is an item of {client}, and you named another client.",
            client=client,
        )
    if not found:
        return None
    return HeldBackError(
        "Nothing was sent. If it is for {client}, say so: {command}",
        client=client, command=f"--to-client {row.client}",
    )  # fmt: skip


def _forgotten(ctx: Context, answer: _Answer) -> HeldBackError | None:
    """Have her say that no file is meant to go, where she speaks of one and none does."""
    options = ctx.options
    if answer.files or options.draft or options.no_attachment:
        return None
    said = enclosures.speaks_of_file(answer.text)
    if said is None:
        return None
    if writing.asks(ctx):
        question = _("You wrote “{words}”, and no file goes with it. Send it so? [y/N]")
        return None if console.ask(question.format(words=said)) else HeldBackError(
            "Nothing was sent."
        )  # fmt: skip
    return HeldBackError(
        "Nothing was sent: you wrote “{words}”, and no file goes with it. Attach it with --attach,"
        " or say --no-attachment.",
        words=said,
    )


def _held_back(ctx: Context, refused: HeldBackError, found: Sequence[Finding]) -> int:
    if not ctx.json:
        raise refused
    text = refused.said.text(_)
    console.warn(f"trastienda: {text}")
    told = [{"sort": one.sort, "words": one.words, "client": one.owner} for one in found]
    console.data({"error": text, "exit": int(Exit.USAGE), "findings": told})
    return Exit.USAGE


def _lay_ready(ctx: Context, answer: _Answer) -> int:
    ready = prepare(answer.row, answer.text)
    opened = bool(ctx.options.open and ready.link and browse(ready.link))
    if ctx.json:
        console.data({"text": ready.text, "link": ready.link, "opened": opened})
        return Exit.OK
    console.say(safe(ready.text))
    if opened:
        console.say(_("The chat is open in the browser: press send there."))
    elif ready.link:
        console.say(_("This link opens the chat with it; press send there:"))
        console.say(ready.link)
    else:
        console.say(_("The chat has no number here: open it in WhatsApp and paste the text."))
    return Exit.OK


def _send(ctx: Context, answer: _Answer, letter: Letter) -> int:
    queue = answers.keep_there if ctx.options.draft else answers.post
    with ctx.database() as db:
        outcome = queue(db, letter, datetime.now(UTC))  # she may have been asked meanwhile
    said = outcome.text.text(_)
    if ctx.options.at is not None:
        when = words.moment(letter.send_at, ctx.now, ctx.zone)
        said = _("It goes out {when}; undo takes it back.").format(when=when)
    if ctx.json:
        console.data({"items": outcome.items, "text": said, **_json(ctx, answer, letter)})
        return Exit.OK
    for line in answer.text.splitlines() or [""]:
        console.say(safe(line))
    console.say(said)
    say_who_sends(ctx)
    return Exit.OK


def _json(ctx: Context, answer: _Answer, letter: Letter) -> dict[str, object]:
    """Say what goes and to whom, as the contract of `reply` has it."""
    mail = letter.action if isinstance(letter.action, Mail) else None
    return {
        "client": answer.row.client,
        "channel": answer.row.channel,
        "message": answer.text,
        "sender": mail.sender if mail else None,
        "to": mail.to if mail else (),
        "cc": mail.cc if mail else (),
        "files": [
            {"name": one.file.name, "size": one.file.size, "sha256": one.file.sha256}
            for one in answer.files
        ],
        "send_at": letter.send_at if ctx.options.at is not None else None,
        "draft": bool(ctx.options.draft),
    }
