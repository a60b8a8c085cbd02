"""One pull of exported chats: the files that are new, each merged into the chat it is of."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from connectors.base import Batch, Look
from connectors.errors import ConfigError, RefusedError
from connectors.whatsapp_chats import Chats, Known, fresh, key_of, number_of, numbers, settle
from connectors.whatsapp_clock import Clock, on_wall, spelled
from connectors.whatsapp_files import Content, Found, content, found_in, no_export, too_large
from connectors.whatsapp_ledger import MOST_FILES, Ledger, dump
from normalizer import versions
from normalizer.raw import Raw, canonical, digest_of
from normalizer.said import Said
from normalizer.text import fold, line
from normalizer.whatsapp_body import chat_name
from normalizer.whatsapp_lines import (
    AmbiguousError,
    DateOrder,
    Export,
    NoExportError,
    TooLongError,
    decode,
    read,
)

_AT_ONCE: Final = 500
_QUIET: Final = 5.0
"""Seconds without a change after which a file is believed to be whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a pull must know of the channel's settings."""

    folder: str
    intake: str
    chats: tuple[str, ...]
    name: str
    numbers: tuple[str, ...]
    others: tuple[str, ...]


class WaitsError(Exception):
    """A file waits for her."""

    def __init__(self, said: Said, *, ambiguous: str | None = None) -> None:
        super().__init__(said)
        self.said, self.ambiguous = said, ambiguous


