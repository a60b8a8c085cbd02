"""The files of an item: all of them in one list, each to be saved, or saved and opened.

Fetching is done by a process of its own, while she goes on with something else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from normalizer.said import SaidError
from normalizer.text import fold
from store.errors import StoreError
from store.views import FileView, Row
from tui import words
from tui.actions import READER
from tui.choice import Choice, Option
from tui.lines import Line, Span, Tone, fit, middle, safe, wrap
from tui.opening import hand_over, is_disguised, is_risky
from tui.question import Question
from tui.setup import Errand, ErrandError
from tui.work import start

if TYPE_CHECKING:
    from store.reader import Reader
    from tui.main import Trastienda

What = Literal["save", "open", "stop"]


class NotYesError(SaidError):
    """She has typed something else."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A file, and whose it is."""

    client: str
    item: int
    file: FileView

    @property
    def id(self) -> int:
        return self.file.file.id

    @property
    def name(self) -> str:
        return self.file.file.name


class Files:
    """What she does with files, and which of them she has saved since the screen was opened."""

    def __init__(self, app: Trastienda) -> None:
        self._app = app
        self._saved: dict[int, Path] = {}
        self._disguised: set[int] = set()
        """Saved, and then something else than their names say."""

        self._under_way: set[int] = set()

    async def choose(self, rows: Sequence[Row]) -> None:
        """List the files of an item, and of what it is linked with: the newest first."""

        def read(reader: Reader) -> list[_Wanted]:
            found = [_Wanted(it.client, it.id, one) for it in rows for one in reader.files(it.id)]
            dated = [one.file.sent_at.timestamp() if one.file.sent_at else 0.0 for one in found]
            order = sorted(range(len(found)), key=lambda at: -dated[at])
            return [found[at] for at in order] if len(rows) > 1 else found

        try:
            files = await self._app.desk.read(read)
        except StoreError as error:
            self._app.trouble(error)
            return
        if not files:
            self._app.say(_("No file in here."))
            return
        width = self._app.size.width

        def options(_typed: str) -> Sequence[Option[_Wanted]]:
            return [
                Option(str(number) if number < 10 else "", self._line(one.file, width), one)
                for number, one in enumerate(files, 1)
            ]

        def chosen(one: _Wanted | None) -> None:
            if one is not None:
                self._ask(one)

        self._app.push_screen(Choice(_("Which file?"), options), chosen)

    def _line(self, one: FileView, width: int) -> Line:
        look = self._app.look()
        who = _("You") if one.hers else one.author
        when = words.moment(one.sent_at, look.now, look.zone) if one.sent_at else ""
        parts = (words.size(one.file.size), fit(who, 16).strip(), when)
        about = " · ".join(part for part in parts if part)
        mark = "! " if self._is_risky(one) else "✓ " if one.file.id in self._saved else "  "
        room = max(12, width - 9 - len(mark) - (len(about) if width >= 60 else 0))
        name = middle(one.file.name, room)
        return (
            Span(mark, Tone.ALERT if mark == "! " else Tone.GOOD),
            Span(name), Span(f"  {about}", Tone.DIM),
        )  # fmt: skip

    def _is_risky(self, one: FileView) -> bool:
        saved = self._saved.get(one.file.id)
        return (
            is_risky(one.file.name)
            or one.file.id in self._disguised
            or (saved is not None and is_risky(saved.name))
        )

    def _ask(self, wanted: _Wanted) -> None:
        self._app.push_screen(
            Choice(_("What to do with it?"), partial(self._deeds, wanted)),
            partial(self._do, wanted),
        )

    def _deeds(self, wanted: _Wanted, _typed: str) -> Sequence[Option[What]]:
        room = max(20, self._app.size.width - 8)
        told = [(Span(line, Tone.STRONG),) for line in wrap(wanted.name, room)]
        if self._is_risky(wanted.file):
            text = _("careful: opened, a file of this kind can do harm. Only if you expect it.")
            told += [(Span(line, Tone.ALERT),) for line in wrap(f"! {text}", room)]
        path = self._there(wanted.id)
        if path is not None:
            text = _("Saved: {path}").format(path=path)
            told += [(Span(line, Tone.DIM),) for line in wrap(text, room)]
        lines: list[Option[What]] = [Option("", line, None) for line in told]
        if wanted.id in self._under_way:
            return [*lines, Option("x", (Span(_("Give up fetching it")),), "stop")]
        name = self._app.look().client(wanted.client)[0]
        save = _("Save it among the files of {client}").format(client=safe(name))
        if path is None:
            lines.append(Option("s", (Span(fit(save, room).rstrip()),), "save"))
        return [*lines, Option("o", (Span(_("Open it")),), "open")]

    def _is_hidden(self, wanted: _Wanted) -> bool:
        """Whether others see the screen by now, and nothing of its client's may be on it."""
        return self._app.alone not in ("", wanted.client)

    def _there(self, number: int) -> Path | None:
        """Give the place where it was saved, if it still lies there."""
        path = self._saved.get(number)
        return path if path is not None and path.is_file() else None

    def _do(self, wanted: _Wanted, what: What | None) -> None:
        if what == "stop":
            self._stop(wanted)
        elif what == "open" and self._is_risky(wanted.file):
            self._sure(wanted, partial(self._begin, wanted, opens=True, sure=True))
        elif what is not None:
            self._begin(wanted, opens=what == "open")

    def _sure(self, wanted: _Wanted, go_on: Callable[[], None]) -> None:
        """Let her type a yes before it is opened."""

        def read(text: str) -> bool:
            if fold(text.strip()) in {"yes", fold(_("yes"))}:
                return True
            raise NotYesError("Type yes to open it.")

        def answered(yes: bool | None) -> None:
            if yes:
                go_on()

        title = _("Open {name} all the same? Type yes").format(name=middle(wanted.name, 40))
        self._app.push_screen(Question(title, read, lambda _yes: _("It will be opened.")), answered)

    def _begin(self, wanted: _Wanted, *, opens: bool, sure: bool = False) -> None:
        if wanted.id in self._under_way:
            return
        work = partial(self._fetch, wanted, opens=opens, sure=sure)
        start(self._app, work, f"file-{wanted.id}")

    def _stop(self, wanted: _Wanted) -> None:
        self._app.workers.cancel_group(self._app, f"file-{wanted.id}")
        self._app.say(_("Given up: {name}").format(name=middle(wanted.name, 60)))

    async def _fetch(self, wanted: _Wanted, *, opens: bool, sure: bool) -> None:
        try:
            path = self._there(wanted.id) or await self._save(wanted)
        except (OSError, ErrandError) as error:
            if not self._is_hidden(wanted):
                self._app.trouble(error)
            return
        self._saved[wanted.id] = path
        if self._is_hidden(wanted):
            return
        if not opens:
            self._app.say(_("Saved: {path}").format(path=safe(str(path))))
        elif not sure and (is_risky(path.name) or await asyncio.to_thread(is_disguised, path)):
            self._disguised.add(wanted.id)
            text = _("Saved and not opened: it is something else than its name says. {path}")
            self._app.say(text.format(path=safe(str(path))), Tone.ALERT)
        elif await asyncio.to_thread(hand_over, path):
            self._app.say(_("Opened: {path}").format(path=safe(str(path))))
        else:
            text = _("Saved. Nothing here can open it: {path}")
            self._app.say(text.format(path=safe(str(path))))

    async def _save(self, wanted: _Wanted) -> Path:
        """Fetch it. Raises OSError and ErrandError. Whoever is cancelled here gives it up."""
        begin = self._app.setup.save_file
        if begin is None:
            raise ErrandError(_("There is nothing to fetch files from: no client is set up yet."))
        errand: Errand | None = None
        self._under_way.add(wanted.id)
        text = _("Fetching {name}. Go on meanwhile: {key} and the file gives it up.")
        key = self._app.keys.name("files", READER)
        self._app.say(text.format(name=middle(wanted.name, 40), key=key), Tone.DIM)
        try:
            errand = await asyncio.to_thread(begin, wanted.client, wanted.item, wanted.id)
            return await asyncio.to_thread(errand.result)
        finally:
            self._under_way.discard(wanted.id)
            if errand is not None:
                errand.stop()
