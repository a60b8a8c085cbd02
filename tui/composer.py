"""Where she writes an answer: whom it is for above it, what it answers beside it."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult, SuspendNotSupported
from textual.containers import Container
from textual.timer import Timer
from textual.widgets import TextArea

from normalizer.actions import Mail
from normalizer.said import SaidError
from store.errors import StoreError
from store.views import Draft, ItemView, Row
from triage import enclosures, snippets
from triage.prepare import BY_HAND
from triage.profile import Profile, Snippet
from tui import answer, editor, enclosing, envelope, filling
from tui.actions import COMPOSER
from tui.bound import Bound
from tui.choice import Choice, Option
from tui.itempage import Answered, ItemPage
from tui.keys import Keys
from tui.lines import Line, Span, Tone, safe, spread
from tui.page import Lines, said
from tui.paper import Paper, places
from tui.posting import Post
from tui.sending import Ready, Sending
from tui.speller import Speller
from tui.work import start

if TYPE_CHECKING:
    from store.outbox import Letter

SAVING = 1.0
"""Seconds at most for which what she has written is nowhere but here."""

SPELLING = 0.5
"""Seconds after the last key until the words are looked at."""

ODD = 6
"""Words that are named; all of them are marked in the text."""


class Composer(Bound, inherit_bindings=False):
    """One answer to one item: it stays that item's, however the list moves beneath."""

    AUTO_FOCUS: ClassVar = "#paper"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-high")]  # noqa: RUF012 - as Textual declares it
    name_of = COMPOSER

    def __init__(
        self, number: int, client: str, browse: Callable[[str | None], None], keys: Keys
    ) -> None:
        """`client` is a slug, "" where it is not known yet."""
        super().__init__(keys)
        self._number, self._client, self._browse = number, client, browse
        self.paper = Paper()
        """The field with her text."""

        self.item: ItemView | None = None
        """What is answered; None till it is read."""

        self._draft = self._kept = Draft()
        """All but the text, which is on the paper; and what the store has."""

        self._letter: Letter | None = None
        """What would go, with a text in place of hers: it says whom it goes to and as whom."""

        self._problem = ""
        """Why nothing can be written here, and what to do."""

        self._post: Post | None = None
        self._saving: Timer | None = None
        self._spelling: Timer | None = None
        self._speller = Speller()
        self._doubtful: list[str] = []
        """Words that are probably misspelled."""

        self._reading = 0
        """Files that she has chosen and that are still being read."""

        self._over = False
        """It has gone, or is thrown away: nothing more is kept."""

    def compose(self) -> ComposeResult:
        """From top to bottom; on a wide screen what is answered stands beside the text."""
        yield Lines(self._head, id="composer-head")
        with Container(id="writing"):
            yield self.paper
            yield Answered(id="answered")
        yield Lines(self._status, id="composer-status")
        yield Lines(self._footer, id="footer")

    def on_mount(self) -> None:
        """Read what is answered, and what she had begun to write."""
        start(self, self._load, "item")

    def on_unmount(self) -> None:
        """However it is left, what she wrote is kept."""
        self._save()
        self._speller.close()

    @property
    def row(self) -> Row | None:
        """The item that is answered."""
        return self.item.row if self.item else None

    @property
    def _profile(self) -> Profile:
        return self.app.setup.manner.profile(self.row.client if self.row else self._client)

    @property
    def _color(self) -> str:
        return self.app.look().client(self.row.client)[1] if self.row else ""

    @property
    def _now(self) -> Draft:
        """What she has written, as it stands; an accent typed after its letter is one with it."""
        return replace(self._draft, text=unicodedata.normalize("NFC", self.paper.text))

    def say(self, text: str, tone: Tone) -> None:
        """What just happened, instead of the keys; "" brings them back."""
        self._said = text, tone
        self._redraw()

    async def _load(self) -> None:
        try:
            item = await self.app.desk.read(lambda reader: reader.item(self._number))
            if item is None:
                text = _("This item is no longer here. {key} goes back.")
                self._stuck(text.format(key=self.keys.name("leave_draft", COMPOSER)))
                return
            post = Post(self.app, item.row)
            draft, letter, problem = await post.opened()
        except StoreError as error:
            self._stuck(error.said.text(_))
            return
        self.item, self._post = item, post
        self._letter = letter
        if draft is not None:
            typed = self.paper.text
            self._draft = self._kept = draft
            self.paper.load_text(draft.text)
            self.paper.move_cursor(self.paper.document.end)
            if typed:
                self.paper.put(typed)
        if problem is not None:
            self._stuck(problem.said.text(_))
        self._show()

    def _stuck(self, problem: str) -> None:
        """Nothing can be written here: say so at once, and why. What is there can be copied."""
        self._problem = problem
        self.paper.read_only = True
        self._redraw()

    def _show(self) -> None:
        """Show what is answered, from its last message on."""
        if self.item is not None:
            page = self.query_one("#answered", ItemPage)
            start(self, partial(page.show_newest, self.item.row.id), "answered")
        self._redraw()

    def _redraw(self) -> None:
        for lines in self.query(Lines):
            lines.redraw()
        self.call_after_refresh(self.paper.place_cursor)

    def on_resize(self) -> None:
        """The lines are wrapped anew."""
        self.call_after_refresh(self._show)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Keep it soon, and look at its words when she rests."""
        event.stop()
        if self._saving is None:
            self._saving = self.set_timer(SAVING, self._save)
        if self._spelling is not None:
            self._spelling.stop()
        # None is given up: the speller's answers would come to the wrong questions.
        look = partial(start, self, self._spell, "spelling", alone=False)
        self._spelling = self.set_timer(SPELLING, look)

    async def _spell(self) -> None:
        """Mark the words that are probably misspelled, and what is still to be filled in."""
        text = self.paper.text
        words = await self._speller.unknown(text, self._profile.language)
        if text != self.paper.text:
            return  # she has gone on, and it is looked at again
        self._doubtful = list(dict.fromkeys(text[start:end] for start, end in words))
        gaps = [(at, at + len(one)) for one in snippets.open_in(text) for at in places(text, one)]
        self.paper.mark([*words, *gaps])
        self._redraw()

    def _save(self) -> None:
        """Have what she wrote kept, where it is another than the store has."""
        if self._saving is not None:
            self._saving.stop()
            self._saving = None
        if self._post is not None and not self._over and self._now != self._kept:
            self._kept = self._now
            self._post.keep(self._kept, self._joined)
            # What is in the files is kept now; it need not be handed over with every word.
            files = tuple(replace(one, content=None) for one in self._draft.files)
            self._draft = replace(self._draft, files=files)
            self._kept = replace(self._kept, files=files)

    def _joined(self, more: Draft) -> None:
        """Take up what stood there as well, of a conversation that came in or another screen."""
        if not self._over and self.is_attached:
            files, paths = self._draft.files, self._draft.paths
            files, paths = (*more.files, *files), (*more.paths, *paths)
            self._draft = replace(self._draft, files=files, paths=paths)
            self.paper.insert(more.text, (0, 0), maintain_selection_offset=True)

    def action_back(self) -> None:
        """Leave; the draft is kept."""
        if not self.paper.has_focus and not self._problem:
            self.paper.focus()
            return
        self._save()
        if self._post is not None and not self._now.empty:
            self.app.say(_("Draft kept: {key} goes on with it.").format(key=self.app.key("reply")))
        self.dismiss()

    def action_switch(self) -> None:
        """To the conversation, to scroll it, and back."""
        page = self.query_one("#answered", ItemPage)
        (page if self.paper.has_focus and page.display else self.paper).focus()

    def action_discard(self) -> None:
        """Throw it away, once she has said so."""
        if self._now.empty:
            self.action_back()
            return
        options = [
            Option("n", (Span(_("No, keep it")),), False),
            Option("y", (Span(_("Yes, throw it away")),), True),
        ]
        title = _("Throw away what you wrote?")
        self.app.push_screen(
            Choice(title, lambda _typed: options, color=self._color, careful=True), self._discard
        )

    def _discard(self, sure: bool | None) -> None:
        if sure and self._post is not None:
            self._over = True
            self._post.drop()
            self.app.say(_("The draft is gone."))
            self.dismiss()

    def action_texts(self) -> None:
        """Choose one of her texts."""
        manner = self.app.setup.manner
        panel = filling.picker(manner.snippets, self._profile.language, self._color)
        self.app.push_screen(panel, self._fill)

    def _fill(self, chosen: Snippet | None) -> None:
        if chosen is None or self._problem:
            return
        if self.item is None:  # chosen before the item was read
            self.set_timer(0.02, partial(self._fill, chosen))
            return
        manner, now, zone = self.app.setup.manner, self.app.clock(), self.app.setup.timezone
        client = self.app.look().client(self.item.row.client)[0]
        known = snippets.values(self.item, client, manner, now, zone)
        text = snippets.choose(chosen, self._profile.language)
        filling.fill(self.app, text.strip("\n"), known, self._put, self._color)

    def _put(self, text: str) -> None:
        """Put a text in at the cursor; beneath others, a blank line between."""
        paper = self.paper
        before = paper.get_text_range((0, 0), paper.cursor_location)
        if paper.cursor_at_end_of_text and before.strip():
            text = "\n" * (2 - len(before) + len(before.rstrip("\n"))) + text
        paper.put(text)
        paper.focus()

    def action_to_all(self) -> None:
        """Answer all who were addressed, or only whoever wrote."""
        if self._ready_for_mail(_("Only a mail can go to others as well.")):
            self._draft = replace(self._draft, to_all=not self._draft.to_all)
            start(self, self._address, "address")

    async def _address(self) -> None:
        assert self._post is not None  # noqa: S101 - asked by the caller
        try:
            self._letter = await self._post.probe(to_all=self._draft.to_all)
        except SaidError as error:
            self.app.trouble(error)
        self._redraw()
        self._save()

    def _ready_for_mail(self, other: str) -> bool:
        if self._letter is None or not isinstance(self._letter.action, Mail):
            self.app.say(other if self.item else _("Reading…"))
            return False
        return True

    def action_file(self) -> None:
        """Attach a file, or take one out."""
        if not self._ready_for_mail(_("Files go out with mail only.")):
            return
        if not self._draft.files:
            self._ask_path()
            return
        add = Option("a", (Span(_("Add another file")),), -1)
        options = [add] + [
            Option(str(number + 1), (Span(_("Take out {file}").format(file=line)),), number)
            for number, line in enumerate(envelope.files(self._draft.files))
        ]
        self.app.push_screen(
            Choice(_("Files"), lambda _typed: options, color=self._color), self._file
        )

    def _file(self, number: int | None) -> None:
        if number is None:
            return
        if number < 0:
            self._ask_path()
            return
        files, paths = list(self._draft.files), list(self._draft.paths)
        del files[number], paths[number]
        self._draft = replace(self._draft, files=tuple(files), paths=tuple(paths))
        self._save()
        self._redraw()

    def _ask_path(self) -> None:
        folder = next(iter(self._profile.folders), "~").rstrip("/") + "/"
        panel = enclosing.PathQuestion(folder, self._color)
        self.app.push_screen(panel, lambda path: self._enclose(path) if path else None)

    def _enclose(self, path: Path) -> None:
        start(self, partial(self._read, path), "file", alone=False)

    async def _read(self, path: Path) -> None:
        self._reading += 1
        try:
            chosen = await asyncio.to_thread(enclosures.choose, path)
        except SaidError as error:
            self.app.trouble(error)
            return
        finally:
            self._reading -= 1
        files, paths = self._draft.files, self._draft.paths
        self._draft = replace(self._draft, files=(*files, chosen.file), paths=(*paths, chosen.path))
        self._save()
        self._redraw()

    def action_editor(self) -> None:
        """Go on in her own editor."""
        if self._problem:
            return
        self._save()
        try:
            text = editor.edited(self.paper.text, self.app.suspend)
        except SuspendNotSupported:
            self.app.say(_("An editor cannot be opened in this terminal."), Tone.ALERT)
        except SaidError as error:
            self.app.trouble(error)
        else:
            self.paper.replace(text, (0, 0), self.paper.document.end)
            self.paper.move_cursor(self.paper.document.end)
            self._save()
        self.app.refresh(layout=True)

    def action_keep_there(self) -> None:
        """Keep it as a draft in the client's own folder as well."""
        if self._ready_for_mail(_("Drafts are kept over there in a mailbox only.")):
            self._save()
            start(self, self._keep_there, "drafts", alone=False)

    async def _keep_there(self) -> None:
        assert self._post is not None  # noqa: S101 - asked by the caller
        try:
            outcome = await self._post.keep_there(self._now)
        except SaidError as error:
            self.app.trouble(error)
            return
        self._draft = replace(self._draft, kept_there=True)
        self._save()
        self.app.say("✓ " + outcome.text.text(_))

    def action_send(self) -> None:
        """Look at all of it once more; from there it goes."""
        row, post, text = self.row, self._post, self.paper.text
        if self._problem:
            self.app.say(self._problem, Tone.ALERT)
        elif row is None or post is None or self._reading:
            self.app.say(_("Reading…"))
        elif not text.strip():
            self.app.say(_("There is nothing to send: write something first."), Tone.ALERT)
        elif still := snippets.open_in(text):
            self.paper.go(text.find(still[0]))
            self.app.say(
                _("Still to be filled in: {names}").format(names=", ".join(still)), Tone.ALERT
            )
        else:
            self._save()
            self.app.push_screen(Sending(row, partial(post.look, self._now)), self._go)

    def _go(self, ready: Ready | None) -> None:
        row, post = self.row, self._post
        if ready is None or row is None or post is None:
            return
        self._over = True
        self.dismiss()
        if ready.letter is None:
            answer.lay_ready(self.app, row, ready.text, self._browse, post.sent)
        else:
            post.send(ready.letter, self._now)

    def _head(self, width: int) -> list[Line]:
        row = self.row
        if row is None:
            return [(Span(" " + (self._problem or _("Reading…")), Tone.DIM),)]
        me = self.app.setup.manner.me
        lines = envelope.head(row, self._letter, me, self.app.look(), width)
        if self._problem and row.channel_kind not in BY_HAND:
            lines = [lines[0], *said("! " + self._problem, Tone.ALERT, width)]
        return [*lines, (Span("─" * width, Tone.DIM),)]

    def _status(self, width: int) -> list[Line]:
        """Draw the files, whether it is for all, the words to look at, and when it goes."""
        if self._post is None:
            return [(Span("─" * width, Tone.DIM),)]
        parts = [Span(f" + {line} ", Tone.KEY) for line in envelope.files(self._draft.files)]
        if self._draft.to_all:
            parts += [Span(" "), Span(" " + _("to all") + " ", Tone.BADGE)]
        if self._doubtful:
            odd = _("look again: {words}").format(words=", ".join(self._doubtful[:ODD]))
            parts.append(Span(f" {safe(odd)} ", Tone.ALERT))
        right = () if self._problem else (Span(self._post.leaves + " ", Tone.DIM),)
        return [(Span("─" * width, Tone.DIM),), spread(tuple(parts), right, width)]

    def _footer(self, width: int) -> list[Line]:
        return said(*self._said, width) or [self.keys.hints(COMPOSER, width)]