class Pull:
    """What one pull knows. `now`: seconds since 1970."""

    def __init__(
        self, settings: Settings, chats: Chats, clock: Clock, ledger: Ledger, now: float
    ) -> None:
        self._settings, self._chats, self._clock = settings, chats, clock
        self._ledger, self._now = ledger, now
        self._said = dump(ledger)
        self._notices: list[Said] = []
        self.requests = 0

    def batches(self) -> Iterator[Batch]:
        """Go through the files, what she answered about first, then the oldest first. What is
        wrong with the folder itself is raised after what could be read.
        """
        files, trouble = self._files()
        self._look_again()
        yield from self._told_otherwise()
        young: list[str] = []
        while True:
            yield from self._new(files, young)
            if not self._look_again():
                break
        self._ledger.young = young
        if trouble is None:
            self._ledger.keep({file.mark for file in files})
        self._notices += [said for said in self._ledger.waiting.values() if said is not None]
        self._more()
        if self._notices or dump(self._ledger) != self._said:
            yield Batch((), dump(self._ledger), (), tuple(self._notices))
        if trouble is not None:
            raise trouble

    def _new(self, files: Sequence[Found], young: list[str]) -> Iterator[Batch]:
        """Take the files that are new, and collect those that may grow on."""
        for file in files:
            mark = file.mark
            if mark in self._ledger.read or mark in self._ledger.waiting or mark in young:
                continue
            may_grow = self._now - file.changed < _QUIET and not file.told.called
            if may_grow and mark not in self._ledger.young:
                young.append(mark)
                continue
            yield from self._file(file, mark)

    def look(self, file: Found) -> Look:
        """Say what a file is. Raises RefusedError where it is no export."""
        held = content(file, self._clock.zone)
        named = line(held.named, 120)
        try:
            export, _ = self._read(file, held)
        except WaitsError as waits:
            known = bool(named) and self._chats.named(held.named) is not None
            return Look(chat=named, messages=0, known=known, ambiguous=waits.ambiguous)
        try:
            about = self._whose(file, held, export, hers=True)
        except WaitsError:
            partner = line(_partner(export, self._settings.name), 120)
            return Look(chat=named or partner, messages=len(export.lines), known=False)
        return Look(
            chat=line(about.title, 120),
            messages=len(export.lines),
            known=True,
            agrees=about.key in self._chats.known and self._chats.shares(about, export.lines),
            listed=fold(named) in map(fold, map(line, self._settings.chats)),
        )

    def _files(self) -> tuple[list[Found], ConfigError | None]:
        found, trouble = found_in(self._settings.folder, self._settings.intake)
        found = [one for one in found if not self._anothers(one)]
        newest = sorted(found, key=lambda one: one.changed)[-MOST_FILES:]
        if len(newest) < len(found):
            self._notices.append(
                Said(
                    "{n} exported chats lie there; only the newest {most} are looked at. Put the"
                    " others away: what was read of them stays.",
                    (("n", len(found)), ("most", MOST_FILES)),
                )
            )
        return sorted(newest, key=lambda one: not (one.told.vouched or one.told.order)), trouble

    def _anothers(self, file: Found) -> bool:
        """Tell whether a file in a folder that clients share is named after another's chat alone:
        it is none of this one's business, and is not opened.
        """
        others = set(map(key_of, self._settings.others)) - set(map(key_of, self._settings.chats))
        return not file.told.called and key_of(chat_name(file.called) or "") in others

    def _look_again(self) -> bool:
        """Give what waits another try where she has answered something since."""
        known = [[one.key, one.names, one.order] for one in self._chats.known.values()]
        asked = [versions.WHATSAPP, self._settings.chats, sorted(known, key=canonical)]
        answers = digest_of(canonical(asked).encode()).hex()[:10]
        if answers != self._ledger.answers:
            self._ledger.waiting = {}
            self._ledger.answers = answers
            return True
        return False

    def _told_otherwise(self) -> Iterator[Batch]:
        """Let what she wrote in the config since reach what is kept: who she is, and numbers."""
        told = numbers(self._settings.numbers)
        patches = []
        for about in self._chats.known.values():
            number = number_of(about, told)
            if number != about.number:
                about.number = number
                meta = canonical({"number": number})
                patches.append(Raw(stream="chat", external_id=about.key, meta=meta))
        if patches:
            yield Batch(tuple(patches), self._said)
        if self._ledger.name != self._settings.name:
            for about in self._chats.known.values():
                yield from self._news(about, ())
            self._ledger.name = self._settings.name
        for about in self._chats.known.values():
            self._ask_who(about)

    def _file(self, file: Found, mark: str) -> Iterator[Batch]:
        self.requests += 1
        try:
            held = content(file, self._clock.zone)
            text = digest_of(held.data + file.told.order.encode()).hex()[:10]
            if text in self._ledger.texts:
                self._ledger.took(mark, text)
                return
            self._trusted(file)
            export, order = self._read(file, held)
            about = self._whose(file, held, export, hers=file.told.vouched)
            self._agreeing(file, export, about)
        except (RefusedError, WaitsError) as error:
            self._ledger.waits(mark, error.said)
            return
        yield from self._merged(file, held, export, about, order)
        self._ledger.took(mark, text)

    def _trusted(self, file: Found) -> None:
        """Whoever mails an export could write the past of a chat: she says whether it is right."""
        if file.told.sender and not file.told.vouched:
            raise WaitsError(
                Said(
                    "{sender} mailed the exported chat {file}. Look whether it is right; then:"
                    " {command}",
                    (("sender", file.told.sender), *_bring(file)),
                )
            )

    def _agreeing(self, file: Found, export: Export, about: Known) -> None:
        """Mail can be forged in her name: what comes by it and is of a chat must share something
        with what is kept of it, which nobody else knows.
        """
        if (
            file.told.called
            and not file.told.vouched
            and not self._chats.shares(about, export.lines)
        ):
            raise WaitsError(
                Said(
                    "{file} came by mail and shares nothing with what is here of the chat {chat}."
                    " Look whether it is right; then: {command}",
                    (("chat", line(about.title, 60)), *_bring(file)),
                )
            )

    def _read(self, file: Found, held: Content) -> tuple[Export, str]:
        """Take an export apart; gives also what she said of its dates, or of another chat's where
        they are read by that.
        """
        text = decode(held.data)
        told = _order(file.told.order)
        said = file.told.order if told else ""
        try:
            try:
                export = read(text, order=told, not_after=held.changed, chat=held.named)
            except AmbiguousError as doubt:
                fitting = self._fitting(text, held)
                orders = fitting or self._orders(held.named)
                if len(orders) != 1:
                    raise _which_order(file, doubt.example) from None
                said = "" if fitting else orders[0]
                known = _order(orders[0])
                export = read(text, order=known, not_after=held.changed, chat=held.named)
        except TooLongError:
            raise too_large(file) from None
        except NoExportError:
            raise no_export(file) from None
        return export, said

    def _fitting(self, text: str, held: Content) -> list[str]:
        """Give the order by which an export says what is kept of its chat: another phone may write
        dates otherwise than the one that she was asked about.
        """
        about = self._chats.named(held.named) if held.named else None
        if about is None:
            return []
        found = []
        for order in DateOrder:
            with contextlib.suppress(NoExportError):
                if self._chats.shares(about, read(text, order=order, chat=held.named).lines):
                    found.append(order.value)
        return found if len(found) == 1 else []

    def _orders(self, named: str) -> list[str]:
        about = self._chats.named(named) if named else None
        return [about.order] if about is not None and about.order else self._chats.orders()

    def _whose(self, file: Found, held: Content, export: Export, *, hers: bool) -> Known:
        """Say which chat an export is of; one that nobody knows waits. `hers`: she brings it."""
        about = self._chats.named(held.named) if held.named else None
        about = about or self._chats.resembling(export.lines, self._settings.name, hers=hers)
        if about is not None:
            return about
        wanted = {fold(line(one)) for one in self._settings.chats}
        title = held.named or (_partner(export, self._settings.name) if file.told.vouched else "")
        if title and (file.told.vouched or {"*", fold(line(title))} & wanted):
            return self._chats.named(title) or Known(key_of(title), title)
        if title:
            message = Said(
                "Whose chat is {chat}? If it is no client's, take the file out of the folder. If it"
                " is this client's, name it in the config under chats, or: {command}",
                (("chat", line(title, 60)), *_bring(file)),
            )
        else:
            message = Said(
                "{file} does not say with whom the chat is. If it is no client's, take it out of"
                " the folder. If it is this client's: {command}",
                _bring(file),
            )
        raise WaitsError(message)

    def _merged(
        self, file: Found, held: Content, export: Export, about: Known, order: str
    ) -> Iterator[Batch]:
        chat = self._chats.lines(about.key)
        lines = export.lines
        turned = about.order not in {"", export.order.value} and chat.turn(lines)
        if turned:
            about.until = ""
        else:
            about.order = order or about.order
        names = list(dict.fromkeys(one.sender for one in lines if one.sender))
        about.group = about.group or len(names) > 2
        last = spelled(self._clock.utc(max(on_wall(one.at) for one in lines)))
        if held.named and (not about.title or last > about.until):
            about.title = held.named
        about.names = list(dict.fromkeys((*about.names, *filter(None, [held.named]))))[:20]
        about.until = max(about.until, last)
        chat.group, chat.titles = about.title if about.group else "", set(about.names)
        merged = chat.merge(lines, self._clock.utc(on_wall(held.made)))
        about.number = number_of(about, numbers(self._settings.numbers))
        self._chats.known[about.key] = about
        if merged.moved:
            self._notices.append(
                Said(
                    "{file} was exported while the phone showed another time, {minutes} minutes"
                    " apart. Its messages were put where they belong.",
                    (("file", file.shown), ("minutes", abs(merged.moved))),
                )
            )
        yield from self._news(about, names)
        if turned:  # not before all is put right: a pull may be cut
            about.order = export.order.value
            yield from self._news(about, ())
        self._ask_who(about)

    def _news(self, about: Known, names: Sequence[str]) -> Iterator[Batch]:
        """Hand on what is news of a chat; the cursor moves when its file is done."""
        chat = self._chats.lines(about.key)
        people = [one for one in names if not (chat.group and one in chat.titles)]
        settle(chat, about, people, self._settings.name)
        news = list(fresh(chat))
        head = tuple(self._chats.head(about))
        for start in range(0, len(news) or 1, _AT_ONCE):
            part = news[start : start + _AT_ONCE]
            if head or part:
                raws = tuple(entry.raw(about.key, chat.group_of(entry)) for entry in part)
                yield Batch((*head, *raws), dump(self._ledger))
            head = ()
        for entry in news:
            entry.news = False

    def _ask_who(self, about: Known) -> None:
        """Ask who she is, where nobody in a chat of two is called what she says."""
        alone = about.group or len(about.people) < 2
        if alone or fold(self._settings.name) in map(fold, about.people):
            return
        said = Said(
            "Nobody in the chat {chat} is called “{name}”. Write under name in the config what you"
            " are called there, of: {people}. Till then what you wrote counts as theirs.",
            (
                ("chat", line(about.title, 60)),
                ("name", line(self._settings.name, 60)),
                ("people", line(", ".join(line(one, 40) for one in about.people), 200)),
            ),
        )
        self._notices = [one for one in self._notices if one != said] + [said]

    def _more(self) -> None:
        rest = sum(said is None for said in self._ledger.waiting.values())
        if rest:
            self._notices.append(Said("{n} more files wait for you.", (("n", rest),)))


def _partner(export: Export, me: str) -> str:
    names = {one.sender for one in export.lines if one.sender}
    others = [one for one in names if fold(one) != fold(me)]
    return others[0] if len(names) <= 2 and len(others) == 1 else ""


def _order(told: str) -> DateOrder | None:
    return DateOrder(told) if told in set(DateOrder) else None


def _which_order(file: Found, example: str) -> WaitsError:
    said = Said(
        "In {file}, {example} can be read two ways. You are asked once. If the month comes first,"
        " write mdy in place of dmy: {command}",
        (("example", line(example, 60)), *_bring(file, " --date-order dmy")),
    )
    return WaitsError(said, ambiguous=line(example, 60))


def _bring(file: Found, more: str = "") -> tuple[tuple[str, str], ...]:
    # She pastes this into a terminal, and whoever mailed the file chose its name.
    path = shlex.quote(line(str(file.path), 300))
    command = f"trastienda import {path} --client …{more}"
    return ("file", file.shown), ("command", command)
