"""One part of one message, piece by piece."""

from __future__ import annotations

import binascii
import quopri
from collections.abc import Callable, Iterator, Sequence

from connectors.errors import RefusedError
from connectors.imap_answers import structure
from connectors.imap_folders import Folder, place_of
from connectors.imap_look import examined, told_by
from connectors.imap_wire import NoError, Wire
from normalizer.model import Ref

_PIECE = 192 << 10
_MOST = 1 << 30
_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
)


def part_of(wire: Wire, folders: Sequence[Folder], copy: Ref, part: str) -> Iterator[bytes]:
    """Yield the decoded bytes of part number `part` of the message at `copy`.

    Raises RefusedError where it is no longer there.
    """
    gone = RefusedError("This attachment is no longer in the mailbox.")
    try:
        name, validity, uid = place_of(copy.external_id)
    except ValueError:
        raise gone from None
    by_name = [folder for folder in folders if folder.name == name]
    renamed = [folder for folder in folders if folder.validity == validity]
    for folder in by_name or (renamed if len(renamed) == 1 else []):
        try:
            if examined(wire, folder).validity != validity:
                continue
        except NoError:
            continue
        encoding, size = _about(wire, uid, part, gone)
        yield from _decoded(_pieces(wire, uid, part, size), encoding)
        return
    raise gone


def _about(wire: Wire, uid: int, part: str, gone: RefusedError) -> tuple[str, int]:
    """Ask how the part is encoded and how long it is."""
    answer = wire.command(b"UID FETCH", str(uid).encode(), b"(UID BODYSTRUCTURE)")
    for data in answer.named(b"FETCH"):
        told = told_by(data) or {}
        if told.get(b"UID") == str(uid).encode() and b"BODYSTRUCTURE" in told:
            try:
                parts = structure(told[b"BODYSTRUCTURE"])
            except ValueError:
                raise gone from None
            for about in parts:
                if about["id"] == part:
                    return about["encoding"], about["size"] or _MOST
    raise gone


def _pieces(wire: Wire, uid: int, part: str, size: int) -> Iterator[bytes]:
    """Fetch the part as it stands, `_PIECE` bytes at a time, never much beyond its `size`."""
    start = 0
    while start < min(size + _PIECE, _MOST):
        what = f"(UID BODY.PEEK[{part}]<{start}.{_PIECE}>)".encode()
        answer = wire.command(b"UID FETCH", str(uid).encode(), what)
        piece = b""
        for data in answer.named(b"FETCH"):
            for name, value in (told_by(data) or {}).items():
                if name.startswith(b"BODY[") and isinstance(value, bytes):
                    piece = value[:_PIECE]
        yield piece
        start += len(piece)
        if len(piece) < _PIECE:
            return


def _decoded(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Undo base64 or quoted-printable (RFC 2045), however it is cut into pieces."""
    cut: Callable[[bytes], int]
    decode: Callable[[bytes], bytes]
    if encoding == "base64":
        pieces = (piece.translate(None, _BASE64) for piece in pieces)
        cut, decode = (lambda held: len(held) // 4 * 4), _from_base64
    elif encoding == "quoted-printable":
        cut, decode = (lambda held: held.rfind(b"\n") + 1), quopri.decodestring
    else:
        yield from filter(None, pieces)
        return
    held = b""
    for piece in pieces:
        held += piece
        end = cut(held)
        if end:
            yield decode(held[:end])
        held = held[end:]
    if held:
        yield decode(held)


def _from_base64(text: bytes) -> bytes:
    return binascii.a2b_base64(text + b"=" * (-len(text) % 4)) if len(text) % 4 != 1 else b""
