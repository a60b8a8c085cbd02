"""What the reader says of an item: its changes, and mails that only announce what it tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from normalizer.model import CheckItem, Direction, Kind, Notification, Person, State
from normalizer.said import Said
from store.views import (
    AttachmentView,
    ChangeView,
    ItemView,
    Lane,
    MessageView,
    Outgoing,
    OutgoingView,
    Row,
    Turn,
)
from tests.tui.world import MADRID, NOW, whole
from tui.item import links
from tui.lines import length
from tui.rows import Look

ANA = Person("Ana", "ana@acme.example")
LOOK = Look(zone=MADRID, now=NOW)
SAID = MessageView(
    id=1, external_id="k", author=ANA, to=(), cc=(), direction=Direction.IN, sent_at=NOW,
    subject="", text="¿Y el logo?", folded="", unread=True, automatic=False, gone=False,
    problem=None, invitation=None, notification=None, attachments=(),
)  # fmt: skip
MAIL = replace(
    SAID, external_id="m", author=Person("Trello", "do-not-reply@trello.com"), automatic=True,
    text="Ana te ha añadido. https://trello.com/c/abcdefgh/unsubscribe",
    notification=Notification(tool="trello", link="https://trello.com/c/abcdefgh"),
)  # fmt: skip


FILE = AttachmentView(id=1, name="a.pdf", media_type="", size=1, inline=False, url=None)


def item(
    *messages: MessageView, kind: Kind = Kind.TASK, changes: tuple[ChangeView, ...] = ()
) -> ItemView:
    row = Row(
        id=1, client="acme", channel="tablero", channel_kind="trello", external_id="c", kind=kind,
        title="Logo", who="", snippet="", state=State.OPEN, lane=Lane.INBOX, until=None,
        turn=Turn.ME, due=None, act_by=NOW, updated_at=NOW, unread=0, labels=(), container="Web",
        url=None, attachments=0, automatic=False,
    )  # fmt: skip
    return ItemView(
        row=row,
        body="",
        people=(),
        checklist=(),
        messages=tuple(replace(one, id=number) for number, one in enumerate(messages, 1)),
        changes=changes,
        attachments=(),
    )


def drawn(one: ItemView, *, unfolded: bool = False, seen: int | None = None) -> list[str]:
    lines, _ = whole(one, LOOK, unfolded=unfolded, seen=seen)
    return ["".join(span.text for span in line).rstrip() for line in lines]


def changed(field: str, before: str, after: str, author: Person | None = ANA) -> ChangeView:
    return ChangeView(id=1, field=field, before=before, after=after, author=author, at=NOW)


def test_a_notification_in_its_card_is_one_line_till_it_is_unfolded() -> None:
    both = item(MAIL, SAID)
    shown = drawn(both)
    assert " [Notification mail from Trello, today 10:42: z]" in shown
    assert not any("añadido" in line for line in shown)
    assert any("Ana te ha añadido." in line for line in drawn(both, unfolded=True))


def test_notifications_one_after_the_other_are_lines_without_gaps() -> None:
    shown = drawn(item(MAIL, MAIL, SAID))
    assert [line.startswith(" [Notification") for line in shown[:4]] == [True, True, False, False]
    assert shown[2] == ""


def test_a_notification_that_no_card_has_taken_is_read_like_any_mail() -> None:
    shown = drawn(item(MAIL, kind=Kind.CONVERSATION))
    assert any("Ana te ha añadido." in line for line in shown)


def test_the_reader_opens_at_what_people_wrote_and_not_at_a_notification() -> None:
    lines, start = whole(item(replace(SAID, unread=False), MAIL, SAID, MAIL), LOOK)
    assert "Ana" in "".join(span.text for span in lines[start])
    assert whole(item(MAIL), LOOK)[1] == 0


def test_the_addresses_of_a_folded_notification_are_not_offered() -> None:
    assert links(item(MAIL), [MAIL]) == []
    assert links(item(MAIL, kind=Kind.CONVERSATION), [MAIL]) != []


def test_a_change_shows_only_what_differs() -> None:
    shown = drawn(item(changes=(changed("labels", "", "urgente\nweb"),)))
    assert "   + urgente" in shown
    assert "   + web" in shown
    assert not any("−" in line for line in shown)


@pytest.mark.parametrize("unfolded", [True, False])
def test_a_change_of_which_the_tool_does_not_say_what_says_so(unfolded: bool) -> None:
    shown = drawn(item(changes=(changed("body", "", ""),)), unfolded=unfolded)
    (said,) = [line for line in shown if "does not say" in line]
    assert said == "   changed; the tool does not say what"
    assert not any(sign in line for line in shown for sign in ("−", "   +"))
    assert any("description" in line and "Ana" in line for line in shown)


def test_a_moment_long_ago_is_said_with_its_day() -> None:
    old = replace(MAIL, sent_at=NOW - timedelta(days=9))
    assert " [Notification mail from Trello, Sat 14 Nov 10:42: z]" in drawn(item(old))


def test_what_has_not_arrived_stands_beneath_with_what_becomes_of_it() -> None:
    sent = OutgoingView(
        id=1, client="acme", channel="tablero", channel_kind="trello", item_id=1, title="Logo",
        action="comment", text="[b]Mañana", state=Outgoing.QUEUED, decided_at=NOW,
        send_at=NOW + timedelta(minutes=2), again_at=None, attempts=0, ended_at=None, error=None,
        sender="", to=(), files=(), who="",
    )  # fmt: skip
    failed = replace(sent, state=Outgoing.REFUSED, ended_at=NOW, error=Said("It is closed."))
    shown = drawn(replace(item(SAID), outgoing=(sent, failed)))
    assert any("→ answer" in line and "goes today" in line for line in shown)
    assert any("→ answer" in line and "not carried out" in line for line in shown)
    assert shown.count(" [b]Mañana") == 2
    assert " ! It is closed." in shown


def test_who_has_no_address_but_a_name_is_named_once() -> None:
    chat = replace(SAID, author=Person("Ana Ruíz", "ana ruiz"))
    shown = drawn(item(chat, kind=Kind.CONVERSATION))
    assert not any("ana ruiz" in line for line in shown)
    told = drawn(item(replace(chat, to=(Person("Lola", "lola"),)), kind=Kind.CONVERSATION))
    assert " → Lola" in told
    assert " ana@acme.example" in drawn(item(SAID, kind=Kind.CONVERSATION))


def test_links_are_listed_by_the_digits_that_choose_them_and_a_disguised_one_is_told() -> None:
    other = replace(
        SAID, text="https://ana.example/" + "x" * 300 + "/fin y http://\u0430cme.example/a"
    )
    shown = drawn(item(replace(SAID, text="https://uno.example/a"), other))
    start = next(n for n, line in enumerate(shown) if line.startswith(" Links"))
    assert shown[start + 1].startswith(" 1  ana.example/xxx")
    assert shown[start + 1].endswith("x/fin")
    assert "…" in shown[start + 1]
    assert shown[start + 3] == "    ! careful: this goes to xn--cme-5cd.example"
    assert shown[start + 4] == " 3  uno.example/a"
    assert not any(
        line.startswith(" Links") for line in drawn(item(replace(SAID, text="https://a.example")))
    )


def test_a_change_since_she_last_looked_stands_where_she_begins_to_read() -> None:
    old, new = changed("title", "Logo", "Logotipo"), replace(changed("due", "", "2026-12-01"), id=2)
    read = replace(SAID, unread=False)
    one = item(read, read, replace(SAID, text="¿Listo?"), changes=(old, new))
    lines, start = whole(one, LOOK, seen=1)
    shown = ["".join(span.text for span in line) for line in lines]
    assert "since you last looked" in shown[start]
    assert shown[start + 1].startswith(" due")
    assert any("¿Listo?" in line for line in shown[start:])
    late, early = (
        next(n for n, line in enumerate(shown) if text in line) for text in ("due", "Logotipo")
    )
    assert late < early
    assert not any("since you last looked" in line for line in drawn(one, seen=2) + drawn(one))
    alone, at = whole(item(changes=(new,)), LOOK, seen=1)
    assert at == 0
    assert "since you last looked" in "".join(span.text for span in alone[0])


def test_what_is_to_be_ticked_says_how_far_it_is() -> None:
    ticks = tuple(CheckItem(external_id=str(n), text=f"paso {n}", done=n < 3) for n in range(2000))
    shown = drawn(replace(item(), checklist=ticks))
    assert shown[0].startswith(" To tick: 3 of 2000")
    assert shown[1:4] == [" [x] paso 0", " [x] paso 1", " [x] paso 2"]
    assert shown[2000] == " [ ] paso 1999"


@pytest.mark.parametrize("width", [20, 80])
def test_no_text_however_long_or_odd_stops_it_from_being_drawn(width: int) -> None:
    texts = (
        "a" * 500_000,
        "> otra vez\n" * 5_000,
        "e" + "\u0301" * 5_000,
        "夏" * 9_000,
        "\x1b]0;x\x07",
    )
    for text in texts:
        hostile = replace(
            SAID, text=text, folded=text, subject=text, author=Person(text, text),
            attachments=(replace(FILE, name=text),),
        )  # fmt: skip
        one = item(hostile, kind=Kind.CONVERSATION, changes=(changed("body", text, text),))
        for unfolded in (False, True):
            for line in whole(one, LOOK, width, unfolded=unfolded)[0]:
                assert length(line) <= max(width, 40)  # a page cuts what is wider than it
                assert all(span.text.isprintable() for span in line)
