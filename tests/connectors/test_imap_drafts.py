"""Her drafts in the mailbox's own folder, on a real server: one each, never sent, gone with the
mail; and nothing else in that folder is touched.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from connectors.base import Receipt
from connectors.errors import AskError, RefusedError, UnavailableError
from connectors.imap_wire import Wire
from normalizer.actions import Draft, Mail
from tests.connectors.test_imap_send import Desk, desk, file, smtp
from tests.servers.dovecot import CONDSTORE, PLAIN, RICH
from tests.servers.smtp import HANG_UP

__all__ = ["desk", "smtp"]

HERS = b"Subject: Mio\r\nMessage-ID: <mine@test.local>\r\n\r\nEmpezado en otro sitio\r\n"


def lying(desk: Desk, folder: str = "Drafts", which: str = "UNDELETED") -> list[EmailMessage]:
    """What another mail program sees in a folder."""
    with desk.dovecot.session(desk.user, folder) as session:
        _, found = session.search(None, which)
        raws = [session.fetch(one, "(RFC822)")[1][0][1] for one in found[0].split()]  # type: ignore[index]
    return [message_from_bytes(one, policy=policy.default) for one in raws]  # type: ignore[arg-type]


def texts(desk: Desk, folder: str = "Drafts", which: str = "UNDELETED") -> list[str]:
    found = []
    for one in lying(desk, folder, which):
        body = one.get_body()
        assert body is not None
        found.append(body.get_content().strip())
    return found


def draft(mail: Mail, **more: Any) -> Draft:
    return Draft(ref=mail.ref, id=uuid.uuid4(), mail=replace(mail, **{"drafted": False, **more}))


def tried(action: Any) -> Any:
    return replace(action, decided_at=datetime.now(UTC))


@pytest.mark.parametrize("host", [RICH, CONDSTORE, PLAIN])
def test_a_draft_takes_the_place_of_its_earlier_state_and_of_nothing_else(
    desk: Desk, host: str
) -> None:
    connector, mail = desk.connector(host=host), desk.mail()
    connector.push(draft(mail))
    desk.dovecot.deliver(desk.user, [HERS], folder="Drafts", flags="DS")
    for text in ("Va hoy", "Va mañana"):
        action = draft(mail, text=text, files=(file(text.encode()),))
        assert connector.push(action) == Receipt("draft", mail.message_id)
        connector.push(tried(action))
    assert sorted(texts(desk)) == ["Empezado en otro sitio", "Va mañana"]
    (ours,) = (one for one in lying(desk, which="DRAFT SEEN UNDELETED") if one["Subject"] != "Mio")
    assert ours["Message-ID"] == f"<{mail.message_id}>"
    assert [one.get_content() for one in ours.iter_attachments()] == ["Va mañana".encode()]
    assert len(lying(desk, which="DELETED")) == (0 if host != PLAIN else 4)
    assert desk.smtp.connections == 0


@pytest.mark.parametrize("host", [RICH, PLAIN])
def test_what_she_has_marked_as_deleted_herself_is_not_removed(desk: Desk, host: str) -> None:
    connector, mail = desk.connector(host=host), desk.mail()
    desk.dovecot.deliver(desk.user, [HERS], folder="Drafts", flags="DT")
    connector.push(draft(mail))
    connector.push(draft(mail, text="Va"))
    connector.close()
    assert "Empezado en otro sitio" in texts(desk, which="DELETED")


def test_what_only_contains_the_id_of_a_draft_is_not_taken_for_it(desk: Desk) -> None:
    mail = desk.mail()
    other = HERS.replace(b"mine@test.local", b"x" + mail.message_id.encode())
    named = HERS.replace(b"Subject: Mio", b"References: <%b>" % mail.message_id.encode())
    desk.dovecot.deliver(desk.user, [other, named], folder="Drafts", flags="DS")
    connector = desk.connector()
    connector.push(draft(mail))
    connector.push(draft(mail))
    assert len(texts(desk)) == 3


def test_the_new_draft_is_there_before_the_old_one_goes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector, mail = desk.connector(), desk.mail(text="Primero")
    connector.push(draft(mail))
    command = Wire.command

    def cut(wire: Wire, *words: bytes, **how: Any) -> Any:
        if words[0] == b"UID STORE":
            raise UnavailableError("cut")
        return command(wire, *words, **how)

    monkeypatch.setattr(Wire, "command", cut)
    with pytest.raises(UnavailableError):
        connector.push(draft(mail, text="Segundo"))
    assert sorted(texts(desk)) == ["Primero", "Segundo"]
    monkeypatch.undo()
    connector.push(tried(draft(mail, text="Segundo")))
    assert texts(desk) == ["Segundo"]


def test_the_folder_is_the_one_she_named_and_one_that_holds_mail_is_never_it(desk: Desk) -> None:
    with desk.dovecot.session(desk.user) as session:
        session.create('"En espera"')
    mail = desk.mail()
    desk.connector(drafts="en espera").push(draft(mail))
    assert len(texts(desk, "En espera")) == 1
    for wrong in ("INBOX", "Sent", "Trash", "Nowhere"):
        with pytest.raises(RefusedError, match=r"no folder for drafts.*drafts"):
            desk.connector(drafts=wrong).push(draft(mail))
    assert texts(desk) == texts(desk, "INBOX") == texts(desk, "Sent") == []


def test_a_folder_that_takes_nothing_holds_up_no_answer(desk: Desk) -> None:
    connector, mail = desk.connector(), desk.mail()
    connector.push(draft(mail, text="Antes"))
    inner = [desk.dovecot.maildir(desk.user, "Drafts") / name for name in ("tmp", "new", "cur")]
    for one in inner:
        one.chmod(0o500)
    with pytest.raises(RefusedError, match=r"still here\. The server says: .+"):
        connector.push(draft(mail, text="Después"))
    for one in inner:
        one.chmod(0o700)
    assert texts(desk) == ["Antes"]
    connector.push(mail)
    assert len(desk.smtp.taken) == 1


def test_a_draft_is_as_forbidden_as_a_mail_and_as_whom_she_writes_counts(desk: Desk) -> None:
    with pytest.raises(RefusedError, match="write"):
        desk.connector(write="no", smtp_host="").push(draft(desk.mail()))
    with pytest.raises(RefusedError, match="no longer an address"):
        desk.connector().push(draft(desk.mail(sender="bea@acme.example")))
    with pytest.raises(RefusedError, match="attach"):
        desk.connector().push(draft(desk.mail(files=(replace(file(b"x"), content=None),))))
    assert texts(desk) == []


def test_once_the_mail_has_gone_its_draft_is_gone_from_there(desk: Desk) -> None:
    connector, mail = desk.connector(), desk.mail(drafted=True)
    desk.dovecot.deliver(desk.user, [HERS], folder="Drafts", flags="DS")
    connector.push(draft(mail))
    connector.push(mail)
    assert texts(desk) == ["Empezado en otro sitio"]
    assert (len(desk.smtp.taken), len(desk.copies())) == (1, 1)


def test_after_a_doubt_that_its_copy_settles_the_draft_goes_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector, mail = desk.connector(), desk.mail(drafted=True)
    connector.push(draft(mail))
    monkeypatch.setattr("connectors.imap_drafts.forget", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        connector.push(mail)
    monkeypatch.undo()
    assert len(texts(desk)) == 1
    connector.push(replace(tried(mail), doubted=True))
    assert texts(desk) == []
    assert len(desk.smtp.taken) == 1


def test_a_mail_whose_draft_somebody_may_have_sent_from_there_is_asked_about(desk: Desk) -> None:
    connector, mail = desk.connector(), desk.mail(drafted=True)
    connector.push(draft(mail))
    with desk.dovecot.session(desk.user, "Drafts") as session:
        session.store("1", "+FLAGS", r"(\Deleted)")
    for one in (mail, tried(mail)):
        with pytest.raises(AskError, match="no longer in Drafts"):
            connector.push(one)
    assert desk.smtp.taken == []
    connector.push(replace(tried(mail), drafted=False))
    assert len(desk.smtp.taken) == 1


def test_a_draft_that_somebody_may_have_sent_is_not_put_there_anew_without_her_word(
    desk: Desk,
) -> None:
    """There again, it would tell of nothing, and the mail would go a second time."""
    connector, mail = desk.connector(), desk.mail()
    connector.push(draft(mail))
    connector.push(draft(mail, text="Otra", drafted=True))
    with desk.dovecot.session(desk.user, "Drafts") as session:
        session.store("1:*", "+FLAGS", r"(\Deleted)")
        session.expunge()
    for one in (draft(mail, drafted=True), tried(draft(mail, drafted=True))):
        with pytest.raises(AskError, match="no longer in Drafts"):
            connector.push(one)
    assert texts(desk, which="ALL") == []
    connector.push(tried(draft(mail)))
    assert len(texts(desk)) == 1


def test_a_mail_that_was_sent_from_its_draft_over_there_is_not_sent_again(desk: Desk) -> None:
    connector, mail = desk.connector(), desk.mail(drafted=True)
    connector.push(draft(mail))
    sent = HERS.replace(b"mine@test.local", mail.message_id.encode())
    desk.dovecot.deliver(desk.user, [sent], folder="Sent", flags="S")
    assert connector.push(mail) == Receipt("mail", mail.message_id)
    assert (desk.smtp.taken, texts(desk)) == ([], [])


def test_a_draft_that_cannot_be_removed_is_no_reason_to_send_again(
    desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector, mail = desk.connector(), desk.mail(drafted=True)
    connector.push(draft(mail))

    def refuse(*_: Any) -> None:
        raise UnavailableError("{host} is full.", host="it")

    monkeypatch.setattr("connectors.imap_drafts._remove", refuse)
    assert connector.push(mail) == Receipt("mail", mail.message_id)
    assert "draft" in caplog.text
    assert len(desk.smtp.taken) == 1


def test_a_doubt_leaves_the_draft_where_it_is(desk: Desk) -> None:
    connector, mail = desk.connector(), desk.mail(drafted=True)
    connector.push(draft(mail))
    desk.smtp.plan["."] = [HANG_UP]
    with pytest.raises(UnavailableError):
        connector.push(mail)
    assert len(texts(desk)) == 1
    with pytest.raises(AskError, match="Sent"):
        connector.push(replace(tried(mail), doubted=True))
    connector.push(replace(tried(mail), drafted=False))
    assert (len(desk.smtp.taken), texts(desk)) == (1, [])
