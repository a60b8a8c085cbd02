"""Raw records of what happens in a room: what is said, and what becomes of it afterwards.

A message keeps the payload it came with. What is done to it later, wherever it lies, comes as a
patch of what surrounds it, which the store leaves out where the message was never kept:

| meta | what happened |
|---|---|
| from | what its sender is called |
| edit EVENT | an edit, whoever made it; null once it was taken back, or five newer ones are there |
| reaction EVENT | a reaction; null once it was taken back |
| withdrawn | it was redacted: by whom, when |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from connectors.matrix_api import Event, is_event
from normalizer.raw import Raw, canonical

Recall = Callable[[str], Iterable[Raw]]
"""Prefix of an external id → the messages that are kept under it."""

_PUT: Final = frozenset(
    {"m.room.message", "m.sticker", "m.poll.start", "org.matrix.msc3381.poll.start"}
)
_KEPT: Final = ("type", "event_id", "sender", "origin_server_ts", "content")

_MOST_EDITS: Final = 5
"""Edits of a message by one person that are kept, the newest: a program may edit what it says a
hundred times. Which of them counts the mapping says (Event replacements)."""


def raws_of(
    room: str, events: Iterable[Event], names: Mapping[str, str], recall: Recall
) -> tuple[Raw, ...]:
    """Make the raw records of events of a room, the oldest first."""
    story = _Story(names)
    for event in events:
        story.read(event)
    story.end(_taken_back(room, story.redactions.keys() - story.done.keys(), recall))
    for target in {target for target, key in story.done.values() if _is_edit(key)}:
        story.forget_edits(target, _told(f"{room}/{target}", recall))
    return tuple(story.raws(room))


class _Story:
    """What a run of events amounts to."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._said: dict[str, Event] = {}
        self._about: dict[str, dict[str, Any]] = {}
        self.redactions: dict[str, Event] = {}
        self.done: dict[str, tuple[str, str]] = {}
        """Reactions and edits: the message that they are about, and their key in its meta."""

    def read(self, event: Event) -> None:
        known, kind = event["event_id"], event["type"]
        relation = event["content"].get("m.relates_to")
        relation = relation if isinstance(relation, dict) else {}
        if kind == "m.room.redaction":
            if "redacts" in event:
                self.redactions[event["redacts"]] = event
        elif "redacted" in event or not event["content"]:
            if kind in _PUT:
                self._note(known, "withdrawn", _by(event.get("redacted"), self._names))
        elif kind == "m.reaction":
            self._react(event, relation)
        elif relation.get("rel_type") == "m.replace":
            if is_event(target := relation.get("event_id")):
                self._edit(str(target), event)
        elif kind in _PUT:
            self._said[known] = event
            if "edit" in event:
                self._edit(known, event["edit"])

    def end(self, taken_back: Iterable[tuple[str, str]]) -> None:
        """Take in what was redacted, and what of that was a reaction or an edit: (message, key)."""
        for target, by in self.redactions.items():
            if target in self.done:
                self._note(*self.done[target], None)
            else:
                self._note(target, "withdrawn", _by(by, self._names))
        for target, key in taken_back:
            self._note(target, key, None)

    def forget_edits(self, target: str, kept: Mapping[str, Any]) -> None:
        """Leave out the oldest edits of a message, what is kept of it included."""
        about = self._about[target]
        by: dict[str, list[Mapping[str, Any]]] = {}
        for key, edit in {**kept, **about}.items():
            if _is_edit(key) and edit is not None:
                by.setdefault(edit["sender"], []).append(edit)
        for edits in by.values():
            for old in sorted(edits, key=_age)[:-_MOST_EDITS]:
                about[f"edit {old['event_id']}"] = None

    def raws(self, room: str) -> Iterator[Raw]:
        for known, event in self._said.items():
            payload = {key: event[key] for key in _KEPT}
            meta = {"from": self._names.get(event["sender"], ""), **self._about.get(known, {})}
            yield Raw.of_json("message", f"{room}/{known}", payload, **meta)
        for target, about in self._about.items():
            if target not in self._said:
                yield Raw(stream="message", external_id=f"{room}/{target}", meta=canonical(about))

    def _react(self, event: Event, relation: Mapping[str, Any]) -> None:
        target, key = relation.get("event_id"), relation.get("key")
        if is_event(target) and isinstance(key, str):
            by = {"key": key[:100], **_by(event, self._names)}
            self._do(str(target), f"reaction {event['event_id']}", by)

    def _edit(self, target: str, event: Event) -> None:
        new = event["content"].get("m.new_content")
        if isinstance(new, dict):
            edit = {key: event[key] for key in _KEPT} | {"content": new}
            self._do(target, f"edit {event['event_id']}", edit)

    def _do(self, target: str, key: str, value: Mapping[str, Any]) -> None:
        self.done[value["event_id"]] = (target, key)
        self._note(target, key, value)

    def _note(self, target: str, key: str, value: object) -> None:
        self._about.setdefault(target, {})[key] = value


def _age(edit: Mapping[str, Any]) -> tuple[int, str]:
    at = edit["origin_server_ts"]
    return (at if isinstance(at, int) else 0, edit["event_id"])


def _taken_back(room: str, targets: Iterable[str], recall: Recall) -> Iterator[tuple[str, str]]:
    """Find what redacted events were, where they are no messages themselves: reactions to a
    message that is kept, and edits of one.

    Only what is kept tells: a redacted event no longer says what it was about. All that is kept
    of the room is gone through, and only where it has to be.
    """
    lost = {one for one in targets if not any(_of(raw) == one for raw in recall(f"{room}/{one}"))}
    if not lost:
        return
    for raw in recall(f"{room}/"):
        for key, value in raw.about().items():
            kind, _, known = key.partition(" ")
            if kind in {"reaction", "edit"} and value is not None and known in lost:
                yield _of(raw), key


def _told(external_id: str, recall: Recall) -> Mapping[str, Any]:
    """Tell what is kept of what was done to a message."""
    found = (raw for raw in recall(external_id) if raw.external_id == external_id)
    return {key: value for raw in found for key, value in raw.about().items()}


def _of(raw: Raw) -> str:
    return raw.external_id.partition("/")[2]


def _is_edit(key: str) -> bool:
    return key.startswith("edit ")


def _by(event: Event | None, names: Mapping[str, str]) -> dict[str, Any]:
    """Say who did something, and when; nothing where the homeserver does not tell."""
    if event is None:
        return {}
    return {
        "event_id": event["event_id"],
        "sender": event["sender"],
        "name": names.get(event["sender"], ""),
        "origin_server_ts": event["origin_server_ts"],
    }
