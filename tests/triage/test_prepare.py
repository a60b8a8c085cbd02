"""An answer that she sends by hand is laid ready, and nothing is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from normalizer.model import Kind, State
from store.views import Lane, Row, Turn
from triage.prepare import NotByHandError, prepare

NOW = datetime(2026, 11, 23, 9, 42, tzinfo=UTC)
CHAT = Row(
    id=1, client="luz", channel="whatsapp", channel_kind="whatsapp-export", external_id="ana",
    kind=Kind.CONVERSATION, title="Ana", who="Ana", snippet="", state=State.OPEN, lane=Lane.INBOX,
    until=None, turn=Turn.ME, due=None, act_by=NOW, updated_at=NOW, unread=0, labels=(),
    container="", url="https://wa.me/34600112233", attachments=0, automatic=False,
)  # fmt: skip


@pytest.mark.parametrize(
    "text", ["hola", "¿Sí? 100 % & más = 50 €\n#2 +1", "👍🏽", "a/b?c=d&text=e"]
)
def test_the_link_opens_that_chat_with_that_text_and_no_more(text: str) -> None:
    ready = prepare(CHAT, text)
    assert ready.text == text
    parts = urlsplit(ready.link or "")
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "wa.me", "/34600112233")
    assert parse_qs(parts.query, strict_parsing=True) == {"text": [text]}
    assert not parts.fragment


@pytest.mark.parametrize(
    "url",
    [None, "", "https://wa.me/", "https://wa.me.evil.example/34600112233", "http://wa.me/346",
     "https://wa.me/34600?text=otro", "https://wa.me/34600112233/x", "https://x@wa.me/346"],
)  # fmt: skip
def test_an_address_that_is_no_chat_of_whatsapp_makes_no_link(url: str | None) -> None:
    ready = prepare(CHAT._replace(url=url), "hola")
    assert ready.text == "hola"
    assert ready.link in {None, "https://wa.me/34600?text=hola"}


def test_half_a_character_is_replaced_and_breaks_nothing() -> None:
    assert prepare(CHAT, "a\ud800b").link == "https://wa.me/34600112233?text=a%3Fb"


def test_a_text_too_long_for_a_link_is_to_be_pasted() -> None:
    assert prepare(CHAT, "a" * 3001).link is None


@pytest.mark.parametrize("kind", ["imap", "trello", "asana", "matrix", "whatsapp"])
def test_what_has_a_tool_of_its_own_is_not_answered_by_hand(kind: str) -> None:
    with pytest.raises(NotByHandError):
        prepare(CHAT._replace(channel_kind=kind), "hola")
