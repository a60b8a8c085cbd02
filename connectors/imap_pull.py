"""One pull of a mailbox: its folders in turn, a cursor after every batch."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from connectors.base import Batch
from connectors.errors import ConnectorError
from connectors.imap_answers import uids_of
from connectors.imap_cursor import State, dump, spell
from connectors.imap_fetch import Place, bring
from connectors.imap_folders import Folder, chosen, prefix
from connectors.imap_look import Look, look, recognised
from connectors.imap_wire import NoError, Wire
from normalizer.raw import Census, Raw
from normalizer.said import Said
from normalizer.text import line

_AT_ONCE = 1_000
_MOST_CANDIDATES = 20


class Pull:
    """What one pull knows. `states` is by the folder's name on the server."""

    def __init__(
        self,
        wire: Wire,
        folders: Sequence[Folder],
        states: Sequence[State],
        wanted: Sequence[str],
        since: str,
    ) -> None:
        self._wire = wire
        self._folders = {folder.name: folder for folder in folders}
        self._wanted = wanted
        self._since = since
        self._said = list(states)
        self._states = {state.now_at: state for state in states}
        self._notices: list[Said] = []
        self._trouble: ConnectorError | None = None

    def batches(self) -> Iterator[Batch]:
        """Go through the folders. What one of them refuses is raised after the others."""
        for folder in self._plan():
            yield from self._folder(folder)
        if list(self._states.values()) != self._said or self._notices:
            yield self._batch()
        if self._trouble is not None:
            raise self._trouble

    def _plan(self) -> list[Folder]:
        """Choose the folders to read; say what became of those that are gone."""
        every = list(self._folders.values())
        taken, missing = chosen(every, self._wanted)
        for name, state in list(self._states.items()):
            if name not in self._folders:
                self._seek(name, state)
        frozen = {name for name in self._states if name not in self._folders}
        for name in frozen:
            self._notices.append(_gone(self._about(name)))
        for name in missing:
            if name.casefold() not in {state.name.casefold() for state in self._states.values()}:
                self._notices.append(
                    Said("There is no folder {folder} in this mailbox.", self._about(name))
                )
        moved = {name for name, state in self._states.items() if state.at}
        taken += [folder for folder in every if folder.name in moved and folder not in taken]
        kept = frozen | {folder.name for folder in taken}
        self._states = {name: state for name, state in self._states.items() if name in kept}
        return taken

    def _seek(self, name: str, state: State) -> None:
        """Look for a vanished folder under another name."""
        candidates = [folder for at, folder in self._folders.items() if at not in self._states]
        likely = [f for f in candidates if not f.validity or f.validity == state.validity]
        for folder in likely[:_MOST_CANDIDATES]:
            try:
                found = recognised(self._wire, folder, state)
            except NoError:
                continue
            if found:
                del self._states[name]
                self._states[folder.name] = replace(state, at=folder.name)
                return
        if not state.held and not state.todo:
            del self._states[name]  # nothing was ever fetched from it

    def _folder(self, folder: Folder) -> Iterator[Batch]:
        state = self._states.get(folder.name)
        if state is None or not self._idle(folder, state):
            try:
                seen = look(self._wire, folder, state, self._since)
            except NoError as refused:
                self._refused(folder, refused)
                return
            if folder.role == "inbox":
                self._wire.inbox = seen.state.mark
            yield from self._changes(folder, seen)
            if seen.todo:
                yield from self._fetch(folder, seen)
        elif folder.role == "inbox":
            self._wire.inbox = folder.mark
        if self._states[folder.name].old:
            yield from self._after_reset(folder)

    def _idle(self, folder: Folder, state: State) -> bool:
        """Say whether LIST told already that nothing happened."""
        return (
            bool(state.modseq)
            and not (state.todo or state.gone)
            and folder.mark == state.mark
            and folder.validity == state.validity
            and (self._since or "0") >= (state.since or "0")
        )

    def _changes(self, folder: Folder, seen: Look) -> Iterator[Batch]:
        """Hand on what changed; the cursor moves with the last of it."""
        rest = seen.records
        while len(rest) > _AT_ONCE:
            yield self._batch(rest[:_AT_ONCE])
            rest = rest[_AT_ONCE:]
        self._states[folder.name] = seen.state
        if rest or seen.census:
            yield self._batch(rest, seen.census)

    def _fetch(self, folder: Folder, seen: Look) -> Iterator[Batch]:
        here = prefix(seen.state.name, seen.state.validity)
        place = Place(
            prefix=here,
            folder=folder.name,
            sent=folder.role == "sent",
            gmail="X-GM-EXT-1" in self._wire.capabilities,
        )
        left = sorted(seen.todo)
        doubtful = set(uids_of(seen.state.suspect.encode()))
        for catch in bring(self._wire, place, seen.todo, sorted(doubtful)):
            _remove(left, catch.uids)
            doubtful.difference_update(catch.uids)
            doubtful.update(catch.suspect if self._wire.dead else ())
            state = self._states[folder.name]
            known = int(state.witness.partition("/")[0] or 0)
            state = replace(
                state,
                todo=spell(left, seen.present),
                suspect=spell(sorted(doubtful.intersection(left))) if doubtful else "",
                witness=catch.witness if catch.top > known else state.witness,
            )
            if catch.records or state != self._states[folder.name]:
                self._states[folder.name] = state
                yield self._batch(tuple(catch.records))

    def _after_reset(self, folder: Folder) -> Iterator[Batch]:
        """Let go of the old locations, once all is fetched anew and it is not suspiciously less."""
        state = self._states[folder.name]
        if state.todo:
            return
        old = [tuple(map(int, word.split("/"))) for word in state.old.split(",")]
        if state.held * 2 < max(held for _, held in old):
            self._notices.append(
                Said(
                    "The folder {folder} was replaced by one with far fewer messages. Nothing was"
                    " closed; if that is right, archive here what is done.",
                    self._about(folder.name),
                )
            )
            return
        self._states[folder.name] = replace(state, old="")
        yield self._batch(
            census=tuple(
                Census(stream="mail", prefix=prefix(state.name, validity), external_ids=frozenset())
                for validity, _ in old
            )
        )

    def _refused(self, folder: Folder, refused: NoError) -> None:
        about = self._about(folder.name)
        if refused.code in {"NONEXISTENT", "TRYCREATE"}:
            self._notices.append(_gone(about))
        elif refused.code == "NOPERM":
            self._notices.append(
                Said("{host} no longer lets us read {folder}. Nothing was closed.", about)
            )
        else:
            self._trouble = self._trouble or refused

    def _about(self, folder: str) -> tuple[tuple[str, str], ...]:
        return ("folder", line(folder, 60)), ("host", self._wire.host)

    def _batch(self, records: tuple[Raw, ...] = (), census: tuple[Census, ...] = ()) -> Batch:
        self._said = list(self._states.values())
        notices, self._notices = tuple(self._notices), []
        return Batch(records, dump(self._said), census, notices)


def _remove(left: list[int], uids: Sequence[int]) -> None:
    """Take UIDs out of an ascending list. They are its last ones, or nearly: little has to move."""
    for uid in uids:
        place = bisect_left(left, uid)
        if place < len(left) and left[place] == uid:
            del left[place]


def _gone(about: tuple[tuple[str, str], ...]) -> Said:
    return Said(
        "The folder {folder} is no longer there. What was fetched from it stays, and nothing was"
        " closed.",
        about,
    )
