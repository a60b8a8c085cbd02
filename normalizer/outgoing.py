"""A mail of hers as the bytes that are sent: pure, and the same for the same moment.

`In-Reply-To` and `References` are spelled here: the standard library writes an id that is longer
than a line as an encoded word, in which no mail program looks for one. So are files: the standard
library takes seconds for a large one, and draws its boundary by lot.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final
from urllib.parse import quote

from normalizer.actions import Enclosure, Mail
from normalizer.answering import address_of, name_of
from normalizer.text import file_name

_ANY: Final = "application/octet-stream"
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_WHOLE: Final = ("multipart/", "message/")
"""Kinds that may not be in base64 (RFC 2046 §5.1, §5.2)."""

_SIMPLE: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9 ._-]{0,59}")
_LINE: Final = 76 // 4 * 3
"""Bytes in one line of base64."""

_PIECE: Final = 60
"""Signs of a long name in one line."""


def envelope(mail: Mail) -> tuple[str, tuple[str, ...]]:
    """Give the sender's and the recipients' bare addresses. Raises ValueError where one is none."""
    sender, *recipients = (_address(one).addr_spec for one in (mail.sender, *mail.to, *mail.cc))
    if not recipients:
        raise ValueError
    return sender, tuple(dict.fromkeys(recipients))


def spelled(mail: Mail, at: datetime) -> bytes:
    """Spell a mail, lines ended by CRLF.

    Raises ValueError where an address or an id is none, or what is in a file is not there.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(mail.sender)
    message["To"] = [_address(one) for one in mail.to]
    if mail.cc:
        message["Cc"] = [_address(one) for one in mail.cc]
    message["Subject"] = mail.subject
    message["Date"] = at
    text = "\n\n".join(filter(None, (mail.text, mail.quoted))) + "\n"
    threaded = [f"Message-ID: {_id(mail.message_id)}"]
    if mail.in_reply_to:
        threaded.append(f"In-Reply-To: {_id(mail.in_reply_to)}")
    if mail.references:
        threaded.append("References: " + "\r\n ".join(map(_id, mail.references)))
    words = EmailMessage(policy=SMTP) if mail.files else message
    words.set_content(text, charset="utf-8", cte="quoted-printable")
    if not mail.files:
        return _lines(*threaded, "") + message.as_bytes()
    boundary = _boundary(mail)
    threaded += ["MIME-Version: 1.0", f'Content-Type: multipart/mixed; boundary="{boundary}"']
    del words["MIME-Version"]
    parts = [words.as_bytes(), *map(_enclosed, mail.files)]
    between = _lines("", f"--{boundary}", "")
    return (
        _lines(*threaded, "") + message.as_bytes() + between.removeprefix(b"\r\n")
        + between.join(parts) + _lines("", f"--{boundary}--", "")
    )  # fmt: skip


def bare_name(name: str) -> str:
    """Give the name that a file goes out by: never a path, never none, nothing hidden in it."""
    return file_name(name) or "file"


def _lines(*lines: str) -> bytes:
    return "\r\n".join(lines).encode("ascii")


def _boundary(mail: Mail) -> str:
    """Make what stands between the parts: "=_" is in no quoted-printable and in no base64."""
    names = "\0".join((mail.message_id, *(one.sha256 for one in mail.files)))
    return "=_" + hashlib.sha256(names.encode()).hexdigest()[:40]


def _enclosed(file: Enclosure) -> bytes:
    """Spell a file as a part, byte for byte, whatever its kind."""
    if file.content is None:
        raise ValueError
    kind = file.media_type.lower()
    if not _TYPE.fullmatch(kind) or kind.startswith(_WHOLE):
        kind = _ANY
    coded = b64encode(file.content)
    step = _LINE // 3 * 4
    lines = (coded[at : at + step] for at in range(0, len(coded), step))
    head = (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment{_named(bare_name(file.name))}\r\n\r\n"
    )
    return head.encode("ascii") + b"\r\n".join(lines)


def _named(name: str) -> str:
    """Spell the name of a file as a parameter, by RFC 2231 where it is not a simple one."""
    if _SIMPLE.fullmatch(name):
        return f';\r\n filename="{name}"'
    pieces = ["UTF-8''"]
    for sign in name:  # no sign is cut in two: not all programs put it together again
        coded = quote(sign, safe="")
        if len(pieces[-1]) + len(coded) > _PIECE:
            pieces.append("")
        pieces[-1] += coded
    if len(pieces) == 1:
        return f";\r\n filename*={pieces[0]}"
    return "".join(f";\r\n filename*{at}*={one}" for at, one in enumerate(pieces))


def _address(spelt: str) -> Address:
    address = address_of(spelt)
    if not address:
        raise ValueError
    return Address(name_of(spelt), addr_spec=address)


def _id(name: str) -> str:
    if not name or not name.isascii() or not name.isprintable() or {" ", "<", ">"} & set(name):
        raise ValueError
    return f"<{name}>"
