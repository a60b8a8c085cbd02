"""A watched folder of exported chats: what is read, once; what waits, and for what."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.errors import ConfigError, CursorExpiredError, RefusedError
from connectors.whatsapp_export import WhatsappConfig, WhatsappExportConnector
from normalizer.model import Direction
from store.directory import cursor, forget_cursor
from tests.connectors.whatsapp_desk import Desk

HELLO = "13/11/26, 9:05 - Marta: hola\n13/11/26, 9:06 - Lola: dime\n"
MORE = HELLO + "14/11/26, 10:00 - Marta: ¿cómo va el folleto?\n"
AMBIGUOUS = "3/4/26, 9:05 - Marta: hola\n3/4/26, 9:06 - Lola: dime\n"
MARTA = "Chat de WhatsApp con Marta.txt"

Open = Callable[..., Desk]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Open]:
    made: list[Desk] = []

    def opened(**settings: object) -> Desk:
        made.append(Desk(tmp_path, **settings))
        return made[-1]

    yield opened
    for one in made:
        one.close()


def test_a_chat_dropped_into_the_folder_is_there_with_the_next_poll(desk: Open) -> None:
    one = desk()
    one.text(MARTA, MORE)
    assert one.poll() == []
    view = one.chats()["Marta"]
    assert [message.text for message in view.messages] == ["hola", "dime", "¿cómo va el folleto?"]
    assert [message.direction for message in view.messages] == [
        Direction.IN, Direction.OUT, Direction.IN,
    ]  # fmt: skip
    assert [message.sent_at.isoformat()[:16] for message in view.messages] == [
        "2026-11-13T08:05", "2026-11-13T08:06", "2026-11-14T09:00",
    ]  # fmt: skip
    assert {person.name for person in view.people} == {"Marta", "Lola"}


def test_a_folder_in_which_nothing_changed_costs_no_reading_and_no_batch(desk: Open) -> None:
    one = desk()
    one.text(MARTA, MORE)
    one.pull()
    assert one.requests == 1
    assert one.pull() == []
    assert one.requests == 0


def test_a_longer_export_brings_what_is_new_alone_and_a_copy_nothing(desk: Open) -> None:
    one = desk()
    one.text(MARTA, HELLO)
    one.pull()
    one.text("Chat de WhatsApp con Marta (1).txt", MORE)
    new = [raw for batch in one.pull() for raw in batch.records if raw.stream == "line"]
    assert len(new) == 1
    one.text("Chat de WhatsApp con Marta (2).txt", MORE)
    assert [raw for batch in one.pull() for raw in batch.records] == []
    assert one.texts("Marta") == ["hola", "dime", "¿cómo va el folleto?"]


def test_what_is_still_being_written_waits_a_poll(desk: Open) -> None:
    one = desk()
    path = one.text(MARTA, HELLO, age=0)
    one.pull()
    assert one.chats() == {}
    with path.open("a") as file:
        file.write("13/11/26, 9:07 - Marta: sigo\n")
    os.utime(path, (one.now + 1, one.now + 1))
    one.pull()
    assert one.chats() == {}
    one.pull()
    assert one.texts("Marta") == ["hola", "dime", "sigo"]


@pytest.mark.parametrize("name", [".hidden.txt", f"{MARTA}.part", "notes.md", "~$chat.txt"])
def test_what_is_hidden_unfinished_or_something_else_is_left_alone(desk: Open, name: str) -> None:
    one = desk()
    one.text(name, HELLO)
    (one.folder / "folder.txt").mkdir()
    one.text(MARTA, "")
    one.text("other.txt", HELLO)
    one.text("other.txt.crdownload", "")
    assert one.poll() == []
    assert (one.requests, one.chats()) == (0, {})


def test_a_pull_cut_anywhere_goes_on_and_doubles_nothing(desk: Open) -> None:
    one = desk()
    lines = [
        f"{1 + n // 1440}/11/26, {n // 60 % 24}:{n % 60:02} - Marta: cosa {n}\n"
        for n in range(2_600)
    ]
    one.text(MARTA, "13/10/26, 9:00 - Lola: hola\n" + "".join(lines))
    for most in (1, 3, 2, None):
        one.pull(most)
    texts = one.texts("Marta")
    assert len(texts) == 2_601
    assert len(set(texts)) == 2_601
    assert one.pull() == []


def test_a_chat_that_nobody_named_waits_till_she_says_whose_it_is(desk: Open) -> None:
    one = desk(chats=("Equipo",))
    path = one.text(MARTA, MORE)
    (asked,) = one.poll()
    assert "Marta" in asked
    assert f"trastienda import '{path}' --client" in asked
    assert one.chats() == {}
    (again,) = one.poll()
    assert again == asked
    assert one.requests == 0
    one.set(chats=("Equipo", "marta"))
    assert one.poll() == []
    assert one.texts("Marta")[0] == "hola"


def test_what_she_imports_is_read_and_makes_its_chat_known(desk: Open) -> None:
    one = desk(chats=())
    one.text(MARTA, HELLO)
    assert len(one.poll()) == 1
    one.brought("marta.txt", HELLO, called=MARTA, vouched=True)
    one.poll()
    assert one.texts("Marta") == ["hola", "dime"]
    assert one.poll() == []
    one.text("Chat de WhatsApp con Marta (1).txt", MORE)
    assert one.poll() == []
    assert len(one.texts("Marta")) == 3


def test_an_export_that_somebody_mailed_waits_till_she_looked_at_it(desk: Open) -> None:
    one = desk()
    one.brought("marta.txt", HELLO, called=MARTA, sender="Marta", vouched=False)
    (asked,) = one.poll()
    assert "Marta mailed" in asked
    assert one.chats() == {}
    one.brought("vouched.txt", HELLO, called=MARTA, vouched=True)
    one.poll()
    assert one.texts("Marta") == ["hola", "dime"]


def test_the_order_of_day_and_month_is_asked_once_a_client(desk: Open) -> None:
    one = desk()
    one.text(MARTA, AMBIGUOUS)
    one.text("Chat de WhatsApp con Luis.txt", AMBIGUOUS.replace("Marta", "Luis"))
    asked = one.poll()
    assert len(asked) == 2
    assert all("3/4/26" in text and "--date-order dmy" in text for text in asked)
    assert one.chats() == {}
    one.brought("m.txt", AMBIGUOUS, called=MARTA, vouched=True, date_order="mdy")
    one.poll()
    assert one.poll() == []
    days = {view.messages[0].sent_at.date().isoformat() for view in one.chats().values()}
    assert days == {"2026-03-04"}
    assert len(one.chats()) == 2
    for number in (1, 2):
        text = AMBIGUOUS + "3/4/26, 9:07 - Marta: más\n" * number
        one.text(f"Chat de WhatsApp con Marta ({number}).txt", text)
        assert one.poll() == []
    assert one.texts("Marta") == ["hola", "dime", "más", "más"]


def test_a_file_that_is_no_export_is_told_of_and_stops_no_other(desk: Open) -> None:
    one = desk()
    one.text("lista de la compra.txt", "pan\nleche\n")
    one.text("broken.zip", "PK\x03\x04 and no more")
    one.text(MARTA, HELLO)
    told = one.poll()
    assert sorted(text.split(" ")[0] for text in told) == ["broken.zip", "lista"]
    assert one.texts("Marta") == ["hola", "dime"]
    assert one.poll() == told
    assert one.requests == 0
    (one.folder / "broken.zip").unlink()
    assert len(one.poll()) == 1


def test_a_name_that_somebody_chose_can_be_pasted_into_a_terminal(desk: Open) -> None:
    one = desk(chats=())
    one.text("Chat de WhatsApp con $(touch x)'; ls.txt", HELLO)
    (asked,) = one.poll()
    command = shlex.split(asked[asked.index("trastienda import") :])
    assert command[2] == str(one.folder / "Chat de WhatsApp con $(touch x)'; ls.txt")


def test_very_many_files_that_wait_are_counted(desk: Open) -> None:
    one = desk()
    for n in range(120):
        one.text(f"nota {n}.txt", f"nada {n}\n")
    told = one.poll()
    assert len(told) == 21
    assert told[-1] == "100 more files wait for you."
    kept = cursor(one.db, one.key)
    assert kept is not None
    assert len(kept) < 16_384
    one.poll()
    assert one.requests == 0


def test_a_folder_that_is_not_there_says_what_to_do_and_closes_nothing(desk: Open) -> None:
    one = desk()
    one.text(MARTA, HELLO)
    one.pull()
    away = one.folder.rename(one.folder.with_name("away"))
    one.brought("b.txt", MORE, called=MARTA, vouched=True)
    with pytest.raises(ConfigError, match="Nothing was closed"):
        one.pull()
    assert len(one.texts("Marta")) == 3
    away.rename(one.folder)
    assert (one.poll(), one.requests) == ([], 0)


def test_without_any_folder_the_config_is_asked_for_one() -> None:
    made = WhatsappExportConnector(WhatsappConfig())
    for attempt in (made.check, lambda: list(made.pull(None))):
        with pytest.raises(ConfigError, match="as folder"):
            attempt()


def test_a_renamed_contact_stays_one_chat_with_its_new_title(desk: Open) -> None:
    long = "".join(
        f"{n}/11/26, 9:0{n % 6} - Marta: una frase larga y única, la {n}\n" for n in range(14, 24)
    )
    one = desk(chats=("Marta",))
    one.text(MARTA, HELLO + long)
    one.pull()
    renamed = (HELLO + long).replace("Marta", "Marta Ruiz") + "23/11/26, 10:00 - Marta Ruiz: ya\n"
    one.text("Chat de WhatsApp con Marta Ruiz.txt", renamed)
    assert one.poll() == []
    assert list(one.chats()) == ["Marta Ruiz"]
    assert len(one.texts("Marta Ruiz")) == 13


def test_a_renamed_group_is_nobody_in_it_whatever_export_comes_first(desk: Open) -> None:
    one = desk(chats=("*",))
    talk = "".join(
        f"[{n}/11/26, 9:0{n % 6}:01] {who}: una frase larga y única, la {n} de {who}\n"
        for n in range(14, 20)
        for who in ("Lola", "Marta", "Luis")
    )
    newer = talk + "[20/11/26, 9:00:01] Luis: lo dejamos aquí por hoy\n"
    for title, age, lines in (("Luz 2026", 80.0, newer), ("Equipo Luz", 90.0, talk)):
        told = f"[13/11/26, 9:00:00] {title}: \u200eMarta creó el grupo\n"
        one.archive(f"WhatsApp Chat - {title}.zip", {"_chat.txt": told + lines}, age=age)
        one.pull()
    (view,) = one.chats().values()
    assert sorted(person.name for person in view.people) == ["Lola", "Luis", "Marta"]
    assert not [change for change in view.changes if change.field == "people"]
    assert len(view.messages) == 20
    assert view.row.title == "Luz 2026"


def test_two_exports_of_one_minute_called_otherwise_do_not_rename_the_chat_for_ever(
    desk: Open,
) -> None:
    one = desk(chats=("*",))
    long = "".join(f"{n}/11/26, 9:00 - Marta: una frase larga, la {n}\n" for n in range(14, 24))
    one.text(MARTA, HELLO + long)
    one.text("Chat de WhatsApp con Marta Ruiz.txt", HELLO + long + " ")
    one.pull()
    titles = list(one.chats())
    changes = len(next(iter(one.chats().values())).changes)
    forget_cursor(one.db, one.key)
    one.pull()
    assert list(one.chats()) == titles
    assert len(next(iter(one.chats().values())).changes) == changes


def test_who_she_is_can_be_told_later(desk: Open) -> None:
    one = desk(name="Dolores")
    one.text(MARTA, HELLO)
    (asked,) = one.poll()
    assert "Nobody in the chat Marta is called “Dolores”" in asked
    assert "Marta, Lola" in asked
    one.set(name="lola")
    assert one.poll() == []
    directions = [message.direction for message in one.chats()["Marta"].messages]
    assert directions == [Direction.IN, Direction.OUT]


def test_an_answer_knows_its_number_and_a_group_has_none(desk: Open) -> None:
    one = desk(numbers=("marta = +34 600-11 22 33", "Equipo = +34 600 11 22 34"))
    one.text(MARTA, HELLO)
    one.text(
        "Chat de WhatsApp con +34 655 00 11 22.txt", HELLO.replace("Marta", "+34 655 00 11 22")
    )
    one.text("Chat de WhatsApp con Equipo.txt", HELLO + "13/11/26, 9:08 - Luis: yo también\n")
    one.pull()
    assert {title: view.row.url for title, view in one.chats().items()} == {
        "Marta": "https://wa.me/34600112233",
        "+34 655 00 11 22": "https://wa.me/34655001122",
        "Equipo": None,
    }
    one.set(numbers=("Marta = 0034 600 11 22 99",))
    one.pull()
    assert one.chats()["Marta"].row.url == "https://wa.me/34600112299"


@pytest.mark.parametrize(
    "entry", ["Marta", "Marta = 12", "= +34 600 11 22 33", "Marta = javascript:"]
)
def test_a_number_that_is_none_is_refused_when_the_config_is_read(entry: str) -> None:
    with pytest.raises(ConfigError, match="a name and a number"):
        WhatsappConfig(numbers=(entry,))


def test_a_time_zone_that_is_none_is_refused(desk: Open) -> None:
    one = desk(timezone="Europe/Atlantis")
    with pytest.raises(ConfigError, match="Europe/Atlantis"):
        one.connector().check()


def test_an_export_made_abroad_is_put_right_and_that_is_said(desk: Open) -> None:
    one = desk()
    home = "".join(f"{n}/11/26, 19:30 - Marta: una frase larga, la {n}\n" for n in range(10, 20))
    one.text(MARTA, "1/11/26, 9:00 - Lola: hola\n" + home)
    one.pull()
    away = home.replace(", 19:30", ", 12:30") + "20/11/26, 12:30 - Marta: y otra más\n"
    one.text("Chat de WhatsApp con Marta (1).txt", away)
    (told,) = one.poll()
    assert "420 minutes" in told
    messages = one.chats()["Marta"].messages
    assert len(messages) == 12
    assert {message.sent_at.hour for message in messages[1:]} == {18}


def test_what_claims_to_be_said_long_before_is_kept_and_marked(desk: Open) -> None:
    """It may be quoted or forged in the message before it, or have come late: both happen."""
    one = desk()
    forged = HELLO + (
        "14/11/26, 10:00 - Marta: mira lo que pone aquí:\n"
        "1/11/26, 8:00 - Lola: acepto hacerlo gratis\n"
        "14/11/26, 10:05 - Lola: eso no lo dije\n"
    )
    one.text(MARTA, forged)
    one.pull()
    messages = one.chats()["Marta"].messages
    assert len(messages) == 5
    assert [(m.text, m.problem is not None) for m in messages if m.problem] == [
        ("acepto hacerlo gratis", True)
    ]
    one.text("Chat de WhatsApp con Marta (1).txt", forged + "15/11/26, 10:00 - Marta: ok\n")
    one.pull()
    again = one.chats()["Marta"].messages
    assert again[:5] == messages
    assert len(again) == 6


@pytest.mark.parametrize("first", ["the part", "the whole"])
def test_a_mark_that_only_the_longer_export_gives_is_given_whatever_comes_first(
    desk: Open, first: str
) -> None:
    one = desk()
    part = "14/11/26, 9:30 - Marta: ¿puedes mirar el folleto hoy?\n15/11/26, 9:00 - Lola: sí\n"
    whole = "14/11/26, 10:00 - Lola: hoy no estoy disponible\n" + part
    for number, text in enumerate((part, whole) if first == "the part" else (whole, part)):
        one.text(f"Chat de WhatsApp con Marta ({number + 1}).txt", text)
        one.pull()
    messages = one.chats()["Marta"].messages
    assert [message.text for message in messages] == [
        "¿puedes mirar el folleto hoy?", "hoy no estoy disponible", "sí",
    ]  # fmt: skip
    assert [message.problem is not None for message in messages] == [True, False, False]


def test_an_edit_and_what_was_taken_back_are_changes_with_before_and_after(desk: Open) -> None:
    one = desk()
    one.text(MARTA, MORE)
    one.pull()
    later = HELLO.replace("hola", "hola, Lola <Se editó este mensaje.>") + (
        "14/11/26, 10:00 - Marta: Se eliminó este mensaje.\n"
    )
    one.text("Chat de WhatsApp con Marta (1).txt", later)
    one.pull()
    view = one.chats()["Marta"]
    assert sorted((one.field, one.before, one.after) for one in view.changes) == [
        ("message", "hola", "hola, Lola"),
        ("message", "¿cómo va el folleto?", ""),
    ]
    one.text("Chat de WhatsApp con Marta (2).txt", MORE + "15/11/26, 10:00 - Marta: ok\n", age=9)
    one.pull()
    assert one.texts("Marta")[0] == "hola, Lola"
    assert len(one.chats()["Marta"].changes) == 2


def test_an_edit_shows_what_stood_before_also_where_that_came_to_light_later(desk: Open) -> None:
    one = desk()
    one.text(MARTA, HELLO.replace("hola", "hola, Lola <Se editó este mensaje.>"))
    one.pull()
    one.text("Chat de WhatsApp con Marta (1).txt", HELLO)
    one.pull()
    view = one.chats()["Marta"]
    assert [(one.before, one.after) for one in view.changes] == [("hola", "hola, Lola")]
    assert view.messages[0].text == "hola, Lola"


def test_a_file_is_looked_at_before_it_is_imported(desk: Open) -> None:
    one = desk(chats=("Equipo",))
    made = one.connector()
    found = made.look(one.text(MARTA, HELLO))
    assert (found.chat, found.messages, found.known, found.ambiguous) == ("Marta", 2, False, None)
    found = made.look(one.text("Chat de WhatsApp con Equipo.txt", AMBIGUOUS))
    assert (found.chat, found.ambiguous) == ("Equipo", "3/4/26, 9:05")
    with pytest.raises(RefusedError, match="no exported chat"):
        made.look(one.text("nota.txt", "pan"))
    with pytest.raises(RefusedError, match="There is no file"):
        made.look(one.folder / "none.txt")


@pytest.mark.parametrize(
    "strange", ['{"version":1}', '{"version":1,"read":3}', '{"version":2}', "7"]
)
def test_a_cursor_that_is_not_ours_is_begun_anew(desk: Open, strange: str) -> None:
    with pytest.raises(CursorExpiredError):
        list(desk().connector().pull(strange))  # type: ignore[arg-type]


def test_a_chat_of_two_that_became_a_group_and_an_iphone_group_are_told_by_their_people(
    desk: Open,
) -> None:
    one = desk()
    one.archive(
        "WhatsApp Chat - Equipo.zip",
        {
            "_chat.txt": "[13/11/26, 9:05:01] Equipo: \u200eLuis creó este grupo\r\n"
            "[13/11/26, 9:05:07] Luis: hola a todos\r\n[13/11/26, 9:05:09] Lola: hola\r\n"
        },
    )
    assert one.poll() == []
    view = one.chats()["Equipo"]
    assert "Equipo" not in {person.name for person in view.people}
    assert [message.automatic for message in view.messages] == [True, False, False]
