"""A mail of hers as the bytes that are sent: pure, and the same for the same moment.

`In-Reply-To` and `References` are spelled here: the standard library writes an id that is longer
than a line as an encoded word, in which no mail program looks for one.
"""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from normalizer.actions import Mail
from normalizer.answering import address_of, name_of


def envelope(mail: Mail) -> tuple[str, tuple[str, ...]]:
    """Give the sender's and the recipients' bare addresses. Raises ValueError where one is none."""
    sender, *recipients = (_address(one).addr_spec for one in (mail.sender, *mail.to, *mail.cc))
    if not recipients:
        raise ValueError
    return sender, tuple(dict.fromkeys(recipients))


def spelled(mail: Mail, at: datetime) -> bytes:
    """Spell a mail, lines ended by CRLF. Raises ValueError where an address or an id is none."""
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(mail.sender)
    message["To"] = [_address(one) for one in mail.to]
    if mail.cc:
        message["Cc"] = [_address(one) for one in mail.cc]
    message["Subject"] = mail.subject
    message["Date"] = at
    text = "\n\n".join(filter(None, (mail.text, mail.quoted))) + "\n"
    message.set_content(text, charset="utf-8", cte="quoted-printable")
    threaded = [f"Message-ID: {_id(mail.message_id)}"]
    if mail.in_reply_to:
        threaded.append(f"In-Reply-To: {_id(mail.in_reply_to)}")
    if mail.references:
        threaded.append("References: " + "\r\n ".join(map(_id, mail.references)))
    return "\r\n".join([*threaded, ""]).encode("ascii") + message.as_bytes()


def _address(spelt: str) -> Address:
    address = address_of(spelt)
    if not address:
        raise ValueError
    return Address(name_of(spelt), addr_spec=address)


def _id(name: str) -> str:
    if not name or not name.isascii() or not name.isprintable() or {" ", "<", ">"} & set(name):
        raise ValueError
    return f"<{name}>"
