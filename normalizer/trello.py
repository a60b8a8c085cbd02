"""What Trello says of a card, in our words.

| stream | payload | meta |
|---|---|---|
| card | a card with its checklists, labels, attachments and values of custom fields | board, list: their names; closed: archived, by itself, with its list or with its board; done: by the client's own way; fields: definitions of its custom fields; people: names of the members on it |
| comment | the action that is the comment | |
| action | an action that changed a card | labels, people: names of those that it speaks of; done: who archives a card has done it |

A number in a custom field is text, a tick is "true" (API: Custom Fields), and an id begins with the
second of its making (API: Nested Resources, "getting the time from an id").
"""  # noqa: E501  # a table

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from normalizer.boards import (
    called,
    container,
    due_shown,
    field,
    identifier,
    instant,
    items,
    link,
    material,
    maybe_instant,
    person,
    table,
    tables,
    taken_and_added,
    ticked,
    words,
)
from normalizer.model import (
    Attachment,
    Change,
    CheckItem,
    Message,
    Person,
    Record,
    Ref,
    State,
    Task,
)
from normalizer.raw import Raw
from normalizer.text import NAME, block, line

NO_TASK: Final = frozenset({"separator", "board", "mirror", "link"})
"""What a card's `cardRole` says of one that is nothing to do."""

_PUT: Final = {
    "addMemberToCard": "people",
    "addAttachmentToCard": "attachments",
    "addChecklistToCard": "checklist",
}
_TAKEN: Final = {
    "removeMemberFromCard": "people",
    "deleteAttachmentFromCard": "attachments",
    "removeChecklistFromCard": "checklist",
}
_MENTION: Final = re.compile(r"(?<![\w@./])@([A-Za-z0-9_]{3,100})")


def normalise(raw: Raw) -> Iterator[Record]:
    """Put one record of Trello's in our words.

    Templates, separators and mirrors yield nothing: they are no tasks. Raises ValueError where the
    record is not what Trello documents.
    """
    if raw.payload is None:
        return
    match raw.stream:
        case "card":
            yield from _card(table(raw.json()), raw.about())
        case "comment":
            yield _comment(table(raw.json()))
        case "action":
            yield from _changes(table(raw.json()), raw.about())
        case _:  # a later version's: kept until a mapping knows it
            return


# Cards


def _card(card: Mapping[str, Any], meta: Mapping[str, Any]) -> Iterator[Task]:
    if card.get("isTemplate") is True or words(card.get("cardRole")) in NO_TASK:
        return
    people = table(meta.get("people"))
    yield Task(
        ref=Ref("card", identifier(card.get("id"))),
        title=line(words(card.get("name"))),
        body=block(words(card.get("desc"))),
        state=_state(card, meta),
        due=maybe_instant(card.get("due")),
        url=link(card.get("shortUrl") or card.get("url")),
        container=container(meta.get("board"), meta.get("list")),
        labels=(*_labels(card), *_custom(card, meta)),
        assignees=tuple(
            person(people.get(member), member)
            for member in map(words, items(card.get("idMembers")))
        ),
        checklist=tuple(_checklist(card, people)),
        attachments=tuple(map(_attachment, tables(card.get("attachments")))),
        created_at=_born(words(card.get("id"))),
        updated_at=maybe_instant(card.get("dateLastActivity")),
    )


def _state(card: Mapping[str, Any], meta: Mapping[str, Any]) -> State:
    """Say what became of a card: who puts one away has not thereby done it."""
    if meta.get("done") is True:
        return State.DONE
    if meta.get("closed") is True:
        return State.ARCHIVED
    return State.DONE if card.get("dueComplete") is True else State.OPEN


def _labels(card: Mapping[str, Any]) -> Iterator[str]:
    """Name the labels; one without a name goes by its colour."""
    for one in tables(card.get("labels")):
        if name := line(words(one.get("name")), NAME) or line(words(one.get("color")), NAME):
            yield name


def _custom(card: Mapping[str, Any], meta: Mapping[str, Any]) -> Iterator[str]:
    defined = table(meta.get("fields"))
    for one in tables(card.get("customFieldItems")):
        about = table(defined.get(words(one.get("idCustomField"))))
        if shown := field(about.get("name"), _value(one, about)):
            yield shown


