r"""The demo's data files, turned into what clients' tools would send.

A file tells everything relative to now. A script has one entry a line, "26h Marta: text", where
`me` is the VA, "\n" breaks a line and "[logo.pdf 240]" at its end is a file of 240 kB.
"""

from __future__ import annotations

import email.utils
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cached_property
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from normalizer.raw import Raw, canonical

_ENTRY = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)? (\w+): (.*?)((?: ?\[[^\]]+ \d+\])*)")
_FILE = re.compile(r"\[([^\]]+) (\d+)\]")
_DUE = re.compile(r"([+-]\d+)d(?: (\d+):(\d+))?")
_PLACES = {"mail": ("imap",), "card": ("trello", "asana"), "chat": ("whatsapp-export",)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing somebody said."""

    at: datetime
    who: str
    """A name, and an address in angle brackets."""

    mine: bool
    text: str
    files: tuple[tuple[str, int], ...]
    """Names and sizes in bytes."""


@dataclass(frozen=True)
class Script:
    """One language's demo, told from `now`."""

    data: Mapping[str, Any]
    now: datetime
    zone: ZoneInfo

    @classmethod
    def load(cls, language: str, now: datetime, zone: ZoneInfo) -> Script:
        """Read the data of `language`."""
        text = resources.files(__package__).joinpath(f"{language}.toml").read_text("utf-8")
        return cls(tomllib.loads(text), now.replace(microsecond=0), zone)

    @property
    def me(self) -> Address:
        """The VA."""
        return _address(self.data["me"])

    @cached_property
    def clients(self) -> Mapping[str, Any]:
        """Each client's table, by slug, in order."""
        clients: Mapping[str, Any] = self.data["clients"]
        return clients

    def raws(self) -> Iterator[tuple[str, str, Raw]]:
        """Yield (client, channel, record) for all that happened, each thread oldest first."""
        for number, (sort, item) in enumerate(self._items()):
            client = item["client"]
            channel = self.channel(client, sort)
            make = {"mail": self._mails, "card": self._card, "chat": self._chat}[sort]
            for raw in make(number, item, list(self._entries(item))):
                yield client, channel, raw

    def placed(self) -> Iterator[tuple[str, str, str]]:
        """Yield (client, title, verb) for what she has already decided."""
        for sort, item in self._items():
            if "placed" in item:
                yield item["client"], item["subject" if sort == "mail" else "title"], item["placed"]

    def channel(self, client: str, sort: str) -> str:
        """Name the channel of `client` that carries mails, cards or chats."""
        channels: Mapping[str, str] = self.clients[client]["channels"]
        return next(slug for slug, kind in channels.items() if kind in _PLACES[sort])

    def _items(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for sort in _PLACES:
            for item in self.data.get(sort, ()):
                yield sort, item

    def _entries(self, item: Mapping[str, Any]) -> Iterator[Entry]:
        people = self.clients[item["client"]]["people"]
        for text in item.get("script", "").strip().splitlines():
            found = _ENTRY.fullmatch(text.strip())
            if found is None:
                raise ValueError(text)
            days, hours, minutes, who, said, files = found.groups()
            ago = timedelta(days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0))
            yield Entry(
                at=self.now - ago,
                who=self.data["me"] if who == "me" else people[who],
                mine=who == "me",
                text=said.replace("\\n", "\n"),
                files=tuple((name, int(size) * 1000) for name, size in _FILE.findall(files)),
            )

    def _mails(self, number: int, item: Mapping[str, Any], entries: list[Entry]) -> Iterator[Raw]:
        earlier: list[str] = []
        others = dict.fromkeys(entry.who for entry in entries if not entry.mine)
        for place, entry in enumerate(entries):
            mail = EmailMessage(policy=SMTP)
            mail["From"] = str(_address(entry.who))
            to = [_address(other) for other in others] if entry.mine else [self.me]
            mail["To"] = ", ".join(map(str, to))
            mail["Subject"] = ("Re: " if earlier else "") + item["subject"]
            mail["Date"] = email.utils.format_datetime(entry.at)
            mail["Message-ID"] = f"<{item['client']}.{number}.{place}@demo.example>"
            if earlier:
                mail["In-Reply-To"], mail["References"] = earlier[-1], " ".join(earlier)
            for name, value in item.get("headers", {}).items():
                mail[name] = value
            earlier.append(str(mail["Message-ID"]))
            mail.set_content(entry.text + "\n")
            for name, size in entry.files:
                kind, _, form = _type(name).partition("/")
                mail.add_attachment(b"demo " * (size // 500), kind, form, filename=name)
            folder = "Sent" if entry.mine else "INBOX"
            read = entry.mine or any(one.mine and one.at > entry.at for one in entries)
            yield Raw(
                stream="mail",
                external_id=f"{folder}/{number}.{place}",
                payload=mail.as_bytes(),
                meta=canonical({"flags": ["\\Seen"] if read else [], "folder": folder}),
            )

    def _card(self, number: int, item: Mapping[str, Any], entries: list[Entry]) -> Iterator[Raw]:
        external_id = f"card{number:03}"
        changes = [self._change(text) for text in item.get("changes", ())]
        times = [entry.at for entry in entries] + [change[0] for change in changes]
        created = self.now - timedelta(days=item.get("age", 3))
        yield Raw.of_json("task", external_id, {
            "title": item["title"],
            "body": item.get("body", ""),
            "state": item.get("state", "open"),
            "container": item["list"],
            "url": f"https://board.example/c/{external_id}",
            "labels": item.get("labels", []),
            "assignees": [_person(self.data["me"])],
            "checklist": [
                {"id": str(line), "text": text[2:], "done": text.startswith("x ")}
                for line, text in enumerate(item.get("checklist", ()))
            ],
            "attachments": [
                {"id": name, "name": name, "type": _type(name)} for name in item.get("files", ())
            ],
            "created_at": min([created, *times]).isoformat(),
            "updated_at": max([created, *times]).isoformat(),
            **({"due": self._due(item["due"])} if "due" in item else {}),
        })  # fmt: skip
        about = {"stream": "task", "id": external_id}
        yield from self._messages(external_id, about, entries)
        for place, (at, who, field, before, after) in enumerate(changes):
            yield Raw.of_json("change", f"{external_id}.c{place}", {
                "about": about, "field": field, "before": before, "after": after,
                "author": _person(self.clients[item["client"]]["people"][who]),
                "at": at.isoformat(),
            })  # fmt: skip

    def _chat(self, number: int, item: Mapping[str, Any], entries: list[Entry]) -> Iterator[Raw]:
        external_id = f"chat{number:03}"
        people = dict.fromkeys(entry.who for entry in entries)
        yield Raw.of_json("conversation", external_id, {
            "title": item["title"], "people": [_person(who) for who in people],
        })  # fmt: skip
        yield from self._messages(
            external_id, {"stream": "conversation", "id": external_id}, entries
        )

    def _messages(
        self, external_id: str, about: Mapping[str, str], entries: list[Entry]
    ) -> Iterator[Raw]:
        for place, entry in enumerate(entries):
            yield Raw.of_json("message", f"{external_id}.{place}", {
                "about": about,
                "author": _person(entry.who),
                "direction": "out" if entry.mine else "in",
                "sent_at": entry.at.isoformat(),
                "text": entry.text,
                "attachments": [
                    {"id": name, "name": name, "type": _type(name), "size": size}
                    for name, size in entry.files
                ],
            })  # fmt: skip

    def _change(self, text: str) -> tuple[datetime, str, str, str, str]:
        when, field, before, after = (part.strip() for part in text.split("|"))
        ago, who = when.split()
        hours = int(ago[:-1]) * (24 if ago.endswith("d") else 1)
        return self.now - timedelta(hours=hours), who, field, before, after

    def _due(self, text: str) -> str:
        found = _DUE.fullmatch(text)
        if found is None:
            raise ValueError(text)
        day = self.now.astimezone(self.zone).date() + timedelta(days=int(found[1]))
        if found[2] is None:
            return day.isoformat()
        clock = time(int(found[2]), int(found[3]))
        return datetime.combine(day, clock, self.zone).astimezone(UTC).isoformat()


def _address(text: str) -> Address:
    name, address = email.utils.parseaddr(text)
    return Address(name, addr_spec=address)


def _person(text: str) -> dict[str, str]:
    name, address = email.utils.parseaddr(text)
    return {"name": name, "handle": address}


def _type(name: str) -> str:
    kinds = {
        "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "zip": "application/zip",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ogg": "audio/ogg", "mp4": "video/mp4",
    }  # fmt: skip
    return kinds.get(name.rpartition(".")[2].lower(), "application/octet-stream")
