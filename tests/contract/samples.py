"""A small tool with something of everything, for the contract tests and their mutants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from connectors.memory import MemoryTool
from normalizer.raw import Raw

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

MAIL = (
    b"From: Luz Vega <luz@luz.example>\r\n"
    b"To: lola@luz.example\r\n"
    b"Subject: =?utf-8?q?Fotos_para_la_campa=C3=B1a?=\r\n"
    b"Date: Mon, 02 Mar 2026 09:00:00 +0100\r\n"
    b"Message-ID: <fotos-1@luz.example>\r\n"
    b"\r\n"
    b"Van luego.\r\n"
)


def tool() -> MemoryTool:
    """Make a tool with nine records of every stream, one of them changed, one deleted."""
    ticks = iter(range(1_000_000))
    made = MemoryTool(clock=lambda: NOON + timedelta(seconds=next(ticks)))
    made.put(*records())
    made.put(Raw(stream="task", external_id="t3", meta='{"starred":true}'))
    made.put(Raw(stream="task", external_id="t4", deleted=True))
    made.files["message", "m1", "f1"] = b"%PDF-" + bytes(200_000)
    return made


def records() -> Iterator[Raw]:
    """Yield what the tool holds at first."""
    luz = {"name": "Luz Vega", "handle": "Luz@Luz.example"}
    yield Raw.of_json(
        "task",
        "t1",
        {
            "title": "Publicar el catálogo",
            "body": "Con las fotos nuevas.\nAntes del viernes.",
            "due": "2026-03-06",
            "url": "https://tool.example/t1",
            "container": "Web › En curso",
            "labels": ["web"],
            "assignees": [luz],
            "checklist": [{"id": "k1", "text": "Fotos", "done": True, "due": "2026-03-05"}],
            "created_at": "2026-03-01T10:00:00+01:00",
            "updated_at": "2026-03-02T08:00:00+00:00",
        },
    )
    yield Raw.of_json("task", "t2", {"title": "Llamar", "due": "2026-03-06T17:00:00+01:00"})
    yield Raw.of_json("task", "t3", {"title": "Facturar", "state": "done"}, starred=False)
    yield Raw.of_json("task", "t4", {"title": "Ya no"})
    yield Raw.of_json("conversation", "c1", {"title": "Luz", "people": [luz]})
    yield Raw.of_json(
        "message",
        "m1",
        {
            "about": {"stream": "conversation", "id": "c1"},
            "author": luz,
            "sent_at": "2026-03-02T09:30:00+01:00",
            "text": "Te mando el presupuesto 👍",
            "direction": "in",
            "unread": True,
            "attachments": [
                {
                    "id": "f1",
                    "name": "../presupuesto.pdf",
                    "type": "application/pdf",
                    "size": 200005,
                }
            ],
        },
    )
    yield Raw(stream="mail", external_id="INBOX/1", payload=MAIL, meta='{"folder":"INBOX"}')
    yield Raw.of_json(
        "change",
        "x1",
        {
            "about": {"stream": "task", "id": "t1"},
            "field": "due",
            "before": "2026-03-05",
            "after": "2026-03-06",
            "author": luz,
            "at": "2026-03-02T08:00:00+00:00",
        },
    )
