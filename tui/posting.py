"""What the composer asks of the database: the draft, whom it goes to, and its leaving."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from gettext import gettext as _
from typing import TYPE_CHECKING, TypeVar

from normalizer.said import SaidError
from store.errors import StoreError
from store.reader import Reader
from store.views import Draft, Row
from triage import enclosures, guard
from triage.enclosures import Chosen
from triage.prepare import BY_HAND
from tui import envelope, focus, words
from tui.lines import Tone
from tui.sending import Ready
from tui.work import start

if TYPE_CHECKING:
    from store.database import Database
    from store.outbox import Letter
    from triage.verbs import Outcome
    from tui.main import Trastienda

T = TypeVar("T")

LATER = timedelta(minutes=2)
"""What goes later than this is not counted down."""

AGAIN = 2.0
"""Seconds between two tries to keep a draft in a database that does not take it."""


class FileGoneError(SaidError):
    """A file cannot go with it as it stands."""


class Post:
    """The way of one answer. Nothing in here waits on the screen's own thread."""

    def __init__(self, app: Trastienda, row: Row) -> None:
        self._app, self._row = app, row
        self._saved = 0
        """How often something was to be kept: the last one counts."""

        self._there = Draft()
        """What the store has, as far as is known here; of the thread that writes."""

    @property
    def by_hand(self) -> bool:
        """Whether she sends it herself, with the client's own program."""
        return self._row.channel_kind in BY_HAND

    @property
    def leaves(self) -> str:
        """When it goes."""
        if self.by_hand:
            return _("copied here, sent by you there")
        from triage import answers  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        return envelope.leaves(answers.window(self._row.channel_kind))

    async def opened(self) -> tuple[Draft | None, Letter | None, SaidError | None]:
        """Give the draft that is kept, what would go, and why nothing can. Raises StoreError."""

        def act(db: Database) -> tuple[Draft | None, Letter | None, SaidError | None]:
            from store import drafts  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            draft = drafts.get(db, self._row.id)
            self._there = draft or Draft()
            if self.by_hand:
                return draft, None, None
            try:
                return draft, self._made(db, Draft(to_all=bool(draft and draft.to_all)), "…"), None
            except StoreError:
                raise
            except SaidError as error:
                return draft, None, error

        draft, letter, problem = await self._app.desk.write(act)
        waits = self._app.unkept.get(self._row.id)
        return (waits[0] if waits else draft), letter, problem

    async def probe(self, *, to_all: bool) -> Letter:
        """Say whom it would go to. Raises SaidError."""
        return await self._app.desk.write(lambda db: self._made(db, Draft(to_all=to_all), "…"))

    def _made(self, db: Database, draft: Draft, text: str) -> Letter:
        from triage import answers  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        manner = self._app.setup.manner
        wish = answers.Wish(
            text=text, to_all=draft.to_all, files=draft.files, key=draft.key, who=manner.me,
            language=manner.profile(self._row.client).language,
        )  # fmt: skip
        return answers.draft(db, self._row.id, wish, self._moment())

    def _whole(self, db: Database, draft: Draft) -> Draft:
        """Put in what is in the files: it was kept when they were added. Raises FileGoneError."""
        from store import drafts  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

        kept = drafts.get(db, self._row.id) or Draft()
        lost = [one.name for one in kept.files if one.content is None]
        if lost or kept.files != draft.files:
            raise FileGoneError(
                "What is in the files is no longer kept here ({files}). Take them out, and attach"
                " them again.",
                files=", ".join(lost or (one.name for one in draft.files)),
            )
        return replace(draft, files=kept.files, paths=kept.paths)

    async def keep_there(self, draft: Draft) -> Outcome:
        """Have it kept in the client's own folder for drafts. Raises SaidError."""
        now = self._app.clock()

        def act(db: Database) -> Outcome:
            from triage import answers  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            letter = self._made(db, self._whole(db, draft), draft.text)
            return answers.keep_there(db, letter, now)

        return await self._app.desk.write(act, hers=True)

    def _moment(self) -> datetime:
        return self._app.clock().astimezone(self._app.setup.timezone)

    async def look(self, draft: Draft) -> Ready:
        """Make what would go, and compare it with all that is somebody else's. Raises SaidError."""

        def made(db: Database) -> tuple[Letter | None, tuple[str, ...], Draft]:
            from triage import answers  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            if self.by_hand:
                return None, (), draft
            whole = self._whole(db, draft)
            letter = self._made(db, whole, draft.text)
            return letter, answers.addressed(letter), whole

        letter, to, whole = await self._app.desk.write(made)
        app, manner, client = self._app, self._app.setup.manner, self._row.client

        def compared(reader: Reader) -> Ready:
            lexicon = reader.lexicon()
            files = map(Chosen, whole.paths, whole.files)
            found = [
                *guard.findings(draft.text, client, lexicon, reader, to),
                *enclosures.findings(files, client, manner, reader, lexicon),
            ]
            found.sort(key=lambda one: not one.stops)
            missing = "" if whole.files else enclosures.speaks_of_file(draft.text) or ""
            return Ready(
                letter=letter, text=draft.text.strip(), found=found, missing=missing,
                names=focus.names(app, {one.slug: one.name for one in lexicon.clients}),
            )  # fmt: skip

        return await self._app.desk.read(compared)

    def keep(
        self, draft: Draft, joined: Callable[[Draft], None], *, quiet: bool = False
    ) -> None:  # fmt: skip
        """Keep what she has written, whatever becomes of the screen meanwhile. `joined` is given
        what else stood there, which is kept above it as well. `quiet`: she has just been told what
        the matter is.
        """
        unkept, item = self._app.unkept, self._row.id
        self._saved += 1
        number, now = self._saved, self._app.clock()
        unkept.pop(item, None)

        def act(db: Database) -> Draft | None:
            from store import drafts  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            both = drafts.keep(db, item, draft, now, over=self._there)
            self._there = both or draft
            return both

        def again() -> None:
            if item in unkept and unkept[item][0] is draft:
                self.keep(draft, joined)

        def failed(error: SaidError) -> None:
            if not quiet:
                self._app.trouble(error)
            if number == self._saved:
                unkept[item] = draft, act
                self._app.set_timer(AGAIN, again)

        def done(both: Draft | None) -> None:
            if both is not None:
                joined(_more(both, draft))

        self._write(act, failed, done)

    def drop(self) -> None:
        """Forget the draft."""
        self._saved += 1
        self._app.unkept.pop(self._row.id, None)

        def act(db: Database) -> None:
            from store import drafts  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            drafts.drop(db, self._row.id)

        self._write(act, self._app.trouble, lambda _: None)

    def sent(self) -> None:
        """She has sent it herself: its draft ends, and she has looked at what it answers."""
        self.drop()
        self._app.looking.answered(self._row.id)

    def _write(
        self, act: Callable[[Database], T], failed: Callable[[SaidError], None],
        then: Callable[[T], None],
    ) -> None:  # fmt: skip
        # Handed over here and now: leaving at once afterwards must not lose it.
        done = self._app.desk.write(act, hers=True)

        async def told() -> None:
            try:
                result = await done
            except SaidError as error:
                failed(error)
            else:
                then(result)

        start(self._app, told, "drafts", alone=False)

    def send(self, letter: Letter, draft: Draft) -> None:
        """Let go what she has seen, and end its draft with that; where it does not go the draft is
        kept.
        """
        self._saved += 1
        self._app.unkept.pop(self._row.id, None)
        now = self._app.clock()

        def act(db: Database) -> datetime:
            from triage import answers  # noqa: PLC0415 - brings SQLAlchemy: after the first paint

            answers.post(db, letter, now)
            return max(letter.send_at, now + answers.window(self._row.channel_kind))

        done = self._app.desk.write(act, hers=True)
        timed = letter.send_at - now > LATER
        start(self._app, partial(self._sent, done, draft, timed), "verbs", alone=False)

    async def _sent(self, done: Awaitable[datetime], draft: Draft, timed: bool) -> None:
        app = self._app
        try:
            goes_at = await done
        except SaidError as error:
            kept = _("Nothing was sent; {key} opens your text again.").format(key=app.key("reply"))
            app.say(f"! {error.said.text(_)} {kept}", Tone.ALERT)
            self.keep(draft, lambda _: None, quiet=True)
            return
        app.looking.answered(self._row.id)
        app.board.reload()
        if timed:
            when = words.moment(goes_at, app.clock(), app.setup.timezone)
            text = _("Goes {when} · {key} takes it back")
            app.say("✓ " + text.format(when=when, key=app.key("undo")))
        else:
            count_down(app, goes_at)


def _more(both: Draft, draft: Draft) -> Draft:
    """Give what stands above a draft in what was kept."""
    files = both.files[: len(both.files) - len(draft.files)]
    text = both.text.removesuffix(draft.text)
    return Draft(text=text, files=files, paths=both.paths[: len(files)])


def count_down(app: Trastienda, goes_at: datetime) -> None:
    """Say how long it can be taken back, each second, unless something else is said meanwhile."""
    left = math.ceil((goes_at - app.clock()).total_seconds())
    if left <= 0:
        app.say("✓ " + _("It goes out now."))
        return
    text = _("Goes in {n} s · {key} takes it back").format(n=left, key=app.key("undo"))
    number = app.say("✓ " + text)
    app.set_timer(1, lambda: count_down(app, goes_at) if app.is_said(number) else None)