def _value(item: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    chosen = words(item.get("idValue"))
    if chosen:
        for option in tables(about.get("options")):
            if option.get("id") == chosen:
                return words(table(option.get("value")).get("text"))
        return ""
    value = table(item.get("value"))
    if "checked" in value:
        return "✓" if value["checked"] == "true" else ""
    if "date" in value:
        return instant(value["date"]).date().isoformat()
    return words(value.get("text") or value.get("number"))


def _checklist(card: Mapping[str, Any], people: Mapping[str, Any]) -> Iterator[CheckItem]:
    for listed in sorted(tables(card.get("checklists")), key=_place):
        for item in sorted(tables(listed.get("checkItems")), key=_place):
            who = words(item.get("idMember"))
            yield CheckItem(
                external_id=identifier(item.get("id")),
                text=line(words(item.get("name"))),
                done=item.get("state") == "complete",
                due=maybe_instant(item.get("due")),
                assignee=person(people.get(who), who) if who else None,
            )


def _place(one: Mapping[str, Any]) -> float:
    place = one.get("pos")
    return place if isinstance(place, int | float) else 0


def _attachment(one: Mapping[str, Any]) -> Attachment:
    size = one.get("bytes")
    return Attachment(
        external_id=identifier(one.get("id")),
        name=material(one.get("name") or one.get("url")),
        media_type=line(words(one.get("mimeType")), NAME) or "application/octet-stream",
        size=size if type(size) is int and size >= 0 else None,
        url=link(one.get("url")),
    )


def _born(card: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(card[:8], 16), UTC)
    except (ValueError, OverflowError, OSError):
        return None


# Comments


def _comment(action: Mapping[str, Any]) -> Message:
    data = table(action.get("data"))
    text = words(data.get("text"))
    named = dict.fromkeys(name.lower() for name in _MENTION.findall(text))
    return Message(
        ref=Ref("comment", identifier(action.get("id"))),
        author=_author(action),
        sent_at=instant(action.get("date")),
        text=block(text),
        to=tuple(Person(handle=line(name, NAME)) for name in named),
        about=_about(data),
    )


def _author(action: Mapping[str, Any]) -> Person:
    """Name who did it. Old boards tell the id alone."""
    return person(table(action.get("memberCreator")).get("fullName"), action.get("idMemberCreator"))


def _about(data: Mapping[str, Any]) -> Ref:
    return Ref("card", identifier(table(data.get("card")).get("id")))


# Changes


def _changes(action: Mapping[str, Any], meta: Mapping[str, Any]) -> Iterator[Change]:
    data = table(action.get("data"))
    known, about, author = identifier(action.get("id")), _about(data), _author(action)
    for name, before, after in _differences(words(action.get("type")), data, meta):
        if before != after:
            yield Change(
                ref=Ref("action", f"{known}/{name}"),
                about=about,
                field=name,
                before=before,
                after=after,
                author=author,
                at=instant(action.get("date")),
            )


def _differences(
    kind: str, data: Mapping[str, Any], meta: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    """Yield field, before and after; that of a set are what was taken away and what was added."""
    if kind in _PUT:
        yield _PUT[kind], "", _hanging(_PUT[kind], data, meta)
    elif kind in _TAKEN:
        yield _TAKEN[kind], _hanging(_TAKEN[kind], data, meta), ""
    elif kind == "updateCard":
        yield from _edited(data, meta)
    elif kind == "updateCheckItemStateOnCard":
        told = table(data.get("checkItem"))
        text, done = line(words(told.get("name"))), told.get("state") == "complete"
        before, after = (CheckItem(external_id="", text=text, done=d) for d in (not done, done))
        yield "checklist", ticked(before), ticked(after)
    elif kind == "moveCardToBoard":
        source = container(table(data.get("boardSource")).get("name"))
        yield "container", source, _within(data, "list")
    elif kind == "moveCardFromBoard":
        target = container(table(data.get("boardTarget")).get("name"))
        yield "container", _within(data, "list"), target


def _edited(data: Mapping[str, Any], meta: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Read what an `updateCard` changed: of each field, the value before stands in `old`."""
    old, card = table(data.get("old")), table(data.get("card"))
    if "name" in old:
        yield "title", line(words(old["name"])), line(words(card.get("name")))
    if "desc" in old:
        yield "body", block(words(old["desc"])), block(words(card.get("desc")))
    if "due" in old:
        before, after = maybe_instant(old["due"]), maybe_instant(card.get("due"))
        yield "due", due_shown(before), due_shown(after)
    if "idList" in old:
        yield "container", _within(data, "listBefore"), _within(data, "listAfter")
    if "idLabels" in old:
        names = table(meta.get("labels"))
        off, on = (
            [name for key in map(words, items(of)) if (name := line(words(names.get(key)), NAME))]
            for of in (old["idLabels"], card.get("idLabels"))
        )
        yield "labels", *taken_and_added(off, on)
    if "closed" in old:
        away = State.DONE if meta.get("done") is True else State.ARCHIVED
        yield "state", *_turned(away, old["closed"], card.get("closed"))
    elif "dueComplete" in old:
        yield "state", *_turned(State.DONE, old["dueComplete"], card.get("dueComplete"))


def _turned(state: State, before: object, after: object) -> tuple[str, str]:
    return (
        (state if before is True else State.OPEN).value,
        (state if after is True else State.OPEN).value,
    )


def _within(data: Mapping[str, Any], name: str) -> str:
    return container(table(data.get("board")).get("name"), table(data.get(name)).get("name"))


def _hanging(where: str, data: Mapping[str, Any], meta: Mapping[str, Any]) -> str:
    """Name what was put on a card or taken off it: a member, a file, a checklist."""
    if where == "attachments":
        told = table(data.get("attachment"))
        return material(told.get("name") or told.get("url"))
    if where == "checklist":
        return line(words(table(data.get("checklist")).get("name")))
    who = words(data.get("idMember"))
    name = table(meta.get("people")).get(who) or table(data.get("member")).get("name")
    return called(person(name, who))
