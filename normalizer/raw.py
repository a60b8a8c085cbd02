"""What a client's tool said, kept as it said it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


def canonical(value: object) -> str:
    """Spell JSON one way only, so that equal values are equal text, which any database holds:
    half a surrogate pair, which is no character, stays the escape that it came as.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def digest_of(data: bytes) -> bytes:
    """Name `data` by 16 bytes of BLAKE2b: equal content, equal name."""
    return hashlib.blake2b(data, digest_size=16).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """One record exactly as the client's tool gave it.

    The store keeps it, so that a better mapping reaches what was already
    fetched and a silent change can be shown against what stood before.
    """

    stream: str
    """Which mapping applies: "mail", "card", "message"."""

    external_id: str
    """The tool's own id for this copy, unique within the stream of a channel."""

    payload: bytes | None = None
    """The record itself. None with `deleted` false is a patch: the payload is the one
    already kept and only `meta` changed. A patch of a record never kept is ignored."""

    meta: str = "{}"
    """Canonical JSON object of what surrounds the payload and may change by itself (flags,
    folder). A patch's keys are merged into the kept ones."""

    projection: bytes | None = None
    """What decides whether the record changed, where the payload also carries noise
    (counters, limits). None: the payload itself."""

    deleted: bool = False
    """The tool said, positively, that this copy no longer exists. Absence is never this."""

    certain: bool = False
    """Of one that is `deleted`: an act of somebody's took it away, and is told as such. That is
    believed however many go at once."""

    @classmethod
    def of_json(cls, stream: str, external_id: str, value: object, **meta: object) -> Raw:
        """Make the raw record of a JSON value."""
        return cls(
            stream=stream,
            external_id=external_id,
            payload=canonical(value).encode("utf-8", "surrogatepass"),
            meta=canonical(meta),
        )

    def json(self) -> Any:
        """Read the payload back. Raises ValueError where it is no JSON."""
        return json.loads((self.payload or b"null").decode("utf-8", "surrogatepass"))

    def about(self) -> Mapping[str, Any]:
        """Read `meta` back."""
        value = json.loads(self.meta)
        return value if isinstance(value, dict) else {}

    @property
    def digest(self) -> bytes | None:
        """Name the version by its projection, or its payload; None for a patch."""
        kept = self.payload if self.projection is None else self.projection
        return None if kept is None else digest_of(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """All that exists now under one prefix of one stream, where the tool can tell.

    What the store holds under that prefix and the census does not name is gone. The store
    refuses a census under which most of what it holds would vanish at once.
    """

    stream: str
    prefix: str
    """Only external ids that start with this are spoken of; "" is the whole stream."""

    external_ids: frozenset[str]
